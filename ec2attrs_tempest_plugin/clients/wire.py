"""The XML of an EC2 answer, by the types that the model of the service gives it."""

from collections.abc import Callable, Iterator
import datetime
import functools
import re
from typing import Any
import xml.etree.ElementTree as ElementTree

from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words


def _is_date(text: str) -> bool:
    if not re.fullmatch(r'[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+', text):
        return False
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


# Not \d and not int(): both take the digits of every script.
_DIGITS = re.compile(r'-?[0-9]+').fullmatch, Words('digits')
_RULES: dict[str, tuple[Callable[[str], object], Words]] = {
    'boolean': (re.compile(r'true|false').fullmatch, Words('true or false')),
    'integer': _DIGITS,
    'long': _DIGITS,
    'timestamp': (_is_date, Words('a date and time')),
}


def violations(shape: Any, xml: ElementTree.Element, *, source: str,
               request_ids: tuple[str, ...]) -> list[Violation]:
    """Return the scalars of an answer that are not written as their types are.

    :param shape: botocore's model of the answer.
    """
    return [
        Violation(requirement='EC2A-111', source=source, attribute=path, subject='',
                  expected=says, seen=text, request_ids=request_ids)
        for path, kind, text in _scalars(shape, xml, '')
        for is_written, says in [_RULES[kind]] if not is_written(text)]


def _scalars(shape: Any, element: ElementTree.Element,
             path: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, type and text of each boolean, number and date below an element."""
    if shape.type_name == 'structure':
        members = _members(shape)
        for child in element:
            name = child.tag.rpartition('}')[2]
            if name in members:
                yield from _scalars(members[name], child, f'{path}.{name}' if path else name)
    elif shape.type_name == 'list':
        for child in element:
            yield from _scalars(shape.member, child, path)
    elif shape.type_name in _RULES:
        yield path, shape.type_name, element.text or ''


@functools.cache
def _members(shape: Any) -> dict[str, Any]:
    return {member.serialization.get('name', name): member
            for name, member in shape.members.items()}
