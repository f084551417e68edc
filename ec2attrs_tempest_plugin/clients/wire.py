"""The XML of an EC2 answer, by what the model of the service says of it.

boto3 drops what it does not know and makes something of most else, so that
only the document itself tells whether an answer is written as it must be.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
import datetime
import functools
import re
from typing import Any, NamedTuple
import xml.etree.ElementTree as ElementTree

import defusedxml
import defusedxml.ElementTree

from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words

#: Elements within each other; the model of the service goes nowhere near it.
MAX_DEPTH = 64

_SCALARS, _STRUCTURE, _ERROR, _ZONE = 'EC2A-111', 'EC2A-113', 'EC2A-114', 'EC2A-119'
_NAME_SPACE = re.compile(r'http://ec2\.amazonaws\.com/doc/[0-9]{4}-[0-9]{2}-[0-9]{2}/?').fullmatch
_REQUEST_ID = 'requestId'


class Unreadable(ValueError):
    """A document that is not read; its text says why, and nothing of what is in it."""


def read(body: bytes) -> ElementTree.Element:
    """Return the document, read in the encoding in which boto3 reads it.

    :raises Unreadable: when it is none, or one that costs more than it may.
    """
    parser = defusedxml.ElementTree.DefusedXMLParser(encoding='utf-8', forbid_dtd=True)
    try:
        parser.feed(body)
        root: ElementTree.Element = parser.close()
    except defusedxml.DefusedXmlException:
        raise Unreadable('XML with a document type') from None
    except (ElementTree.ParseError, ValueError, LookupError):
        raise Unreadable('no XML in UTF-8') from None
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return root
    raise Unreadable(f'XML of more than {MAX_DEPTH} elements within each other')


def described(body: bytes) -> str:
    """Return what may be said of a document that cannot be read.

    Nothing tells keys and user data apart in it, so it is not shown.
    """
    first = re.search(rb'<([A-Za-z_][A-Za-z0-9_.:-]{0,63})[\s/>]', body[:4096])
    begins = f' whose first element is {first[1].decode()}' if first else ' without an element'
    return f'{len(body)} bytes{begins}'


class _Wrong(NamedTuple):
    """What is written otherwise than it must be."""

    requirement: str
    path: str
    expected: Any
    seen: Any


def violations(shape: Any, xml: ElementTree.Element, *, source: str,
               request_ids: tuple[str, ...]) -> list[Violation]:
    """Return where an answer is not written as the model has it.

    An element that the model does not know is none: other versions have others.

    :param shape: botocore's model of the answer.
    """
    return _violations((*_document(xml), *_element(shape, xml, '', {_REQUEST_ID})),
                       source, request_ids)


def error_violations(xml: ElementTree.Element, *, source: str,
                     request_ids: tuple[str, ...]) -> list[Violation]:
    """Return where an error is not written as EC2 writes errors."""
    def wrong() -> Iterator[_Wrong]:
        if local(xml) != 'Response':
            yield _Wrong(_ERROR, 'Response', 'Response', local(xml))
            return
        yield from _once(xml, 'RequestID', 'RequestID')
        lists = _called(xml, 'Errors')
        yield from _count(lists, 'Errors')
        for errors in lists:
            found = _called(errors, 'Error')
            if not found:
                yield _Wrong(_ERROR, 'Errors.Error', Words('an element'), ABSENT)
            for error in found:
                yield from _once(error, 'Code', 'Errors.Error.Code')
                yield from _once(error, 'Message', 'Errors.Error.Message')
    return _violations(wrong(), source, request_ids)


def _violations(found: Iterable[_Wrong], source: str,
                request_ids: tuple[str, ...]) -> list[Violation]:
    return [Violation(requirement=wrong.requirement, source=source, attribute=wrong.path,
                      subject='', expected=wrong.expected, seen=wrong.seen,
                      request_ids=request_ids) for wrong in found]


def local(element: ElementTree.Element) -> str:
    """Return the name of an element without its name space."""
    return element.tag.rpartition('}')[2]


def _called(parent: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [child for child in parent if local(child) == name]


def _count(found: list[ElementTree.Element], path: str) -> Iterator[_Wrong]:
    if len(found) != 1:
        yield _Wrong(_ERROR, path, Words('one element'), Words(f'{len(found)} of them'))


def _once(parent: ElementTree.Element, name: str, path: str) -> Iterator[_Wrong]:
    """Yield what is wrong unless there is one such child, with a text and nothing else."""
    found = _called(parent, name)
    yield from _count(found, path)
    for element in found:
        if len(element):
            yield _Wrong(_ERROR, path, Words('a text'), Words('elements in it'))
        elif not (element.text or '').strip():
            yield _Wrong(_ERROR, path, Words('a text'), '')


# The document as a whole

def _document(xml: ElementTree.Element) -> Iterator[_Wrong]:
    name_spaces = {element.tag.rpartition('}')[0].lstrip('{'): local(element)
                   for element in reversed(list(xml.iter()))}
    for name_space, first in name_spaces.items():
        if not _NAME_SPACE(name_space):
            yield _Wrong(_STRUCTURE, first, Words(
                'the name space http://ec2.amazonaws.com/doc/ and a date'), name_space)
    ids = [element for element in xml.iter() if _folded(local(element)) == 'requestid']
    if len(ids) != 1:
        yield _Wrong(_STRUCTURE, _REQUEST_ID, Words('one element'), Words(f'{len(ids)} of them'))
    elif ids != _called(xml, _REQUEST_ID):
        yield _Wrong(_STRUCTURE, _REQUEST_ID, Words('a child of the answer, so called'),
                     local(ids[0]))
    elif len(ids[0]) or not (ids[0].text or '').strip():
        yield _Wrong(_STRUCTURE, _REQUEST_ID, Words('a text'), (ids[0].text or '').strip())


# An element and what is in it, by its shape

def _element(shape: Any, element: ElementTree.Element, path: str,
             also: Collection[str] = ()) -> Iterator[_Wrong]:
    if shape.type_name not in ('structure', 'list'):
        yield from _scalar(shape, element, path)
        return
    text = ''.join([element.text or '', *(child.tail or '' for child in element)]).strip()
    if text:  # maybe user data that lost the element around it
        yield _Wrong(_STRUCTURE, path or local(element), Words('elements only'),
                     Words(f'a text of {len(text)} characters'))
    yield from (_list if shape.type_name == 'list' else functools.partial(_structure, also))(
        shape, element, path)


def _scalar(shape: Any, element: ElementTree.Element, path: str) -> Iterator[_Wrong]:
    if len(element):
        yield _Wrong(_STRUCTURE, path, Words('a text'), Words(f'the element {local(element[0])}'))
        return
    text = element.text or ''
    is_written, says = _RULES.get(shape.type_name, (None, None))
    if is_written and not is_written(text):
        yield _Wrong(_SCALARS, path, says, text)
    elif shape.type_name == 'timestamp' and not _has_zone(text):
        yield _Wrong(_ZONE, path, Words('a date, T, a time and Z or another zone'), text)


def _list(shape: Any, element: ElementTree.Element, path: str) -> Iterator[_Wrong]:
    name = shape.member.serialization.get('name', 'member')
    for child in element:
        if local(child) != name:
            yield _Wrong(_STRUCTURE, path, Words(f'elements {name}'), local(child))
        yield from _element(shape.member, child, path)


def _structure(also: Collection[str], shape: Any, element: ElementTree.Element,
               path: str) -> Iterator[_Wrong]:
    members, spellings = _members(shape)
    count = Counter(map(local, element))
    for name, times in count.items():
        inner = f'{path}.{name}' if path else name
        if name in members:
            if times > 1:
                yield _Wrong(_STRUCTURE, inner, Words('one element'), Words(f'{times} of them'))
            continue
        meant = spellings.get(_folded(name))
        # Beside the right one it is an addition, and nothing is lost.
        if meant and name not in also and meant not in count:
            yield _Wrong(_STRUCTURE, f'{path}.{meant}' if path else meant,
                         Words(f'the element {meant}'), name)
    for child in element:
        name = local(child)
        if name in members:
            yield from _element(members[name], child, f'{path}.{name}' if path else name)


@functools.cache
def _members(shape: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the members by their names on the wire, and these by other ways to spell them."""
    named = [(name, member.serialization.get('name', name), member)
             for name, member in shape.members.items()]
    return ({wire: member for _, wire, member in named},
            {**{_folded(name): wire for name, wire, _ in named},
             **{_folded(wire): wire for _, wire, _ in named}})


def _folded(name: str) -> str:
    return ''.join(c for c in name.lower() if c not in '-_')


# Scalars

def _is_date(text: str) -> bool:
    # A number alone is one to boto3: the seconds since 1970.
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
    'double': (re.compile(r'-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?').fullmatch,
               Words('a decimal number')),
    'timestamp': (_is_date, Words('a date and time')),
}
_RULES['float'] = _RULES['double']

_has_zone = re.compile(
    r'[0-9-]{10}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})').fullmatch
