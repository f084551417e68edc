"""What EC2 says of servers in each stage of their life, beside what Nova says."""

import base64

from tempest import config
from tempest.lib import decorators
from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.clients.attachments import Attachments
from ec2attrs_tempest_plugin.contract import attachments
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.contract.views import objects
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import ScenarioTest
from ec2attrs_tempest_plugin.tests.shared_volumes import SharedVolumes

CONF = config.CONF

USER_DATA_IN_REBUILDS = Microversion(2, 57)
HOSTNAME_IN_CHANGES = Microversion(2, 90)

NUMBER = 10
BEFORE, AFTER = (base64.b64encode(text).decode() for text in (b'before', b'and after'))


class StagesTest(ScenarioTest):
    """EC2 is asked before each change as well: what it keeps of then must not be shown."""

    def describe_first(self, server_id: str) -> str:
        """Let EC2 describe a server with its volumes before a change; return the instance id."""
        instance_id = self.view(Role.MEMBER).pair(server_id).instance_id
        if CONF.service_available.cinder:
            self.ec2.describe_volumes()
        self.ec2.describe_instance_attribute(instance_id, 'userData')
        return instance_id


class LifeAgreementTest(StagesTest):
    """A request for ten, of which each test that changes one has its own.

    Nova lets a project have ten by default.
    """

    @classmethod
    def prepare_servers(cls) -> None:
        ten = cls.resources.server(min_count=NUMBER, max_count=NUMBER, user_data=BEFORE)
        cls.ten = cls.resources.boot(ten)
        cls.stopped, cls.rebuilt, cls.renamed, cls.deleted, *cls.others = cls.ten

    @decorators.idempotent_id('c1a8dd3c-52b4-49ea-bf1c-4e5ed1e1a3a8')
    @requirement('EC2A-161')
    def test_reservation_of_ten(self) -> None:
        """The servers of a request for ten are one reservation, each as Nova shows it."""
        view = self.with_attributes(self.view(Role.ADMIN), ['userData'], self.others)
        self.assert_none(view.disagreements(of=self.others, under='EC2A-161'))

    @decorators.idempotent_id('8e4f7b70-8f2e-4d3e-8de4-f3b5ab5cf6a4')
    @requirement('EC2A-155')
    def test_stopped(self) -> None:
        """A server that was stopped is shown as Nova shows it."""
        self.describe_first(self.stopped)
        self.nova[Role.MEMBER].act(self.stopped, 'os-stop')
        self.resources.wait_for([self.stopped], 'SHUTOFF')
        view = self.with_attributes(self.view(Role.ADMIN), ['userData'], [self.stopped])
        self.assert_none(view.disagreements(of=[self.stopped], under='EC2A-155'))

    @decorators.idempotent_id('d6c7c8ab-0a2a-43b5-8c3a-8e8b6ec1a1c7')
    @requirement('EC2A-156')
    def test_rebuilt_with_other_user_data(self) -> None:
        """A server that was rebuilt is shown as Nova shows it, with the user data it has now."""
        self.needs_microversion(USER_DATA_IN_REBUILDS)
        self.describe_first(self.rebuilt)
        self.nova[Role.MEMBER].rebuild(
            self.rebuilt, CONF.compute.image_ref, USER_DATA_IN_REBUILDS, user_data=AFTER)
        self.resources.wait_for_active([self.rebuilt])
        view = self.with_attributes(self.view(Role.ADMIN), ['userData'], [self.rebuilt])
        self.assert_none(view.disagreements(of=[self.rebuilt], under='EC2A-156'))

    @decorators.idempotent_id('2f7c7d2c-33b6-4f43-86fb-7a0e6cb6bb57')
    @requirement('EC2A-157')
    def test_other_hostname(self) -> None:
        """A server whose hostname was changed is shown as Nova shows it, under the new one."""
        self.needs_microversion(HOSTNAME_IN_CHANGES)
        self.describe_first(self.renamed)
        hostname = data_utils.rand_name('renamed', prefix='').lower()
        self.nova[Role.MEMBER].update(self.renamed, {'hostname': hostname}, HOSTNAME_IN_CHANGES)
        view = self.view(Role.ADMIN)
        self.assert_agrees(
            'EC2A-157', HOSTNAME, of=f'server {self.renamed}, in Nova', expected=hostname,
            seen=HOSTNAME.in_nova(view.pair(self.renamed).server), answers=[view.nova.answer])
        self.assert_none(view.disagreements(of=[self.renamed], under='EC2A-157'))

    @decorators.idempotent_id('f1b6f3e7-26da-4ce3-9f6f-6a7d7b9c0f51')
    @requirement('EC2A-158')
    def test_one_of_ten_deleted(self) -> None:
        """After one of a reservation is deleted the others are shown as before, it no more."""
        gone = self.describe_first(self.deleted)
        self.resources.delete(self.deleted)
        view = self.view(Role.ADMIN)
        states = [instance.get('State', {}).get('Name', ABSENT)
                  for instance, _ in view.ec2.instances()
                  if instance.get('InstanceId') == gone]
        self.assert_agrees(
            'EC2A-158', 'State', of=f'server {self.deleted}, which is deleted', expected=[],
            seen=[state for state in states if state != 'terminated'],
            answers=[view.ec2.answer])
        self.assert_none(view.disagreements(of=self.others, under='EC2A-158'))


class AttachmentAgreementTest(SharedVolumes, StagesTest):
    """A server with two volumes, and three that are being built."""

    @classmethod
    def prepare_servers(cls) -> None:
        cls.needs_volumes()
        cls.goes, cls.stays = cls.resources.volume(), cls.resources.volume()
        one = cls.resources.server(block_device_mapping_v2=cls.resources.devices(
            {cls.goes: True, cls.stays: False}))
        [cls.one] = cls.resources.boot(one)

    @decorators.idempotent_id('5b0f8b63-3ab5-4e4c-8d4d-0c1de5fdd3fe')
    @requirement('EC2A-154')
    def test_while_they_are_built(self) -> None:
        """From the first moment on a request for three is one reservation with its indexes.

        They have no addresses yet by which one could be told from another.
        """
        body = self.resources.server(min_count=3, max_count=3, return_reservation_id=True)
        created = self.nova[Role.MEMBER].create(body)
        three = self.resources.named(body['name'], 3)
        view = self.view(Role.ADMIN)
        servers = [server for server in view.nova.servers if server['id'] in three]
        reservations = [reservation for reservation in view.ec2.reservations()
                        if reservation.get('ReservationId') == created.reservation_id]
        shown = [instance for reservation in reservations
                 for instance in reservation.get('Instances', [])]
        self.assert_agrees(
            'EC2A-154', RESERVATION_ID, of='three servers that are being built, as the number '
            'of reservations under it and of instances in them', expected=[1, 3],
            seen=[len(reservations), len(shown)], answers=[view.ec2.answer, created])
        hostnames = [] if CONF.ec2attrs.private_dns_name == 'address' else [HOSTNAME]
        self.assert_none(
            difference for attribute in (LAUNCH_INDEX, *hostnames)
            for difference in self.differences(
                'EC2A-154', attribute, of='the three while they are built',
                expected=sorted(map(attribute.in_nova, servers), key=repr),
                seen=sorted(map(attribute.in_ec2, shown), key=repr),
                answers=[view.ec2.answer, view.nova.answer]))

    @decorators.idempotent_id('0c40b1b5-4eb3-4e5b-8a7f-2c4f9b8f9b8c')
    @requirement('EC2A-104')
    def test_volumes_do_not_make_the_root_device_one(self) -> None:
        """A server that boots from an image is instance-store, whatever is attached to it."""
        view = self.view(Role.MEMBER)
        self.assert_none(view.disagreements('EC2A-104', of=[self.one]))

    @decorators.idempotent_id('4dd7df3c-9e6a-4d3a-bd2e-3d34f0a7b0a4')
    @requirement('EC2A-159')
    def test_detached_and_attached(self) -> None:
        """What is detached is mapped no more; what is attached is mapped, with its flag."""
        self.needs_microversion(attachments.FLAG_SINCE)
        attached = Attachments(self.nova[Role.MEMBER], self.one)
        volume_id = self.resources.volume()
        for flag in (True, False):
            attached.attach(volume_id, attachments.FLAG_SINCE, delete_on_termination=flag)
            self.assert_status(volume_id, 'in-use')
            view = self.view(Role.MEMBER, volumes_of=[self.one])
            self.assert_none(view.disagreements(
                'EC2A-106', 'EC2A-107', 'EC2A-152', of=[self.one], under='EC2A-159'))
            attached.detach(volume_id, attachments.FLAG_SINCE)
            self.assert_status(volume_id, 'available')
            view = self.view(Role.MEMBER, volumes_of=[self.one])
            self.assert_none(view.disagreements(
                'EC2A-106', 'EC2A-107', 'EC2A-152', of=[self.one], under='EC2A-159'))

    @decorators.idempotent_id('b55b0b79-9a41-4a0c-9d53-0e6d9b0a45a2')
    @requirement('EC2A-160')
    def test_flag_changed(self) -> None:
        """The flag that an attachment was given later is the one that EC2 shows."""
        self.needs_microversion(attachments.CHANGE_SINCE)
        self.describe_first(self.one)
        attached = Attachments(self.nova[Role.MEMBER], self.one)
        for volume_id, flag in ((self.goes, False), (self.stays, True)):
            attached.update(volume_id, attachments.CHANGE_SINCE, delete_on_termination=flag)
        view = self.view(Role.MEMBER, volumes_of=[self.one])
        self.assert_none(view.disagreements(
            'EC2A-107', 'EC2A-152', of=[self.one], under='EC2A-160'))

    @decorators.idempotent_id('7e1d6f3a-5d0f-4c57-bb5a-6c2d8a9f9a35')
    @requirement('EC2A-162')
    def test_shared_volume(self) -> None:
        """A volume that is attached to two servers is mapped for both."""
        size = self.resources.defaults.volume_size + 7  # that no other has
        volume_id = self.resources.volume(size, self.type_of_shared_volumes())
        body = self.resources.server()
        both = [self.one, *self.resources.boot(body)]
        for server_id in both:
            Attachments(self.nova[Role.MEMBER], server_id).attach(
                volume_id, attachments.FLAG_SINCE)
            self.resources.until(lambda server_id=server_id: volume_id in  # type: ignore[misc]
                                 self.nova[Role.MEMBER].volumes_by_device(server_id).values())
            self.assert_status(volume_id, 'in-use')
        view, volumes = self.view(Role.MEMBER), self.ec2.describe_volumes()
        ec2_ids = [volume.get('VolumeId') for volume in objects(volumes.body.get('Volumes'))
                   if volume.get('Size') == size]
        seen = [server_id for server_id in both for mapping in mappings(
            view.pair(server_id).instance) if mapping.get('Ebs', {}).get('VolumeId') in ec2_ids]
        found = self.differences(
            'EC2A-162', 'BlockDeviceMappings', of=f'volume {volume_id}, attached to two servers, '
            f'as those that map it', expected=both, seen=seen,
            answers=[view.ec2.answer, volumes, view.nova.answer])
        # While it is let go by the one it cannot be by the other.
        for server_id, left in zip(both, ('in-use', 'available'), strict=True):
            Attachments(self.nova[Role.MEMBER], server_id).detach(
                volume_id, attachments.FLAG_SINCE)
            self.resources.until(lambda server_id=server_id: volume_id not in  # type: ignore[misc]
                                 self.nova[Role.MEMBER].volumes_by_device(server_id).values())
            self.assert_status(volume_id, left)
        if len(seen) == 1:
            self.advise(found)
        self.assert_none(found)

    def assert_status(self, volume_id: str, wanted: str) -> None:
        """Wait until a volume has a status of Cinder."""
        self.assert_agrees(
            'EC2A-159', DELETE_ON_TERMINATION, of=f'volume {volume_id}, as its status',
            expected=wanted, seen=self.resources.status_of_volume(volume_id, wanted), answers=[])
