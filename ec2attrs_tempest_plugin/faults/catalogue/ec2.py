"""Rows: EC2's answers are changed, and a few where Nova alone says otherwise.

Values stay plausible wherever they can: a fault that any schema would refuse
says little about tests whose work is to compare two APIs.
"""

import base64
from collections.abc import Callable, Iterator

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.faults.catalogue import ec2_volumes
from ec2attrs_tempest_plugin.faults.catalogue import ec2_words as words
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import INSTANCES
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import to
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import when
from ec2attrs_tempest_plugin.faults.changes import AT_2_3
from ec2attrs_tempest_plugin.faults.changes import drop
from ec2attrs_tempest_plugin.faults.changes import in_body
from ec2attrs_tempest_plugin.faults.changes import IN_DETAIL
from ec2attrs_tempest_plugin.faults.changes import in_instances
from ec2attrs_tempest_plugin.faults.changes import in_reservations
from ec2attrs_tempest_plugin.faults.changes import in_xml
from ec2attrs_tempest_plugin.faults.changes import put
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.changes import together
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TEST = 'ReservationAgreementTest.test_'

# Who must catch what
_reservation = against('EC2A-101', attributes.RESERVATION_ID,
                       _TEST + 'one_reservation_under_novas_id')
_reservation_id = against('EC2A-101', attributes.RESERVATION_ID, _TEST + 'reservation_id')
_index = against('EC2A-102', attributes.LAUNCH_INDEX, _TEST + 'launch_index')
_root = against('EC2A-103', attributes.ROOT_DEVICE_NAME, _TEST + 'root_device_name')
_image_type = against('EC2A-104', 'RootDeviceType',
                      _TEST + 'root_device_type_is_instance_store')
_dns = against('EC2A-108', attributes.HOSTNAME, _TEST + 'private_dns_name')
_data = against('EC2A-110', attributes.USER_DATA, _TEST + 'user_data')
_found = against('EC2A-112', 'PrivateIpAddress', _TEST + 'one_reservation_under_novas_id')
_no_mapping = against('EC2A-106', 'BlockDeviceMappings',
                      _TEST + 'no_mapping_where_nova_has_no_volume')
_instance_id = against('EC2A-112', 'InstanceId', _TEST + 'user_data')


def _user_data(edit: words.Edit) -> Change:
    return in_xml(edit, actions=('DescribeInstanceAttribute',))


def _written(path: str) -> Callable[..., Fault]:
    return against('EC2A-111', f'reservationSet.instancesSet.{path}',
                   _TEST + 'numbers_and_booleans_on_the_wire')


def _absent_empty_constant() -> Iterator[Fault]:
    """Yield the three faults that every element with a text can have."""
    for row, name, element, value, bug in (
            (_root, 'root-device-name', 'rootDeviceName', '/dev/sda1', ''),
            (_image_type, 'root-device-type-of-image', 'rootDeviceType', 'ebs',
             'ec2-api f388b53'),
            (_dns, 'private-dns-name', 'privateDnsName', 'server', '')):
        yield row(f'ec2-{name}-absent', Kind.ABSENT, f'no {element}',
                  in_instances(drop(element)))
        yield row(f'ec2-{name}-empty', Kind.EMPTY, f'<{element}/>',
                  in_instances(text(element, to(''))))
        yield row(f'ec2-{name}-constant', Kind.CONSTANT, f'{element} is {value} always',
                  in_instances(text(element, to(value))), bug=bug)


def _kernels_and_ramdisks() -> Iterator[Fault]:
    for name, other, attribute in (('kernel', 'ramdisk', attributes.KERNEL_ID),
                                   ('ramdisk', 'kernel', attributes.RAMDISK_ID)):
        element, unknown = f'{name}Id', f'a{name[0]}i-12345678'
        row = against('EC2A-109', attribute,
                      _TEST + 'kernel_and_ramdisk_stand_for_novas_images')
        none = against('EC2A-109', attribute,
                       _TEST + 'no_kernel_and_no_ramdisk_where_nova_has_none')
        yield row(f'ec2-{name}-id-absent', Kind.ABSENT, f'no {element}',
                  in_instances(drop(element)))
        yield row(f'ec2-{name}-id-empty', Kind.EMPTY, f'<{element}/>',
                  in_instances(text(element, to(''))))
        yield row(f'ec2-{name}-id-unknown', Kind.CONSTANT, f'{element} is of no image',
                  in_instances(text(element, to(unknown))))
        yield row(f'ec2-{name}-id-is-{other}', Kind.OTHER_VALUE,
                  f"{element} is the {other}'s",
                  in_instances(words.copied(f'{other}Id', element)))
        yield row(f'ec2-{name}-id-is-image', Kind.OTHER_VALUE,
                  f"{element} is the image's own id",
                  in_instances(words.copied('imageId', element)))
        yield none(f'ec2-{name}-id-invented', Kind.OTHER_VALUE,
                   f'{element} where Nova has none', in_instances(put(element, unknown)))
        yield none(f'ec2-{name}-id-empty-for-none', Kind.EMPTY,
                   f'<{element}/> where Nova has none', in_instances(put(element, None)))
        yield row(f'ec2-{name}-image-absent', Kind.ABSENT,
                  f"DescribeImages does not find the {name}'s image",
                  in_xml(words.without_images(name), actions=('DescribeImages',)))


def _wrongly_written() -> Iterator[Fault]:
    """Yield scalars that a reader may understand, but that are not XML Schema's."""
    index = _written('amiLaunchIndex')
    for name, says, new in (
            ('empty', 'with nothing in it', to('')),
            ('word', 'in words', lambda old: ('zero', 'one', 'two')[int(old)]),
            ('padded', 'with a space before and behind', ' {} '.format),
            ('decimal', 'as 0.0, 1.0, 2.0', '{}.0'.format),
            ('hexadecimal', 'as 0x0, 0x1, 0x2', '0x{}'.format),
            ('other-digits', 'in Arabic-Indic digits', lambda old: chr(0x660 + int(old)))):
        yield index(f'ec2-launch-index-written-{name}', Kind.WRONG_FORMAT,
                    f'amiLaunchIndex is written {says}',
                    in_instances(text('amiLaunchIndex', new)))
    date = _written('launchTime')
    for name, value in (('empty', ''), ('in-seconds', '1767225600'), ('none', 'None'),
                        ('as-in-mail', 'Thu, 01 Jan 2026 00:00:00 GMT'),
                        ('impossible', '2026-02-30T00:00:00Z')):
        yield date(f'ec2-launch-time-written-{name}', Kind.WRONG_FORMAT,
                   f'launchTime is written "{value}"', in_instances(text('launchTime', to(value))))


ROWS: tuple[Fault, ...] = (
    # Reservations
    _reservation('ec2-reservation-id-absent', Kind.ABSENT, 'no reservationId',
                 in_reservations(drop('reservationId'))),
    _reservation('ec2-reservation-id-empty', Kind.EMPTY, '<reservationId/>',
                 in_reservations(text('reservationId', to('')))),
    _reservation('ec2-reservation-id-constant', Kind.CONSTANT, 'one reservationId for all',
                 in_reservations(text('reservationId', to('r-constant')))),
    _reservation('ec2-reservation-id-anothers', Kind.ANOTHERS, "another reservation's id",
                 in_xml(words.exchanged('reservationSet/item/reservationId'))),
    _reservation('ec2-reservation-id-other', Kind.OTHER_VALUE,
                 'one reservation, but under another id than in Nova',
                 in_reservations(text('reservationId', '{}0'.format))),
    _reservation('ec2-reservation-id-bare', Kind.WRONG_FORMAT, 'reservationId without r-',
                 in_reservations(text('reservationId', lambda old: old.removeprefix('r-')))),
    _reservation('ec2-reservation-made-up', Kind.API_UNLIKE_API,
                 'each instance is in a reservation of its own with a made-up id and index 0',
                 together(in_xml(words.one_each(words.made_up)),
                          in_instances(text('amiLaunchIndex', to('0')))),
                 bug='ec2-api _auto_create_instance_extension'),
    _reservation('ec2-reservation-split', Kind.DUPLICATE,
                 'each instance is in a reservation of its own under the right id',
                 in_xml(words.one_each(lambda old, _: old))),
    _reservation('ec2-reservations-merged', Kind.DUPLICATE,
                 'the instances of all requests are in one reservation', in_xml(words.merged)),
    _reservation('ec2-reservations-under-one-id', Kind.DUPLICATE,
                 "other requests' reservations come under the same id",
                 in_xml(words.under_one_id)),
    _reservation_id('ec2-reservation-of-one-made-up', Kind.API_UNLIKE_API,
                 'the reservation of a server created alone has a made-up id',
                 in_reservations(when(words.alone, text('reservationId', to('r-alone000'))))),
    _reservation('ec2-reservation-with-a-stranger', Kind.OTHER_VALUE,
                 'an instance that Nova does not have is in the reservation',
                 in_reservations(words.twice('instancesSet', instanceId='i-00000000',
                                             privateIpAddress='192.0.2.1'))),
    # Launch index
    _index('ec2-launch-index-absent', Kind.ABSENT, 'no amiLaunchIndex',
           in_instances(drop('amiLaunchIndex'))),
    _index('ec2-launch-index-constant', Kind.CONSTANT, 'amiLaunchIndex is 0 always',
           in_instances(text('amiLaunchIndex', to('0'))), bug='nova 1212648'),
    _index('ec2-launch-index-shifted', Kind.OTHER_VALUE, 'amiLaunchIndex begins with 1',
           in_instances(text('amiLaunchIndex', lambda old: str(int(old) + 1)))),
    _index('ec2-launch-index-negative', Kind.OTHER_VALUE, 'amiLaunchIndex is 0, -1, -2',
           in_instances(text('amiLaunchIndex', lambda old: str(-int(old))))),
    _index('ec2-launch-index-anothers', Kind.ANOTHERS,
           "another instance's index of the same reservation",
           in_reservations(words.exchanged('instancesSet/item/amiLaunchIndex'))),
    _index('ec2-launch-index-of-one', Kind.OTHER_VALUE,
           'amiLaunchIndex of a server created alone is 1',
           in_reservations(when(words.alone, text('instancesSet/item/amiLaunchIndex', to('1')))),
           bug='nova 934534'),
    # Root device
    *_absent_empty_constant(),
    _root('ec2-root-device-name-short', Kind.WRONG_FORMAT, 'rootDeviceName without /dev/',
          in_instances(text('rootDeviceName', lambda old: old.removeprefix('/dev/'))),
          bug='nova 1337821'),
    _image_type('ec2-root-device-type-in-words', Kind.WRONG_FORMAT,
                'rootDeviceType is "instance store"',
                in_instances(text('rootDeviceType', lambda old: old.replace('-', ' ')))),
    # Names, kernels and user data
    _dns('ec2-private-dns-name-anothers', Kind.ANOTHERS, "another instance's privateDnsName",
         in_xml(words.exchanged(f'{INSTANCES}/privateDnsName'))),
    _dns('ec2-private-dns-name-address', Kind.OTHER_VALUE, 'privateDnsName is the address',
         in_instances(words.copied('privateIpAddress', 'privateDnsName'))),
    _dns('ec2-private-dns-name-amazons', Kind.OTHER_VALUE,
         'privateDnsName is made of the address, as Amazon does',
         in_instances(words.amazons_dns)),
    _dns('ec2-private-dns-name-in-capitals', Kind.WRONG_FORMAT, 'privateDnsName in capitals',
         in_instances(text('privateDnsName', str.upper))),
    _dns('ec2-private-dns-name-with-domain', Kind.WRONG_FORMAT,
         'privateDnsName with a domain that Nova does not show',
         in_instances(text('privateDnsName', '{}.novalocal'.format))),
    _dns('ec2-private-dns-name-without-number', Kind.OTHER_VALUE,
         'privateDnsName without the number of the server in its request',
         in_instances(text('privateDnsName', lambda old: old.rpartition('-')[0]))),
    *_kernels_and_ramdisks(),
    _data('ec2-user-data-absent', Kind.ABSENT, 'no userData', _user_data(drop('userData'))),
    _data('ec2-user-data-empty', Kind.EMPTY, '<userData/>', _user_data(drop('userData/value'))),
    _data('ec2-user-data-value-empty', Kind.EMPTY, '<value/> in userData',
          _user_data(text('userData/value', to('')))),
    _data('ec2-user-data-anothers', Kind.ANOTHERS, "another server's user data",
          _user_data(text('userData/value', to('IyEvYmluL3NoCg==')))),
    _data('ec2-user-data-decoded', Kind.WRONG_FORMAT, 'userData is not base64 but what it says',
          _user_data(text('userData/value', words.decoded))),
    _data('ec2-user-data-encoded-twice', Kind.WRONG_FORMAT, 'userData is base64 of base64',
          _user_data(text('userData/value',
                          lambda old: base64.b64encode(old.encode()).decode()))),
    _data('ec2-user-data-in-lines', Kind.WRONG_FORMAT, 'userData in lines of 76 characters',
          _user_data(text('userData/value', words.in_lines))),
    _data('ec2-user-data-with-newline', Kind.WRONG_FORMAT, 'userData with a newline behind',
          _user_data(text('userData/value', '{}\n'.format))),
    _data('ec2-user-data-other-alphabet', Kind.WRONG_FORMAT,
          'userData in the base64 of URLs, with - and _',
          _user_data(text('userData/value',
                          lambda old: old.replace('+', '-').replace('/', '_')))),
    _data('ec2-user-data-cut', Kind.OTHER_VALUE, 'userData is cut after 252 characters',
          _user_data(text('userData/value', lambda old: old[:252]))),
    _data('ec2-user-data-of-another-request', Kind.ANOTHERS,
          'the user data of the instance that was described before',
          words.Before('userData/value', 'DescribeInstanceAttribute')),
    # Mappings of what has no volume
    _no_mapping('ec2-mapping-invented', Kind.UNKNOWN_KEY,
                'an instance without volumes maps one',
                in_instances(when(words.from_image, words.invented_mapping))),
    _no_mapping('ec2-mapping-of-root-without-volume', Kind.OTHER_VALUE,
                'the root device of an instance without volumes is mapped',
                in_instances(when(words.from_image, words.mapped_root))),
    # The XML itself
    *_wrongly_written(),
    _written('ebsOptimized')(
        'ec2-boolean-in-capitals', Kind.WRONG_FORMAT, 'another boolean is written TRUE',
        in_instances(put('ebsOptimized', 'TRUE'))),
    _written('instanceState.code')(
        'ec2-state-code-hexadecimal', Kind.WRONG_FORMAT, 'another number is written 0x10',
        in_instances(text('instanceState/code', to('0x10')))),
    # Which instances there are
    _found('ec2-instance-missing', Kind.ABSENT, 'the last instance of a reservation is missing',
           in_reservations(words.without_last('instancesSet'))),
    _found('ec2-instances-missing', Kind.EMPTY, '<instancesSet/>',
           in_reservations(drop('instancesSet/item'))),
    _found('ec2-reservations-missing', Kind.EMPTY, '<reservationSet/>',
           in_xml(drop('reservationSet/item'))),
    _found('ec2-instance-twice', Kind.DUPLICATE, 'an instance is listed twice',
           in_reservations(words.twice('instancesSet'))),
    _found('ec2-reservation-twice', Kind.DUPLICATE, 'reservations are listed twice',
           in_xml(words.doubled)),
    _found('ec2-private-address-absent', Kind.ABSENT, 'no privateIpAddress',
           in_instances(drop('privateIpAddress'))),
    _found('ec2-private-address-empty', Kind.EMPTY, '<privateIpAddress/>',
           in_instances(text('privateIpAddress', to('')))),
    _found('ec2-private-address-constant', Kind.CONSTANT, 'all instances have one address',
           in_xml(words.as_first(f'{INSTANCES}/privateIpAddress'))),
    _found('ec2-private-address-other', Kind.OTHER_VALUE, 'an address that Nova does not show',
           in_instances(text('privateIpAddress', to('192.0.2.1')))),
    _found('ec2-private-address-with-prefix', Kind.WRONG_FORMAT, 'privateIpAddress with /28',
           in_instances(text('privateIpAddress', '{}/28'.format))),
    _index('ec2-private-address-anothers', Kind.ANOTHERS,
           "another instance's address, so that nothing else is of the same server",
           in_xml(words.exchanged(f'{INSTANCES}/privateIpAddress'))),
    _data('ec2-instance-id-anothers', Kind.ANOTHERS, "another instance's instanceId",
          in_xml(words.exchanged(f'{INSTANCES}/instanceId'))),
    _instance_id('ec2-instance-id-absent', Kind.ABSENT, 'no instanceId',
                 in_instances(drop('instanceId'))),
    _instance_id('ec2-instance-id-empty', Kind.EMPTY, '<instanceId/>',
                 in_instances(text('instanceId', to('')))),
    _instance_id('ec2-instance-id-constant', Kind.CONSTANT,
                 'the instances of a reservation have one instanceId',
                 in_reservations(words.as_first('instancesSet/item/instanceId'))),
    # Nova alone, where no test of Nova speaks of it
    _root('nova-root-device-name-unlike-ec2', Kind.API_UNLIKE_API,
          'Nova shows another root device than EC2',
          shown(attributes.ROOT_DEVICE_NAME, to('/dev/vdz'), AT_2_3)),
    _index('nova-addresses-unlike-ec2', Kind.API_UNLIKE_API,
           "Nova shows another server's addresses", in_body(words.others_addresses, IN_DETAIL)),
    *ec2_volumes.ROWS,
)
