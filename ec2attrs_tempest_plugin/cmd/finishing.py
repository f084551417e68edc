"""What the commands that end in a verdict have in common: the bundle, and what is printed."""

import argparse
import dataclasses
import datetime
import hashlib
import importlib.metadata
import json
from pathlib import Path
import platform
import sys

from ec2attrs_tempest_plugin.certification import archive
from ec2attrs_tempest_plugin.certification import attestation
from ec2attrs_tempest_plugin.certification import bundle
from ec2attrs_tempest_plugin.certification import guideline
from ec2attrs_tempest_plugin.certification import leaks
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification import run
from ec2attrs_tempest_plugin.certification import shown
from ec2attrs_tempest_plugin.certification import summary
from ec2attrs_tempest_plugin.certification import waivers
from ec2attrs_tempest_plugin.certification.plan import PlanError
from ec2attrs_tempest_plugin.certification.verdict import Verdict
from ec2attrs_tempest_plugin.contract import release

EXIT_USAGE = 3
BUNDLE = 'bundle.tar.gz'

#: What is wrong with what was given, rather than with the cloud.
UNUSABLE = (guideline.GuidelineError, waivers.WaiverError, attestation.AttestationError,
            run.RunError, result.ResultError, PlanError, archive.ArchiveError)


class Leak(Exception):
    """A secret would be published; the message says which and where."""


@dataclasses.dataclass(frozen=True)
class Judging:
    """By what a run is judged, and who vouches for it."""

    guideline: guideline.Guideline
    waived: bytes | None
    key: Path | None


def add_product(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is certified."""
    group = parser.add_argument_group('what is certified')
    for name, words in (('vendor', 'who makes it'), ('product', 'its name'),
                        ('product-version', 'its version'), ('contact', 'whom to ask')):
        group.add_argument(f'--{name}', default='', metavar='TEXT', help=words)


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Add the options that say by what a run is judged."""
    group = parser.add_argument_group('by what it is judged')
    group.add_argument('--guideline', type=Path, metavar='FILE',
                       help=f'a guideline (default: {guideline.CURRENT}, which comes with the '
                            'suite)')
    group.add_argument('--waivers', type=Path, metavar='FILE',
                       help="the certifier's waivers")
    group.add_argument('--sign-key', type=Path, metavar='FILE',
                       help='private key in PEM, to sign the bundle with')


def judging(args: argparse.Namespace) -> Judging:
    """Return by what the arguments say that a run is judged.

    :raises UNUSABLE: when it cannot be used.
    """
    found = guideline.load(args.guideline) if args.guideline else guideline.published()
    waived = None
    if args.waivers:
        waived = waivers.load(args.waivers)
        waivers.parse(waived)
    if args.sign_key:
        attestation.check_key(args.sign_key)
    return Judging(found, waived, args.sign_key)


def product(args: argparse.Namespace) -> dict[str, str]:
    """Return what the arguments say of the product."""
    return {'vendor': args.vendor, 'name': args.product, 'version': args.product_version,
            'contact': args.contact}


def suite() -> dict[str, str]:
    """Return the versions of what tests."""
    found = {'python': platform.python_version(), release.PACKAGE: release.suite()}
    for package in ('tempest', 'boto3'):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = 'not installed'
    return found


def challenge_digest(challenge: str | None) -> str | None:
    """Return what is told of a challenge."""
    return hashlib.sha256(challenge.encode()).hexdigest() if challenge else None


def streams_of(root: Path, record: run.Run) -> dict[str, bytes]:
    """Return the streams of a run in a workspace.

    :raises RunError: when one cannot be read.
    """
    found = {}
    for each in record.tries:
        path = root / each.stream
        if path.parent.parent != root or path.parent.name != 'streams':
            raise run.RunError('run.json names a stream that is not in streams')
        try:
            found[each.stream] = path.read_bytes()
        except OSError as error:
            raise run.RunError(f'{path} cannot be read: {error.strerror}') from error
    return found


def finish(root: Path, record: run.Run, judge_by: Judging,
           config_file: Path | None = None) -> Verdict:
    """Write the bundle and the reports into the workspace, print the verdict and return it.

    :raises UNUSABLE: when there can be no result.
    :raises Leak: when a secret stands in what was about to be written.
    """
    files, verdict = bundle.made(record, streams_of(root, record), judge_by.guideline,
                                 judge_by.waived, judge_by.key)
    leaking = list(leaks.found(files, leaks.known(config_file) if config_file else {}))
    if not leaking:
        for name in ('result.json', *bundle.RENDERED):
            (root / name).write_bytes(files[name])
        (root / BUNDLE).write_bytes(archive.written(files))
    document = json.loads(files['result.json'])
    facts = summary.Facts(
        record.cloud.get('keystone', ''),
        ', '.join(f'{name} {version}' for name, version in record.suite.items()),
        min((datetime.datetime.fromisoformat(each.started) for each in record.tries),
            default=datetime.datetime.now(datetime.UTC)),
        sum((datetime.datetime.fromisoformat(each.ended)
             - datetime.datetime.fromisoformat(each.started)).total_seconds()
            for each in record.tries),
        root / (BUNDLE if not leaking else 'streams'),
        root / 'report.html' if not leaking else None, [each.left for each in record.tries],
        shown.delays(document), shown.repetitions(document))
    print()
    print(summary.render(verdict, facts, colour=sys.stdout.isatty()), end='')
    if leaking:
        raise Leak(f'no bundle was written, since {leaking[0]}'
                   + (f' and there are {len(leaking) - 1} more' if leaking[1:] else '')
                   + '; the suite should have taken it out: please tell its makers')
    return verdict
