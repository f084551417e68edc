"""Real exchanges, recorded once and answered again without a cloud.

What is kept is what is needed to answer: tokens, keys and passwords are
replaced by names when they are recorded, and the services' addresses too.
"""

from collections.abc import Iterable, Mapping
import contextlib
import dataclasses
import gzip
import hashlib
import json
from pathlib import Path
import re
import threading
from typing import Any

from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import metadata
from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.faults.exchange import METADATA
from ec2attrs_tempest_plugin.faults.proxy import Stream
from ec2attrs_tempest_plugin.faults.proxy import Upstream

#: What random words are made from while recording, and again while answering.
SEED = 'recorded'
# What stands for a password or secret.
_SECRET = 'recorded'
# What is answered as the end of a token, however old the tape is: Tempest asks for another token
# once one has expired, and that is not on the tape.
_NEVER = '9999-12-31T23:59:59.000000Z'
# Either asks for a microversion.
_ASKING = ('openstack-api-version', 'x-openstack-nova-api-version')
_KEPT_HEADERS = ('content-type', 'location', 'openstack-api-version', 'retry-after', 'vary',
                 'x-compute-request-id', 'x-openstack-nova-api-version',
                 'x-openstack-request-id', 'x-subject-token')


def address(service: str) -> str:
    """Return what stands for the address of a service on a tape."""
    return f'http://{service}.recorded'


@dataclasses.dataclass(frozen=True)
class Question:
    """A request as far as its answer depends on it.

    :ivar token: a name for who asks: the owner of a token, the keys that a request to EC2 is
        signed with, or the server that the metadata service is asked for.
    """

    service: str
    method: str
    target: str
    microversion: str
    token: str
    body: str

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, so that it may be asked any number of times."""
        return self.method in ('GET', 'HEAD') or 'Action=Describe' in self.body


def _question(service: str, method: str, target: str, headers: Mapping[str, str],
              body: bytes | Iterable[bytes], token: str) -> Question:
    text = body.decode('utf-8', 'replace') if isinstance(body, bytes) else '(streamed)'
    with contextlib.suppress(ValueError):  # a form, or nothing: it stands for itself
        text = json.dumps(_without_secrets(json.loads(text)), sort_keys=True)
    microversion = ' '.join(filter(None, map(headers.get, _ASKING)))
    return Question(service, method, target, microversion, token,
                    text)


def _asker(service: str, headers: Mapping[str, str], secret: str) -> str:
    """Return a name for who asks a service that knows no tokens, empty for one that does."""
    if service in METADATA:
        return _signed(headers, secret)
    if service == 'ec2':  # the id of the keys, which Keystone's recorded answer gave
        keys = re.search('Credential=([^/]+)/', headers.get('authorization', ''))
        return f'keys-{keys[1]}' if keys else 'nobody'
    return ''


def _signed(headers: Mapping[str, str], secret: str) -> str:
    """Return a name for the server that the metadata service is asked for, and by whose right.

    The same for the secret of a cloud and the one on its tape: a signature is right or wrong.
    """
    said = {name: headers.get(name.lower()) for name in metadata.HEADERS}
    signature = said[metadata.SIGNATURE]
    if signature:
        right = metadata.signature(secret, said[metadata.INSTANCE] or '')
        said[metadata.SIGNATURE] = 'right' if signature == right else 'wrong'
    return _token(json.dumps(said))


def _token(text: str) -> str:
    return f'token-{hashlib.sha256(text.encode()).hexdigest()[:12]}'


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        # A traceback names the directories of the machine on which it was recorded.
        return {key: _SECRET if isinstance(item, str) and (
                    _is_secret(key) or item.startswith('Traceback '))
                else _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def _is_secret(key: str) -> bool:
    """Say whether a value is nobody's business; tests look at user data, and ask by access."""
    return evidence.is_secret(key) and not attributes.is_sensitive(key) and key != 'access'


class Recorder:
    """Keeps what an upstream answers.

    :param origins: the real addresses, which the tape does not keep.
    :param secret: what requests to the metadata service are signed with.
    """

    def __init__(self, upstream: Upstream, origins: Mapping[str, str],
                 secret: str = _SECRET) -> None:
        self._upstream = upstream
        self._origins = origins
        self._secret = secret
        self._lock = threading.Lock()
        self._tokens: dict[str, str] = {}
        self._rows: list[dict[str, Any]] = []

    def ask(self, service: str, method: str, target: str, headers: Mapping[str, str],
            body: bytes | Iterable[bytes]) -> Stream:
        """Return what the upstream answers, and keep it."""
        stream = self._upstream.ask(service, method, target, headers, body)
        content = b''.join(stream.body)
        with self._lock:
            token = _asker(service, headers, self._secret) or self._tokens.get(
                headers.get('x-auth-token', ''), '')
            kept = content
            if 'host' in headers:  # of which services make the links in their answers
                kept = content.replace(f'http://{headers["host"]}'.encode(),
                                       address(service).encode())
            self._keep(_question(service, method, target, headers, body, token), stream, kept)
        return Stream(stream.status, stream.headers, [content])

    def _name(self, token: str, question: Question) -> str:
        """Return a name for a new token, the same for all that were asked for alike."""
        return self._tokens.setdefault(token, _token(question.body))

    def _keep(self, question: Question, stream: Stream, content: bytes) -> None:
        text = content.decode('utf-8', 'surrogateescape')  # user data may be any bytes
        for service, origin in self._origins.items():
            text = text.replace(origin, address(service))
        headers = {}
        for name, value in stream.headers.items():
            if name.lower() == 'x-subject-token':
                value = self._name(value, question)
            if name.lower() in _KEPT_HEADERS:
                headers[name.lower()] = value
        try:
            body: Any = _without_secrets(json.loads(text))
        except ValueError:
            body = text
        self._rows.append({
            'question': dataclasses.asdict(question), 'status': stream.status,
            'headers': headers, 'body': body})

    def save(self, path: Path, tempest_conf: str) -> int:
        """Write the tape: the configuration, then a line of JSON for each exchange, compressed.

        :param tempest_conf: with which it was recorded; its secrets are not kept.
        :return: the number of exchanges.
        """
        for service, origin in self._origins.items():
            tempest_conf = tempest_conf.replace(origin, address(service))
        conf = re.sub(r'(?m)^(admin_password|metadata_proxy_shared_secret) = .*$',
                      rf'\1 = {_SECRET}', tempest_conf)
        rows = [{'tempest.conf': conf}, *self._rows]
        lines = ''.join(json.dumps(row, sort_keys=True) + '\n' for row in rows)
        # Without a time in it, so that the same exchanges make the same file.
        path.write_bytes(gzip.compress(lines.encode(), mtime=0))
        return len(self._rows)


class Tape:
    """Answers as an upstream what was recorded.

    A read is answered by the first recording of it that is later than the last
    change and than the read's last answer, so that time goes on as it did, also
    where fewer tests run than were recorded.
    """

    def __init__(self, path: Path) -> None:
        first, *self._rows = [json.loads(line) for line in gzip.decompress(
            path.read_bytes()).splitlines()]
        #: The tempest.conf with which it was recorded.
        self.tempest_conf: str = first['tempest.conf']
        for row in self._rows:
            if row['question']['target'] == '/v3/auth/tokens' and 'token' in row['body']:
                row['body']['token']['expires_at'] = _NEVER
        self._lock = threading.Lock()
        self._where: dict[Question, list[int]] = {}
        for number, row in enumerate(self._rows):
            self._where.setdefault(Question(**row['question']), []).append(number)
        self.services = {row['question']['service'] for row in self._rows}
        self.rewind()

    def rewind(self) -> None:
        """Begin anew."""
        with self._lock:
            self._now = -1
            self._last: dict[Question, int] = {}
            #: Questions that the tape has no answer to.
            self.unknown: list[str] = []

    def ask(self, service: str, method: str, target: str, headers: Mapping[str, str],
            body: bytes | Iterable[bytes]) -> Stream:
        """Return the recorded answer; 404 and a note in :attr:`unknown` where there is none."""
        question = _question(service, method, target, headers, body,
                             _asker(service, headers, _SECRET)
                             or headers.get('x-auth-token', ''))
        with self._lock:
            places = self._where.get(question)
            if places is None:
                self.unknown.append(f'{service} {method} {target}')
                return Stream(404, {'content-type': 'text/plain'}, [b'not on the tape'])
            later = max(self._last.get(question, -1), self._now if question.reads else -1)
            number = next((place for place in places if place > later), places[-1])
            self._last[question] = number
            if not question.reads:
                self._now = max(self._now, number)
        row = self._rows[number]
        text = row['body'] if isinstance(row['body'], str) else json.dumps(row['body'])
        return Stream(row['status'], row['headers'], [text.encode('utf-8', 'surrogateescape')])
