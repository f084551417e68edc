"""A server booted from a volume, with two further volumes, read through EC2."""

from collections.abc import Mapping

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import ScenarioTest

CONF = config.CONF


class VolumeAgreementTest(ScenarioTest):
    """Volumes with the flag in both values, as EC2 shows them and as they fare."""

    @classmethod
    def prepare_servers(cls) -> None:
        cls.needs_volumes()
        # Each of another size, the root's included: EC2 has volume ids of its
        # own, and it is by the size that a volume is told from another.
        size = cls.resources.defaults.volume_size
        goes, stays = cls.resources.volume(size + 1), cls.resources.volume(size + 2)
        cls.sizes = {goes: size + 1, stays: size + 2}
        cls.server_id = cls.boot_from_volume({goes: True, stays: False})

    @classmethod
    def boot_from_volume(cls, further: Mapping[str, bool]) -> str:
        """Return the id of a new active server whose root is a new volume, to be deleted."""
        body = cls.resources.server(imageRef='', block_device_mapping_v2=[
            {'boot_index': 0, 'source_type': 'image', 'uuid': CONF.compute.image_ref,
             'destination_type': 'volume', 'volume_size': cls.resources.defaults.volume_size,
             'delete_on_termination': True},
            *({'boot_index': -1, 'source_type': 'volume', 'uuid': volume_id,
               'destination_type': 'volume', 'delete_on_termination': flag}
              for volume_id, flag in further.items())])
        [server_id] = cls.resources.boot(body)
        return server_id

    @decorators.idempotent_id('4cbad898-77e5-4a95-a54e-5e28603bc993')
    @requirement('EC2A-105', 'EC2A-112')
    def test_root_device_type_is_ebs(self) -> None:
        """A server that boots from a volume has an ebs root device."""
        self.assert_none(self.view(Role.MEMBER).disagreements('EC2A-105', of=[self.server_id]))

    @decorators.idempotent_id('b79a535d-b9e7-4f0c-a4eb-2c8907a40b05')
    @requirement('EC2A-103', 'EC2A-112')
    def test_root_device_name_is_novas_and_maps_a_volume(self) -> None:
        """RootDeviceName is Nova's, and one of the mapped volumes is that device."""
        view = self.view(Role.ADMIN)
        pair = view.pair(self.server_id)
        devices = [mapping.get('DeviceName') for mapping in mappings(pair.instance)]
        self.assert_none([
            *view.disagreements('EC2A-103', of=[self.server_id]),
            *self.differences(
                'EC2A-103', ROOT_DEVICE_NAME,
                of=f'{pair.name}, as the number of mappings of that device', expected=1,
                seen=devices.count(ROOT_DEVICE_NAME.in_nova(pair.server)),
                answers=pair.answers)])

    @decorators.idempotent_id('9e2c95f7-b762-428c-bc74-7b1bb146fc5f')
    @requirement('EC2A-106', 'EC2A-112')
    def test_mappings_hold_the_attached_volumes(self) -> None:
        """The devices that Nova attached volumes as are mapped, each to its volume."""
        view = self.view(Role.MEMBER, volumes_of=[self.server_id])
        self.assert_none(view.disagreements('EC2A-106', of=[self.server_id]))

    @decorators.idempotent_id('ac7cf4e8-1be2-4a5c-aa56-d85653bdc806')
    @requirement('EC2A-107', 'EC2A-112')
    def test_flag_of_each_volume(self) -> None:
        """DeleteOnTermination of each volume is Nova's, in both values."""
        view = self.view(Role.MEMBER, volumes_of=[self.server_id])
        pair = view.pair(self.server_id)
        flags = {DELETE_ON_TERMINATION.in_nova(volume)
                 for volume in volumes_by_id(pair.server).values()}
        self.assert_none([
            *self.differences(
                'EC2A-107', DELETE_ON_TERMINATION, of=f'{pair.name}, as the values that occur',
                expected=[False, True], seen=sorted(flags, key=repr),
                answers=[view.nova.answer]),
            *view.disagreements('EC2A-107', of=[self.server_id])])

    @decorators.idempotent_id('71e0e7d5-92d5-4a67-91b3-3b2e53e2a7a0')
    @requirement('EC2A-152', 'EC2A-112')
    def test_volumes_name_their_instance(self) -> None:
        """DescribeVolumes says of each volume what it is attached to, as what, and the flag."""
        view = self.view(Role.MEMBER, volumes_of=[self.server_id])
        self.assert_none(view.disagreements('EC2A-152', of=[self.server_id]))

    @decorators.idempotent_id('f477a170-5aa1-47c9-9184-950254b4f866')
    @requirement('EC2A-042', 'EC2A-107', 'EC2A-112')
    def test_volumes_fare_as_ec2_says(self) -> None:
        """When the server is deleted, each volume goes or stays as EC2 said it would."""
        server_id = self.boot_from_volume(
            {self.resources.volume(): True, self.resources.volume(): False})
        pair = self.view(Role.MEMBER).pair(server_id)
        volume_at = self.nova[Role.MEMBER].volumes_by_device(server_id)
        said = {volume_at[mapping['DeviceName']]: DELETE_ON_TERMINATION.in_ec2(mapping)
                for mapping in mappings(pair.instance) if mapping.get('DeviceName') in volume_at}
        self.resources.delete(server_id)
        found = self.differences(
            'EC2A-107', 'BlockDeviceMappings', of=f'{pair.name}, as the number of its volumes',
            expected=3, seen=len(said), answers=pair.answers)
        for volume_id, flag in said.items():
            if not isinstance(flag, bool):
                found += self.differences(
                    'EC2A-107', DELETE_ON_TERMINATION, of=f'volume {volume_id}',
                    expected=Words('true or false'), seen=flag, answers=pair.answers)
                continue
            wanted = None if flag else 'available'
            found += self.differences(
                'EC2A-042', DELETE_ON_TERMINATION, of=f'volume {volume_id}, of which EC2 said '
                f'{str(flag).lower()}, as its status after the deletion of its server',
                expected=wanted, seen=self.resources.status_of_volume(volume_id, wanted),
                answers=pair.answers)
        self.assert_none(found)

    @decorators.idempotent_id('b6a59d03-be18-48dd-9847-5b58da63fbae')
    @requirement('EC2A-110', 'EC2A-112')
    def test_no_user_data_where_nova_has_none(self) -> None:
        """A server that was given no user data has none in EC2."""
        view = self.with_attributes(self.view(Role.ADMIN), ['userData'], [self.server_id])
        self.assert_agrees(
            'EC2A-110', USER_DATA, of=f'server {self.server_id}, in Nova', expected=None,
            seen=USER_DATA.in_nova(view.pair(self.server_id).server),
            answers=[view.nova.answer])
        self.assert_none(view.disagreements('EC2A-110', of=[self.server_id]))

    @decorators.idempotent_id('2c1da30b-ca3d-4ce5-bcf7-8834be88c9c6')
    @requirement('EC2A-111')
    def test_flags_on_the_wire(self) -> None:
        """Integers are digits, flags true or false in the XML itself, of volumes as well."""
        self.assert_none([*self.ec2.describe_instances().written_wrong,
                          *self.ec2.describe_volumes().written_wrong])
