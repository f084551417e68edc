"""The verdict: the tests that a guideline demands compared with what was reported of them.

It is computed from ids, never from counters: a class that could not be set up
removes its tests from the stream, and a counter does not miss them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
import dataclasses
import datetime
import enum
import re
from typing import Any

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.guideline import Demand
from ec2attrs_tempest_plugin.certification.plan import idempotent_id
from ec2attrs_tempest_plugin.certification.plan import PlannedTest
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.certification.waivers import Waiver
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.requirements import Requirement

_FIXTURE = re.compile(
    r'^(?P<what>(?:setUp|tearDown)(?P<scope>Class|Module)) \((?P<name>[\w.]+)\)\Z')
_DOTTED = re.compile(r'\w+(\.\w+){2,}(\([^()]*\))?')
# What the parser of a stream reports when it is damaged.
_DAMAGE = 'subunit.parser'
# Of a failure no more violations than this are kept.
_MAX_VIOLATIONS = 50


class Status(enum.StrEnum):
    """What became of a test, the worst first.

    FAIL says that a requirement is violated, ERROR that the test could not show whether it is.
    """

    FAIL = 'fail'
    ERROR = 'error'
    MISSING = 'missing'
    FLAKY = 'flaky'
    SKIP = 'skip'
    WAIVED = 'waived'
    ADVISORY = 'advisory'
    PASS = 'pass'


_WORST_FIRST = list(Status)
_GOOD = {Status.PASS, Status.ADVISORY, Status.WAIVED}


class Conclusion(enum.Enum):
    """The three verdicts, each with the exit code of the command."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    INCOMPLETE = 2

    def __str__(self) -> str:
        return self.name.replace('_', ' ')


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One run of tests.

    :ivar planned: idempotent ids of the tests that it was to run.
    :ivar unfinished: ids of tests, as the runner writes them, that began and did not end.
    """

    planned: Collection[str]
    outcomes: Sequence[Outcome]
    unfinished: Collection[str] = ()


@dataclasses.dataclass(frozen=True)
class Tried:
    """What one attempt gave for a test.

    :ivar attempt: its number, from 1.
    :ivar detail: first line of the failure, cause of the error, or reason of the skip.
    :ivar code: of the error, None for any other status.
    """

    attempt: int
    status: Status
    detail: str = ''
    seconds: float | None = None
    violations: Sequence[Mapping[str, Any]] = ()
    code: Code | None = None


@dataclasses.dataclass(frozen=True)
class TestResult:
    """A test and what became of it.

    :ivar required: whether the guideline requires it; where there is none, all are.
    :ivar tried: what each attempt gave.
    :ivar code: of the error, None for any other status.
    """

    test: PlannedTest
    capability: str
    required: bool
    status: Status
    detail: str = ''
    tried: Sequence[Tried] = ()
    code: Code | None = None

    @property
    def after_error(self) -> bool:
        """Whether it passed in an attempt after one that ended in an error."""
        return (self.status in (Status.PASS, Status.ADVISORY)
                and any(each.status is Status.ERROR for each in self.tried))

    @property
    def violations(self) -> Sequence[Mapping[str, Any]]:
        """What was wrong, in the first attempt in which something was."""
        return next((each.violations for each in self.tried if each.violations), ())


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


@dataclasses.dataclass(frozen=True)
class WaiverResult:
    """A waiver and what became of it: used, expired or stale."""

    waiver: Waiver
    state: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a run has shown.

    :ivar tests: the required ones and the others.
    :ivar problems: what went wrong outside the planned tests; one is enough
        to make the verdict INCOMPLETE.
    :ivar only_advised: requirements of which no test passed, as all gave advisory findings.
    """

    conclusion: Conclusion
    tests: Sequence[TestResult]
    requirements: Sequence[RequirementResult]
    problems: Sequence[str]
    only_advised: Sequence[str]
    waivers: Sequence[WaiverResult]

    def having(self, status: Status) -> list[TestResult]:
        """Return the tests of one status."""
        return [t for t in self.tests if t.status is status]

    @property
    def required(self) -> list[TestResult]:
        """The tests that decide."""
        return [t for t in self.tests if t.required]

    @property
    def unchecked(self) -> list[RequirementResult]:
        """The requirements for which no test was planned."""
        return [r for r in self.requirements if r.status is None]


def judge(plan: Sequence[PlannedTest], attempts: Sequence[Attempt],
          table: Mapping[str, Requirement], *, demands: Mapping[str, Demand],
          advisory: Collection[str] = (), waivers: Sequence[Waiver] = (), product: str = '',
          on: datetime.date = datetime.date.min, problems: Iterable[str] = ()) -> Verdict:
    """Return the verdict on attempts; the order of outcomes in one does not matter.

    CONFORMANT: the guideline requires at least one test, each that it requires passed and was
    reported once, and nothing else went wrong. In place of a pass there may be a waiver, or an
    advisory finding if another test of its requirement passed or the requirement is advisory.
    NOT CONFORMANT: a required test failed and never passed, whatever else happened.
    INCOMPLETE: everything else; so a required test that failed once and then passed, or that
    ended in an error and did not pass later.

    :param demands: the tests that the guideline has for the profile, by idempotent id.
    :param advisory: the requirements that are advisory.
    :param on: the day on which waivers must not have expired.
    """
    by_id: dict[str, PlannedTest] = {}
    found = list(problems)
    found += [f'two tests of the plan have the id {test.idempotent_id}' for test in plan
              if by_id.setdefault(test.idempotent_id, test) is not test]
    tried: dict[str, list[Tried]] = {each: [] for each in by_id}
    for number, attempt in enumerate(attempts, 1):
        found += _try(number, attempt, by_id, tried, number == len(attempts))
    used: list[Waiver] = []
    expired: list[Waiver] = []
    results = []
    for test in by_id.values():
        demand = demands.get(test.idempotent_id)
        result = _combined(test, demand, tried[test.idempotent_id])
        if result.status is Status.FAIL:
            result = _waived(result, waivers, product, on, used,
                             expired if result.required else [])
        results.append(result)
    results += [
        TestResult(_unplanned(demand), demand.capability.name, demand.required, Status.MISSING,
                   'demanded by the guideline, not in this run')
        for key, demand in demands.items() if key not in by_id]
    results.sort(key=lambda result: (result.test.name, result.test.id))
    requirements = _requirements(results, table)
    advised = _only_advised(results, advisory)
    states = [WaiverResult(each, 'used' if each in used else 'expired' if each in expired
                           else 'stale') for each in waivers]
    late = any(each in expired for each in waivers)
    return Verdict(_conclude(results, bool(found or advised or late)), results, requirements,
                   found, advised, states)


def _try(number: int, attempt: Attempt, plan: Mapping[str, PlannedTest],
         tried: Mapping[str, list[Tried]], last: bool) -> list[str]:
    """Add what an attempt gave for each test that it was to run; return what else went wrong.

    What a stream that ends too early has lost is missing, unless a later attempt has it.
    """
    planned = {key: plan[key] for key in attempt.planned if key in plan}
    own: dict[str, list[Outcome]] = {key: [] for key in planned}
    fixtures: dict[tuple[str, str], list[Outcome]] = {}
    strays: list[str] = []
    packages = {test.name.partition('.')[0] for test in plan.values()}
    scopes = ({('Class', test.class_name) for test in planned.values()}
              | {('Module', test.module_name) for test in planned.values()})
    for outcome in attempt.outcomes:
        match = _FIXTURE.match(outcome.id)
        key = idempotent_id(outcome.id)
        if key in own:
            own[key].append(outcome)
        elif match is not None and (match['scope'], match['name']) in scopes:
            fixtures.setdefault((match['scope'], match['name']), []).append(outcome)
        elif not _foreign(outcome.id, packages) and (last or outcome.id != _DAMAGE):
            strays.append(_stray(outcome))
    begun = {idempotent_id(each) for each in attempt.unfinished}
    for key, test in planned.items():
        tried[key].append(_tried(
            number, own[key], fixtures.get(('Class', test.class_name), [])
            + fixtures.get(('Module', test.module_name), []), key in begun))
    return sorted(strays)


def _foreign(outcome_id: str, packages: Collection[str]) -> bool:
    """Say whether it is a test of another plugin, run beside ours, or its class."""
    match = _FIXTURE.match(outcome_id)
    name = match['name'] if match is not None else outcome_id.partition('[')[0]
    return (_DOTTED.fullmatch(name) is not None and outcome_id != _DAMAGE
            # So unittest calls a module that could not be imported.
            and not name.startswith('unittest.')
            and not any(package in outcome_id for package in packages))


def _stray(outcome: Outcome) -> str:
    if outcome.id == _DAMAGE:
        return 'the stream of results is damaged or ends too early'
    message = f': {outcome.message}' if outcome.message else ''
    return f'reported outside the plan: {text.plain(outcome.id)} {outcome.reported}{message}'


def _tried(number: int, own: list[Outcome], fixtures: list[Outcome], begun: bool) -> Tried:
    """Decide what one attempt gave; fixtures are those of the test's class and module."""
    def first(outcomes: list[Outcome], reported: Reported) -> str | None:
        return min((o.message for o in outcomes if o.reported is reported), default=None)

    seconds = own[0].seconds if len(own) == 1 else None
    violations = tuple(each for outcome in own for each in _violations(outcome))
    violated = [o for o in own if o.violated]
    if violated:
        # A doubled report is not lost, either.
        return Tried(number, Status.FAIL, min(o.message for o in violated), seconds, violations)
    if len(own) == 1 and own[0].reported is Reported.FAIL:
        code, cause = own[0].cause
        return Tried(number, Status.ERROR, cause, seconds, code=code)
    broken = min(((f'{o.id.split()[0]}: {cause}', code) for o in fixtures
                  if o.reported is Reported.FAIL for code, cause in [o.cause]), default=None)
    if broken is not None:
        return Tried(number, Status.ERROR, broken[0], seconds, code=broken[1])
    if len(own) > 1:
        seen = ', '.join(sorted(o.reported for o in own))
        return Tried(number, Status.ERROR, f'reported {len(own)} times: {seen}',
                     code=Code.SUITE)
    skipped = first(own or fixtures, Reported.SKIP)
    if skipped is not None:
        advised = any(outcome.advisory for outcome in own)
        return Tried(number, Status.ADVISORY if advised else Status.SKIP, skipped, seconds,
                     violations)
    if own:
        return Tried(number, Status.PASS, '', seconds)
    return Tried(number, Status.MISSING,
                 'began and did not end' if begun else 'planned, never reported')


def _violations(outcome: Outcome) -> list[Mapping[str, Any]]:
    """Return the violations that a test attached, as bounded text."""
    keys = ('requirement', 'source', 'attribute', 'subject', 'expected', 'seen')
    return [
        {**{key: text.plain(str(each.get(key, ''))) for key in keys},
         'request_ids': [text.plain(str(one), 80) for one in ids[:20]]}
        for each in (outcome.found or [])[:_MAX_VIOLATIONS] if isinstance(each, dict)
        for ids in [each.get('request_ids')] if isinstance(ids, list)]


def _combined(test: PlannedTest, demand: Demand | None, tried: Sequence[Tried]) -> TestResult:
    """Return what all attempts together say.

    A later pass erases no earlier failure. It does take the place of an earlier error: that
    showed nothing about the cloud.
    """
    def made(status: Status, detail: str, code: Code | None = None) -> TestResult:
        return TestResult(test, demand.capability.name if demand else '',
                          demand.required if demand else False, status, detail, tried, code)

    passed = max((each.attempt for each in tried
                  if each.status in (Status.PASS, Status.ADVISORY)), default=0)
    failed = [each for each in tried if each.status is Status.FAIL]
    if failed and passed > failed[-1].attempt:
        return made(Status.FLAKY, f'passed in attempt {passed} after attempt '
                                  f'{failed[0].attempt}: {failed[0].detail}')
    if failed:
        return made(Status.FAIL, failed[0].detail)
    errors = [each for each in tried if each.status is Status.ERROR]
    if errors and passed < errors[-1].attempt:
        return made(Status.ERROR, errors[-1].detail, errors[-1].code)
    # What was skipped, lost or could not run was not tried: the best attempt counts.
    best = max(tried, key=lambda each: _WORST_FIRST.index(each.status), default=None)
    if best is None:
        return made(Status.MISSING, 'planned, never run')
    return made(best.status, best.detail)


def _waived(result: TestResult, waivers: Sequence[Waiver], product: str, on: datetime.date,
            used: list[Waiver], expired: list[Waiver]) -> TestResult:
    """Return a failure as waived if every violation in every attempt is covered."""
    failed = [each for each in result.tried if each.status is Status.FAIL]
    violations = [one for each in failed for one in each.violations]
    covering = [[waiver for waiver in waivers if product
                 and waiver.covers(result.test.idempotent_id, product, one)]
                for one in violations]
    if not violations or not all(covering) or any(not each.violations for each in failed):
        return result
    late = [each for found in covering for each in found if each.expired(on)]
    valid = [[each for each in found if not each.expired(on)] for found in covering]
    if all(valid):
        used += [each for found in valid for each in found]
        reasons = '; '.join(sorted({found[0].reason for found in valid}))
        last = min(each.expires for found in valid for each in found)
        return dataclasses.replace(
            result, status=Status.WAIVED, detail=f'waived until {last}: {reasons}; '
                                                 f'{result.detail}')
    expired += late
    return dataclasses.replace(
        result, status=Status.WAIVED,
        detail=f'the waiver expired on {max(each.expires for each in late)}; {result.detail}')


def _unplanned(demand: Demand) -> PlannedTest:
    return PlannedTest(id='', name=demand.name, requirements=(), idempotent_id=demand.id)


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


def _only_advised(results: Sequence[TestResult], advisory: Collection[str]) -> list[str]:
    """Return the requirements that required tests advise on and none passes."""
    passed = {key for result in results if result.status is Status.PASS
              for key in result.test.requirements}
    return sorted({key for result in results
                   if result.required and result.status is Status.ADVISORY
                   for key in result.test.requirements} - passed - set(advisory))


def _conclude(results: Sequence[TestResult], trouble: bool) -> Conclusion:
    statuses = {result.status for result in results if result.required}
    if Status.FAIL in statuses:
        return Conclusion.NOT_CONFORMANT
    if Status.PASS in statuses and statuses <= _GOOD and not trouble:
        return Conclusion.CONFORMANT
    return Conclusion.INCOMPLETE
