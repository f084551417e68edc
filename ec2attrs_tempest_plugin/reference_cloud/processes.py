"""Which processes belong to a cloud, and how they are ended: these and no others."""

import dataclasses
import json
import os
from pathlib import Path
import select
import signal
import time

from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

#: How long processes may take to end before they are killed, in seconds.
GRACE = 8.0
#: How long a killed process may take to disappear, in seconds.
KILL_GRACE = 5.0
#: How often to look for processes that came while others were ended.
ROUNDS = 4

PROC = Path('/proc')


@dataclasses.dataclass(frozen=True)
class Identity:
    """One process for all time: its number, when it started, and since which boot."""

    pid: int
    start: str
    boot: str


def identify(pid: int) -> Identity | None:
    """Return who the living process *pid* is, None where there is none."""
    try:
        fields = (PROC / str(pid) / 'stat').read_text().rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in 'ZX':
        return None
    return Identity(pid, fields[19], (PROC / 'sys/kernel/random/boot_id').read_text().strip())


def read(path: Path) -> Identity | None:
    """Return who a pid file names, None where it is missing or unreadable."""
    try:
        data = json.loads(path.read_text())
        return Identity(int(data['pid']), str(data['start']), str(data['boot']))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def serves(pid: int, root: Path) -> bool:
    """Return whether *pid* runs the boot module of the cloud in *root*, by its command line."""
    try:
        command = (PROC / str(pid) / 'cmdline').read_bytes().replace(b'\0', b' ')
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    # Compared as one string, because a process that sets its title loses the separators.
    return b' -m %b %b ' % (layout.BOOT_MODULE.encode(), os.fsencode(root)) in command


def pid_file(root: Path, service: str) -> Path:
    """Return the pid file of *service*."""
    return root / 'run' / f'{service}.pid'


def running(root: Path, service: str) -> int | None:
    """Return the pid of *service* of the cloud in *root*, None where it does not run."""
    identity = read(pid_file(root, service))
    if identity and identify(identity.pid) == identity and serves(identity.pid, root):
        return identity.pid
    return None


def find(root: Path) -> list[int]:
    """Return every process of this user that serves the cloud in *root*, with or without file."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit() and serves(int(entry.name), root):
            try:
                if entry.stat().st_uid == os.getuid():
                    found.append(int(entry.name))
            except FileNotFoundError:
                continue
    return found


def _open(pid: int, root: Path) -> int | None:
    """Return a descriptor of the process, None where it is not of *root* (any more)."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    # Only now, with the process pinned, is the answer about the one that will be signalled.
    if serves(pid, root):
        return descriptor
    os.close(descriptor)
    return None


def _signal(descriptors: list[int], number: signal.Signals, seconds: float) -> list[int]:
    """Send *number*, wait at most *seconds*; return the descriptors of those that still run."""
    for descriptor in descriptors:
        try:
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + seconds
    left = list(descriptors)
    while left and (wait := deadline - time.monotonic()) > 0:
        for descriptor in select.select(left, [], [], wait)[0]:
            left.remove(descriptor)
    return left


def stop(root: Path) -> int:
    """End every process of the cloud in *root* and remove its pid files.

    Returns how many there were. Looks again until there is none, because one that is still
    starting may have forked. Raises CloudError where one cannot be ended.
    """
    ended = 0
    for _ in range(ROUNDS):
        pids = find(root)
        if not pids:
            break
        descriptors = [descriptor for pid in pids
                       if (descriptor := _open(pid, root)) is not None]
        ended += len(descriptors)
        try:
            left = _signal(descriptors, signal.SIGTERM, GRACE)
            _signal(left, signal.SIGKILL, KILL_GRACE)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
    else:
        raise CloudError(f'processes of the cloud in {root} do not end: '
                         f'{", ".join(map(str, pids))}')
    for path in (root / 'run').glob('*.pid'):
        path.unlink(missing_ok=True)
    return ended


def memory(pid: int) -> int:
    """Return the proportional share of memory of *pid* in bytes, 0 where it is gone."""
    try:
        for line in (PROC / str(pid) / 'smaps_rollup').read_text().splitlines():
            if line.startswith('Pss:'):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0
