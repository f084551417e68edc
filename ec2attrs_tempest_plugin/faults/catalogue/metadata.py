"""Rows: the metadata service tells a server something else than Nova's API shows of it."""

import base64
from collections.abc import Callable, Iterator
import json

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults.catalogue import chaos
from ec2attrs_tempest_plugin.faults.catalogue import metadata_words as words
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import absent
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import AnotherServers
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import DOCUMENT
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import document
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import invented
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import LATEST
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import listed
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import MAPPING
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import text
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import told
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import Unrefused
from ec2attrs_tempest_plugin.faults.catalogue.metadata_words import USER_DATA_PATHS
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TESTS = 'MetadataAgreementTest.test_'
_reservation = against('EC2A-201', RESERVATION_ID, _TESTS + 'reservation_id')
_index = against('EC2A-202', LAUNCH_INDEX, _TESTS + 'launch_index')
_hostname = against('EC2A-203', HOSTNAME, _TESTS + 'hostnames')
_KERNELS = _TESTS + 'kernel_and_ramdisk'
_NO_KERNELS = _TESTS + 'no_kernel_and_no_ramdisk_where_nova_has_none'
_root = against('EC2A-205', ROOT_DEVICE_NAME, _TESTS + 'root_device')
_ami = against('EC2A-205', 'ami', _TESTS + 'root_device')
_ebs = against('EC2A-205', 'ebs', _TESTS + 'volumes')
_data = against('EC2A-206', USER_DATA, _TESTS + 'user_data_is_given_decoded')
_no_data = against('EC2A-206', USER_DATA, _TESTS + 'no_user_data_where_none_was_given')
_DOCUMENTS = _TESTS + 'document_of_openstack'
_number = against('EC2A-207', LAUNCH_INDEX, _DOCUMENTS)
_uuid = against('EC2A-207', 'uuid', _DOCUMENTS)
_name = against('EC2A-207', HOSTNAME, _DOCUMENTS)
_LISTINGS = _TESTS + 'listings_name_what_is_served'
_VERSIONS = _TESTS + 'dated_versions_agree_with_the_latest'
_refusal = against('EC2A-209', 'status', _TESTS + 'refusals')
_OWN = _TESTS + 'each_server_is_told_of_itself'

_RESERVATION = LATEST + 'reservation-id'
_INDEX = LATEST + 'ami-launch-index'
_HOSTNAMES = tuple(LATEST + name for name in ('hostname', 'local-hostname', 'public-hostname'))

_VALUES = (
    _reservation('metadata-reservation-id-anothers', Kind.ANOTHERS,
                 "reservation-id is that of another request's server",
                 AnotherServers(_RESERVATION)),
    _reservation('metadata-reservation-id-constant', Kind.CONSTANT,
                 'reservation-id is the same for all', text(lambda _: 'r-00000000', _RESERVATION)),
    _reservation('metadata-reservation-id-empty', Kind.EMPTY, 'reservation-id is empty',
                 text(lambda _: '', _RESERVATION)),
    _reservation('metadata-reservation-id-absent', Kind.ABSENT, 'reservation-id is not there',
                 absent(_RESERVATION)),
    _reservation('metadata-reservation-id-json', Kind.WRONG_FORMAT,
                 'reservation-id is a string of JSON', text(json.dumps, _RESERVATION)),
    _index('metadata-launch-index-from-1', Kind.OTHER_VALUE, 'ami-launch-index counts from 1 on',
           text(lambda own: str(int(own) + 1), _INDEX), bug='nova 934534'),
    _index('metadata-launch-index-0', Kind.CONSTANT, 'ami-launch-index is 0 for all',
           text(lambda _: '0', _INDEX), bug='nova 1212648'),
    _index('metadata-launch-index-anothers', Kind.ANOTHERS,
           "ami-launch-index is another server's", AnotherServers(_INDEX)),
    _index('metadata-launch-index-none', Kind.NULL, 'ami-launch-index is None',
           text(lambda _: 'None', _INDEX)),
    _index('metadata-launch-index-absent', Kind.ABSENT, 'ami-launch-index is not there',
           absent(_INDEX)),
    # Hostnames
    _hostname('metadata-hostname-none', Kind.NULL, 'behind each hostname stands None',
              text(lambda own: own.partition('.')[0] + 'None', *_HOSTNAMES),
              bug='nova 1824813'),
    _hostname('metadata-hostname-domain-none', Kind.NULL, 'the domain of each hostname is None',
              text(lambda own: own.partition('.')[0] + '.None', *_HOSTNAMES),
              bug='nova 1698010'),
    _hostname('metadata-hostname-dot', Kind.WRONG_FORMAT, 'each hostname ends in a dot',
              text(lambda own: own.partition('.')[0] + '.', *_HOSTNAMES), bug='nova 1064713'),
    _hostname('metadata-hostname-anothers', Kind.ANOTHERS, "hostname is another server's",
              AnotherServers(_HOSTNAMES[0])),
    _hostname('metadata-hostname-longer', Kind.OTHER_VALUE, 'hostname goes on without a dot',
              text(lambda own: own.replace('.', '-x.') + 'x', _HOSTNAMES[0])),
    _hostname('metadata-local-hostname-without-domain', Kind.OTHER_VALUE,
              'local-hostname has no domain, unlike the others',
              text(lambda own: own.partition('.')[0], _HOSTNAMES[1])),
    _hostname('metadata-local-hostname-absent', Kind.ABSENT, 'local-hostname is not there',
              absent(_HOSTNAMES[1])),
    _hostname('metadata-public-hostname-empty', Kind.EMPTY, 'public-hostname is empty',
              text(lambda _: '', _HOSTNAMES[2])),
    # Kernel and ramdisk
    *(row for attribute, prefix, other in ((KERNEL_ID, 'aki', 'ari'), (RAMDISK_ID, 'ari', 'aki'))
      for path in [f'{LATEST}{attribute.metadata_path}']
      for there, not_there in [(against('EC2A-204', attribute, _KERNELS),
                                against('EC2A-204', attribute, _NO_KERNELS))]
      for row in (
          there(f'metadata-{attribute.metadata_path}-absent', Kind.ABSENT,
                f'{attribute.metadata_path} is not there', absent(path)),
          there(f'metadata-{attribute.metadata_path}-is-uuid', Kind.WRONG_FORMAT,
                f'{attribute.metadata_path} is an id of Glance', text(
                    lambda _: NOBODYS_UUID, path)),
          there(f'metadata-{attribute.metadata_path}-is-{other}', Kind.OTHER_VALUE,
                f'{attribute.metadata_path} is an {other} id',
                words.replaced(prefix, other, path)),
          not_there(f'metadata-{attribute.metadata_path}-invented', Kind.UNKNOWN_KEY,
                    f'{attribute.metadata_path} is there for servers without',
                    invented(f'{prefix}-00000001'.encode(), path)))),
    # Devices
    _root('metadata-root-other', Kind.OTHER_VALUE, 'root is another device',
          text(lambda _: '/dev/xvdz', MAPPING + 'root')),
    _root('metadata-root-short', Kind.WRONG_FORMAT, 'root has no /dev/',
          text(lambda own: own.removeprefix('/dev/'), MAPPING + 'root'), bug='nova 1337821'),
    _root('metadata-root-absent', Kind.ABSENT, 'there is no root', absent(MAPPING + 'root')),
    _ami('metadata-ami-other', Kind.OTHER_VALUE, 'ami is another device than root',
         text(lambda _: 'xvdz', MAPPING + 'ami')),
    _ami('metadata-ami-absent', Kind.ABSENT, 'there is no ami', absent(MAPPING + 'ami')),
    _ebs('metadata-ebs-unlisted', Kind.ABSENT, 'ebs1 is not listed',
         listed(lambda names: [name for name in names if name != 'ebs1'], MAPPING)),
    _ebs('metadata-ebs-twice', Kind.DUPLICATE, 'ebs1 is the device of ebs0',
         words.Copied(of=MAPPING + 'ebs0', to=MAPPING + 'ebs1'), bug='nova 1908075'),
    _ebs('metadata-ebs-other', Kind.OTHER_VALUE, 'ebs0 is another device',
         text(lambda _: '/dev/xvdz', MAPPING + 'ebs0')),
    _ebs('metadata-ebs-short', Kind.WRONG_FORMAT, 'ebs0 has no /dev/',
         text(lambda own: own.removeprefix('/dev/'), MAPPING + 'ebs0')),
    _ebs('metadata-ebs-invented', Kind.UNKNOWN_KEY, 'one volume more is listed, and its device',
         changes.together(listed(lambda names: [*names, 'ebs9'], MAPPING),
                          invented(b'/dev/xvdz', MAPPING + 'ebs9'))),
)


def _of_user_data() -> Iterator[Fault]:
    """Yield the rows of user data, for each of the two trees."""
    for tree, path in zip(('ec2', 'openstack'), USER_DATA_PATHS, strict=True):
        yield _data(f'metadata-user-data-encoded-{tree}', Kind.WRONG_FORMAT,
                    f'{path} is in base64', told(base64.b64encode, path))
        yield _data(f'metadata-user-data-cut-{tree}', Kind.OTHER_VALUE,
                    f'{path} ends before the last byte', told(lambda own: own[:-1], path))
        yield _data(f'metadata-user-data-text-{tree}', Kind.OTHER_VALUE,
                    f'{path} is what can be read as UTF-8',
                    told(lambda own: own.decode('utf-8', 'ignore').encode(), path),
                    bug='ec2-api 1776398')
        yield _data(f'metadata-user-data-absent-{tree}', Kind.ABSENT, f'{path} is not there',
                    absent(path))
        yield _no_data(f'metadata-user-data-invented-{tree}', Kind.UNKNOWN_KEY,
                       f'{path} is there for a server without', invented(b'#!/bin/sh', path),
                       bug='nova 1035317')
        yield _no_data(f'metadata-user-data-empty-{tree}', Kind.EMPTY,
                       f'{path} is empty for a server without', invented(b'', path),
                       bug='nova 1035317')


_DOCUMENT_ROWS = (
    _number('metadata-document-index-text', Kind.WRONG_TYPE, 'launch_index is a string',
            document(lambda own: {'launch_index': str(own['launch_index'])})),
    _number('metadata-document-index-from-1', Kind.OTHER_VALUE, 'launch_index counts from 1 on',
            document(lambda own: {'launch_index': own['launch_index'] + 1}), bug='nova 934534'),
    _number('metadata-document-index-0', Kind.CONSTANT, 'launch_index is 0 for all',
            document(lambda _: {'launch_index': 0}), bug='nova 1212648'),
    _number('metadata-document-index-absent', Kind.ABSENT, 'there is no launch_index',
            words.without('launch_index')),
    _uuid('metadata-document-uuid-other', Kind.OTHER_VALUE, "uuid is no server's",
          document(lambda _: {'uuid': NOBODYS_UUID})),
    _uuid('metadata-document-uuid-absent', Kind.ABSENT, 'there is no uuid',
          words.without('uuid')),
    _name('metadata-document-hostname-null', Kind.NULL, 'hostname is null',
          document(lambda _: {'hostname': None})),
    _name('metadata-document-hostname-absent', Kind.ABSENT, 'there is no hostname',
          words.without('hostname')),
    _name('metadata-document-hostname-none', Kind.NULL, 'behind hostname stands None',
          document(lambda own: {'hostname': own['hostname'].partition('.')[0] + 'None'}),
          bug='nova 1824813'),
    _name('metadata-document-hostname-dot', Kind.WRONG_FORMAT, 'hostname ends in a dot',
          document(lambda own: {'hostname': own['hostname'].partition('.')[0] + '.'}),
          bug='nova 1064713'),
    _name('metadata-document-hostname-suffix', Kind.OTHER_VALUE,
          'hostname has the index as its number',
          document(lambda own: {'hostname': own['hostname'].replace('-1.', '-0.')})),
)


def _broken_when_refused(answered: Answered) -> None:
    if answered.status == 403:
        answered.status = 500


def _unlike(path: str, key: str, says: str, how: Change, attribute: Attribute | str = '') -> Fault:
    return against('EC2A-208', attribute or path, _VERSIONS)(
        f'metadata-dated-{key}', Kind.DETAIL_UNLIKE_SHOW, f'version 2009-04-04: {says}', how)


_DATED = '/2009-04-04/'
_LISTINGS_AND_VERSIONS = (
    against('EC2A-208', 'reservation-id', _LISTINGS)(
        'metadata-listing-without-reservation-id', Kind.ABSENT, 'reservation-id is not listed',
        listed(lambda names: [name for name in names if name != 'reservation-id'], LATEST)),
    against('EC2A-208', 'kernel-id', _LISTINGS)(
        'metadata-listing-with-kernel', Kind.UNKNOWN_KEY,
        'a kernel-id that is not there is listed',
        listed(lambda names: sorted({*names, 'kernel-id'}), LATEST)),
    against('EC2A-208', 'block-device-mapping/', _LISTINGS)(
        'metadata-listing-without-slash', Kind.WRONG_FORMAT,
        'block-device-mapping is listed as if it were no directory',
        listed(lambda names: [name.strip('/') for name in names], LATEST)),
    against('EC2A-208', 'ami-launch-index', _LISTINGS)(
        'metadata-listing-absent', Kind.ABSENT, 'nothing is listed',
        absent(LATEST)),
    against('EC2A-208', 'user-data', _LISTINGS)(
        'metadata-listing-without-user-data', Kind.ABSENT, 'user-data is not listed',
        listed(lambda names: [name for name in names if name != 'user-data'], '/latest/')),
    against('EC2A-208', 'user_data', _LISTINGS)(
        'metadata-listing-of-openstack-with-user-data', Kind.UNKNOWN_KEY,
        'user_data is listed where there is none',
        listed(lambda names: sorted({*names, 'user_data'}), '/openstack/latest/')),
    _unlike('meta-data/reservation-id', 'reservation-id', 'reservation-id is another',
            text(lambda _: 'r-00000000', f'{_DATED}meta-data/reservation-id')),
    _unlike('meta-data/ami-launch-index', 'launch-index', 'ami-launch-index counts from 1 on',
            text(lambda own: str(int(own) + 1), f'{_DATED}meta-data/ami-launch-index')),
    _unlike('meta-data/hostname', 'hostname', 'hostname has no domain',
            text(lambda own: own.partition('.')[0], f'{_DATED}meta-data/hostname')),
    _unlike('meta-data/block-device-mapping/root', 'root', 'there is no root',
            absent(f'{_DATED}meta-data/block-device-mapping/root')),
    _unlike('meta-data/kernel-id', 'kernel', 'there is no kernel-id',
            absent(f'{_DATED}meta-data/kernel-id')),
    _unlike('user-data', 'user-data', 'user-data is in base64',
            told(base64.b64encode, f'{_DATED}user-data'), USER_DATA),
    against('EC2A-208', LAUNCH_INDEX, _VERSIONS)(
        'metadata-dated-document', Kind.DETAIL_UNLIKE_SHOW,
        'version 2012-08-10: meta_data.json has no launch_index',
        words.without('launch_index', '/openstack/2012-08-10/meta_data.json')),
)

_REFUSALS = (
    _refusal('metadata-signature-not-checked', Kind.NOT_HONOURED, 'any signature will do',
             Unrefused((403,))),
    _refusal('metadata-headers-not-needed', Kind.NOT_HONOURED,
             'a request without one of the headers is answered', Unrefused((400,))),
    _refusal('metadata-project-not-checked', Kind.NOT_HONOURED,
             'another project is answered as well', Unrefused((404,))),
    against('EC2A-209', 'body', _TESTS + 'refusals')(
        'metadata-refusal-tells-all', Kind.NOT_HONOURED,
        'it is 403, and everything is told all the same', words.RefusedWithAll((403,))),
    _refusal('metadata-refusal-500', Kind.OTHER_VALUE, 'a wrong signature is answered with 500',
             changes.answer(changes.of('metadata'), _broken_when_refused)),
    _refusal('metadata-refused-for-all', Kind.NOT_HONOURED, 'the right signature is refused, too',
             changes.answer(changes.of('metadata'), chaos.status(403))),
)

_OTHERS = (
    against('EC2A-210', 'uuid', _OWN)(
        'metadata-first-servers-document', Kind.ANOTHERS,
        'each server is told the meta_data.json of the first', words.FirstServers(DOCUMENT)),
    against('EC2A-210', 'uuid', _OWN)(
        'metadata-last-servers-document', Kind.STALE,
        'asked again, a server is told the meta_data.json of the one that asked before it',
        words.StaleForASecondTime(DOCUMENT)),
    against('EC2A-210', 'local-ipv4', _OWN)(
        'metadata-address-anothers', Kind.ANOTHERS, "local-ipv4 is another server's",
        AnotherServers(LATEST + 'local-ipv4')),
    against('EC2A-210', 'instance-id', _OWN)(
        'metadata-instance-id-anothers', Kind.ANOTHERS, "instance-id is another server's",
        AnotherServers(LATEST + 'instance-id')),
    against('EC2A-210', 'instance-id', _OWN)(
        'metadata-instance-id-constant', Kind.CONSTANT, 'instance-id is the same for all',
        words.FirstServers(LATEST + 'instance-id')),
)


def _breakdowns(prefix: str, to: Callable[[Asked], bool], test: str, *names: str) -> list[Fault]:
    return [Fault(f'metadata-chaos-{prefix}{name}', Kind.CHAOS,
                  f'the metadata service answers: {says}', changes.answer(to, edit),
                  caught_by=(_TESTS + test,))
            for name, says, edit in chaos.BREAKDOWNS if name in names]


_BREAKDOWNS = (
    *_breakdowns('', changes.of('metadata'), 'reservation_id', '500', 'redirect', 'html',
                 'empty', 'truncated', 'binary', 'hang', 'gigabyte'),
    # Long enough to be told in part.
    *_breakdowns('document-', changes.of('metadata', path=DOCUMENT), 'document_of_openstack',
                 'html', 'truncated', 'drip', 'reset'))

_BENIGN = (
    Fault('metadata-benign-no-domain', Kind.BENIGN, 'no hostname has a domain', changes.together(
        text(lambda own: own.partition('.')[0], *_HOSTNAMES, *(
            f'/{version}/meta-data/{name}' for version in ('2007-12-15', '2009-04-04')
            for name in ('hostname', 'local-hostname', 'public-hostname'))),
        *(document(lambda own: {'hostname': own['hostname'].partition('.')[0]}, path)
          for path in (DOCUMENT, '/openstack/2012-08-10/meta_data.json')))),
    Fault('metadata-benign-ami-in-full', Kind.BENIGN, 'ami is a path below /dev/, as root is',
          text(lambda own: f'/dev/{own}', MAPPING + 'ami')),
    Fault('metadata-benign-more-listed', Kind.BENIGN, 'one more is listed that we know nothing of',
          listed(lambda names: [*names, 'tags/'], LATEST)),
)

ROWS: tuple[Fault, ...] = (
    *_VALUES, *_of_user_data(), *_DOCUMENT_ROWS, *_LISTINGS_AND_VERSIONS, *_REFUSALS, *_OTHERS,
    *_BREAKDOWNS, *_BENIGN)
