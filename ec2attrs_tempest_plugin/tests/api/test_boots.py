"""What a server shows that boots from a kernel, and the fate of volumes."""

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import requirement

CONF = config.CONF


class BootsTest(base.BaseTest):
    """Each test boots a server of its own."""

    def boot(self, **more: object) -> str:
        """Return the id of a new active server."""
        [server_id] = self.resources.boot(self.resources.server(**more))
        return server_id

    @decorators.idempotent_id('b2bb0292-a4f6-40e2-a89d-cf08a1f20a30')
    @requirement('EC2A-032')
    def test_kernel_and_ramdisk_are_those_of_the_image(self) -> None:
        """A server shows the kernel and the ramdisk that its image's properties name."""
        image_id = CONF.ec2attrs.kernel_ramdisk_image_ref
        if not image_id:
            self.not_configured('[ec2attrs] kernel_ramdisk_image_ref names no image that has '
                                'a kernel and a ramdisk')
        admin = self.seen_by(Role.ADMIN, INTRODUCED)
        image = Glance(self.member, catalog.of_group(CONF, 'image', 'v2')).image(image_id)
        server_id = self.boot(imageRef=image_id)
        answer = admin.show(server_id, INTRODUCED)
        server = answer.server(server_id)
        self.assert_none(
            difference for attribute in (KERNEL_ID, RAMDISK_ID)
            for difference in self.differences(
                'EC2A-032', attribute, of=f'server {server_id}',
                expected=image.get(attribute.name), seen=attribute.in_nova(server),
                answers=[answer]))

    @decorators.idempotent_id('83213afc-f5f0-4370-b059-61633a63629e')
    @requirement('EC2A-042')
    def test_flagged_volumes_go_and_the_others_stay(self) -> None:
        """Of two volumes, the one to delete goes with its server, the other stays."""
        self.needs_volumes()
        self.needs_microversion(INTRODUCED)
        goes, stays = self.resources.volume(), self.resources.volume()
        server_id = self.boot(block_device_mapping_v2=self.resources.devices(
            {goes: True, stays: False}))
        shown = self.nova[Role.MEMBER].show(server_id, INTRODUCED)
        self.resources.delete(server_id)
        self.assert_none([
            *self.differences(
                'EC2A-042', DELETE_ON_TERMINATION, of=f'volume {goes}, flagged true, after '
                f'the deletion of its server', expected=None,
                seen=self.resources.status_of_volume(goes, None), answers=[shown]),
            *self.differences(
                'EC2A-042', DELETE_ON_TERMINATION, of=f'volume {stays}, flagged false, after '
                f'the deletion of its server', expected='available',
                seen=self.resources.status_of_volume(stays, 'available'), answers=[shown])])
