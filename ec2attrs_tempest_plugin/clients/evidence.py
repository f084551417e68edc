"""What was asked and answered, kept to be shown when something is wrong.

Secrets are taken out by structure when an exchange is recorded, so that there
is no place where they could leak from. What was a secret in one place is taken
out of every other one, too: a service may say again what it was given.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
import dataclasses
import datetime
import json
import re
from typing import Any
import xml.etree.ElementTree as ElementTree
import xml.sax.saxutils

import defusedxml.ElementTree

from ec2attrs_tempest_plugin.clients.errors import CloudError

#: A body kept as evidence is cut to so many characters.
MAX_BODY = 16384
#: So many exchanges are kept for one test; older ones make room.
MAX_EXCHANGES = 200

_SECRET_KEYS = frozenset((
    'accesskeyid', 'access', 'adminpass', 'auth', 'authorization', 'awsaccesskeyid', 'blob',
    'keymaterial', 'password', 'passworddata', 'privatekey', 'randomseed', 'secret',
    'secretaccesskey',
    'securitytoken', 'sessiontoken', 'signature', 'signatureprovided', 'token', 'userdata',
    'xauthtoken', 'xsubjecttoken'))
# Secrets that are shorter would be found in any text.
_SHORTEST = 8


# What answers a challenge, at the end of user data that the suite made; see tests/names.py.
_ANSWER = re.compile(rb'\n(ec2attrs-[0-9a-f]{8}-[0-9a-f]{12})\Z')


def is_secret(key: str) -> bool:
    """Say whether the value under a key of a body must not be kept."""
    plain = ''.join(c for c in key.rpartition(':')[2].lower() if c.isalnum())
    return plain in _SECRET_KEYS or plain.endswith(('password', 'secret', 'secretkey'))


def secrets_in(value: Any) -> Iterator[str]:
    """Yield the secrets in parsed JSON, but for user data: a text of any kind."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and is_secret(str(key)) and not _is_user_data(str(key)):
                yield item
            else:
                yield from secrets_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets_in(item)


def _is_user_data(key: str) -> bool:
    return key.lower().replace('_', '').endswith('userdata')


def redacted(value: Any) -> Any:
    """Return parsed JSON with the value of each secret key replaced."""
    if isinstance(value, dict):
        return {key: _hidden(item) if is_secret(str(key)) else redacted(item)
                for key, item in value.items()}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value


def _hidden(value: Any) -> Any:
    if value is None or value == '':
        return value
    if isinstance(value, dict):
        # EC2 wraps a value: {"Value": ...}
        return {key: _hidden(item) for key, item in value.items()}
    size = f' of {len(value)} characters' if isinstance(value, str | bytes) else ''
    return f'<{type(value).__name__}{size}, not kept{_answer_in(value)}>'


def _answer_in(value: Any) -> str:
    """Return the word in user data that answers a challenge; nothing else of them is shown."""
    try:
        content = value if isinstance(value, bytes) else base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return ''
    match = _ANSWER.search(content[-64:])
    return f'; it ends in {match[1].decode()}' if match else ''


def redacted_json(body: bytes, known: 'Secrets | None' = None) -> str:
    """Return the text of a JSON body without its secrets, bounded.

    What is no JSON is described, not shown: nobody could say what is in it.

    :param known: secrets that were seen elsewhere; it gets those that are in the body.
    """
    known = known or Secrets()
    if not body:
        return ''
    try:
        parsed = json.loads(body)
        known.learn(secrets_in(parsed))
        return _cut(known.removed(json.dumps(redacted(parsed), sort_keys=True)))
    except (ValueError, RecursionError):
        return f'<{len(body)} bytes that are no JSON, not kept>'


def redacted_arguments(arguments: Mapping[str, Any], known: 'Secrets | None' = None) -> str:
    """Return the text of the parameters of a request without its secrets, bounded."""
    known = known or Secrets()
    known.learn(secrets_in(dict(arguments)))
    return _cut(known.removed(
        json.dumps(redacted(dict(arguments)), default=str, sort_keys=True)))


def redacted_xml(body: bytes, known: 'Secrets | None' = None) -> str:
    """Return the text of an XML body without its secrets, bounded; see :func:`redacted_json`."""
    known = known or Secrets()
    try:
        root = defusedxml.ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return f'<{len(body)} bytes that are no XML, not kept>'
    for element in root.iter():
        tag = element.tag.rpartition('}')[2]
        if is_secret(tag):
            for inner in element.iter():
                if inner.text and inner.text.strip():
                    if not _is_user_data(tag):
                        known.learn([inner.text.strip()])
                    inner.text = (f'({len(inner.text)} characters, not kept'
                                  f'{_answer_in(inner.text.strip())})')
    return _cut(known.removed(ElementTree.tostring(root, encoding='unicode')))


class Secrets:
    """What was a secret somewhere, to be taken out of every text."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, found: Iterable[str]) -> None:
        """Remember secrets, as they are and as JSON and XML write them."""
        for secret in found:
            if len(secret) >= _SHORTEST:
                self._known |= {secret, json.dumps(secret)[1:-1],
                                xml.sax.saxutils.escape(secret)}

    def removed(self, text: str) -> str:
        """Return text without them."""
        # The longest first: one may be a part of another.
        for secret in sorted((each for each in self._known if each in text), key=len)[::-1]:
            text = text.replace(secret, '<secret, not kept>')
        return text


def _cut(text: str) -> str:
    return text if len(text) <= MAX_BODY else f'{text[:MAX_BODY]}... ({len(text)} characters)'


@dataclasses.dataclass(frozen=True)
class Exchange:
    """One request and its answer, without secrets.

    :ivar service: its type in the catalogue: compute, ec2; or metadata, ec2-metadata.
    :ivar seconds: from the request to the end of the answer.
    :ivar at: when the answer had come.
    :ivar repeated: how often the request was sent again, after 429 or 503 or a reset.
    :ivar waited: seconds that it waited to be sent again because the service asked for it.
    """

    service: str
    source: str
    status: int
    request_id: str
    seconds: float
    asked: str
    answered: str
    at: datetime.datetime = dataclasses.field(
        default_factory=lambda: datetime.datetime.now(datetime.UTC), compare=False)
    repeated: int = 0
    waited: float = 0.0

    def __str__(self) -> str:
        lines = [f'{self.source} -> {self.status} [{self.request_id}] {self.seconds:.3f} s']
        if self.asked:
            lines.append(f'  > {self.asked}')
        if self.answered:
            lines.append(f'  < {self.answered}')
        return '\n'.join(lines)


def unanswered(service: str, source: str, error: CloudError) -> Exchange:
    """Return a request that got no response that says something about it; its status is 0."""
    return Exchange(
        service=service, source=source, status=0, request_id='', seconds=0.0, asked='',
        answered='', repeated=error.repeated, waited=error.waited)


def lines(head: Mapping[str, Any], exchanges: Iterable[Exchange]) -> bytes:
    """Return exchanges as JSON, one a line, after a line that says who speaks."""
    return b''.join(
        json.dumps(each, ensure_ascii=True).encode() + b'\n'
        for each in (head, *({**dataclasses.asdict(exchange), 'at': exchange.at.isoformat()}
                             for exchange in exchanges)))


class Evidence:
    """The exchanges of a class of tests, in order."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._dropped = 0
        #: Those of all exchanges.
        self.secrets = Secrets()

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest goes when there are too many."""
        self._exchanges.append(exchange)
        if len(self._exchanges) > MAX_EXCHANGES:
            del self._exchanges[0]
            self._dropped += 1

    def mark(self) -> int:
        """Return a place in the record, for :meth:`since`."""
        return self._dropped + len(self._exchanges)

    def since(self, mark: int) -> Iterator[Exchange]:
        """Yield what was recorded since a mark and is still kept."""
        yield from self._exchanges[max(0, mark - self._dropped):]
