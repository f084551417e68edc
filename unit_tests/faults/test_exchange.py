"""What a request asks for, as a change of its answer is told."""

import json

import ddt
import testtools

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import understand

SERVER = '/v2.1/servers/84f8ce86-edc0-46c8-a0c8-d8c540d67058'
RESERVATION = json.dumps({'server': {'name': 'x', 'return_reservation_id': True}}).encode()


def of_nova(method: str, target: str, body: bytes = b'') -> Asked:
    """Return what a request asks of Nova."""
    return understand('nova', method, target, {'openstack-api-version': 'compute 2.3'}, body,
                      Role.MEMBER)


@ddt.ddt
class NovaTest(testtools.TestCase):

    @ddt.data(
        ('GET', SERVER, b'', Call.SHOW),
        ('GET', SERVER + '?x=y', b'', Call.SHOW),
        ('GET', '/v2.1/servers/detail', b'', Call.DETAIL),
        ('GET', '/v2.1/servers/detail?reservation_id=r-1', b'', Call.DETAIL),
        ('PUT', SERVER, b'{"server": {}}', Call.UPDATE),
        ('POST', '/v2.1/servers', b'{"server": {"name": "x"}}', Call.CREATE),
        ('POST', '/v2.1/servers', RESERVATION, Call.CREATE_RESERVATION),
        ('POST', '/v2.1/servers', RESERVATION.replace(b'true', b'false'), Call.CREATE),
        ('POST', '/v2.1/servers', b'', Call.CREATE),
        ('POST', '/v2.1/servers', b'[', Call.CREATE),
        ('POST', '/v2.1/servers', b'["server"]', Call.CREATE),
        ('POST', '/v2.1/servers', b'{"server": ["return_reservation_id"]}', Call.CREATE),
        ('POST', SERVER + '/action', b'{"rebuild": {"imageRef": "x"}}', Call.REBUILD))
    @ddt.unpack
    def test_call(self, method: str, target: str, body: bytes, call: Call) -> None:
        self.assertIs(call, of_nova(method, target, body).call)

    @ddt.data(
        ('GET', '/v2.1/', b''), ('DELETE', SERVER, b''),
        ('GET', SERVER + '/os-volume_attachments', b''),
        ('POST', SERVER + '/action', b'{"reboot": {"type": "rebuild"}}'),
        ('PUT', '/v2.1/servers/detail', b''), ('GET', '/v2.1/flavors/detail', b''))
    @ddt.unpack
    def test_what_is_not_under_test(self, method: str, target: str, body: bytes) -> None:
        self.assertIsNone(of_nova(method, target, body).call)

    @ddt.data(
        ('POST', SERVER + '/action', b'{"reboot": {"type": "HARD"}}', 'reboot'),
        ('POST', SERVER + '/action', b'{"os-stop": null}', 'os-stop'),
        ('POST', SERVER + '/action', b'{"rebuild": {"imageRef": "x"}}', 'rebuild'),
        ('POST', SERVER + '/action', b'{}', ''), ('POST', SERVER + '/action', b'', ''),
        ('POST', SERVER + '/action', b'["reboot"]', ''),
        ('POST', '/v2.1/servers', b'{"server": {}}', ''), ('PUT', SERVER, b'{"server": {}}', ''))
    @ddt.unpack
    def test_action(self, method: str, target: str, body: bytes, action: str) -> None:
        self.assertEqual(action, of_nova(method, target, body).action)

    def test_request(self) -> None:
        self.assertEqual(
            Asked('nova', 'GET', '/v2.1/servers/detail', {'reservation_id': 'r-1', 'limit': '2'},
                  Call.DETAIL, role=Role.MEMBER, microversion=Microversion(2, 3)),
            of_nova('GET', '/v2.1/servers/detail?reservation_id=r-1&limit=2'))

    @ddt.data(({}, '2.1'), ({'openstack-api-version': 'compute 2.3'}, '2.3'),
              ({'x-openstack-nova-api-version': '2.10'}, '2.10'),
              ({'openstack-api-version': 'compute 2.3',
                'x-openstack-nova-api-version': '2.1'}, '2.3'),
              ({'openstack-api-version': 'compute latest'}, 'None'))
    @ddt.unpack
    def test_microversion(self, headers: dict[str, str], expected: str) -> None:
        asked = understand('nova', 'GET', SERVER, headers, b'', None)
        self.assertEqual(expected, str(asked.microversion))


@ddt.ddt
class OthersTest(testtools.TestCase):

    @ddt.data(('POST', '/', b'Action=DescribeInstances&InstanceId.1=i-1'),
              ('GET', '/?Action=DescribeInstances&InstanceId.1=i-1', b''))
    @ddt.unpack
    def test_action_of_ec2(self, method: str, target: str, body: bytes) -> None:
        asked = understand('ec2', method, target, {}, body, None)
        self.assertEqual(('DescribeInstances', 'i-1', '/', None, None, None), (
            asked.action, asked.query['InstanceId.1'], asked.path, asked.call,
            asked.microversion, asked.role))

    def test_what_is_no_action(self) -> None:
        self.assertEqual('', understand('ec2', 'GET', '/', {}, b'\xff', None).action)

    def test_only_nova_has_calls(self) -> None:
        asked = understand('cinder', 'GET', SERVER, {}, b'', Role.ADMIN)
        self.assertEqual(Asked('cinder', 'GET', SERVER, role=Role.ADMIN), asked)


@ddt.ddt
class AnsweredTest(testtools.TestCase):

    @ddt.data((b'{"a": 1}', {'a': 1}), (b'', None), (b'{', None), (b'\xff\xfe', None))
    @ddt.unpack
    def test_json(self, body: bytes, expected: object) -> None:
        self.assertEqual(expected, Answered(200, {}, body).json())

    def test_header_takes_the_place_of_all_that_are_called_so(self) -> None:
        answered = Answered(200, {'Vary': 'a', 'X-Thing': 'b', 'x-thing': 'c'}, b'')
        answered.set_header('x-THING', 'd')
        self.assertEqual({'Vary': 'a', 'x-THING': 'd'}, answered.headers)
        answered.set_header('X-Thing', None)
        answered.set_header('X-None', None)
        self.assertEqual({'Vary': 'a'}, answered.headers)
