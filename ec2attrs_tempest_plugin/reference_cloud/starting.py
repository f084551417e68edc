"""Start the services of a cloud and wait until each answers."""

from collections.abc import Iterable, Iterator
import contextlib
import http.client
import os
from pathlib import Path
import re
import selectors
import socket
import subprocess
import time
from typing import cast, IO

from ec2attrs_tempest_plugin.reference_cloud import environment
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import processes
from ec2attrs_tempest_plugin.reference_cloud.artifact import Say
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

#: How long all services may take until they answer, in seconds.
TIMEOUT = 180.0
POLL = 0.1

_ERROR = re.compile(r'\b(CRITICAL|ERROR)\b|^\w[\w.]*(Error|Exception|Exit)\b')


def log_file(root: Path, service: str) -> Path:
    """Return the log of *service*: all that it says."""
    return root / 'log' / f'{service}.log'


def last_error(log: Path) -> str:
    """Return the last line of *log* that tells of an error, or else its last line."""
    try:
        text = log.read_text(errors='replace')
    except FileNotFoundError:
        return 'nothing was written'
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)]
    return next(reversed(errors or lines), 'nothing was written')[-300:]


def check_ports(ports: dict[str, int]) -> None:
    """Raise CloudError naming the first port that is taken."""
    for endpoint, port in sorted(ports.items()):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((layout.HOST, port))
            except OSError as error:
                raise CloudError(f'port {port}, which {endpoint} needs, is taken '
                                 f'({error.strerror}): choose others with --port-offset') from None


def answers(port: int) -> bool:
    """Return whether something answers an HTTP request at *port* with less than a 500."""
    connection = http.client.HTTPConnection(layout.HOST, port, timeout=5)
    try:
        connection.request('GET', '/')
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _Boot:
    """The parent of the services, and what it tells."""

    def __init__(self, root: Path, python: Path, services: list[str],
                 extension: Path | None) -> None:
        self._root = root
        with open(log_file(root, 'boot'), 'a') as log:
            # In a session of its own: Ctrl-C is ours to handle.
            self._process = subprocess.Popen(
                [str(python), '-m', layout.BOOT_MODULE, str(root), *services],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=root,
                env=layout.environment(root, extension), start_new_session=True)
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)
        self._buffer = b''
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)

    def events(self, seconds: float) -> Iterator[list[str]]:
        """Yield the events of the next *seconds* at most.

        Raises CloudError where the parent or one of the services died.
        """
        if not self._selector.select(seconds):
            return
        data = os.read(self._output.fileno(), 65536)
        if not data:
            status = self._process.wait()
            raise self._death('the parent of the services', 'boot', status)
        *lines, self._buffer = (self._buffer + data).split(b'\n')
        for line in lines:
            event = line.decode().split()
            if event[0] == 'died':
                raise self._death(event[1], event[1], int(event[2]))
            yield event

    def _death(self, name: str, log_name: str, status: int) -> CloudError:
        how = f'signal {-status}' if status < 0 else f'exit status {status}'
        log = log_file(self._root, log_name)
        return CloudError(f'{name} died while it started ({how}): {last_error(log)}; see {log}')

    def leave(self) -> None:
        """Let the parent go; the services stay."""
        self._input.write(b'leave\n')
        self._input.flush()
        self._process.wait()

    def close(self) -> None:
        """Let go of the parent, which ends the services unless it was told to leave."""
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        self._selector.close()
        self._output.close()
        try:
            self._process.wait(processes.GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start(root: Path, venv: Path, ports: dict[str, int], services: Iterable[str],
          say: Say, extension: Path | None = None) -> None:
    """Start *services* of the cloud in *root* and return once each of them answers.

    *extension* is that of :meth:`cloud.ReferenceCloud.up`. Raises CloudError where one dies or
    takes too long; nothing is left running then, nor after an interrupt.
    """
    names = list(services)
    boot = _Boot(root, environment.python(venv), names, extension)
    try:
        _wait(boot, root, ports, names, say)
        boot.leave()
    finally:
        boot.close()


def _wait(boot: _Boot, root: Path, ports: dict[str, int], names: list[str], say: Say) -> None:
    began = time.monotonic()
    silent = set(names)
    unanswered: list[str] = []
    while silent or unanswered:
        for event in boot.events(POLL):
            if event[0] == 'ready':
                silent.discard(event[1])
                unanswered += layout.SERVICES[event[1]]
                say(f'  {event[1]} is up ({time.monotonic() - began:.1f} s)')
        unanswered = [name for name in unanswered if not answers(ports[name])]
        if time.monotonic() - began > TIMEOUT:
            late = next(name for name in names
                        if name in silent or set(unanswered) & set(layout.SERVICES[name]))
            log = log_file(root, late)
            raise CloudError(f'{late} was not ready after {TIMEOUT:.0f} s: '
                             f'{last_error(log)}; see {log}')
