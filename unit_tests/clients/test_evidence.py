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
