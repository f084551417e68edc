"""Exchanges recorded and answered again: no secret is kept, and time goes on as it did."""

import gzip
import json
import pathlib
import re
from typing import Any

import ddt
import fixtures
import testtools

from ec2attrs_tempest_plugin.faults import bed
from ec2attrs_tempest_plugin.faults import tape
from unit_tests.faults.services import Fake

ORIGINS = {'keystone': 'http://192.0.2.1:5000', 'nova': 'http://192.0.2.1:8774'}
CONF = ('[auth]\nadmin_password = s3cret-conf\n[identity]\nuri_v3 = http://192.0.2.1:5000/v3\n')
USER = json.dumps({'auth': {'password': {'user': {'name': 'a', 'password': 's3cret-asked'}}}})
SERVERS = '/v2.1/servers'


def token(name: str) -> tuple[int, dict[str, str], Any]:
    """Return the answer that gives a token."""
    return 201, {'X-Subject-Token': name}, {'token': {
        'url': 'http://192.0.2.1:8774/v2.1', 'expires_at': '2026-11-24T15:46:29.000000Z'}}


class Taped(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'tape.gz'
        self.fake = Fake({})
        self.recorder = tape.Recorder(self.fake, ORIGINS)

    def ask(self, upstream: tape.Recorder | tape.Tape, request: str, body: str = '',
            **headers: str) -> Any:
        """Return the answered JSON (or text) to a request written as 'service METHOD target'."""
        service, method, target = request.split()
        stream = upstream.ask(service, method, target, {
            name.replace('_', '-'): value for name, value in headers.items()}, body.encode())
        content = b''.join(stream.body).decode()
        return json.loads(content) if content.startswith(('{', '[', '"')) else content

    def record(self, *answers: tuple[str, Any]) -> None:
        """Ask, and let it be answered so."""
        for request, answer in answers:
            self.fake.answers[request] = answer
            self.ask(self.recorder, request)

    def tape(self) -> tape.Tape:
        """Return the tape of what was recorded."""
        self.recorder.save(self.path, CONF)
        return tape.Tape(self.path)


class SecretsTest(Taped):

    def setUp(self) -> None:
        super().setUp()
        self.fake.answers = {
            'keystone POST /v3/auth/tokens': [token('s3cret-token-1'), token('s3cret-token-2')],
            f'nova POST {SERVERS}': {'server': {'id': 'one', 'adminPass': 's3cret-made'}},
            'keystone POST /v3/credentials/OS-EC2': {
                'credential': {'access': 'shown', 'secret': 's3cret-ec2'}},
            'ec2 POST /': '<a>text</a>'}
        for user in (USER, USER.replace('"a"', '"b"')):
            self.ask(self.recorder, 'keystone POST /v3/auth/tokens', user)
        self.create('s3cret-token-1', self.recorder)
        self.ask(self.recorder, 'keystone POST /v3/credentials/OS-EC2', '{}',
                 x_auth_token='s3cret-token-2')
        self.ask(self.recorder, 'ec2 POST /', 'Action=DescribeInstances',
                 authorization='s3cret-signature')

    def create(self, token: str, upstream: tape.Recorder | tape.Tape) -> Any:
        body = json.dumps({'server': {'name': 'one', 'adminPass': 's3cret-chosen'}})
        return self.ask(upstream, f'nova POST {SERVERS}', body, x_auth_token=token)

    def test_who_asks_is_told_them(self) -> None:
        self.assertEqual('s3cret-made',
                         self.create('s3cret-token-1', self.recorder)['server']['adminPass'])

    def test_none_is_kept(self) -> None:
        self.tape()
        text = gzip.decompress(self.path.read_bytes()).decode()
        self.assertNotIn('s3cret', text)
        self.assertNotIn('192.0.2.1', text)
        self.assertIn('shown', text)

    def test_each_token_has_a_name_of_its_own(self) -> None:
        played = self.tape()
        names = []
        for user in (USER, USER.replace('"a"', '"b"')):
            # Any password will do: none was kept to compare with.
            stream = played.ask('keystone', 'POST', '/v3/auth/tokens', {},
                                user.replace('s3cret-asked', 'recorded').encode())
            names.append(stream.headers['x-subject-token'])
        self.assertEqual(2, len(set(names)))
        self.assertEqual('one', self.create(names[0], played)['server']['id'])
        self.assertEqual([], played.unknown)
        self.create(names[1], played)
        self.assertEqual([f'nova POST {SERVERS}'], played.unknown)

    def test_addresses_and_configuration(self) -> None:
        played = self.tape()
        answer = self.ask(played, 'keystone POST /v3/auth/tokens', USER)
        self.assertEqual('http://nova.recorded/v2.1', answer['token']['url'])
        self.assertEqual('[auth]\nadmin_password = recorded\n[identity]\n'
                         'uri_v3 = http://keystone.recorded/v3\n', played.tempest_conf)
        self.assertEqual({'keystone', 'nova', 'ec2'}, played.services)

    def test_tokens_do_not_expire_with_the_tape(self) -> None:
        """An old tape is as good as a new one: Tempest never asks for another token."""
        answer = self.ask(self.tape(), 'keystone POST /v3/auth/tokens', USER)
        self.assertEqual('9999-12-31T23:59:59.000000Z', answer['token']['expires_at'])

    def test_the_same_exchanges_make_the_same_file(self) -> None:
        self.tape()
        first = self.path.read_bytes()
        # Where gzip writes the time.
        self.assertEqual(bytes(4), first[4:8])
        self.tape()
        self.assertEqual(first, self.path.read_bytes())

    def test_form_of_ec2(self) -> None:
        self.assertEqual('<a>text</a>', self.ask(
            self.tape(), 'ec2 POST /', 'Action=DescribeInstances', authorization='another'))


class TimeTest(Taped):

    READ, CHANGE = f'nova GET {SERVERS}/one', f'nova POST {SERVERS}'

    def test_number_of_exchanges(self) -> None:
        self.record((self.READ, 'a'), (self.READ, 'b'))
        self.assertEqual(2, self.recorder.save(self.path, CONF))

    def test_reads_in_order_and_the_last_for_ever(self) -> None:
        self.record(*((self.READ, state) for state in ('BUILD', 'BUILD', 'ACTIVE')))
        played = self.tape()
        self.assertEqual(['BUILD', 'BUILD', 'ACTIVE', 'ACTIVE', 'ACTIVE'],
                         [self.ask(played, self.READ) for _ in range(5)])

    def test_read_is_answered_as_after_the_last_change(self) -> None:
        self.record((self.READ, 'before'), (self.READ, 'still before'), (self.CHANGE, 'done'),
                    (self.READ, 'after'))
        played = self.tape()
        self.assertEqual('before', self.ask(played, self.READ))
        self.assertEqual('done', self.ask(played, self.CHANGE))
        self.assertEqual('after', self.ask(played, self.READ))

    def test_change_asked_again_is_the_next_one(self) -> None:
        self.record((self.CHANGE, 'first'), (self.READ, 'one'), (self.CHANGE, 'second'),
                    (self.READ, 'two'))
        played = self.tape()
        self.assertEqual(['first', 'one', 'second', 'two', 'second', 'two'],
                         [self.ask(played, each) for each in (self.CHANGE, self.READ) * 3])

    def test_change_that_was_left_out_is_skipped(self) -> None:
        delete = f'nova DELETE {SERVERS}/one'
        self.record((self.CHANGE, 'made'), (self.READ, 'there'), (delete, 'gone'),
                    (self.READ, 'missing'))
        played = self.tape()
        self.assertEqual(['gone', 'missing'], [self.ask(played, delete),
                                               self.ask(played, self.READ)])

    def test_describing_is_reading(self) -> None:
        request = 'ec2 POST /'
        for body, answer in (('Action=DescribeInstances', '<a/>'),
                             ('Action=CreateTags', '<b/>'), ('Action=DescribeInstances', '<c/>')):
            self.fake.answers[request] = answer
            self.ask(self.recorder, request, body)
        played = self.tape()
        self.ask(played, request, 'Action=CreateTags')
        self.assertEqual('<c/>', self.ask(played, request, 'Action=DescribeInstances'))

    def test_rewound_it_begins_anew(self) -> None:
        self.record((self.READ, 'a'), (self.CHANGE, 'b'), (self.READ, 'c'))
        played = self.tape()
        for _ in range(2):
            self.assertEqual(['a', 'c', 'b', 'c'], [self.ask(played, each) for each in (
                self.READ, self.READ, self.CHANGE, self.READ)])
            self.ask(played, 'nova GET /none')
            self.assertEqual(['nova GET /none'], played.unknown)
            played.rewind()
            self.assertEqual([], played.unknown)

    def test_what_makes_another_question(self) -> None:
        self.record((self.READ, 'a'), (self.CHANGE, 'b'))
        played = self.tape()
        for request, body, headers in (
                (self.READ + '/x', '', {}), (self.READ + '?x=y', '', {}),
                (self.READ.replace('nova', 'cinder'), '', {}), (self.CHANGE, '{"x": 1}', {}),
                (self.READ, '', {'openstack_api_version': 'compute 2.3'}),
                (self.READ, '', {'x_auth_token': 'another'})):
            self.assertEqual('not on the tape', self.ask(played, request, body, **headers))
        self.assertEqual(6, len(played.unknown))
        self.assertEqual('a', self.ask(played, self.READ, user_agent='any', accept='*/*'))
        self.assertEqual(6, len(played.unknown))


@ddt.ddt
class ShippedTest(testtools.TestCase):
    """The tape that comes with the project."""

    def setUp(self) -> None:
        super().setUp()
        self.text = gzip.decompress(bed.TAPE.read_bytes()).decode()

    def test_it_is_small(self) -> None:
        self.assertLess(bed.TAPE.stat().st_size, 500_000)

    # What tokens of Keystone begin with, and where files of a machine are.
    @ddt.data('gAAAA', '/home/', '/root/', '/tmp/', '/var/', '/work')
    def test_nothing_of_a_machine(self, words: str) -> None:
        found = re.search(f'.{{0,60}}{re.escape(words)}.{{0,60}}', self.text)
        self.assertIsNone(found, found[0] if found else words)

    def test_no_password(self) -> None:
        secrets = re.findall(r'\\*"(?:password|adminPass|secret)\\*": *\\*"([^"\\]*)', self.text)
        self.assertEqual({'recorded'}, set(secrets))
        self.assertEqual(['recorded'], re.findall(r'admin_password = ([^\\]*)', self.text))

    def test_tokens_are_names(self) -> None:
        tokens = {token for line in self.text.splitlines()[1:] for row in [json.loads(line)]
                  for token in (row['question']['token'], row['headers'].get('x-subject-token'))
                  if token}
        self.assertLess(1, len(tokens))
        for token in tokens:
            # The id of keys to EC2 is as public as a user's name; their secret is not kept.
            self.assertRegex(token, '^(token-[0-9a-f]{12}|keys-[0-9a-f]{32,33}|nobody)$')
