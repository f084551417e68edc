"""The words of the catalogue that change EC2's documents, on a recorded one."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

import ddt
import defusedxml.ElementTree
import testtools

from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from unit_tests import recordings
from unit_tests.clients import test_ec2

ASKED = Asked('ec2', 'POST', '/', action='DescribeInstances')
NAME_SPACE = '{http://ec2.amazonaws.com/doc/2016-11-15/}'
INSTANCE = '/'.join(NAME_SPACE + name for name in (
    'reservationSet', 'item', 'instancesSet', 'item'))


def answered() -> Answered:
    """Return the recorded answer: one instance with three volumes."""
    return Answered(200, {'Content-Type': 'text/xml'}, recordings.ec2_xml())


def parsed(answer: Answered) -> Element:
    """Return the document of an answer."""
    root: Element = defusedxml.ElementTree.fromstring(answer.body)
    return root


@ddt.ddt
class DocumentsTest(testtools.TestCase):

    def texts(self, change: Change, path: str) -> list[str | None]:
        """Return what stands at a path below the instance after a change that acted once."""
        answer = answered()
        self.assertEqual(1, change(ASKED, answer))
        path = '/'.join(NAME_SPACE + name for name in path.split('/'))
        return [each.text for each in parsed(answer).findall(f'{INSTANCE}/{path}')]

    def test_text(self) -> None:
        self.assertEqual(['0!'], self.texts(changes.in_instances(
            changes.text('amiLaunchIndex', '{}!'.format)), 'amiLaunchIndex'))

    def test_text_of_each(self) -> None:
        self.assertEqual(['x'] * 3, self.texts(changes.in_mappings(
            changes.text('ebs/deleteOnTermination', lambda _: 'x')),
            'blockDeviceMapping/item/ebs/deleteOnTermination'))

    def test_text_of_an_empty_element(self) -> None:
        self.assertEqual(['(was "")'], self.texts(changes.in_instances(
            changes.text('imageId', '(was "{}")'.format)), 'imageId'))

    def test_put(self) -> None:
        self.assertEqual(['y'], self.texts(
            changes.in_instances(changes.put('placement/x', 'y')), 'placement/x'))
        self.assertEqual([None], self.texts(changes.in_instances(changes.put('x', None)), 'x'))

    def test_drop(self) -> None:
        self.assertEqual([], self.texts(
            changes.in_instances(changes.drop('amiLaunchIndex')), 'amiLaunchIndex'))
        self.assertEqual([], self.texts(
            changes.in_mappings(changes.drop('ebs/volumeId')),
            'blockDeviceMapping/item/ebs/volumeId'))

    def test_in_reservations(self) -> None:
        answer = answered()
        change = changes.in_reservations(changes.text('reservationId', lambda _: 'r-x'))
        self.assertEqual(1, change(ASKED, answer))
        self.assertIn(b'>r-x</', answer.body)

    def test_the_rest_is_as_it_was(self) -> None:
        answer = answered()
        change = changes.in_instances(changes.text('amiLaunchIndex', lambda _: '7'))
        self.assertEqual(1, change(ASKED, answer))
        [index] = parsed(answer).findall(f'{INSTANCE}/{NAME_SPACE}amiLaunchIndex')
        before = parsed(answered())
        [own] = before.findall(f'{INSTANCE}/{NAME_SPACE}amiLaunchIndex')
        self.assertEqual(('7', '0'), (index.text, own.text))
        own.text = '7'
        self.assertEqual([(each.tag, each.text) for each in before.iter()],
                         [(each.tag, each.text) for each in parsed(answer).iter()])

    def test_boto3_reads_it(self) -> None:
        answer = answered()
        changes.in_instances(changes.text('amiLaunchIndex', lambda _: '7'))(ASKED, answer)
        [reservation] = test_ec2.describe(answer.body).body['Reservations']
        self.assertEqual(7, reservation['Instances'][0]['AmiLaunchIndex'])

    @ddt.data(changes.text('amiLaunchIndex', str), changes.text('none', lambda _: 'x'),
              changes.put('amiLaunchIndex', '9'), changes.put('none/x', '9'),
              changes.drop('none'), changes.drop('none/x'))
    def test_what_is_as_it_was_does_not_count(self, edit: Callable[[Element], None]) -> None:
        answer = answered()
        self.assertEqual(0, changes.in_instances(edit)(ASKED, answer))
        self.assertEqual(answered(), answer)

    @ddt.data(Asked('ec2', 'POST', '/', action='DescribeVolumes'),
              Asked('nova', 'POST', '/', action='DescribeInstances'))
    def test_others_are_left_alone(self, request: Asked) -> None:
        answer = answered()
        change = changes.in_instances(changes.drop('amiLaunchIndex'))
        self.assertEqual(0, change(request, answer))
        self.assertEqual(answered(), answer)

    def test_errors_are_left_alone(self) -> None:
        answer = Answered(500, {}, b'not even XML')
        self.assertEqual(0, changes.in_instances(changes.drop('x'))(ASKED, answer))

    def test_another_action(self) -> None:
        answer = Answered(200, {}, b'<A><userData><value>x</value></userData></A>')
        change = changes.in_xml(changes.text('userData/value', lambda _: 'y'),
                                ('DescribeInstanceAttribute',))
        self.assertEqual(0, change(ASKED, answer))
        self.assertEqual(1, change(
            Asked('ec2', 'POST', '/', action='DescribeInstanceAttribute'), answer))
        self.assertIn(b'<A><userData><value>y</value></userData></A>', answer.body)
