"""The verdict: planned tests compared with what was reported of them.

It is computed from ids, never from counters: a class that could not be set up
removes its tests from the stream, and a counter does not miss them.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
import dataclasses
import enum
import re

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.plan import PlannedTest
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.contract.requirements import Requirement

_FIXTURE = re.compile(
    r'^(?P<what>(?:setUp|tearDown)(?P<scope>Class|Module)) \((?P<name>[\w.]+)\)$')


class Status(enum.StrEnum):
    """What became of a planned test, the worst first."""

    FAIL = 'FAIL'
    ERROR = 'error'
    MISSING = 'missing'
    DUPLICATE = 'duplicate'
    SKIP = 'skip'
    ADVISORY = 'advisory'
    PASS = 'pass'


_WORST_FIRST = list(Status)


class Conclusion(enum.Enum):
    """The three verdicts, each with the exit code of the command."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    INCOMPLETE = 2

    def __str__(self) -> str:
        return self.name.replace('_', ' ')


@dataclasses.dataclass(frozen=True)
class TestResult:
    """A planned test and what became of it.

    :ivar detail: first line of the failure, or reason of the skip.
    """

    test: PlannedTest
    status: Status
    detail: str = ''


@dataclasses.dataclass(frozen=True)
class RequirementResult:
    """A requirement and its tests.

    :ivar requirement: its row in the table, None for an id that has no row.
    :ivar status: the worst of its tests, None when no test was planned.
    """

    id: str
    requirement: Requirement | None
    status: Status | None
    passed: int
    planned: int

    @property
    def holds(self) -> bool:
        """Whether it is met, advisory findings aside."""
        if self.status is Status.ADVISORY:
            return self.passed > 0 or bool(self.requirement and self.requirement.advisory)
        return self.status is Status.PASS


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a run has shown.

    :ivar problems: what went wrong outside the planned tests; one is enough
        to make the verdict INCOMPLETE.
    """

    conclusion: Conclusion
    tests: Sequence[TestResult]
    requirements: Sequence[RequirementResult]
    problems: Sequence[str]

    @property
    def only_advised(self) -> list[RequirementResult]:
        """The requirements that no test passed, and that are not advisory themselves."""
        return [r for r in self.requirements if r.status is Status.ADVISORY and not r.holds]

    def having(self, status: Status) -> list[TestResult]:
        """Return the tests of one status."""
        return [t for t in self.tests if t.status is status]

    @property
    def unchecked(self) -> list[RequirementResult]:
        """The requirements for which no test was planned."""
        return [r for r in self.requirements if r.status is None]


def judge(plan: Sequence[PlannedTest], outcomes: Iterable[Outcome],
          table: Mapping[str, Requirement], problems: Iterable[str] = (),
          unfinished: Container[str] = ()) -> Verdict:
    """Return the verdict on a run; the order of the outcomes does not matter.

    unfinished holds the ids of tests that began and did not end.

    CONFORMANT: there are planned tests, each passed and was reported once,
    each requirement of the table has one, and nothing else went wrong. A test
    may have an advisory finding in place of a pass, if another test of its
    requirement passed or the requirement is advisory.
    NOT CONFORMANT: a planned test failed, whatever else happened, and even
    if it passed in another attempt. INCOMPLETE: everything else.
    """
    own: dict[str, list[Outcome]] = {test.id: [] for test in plan}
    fixtures: dict[tuple[str, str], list[Outcome]] = {}
    strays: list[str] = []
    scopes = ({('Class', test.class_name) for test in plan}
              | {('Module', test.module_name) for test in plan})
    for outcome in outcomes:
        match = _FIXTURE.match(outcome.id)
        if outcome.id in own:
            own[outcome.id].append(outcome)
        elif match is not None and (match['scope'], match['name']) in scopes:
            fixtures.setdefault((match['scope'], match['name']), []).append(outcome)
        else:
            strays.append(_stray(outcome))
    results = [
        _result(test, own[test.id],
                fixtures.get(('Class', test.class_name), [])
                + fixtures.get(('Module', test.module_name), []),
                test.id in unfinished)
        for test in plan]
    requirements = _requirements(results, table)
    all_problems = [*problems, *sorted(strays)]
    return Verdict(_conclude(results, requirements, all_problems),
                   results, requirements, all_problems)


def _stray(outcome: Outcome) -> str:
    if outcome.id == 'subunit.parser':
        return 'the stream of results is damaged or ends too early'
    message = f': {outcome.message}' if outcome.message else ''
    return f'reported outside the plan: {text.plain(outcome.id)} {outcome.reported}{message}'


def _result(test: PlannedTest, own: list[Outcome], fixtures: list[Outcome],
            begun: bool) -> TestResult:
    """Decide what became of one test; fixtures are those of its class and module."""
    def first(outcomes: list[Outcome], reported: Reported) -> str | None:
        return min((o.message for o in outcomes if o.reported is reported), default=None)

    failure = first(own, Reported.FAIL)
    if failure is not None:
        return TestResult(test, Status.FAIL, failure)
    broken = min((f'{o.id.split()[0]}: {o.message}' for o in fixtures
                  if o.reported is Reported.FAIL), default=None)
    if broken is not None:
        return TestResult(test, Status.ERROR, broken)
    if len(own) > 1:
        seen = ', '.join(sorted(o.reported for o in own))
        return TestResult(test, Status.DUPLICATE, f'reported {len(own)} times: {seen}')
    skipped = first(own or fixtures, Reported.SKIP)
    if skipped is not None:
        advisory = any(outcome.advisory for outcome in own)
        return TestResult(test, Status.ADVISORY if advisory else Status.SKIP, skipped)
    if own:
        return TestResult(test, Status.PASS)
    return TestResult(test, Status.MISSING,
                      'began and did not end' if begun else 'planned, never reported')


def _requirements(results: Sequence[TestResult],
                  table: Mapping[str, Requirement]) -> list[RequirementResult]:
    tests: dict[str, list[TestResult]] = {key: [] for key in table}
    for result in results:
        for key in result.test.requirements:
            tests.setdefault(key, []).append(result)
    return [
        RequirementResult(
            id=key, requirement=table.get(key),
            status=min((r.status for r in found), key=_WORST_FIRST.index, default=None),
            passed=sum(r.status is Status.PASS for r in found), planned=len(found))
        for key, found in sorted(tests.items())]


def _conclude(results: Sequence[TestResult], requirements: Sequence[RequirementResult],
              problems: Sequence[str]) -> Conclusion:
    statuses = {r.status for r in results}
    if Status.FAIL in statuses:
        return Conclusion.NOT_CONFORMANT
    if (Status.PASS in statuses and statuses <= {Status.PASS, Status.ADVISORY}
            and not problems and all(r.holds for r in requirements)):
        return Conclusion.CONFORMANT
    return Conclusion.INCOMPLETE
