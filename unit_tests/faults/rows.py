"""Rows of a catalogue, runs and judgements made to order."""

from collections.abc import Mapping
from typing import Any

from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.judge import Judgement
from ec2attrs_tempest_plugin.faults.judge import Verdict
from ec2attrs_tempest_plugin.faults.lane import Run

#: Ids of tests: one that must catch the rows here, a table's, and one that asks EC2.
INDEX = 'plugin.tests.api.test_x.A.test_index[EC2A-023,id-1]'
TABLE = ('plugin.tests.api.test_x.A.test_shown_1_show_2_3_admin[EC2A-002,id-2]',
         'plugin.tests.api.test_x.A.test_shown_2_show_2_3_member[EC2A-003,id-3]')
AGREES = 'plugin.tests.scenario.test_y.B.test_agrees[EC2A-102,id-4]'
TESTS = [INDEX, *TABLE, AGREES]

LINE = ('EC2A-023 GET /servers/detail 2.3 admin: launch_index of reservation r-1: '
        'expected 0, 1; seen 0, 0')


def fault(name: str = 'nova-x', kind: Kind = Kind.CONSTANT, **fields: Any) -> Fault:
    """Return a row that A.test_index must catch, unless the fields say otherwise."""
    stated: dict[str, Any] = {}
    if kind is not Kind.BENIGN:
        stated['caught_by'] = ('A.test_index',)
        if kind is not Kind.CHAOS:
            stated |= {'requirement': 'EC2A-023', 'attribute': 'launch_index'}
    return Fault(name, kind, 'something', changes.together(), **{**stated, **fields})


def catalogue(*faults: Fault) -> Mapping[str, Fault]:
    """Return rows by their ids."""
    return {each.id: each for each in faults}


def failed(test_id: str, line: str = LINE) -> Outcome:
    """Return a failure with its first line."""
    return Outcome(test_id, Reported.FAIL, line, violations=b'[{"request_ids": []}]')


def erred(test_id: str, line: str = 'CloudError: no room') -> Outcome:
    """Return an error with the first line of its traceback."""
    return Outcome(test_id, Reported.FAIL, line)


def passed(*test_ids: str) -> list[Outcome]:
    """Return that tests passed."""
    return [Outcome(each, Reported.PASS) for each in test_ids]


def ran(*outcomes: Outcome, **fields: Any) -> Run:
    """Return a run in which a change acted once."""
    return Run(**{'outcomes': outcomes, 'unfinished': (), 'acted': 1, 'errors': (),
                  'seconds': 1.5, 'memory': 100 * 1024 ** 2, 'timed_out': False, **fields})


def judgement(name: str = 'nova-x', verdict: Verdict = Verdict.CAUGHT, **fields: Any) -> Judgement:
    """Return what became of a row."""
    return Judgement(**{'fault_id': name, 'verdict': verdict, 'why': '', 'line': LINE, 'tests': 1,
                        'failed': ('A.test_index',), 'collateral': (), 'acted': 2,
                        'seconds': 4.0, 'memory': 90 * 1024 ** 2, **fields})
