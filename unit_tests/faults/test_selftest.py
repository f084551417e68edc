"""The list of faults is worked off, on beds that answer as they are told."""

from collections.abc import Callable, Sequence
import threading
from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.faults import selftest
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.judge import Judgement
from ec2attrs_tempest_plugin.faults.judge import Verdict
from ec2attrs_tempest_plugin.faults.lane import LaneError
from ec2attrs_tempest_plugin.faults.lane import Run
from ec2attrs_tempest_plugin.faults.selftest import CleanRun
from ec2attrs_tempest_plugin.faults.selftest import Work
from unit_tests.faults.rows import AGREES
from unit_tests.faults.rows import catalogue
from unit_tests.faults.rows import failed
from unit_tests.faults.rows import fault
from unit_tests.faults.rows import INDEX
from unit_tests.faults.rows import LINE
from unit_tests.faults.rows import passed
from unit_tests.faults.rows import ran
from unit_tests.faults.rows import TABLE
from unit_tests.faults.rows import TESTS

PATIENCE = 10
ROWS = catalogue(
    fault('nova-index-a'), fault('nova-index-b', bug='nova 1'),
    fault('nova-name', Kind.NULL, requirement='EC2A-024'),
    fault('nova-benign-x', Kind.BENIGN), fault('ec2-chaos-y', Kind.CHAOS, bug='nova 2'))


class FakeBed:
    """Gives what a function gives, and keeps what was run: tests and time."""

    def __init__(self, answer: Callable[[], Run] = lambda: ran(failed(INDEX)),
                 left: Sequence[str] = ()) -> None:
        self.tests = TESTS
        self.ran: list[tuple[Change | Behaviour | None, list[str], float]] = []
        self._answer = answer
        self._left = list(left)

    def run(self, how: Change | Behaviour | None, tests: Sequence[str],
            timeout: float) -> tuple[Run, list[str]]:
        """Return what the function gives."""
        self.ran.append((how, list(tests), timeout))
        return self._answer(), self._left


def error(raised: Exception) -> Callable[[], Run]:
    """Return a function that raises an error."""
    def answer() -> Run:
        raise raised
    return answer


def work(*names: str, **fields: Any) -> list[Work]:
    """Return that rows are to be tried, without their weights."""
    return [Work(name, fault(name, **fields)) for name in names]


@ddt.ddt
class WorkTest(testtools.TestCase):

    def test_what_takes_longest_comes_first(self) -> None:
        two = fault('nova-two', caught_by=('A.test_index', 'B.test_agrees'))
        faults = [fault('nova-a'), fault('ec2-benign', Kind.BENIGN), two, fault('nova-b'),
                  fault('nova-chaos', Kind.CHAOS), fault('nova-benign', Kind.BENIGN)]
        found = selftest.work_for(faults, 2, every=False)
        self.assertEqual(['nova-benign', 'clean-run-1', 'clean-run-2', 'ec2-benign', 'nova-two',
                          'nova-chaos', 'nova-a', 'nova-b'], [each.name for each in found])
        self.assertEqual([6, 6, 6, 2, 2, 1.5, 1, 1], list(map(selftest.weight, found)))
        self.assertEqual([None, None], [each.fault for each in found[1:3]])

    def test_two_tests_of_a_class_share_its_set_up(self) -> None:
        row = fault(caught_by=('A.test_index', 'A.test_shown'))
        self.assertEqual(1, selftest.weight(Work('x', row)))

    def test_all_tests_weigh_the_same(self) -> None:
        found = selftest.work_for(list(ROWS.values()), 1, every=True)
        self.assertEqual({6}, set(map(selftest.weight, found)))
        self.assertEqual([*ROWS, 'clean-run-1'], [each.name for each in found])

    def test_each_row_of_the_catalogue_weighs_something(self) -> None:
        for row in selftest.work_for(list(CATALOGUE.values()), 0, every=False):
            self.assertLess(0, selftest.weight(row), row.name)

    @ddt.data(
        (ROWS, (), (), ()),
        (('nova-index-a', 'nova-index-b'), ('nova-index-*',), (), ()),
        (('nova-name', 'nova-index-a'), ('nova-name', 'nova-index-a'), (), ()),
        (('nova-index-a',), ('nova-index-a', 'nova-index-a*'), (), ()),
        (('nova-name',), (), ('EC2A-024', 'EC2A-999'), ()),
        (('nova-index-b', 'nova-index-a'), ('nova-index-b', 'nova-*'), ('EC2A-023',), ()),
        (('nova-name', 'nova-benign-x'), (), (), ('null', 'benign')),
        (('nova-index-b', 'ec2-chaos-y'), (), (), ('real-bug',)),
        (('nova-index-b',), ('nova-*',), (), ('real-bug', 'chaos')),
        ((), (), ('EC2A-999',), ()))
    @ddt.unpack
    def test_choose(self, expected: Sequence[str], ids: Sequence[str],
                    requirements: Sequence[str], kinds: Sequence[str]) -> None:
        found = selftest.choose(ROWS, ids, requirements, kinds)
        self.assertEqual(list(expected), [each.id for each in found])

    @ddt.data('nova-index', 'nova-x*', '*-a', 'NOVA-name')
    def test_unknown_id(self, name: str) -> None:
        raised = self.assertRaises(LaneError, selftest.choose, ROWS, ['nova-name', name], (), ())
        self.assertEqual(f'the catalogue has no row {name}; --list shows all', str(raised))


class RunTest(testtools.TestCase):

    def judged(self, bed: FakeBed, work: Sequence[Work]) -> list[Judgement]:
        return [each for each in selftest.run([bed], work) if isinstance(each, Judgement)]

    def test_each_result_in_order(self) -> None:
        bed = FakeBed()
        found = self.judged(bed, work('nova-a', 'nova-b'))
        self.assertEqual(['nova-a', 'nova-b'], [each.fault_id for each in found])
        self.assertEqual([[INDEX]] * 2, [tests for _, tests, _ in bed.ran])

    def test_what_is_run_and_for_how_long(self) -> None:
        bed = FakeBed()
        row, benign = fault(), fault(kind=Kind.BENIGN)
        self.judged(bed, [Work('a', row), Work('b', row, every=True), Work('c', benign),
                           Work('clean-run-1', None)])
        self.assertEqual([
            (row.how, [INDEX], selftest.TIMEOUT), (row.how, TESTS, selftest.TIMEOUT_OF_ALL),
            (benign.how, TESTS, selftest.TIMEOUT_OF_ALL),
            (None, TESTS, selftest.TIMEOUT_OF_ALL)], bed.ran)

    def test_judgement_has_what_was_left(self) -> None:
        [result] = self.judged(FakeBed(left=['server x']), work('nova-a'))
        self.assertEqual((Verdict.CAUGHT, ('server x',)), (result.verdict, result.left))

    def test_bed_that_cannot_try_a_row_goes_on(self) -> None:
        answers = [error(LaneError('no test matches')), lambda: ran(failed(INDEX))]
        bed = FakeBed(lambda: answers.pop(0)())
        first, second = self.judged(bed, work('nova-a', 'nova-b'))
        self.assertEqual(('nova-a', Verdict.ERROR, 'no test matches', 0, ()),
                         (first.fault_id, first.verdict, first.why, first.acted, first.failed))
        self.assertIs(Verdict.CAUGHT, second.verdict)

    def test_another_error_is_raised(self) -> None:
        for raised in (OSError('disk full'), ZeroDivisionError()):
            self.assertRaises(type(raised), self.judged, FakeBed(error(raised)),
                              work('nova-a', 'nova-b'))

    def test_clean_run_that_cannot_be_run_ends_it(self) -> None:
        self.assertRaises(LaneError, self.judged, FakeBed(error(LaneError('dead'))),
                          [Work('clean-run-1', None)])

    def test_beds_work_side_by_side(self) -> None:
        both = threading.Barrier(2)

        def answer() -> Run:
            both.wait(PATIENCE)
            return ran(failed(INDEX))
        beds = [FakeBed(answer), FakeBed(answer)]
        found = list(selftest.run(beds, work('nova-a', 'nova-b', 'nova-c', 'nova-d')))
        self.assertEqual({'nova-a', 'nova-b', 'nova-c', 'nova-d'}, {
            each.fault_id for each in found if isinstance(each, Judgement)})
        self.assertEqual([2, 2], [len(bed.ran) for bed in beds])

    def test_what_was_not_begun_stays_undone(self) -> None:
        begun, go_on = threading.Event(), threading.Event()
        count: list[None] = []

        def answer() -> Run:
            count.append(None)
            if len(count) == 2:
                begun.set()
                go_on.wait(PATIENCE)
            return ran(failed(INDEX))
        before = set(threading.enumerate())
        bed = FakeBed(answer)
        for _ in selftest.run([bed], work('nova-a', 'nova-b', 'nova-c', 'nova-d')):
            self.assertTrue(begun.wait(PATIENCE))
            break
        go_on.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(PATIENCE)
        self.assertEqual(2, len(bed.ran))


class CleanRunTest(testtools.TestCase):

    def clean(self, run: Run, left: Sequence[str] = ()) -> CleanRun:
        bed = FakeBed(lambda: run, left)
        [result] = [each for each in selftest.run([bed], [Work('clean-run-7', None)])
                    if isinstance(each, CleanRun)]
        return result

    def test_clean(self) -> None:
        self.assertEqual(CleanRun('clean-run-7', 4, (), 1.5), self.clean(ran(*passed(*TESTS))))

    def test_skip_is_a_failure(self) -> None:
        """A test that did not run says nothing about false alarms."""
        skip = Outcome(INDEX, Reported.SKIP, 'ec2attrs:unsupported: x')
        self.assertEqual(('A.test_index: ec2attrs:unsupported: x',),
                         self.clean(ran(skip, *passed(*TABLE, AGREES))).failures)

    def test_advisory_finding_is_no_failure(self) -> None:
        finding = Outcome(INDEX, Reported.SKIP, 'ec2attrs:advisory: x')
        self.assertEqual((), self.clean(ran(finding, *passed(*TABLE, AGREES))).failures)

    def test_failures(self) -> None:
        found = self.clean(ran(failed(INDEX), *passed(*TABLE, AGREES)), ['server x', 'port y'])
        self.assertEqual((f'A.test_index: {LINE}', 'left behind: server x',
                          'left behind: port y'), found.failures)

    def test_tests_that_reported_nothing(self) -> None:
        found = self.clean(ran(*passed(INDEX), failed('setUpClass (B)', 'x'),
                               unfinished=[AGREES]))
        self.assertEqual(('setUpClass (B): x', f'unfinished: {AGREES}',
                          '3 tests reported nothing'), found.failures)
