"""``ec2attrs verify`` and ``ec2attrs diff``: what a bundle says, computed again, and compared."""

import argparse
from pathlib import Path
import sys
from typing import Any

EXIT_USAGE = 3
EXIT_FAILED = 4

DESCRIPTION = """\
Check a bundle offline: nothing is asked of any cloud, and Tempest is not needed.

Three things are said apart. The signature: whether all files are those that the owner of --key
signed. The bundle: whether digests, plan, guideline, evidence, verdict and reports are what
follows from the streams of results. The challenge: whether the cloud's answers hold words made
of --challenge, so that they were made after it was given. None of them shows that whoever ran the
suite is honest.
"""

EPILOG = """\
examples:
  ec2attrs verify bundle.tar.gz
  ec2attrs verify bundle.tar.gz --key vendor.pub --challenge "$CHALLENGE"
  ec2attrs verify bundle.tar.gz --waivers waivers.json

exit codes:
  0  CONFORMANT  1  NOT CONFORMANT  2  INCOMPLETE, each with all that was looked at in order
  3  wrong usage, it is no bundle that may be read, or another version of the suite has to
     verify it
  4  something is wrong with the bundle
"""

DIFF_DESCRIPTION = """\
Compare the results of two bundles: what got worse, what got better, what is skipped now.
"""

DIFF_EPILOG = """\
examples:
  ec2attrs diff before.tar.gz after.tar.gz

exit codes:
  0  nothing got worse
  1  a test that passed does not pass now, or is gone
  3  wrong usage, or one is no bundle that may be read
"""


def add_parser(subparsers: Any) -> None:
    """Add the commands to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'verify', help='check a bundle offline', description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('bundle', type=Path, metavar='BUNDLE')
    parser.add_argument('--key', type=Path, metavar='FILE',
                        help='public key in PEM of whoever is said to have signed it')
    parser.add_argument('--challenge', metavar='TEXT', help='what was given for the run')
    parser.add_argument('--guideline', type=Path, metavar='FILE',
                        help='the guideline that it has to be (default: the one of that id '
                             'that comes with the suite)')
    parser.add_argument('--waivers', type=Path, metavar='FILE',
                        help='the waivers that it has to have')
    parser.set_defaults(handler=verify)
    diff = subparsers.add_parser(
        'diff', help='compare two bundles', description=DIFF_DESCRIPTION, epilog=DIFF_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    diff.add_argument('before', type=Path, metavar='A')
    diff.add_argument('after', type=Path, metavar='B')
    diff.set_defaults(handler=compare)


def verify(args: argparse.Namespace) -> int:
    """Print what is to be said of a bundle and return the exit code."""
    from ec2attrs_tempest_plugin.certification import archive
    from ec2attrs_tempest_plugin.certification import guideline
    from ec2attrs_tempest_plugin.certification import verification
    from ec2attrs_tempest_plugin.certification import waivers
    try:
        published = guideline.load(args.guideline) if args.guideline else None
        waived = waivers.load(args.waivers) if args.waivers else None
        files = archive.read(args.bundle)
    except (archive.ArchiveError, guideline.GuidelineError, waivers.WaiverError) as error:
        print(f'ec2attrs verify: {error}', file=sys.stderr)
        return EXIT_USAGE
    found = verification.verify(files, key=args.key, challenge=args.challenge,
                                published=published, waived=waived)
    for line in found.lines:
        word = {True: 'ok', False: 'WRONG', None: '-'}[line.good]
        if found.other and line is found.consistency:
            word = '?'
        print(f'{line.about:<10} {word:<6} {line.says}')
        for more in line.more:
            print(f'{" " * 18}{more}')
    if found.wrong:
        return EXIT_FAILED
    if found.other:
        print(f'ec2attrs verify: install version {found.other} of the suite to verify it',
              file=sys.stderr)
        return EXIT_USAGE
    return verification.exit_code(files)


def compare(args: argparse.Namespace) -> int:
    """Print how two results differ and return the exit code."""
    from ec2attrs_tempest_plugin.certification import archive
    from ec2attrs_tempest_plugin.certification import comparison
    try:
        before, after = (comparison.results(archive.read(path))
                         for path in (args.before, args.after))
    except (archive.ArchiveError, comparison.ComparisonError) as error:
        print(f'ec2attrs diff: {error}', file=sys.stderr)
        return EXIT_USAGE
    found = comparison.compare(before, after)
    for title, lines in found.sections:
        if lines:
            print(title)
            for line in lines:
                print(f'  {line}')
    if not any(lines for _, lines in found.sections):
        print('The results are alike.')
    return 1 if found.worse else 0
