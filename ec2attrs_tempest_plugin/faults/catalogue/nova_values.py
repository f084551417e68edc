"""Rows: what Nova makes of names, user data and devices, and what it refuses of them."""

from collections.abc import Callable
import json
from typing import Any

from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import swapped_keys
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import where
from ec2attrs_tempest_plugin.faults.changes import ADMIN_AT_2_3
from ec2attrs_tempest_plugin.faults.changes import at
from ec2attrs_tempest_plugin.faults.changes import constant
from ec2attrs_tempest_plugin.faults.changes import hidden
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.changes import status
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

NAMES = 'GeneratedHostnamesTest.test_hostname_'
DATA = 'UserDataTest.test_'
IMAGES = 'ImagesTest.test_'
REQUESTED = 'RequestedHostnamesTest.test_'


# Requests for servers: refused or not, and what the list says that they made

def answered(old: int, new: int, *texts: str, microversion: str = '') -> Change:
    """Answer a request for servers with another status; *texts* stand in the right answer."""
    body: Any = {'server': {'id': NOBODYS_UUID}} if new == 202 else {
        'fault': {'code': new, 'message': 'a fault of the catalogue'}}

    def meant(asked: Asked) -> bool:
        return (asked.service == 'nova' and asked.method == 'POST'
                and asked.path.endswith('/servers')
                and (not microversion or str(asked.microversion) == microversion))

    another = status(new, meant, if_at_least=old, if_below=old + 1, body=body)

    def change(asked: Asked, answer: Answered) -> int:
        if not all(text.encode() in answer.body for text in texts):
            return 0
        return another(asked, answer)
    return change


def listed(new: Callable[[str, list[Json]], list[Json]]) -> Change:
    """List other servers, made of the name that is looked for and of the right ones."""
    def change(asked: Asked, answer: Answered) -> int:
        if not (asked.service == 'nova' and asked.method == 'GET' and 'name' in asked.query
                and asked.path.endswith('/servers') and answer.status == 200):
            return 0
        servers = answer.json()['servers']
        changed = new(asked.query['name'], json.loads(json.dumps(servers)))
        answer.body = json.dumps({'servers': changed}).encode()
        return int(changed != servers)
    return change


def made_all_the_same(suffix: str = '') -> Change:
    """List a server that nobody made, too."""
    return listed(lambda name, servers: [
        *servers, {'id': NOBODYS_UUID, 'name': name + suffix}])


# Hostnames that Nova makes

_plain = against('EC2A-033', HOSTNAME, NAMES + 'is_the_name_made_plain')
_cut = against('EC2A-033', HOSTNAME, NAMES + 'of_a_long_name_is_cut')
_of_id = against('EC2A-033', HOSTNAME, NAMES + 'of_a_name_without_letters_is_made_of_the_id')
_latin = against('EC2A-064', HOSTNAME, NAMES + 'of_a_latin_name_is_ascii')


def _called(part: str, new: Callable[[Json], str | None]) -> Change:
    return where(lambda server: part in server['name'], HOSTNAME, new, ADMIN_AT_2_3)


def _is(part: str, value: str) -> Change:
    return _called(part, lambda _: value)


_HOSTNAMES = (
    _plain('nova-values-hostname-dots-kept', Kind.OTHER_VALUE, 'a hostname keeps dots',
           _is('web.example', 'web.example.org'), bug='nova 1581977'),
    _plain('nova-values-hostname-cut-at-dot', Kind.OTHER_VALUE, 'a hostname ends at the first dot',
           _is('web.example', 'web')),
    _plain('nova-values-hostname-upper-case', Kind.OTHER_VALUE, 'a hostname keeps upper case',
           _is('Web Server', 'Web-Server-07')),
    _plain('nova-values-hostname-underscore', Kind.OTHER_VALUE, 'a hostname keeps underscores',
           _is('Web Server', 'web-server_07')),
    _plain('nova-values-hostname-spaces-dropped', Kind.OTHER_VALUE, 'spaces leave no dash',
           _is('Web Server', 'webserver-07')),
    _plain('nova-values-hostname-digits-dropped', Kind.OTHER_VALUE,
           'digits at the end of a name are lost', _is('Web Server', 'web-server')),
    _plain('nova-values-hostname-trailing-dash', Kind.OTHER_VALUE, 'a hostname ends in a dash',
           _is('.-a-.-b', 'a---b-')),
    _plain('nova-values-hostname-dashes-folded', Kind.OTHER_VALUE, 'several dashes become one',
           _is('.-a-.-b', 'a-b')),
    _plain('nova-values-hostname-signs-kept', Kind.WRONG_FORMAT, 'a hostname keeps other signs',
           _is("it's", "it's-(a)-web!")),
    _plain('nova-values-hostname-is-name', Kind.WRONG_FORMAT, 'the hostname is the name as it is',
           _called('', lambda server: server['name'])),
    _cut('nova-values-hostname-cut-at-62', Kind.OTHER_VALUE, 'hostnames are cut to 62 characters',
         shown(HOSTNAME, lambda old: old[:62], ADMIN_AT_2_3)),
    _cut('nova-values-hostname-64', Kind.OTHER_VALUE, 'hostnames are cut to 64 characters',
         _called('x' * 64, lambda server: server['name'][:64])),
    _cut('nova-values-hostname-not-cut', Kind.OTHER_VALUE, 'hostnames are not cut',
         _called('x' * 64, lambda server: server['name'])),
    _cut('nova-values-hostname-cut-before-a-dash', Kind.OTHER_VALUE,
         'a hostname that is cut ends in a dash', _is('y.z', 'y' * 62 + '-')),
    _of_id('nova-values-hostname-empty', Kind.EMPTY, 'the hostname of a name of dashes is empty',
           _is('---', ''), bug='nova 1495388'),
    _of_id('nova-values-hostname-null', Kind.NULL,
           'the hostname of a name that is not ASCII is null', _called('日', lambda _: None)),
    _of_id('nova-values-hostname-server-alone', Kind.OTHER_VALUE,
           'the hostname of a name of dashes is Server', _is('---', 'Server')),
    _of_id('nova-values-hostname-dashes', Kind.OTHER_VALUE,
           'the hostname of a name of dashes is the name', _is('---', '---')),
    _of_id('nova-values-hostname-of-another-id', Kind.CONSTANT,
           'the hostname of a name that is not ASCII has the id of another server',
           _is('日', f'Server-{NOBODYS_UUID}')),
    _latin('nova-values-hostname-latin-empty', Kind.EMPTY,
           'the hostname of a name with a letter of Latin-1 is empty', _is('caf', '')),
    _latin('nova-values-hostname-latin-with-space', Kind.WRONG_FORMAT,
           'the hostname of a name with a letter of Latin-1 has a space', _is('caf', 'caf ')),
)

# User data

_largest = against('EC2A-036', USER_DATA, DATA + 'largest_user_data_is_shown_as_sent')
_largest_status = against('EC2A-036', 'status', DATA + 'largest_user_data_is_shown_as_sent')
_empty = against('EC2A-036', USER_DATA, DATA + 'empty_user_data_is_shown_as_sent')
_empty_status = against('EC2A-036', 'status', DATA + 'empty_user_data_is_shown_as_sent')
_larger = against('EC2A-036', 'status', DATA + 'larger_user_data_is_refused')
_malformed = against('EC2A-037', 'status', DATA + 'malformed_user_data_is_refused')

_USER_DATA = (
    _largest('nova-values-user-data-cut', Kind.OTHER_VALUE,
             'large user data is shown up to 65528 characters',
             shown(USER_DATA, lambda old: old and old[:65528], ADMIN_AT_2_3)),
    _largest('nova-values-user-data-padded', Kind.OTHER_VALUE,
             'large user data is padded to 65535 characters',
             shown(USER_DATA, lambda old: old and old.ljust(65535, '='), ADMIN_AT_2_3)),
    _largest('nova-values-user-data-null', Kind.NULL, 'large user data is shown as null',
             constant(USER_DATA, None, ADMIN_AT_2_3)),
    _largest('nova-stored-user-data-cut-large', Kind.STORED_WRONG,
             'user data is stored up to 65528 characters',
             Behaviour('nova', 'user_data_cut_large')),
    _largest_status('nova-values-user-data-large-refused', Kind.NOT_HONOURED,
                    'large user data is refused', answered(202, 400)),
    _largest_status('nova-user-data-large-crashes', Kind.NOT_HONOURED,
                    'user data of more than 60000 characters is answered with status 500',
                    Behaviour('nova', 'user_data_large_crashes'), bug='nova 1635446'),
    _empty('nova-values-user-data-empty-is-null', Kind.NULL, 'empty user data is shown as null',
           shown(USER_DATA, lambda old: old or None, ADMIN_AT_2_3)),
    _empty('nova-stored-user-data-empty-dropped', Kind.STORED_WRONG,
           'empty user data is not stored', Behaviour('nova', 'user_data_empty_dropped')),
    _empty_status('nova-values-user-data-empty-refused', Kind.NOT_HONOURED,
                  'empty user data is refused', answered(202, 400)),
    _larger('nova-values-user-data-larger-taken', Kind.NOT_HONOURED,
            '65536 characters of user data are taken', answered(400, 202), bug='nova 1257146'),
    _larger('nova-values-user-data-larger-crashes', Kind.NOT_HONOURED,
            '65536 characters of user data are answered with status 500', answered(400, 500),
            bug='nova 1050797'),
    against('EC2A-036', 'servers', DATA + 'larger_user_data_is_refused')(
        'nova-values-user-data-larger-made', Kind.NOT_HONOURED,
        'what is refused for its user data makes a server', made_all_the_same()),
    _malformed('nova-values-user-data-malformed-taken', Kind.NOT_HONOURED,
               'three characters are taken as user data', answered(400, 202, 'Value: QUJ.'),
               bug='nova 1338473'),
    _malformed('nova-values-user-data-null-taken', Kind.NOT_HONOURED,
               'null is taken as user data', answered(400, 202, 'Value: None'),
               bug='nova 1582911'),
    _malformed('nova-values-user-data-number-taken', Kind.NOT_HONOURED,
               'a number is taken as user data', answered(400, 202, 'Value: 7.')),
    _malformed('nova-values-user-data-padding-taken', Kind.NOT_HONOURED,
               'padding in the midst of user data is taken', answered(400, 202, 'Q=Q=')),
    _malformed('nova-values-user-data-malformed-crashes', Kind.NOT_HONOURED,
               'malformed user data is answered with status 500', answered(400, 500),
               bug='nova 1338473'),
    against('EC2A-037', 'servers', DATA + 'malformed_user_data_is_refused')(
        'nova-values-user-data-malformed-made', Kind.NOT_HONOURED,
        'what is refused for malformed user data makes a server', made_all_the_same()),
    against('EC2A-063', 'status', DATA + 'user_data_of_other_letters_is_refused')(
        'nova-values-user-data-latin-taken', Kind.NOT_HONOURED,
        'user data with a letter that is not ASCII is taken', answered(500, 202)),
)

# Images and devices

_IMAGE = IMAGES + 'kernel_and_ramdisk_are_those_of_the_image'
_property = against('EC2A-038', ROOT_DEVICE_NAME, IMAGES + 'root_device_name_is_the_images')
_device = against('EC2A-038', ROOT_DEVICE_NAME, IMAGES + 'root_device_name_is_the_boot_devices')

_DEVICES = (
    against('EC2A-032', KERNEL_ID, _IMAGE)(
        'nova-values-kernel-empty', Kind.EMPTY, 'the kernel of an image made for it is not shown',
        constant(KERNEL_ID, '', ADMIN_AT_2_3)),
    against('EC2A-032', RAMDISK_ID, _IMAGE)(
        'nova-values-ramdisk-null', Kind.NULL, 'the ramdisk of an image made for it is null',
        constant(RAMDISK_ID, None, ADMIN_AT_2_3)),
    against('EC2A-032', KERNEL_ID, _IMAGE)(
        'nova-values-kernel-is-ramdisk', Kind.OTHER_VALUE, 'kernel and ramdisk change places',
        swapped_keys(KERNEL_ID, RAMDISK_ID, ADMIN_AT_2_3)),
    _property('nova-values-root-device-property-ignored', Kind.NOT_HONOURED,
              "the image's root device name is ignored",
              constant(ROOT_DEVICE_NAME, '/dev/sda', ADMIN_AT_2_3)),
    _property('nova-values-root-device-property-short', Kind.WRONG_FORMAT,
              "the image's root device name is shown without /dev/",
              constant(ROOT_DEVICE_NAME, 'vda', ADMIN_AT_2_3), bug='nova 1337821'),
    _property('nova-values-root-device-property-null', Kind.NULL,
              "the image's root device name is not shown",
              constant(ROOT_DEVICE_NAME, None, ADMIN_AT_2_3)),
    _device('nova-values-root-device-next', Kind.OTHER_VALUE,
            'the root device name is that of the next device',
            constant(ROOT_DEVICE_NAME, '/dev/vdb', ADMIN_AT_2_3), bug='nova 1481164'),
    _device('nova-values-root-device-short', Kind.WRONG_FORMAT,
            'the root device name is shown without /dev/',
            constant(ROOT_DEVICE_NAME, 'vda', ADMIN_AT_2_3), bug='nova 1337821'),
    _device('nova-stored-root-device-not-the-boot-devices', Kind.STORED_WRONG,
            'the device name of the boot device is ignored',
            Behaviour('nova', 'root_device_name_ignored')),
)

# Hostnames that are asked for

_asked = against('EC2A-039', HOSTNAME, REQUESTED + 'hostname_asked_for_is_shown')
_dots = against('EC2A-039', HOSTNAME, REQUESTED + 'hostname_with_dots_is_shown')
_below = against('EC2A-039', 'status', REQUESTED + 'hostname_with_dots_is_refused_below_2_94')
_early = against('EC2A-039', 'status', REQUESTED + 'hostname_is_refused_below_2_90')
_wrong = against('EC2A-039', 'status', REQUESTED + 'wrong_hostnames_are_refused')
_several = against('EC2A-039', 'status', REQUESTED + 'one_hostname_for_several_servers_is_refused')
_AT_2_90, _AT_2_94 = at('2.90'), at('2.94')

_ASKED_FOR = (
    _asked('nova-values-requested-hostname-ignored', Kind.NOT_HONOURED,
           'the hostname of the request is ignored',
           where(lambda _: True, HOSTNAME, lambda server: server['name'], _AT_2_90)),
    _asked('nova-values-requested-hostname-lower-case', Kind.OTHER_VALUE,
           'the hostname of the request is shown in lower case',
           shown(HOSTNAME, str.lower, _AT_2_90)),
    _asked('nova-values-requested-hostname-numbered', Kind.OTHER_VALUE,
           'the hostname of the request gets a number', shown(HOSTNAME, '{}-1'.format, _AT_2_90)),
    _asked('nova-values-requested-hostname-hidden', Kind.ABSENT,
           'the hostname of the request is not shown to members', hidden(HOSTNAME, _AT_2_90)),
    against('EC2A-039', 'status', REQUESTED + 'hostname_asked_for_is_shown')(
        'nova-values-requested-hostname-refused', Kind.NOT_HONOURED,
        'a hostname is refused at 2.90', answered(202, 400, microversion='2.90')),
    _dots('nova-values-requested-hostname-dots-to-dashes', Kind.OTHER_VALUE,
          'the dots of a requested hostname become dashes',
          shown(HOSTNAME, lambda old: old.replace('.', '-'), _AT_2_94)),
    _dots('nova-values-requested-hostname-cut-at-dot', Kind.OTHER_VALUE,
          'a requested hostname ends at its first dot',
          shown(HOSTNAME, lambda old: old.partition('.')[0], _AT_2_94)),
    _dots('nova-values-requested-hostname-not-changed', Kind.STALE,
          'an update does not change the hostname', constant(HOSTNAME, 'web.example.org',
                                                             _AT_2_90)),
    against('EC2A-039', 'status', REQUESTED + 'hostname_with_dots_is_shown')(
        'nova-values-dotted-hostname-refused', Kind.NOT_HONOURED,
        'a hostname with dots is refused at 2.94', answered(202, 400, microversion='2.94')),
    *(_below(f'nova-values-dotted-hostname-taken-at-{each}', Kind.WRONG_MICROVERSION,
             f'a hostname with dots is taken at {each}', answered(400, 202, microversion=each))
      for each in ('2.90', '2.93')),
    _early('nova-values-hostname-taken-at-2.89', Kind.WRONG_MICROVERSION,
           'a hostname is taken at 2.89', answered(400, 202)),
    against('EC2A-039', 'servers', REQUESTED + 'hostname_is_refused_below_2_90')(
        'nova-values-hostname-made-at-2.89', Kind.NOT_HONOURED,
        'what is refused for its hostname makes a server', made_all_the_same()),
    *(_wrong(f'nova-values-hostname-{name}-taken', Kind.NOT_HONOURED,
             f'a hostname {says} is taken', answered(400, 202, text))
      for name, says, text in (
          ('with-dash-first', 'that begins with a dash', 'Value: -a1.'),
          ('with-underscore', 'with an underscore', 'Value: a_b.'),
          ('of-64', 'of 64 characters', 'x' * 64),
          ('null', 'that is null', 'Value: None.'))),
    _wrong('nova-values-hostname-wrong-crashes', Kind.NOT_HONOURED,
           'a wrong hostname is answered with status 500', answered(400, 500)),
    _several('nova-values-hostname-for-several-taken', Kind.NOT_HONOURED,
             'one hostname is taken for several servers', answered(400, 202)),
    _several('nova-values-hostname-for-several-conflicts', Kind.NOT_HONOURED,
             'one hostname for several servers is answered with status 409', answered(400, 409)),
)

ROWS: tuple[Fault, ...] = (*_HOSTNAMES, *_USER_DATA, *_DEVICES, *_ASKED_FOR)
