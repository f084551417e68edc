"""The documents that EC2 answers, as they come."""

import dataclasses

from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients.ec2 import Ec2Answer
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.tests.launches import ids_of
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import Ec2Test
from ec2attrs_tempest_plugin.tests.scenario.test_ec2_launches import mappings_of

#: All that DescribeInstanceAttribute may be asked for.
ATTRIBUTES = (
    'instanceType', 'kernel', 'ramdisk', 'userData', 'disableApiTermination',
    'instanceInitiatedShutdownBehavior', 'rootDeviceName', 'blockDeviceMapping', 'productCodes',
    'sourceDestCheck', 'groupSet', 'ebsOptimized', 'sriovNetSupport', 'enaSupport',
    'enclaveOptions', 'disableApiStop')


class Ec2WireTest(Ec2Test):
    """An instance with a volume, launched through EC2, and the XML about it."""

    @classmethod
    def prepare_servers(cls) -> None:
        cls.launched = cls.launches()
        cls.with_volumes(cls.launch)

    @classmethod
    def launch(cls, with_volume: bool) -> None:
        """Launch the instance, with a volume if there can be one."""
        cls.run_answer = cls.launched.run(
            1, **mappings_of({cls.resources.defaults.volume_size: True}) if with_volume else {})
        [cls.instance_id] = ids_of(cls.run_answer, 1)
        cls.launched.wait_for([cls.instance_id], 'running')

    def attributes(self) -> list[Ec2Answer]:
        """Return what EC2 says of each attribute that it knows."""
        asked = [self.ec2.attempt('DescribeInstanceAttribute', InstanceId=self.instance_id,
                                  Attribute=attribute) for attribute in ATTRIBUTES]
        return [answer for answer in asked if isinstance(answer, Ec2Answer)]

    @decorators.idempotent_id('7832749e-2e2e-4b82-a8d2-77783942f013')
    @requirement('EC2A-111', 'EC2A-113')
    def test_answer_to_run_instances(self) -> None:
        """The answer to a launch is written as the model of EC2 has it."""
        self.assert_none(self.run_answer.written_wrong)

    @decorators.idempotent_id('3f2d35cd-0384-4da7-b86e-984e6313fbe0')
    @requirement('EC2A-111', 'EC2A-113')
    def test_instances(self) -> None:
        """So are instances."""
        self.assert_none(self.ec2.describe_instances().written_wrong)

    @decorators.idempotent_id('cff5efe7-6280-4762-9113-8fa6cb05b8cf')
    @requirement('EC2A-111', 'EC2A-113')
    def test_attributes_of_an_instance(self) -> None:
        """So is each attribute of an instance that EC2 answers when it is asked for it."""
        self.assert_none([wrong for answer in self.attributes() for wrong in
                          answer.written_wrong])

    @decorators.idempotent_id('1fa89536-5994-4be0-ba0c-c59614143864')
    @requirement('EC2A-111', 'EC2A-113')
    def test_volumes(self) -> None:
        """So are volumes."""
        self.needs_volumes()
        self.assert_none(self.ec2.describe_volumes().written_wrong)

    @decorators.idempotent_id('9a1b2edf-6d97-433a-ab2a-023791fc77cc')
    @requirement('EC2A-111', 'EC2A-113')
    def test_images(self) -> None:
        """So are images."""
        self.assert_none(self.ec2.describe_images().written_wrong)

    @decorators.idempotent_id('7c6785cd-0016-45f4-ba0a-1cb3c9943875')
    @requirement('EC2A-119')
    def test_times_name_their_zone(self) -> None:
        """The times of instances and volumes are dates with T, a time and a zone."""
        self.needs_volumes()
        answers = [self.ec2.describe_instances(), self.ec2.describe_volumes()]
        # What is no time at all is no matter of advice.
        self.assert_none([dataclasses.replace(wrong, requirement='EC2A-119')
                          for answer in answers for wrong in answer.written_wrong
                          if wrong.expected == 'a date and time'])
        self.advise([wrong for answer in answers for wrong in answer.without_zone])

    @decorators.idempotent_id('81d54741-9f03-4ddd-a285-84764b27349a')
    @requirement('EC2A-114')
    def test_error(self) -> None:
        """An error comes with a code, a message and a request id, in EC2's form."""
        answer = self.ec2.attempt('DescribeInstances', InstanceIds=['i-00000000'])
        if not isinstance(answer, Refused):
            self.assert_agrees('EC2A-114', 'Errors', of='the id of no instance',
                               expected=Words('an error'), seen=Words('none'), answers=[answer])
        else:
            self.assert_none(answer.written_wrong)

    @decorators.idempotent_id('12dfb33b-261c-464a-91fa-4c32b563ef70')
    @requirement('EC2A-111', 'EC2A-113')
    def test_answer_to_terminate_instances(self) -> None:
        """The answer to a termination is written as the model of EC2 has it."""
        launched = self.launched.run(1)
        [instance_id] = ids_of(launched, 1)
        self.assert_none(self.launched.terminate([instance_id]).written_wrong)
