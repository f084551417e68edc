"""``ec2attrs cleanup``: remove what an interrupted run left behind in a cloud."""

import argparse
from collections.abc import Iterator, Sequence
import contextlib
import fcntl
from pathlib import Path
import sys
from typing import Any

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.cmd import common

EXIT_LEFT = 1
EXIT_NOT_STARTED = 3
# So many things are told in a line each.
_TOLD = 500

DESCRIPTION = """\
Remove from a cloud what an interrupted run of the suite left behind: projects
and users that Tempest made for its tests with all that they hold, and what
else has a name or a ClientToken that only the suite gives. In a project of
yours only what has such a name or token is removed, and root volumes that are
attached to such servers alone; all else stays.

Nothing may run the suite on that cloud meanwhile, not from elsewhere either:
what such a run uses would be removed.
"""

EPILOG = """\
examples:
  ec2attrs cleanup --config-file ~/cloud/etc/tempest.conf --dry-run
  ec2attrs cleanup --config-file ~/cloud/etc/tempest.conf
  ec2attrs cleanup --workspace ~/cloud --yes

It can be repeated: what is gone is not looked for again. To end a reference
cloud with its processes there is "ec2attrs cloud down".

Without an administrator some things look like your own, and stay: servers of
the tests of hostile names, EC2 keys of the accounts, and volumes without a
name that are attached to nothing. Such volumes are listed, and the number of
servers and volumes that are not the suite's is reported.

exit codes:
  0    nothing is left, or with --dry-run: listed what would be removed
  1    something could not be removed; what and why is reported
  3    nothing was done: wrong usage, or the configuration or the cloud is
       not usable
  130  interrupted (Ctrl-C, SIGTERM)
"""


class _NotStarted(Exception):
    """Nothing was done; the message says why and what to do."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'cleanup', help='remove what an interrupted run left behind in a cloud',
        description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config-file', type=Path, metavar='FILE',
                        help='the tempest.conf of the cloud '
                             '(default: etc/tempest.conf of the workspace)')
    parser.add_argument('--workspace', type=Path, metavar='DIR',
                        help='where Tempest ran (default: '
                             f'{common.state_home() / "workspace"} with --config-file, '
                             'else the current directory)')
    parser.add_argument('--dry-run', action='store_true',
                        help='only list what would be removed')
    parser.add_argument('--yes', action='store_true', help='remove it without asking')
    parser.set_defaults(handler=cleanup)


def cleanup(args: argparse.Namespace) -> int:
    """Remove what is left, as args say, and return the exit code."""
    from ec2attrs_tempest_plugin.cleaning.access import NotUsable
    from ec2attrs_tempest_plugin.cleaning.removal import FAILURES
    root = (args.workspace or (
        common.state_home() / 'workspace' if args.config_file else Path.cwd()))
    root = root.expanduser().absolute()
    config_file = (args.config_file or root / 'etc' / 'tempest.conf').expanduser().absolute()
    try:
        if not config_file.is_file():
            raise _NotStarted(f'{config_file} does not exist; give --config-file')
        with _alone(root):
            return _cleanup(args, config_file)
    except (_NotStarted, NotUsable, *FAILURES) as error:
        print(f'ec2attrs cleanup: {text.plain(str(error), 600)}', file=sys.stderr)
        return EXIT_NOT_STARTED


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Take the workspace, so that no run begins in it; it is not made.

    :raises _NotStarted: when a run uses it.
    """
    if not root.is_dir():  # nothing ever ran there
        yield
        return
    try:
        with open(root / '.ec2attrs.lock', 'a') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        from ec2attrs_tempest_plugin.certification import workspace
        raise _NotStarted(f'a run uses the workspace {root}; wait for it'
                          f'{workspace.holder(root)}') from None


def _cleanup(args: argparse.Namespace, config_file: Path) -> int:
    from ec2attrs_tempest_plugin.cleaning import access
    from ec2attrs_tempest_plugin.cleaning import accounts
    from ec2attrs_tempest_plugin.cleaning import naming
    from ec2attrs_tempest_plugin.cleaning import removal
    conf = access.read(config_file)
    cleanings = _cleanings(conf, conf.resource_name_prefix or '')
    used = ([] if conf.auth.use_dynamic_credentials
            else accounts.in_use(conf.oslo_concurrency.lock_path, naming.test_classes()))
    found = _told(cleanings, used)
    if not found:
        _say('Nothing was left behind')
    if not found or args.dry_run:
        _report_what_stays(cleanings)
        return 0
    if not args.yes:
        _confirm()
    for path in used:
        path.unlink(missing_ok=True)
    for cleaning in cleanings:
        cleaning.remove()
    problems = [problem for cleaning in cleanings for problem in cleaning.problems]
    for line in list(dict.fromkeys(problems))[:_TOLD]:
        print(f'ec2attrs cleanup: {line}', file=sys.stderr)
    try:
        left = _found(cleanings)
        _report_what_stays(cleanings)
    except removal.FAILURES as error:
        print(f'ec2attrs cleanup: what is left is not known: {text.plain(str(error), 600)}',
              file=sys.stderr)
        return EXIT_LEFT
    if left:
        _say('These are still there:')
        _list(left)
        return EXIT_LEFT
    _say('Nothing is left')
    return 0


def after_run(config_file: Path, prefix: str) -> str:
    """Remove what a run that has ended left in its cloud; return what there was, '' for nothing.

    :param prefix: what the names of all that it made begin with, and of nothing else.
    """
    from ec2attrs_tempest_plugin.cleaning import access
    from ec2attrs_tempest_plugin.cleaning import removal
    words = 'what the tests left'
    try:
        cleanings = _cleanings(access.read(config_file), prefix, narrow=True)
        found = _found(cleanings)
        if not found:
            return ''
        words = removal.counted(found)
        _say(f'The tests left {words}; they are removed now')
        for cleaning in cleanings:
            cleaning.remove()
        left = _found(cleanings)
    except KeyboardInterrupt:
        return f'the removal of {words} was interrupted: "ec2attrs cleanup" goes on with it'
    except (access.NotUsable, *removal.FAILURES) as error:
        return f'what is left in the cloud is not known: {text.plain(str(error))}'
    except Exception as error:  # whatever it is, the verdict on the run must not be lost for it
        return (f'what is left in the cloud is not known: {type(error).__name__} '
                f'{text.plain(str(error))}')
    if left:
        problems = [each for cleaning in cleanings for each in cleaning.problems]
        return ': '.join(filter(None, (
            'still in the cloud', removal.counted(left), '; '.join(problems[:3]))))
    return f'left in the cloud and removed: {words}'


def _cleanings(conf: Any, prefix: str, narrow: bool = False) -> list[Any]:
    from ec2attrs_tempest_plugin.cleaning import access
    from ec2attrs_tempest_plugin.cleaning import naming
    from ec2attrs_tempest_plugin.cleaning import removal
    names = naming.Names(prefix, naming.test_classes(), run=narrow)
    return [removal.Cleaning(person, names, timeout=conf.compute.build_timeout,
                             interval=conf.compute.build_interval, say=_say, narrow=narrow)
            for person in access.people(conf)]


def _told(cleanings: Sequence[Any], used: Sequence[Path]) -> int:
    """Tell what is going to be removed, and return how many things that is."""
    from ec2attrs_tempest_plugin.cleaning import removal
    found = _found(cleanings)
    _list(found)
    for path in used:
        _say(f'  account kept for {text.plain(path.read_text(errors="replace"), 80)} ({path})')
    if found:
        _say(f'{removal.counted(found)} were left behind')
    return len(found) + len(used)


def _found(cleanings: Sequence[Any]) -> list[Any]:
    return [thing for cleaning in cleanings for thing in cleaning.find()]


def _report_what_stays(cleanings: Sequence[Any]) -> None:
    for cleaning in cleanings:
        for note in cleaning.notes:
            _say(text.plain(note, 600))
        if staying := cleaning.staying():
            _say(f'In the project of {text.plain(cleaning.person, 80)} {staying} '
                 'are not the suite\'s and stay')
    undecided = [thing for cleaning in cleanings for thing in cleaning.undecided()]
    if undecided:
        _say('These may be of the tests or your own, and stay:')
        _list(undecided)


def _list(found: Sequence[Any]) -> None:
    from ec2attrs_tempest_plugin.cleaning import removal
    for thing in found[:_TOLD]:
        _say(f'  {removal.described(thing)}')
    if len(found) > _TOLD:
        _say(f'  and {len(found) - _TOLD} more')


def _confirm() -> None:
    """Ask whether to go on.

    :raises _NotStarted: when nobody says yes.
    """
    if not sys.stdin.isatty():
        raise _NotStarted('nothing was removed: give --yes to remove it without being asked')
    print('Remove all of it? [y/N] ', end='', flush=True)
    if sys.stdin.readline().strip().lower() not in ('y', 'yes'):
        raise _NotStarted('nothing was removed')


def _say(words: str) -> None:
    print(words, flush=True)
