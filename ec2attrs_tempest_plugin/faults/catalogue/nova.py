"""Rows: Nova's answers are changed, and neither Nova nor what it has stored.

Here: values that are in order by themselves and wrong for their server, the
answer with a reservation id, its filter, and the microversion of an answer.
"""

import base64
from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import SERVER_PREFIX
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue import nova_attributes
from ec2attrs_tempest_plugin.faults.catalogue import nova_volumes
from ec2attrs_tempest_plugin.faults.catalogue import nova_words as words
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import BOOTS
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import HEADER
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import LEGACY_HEADER
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import made
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import named
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import READS
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import REQUESTS
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import reservation_answer
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import where
from ec2attrs_tempest_plugin.faults.changes import ADMIN_AT_2_3
from ec2attrs_tempest_plugin.faults.changes import AnotherServers
from ec2attrs_tempest_plugin.faults.changes import answer
from ec2attrs_tempest_plugin.faults.changes import constant
from ec2attrs_tempest_plugin.faults.changes import IN_DETAIL
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import READING
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_microversion = against('EC2A-013', 'microversion', READS + 'answer_names_its_microversion')
_first = against('EC2A-020', LAUNCH_INDEX, READS + 'server_created_alone_has_index_0')
_indexes = against('EC2A-023', LAUNCH_INDEX, READS + 'indexes_number_the_servers_of_a_request')
_answered = against('EC2A-021', RESERVATION_ID,
                    REQUESTS + 'answer_with_the_reservation_id_has_nothing_else')
_beside = against('EC2A-021', 'server',
                  READS + 'answer_to_the_request_is_its_reservation_id_alone')
_carried = against('EC2A-022', RESERVATION_ID,
                   READS + 'servers_of_a_request_carry_its_reservation_id')
_shared = against('EC2A-025', RESERVATION_ID, READS + 'two_requests_never_share_a_reservation')
_filter = against('EC2A-026', RESERVATION_ID,
                  READS + 'filter_finds_the_servers_of_a_reservation')
_hostnames = against('EC2A-024', HOSTNAME, READS + 'hostname_is_name_and_index_plus_one')
_hostname_alone = against('EC2A-024', HOSTNAME,
                          READS + 'hostname_of_a_server_created_alone_is_its_name')
_root = against('EC2A-027', ROOT_DEVICE_NAME, READS + 'active_server_has_a_root_device_name')
_data = against('EC2A-030', USER_DATA, READS + 'user_data_is_what_was_sent')
_no_data = against('EC2A-031', USER_DATA, READS + 'user_data_is_null_where_none_was_sent')
_NO_IMAGES = READS + 'no_kernel_and_no_ramdisk_for_an_image_without'
_IMAGES = BOOTS + 'kernel_and_ramdisk_are_those_of_the_image'
_kernel = against('EC2A-032', KERNEL_ID, _IMAGES)
_ramdisk = against('EC2A-032', RAMDISK_ID, _IMAGES)


def _index(server: Json) -> Any:
    return server[LAUNCH_INDEX.nova_key]


def _hostname(server: Json) -> Any:
    return server[HOSTNAME.nova_key]


_RESERVATIONS = (
    _beside('nova-reservation-answer-with-server', Kind.UNKNOWN_KEY,
            'the answer with the reservation id holds a server, too',
            reservation_answer(lambda own: {'reservation_id': own,
                                            'server': {'id': words.NOBODYS_UUID}})),
    _beside('nova-reservation-answer-is-server', Kind.NOT_HONOURED,
            'return_reservation_id is ignored: the answer is a server',
            reservation_answer(lambda _: {'server': {'id': words.NOBODYS_UUID}}),
            bug='nova 1061124, 1281440'),
    against('EC2A-021', 'servers',
            REQUESTS + 'answer_with_the_reservation_id_has_nothing_else')(
        'nova-reservation-answer-with-servers', Kind.UNKNOWN_KEY,
        'the answer with the reservation id holds an empty list of servers',
        reservation_answer(lambda own: {'reservation_id': own, 'servers': []})),
    _answered('nova-reservation-answer-null', Kind.NULL, 'the answered reservation_id is null',
              reservation_answer(lambda _: {'reservation_id': None})),
    _answered('nova-reservation-answer-list', Kind.WRONG_TYPE,
              'the answered reservation_id is a list',
              reservation_answer(lambda own: {'reservation_id': [own]})),
    _answered('nova-reservation-answer-without-r', Kind.WRONG_FORMAT,
              'the answered reservation_id has no r-',
              reservation_answer(lambda own: {'reservation_id': own[2:]})),
    _answered('nova-reservation-answer-prefixed', Kind.WRONG_CALL,
              'the key of the answered reservation_id has the prefix of servers',
              reservation_answer(lambda own: {SERVER_PREFIX + 'reservation_id': own})),
    _answered('nova-reservation-answer-absent', Kind.ABSENT,
              'the answer has no reservation_id, nor anything else',
              reservation_answer(lambda _: {})),
    against('EC2A-021', 'the answer',
            REQUESTS + 'answer_with_the_reservation_id_has_nothing_else')(
        'nova-reservation-answer-bare', Kind.WRONG_TYPE,
        'the answer is the reservation id as a JSON string', reservation_answer(str)),
    # Who carries it
    _carried('nova-reservation-answer-other', Kind.OTHER_VALUE,
             'the answer gives another reservation id than the servers carry',
             reservation_answer(lambda _: {'reservation_id': 'r-0a1b2c3d'})),
    _carried('nova-reservation-id-per-server', Kind.OTHER_VALUE,
             "reservation_id is made of the server's own id",
             made(RESERVATION_ID, lambda server: f'r-{server["id"][:8]}')),
    _carried('nova-reservation-id-of-the-first-alone', Kind.OTHER_VALUE,
             'the servers behind the first of a request carry another reservation id',
             where(_index, RESERVATION_ID, lambda _: 'r-0a1b2c3d')),
    _shared('nova-reservation-id-first-servers', Kind.ANOTHERS,
            'reservation_id is that of the first server seen',
            words.FirstServers(RESERVATION_ID, ADMIN_AT_2_3)),
    _shared('nova-reservation-id-constant', Kind.CONSTANT,
            'reservation_id is the same for all servers', constant(RESERVATION_ID, 'r-00000000')),
    # The filter
    _filter('nova-filter-finds-nothing', Kind.NOT_HONOURED, 'the filter finds nothing',
            words.found_by_reservation(lambda _: [])),
    _filter('nova-filter-finds-nothing-for-member', Kind.WRONG_ROLE,
            'the filter finds nothing for members',
            words.found_by_reservation(lambda _: [], roles=(Role.MEMBER,))),
    _filter('nova-filter-finds-first', Kind.NOT_HONOURED, 'the filter finds one server only',
            words.found_by_reservation(lambda servers: servers[:1])),
    _filter('nova-filter-finds-more', Kind.NOT_HONOURED,
            'the filter finds a server of another reservation, too',
            words.found_by_reservation(words.with_a_stranger)),
    _filter('nova-filter-finds-one-twice', Kind.DUPLICATE, 'the filter finds a server twice',
            words.found_by_reservation(lambda servers: [*servers, *servers[:1]])),
)

_INDEXES = (
    _first('nova-launch-index-from-1', Kind.OTHER_VALUE, 'launch_index counts from 1',
           shown(LAUNCH_INDEX, lambda old: old + 1), bug='nova 934534'),
    _first('nova-launch-index-false', Kind.WRONG_TYPE, 'launch_index is false in place of 0',
           shown(LAUNCH_INDEX, lambda old: old or False)),
    _first('nova-launch-index-counts-volumes', Kind.OTHER_VALUE,
           'launch_index goes on where the server has volumes',
           made(LAUNCH_INDEX, lambda server: _index(server) + len(server[VOLUMES_KEY]))),
    _indexes('nova-launch-index-constant', Kind.CONSTANT, 'launch_index is 0 always',
             constant(LAUNCH_INDEX, 0), bug='nova 1212648'),
    _indexes('nova-launch-index-gap', Kind.OTHER_VALUE, 'launch_index is 0, 1, 3',
             shown(LAUNCH_INDEX, lambda old: old + (old > 1))),
    _indexes('nova-launch-index-duplicate', Kind.DUPLICATE, 'launch_index is 0, 1, 1',
             shown(LAUNCH_INDEX, lambda old: min(old, 1))),
)

_HOSTNAMES = (
    _hostnames('nova-hostname-suffix-twice', Kind.OTHER_VALUE,
               'hostname has its number twice',
               made(HOSTNAME, lambda server: f'{_hostname(server)}-{_index(server) + 1}'),
               bug='nova 1533380'),
    _hostnames('nova-hostname-without-suffix', Kind.OTHER_VALUE, 'hostname has no number',
               shown(HOSTNAME, lambda old: old.rpartition('-')[0])),
    _hostnames('nova-hostname-suffix-is-index', Kind.OTHER_VALUE,
               'hostname ends with the launch index, not with one more',
               made(HOSTNAME,
                    lambda server: f'{_hostname(server).rpartition("-")[0]}-{_index(server)}')),
    _hostnames('nova-hostname-in-capitals', Kind.OTHER_VALUE, 'hostname is in capitals',
               shown(HOSTNAME, str.upper)),
    _hostnames('nova-hostname-anothers', Kind.ANOTHERS, "another server's hostname",
               AnotherServers(HOSTNAME, ADMIN_AT_2_3)),
    _hostname_alone('nova-hostname-of-id', Kind.OTHER_VALUE,
                    'hostname is made of the id, as for a name that is no hostname',
                    made(HOSTNAME, lambda server: f'Server-{server["id"]}')),
    _hostname_alone('nova-hostname-with-domain', Kind.OTHER_VALUE, 'hostname has a domain',
                    shown(HOSTNAME, '{}.novalocal'.format)),
    _hostname_alone('nova-hostname-first-with-suffix', Kind.OTHER_VALUE,
                    'hostname has -1 behind it where the launch index is 0',
                    where(lambda server: _index(server) == 0, HOSTNAME,
                          lambda server: _hostname(server) + '-1')),
)

_ROOTS = (
    _root('nova-root-device-name-null', Kind.STALE,
          'root_device_name is null, as before a host chose it',
          constant(ROOT_DEVICE_NAME, None), bug='nova 1260806'),
    _root('nova-root-device-name-null-with-volumes', Kind.NULL,
          'root_device_name is null of a server that has volumes attached',
          where(lambda server: server[VOLUMES_KEY], ROOT_DEVICE_NAME, lambda _: None)),
)


def _again(data: str | None) -> str | None:
    return data and base64.b64encode(data.encode()).decode()


_USER_DATA = (
    _data('nova-user-data-changed', Kind.OTHER_VALUE, 'the first character of user_data is B',
          shown(USER_DATA, lambda old: old and 'B' + old[1:])),
    _data('nova-user-data-cut', Kind.OTHER_VALUE, 'user_data is cut to 252 characters',
          shown(USER_DATA, lambda old: old and old[:252])),
    _data('nova-user-data-twice', Kind.OTHER_VALUE, 'user_data is base64 of base64',
          shown(USER_DATA, _again)),
    _data('nova-user-data-with-newline', Kind.OTHER_VALUE, 'user_data has a newline behind it',
          shown(USER_DATA, lambda old: old and old + '\n')),
    _data('nova-user-data-null', Kind.NULL, 'user_data is null always',
          constant(USER_DATA, None)),
    _data('nova-user-data-constant', Kind.CONSTANT, 'user_data is the same for all servers',
          constant(USER_DATA, 'Zm9v')),
    _no_data('nova-user-data-empty', Kind.EMPTY, 'user_data is "" in place of null',
             shown(USER_DATA, lambda old: old or ''), bug='nova 1035317'),
    _no_data('nova-user-data-invented', Kind.OTHER_VALUE, 'user_data where none was sent',
             shown(USER_DATA, lambda old: old or 'Zm9v')),
    _no_data('nova-user-data-none-as-text', Kind.WRONG_TYPE,
             'user_data is "null", which is base64, in place of null',
             shown(USER_DATA, lambda old: old or 'null')),
)

def _in_place_of_an_image(attribute: attributes.Attribute, value: Any) -> Change:
    """Show a value where the attribute names an image."""
    return where(lambda server: server.get(attribute.nova_key), attribute, lambda _: value)


def _invented(attribute: attributes.Attribute) -> Change:
    """Show the id of the server's image where the attribute names none."""
    return where(lambda server: not server[attribute.nova_key], attribute,
                 lambda server: (server.get('image') or {}).get('id') or words.NOBODYS_UUID)


_KERNELS = (
    against('EC2A-032', KERNEL_ID, _NO_IMAGES)(
        'nova-kernel-id-invented', Kind.OTHER_VALUE,
        "kernel_id is the image's own id where the image has no kernel", _invented(KERNEL_ID)),
    against('EC2A-032', RAMDISK_ID, _NO_IMAGES)(
        'nova-ramdisk-id-invented', Kind.OTHER_VALUE,
        "ramdisk_id is the image's own id where the image has no ramdisk",
        _invented(RAMDISK_ID)),
    _kernel('nova-kernel-id-empty-of-image', Kind.EMPTY,
            'kernel_id is the empty string where the image has a kernel',
            _in_place_of_an_image(KERNEL_ID, '')),
    _kernel('nova-kernel-id-ec2-of-image', Kind.WRONG_FORMAT,
            'kernel_id is an id of EC2 where the image has a kernel',
            _in_place_of_an_image(KERNEL_ID, 'aki-00000001')),
    _ramdisk('nova-ramdisk-id-null-of-image', Kind.NULL,
             'ramdisk_id is null where the image has a ramdisk',
             _in_place_of_an_image(RAMDISK_ID, None)),
    _ramdisk('nova-ramdisk-id-constant-of-image', Kind.CONSTANT,
             'ramdisk_id is always the same, of no image',
             _in_place_of_an_image(RAMDISK_ID, words.NOBODYS_UUID)),
    _kernel('nova-kernel-id-swapped', Kind.OTHER_VALUE,
            'kernel_id and ramdisk_id are exchanged',
            words.swapped_keys(KERNEL_ID, RAMDISK_ID, ADMIN_AT_2_3)),
    against('EC2A-109', KERNEL_ID,
            'ReservationAgreementTest.test_kernel_and_ramdisk_stand_for_novas_images')(
        'nova-kernel-id-unlike-ec2', Kind.API_UNLIKE_API,
        'Nova shows the ramdisk as the kernel, EC2 the kernel',
        made(KERNEL_ID, lambda server: server[RAMDISK_ID.nova_key], ADMIN_AT_2_3)),
)

_BOTH = (HEADER, LEGACY_HEADER)

_MICROVERSIONS = (
    _microversion('nova-microversion-constant', Kind.CONSTANT, 'an answer says always 2.1',
                  named(lambda _: '2.1', *_BOTH)),
    _microversion('nova-microversion-latest', Kind.WRONG_FORMAT, 'an answer says latest',
                  named(lambda _: 'latest', *_BOTH)),
    _microversion('nova-microversion-absent', Kind.ABSENT, 'an answer has no microversion',
                  named(lambda _: None, *_BOTH)),
    _microversion('nova-microversion-absent-in-detail', Kind.DETAIL_UNLIKE_SHOW,
                  'an answer in detail has no microversion',
                  named(lambda _: None, *_BOTH, to=IN_DETAIL)),
    _microversion('nova-microversion-legacy-other', Kind.OTHER_VALUE,
                  f'{LEGACY_HEADER} alone says 2.1', named(lambda _: '2.1', LEGACY_HEADER)),
    _microversion('nova-microversion-new-other', Kind.OTHER_VALUE,
                  f'{HEADER} alone says 2.1', named(lambda _: '2.1', HEADER)),
    _microversion('nova-microversion-of-another-service', Kind.OTHER_VALUE,
                  f'{HEADER} names another service', named('volume {}'.format, HEADER)),
    _microversion('nova-microversion-of-no-service', Kind.WRONG_FORMAT,
                  f'{HEADER} names no service',
                  answer(READING, lambda answered: answered.set_header(HEADER, '2.3'))),
    _microversion('nova-microversion-stale', Kind.STALE,
                  'an answer has the microversion of the read before',
                  words.NamedBefore()),
)

ROWS: tuple[Fault, ...] = (
    *nova_attributes.ROWS,
    *nova_volumes.ROWS,
    *_RESERVATIONS,
    *_INDEXES,
    *_HOSTNAMES,
    *_ROOTS,
    *_USER_DATA,
    *_KERNELS,
    *_MICROVERSIONS,
)
