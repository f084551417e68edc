"""Rows: EC2's answers about servers that boot from a volume are changed."""

from collections.abc import Callable, Iterator

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.faults.catalogue import ec2_words as words
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import MAPPINGS
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import to
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import when
from ec2attrs_tempest_plugin.faults.changes import answer
from ec2attrs_tempest_plugin.faults.changes import AT_2_3
from ec2attrs_tempest_plugin.faults.changes import drop
from ec2attrs_tempest_plugin.faults.changes import in_instances
from ec2attrs_tempest_plugin.faults.changes import in_mappings
from ec2attrs_tempest_plugin.faults.changes import in_reservations
from ec2attrs_tempest_plugin.faults.changes import in_servers
from ec2attrs_tempest_plugin.faults.changes import in_xml
from ec2attrs_tempest_plugin.faults.changes import of
from ec2attrs_tempest_plugin.faults.changes import put
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TEST = 'VolumeAgreementTest.test_'
_FLAG = 'ebs/deleteOnTermination'

# Who must catch what
_volume_root = against('EC2A-103', attributes.ROOT_DEVICE_NAME,
                       _TEST + 'root_device_name_is_novas_and_maps_a_volume')
_volume_type = against('EC2A-105', 'RootDeviceType', _TEST + 'root_device_type_is_ebs')
_mapping = against('EC2A-106', 'BlockDeviceMappings',
                   _TEST + 'mappings_hold_the_attached_volumes')
_volume_id = against('EC2A-106', 'VolumeId',
                     _TEST + 'mappings_hold_the_attached_volumes')
_flag = against('EC2A-107', attributes.DELETE_ON_TERMINATION,
                _TEST + 'flag_of_each_volume')
_no_data = against('EC2A-110', attributes.USER_DATA,
                   _TEST + 'no_user_data_where_nova_has_none')
_volume_found = against('EC2A-112', 'PrivateIpAddress',
                        _TEST + 'root_device_type_is_ebs')


def _written(path: str) -> Callable[..., Fault]:
    return against('EC2A-111', f'reservationSet.instancesSet.blockDeviceMapping.{path}',
                   _TEST + 'flags_on_the_wire')


def _wrongly_written() -> Iterator[Fault]:
    """Yield flags that boto3 takes for false, or right, and that are not XML Schema's."""
    row = _written('ebs.deleteOnTermination')
    for name, true, false in (
            ('capitalized', 'True', 'False'), ('in-capitals', 'TRUE', 'FALSE'),
            ('as-number', '1', '0'), ('as-yes', 'yes', 'no'), ('empty', '', ''),
            ('padded', ' true ', ' false '), ('false-capitalized', 'true', 'False'),
            ('false-as-number', 'true', '0')):
        yield row(f'ec2-flag-written-{name}', Kind.WRONG_FORMAT,
                   f'deleteOnTermination is written "{true}" and "{false}"',
                   in_mappings(text(_FLAG, words.written(true, false))))


ROWS: tuple[Fault, ...] = (
    # Root device
    _volume_type('ec2-root-device-type-of-volume-absent', Kind.ABSENT,
                 'no rootDeviceType of a server booted from a volume',
                 in_instances(when(words.from_volume, drop('rootDeviceType')))),
    _volume_type('ec2-root-device-type-of-volume-empty', Kind.EMPTY,
                 '<rootDeviceType/> of a server booted from a volume',
                 in_instances(when(words.from_volume, text('rootDeviceType', to(''))))),
    _volume_type('ec2-root-device-type-of-volume-constant', Kind.CONSTANT,
                 'rootDeviceType is instance-store always',
                 in_instances(text('rootDeviceType', to('instance-store'))),
                 bug='nova 1324400, 1024354'),
    _volume_root('ec2-root-device-name-of-volume-absent', Kind.ABSENT,
                 'no rootDeviceName of a server booted from a volume',
                 in_instances(when(words.from_volume, drop('rootDeviceName')))),
    _volume_root('ec2-root-device-name-of-last-volume', Kind.OTHER_VALUE,
                 'rootDeviceName is the device of another volume of the server',
                 in_instances(when(words.from_volume, words.last_device_as_root)),
                 bug='nova 1481164'),
    _volume_root('ec2-root-device-unmapped', Kind.OTHER_VALUE,
                 'the root volume is mapped as another device',
                 words.in_root_mappings(text('deviceName', to('/dev/sdq')))),
    _volume_root('ec2-root-device-mapped-by-all', Kind.DUPLICATE,
                 'every volume is mapped as the root device',
                 in_instances(words.copied('rootDeviceName', f'{MAPPINGS}/deviceName'))),
    _volume_type('ec2-root-device-type-in-capitals', Kind.WRONG_FORMAT, 'rootDeviceType is EBS',
                 in_instances(text('rootDeviceType', str.upper))),
    # Volumes
    _mapping('ec2-mapping-absent', Kind.ABSENT, 'no blockDeviceMapping',
             in_instances(drop('blockDeviceMapping'))),
    _mapping('ec2-mapping-empty', Kind.EMPTY, '<blockDeviceMapping/>',
             in_instances(drop(MAPPINGS))),
    _mapping('ec2-mapping-stale', Kind.STALE, 'mappings as before the last volume was attached',
             in_instances(when(words.from_volume, words.before_last_volume))),
    _mapping('ec2-mapping-without-root', Kind.ABSENT, 'the root volume is not mapped',
             in_instances(words.without_root)),
    against('EC2A-107', 'BlockDeviceMappings', _TEST + 'volumes_fare_as_ec2_says')(
        'ec2-mapping-without-root-before-deletion', Kind.ABSENT,
        'the root volume of a server that will be deleted is not mapped',
        in_instances(words.without_root)),
    _mapping('ec2-mapping-twice', Kind.DUPLICATE, 'a volume is mapped twice',
             in_instances(words.twice('blockDeviceMapping')), bug='nova 1908075'),
    _mapping('ec2-mapping-at-two-devices', Kind.DUPLICATE, 'a volume is mapped to two devices',
             in_instances(words.twice('blockDeviceMapping', deviceName='/dev/sdq'))),
    _mapping('ec2-device-name-absent', Kind.ABSENT, 'no deviceName',
             in_mappings(drop('deviceName'))),
    _mapping('ec2-device-name-empty', Kind.EMPTY, '<deviceName/>',
             in_mappings(text('deviceName', to('')))),
    _mapping('ec2-device-name-short', Kind.WRONG_FORMAT, 'deviceName without /dev/',
             in_mappings(text('deviceName', lambda old: old.removeprefix('/dev/')))),
    _mapping('ec2-device-names-exchanged', Kind.ANOTHERS, "another volume's deviceName",
             in_instances(words.exchanged(f'{MAPPINGS}/deviceName'))),
    _mapping('ec2-volume-id-constant', Kind.CONSTANT, 'the same volume at every device',
             in_instances(words.as_first(f'{MAPPINGS}/ebs/volumeId'))),
    _mapping('ec2-volume-ids-exchanged', Kind.ANOTHERS, "another volume's volumeId",
             in_instances(words.exchanged(f'{MAPPINGS}/ebs/volumeId'))),
    _mapping('ec2-volume-id-unknown', Kind.OTHER_VALUE, 'volumeId of no volume',
             in_mappings(text('ebs/volumeId', to('vol-12345678')))),
    _mapping('ec2-volumes-not-described', Kind.ABSENT,
             'DescribeVolumes does not find the volumes that are mapped',
             in_xml(drop('volumeSet/item'), actions=('DescribeVolumes',))),
    _volume_id('ec2-volume-id-absent', Kind.ABSENT, 'no volumeId',
               in_mappings(drop('ebs/volumeId'))),
    _volume_id('ec2-volume-id-empty', Kind.EMPTY, '<volumeId/>',
               in_mappings(text('ebs/volumeId', to('')))),
    _volume_id('ec2-ebs-absent', Kind.ABSENT, 'mappings without ebs', in_mappings(drop('ebs'))),
    # delete_on_termination
    _flag('ec2-flag-absent', Kind.ABSENT, 'no deleteOnTermination', in_mappings(drop(_FLAG))),
    _flag('ec2-flag-true', Kind.CONSTANT, 'deleteOnTermination is true always',
          in_mappings(text(_FLAG, to('true')))),
    _flag('ec2-flag-false', Kind.CONSTANT, 'deleteOnTermination is false always',
          in_mappings(text(_FLAG, to('false')))),
    _flag('ec2-flag-inverted', Kind.OTHER_VALUE, 'deleteOnTermination is inverted',
          in_mappings(text(_FLAG, words.written('false', 'true')))),
    _flag('ec2-flags-exchanged', Kind.ANOTHERS, "another volume's deleteOnTermination",
          in_instances(words.exchanged(f'{MAPPINGS}/{_FLAG}'))),
    _flag('ec2-flag-stale', Kind.STALE,
          'deleteOnTermination as by default: true of the root, false of all others',
          words.in_root_mappings(text(_FLAG, to('false')), root=False)),
    _flag('ec2-flag-of-root-false', Kind.OTHER_VALUE,
          "deleteOnTermination of the root device's volume is false",
          words.in_root_mappings(text(_FLAG, to('false')))),
    # The XML itself, user data, and whether there is an instance
    *_wrongly_written(),
    against('EC2A-111', 'volumeSet.encrypted', _TEST + 'flags_on_the_wire')(
        'ec2-encrypted-of-volume-in-capitals', Kind.WRONG_FORMAT,
        'DescribeVolumes writes a boolean True',
        in_xml(text('volumeSet/item/encrypted', str.capitalize), ('DescribeVolumes',))),
    against('EC2A-111', 'volumeSet.size', _TEST + 'flags_on_the_wire')(
        'ec2-size-of-volume-with-unit', Kind.WRONG_FORMAT, 'DescribeVolumes writes 2GiB',
        in_xml(text('volumeSet/item/size', '{}GiB'.format), ('DescribeVolumes',))),
    _written('ebs.attachTime')(
        'ec2-attach-time-empty', Kind.WRONG_FORMAT, '<attachTime/>',
        in_mappings(put('ebs/attachTime', None)), bug='boto3 910'),
    _written('ebs.attachTime')(
        'ec2-attach-time-none', Kind.WRONG_FORMAT, 'attachTime is written "None"',
        in_mappings(put('ebs/attachTime', 'None'))),
    _no_data('ec2-user-data-invented', Kind.OTHER_VALUE, 'user data where Nova has none',
             in_xml(words.invented_user_data, actions=('DescribeInstanceAttribute',)),
             bug='nova 1035317'),
    _volume_found('ec2-instance-from-volume-missing', Kind.ABSENT,
                  'servers booted from a volume are no instances',
                  in_reservations(words.without_volume_booted)),
    _volume_found('ec2-instance-from-volume-twice', Kind.DUPLICATE,
                  'servers booted from a volume are two instances',
                  in_reservations(words.twice('instancesSet', instanceId='i-00000000'))),
    # Nova alone, where no test of Nova speaks of it
    _volume_root('nova-root-device-of-volume-unlike-ec2', Kind.API_UNLIKE_API,
                 'the root device in Nova is no device of a volume',
                 in_servers(words.moved_root, AT_2_3), bug='nova 1481164'),
    _mapping('nova-attachments-unlike-ec2', Kind.API_UNLIKE_API,
             'Nova shows the volumes attached at the devices of each other',
             answer(of('nova', methods=('GET',), path='/os-volume_attachments'),
                    words.others_devices)),
)
