"""The schemas of attachments, on answers as Nova gives them and on single changes of them."""

from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.contract.attachments import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.schemas import attachments
from ec2attrs_tempest_plugin.schemas import overlay

VOLUME, SERVER = '0f2a', '1c9b'


def attachment(version: str) -> dict[str, Any]:
    """Return an attachment as a real Nova shows it."""
    minor = int(version.partition('.')[2])
    shown: dict[str, Any] = {'volumeId': VOLUME, 'serverId': SERVER, 'device': '/dev/sdb'}
    if minor >= 70:
        shown['tag'] = None
    if minor >= 79:
        shown['delete_on_termination'] = False
    if minor < 89:
        return shown | {'id': VOLUME}
    return shown | {'attachment_id': 'a77a', 'bdm_uuid': 'bd03'}


def body_of(call: Call, one: Any) -> dict[str, Any]:
    return {'volumeAttachments': [one]} if call is Call.LIST else {'volumeAttachment': one}


def lines(body: Any, call: Call, version: str) -> list[str]:
    """Return the violations as they are printed."""
    return [str(violation) for violation in attachments.violations(
        body, call, Microversion.parse(version), source='SOURCE', request_ids=('req-1',))]


#: What one change of an attachment breaks: microversion, key, value (None: it goes), requirement.
CHANGES: tuple[tuple[str, str, Any, str], ...] = (
    ('2.1', 'delete_on_termination', True, 'EC2A-070'),
    ('2.78', 'delete_on_termination', False, 'EC2A-070'),
    ('2.79', 'delete_on_termination', None, 'EC2A-070'),
    ('2.79', 'delete_on_termination', 'False', 'EC2A-070'),
    ('2.89', 'delete_on_termination', 0, 'EC2A-070'),
    ('2.1', 'id', None, 'EC2A-075'),
    ('2.88', 'id', '', 'EC2A-075'),
    ('2.89', 'id', VOLUME, 'EC2A-075'),
    ('2.88', 'attachment_id', 'a77a', 'EC2A-075'),
    ('2.88', 'bdm_uuid', 'bd03', 'EC2A-075'),
    ('2.89', 'attachment_id', None, 'EC2A-075'),
    ('2.104', 'bdm_uuid', None, 'EC2A-075'),
    ('2.104', 'bdm_uuid', 7, 'EC2A-075'),
    ('2.104', 'volumeId', None, 'EC2A-075'),
)


@ddt.ddt
class AttachmentsTest(testtools.TestCase):

    @ddt.data('2.1', '2.69', '2.70', '2.78', '2.79', '2.88', '2.89', '2.104')
    def test_right_answers_conform(self, version: str) -> None:
        for call in (Call.LIST, Call.SHOW):
            self.assertEqual([], lines(body_of(call, attachment(version)), call, version))

    @ddt.idata(CHANGES)
    @ddt.unpack
    def test_a_change_is_said_in_one_line(self, version: str, key: str, value: Any,
                                          requirement: str) -> None:
        for call in (Call.LIST, Call.SHOW):
            one = attachment(version) | {key: value}
            if value is None:
                del one[key]
            [line] = lines(body_of(call, one), call, version)
            self.assertTrue(line.startswith(f'{requirement} SOURCE: {key}'), line)
            self.assertIn('expected ', line)
            if key != 'volumeId':
                self.assertIn(f'of volume {VOLUME}: ', line)

    def test_null_is_said_as_null(self) -> None:
        one = attachment('2.89') | {'attachment_id': None}
        [line] = lines(body_of(Call.SHOW, one), Call.SHOW, '2.89')
        self.assertIn('attachment_id of volume 0f2a: expected an id; seen null', line)

    def test_answer_to_an_attachment(self) -> None:
        one = attachment('2.88')
        for version in ('2.79', '2.100'):
            self.assertEqual([], lines(body_of(Call.ATTACH, one), Call.ATTACH, version))
        [line] = lines(body_of(Call.ATTACH, one | {'delete_on_termination': 'no'}),
                       Call.ATTACH, '2.100')
        self.assertTrue(line.startswith('EC2A-071 SOURCE: delete_on_termination of '), line)
        [line] = lines(body_of(Call.ATTACH, one), Call.ATTACH, '2.101')
        self.assertEqual(
            'EC2A-072 SOURCE: the answer: expected nothing; seen an object [req-1]', line)
        for call, version in ((Call.ATTACH, '2.101'), (Call.UPDATE, '2.85'),
                              (Call.DETACH, '2.1')):
            self.assertEqual([], lines(None, call, version))

    @ddt.data(None, [], {}, {'volumeAttachments': None}, {'volumeAttachments': [[]]})
    def test_answers_of_another_form(self, body: Any) -> None:
        [line] = lines(body, Call.LIST, '2.79')
        self.assertTrue(line.startswith('EC2A-070 SOURCE: '), line)

    def test_each_place_says_what_it_requires(self) -> None:
        def places(schema: overlay.Schema) -> list[overlay.Schema]:
            inner = [*schema.get('properties', {}).values(),
                     *([schema['items']] if 'items' in schema else [])]
            return [schema, *(each for one in inner for each in places(one))]

        for call in Call:
            for version in ('2.1', '2.79', '2.89', '2.101'):
                for place in places(attachments.answer(call, Microversion.parse(version))):
                    self.assertRegex(place['requirement'], r'^EC2A-\d{3}$')
                    self.assertTrue(place['says'])
