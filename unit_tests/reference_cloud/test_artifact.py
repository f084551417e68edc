"""A directory is made once, whoever tries and whatever interrupts them."""

import multiprocessing
from pathlib import Path
import subprocess
import sys
import tempfile
import time
from typing import cast, IO
import unittest

from ec2attrs_tempest_plugin.reference_cloud import artifact


def _make_slowly(target: str, log: str) -> None:
    def build(directory: Path, lock: int) -> None:
        with open(log, 'a') as file:
            file.write('built\n')
        time.sleep(0.3)
        (directory / 'content').write_text('whole')
    artifact.make_once(Path(target), build, lambda line: None)


class ArtifactTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.target = Path(directory.name) / 'cache' / 'thing-1.2'
        self.said: list[str] = []

    def make(self, content: str = 'whole') -> None:
        artifact.make_once(self.target,
                           lambda directory, lock: self._write(directory, content),
                           self.said.append)

    @staticmethod
    def _write(directory: Path, content: str) -> None:
        (directory / 'content').write_text(content)

    def test_makes_and_then_leaves_alone(self) -> None:
        self.make('first')
        self.make('second')
        self.assertEqual('first', (self.target / 'content').read_text())
        self.assertTrue(artifact.is_complete(self.target))

    def test_directory_without_marker_is_made_anew(self) -> None:
        self.target.mkdir(parents=True)
        (self.target / 'content').write_text('half')
        self.assertFalse(artifact.is_complete(self.target))
        self.make()
        self.assertEqual('whole', (self.target / 'content').read_text())

    def test_failed_build_leaves_nothing(self) -> None:
        def fail(directory: Path, lock: int) -> None:
            self._write(directory, 'half')
            raise RuntimeError('broken')
        with self.assertRaisesRegex(RuntimeError, 'broken'):
            artifact.make_once(self.target, fail, self.said.append)
        self.assertEqual(['thing-1.2.lock'],
                         [entry.name for entry in self.target.parent.iterdir()])

    def test_leftovers_of_dead_builders_are_seen_and_removed(self) -> None:
        leftover = self.target.parent / f'{self.target.name}{artifact.BUILDING}old'
        leftover.mkdir(parents=True)
        seen: list[Path] = []
        artifact.make_once(self.target, lambda directory, lock: None, self.said.append,
                           before_removal=seen.append)
        self.assertEqual([leftover], seen)
        self.assertFalse(leftover.exists())

    def test_two_builders_at_once_build_once(self) -> None:
        log = self.target.parent.parent / 'log'
        context = multiprocessing.get_context('spawn')
        builders = [context.Process(target=_make_slowly, args=(str(self.target), str(log)))
                    for _ in range(2)]
        for builder in builders:
            builder.start()
        for builder in builders:
            builder.join(30)
            self.assertEqual(0, builder.exitcode)
        self.assertEqual('built\n', log.read_text())
        self.assertEqual('whole', (self.target / 'content').read_text())

    def test_waiting_is_announced(self) -> None:
        lock = self.target.parent / 'lock'
        lock.parent.mkdir()
        holder = subprocess.Popen(
            [sys.executable, '-c', 'import fcntl, sys, time\nf = open(sys.argv[1], "w")\n'
             'fcntl.flock(f, fcntl.LOCK_EX)\nprint("held", flush=True)\ntime.sleep(0.3)',
             str(lock)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.communicate)
        self.assertEqual('held\n', cast(IO[str], holder.stdout).readline())
        with artifact.locked(lock, self.said.append, 'waiting for the other'):
            self.assertEqual(['waiting for the other'], self.said)

    def test_discarded_directory_is_made_anew(self) -> None:
        self.make('broken')
        artifact.discard(self.target, self.said.append)
        self.make()
        self.assertEqual('whole', (self.target / 'content').read_text())
