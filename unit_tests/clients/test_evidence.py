"""What is kept of an exchange, and what is not."""

import json

import ddt
from hypothesis import given
from hypothesis import strategies as st
import testtools

from ec2attrs_tempest_plugin.clients import evidence

CANARY = 'c4n4ry-v4lue-0f-4-secret'
SECRET_KEYS = (
    'adminPass', 'password', 'user_data', 'OS-EXT-SRV-ATTR:user_data', 'userdata', 'secret',
    'access', 'private_key', 'privateKey', 'client_secret', 'original_password', 'auth',
    'X-Auth-Token', 'keyMaterial', 'passwordData', 'token', 'Signature', 'AWSAccessKeyId')


def exchange(number: int) -> evidence.Exchange:
    return evidence.Exchange('compute', f'GET /{number}', 200, 'req', 0.1, '', '')


@ddt.ddt
class RedactionTest(testtools.TestCase):

    @ddt.data(*SECRET_KEYS)
    def test_secret_is_not_kept(self, key: str) -> None:
        for value in (CANARY, [CANARY], {'x': {'y': CANARY}}, {'Value': CANARY}):
            body = json.dumps({'a': [{'b': {key: value, 'name': 'kept'}}]}).encode()
            text = evidence.redacted_json(body)
            self.assertNotIn(CANARY, text)
            self.assertIn('kept', text)

    @ddt.data('userData', 'passwordData', 'keyMaterial')
    def test_secret_of_xml_is_not_kept(self, tag: str) -> None:
        xml = (f'<R xmlns="http://ec2/"><{tag}><value>{CANARY}</value></{tag}>'
               f'<{tag}>{CANARY}</{tag}><name>kept</name></R>').encode()
        text = evidence.redacted_xml(xml)
        self.assertNotIn(CANARY, text)
        self.assertIn('kept', text)

    def test_secret_is_taken_out_wherever_it_is_said_again(self) -> None:
        """In a link, in the message of an error, and in what is answered later."""
        known = evidence.Secrets()
        text = evidence.redacted_json(json.dumps({
            'access': CANARY, 'links': {'self': f'http://keystone/{CANARY}'}, 'name': 'kept'
        }).encode(), known)
        self.assertIn('kept', text)
        later = evidence.redacted_json(json.dumps({'error': {
            'message': f'{CANARY} is no key'}}).encode(), known)
        xml = evidence.redacted_xml(
            f'<R><Message>{CANARY} is no key</Message></R>'.encode(), known)
        asked = evidence.redacted_arguments({'Filters': [{'Values': [CANARY]}]}, known)
        for each in (text, later, xml, asked):
            self.assertNotIn(CANARY, each)
        self.assertIn('is no key', later)
        self.assertIn('<secret, not kept> is no key', known.removed(f'{CANARY} is no key'))

    def test_secret_is_known_as_it_is_written(self) -> None:
        secret = 'quo"te <&> b\\ackslash'
        known = evidence.Secrets()
        evidence.redacted_arguments({'password': secret}, known)
        self.assertNotIn('ackslash', evidence.redacted_json(
            json.dumps({'message': f'not {secret}'}).encode(), known))
        self.assertNotIn('ackslash', evidence.redacted_xml(
            b'<R><Message>not quo"te &lt;&amp;&gt; b\\ackslash</Message></R>', known))

    def test_secret_of_xml_is_known_later(self) -> None:
        known = evidence.Secrets()
        evidence.redacted_xml(f'<R><keyMaterial> {CANARY} </keyMaterial></R>'.encode(), known)
        self.assertEqual('<secret, not kept>', known.removed(CANARY))

    def test_no_part_of_a_secret_is_left_where_a_body_is_cut(self) -> None:
        known = evidence.Secrets()
        known.learn([CANARY, CANARY[:10]])
        text = evidence.redacted_json(json.dumps({
            'name': 'x' * (evidence.MAX_BODY - 20) + CANARY}).encode(), known)
        self.assertNotIn(CANARY[:4], text)

    def test_what_is_short_or_user_data_is_no_secret_elsewhere(self) -> None:
        known = evidence.Secrets()
        for key, value in (('password', 'seven77'), ('user_data', CANARY),
                           ('OS-EXT-SRV-ATTR:user_data', CANARY), ('token', {'x': CANARY})):
            evidence.redacted_json(json.dumps({key: value}).encode(), known)
        evidence.redacted_xml(f'<R><userData><value>{CANARY}</value></userData></R>'.encode(),
                              known)
        self.assertEqual(f'seven77 {CANARY}', known.removed(f'seven77 {CANARY}'))

    @ddt.data('hostname', 'id', 'reservation_id', 'ClientToken', 'NextToken', 'accessIPv4')
    def test_the_rest_is_kept(self, key: str) -> None:
        self.assertIn('value', evidence.redacted_json(json.dumps({key: 'value'}).encode()))

    @given(st.binary(max_size=200))
    def test_any_body_is_text(self, body: bytes) -> None:
        self.assertIsInstance(evidence.redacted_json(body), str)
        self.assertIsInstance(evidence.redacted_xml(body), str)

    def test_what_cannot_be_read_is_not_kept(self) -> None:
        for read in (evidence.redacted_json, evidence.redacted_xml):
            self.assertNotIn(CANARY, read(f'password={CANARY}'.encode()))

    def test_entities_are_not_expanded(self) -> None:
        bomb = (b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>')
        self.assertIn('not kept', evidence.redacted_xml(bomb))

    def test_size_is_bounded(self) -> None:
        text = evidence.redacted_json(json.dumps({'name': 'x' * 10**6}).encode())
        self.assertLess(len(text), evidence.MAX_BODY + 100)


class EvidenceTest(testtools.TestCase):

    def test_since_a_mark(self) -> None:
        record = evidence.Evidence()
        record.add(exchange(1))
        mark = record.mark()
        record.add(exchange(2))
        self.assertEqual([exchange(2)], list(record.since(mark)))

    def test_oldest_make_room_and_marks_hold(self) -> None:
        record = evidence.Evidence()
        mark = 0
        for number in range(evidence.MAX_EXCHANGES + 50):
            if number == evidence.MAX_EXCHANGES + 48:
                mark = record.mark()
            record.add(exchange(number))
        self.assertEqual(evidence.MAX_EXCHANGES, len(list(record.since(0))))
        self.assertEqual(2, len(list(record.since(mark))))
