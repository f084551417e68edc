"""The command ``ec2attrs``."""

import argparse
from collections.abc import Sequence
import importlib
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from ec2attrs_tempest_plugin.contract import release

EXAMPLES = """\
examples:
  ec2attrs certify --reference-cloud
        start a cloud on this machine, run the suite on it, print the verdict
  ec2attrs configure --os-cloud NAME; ec2attrs preflight
        write etc/tempest.conf for your own cloud, and look before the run
  ec2attrs certify --config-file etc/tempest.conf
        run the suite on your own cloud, print the verdict and write a bundle
  ec2attrs verify bundle.tar.gz
        check such a bundle offline
  ec2attrs cloud up
        start the reference cloud and leave it running
  ec2attrs selftest --recorded
        see that the suite catches the faults of its catalogue

exit codes: 0 success, 3 wrong usage or nothing could be started, 130
interrupted; "ec2attrs certify --help" tells those of a verdict,
and so does that of selftest.
"""

#: The commands, in the order in which a user meets them, and the modules that have them.
COMMANDS = {
    'configure': 'configure', 'preflight': 'preflight', 'certify': 'certify', 'rerun': 'certify',
    'report': 'report', 'verify': 'verify', 'diff': 'verify', 'cleanup': 'cleanup',
    'cloud': 'cloud', 'selftest': 'selftest'}

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


def build_parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of the command line, whole unless argv begins with a command.

    What the other commands import is not paid for: "ec2attrs verify" needs no Tempest.
    """
    parser = _Parser(
        prog='ec2attrs', epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Certify the EC2 attributes of the servers of a cloud.')
    parser.add_argument('--version', action='version',
                        version=f'{release.PACKAGE} {release.suite()}')
    subparsers = parser.add_subparsers(dest='command', metavar='COMMAND', required=True)
    wanted = COMMANDS.get(argv[0]) if argv else None
    for module in dict.fromkeys(COMMANDS.values()) if wanted is None else (wanted,):
        importlib.import_module(f'ec2attrs_tempest_plugin.cmd.{module}').add_parser(subparsers)
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
    argv = sys.argv[1:] if argv is None else argv
    args = build_parser(argv).parse_args(argv)
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
