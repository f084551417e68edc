"""Only processes of the cloud are found, and only these are ended."""

import dataclasses
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
from typing import cast, IO
import unittest

from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import processes

_SLEEP = 'import time; print("up", flush=True); time.sleep(60)'
_STUBBORN = 'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); ' + _SLEEP


class ProcessesTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name).resolve() / 'root'
        (self.root / 'run').mkdir(parents=True)
        # A module of the name by which services are told.
        package = self.root.parent / 'inside' / 'ec2attrs_cloud'
        package.mkdir(parents=True)
        (package / '__init__.py').touch()
        self.module = package / 'boot.py'

    def spawn(self, root: Path, code: str = _SLEEP) -> subprocess.Popen[str]:
        self.module.write_text(code)
        process = subprocess.Popen(
            [sys.executable, '-m', layout.BOOT_MODULE, str(root), 'nova'], text=True,
            stdout=subprocess.PIPE, env={'PYTHONPATH': str(self.module.parent.parent)})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual('up\n', cast(IO[str], process.stdout).readline())
        return process

    def note(self, identity: processes.Identity) -> None:
        processes.pid_file(self.root, 'nova').write_text(json.dumps(
            dataclasses.asdict(identity)))

    def identity(self, pid: int) -> processes.Identity:
        return cast(processes.Identity, processes.identify(pid))

    def test_service_is_running(self) -> None:
        process = self.spawn(self.root)
        self.note(self.identity(process.pid))
        self.assertEqual(process.pid, processes.running(self.root, 'nova'))

    def test_reused_pid_is_not_the_service(self) -> None:
        process = self.spawn(self.root)
        identity = self.identity(process.pid)
        for stranger in (dataclasses.replace(identity, start='1'),
                         dataclasses.replace(identity, boot='another')):
            self.note(stranger)
            self.assertIsNone(processes.running(self.root, 'nova'))

    def test_foreign_process_is_never_ended(self) -> None:
        self.note(self.identity(os.getpid()))
        self.assertIsNone(processes.running(self.root, 'nova'))
        self.assertEqual(0, processes.stop(self.root))
        self.assertFalse(processes.pid_file(self.root, 'nova').exists())

    def test_cloud_of_another_root_is_left_alone(self) -> None:
        other = self.spawn(self.root.with_name('root-two'))
        self.assertEqual([], processes.find(self.root))
        self.assertEqual(0, processes.stop(self.root))
        self.assertIsNone(other.poll())

    def test_ends_what_has_no_pid_file(self) -> None:
        process = self.spawn(self.root)
        self.assertEqual(1, processes.stop(self.root))
        self.assertIsNotNone(process.wait(5))

    def test_kills_what_does_not_end(self) -> None:
        process = self.spawn(self.root, _STUBBORN)
        grace, processes.GRACE = processes.GRACE, 0.2
        self.addCleanup(setattr, processes, 'GRACE', grace)
        self.assertEqual(1, processes.stop(self.root))
        self.assertEqual(-9, process.wait(5))

    def test_damaged_pid_file_names_nobody(self) -> None:
        for content in ('', '12', '{"pid": "x"}', '[]', '{}'):
            processes.pid_file(self.root, 'nova').write_text(content)
            self.assertIsNone(processes.running(self.root, 'nova'))

    def test_dead_process_has_no_identity(self) -> None:
        process = subprocess.Popen([sys.executable, '-c', ''])
        process.wait()
        self.assertIsNone(processes.identify(process.pid))
        self.assertEqual(0, processes.memory(process.pid))
