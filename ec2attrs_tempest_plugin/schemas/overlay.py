"""Schemas of Nova's answers, laid over whatever else an answer holds.

They speak of our own key space alone: ``OS-EXT-SRV-ATTR:*``,
``os-extended-volumes:*`` and the bare ``user_data``. Any other key of an
answer is none of our business and never a violation; an unknown key inside the
key space is one.

Each place of a schema that can be violated names its requirement under
``requirement`` and its rule in words under ``says``; ``absence`` is the
requirement that its key is there, where that is not the one of the whole
object. JSON Schema ignores all three.
"""

from collections.abc import Iterable
from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role

Schema = dict[str, Any]

FORMATS = 'EC2A-006'
FLAG_FORMAT = 'EC2A-007'
UNKNOWN_KEY = 'EC2A-009'
BARE_USER_DATA = 'EC2A-016'
RESERVATION_ALONE = 'EC2A-021'

PREFIXES = (attributes.SERVER_PREFIX, attributes.VOLUMES_PREFIX)


def _forbidden(requirement: str) -> Schema:
    return {'not': {}, 'requirement': requirement, 'says': 'absent'}


def _value(attribute: attributes.Attribute, requirement: str) -> Schema:
    return {**attribute.schema, 'requirement': requirement, 'says': attribute.says}


def _object(requirement: str, properties: Schema, required: Iterable[str],
            **more: Any) -> Schema:
    schema = {'type': 'object', 'requirement': requirement, 'says': 'an object',
              'properties': properties, **more}
    keys = sorted(required)
    return {**schema, 'required': keys} if keys else schema  # draft 4 has no empty list


def _volumes(call: Call, microversion: Microversion) -> Schema:
    requirement = visibility.flag_requirement(microversion)
    flag = attributes.DELETE_ON_TERMINATION
    properties: Schema = {
        'id': {'type': 'string', 'minLength': 1, 'requirement': requirement,
               'says': 'the id of a volume'}}
    required = ['id']
    if visibility.shows_flag(call, microversion):
        properties[flag.nova_key] = _value(flag, FLAG_FORMAT)
        required.append(flag.nova_key)
    else:
        properties[flag.nova_key] = _forbidden(requirement)
    return {'type': 'array', 'requirement': requirement, 'says': 'a list',
            'absence': requirement, 'items': _object(requirement, properties, required)}


def _others(*known: str) -> str:
    """Return a pattern of all keys but those known."""
    return r'^(?!(?:%s)(?![\s\S]))' % '|'.join(_escaped(key) for key in sorted(known))


def _escaped(text: str) -> str:
    # Our own keys hold letters, digits, "_", "-" and ":" only.
    return text.replace('-', r'\-')


def server(call: Call, microversion: Microversion, role: Role) -> Schema:
    """Return the schema of one server in the answer to a call."""
    requirement = visibility.requirement(call, microversion, role)
    shown = visibility.shown_attributes(call, microversion, role)
    properties: Schema = {}
    required = []
    for attribute in attributes.SERVER_ATTRIBUTES:
        if attribute in shown:
            properties[attribute.nova_key] = _value(attribute, FORMATS)
            required.append(attribute.nova_key)
        else:
            properties[attribute.nova_key] = _forbidden(requirement)
    if visibility.shows_bare_user_data(call, microversion):
        properties[attributes.USER_DATA.name] = {
            **_value(attributes.USER_DATA, FORMATS), 'absence': BARE_USER_DATA}
        required.append(attributes.USER_DATA.name)
    else:
        properties[attributes.USER_DATA.name] = _forbidden(UNKNOWN_KEY)
    if visibility.shows_volumes(call, microversion):
        properties[attributes.VOLUMES_KEY] = _volumes(call, microversion)
        required.append(attributes.VOLUMES_KEY)
    else:
        properties[attributes.VOLUMES_KEY] = _forbidden(requirement)
    known = [key for key in (*properties, *attributes.OTHER_SERVER_KEYS)
             if key.startswith(PREFIXES)]
    return _object(
        requirement, properties, required,
        patternProperties={
            _unknown(known): _forbidden(UNKNOWN_KEY),
            r'^os\-extended\-server\-attributes:': _forbidden(UNKNOWN_KEY)})


def _unknown(known: Iterable[str]) -> str:
    """Return a pattern of the keys of our key space that are not known."""
    return _others(*known) + '(?:%s)' % '|'.join(_escaped(p) for p in PREFIXES)


def answer(call: Call, microversion: Microversion, role: Role) -> Schema:
    """Return the schema of the whole answer to a call."""
    requirement = visibility.requirement(call, microversion, role)
    if call is Call.CREATE_RESERVATION:
        reservation = attributes.RESERVATION_ID
        return _object(
            RESERVATION_ALONE, {reservation.name: _value(reservation, RESERVATION_ALONE)},
            required=[reservation.name],
            patternProperties={_others(reservation.name): _forbidden(RESERVATION_ALONE)})
    one = server(call, microversion, role)
    if call in (Call.DETAIL, Call.LIST):
        servers = {'type': 'array', 'items': one, 'requirement': requirement, 'says': 'a list'}
        return _object(requirement, {'servers': servers}, required=['servers'])
    return _object(requirement, {'server': one}, required=['server'])


def answers(microversion: Microversion) -> dict[tuple[Call, Role], Schema]:
    """Return the schemas of all calls, for every role, at a microversion."""
    return {(call, role): answer(call, microversion, role) for call in Call for role in Role}
