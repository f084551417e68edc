"""What the metadata service tells servers of themselves, beside what Nova's API shows."""

from collections.abc import Mapping, Sequence
import re

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import metadata
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.told import DOCUMENT
from ec2attrs_tempest_plugin.contract.told import HOSTNAMES
from ec2attrs_tempest_plugin.contract.told import LATEST
from ec2attrs_tempest_plugin.contract.told import MAPPING
from ec2attrs_tempest_plugin.contract.told import USER_DATA_PATHS
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.metadata import MetadataTest
from ec2attrs_tempest_plugin.tests.scenario.metadata import SENT

CONF = config.CONF

#: Each directory with what it has to list if it is served.
LISTINGS: Mapping[str, Sequence[str]] = {
    LATEST: ('ami-launch-index', 'block-device-mapping/', *HOSTNAMES, 'kernel-id',
             'ramdisk-id', 'reservation-id'),
    '/latest/': ('meta-data/', 'user-data'),
    '/openstack/latest/': ('meta_data.json', 'user_data')}
#: Versions that know all these paths.
DATED = ('2007-12-15', '2009-04-04')
DATED_DOCUMENT = '/openstack/2012-08-10/meta_data.json'
DATED_PATHS = ('meta-data/reservation-id', 'meta-data/ami-launch-index',
               *(f'meta-data/{name}' for name in HOSTNAMES), 'meta-data/kernel-id',
               'meta-data/ramdisk-id', 'meta-data/block-device-mapping/root', 'user-data')

NOBODYS_ID = '5e0ed5e7-0000-4000-8000-000000000000'


class MetadataAgreementTest(MetadataTest):
    """What a server is told is what Nova's API shows of it."""

    # The tree of EC2

    @decorators.idempotent_id('d2af01d8-1262-48af-8164-c91c93630d64')
    @requirement('EC2A-201')
    def test_reservation_id(self) -> None:
        """reservation-id is Nova's reservation_id."""
        self.assert_told('EC2A-201', [LATEST + 'reservation-id'], self.all)

    @decorators.idempotent_id('1bb64386-024d-4a98-9aa1-6a7514b00098')
    @requirement('EC2A-202')
    def test_launch_index(self) -> None:
        """ami-launch-index is Nova's launch_index in digits."""
        self.assert_told('EC2A-202', [LATEST + 'ami-launch-index'], self.all)

    @decorators.idempotent_id('abb1ff72-197a-409d-bd23-b05cfbcb6300')
    @requirement('EC2A-203')
    def test_hostnames(self) -> None:
        """The three hostnames are Nova's, behind which comes a domain or nothing."""
        self.assert_told('EC2A-203', [LATEST + name for name in HOSTNAMES], self.all)

    @decorators.idempotent_id('7e371615-ae62-4b50-8a11-fd7e517fb7dd')
    @requirement('EC2A-204')
    def test_kernel_and_ramdisk(self) -> None:
        """kernel-id and ramdisk-id are there for a server that has them in Nova."""
        if not CONF.ec2attrs.kernel_ramdisk_image_ref:
            self.not_configured('[ec2attrs] kernel_ramdisk_image_ref names no image that has '
                                'a kernel and a ramdisk')
        self.assert_told('EC2A-204', [LATEST + 'kernel-id', LATEST + 'ramdisk-id'], [self.alone])

    @decorators.idempotent_id('a3e55512-d961-4ca6-a4eb-32cc83a61ad2')
    @requirement('EC2A-204')
    def test_no_kernel_and_no_ramdisk_where_nova_has_none(self) -> None:
        """kernel-id and ramdisk-id are not there for servers that have none in Nova."""
        self.assert_told('EC2A-204', [LATEST + 'kernel-id', LATEST + 'ramdisk-id'], self.three)

    @decorators.idempotent_id('88e62584-75e1-465b-a5a9-8ca9c8c1e514')
    @requirement('EC2A-205')
    def test_root_device(self) -> None:
        """root is Nova's root_device_name, and ami the same with or without /dev/."""
        self.assert_told('EC2A-205', [MAPPING + 'root', MAPPING + 'ami'], self.all)

    @decorators.idempotent_id('ed80394a-d17a-4319-9a23-f96c54b44ba8')
    @requirement('EC2A-205')
    def test_volumes(self) -> None:
        """ebs0, ebs1 and so on are the devices of the attached volumes, each once."""
        self.needs_volumes()
        for server_id in self.all:
            names = [name for name in self.told(server_id, MAPPING).names
                     if re.fullmatch('ebs[0-9]+', name)]
            self.assert_told('EC2A-205', [MAPPING, *(MAPPING + name for name in names)],
                             [server_id], volumes_of=[server_id])

    # User data

    @decorators.idempotent_id('0509c1f9-484e-4a51-a816-dcc5f2f36eda')
    @requirement('EC2A-206')
    def test_user_data_is_given_decoded(self) -> None:
        """In both trees user data are the bytes that were sent to Nova in base64."""
        found = []
        for server_id in self.three:
            for path in USER_DATA_PATHS:
                answer = self.told(server_id, path)
                found += self.differences(
                    'EC2A-206', USER_DATA, of=f'server {server_id}',
                    expected=SENT.decode('latin-1'), seen=answer.data, answers=[answer])
        self.assert_none(found)

    @decorators.idempotent_id('0cd0f1ee-e58b-4955-837f-b83b72c274a3')
    @requirement('EC2A-206')
    def test_no_user_data_where_none_was_given(self) -> None:
        """In both trees there is no user data for a server that was given none."""
        self.assert_told('EC2A-206', USER_DATA_PATHS, [self.alone])

    # The tree of OpenStack

    @decorators.idempotent_id('bf05f61d-df99-49d6-8621-530283688e0e')
    @requirement('EC2A-207')
    def test_document_of_openstack(self) -> None:
        """meta_data.json has Nova's launch_index as a number, the id as uuid, and the hostname.

        Behind the hostname comes a domain or nothing.
        """
        self.assert_told('EC2A-207', [DOCUMENT], self.all)

    # Listings and versions

    @decorators.idempotent_id('733f5d0d-9c00-407f-93d5-9600e39e1e6f')
    @requirement('EC2A-208')
    def test_listings_name_what_is_served(self) -> None:
        """Each value that is served is listed, and none that is not."""
        found = []
        for server_id in (self.three[0], self.alone):
            for directory, known in LISTINGS.items():
                listing = self.told(server_id, directory)
                for name in known:
                    served = self.told(server_id, directory + name).status == 200
                    found += self.differences(
                        'EC2A-208', name, of=f'what is listed for server {server_id}',
                        expected=Words('there' if served else 'not there'),
                        seen=Words('there' if name in listing.names else 'not there'),
                        answers=[listing])
        self.assert_none(found)

    @decorators.idempotent_id('c3b8e294-3f0f-4512-bbaf-21f8b5c8accf')
    @requirement('EC2A-208')
    def test_dated_versions_agree_with_the_latest(self) -> None:
        """What a dated version shows is what the latest one shows."""
        found = []
        for server_id in (self.three[1], self.alone):
            for path in DATED_PATHS:
                latest = self.told(server_id, f'/latest/{path}')
                for version in DATED:
                    dated = self.told(server_id, f'/{version}/{path}')
                    found += self.differences(
                        'EC2A-208', USER_DATA if path == 'user-data' else path,
                        of=f'server {server_id} in version {version}', expected=latest.data,
                        seen=dated.data, answers=[dated, latest])
            latest, dated = self.told(server_id, DOCUMENT), self.told(server_id, DATED_DOCUMENT)
            for key in ('uuid', 'hostname', 'launch_index'):
                found += self.differences(
                    'EC2A-208', key, of=f'server {server_id} in a dated version',
                    expected=latest.document.get(key, ABSENT),
                    seen=dated.document.get(key, ABSENT), answers=[dated, latest])
        self.assert_none(found)

    # Who is told

    @decorators.idempotent_id('d4394dfd-bfba-4b4c-adbc-8d71e8344a66')
    @requirement('EC2A-209')
    def test_refusals(self) -> None:
        """Without the right signature, headers and project nothing is told."""
        server_id, other_id = self.three[:2]
        right = self.headers(server_id)
        wrong = metadata.signature('not the secret', server_id)
        refusals: list[tuple[str, dict[str, str], tuple[int, ...]]] = [
            ('a wrong signature', right | {metadata.SIGNATURE: wrong}, (403,)),
            ('a signature made with no secret',
             right | {metadata.SIGNATURE: metadata.signature('', server_id)}, (403,)),
            ("another server's signature",
             right | {metadata.SIGNATURE: self.headers(other_id)[metadata.SIGNATURE]}, (403,)),
            ('an empty signature', right | {metadata.SIGNATURE: ''}, (400, 403)),
            *((f'no {name}', {key: value for key, value in right.items() if key != name},
               (400, 403)) for name in right),
            ('another project', right | {metadata.PROJECT: NOBODYS_ID.replace('-', '')},
             (403, 404)),
            ('the id of no server', self.metadata.headers(NOBODYS_ID, right[metadata.PROJECT]),
             (403, 404))]
        values = {'reservation id': self.created.reservation_id.encode(),
                  'hostname': self.three_name.encode(), 'user data': SENT}
        found = []
        for path in (f'{LATEST}reservation-id', '/latest/user-data', DOCUMENT):
            found += self.differences(
                'EC2A-209', 'status', of='a request in order', expected=200,
                seen=(answer := self.told(server_id, path)).status, answers=[answer])
            for says, headers, statuses in refusals:
                answer = self.told(server_id, path, headers)
                if answer.status not in statuses:
                    found += self.differences(
                        'EC2A-209', 'status', of=f'a request with {says}',
                        expected=Words(' or '.join(map(str, statuses))), seen=answer.status,
                        answers=[answer])
                for name, value in values.items():
                    if value in answer.body:
                        found += self.differences(
                            'EC2A-209', 'body', of=f'the answer to a request with {says}',
                            expected=Words('nothing of the server'),
                            seen=Words(f'its {name}'), answers=[answer])
        self.assert_none(found)

    @decorators.idempotent_id('725c5aff-0803-4953-8913-d6a8809f2de6')
    @requirement('EC2A-210')
    def test_each_server_is_told_of_itself(self) -> None:
        """Each is told its own id and address, and again so after the others have asked."""
        found = []
        ids: dict[str, str] = {}
        for server_id in (*self.all, *self.all):
            answers = {path: self.told(server_id, path) for path in (
                DOCUMENT, f'{LATEST}local-ipv4', f'{LATEST}instance-id')}
            document, address, instance = answers.values()
            found += self.differences(
                'EC2A-210', 'uuid', of=f'server {server_id}', expected=server_id,
                seen=document.document.get('uuid', ABSENT), answers=[document])
            if address.text not in (own := self.addresses(server_id)):
                found += self.differences(
                    'EC2A-210', 'local-ipv4', of=f'server {server_id}',
                    expected=Words(' or '.join(own)), seen=address.text,
                    answers=[address, self.shown[server_id]])
            # An id that EC2 made, of which Nova's API shows nothing: it is the server's alone.
            if ids.setdefault(str(instance.text), server_id) != server_id:
                found += self.differences(
                    'EC2A-210', 'instance-id', of=f'server {server_id}',
                    expected=Words('one that no other server is told'), seen=instance.text,
                    answers=[instance])
        self.assert_none(found)
