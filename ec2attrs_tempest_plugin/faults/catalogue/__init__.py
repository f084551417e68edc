"""The catalogue: every fault, benign variation and chaos that the suite is tested with.

Adding a fault is adding a row to one of the modules here.
"""

from collections.abc import Iterable

from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.faults.catalogue import behaviours
from ec2attrs_tempest_plugin.faults.catalogue import benign
from ec2attrs_tempest_plugin.faults.catalogue import chaos
from ec2attrs_tempest_plugin.faults.catalogue import ec2
from ec2attrs_tempest_plugin.faults.catalogue import ec2_access
from ec2attrs_tempest_plugin.faults.catalogue import ec2_launches
from ec2attrs_tempest_plugin.faults.catalogue import ec2_life
from ec2attrs_tempest_plugin.faults.catalogue import ec2_metadata
from ec2attrs_tempest_plugin.faults.catalogue import ec2_queries
from ec2attrs_tempest_plugin.faults.catalogue import ec2_wire
from ec2attrs_tempest_plugin.faults.catalogue import metadata
from ec2attrs_tempest_plugin.faults.catalogue import nova
from ec2attrs_tempest_plugin.faults.catalogue import nova_asking
from ec2attrs_tempest_plugin.faults.catalogue import nova_attachments
from ec2attrs_tempest_plugin.faults.catalogue import nova_later
from ec2attrs_tempest_plugin.faults.catalogue import nova_life
from ec2attrs_tempest_plugin.faults.catalogue import nova_multiple_create
from ec2attrs_tempest_plugin.faults.catalogue import nova_rebuild
from ec2attrs_tempest_plugin.faults.catalogue import nova_values
from ec2attrs_tempest_plugin.faults.catalogue import nova_volume_boots
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind


def _table(rows: Iterable[Fault]) -> dict[str, Fault]:
    table: dict[str, Fault] = {}
    for row in rows:
        if row.id in table:
            raise ValueError(f'{row.id} stands twice in the catalogue')
        if row.requirement and row.requirement not in REQUIREMENTS:
            raise ValueError(f'{row.id}: there is no requirement {row.requirement}')
        stated = bool(row.requirement and row.attribute and row.caught_by)
        if not stated and row.kind not in (Kind.BENIGN, Kind.CHAOS):
            raise ValueError(f'{row.id} does not say what must catch it')
        table[row.id] = row
    return table


#: Every row by its id.
CATALOGUE: dict[str, Fault] = _table(
    (*nova.ROWS, *ec2.ROWS, *ec2_wire.ROWS,
     *behaviours.ROWS, *benign.ROWS, *chaos.ROWS, *metadata.ROWS,
     *ec2_life.ROWS, *ec2_launches.ROWS, *ec2_access.ROWS,
     *ec2_queries.ROWS, *ec2_metadata.ROWS,
     *nova_asking.ROWS, *nova_later.ROWS, *nova_attachments.ROWS, *nova_volume_boots.ROWS,
     *nova_life.ROWS,
     *nova_rebuild.ROWS,
     *nova_multiple_create.ROWS, *nova_values.ROWS))
