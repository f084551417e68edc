"""``ec2attrs certify``: run the suite and print the verdict."""

import argparse
from collections.abc import Iterator
import configparser
import contextlib
import datetime
import importlib.metadata
from pathlib import Path
import sys
import time
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification import summary
from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification import verdict
from ec2attrs_tempest_plugin.certification.progress import Progress
from ec2attrs_tempest_plugin.certification.workspace import End
from ec2attrs_tempest_plugin.certification.workspace import Run
from ec2attrs_tempest_plugin.certification.workspace import Workspace
from ec2attrs_tempest_plugin.certification.workspace import WorkspaceError
from ec2attrs_tempest_plugin.cmd import common
from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

EXIT_NOT_STARTED = 3
EXIT_INTERRUPTED = 130

DESCRIPTION = """\
Run the suite on a cloud and print the verdict with what was checked.

Give --reference-cloud, or a tempest.conf of your own cloud; without both,
etc/tempest.conf of the workspace is used, of the current directory if no
workspace is given.
"""

EPILOG = """\
examples:
  ec2attrs certify --reference-cloud
  ec2attrs certify --config-file ~/cloud/etc/tempest.conf --concurrency 4
  ec2attrs certify --workspace ~/cloud
  ec2attrs certify --reference-cloud --regex test_visibility

exit codes:
  0    CONFORMANT: every planned test passed and every requirement has one
  1    NOT CONFORMANT: a test failed
  2    INCOMPLETE: no test failed, but a test was skipped, gave no result or
       was not planned
  3    nothing was run: wrong usage, or the configuration, the cloud or
       Tempest is not usable
  130  interrupted (Ctrl-C, SIGTERM); the verdict on what was done is printed
"""


class NotStarted(Exception):
    """Nothing was run; the message says why and what to do."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'certify', help='run the suite on a cloud and print the verdict',
        description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument('--reference-cloud', action='store_true',
                       help='start the reference cloud, use it and shut it down')
    which.add_argument('--config-file', type=Path, metavar='FILE',
                       help='the tempest.conf of the cloud')
    parser.add_argument('--workspace', type=Path, metavar='DIR',
                        help='where Tempest runs and results are kept '
                             f'(default: {common.state_home() / "workspace"})')
    parser.add_argument('--regex', default='ec2attrs',
                        help='tests to run, as for "tempest run" (default: %(default)s)')
    parser.add_argument('--concurrency', type=common.at_least(1), default=2, metavar='N',
                        help='workers that run tests (default: %(default)s)')
    parser.add_argument('--timeout', type=common.at_least(1), default=3600, metavar='SECONDS',
                        help='end the tests after this time (default: %(default)s)')
    cloud = parser.add_argument_group('with --reference-cloud')
    cloud.add_argument('--root', type=Path, metavar='DIR',
                       help='where the cloud keeps its state (default: cloud in the workspace)')
    cloud.add_argument('--port-offset', type=int, default=0, metavar='N',
                       help='add N to each port of the cloud (default: %(default)s)')
    cloud.add_argument('--keep-cloud', action='store_true',
                       help='leave the cloud running; how to end it is said')
    parser.set_defaults(handler=certify)


def certify(args: argparse.Namespace) -> int:
    """Run the suite as args say, print the verdict and return the exit code."""
    try:
        config_file, root = _places(args)
        with Workspace(root, config_file) as workspace:
            return _certify(args, workspace)
    except (NotStarted, WorkspaceError, plan.PlanError) as error:
        print(f'ec2attrs certify: {error}', file=sys.stderr)
        return EXIT_NOT_STARTED


def _certify(args: argparse.Namespace, workspace: Workspace) -> int:
    """Have a cloud, run the tests on it, and print the verdict once it is gone."""
    problems: list[str] = []
    with contextlib.ExitStack() as stack:
        if args.reference_cloud:
            stack.enter_context(_reference_cloud(args, workspace, problems))
        keystone = cloud_address(workspace.config_file)
        _say(f'Tests of {keystone}')
        tests = plan.parse_listing(workspace.list_tests(args.regex, args.timeout))
        _say(f'{len(tests)} tests planned, run by {args.concurrency} workers')
        started = datetime.datetime.now(datetime.UTC)
        clock = time.monotonic()
        progress = Progress(tests, sys.stdout)
        run = workspace.run([test.id for test in tests], args.regex, args.concurrency,
                            args.timeout, progress.outcome, progress.waiting)
        seconds = time.monotonic() - clock
    problems = [*_trouble(run, args.timeout), *problems]
    result = verdict.judge(tests, run.outcomes, REQUIREMENTS, problems, run.unfinished)
    facts = summary.Facts(keystone, _suite(), started, seconds, workspace.stream)
    print()
    print(summary.render(result, facts, colour=sys.stdout.isatty()), end='')
    return EXIT_INTERRUPTED if run.end is End.INTERRUPTED else result.conclusion.value


def cloud_address(config_file: Path) -> str:
    """Return the address of Keystone in a tempest.conf, without credentials.

    :raises NotStarted: when the file cannot be read or has no address.
    """
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        with open(config_file) as lines:
            parser.read_file(lines)
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        reason = text.plain(str(error))
        raise NotStarted(f'{config_file} cannot be used as tempest.conf: {reason}') from error
    address = parser.get('identity', 'uri_v3', fallback='') or parser.get(
        'identity', 'uri', fallback='')
    if not address:
        raise NotStarted(f'{config_file} names no cloud: set [identity] uri_v3')
    parts = urllib.parse.urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition('@')[2]).geturl()


def _places(args: argparse.Namespace) -> tuple[Path, Path]:
    """Return the tempest.conf and the workspace, both absolute."""
    if args.workspace is not None:
        root = args.workspace.expanduser().absolute()
    elif args.reference_cloud or args.config_file is not None:
        root = common.state_home() / 'workspace'
    else:
        root = Path.cwd()
    if args.config_file is not None:
        config_file = args.config_file.expanduser().absolute()
    else:
        config_file = root / 'etc' / 'tempest.conf'
    if not args.reference_cloud and not config_file.is_file():
        raise NotStarted(f'{config_file} does not exist; give --config-file, or '
                         f'--reference-cloud to use a cloud on this machine')
    return config_file, root


@contextlib.contextmanager
def _reference_cloud(args: argparse.Namespace, workspace: Workspace,
                     problems: list[str]) -> Iterator[None]:
    """Start the reference cloud, write its tempest.conf, and shut it down at the end."""
    started = time.monotonic()
    try:
        # Not the root of "ec2attrs cloud up": what a user keeps there must stay.
        cloud = ReferenceCloud(args.root or workspace.root / 'cloud', args.port_offset)
        # It ends by itself what it started when it does not come up.
        cloud.up(progress=_say)
    except (CloudError, OSError) as error:
        raise NotStarted(text.plain(str(error))) from error
    try:
        _say(f'The reference cloud is ready ({time.monotonic() - started:.0f} s)')
        access.write_private(workspace.config_file, access.tempest_conf(cloud))
        yield
        problems.extend(f'{name} of the reference cloud died; see {log}'
                        for name, log in cloud.dead_services())
    finally:
        if args.keep_cloud:
            _say(f'The reference cloud goes on: "ec2attrs cloud down --root {cloud.root}" ends it')
        else:
            _shut_down(cloud, problems)


def _shut_down(cloud: ReferenceCloud, problems: list[str]) -> None:
    started = time.monotonic()
    try:
        cloud.down()
    except CloudError as error:
        problems.append(f'the reference cloud did not shut down: {error}')
    else:
        _say(f'The reference cloud is shut down ({time.monotonic() - started:.0f} s)')


def _trouble(run: Run, timeout: int) -> Iterator[str]:
    if run.end is End.TIMED_OUT:
        yield f'the tests were ended after {timeout} s (--timeout)'
    elif run.end is End.INTERRUPTED:
        yield 'the tests were interrupted'
    if run.trouble is not None:
        yield run.trouble


def _suite() -> str:
    versions = []
    for package in ('ec2attrs-tempest-plugin', 'tempest'):
        try:
            versions.append(f'{package} {importlib.metadata.version(package)}')
        except importlib.metadata.PackageNotFoundError:
            versions.append(f'{package} (not installed)')
    return ', '.join(versions)


def _say(words: str) -> None:
    print(words, flush=True)
