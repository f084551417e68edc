"""The XML of an EC2 answer: what is written otherwise than the model has it."""

import ddt
import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import wire
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from unit_tests import recordings
from unit_tests.clients import server
from unit_tests.clients.test_ec2 import client
from unit_tests.clients.test_ec2 import describe

_INDEX = b'<amiLaunchIndex>0</amiLaunchIndex>'


def refused(status: int, body: bytes) -> str:
    """Return the message about an answer that cannot be read."""
    with server.serving(server.say(status, body, 'text/xml')) as url:
        try:
            client(url).describe_instances()
        except errors.BadAnswer as error:
            return str(error)
    raise AssertionError('it was read')


def error(body: str) -> list[str]:
    found = wire.error_violations(wire.read(body.encode()), source='EC2 X', request_ids=())
    return [str(each) for each in found]


@ddt.ddt
class StructureTest(testtools.TestCase):

    @ddt.data(
        (_INDEX, b'<AmiLaunchIndex>0</AmiLaunchIndex>',
         'instancesSet.amiLaunchIndex: expected the element amiLaunchIndex; '
         'seen "AmiLaunchIndex"'),
        (_INDEX, b'<ami_launch_index>0</ami_launch_index>', 'seen "ami_launch_index"'),
        (_INDEX, b'<amilaunchindex>0</amilaunchindex>', 'seen "amilaunchindex"'),
        (_INDEX, b'<ami-launch-index>0</ami-launch-index>', 'seen "ami-launch-index"'),
        (_INDEX, _INDEX + _INDEX, 'amiLaunchIndex: expected one element; seen 2 of them'),
        (b'<amiLaunchIndex>0<', b'<amiLaunchIndex><v>0</v><',
         'amiLaunchIndex: expected a text; seen the element v'),
        (b'<ebs>', b'<ebs>c2VjcmV0', 'ebs: expected elements only; seen a text of 8 characters'),
        (b'<blockDeviceMapping>', b'<blockDeviceMapping>none',
         'blockDeviceMapping: expected elements only; seen a text of 4 characters'),
        (b'ec2.amazonaws.com/doc/', b'example.org/doc/', 'expected the name space http://ec2'),
        (b'<requestId>', b'<requestId>1</requestId><requestId>',
         'requestId: expected one element; seen 2 of them'))
    @ddt.unpack
    def test_written_otherwise(self, old: bytes, new: bytes, words: str) -> None:
        xml = recordings.ec2_xml()
        self.assertIn(old, xml)
        try:
            found = describe(xml.replace(old, new, 1)).written_wrong
        except ContractViolation as violation:  # boto3 cannot read it at all
            found = tuple(violation.violations)
        self.assertEqual({'EC2A-113'}, {each.requirement for each in found})
        self.assertIn(words, str(found[0]))

    def test_children_of_a_list(self) -> None:
        xml = recordings.ec2_xml().replace(b'<item>', b'<member>').replace(
            b'</item>', b'</member>')
        found = describe(xml).written_wrong
        self.assertIn('reservationSet: expected elements item; seen "member"', str(found[0]))

    def test_no_request_id(self) -> None:
        xml = recordings.ec2_xml().replace(b'requestId>', b'RequestId>')
        self.assertIn('requestId', str(describe(xml).written_wrong[0]))

    def test_additions_are_tolerated(self) -> None:
        for more in (b'<brandNew>x</brandNew>', b'<brandNew><item/></brandNew>',
                     b'<AmiLaunchIndex>0</AmiLaunchIndex>'):
            xml = recordings.ec2_xml().replace(_INDEX, _INDEX + more, 1)
            self.assertEqual((), describe(xml).written_wrong)

    @ddt.data((b'1764000000', 'EC2A-111'), (b'', 'EC2A-111'), (b'None', 'EC2A-111'),
              (b'Sun, 22 Nov 2026 19:28:58 GMT', 'EC2A-111'), (b'2026-11-22', 'EC2A-111'),
              (b'2026-11-22 19:28:58.968263', 'EC2A-119'))
    @ddt.unpack
    def test_times(self, written: bytes, requirement: str) -> None:
        xml = recordings.ec2_xml().replace(
            b'<ebs>', b'<ebs><attachTime>' + written + b'</attachTime>', 1)
        try:
            answer = describe(xml)
            found = [*answer.written_wrong, *answer.without_zone]
        except ContractViolation as violation:
            found = list(violation.violations)
        self.assertEqual([requirement], [each.requirement for each in found])


@ddt.ddt
class UnreadableTest(testtools.TestCase):

    @ddt.data(
        (200, b'<a>c2VjcmV0', 'is no XML in UTF-8: 11 bytes whose first element is a'),
        (200, b'', 'is no XML in UTF-8: 0 bytes without an element'),
        (200, b'<?xml version="1.0" encoding="iso-8859-1"?><a>\xe9</a>', 'is no XML in UTF-8'),
        (200, b'<a>\xe9</a>', 'is no XML in UTF-8: 8 bytes whose first element is a'),
        (200, b'<!DOCTYPE a><a/>', 'is XML with a document type'),
        (200, b'<!DOCTYPE a [<!ENTITY b "c2VjcmV0"><!ENTITY c "&b;&b;">]><a>&c;</a>',
         'is XML with a document type'),
        (500, b'<!DOCTYPE a [<!ENTITY b "c2VjcmV0">]><a>&b;</a>', 'is XML with a document type'),
        (200, b'<a>' * 100000 + b'</a>' * 100000, 'is XML of more than 64 elements'),
        (200, b'<html><body>c2VjcmV0</body></html>', 'DescribeInstancesResponse; seen html'))
    @ddt.unpack
    def test_is_named_in_a_line_and_not_shown(self, status: int, body: bytes,
                                              words: str) -> None:
        message = refused(status, body)
        self.assertRegex(message, '^EC2 DescribeInstances: ')
        self.assertIn(words, message)
        self.assertNotIn('c2VjcmV0', message)
        self.assertEqual(1, len(message.splitlines()))


class ErrorTest(testtools.TestCase):

    GOOD = ('<Response><Errors><Error><Code>A</Code><Message>b</Message></Error></Errors>'
            '<RequestID>req-1</RequestID></Response>')

    def test_good(self) -> None:
        self.assertEqual([], error(self.GOOD))

    def test_written_otherwise(self) -> None:
        for old, new, path in (
                ('<Code>A</Code>', '', 'Errors.Error.Code'),
                ('<Code>A</Code>', '<Code/>', 'Errors.Error.Code'),
                ('<Code>A</Code>', '<Code><x/></Code>', 'Errors.Error.Code'),
                ('Message>', 'message>', 'Errors.Error.Message'),
                ('RequestID>', 'RequestId>', 'RequestID'), ('req-1', '', 'RequestID'),
                ('Errors>', 'errors>', 'Errors'), ('Error>', 'error>', 'Errors.Error'),
                ('Response>', 'ErrorResponse>', 'Response')):
            [line] = error(self.GOOD.replace(old, new))
            self.assertTrue(line.startswith(f'EC2A-114 EC2 X: {path}: expected '), line)
