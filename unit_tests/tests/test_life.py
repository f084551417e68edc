"""A server that cannot be brought back is left to no other test."""

from typing import Any
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.openstack import Answer
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.api import life

FORBIDDEN = errors.BadAnswer(
    'x', source='POST /servers/{id}/action (unshelve)', status=403,
    fault="Policy doesn't allow os_compute_api:os-shelve:unshelve to be performed.")


class LifeTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.made: list[str] = []
        self.removed: list[str] = []
        self.statuses = ['ACTIVE']
        made, removed = self.made, self.removed

        class Case(life.LifeTest):
            @classmethod
            def make_server(cls) -> None:
                cls.server_id = f'server-{len(made)}'
                made.append(cls.server_id)

            @classmethod
            def remove_server(cls) -> None:
                removed.append(cls.server_id)

            def test(self) -> None:
                """Only its helpers are called."""

        self.nova = mock.Mock(spec=life.base.Nova)
        self.nova.act.return_value = Answer('POST', 202, {}, None, 'req-1')
        self.nova.show.side_effect = lambda server_id, _: mock.Mock(
            server=lambda _: {'status': self.statuses[0], 'OS-EXT-STS:task_state': None,
                              'fault': {'message': 'no rescue here'}})
        self.patch(life, 'CONF', mock.Mock(compute=mock.Mock(build_timeout=60,
                                                             build_interval=0.01)))
        Case.nova = {Role.MEMBER: self.nova, Role.ADMIN: self.nova}
        Case.resources = mock.Mock()
        Case.prepare()
        self.case: Any = Case('test')
        self.patch(Case, 'seen_by', lambda *_: self.nova)

    def test_server_that_comes_back_is_used_again(self) -> None:
        self.case.before()
        self.statuses = ['PAUSED']
        self.assertEqual('PAUSED', self.case.begin('pause', None, 'PAUSED'))
        self.case.end('unpause')
        self.case.before()
        self.assertEqual((['server-0'], []), (self.made, self.removed))

    def test_way_back_that_is_forbidden(self) -> None:
        """The test skips and names the policy; the next one gets a new server at once."""
        self.statuses = ['SHELVED_OFFLOADED']
        self.case.begin('shelve', None, 'SHELVED', 'SHELVED_OFFLOADED')
        self.nova.act.side_effect = FORBIDDEN
        self.assertRaisesRegex(errors.NotPermitted, 'os_compute_api:os-shelve:unshelve',
                               self.case.end, 'unshelve')
        self.case.before()
        self.assertEqual((['server-0', 'server-1'], ['server-0']), (self.made, self.removed))
        self.case.before()
        self.assertEqual(2, len(self.made))

    def test_what_was_found_is_not_lost(self) -> None:
        """A test that found a violation fails, whatever becomes of the way back."""
        self.nova.act.side_effect = FORBIDDEN
        found = [Violation('EC2A-091', 'GET', 'hostname', 'server', 'a', 'b')]
        self.assertRaises(ContractViolation, self.case.end, 'unshelve', found=found)

    def test_operation_that_ends_in_error(self) -> None:
        """It is an error, at once, and the next test gets a new server."""
        self.statuses = ['ERROR']
        error = self.assertRaises(errors.CloudError, self.case.begin, 'rescue', None, 'RESCUE')
        self.assertEqual(Code.STATE, error.code)
        self.assertIn('server server-0 did not become RESCUE or ACTIVE but ERROR (no rescue here)',
                      str(error))
        self.case.before()
        self.assertEqual(['server-0', 'server-1'], self.made)

    def test_operation_that_there_is_not(self) -> None:
        """The test skips, and the server stays."""
        for status in (400, 409, 501):
            self.nova.act.return_value = Answer('POST', status, {}, {'message': 'no'}, 'req-1')
            self.assertRaisesRegex(self.case.skipException, 'ec2attrs:unsupported: POST: ',
                                   self.case.begin, 'pause', None, 'PAUSED')
        self.case.before()
        self.assertEqual(['server-0'], self.made)

    def test_new_server_that_cannot_be_made(self) -> None:
        """It is tried again by the next test."""
        self.case.spoil()
        with mock.patch.object(type(self.case), 'make_server',
                               side_effect=errors.CloudError(Code.QUOTA, 'no room')):
            self.assertRaises(errors.CloudError, self.case.before)
        self.case.before()
        self.assertEqual(['server-0', 'server-1'], self.made)
