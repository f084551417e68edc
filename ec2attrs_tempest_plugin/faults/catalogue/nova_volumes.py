"""Rows: the volumes that Nova says are attached, and delete_on_termination of each."""

from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import READS
from ec2attrs_tempest_plugin.faults.changes import at
from ec2attrs_tempest_plugin.faults.changes import AT_2_3
from ec2attrs_tempest_plugin.faults.changes import flag
from ec2attrs_tempest_plugin.faults.changes import IN_DETAIL
from ec2attrs_tempest_plugin.faults.changes import in_servers
from ec2attrs_tempest_plugin.faults.changes import in_volumes
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import MEMBER_AT_2_3
from ec2attrs_tempest_plugin.faults.changes import swapped
from ec2attrs_tempest_plugin.faults.changes import volumes
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_FLAG = attributes.DELETE_ON_TERMINATION
_LISTED = 'volumes_attached'
_PRESENCE = READS + 'attributes_present_or_absent'

_ADMIN = (Role.ADMIN,)
_MEMBER = (Role.MEMBER,)
_DETAIL_2_3 = at('2.3', calls=(Call.DETAIL,))
_BEFORE_2_3 = at('2.1', '2.2')

_flag_early = against('EC2A-004', _FLAG, _PRESENCE)
_flag_there = against('EC2A-005', _FLAG, _PRESENCE)
_flag_format = against('EC2A-007', _FLAG, READS + 'values_have_type_and_format')
_flag_value = against('EC2A-040', _FLAG, READS + 'flag_of_each_volume_is_as_asked')
_early = against('EC2A-004', _LISTED, _PRESENCE)
_there = against('EC2A-005', _LISTED, _PRESENCE)
_id = against('EC2A-005', 'id', _PRESENCE)
_listed = against('EC2A-041', _LISTED, READS + 'each_volume_is_listed_once')
_unlike = against('EC2A-008', _LISTED, READS + 'detail_shows_what_show_shows')


def _flag_key(volume: Json, key: str) -> None:
    if _FLAG.nova_key in volume:
        volume[key] = volume.pop(_FLAG.nova_key)


def _exchange_flags(server: Json) -> None:
    listed = server.get(VOLUMES_KEY) or []
    others = swapped([volume.get(_FLAG.nova_key) for volume in listed])
    for volume, other in zip(listed, others, strict=True):
        volume[_FLAG.nova_key] = other


def _twice(listed: list[Json]) -> list[Json]:
    return [*listed, *listed[:1]]


def _with_a_stranger(listed: list[Json]) -> list[Json]:
    return [*listed, *({**volume, 'id': NOBODYS_UUID} for volume in listed[:1])]


def _none(_: list[Json]) -> list[Json]:
    return []


def _without_key(server: Json) -> Any:
    return server.pop(VOLUMES_KEY, None)


def _volume_id(volume: Json) -> None:
    volume['volume_id'] = volume.pop('id')


def _null_for_none(listed: list[Json]) -> list[Json] | None:
    return listed or None


_FLAGS = (
    # Where it shows
    _flag_early('nova-flag-at-2.1', Kind.WRONG_MICROVERSION, 'the flag shows at 2.1',
                in_volumes(lambda volume: volume.update({_FLAG.nova_key: False}), at('2.1'))),
    _flag_early('nova-flag-at-2.2', Kind.WRONG_MICROVERSION, 'the flag shows at 2.2',
                in_volumes(lambda volume: volume.update({_FLAG.nova_key: False}), at('2.2'))),
    _flag_there('nova-flag-absent', Kind.ABSENT, 'no flag at 2.3',
                in_volumes(lambda volume: volume.pop(_FLAG.nova_key, None), AT_2_3)),
    _flag_there('nova-flag-absent-to-member', Kind.ABSENT,
                'no flag for members, as if it were one of the seven',
                in_volumes(lambda volume: volume.pop(_FLAG.nova_key, None), MEMBER_AT_2_3)),
    _flag_there('nova-flag-absent-in-detail', Kind.DETAIL_UNLIKE_SHOW, 'no flag in detail',
                in_volumes(lambda volume: volume.pop(_FLAG.nova_key, None), _DETAIL_2_3)),
    _flag_there('nova-flag-absent-where-false', Kind.ABSENT, 'the flag shows only where true',
                volumes(lambda listed: [volume if volume.get(_FLAG.nova_key)
                                        else {'id': volume['id']} for volume in listed], AT_2_3)),
    _flag_there('nova-flag-camel-case', Kind.ABSENT, 'the flag is spelt as in EC2',
                in_volumes(lambda volume: _flag_key(volume, 'deleteOnTermination'), AT_2_3)),
    # Its type
    _flag_format('nova-flag-string', Kind.WRONG_TYPE, 'the flag is "true" or "false"',
                 flag(lambda old: str(old).lower()), bug='nova 1871598'),
    _flag_format('nova-flag-string-of-python', Kind.WRONG_TYPE, 'the flag is "True" or "False"',
                 flag(str, MEMBER_AT_2_3)),
    _flag_format('nova-flag-number', Kind.WRONG_TYPE, 'the flag is 1 or 0', flag(int)),
    _flag_format('nova-flag-null-where-false', Kind.NULL, 'the flag is null in place of false',
                 flag(lambda old: old or None), bug='nova 1370177'),
    # Its value
    _flag_value('nova-flag-inverted', Kind.OTHER_VALUE, 'the flag is inverted',
                flag(lambda old: not old)),
    _flag_value('nova-flag-true', Kind.CONSTANT, 'the flag is true always', flag(lambda _: True)),
    _flag_value('nova-flag-false', Kind.CONSTANT, 'the flag is false always',
                flag(lambda _: False), bug='nova 1550250'),
    _flag_value('nova-flag-false-to-member', Kind.CONSTANT, 'the flag is false for members',
                flag(lambda _: False, MEMBER_AT_2_3)),
    _unlike('nova-flag-false-in-detail', Kind.DETAIL_UNLIKE_SHOW, 'the flag is false in detail',
            flag(lambda _: False, IN_DETAIL)),
    # Among three volumes an exchange is no inversion
    against('EC2A-107', _FLAG, 'VolumeAgreementTest.test_flag_of_each_volume')(
        'nova-flags-exchanged', Kind.ANOTHERS, "Nova shows another volume's flag",
        in_servers(_exchange_flags, AT_2_3)),
)

_LISTS = (
    _listed('nova-volume-twice', Kind.DUPLICATE, 'the first volume is listed twice',
            volumes(_twice), bug='nova 1908075'),
    _listed('nova-volume-missing', Kind.ABSENT, 'the last volume is not listed',
            volumes(lambda listed: listed[:-1])),
    _listed('nova-volume-of-nobody', Kind.OTHER_VALUE,
            'a volume is listed that is not attached', volumes(_with_a_stranger)),
    _listed('nova-volume-other', Kind.OTHER_VALUE, 'a volume has the id of another at 2.1',
            in_volumes(lambda volume: volume.update(id=NOBODYS_UUID), at('2.1')),
            bug='nova 1316079'),
    _listed('nova-volumes-stale', Kind.STALE,
            'no volume is listed, as before they were attached', volumes(_none)),
    _unlike('nova-volumes-empty-in-detail', Kind.DETAIL_UNLIKE_SHOW,
            'no volume is listed in detail', volumes(_none, IN_DETAIL), bug='nova 1708210'),
    _unlike('nova-volume-of-nobody-in-detail-at-2.1', Kind.DETAIL_UNLIKE_SHOW,
            'a volume that is not attached is listed in detail at 2.1',
            volumes(_with_a_stranger, at('2.1', calls=(Call.DETAIL,)))),
    _early('nova-volumes-absent-before-2.3', Kind.ABSENT, 'no volumes_attached below 2.3',
           in_servers(_without_key, _BEFORE_2_3)),
    _there('nova-volumes-absent', Kind.ABSENT, 'no volumes_attached at 2.3',
           in_servers(_without_key, AT_2_3)),
    _there('nova-volumes-null-where-none', Kind.NULL,
           'volumes_attached is null for a server that has none',
           volumes(_null_for_none, AT_2_3)),
    _there('nova-volumes-strings', Kind.WRONG_TYPE, 'volumes_attached is a list of ids',
           volumes(lambda listed: [volume['id'] for volume in listed], AT_2_3)),
    _there('nova-volumes-object', Kind.WRONG_TYPE, 'volumes_attached is an object of ids',
           volumes(lambda listed: {volume['id']: volume for volume in listed}, AT_2_3)),
    _id('nova-volume-id-renamed', Kind.ABSENT, 'a volume has volume_id in place of id',
        in_volumes(_volume_id, AT_2_3)),
    _id('nova-volume-id-null', Kind.NULL, 'the id of a volume is null',
        in_volumes(lambda volume: volume.update(id=None), AT_2_3)),
    against('EC2A-004', 'id', _PRESENCE)(
        'nova-volume-id-renamed-before-2.3', Kind.ABSENT,
        'a volume has volume_id in place of id below 2.3, to an administrator',
        in_volumes(_volume_id, at('2.1', '2.2', roles=_ADMIN))),
)

ROWS: tuple[Fault, ...] = (*_FLAGS, *_LISTS)
