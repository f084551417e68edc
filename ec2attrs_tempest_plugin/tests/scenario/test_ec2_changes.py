"""Instances that EC2 itself changes: protected, given volumes, and terminated."""

import base64
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.ec2 import Ec2Answer
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.contract.views import objects
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.tests.launches import Launches
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import Ec2Test
from ec2attrs_tempest_plugin.tests.scenario.test_ec2_launches import ids
from ec2attrs_tempest_plugin.tests.scenario.test_ec2_launches import instance_of
from ec2attrs_tempest_plugin.tests.scenario.test_ec2_launches import mappings_of

CONF = config.CONF

# Bytes whose base64 reads as a number, as a boolean, and as none.
LOOKS_LIKE_ANOTHER_TYPE = ('1234', 'true', 'None')


class Ec2ChangesTest(Ec2Test):
    """One instance with two volumes, protected from termination, and one without either."""

    made: Launches

    @classmethod
    def prepare_servers(cls) -> None:
        cls.made = cls.launches()
        size = cls.resources.defaults.volume_size
        cls.flags = {size + 1: True, size + 2: False}
        # Whatever becomes of the launch and the tests, it has to go.
        cls.addClassResourceCleanup(cls.unprotect_all)
        [cls.plain] = ids(cls.made.run(1))
        cls.with_volumes(cls.launch_protected)
        cls.made.wait_for([cls.protected, cls.plain], 'running')

    @classmethod
    def launch_protected(cls, with_volumes: bool) -> None:
        """Launch the protected instance, with two volumes if there can be some."""
        [cls.protected] = ids(cls.made.run(
            1, DisableApiTermination=True, **mappings_of(cls.flags) if with_volumes else {}))
        cls.made.wait_for([cls.protected], 'running')

    @classmethod
    def unprotect_all(cls) -> None:
        """Let all that was launched be terminated."""
        for instance_id in cls.made.launched():
            cls.unprotect(instance_id)

    @classmethod
    def unprotect(cls, instance_id: str) -> None:
        """Let an instance be terminated again; what is refused its termination will tell."""
        cls.ec2.attempt('ModifyInstanceAttribute', InstanceId=instance_id,
                        Attribute='disableApiTermination', Value='false')

    def asked(self, instance_id: str, attribute: str, key: str) -> tuple[Any, Ec2Answer]:
        """Return the value of an attribute that EC2 is asked for, and the answer."""
        answer = self.ec2.describe_instance_attribute(instance_id, attribute)
        return answer.body.get(key, {}).get('Value', ABSENT), answer

    @decorators.idempotent_id('78b88b9e-42ef-4b9b-8be6-46d1ff1ba55e')
    @requirement('EC2A-137', 'EC2A-138')
    def test_protected_then_terminated(self) -> None:
        """A protected instance cannot be terminated; once it can, its volumes fare as flagged."""
        self.needs_volumes()
        refused = self.ec2.attempt('TerminateInstances', InstanceIds=[self.protected])
        seen, answer = self.asked(self.protected, 'disableApiTermination',
                                  'DisableApiTermination')
        self.assert_none([
            *self.differences(
                'EC2A-138', 'DisableApiTermination', of=f'instance {self.protected}, launched '
                f'with it', expected=True, seen=seen, answers=[answer]),
            *self.differences(
                'EC2A-138', 'Code', of='the termination of a protected instance',
                expected='OperationNotPermitted', seen=refused.code, answers=[refused]),
            *self.differences(
                'EC2A-138', 'State', of=f'instance {self.protected}, still protected',
                expected='running', seen=self.made.states().get(self.protected, ABSENT),
                answers=[refused])])
        self.ec2.ask('ModifyInstanceAttribute', InstanceId=self.protected,
                     Attribute='disableApiTermination', Value='false')
        seen, answer = self.asked(self.protected, 'disableApiTermination',
                                  'DisableApiTermination')
        self.assert_agrees(
            'EC2A-138', 'DisableApiTermination', of=f'instance {self.protected}, protected no '
            f'more', expected=False, seen=seen, answers=[answer])
        instance = instance_of(self.ec2.describe_instances(), self.protected)
        volumes = {mapping.get('Ebs', {}).get('VolumeId'): mapping
                   for mapping in mappings(instance)}
        sizes = {volume.get('VolumeId'): volume.get('Size') for volume in self.ec2_volumes()}
        self.made.terminate([self.protected])
        self.assert_none(
            difference for volume_id in volumes if sizes.get(volume_id) in self.flags
            for goes in [self.flags[sizes[volume_id]]]
            for difference in self.differences(
                'EC2A-137', DELETE_ON_TERMINATION,
                of=f'volume {volume_id}, launched with {str(goes).lower()}, as its state after '
                f'the termination of its instance', expected=None if goes else 'available',
                seen=self.state_of(str(volume_id), None if goes else 'available'),
                answers=[answer]))
        self.assert_agrees(
            'EC2A-137', 'BlockDeviceMappings', of=f'instance {self.protected}, as the number of '
            f'volumes that it was launched with', expected=2,
            seen=sum(sizes.get(volume_id) in self.flags for volume_id in volumes),
            answers=[answer])

    def ec2_volumes(self) -> list[Any]:
        """Return the volumes that EC2 shows."""
        return objects(self.ec2.describe_volumes().body.get('Volumes'))

    def state_of(self, volume_id: str, wanted: str | None) -> str | None:
        """Return the state of a volume, None where it is gone, once it had time to change."""
        seen: list[str | None] = []

        def is_as_wanted() -> bool:
            seen[:] = [next((str(volume.get('State')) for volume in self.ec2_volumes()
                             if volume.get('VolumeId') == volume_id), None)]
            return seen == [wanted]
        self.resources.until(is_as_wanted)
        if seen[0] != wanted and seen[0] in ('creating', 'deleting', 'error'):
            raise errors.CloudError(
                Code.STATE if seen[0] == 'error' else Code.TIMEOUT,
                f'EC2 DescribeVolumes: volume {volume_id[:32]} did not become '
                f'{wanted or "deleted"} but {seen[0]}')
        return seen[0]

    @decorators.idempotent_id('b10f8c58-5dfd-4ec0-8ad6-4bbdd2b3c0a4')
    @requirement('EC2A-144')
    def test_volume_attached_and_detached(self) -> None:
        """A volume that EC2 attaches is mapped, not to be deleted, until it is detached."""
        volume_id = self.new_volume()
        attached = self.attach(volume_id, '/dev/vdf')
        found = self.differences(
            'EC2A-144', 'VolumeId', of='the answer to AttachVolume', expected=volume_id,
            seen=attached.body.get('VolumeId', ABSENT), answers=[attached])
        found += self.differences(
            'EC2A-144', 'InstanceId', of='the answer to AttachVolume', expected=self.plain,
            seen=attached.body.get('InstanceId', ABSENT), answers=[attached])
        self.state_of(volume_id, 'in-use')
        described, mapped = self.mapped(volume_id)
        found += self.differences(
            'EC2A-144', 'BlockDeviceMappings', of=f'volume {volume_id}, attached, as the number '
            f'of its mappings', expected=1, seen=len(mapped), answers=[described])
        found += [difference for mapping in mapped for difference in self.differences(
            'EC2A-144', DELETE_ON_TERMINATION, of=f'volume {volume_id}, attached later',
            expected=False, seen=DELETE_ON_TERMINATION.in_ec2(mapping), answers=[described])]
        self.ec2.ask('DetachVolume', VolumeId=volume_id, InstanceId=self.plain)
        self.state_of(volume_id, 'available')
        described, mapped = self.mapped(volume_id)
        found += self.differences(
            'EC2A-144', 'BlockDeviceMappings', of=f'volume {volume_id}, detached, as the number '
            f'of its mappings', expected=0, seen=len(mapped), answers=[described])
        self.assert_none(found)

    @decorators.idempotent_id('f6a9b8a6-0b8f-4e5c-8c39-0f6a8c2d4a65')
    @requirement('EC2A-145')
    def test_answer_of_attach_volume(self) -> None:
        """The answer to AttachVolume names the device that the volume is then mapped as."""
        volume_id = self.new_volume()
        attached = self.attach(volume_id, '/dev/vdg')
        self.state_of(volume_id, 'in-use')
        described, mapped = self.mapped(volume_id)
        self.ec2.ask('DetachVolume', VolumeId=volume_id, InstanceId=self.plain)
        self.state_of(volume_id, 'available')
        said = attached.body.get('Device') or ABSENT
        device = next((mapping.get('DeviceName') for mapping in mapped), ABSENT)
        found = self.differences('EC2A-145', 'Device', of='the answer to AttachVolume',
                                 expected=device, seen=said, answers=[attached, described])
        if said is ABSENT:
            self.advise(found)
        self.assert_none(found)

    def new_volume(self) -> str:
        """Return EC2's id of a new volume; it goes with what was launched."""
        self.needs_volumes()
        zone = instance_of(self.ec2.describe_instances(), self.plain).get(
            'Placement', {}).get('AvailabilityZone', '')
        kind = self.resources.defaults.volume_type
        volume_id = self.made.volume(
            Size=self.resources.defaults.volume_size, AvailabilityZone=zone,
            **{'VolumeType': kind} if kind else {})
        self.state_of(volume_id, 'available')
        return volume_id

    def attach(self, volume_id: str, device: str) -> Ec2Answer:
        """Return the answer to a request to attach a volume."""
        return self.ec2.ask('AttachVolume', VolumeId=volume_id, InstanceId=self.plain,
                            Device=device)

    def mapped(self, volume_id: str) -> tuple[Ec2Answer, list[Any]]:
        """Return the mappings of a volume, and the description that has them."""
        described = self.ec2.describe_instances()
        return described, [mapping for mapping in mappings(instance_of(described, self.plain))
                           if mapping.get('Ebs', {}).get('VolumeId') == volume_id]

    # What ec2-api is known to break

    @decorators.idempotent_id('e3c0b9ad-b4b4-4d6c-b5f7-6c6a2a0f6e93')
    @requirement('EC2A-142')
    def test_protected_later(self) -> None:
        """ModifyInstanceAttribute protects an instance in the form that boto3 has for it."""
        answer = self.ec2.attempt('ModifyInstanceAttribute', InstanceId=self.plain,
                                  DisableApiTermination={'Value': True})
        self.addCleanup(self.unprotect, self.plain)
        if isinstance(answer, Refused):
            self.assert_none(self.unless_done('EC2A-142', 'DisableApiTermination', answer))
        seen, shown = self.asked(self.plain, 'disableApiTermination', 'DisableApiTermination')
        found = self.differences(
            'EC2A-142', 'DisableApiTermination', of=f'instance {self.plain}, protected later',
            expected=True, seen=seen, answers=[shown])
        if seen is False:
            self.advise(found)
        self.assert_none(found)

    @decorators.idempotent_id('49c3a3b3-57b9-41cd-8a47-d9c8c5a3a1e0')
    @requirement('EC2A-143')
    def test_user_data_that_look_like_another_type(self) -> None:
        """User data whose base64 reads as a number, a boolean or none are like any other."""
        found: list[Violation] = []
        known: list[Violation] = []
        for text in LOOKS_LIKE_ANOTHER_TYPE:
            answer = self.made.attempt(**self.made.arguments(1, UserData=base64.b64decode(text)))
            if isinstance(answer, Refused):
                known += self.unless_done('EC2A-143', USER_DATA.name, answer)
                continue
            for instance_id in ids(answer):
                seen, shown = self.asked(instance_id, 'userData', 'UserData')
                of = known if seen is ABSENT else found
                of += self.differences('EC2A-143', USER_DATA, of=f'instance {instance_id}',
                                       expected=text, seen=seen, answers=[shown])
        self.assert_none(found)
        self.advise(known)

    @decorators.idempotent_id('5c5c7fd1-9d1f-4cf5-8de0-9a84fd7a7d3c')
    @requirement('EC2A-146')
    def test_flag_changed_through_ec2(self) -> None:
        """ModifyInstanceAttribute changes the flag of a mapped volume."""
        volume_id = self.new_volume()
        self.attach(volume_id, '/dev/vdh')
        self.state_of(volume_id, 'in-use')
        _, mapped = self.mapped(volume_id)
        answer = self.ec2.attempt(
            'ModifyInstanceAttribute', InstanceId=self.plain, BlockDeviceMappings=[
                {'DeviceName': mapping.get('DeviceName'),
                 'Ebs': {'VolumeId': volume_id, 'DeleteOnTermination': True}}
                for mapping in mapped])
        described, mapped = self.mapped(volume_id)
        self.ec2.ask('DetachVolume', VolumeId=volume_id, InstanceId=self.plain)
        self.state_of(volume_id, 'available')
        self.assert_agrees(
            'EC2A-146', DELETE_ON_TERMINATION, of=f'volume {volume_id}, whose flag was to '
            f'become true', expected=[not isinstance(answer, Refused)],
            seen=[DELETE_ON_TERMINATION.in_ec2(mapping) for mapping in mapped],
            answers=[described, answer])
        if isinstance(answer, Refused):
            self.advise(self.unless_done('EC2A-146', DELETE_ON_TERMINATION.name, answer))

    @decorators.idempotent_id('6a8f9b60-6bf0-4c70-b7b5-9df64ea1b8ac')
    @requirement('EC2A-147')
    def test_launch_with_a_kernel(self) -> None:
        """RunInstances takes a kernel, and the instance then has it."""
        kernels = [image.get('ImageId') for image in objects(
            self.ec2.describe_images().body.get('Images')) if image.get('ImageType') == 'kernel']
        if not kernels:
            self.unsupported('EC2 shows no image of the type kernel')
        answer = self.made.attempt(**self.made.arguments(1, KernelId=kernels[0]))
        if isinstance(answer, Refused):
            self.advise(self.unless_done('EC2A-147', KERNEL_ID.name, answer))
            return
        described = self.ec2.describe_instances()
        self.assert_none(
            difference for instance_id in ids(answer)
            for difference in self.differences(
                'EC2A-147', KERNEL_ID, of=f'instance {instance_id}, launched with a kernel',
                expected=kernels[0], seen=KERNEL_ID.in_ec2(instance_of(described, instance_id)),
                answers=[described, answer]))

    def unless_done(self, requirement_id: str, attribute: str,
                    refused: Refused) -> list[Violation]:
        """Return the violation that a request is refused which EC2 documents."""
        return self.differences(requirement_id, attribute, of='the request',
                                expected=Words('no error'), seen=refused.code,
                                answers=[refused])
