"""The client of the metadata service: what it signs, what it shows, and what it keeps."""

import hashlib
import hmac
import json

import ddt
import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import metadata
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from unit_tests.clients import server

SECRET = 's3cret-of-the-proxy'


@ddt.ddt
class MetadataTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.record = evidence.Evidence()

    def client(self, url: str) -> metadata.Metadata:
        return metadata.Metadata(url, secret=SECRET, http=transport.Transport(timeout=2),
                                 record=self.record)

    def get(self, status: int, body: bytes, path: str = '/latest/meta-data/x',
            kind: str = 'text/plain') -> metadata.MetadataAnswer:
        """Return the answer of a service that answers so."""
        with server.serving(server.say(status, body, kind)) as url:
            client = self.client(url)
            return client.get(path, client.headers('i', 'p'), address='192.0.2.7')

    def kept(self) -> str:
        """Return the evidence of all exchanges."""
        return '\n'.join(map(str, self.record.since(0)))

    def test_request_of_the_proxy(self) -> None:
        def echo(handler: server.Handler) -> None:
            server.say(200, json.dumps([handler.path, dict(handler.headers)]).encode())(handler)
        with server.serving(echo) as url:
            client = self.client(url + '/')
            answer = client.get('/latest/x', client.headers('an id', 'a project'),
                                address='192.0.2.7')
        path, headers = json.loads(answer.body)
        self.assertEqual('/latest/x', path)
        self.assertEqual(('an id', 'a project', '192.0.2.7'), (
            headers['X-Instance-ID'], headers['X-Tenant-ID'], headers['X-Forwarded-For']))
        self.assertEqual(hmac.digest(SECRET.encode(), b'an id', hashlib.sha256).hex(),
                         headers['X-Instance-ID-Signature'])

    def test_headers_may_be_left_out_or_wrong(self) -> None:
        def echo(handler: server.Handler) -> None:
            server.say(200, json.dumps(sorted(handler.headers)).encode())(handler)
        with server.serving(echo) as url:
            answer = self.client(url).get('/', {metadata.PROJECT: 'p'}, address='192.0.2.7')
        self.assertEqual(['X-Forwarded-For', 'X-Tenant-ID'],
                         [name for name in json.loads(answer.body) if name.startswith('X-')])

    def test_what_is_shown(self) -> None:
        answer = self.get(200, b'a\nb/')
        self.assertEqual(('a\nb/', 'a\nb/', ['a', 'b/'], 'metadata GET /latest/meta-data/x', ()),
                         (answer.text, answer.data, answer.names, answer.source,
                          answer.request_ids))

    def test_all_bytes(self) -> None:
        self.assertEqual(list(range(256)), [
            ord(character) for character in self.get(200, bytes(range(256))).data])

    def test_nothing_there(self) -> None:
        answer = self.get(404, b'404 Not Found')
        self.assertEqual((ABSENT, ABSENT, []), (answer.text, answer.data, answer.names))

    @ddt.data(403, 500, 302, 204)
    def test_other_status(self, status: int) -> None:
        answer = self.get(status, b'')
        error = self.assertRaises(errors.BadAnswer, lambda: answer.text)
        self.assertEqual(f'metadata GET /latest/meta-data/x: expected status 200 or 404; '
                         f'seen {status} []', str(error))

    def test_document(self) -> None:
        self.assertEqual({'uuid': 'x'}, self.get(200, b'{"uuid": "x"}').document)

    @ddt.data((200, b'[]'), (200, b''), (200, b'\xff'), (200, b'[' * 100_000), (404, b'{}'))
    @ddt.unpack
    def test_no_document(self, status: int, body: bytes) -> None:
        answer = self.get(status, body)
        error = self.assertRaises(errors.BadAnswer, lambda: answer.document)
        self.assertTrue(str(error).startswith(
            'metadata GET /latest/meta-data/x: expected status 200 and an object'), error)

    def test_evidence_of_a_value(self) -> None:
        self.get(200, b'r-0a1b2c3d')
        self.assertIn('metadata GET /latest/meta-data/x -> 200', self.kept())
        self.assertIn('X-Instance-ID: i', self.kept())
        self.assertIn('< r-0a1b2c3d', self.kept())

    def test_evidence_holds_no_signature(self) -> None:
        self.get(200, b'x')
        self.assertNotIn(metadata.signature(SECRET, 'i'), self.kept())
        self.assertNotIn(SECRET, self.kept())

    @ddt.data(('/latest/user-data', b's3cret'), ('/openstack/latest/user_data', b's3cret'),
              ('/latest/user-data', b'{"password": "s3cret"}'),
              ('/latest/user-data', b'{"uuid": "s3cret"}'),
              ('/latest/user-data', b'["s3cret"]'), ('/latest/user-data', b'"s3cret"'),
              ('/latest/meta-data/x', b's3cret\x00'), ('/latest/meta-data/x', b's3cret' * 2000),
              ('/openstack/latest/meta_data.json', b'{"public_keys": {"s3cret": "s3cret"}}'),
              ('/openstack/latest/meta_data.json', b'{"random_seed": "s3cret"}'))
    @ddt.unpack
    def test_evidence_holds_no_secret(self, path: str, body: bytes) -> None:
        self.get(200, body, path)
        self.assertNotIn('s3cret', self.kept())
        self.assertIn('not kept', self.kept())

    def test_evidence_of_a_document(self) -> None:
        self.get(200, b'{"uuid": "a", "hostname": "b", "launch_index": 7, "keys": ["c"]}',
                 '/openstack/latest/meta_data.json')
        self.assertIn('{"hostname": "b", "keys": "<not kept>", "launch_index": 7, "uuid": "a"}',
                      self.kept())
