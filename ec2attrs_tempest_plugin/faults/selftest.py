"""Work off a list of faults on several beds at once."""

from collections.abc import Generator, Mapping, Sequence
import dataclasses
import queue
import threading
import time

from ec2attrs_tempest_plugin.faults import judge
from ec2attrs_tempest_plugin.faults.bed import Bed
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.judge import Judgement
from ec2attrs_tempest_plugin.faults.judge import Verdict
from ec2attrs_tempest_plugin.faults.lane import LaneError

#: Seconds after which tests with a fault are killed, and all tests of the suite.
TIMEOUT = 240.0
TIMEOUT_OF_ALL = 1800.0


@dataclasses.dataclass(frozen=True)
class Work:
    """A fault to try, or, without one, a clean run of the whole suite.

    :ivar every: whether all tests are run.
    """

    name: str
    fault: Fault | None
    every: bool = False


@dataclasses.dataclass(frozen=True)
class CleanRun:
    """A run of the whole suite without a fault.

    :ivar failures: first lines of the tests that failed, with their names, and what else was
        not as it has to be.
    """

    name: str
    executions: int
    failures: tuple[str, ...]
    seconds: float


Result = Judgement | CleanRun


def work_for(faults: Sequence[Fault], clean_runs: int, every: bool) -> list[Work]:
    """Return what there is to do, what takes longest first."""
    work = [Work(fault.id, fault, every) for fault in faults]
    work += [Work(f'clean-run-{number}', None) for number in range(1, clean_runs + 1)]
    return sorted(work, key=lambda each: -weight(each))


def weight(work: Work) -> float:
    """Return about how many times longer than one class of tests it takes."""
    if work.fault is None or work.every:
        return 6
    if work.fault.kind is Kind.BENIGN:
        return 2 if work.fault.acts_in == 'ec2' else 6
    classes = {test.partition('.')[0] for test in work.fault.caught_by}
    return len(classes) * (1.5 if work.fault.kind is Kind.CHAOS else 1)


def run(beds: Sequence[Bed], work: Sequence[Work]) -> Generator[Result, None, None]:
    """Yield each result as it comes; what was not begun stays undone when the caller stops.

    :raises LaneError: when a bed cannot go on.
    """
    todo: queue.SimpleQueue[Work] = queue.SimpleQueue()
    done: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
    stop = threading.Event()
    for each in work:
        todo.put(each)

    def serve(bed: Bed) -> None:
        while not stop.is_set():
            try:
                done.put(_do(bed, todo.get_nowait()))
            except queue.Empty:
                return
            except BaseException as error:  # the one who waits raises it
                done.put(error)
                return

    # A thread may be held by a run that is killed only when its bed is closed.
    threads = [threading.Thread(target=serve, args=(bed,), daemon=True) for bed in beds]
    for thread in threads:
        thread.start()
    try:
        for _ in work:
            result = done.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        stop.set()


def _do(bed: Bed, work: Work) -> Result:
    if work.fault is None:
        return _clean(bed, work)
    tests = judge.tests_for(work.fault, bed.tests, work.every)
    many = len(tests) == len(bed.tests)
    started = time.monotonic()
    try:
        ran, left = bed.run(work.fault.how, tests, TIMEOUT_OF_ALL if many else TIMEOUT)
    except LaneError as error:
        return Judgement(work.fault.id, Verdict.ERROR, str(error), '', 0, (), (), 0,
                         time.monotonic() - started, 0)
    return judge.judge(work.fault, ran, left)


def _clean(bed: Bed, work: Work) -> CleanRun:
    ran, left = bed.run(None, bed.tests, TIMEOUT_OF_ALL)
    failures = [f'{judge.short_name(outcome.id)}: {outcome.message}'
                for outcome in ran.outcomes if not outcome.clean]
    failures += [f'left behind: {each}' for each in left]
    failures += [f'unfinished: {each}' for each in ran.unfinished]
    failures += ran.errors
    missing = len(bed.tests) - len({o.id for o in ran.outcomes} & set(bed.tests))
    if missing:
        failures.append(f'{missing} tests reported nothing')
    return CleanRun(work.name, len(ran.outcomes), tuple(failures), ran.seconds)


def choose(catalogue: Mapping[str, Fault], ids: Sequence[str], requirements: Sequence[str],
           kinds: Sequence[str]) -> list[Fault]:
    """Return the rows that meet every condition that is given; an id may end in ``*``.

    :raises LaneError: when an id stands for none.
    """
    chosen = list(catalogue.values())
    if ids:
        wanted: dict[str, Fault] = {}
        for each in ids:
            found = {key: fault for key, fault in catalogue.items()
                     if key == each or each.endswith('*') and key.startswith(each[:-1])}
            if not found:
                raise LaneError(f'the catalogue has no row {each}; --list shows all')
            wanted |= found
        chosen = list(wanted.values())
    if requirements:
        chosen = [fault for fault in chosen if fault.requirement in requirements]
    if kinds:
        chosen = [fault for fault in chosen
                  if fault.kind.value in kinds or 'real-bug' in kinds and fault.bug]
    return chosen
