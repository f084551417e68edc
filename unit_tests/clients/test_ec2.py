"""The EC2 client: boto3 as it is, on recorded XML, away from the operator's settings."""

import datetime
import os
import pathlib

import ddt
import fixtures
import testtools

from ec2attrs_tempest_plugin.clients import boto
from ec2attrs_tempest_plugin.clients import ec2
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from unit_tests import recordings
from unit_tests.clients import server

ACCESS, SECRET = '0123456789abcdefaccess', '0123456789abcdefsecret'


def client(url: str, record: evidence.Evidence | None = None) -> ec2.Ec2:
    return ec2.Ec2(url, access=ACCESS, secret=SECRET, region='RegionOne',
                   http=transport.Transport(timeout=2),
                   record=record or evidence.Evidence())


def describe(xml: bytes) -> ec2.Ec2Answer:
    with server.serving(server.say(200, xml, 'text/xml')) as url:
        return client(url).describe_instances()


@ddt.ddt
class Ec2Test(testtools.TestCase):

    def test_recorded_answer(self) -> None:
        answer = describe(recordings.ec2_xml())
        [reservation] = answer.body['Reservations']
        [instance] = reservation['Instances']
        self.assertEqual('ebs', instance['RootDeviceType'])
        self.assertEqual({True, False}, {DELETE_ON_TERMINATION.in_ec2(mapping)
                                         for mapping in instance['BlockDeviceMappings']})
        self.assertRegex(answer.request_id, '^req-')
        self.assertEqual((), answer.written_wrong)

    @ddt.data((200, None, False), (400, b'EndpointNotFound', True), (403, b'AuthFailure', False))
    @ddt.unpack
    def test_needs_volume_service(self, status: int, code: bytes | None, expected: bool) -> None:
        xml = recordings.ec2_xml() if code is None else (
            b'<Response><Errors><Error><Code>' + code + b'</Code><Message>no</Message></Error>'
            b'</Errors><RequestID>req-1</RequestID></Response>')
        with server.serving(server.say(status, xml, 'text/xml')) as url:
            self.assertEqual(expected, client(url).needs_volume_service() is not None)

    def test_operators_settings_have_no_influence(self) -> None:
        home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        hostile = home / 'config'
        hostile.write_text('[default]\nregion = nowhere\nendpoint_url = http://127.0.0.1:1\n'
                           'aws_access_key_id = operator\n[plugins]\nx = y\n')
        for name, value in {
                'AWS_CONFIG_FILE': str(hostile), 'AWS_SHARED_CREDENTIALS_FILE': str(hostile),
                'AWS_PROFILE': 'missing', 'AWS_ENDPOINT_URL': 'http://127.0.0.1:1',
                'AWS_ENDPOINT_URL_EC2': 'http://127.0.0.1:1', 'AWS_ACCESS_KEY_ID': 'operator',
                'AWS_SECRET_ACCESS_KEY': 'operators', 'AWS_CA_BUNDLE': '/nowhere',
                'AWS_USE_FIPS_ENDPOINT': 'true', 'AWS_MAX_ATTEMPTS': '9', 'HOME': str(home),
                'HTTP_PROXY': 'http://127.0.0.1:1', 'http_proxy': 'http://127.0.0.1:1'}.items():
            self.useFixture(fixtures.EnvironmentVariable(name, value))
        boto.session.cache_clear()
        self.addCleanup(boto.session.cache_clear)
        signed = []

        def answer(handler: server.Handler) -> None:
            signed.append(handler.headers['Authorization'])
            server.say(500, b'<Response/>', 'text/xml')(handler)
        with server.serving(answer) as url:
            self.assertRaises(errors.BadAnswer, client(url).describe_instances)
        [authorization] = signed  # asked once: a second try would hide the failure
        self.assertIn(f'Credential={ACCESS}/', authorization)
        self.assertIn('/RegionOne/ec2/', authorization)
        self.assertEqual('missing', os.environ['AWS_PROFILE'])  # put back

    @ddt.data((b'True', 'True'), (b'1', '1'), (b'TRUE', 'TRUE'), (b'', ''), (b'yes', 'yes'))
    @ddt.unpack
    def test_booleans_that_boto3_reads_as_false(self, written: bytes, seen: str) -> None:
        xml = recordings.ec2_xml().replace(
            b'<deleteOnTermination>true<', b'<deleteOnTermination>' + written + b'<', 1)
        [violation] = describe(xml).written_wrong
        self.assertEqual('EC2A-111', violation.requirement)
        self.assertIn('deleteOnTermination: expected true or false; seen '
                      f'"{seen}"', str(violation))

    @ddt.data(
        (200, b'<html>maintenance</html', 'cannot read|no XML'),
        (200, b'', 'of status 200 and 0 bytes|no XML'),
        (200, b'<html><body>hello</body></html>',
         'expected the element DescribeInstancesResponse; seen html'),
        (502, b'<html>maintenance</html>', 'is the error'),
        (500, b'', 'is the error'),
        (401, b'<Response><Errors><Error><Code>AuthFailure</Code><Message>no\nway</Message>'
              b'</Error></Errors><RequestID>req-5</RequestID></Response>',
         r'is the error AuthFailure \(no way\) \[req-5\]'))
    @ddt.unpack
    def test_answer_that_is_no_use(self, status: int, body: bytes, words: str) -> None:
        with server.serving(server.say(status, body, 'text/xml')) as url:
            error = self.assertRaises(errors.BadAnswer, client(url).describe_instances)
        self.assertRegex(str(error).splitlines()[0], rf'^EC2 DescribeInstances: .*({words})')

    def test_index_that_is_no_number(self) -> None:
        xml = recordings.ec2_xml().replace(b'<amiLaunchIndex>0<', b'<amiLaunchIndex>zero<')
        error = self.assertRaises(ContractViolation, describe, xml)
        self.assertIn('amiLaunchIndex: expected digits; seen "zero" [req-', str(error))

    def test_neither_keys_nor_user_data_are_recorded(self) -> None:
        record = evidence.Evidence()
        xml = (b'<DescribeInstanceAttributeResponse xmlns="http://ec2.amazonaws.com/doc/'
               b'2016-11-15/"><requestId>req-9</requestId><instanceId>i-1</instanceId>'
               b'<userData><value>c2VjcmV0</value></userData>'
               b'</DescribeInstanceAttributeResponse>')
        with server.serving(server.say(200, xml, 'text/xml')) as url:
            answer = client(url, record).describe_instance_attribute('i-1', 'userData')
        self.assertEqual('c2VjcmV0', answer.body['UserData']['Value'])
        [exchange] = record.since(0)
        for secret in (ACCESS, SECRET, 'c2VjcmV0'):
            self.assertNotIn(secret, str(exchange))
        self.assertIn('req-9', str(exchange))

    def test_signed_some_time_ago_and_tampered_with(self) -> None:
        seen: list[tuple[str, str, int]] = []

        def answer(handler: server.Handler) -> None:
            seen.append((handler.headers['X-Amz-Date'], handler.headers.get('Authorization', ''),
                         int(handler.headers['Content-Length'])))
            server.say(401, b'<Response><Errors><Error><Code>AuthFailure</Code><Message>no'
                            b'</Message></Error></Errors><RequestID>req-6</RequestID></Response>',
                       'text/xml')(handler)

        def changed(headers: dict[str, str], body: bytes) -> bytes:
            headers['Content-Length'] = str(len(body) + 4)
            return body + b'&x=1'

        now = datetime.datetime.now(datetime.UTC)
        with server.serving(answer) as url:
            for more in ({}, {'signed': datetime.timedelta(minutes=20)}, {'tamper': changed}):
                made = ec2.Ec2(url, access=ACCESS, secret=SECRET, region='RegionOne',
                               http=transport.Transport(timeout=2), record=evidence.Evidence(),
                               **more)
                refused = made.attempt('DescribeInstances')
                self.assertEqual(('AuthFailure', ('req-6',)), (refused.code, refused.request_ids))
        minutes = [round((now - datetime.datetime.strptime(
            f'{date[:-1]}+0000', '%Y%m%dT%H%M%S%z')).total_seconds() / 60) for date, _, _ in seen]
        self.assertEqual([0, 20, 0], minutes)
        sizes = [size for _, _, size in seen]
        self.assertEqual([0, 0, 4], [size - sizes[0] for size in sizes])
        for _, authorization, _ in seen:
            self.assertIn(f'Credential={ACCESS}/', authorization)

    def test_error_as_an_answer(self) -> None:
        body = (b'<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>no'
                b'</Message></Error></Errors><RequestID>req-7</RequestID></Response>')
        with server.serving(server.say(400, body, 'text/xml')) as url:
            refused = client(url).attempt('DescribeInstances', InstanceIds=['i-1'])
            self.assertRaises(ec2.Refused, client(url).ask, 'DescribeInstances')
        assert isinstance(refused, ec2.Refused)  # noqa: S101 - for the types
        self.assertEqual(('InvalidInstanceID.NotFound', 400, ()),
                         (refused.code, refused.status, refused.written_wrong))
