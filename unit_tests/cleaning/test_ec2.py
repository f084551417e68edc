import contextlib
from typing import Any, cast
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.cleaning import ec2
from ec2attrs_tempest_plugin.cleaning import naming
from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.cleaning.access import Person
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.ec2 import Refused


def refused(code: str) -> Refused:
    return Refused('EC2', status=400, code=code, message='', request_id='')


class FakeEc2:
    """EC2 with instances, which are gone once they are terminated."""

    def __init__(self, *instances: dict[str, Any]) -> None:
        self.instances = list(instances)
        self.calls: list[tuple[str, Any]] = []
        self.answers: dict[str, Refused] = {}
        self.stays = False
        self.page = 1000
        self.endless = False
        self.pages = 0

    def describe_instances(self, NextToken: str = '0') -> mock.Mock:
        """Return a page."""
        self.pages += 1
        start = int(NextToken)
        more = {'NextToken': str(start + self.page)} if len(
            self.instances) > start + self.page else {}
        if self.endless:
            more = {'NextToken': '0'}
        return mock.Mock(body={**more, 'Reservations': [
            {'OwnerId': each.get('of', 'p'), 'Instances': [each]}
            for each in self.instances[start:start + self.page]]})

    def attempt(self, action: str, **arguments: Any) -> Any:
        """Answer as EC2 does."""
        self.calls.append((action, next(iter(arguments.values()), None)))
        if action in self.answers:
            return self.answers[action]
        if action == 'TerminateInstances' and not self.stays:
            self.instances = [each for each in self.instances
                              if each['InstanceId'] not in arguments['InstanceIds']]
        return mock.Mock(body={})

    def ask(self, action: str, **arguments: Any) -> Any:
        """Answer as EC2 does, or raise the error."""
        answer = self.attempt(action, **arguments)
        if isinstance(answer, Refused):
            raise answer
        return answer


def instance(its_id: str, token: str | None, state: str = 'running',
             *volumes: str) -> dict[str, Any]:
    return {'InstanceId': its_id, 'ClientToken': token, 'State': {'Name': state},
            'BlockDeviceMappings': [{'Ebs': {'VolumeId': each}} for each in volumes]}


class Case(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.problems: list[str] = []
        self.person = mock.Mock(project_id='own', ec2_url='http://ec2', ec2_keys=None)
        self.person.name = 'bob'
        self.person.session.user_id = 'me'
        self.person.ask.return_value.status = 201
        self.person.ask.return_value.body = {'credential': {'access': 'A/B', 'secret': 'S'}}

    @contextlib.contextmanager
    def one(self, what: str) -> Any:
        """Keep a failure."""
        try:
            yield
        except errors.BadAnswer as error:
            self.problems.append(f'{what}: {error}')


class OfRunsTest(Case):

    def setUp(self) -> None:
        super().setUp()
        self.ec2 = FakeEc2(instance('i-1', None), instance('i-2', 'x', 'terminated'))
        self.person.ec2.return_value = self.ec2
        self.runs = ec2.OfRuns(cast(Person, self.person))

    def keys(self, blob: Any) -> None:
        self.runs.take_keys([things.Thing(things.CREDENTIAL, 'k', '', 'p', {'blob': blob})])

    def test_all_instances_of_a_project_of_ours(self) -> None:
        self.keys('{"access": "a", "secret": "s"}')
        self.runs.terminate(self.one)
        self.person.ec2.assert_called_once_with('a', 's')
        self.assertEqual([('TerminateInstances', ['i-1'])], self.ec2.calls)

    def test_no_instance_of_another_project(self) -> None:
        """An EC2 API may show who has keys more than their project."""
        self.ec2.instances = [instance('i-1', None), {**instance('i-5', None), 'of': 'theirs'},
                              {**instance('i-6', None), 'of': None}]
        self.keys('{"access": "a", "secret": "s"}')
        self.runs.terminate(self.one)
        self.assertEqual([('TerminateInstances', ['i-1'])], self.ec2.calls)

    def test_one_that_is_protected_is_left_to_nova(self) -> None:
        self.keys('{"access": "a", "secret": "s"}')
        self.ec2.answers['TerminateInstances'] = refused('OperationNotPermitted')
        self.runs.terminate(self.one)
        self.assertEqual([], self.problems)

    def test_what_holds_no_keys(self) -> None:
        for blob in (None, '', '7', '[]', '{"access": "a"}', '[' * 100000):
            self.keys(blob)
        self.runs.terminate(self.one)
        self.runs.forget(self.one)
        self.assertEqual([], self.ec2.calls)

    def test_ec2_does_not_answer(self) -> None:
        self.keys('{"access": "a", "secret": "s"}')
        self.ec2.describe_instances = mock.Mock(  # type: ignore[method-assign]
            side_effect=errors.BadAnswer('no answer'))
        self.runs.terminate(self.one)
        self.assertEqual(['EC2 in project p: no answer'], self.problems)


class OfTenantTest(Case):

    def setUp(self) -> None:
        super().setUp()
        self.ec2 = FakeEc2(instance('i-1', 'tempest-ec2attrs-5', 'running', 'vol-1'),
                           instance('i-2', 'mine', 'running', 'vol-2'),
                           instance('i-3', None), instance('i-4', 'tempest-ec2attrs-mine'),
                           instance('i-5', 'tempest-ec2attrs-6', 'terminated'))
        self.person.ec2.return_value = self.ec2
        self.tenant = ec2.OfTenant(cast(Person, self.person), naming.Names('tempest', ()))

    def remove(self) -> None:
        self.tenant.remove(self.tenant.launched(), self.one, timeout=0.05, interval=0)

    def test_by_the_client_token(self) -> None:
        self.assertEqual([('EC2 instance', 'i-1'), ('EC2 volume', 'vol-1')],
                         [(each.kind.word, each.id) for each in self.tenant.launched()])
        self.remove()
        self.assertEqual([
            ('ModifyInstanceAttribute', 'i-1'), ('TerminateInstances', ['i-1']),
            ('DeleteVolume', 'vol-1')], self.ec2.calls)
        self.assertEqual([], self.problems)

    def test_of_the_own_run_alone(self) -> None:
        self.ec2.instances = [instance(f'i-{number}', token) for number, token in enumerate((
            'tempest-0a1b-ec2attrs-5', 'tempest-0a1c-ec2attrs-5', 'tempest-ec2attrs-5',
            'ec2attrs-5'))]
        for prefix, run, seen in (('tempest-0a1b', True, ['i-0']),
                                  ('tempest', False, ['i-0', 'i-1', 'i-2'])):
            tenant = ec2.OfTenant(cast(Person, self.person), naming.Names(prefix, (), run))
            self.assertEqual(seen, [each.id for each in tenant.launched()])

    def test_pages(self) -> None:
        self.ec2.instances = [instance(f'i-{number}', 'mine') for number in range(5)]
        self.ec2.instances.append(instance('i-5', 'tempest-ec2attrs-5'))
        self.ec2.page = 2
        self.assertEqual(['i-5'], [each.id for each in self.tenant.launched()])
        self.ec2.endless = True
        self.ec2.pages = 0
        self.assertRaises(errors.BadAnswer, self.tenant.launched)
        self.assertEqual(2, self.ec2.pages)

    def test_keys_that_keystone_does_not_give(self) -> None:
        self.person.ask.return_value.status = 403
        self.assertIn('bob may not create EC2 credentials (403)', str(
            self.assertRaises(errors.NotPermitted, self.tenant.launched)))
        self.person.ec2_keys = ('access', 'secret')
        self.assertEqual(['i-1', 'vol-1'], [each.id for each in self.tenant.launched()])
        self.person.ec2.assert_called_once_with('access', 'secret')
        # They are not the suite's to delete.
        self.assertNotIn('DELETE', [call.args[1] for call in self.person.ask.call_args_list])

    def test_keys_are_deleted_at_once(self) -> None:
        self.tenant.launched()
        self.assertEqual(
            [('identity', 'POST', '/users/me/credentials/OS-EC2'),
             ('identity', 'DELETE', '/users/me/credentials/OS-EC2/A%2FB')],
            [call.args for call in self.person.ask.call_args_list])

    def test_a_volume_that_is_gone_is_no_failure(self) -> None:
        self.ec2.answers['DeleteVolume'] = refused('InvalidVolume.NotFound')
        self.remove()
        self.assertEqual([], self.problems)
        self.ec2.instances.append(instance('i-1', 'tempest-ec2attrs-5', 'running', 'vol-1'))
        self.ec2.answers['DeleteVolume'] = refused('VolumeInUse')
        self.remove()
        self.assertIn('EC2 volume vol-1: ', self.problems[0])

    def test_one_that_stays_is_named(self) -> None:
        self.ec2.stays = True
        self.remove()
        self.assertEqual(['EC2 instance i-1: not gone after 0 s'], self.problems)

    def test_a_cloud_without_ec2(self) -> None:
        self.person.ec2_url = ''
        self.assertEqual([], self.tenant.launched())
        self.person.ask.assert_not_called()
