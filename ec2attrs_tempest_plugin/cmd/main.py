"""The command ``ec2attrs``."""

import argparse
from collections.abc import Sequence
import importlib.metadata
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from ec2attrs_tempest_plugin.cmd import certify
from ec2attrs_tempest_plugin.cmd import cleanup
from ec2attrs_tempest_plugin.cmd import cloud
from ec2attrs_tempest_plugin.cmd import configure
from ec2attrs_tempest_plugin.cmd import preflight
from ec2attrs_tempest_plugin.cmd import selftest

PACKAGE = 'ec2attrs-tempest-plugin'

EXAMPLES = """\
examples:
  ec2attrs certify --reference-cloud
        start a cloud on this machine, run the suite on it, print the verdict
  ec2attrs certify --config-file etc/tempest.conf
        run the suite on your own cloud and print the verdict
  ec2attrs cloud up
        start the reference cloud and leave it running
  ec2attrs selftest --recorded
        see that the suite catches the faults of its catalogue

exit codes: 0 success, 3 wrong usage or nothing could be started, 130
interrupted; "ec2attrs certify --help" tells those of a verdict,
and so does that of selftest.
"""

EXIT_USAGE = 3
EXIT_INTERRUPTED = 130

# Seconds within which a second interrupt is the echo of the first.
APART = 1.0


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors are not mistaken for a verdict.

    argparse ends with 2, which here means INCOMPLETE.
    """

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f'{self.prog}: {message}\n')


def version() -> str:
    """Return the version of the installed package."""
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return 'unknown (not installed)'


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog='ec2attrs', epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Certify the EC2 attributes of the servers of a cloud.')
    parser.add_argument('--version', action='version', version=f'{PACKAGE} {version()}')
    subparsers = parser.add_subparsers(dest='command', metavar='COMMAND', required=True)
    certify.add_parser(subparsers)
    cleanup.add_parser(subparsers)
    cloud.add_parser(subparsers)
    configure.add_parser(subparsers)
    preflight.add_parser(subparsers)
    selftest.add_parser(subparsers)
    return parser


class _Interrupts:
    """Makes Ctrl-C and SIGTERM one thing, so that what was started is shut down.

    tox repeats the terminal's Ctrl-C at once. Only one that comes later is
    meant to cut the shutting down short.
    """

    def __init__(self) -> None:
        self._last = -APART

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last >= APART:
            self._last = now
            raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):
            # A job's log may be plain ASCII, a sentence from a cloud is not.
            stream.reconfigure(errors='backslashreplace')
    interrupts = _Interrupts()
    signal.signal(signal.SIGINT, interrupts)
    signal.signal(signal.SIGTERM, interrupts)
    args = build_parser().parse_args(argv)
    try:
        code: int = args.handler(args)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print('\nec2attrs: interrupted', file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; nothing can be told to it, and Python must not
        # try once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


if __name__ == '__main__':
    sys.exit(main())
