"""Three servers of one request to Nova, read through EC2."""

import base64
import dataclasses

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import names
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import ScenarioTest

CONF = config.CONF

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
            min_count=3, max_count=3, return_reservation_id=True,
            user_data=base64.b64encode(names.user_data(bytes(range(256)))).decode())
        cls.created = nova.create(three)
        image_id = CONF.ec2attrs.kernel_ramdisk_image_ref or CONF.compute.image_ref
        alone = cls.resources.server(imageRef=image_id, user_data=OTHER_USER_DATA)
        nova.create(alone)
        cls.three = cls.resources.named(three['name'], 3)
        [cls.alone] = cls.resources.named(alone['name'], 1)
        cls.all = [*cls.three, cls.alone]
        cls.resources.wait_for_active(cls.all)

    @decorators.idempotent_id('95433ba5-a0de-4c02-99ad-49fe42b4bf9c')
    @requirement('EC2A-101', 'EC2A-112')
    def test_one_reservation_under_novas_id(self) -> None:
        """The three are one EC2 reservation, with the id that Nova's answer gave."""
        view = self.view(Role.MEMBER)
        instance_ids = {view.pair(server_id).instance_id for server_id in self.three}
        # All that comes under the id counts, and all instances of a reservation:
        # none of another request may be there.
        seen = [(reservation.get('ReservationId', ABSENT), len(held))
                for reservation in view.ec2.reservations()
                if instance_ids & set(held := [str(instance.get('InstanceId'))
                                               for instance in reservation.get('Instances', [])])
                or reservation.get('ReservationId') == self.created.reservation_id]
        self.assert_agrees(
            'EC2A-101', RESERVATION_ID, of='the servers of one request, with their number',
            expected=[(self.created.reservation_id, 3)], seen=seen,
            answers=[view.ec2.answer, self.created])

    @decorators.idempotent_id('a5b0c02d-6f5e-4a13-a4a5-1a9e2c7d1f4e')
    @requirement('EC2A-101', 'EC2A-112')
    def test_reservation_id(self) -> None:
        """The servers of a reservation are one reservation of EC2, under the same id."""
        self.assert_none(self.view(Role.ADMIN).disagreements('EC2A-101', of=self.all))

    @decorators.idempotent_id('876b261e-8b4c-4e89-978e-bdd6f3bc92af')
    @requirement('EC2A-102', 'EC2A-112')
    def test_launch_index(self) -> None:
        """AmiLaunchIndex of each is the launch index of the same server."""
        self.assert_none(self.view(Role.ADMIN).disagreements('EC2A-102', of=self.all))

    @decorators.idempotent_id('4d050067-b943-42a3-8f82-a354d100de5f')
    @requirement('EC2A-103', 'EC2A-112')
    def test_root_device_name(self) -> None:
        """RootDeviceName of each is the root device name of the same server."""
        self.assert_none(self.view(Role.ADMIN).disagreements('EC2A-103', of=self.all))

    @decorators.idempotent_id('ae721d6c-68f2-4a42-97e3-1eed3d9f5a5f')
    @requirement('EC2A-104', 'EC2A-112')
    def test_root_device_type_is_instance_store(self) -> None:
        """Servers that boot from an image have an instance-store root device."""
        self.assert_none(self.view(Role.MEMBER).disagreements('EC2A-104', of=self.three))

    @decorators.idempotent_id('229b38b6-af16-40c7-8ad7-929d27da7fac')
    @requirement('EC2A-108', 'EC2A-112')
    def test_private_dns_name(self) -> None:
        """PrivateDnsName of each is the hostname of the same server, or its address."""
        self.assert_none(self.view(Role.ADMIN).disagreements('EC2A-108', of=self.all))

    @decorators.idempotent_id('2b92ae48-7b14-4e9a-a39b-4d7e6ea3cbd4')
    @requirement('EC2A-150', 'EC2A-112')
    def test_owner(self) -> None:
        """OwnerId of each reservation is the project."""
        self.assert_none(self.view(Role.MEMBER).disagreements('EC2A-150', of=self.all))

    @decorators.idempotent_id('9c3bd4f3-0c24-4d1f-a8f5-2e03a0b57a86')
    @requirement('EC2A-151', 'EC2A-112')
    def test_instance_type(self) -> None:
        """InstanceType of each is the name of its flavor, whichever way EC2 is asked."""
        view = self.with_attributes(self.view(Role.MEMBER), ['instanceType'], self.all)
        flavor = self.nova[Role.MEMBER].request(
            'GET', f'/flavors/{CONF.compute.flavor_ref}', expect=(200,)).body['flavor']
        names = dataclasses.replace(view.nova, flavor_names={flavor['id']: flavor['name']})
        self.assert_none(dataclasses.replace(view, nova=names).disagreements(
            'EC2A-151', of=self.all))

    @decorators.idempotent_id('c815b52c-6145-45ad-942a-214c32918214')
    @requirement('EC2A-110', 'EC2A-112')
    def test_user_data(self) -> None:
        """The userData of each is the user data of the same server."""
        view = self.with_attributes(self.view(Role.ADMIN), ['userData'], self.all)
        self.assert_none(view.disagreements('EC2A-110', of=self.all))

    @decorators.idempotent_id('e1f6a1c4-7c6d-4a40-9b65-ff3e3fd64f8e')
    @requirement('EC2A-103', 'EC2A-112')
    def test_root_device_name_as_an_attribute(self) -> None:
        """EC2 asked for rootDeviceName alone says the root device name of the same server."""
        view = self.with_attributes(self.view(Role.ADMIN), ['rootDeviceName'], self.all)
        self.assert_none(view.disagreements('EC2A-103', of=self.all))

    @decorators.idempotent_id('52b7d64c-6df4-45a7-8cde-1b0ccf3dba36')
    @requirement('EC2A-153', 'EC2A-112')
    def test_no_protection_from_termination(self) -> None:
        """A server that nobody protected from termination is not said to be."""
        view = self.with_attributes(self.view(Role.MEMBER), ['disableApiTermination'], self.all)
        self.assert_none(view.disagreements('EC2A-153', of=self.all))

    @decorators.idempotent_id('0d1b9b3c-9a52-4c0d-8e27-4b4dfc9a7d55')
    @requirement('EC2A-106', 'EC2A-112')
    def test_no_mapping_where_nova_has_no_volume(self) -> None:
        """Servers without a volume have no block device mapping."""
        self.assert_none(self.view(Role.MEMBER).disagreements('EC2A-106', of=self.all))

    @decorators.idempotent_id('b1c1e38d-a05d-4940-b77b-bb613424175f')
    @requirement('EC2A-109', 'EC2A-112')
    def test_no_kernel_and_no_ramdisk_where_nova_has_none(self) -> None:
        """KernelId and RamdiskId are absent for servers whose image has neither."""
        view = self.with_attributes(self.view(Role.ADMIN), ['kernel', 'ramdisk'], self.three)
        self.assert_none(view.disagreements('EC2A-109', of=self.three))

    @decorators.idempotent_id('344d76c6-4d02-4e7c-ad60-177bb6ad6ba0')
    @requirement('EC2A-109', 'EC2A-112')
    def test_kernel_and_ramdisk_stand_for_novas_images(self) -> None:
        """KernelId and RamdiskId are EC2's ids of the images that Nova names.

        EC2 has image ids of its own, so the images are compared by their names.
        """
        if not CONF.ec2attrs.kernel_ramdisk_image_ref:
            self.not_configured('[ec2attrs] kernel_ramdisk_image_ref names no image that has '
                                'a kernel and a ramdisk')
        view = self.with_attributes(self.view(Role.ADMIN), ['kernel', 'ramdisk'], [self.alone])
        pair = view.pair(self.alone)
        for attribute in (KERNEL_ID, RAMDISK_ID):
            self.assert_agrees(
                'EC2A-109', attribute, of=f'{pair.name}, in Nova',
                expected=Words('the id of an image'),
                seen=attribute.in_nova(pair.server) and Words('the id of an image'),
                answers=[view.nova.answer])
        glance = Glance(self.member, catalog.of_group(CONF, 'image', 'v2'))
        in_nova = {str(image_id): str(glance.image(str(image_id)).get('name'))
                   for image_id in (KERNEL_ID.in_nova(pair.server),
                                    RAMDISK_ID.in_nova(pair.server))}
        # All of them: the id of no image would be answered with an error.
        in_ec2 = {str(image.get('ImageId')): [image.get('Name')]
                  for image in self.ec2.describe_images().body.get('Images', [])}
        named = dataclasses.replace(
            view, nova=dataclasses.replace(view.nova, image_names=in_nova),
            ec2=dataclasses.replace(view.ec2, image_names=in_ec2))
        self.assert_none(named.disagreements('EC2A-109', of=[self.alone]))

    @decorators.idempotent_id('cc0aef84-8d1d-48aa-aea6-79a6ccbd7548')
    @requirement('EC2A-111')
    def test_numbers_and_booleans_on_the_wire(self) -> None:
        """Integers are digits and booleans are true or false in the XML itself."""
        self.assert_none(self.ec2.describe_instances().written_wrong)
