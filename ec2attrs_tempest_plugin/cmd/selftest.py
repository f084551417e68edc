"""``ec2attrs selftest``: put faults in and see that the suite catches them."""

import argparse
from collections.abc import Sequence
import contextlib
import datetime
import json
from pathlib import Path
import sys
import time
from typing import Any

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.cmd import common
from ec2attrs_tempest_plugin.faults import bed as beds
from ec2attrs_tempest_plugin.faults import score
from ec2attrs_tempest_plugin.faults import selftest
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.judge import Judgement
from ec2attrs_tempest_plugin.faults.lane import LaneError
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

EXIT_NOT_STARTED = 3
#: Between the clouds of two lanes; the ports of one cloud lie closer together.
PORTS_APART = 200

DESCRIPTION = """\
Test the suite itself: put faults into the reference cloud, one at a time, and
see that the tests which must catch each do so, with a first line that names
attribute, expected and seen; and that no test fails for a harmless variation.

Results are kept as they come: broken off, the same command goes on where it
was. They are forgotten when the suite, the catalogue or the cloud changes.
"""

EPILOG = """\
examples:
  ec2attrs selftest --recorded
        changes of answers only, on recorded exchanges, without a cloud
  ec2attrs selftest
        the whole catalogue on two reference clouds of this machine
  ec2attrs selftest --requirement EC2A-023 --all
        what breaks this requirement, and every test that notices
  ec2attrs selftest --kind benign --clean-runs 20
        false alarms
  ec2attrs selftest --id 'nova-launch-index-*' --again
        some rows once more

exit codes:
  0    every fault caught by the right test, no false alarm
  1    a fault survived or was caught otherwise, a false alarm, a test that hung
  2    a fault did not act, or could not be tried: an error of the experiment
  3    wrong usage, or the clouds or the tests cannot be started or go on; results
       so far are kept
  130  interrupted (Ctrl-C, SIGTERM); the score of what was done is printed
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'selftest', help='test the suite itself with a catalogue of faults',
        description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_argument_group('which rows of the catalogue (default: all)')
    which.add_argument('--id', nargs='+', default=[], metavar='ID',
                       help='these; "nova-*" means all that begin so')
    which.add_argument('--requirement', nargs='+', default=[], metavar='EC2A-NNN',
                       help='those that break one of these requirements')
    which.add_argument('--kind', nargs='+', default=[], metavar='KIND',
                       choices=[*(kind.value for kind in Kind), 'real-bug'],
                       help='those of these kinds: %(choices)s')
    which.add_argument('--list', action='store_true', help='show them and run nothing')
    parser.add_argument('--recorded', action='store_true',
                        help='use recorded exchanges in place of a cloud: seconds, not minutes')
    parser.add_argument('--all', action='store_true',
                        help='run every test for each fault and count collateral failures')
    parser.add_argument('--again', action='store_true',
                        help='repeat rows that have a result already')
    parser.add_argument('--clean-runs', type=common.at_least(0), default=0, metavar='N',
                        help='run the suite N times without a fault, too')
    parser.add_argument('--lanes', type=common.at_least(1), default=2, metavar='N',
                        help='clouds (or workers) side by side (default: %(default)s)')
    # Absolute, because the tests run in a directory of their own.
    parser.add_argument('--workspace', type=_absolute, metavar='DIR',
                        default=common.state_home() / 'selftest',
                        help='where clouds run and results are kept (default: %(default)s)')
    parser.add_argument('--port-offset', type=int, default=4000, metavar='N',
                        help='of the first cloud (default: %(default)s)')
    parser.add_argument('--output', type=Path, metavar='FILE', help='write the score as JSON')
    parser.add_argument('--record', type=Path, metavar='FILE',
                        help='record a clean run of the suite for --recorded, and end')
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Try what args say, print the score and return the exit code."""
    try:
        faults = selftest.choose(CATALOGUE, args.id, args.requirement, args.kind)
        if args.recorded:
            faults = [fault for fault in faults if fault.recordable]
        if args.list:
            _list(faults)
            return 0
        if args.record is not None:
            number = beds.record(args.workspace / 'record', args.port_offset, _say, args.record)
            _say(f'{number} exchanges recorded in {args.record}')
            return 0
        return _run(args, faults)
    except (LaneError, CloudError, OSError) as error:
        print(f'ec2attrs selftest: {text.plain(str(error))}', file=sys.stderr)
        return EXIT_NOT_STARTED


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _list(faults: Sequence[Fault]) -> None:
    for fault in faults:
        print(f'{fault.id:<42} {fault.requirement or fault.kind.value:<9} {fault.says}'
              + (f' ({fault.bug})' if fault.bug else ''))
    print(f'{len(faults)} rows')


def _run(args: argparse.Namespace, faults: Sequence[Fault]) -> int:
    mode = f'{"recorded" if args.recorded else "live"}{" all" if args.all else ""}'
    results = score.Results(args.workspace / 'results.jsonl', mode)
    work = selftest.work_for(faults, args.clean_runs, args.all)
    names = {each.name for each in work}
    todo = [each for each in work if args.again or each.name not in results.found]
    if len(todo) < len(work):
        _say(f'{len(work) - len(todo)} of {len(work)} have a result already (--again repeats)')
    if not work:
        raise LaneError('no row of the catalogue is chosen; --list shows them')
    started = time.monotonic()
    code = None
    try:
        if todo:
            _work_off(args, todo, results)
    except KeyboardInterrupt:
        code = 130
        _say('\nInterrupted; the same command goes on from here.')
    found = {name: result for name, result in results.found.items() if name in names}
    today = datetime.date.today().isoformat()
    whole = score.document(CATALOGUE, found, today, args.lanes, not args.recorded)
    summary = score.summarise(whole)
    wall = time.monotonic() - started
    _say('\n' + score.text(summary))
    _say(f'{wall:.0f} s, {len(todo)} rows on {args.lanes} lanes')
    bad = [result for result in found.values()
           if isinstance(result, Judgement) and not result.verdict.good]
    for result in bad:
        _say(f'  {result.verdict.value}: {result.fault_id}: {result.why}'
             + (f'\n    {result.line}' if result.line else ''))
    if args.output is not None:
        before = json.loads(args.output.read_text()) if args.output.exists() else None
        whole = score.document(CATALOGUE, found, today, args.lanes, not args.recorded, before)
        args.output.write_text(json.dumps(whole, indent=1) + '\n')
    if code is not None:
        return code
    if any(result.verdict is not selftest.Verdict.ERROR for result in bad) or summary.failures:
        return 1
    return 2 if bad else 0


def _work_off(args: argparse.Namespace, todo: Sequence[selftest.Work],
              results: score.Results) -> None:
    """Try one after the other and keep each result."""
    def make(index: int) -> beds.LiveBed | beds.RecordedBed:
        workspace = args.workspace / f'lane-{index + 1}'
        if args.recorded:
            return beds.RecordedBed(workspace)
        _say(f'Starting the cloud of lane {index + 1}')
        return beds.LiveBed(workspace, args.port_offset + index * PORTS_APART, lambda _: None)

    with (beds.several(make, min(args.lanes, len(todo))) as lanes,
          # Before the beds are closed, so that no thread begins with another row.
          contextlib.closing(selftest.run(lanes, todo)) as tried):
        _say(f'{len(todo)} rows to try on {len(lanes)} lanes, {len(lanes[0].tests)} tests')
        left = sum(map(selftest.weight, todo))
        by_name = {each.name: selftest.weight(each) for each in todo}
        whole, started = left, time.monotonic()
        for number, result in enumerate(tried, 1):
            results.add(result)
            left -= by_name[result.fault_id if isinstance(result, Judgement) else result.name]
            pace = (time.monotonic() - started) / (whole - left)
            _say(f'[{number:>3}/{len(todo)}] {_line(result)}'
                 + (f'; about {_minutes(left * pace)} left' if left else ''))


def _line(result: selftest.Result) -> str:
    if isinstance(result, selftest.CleanRun):
        said = '; '.join(result.failures) or 'nothing failed'
        return f'{result.name}: {result.executions} tests, {said} ({result.seconds:.0f} s)'
    why = f' ({result.why})' if result.why else ''
    left = f', left {len(result.left)} things behind' if result.left else ''
    more = f', {len(result.collateral)} more failed' if result.collateral else ''
    return f'{result.verdict.value:<8} {result.fault_id}{why}{more}{left} ({result.seconds:.1f} s)'


def _minutes(seconds: float) -> str:
    return f'{seconds / 60:.0f} min' if seconds > 90 else f'{seconds:.0f} s'


def _say(words: str) -> None:
    print(words, flush=True)
