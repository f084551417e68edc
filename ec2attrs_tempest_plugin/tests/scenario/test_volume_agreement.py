"""A server booted from a volume, with two further volumes, read through EC2."""

from collections.abc import Mapping
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.violation import ABSENT
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
        cls.nova[Role.MEMBER].create(body)
        [server_id] = cls.resources.named(body['name'], 1)
        cls.resources.wait_for_active([server_id])
        return server_id

    @decorators.idempotent_id('4cbad898-77e5-4a95-a54e-5e28603bc993')
    @requirement('EC2A-105', 'EC2A-112')
    def test_root_device_type_is_ebs(self) -> None:
        """A server that boots from a volume has an ebs root device."""
        [pair] = self.nova_and_ec2([self.server_id], Role.MEMBER)
        self.assert_agrees(
            'EC2A-105', 'RootDeviceType', of=f'{pair.name}, booted from a volume',
            expected='ebs', seen=pair.instance.get('RootDeviceType', ABSENT), answers=[pair.ec2])

    @decorators.idempotent_id('b79a535d-b9e7-4f0c-a4eb-2c8907a40b05')
    @requirement('EC2A-103', 'EC2A-112')
    def test_root_device_name_is_novas_and_maps_a_volume(self) -> None:
        """RootDeviceName is Nova's, and one of the mapped volumes is that device."""
        [pair] = self.nova_and_ec2([self.server_id], Role.ADMIN)
        root = ROOT_DEVICE_NAME.in_nova(pair.server)
        devices = [mapping.get('DeviceName') for mapping in mappings(pair.instance)]
        self.assert_none([
            *self.differences(
                'EC2A-103', ROOT_DEVICE_NAME, of=pair.name, expected=root,
                seen=ROOT_DEVICE_NAME.in_ec2(pair.instance), answers=pair.answers),
            *self.differences(
                'EC2A-103', ROOT_DEVICE_NAME,
                of=f'{pair.name}, as the number of mappings of that device', expected=1,
                seen=devices.count(root), answers=pair.answers)])

    @decorators.idempotent_id('9e2c95f7-b762-428c-bc74-7b1bb146fc5f')
    @requirement('EC2A-106', 'EC2A-112')
    def test_mappings_hold_the_attached_volumes(self) -> None:
        """The devices that Nova attached volumes as are mapped, each to its volume."""
        [pair] = self.nova_and_ec2([self.server_id], Role.MEMBER)
        attached = self.volumes_by_device(self.server_id)
        described = [(str(mapping.get('DeviceName')), mapping.get('Ebs', {}).get('VolumeId'))
                     for mapping in mappings(pair.instance)]
        self.assert_agrees(
            'EC2A-106', 'BlockDeviceMappings', of=f'{pair.name}, as device names',
            expected=sorted(attached), seen=sorted(device for device, _ in described),
            answers=pair.answers)
        self.assert_none(
            difference for device, ec2_id in described if not ec2_id
            for difference in self.differences(
                'EC2A-106', 'VolumeId', of=f'the mapping of {device} of {pair.name}',
                expected=Words('present'), seen=ABSENT, answers=pair.answers))
        # All of them: the id of no volume would be answered with an error.
        volumes = self.ec2.describe_volumes()
        sizes = {volume.get('VolumeId'): volume.get('Size', ABSENT)
                 for volume in volumes.body.get('Volumes', [])}
        root_size = self.resources.defaults.volume_size
        self.assert_none(
            difference for device, ec2_id in described
            for difference in self.differences(
                'EC2A-106', 'BlockDeviceMappings',
                of=f'{pair.name}, as the size in GiB of the volume at {device}',
                expected=self.sizes.get(attached[device], root_size),
                seen=sizes.get(ec2_id, ABSENT), answers=[pair.ec2, volumes, pair.nova]))

    @decorators.idempotent_id('ac7cf4e8-1be2-4a5c-aa56-d85653bdc806')
    @requirement('EC2A-107', 'EC2A-112')
    def test_flag_of_each_volume(self) -> None:
        """DeleteOnTermination of each volume is Nova's, in both values."""
        [pair] = self.nova_and_ec2([self.server_id], Role.MEMBER)
        described = {mapping.get('DeviceName'): mapping for mapping in mappings(pair.instance)}
        flags = {volume_id: DELETE_ON_TERMINATION.in_nova(volume)
                 for volume_id, volume in volumes_by_id(pair.server).items()}
        found = self.differences(
            'EC2A-107', DELETE_ON_TERMINATION, of=f'{pair.name}, as the values that occur',
            expected=[False, True], seen=sorted(set(flags.values()), key=repr),
            answers=[pair.nova])
        for device, volume_id in self.volumes_by_device(self.server_id).items():
            found += self.differences(
                'EC2A-107', DELETE_ON_TERMINATION, of=f'the volume at {device} of {pair.name}',
                expected=flags.get(volume_id, ABSENT),
                seen=DELETE_ON_TERMINATION.in_ec2(described.get(device, {})),
                answers=pair.answers)
        self.assert_none(found)

    @decorators.idempotent_id('f477a170-5aa1-47c9-9184-950254b4f866')
    @requirement('EC2A-042', 'EC2A-107', 'EC2A-112')
    def test_volumes_fare_as_ec2_says(self) -> None:
        """When the server is deleted, each volume goes or stays as EC2 said it would."""
        server_id = self.boot_from_volume(
            {self.resources.volume(): True, self.resources.volume(): False})
        [pair] = self.nova_and_ec2([server_id], Role.MEMBER)
        volume_at = self.volumes_by_device(server_id)
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
        [pair] = self.nova_and_ec2([self.server_id], Role.MEMBER)
        ec2 = self.ec2.describe_instance_attribute(pair.instance_id, 'userData')
        self.assert_agrees(
            'EC2A-110', USER_DATA, of=f'{pair.name}, which was given none', expected=ABSENT,
            seen=ec2.body.get('UserData', {}).get('Value') or ABSENT, answers=[ec2])

    @decorators.idempotent_id('2c1da30b-ca3d-4ce5-bcf7-8834be88c9c6')
    @requirement('EC2A-111')
    def test_flags_on_the_wire(self) -> None:
        """Integers are digits, flags true or false in the XML itself, of volumes as well."""
        [pair] = self.nova_and_ec2([self.server_id], Role.MEMBER)
        self.assert_none([*pair.ec2.written_wrong,
                          *self.ec2.describe_volumes().written_wrong])

    def volumes_by_device(self, server_id: str) -> dict[str, str]:
        """Return the ids of the attached volumes by the device names that Nova gave them."""
        return self.nova[Role.MEMBER].volumes_by_device(server_id)


def mappings(instance: Mapping[str, Any]) -> list[Any]:
    """Return the block device mappings of an instance."""
    found = instance.get('BlockDeviceMappings')
    return found if isinstance(found, list) else []
