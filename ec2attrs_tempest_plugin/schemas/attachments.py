"""Schemas of Nova's answers about the attachments of a server, and their check.

Like those of servers they speak of the keys of the contract alone. They are made for the
microversion that is asked for, for so little changes from one to another.
"""

import functools
from typing import Any

import jsonschema

from ec2attrs_tempest_plugin.contract import attachments
from ec2attrs_tempest_plugin.contract.attachments import Call
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.schemas import validation
from ec2attrs_tempest_plugin.schemas.overlay import Schema

_REQUIREMENTS = {Call.LIST: 'EC2A-070', Call.SHOW: 'EC2A-070', Call.ATTACH: 'EC2A-071',
                 Call.UPDATE: 'EC2A-073', Call.DETACH: 'EC2A-046'}
NO_BODY = 'EC2A-072'


def _object(requirement: str, properties: Schema) -> Schema:
    schema: Schema = {'type': 'object', 'requirement': requirement, 'says': 'an object',
                      'properties': properties}
    required = sorted(key for key, value in properties.items() if 'not' not in value)
    return {**schema, 'required': required} if required else schema


def attachment(call: Call, microversion: Microversion) -> Schema:
    """Return the schema of one attachment in the answer to a call."""
    properties: Schema = {}
    for key in attachments.keys_of(call):
        properties[key.name] = (
            {**key.schema, 'requirement': key.requirement, 'says': key.says,
             'absence': key.requirement}
            if key.shows(microversion) else
            {'not': {}, 'requirement': key.requirement, 'says': 'absent'})
    return _object(_REQUIREMENTS[call], properties)


def answer(call: Call, microversion: Microversion) -> Schema:
    """Return the schema of the whole answer to a call."""
    requirement = _REQUIREMENTS[call]
    if not attachments.has_body(call, microversion):
        return {'type': 'null', 'says': 'nothing',
                'requirement': NO_BODY if call is Call.ATTACH else requirement}
    one = attachment(call, microversion)
    if call is Call.LIST:
        return _object(requirement, {'volumeAttachments': {
            'type': 'array', 'items': one, 'requirement': requirement, 'says': 'a list'}})
    return _object(requirement, {'volumeAttachment': one})


@functools.cache
def _validator(call: Call, microversion: Microversion) -> jsonschema.Draft4Validator:
    schema = answer(call, microversion)
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema)


def violations(body: Any, call: Call, microversion: Microversion, *, source: str,
               request_ids: tuple[str, ...] = ()) -> list[Violation]:
    """Return what is wrong with the answer to a call, at most once a place.

    :param body: the answer as parsed JSON, None where it has none.
    :param source: who was asked what, for the messages.
    """
    return validation.found_by(_validator(call, microversion), body, source=source,
                               request_ids=request_ids)
