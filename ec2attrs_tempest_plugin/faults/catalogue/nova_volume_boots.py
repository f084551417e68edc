"""Rows: volumes made with their servers, their flags and their fate, and what never shows."""

from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import After
from ec2attrs_tempest_plugin.faults.catalogue.nova_attachment_words import FirstServersFlag
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.changes import added
from ec2attrs_tempest_plugin.faults.changes import at
from ec2attrs_tempest_plugin.faults.changes import flag
from ec2attrs_tempest_plugin.faults.changes import in_servers
from ec2attrs_tempest_plugin.faults.changes import in_volumes
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.changes import To
from ec2attrs_tempest_plugin.faults.changes import volumes
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TESTS = 'VolumeBootsTest.test_'
_FLAG = attributes.DELETE_ON_TERMINATION
_KEY = _FLAG.nova_key
_SOURCES = _TESTS + 'volume_of_each_source_has_the_flag_asked_for'
_FATE = _TESTS + 'volumes_fare_as_their_flags_say'

_source = against('EC2A-043', _FLAG, _SOURCES)
_building = against('EC2A-043', _FLAG, _TESTS + 'flag_shows_while_the_server_is_built')
_rebuilt = _TESTS + 'rebuild_keeps_volumes_flags_and_root_device_name'
_REBUILDING = To(calls=(Call.REBUILD,))


def _only(condition: str, new: Any) -> Change:
    """Show another flag of the volumes of servers in a status."""
    def edit(server: Json) -> None:
        if server.get('status') == condition:
            for volume in server.get(VOLUMES_KEY) or []:
                if _KEY in volume:
                    volume[_KEY] = new
    return in_servers(edit)


_SHOWN = (
    _source('nova-volume-sources-flag-false', Kind.CONSTANT,
            'every volume of a server that boots from a volume has the flag false',
            flag(lambda _: False)),
    _source('nova-volume-sources-flag-null', Kind.NULL,
            'a volume has the flag null where none was asked for', flag(lambda old: old or None),
            bug='nova 1370177'),
    _building('nova-building-flag-false', Kind.STALE,
              'a volume has the flag false while its server is built', _only('BUILD', False)),
    _building('nova-building-flag-null', Kind.NULL,
              'a volume has the flag null while its server is built', _only('BUILD', None),
              bug='nova 1370177'),
)

_REBUILT = (
    against('EC2A-047', _FLAG, _TESTS + 'shared_volume_has_a_flag_at_each_server')(
        'nova-shared-volume-one-flag', Kind.ANOTHERS,
        'a volume attached to two servers shows the flag of the first at both',
        FirstServersFlag()),
    against('EC2A-045', _FLAG, _rebuilt)(
        'nova-rebuild-flags-false', Kind.STALE, 'after a rebuild every flag is false',
        After(_REBUILDING, flag(lambda _: False))),
    against('EC2A-045', 'volumes_attached', _rebuilt)(
        'nova-rebuild-loses-a-volume', Kind.ABSENT, 'after a rebuild a volume is not listed',
        After(_REBUILDING, volumes(lambda now: now[1:])), bug='nova 1440762'),
    against('EC2A-045', attributes.ROOT_DEVICE_NAME, _rebuilt)(
        'nova-rebuild-renames-the-root', Kind.OTHER_VALUE,
        'after a rebuild the root device has another name',
        After(_REBUILDING, shown(attributes.ROOT_DEVICE_NAME, lambda _: '/dev/vdzz')),
        bug='nova 1835926'),
)


def _leak(name: str, key: str, change: Change, kind: Kind = Kind.UNKNOWN_KEY) -> Fault:
    return against('EC2A-048', key, _TESTS + 'no_other_device_shows')(
        f'nova-leak-{name}', kind, f'a server shows {key}', change)


_LEAKS = (
    _leak('ephemerals', 'ephemerals', added('ephemerals', [])),
    _leak('swap', 'swap', added('swap', {'device_name': '/dev/sdb', 'swap_size': 64})),
    _leak('block-device-mapping', 'block_device_mapping', added('block_device_mapping', [])),
    _leak('default-ephemeral-device', 'OS-EXT-SRV-ATTR:default_ephemeral_device',
          added('OS-EXT-SRV-ATTR:default_ephemeral_device', '/dev/sdb',
                To(roles=(Role.ADMIN,)))),
    _leak('default-swap-device-at-2.1', 'default_swap_device',
          added('default_swap_device', None, at('2.1'))),
    _leak('boot-index', 'boot_index', in_volumes(lambda volume: volume.update(boot_index=0))),
    _leak('device-name-to-reader', 'device_name', in_volumes(
        lambda volume: volume.update(device_name='/dev/sda'), To(roles=(Role.READER,))),
        Kind.WRONG_ROLE),
    _leak('mappings-at-newest', 'block_device_mapping_v2', added(
        'block_device_mapping_v2', [], at('2.104', calls=(Call.DETAIL,)))),
)


def _inside(row: str, says: str, requirement: str, *tests: str, bug: str = '',
            kind: Kind = Kind.STORED_WRONG) -> Fault:
    """Return the row of a behaviour of Nova, which is called as the row without its prefix."""
    return Fault(f'nova-{row}', kind, says, Behaviour('nova', row.replace('-', '_')),
                 requirement, _FLAG.name, tests, bug=bug)


_INSIDE = (
    _inside('snapshot-flag-lost', 'the flag of a volume from a snapshot is not stored',
            'EC2A-043', _SOURCES, bug='nova 1370177'),
    _inside('image-flag-true', 'the flag of a volume from an image is stored as true',
            'EC2A-043', _SOURCES),
    _inside('blank-flag-true', 'the flag of a blank volume is stored as true', 'EC2A-043',
            _SOURCES),
    _inside('rebuilt-root-flag-inverted', 'a rebuild stores the root with its flag inverted',
            'EC2A-045', _rebuilt),
    _inside('image-volume-survives', 'a flagged volume from an image stays', 'EC2A-044', _FATE,
            kind=Kind.NOT_HONOURED, bug='nova 1464259'),
    _inside('blank-volume-survives', 'a flagged blank volume stays', 'EC2A-044', _FATE,
            kind=Kind.NOT_HONOURED, bug='nova 1464259'),
    _inside('snapshot-volume-goes', 'a volume from a snapshot goes whatever its flag',
            'EC2A-044', _FATE, kind=Kind.NOT_HONOURED, bug='nova 1370177'),
    _inside('attached-volume-survives', 'a flagged volume that was attached later stays',
            'EC2A-044', _FATE, kind=Kind.NOT_HONOURED),
    _inside('changed-flag-unused', 'a volume goes or stays as its attachment asked, '
            'whatever its flag was changed to', 'EC2A-044', _FATE, kind=Kind.NOT_HONOURED),
)

ROWS: tuple[Fault, ...] = (*_SHOWN, *_REBUILT, *_LEAKS, *_INSIDE)
