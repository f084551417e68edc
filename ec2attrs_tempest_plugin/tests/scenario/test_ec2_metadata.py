"""The metadata service of the EC2 API beside that of Nova: the same facts."""

import base64
import re
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import metadata
from ec2attrs_tempest_plugin.clients.metadata import Metadata
from ec2attrs_tempest_plugin.clients.metadata import MetadataAnswer
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.told import DOCUMENT
from ec2attrs_tempest_plugin.contract.told import domain_behind
from ec2attrs_tempest_plugin.contract.told import LATEST
from ec2attrs_tempest_plugin.contract.told import MAPPING
from ec2attrs_tempest_plugin.contract.told import USER_DATA_PATHS
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.metadata import MetadataTest
from ec2attrs_tempest_plugin.tests.scenario.metadata import SENT

CONF = config.CONF

#: What the specification names of what a server is told, by the requirement on Nova's own
#: service. Ids of instances and images are each API's own and are not compared.
TOLD = {'EC2A-201': ['reservation-id'], 'EC2A-202': ['ami-launch-index'],
        'EC2A-205': ['block-device-mapping/root', 'block-device-mapping/ami']}
NAMES = ('hostname', 'local-hostname')
TEXT = '#!/bin/sh\necho text\n'


class Ec2MetadataTest(MetadataTest):
    """What a server is told by the EC2 API is what Nova's metadata service tells it."""

    by_ec2: Metadata

    @classmethod
    def prepare(cls) -> None:
        if not CONF.ec2attrs.ec2_metadata_url:
            cls.not_configured('[ec2attrs] ec2_metadata_url is not set: the metadata service of '
                               'the EC2 API is asked there')
        super().prepare()
        one = cls.resources.server(user_data=base64.b64encode(TEXT.encode()).decode())
        [cls.with_text] = cls.resources.boot(one)
        cls.all = [*cls.all, cls.with_text]
        cls.shown[cls.with_text] = cls.nova[Role.MEMBER].show(cls.with_text, FIRST)
        cls.by_ec2 = cls.metadata_at(CONF.ec2attrs.ec2_metadata_url, 'EC2 metadata')

    def both(self, server_id: str, path: str) -> tuple[MetadataAnswer, MetadataAnswer]:
        """Return what the EC2 API tells a server at a path, and what Nova does."""
        return self.told(server_id, path, by=self.by_ec2), self.told(server_id, path)

    @decorators.idempotent_id('f2f3d9f2-2d0e-4c34-b1e5-8cf0a8c41f0e')
    @requirement('EC2A-211')
    def test_each_fact(self) -> None:
        """Reservation, launch index, hostnames and root device are what Nova shows."""
        for requirement_id, names in TOLD.items():
            self.assert_told(requirement_id, [LATEST + name for name in names], self.all,
                             by=self.by_ec2, under='EC2A-211')
        self.assert_none(
            difference for server_id in self.all for name in NAMES
            for answer in [self.told(server_id, LATEST + name, by=self.by_ec2)]
            for expected in [self.as_named(server_id, answer)]
            for difference in self.differences(
                'EC2A-211', HOSTNAME, of=f'server {server_id}, as {name}', expected=expected,
                seen=answer.text, answers=[answer, self.shown[server_id]]))

    def as_named(self, server_id: str, answer: MetadataAnswer) -> Any:
        """Return the name that a server has in EC2: its address, or the hostname and a domain."""
        if CONF.ec2attrs.private_dns_name == 'address':
            addresses = self.addresses(server_id)
            return answer.text if answer.text in addresses else Words(' or '.join(addresses))
        nova = self.told(server_id, LATEST + 'hostname')
        hostname = str(nova.text).partition('.')[0]
        return (answer.text if domain_behind(hostname, answer.text) is not None
                else Words(f'{hostname} with a domain, or alone'))

    @decorators.idempotent_id('3c4ad8ab-8c4b-4c6c-a5ab-2f5e8dcef26d')
    @requirement('EC2A-212')
    def test_kernel_and_ramdisk(self) -> None:
        """A kernel-id and a ramdisk-id are told where Nova tells one, each in EC2's form."""
        found = []
        for name, prefix in (('kernel-id', 'aki'), ('ramdisk-id', 'ari')):
            for server_id in self.all:
                ec2, nova = self.both(server_id, LATEST + name)
                says = ABSENT if nova.text is ABSENT else Words(f'{prefix}- and hexadecimals')
                found += self.differences(
                    'EC2A-212', name, of=f'server {server_id}', expected=says,
                    seen=says if re.fullmatch(f'{prefix}-[0-9a-f]{{8,}}', str(ec2.text))
                    and says is not ABSENT else ec2.text, answers=[ec2, nova])
        self.assert_none(found)

    @decorators.idempotent_id('96b4f9e4-79d6-4c7b-8c80-67c21bb3bd2c')
    @requirement('EC2A-213')
    def test_volumes(self) -> None:
        """The devices of attached volumes are those that Nova tells."""
        self.needs_volumes()
        found = []
        for server_id in self.all:
            devices = []
            for service in (self.by_ec2, self.metadata):
                listing = self.told(server_id, MAPPING, by=service)
                devices.append(sorted(
                    str(self.told(server_id, MAPPING + name, by=service).text)
                    for name in listing.names if re.fullmatch('ebs[0-9]+', name)))
            found += self.differences('EC2A-213', 'ebs', of=f'server {server_id}',
                                      expected=devices[1], seen=devices[0],
                                      answers=[*self.both(server_id, MAPPING)])
        self.assert_none(found)

    @decorators.idempotent_id('a4a7a0b4-85d6-4b6f-92cc-e4e3c5a0c1de')
    @requirement('EC2A-214')
    def test_user_data(self) -> None:
        """User data that are a text are given as Nova gives them, or there are none."""
        self.assert_none(violation for path in USER_DATA_PATHS
                         for server_id in (self.with_text, self.alone)
                         for violation in self.unlike('EC2A-214', server_id, path))

    def unlike(self, requirement_id: str, server_id: str, path: str) -> list[Violation]:
        """Return a violation if a server is given other user data by the EC2 API than by Nova."""
        ec2, nova = self.both(server_id, path)
        return self.differences(requirement_id, USER_DATA, of=f'server {server_id}',
                                expected=nova.data, seen=ec2.data, answers=[ec2, nova])

    @decorators.idempotent_id('c3f5e8b5-1bb5-4f2a-8e7b-d1a0e4a7a6cc')
    @requirement('EC2A-218')
    def test_user_data_that_are_no_text(self) -> None:
        """User data of any bytes, as an archive is, are given as Nova gives them."""
        found: list[Violation] = []
        known: list[Violation] = []
        for path in USER_DATA_PATHS:
            for server_id in self.three:
                ec2, _ = self.both(server_id, path)
                # What Python writes for bytes, in the place of them.
                of = known if ec2.data == repr(SENT) else found
                of += self.unlike('EC2A-218', server_id, path)
        self.assert_none(found)
        self.advise(known)

    @decorators.idempotent_id('1fae14cb-06cf-46f9-a86c-f4f8d0fb5d8f')
    @requirement('EC2A-215')
    def test_document_of_openstack(self) -> None:
        """uuid, launch_index and hostname of meta_data.json are those that Nova tells."""
        self.assert_none(
            difference for server_id in self.all
            for ec2, nova in [self.both(server_id, DOCUMENT)]
            for key in ('uuid', 'launch_index', 'hostname')
            for difference in self.differences(
                'EC2A-215', key, of=f'server {server_id}',
                expected=without_domain(nova.document.get(key, ABSENT)),
                seen=without_domain(ec2.document.get(key, ABSENT)), answers=[ec2, nova]))

    @decorators.idempotent_id('0f9ae19f-2b34-4d77-9bd4-7b0a4ff4a3d5')
    @requirement('EC2A-216')
    def test_refusals(self) -> None:
        """Without the right signature for the right server nothing is told."""
        server_id = self.three[0]
        values = {'reservation id': self.created.reservation_id.encode(),
                  'hostname': self.three_name.encode(), 'user data': SENT}
        found = []
        for path in (LATEST + 'reservation-id', '/latest/user-data'):
            in_order = self.told(server_id, path, by=self.by_ec2)
            found += self.differences('EC2A-216', 'status', of='a request in order',
                                      expected=200, seen=in_order.status, answers=[in_order])
            for says, headers in self.not_signed_well():
                answer = self.told(server_id, path, headers, by=self.by_ec2)
                found += self.differences(
                    'EC2A-216', 'status', of=f'a request with {says}',
                    expected=Words('an error'),
                    seen=Words('an error') if answer.status >= 400 else answer.status,
                    answers=[answer])
                found += [difference for name, value in values.items()
                          for difference in self.differences(
                              'EC2A-216', 'body', of=f'the answer to a request with {says}',
                              expected=Words('nothing of the server'),
                              seen=Words(f'its {name}' if value in answer.body
                                         else 'nothing of the server'), answers=[answer])]
        self.assert_none(found)

    @decorators.idempotent_id('5f8ec2c4-9d3c-4b0b-bb6e-0cb1a39f4c4d')
    @requirement('EC2A-219')
    def test_refusals_are_errors_of_the_client(self) -> None:
        """A request without the right signature is answered with 400 to 404."""
        found: list[Violation] = []
        known: list[Violation] = []
        for says, headers in self.not_signed_well():
            answer = self.told(self.three[0], LATEST + 'reservation-id', headers, by=self.by_ec2)
            of = known if answer.status == 500 else found
            of += self.differences(
                'EC2A-219', 'status', of=f'a request with {says}', expected=Words('400 to 404'),
                seen=Words('400 to 404') if 400 <= answer.status <= 404 else answer.status,
                answers=[answer])
        self.assert_none(found)
        self.advise(known)

    def not_signed_well(self) -> list[tuple[str, dict[str, str]]]:
        """Return headers for the first server that are not signed as they have to be."""
        server_id, other_id = self.three[:2]
        right = self.headers(server_id)
        return [('a wrong signature', right | {
                    metadata.SIGNATURE: metadata.signature('not the secret', server_id)}),
                ("another server's signature", right | {
                    metadata.SIGNATURE: self.headers(other_id)[metadata.SIGNATURE]}),
                ('no signature', {name: value for name, value in right.items()
                                  if name != metadata.SIGNATURE})]

    @decorators.idempotent_id('7b3a5b09-0f3c-4e2f-9fc1-6e1a9bb7f0d4')
    @requirement('EC2A-217')
    def test_public_hostname(self) -> None:
        """public-hostname is what Nova tells."""
        found = [difference for server_id in self.all
                 for ec2, nova in [self.both(server_id, LATEST + 'public-hostname')]
                 for difference in self.differences(
                     'EC2A-217', 'public-hostname', of=f'server {server_id}',
                     expected=nova.text, seen=ec2.text, answers=[ec2, nova])]
        if all(violation.seen == 'None' for violation in found):
            self.advise(found)
        self.assert_none(found)


def without_domain(value: Any) -> Any:
    """Return a hostname without the domain that a service may put behind it."""
    return value.partition('.')[0] if isinstance(value, str) else value
