"""Make a directory once, for everybody, however many try and whatever interrupts them."""

from collections.abc import Callable, Iterator
import contextlib
import fcntl
import os
from pathlib import Path
import shutil
import tempfile

Say = Callable[[str], None]

#: Written into a directory as the last thing before it gets its name.
MARKER = '.complete'
BUILDING = '.building-'


@contextlib.contextmanager
def locked(path: Path, say: Say, wait_message: str) -> Iterator[int]:
    """Hold the lock file *path*; say *wait_message* first where somebody else holds it.

    The lock ends with the process that holds it, so that a stale file means nothing. Yields the
    lock's file descriptor.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(wait_message)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def is_complete(directory: Path) -> bool:
    """Return whether *directory* was made to its end."""
    return (directory / MARKER).is_file()


def make_once(directory: Path, build: Callable[[Path, int], None], say: Say,
              before_removal: Callable[[Path], object] = lambda leftover: None) -> None:
    """Make *directory* with ``build(temporary directory, lock descriptor)`` unless it is there.

    Whoever comes meanwhile waits. What an interrupted maker left is removed, after
    *before_removal* has seen it, and never taken for a finished directory.
    """
    if is_complete(directory):
        return
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = directory.with_name(directory.name + '.lock')
    with locked(lock, say, f'Waiting for another process that makes {directory}') as descriptor:
        if is_complete(directory):
            return
        for leftover in directory.parent.glob(f'{directory.name}{BUILDING}*'):
            before_removal(leftover)
            shutil.rmtree(leftover)
        if directory.exists():
            shutil.rmtree(directory)
        temporary = Path(tempfile.mkdtemp(prefix=directory.name + BUILDING, dir=directory.parent))
        try:
            build(temporary, descriptor)
            (temporary / MARKER).touch()
            temporary.rename(directory)
        except BaseException:
            before_removal(temporary)
            shutil.rmtree(temporary)
            raise


def discard(directory: Path, say: Say) -> None:
    """Remove a directory that turned out to be broken, so that it will be made anew."""
    lock = directory.with_name(directory.name + '.lock')
    with (locked(lock, say, f'Waiting for another process that makes {directory}'),
          contextlib.suppress(FileNotFoundError)):
        (directory / MARKER).unlink()
        shutil.rmtree(directory)
