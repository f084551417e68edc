"""Instances launched through EC2: one reservation, then and later, as it was asked for.

Nova's own reservation id is not compared: an EC2 API may well ask Nova for each
instance by itself, as that of OpenStack does, and then Nova has a reservation
with the launch index 0 for each.
"""

import base64
from collections.abc import Mapping
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients.ec2 import Ec2Answer
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract import agreement
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.contract.views import objects
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import names
from ec2attrs_tempest_plugin.tests.launches import ids_of
from ec2attrs_tempest_plugin.tests.launches import Launches
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import Ec2Test

CONF = config.CONF



class LaunchesTest(Ec2Test):
    """Three of one request, with user data, and one with two volumes, flagged and not."""

    made: Launches

    @classmethod
    def prepare_servers(cls) -> None:
        cls.made = cls.launches()
        cls.sent = names.user_data(bytes(range(256)))
        cls.request = {'UserData': cls.sent, 'ClientToken': names.new()}
        cls.three = cls.made.run(3, **cls.request)
        cls.at_first = cls.ec2.describe_instances()
        size = cls.resources.defaults.volume_size
        # Of other sizes: under which names they are attached is not ours to say.
        cls.flags = {size + 1: True, size + 2: False}
        cls.with_volumes(cls.launch_one)
        cls.all = [*ids(cls.three), *ids(cls.one)]
        cls.made.wait_for(cls.all, 'running')

    @classmethod
    def launch_one(cls, with_volumes: bool) -> None:
        """Launch one instance, with two volumes if there can be some."""
        cls.one = cls.made.run(1, **mappings_of(cls.flags) if with_volumes else {})
        cls.made.wait_for(ids(cls.one), 'running')

    @decorators.idempotent_id('8fb4ee37-d67b-4a7b-8b4e-0f3c8c5dd0a5')
    @requirement('EC2A-130')
    def test_one_reservation_of_three(self) -> None:
        """The answer is one reservation of three instances, with the indexes 0, 1 and 2."""
        instances = objects(self.three.body.get('Instances'))
        of = 'the answer to a launch of three'
        self.assert_none([
            *self.differences('EC2A-130', 'InstanceId', of=of, expected=3,
                              seen=len(set(ids(self.three)) - {'None', ''}),
                              answers=[self.three]),
            *self.differences('EC2A-130', LAUNCH_INDEX, of=of, expected=[0, 1, 2],
                              seen=sorted((LAUNCH_INDEX.in_ec2(each) for each in instances),
                                          key=repr), answers=[self.three]),
            *(difference for key in ('ReservationId', 'OwnerId')
              for difference in self.differences(
                  'EC2A-130', key, of=of, expected=Words('there'),
                  seen=Words('there') if self.three.body.get(key) else ABSENT,
                  answers=[self.three]))])

    @decorators.idempotent_id('ba3ecb2b-8a2d-4f43-ac18-b2a91c5f64d9')
    @requirement('EC2A-131')
    def test_same_reservation_later(self) -> None:
        """Each later description has the reservation of the answer: at once, running, stopped."""
        found = self.unlike(self.three, self.at_first, 'at once')
        found += self.unlike(self.three, self.ec2.describe_instances(), 'when they run')
        [stopped, *_] = ids_of(self.three, 3)
        self.ec2.ask('StopInstances', InstanceIds=[stopped])
        self.made.wait_for([stopped], 'stopped')
        found += self.unlike(self.three, self.ec2.describe_instances(), 'when one is stopped')
        self.assert_none(found)

    @decorators.idempotent_id('5b7b2f0e-1f44-4a55-9c7e-7d1b0e6a3c52')
    @requirement('EC2A-131')
    def test_same_reservation_when_one_is_gone(self) -> None:
        """Once the first of three is terminated the others are described as before."""
        launched = self.made.run(3)
        three = ids_of(launched, 3)
        # Another test tells where no instance has the index 0.
        gone = next((instance_id for instance_id, index in indexes(launched.body)
                     if index == 0), three[0])
        self.made.wait_for(three, 'running')
        self.made.terminate([gone])
        self.assert_none(self.unlike(launched, self.ec2.describe_instances(),
                                     'when one is gone', gone=gone))
        self.made.terminate(set(three) - {gone})

    def unlike(self, launched: Ec2Answer, described: Ec2Answer,
               when: str, gone: str = '') -> list[Violation]:
        """Return where the reservation of a launch is described otherwise than it was then.

        :param gone: an instance of it that is left out, as it is shown for a while or not at all.
        """
        its_ids = set(ids(launched)) - {gone}
        held = [reservation for reservation in Ec2View(described).reservations()
                if its_ids & {each.get('InstanceId')
                              for each in objects(reservation.get('Instances'))}]
        found = self.differences(
            'EC2A-131', RESERVATION_ID, of=f'the instances of one launch {when}',
            expected=[launched.body.get('ReservationId')],
            seen=[each.get('ReservationId', ABSENT) for each in held],
            answers=[described, launched])
        for reservation in held[:1]:
            found += self.differences(
                'EC2A-131', 'OwnerId', of=f'the reservation of one launch {when}',
                expected=launched.body.get('OwnerId', ABSENT),
                seen=reservation.get('OwnerId', ABSENT), answers=[described, launched])
            found += self.differences(
                'EC2A-131', LAUNCH_INDEX, of=f'the instances of one launch {when}',
                expected=[each for each in indexes(launched.body) if each[0] != gone],
                seen=[each for each in indexes(reservation) if each[0] != gone],
                answers=[described, launched])
        return found

    @decorators.idempotent_id('0ea7a0a7-5a7b-4aa5-a7b7-1f2fd1b93ad2')
    @requirement('EC2A-134')
    def test_other_launch_is_another_reservation(self) -> None:
        """Another launch has another reservation, and its index is 0."""
        self.assert_none([
            *self.differences(
                'EC2A-134', RESERVATION_ID, of='two launches, as the number of different ones',
                expected=2, seen=len({self.three.body.get('ReservationId'),
                                      self.one.body.get('ReservationId')}),
                answers=[self.one, self.three]),
            *self.differences(
                'EC2A-134', LAUNCH_INDEX, of='an instance launched alone', expected=[0],
                seen=[LAUNCH_INDEX.in_ec2(each)
                      for each in objects(self.one.body.get('Instances'))],
                answers=[self.one])])

    @decorators.idempotent_id('c2df1ad6-4b0e-4a7c-8d5c-c8d8a2e0b0d3')
    @requirement('EC2A-133')
    def test_same_client_token(self) -> None:
        """The same request with the same ClientToken launches nothing and has the same answer."""
        before = set(self.made.states())
        again = self.made.attempt(**self.made.arguments(3, **self.request))
        self.assert_agrees('EC2A-133', 'Code', of='a launch that was asked for twice',
                           expected=ABSENT, seen=again.code, answers=[again])
        if isinstance(again, Refused):
            return
        self.assert_none([
            *self.differences(
                'EC2A-133', RESERVATION_ID, of='a launch that was asked for twice',
                expected=self.three.body.get('ReservationId'),
                seen=again.body.get('ReservationId', ABSENT), answers=[again, self.three]),
            *self.differences(
                'EC2A-133', 'InstanceId', of='a launch that was asked for twice',
                expected=sorted(ids(self.three)), seen=sorted(ids(again)),
                answers=[again, self.three]),
            *self.differences(
                'EC2A-133', 'Instances', of='the project, as the number of further ones',
                expected=0, seen=len(self.made.further(before, self.request['ClientToken'])),
                answers=[again])])

    @decorators.idempotent_id('dca6ec77-8a0a-4a52-90fa-3b2d9d9ef9a1')
    @requirement('EC2A-132')
    def test_more_at_least_than_at_most(self) -> None:
        """A launch of at least two and at most one is refused, and nothing is launched."""
        before, token = set(self.made.states()), names.new()
        answer = self.made.attempt(**self.made.arguments(
            1, MinCount=2, ClientToken=token))
        code = str(answer.code)
        self.assert_none([
            *self.differences(
                'EC2A-132', 'Code', of='a launch of at least two and at most one',
                expected=Words('InvalidParameterValue or InvalidParameterCombination'),
                seen=Words('InvalidParameterValue or InvalidParameterCombination')
                if code in ('InvalidParameterValue', 'InvalidParameterCombination')
                else answer.code, answers=[answer]),
            *self.differences(
                'EC2A-132', 'Instances', of='the project, as the number of further ones',
                expected=0, seen=len(self.made.further(before, token)), answers=[answer])])

    @decorators.idempotent_id('3ac1b91b-2d7b-49d7-9e4e-cf0e8a6d1c9b')
    @requirement('EC2A-135')
    def test_flags_of_its_volumes(self) -> None:
        """The volumes of the request are mapped, each with the flag that was asked for."""
        self.needs_volumes()
        described, volumes = self.ec2.describe_instances(), self.ec2.describe_volumes()
        [one] = ids_of(self.one, 1)
        size_of = {volume.get('VolumeId'): volume.get('Size')
                   for volume in objects(volumes.body.get('Volumes'))}
        seen = {size_of.get(mapping.get('Ebs', {}).get('VolumeId')):
                DELETE_ON_TERMINATION.in_ec2(mapping)
                for mapping in mappings(instance_of(described, one))}
        self.assert_none(
            difference for size, flag in self.flags.items()
            for difference in self.differences(
                'EC2A-135', DELETE_ON_TERMINATION,
                of=f'the volume of {size} GiB of an instance launched with it', expected=flag,
                seen=seen.get(size, ABSENT), answers=[described, volumes]))

    @decorators.idempotent_id('b61e2f66-bf4f-42b4-9c0f-c83ae5ed2c4e')
    @requirement('EC2A-136')
    def test_nova_knows_what_was_launched(self) -> None:
        """Volumes with their flags, user data, names and devices are Nova's as well."""
        self.needs_servers_in_ec2()
        self.needs_volumes()
        servers = [self.server_of(instance_id) for instance_id in self.all]
        view = self.with_attributes(self.view(Role.ADMIN, volumes_of=servers[-1:]),
                                    ['userData'], servers)
        self.assert_none(view.disagreements(
            'EC2A-103', 'EC2A-104', 'EC2A-105', 'EC2A-106', 'EC2A-107', 'EC2A-108', 'EC2A-110',
            'EC2A-150', 'EC2A-152', of=servers, under='EC2A-136'))

    def server_of(self, instance_id: str) -> str:
        """Return Nova's id of an instance, found by its addresses."""
        view = self.view(Role.MEMBER)
        instance = next((each for each, _ in view.ec2.instances()
                         if each.get('InstanceId') == instance_id), {})
        found = [str(server['id']) for server in agreement.servers_of(view.nova, instance)]
        self.assert_agrees(
            'EC2A-136', 'PrivateIpAddress', of=f'instance {instance_id}, as the number of '
            f'servers of Nova that have it', expected=1, seen=len(found),
            answers=[view.ec2.answer, view.nova.answer])
        return found[0]

    @decorators.idempotent_id('6fbb8bb1-15a8-4ad4-8b49-6d9a7bb2f8bb')
    @requirement('EC2A-139')
    def test_user_data(self) -> None:
        """The userData of each is the base64 of the bytes that the launch was given."""
        self.assert_none(
            difference for instance_id in ids(self.three)
            for answer in [self.ec2.describe_instance_attribute(instance_id, 'userData')]
            for difference in self.differences(
                'EC2A-139', USER_DATA, of=f'instance {instance_id}',
                expected=base64.b64encode(self.sent).decode(),
                seen=answer.body.get('UserData', {}).get('Value', ABSENT), answers=[answer]))

    @decorators.idempotent_id('e0fca7dc-7a4b-4c9e-bd52-6c7fd1f6f3e4')
    @requirement('EC2A-140')
    def test_attributes_are_as_described(self) -> None:
        """Asked one by one, type and root device are what the description has."""
        described = self.ec2.describe_instances()
        self.assert_none(
            difference for instance_id in self.all
            for instance in [instance_of(described, instance_id)]
            for name, key in (('instanceType', 'InstanceType'),
                              ('rootDeviceName', 'RootDeviceName'))
            for answer in [self.ec2.describe_instance_attribute(instance_id, name)]
            for difference in self.differences(
                'EC2A-140', key, of=f'instance {instance_id}, asked for it',
                expected=instance.get(key, ABSENT),
                seen=answer.body.get(key, {}).get('Value', ABSENT),
                answers=[answer, described]))

    @decorators.idempotent_id('0aa6b0cd-3d42-4f9e-a3b9-91b3d3d8b3d0')
    @requirement('EC2A-141')
    def test_block_device_mapping_as_an_attribute(self) -> None:
        """EC2 asked for blockDeviceMapping alone says what the description has."""
        self.needs_volumes()
        [one] = ids_of(self.one, 1)
        answer = self.ec2.describe_instance_attribute(one, 'blockDeviceMapping')
        described = self.ec2.describe_instances()
        self.assert_agrees(
            'EC2A-141', 'blockDeviceMapping', of=f'instance {one}, as devices with volume and '
            f'flag', expected=mapped(instance_of(described, one)), seen=mapped(answer.body),
            answers=[answer, described])


def mapped(holder: Mapping[str, Any]) -> list[list[Any]]:
    """Return the devices that are mapped, each with its volume and its flag."""
    return sorted(
        ([mapping.get('DeviceName', ABSENT), mapping.get('Ebs', {}).get('VolumeId', ABSENT),
          DELETE_ON_TERMINATION.in_ec2(mapping)] for mapping in mappings(holder)), key=repr)


def mappings_of(flags: Mapping[int, bool]) -> dict[str, Any]:
    """Return the argument of RunInstances that asks for volumes.

    :param flags: delete_on_termination of each by its size in GiB.
    """
    return {'BlockDeviceMappings': [
        {'DeviceName': f'/dev/vd{letter}',
         'Ebs': {'VolumeSize': size, 'DeleteOnTermination': flag}}
        for letter, (size, flag) in zip('bcdef', flags.items(), strict=False)]}


def ids(launched: Ec2Answer) -> list[str]:
    """Return the ids of the instances in the answer to a launch."""
    return [str(each.get('InstanceId')) for each in objects(launched.body.get('Instances'))]


def indexes(reservation: Mapping[str, Any]) -> list[list[Any]]:
    """Return the instances of a reservation with their launch indexes."""
    return sorted([str(each.get('InstanceId')), LAUNCH_INDEX.in_ec2(each)]
                  for each in objects(reservation.get('Instances')))


def instance_of(described: Ec2Answer, instance_id: str) -> Mapping[str, Any]:
    """Return an instance of a description, an empty one where it is not in it."""
    return next((instance for instance, _ in Ec2View(described).instances()
                 if instance.get('InstanceId') == instance_id), {})
