"""The report for people: one page of HTML without script or remote parts."""

from collections.abc import Callable, Mapping, Sequence
import datetime
import functools
import importlib.resources
from typing import Any

from ec2attrs_tempest_plugin.certification import exchanges
from ec2attrs_tempest_plugin.certification import shown
from ec2attrs_tempest_plugin.certification.text import plain

Evidence = Callable[[str], list[dict[str, Any]]]

# What is wrong takes no more of the page than this, in bytes of HTML.
_ROOM = 1_200_000
_ROOM_OF_ONE = 48_000
# So many tests are shown at length, so many in lists, so many names together.
_FAILURES = 400
_LISTED = 2_000
_NAMED = 200
_VIOLATIONS = 10
# A line has so many characters at most, as many as a link.
_LINE = 400

# The colours of the statuses: like those of the verdicts that they lead to.
_TONES = {'pass': 'good', 'fail': 'bad', 'advisory': 'note', 'waived': 'note'}


class Lines(str):
    """Text in lines that has been made fit to be shown."""

    __slots__ = ()


def render(result: Mapping[str, Any], evidence: Evidence, signature: str = '') -> str:
    """Return the page.

    :param evidence: gives the exchanges of a file that a test names as its evidence.
    :param signature: what was said of the signature; '' if there is none.
    """
    return _template().render(_page(result, evidence, signature))


@functools.cache
def _template() -> Any:
    # Only who renders a page waits for the library.
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, finalize=_fit, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True)
    environment.filters.update(
        brief=lambda value: plain(str(value), 120), link=shown.link, many=shown.many,
        moment=_moment, seconds=_seconds, short=shown.short_name,
        tone=lambda status: _TONES.get(status, 'open'),
        words=lambda status: shown.STATUSES.get(status, status),
        counted=shown.counted)
    source = importlib.resources.files(__package__).joinpath('report.html.j2')
    return environment.from_string(source.read_text(encoding='utf-8'))


def _fit(value: Any) -> Any:
    """Return what the template may print: a bounded line, or what was already made fit."""
    ready = isinstance(value, Lines) or hasattr(value, '__html__')
    return value if ready else plain(str(value), _LINE)


def _page(result: Mapping[str, Any], evidence: Evidence, signature: str) -> dict[str, Any]:
    failed = shown.having(result, 'fail')
    return {
        'result': result,
        'title': shown.title(result['product']),
        'tone': shown.tone(result),
        'contradicts': shown.contradicts(result),
        'signature': signature,
        'suite': shown.versions(result),
        'required': shown.counts(test for test in result['tests'] if test['required']),
        'others': shown.counts(test for test in result['tests'] if not test['required']),
        'broken': _broken(result, failed),
        'failures': _failures(result, failed, evidence),
        'failed': len(failed),
        'errors': _groups(shown.having(result, 'error')),
        'unsound': _groups(shown.having(result, 'missing')),
        'flaky': shown.having(result, 'flaky')[:_LISTED],
        'skipped': _groups(shown.having(result, 'skip')),
        'delays': shown.delays(result),
        'repetitions': shown.repetitions(result),
        'advisory': _groups(shown.having(result, 'advisory')),
        'waivers': result['waivers'][:_LISTED],
        'tests': result['tests'][:_LISTED],
        'names': {test['id']: shown.short_name(test) for test in result['tests']},
        'unchecked': [each['id'] for each in result['requirements'] if each['status'] is None],
        'ratio': _ratio(result),
        'files': sorted(result['files'].items())[:2 * _LISTED],
    }


def _broken(result: Mapping[str, Any], failed: Sequence[Mapping[str, Any]]
            ) -> list[tuple[Mapping[str, Any], int]]:
    """Return the requirements that failing tests broke, each with their number."""
    by_id = {each['id']: each for each in result['requirements']}
    numbers: dict[str, int] = {}
    for test in failed:
        for key in _blamed(test):
            numbers[key] = numbers.get(key, 0) + 1
    return [(_requirement(by_id, key), number) for key, number in sorted(numbers.items())]


def _blamed(test: Mapping[str, Any]) -> list[str]:
    """Return the requirements that a test saw broken, all of its own if it does not say."""
    blamed = {str(each['requirement']) for each in test['violations']}
    return sorted(blamed or {str(key) for key in test['requirements']})


def _requirement(by_id: Mapping[str, Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    return by_id.get(key, {'id': key, 'link': '',
                           'sentence': '(not in the table of requirements)'})


def _failures(result: Mapping[str, Any], failed: Sequence[Mapping[str, Any]],
              evidence: Evidence) -> list[dict[str, Any]]:
    """Return the failing tests as they are shown; all together keep to the room there is."""
    by_id = {each['id']: each for each in result['requirements']}
    failed = failed[:_FAILURES]
    share = min(_ROOM_OF_ONE, _ROOM // max(1, len(failed)))
    found = []
    others = _Others(result, failed, evidence)
    for test in failed:
        violations = _violations(test['violations'], share // 2)
        path = str(test['evidence'] or '')
        lines = evidence(path) if path else []
        before = others.of(test, lines)
        room = share - sum(map(_size, violations))
        kept = exchanges.choose([*before, *lines], test['violations'], room)
        found.append({
            'test': test, 'regex': shown.regex(test), 'path': path,
            'exchanges': len(lines) + len(before), 'before': bool(before),
            'requirements': [_requirement(by_id, key) for key in _blamed(test)],
            'violations': [(each, *shown.tellers(each['source'])) for each in violations],
            'left': len(test['violations']) - len(violations),
            'evidence': [(each.facts, Lines(each.asked), Lines(each.answered))
                         for each in kept]})
    return found


class _Others:
    """What was asked for a class of tests: it stands in the evidence of the first that ran."""

    def __init__(self, result: Mapping[str, Any], failed: Sequence[Mapping[str, Any]],
                 evidence: Evidence) -> None:
        self._paths = [str(test['evidence']) for test in result['tests'] if test['evidence']]
        self._wanted = {key for test in failed for key in _asked(test)}
        self._evidence = evidence

    @functools.cached_property
    def _found(self) -> dict[str, dict[str, Any]]:
        return {str(line.get('request_id')): line for path in self._paths
                for line in self._evidence(path) if str(line.get('request_id')) in self._wanted}

    def of(self, test: Mapping[str, Any], own: Sequence[Mapping[str, Any]]
           ) -> list[dict[str, Any]]:
        """Return the exchanges that a test is about and that are none of its own."""
        there = {str(line.get('request_id')) for line in own}
        missing = [key for key in _asked(test) if key not in there]
        return [self._found[key] for key in missing if key in self._found] if missing else []


def _asked(test: Mapping[str, Any]) -> list[str]:
    """Return the ids of the requests that a test is about, each once."""
    return list(dict.fromkeys(str(key) for each in test['violations']
                              for key in each['request_ids']))


def _violations(found: Sequence[Mapping[str, Any]], room: int) -> list[Mapping[str, Any]]:
    """Return as many as there is room for, one at least."""
    chosen: list[Mapping[str, Any]] = []
    for each in found[:_VIOLATIONS]:
        room -= _size(each)
        if chosen and room < 0:
            break
        chosen.append(each)
    return chosen


def _size(violation: Mapping[str, Any]) -> int:
    values = (plain(str(value), _LINE) for value in violation.values())
    return 600 + sum(map(exchanges.size, values))


def _groups(tests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{'status': each.status, 'code': each.code, 'detail': each.detail,
             'number': len(each.tests), 'tests': each.tests[:_NAMED],
             'left': len(each.tests[_NAMED:])} for each in shown.grouped(tests)[:_NAMED]]


def _ratio(result: Mapping[str, Any]) -> str:
    """Return how many seconds the suite took for each that the cloud took."""
    suite, cloud = shown.seconds(result['seconds']), shown.seconds(result['cloud_seconds'])
    return f'{suite / cloud:.2f}' if suite and cloud else ''


def _moment(value: Any) -> str:
    """Return a moment of ISO 8601 as a reader likes it, in UTC; else the text itself."""
    try:
        found = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return plain(str(value), 40)
    if found.tzinfo is None:
        return plain(str(value), 40)
    try:
        return f'{found.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC'
    except OverflowError:
        return plain(str(value), 40)


def _seconds(value: Any) -> str:
    found = shown.seconds(value)
    if found is None:
        return 'unknown'
    if found >= 120:
        return f'{found // 60:.0f} min {found % 60:.0f} s'
    return f'{found:.1f} s'
