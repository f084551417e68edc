"""Rows: Nova's answers at the microversions behind 2.3, in every call, to every role."""

from collections.abc import Iterator
from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import SERVER_ATTRIBUTES
from ec2attrs_tempest_plugin.contract.attributes import SERVER_PREFIX
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import dashed
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import HEADER
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import LEGACY_HEADER
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import named
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import READS
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import REQUESTS
from ec2attrs_tempest_plugin.faults.changes import added
from ec2attrs_tempest_plugin.faults.changes import at
from ec2attrs_tempest_plugin.faults.changes import flag
from ec2attrs_tempest_plugin.faults.changes import hidden
from ec2attrs_tempest_plugin.faults.changes import in_body
from ec2attrs_tempest_plugin.faults.changes import in_servers
from ec2attrs_tempest_plugin.faults.changes import in_volumes
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.changes import To
from ec2attrs_tempest_plugin.faults.changes import together
from ec2attrs_tempest_plugin.faults.changes import volumes
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_LATER = READS + 'answers_at_later_microversions'
_NEWEST = READS + 'newest_microversion_shows_what_the_newest_known_does'
_LISTING = READS + 'list_without_details_shows_no_attribute'
_UPDATED = REQUESTS + 'answer_to_an_update_shows_what_get_shows'
_NOT_UPDATED = REQUESTS + 'answer_to_an_update_shows_no_attribute'
_REBUILT = REQUESTS + 'answer_to_a_rebuild_shows_what_its_microversion_has'
_NOT_REBUILT = REQUESTS + 'answer_to_a_rebuild_shows_no_attribute'

_ADMIN = (Role.ADMIN,)
_MEMBER = (Role.MEMBER,)
_READER = (Role.READER,)
_KNOWN = str(visibility.KNOWN)
_DATA = 'Zm9v'


def _update(*microversions: str, roles: Any = tuple(Role)) -> To:
    return at(*microversions, calls=(Call.UPDATE,), roles=roles)


def _rebuild(*microversions: str, roles: Any = tuple(Role)) -> To:
    return at(*microversions, calls=(Call.REBUILD,), roles=roles)


def _leak(attribute: Attribute, to: To) -> Change:
    return added(attribute.nova_key, 'r-0a1b2c3d', to)


def _reads() -> Iterator[Fault]:
    """Yield a row for each later microversion: one of the seven is missing there."""
    later = [str(each) for each in visibility.MICROVERSIONS if each > visibility.INTRODUCED]
    for number, microversion in enumerate(later):
        attribute = SERVER_ATTRIBUTES[number % len(SERVER_ATTRIBUTES)]
        yield against('EC2A-002', attribute, _LATER)(
            f'nova-{dashed(attribute.name)}-absent-at-{microversion}', Kind.WRONG_MICROVERSION,
            f'{attribute.name} is not shown to an administrator at {microversion}',
            hidden(attribute, at(microversion, roles=_ADMIN)))


def _roles() -> Iterator[Fault]:
    """Yield the rows of what opens at 2.90, and of what does not."""
    for role in (Role.MEMBER, Role.READER):
        for microversion in ('2.90', _KNOWN):
            yield against('EC2A-014', HOSTNAME, _LATER)(
                f'nova-hostname-hidden-from-{role.value}-at-{microversion}', Kind.WRONG_ROLE,
                f'the hostname is not shown to a {role.value} at {microversion}',
                hidden(HOSTNAME, at(microversion, roles=(role,))))
        yield against('EC2A-003', HOSTNAME, _LATER)(
            f'nova-hostname-to-{role.value}-at-2.89', Kind.WRONG_MICROVERSION,
            f'the hostname is shown to a {role.value} at 2.89',
            _leak(HOSTNAME, at('2.89', roles=(role,))))
    for attribute in SERVER_ATTRIBUTES:
        if attribute is not HOSTNAME:
            yield against('EC2A-014', attribute, _LATER)(
                f'nova-{dashed(attribute.name)}-to-reader-at-2.90', Kind.WRONG_ROLE,
                f'{attribute.name} is shown to a reader at 2.90, as the hostname is',
                _leak(attribute, at('2.90', roles=_READER)))
    yield against('EC2A-003', visibility.POLICY, READS + 'attributes_present_or_absent')(
        'nova-policy-open-to-readers', Kind.WRONG_ROLE, 'all seven are shown to readers alone',
        together(*(_leak(each, at('2.3', roles=_READER)) for each in SERVER_ATTRIBUTES)))


def _partial(server: Json) -> None:
    for key in [key for key in server if key.startswith((SERVER_PREFIX, VOLUMES_KEY))]:
        del server[key]
    server['status'] = 'UNKNOWN'


_FURTHER = (
    against('EC2A-002', visibility.POLICY, _LATER)(
        'nova-shown-in-part-at-2.68', Kind.WRONG_MICROVERSION,
        'a server is shown in part, with status UNKNOWN, already at 2.68',
        in_servers(_partial, at('2.68'))),
    against('EC2A-005', DELETE_ON_TERMINATION, _LATER)(
        'nova-flag-absent-at-2.79', Kind.WRONG_MICROVERSION,
        'volumes come without the flag from 2.79 on, which moved to the attachments',
        in_volumes(lambda volume: volume.pop('delete_on_termination', None), at('2.79'))),
    against('EC2A-005', 'volumes_attached', _LATER)(
        'nova-volumes-absent-at-2.89', Kind.WRONG_MICROVERSION, 'volumes are not listed at 2.89',
        in_servers(lambda server: server.pop(VOLUMES_KEY, None), at('2.89'))),
    against('EC2A-007', DELETE_ON_TERMINATION, _LATER)(
        'nova-flag-string-at-2.85', Kind.WRONG_TYPE, 'flags are strings at 2.85',
        flag(str, at('2.85')), bug='nova 1871598'),
    against('EC2A-006', LAUNCH_INDEX, _LATER)(
        'nova-launch-index-string-at-2.101', Kind.WRONG_TYPE,
        'the launch index is a string at 2.101', shown(LAUNCH_INDEX, str, at('2.101'))),
    against('EC2A-006', RESERVATION_ID, _LATER)(
        'nova-reservation-id-null-at-2.57', Kind.NULL, 'the reservation id is null at 2.57',
        shown(RESERVATION_ID, lambda _: None, at('2.57'))),
    against('EC2A-009', SERVER_PREFIX + 'userdata', _LATER)(
        'nova-userdata-at-2.90', Kind.UNKNOWN_KEY, 'a key userdata shows at 2.90',
        added(SERVER_PREFIX + 'userdata', _DATA, at('2.90', roles=_ADMIN)),
        bug='gophercloud 1881'),
    against('EC2A-009', 'user_data', _LATER)(
        'nova-bare-user-data-in-get-at-2.57', Kind.WRONG_CALL,
        'GET shows user_data without a prefix from 2.57 on, as a rebuild does',
        added('user_data', _DATA, at('2.57'))),
    against('EC2A-013', 'microversion', _LATER)(
        'nova-microversion-2.1-named-at-2.69', Kind.WRONG_MICROVERSION,
        'an answer at 2.69 says that it is of 2.1',
        named(lambda _: '2.1', HEADER, LEGACY_HEADER, to=at('2.69'))),
    against('EC2A-008', HOSTNAME, READS + 'detail_shows_what_show_shows')(
        'nova-hostname-other-in-detail-at-2.90', Kind.DETAIL_UNLIKE_SHOW,
        'the list shows another hostname than GET of the server at 2.90',
        shown(HOSTNAME, lambda own: own + '-x', at('2.90', calls=(Call.DETAIL,)))),
    against('EC2A-019', HOSTNAME, _NEWEST)(
        'nova-hostname-absent-at-the-newest', Kind.WRONG_MICROVERSION,
        'the newest microversion shows no hostname', hidden(HOSTNAME, at(_KNOWN))),
    against('EC2A-019', ROOT_DEVICE_NAME, _NEWEST)(
        'nova-root-device-renamed-at-the-newest', Kind.UNKNOWN_KEY,
        'the newest microversion shows administrators no root device name',
        hidden(ROOT_DEVICE_NAME, at(_KNOWN, roles=_ADMIN))),
    # The list without details
    *(against('EC2A-018', attribute, _LISTING)(
        f'nova-{dashed(attribute.name)}-in-list', Kind.WRONG_CALL,
        f'the list without details shows {attribute.name}',
        _leak(attribute, To(calls=(Call.LIST,)))) for attribute in SERVER_ATTRIBUTES),
    against('EC2A-018', 'volumes_attached', _LISTING)(
        'nova-volumes-in-list', Kind.WRONG_CALL, 'the list without details shows volumes',
        added(VOLUMES_KEY, [], To(calls=(Call.LIST,)))),
    against('EC2A-009', 'user_data', _LISTING)(
        'nova-bare-user-data-in-list', Kind.WRONG_CALL,
        'the list without details shows user_data without a prefix',
        added('user_data', _DATA, To(calls=(Call.LIST,)))),
    against('EC2A-018', 'servers', _LISTING)(
        'nova-list-lacks-one', Kind.ABSENT, 'the list without details lacks a server',
        in_body(lambda body: {**body, 'servers': body['servers'][1:]},
                at('2.2', '2.3', calls=(Call.LIST,)))),
)

_UPDATES = (
    *(against('EC2A-015', attribute, _UPDATED)(
        f'nova-{dashed(attribute.name)}-absent-in-update', Kind.ABSENT,
        f'the answer to an update lacks {attribute.name} from 2.75 on',
        hidden(attribute, _update('2.75', '2.89', roles=_ADMIN)))
      for attribute in SERVER_ATTRIBUTES),
    *(against('EC2A-015', attribute, _UPDATED)(
        f'nova-{dashed(attribute.name)}-to-member-in-update', Kind.WRONG_ROLE,
        f'the answer to an update shows {attribute.name} to a member at 2.75',
        _leak(attribute, _update('2.75', roles=_MEMBER))) for attribute in SERVER_ATTRIBUTES[:3]),
    against('EC2A-011', HOSTNAME, _NOT_UPDATED)(
        'nova-hostname-in-update-at-2.74', Kind.WRONG_MICROVERSION,
        'the answer to an update shows the hostname at 2.74',
        _leak(HOSTNAME, _update('2.74'))),
    against('EC2A-015', HOSTNAME, _UPDATED)(
        'nova-hostname-hidden-from-member-in-update', Kind.WRONG_ROLE,
        'the answer to an update shows a member no hostname at 2.90',
        hidden(HOSTNAME, _update('2.90', roles=_MEMBER))),
    against('EC2A-015', LAUNCH_INDEX, _UPDATED)(
        'nova-launch-index-other-in-update', Kind.OTHER_VALUE,
        'the answer to an update shows another launch index than GET',
        shown(LAUNCH_INDEX, lambda own: own + 1, _update('2.75'))),
    against('EC2A-015', 'volumes_attached', _UPDATED)(
        'nova-volumes-empty-in-update', Kind.EMPTY,
        'the answer to an update lists no volumes, whatever is attached',
        volumes(lambda _: [], _update('2.75'))),
    against('EC2A-005', DELETE_ON_TERMINATION, _UPDATED)(
        'nova-flag-absent-in-update', Kind.ABSENT,
        'the volumes in the answer to an update come without the flag',
        in_volumes(lambda volume: volume.pop('delete_on_termination', None), _update('2.90'))),
    against('EC2A-015', 'volumes_attached', _UPDATED)(
        'nova-flag-inverted-in-update', Kind.OTHER_VALUE,
        'the answer to an update shows the flags inverted',
        flag(lambda own: not own, _update('2.89'))),
)

# Types, formats and names, in both answers
_WRITTEN = tuple(
    against(requirement, attribute, test)(
        f'nova-{row}-in-{name}', kind, f'the answer to {says} {what}', change(to))
    for name, says, test, to in (('update', 'an update', _UPDATED, _update),
                                 ('rebuild', 'a rebuild', _REBUILT, _rebuild))
    for row, kind, what, requirement, attribute, change in (
        ('launch-index-string', Kind.WRONG_TYPE, 'shows the launch index as a string',
         'EC2A-006', LAUNCH_INDEX, lambda to: shown(LAUNCH_INDEX, str, to('2.75'))),
        ('flag-string', Kind.WRONG_TYPE, 'shows flags as strings', 'EC2A-007',
         DELETE_ON_TERMINATION, lambda to: flag(str, to('2.75'))),
        ('userdata', Kind.UNKNOWN_KEY, 'has a key userdata', 'EC2A-009',
         SERVER_PREFIX + 'userdata',
         lambda to: added(SERVER_PREFIX + 'userdata', _DATA, to('2.90', roles=_ADMIN)))))

_SIX = tuple(each for each in SERVER_ATTRIBUTES if each is not USER_DATA)
_REBUILDS = (
    *(against('EC2A-017', attribute, _REBUILT)(
        f'nova-{dashed(attribute.name)}-absent-in-rebuild', Kind.ABSENT,
        f'the answer to a rebuild lacks {attribute.name} from 2.75 on',
        hidden(attribute, _rebuild('2.75', roles=_ADMIN))) for attribute in _SIX),
    against('EC2A-016', USER_DATA, _REBUILT)(
        'nova-user-data-absent-in-rebuild', Kind.ABSENT,
        'the answer to a rebuild lacks user_data at 2.57',
        in_servers(lambda server: server.pop('user_data', None), _rebuild('2.57'))),
    against('EC2A-016', USER_DATA, _REBUILT)(
        'nova-user-data-null-in-rebuild', Kind.NULL,
        'the user_data that a rebuild answers is null',
        in_servers(lambda server: server.update(user_data=None), _rebuild('2.74'))),
    against('EC2A-016', USER_DATA, _REBUILT)(
        'nova-user-data-other-in-rebuild', Kind.OTHER_VALUE,
        'a rebuild answers other user_data',
        in_servers(lambda server: server.update(user_data=_DATA), _rebuild('2.90'))),
    against('EC2A-016', USER_DATA, _REBUILT)(
        'nova-user-data-hidden-from-member-in-rebuild', Kind.WRONG_ROLE,
        'a rebuild answers user_data to administrators alone',
        in_servers(lambda server: server.pop('user_data', None),
                   _rebuild('2.57', '2.75', roles=_MEMBER))),
    against('EC2A-017', USER_DATA, _REBUILT)(
        'nova-user-data-prefixed-in-rebuild', Kind.WRONG_CALL,
        'a rebuild answers user_data with its prefix as well',
        added(USER_DATA.nova_key, _DATA, _rebuild('2.75', roles=_ADMIN))),
    against('EC2A-016', HOSTNAME, _REBUILT)(
        'nova-hostname-in-rebuild-at-2.74', Kind.WRONG_MICROVERSION,
        'the answer to a rebuild shows the hostname at 2.74',
        _leak(HOSTNAME, _rebuild('2.74', roles=_ADMIN))),
    against('EC2A-012', attributes.KERNEL_ID, _NOT_REBUILT)(
        'nova-kernel-in-rebuild-at-2.56', Kind.WRONG_MICROVERSION,
        'the answer to a rebuild shows the kernel at 2.56',
        _leak(attributes.KERNEL_ID, _rebuild('2.56'))),
    against('EC2A-009', 'user_data', _NOT_REBUILT)(
        'nova-bare-user-data-in-rebuild-at-2.56', Kind.WRONG_MICROVERSION,
        'a rebuild answers user_data at 2.56', added('user_data', _DATA, _rebuild('2.56'))),
    against('EC2A-017', HOSTNAME, _REBUILT)(
        'nova-hostname-hidden-from-member-in-rebuild', Kind.WRONG_ROLE,
        'the answer to a rebuild shows a member no hostname at 2.90',
        hidden(HOSTNAME, _rebuild('2.90', roles=_MEMBER))),
    against('EC2A-017', ROOT_DEVICE_NAME, _REBUILT)(
        'nova-root-device-other-in-rebuild', Kind.OTHER_VALUE,
        'the answer to a rebuild shows another root device name than GET',
        shown(ROOT_DEVICE_NAME, lambda _: '/dev/xvdz', _rebuild('2.75'))),
    against('EC2A-005', DELETE_ON_TERMINATION, _REBUILT)(
        'nova-flag-absent-in-rebuild', Kind.ABSENT,
        'the volumes in the answer to a rebuild come without the flag',
        in_volumes(lambda volume: volume.pop('delete_on_termination', None), _rebuild('2.90'))),
    against('EC2A-017', 'volumes_attached', _REBUILT)(
        'nova-volumes-empty-in-rebuild', Kind.EMPTY,
        'the answer to a rebuild lists no volumes, whatever is attached',
        volumes(lambda _: [], _rebuild('2.75')), bug='nova 1440762'),
)

ROWS: tuple[Fault, ...] = (*_reads(), *_roles(), *_FURTHER, *_UPDATES, *_WRITTEN,
                            *_REBUILDS)
