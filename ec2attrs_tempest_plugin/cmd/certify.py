"""``ec2attrs certify`` and ``ec2attrs rerun``: run the suite and print the verdict."""

import argparse
from collections.abc import Iterator, Sequence
import configparser
import contextlib
from pathlib import Path
import re
import sys
import time
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification import run as runs
from ec2attrs_tempest_plugin.certification import shown
from ec2attrs_tempest_plugin.certification import summary
from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification import verdict
from ec2attrs_tempest_plugin.certification.guideline import PROFILES
from ec2attrs_tempest_plugin.certification.progress import Progress
from ec2attrs_tempest_plugin.certification.workspace import End
from ec2attrs_tempest_plugin.certification.workspace import Run
from ec2attrs_tempest_plugin.certification.workspace import Workspace
from ec2attrs_tempest_plugin.certification.workspace import WorkspaceError
from ec2attrs_tempest_plugin.cleaning import naming
from ec2attrs_tempest_plugin.cmd import cleanup
from ec2attrs_tempest_plugin.cmd import common
from ec2attrs_tempest_plugin.cmd import finishing
from ec2attrs_tempest_plugin.contract import outcomes
from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

EXIT_NOT_STARTED = 3
EXIT_INTERRUPTED = 130
# As many as the suite itself has any use of on two cores.
WORKERS = 2
# Tests that met a transient error are run again so often at most.
REPETITIONS = 2

DESCRIPTION = """\
Run the suite on a cloud and print the verdict with what was checked.

Give --reference-cloud, or a tempest.conf of your own cloud; without both,
etc/tempest.conf of the workspace is used, of the current directory if no
workspace is given. The bundle for a certifier and the reports are written into
the workspace: bundle.tar.gz, report.html, report.md, junit.xml, result.json.

It logs in once before it starts any test. Tests that met a transient error (rate
limit, service not available, connection reset) are run again, up to two times,
if they are fewer than half of all; tests that failed are not.
"""

EPILOG = """\
examples:
  ec2attrs certify --reference-cloud
  ec2attrs certify --config-file etc/tempest.conf --product 'Example Cloud'
  ec2attrs certify --profile tenant --challenge "$CHALLENGE" --sign-key key.pem
  ec2attrs certify --reference-cloud --regex test_visibility

"ec2attrs preflight" says before what can run, "ec2attrs cleanup" removes what
a run that was killed left in the cloud.

exit codes:
  0    CONFORMANT: every required test passed
  1    NOT CONFORMANT: a required test failed: the cloud violates a requirement
  2    INCOMPLETE: no required test failed, but one could not run, was skipped,
       gave no result, failed before it passed, or was not planned
  3    nothing was run or published: wrong usage, or the configuration, the
       credentials, the cloud or Tempest is not usable
  130  interrupted (Ctrl-C, SIGTERM); the verdict on what was done is printed
"""

RERUN_DESCRIPTION = """\
Run again what failed, could not run or gave no result in the last run of a
workspace, and print the verdict on all attempts. A later pass erases no earlier
failure: such a test is flaky, and the verdict INCOMPLETE. It does take the place of
an earlier error, which shows nothing about the cloud.
"""

RERUN_EPILOG = """\
examples:
  ec2attrs rerun
  ec2attrs rerun --workspace ~/cloud --config-file ~/cloud/etc/tempest.conf

exit codes: those of "ec2attrs certify"; 3 also where there is nothing to run again.
"""


class NotStarted(Exception):
    """Nothing was run; the message says why and what to do."""


def add_parser(subparsers: Any) -> None:
    """Add the commands to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'certify', help='run the suite on a cloud and print the verdict',
        description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    _add_common(parser)
    parser.add_argument('--profile', choices=PROFILES,
                        help='what is certified (default: operator where tempest.conf has an '
                             'administrator, else tenant)')
    parser.add_argument('--regex', default='ec2attrs',
                        help='tests to run, as for "tempest run" (default: %(default)s)')
    finishing.add_product(parser)
    parser.set_defaults(handler=certify)
    again = subparsers.add_parser(
        'rerun', help='run again what failed or gave no result',
        description=RERUN_DESCRIPTION, epilog=RERUN_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    _add_common(again)
    again.set_defaults(handler=rerun)


def _add_common(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument('--reference-cloud', action='store_true',
                       help='start the reference cloud, use it and shut it down')
    which.add_argument('--config-file', type=Path, metavar='FILE',
                       help='the tempest.conf of the cloud')
    parser.add_argument('--workspace', type=Path, metavar='DIR',
                        help='where Tempest runs and results are kept '
                             f'(default: {common.state_home() / "workspace"})')
    parser.add_argument('--concurrency', type=common.at_least(1), metavar='N',
                        help=f'workers that run tests (default: {WORKERS}, or as many as '
                             f'there are accounts)')
    parser.add_argument('--timeout', type=common.at_least(1), default=3600, metavar='SECONDS',
                        help='end the tests after this time (default: %(default)s)')
    parser.add_argument('--no-retry-errors', action='store_false', dest='retry_errors',
                        help='do not run tests again that met a transient error')
    parser.add_argument('--challenge', metavar='TEXT',
                        help='what the certifier gave, to show that the evidence was made '
                             'afterwards')
    finishing.add_judging(parser)
    cloud = parser.add_argument_group('with --reference-cloud')
    cloud.add_argument('--root', type=Path, metavar='DIR',
                       help='where the cloud keeps its state (default: cloud in the workspace)')
    cloud.add_argument('--port-offset', type=int, default=0, metavar='N',
                       help='add N to each port of the cloud (default: %(default)s)')
    cloud.add_argument('--keep-cloud', action='store_true',
                       help='leave the cloud running; how to end it is said')


def certify(args: argparse.Namespace) -> int:
    """Run the suite as args say, print the verdict and return the exit code."""
    return _guarded(args, 'certify', _certify)


def rerun(args: argparse.Namespace) -> int:
    """Run again what args say, print the verdict and return the exit code."""
    return _guarded(args, 'rerun', _rerun)


def _guarded(args: argparse.Namespace, name: str, command: Any) -> int:
    try:
        config_file, root = _places(args)
        judging = finishing.judging(args)
        with Workspace(root, config_file) as workspace:
            code: int = command(args, workspace, judging)
            return code
    except (NotStarted, WorkspaceError, finishing.Leak, *finishing.UNUSABLE) as error:
        print(f'ec2attrs {name}: {error}', file=sys.stderr)
        return EXIT_NOT_STARTED


def _certify(args: argparse.Namespace, workspace: Workspace,
             judging: finishing.Judging) -> int:
    """Have a cloud, run the tests on it, and print the verdict once it is gone."""
    problems: list[str] = []
    with contextlib.ExitStack() as stack:
        if args.reference_cloud:
            stack.enter_context(_reference_cloud(args, workspace, problems))
        keystone = cloud_address(workspace.config_file)
        concurrency, has_admin = _people(args, workspace.config_file)
        profile = args.profile or ('operator' if has_admin else 'tenant')
        _authenticate(workspace.config_file)
        _say(f'Tests of {keystone}')
        demands = judging.guideline.demands(profile)
        listed = plan.parse_listing(workspace.list_tests(args.regex, args.timeout))
        tests = [test for test in listed if test.idempotent_id in demands]
        if not tests:
            raise NotStarted(f'none of the {len(listed)} tests is one of the profile {profile}; '
                             f'look at --regex')
        _say(f'{len(tests)} tests planned for the profile {profile}, run by {concurrency} '
             f'workers')
        record = runs.Run(
            product=finishing.product(args),
            cloud={'keystone': keystone, 'nova': '',
                   'ec2': ec2_address(workspace.config_file)}, suite=finishing.suite(),
            profile=profile, guideline=judging.guideline.id,
            challenge=finishing.challenge_digest(args.challenge),
            plan=[test.id for test in tests],
            requirements={key: {'sentence': row.sentence, 'link': row.link,
                                'advisory': row.advisory} for key, row in REQUIREMENTS.items()
                          if any(key in test.requirements for test in tests)})
        run = _run(args, workspace, record, tests, concurrency)
    return _finish(args, workspace, judging, record, run, problems)


def _rerun(args: argparse.Namespace, workspace: Workspace, judging: finishing.Judging) -> int:
    """Run again what was not passed, on the same cloud or another start of the reference one."""
    record = runs.load(workspace.record)
    if record.challenge != finishing.challenge_digest(args.challenge):
        raise NotStarted('the run was made with another --challenge, or with none')
    before = result.build(record, finishing.streams_of(workspace.root, record),
                          judging.guideline, judging.waived).verdict
    wanted = {each.test.idempotent_id for each in before.tests
              if each.status in summary.AGAIN and each.test.id}
    tests = [test for test in map(plan.parse_id, record.plan) if test.idempotent_id in wanted]
    if not tests:
        raise NotStarted('no test of the last run failed, could not run or gave no result')
    problems: list[str] = []
    with contextlib.ExitStack() as stack:
        if args.reference_cloud:
            stack.enter_context(_reference_cloud(args, workspace, problems))
        keystone = cloud_address(workspace.config_file)
        if keystone != record.cloud.get('keystone'):
            raise NotStarted(f'{keystone} is not the cloud of the last run')
        concurrency, _ = _people(args, workspace.config_file)
        _authenticate(workspace.config_file)
        _say(f'{len(tests)} tests run again on {keystone} by {concurrency} workers')
        run = _run(args, workspace, record, tests, concurrency)
    return _finish(args, workspace, judging, record, run, problems)


def _authenticate(config_file: Path) -> None:
    """Log in once as each user that tempest.conf names; without, each test would end in an error.

    :raises NotStarted: when that cannot be done; the message says why.
    """
    from ec2attrs_tempest_plugin.cleaning import access as cleaning_access
    try:
        cleaning_access.people(cleaning_access.read(config_file))
    except cleaning_access.NotUsable as error:
        raise NotStarted(text.plain(str(error), 600)) from error


def _run(args: argparse.Namespace, workspace: Workspace, record: runs.Run,
         tests: Sequence[plan.PlannedTest], concurrency: int) -> Run:
    """Run tests, those again that met a transient error, and remove what they left.

    All attempts share the word in the names of what they make, so that nothing has to be
    looked for between them.
    """
    prefix = naming.of_run(_prefix(workspace.config_file))
    deadline = time.monotonic() + args.timeout
    run = _attempt(args, workspace, record, tests, concurrency, prefix, args.timeout)
    again = tests
    for _ in range(REPETITIONS if args.retry_errors else 0):
        again = _transient(again, run)
        left = deadline - time.monotonic()
        if not again or left <= 0:
            break
        said = f'{shown.many(len(again), "test")} met a transient error'
        # Of a cloud that is not available nothing is learned by trying it once more.
        if 2 * len(again) >= len(tests):
            _say(f'{said}: too many of {len(tests)} to run them again')
            break
        _say(f'{said}; {"it is" if len(again) == 1 else "they are"} run again')
        run = _attempt(args, workspace, record, again, concurrency, prefix, left)
    vanishes = args.reference_cloud and not args.keep_cloud and run.end is not End.FINISHED
    last = record.tries[-1]
    if prefix is None:
        last.left = ('nobody looked: [DEFAULT] resource_name_prefix has no room for a word of '
                     'the run; "ec2attrs cleanup" looks')
    elif not vanishes:
        last.left = cleanup.after_run(workspace.config_file, prefix)
    return run


def _transient(tests: Sequence[plan.PlannedTest], run: Run) -> list[plan.PlannedTest]:
    """Return which tests of an attempt met a transient error, none if it did not finish."""
    if run.end is not End.FINISHED or run.trouble is not None:
        return []
    attempt = verdict.Attempt([test.idempotent_id for test in tests], run.outcomes,
                              run.unfinished)
    found = verdict.judge(tests, [attempt], {}, demands={})
    return [each.test for each in found.tests if each.code in outcomes.TRANSIENT]


def _attempt(args: argparse.Namespace, workspace: Workspace, record: runs.Run,
             tests: Sequence[plan.PlannedTest], concurrency: int, prefix: str | None,
             timeout: float) -> Run:
    """Run tests; the record says so from before they start, whatever becomes of us.

    :param prefix: what the names of all that they make begin with.
    :param timeout: seconds after which they are ended.
    """
    begun = runs.now()
    attempt = runs.Try(f'streams/{len(record.tries) + 1}.subunit',
                       [test.idempotent_id for test in tests], begun, begun,
                       concurrency=concurrency)
    (workspace.root / attempt.stream).unlink(missing_ok=True)
    record.tries.append(attempt)
    record.save(workspace.record)
    progress = Progress(tests, sys.stdout)
    run = workspace.run([test.id for test in tests], attempt.stream, concurrency, timeout,
                        progress.outcome, progress.waiting, args.challenge, prefix)
    attempt.ended = runs.now()
    attempt.end = run.end.value
    attempt.trouble = list(_trouble(run, args.timeout))
    # Should we be killed while we clean up, "ec2attrs report" has all that it needs.
    record.save(workspace.record)
    return run


def _finish(args: argparse.Namespace, workspace: Workspace, judging: finishing.Judging,
            record: runs.Run, run: Run, problems: Sequence[str]) -> int:
    record.tries[-1].trouble += problems
    record.save(workspace.record)
    found = finishing.finish(workspace.root, record, judging, workspace.config_file)
    if run.end is End.INTERRUPTED:
        return EXIT_INTERRUPTED
    return found.conclusion.value


def _people(args: argparse.Namespace, config_file: Path) -> tuple[int, bool]:
    """Return how many workers there are to be, and whether there is an administrator.

    :raises NotStarted: when there are more workers than accounts: their tests would fail.
    """
    parser = _parsed(config_file)
    accounts = parser.get('auth', 'test_accounts_file', fallback='')
    dynamic = parser.get('auth', 'use_dynamic_credentials', fallback='true').lower() != 'false'
    if dynamic or not accounts:
        return (args.concurrency or WORKERS,
                dynamic and bool(parser.get('auth', 'admin_username', fallback='')))
    try:
        content = Path(accounts).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise NotStarted(f'the accounts of tempest.conf cannot be read: {error}') from error
    number = len(re.findall(r'^\s*-\s', content, re.MULTILINE))
    users = len(re.findall(r'\busername["\']?\s*:', content)) or number
    if (args.concurrency or 1) > users:
        raise NotStarted(f'there are {users} accounts in {accounts}: give --concurrency '
                         f'{max(users, 1)} or fewer')
    return args.concurrency or min(WORKERS, max(users, 1)), False


def _prefix(config_file: Path) -> str:
    """Return what Tempest begins names with."""
    return _parsed(config_file).defaults().get('resource_name_prefix', 'tempest')


def cloud_address(config_file: Path) -> str:
    """Return the address of Keystone in a tempest.conf, without credentials.

    :raises NotStarted: when the file cannot be read or has no address.
    """
    parser = _parsed(config_file)
    address = parser.get('identity', 'uri_v3', fallback='') or parser.get(
        'identity', 'uri', fallback='')
    if not address:
        raise NotStarted(f'{config_file} names no cloud: set [identity] uri_v3')
    return _without_credentials(address)


def ec2_address(config_file: Path) -> str:
    """Return the address of the EC2 API, or where it is found, without credentials."""
    address = _parsed(config_file).get('ec2attrs', 'ec2_url', fallback='')
    return _without_credentials(address) if address else 'as in the catalogue'


def _without_credentials(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition('@')[2]).geturl()


def _parsed(config_file: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        with open(config_file) as lines:
            parser.read_file(lines)
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        reason = text.plain(str(error))
        raise NotStarted(f'{config_file} cannot be used as tempest.conf: {reason}') from error
    return parser


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
    if run.trouble is not None:
        yield run.trouble


def _say(words: str) -> None:
    print(words, flush=True)
