"""Rows: a server shows something else once something was done to it, or while it lasts."""

from collections.abc import Callable
import dataclasses
from typing import Any

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import found_by_reservation
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import made
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import where
from ec2attrs_tempest_plugin.faults.changes import constant
from ec2attrs_tempest_plugin.faults.changes import flag
from ec2attrs_tempest_plugin.faults.changes import IN_DETAIL
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import of
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.changes import To
from ec2attrs_tempest_plugin.faults.changes import volumes
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

LIFE = 'ServerLifeTest.test_'
REBUILD = 'ServerRebuildTest.test_'
_UNPLACED = 'UnplacedServersTest.test_'
_BUILDING = 'BuildingServersTest.test_building_changes_nothing'

ANOTHER_RESERVATION = 'r-0a1b2c3d'
ANOTHER_ROOT = '/dev/sdq'
ANOTHER_DATA = 'Zm9v'


@dataclasses.dataclass
class _After:
    """Make a change from then on, once a request that is meant was accepted."""

    what: Callable[[Asked], bool]
    change: Change
    done: bool = False

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if self.done:
            return self.change(asked, answered)
        self.done = self.what(asked) and answered.status < 400
        return 0


def after(action: str, change: Change) -> Change:
    """Make a change from then on, once an action on a server was accepted."""
    return _After(of('nova', methods=('POST',), action=action), change)


def _while(status: str, attribute: Attribute, value: Any) -> Change:
    """Show a value of the servers that have a status."""
    return where(lambda server: server.get('status') == status, attribute, lambda _: value)


def row(requirement: str, attribute: Attribute | str, test: str, name: str, kind: Kind,
        says: str, how: Change | Behaviour, bug: str = '') -> Fault:
    """Return the row of a fault in the life of a server."""
    return against(requirement, attribute, test)(f'nova-life-{name}', kind, says, how, bug=bug)


def _kept(attribute: Attribute | str, test: str, name: str, kind: Kind, says: str,
          how: Change | Behaviour, bug: str = '') -> Fault:
    return row('EC2A-091', attribute, LIFE + test, name, kind, says, how, bug)


_ACCEPTED = (
    row('EC2A-090', RESERVATION_ID, _BUILDING, 'reservation-id-null-while-building', Kind.NULL,
        'reservation_id is null until the server is built',
        _while('BUILD', RESERVATION_ID, None)),
    row('EC2A-090', LAUNCH_INDEX, _BUILDING, 'launch-index-0-while-building', Kind.CONSTANT,
        'launch_index is 0 until the server is built',
        _while('BUILD', LAUNCH_INDEX, 0), 'nova 1212648'),
    row('EC2A-090', HOSTNAME, _BUILDING, 'hostname-of-id-while-building', Kind.OTHER_VALUE,
        'hostname is made of the id until the server is built',
        where(lambda server: server.get('status') == 'BUILD', HOSTNAME,
              lambda server: f'Server-{server["id"]}')),
    row('EC2A-090', USER_DATA, _BUILDING, 'user-data-null-while-building', Kind.NULL,
        'user_data is null until the server is built', _while('BUILD', USER_DATA, None),
        'nova 1635446'),
    row('EC2A-090', KERNEL_ID, _BUILDING, 'kernel-id-null-while-building', Kind.NULL,
        'kernel_id is null, and not empty, until the server is built',
        _while('BUILD', KERNEL_ID, None)),
    row('EC2A-090', RAMDISK_ID, _BUILDING, 'ramdisk-id-invented-while-building',
        Kind.OTHER_VALUE, 'ramdisk_id is the id of no image until the server is built',
        _while('BUILD', RAMDISK_ID, NOBODYS_UUID)),
    row('EC2A-090', ROOT_DEVICE_NAME, _BUILDING, 'root-device-guessed-while-building',
        Kind.OTHER_VALUE, 'root_device_name is another than that of the host until it chose',
        _while('BUILD', ROOT_DEVICE_NAME, ANOTHER_ROOT), 'nova 1481164'),
)

_POWER = (
    _kept(ROOT_DEVICE_NAME, 'hard_reboot', 'root-device-null-after-hard-reboot', Kind.NULL,
          'root_device_name is null after a reboot',
          after('reboot', constant(ROOT_DEVICE_NAME, None)), 'nova 1378132'),
    _kept(ROOT_DEVICE_NAME, 'hard_reboot', 'root-device-other-after-hard-reboot',
          Kind.OTHER_VALUE, 'root_device_name is another after a reboot',
          after('reboot', constant(ROOT_DEVICE_NAME, ANOTHER_ROOT)), 'nova 1835926'),
    _kept(ROOT_DEVICE_NAME, 'soft_reboot', 'root-device-short-after-soft-reboot',
          Kind.WRONG_FORMAT, 'root_device_name has no /dev/ after a reboot',
          after('reboot', shown(ROOT_DEVICE_NAME,
                                 lambda old: old and old.removeprefix('/dev/'))),
          'nova 1337821'),
    _kept(HOSTNAME, 'soft_reboot', 'hostname-with-domain-after-reboot', Kind.OTHER_VALUE,
          'hostname has a domain after a reboot',
          after('reboot', shown(HOSTNAME, '{}.novalocal'.format))),
    _kept(USER_DATA, 'soft_reboot', 'user-data-consumed-by-reboot', Kind.NULL,
          'user_data is null after a reboot: the guest has read it',
          after('reboot', constant(USER_DATA, None))),
    _kept(ROOT_DEVICE_NAME, 'stop_and_start', 'root-device-null-while-stopped', Kind.NULL,
          'root_device_name is null of a server that is off',
          _while('SHUTOFF', ROOT_DEVICE_NAME, None)),
    _kept('volumes_attached', 'stop_and_start', 'volumes-hidden-while-stopped', Kind.ABSENT,
          'a server that is off has no volumes', after('os-stop', volumes(lambda _: []))),
    _kept(LAUNCH_INDEX, 'stop_and_start', 'launch-index-0-after-start', Kind.STALE,
          'launch_index is 0 after a start', after('os-start', constant(LAUNCH_INDEX, 0))),
    _kept(HOSTNAME, 'pause_and_unpause', 'hostname-of-id-while-paused', Kind.OTHER_VALUE,
          'hostname is made of the id while the server is paused',
          where(lambda server: server.get('status') == 'PAUSED', HOSTNAME,
                lambda server: f'Server-{server["id"]}')),
    _kept(KERNEL_ID, 'pause_and_unpause', 'kernel-id-invented-after-unpause', Kind.OTHER_VALUE,
          'kernel_id is the id of no image after a pause',
          after('unpause', constant(KERNEL_ID, NOBODYS_UUID))),
    _kept(DELETE_ON_TERMINATION, 'suspend_and_resume', 'flag-lost-while-suspended',
          Kind.OTHER_VALUE, 'the flag of each volume is false after a suspension',
          after('suspend', flag(lambda _: False))),
    _kept(RAMDISK_ID, 'suspend_and_resume', 'ramdisk-id-null-after-resume', Kind.NULL,
          'ramdisk_id is null, and not empty, after a resumption',
          after('resume', constant(RAMDISK_ID, None))),
)

_MOVED = (
    _kept(ROOT_DEVICE_NAME, 'shelve_and_unshelve', 'root-device-null-while-shelved', Kind.NULL,
          'root_device_name is null of a server that is on no host',
          _while('SHELVED_OFFLOADED', ROOT_DEVICE_NAME, None)),
    _kept('volumes_attached', 'shelve_and_unshelve', 'volumes-hidden-while-shelved', Kind.ABSENT,
          'a shelved server has no volumes', after('shelve', volumes(lambda _: [])),
          'nova 1404867'),
    _kept(RESERVATION_ID, 'shelve_and_unshelve', 'reservation-id-new-after-unshelve',
          Kind.OTHER_VALUE, 'a server that is unshelved is a reservation of its own',
          after('unshelve', constant(RESERVATION_ID, ANOTHER_RESERVATION))),
    _kept(LAUNCH_INDEX, 'shelve_and_unshelve', 'launch-index-0-after-unshelve', Kind.STALE,
          'launch_index is 0 after an unshelving',
          after('unshelve', constant(LAUNCH_INDEX, 0))),
    _kept(DELETE_ON_TERMINATION, 'shelve_and_unshelve', 'flag-lost-by-unshelve',
          Kind.OTHER_VALUE, 'the flag of each volume is false after an unshelving',
          after('unshelve', flag(lambda _: False)), 'nova 1550250'),
    _kept(ROOT_DEVICE_NAME, 'rescue_and_unrescue', 'root-device-of-rescue-disk',
          Kind.OTHER_VALUE, 'root_device_name is that of the rescue disk while it is there',
          _while('RESCUE', ROOT_DEVICE_NAME, ANOTHER_ROOT), 'nova 1835926'),
    _kept(ROOT_DEVICE_NAME, 'rescue_and_unrescue', 'root-device-other-after-rescue',
          Kind.OTHER_VALUE, 'root_device_name is another after a rescue',
          after('unrescue', constant(ROOT_DEVICE_NAME, ANOTHER_ROOT)), 'nova 1835926'),
    _kept(KERNEL_ID, 'rescue_and_unrescue', 'kernel-id-of-rescue-image', Kind.OTHER_VALUE,
          'kernel_id is that of a rescue image while the server is rescued',
          _while('RESCUE', KERNEL_ID, NOBODYS_UUID)),
    _kept(ROOT_DEVICE_NAME, 'resize_and_its_revert', 'root-device-null-while-resize-verified',
          Kind.NULL, 'root_device_name is null while a resize is verified',
          _while('VERIFY_RESIZE', ROOT_DEVICE_NAME, None)),
    _kept('volumes_attached', 'resize_and_its_revert', 'volumes-doubled-by-revert',
          Kind.DUPLICATE, 'each volume is listed twice after the revert of a resize',
          after('revertResize', volumes(lambda own: [*own, *own])), 'nova 1908075'),
    _kept(HOSTNAME, 'resize_and_its_revert', 'hostname-suffix-again-after-revert',
          Kind.OTHER_VALUE, 'hostname has its number twice after the revert of a resize',
          after('revertResize', made(HOSTNAME, lambda server: (
              f'{server[HOSTNAME.nova_key]}-{server[LAUNCH_INDEX.nova_key] + 1}'))),
          'nova 1533380'),
    _kept(USER_DATA, 'resize_and_its_confirmation', 'user-data-other-after-resize',
          Kind.OTHER_VALUE, 'user_data is other after a resize',
          after('confirmResize', constant(USER_DATA, ANOTHER_DATA))),
    _kept(DELETE_ON_TERMINATION, 'resize_and_its_confirmation', 'flag-lost-by-resize',
          Kind.OTHER_VALUE, 'the flag of each volume is false after a resize',
          after('resize', flag(lambda _: False)), 'nova 1550250'),
    _kept(RESERVATION_ID, 'snapshot', 'reservation-id-null-after-snapshot', Kind.NULL,
          'reservation_id is null after a snapshot',
          after('createImage', constant(RESERVATION_ID, None))),
    _kept('volumes_attached', 'snapshot', 'volumes-doubled-by-snapshot', Kind.DUPLICATE,
          'each volume is listed twice after a snapshot',
          after('createImage', volumes(lambda own: [*own, *own]))),
    _kept(USER_DATA, 'lock_and_unlock', 'user-data-hidden-while-locked', Kind.NULL,
          'user_data is null of a server that was locked',
          after('lock', constant(USER_DATA, None))),
    _kept(LAUNCH_INDEX, 'lock_and_unlock', 'launch-index-as-text-after-unlock', Kind.WRONG_TYPE,
          'launch_index is a string after a lock was taken off',
          after('unlock', shown(LAUNCH_INDEX, str))),
)

_attached = of('nova', methods=('POST',), path='/os-volume_attachments')
_detached = of('nova', methods=('DELETE',), path='/os-volume_attachments/')
_ATTACH = LIFE + 'attach_and_detach'
_DELETION = LIFE + 'deletion_of_the_first_server'
_deleted = of('nova', methods=('DELETE',), path='/servers/')
_renamed = To(calls=(Call.UPDATE,))


def _hostname_is_name(server: Json) -> str:
    return str(server['name'])


_BESIDE = (
    row('EC2A-096', DELETE_ON_TERMINATION, _ATTACH, 'flag-of-all-lost-by-attach',
        Kind.OTHER_VALUE, 'the flag of each volume is false after one was attached',
        _After(_attached, flag(lambda _: False)), 'nova 1550250'),
    row('EC2A-096', 'volumes_attached', _ATTACH, 'volumes-doubled-by-attach', Kind.DUPLICATE,
        'each volume is listed twice after one was attached',
        _After(_attached, volumes(lambda own: [*own, *own])), 'nova 1908075'),
    row('EC2A-096', 'volumes_attached', _ATTACH, 'volumes-all-gone-by-detach', Kind.ABSENT,
        'no volume is listed after one was detached',
        _After(_detached, volumes(lambda _: []))),
    row('EC2A-096', ROOT_DEVICE_NAME, _ATTACH, 'root-device-of-attached-volume',
        Kind.OTHER_VALUE, 'root_device_name is that of the volume attached last',
        _After(_attached, constant(ROOT_DEVICE_NAME, ANOTHER_ROOT)), 'nova 1481164'),
    row('EC2A-092', HOSTNAME, LIFE + 'rename', 'hostname-is-new-name', Kind.OTHER_VALUE,
        'hostname is the name that the server got later',
        _After(_renamed, made(HOSTNAME, _hostname_is_name))),
    row('EC2A-092', USER_DATA, LIFE + 'rename', 'user-data-lost-by-rename', Kind.NULL,
        'user_data is null after a renaming', _After(_renamed, constant(USER_DATA, None))),
    row('EC2A-092', HOSTNAME, REBUILD + 'rebuild_under_another_name',
        'hostname-is-name-of-rebuild', Kind.OTHER_VALUE,
        'hostname is the name after a rebuild under another name',
        after('rebuild', made(HOSTNAME, _hostname_is_name))),
    row('EC2A-094', LAUNCH_INDEX, _DELETION, 'launch-index-renumbered-by-delete',
        Kind.OTHER_VALUE, 'the servers that are left of a reservation are numbered anew',
        _After(_deleted, shown(LAUNCH_INDEX, lambda old: max(old - 1, 0)))),
    row('EC2A-094', RESERVATION_ID, _DELETION, 'reservation-id-new-after-delete',
        Kind.OTHER_VALUE, 'the servers that are left of a reservation are another one',
        _After(_deleted, constant(RESERVATION_ID, ANOTHER_RESERVATION))),
    row('EC2A-094', HOSTNAME, _DELETION, 'hostname-without-number-after-delete',
        Kind.OTHER_VALUE, 'hostname loses its number when the server is the last of its '
        'reservation',
        _After(_deleted, shown(HOSTNAME, lambda old: old.rpartition('-')[0]))),
)

WHOLE = _UNPLACED + 'servers_have_what_the_request_gave_them'
_FOUND = _UNPLACED + 'filter_finds_them'


def _unplaced(attribute: Attribute, name: str, kind: Kind, says: str, value: Any) -> Fault:
    return row('EC2A-093', attribute, WHOLE, name, kind, says,
               _while('ERROR', attribute, value))


_ERROR = (
    _unplaced(RESERVATION_ID, 'reservation-id-null-in-error', Kind.NULL,
              'reservation_id is null of a server that got no host', None),
    _unplaced(RESERVATION_ID, 'reservation-id-other-in-error', Kind.OTHER_VALUE,
              'servers that got no host are a reservation of their own', ANOTHER_RESERVATION),
    _unplaced(LAUNCH_INDEX, 'launch-index-0-in-error', Kind.CONSTANT,
              'launch_index is 0 of a server that got no host', 0),
    _unplaced(LAUNCH_INDEX, 'launch-index-null-in-error', Kind.NULL,
              'launch_index is null of a server that got no host', None),
    _unplaced(HOSTNAME, 'hostname-null-in-error', Kind.NULL,
              'hostname is null of a server that got no host', None),
    _unplaced(USER_DATA, 'user-data-null-in-error', Kind.NULL,
              'user_data is null of a server that got no host', None),
    _unplaced(ROOT_DEVICE_NAME, 'root-device-invented-in-error', Kind.OTHER_VALUE,
              'a server that got no host has a root_device_name', ANOTHER_ROOT),
    row('EC2A-093', RESERVATION_ID, _FOUND, 'error-servers-not-found', Kind.NOT_HONOURED,
        'the filter reservation_id does not find servers that got no host',
        found_by_reservation(lambda servers: [
            server for server in servers if server.get('status') != 'ERROR'])),
    row('EC2A-093', RESERVATION_ID, _FOUND, 'error-servers-not-found-by-member',
        Kind.WRONG_ROLE, 'the filter reservation_id finds nothing in ERROR for members',
        found_by_reservation(lambda servers: [
            server for server in servers if server.get('status') != 'ERROR'],
            roles=(Role.MEMBER,)), 'nova 1784074'),
    row('EC2A-093', LAUNCH_INDEX, _FOUND, 'launch-index-0-in-error-in-detail',
        Kind.DETAIL_UNLIKE_SHOW, 'launch_index is 0 in detail of a server that got no host',
        where(lambda server: server.get('status') == 'ERROR', LAUNCH_INDEX, lambda _: 0,
              IN_DETAIL)),
)

ROWS: tuple[Fault, ...] = (*_ACCEPTED, *_POWER, *_MOVED, *_BESIDE, *_ERROR)
