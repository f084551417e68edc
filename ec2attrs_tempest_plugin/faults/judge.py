"""What a run of tests with a fault says about the suite."""

from collections.abc import Collection, Iterable, Mapping, Sequence
import dataclasses
import enum
import re

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.lane import Run

#: A run needs no more memory than this, in bytes, whatever a cloud answers.
MEMORY = 512 * 1024 ** 2

_REQUEST_IDS = re.compile(r' \[[^\]]*\]?$')
# Failures and errors in which the suite says in its own words what a cloud did.
_SPOKEN = re.compile(r'^(EC2A-\d+ |BadAnswer: |CloudError: |NotOffered: )')


class Verdict(enum.StrEnum):
    """What became of a fault."""

    CAUGHT = 'caught'
    CAUGHT_OTHERWISE = 'caught-otherwise'
    SURVIVED = 'survived'
    EQUIVALENT = 'equivalent'
    PASSED = 'passed'
    FALSE_ALARM = 'false-alarm'
    ENDED = 'ended'
    HUNG = 'hung'
    ERROR = 'error'

    @property
    def good(self) -> bool:
        """Whether it is as it has to be."""
        return self in (Verdict.CAUGHT, Verdict.EQUIVALENT, Verdict.PASSED, Verdict.ENDED)


@dataclasses.dataclass(frozen=True)
class Judgement:
    """A fault, what became of it, and what shows it.

    :ivar why: why it is not as it has to be; empty where it is.
    :ivar line: the first line of the failure that counts, without request ids.
    :ivar tests: how many were run.
    :ivar failed: names of those that failed or ended in an error.
    :ivar collateral: names of those among them that are not the ones that must fail.
    :ivar left: what was left behind in the cloud.
    :ivar memory: in bytes.
    """

    fault_id: str
    verdict: Verdict
    why: str
    line: str
    tests: int
    failed: tuple[str, ...]
    collateral: tuple[str, ...]
    acted: int
    seconds: float
    memory: int
    left: tuple[str, ...] = ()


def short_name(test_id: str) -> str:
    """Return ``Class.method`` of a test's id, the id itself where it is none."""
    try:
        test = plan.parse_id(test_id)
    except plan.PlanError:
        return test_id
    return f'{test.class_name.rpartition(".")[2]}.{test.method}'


def is_test(name: str, wanted: str) -> bool:
    """Say whether a test is the one wanted, or a row of its table."""
    return re.fullmatch(re.escape(wanted) + r'(_\d+_.+)?', name) is not None


def tests_for(fault: Fault, tests: Iterable[str], every: bool = False) -> list[str]:
    """Return the ids of the tests to run: those that must catch it, or all.

    No test may fail for a benign row, so all are run that can meet it: only
    scenarios ask EC2.
    """
    if every or fault.kind is Kind.BENIGN and fault.acts_in != 'ec2':
        return list(tests)
    if fault.kind is Kind.BENIGN:
        return [test for test in tests if '.scenario.' in test]
    return [test for test in tests
            if any(is_test(short_name(test), wanted) for wanted in fault.caught_by)]


def judge(fault: Fault, run: Run, left: Sequence[str] = ()) -> Judgement:
    """Return what a run says; nothing but a catch as stated counts as caught.

    A test catches a fault by a violation. One that ends in an error has not seen it: the verdict
    on a cloud would not be that it is not conformant.
    """
    failures = {short_name(outcome.id): _REQUEST_IDS.sub('', outcome.message)
                for outcome in run.outcomes if outcome.reported is Reported.FAIL}
    errors = {short_name(outcome.id) for outcome in run.outcomes
              if outcome.reported is Reported.FAIL and not outcome.violated}
    verdict, why, line = _verdict(fault, run, failures, errors)
    concerned = [name for name in failures
                 if any(is_test(name, wanted) for wanted in fault.caught_by)]
    return Judgement(
        fault_id=fault.id, verdict=verdict, why=why, line=line, tests=len(run.outcomes),
        failed=tuple(failures), collateral=tuple(n for n in failures if n not in concerned),
        acted=run.acted, seconds=run.seconds, memory=run.memory, left=tuple(left))


def _verdict(fault: Fault, run: Run, failures: Mapping[str, str],
             errors: Collection[str]) -> tuple[Verdict, str, str]:
    first = next(iter(failures.values()), '')
    if run.errors:
        return Verdict.ERROR, run.errors[0], first
    if run.timed_out:
        return Verdict.HUNG, f'killed after {run.seconds:.0f} s', ', '.join(
            map(short_name, run.unfinished))
    if not run.acted:
        return Verdict.ERROR, 'it did not act', first
    if not run.outcomes:
        return Verdict.ERROR, 'no test reported anything', ''
    if fault.kind is Kind.BENIGN:
        if failures:
            name = next(iter(failures))
            return (Verdict.FALSE_ALARM,
                    f'{name} {"ended in an error" if name in errors else "failed"}', first)
        skipped = [short_name(o.id) for o in run.outcomes if not o.clean]
        if skipped:
            return Verdict.FALSE_ALARM, f'{skipped[0]} was skipped', ''
        return Verdict.PASSED, '', ''
    if fault.kind is Kind.CHAOS:
        return _chaos(run, failures)
    if fault.equivalent:
        return ((Verdict.EQUIVALENT, '', fault.equivalent) if not failures else
                (Verdict.CAUGHT_OTHERWISE, 'the catalogue calls it equivalent', first))
    if not failures:
        return Verdict.SURVIVED, 'no test failed', ''
    return _caught(fault, failures, errors)


def _caught(fault: Fault, failures: Mapping[str, str],
            errors: Collection[str]) -> tuple[Verdict, str, str]:
    stated = re.compile(rf'{fault.requirement} .+?: {re.escape(fault.attribute)}'
                        r'(?: of .+)?: expected .+; seen .+')
    found = ''
    for wanted in fault.caught_by:
        lines = {name: line for name, line in failures.items() if is_test(name, wanted)}
        stating = [line for name, line in lines.items()
                   if name not in errors and stated.match(line)]
        if not stating:
            why = (f'{wanted} did not fail' if not lines
                   else f'{wanted} ended in an error' if lines.keys() <= set(errors)
                   else f'{wanted} says something else')
            return Verdict.CAUGHT_OTHERWISE, why, next(iter((lines or failures).values()))
        found = found or stating[0]
    return Verdict.CAUGHT, '', found


def _chaos(run: Run, failures: Mapping[str, str]) -> tuple[Verdict, str, str]:
    line = next(iter(failures.values()), '')
    if run.memory > MEMORY:
        return Verdict.ERROR, f'it took {run.memory // 1024 ** 2} MiB of memory', line
    others = [short_name(o.id) for o in run.outcomes if o.reported is not Reported.FAIL]
    if others:
        return Verdict.SURVIVED, f'{others[0]} did not fail', line
    unclear = [text for text in failures.values() if not _SPOKEN.match(text)]
    if unclear:
        return Verdict.CAUGHT_OTHERWISE, 'not in words of the suite', unclear[0]
    return Verdict.ENDED, '', line
