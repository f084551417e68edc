"""What the reports have in common: texts of others, made fit to be shown."""

from collections.abc import Iterable, Mapping, Sequence
import dataclasses
import math
import re
from typing import Any
import unicodedata
import urllib.parse

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.contract import release

#: Statuses as the verdict has them, with the words for a reader, the worst first.
STATUSES = {'fail': 'failed', 'error': 'could not run', 'missing': 'gave no result',
            'flaky': 'flaky', 'skip': 'skipped', 'waived': 'waived',
            'advisory': 'advisory finding', 'pass': 'passed'}

_MAX_LINK = 400
_LINK = re.compile(r"https?://[\w.~:/?#@!$&'()*+,;=%\[\]-]+", re.ASCII)
_METHOD = re.compile(r'(GET|HEAD|POST|PUT|PATCH|DELETE) /')
_UUID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def link(address: Any) -> str:
    """Return the address of a web page if it is one, else ''."""
    address = str(address)
    if len(address) > _MAX_LINK or not _LINK.fullmatch(address):
        return ''
    try:
        return address if urllib.parse.urlsplit(address).hostname else ''
    except ValueError:
        return ''


def lines(body: Any) -> str:
    """Return text in lines; characters that do more than be read become ``?``."""
    return '\n'.join(
        ''.join('?' if unicodedata.category(c)[0] == 'C' else c for c in line.expandtabs(4))
        for line in str(body).splitlines())


def seconds(value: Any) -> float | None:
    """Return a duration in seconds, None for what is none."""
    if isinstance(value, int | float) and math.isfinite(value) and value >= 0:
        return float(value)
    return None


def title(product: Mapping[str, Any]) -> str:
    """Return the name of a product with its version, '' if it has none."""
    return text.plain(f'{product["name"]} {product["version"]}', 160).strip()


def versions(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what tested with its version, the suite itself first."""
    return sorted(result['suite'].items(),
                  key=lambda item: (item[0] != release.PACKAGE, item[0]))[:20]


def short_name(test: Mapping[str, Any]) -> str:
    """Return the class and the method of a test, or its id where it has no name."""
    return text.plain('.'.join(str(test['name']).split('.')[-2:]) or str(test['id']), 200)


def regex(test: Mapping[str, Any]) -> str:
    """Return what finds a test with ``tempest run --regex``, '' if its id is none."""
    return str(test['id']) if _UUID.fullmatch(str(test['id'])) else ''


def having(result: Mapping[str, Any], *statuses: str) -> list[Mapping[str, Any]]:
    """Return the tests of some statuses, the required ones first."""
    return sorted((test for test in result['tests'] if test['status'] in statuses),
                  key=lambda test: not test['required'])


def counts(tests: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many tests there are of each status that occurs, the worst first."""
    found = [test['status'] for test in tests]
    return {status: found.count(status) for status in STATUSES if status in found}


def counted(status: str, number: int) -> str:
    """Return the words for tests of a status, to stand behind their number."""
    words = STATUSES.get(status, status)
    return f'{words}s' if status == 'advisory' and number != 1 else words


@dataclasses.dataclass(frozen=True)
class Group:
    """Tests of one status for one reason.

    :ivar code: of the error; empty for any other status.
    :ivar detail: the reason, as the first of them has it.
    """

    status: str
    code: str
    detail: str
    tests: Sequence[Mapping[str, Any]]


def grouped(tests: Iterable[Mapping[str, Any]]) -> list[Group]:
    """Return tests by their status and the reason for it, the largest group first."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for test in tests:
        code = str(test['error_code'] or '')
        groups.setdefault((test['status'], code, text.generic(str(test['detail']))),
                          []).append(test)
    return [Group(status, code, str(found[0]['detail']), found)
            for (status, code, _), found in sorted(
                groups.items(), key=lambda group: -len(group[1]))]


def delays(result: Mapping[str, Any]) -> str:
    """Return how many requests were sent again and how long they waited, '' for none."""
    number, waited = result['delays']['requests'], result['delays']['seconds']
    if not number:
        return ''
    return (f'{many(number, "request")} {"was" if number == 1 else "were"} sent again after 429, '
            f'503 or a reset; {waited:.0f} s of waiting')


def repetitions(result: Mapping[str, Any]) -> str:
    """Return how many tests were run again after an error and passed then, '' for none."""
    again = [test for test in result['tests']
             if any(each['status'] == 'error' for each in test['attempts'][:-1])]
    if not again:
        return ''
    passed = sum(test['status'] in ('pass', 'advisory') for test in again)
    return (f'{many(len(again), "test")} {"was" if len(again) == 1 else "were"} run again after '
            f'an error; {passed} of them passed')


def many(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'


def tellers(source: str) -> tuple[str, str]:
    """Return who told what was expected and who told what was seen.

    Both are '' unless they are two services: then a disagreement is shown as such.
    """
    at_fault, *others = map(_service, str(source).split(' and '))
    told = next((other for other in others if other != at_fault), '')
    return (told, at_fault) if told and at_fault else ('', '')


def _service(source: str) -> str:
    if source.startswith('EC2 '):
        return 'EC2'
    if source.startswith('metadata'):
        return 'Metadata'
    return 'Nova' if _METHOD.match(source) else ''


def tone(result: Mapping[str, Any]) -> str:
    """Return the colour of a verdict: good, bad or open.

    It is good only if nothing in the result speaks against it.
    """
    conclusion = result['verdict']['conclusion']
    if conclusion == 'NOT CONFORMANT':
        return 'bad'
    required = {test['status'] for test in result['tests'] if test['required']}
    clean = 'pass' in required and required <= {'pass', 'waived', 'advisory'}
    return 'good' if conclusion == 'CONFORMANT' and clean and not result['problems'] else 'open'


def contradicts(result: Mapping[str, Any]) -> bool:
    """Say whether a result claims to be CONFORMANT and is not."""
    return result['verdict']['conclusion'] == 'CONFORMANT' and tone(result) != 'good'
