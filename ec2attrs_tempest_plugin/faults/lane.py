"""One cloud (or a recorded one), a proxy before it, and a worker that runs tests through it."""

from collections.abc import Mapping, Sequence
import contextlib
import copy
import dataclasses
import json
import os
from pathlib import Path
import selectors
import signal
import subprocess
import sys
import threading
import time
from typing import Any, cast, IO

from ec2attrs_tempest_plugin.certification import stream
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.proxy import Proxy

# Seconds: to import everything, to answer a line, to end.
_START = 120.0
_SOON = 30.0
_TOUGH = 5.0


class LaneError(Exception):
    """Tests cannot be run; the message says why."""


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run of some tests gave.

    :ivar unfinished: ids of the tests that were running when the time was out.
    :ivar acted: how many times the change or behaviour acted.
    :ivar errors: what went wrong with the change itself.
    :ivar seconds: of the whole run, its set-up and clean-up included.
    :ivar memory: the most that the run had, in bytes.
    """

    outcomes: Sequence[stream.Outcome]
    unfinished: Sequence[str]
    acted: int
    errors: Sequence[str]
    seconds: float
    memory: int
    timed_out: bool


class Switch:
    """Turns the behaviours on that the services of a cloud have installed.

    :param root: of the cloud; the behaviours read ``fault`` there and count in ``fault-acted``.
    """

    def __init__(self, root: Path) -> None:
        self._on = root / 'fault'
        self._acted = root / 'fault-acted'

    def use(self, name: str | None) -> None:
        """Turn on one behaviour, or none; counting begins anew."""
        self._on.unlink(missing_ok=True)
        self._acted.unlink(missing_ok=True)
        if name is not None:
            # Whole or not at all: services read it at any moment.
            temporary = self._on.with_name('fault.new')
            temporary.write_text(name)
            temporary.rename(self._on)

    @property
    def acted(self) -> int:
        """How many times the behaviour acted."""
        return self._acted.stat().st_size if self._acted.exists() else 0


class Worker:
    """The process that runs tests; see :mod:`worker`.

    :param workspace: a directory with etc/tempest.conf, where it may write.
    :raises LaneError: when the tests cannot be imported.
    """

    def __init__(self, workspace: Path) -> None:
        self._log = workspace / 'worker.log'
        with open(self._log, 'ab') as log:
            self._process = subprocess.Popen(
                [sys.executable, '-m', 'ec2attrs_tempest_plugin.faults.worker'],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=workspace,
                env=os.environ | {'TEMPEST_CONFIG_DIR': str(workspace / 'etc'),
                                  'PYTHONWARNINGS': 'ignore'},
                # Ctrl-C is for the one who waits, so that clean-up can be seen to.
                start_new_session=True)
        self._buffer = b''
        self._run: int | None = None
        try:
            self.tests: list[str] = self._answer(_START)
        except LaneError:
            self.close()
            raise LaneError(f'the tests cannot be imported; see {self._log}') from None

    def run(self, tests: Sequence[str], path: Path, timeout: float,
            seed: str | None) -> Mapping[str, Any] | None:
        """Run tests into the stream at a path; None when they did not end in time."""
        job = {'tests': list(tests), 'stream': str(path), 'seed': seed}
        try:
            cast(IO[bytes], self._process.stdin).write(json.dumps(job).encode() + b'\n')
            cast(IO[bytes], self._process.stdin).flush()
        except BrokenPipeError:
            raise LaneError(self._died()) from None
        self._run = self._answer(_SOON)['pid']
        try:
            return cast(Mapping[str, Any], self._reply(timeout))
        except TimeoutError:
            self._kill()
            self._answer(_SOON)
            return None
        finally:
            self._run = None

    def _kill(self) -> None:
        if self._run is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._run, signal.SIGKILL)

    def _died(self) -> str:
        return f'the process that runs the tests died; see {self._log}'

    def _answer(self, timeout: float) -> Any:
        """Return the next reply; not to reply in time is an error of its own."""
        try:
            return self._reply(timeout)
        except TimeoutError:
            raise LaneError(f'the process that runs the tests said nothing for '
                            f'{timeout:.0f} s; see {self._log}') from None

    def _reply(self, timeout: float) -> Any:
        deadline = time.monotonic() + timeout
        output = cast(IO[bytes], self._process.stdout)
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while b'\n' not in self._buffer:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                data = os.read(output.fileno(), 65536)
                if not data:
                    raise LaneError(self._died())
                self._buffer += data
        line, _, self._buffer = self._buffer.partition(b'\n')
        return json.loads(line)

    @property
    def ended(self) -> bool:
        """Whether the process is no more."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End the process, and a run that goes on in another thread."""
        self._kill()
        with contextlib.suppress(BrokenPipeError):  # it has ended already
            cast(IO[bytes], self._process.stdin).close()
        try:
            self._process.wait(_TOUGH)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        cast(IO[bytes], self._process.stdout).close()


class Lane:
    """Runs tests with one fault at a time.

    :param proxy: through which the tempest.conf of the workspace leads.
    :param switch: of the behaviours, None where there is no live cloud.
    """

    def __init__(self, workspace: Path, proxy: Proxy, switch: Switch | None) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._workspace = workspace
        self._stream = workspace / 'stream.subunit'
        self._proxy = proxy
        self._switch = switch
        self._worker = Worker(workspace)
        #: The ids of all tests of the suite.
        self.tests = self._worker.tests

    def run(self, how: Change | Behaviour | None, tests: Sequence[str], timeout: float,
            seed: str | None = None) -> Run:
        """Run tests with a change of answers, a behaviour of a service, or neither.

        :param timeout: seconds after which they are killed.
        :param seed: of the random words, which are then the same in every run.
        """
        if not tests:
            raise LaneError('no test matches')
        behaviour = how if isinstance(how, Behaviour) else None
        if behaviour is not None and self._switch is None:
            raise LaneError('a behaviour needs a live cloud')
        started = time.monotonic()
        with self._lock:
            if self._closed:
                raise LaneError('the lane is closed')
            if self._worker.ended:  # one row that ended it must not end all others
                self._worker.close()
                self._worker = Worker(self._workspace)
        self._stream.unlink(missing_ok=True)
        # A change that remembers what it saw must forget it between two runs.
        self._proxy.use(None if isinstance(how, Behaviour) else copy.deepcopy(how))
        if self._switch is not None:
            self._switch.use(behaviour.name if behaviour else None)
        try:
            ended = self._worker.run(tests, self._stream, timeout, seed)
            acted = (self._switch.acted if behaviour and self._switch else self._proxy.acted)
            errors = self._proxy.errors
        finally:
            self._proxy.use(None)
            if self._switch is not None:
                self._switch.use(None)
        decoder = stream.Decoder()
        if self._stream.exists():
            with open(self._stream, 'rb') as source:
                stream.decode(source, decoder)
        if ended is not None and ended['status'] != 0:
            errors = [*errors, f'the run of the tests ended with status {ended["status"]}']
        return Run(
            outcomes=decoder.outcomes, unfinished=decoder.running, acted=acted, errors=errors,
            seconds=time.monotonic() - started, memory=ended['memory'] if ended else 0,
            timed_out=ended is None)

    def close(self) -> None:
        """End the worker, and what another thread runs there."""
        with self._lock:
            self._closed = True
            self._worker.close()
