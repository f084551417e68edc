"""Rows: where Nova shows each of the seven, to whom, and in what type and format.

What is shown where nothing may show is plausible: only its place is wrong.
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.attributes import SERVER_ATTRIBUTES
from ec2attrs_tempest_plugin.contract.attributes import SERVER_PREFIX
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import dashed
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import fresh
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import READS
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import REQUESTS
from ec2attrs_tempest_plugin.faults.changes import added
from ec2attrs_tempest_plugin.faults.changes import ADMIN_AT_2_3
from ec2attrs_tempest_plugin.faults.changes import AnotherServers
from ec2attrs_tempest_plugin.faults.changes import at
from ec2attrs_tempest_plugin.faults.changes import constant
from ec2attrs_tempest_plugin.faults.changes import hidden
from ec2attrs_tempest_plugin.faults.changes import MEMBER_AT_2_3
from ec2attrs_tempest_plugin.faults.changes import READING
from ec2attrs_tempest_plugin.faults.changes import renamed
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.changes import To
from ec2attrs_tempest_plugin.faults.changes import together
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

ADMIN = (Role.ADMIN,)
MEMBER = (Role.MEMBER,)
ADMIN_IN_DETAIL = at('2.3', calls=(Call.DETAIL,), roles=ADMIN)

#: A value of each that breaks no format, and that no server of the tests has.
PLAUSIBLE: dict[str, Any] = {
    'reservation_id': 'r-0a1b2c3d', 'launch_index': 7, 'hostname': 'another',
    'kernel_id': NOBODYS_UUID, 'ramdisk_id': NOBODYS_UUID, 'root_device_name': '/dev/vdz',
    'user_data': 'Zm9v'}

_UPDATE = REQUESTS + 'answer_to_an_update_shows_no_attribute'
_PRESENCE = READS + 'attributes_present_or_absent'
_OTHER_KEY = READS + 'no_other_key_in_the_name_space'
_CALLS = (
    ('create', 'a creation', Call.CREATE, 'EC2A-010',
     REQUESTS + 'answer_to_a_creation_shows_no_attribute'),
    ('update', 'an update', Call.UPDATE, 'EC2A-011', _UPDATE),
    ('rebuild', 'a rebuild', Call.REBUILD, 'EC2A-012',
     REQUESTS + 'answer_to_a_rebuild_shows_no_attribute'))


def _each(change: Callable[..., Change], to: Callable[[Asked], bool]) -> Change:
    """Change each of the seven."""
    return together(*(change(attribute, to) for attribute in SERVER_ATTRIBUTES))


def _leaked(attribute: attributes.Attribute, to: Callable[[Asked], bool]) -> Change:
    return added(attribute.nova_key, PLAUSIBLE[attribute.name], to)


def _places() -> Iterator[Fault]:
    """Yield the rows of each attribute that say where it shows."""
    for attribute in SERVER_ATTRIBUTES:
        name, says = f'nova-{dashed(attribute.name)}', attribute.name
        yield against('EC2A-002', attribute, _PRESENCE)(
            f'{name}-absent', Kind.ABSENT, f'{says} is not shown to an administrator',
            hidden(attribute, ADMIN_AT_2_3))
        yield against('EC2A-002', attribute, _PRESENCE)(
            f'{name}-absent-in-detail', Kind.DETAIL_UNLIKE_SHOW, f'{says} is not shown in detail',
            hidden(attribute, ADMIN_IN_DETAIL))
        yield against('EC2A-001', attribute, _PRESENCE)(
            f'{name}-before-2.3', Kind.WRONG_MICROVERSION, f'{says} shows at 2.1 and 2.2',
            _leaked(attribute, at('2.1', '2.2')))
        yield against('EC2A-003', attribute, _PRESENCE)(
            f'{name}-to-member', Kind.WRONG_ROLE, f'{says} is shown to a member',
            _leaked(attribute, MEMBER_AT_2_3))
        yield against('EC2A-011', attribute, _UPDATE)(
            f'{name}-in-update', Kind.WRONG_CALL,
            f'the answer to an update shows {says}, as from 2.75 on',
            _leaked(attribute, To(calls=(Call.UPDATE,), roles=ADMIN)))


def _all_of_them() -> Iterator[Fault]:
    """Yield the rows of places where all seven show, each with the one it is shown to."""
    for role in visibility.WRITERS:
        for text in ('2.1', '2.2'):
            yield against('EC2A-001', 'reservation_id', _PRESENCE)(
                f'nova-all-seven-at-{text}-to-{role.value}', Kind.WRONG_MICROVERSION,
                f'all seven show at {text} (token: {role.value})',
                _each(_leaked, at(text, roles=(role,))))
        for name, says, call, requirement, test in _CALLS:
            yield against(requirement, 'reservation_id', test)(
                f'nova-all-seven-in-{name}-to-{role.value}', Kind.WRONG_CALL,
                f'the answer to {says} shows all seven (token: {role.value})',
                _each(_leaked, To(calls=(call,), roles=(role,))))


def _calls() -> Iterator[Fault]:
    """Yield the rows of each call that shows other keys of later microversions."""
    for name, says, call, requirement, test in _CALLS:
        yield against(requirement, 'volumes_attached', test)(
            f'nova-volumes-attached-in-{name}', Kind.WRONG_CALL,
            f'the answer to {says} lists volumes', added(VOLUMES_KEY, [], To(calls=(call,))))
        yield against('EC2A-009', 'user_data', test)(
            f'nova-bare-user-data-in-{name}', Kind.UNKNOWN_KEY,
            f'the answer to {says} has user_data without a prefix',
            added('user_data', None, To(calls=(call,))))


def _key(key: str) -> Callable[..., Fault]:
    return against('EC2A-009', key, _OTHER_KEY)


def _of_drafts() -> Iterator[Fault]:
    """Yield a row for each name that only a draft of the specification had."""
    for key in attributes.DRAFT_KEYS:
        whole = key.replace('*', 'hostname')
        name = whole.rpartition(':')[2]
        yield _key(whole)(f'nova-draft-key-{name}'.lower(), Kind.UNKNOWN_KEY,
                          f'{whole} shows, a name of a draft', added(whole, 'eA==', ADMIN_AT_2_3))


_all_absent = against('EC2A-002', visibility.POLICY, _PRESENCE)
_all_to_member = against('EC2A-003', visibility.POLICY, _PRESENCE)

PLACES = (
    *_places(),
    _all_absent('nova-all-seven-absent', Kind.ABSENT,
                'an administrator sees none of the seven', _each(hidden, ADMIN_AT_2_3)),
    _all_absent('nova-all-seven-unprefixed', Kind.ABSENT, 'the seven have no prefix',
                _each(lambda a, to: renamed(a, a.name, to), ADMIN_AT_2_3)),
    _all_absent('nova-all-seven-absent-in-show', Kind.ABSENT,
                'the seven are shown in detail alone',
                _each(hidden, at('2.3', calls=(Call.SHOW,), roles=ADMIN))),
    _all_to_member('nova-all-seven-to-member-in-detail', Kind.WRONG_ROLE,
                   'a member is shown the seven in detail',
                   _each(_leaked, at('2.3', calls=(Call.DETAIL,), roles=MEMBER))),
    against('EC2A-003', 'user_data', _PRESENCE)(
        'nova-user-data-null-to-member', Kind.WRONG_ROLE,
        'a member is shown the key of the user data, with null',
        added(attributes.USER_DATA.nova_key, None, MEMBER_AT_2_3)),
    *_all_of_them(),
    *_calls(),
)

KEYS = (
    *_of_drafts(),
    _key(SERVER_PREFIX + 'userdata')(
        'nova-user-data-renamed-userdata', Kind.UNKNOWN_KEY, 'user_data has the key of the draft',
        renamed(attributes.USER_DATA, SERVER_PREFIX + 'userdata', ADMIN_AT_2_3),
        bug='gophercloud 1881'),
    _key(SERVER_PREFIX + 'reservationId')(
        'nova-reservation-id-camel-case', Kind.UNKNOWN_KEY,
        'reservation_id is spelt reservationId',
        renamed(attributes.RESERVATION_ID, SERVER_PREFIX + 'reservationId', ADMIN_AT_2_3)),
    _key(SERVER_PREFIX + 'foo')(
        'nova-key-unknown', Kind.UNKNOWN_KEY, 'an unknown key shows in our name space',
        added(SERVER_PREFIX + 'foo', 1)),
    _key(SERVER_PREFIX + 'project')(
        'nova-key-unknown-to-member-at-2.1', Kind.UNKNOWN_KEY,
        'an unknown key shows in our name space to a member at 2.1',
        added(SERVER_PREFIX + 'project', None, at('2.1', roles=MEMBER))),
    _key('os-extended-volumes:foo')(
        'nova-key-unknown-of-volumes', Kind.UNKNOWN_KEY,
        'an unknown key shows beside volumes_attached', added('os-extended-volumes:foo', [])),
    _key('user_data')(
        'nova-bare-user-data', Kind.UNKNOWN_KEY, 'user_data shows without a prefix',
        added('user_data', None, READING)),
)


def _decoded(data: str | None) -> str | None:
    return data and base64.b64decode(data).decode('latin-1')


#: What is wrong with type or format: attribute, name, kind, new value from the right one.
_WRONG: tuple[tuple[attributes.Attribute, str, Kind, Callable[[Any], Any]], ...] = (
    (attributes.RESERVATION_ID, 'null', Kind.NULL, lambda _: None),
    (attributes.RESERVATION_ID, 'empty', Kind.EMPTY, lambda _: ''),
    (attributes.RESERVATION_ID, 'a number', Kind.WRONG_TYPE, lambda _: 12345678),
    (attributes.RESERVATION_ID, 'without r-', Kind.WRONG_FORMAT, lambda old: old[2:]),
    (attributes.LAUNCH_INDEX, 'null', Kind.NULL, lambda _: None),
    (attributes.LAUNCH_INDEX, 'a string', Kind.WRONG_TYPE, str),
    (attributes.LAUNCH_INDEX, 'a float', Kind.WRONG_TYPE, float),
    (attributes.LAUNCH_INDEX, 'true in place of 1', Kind.WRONG_TYPE,
     lambda old: True if old == 1 else old),
    (attributes.LAUNCH_INDEX, 'negative', Kind.WRONG_FORMAT, lambda old: -old),
    (attributes.HOSTNAME, 'null', Kind.NULL, lambda _: None),
    (attributes.HOSTNAME, 'empty', Kind.EMPTY, lambda _: ''),
    (attributes.HOSTNAME, 'a list', Kind.WRONG_TYPE, lambda old: [old]),
    (attributes.HOSTNAME, 'with spaces', Kind.WRONG_FORMAT, lambda old: old.replace('-', ' ')),
    (attributes.KERNEL_ID, 'a number', Kind.WRONG_TYPE, lambda _: 0),
    (attributes.KERNEL_ID, 'an id of EC2', Kind.WRONG_FORMAT, lambda _: 'aki-00000001'),
    (attributes.RAMDISK_ID, 'false', Kind.WRONG_TYPE, lambda _: False),
    (attributes.RAMDISK_ID, 'an id of EC2', Kind.WRONG_FORMAT, lambda _: 'ari-00000001'),
    (attributes.ROOT_DEVICE_NAME, 'empty', Kind.EMPTY, lambda _: ''),
    (attributes.ROOT_DEVICE_NAME, 'a list', Kind.WRONG_TYPE, lambda old: [old]),
    (attributes.ROOT_DEVICE_NAME, 'without its directory', Kind.WRONG_FORMAT,
     lambda old: old.removeprefix('/dev/')),
    (attributes.USER_DATA, 'an object', Kind.WRONG_TYPE, lambda old: {'value': old}),
    (attributes.USER_DATA, 'decoded', Kind.WRONG_FORMAT, _decoded),
    (attributes.USER_DATA, 'of another alphabet', Kind.WRONG_FORMAT,
     lambda old: old and old.replace('+', '-').replace('/', '_')),
)
#: Those that a real cloud once showed.
_BUGS = {'nova-hostname-empty': 'nova 1495388',
         'nova-root-device-name-without-its-directory': 'nova 1337821'}


def _formats() -> Iterator[Fault]:
    """Yield a row for each wrong type and format."""
    for attribute, says, kind, new in _WRONG:
        name = f'nova-{dashed(attribute.name)}-{says.replace(" ", "-").lower()}'.rstrip('-')
        yield against('EC2A-006', attribute, READS + 'values_have_type_and_format')(
            name, kind, f'{attribute.name} is {says}', shown(attribute, new, ADMIN_AT_2_3),
            bug=_BUGS.get(name, ''))


def _details() -> Iterator[Fault]:
    """Yield a row for each attribute that detail shows otherwise."""
    for attribute in SERVER_ATTRIBUTES:
        yield against('EC2A-008', attribute, READS + 'detail_shows_what_show_shows')(
            f'nova-{dashed(attribute.name)}-unlike-show', Kind.DETAIL_UNLIKE_SHOW,
            f'detail shows another {attribute.name}, one that is plausible',
            constant(attribute, PLAUSIBLE[attribute.name], ADMIN_IN_DETAIL))


_unlike = against('EC2A-008', attributes.RESERVATION_ID, READS + 'detail_shows_what_show_shows')

ROWS: tuple[Fault, ...] = (
    *PLACES,
    *KEYS,
    *_formats(),
    *_details(),
    _unlike('nova-reservation-id-fresh', Kind.DETAIL_UNLIKE_SHOW,
            'reservation_id is another at each read',
            fresh(attributes.RESERVATION_ID, 'r-{:08}', ADMIN_AT_2_3)),
    against('EC2A-008', attributes.USER_DATA, READS + 'detail_shows_what_show_shows')(
        'nova-user-data-anothers-in-detail', Kind.ANOTHERS,
        "detail shows another server's user data",
        AnotherServers(attributes.USER_DATA, ADMIN_IN_DETAIL)),
)
