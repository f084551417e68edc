"""The process that runs tests: how it ends, and what is told when it should not have."""

import os
import pathlib
import signal
import subprocess
import threading
from typing import Any
from unittest import mock

import fixtures
import testtools

from ec2attrs_tempest_plugin.faults import bed
from ec2attrs_tempest_plugin.faults import lane
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.lane import LaneError
from unit_tests.faults.test_lane import one
from unit_tests.faults.test_lane import runs
from unit_tests.faults.test_lane import TIMEOUT
from unit_tests.faults.test_recorded import recorded


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def in_a_directory(test: testtools.TestCase) -> bed.RecordedBed:
    """Return a bed of the test's own."""
    made = bed.RecordedBed(pathlib.Path(test.useFixture(fixtures.TempDir()).path))
    test.addCleanup(made.close)
    return made


class WorkerTest(testtools.TestCase):

    def test_seed_makes_random_names_the_same(self) -> None:
        """Otherwise the tape would have no answer."""
        [test_id] = one(recorded())
        with mock.patch.object(bed.tape, 'SEED', 'another'):
            self.assertRaisesRegex(LaneError, 'not recorded', recorded().run, None, [test_id],
                                   TIMEOUT)

    def test_death_in_a_run(self) -> None:
        own = in_a_directory(self)
        worker = own._lane._worker

        def kill(asked: Asked, answered: Answered) -> int:
            [run] = runs(worker)
            os.kill(worker._process.pid, signal.SIGKILL)
            os.killpg(int(run), signal.SIGKILL)
            return 1
        self.assertRaisesRegex(LaneError, 'the process that runs the tests died; see .*'
                               f'{worker._log}', own.run, kill, one(own), TIMEOUT)

    def test_death_between_two_runs(self) -> None:
        own = in_a_directory(self)
        worker = own._lane._worker
        worker._process.kill()
        worker._process.wait()
        # The next row has a new one.
        run, _ = own.run(None, one(own), TIMEOUT)
        self.assertEqual(['pass'], [outcome.reported.value for outcome in run.outcomes])
        self.assertIsNot(worker, own._lane._worker)

    def test_no_other_is_begun_once_it_is_closed(self) -> None:
        own = bed.RecordedBed(pathlib.Path(self.useFixture(fixtures.TempDir()).path))
        test = one(own)
        own.close()
        with mock.patch.object(subprocess, 'Popen', side_effect=AssertionError):
            self.assertRaisesRegex(LaneError, 'closed', own.run, None, test, TIMEOUT)

    def test_tests_that_cannot_be_imported(self) -> None:
        workspace = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        # The first place where Python looks is where it is started.
        (workspace / 'subunit.py').write_text('raise RuntimeError("out of order")\n')
        self.assertRaisesRegex(LaneError, f'cannot be imported; see {workspace}/worker.log',
                               lane.Worker, workspace)
        self.assertIn('out of order', (workspace / 'worker.log').read_text())

    def test_start_that_takes_too_long(self) -> None:
        workspace = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        real = subprocess.Popen
        started: list[subprocess.Popen[bytes]] = []

        def start(*args: Any, **kwargs: Any) -> subprocess.Popen[bytes]:
            started.append(real(*args, **kwargs))
            self.addCleanup(started[0].wait)
            self.addCleanup(started[0].kill)
            return started[0]
        with (mock.patch.object(subprocess, 'Popen', start),
              mock.patch.object(lane.Worker, '_reply', side_effect=TimeoutError)):
            self.assertRaises(LaneError, lane.Worker, workspace)
        self.assertIsNotNone(started[0].poll(), 'it was left running')

    def test_why_a_run_died_is_in_the_log(self) -> None:
        worker = recorded()._lane._worker
        ended = worker.run(one(recorded()), pathlib.Path('/none/stream'), TIMEOUT, '')
        self.assertEqual(1, (ended or {})['status'])
        self.assertIn('/none/stream', worker._log.read_text())

    def test_close_ends_the_process(self) -> None:
        own = bed.RecordedBed(pathlib.Path(self.useFixture(fixtures.TempDir()).path))
        process = own._lane._worker._process
        self.assertIsNone(process.poll())
        own.close()
        self.assertEqual(0, process.poll())

    def test_close_ends_a_run_that_another_thread_waits_for(self) -> None:
        """As after Ctrl-C."""
        own = in_a_directory(self)
        begun = threading.Event()

        def hang(asked: Asked, answered: Answered) -> int:
            begun.set()
            answered.delivery = lambda connection: connection.hold(TIMEOUT)
            return 1
        raised: list[BaseException] = []

        def run() -> None:
            try:
                own.run(hang, one(own), TIMEOUT)
            except BaseException as error:
                raised.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        self.assertTrue(begun.wait(TIMEOUT))
        [pid] = runs(own._lane._worker)
        own.close()
        thread.join(5)
        self.assertFalse(thread.is_alive(), 'it still waits')
        self.assertFalse(alive(int(pid)))
