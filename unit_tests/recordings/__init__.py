"""Answers of real services, as record.py wrote them."""

import copy
import functools
import json
import pathlib
from typing import Any

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role

_HERE = pathlib.Path(__file__).parent
_FILES = ('nova_reads.json', 'nova_requests.json')

Key = tuple[Call, Microversion, Role]


@functools.cache
def _answers() -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = {}
    for name in _FILES:
        for row in json.loads((_HERE / name).read_text()):
            key = (Call[row['call']], Microversion.parse(row['microversion']), Role(row['role']))
            found.setdefault(key, []).append(row['body'])
    return found


def nova() -> list[tuple[Key, Any]]:
    """Return copies of all recorded answers of Nova, each with what was asked."""
    return [(key, copy.deepcopy(body)) for key, bodies in _answers().items() for body in bodies]


def nova_answer(call: Call, microversion: str, role: Role) -> Any:
    """Return a copy of the first recorded answer to a call.

    The first of a read is the server created alone, with its two volumes.
    """
    return copy.deepcopy(_answers()[call, Microversion.parse(microversion), role][0])


def ec2_xml() -> bytes:
    """Return the recorded answer to DescribeInstances, of a server booted from a volume."""
    return (_HERE / 'ec2_volumes.xml').read_bytes()


@functools.cache
def _agreement() -> Any:
    return json.loads((_HERE / 'agreement.json').read_text())


def agreement() -> Any:
    """Return a copy of what Nova, EC2 and the metadata service said of the same servers."""
    return copy.deepcopy(_agreement())
