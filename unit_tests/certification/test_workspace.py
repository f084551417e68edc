"""Tempest as a child process: what it reports, and that it always ends."""

import _thread
import configparser
import os
from pathlib import Path
import signal
import tempfile
import threading
import time
import unittest
from unittest import mock

from ec2attrs_tempest_plugin.certification import workspace
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.workspace import End
from ec2attrs_tempest_plugin.certification.workspace import Run
from ec2attrs_tempest_plugin.certification.workspace import Workspace
from ec2attrs_tempest_plugin.certification.workspace import WorkspaceError
from unit_tests.certification import fake_tempest

IDS = fake_tempest.IDS
STREAM = 'streams/1.subunit'
QUICK = ((signal.SIGINT, 5.0), (signal.SIGTERM, 0.3), (signal.SIGKILL, 5.0))


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


class WorkspaceTest(unittest.TestCase):
    """A fake Tempest in a directory of its own."""

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)
        fake_tempest.install(self.base / 'fake')
        # A job in the background ignores Ctrl-C and hands that on.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        self.root = self.base / 'a work space'

    def fake(self, mode: str) -> None:
        patch = mock.patch.dict(os.environ, PYTHONPATH=str(self.base / 'fake'), FAKE_TEMPEST=mode)
        patch.start()
        self.addCleanup(patch.stop)

    def open(self) -> Workspace:
        opened = Workspace(self.root, self.base / 'tempest.conf')
        opened.__enter__()
        self.addCleanup(opened.__exit__)
        return opened

    def run_tests(self, mode: str, timeout: float = 60) -> tuple[Run, list[Outcome]]:
        self.fake(mode)
        seen: list[Outcome] = []
        run = self.open().run(IDS, STREAM, 2, timeout, seen.append, lambda running: None)
        return run, seen

    def assert_children_ended(self) -> None:
        pids = [int(pid) for pid in (self.root / 'children').read_text().split()]
        self.assertEqual(2, len(pids))
        deadline = time.monotonic() + 10
        while any(map(alive, pids)) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([], [pid for pid in pids if alive(pid)])

    def test_the_list_is_what_tempest_prints(self) -> None:
        self.fake('')
        self.assertEqual(IDS, self.open().list_tests('ec2attrs', 60))

    def test_a_list_that_fails_says_why_and_where(self) -> None:
        self.fake('broken-list')
        opened = self.open()
        with self.assertRaisesRegex(WorkspaceError, 'could not list.*tempest-messages.log'):
            opened.list_tests('ec2attrs', 60)
        self.assertIn('ImportError: no module', opened.messages.read_text())

    def test_a_list_that_hangs_is_ended(self) -> None:
        self.fake('slow-list')
        with self.assertRaisesRegex(WorkspaceError, 'within 1 s'):
            self.open().list_tests('ec2attrs', 1)
        self.assert_children_ended()

    def test_a_run_is_reported_and_kept(self) -> None:
        run, seen = self.run_tests('')
        self.assertEqual(IDS, [o.id for o in run.outcomes])
        self.assertEqual(list(run.outcomes), seen)
        self.assertEqual((End.FINISHED, frozenset(), None), (run.end, run.unfinished, run.trouble))
        stream = self.root / STREAM
        self.assertGreater(stream.stat().st_size, 0)
        self.assertEqual(0o600, stream.stat().st_mode & 0o777)

    def test_failing_tests_are_no_trouble_of_the_run(self) -> None:
        run, _ = self.run_tests('fail')
        self.assertIsNone(run.trouble)

    def test_tempest_that_dies_is_trouble(self) -> None:
        run, _ = self.run_tests('die')
        self.assertEqual(IDS[:1], [o.id for o in run.outcomes])
        self.assertEqual({IDS[1]}, run.unfinished)
        self.assertRegex(run.trouble or '', r'exit code -6.*tempest-messages\.log')

    def test_a_run_that_hangs_is_ended_with_its_children(self) -> None:
        run, seen = self.run_tests('hang', timeout=2)
        self.assertIs(End.TIMED_OUT, run.end)
        self.assertEqual(IDS[:1], [o.id for o in seen])
        self.assertEqual({IDS[1]}, run.unfinished)
        self.assert_children_ended()

    def test_a_child_that_is_left_behind_is_ended(self) -> None:
        run, _ = self.run_tests('orphan')
        self.assertIs(End.FINISHED, run.end)
        self.assert_children_ended()

    def test_a_stubborn_run_is_killed(self) -> None:
        quick = ((signal.SIGINT, 0.2), *QUICK[1:])
        with mock.patch.object(workspace, 'GRACE', quick):
            run, _ = self.run_tests('hang stubborn', timeout=2)
        self.assertIs(End.TIMED_OUT, run.end)
        self.assert_children_ended()

    def test_an_interrupt_keeps_what_was_reported(self) -> None:
        interrupt = threading.Timer(2, _thread.interrupt_main)
        interrupt.start()
        self.addCleanup(interrupt.cancel)
        run, _ = self.run_tests('hang')
        self.assertIs(End.INTERRUPTED, run.end)
        self.assertEqual(IDS[:1], [o.id for o in run.outcomes])
        self.assert_children_ended()

    def test_waiting_is_told(self) -> None:
        self.fake('hang')
        waits: list[list[str]] = []
        self.open().run(IDS, STREAM, 1, 3, lambda outcome: None,
                        lambda ids: waits.append(list(ids)))
        self.assertEqual([IDS[1]], waits[-1])

    def test_stestr_is_pointed_at_the_plugin_alone(self) -> None:
        self.open()
        parser = configparser.ConfigParser()
        parser.read(self.root / '.stestr.conf')
        test_path = Path(parser.get('DEFAULT', 'test_path'))
        self.assertEqual(('ec2attrs_tempest_plugin', 'tests'), test_path.parts[-2:])
        self.assertEqual(test_path.parent.parent, Path(parser.get('DEFAULT', 'top_dir')))
        self.assertTrue((self.root / '.stestr').is_dir())

    def test_a_choice_of_the_user_is_kept(self) -> None:
        self.root.mkdir()
        path = self.root / '.stestr.conf'
        path.write_text('[DEFAULT]\ntest_path=elsewhere\n')
        self.open()
        self.assertIn('elsewhere', path.read_text())

    def test_what_an_older_clone_wrote_is_renewed(self) -> None:
        self.root.mkdir()
        path = self.root / '.stestr.conf'
        path.write_text(f'{workspace.MARK}\n[DEFAULT]\ntest_path=/moved\n')
        self.open()
        self.assertNotIn('/moved', path.read_text())

    def test_one_run_at_a_time(self) -> None:
        self.open()
        with self.assertRaisesRegex(WorkspaceError, 'another run uses'):
            Workspace(self.root, self.base / 'x').__enter__()

    def test_a_directory_that_cannot_be_made_is_told(self) -> None:
        (self.base / 'file').touch()
        with self.assertRaisesRegex(WorkspaceError, 'cannot be used'):
            Workspace(self.base / 'file' / 'below', self.base / 'x').__enter__()
