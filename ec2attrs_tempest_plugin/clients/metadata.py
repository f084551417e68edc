"""The metadata service of Nova, asked as Neutron's proxy asks it: with signed headers."""

from collections.abc import Mapping
import dataclasses
import hashlib
import hmac
import json
from typing import Any

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.contract.violation import ABSENT

INSTANCE = 'X-Instance-ID'
PROJECT = 'X-Tenant-ID'
SIGNATURE = 'X-Instance-ID-Signature'
HEADERS = (INSTANCE, PROJECT, SIGNATURE)

# Longer text is not kept, in characters.
_MAX_TEXT = 8192
# Of a document in JSON no more is evidence: there are keys, seeds and passwords in it.
_KEPT = ('hostname', 'launch_index', 'uuid')


def signature(secret: str, instance_id: str) -> str:
    """Return what proves that the one who asks for an instance knows the secret."""
    return hmac.new(secret.encode(), instance_id.encode(), hashlib.sha256).hexdigest()


@dataclasses.dataclass(frozen=True)
class MetadataAnswer:
    """What the metadata service answered.

    :ivar source: what was asked.
    """

    source: str
    status: int
    body: bytes
    request_id: str

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The id of the request in the service's logs."""
        return (self.request_id,) if self.request_id else ()

    @property
    def text(self) -> Any:
        """What is shown as text, ABSENT for 404.

        :raises BadAnswer: on any other status.
        """
        return self._shown('utf-8')

    @property
    def data(self) -> Any:
        """What is shown with each byte as the character of its number; see :attr:`text`."""
        return self._shown('latin-1')

    def _shown(self, encoding: str) -> Any:
        if self.status == 404:
            return ABSENT
        if self.status != 200:
            raise errors.BadAnswer(
                f'{self.source}: expected status 200 or 404; seen {self.status} '
                f'[{self.request_id}]', source=self.source, attribute='status',
                expected='200 or 404', seen=str(self.status), status=self.status,
                request_ids=self.request_ids)
        return self.body.decode(encoding, 'replace')

    @property
    def names(self) -> list[str]:
        """What a directory lists; directories in it end in a slash."""
        return self.text.split('\n') if self.status == 200 else []

    @property
    def document(self) -> Mapping[str, Any]:
        """The object that is shown as JSON.

        :raises BadAnswer: when there is none.
        """
        try:
            parsed = json.loads(self.body) if self.status == 200 else None
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            raise errors.BadAnswer(
                f'{self.source}: expected status 200 and an object in JSON; seen status '
                f'{self.status} and {len(self.body)} bytes [{self.request_id}]',
                source=self.source, expected='status 200 and an object in JSON',
                seen=f'status {self.status} and {len(self.body)} bytes', status=self.status,
                request_ids=self.request_ids)
        return parsed


class Metadata:
    """The metadata service, as whoever knows the secret of the proxy may ask it.

    :param url: of the service.
    :param http: the connections.
    :param name: of the service, for messages.
    """

    def __init__(self, url: str, *, secret: str, http: transport.Transport,
                 record: evidence.Evidence, name: str = 'metadata') -> None:
        self._name = name
        self._url = url.rstrip('/')
        self._secret = secret
        self._http = http
        self._record = record

    def headers(self, instance_id: str, project_id: str) -> dict[str, str]:
        """Return what the proxy says of the server that asks, and its signature."""
        return {INSTANCE: instance_id, PROJECT: project_id,
                SIGNATURE: signature(self._secret, instance_id)}

    def get(self, path: str, headers: Mapping[str, str], *, address: str) -> MetadataAnswer:
        """Return what stands at a path, whatever the status.

        :param address: from which the server asks.
        :raises CloudError: when there is no response.
        """
        source = f'{self._name} GET {path}'
        try:
            response = self._http.request(
                'GET', self._url + path, headers={**headers, 'X-Forwarded-For': address},
                body=None, source=source)
        except errors.CloudError as error:
            self._record.add(evidence.unanswered(self._name, source, error))
            raise
        self._record.secrets.learn([self._secret, headers.get(SIGNATURE, '')])
        answer = MetadataAnswer(
            source=source, status=response.status, body=response.body,
            request_id=response.headers.get('x-openstack-request-id', ''))
        self._record.add(evidence.Exchange(
            service=self._name, source=source, status=answer.status, request_id=answer.request_id,
            seconds=response.seconds,
            asked=', '.join(f'{name}: {value}' for name, value in headers.items()
                            if name != SIGNATURE),
            answered=_evidence(path, response, self._record.secrets),
            repeated=response.repeated, waited=response.waited))
        return answer


def _evidence(path: str, response: transport.Response, secrets: evidence.Secrets) -> str:
    """Return the text of an answer without what is nobody's business, bounded."""
    if path.endswith('.json'):
        try:
            parsed = json.loads(response.body)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, dict):
            return evidence.redacted_json(json.dumps({
                key: value if key in _KEPT else '<not kept>'
                for key, value in parsed.items()}).encode(), secrets)
    elif '/meta-data' in path and len(response.body) < _MAX_TEXT:
        text = response.body.decode('utf-8', 'replace').replace('\n', ' ')
        if text.isprintable():
            return secrets.removed(text)
    return f'<{len(response.body)} bytes, not kept>'
