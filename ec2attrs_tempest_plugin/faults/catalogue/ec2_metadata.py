"""Rows: what the metadata service of the EC2 API tells servers is changed."""

from collections.abc import Callable
import dataclasses
import json
from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TESTS = 'Ec2MetadataTest.test_'
_FACTS = _TESTS + 'each_fact'
_reservation = against('EC2A-211', attributes.RESERVATION_ID, _FACTS)
_index = against('EC2A-211', attributes.LAUNCH_INDEX, _FACTS)
_hostname = against('EC2A-211', attributes.HOSTNAME, _FACTS)
_root = against('EC2A-211', attributes.ROOT_DEVICE_NAME, _FACTS)
_ebs = against('EC2A-213', 'ebs', _TESTS + 'volumes')
_data = against('EC2A-214', attributes.USER_DATA, _TESTS + 'user_data')
_refusals = _TESTS + 'refusals'
_binary = against('EC2A-218', attributes.USER_DATA, _TESTS + 'user_data_that_are_no_text')
_public = against('EC2A-217', 'public-hostname', _TESTS + 'public_hostname')


def _at(path: str, new: Callable[[bytes], bytes | None]) -> Change:
    """Tell something else where a path ends so; None is for 404."""
    def change(asked: Asked, answered: Answered) -> int:
        if (asked.service != 'ec2-metadata' or not asked.path.endswith(path)
                or answered.status not in (200, 404)):
            return 0
        told = new(answered.body if answered.status == 200 else b'')
        if told == answered.body and answered.status == 200:
            return 0
        answered.status, answered.body = (404, b'') if told is None else (200, told)
        return 1
    return change


def _to(value: bytes | None) -> Callable[[bytes], bytes | None]:
    return lambda _: value


def _in_document(key: str, new: Callable[[Any], Any]) -> Change:
    def edit(body: bytes) -> bytes:
        document = json.loads(body)
        document[key] = new(document.get(key))
        return json.dumps(document).encode()
    return _at('meta_data.json', edit)


def _where_refused(edit: Callable[[Answered], Any]) -> Change:
    """Change the answers to requests that are refused."""
    def change(asked: Asked, answered: Answered) -> int:
        if asked.service != 'ec2-metadata' or answered.status < 400 or answered.status == 404:
            return 0
        edit(answered)
        return 1
    return change


def _ok(answered: Answered) -> None:
    answered.status, answered.body = 200, b'r-00000000'


def _teapot(answered: Answered) -> None:
    answered.status = 418


@dataclasses.dataclass
class TellsAnyway:
    """Answer requests that are refused with what was told at the path before."""

    keep_status: bool = False
    told: dict[str, bytes] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if asked.service != 'ec2-metadata':
            return 0
        if answered.status == 200:
            self.told[asked.path] = answered.body
            return 0
        if answered.status == 404 or asked.path not in self.told:
            return 0
        answered.body = self.told[asked.path]
        if not self.keep_status:
            answered.status = 200
        return 1


ROWS: tuple[Fault, ...] = (
    _reservation('ec2-metadata-reservation-made-up', Kind.API_UNLIKE_API,
                 'reservation-id is made up', _at('/reservation-id', _to(b'r-madeup00')),
                 bug='ec2-api _auto_create_instance_extension'),
    _reservation('ec2-metadata-reservation-absent', Kind.ABSENT, 'no reservation-id',
                 _at('/reservation-id', _to(None))),
    _index('ec2-metadata-index-0', Kind.CONSTANT, 'ami-launch-index is 0 always',
           _at('/ami-launch-index', _to(b'0'))),
    _index('ec2-metadata-index-absent', Kind.ABSENT, 'no ami-launch-index',
           _at('/ami-launch-index', _to(None))),
    _hostname('ec2-metadata-hostname-none', Kind.NULL, 'hostname is None',
              _at('meta-data/hostname', _to(b'None'))),
    _hostname('ec2-metadata-local-hostname-address', Kind.OTHER_VALUE,
              'local-hostname is an address', _at('/local-hostname', _to(b'10.0.0.3'))),
    _root('ec2-metadata-root-short', Kind.WRONG_FORMAT, 'root is without /dev/',
          _at('/root', lambda told: told.removeprefix(b'/dev/'))),
    _root('ec2-metadata-root-empty', Kind.EMPTY, 'root is empty', _at('/root', _to(b''))),
    against('EC2A-211', 'ami', _FACTS)(
        'ec2-metadata-ami-other', Kind.OTHER_VALUE, 'ami is another device',
        _at('/ami', _to(b'vdz'))),
    against('EC2A-212', 'kernel-id', _TESTS + 'kernel_and_ramdisk')(
        'ec2-metadata-kernel-absent', Kind.ABSENT, 'no kernel-id', _at('/kernel-id', _to(None))),
    against('EC2A-212', 'ramdisk-id', _TESTS + 'kernel_and_ramdisk')(
        'ec2-metadata-ramdisk-is-kernel', Kind.OTHER_VALUE, 'ramdisk-id is of a kernel',
        _at('/ramdisk-id', lambda told: told.replace(b'ari', b'aki'))),
    against('EC2A-212', 'kernel-id', _TESTS + 'kernel_and_ramdisk')(
        'ec2-metadata-kernel-invented', Kind.UNKNOWN_KEY, 'kernel-id where there is none',
        _at('/kernel-id', _to(b'aki-12345678'))),
    _ebs('ec2-metadata-ebs-other', Kind.OTHER_VALUE, 'ebs0 is another device',
         _at('/ebs0', _to(b'/dev/vdz'))),
    _ebs('ec2-metadata-ebs-missing', Kind.ABSENT, 'no volume is listed',
         _at('block-device-mapping/', lambda told: b'\n'.join(
             name for name in told.split(b'\n') if not name.startswith(b'ebs')))),
    _data('ec2-metadata-user-data-encoded', Kind.WRONG_FORMAT, 'user data are still in base64',
          _at('/user-data', lambda told: told and b'IyEvYmluL3No')),
    _data('ec2-metadata-user-data-invented', Kind.OTHER_VALUE, 'user data where there are none',
          _at('/user-data', lambda told: told or b'invented')),
    _data('ec2-metadata-user-data-stripped', Kind.OTHER_VALUE,
          'user data without the last newline',
          _at('/user-data', bytes.rstrip)),
    *(against('EC2A-215', key, _TESTS + 'document_of_openstack')(
        f'ec2-metadata-document-{key.replace("_", "-")}', Kind.OTHER_VALUE,
        f'{key} of meta_data.json is another', _in_document(key, new))
      for key, new in (('uuid', lambda _: '00000000-0000-4000-8000-000000000000'),
                       ('launch_index', str), ('hostname', lambda _: 'other'))),
    against('EC2A-216', 'status', _refusals)(
        'ec2-metadata-not-verified', Kind.WRONG_ROLE, 'a wrong signature is as good',
        TellsAnyway()),
    against('EC2A-216', 'body', _refusals)(
        'ec2-metadata-refusal-tells', Kind.WRONG_ROLE,
        'the refusal of a wrong signature has the answer in it', TellsAnyway(keep_status=True)),
    against('EC2A-219', 'status', _TESTS + 'refusals_are_errors_of_the_client')(
        'ec2-metadata-refused-with-418', Kind.OTHER_VALUE,
        'a wrong signature is answered with a status of no meaning', _where_refused(_teapot)),
    against('EC2A-219', 'status', _TESTS + 'refusals_are_errors_of_the_client')(
        'ec2-metadata-refused-with-200', Kind.NOT_HONOURED,
        'a wrong signature is answered with 200', _where_refused(_ok)),
    _public('ec2-metadata-public-hostname-other', Kind.OTHER_VALUE,
            'public-hostname is of another server', _at('/public-hostname', _to(b'other'))),
    _binary('ec2-metadata-binary-empty', Kind.EMPTY, 'user data that are no text are empty',
            _at('/user-data', lambda told: b'' if told.startswith(b"b'") else told),
            bug='ec2-api faf3cc0'),
    _binary('ec2-metadata-binary-in-utf-8', Kind.WRONG_FORMAT,
            'user data that are no text are given in UTF-8',
            _at('/user-data', lambda told: bytes(range(256)).decode('latin-1').encode()
                if told.startswith(b"b'") else told)),
)
