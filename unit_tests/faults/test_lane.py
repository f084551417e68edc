"""Tests run again and again in a process of their own, on recorded exchanges."""

import pathlib
import signal
import time
from unittest import mock

import fixtures
import testtools

from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.faults import bed
from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults import judge
from ec2attrs_tempest_plugin.faults import lane
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.lane import LaneError
from ec2attrs_tempest_plugin.faults.proxy import Proxy
from unit_tests.faults import services
from unit_tests.faults.test_recorded import recorded

TIMEOUT = 60
#: One that reads servers through Nova and EC2.
NAME = 'ReservationAgreementTest.test_launch_index'


def one(of: bed.RecordedBed, name: str = NAME) -> list[str]:
    """Return the id of a test."""
    return [each for each in of.tests if judge.short_name(each) == name]


def runs(worker: lane.Worker) -> list[str]:
    """Return the process ids of the runs that a worker has begun and that have not ended."""
    pid = worker._process.pid
    return pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()


class SwitchTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.switch = lane.Switch(self.root)

    def files(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.root.iterdir()}

    def test_on_and_off(self) -> None:
        self.switch.use('kernel_empty')
        self.assertEqual({'fault': 'kernel_empty'}, self.files())
        self.switch.use('flag_true')
        self.assertEqual({'fault': 'flag_true'}, self.files())
        for _ in range(2):
            self.switch.use(None)
            self.assertEqual({}, self.files())

    def test_each_use_counts_anew(self) -> None:
        self.assertEqual(0, self.switch.acted)
        self.switch.use('kernel_empty')
        (self.root / 'fault-acted').write_text('...')
        self.assertEqual(3, self.switch.acted)
        self.switch.use('kernel_empty')
        self.assertEqual(0, self.switch.acted)


class LaneTest(testtools.TestCase):

    def test_one_test(self) -> None:
        [test_id] = one(recorded())
        run, left = recorded().run(None, [test_id], TIMEOUT)
        [outcome] = run.outcomes
        self.assertEqual((test_id, Reported.PASS), (outcome.id, outcome.reported))
        self.assertEqual(([], 0, [], False, []),
                         (run.unfinished, run.acted, run.errors, run.timed_out, left))
        self.assertTrue(0 < run.seconds < TIMEOUT, run.seconds)
        self.assertTrue(10 < run.memory / 1024 ** 2 < 512, run.memory)

    def test_change_of_one_run_is_not_that_of_the_next(self) -> None:
        [test_id] = one(recorded())
        change = changes.constant(LAUNCH_INDEX, 7, changes.ADMIN_AT_2_3)
        reported = []
        for how in (change, None, change):
            run, _ = recorded().run(how, [test_id], TIMEOUT)
            reported += [(outcome.reported, run.acted > 0) for outcome in run.outcomes]
        self.assertEqual([(Reported.FAIL, True), (Reported.PASS, False), (Reported.FAIL, True)],
                         reported)

    def test_change_forgets_between_runs(self) -> None:
        change = changes.AnotherServers(LAUNCH_INDEX)
        run, _ = recorded().run(change, one(recorded()), TIMEOUT)
        self.assertLess(0, run.acted)
        self.assertEqual({}, change.seen)

    def test_error_in_a_change(self) -> None:
        def change(asked: Asked, answered: Answered) -> int:
            raise KeyError(asked.service)
        run, _ = recorded().run(change, one(recorded()), TIMEOUT)
        self.assertIn("'keystone'", run.errors[0])

    def test_run_that_takes_too_long_is_killed(self) -> None:
        def hang(asked: Asked, answered: Answered) -> int:
            if not changes.AT_2_3(asked):
                return 0
            answered.delivery = lambda connection: connection.hold(TIMEOUT)
            return 1
        name = 'ServerAnswersTest.test_user_data_is_what_was_sent'
        started = time.monotonic()
        run, _ = recorded().run(hang, one(recorded(), name), 3)
        self.assertTrue(run.timed_out)
        self.assertTrue(3 <= run.seconds <= time.monotonic() - started < 9, run)
        self.assertEqual(([], one(recorded(), name)), (run.outcomes, run.unfinished))
        self.assertEqual([], runs(recorded()._lane._worker))
        # The next one is as good as ever.
        run, _ = recorded().run(None, one(recorded()), TIMEOUT)
        self.assertEqual(['pass'], [outcome.reported.value for outcome in run.outcomes])

    def test_what_cannot_be_run(self) -> None:
        self.assertRaisesRegex(LaneError, 'no test matches', recorded().run, None, [], TIMEOUT)
        self.assertRaisesRegex(LaneError, 'needs a live cloud', recorded().run,
                               Behaviour('nova', 'x'), one(recorded()), TIMEOUT)


class FakeWorkerTest(testtools.TestCase):
    """What a live cloud is told, and what is made of what the worker tells."""

    def setUp(self) -> None:
        super().setUp()
        self.root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.worker = mock.Mock(**{'run.side_effect': self.serve})
        self.useFixture(fixtures.MockPatchObject(lane, 'Worker', lambda _: self.worker))
        self.proxy = Proxy(services.Fake({}), {})
        self.addCleanup(self.proxy.close)
        self.lane = lane.Lane(self.root, self.proxy, lane.Switch(self.root))
        self.on: list[str | None] = []

    def serve(self, tests: object, path: pathlib.Path, *_: object) -> dict[str, int]:
        """Stand for the worker and for a service of the cloud."""
        fault = self.root / 'fault'
        self.on.append(fault.read_text() if fault.exists() else None)
        (self.root / 'fault-acted').write_text('..')
        path.write_bytes(b'')
        return {'status': 0, 'memory': 5}

    def test_on_while_tests_run(self) -> None:
        run = self.lane.run(Behaviour('nova', 'kernel_empty'), ['x'], TIMEOUT)
        self.assertEqual((2, 5, ['kernel_empty']), (run.acted, run.memory, self.on))
        self.assertEqual({'stream.subunit'}, {path.name for path in self.root.iterdir()})

    def test_a_change_is_no_behaviour(self) -> None:
        for how in (None, changes.together()):
            self.assertEqual(0, self.lane.run(how, ['x'], TIMEOUT).acted)
            self.assertIsNone(self.proxy._change)
        self.assertEqual([None, None], self.on)

    def test_run_that_died_is_no_result(self) -> None:
        """Whatever it had reported until then: the others might have failed."""
        path = self.root / 'stream.subunit'
        for status, reported in ((-signal.SIGKILL, b''), (1, None)):
            def die(*_: object, status: int = status,
                    reported: bytes | None = reported) -> dict[str, int]:
                if reported is not None:
                    path.write_bytes(reported)
                return {'status': status, 'memory': 5}
            self.worker.run.side_effect = die
            ran = self.lane.run(None, ['x'], TIMEOUT)
            self.assertEqual([f'the run of the tests ended with status {status}'], ran.errors)
            path.unlink(missing_ok=True)

    def test_off_whatever_happens(self) -> None:
        self.worker.run.side_effect = LaneError('dead')
        self.assertRaises(LaneError, self.lane.run, Behaviour('nova', 'x'), ['x'], TIMEOUT)
        self.assertEqual([], list(self.root.iterdir()))
