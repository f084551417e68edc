"""``ec2attrs preflight``: see what a run would come to, before it starts."""

import argparse
import collections
from collections.abc import Collection, Mapping
from pathlib import Path
import sys
from typing import Any

from ec2attrs_tempest_plugin.certification import guideline
from ec2attrs_tempest_plugin.certification import needs
from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.cmd import common
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.preflight import look
from ec2attrs_tempest_plugin.preflight.report import Level
from ec2attrs_tempest_plugin.preflight.settings import read
from ec2attrs_tempest_plugin.preflight.settings import Settings
from ec2attrs_tempest_plugin.preflight.settings import Unusable

EXIT_INCOMPLETE = 2
EXIT_ERROR = 3

DESCRIPTION = """\
Look at a cloud before tests run on it, in ten seconds at most.

A line for each thing that a run needs; then how many tests will run, which will skip, and which
option, policy or role would change that. Nothing is booted. A pair of EC2 credentials is created
and deleted again. Whether servers and volumes may be created is seen from requests that Nova and
Cinder reject with 400. Users that an administrator makes for the tests are not made here: what
policies do not allow them is not known before the run.
"""

EPILOG = """\
examples:
  ec2attrs preflight
  ec2attrs preflight --config-file ~/cloud/etc/tempest.conf --concurrency 4
  ec2attrs preflight --profile tenant --config-file etc/tempest.conf
  ec2attrs preflight --list | grep skip

exit codes:
  0    the run can start, and no required test of the profile will be skipped
  2    it can start, but required tests will be skipped: the verdict is going
       to be INCOMPLETE
  3    it cannot start, or is of no use before each FAIL is put right, or
       wrong usage
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'preflight', help='see what a run would come to, before it starts',
        description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config-file', type=Path, metavar='FILE',
                        default=Path('etc/tempest.conf'),
                        help='the tempest.conf of the cloud (default: %(default)s)')
    parser.add_argument('--profile', choices=guideline.PROFILES,
                        help='the profile to be certified (default: operator where tempest.conf '
                             'has an administrator, else tenant)')
    parser.add_argument('--concurrency', type=common.at_least(1), metavar='N',
                        help='workers that are going to run tests (default: as many as can)')
    parser.add_argument('--list', action='store_true',
                        help='name each test, whether it will run, and what would change that')
    parser.set_defaults(handler=preflight)


def preflight(args: argparse.Namespace) -> int:
    """Print what a run would come to and return the exit code."""
    try:
        settings = read(args.config_file.expanduser().absolute())
        profile = args.profile or ('operator' if settings.dynamic else 'tenant')
        demands = guideline.published().demands(profile)
    except (Unusable, guideline.GuidelineError) as error:
        print(f'ec2attrs preflight: {text.plain(str(error), 600)}', file=sys.stderr)
        return EXIT_ERROR
    return _preflight(settings, profile, demands, args)


def _preflight(settings: Settings, profile: str, demands: Mapping[str, guideline.Demand],
               args: argparse.Namespace) -> int:
    learned = look.look(settings, args.concurrency)
    # What no test of the profile wants is no cause for a warning.
    idle = needs.WORDS.keys() - needs.wanted(demands)
    for line in learned.lines:
        if line.level is not Level.WARN or line.name not in idle:
            print(f'{line.level.value:<5}{text.plain(line.name, 80)}: '
                  f'{text.plain(line.says, 500)}')
    if any(line.level is Level.FAIL for line in learned.lines):
        print('A run on this cloud cannot be of use before each FAIL is put right.')
        return EXIT_ERROR
    missing = needs.missing(demands, learned.met, learned.newest or FIRST)
    if args.list:
        print()
        _list(demands, missing)
    return _forecast(profile, demands, missing)


def _list(demands: Mapping[str, guideline.Demand], missing: Mapping[str, Collection[str]]) -> None:
    """Print each test, and what is missing for it."""
    for demand in sorted(demands.values(), key=lambda each: each.name):
        lacks = missing.get(demand.id, ())
        note = '' if demand.required else ' (not required)'
        print(f'{"skip" if lacks else "run":<5}{demand.name}{note}'
              + (f': missing: {", ".join(lacks)}' if lacks else ''))


def _forecast(profile: str, demands: Mapping[str, guideline.Demand],
              missing: Mapping[str, Collection[str]]) -> int:
    """Print how many tests are going to run, and return the exit code."""
    print()
    print(f'Of the {len(demands)} tests of the profile {profile}, {len(demands) - len(missing)} '
          f'will run{"." if not missing else f", and {len(missing)} will be skipped:"}')
    reasons = collections.Counter(
        each.partition(':')[0] for lacks in missing.values() for each in lacks)
    for need, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        print(f'  {number:>4} need {needs.said(need)}'
              f'{_newest_needed(missing) if need == "microversion" else ""}')
    if sum(reasons.values()) > len(missing):
        print('  (a test that needs several of them is counted for each)')
    required = _required(missing, demands)
    if required:
        print(f'The verdict is going to be INCOMPLETE: {required} of them are required.')
        return EXIT_INCOMPLETE
    return 0


def _newest_needed(missing: Mapping[str, Collection[str]]) -> str:
    newest = max(Microversion.parse(each.removeprefix(needs.MICROVERSION))
                 for lacks in missing.values() for each in lacks
                 if each.startswith(needs.MICROVERSION))
    return f' below {newest}'


def _required(tests: Collection[str], demands: Mapping[str, guideline.Demand]) -> int:
    return sum(demands[each].required for each in tests)
