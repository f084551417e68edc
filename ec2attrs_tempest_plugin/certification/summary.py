"""The verdict in words, for a terminal or the log of a job."""

from collections.abc import Iterator, Sequence
import dataclasses
import datetime
import pathlib
import textwrap

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification import waivers
from ec2attrs_tempest_plugin.certification.result import said
from ec2attrs_tempest_plugin.certification.verdict import Conclusion
from ec2attrs_tempest_plugin.certification.verdict import RequirementResult
from ec2attrs_tempest_plugin.certification.verdict import Status
from ec2attrs_tempest_plugin.certification.verdict import TestResult
from ec2attrs_tempest_plugin.certification.verdict import Verdict

#: Statuses of tests that "ec2attrs rerun" runs again.
AGAIN = (Status.FAIL, Status.ERROR, Status.MISSING)
WIDTH = 98
RULE = '=' * 78
# Of the tests that share one reason no more than these are named.
NAMED = 12

_COLOURS = {Conclusion.CONFORMANT: '32', Conclusion.NOT_CONFORMANT: '31',
            Conclusion.INCOMPLETE: '33'}


@dataclasses.dataclass(frozen=True)
class Facts:
    """What the verdict is about.

    :ivar cloud: address of the cloud's Keystone.
    :ivar started: when the tests began, in UTC.
    :ivar seconds: how long they took.
    :ivar stream: where the stream of results is kept.
    :ivar report: the page for people, None where there is none.
    :ivar left: what each attempt left in the cloud.
    :ivar delays: how long requests waited to be sent again, '' for not at all.
    :ivar repetitions: how many tests were run again after an error, '' for none.
    """

    cloud: str
    suite: str
    started: datetime.datetime
    seconds: float
    stream: pathlib.Path
    report: pathlib.Path | None = None
    left: Sequence[str] = ()
    delays: str = ''
    repetitions: str = ''


def render(verdict: Verdict, facts: Facts, colour: bool = False) -> str:
    """Return the whole verdict; its last line is the conclusion."""
    conclusion = str(verdict.conclusion)
    if colour:
        conclusion = f'\033[1;{_COLOURS[verdict.conclusion]}m{conclusion}\033[0m'
    lines = [
        RULE, f'Verdict: {conclusion}', RULE,
        f'Cloud    {text.plain(facts.cloud)}',
        f'Suite    {text.plain(facts.suite)}',
        f'Started  {facts.started:%Y-%m-%d %H:%M:%S} UTC, took {facts.seconds:.0f} s',
        f'Results  {facts.stream}',
        *([f'Report   {facts.report}'] if facts.report else []),
        *(f'Cleanup  {text.plain(each)}' for each in facts.left if each),
        *([f'Delays   {facts.delays}'] if facts.delays else []),
        *([f'Repeated {facts.repetitions}'] if facts.repetitions else []),
        f'Tests    {_counts(verdict)}',
        *_checked(verdict.requirements),
        *_findings('Failures', verdict.having(Status.FAIL)),
        *_grouped('Errors: these tests could not run, and say nothing about the requirements',
                  verdict.having(Status.ERROR)),
        *_grouped('Missing: these tests gave no result', verdict.having(Status.MISSING)),
        *_findings('Flaky: these tests failed and passed later', verdict.having(Status.FLAKY)),
        *_grouped('Skipped', verdict.having(Status.SKIP)),
        *_findings('Waived', verdict.having(Status.WAIVED)),
        *_waivers(verdict, facts.started.date()),
        *_findings('Advisory findings: known of the stock services, no fault of this cloud',
                   verdict.having(Status.ADVISORY)),
        *_problems(verdict.problems),
        *_again(verdict),
        '',
        *totals(verdict),
        '',
        f'Verdict: {conclusion}: {said(verdict)[0]}',
    ]
    return '\n'.join(lines) + '\n'


def totals(verdict: Verdict) -> list[str]:
    """Return the totals as lines like those of stestr.

    A flaky test counts as failed, a planned one without a result as one that could not run, an
    advisory finding as skipped, as it is reported, and so does a failure that is waived. What the
    guideline has and this run was not to have does not count.
    """
    passed = len(verdict.having(Status.PASS))
    skipped = sum(len(verdict.having(each))
                  for each in (Status.SKIP, Status.ADVISORY, Status.WAIVED))
    failed = len(verdict.having(Status.FAIL)) + len(verdict.having(Status.FLAKY))
    planned = sum(bool(result.test.id) for result in verdict.tests)
    return ['Totals', f' - Passed: {passed}', f' - Skipped: {skipped}', f' - Failed: {failed}',
            f' - Could not run: {planned - passed - skipped - failed}']


def _word(status: Status) -> str:
    return 'FAIL' if status is Status.FAIL else status.value


def _counts(verdict: Verdict) -> str:
    planned = [result for result in verdict.tests if result.test.id]
    counted = [(sum(result.status is status for result in planned), status)
               for status in reversed(Status)]
    seen = ', '.join(f'{n} {status}' for n, status in counted if n)
    left_out = len(verdict.tests) - len(planned)
    required = sum(result.required for result in planned)
    return (f'{len(planned)} planned, {required} required: {seen}'
            + (f'; {left_out} of the guideline were not in this run' if left_out else ''))


def _checked(requirements: Sequence[RequirementResult]) -> Iterator[str]:
    """Yield the requirements that have tests, then the ids of the others."""
    yield ''
    yield 'What was checked (tests passed / planned)'
    for result in requirements:
        if result.status is None:
            continue
        counted = f'{result.passed}/{result.planned}'
        head = f'  {result.id:9} {_word(result.status):9} {counted:>7}  '
        sentence = '(not in the table of requirements)'
        if result.requirement is not None:
            sentence = result.requirement.sentence
        yield from textwrap.wrap(sentence, WIDTH, initial_indent=head,
                                 subsequent_indent=' ' * len(head), break_on_hyphens=False)
        if result.status is Status.FAIL and result.requirement is not None:
            yield ' ' * len(head) + result.requirement.link
    unchecked = [r.id for r in requirements if r.status is None]
    if unchecked:
        yield from textwrap.wrap('No test of this run checks ' + ', '.join(unchecked), WIDTH,
                                 initial_indent='  ', subsequent_indent='  ')


def _findings(title: str, findings: Sequence[TestResult]) -> Iterator[str]:
    """Yield each finding on lines of its own, not wrapped: they are searched for."""
    if findings:
        yield ''
        yield title
    for result in findings:
        yield f'  {result.test.name}'
        yield f'    {result.detail}'


def _grouped(title: str, results: Sequence[TestResult]) -> Iterator[str]:
    """Yield tests by what was said of them, the largest group first."""
    groups: dict[str, list[TestResult]] = {}
    for result in results:
        groups.setdefault(text.generic(_reason(result)), []).append(result)
    if groups:
        yield ''
        yield title
    for _, found in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        yield f'  {len(found)} x {_reason(found[0])}'
        names = [f'{each.test.class_name.rpartition(".")[2]}.{each.test.method}'
                 for each in found]
        yield from (f'      {name}' for name in names[:NAMED])
        if len(names) > NAMED:
            yield f'      and {len(names) - NAMED} more'


def _reason(result: TestResult) -> str:
    return f'{result.code}: {result.detail}' if result.code else result.detail


def _waivers(verdict: Verdict, on: datetime.date) -> Iterator[str]:
    """Yield the waivers that wait for somebody: those that end, and such as nothing needs."""
    for each in verdict.waivers:
        ends = each.state == 'used' and each.waiver.expires - on <= waivers.SOON
        if each.state != 'used' or ends:
            yield (f'  The waiver of {each.waiver.attribute} for {each.waiver.product}, until '
                   f'{each.waiver.expires}, '
                   + ('ends soon' if ends else f'is {each.state}'))


def _again(verdict: Verdict) -> Iterator[str]:
    """Yield what repeats the tests that did not pass and were to."""
    if any(result.test.id and result.status in AGAIN for result in verdict.tests):
        yield ''
        yield '"ec2attrs rerun" runs again what failed, could not run or gave no result'


def _problems(problems: Sequence[str]) -> Iterator[str]:
    if problems:
        yield ''
        yield 'Other problems'
    yield from (f'  {problem}' for problem in problems[:NAMED])
    if len(problems) > NAMED:
        yield f'  and {len(problems) - NAMED} more'
