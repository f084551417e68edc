"""A directory to run Tempest in, and Tempest run in it as a child process."""

from collections.abc import Callable, Mapping, Sequence
import contextlib
import dataclasses
import enum
import fcntl
import os
from pathlib import Path
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from types import MappingProxyType
from typing import IO

import stestr.commands

import ec2attrs_tempest_plugin
from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.stream import decode
from ec2attrs_tempest_plugin.certification.stream import Decoder
from ec2attrs_tempest_plugin.certification.stream import Outcome

MARK = '# Written by "ec2attrs certify": remove this line to keep your changes.'
# Seconds that Tempest gets to end by itself, after each signal in turn.
GRACE = ((signal.SIGINT, 10.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


class WorkspaceError(Exception):
    """Tempest cannot be run here; the message says why and what to do."""


class End(enum.Enum):
    """How a run ended."""

    FINISHED = 'finished'
    TIMED_OUT = 'timed out'
    INTERRUPTED = 'interrupted'


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run of Tempest left.

    :ivar unfinished: ids of tests that began and did not end.
    :ivar trouble: what went wrong with the run itself, if anything.
    """

    end: End
    outcomes: Sequence[Outcome]
    unfinished: frozenset[str]
    trouble: str | None


class Workspace:
    """A directory with a tempest.conf, used by one run at a time."""

    def __init__(self, root: Path, config_file: Path) -> None:
        self.root = root
        self.config_file = config_file
        self.record = root / 'run.json'
        self.messages = root / 'tempest-messages.log'
        self._lock: IO[str] | None = None

    def __enter__(self) -> 'Workspace':
        """Make the directory ready and take it.

        :raises WorkspaceError: when another run has it, or it cannot be written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = open(self.root / '.ec2attrs.lock', 'a')
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write_stestr_conf()
            # "tempest run" makes its repository of results, its list does not.
            if not (self.root / '.stestr').exists():
                stestr.commands.init_command(repo_url=str(self.root))
        except BlockingIOError:
            self.__exit__()
            raise WorkspaceError(f'another run uses the workspace {self.root}; wait for it'
                                 f'{holder(self.root)} or give --workspace another '
                                 f'directory') from None
        except OSError as error:
            self.__exit__()
            raise WorkspaceError(f'the workspace {self.root} cannot be used: {error}') from error
        return self

    def __exit__(self, *exception: object) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _write_stestr_conf(self) -> None:
        """Point stestr at the tests of this plugin alone, unless the user chose.

        The ids are those of an ordinary workspace; only the time to find them
        is shorter.
        """
        path = self.root / '.stestr.conf'
        if path.exists() and not path.read_text().startswith(MARK):
            return
        package = Path(ec2attrs_tempest_plugin.__file__).parent
        settings = {'test_path': package / 'tests', 'top_dir': package.parent,
                    'group_regex': r'([^\.]*\.)*'}
        path.write_text('\n'.join(
            [MARK, '[DEFAULT]',
             *(f'{key}={str(value).replace("%", "%%")}' for key, value in settings.items()),
             '']))

    def list_tests(self, regex: str, timeout: float) -> list[str]:
        """Return the lines of the list of tests whose ids match regex.

        :raises WorkspaceError: when Tempest cannot list them within timeout seconds.
        """
        with (open(self.messages, 'wb') as messages,
              self._tempest(['--list-tests', '--regex', regex], messages) as process):
            try:
                output, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                raise WorkspaceError(f'Tempest did not list the tests within {timeout:.0f} s; '
                                     f'see {self.messages}') from None
            finally:
                _end(process)
        listing = output.decode('utf-8', 'replace')
        if process.returncode:
            with open(self.messages, 'a') as messages_text:
                messages_text.write(listing)
            raise WorkspaceError(f'Tempest could not list the tests (exit code '
                                 f'{process.returncode}): {self._last_message()}; '
                                 f'see {self.messages}')
        return listing.splitlines()

    def run(self, ids: Sequence[str], stream: str, concurrency: int, timeout: float,
            on_outcome: Callable[[Outcome], None],
            on_wait: Callable[[Sequence[str]], None], challenge: str | None = None,
            prefix: str | None = None) -> Run:
        """Run the tests and return what they reported, also when cut short.

        The stream of results is kept under the name stream.
        on_outcome is called for each outcome, on_wait about once a second
        with the ids of the tests that run. No child process is left.

        :param challenge: of the certifier, for the words that the tests send.
        :param prefix: what the names of all that the tests make begin with.
        """
        plan = self.root / 'plan.txt'
        plan.write_text(''.join(f'{test_id}\n' for test_id in ids))
        # A run that was killed has kept the accounts that it used.
        shutil.rmtree(self.root / 'locks', ignore_errors=True)
        (self.root / stream).parent.mkdir(mode=0o700, exist_ok=True)
        events: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        decoder = Decoder(events.put)
        failures: list[Exception] = []
        deadline = time.monotonic() + timeout
        with open(self.messages, 'ab') as messages, open(self.root / stream, 'wb') as copy:
            os.fchmod(copy.fileno(), 0o600)
            process = self._tempest(['--load-list', str(plan), '--subunit', '--concurrency',
                                     str(concurrency)], messages, {
                                         'OS_EC2ATTRS__CHALLENGE': challenge,
                                         'OS_DEFAULT__RESOURCE_NAME_PREFIX': prefix})
            stdout = process.stdout
            if stdout is None:
                raise RuntimeError('Tempest was started without a pipe')

            def read() -> None:
                try:
                    decode(stdout, decoder, copy)
                except (OSError, ValueError) as error:
                    failures.append(error)
                finally:
                    events.put(None)

            reader = threading.Thread(target=read, name='subunit', daemon=True)
            reader.start()
            try:
                end = _follow(events, decoder, deadline, on_outcome, on_wait)
                if end is End.FINISHED:
                    process.wait(timeout=GRACE[0][1])
            except KeyboardInterrupt:
                end = End.INTERRUPTED
            except subprocess.TimeoutExpired:
                failures.append(TimeoutError('it closed its output and did not end'))
            finally:
                _end(process)
            reader.join(timeout=5)
            if not reader.is_alive():
                stdout.close()
        trouble = f'Tempest: {text.plain(str(failures[0]))}' if failures else None
        if trouble is None and end is End.FINISHED and process.returncode not in (0, 1):
            trouble = (f'Tempest ended with exit code {process.returncode}: '
                       f'{self._last_message()}; see {self.messages}')
        return Run(end, tuple(decoder.outcomes), frozenset(decoder.running), trouble)

    def _tempest(self, arguments: Sequence[str], messages: IO[bytes],
                 options: Mapping[str, str | None] = MappingProxyType({})
                 ) -> subprocess.Popen[bytes]:
        """Start ``tempest run`` in a process group of its own.

        :param options: in place of what stands in tempest.conf, by their names in the environment.
        """
        python = Path(sys.executable)
        environment = {
            # stestr hands $PYTHON to a shell without quotes, so that a path
            # with a space in it would not do.
            'PYTHON': python.name,
            # A test that hangs ends by itself, as in Tempest's own jobs.
            'OS_TEST_TIMEOUT': '1200',
            # The log of the calls holds passwords and belongs in no result.
            'OS_LOG_CAPTURE': '0',
            # Options of tempest.conf, in place of what stands there. The log of the calls
            # with their bodies is for whoever runs Tempest by hand.
            'OS_DEFAULT__DEBUG': 'false', 'OS_DEFAULT__USE_STDERR': 'false',
            'OS_DEFAULT__LOG_FILE': str(self.root / 'tempest.log'),
            'OS_OSLO_CONCURRENCY__LOCK_PATH': str(self.root / 'locks'),
            **{k: v for k, v in os.environ.items() if k != 'PYTHON'},
            **{name: value for name, value in options.items() if value},
            'PATH': f'{python.parent}{os.pathsep}{os.environ.get("PATH", os.defpath)}',
        }
        process = subprocess.Popen(
            [sys.executable, '-P', '-m', 'tempest.cmd.main', 'run',
             '--config-file', str(self.config_file), *arguments],
            cwd=self.root, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=messages, start_new_session=True,
            # What outlives us when we are killed keeps the workspace taken.
            pass_fds=(self._lock.fileno(),) if self._lock else ())
        if self._lock:
            self._lock.truncate(0)
            self._lock.write(str(process.pid))
            self._lock.flush()
        return process

    def _last_message(self) -> str:
        lines = self.messages.read_text(errors='replace').split('\n')
        return text.plain(next((line for line in reversed(lines) if line.strip()), 'no message'))


def holder(root: Path) -> str:
    """Return how to end the tests that have a workspace, for a message; '' if that is unknown."""
    with open(root / '.ec2attrs.lock') as lock:
        group = lock.read(20)
    return f', end it ("kill -TERM -- -{group}")' if group.isdecimal() else ''


def _follow(events: 'queue.SimpleQueue[Outcome | None]', decoder: Decoder, deadline: float,
            on_outcome: Callable[[Outcome], None],
            on_wait: Callable[[Sequence[str]], None]) -> End:
    """Hand on outcomes until the stream ends or the time is over."""
    while (left := deadline - time.monotonic()) > 0:
        try:
            outcome = events.get(timeout=min(1.0, left))
        except queue.Empty:
            on_wait(decoder.running)
            continue
        if outcome is None:
            return End.FINISHED
        on_outcome(outcome)
    return End.TIMED_OUT


def _end(process: 'subprocess.Popen[bytes]') -> None:
    """End a process and its group: politely first, so that clean-ups can run."""
    try:
        for number, seconds in GRACE:
            if process.poll() is not None:
                break
            os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=seconds)
    finally:
        # Workers outlive a parent that was killed.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
