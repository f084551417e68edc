"""What is written on a test: its requirements, and a table of its cases.

Tempest shows both in the id of a test, so that a requirement can be selected
(``tempest run --regex EC2A-023``) and a stream of results says by itself what
was checked.
"""

from collections.abc import Callable, Iterable
import dataclasses
import re
from typing import Any, TypeVar
import uuid

import ddt
import testtools

from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role

_Function = TypeVar('_Function', bound=Callable[..., Any])
_Class = TypeVar('_Class', bound=type)

# testtools keeps the attributes of a test there, ddt the rows of its table.
_ATTRIBUTES = '__testtools_attrs'
_ROWS = '%values'


def requirement(*ids: str) -> Callable[[_Function], _Function]:
    """Say which requirements a test checks.

    :raises KeyError: when there is no such requirement.
    """
    for each in ids:
        REQUIREMENTS[each]

    def mark(function: _Function) -> _Function:
        return testtools.testcase.attr(*ids)(function)
    return mark


def requirements_of(method: Callable[..., Any]) -> list[str]:
    """Return the ids of the requirements that a test checks, in their order."""
    return sorted(each for each in getattr(method, _ATTRIBUTES, ()) if each in REQUIREMENTS)


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A row of a table of calls; slots keep ddt from taking this for its description.

    :ivar requirements: what the row checks beside what its test says.
    """

    call: Call
    microversion: Microversion
    role: Role
    requirements: tuple[str, ...] = ()

    @property
    def __name__(self) -> str:
        return f'{self.call.name}_{self.microversion}_{self.role.value}'.lower()


def cases(rows: Iterable[Case]) -> Callable[[_Function], _Function]:
    """Run a test once for each row; the class needs :func:`tabled`."""
    return ddt.idata(list(rows))


def tabled(cls: _Class) -> _Class:
    """Make the tests of a class from the tables of its methods.

    Each row becomes a test with an idempotent id of its own, made from the id
    of the method and the name of the row, so that it stays when rows are added.
    """
    tables = {name: function for name, function in vars(cls).items()
              if hasattr(function, _ROWS)}
    cls = ddt.ddt(cls)
    for name, method in tables.items():
        rows = getattr(method, _ROWS)
        for made_name, made in list(vars(cls).items()):
            match = re.fullmatch(rf'{re.escape(name)}_(\d+)_.*', made_name)
            if match:
                row = rows[int(match[1]) - 1]
                setattr(made, _ATTRIBUTES, _attributes_of_row(getattr(method, _ATTRIBUTES), row))
    return cls


def _attributes_of_row(of_method: set[str], row: Case) -> set[str]:
    attributes = {each for each in of_method if not each.startswith('id-')}
    for each in of_method - attributes:
        of_row = uuid.uuid5(uuid.UUID(each.removeprefix('id-')), row.__name__)
        attributes.add(f'id-{of_row}')
    requirement(*row.requirements)
    return attributes | set(row.requirements)
