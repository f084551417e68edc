"""Tables of the documentation, made from the contract and the catalogue of faults."""

import collections
from collections.abc import Iterable
import json
import re
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.faults import score
from ec2attrs_tempest_plugin.faults import worker
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.fault import Fault


class RequirementTable(Directive):
    """All requirements: id and source, sentence, tests, faults that they were seen to catch."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        tests = collections.defaultdict(list)
        for test in worker.all_tests():
            planned = plan.parse_id(test.id())
            # A table of cases is one test here.
            name = f'{planned.class_name.rpartition(".")[2]}.{planned.method}'
            for requirement in planned.requirements:
                tests[requirement].append(re.sub(r'_\d+_[a-z_]+_\d_\d+_[a-z]+$', '', name))
        faults = collections.defaultdict(list)
        for fault in CATALOGUE.values():
            faults[fault.requirement].append(fault.id)
        return [_table({'Requirement': 12, 'What must hold': 33, 'Tests': 25, 'Faults': 30}, [
            _row(nodes.paragraph('', '', nodes.literal(text=requirement.id), nodes.Text(' '),
                                 nodes.reference('', 'source', refuri=requirement.link)),
                 nodes.paragraph(text=requirement.sentence + (
                     ' (Advisory.)' if requirement.advisory else '')),
                 _names(tests[requirement.id]), _names(faults[requirement.id]))
            for requirement in REQUIREMENTS.values()])]


def _names(names: Iterable[str]) -> nodes.paragraph:
    return nodes.paragraph(text=', '.join(dict.fromkeys(names)))


class FaultTable(Directive):
    """Rows of the catalogue with what was measured: ``faults``, ``benign`` or ``chaos``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        measured: dict[str, Any] = json.loads(score.MEASURED.read_text())['rows']
        rows = [_row(nodes.paragraph('', '', nodes.literal(text=fault.id)),
                     nodes.paragraph(text=_says(fault)),
                     *_shown(self.arguments[0], fault, measured[fault.id]))
                for fault in CATALOGUE.values() if fault.kind.group == self.arguments[0]]
        return [_table(_COLUMNS[self.arguments[0]], rows)]


_COLUMNS = {
    'faults': {'Row': 25, 'What is put wrong': 35, 'First line of the failure': 40},
    'benign': {'Row': 35, 'What is otherwise': 55, 'Result': 10},
    'chaos': {'Row': 25, 'What happens': 25, 'First line of the failure': 35, 's': 7,
              'MiB': 8}}


def _says(fault: Fault) -> str:
    return f'{fault.says} ({fault.bug})' if fault.bug else fault.says


def _shown(group: str, fault: Fault, row: dict[str, Any]) -> list[nodes.Node]:
    if group == 'benign':
        return [nodes.paragraph(text=row['verdict'])]
    line = [nodes.paragraph('', '', nodes.literal(text=row['line']))]
    if group == 'faults':
        return line
    return [*line, nodes.paragraph(text=f'{row["seconds"]:.0f}'),
            nodes.paragraph(text=str(row['memory_mib']))]


def _table(columns: dict[str, int], rows: list[nodes.row]) -> nodes.table:
    group = nodes.tgroup(cols=len(columns))
    group += [nodes.colspec(colwidth=width) for width in columns.values()]
    group += nodes.thead('', _row(*(nodes.paragraph(text=title) for title in columns)))
    group += nodes.tbody('', *rows)
    return nodes.table('', group)


def _row(*cells: nodes.Node) -> nodes.row:
    return nodes.row('', *(nodes.entry('', cell) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known to Sphinx."""
    app.add_directive('requirement-table', RequirementTable)
    app.add_directive('fault-table', FaultTable)
    return {'parallel_read_safe': True}
