"""Rows: Nova and ec2-api themselves do otherwise, so that what is stored or done is wrong.

Every API then tells the same story, and only a look at what was asked, or at what became of it,
gives it away. The functions are in ``inside/ec2attrs_faults``.
"""

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import BOOTS
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import READS
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_RESERVATION = attributes.RESERVATION_ID
_INDEX = attributes.LAUNCH_INDEX
_HOSTNAME = attributes.HOSTNAME
_ROOT = attributes.ROOT_DEVICE_NAME
_DATA = attributes.USER_DATA
_FLAG = attributes.DELETE_ON_TERMINATION

_TYPES = READS + 'values_have_type_and_format'
_PRESENCE = READS + 'attributes_present_or_absent'
_NUMBERS = READS + 'indexes_number_the_servers_of_a_request'
_CARRIED = READS + 'servers_of_a_request_carry_its_reservation_id'
_HOSTNAMES = READS + 'hostname_is_name_and_index_plus_one'
_FILTER = READS + 'filter_finds_the_servers_of_a_reservation'
_SENT = READS + 'user_data_is_what_was_sent'
_IMAGES = BOOTS + 'kernel_and_ramdisk_are_those_of_the_image'
_FLAGS = READS + 'flag_of_each_volume_is_as_asked'
_FATE = BOOTS + 'flagged_volumes_go_and_the_others_stay'
_SAID = 'VolumeAgreementTest.test_volumes_fare_as_ec2_says'
_ROOT_NAME = 'VolumeAgreementTest.test_root_device_name_is_novas_and_maps_a_volume'


def _row(row: str, kind: Kind, says: str, behaviour: str, requirement: str,
         attribute: Attribute | str, *tests: str, bug: str = '') -> Fault:
    return Fault(row, kind, says, Behaviour(row.partition('-')[0], behaviour), requirement,
                 attribute if isinstance(attribute, str) else attribute.name, tests, bug=bug)


def _stored(name: str, says: str, requirement: str, attribute: Attribute, *tests: str,
            bug: str = '') -> Fault:
    """Return the row of a behaviour that stores something wrong; it is called as the row."""
    return _row(f'nova-stored-{name}', Kind.STORED_WRONG, says, name.replace('-', '_'),
                requirement, attribute, *tests, bug=bug)


_STORED = (
    _stored('launch-index-0', 'every server is stored with launch index 0', 'EC2A-023', _INDEX,
            _NUMBERS, bug='nova 1212648'),
    _stored('launch-index-from-1', 'launch indexes are stored from 1 on', 'EC2A-020', _INDEX,
            READS + 'server_created_alone_has_index_0', bug='nova 934534'),
    _stored('launch-index-gap', 'launch indexes are stored as 0, 1, 3', 'EC2A-023', _INDEX,
            _NUMBERS),
    _stored('launch-index-negative', 'launch indexes are stored as 0, -1, -2', 'EC2A-006',
            _INDEX, _TYPES),
    _stored('reservation-per-server', 'each server behind the first has a reservation of its own',
            'EC2A-022', _RESERVATION, _CARRIED),
    _stored('reservation-constant', 'all requests are one reservation', 'EC2A-025', _RESERVATION,
            READS + 'two_requests_never_share_a_reservation'),
    _stored('reservation-without-prefix', 'reservation ids are made without r-', 'EC2A-006',
            _RESERVATION, _TYPES),
    _stored('hostname-suffix-is-index', 'the hostname is stored with the index as its number',
            'EC2A-024', _HOSTNAME, _HOSTNAMES),
    _stored('hostname-suffix-twice', 'the hostname is stored with its number twice', 'EC2A-024',
            _HOSTNAME, _HOSTNAMES, bug='nova 1533380'),
    _stored('hostname-without-suffix', 'the hostname is stored without a number', 'EC2A-024',
            _HOSTNAME, _HOSTNAMES),
    _stored('hostname-of-its-own', 'the hostname is stored as host-1, host-2, host-3',
            'EC2A-024', _HOSTNAME, _HOSTNAMES),
    _stored('hostname-suffix-alone', 'a server created alone is stored with a number, too',
            'EC2A-024', _HOSTNAME, READS + 'hostname_of_a_server_created_alone_is_its_name'),
    _stored('kernel-empty', 'no kernel is stored', 'EC2A-032', attributes.KERNEL_ID, _IMAGES),
    _stored('ramdisk-empty', 'no ramdisk is stored', 'EC2A-032', attributes.RAMDISK_ID, _IMAGES),
    _stored('kernel-and-ramdisk-exchanged', 'kernel and ramdisk are stored for each other',
            'EC2A-032', attributes.KERNEL_ID, _IMAGES),
    _stored('kernel-is-image', 'the image itself is stored as the kernel that it has not',
            'EC2A-032', attributes.KERNEL_ID,
            READS + 'no_kernel_and_no_ramdisk_for_an_image_without'),
    _stored('user-data-cut', 'user data is stored up to 252 characters', 'EC2A-030', _DATA,
            _SENT),
    _stored('user-data-changed', 'user data is stored with another first character', 'EC2A-030',
            _DATA, _SENT),
    _stored('user-data-dropped', 'user data is not stored', 'EC2A-030', _DATA, _SENT),
    _stored('user-data-decoded', 'user data is stored decoded, what is not ASCII left out',
            'EC2A-030', _DATA, _SENT),
    _stored('user-data-of-the-first-alone', 'only the first server of a request gets user data',
            'EC2A-030', _DATA, _SENT),
    _stored('user-data-invented', 'user data is stored where none was sent', 'EC2A-031', _DATA,
            READS + 'user_data_is_null_where_none_was_sent', bug='nova 1035317'),
    _stored('flag-false', 'the flag is stored as false whatever was asked', 'EC2A-040', _FLAG,
            _FLAGS, bug='nova 1550250'),
    _stored('flag-true', 'the flag is stored as true whatever was asked', 'EC2A-040', _FLAG,
            _FLAGS, bug='nova 1871598'),
    _stored('flag-inverted', 'the flag is stored inverted', 'EC2A-040', _FLAG, _FLAGS),
    _stored('flags-exchanged', 'the flag of a volume is stored for the next one', 'EC2A-040',
            _FLAG, _FLAGS),
    _stored('root-device-never-stored', 'the root device name that was chosen is not stored',
            'EC2A-027', _ROOT, READS + 'active_server_has_a_root_device_name',
            bug='nova 1260806'),
    _stored('root-device-short', 'the root device name is stored without /dev/', 'EC2A-006',
            _ROOT, _TYPES, bug='nova 1337821'),
    _stored('root-device-of-volume-short',
            'the root device name of a server that boots from a volume is stored without /dev/',
            'EC2A-103', _ROOT, _ROOT_NAME, bug='nova 1337821'),
    _stored('root-device-of-volume-wrong',
            'the root device name of a server that boots from a volume is that of no volume',
            'EC2A-103', _ROOT, _ROOT_NAME, bug='nova 1481164'),
    _row('nova-stored-volumes-twice', Kind.DUPLICATE, 'the mapping of each volume is stored twice',
         'volumes_stored_twice', 'EC2A-041', 'volumes_attached',
         READS + 'each_volume_is_listed_once', bug='nova 1908075'),
)

_DONE = (
    _row('nova-reservation-answered-not-stored', Kind.OTHER_VALUE,
         'a request answers another reservation id than it stores', 'reservation_answer_other',
         'EC2A-022', _RESERVATION, _CARRIED),
    _row('nova-filter-ignored', Kind.NOT_HONOURED, 'the filter reservation_id is ignored',
         'filter_ignored', 'EC2A-026', _RESERVATION, _FILTER),
    _row('nova-filter-ignored-for-members', Kind.WRONG_ROLE,
         'the filter reservation_id is ignored for members', 'filter_ignored_for_members',
         'EC2A-026', _RESERVATION, _FILTER),
    _row('nova-filter-searches-nothing', Kind.NOT_HONOURED,
         'the filter reservation_id searches for another one', 'filter_finds_nothing',
         'EC2A-026', _RESERVATION, _FILTER),
    _row('nova-filter-searches-index-0', Kind.NOT_HONOURED,
         'the filter reservation_id searches for launch index 0, too', 'filter_finds_first',
         'EC2A-026', _RESERVATION, _FILTER),
    _row('nova-policy-open', Kind.WRONG_ROLE, 'the policy shows the seven to everybody',
         'policy_open', 'EC2A-003', visibility.POLICY, _PRESENCE),
    _row('nova-policy-closed', Kind.WRONG_ROLE, 'the policy shows the seven to nobody',
         'policy_closed', 'EC2A-002', visibility.POLICY, _PRESENCE),
    _row('nova-flagged-volume-survives', Kind.NOT_HONOURED,
         'a volume whose flag is true stays when its server is deleted',
         'flagged_volume_survives', 'EC2A-042', _FLAG, _FATE, bug='nova 1464259'),
    _row('nova-unflagged-volume-deleted', Kind.NOT_HONOURED,
         'a volume whose flag is false goes with its server', 'unflagged_volume_deleted',
         'EC2A-042', _FLAG, _FATE, _SAID),
    _row('nova-unflagged-volume-in-use', Kind.NOT_HONOURED,
         'a volume whose flag is false stays attached to the server that is gone; it is left '
         'behind, for nobody can delete it', 'unflagged_volume_in_use', 'EC2A-042', _FLAG, _FATE,
         bug='nova 1404867'),
    _row('ec2-asks-nova-at-2.1', Kind.API_UNLIKE_API,
         'the EC2 API asks Nova below 2.3, sees no attribute, and makes reservations up',
         'asks_nova_at_2_1', 'EC2A-101', _RESERVATION,
         'ReservationAgreementTest.test_one_reservation_under_novas_id',
         bug='ec2-api _auto_create_instance_extension'),
    _row('ec2-stored-reservation-made-up', Kind.STORED_WRONG,
         'the EC2 API keeps a reservation id of its own for each server that Nova started',
         'reservation_made_up', 'EC2A-101', _RESERVATION,
         'ReservationAgreementTest.test_one_reservation_under_novas_id',
         bug='ec2-api _auto_create_instance_extension'),
    _row('ec2-stored-launch-index-counted', Kind.STORED_WRONG,
         'the EC2 API numbers the instances of a project as it learns of them',
         'launch_index_counted', 'EC2A-102', _INDEX,
         'ReservationAgreementTest.test_launch_index'),
    _row('ec2-flag-by-default', Kind.API_UNLIKE_API,
         "the EC2 API shows Amazon's defaults: true for the root volume, else false",
         'flag_by_default', 'EC2A-107', _FLAG, 'VolumeAgreementTest.test_flag_of_each_volume'),
    _row('ec2-root-device-type-by-short-name', Kind.OTHER_VALUE,
         'the EC2 API looks for a volume at the root device name without /dev/',
         'root_type_by_short_name', 'EC2A-105', 'RootDeviceType',
         'VolumeAgreementTest.test_root_device_type_is_ebs', bug='nova 1324400'),
)


def _other(row: str, kind: Kind, says: str, behaviour: str, *tests: str) -> Fault:
    return Fault(row, kind, says, Behaviour('nova', behaviour), caught_by=tests)


_OTHERWISE = (
    _other('nova-benign-reservation-id-long', Kind.BENIGN,
           'reservation ids have 17 characters behind r-', 'reservation_long'),
    _other('nova-benign-launch-index-backwards', Kind.BENIGN,
           'the servers of a request are made from the last to the first',
           'launch_index_backwards'),
    _other('nova-benign-build-slow', Kind.BENIGN, 'a server takes 3 s longer to build',
           'build_slow'),
    _other('nova-benign-device-names-vd', Kind.BENIGN,
           'devices are called /dev/vda, /dev/vdb and so on when they are attached',
           'device_names_vd'),
    _other('nova-chaos-build-fails', Kind.CHAOS, 'every server ends in ERROR', 'build_fails',
           _PRESENCE, _FATE, 'RequestAnswersTest.test_answer_to_an_update_shows_no_attribute',
           'ReservationAgreementTest.test_launch_index', _SAID),
    _other('nova-chaos-two-of-three', Kind.CHAOS, 'a request for three servers makes two',
           'two_of_three', _NUMBERS, 'ReservationAgreementTest.test_launch_index'),
)

ROWS: tuple[Fault, ...] = (*_STORED, *_DONE, *_OTHERWISE)
