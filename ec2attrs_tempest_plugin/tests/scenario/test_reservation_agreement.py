"""Three servers of one request to Nova, read through EC2."""

import base64
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import ScenarioTest

CONF = config.CONF

SENT_USER_DATA = base64.b64encode(bytes(range(256))).decode()
# Of the other request, to be told from the first.
OTHER_USER_DATA = base64.b64encode(bytes(range(255, -1, -1))).decode()


class ReservationAgreementTest(ScenarioTest):
    """Servers booted from images: three of one request, and one created alone.

    The one has a kernel, where there is an image with a kernel.
    """

    @classmethod
    def prepare_servers(cls) -> None:
        nova = cls.nova[Role.MEMBER]
        three = cls.resources.server(
            min_count=3, max_count=3, return_reservation_id=True, user_data=SENT_USER_DATA)
        cls.created = nova.create(three)
        image_id = CONF.ec2attrs.kernel_ramdisk_image_ref or CONF.compute.image_ref
        alone = cls.resources.server(imageRef=image_id, user_data=OTHER_USER_DATA)
        nova.create(alone)
        cls.three = cls.resources.named(three['name'], 3)
        [cls.alone] = cls.resources.named(alone['name'], 1)
        cls.resources.wait_for_active([*cls.three, cls.alone])

    def names_in_ec2(self, ec2_id: Any) -> list[Any]:
        """Return the names of the images that EC2 has under an id: one, or none."""
        if ec2_id is ABSENT:
            return []
        try:
            images = self.ec2.describe_images(ImageIds=[ec2_id])
        except errors.BadAnswer:
            return []  # EC2 answers an error to the id of no image
        return [image.get('Name') for image in images.body.get('Images', [])]

    def disagreements(self, requirement_id: str, attribute: Attribute) -> list[Violation]:
        """Return where EC2 shows an attribute of the servers otherwise than Nova."""
        return [difference for pair in self.nova_and_ec2([*self.three, self.alone], Role.ADMIN)
                for difference in self.differences(
                    requirement_id, attribute, of=pair.name,
                    expected=attribute.in_nova(pair.server),
                    seen=attribute.in_ec2(pair.instance), answers=pair.answers)]

    @decorators.idempotent_id('95433ba5-a0de-4c02-99ad-49fe42b4bf9c')
    @requirement('EC2A-101', 'EC2A-112')
    def test_one_reservation_under_novas_id(self) -> None:
        """The three are one EC2 reservation, with the id that Nova's answer gave."""
        pairs = self.nova_and_ec2(self.three, Role.MEMBER)
        addresses = {pair.instance['PrivateIpAddress'] for pair in pairs}
        # All that comes under the id counts, and all instances of a reservation:
        # none of another request may be there.
        seen = [(reservation.get('ReservationId', ABSENT), len(held))
                for reservation in pairs[0].ec2.body.get('Reservations', [])
                if addresses & set(held := [instance.get('PrivateIpAddress')
                                            for instance in reservation.get('Instances', [])])
                or reservation.get('ReservationId') == self.created.reservation_id]
        self.assert_agrees(
            'EC2A-101', RESERVATION_ID, of='the servers of one request, with their number',
            expected=[(self.created.reservation_id, 3)], seen=seen,
            answers=[pairs[0].ec2, self.created])

    @decorators.idempotent_id('a5b0c02d-6f5e-4a13-a4a5-1a9e2c7d1f4e')
    @requirement('EC2A-101', 'EC2A-112')
    def test_reservation_id(self) -> None:
        """ReservationId of each is the reservation id of the same server."""
        self.assert_none(self.disagreements('EC2A-101', RESERVATION_ID))

    @decorators.idempotent_id('876b261e-8b4c-4e89-978e-bdd6f3bc92af')
    @requirement('EC2A-102', 'EC2A-112')
    def test_launch_index(self) -> None:
        """AmiLaunchIndex of each is the launch index of the same server."""
        self.assert_none(self.disagreements('EC2A-102', LAUNCH_INDEX))

    @decorators.idempotent_id('4d050067-b943-42a3-8f82-a354d100de5f')
    @requirement('EC2A-103', 'EC2A-112')
    def test_root_device_name(self) -> None:
        """RootDeviceName of each is the root device name of the same server."""
        self.assert_none(self.disagreements('EC2A-103', ROOT_DEVICE_NAME))

    @decorators.idempotent_id('ae721d6c-68f2-4a42-97e3-1eed3d9f5a5f')
    @requirement('EC2A-104', 'EC2A-112')
    def test_root_device_type_is_instance_store(self) -> None:
        """Servers that boot from an image have an instance-store root device."""
        self.assert_none(
            difference for pair in self.nova_and_ec2(self.three, Role.MEMBER)
            for difference in self.differences(
                'EC2A-104', 'RootDeviceType', of=f'{pair.name}, booted from an image',
                expected='instance-store', seen=pair.instance.get('RootDeviceType', ABSENT),
                answers=[pair.ec2]))

    @decorators.idempotent_id('229b38b6-af16-40c7-8ad7-929d27da7fac')
    @requirement('EC2A-108', 'EC2A-112')
    def test_private_dns_name(self) -> None:
        """PrivateDnsName of each is the hostname of the same server, or its address."""
        if CONF.ec2attrs.private_dns_name == 'hostname':
            self.assert_none(self.disagreements('EC2A-108', HOSTNAME))
            return
        self.assert_none(
            difference for pair in self.nova_and_ec2(self.three, Role.MEMBER)
            for difference in self.differences(
                'EC2A-108', HOSTNAME, of=f'{pair.name}, to be shown by its address',
                expected=pair.instance['PrivateIpAddress'],
                seen=HOSTNAME.in_ec2(pair.instance), answers=[pair.ec2]))

    @decorators.idempotent_id('c815b52c-6145-45ad-942a-214c32918214')
    @requirement('EC2A-110', 'EC2A-112')
    def test_user_data(self) -> None:
        """The userData of each is the user data of the same server."""
        found = []
        for pair in self.nova_and_ec2([*self.three, self.alone], Role.ADMIN):
            ec2 = self.ec2.describe_instance_attribute(pair.instance_id, 'userData')
            found += self.differences(
                'EC2A-110', USER_DATA, of=pair.name, expected=USER_DATA.in_nova(pair.server),
                seen=ec2.body.get('UserData', {}).get('Value', ABSENT),
                answers=[ec2, pair.nova])
        self.assert_none(found)

    @decorators.idempotent_id('0d1b9b3c-9a52-4c0d-8e27-4b4dfc9a7d55')
    @requirement('EC2A-106', 'EC2A-112')
    def test_no_mapping_where_nova_has_no_volume(self) -> None:
        """Servers without a volume have no block device mapping."""
        self.assert_none(
            difference for pair in self.nova_and_ec2([*self.three, self.alone], Role.MEMBER)
            for difference in self.differences(
                'EC2A-106', 'BlockDeviceMappings', of=f'{pair.name}, as their number',
                expected=len(volumes_by_id(pair.server)),
                seen=len(pair.instance.get('BlockDeviceMappings', [])), answers=pair.answers))

    @decorators.idempotent_id('b1c1e38d-a05d-4940-b77b-bb613424175f')
    @requirement('EC2A-109', 'EC2A-112')
    def test_no_kernel_and_no_ramdisk_where_nova_has_none(self) -> None:
        """KernelId and RamdiskId are absent for servers whose image has neither."""
        found = []
        for pair in self.nova_and_ec2(self.three, Role.ADMIN):
            for attribute in (KERNEL_ID, RAMDISK_ID):
                if attribute.in_nova(pair.server) in ('', None):
                    found += self.differences(
                        'EC2A-109', attribute, of=pair.name, expected=ABSENT,
                        seen=attribute.in_ec2(pair.instance), answers=pair.answers)
        self.assert_none(found)

    @decorators.idempotent_id('344d76c6-4d02-4e7c-ad60-177bb6ad6ba0')
    @requirement('EC2A-109', 'EC2A-112')
    def test_kernel_and_ramdisk_stand_for_novas_images(self) -> None:
        """KernelId and RamdiskId are EC2's ids of the images that Nova names.

        EC2 has image ids of its own, so the images are compared by their names.
        """
        if not CONF.ec2attrs.kernel_ramdisk_image_ref:
            self.not_configured('[ec2attrs] kernel_ramdisk_image_ref names no image that has '
                                'a kernel and a ramdisk')
        glance = Glance(self.member, base.endpoint(CONF.image, 'v2'))
        found = []
        for pair in self.nova_and_ec2([self.alone], Role.ADMIN):
            for attribute in (KERNEL_ID, RAMDISK_ID):
                nova_id = attribute.in_nova(pair.server)
                if not nova_id or nova_id is ABSENT:
                    found += self.differences(
                        'EC2A-109', attribute, of=f'{pair.name}, in Nova',
                        expected=Words('the id of an image'), seen=nova_id, answers=[pair.nova])
                    continue
                found += self.differences(
                    'EC2A-109', attribute, of=f'{pair.name}, as the name of the image',
                    expected=[glance.image(str(nova_id)).get('name')],
                    seen=self.names_in_ec2(attribute.in_ec2(pair.instance)),
                    answers=pair.answers)
        self.assert_none(found)

    @decorators.idempotent_id('cc0aef84-8d1d-48aa-aea6-79a6ccbd7548')
    @requirement('EC2A-111')
    def test_numbers_and_booleans_on_the_wire(self) -> None:
        """Integers are digits and booleans are true or false in the XML itself."""
        self.assert_none(self.ec2.describe_instances().written_wrong)
