"""A bundle made to order: small, signed, and of a run with something to hide.

Of its tests one passed, one failed before it passed, one failed and is waived, and one is only
advisory; the first of its two attempts was interrupted.
"""

from collections.abc import Mapping, Sequence
import dataclasses
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from ec2attrs_tempest_plugin.certification import attestation
from ec2attrs_tempest_plugin.certification import bundle
from ec2attrs_tempest_plugin.certification import guideline
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification import run
from ec2attrs_tempest_plugin.contract import challenge
from ec2attrs_tempest_plugin.contract import outcomes
from unit_tests.certification import streams

CHALLENGE = 'seven owls'
CLOUD = 'http://cloud.example/v3'
PRODUCT = 'Example Cloud'
SUITE = '0.1'
VIOLATION = {'requirement': 'EC2A-003', 'source': 'GET /servers/detail 2.3 admin',
             'attribute': 'launch_index', 'subject': 'reservation r-1', 'expected': '0, 1',
             'seen': '0, 0', 'request_ids': ['req-3']}
OTHER = {**VIOLATION, 'requirement': 'EC2A-002', 'attribute': 'hostname', 'seen': 'absent',
         'request_ids': ['req-7']}


def uuid(number: int) -> str:
    """Return an idempotent id."""
    return f'00000000-0000-4000-8000-{number:012}'


def test_id(number: int) -> str:
    """Return the id of a test as the runner writes it."""
    return f'{streams.TESTS}.XTest.test_{number}[EC2A-{number:03},id-{uuid(number)}]'


PASSED, FLAKY, WAIVED, ADVISORY = (test_id(number) for number in (1, 2, 3, 4))
PLAN = [PASSED, FLAKY, WAIVED, ADVISORY]


def digest(words: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(words.encode()).hexdigest()


def head(**changed: Any) -> dict[str, Any]:
    """Return what a stream says of itself."""
    return {'suite': SUITE, 'tempest': '47.0.0', 'cloud': CLOUD, 'challenge': digest(CHALLENGE),
            **changed}


def exchange(number: int, answered: str = 'an answer', **changed: Any) -> dict[str, Any]:
    """Return an exchange as the evidence of a test has it."""
    return {'service': 'compute', 'source': 'GET /servers/detail 2.3 admin', 'status': 200,
            'request_id': f'req-{number}', 'seconds': 0.25, 'repeated': 0, 'waited': 0.0,
            'asked': '', 'answered': answered, 'at': '2026-11-22T12:00:05+00:00', **changed}


def packed(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """Return evidence as a test attaches it."""
    return gzip.compress(b''.join(json.dumps(each).encode() + b'\n' for each in lines), mtime=0)


def add(stream: streams.Stream, test: str, status: str = 'success',
        exchanges: Sequence[Mapping[str, Any]] = (), says: Mapping[str, Any] | None = None,
        violations: Sequence[Mapping[str, Any]] = (OTHER,),
        error: tuple[outcomes.Code, str] | None = None) -> streams.Stream:
    """Have a test run, with what it attaches: a failure violations, unless it is an error."""
    stream.begin(test)
    stream.attach(test, 'exchanges', packed([says or head(), *exchanges]))
    if status == 'fail':
        if error is None:
            stream.attach(test, 'violations', json.dumps(violations).encode())
        else:
            stream.attach(test, 'error', outcomes.dumped(*error))
        stream.attach(test, 'traceback', streams.traceback('AssertionError: no').encode())
    return stream.end(test, status)


def answers() -> list[dict[str, Any]]:
    """Return exchanges that answer the challenge in each place."""
    word = challenge.new_word(CHALLENGE)
    nova = json.dumps({'servers': [{'OS-EXT-SRV-ATTR:hostname': f'{word}-1',
                                    'OS-EXT-SRV-ATTR:user_data':
                                        f'<str of 60 characters, not kept; it ends in {word}>'}]})
    ec2 = (f'<x><privateDnsName>{word}-1.local</privateDnsName><value>(60 characters, not kept; '
           f'it ends in {word})</value><clientToken>{word}</clientToken></x>')
    return [exchange(1, nova), exchange(2, ec2, service='ec2')]


def first(says: Mapping[str, Any] | None = None) -> streams.Stream:
    """Return the first attempt: one failed, and one was not run any more."""
    stream = streams.Stream()
    add(stream, PASSED, exchanges=answers(), says=says)
    add(stream, FLAKY, 'fail', [exchange(7)], says)
    return add(stream, WAIVED, 'fail', [exchange(3)], says, [VIOLATION])


def second(says: Mapping[str, Any] | None = None) -> streams.Stream:
    """Return the second attempt, in which the rest passed."""
    stream = add(streams.Stream(), FLAKY, exchanges=[exchange(8)], says=says)
    return add(stream, ADVISORY, exchanges=[exchange(9)], says=says)


def document() -> dict[str, Any]:
    """Return the guideline."""
    def capability(*numbers: int) -> dict[str, Any]:
        return {'description': 'What it is about', 'admin': False, 'tests': {
            f'{streams.TESTS}.XTest.test_{each}': {'idempotent_id': f'id-{uuid(each)}'}
            for each in numbers}}
    return {
        'metadata': {'id': '2026.11', 'schema': '2.0', 'advisory_requirements': []},
        'platforms': {'operator': {'description': '', 'components': [{'name': 'all'}]},
                      'tenant': {'description': '', 'components': [{'name': 'all'}]}},
        'components': {'all': {'description': '', 'capabilities': {
            'required': ['basics'], 'advisory': ['extras']}}},
        'capabilities': {'basics': capability(1, 2, 3), 'extras': capability(4)}}


def waiver(**changed: str) -> dict[str, str]:
    """Return the waiver for the test that failed."""
    return {'test': f'id-{uuid(3)}', 'product': PRODUCT, 'attribute': 'launch_index',
            'seen': '0, 0', 'issued': '2026-11-01', 'expires': '2027-05-01',
            'reason': 'known and planned', 'link': 'https://example.org/1', **changed}


def waivers(*given: Mapping[str, Any]) -> bytes:
    """Return a file of waivers."""
    return json.dumps({'schema': 'ec2attrs-waivers/1', 'waivers': given}).encode()


def record() -> run.Run:
    """Return what was to be run and was."""
    return run.Run(
        product={'vendor': 'Example', 'name': PRODUCT, 'version': '1', 'contact': ''},
        cloud={'keystone': CLOUD, 'nova': '', 'ec2': ''},
        suite={'ec2attrs-tempest-plugin': SUITE, 'tempest': '47.0.0', 'python': '3.11'},
        profile='operator', guideline='2026.11', challenge=digest(CHALLENGE), plan=list(PLAN),
        requirements={f'EC2A-{each:03}': {'sentence': f'Sentence {each}.',
                                          'link': 'https://example.org', 'advisory': False}
                      for each in (1, 2, 3, 4)},
        tries=[run.Try('streams/1.subunit', [uuid(1), uuid(2), uuid(3), uuid(4)],
                       '2026-11-22T12:00:00+00:00', '2026-11-22T12:01:00+00:00', 'interrupted',
                       2),
               run.Try('streams/2.subunit', [uuid(2), uuid(4)], '2026-11-22T12:00:00+00:00',
                       '2026-11-22T12:02:00+00:00', 'finished', 2)])


@dataclasses.dataclass
class Parts:
    """What a bundle is made of, to be changed before it is made."""

    record: run.Run = dataclasses.field(default_factory=record)
    streams: dict[str, bytes] = dataclasses.field(default_factory=lambda: {
        'streams/1.subunit': first().bytes, 'streams/2.subunit': second().bytes})
    document: dict[str, Any] = dataclasses.field(default_factory=document)
    waived: bytes | None = dataclasses.field(default_factory=lambda: waivers(waiver()))

    @property
    def guideline(self) -> guideline.Guideline:
        """The guideline as it stands now."""
        return guideline.parse(json.dumps(self.document).encode())

    def made(self, key: Path | None = None) -> dict[str, bytes]:
        """Return the files of the bundle."""
        return bundle.made(self.record, self.streams, self.guideline, self.waived, key)[0]


def keys(directory: Path, name: str = 'vendor') -> tuple[Path, Path]:
    """Write a new pair of keys; return the private and the public one."""
    private = ed25519.Ed25519PrivateKey.generate()
    secret, public = directory / f'{name}.pem', directory / f'{name}.pub'
    secret.write_bytes(private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    public.write_bytes(private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return secret, public


def fixed_up(files: Mapping[str, bytes], key: Path | None = None) -> dict[str, bytes]:
    """Return files whose digests and statement agree with them again, as a forger leaves them."""
    new = {name: content for name, content in files.items()
           if name not in (bundle.SUMS, 'attestation.json')}
    claimed = json.loads(new['result.json'])
    made_of = {name: result.digest(content) for name, content in sorted(new.items())
               if name not in ('result.json', *bundle.RENDERED)}
    if made_of != claimed['files']:
        claimed['files'] = made_of
        new['result.json'] = bundle.dumped(claimed)
    new[bundle.SUMS] = bundle.sums(new)
    new['attestation.json'] = attestation.made(
        {name: result.digest(content) for name, content in new.items()}, claimed, key)
    return new
