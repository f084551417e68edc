import base64
import json
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed448
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric import x25519
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
import testtools

from ec2attrs_tempest_plugin.certification import attestation

RESULT: dict[str, Any] = {
    'verdict': {'conclusion': 'CONFORMANT'}, 'product': {}, 'profile': 'tenant', 'guideline': {},
    'challenge': None, 'started': '', 'ended': '', 'tests': []}
DIGESTS = {'run.json': '12', 'a': '34'}
JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(
        strategies.sampled_from(['payload', 'payloadType', 'signatures', 'keyid', 'sig']),
        inner, max_size=4), max_leaves=8)


class AttestationTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def _file(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(content)
        return path

    def _keys(self, private: Any, password: bytes | None = None) -> tuple[Path, Path]:
        return self._file('key.pem', private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password) if password
            else serialization.NoEncryption())), self._file(
                'key.pub', private.public_key().public_bytes(
                    serialization.Encoding.PEM,
                    serialization.PublicFormat.SubjectPublicKeyInfo))

    def test_each_usual_kind_of_key_signs(self) -> None:
        for private in (ed25519.Ed25519PrivateKey.generate(),
                        ec.generate_private_key(ec.SECP256R1()),
                        ec.generate_private_key(ec.SECP384R1()),
                        ec.generate_private_key(ec.SECP521R1()),
                        rsa.generate_private_key(65537, 2048)):
            secret, public = self._keys(private)
            attestation.check_key(secret)
            envelope = attestation.made(DIGESTS, RESULT, secret)
            key_id = attestation.verified(envelope, public)
            self.assertEqual([key_id], attestation.signers(envelope))
            self.assertEqual(64, len(key_id))
            other = self._keys(ed25519.Ed25519PrivateKey.generate())[1]
            error = self.assertRaises(attestation.AttestationError, attestation.verified,
                                      envelope, other)
            self.assertEqual('it was not signed with key.pub', str(error))

    def test_statement(self) -> None:
        found = attestation.statement(attestation.made(DIGESTS, RESULT, None))
        self.assertEqual(DIGESTS, found['subject'])
        self.assertEqual({key: RESULT[key] for key in RESULT if key != 'tests'},
                         found['predicate'])
        self.assertEqual(attestation.predicate(RESULT), found['predicate'])
        self.assertEqual('https://in-toto.io/Statement/v1', found['_type'])
        self.assertEqual('urn:ec2attrs:result:v1', found['predicateType'])
        envelope = json.loads(attestation.made(DIGESTS, RESULT, None))
        self.assertEqual('application/vnd.in-toto+json', envelope['payloadType'])
        payload = base64.b64decode(envelope['payload'])
        self.assertEqual(json.dumps(json.loads(payload), sort_keys=True).encode(), payload)

    def test_unsigned(self) -> None:
        envelope = attestation.made(DIGESTS, RESULT, None)
        self.assertEqual([], attestation.signers(envelope))
        self.assertEqual(envelope, attestation.made(
            dict(reversed(DIGESTS.items())), RESULT, None))
        public = self._keys(ed25519.Ed25519PrivateKey.generate())[1]
        self.assertRaises(attestation.AttestationError, attestation.verified, envelope, public)

    def test_keys_that_cannot_sign(self) -> None:
        good, public = self._keys(ed25519.Ed25519PrivateKey.generate())
        content = good.read_bytes()
        locked = self._keys(ed25519.Ed25519PrivateKey.generate(), b'secret')[0].read_bytes()
        bad = {
            'empty': b'', 'noise': b'\xff' * 90, 'cut': content[:-40],
            'public': public.read_bytes(), 'locked': locked}
        for name, private in (('x', x25519.X25519PrivateKey.generate()),
                              ('dsa', dsa.generate_private_key(2048)),
                              ('ed448', ed448.Ed448PrivateKey.generate()),
                              ('curve', ec.generate_private_key(ec.SECP256K1()))):
            bad[name] = self._keys(private)[0].read_bytes()
        for name, each in bad.items():
            path = self._file(name, each)
            error = self.assertRaises(attestation.AttestationError, attestation.check_key, path)
            self.assertRegex(str(error), rf'^{name} is no private key in PEM that could be used: '
                             r'.+; "openssl genpkey -algorithm ed25519" makes one$')
            self.assertRaises(attestation.AttestationError, attestation.made, DIGESTS, RESULT,
                              path)
        error = self.assertRaises(attestation.AttestationError, attestation.check_key,
                                  self.directory / 'none')
        self.assertEqual('the key none cannot be read: No such file or directory', str(error))

    def test_no_more_than_64_kib_of_a_key_are_read(self) -> None:
        content = self._keys(ed25519.Ed25519PrivateKey.generate())[0].read_bytes().rstrip()
        filling = b'x' * (64 * 1024 - len(content) - 1)
        attestation.check_key(self._file('key', filling + b'\n' + content))
        self.assertRaises(attestation.AttestationError, attestation.check_key,
                          self._file('key', filling + b'x\n' + content))

    def test_what_is_said_of_a_key_is_bounded(self) -> None:
        with mock.patch.object(serialization, 'load_pem_private_key',
                               side_effect=ValueError('x' * 200)):
            error = self.assertRaises(attestation.AttestationError, attestation.check_key,
                                      self._file('key', b''))
        self.assertIn(': ' + 'x' * 117 + '...; ', str(error))

    def test_keys_that_cannot_verify(self) -> None:
        secret, _ = self._keys(ed25519.Ed25519PrivateKey.generate())
        envelope = attestation.made(DIGESTS, RESULT, secret)
        bad = {'empty': b'', 'noise': b'\xff' * 90, 'private': secret.read_bytes()}
        for name, private in (('x', x25519.X25519PrivateKey.generate()),
                              ('dsa', dsa.generate_private_key(2048)),
                              ('ed448', ed448.Ed448PrivateKey.generate()),
                              ('curve', ec.generate_private_key(ec.SECP256K1()))):
            bad[name] = self._keys(private)[1].read_bytes()
        for name, content in bad.items():
            error = self.assertRaises(attestation.AttestationError, attestation.verified,
                                      envelope, self._file(name, content))
            self.assertEqual(f'{name} is no public key in PEM; "openssl pkey -pubout" makes one '
                             'of a private key', str(error))
        self.assertRaises(attestation.AttestationError, attestation.verified, envelope,
                          self.directory / 'none')

    def test_envelopes_that_are_none(self) -> None:
        _, public = self._keys(ed25519.Ed25519PrivateKey.generate())
        for content in (b'', b'[]', b'{}', b'1', b'\xff', b'[' * 9000,
                        b'{"payload": "", "payloadType": "x", "signatures": 1}',
                        b'{"payload": "!", "payloadType": "x", "signatures": [{}]}'):
            for use in (attestation.statement, attestation.signers,
                        lambda envelope: attestation.verified(envelope, public)):
                error = self.assertRaises(attestation.AttestationError, use, content)
                self.assertIn(str(error), ('the attestation cannot be read',
                                           'the attestation holds more than a DSSE envelope',
                                           'the attestation is no DSSE envelope'))

    def test_payload_of_no_type_is_not_verified(self) -> None:
        _, public = self._keys(ed25519.Ed25519PrivateKey.generate())
        for kind in (None, 1, 'x'):
            error = self.assertRaises(
                attestation.AttestationError, attestation.verified,
                self._wrapped({}, payloadType=kind, signatures=[]), public)
            self.assertEqual('the attestation is no DSSE envelope', str(error))

    def _wrapped(self, stated: Any, **changed: Any) -> bytes:
        return json.dumps({
            'payload': base64.b64encode(json.dumps(stated).encode()).decode(),
            'payloadType': 'application/vnd.in-toto+json', 'signatures': [], **changed}).encode()

    def test_statements_that_are_none(self) -> None:
        good = attestation.statement(attestation.made(DIGESTS, RESULT, None))
        stated: dict[str, Any] = {
            **good, 'subject': [{'name': 'a', 'digest': {'sha256': '1'}}]}
        attestation.statement(self._wrapped(stated))
        for words, envelope in (
                ('states something else than a result', self._wrapped({**stated, '_type': 'x'})),
                ('states something else than a result',
                 self._wrapped({**stated, 'predicateType': 'x'})),
                ('states nothing', self._wrapped({**stated, 'predicate': []})),
                ('cannot be read', self._wrapped({**stated, 'subject': [{}]})),
                ('cannot be read', self._wrapped({**stated, 'subject': None})),
                ('cannot be read', self._wrapped([])),
                ('states a file twice',
                 self._wrapped({**stated, 'subject': stated['subject'] * 2})),
                ('holds something else than a statement of in-toto',
                 self._wrapped(stated, payloadType='text/plain')),
                ('cannot be read', self._wrapped(stated, payload='*' + json.loads(
                    self._wrapped(stated))['payload']))):
            error = self.assertRaises(attestation.AttestationError, attestation.statement,
                                      envelope)
            self.assertEqual(f'the attestation {words}', str(error))

    def test_ids_of_keys_are_plain(self) -> None:
        envelope = self._wrapped({}, signatures=[{'keyid': '\x1b[2J\n' + 'x' * 99, 'sig': ''}])
        self.assertEqual(['?[2J ' + 'x' * 72 + '...'], attestation.signers(envelope))

    @settings(max_examples=200, deadline=None)
    @given(JSON)
    def test_hostile_envelopes(self, value: Any) -> None:
        content = json.dumps(value).encode()
        _, public = self._keys(ed25519.Ed25519PrivateKey.generate())
        for use in (attestation.statement, attestation.signers,
                    lambda envelope: attestation.verified(envelope, public)):
            try:
                use(content)
            except attestation.AttestationError:
                continue
            self.assertIs(use, attestation.signers)
