"""``ec2attrs report``: the verdict on streams of results that are there already."""

import argparse
from collections.abc import Sequence
import datetime
import io
from pathlib import Path
import re
import sys
from typing import Any

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification import records
from ec2attrs_tempest_plugin.certification import run as runs
from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.guideline import Demand
from ec2attrs_tempest_plugin.certification.guideline import PROFILES
from ec2attrs_tempest_plugin.certification.stream import decode
from ec2attrs_tempest_plugin.certification.stream import Decoder
from ec2attrs_tempest_plugin.cmd import common
from ec2attrs_tempest_plugin.cmd import finishing
from ec2attrs_tempest_plugin.contract import release
from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS

# In bytes.
_LARGEST = 256 * 1024 * 1024
_OURS = 'ec2attrs_tempest_plugin.'
# A test of ours; setUpClass and the like are none.
_TEST = re.compile(r'ec2attrs_tempest_plugin(\.\w+)+\[[^\[\]]*\bid-[^\[\]]*\]')

DESCRIPTION = """\
Judge streams of results without running anything.

Give the workspace of "ec2attrs certify" (also of one that was killed), or streams in
subunit version 2 of "tempest run", one or several: shards from several machines. Streams of
different clouds, suites or challenges are refused, and so is one that is given twice.
"""

EPILOG = """\
examples:
  ec2attrs report
  ec2attrs report ~/cloud
  stestr last --subunit > shard1.subunit; ec2attrs report shard1.subunit shard2.subunit

exit codes: 0 CONFORMANT, 1 NOT CONFORMANT, 2 INCOMPLETE, 3 the streams cannot be used.
"""


class Refused(Exception):
    """The streams cannot be judged together; the message says why."""


def add_parser(subparsers: Any) -> None:
    """Add the command to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'report', help='judge streams of results that are there',
        description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('given', nargs='*', type=Path, metavar='WORKSPACE|STREAM',
                        help='a workspace, or streams (default: the workspace '
                             f'{common.state_home() / "workspace"})')
    parser.add_argument('--profile', choices=PROFILES, default='operator',
                        help='what is certified, for streams (default: %(default)s)')
    parser.add_argument('--output', type=Path, metavar='DIR',
                        help='where the bundle and the reports of streams go '
                             '(default: ec2attrs-report)')
    finishing.add_product(parser)
    finishing.add_judging(parser)
    parser.set_defaults(handler=report)


def report(args: argparse.Namespace) -> int:
    """Judge what args give, print the verdict and return the exit code."""
    given = args.given or [common.state_home() / 'workspace']
    try:
        judging = finishing.judging(args)
        if len(given) == 1 and given[0].is_dir():
            root = given[0].absolute()
            record = runs.load(root / 'run.json')
        else:
            root = (args.output or Path('ec2attrs-report')).absolute()
            record = of_streams(given, root, judging.guideline.demands(args.profile))
            record.product, record.profile = finishing.product(args), args.profile
            record.guideline = judging.guideline.id
            record.save(root / 'run.json')
        return finishing.finish(root, record, judging).conclusion.value
    except (Refused, finishing.Leak, OSError, *finishing.UNUSABLE) as error:
        print(f'ec2attrs report: {error}', file=sys.stderr)
        return finishing.EXIT_USAGE


def of_streams(paths: Sequence[Path], root: Path, demands: Any) -> runs.Run:
    """Return the record of a run that streams tell of, in the order of their times.

    :param root: where they are kept, under streams.
    :raises Refused: when they are not of one suite, cloud and challenge, or one is twice there.
    """
    shards = sorted((_Shard(path, demands) for path in paths), key=lambda each: each.started)
    if len({shard.content for shard in shards}) != len(shards):
        raise Refused('the same stream is given twice')
    heads = {tuple(head.items()) for shard in shards for head in shard.heads}
    if len(heads) != 1:
        told = sorted({text.plain(f'{dict(head)["cloud"]} by {dict(head)["suite"]}', 120)
                       for head in heads})
        raise Refused('the streams are not of one cloud, suite and challenge: '
                      + '; '.join(told) if heads else 'the streams hold no evidence, so nobody '
                      'can say what they are of')
    seen: dict[tuple[str, datetime.datetime | None], Path] = {}
    for shard in shards:
        for key in shard.times:
            if key in seen and key[1] is not None:
                raise Refused(f'{shard.path} and {seen[key]} tell of the same run of '
                              f'{text.plain(key[0], 80)}')
            seen[key] = shard.path
    head = dict(next(iter(heads)))
    (root / 'streams').mkdir(mode=0o700, parents=True, exist_ok=True)
    record = runs.Run(
        product={}, cloud={'keystone': str(head['cloud']), 'nova': '', 'ec2': ''},
        suite={release.PACKAGE: str(head['suite']), 'tempest': str(head['tempest'])},
        profile='', guideline='', challenge=head['challenge'],
        plan=sorted({each for shard in shards for each in shard.plan.values()}),
        requirements={key: {'sentence': row.sentence, 'link': row.link,
                            'advisory': row.advisory} for key, row in REQUIREMENTS.items()})
    for number, shard in enumerate(shards, 1):
        name = f'streams/{number}.subunit'
        (root / name).write_bytes(shard.content)
        record.tries.append(runs.Try(
            name, sorted(shard.plan), shard.started, shard.ended, 'finished',
            trouble=shard.trouble))
    return record


class _Shard:
    """A stream, and what it tells of itself."""

    def __init__(self, path: Path, demands: dict[str, Demand]) -> None:
        self.path = path
        with open(path, 'rb') as source:
            self.content = source.read(_LARGEST + 1)
        if len(self.content) > _LARGEST:
            raise Refused(f'{path} is too large')
        decoder = Decoder()
        decode(io.BytesIO(self.content), decoder)
        outcomes = [each for each in decoder.outcomes if _OURS in each.id]
        self.plan = {plan.idempotent_id(each): each
                     for each in [*(one.id for one in outcomes), *decoder.running]
                     if _TEST.fullmatch(each)}
        self.heads = [head for outcome in outcomes
                      for head in [records.unpacked(outcome)[0]] if head is not None]
        self.times = {(plan.idempotent_id(each.id), each.started) for each in outcomes
                      if plan.idempotent_id(each.id) in self.plan}
        moments = [each.started for each in outcomes if each.started is not None]
        zero = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        self.started = min(moments, default=zero).isoformat()
        self.ended = max((each.started + datetime.timedelta(seconds=each.seconds or 0)
                          for each in outcomes if each.started is not None),
                         default=zero).isoformat()
        self.trouble = [f'{len(decoder.running)} tests began and did not end'] \
            if decoder.running else []
        if not self.plan.keys() & demands.keys():
            raise Refused(f'{path} holds no result of a test of the profile; subunit version 2 '
                          f'is read, as "tempest run --subunit" writes it')
