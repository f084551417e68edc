"""Check an answer against its schema: a list of violations, one line each."""

import base64
import binascii
from collections.abc import Iterator, Mapping
import functools
import itertools
from typing import Any

import jsonschema

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.schemas import v2_1
from ec2attrs_tempest_plugin.schemas import v2_3
from ec2attrs_tempest_plugin.schemas import v2_57
from ec2attrs_tempest_plugin.schemas import v2_69
from ec2attrs_tempest_plugin.schemas import v2_75
from ec2attrs_tempest_plugin.schemas import v2_90

#: Newest first.
MODULES = (v2_90, v2_75, v2_69, v2_57, v2_3, v2_1)

_OF_VOLUMES = (attributes.VOLUMES_KEY, 'volumeAttachment', 'volumeAttachments')

# A hostile answer may hold millions of errors; so many are looked at.
MAX_ERRORS = 200

_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks('base64')
def _is_base64(value: object) -> bool:
    # Tempest's own checker of this format accepts '%%%' and 'Q U J D'.
    if not isinstance(value, str):
        return True  # the keyword "type" judges it
    try:
        base64.b64decode(value.encode('ascii'), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return False
    return True


@functools.cache
def _validator(call: Call, microversion: Microversion,
               role: Role) -> jsonschema.Draft4Validator:
    for module in MODULES:
        if module.SINCE <= microversion:
            schema = module.ANSWERS[call, role]
            jsonschema.Draft4Validator.check_schema(schema)
            return jsonschema.Draft4Validator(schema, format_checker=_FORMATS)
    raise ValueError(f'no schema is known for microversion {microversion}')


def violations(body: Any, call: Call, microversion: Microversion, role: Role, *,
               source: str, request_ids: tuple[str, ...] = ()) -> list[Violation]:
    """Return what is wrong with the answer to a call, at most once a place.

    :param body: the answer as parsed JSON.
    :param source: who was asked what, for the messages.
    :raises ValueError: when no schema is known for the microversion.
    """
    if v2_69.SINCE <= microversion and isinstance(body, dict):
        if call is Call.SHOW and v2_69.is_partial(body.get('server')):
            return []
        if call is Call.DETAIL and isinstance(body.get('servers'), list):
            whole = [each for each in body['servers'] if not v2_69.is_partial(each)]
            body = {**body, 'servers': whole}
    return found_by(_validator(call, microversion, role), body, source=source,
                    request_ids=request_ids)


def found_by(validator: jsonschema.Draft4Validator, body: Any, *, source: str,
             request_ids: tuple[str, ...]) -> list[Violation]:
    """Return where a body breaks the schema of a validator, at most once a place."""
    found: dict[tuple[Any, ...], Violation] = {}
    for error in itertools.islice(validator.iter_errors(body), MAX_ERRORS):
        path = tuple(error.absolute_path)
        for place, violation in _explain(error, path, body):
            found.setdefault(place, Violation(
                **violation, source=source, request_ids=request_ids,
                subject=_subject(place, body)))
    return list(found.values())


def _explain(error: jsonschema.ValidationError, path: tuple[Any, ...],
             body: Any) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    if error.validator == 'required':
        for key in error.validator_value:
            if key not in error.instance:
                yield (*path, key), {
                    'requirement': error.schema['properties'][key].get(
                        'absence', error.schema['requirement']), 'attribute': _name(key),
                    'expected': Words('present'), 'seen': ABSENT}
        return
    key = _last_key(path)
    sensitive = attributes.is_sensitive(key)
    yield path, {
        'requirement': error.schema['requirement'], 'attribute': _name(key),
        'expected': Words(error.schema['says']),
        'seen': (Words(_kind(error.instance)) if isinstance(error.instance, dict | list)
                 or sensitive else error.instance)}


def _kind(value: Any) -> str:
    kinds = {dict: 'an object', list: 'a list', str: 'a string', bool: 'a boolean',
             int: 'a number', float: 'a number', type(None): 'null'}
    kind = kinds.get(type(value), type(value).__name__)
    return f'{kind} of {len(value)} characters' if isinstance(value, str) else kind


def _last_key(path: tuple[Any, ...]) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), 'the answer')


def _name(key: str) -> str:
    """Return the short name of a known key, and any other key as it is."""
    for attribute in attributes.SERVER_ATTRIBUTES:
        if key == attribute.nova_key:
            return attribute.name
    return 'volumes_attached' if key == attributes.VOLUMES_KEY else key


def _subject(place: tuple[Any, ...], body: Any) -> str:
    """Return the server, and the volume, that a place of the answer speaks of."""
    subjects = []
    here = body
    kind = ''
    for part in place[:-1]:
        here = here[part]
        if part in ('server', 'servers'):
            kind = 'server'
        elif part in _OF_VOLUMES:
            kind = 'volume'
        if isinstance(here, Mapping):
            subject = here.get('volumeId', here.get('id'))
            if isinstance(subject, str):
                subjects.append(f'{kind} {subject}')
    return ' of '.join(reversed(subjects))
