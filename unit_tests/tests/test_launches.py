"""What is launched through EC2 goes, and what was there before stays."""

import types
from typing import Any
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.tests import names
from ec2attrs_tempest_plugin.tests import vpcs
from ec2attrs_tempest_plugin.tests.launches import ids_of
from ec2attrs_tempest_plugin.tests.launches import Launches


class Ec2:
    """An EC2 API with instances and volumes in memory, as far as launches need one."""

    def __init__(self) -> None:
        self.instances = {'i-before': 'running'}
        self.volumes = ['vol-before']
        self.mapped: dict[str, list[str]] = {}
        self.tokens: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.busy = 0

    def describe_instances(self) -> mock.Mock:
        return mock.Mock(body={'Reservations': [{'Instances': [
            {'InstanceId': each, 'State': {'Name': state}, 'ClientToken': self.tokens.get(each),
             'BlockDeviceMappings': [{'Ebs': {'VolumeId': volume_id}}
                                     for volume_id in self.mapped.get(each, [])]}
            for each, state in self.instances.items()]}]})

    def ask(self, action: str, **arguments: Any) -> mock.Mock:
        self.asked.append((action, arguments))
        if action == 'TerminateInstances':
            for each in arguments['InstanceIds']:
                self.instances[each] = 'terminated'
        if action == 'CreateVolume':
            self.volumes.append(f'vol-{len(self.volumes)}')
            return mock.Mock(code=None, body={'VolumeId': self.volumes[-1]})
        return mock.Mock(code=None, body={})

    def attempt(self, action: str, **arguments: Any) -> Any:
        self.asked.append((action, arguments))
        if action == 'RunInstances':
            return mock.Mock(body={'Instances': [{'InstanceId': 'i-1'}]})
        if self.busy:
            self.busy -= 1
            return Refused('EC2 DeleteVolume', status=400, code='VolumeInUse', message='',
                           request_id='req-1')
        self.volumes.remove(arguments['VolumeId'])
        return mock.Mock(code=None)


class LaunchesTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.ec2 = Ec2()
        self.patch(names, 'CONF', types.SimpleNamespace(
            resource_name_prefix='tempest-1a2b', ec2attrs=types.SimpleNamespace(challenge=None)))
        self.launches = self.of_project(own=False)

    def of_project(self, own: bool) -> Launches:
        return Launches(self.ec2, lambda: 'ami-1', lambda: 'small',  # type: ignore[arg-type]
                        why_rejected=lambda refused: 'no network' if (
                            refused.code == 'Unsupported') else None,
                        own_project=own, timeout=0.5, interval=0.01)

    def test_each_launch_has_a_token_of_its_own(self) -> None:
        self.launches.run(3, UserData=b'x')
        self.launches.run(1)
        (_, first), (_, second) = self.ec2.asked[-2:]
        self.assertEqual((3, 3, b'x', 'ami-1', 'small'), tuple(first[key] for key in (
            'MinCount', 'MaxCount', 'UserData', 'ImageId', 'InstanceType')))
        self.assertNotEqual(first['ClientToken'], second['ClientToken'])
        for each in (first, second):  # by which a run knows what it launched
            self.assertRegex(each['ClientToken'], '^tempest-1a2b-ec2attrs-')

    def test_launch_that_is_rejected(self) -> None:
        for code, raised, words in (
                ('Unsupported', errors.NotOffered, 'no network'),
                ('Server.InternalError', errors.CloudError, 'is the error Server.Int'),
                ('InstanceLimitExceeded', errors.CloudError, 'is the error InstanceLimit')):
            refused = Refused('EC2 RunInstances', status=500, code=code, message='',
                              request_id='')
            with mock.patch.object(self.ec2, 'attempt', return_value=refused):
                self.assertRaisesRegex(raised, words, self.launches.run, 1)

    def test_further_instances(self) -> None:
        """In a project that others use as well, theirs are not taken for the request's."""
        self.ec2.instances |= {'i-1': 'running', 'i-2': 'running'}
        self.ec2.tokens |= {'i-1': 'ours'}
        self.assertEqual({'i-1'}, self.launches.further(['i-before'], 'ours'))
        self.assertEqual({'i-1', 'i-2'},
                         self.of_project(own=True).further(['i-before'], 'ours'))

    def test_what_was_launched_goes(self) -> None:
        self.launches.run(1, ClientToken='ours', BlockDeviceMappings=[{}])
        self.ec2.tokens |= {'i-1': 'ours', 'i-2': 'ours'}  # of the second no response said
        self.ec2.instances |= {'i-1': 'running', 'i-2': 'running', 'i-others': 'running'}
        self.ec2.volumes += ['vol-1', 'vol-others']  # made meanwhile
        self.ec2.mapped |= {'i-1': ['vol-1'], 'i-others': ['vol-others']}
        self.ec2.busy = 2
        self.launches.release()
        self.assertEqual({'i-before': 'running', 'i-1': 'terminated', 'i-2': 'terminated',
                          'i-others': 'running'}, self.ec2.instances)
        self.assertEqual(['vol-before', 'vol-others'], self.ec2.volumes)
        self.assertIn(('TerminateInstances', {'InstanceIds': ['i-1', 'i-2']}), self.ec2.asked)

    def test_volume_of_a_launch_without_volumes(self) -> None:
        """What somebody attaches to such an instance is not the launch's."""
        self.launches.run(1, ClientToken='ours')
        self.ec2.tokens['i-1'] = 'ours'
        self.ec2.instances['i-1'] = 'running'
        self.ec2.mapped['i-1'] = ['vol-before']
        self.launches.release()
        self.assertEqual(['vol-before'], self.ec2.volumes)

    def test_volume_that_stays_is_reported(self) -> None:
        self.launches.volume(Size=1)
        self.launches.volume(Size=1)
        self.ec2.busy = 10**6
        self.assertRaisesRegex(errors.CloudError, 'volume vol-1 was still in use after 0 s',
                               self.launches.release)
        self.assertEqual(['vol-before', 'vol-1', 'vol-2'], self.ec2.volumes)

    def test_volumes_wait_together(self) -> None:
        """One that is busy does not keep the next from being asked for."""
        self.launches.volume(Size=1)
        self.launches.volume(Size=1)
        self.ec2.busy = 1
        self.launches.release()
        deleted = [given['VolumeId'] for action, given in self.ec2.asked
                   if action == 'DeleteVolume']
        self.assertEqual(['vol-1', 'vol-2', 'vol-1'], deleted)

    def test_state_that_does_not_come(self) -> None:
        self.ec2.instances['i-1'] = 'pending'
        self.assertRaisesRegex(
            errors.CloudError, 'instance i-1 was not running after 0 s but pending',
            self.launches.wait_for, ['i-before', 'i-1'], 'running')

    def test_state_from_which_none_comes_back(self) -> None:
        self.ec2.instances['i-1'] = 'error'
        self.assertRaisesRegex(
            errors.CloudError, 'instance i-1 did not become running but error',
            self.of_project(own=False).wait_for, ['i-before', 'i-1'], 'running')

    def test_ids_of_a_launch(self) -> None:
        launched = mock.Mock(source='EC2 RunInstances', request_ids=('req-1',), body={
            'Instances': [{'InstanceId': 'i-1'}, {'InstanceId': 'i-2'}]})
        self.assertEqual(['i-1', 'i-2'], ids_of(launched, 2))
        error = self.assertRaises(errors.BadAnswer, ids_of, launched, 3)
        self.assertEqual('EC2 RunInstances: InstanceId of the response: expected 3 instances; '
                         'seen 2 [req-1]', str(error))

    def test_without_volumes(self) -> None:
        refused = Refused('EC2 DescribeVolumes', status=400, code='InvalidAction', message='',
                          request_id='')
        with mock.patch.object(self.ec2, 'attempt', return_value=refused):
            self.launches.release()


class VpcsTest(testtools.TestCase):

    def test_default_vpc_goes_with_what_is_in_it(self) -> None:
        answers = {
            'DescribeVpcs': {'Vpcs': [{'VpcId': 'vpc-1', 'IsDefault': True},
                                      {'VpcId': 'vpc-2', 'IsDefault': False}]},
            'DescribeSubnets': {'Subnets': [{'SubnetId': 'subnet-1'}]},
            'DescribeInternetGateways': {'InternetGateways': [{'InternetGatewayId': 'igw-1'}]}}
        ec2 = mock.Mock()
        ec2.attempt.side_effect = ec2.ask.side_effect = (
            lambda action, **_: mock.Mock(body=answers.get(action, {})))
        vpcs.remove_default(ec2)
        done = [call.args[0] for call in ec2.ask.call_args_list if 'Describe' not in call.args[0]]
        self.assertEqual(['DeleteSubnet', 'DetachInternetGateway', 'DeleteInternetGateway',
                          'DeleteVpc'], done)
        ec2.ask.assert_called_with('DeleteVpc', VpcId='vpc-1')

    def test_no_vpcs(self) -> None:
        ec2 = mock.Mock()
        ec2.attempt.return_value = Refused('EC2 DescribeVpcs', status=400, code='InvalidAction',
                                           message='', request_id='')
        vpcs.remove_default(ec2)
        ec2.ask.assert_not_called()
