"""One person's requests to the services of an OpenStack cloud, recorded."""

from collections.abc import Mapping
import dataclasses
import json
import re
from typing import Any
import urllib.parse

from tempest.lib import auth
from tempest.lib import exceptions as lib_exc

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import tempest_http
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.clients.catalog import Endpoint
from ec2attrs_tempest_plugin.contract.outcomes import Code

# A list goes on for so many pages at most.
_PAGES = 1000
# Longest part of a cloud's own fault text that a message repeats.
_MAX_FAULT = 200


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a service answered.

    :ivar source: who asked what.
    :ivar body: parsed JSON, None when there was no body.
    :ivar headers: names in lower case.
    """

    source: str
    status: int
    headers: Mapping[str, str]
    body: Any
    request_id: str

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The id by which the cloud's operator finds the request in the logs."""
        return (self.request_id,) if self.request_id else ()


class OfAnswer:
    """What has an answer and more that is known of it."""

    answer: Answer

    @property
    def source(self) -> str:
        """Who asked what, for messages."""
        return self.answer.source

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.answer.status

    @property
    def body(self) -> Any:
        """The answer as parsed JSON, None where it has none."""
        return self.answer.body

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The ids of the request in the cloud's logs."""
        return self.answer.request_ids


class Session:
    """Requests with one person's token, each recorded.

    :param person: who asks, for messages: admin, member.
    :param catalogue: whose catalogue names the services, for tokens that come without one.
    """

    def __init__(self, provider: auth.KeystoneV3AuthProvider, person: str,
                 http: transport.Transport, record: evidence.Evidence,
                 catalogue: auth.KeystoneV3AuthProvider | None = None) -> None:
        self.provider = provider
        self.person = person
        self._catalogue = catalogue or provider
        for each in (self.provider, self._catalogue):
            tempest_http.use(each, http)
        self._http = http
        self._record = record

    @property
    def project_id(self) -> str:
        """The project that the token is scoped to."""
        return str(self.provider.credentials.project_id)

    @property
    def user_id(self) -> str:
        """The user that the token was given to."""
        return str(self.provider.credentials.user_id)

    def url(self, endpoint: Endpoint) -> str:
        """Return the catalog's URL of a service, in the region and on the interface named alone.

        :raises NotOffered: when the catalog has no such endpoint.
        :raises CloudError: when Keystone gives no token.
        """
        found = catalog.url(_token(self._catalogue)[1].get('catalog') or (), endpoint)
        if endpoint.version is None:
            return found
        return f'{_up_to_version(found, included=False).rstrip("/")}/{endpoint.version}'

    def request(self, endpoint: Endpoint, method: str, path: str, *,
                body: Mapping[str, Any] | bytes | None = None,
                headers: Mapping[str, str] | None = None,
                expect: tuple[int, ...], source: str,
                root: bool = False) -> Answer:
        """Return the answer to a request.

        :param path: below the service's URL, with its query.
        :param body: JSON, or bytes that are sent as they are.
        :param expect: the statuses that are right.
        :param root: whether the path stands below the version in the service's
            URL, also where the URL goes on with a project.
        :raises BadAnswer: on any other status, or where the body is not JSON.
        :raises CloudError: when there is no response that says something about the request.
        :raises NotOffered: when the catalog has no such service.
        """
        base = self.url(endpoint)
        if root:
            base = _up_to_version(base, included=True)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        content = 'application/octet-stream' if isinstance(body, bytes) else 'application/json'
        token, _ = _token(self.provider)
        try:
            response = self._http.request(
                method, f'{base.rstrip("/")}/{path.lstrip("/")}' if path else base,
                headers={'X-Auth-Token': token, 'Accept': 'application/json',
                         **({'Content-Type': content} if sent else {}),
                         **(headers or {})},
                body=sent, source=source)
        except errors.CloudError as error:
            self._record.add(evidence.unanswered(endpoint.service, source, error))
            raise
        request_id = response.headers.get('x-openstack-request-id', '')
        secrets = self._record.secrets
        secrets.learn([str(token)])
        self._record.add(evidence.Exchange(
            service=endpoint.service, source=source, status=response.status, request_id=request_id,
            seconds=response.seconds, asked=evidence.redacted_json(sent or b'', secrets),
            answered=evidence.redacted_json(response.body, secrets),
            repeated=response.repeated, waited=response.waited))
        parsed = _parse(response, source, request_id)
        if response.status not in expect:
            expected, fault = ' or '.join(map(str, expect)), _fault(parsed, secrets)
            raise errors.BadAnswer(
                f'{source}: expected status {expected}; '
                f'seen {response.status}{f" ({fault})" if fault else ""} [{request_id}]',
                source=source, attribute='status', expected=expected,
                seen=f'{response.status}{f" ({fault})" if fault else ""}',
                status=response.status, fault=fault,
                request_ids=(request_id,) if request_id else ())
        return Answer(source=source, status=response.status, headers=response.headers,
                      body=parsed, request_id=request_id)


    def listed(self, endpoint: Endpoint, path: str, key: str, *,
               source: str) -> list[Mapping[str, Any]]:
        """Return the items of a list, those of all pages.

        :param path: below the service's URL, with its query.
        :param key: under which the items are.
        :raises BadAnswer: when a response is not such a list, or the list does not end.
        """
        found: list[Mapping[str, Any]] = []
        start, _, query = path.partition('?')
        asked = dict(urllib.parse.parse_qsl(query))
        for _ in range(_PAGES):
            page = f'{start}?{urllib.parse.urlencode(asked)}' if asked else start
            answer = self.request(endpoint, 'GET', page, expect=(200,), source=source)
            body = answer.body if isinstance(answer.body, dict) else {}
            items = body.get(key)
            if not isinstance(items, list) or not all(
                    isinstance(item, dict) and item.get('id') for item in items):
                raise errors.BadAnswer(f'{source}: the response is not a list of {key} '
                                       f'[{answer.request_id}]')
            found += items
            # Neutron and Cinder link the next page, each under a name of its own.
            if not items or not any(name.endswith('_links') and body[name] for name in body):
                return found
            asked['marker'] = str(items[-1]['id'])
        raise errors.BadAnswer(f'{source}: the list does not end')


def without_credentials(url: str) -> str:
    """Return a URL without user and password."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition('@')[2]).geturl()


def _up_to_version(url: str, *, included: bool) -> str:
    """Return a URL up to the version in its path: ``http://host/compute/v2.1/``."""
    parts = urllib.parse.urlsplit(url)
    kept: list[str] = []
    for part in parts.path.split('/'):
        version = re.fullmatch(r'v\d+(\.\d+)?', part)
        if included or not version:
            kept.append(part)
        if version:
            break
    path = '/'.join(kept).rstrip('/') + '/'
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, '', ''))


def _parse(response: transport.Response, source: str, request_id: str) -> Any:
    if not response.body:
        return None
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        if response.status >= 400:
            return None  # the status says enough
        raise errors.BadAnswer(
            f'{source}: the body of the response with status {response.status} is not JSON '
            f'[{request_id}]', source=source, expected='JSON', seen='something else',
            status=response.status, request_ids=(request_id,) if request_id else ()) from None


def _fault(body: Any, secrets: evidence.Secrets) -> str:
    """Return the fault's own text, printable and bounded."""
    if not isinstance(body, dict):
        return ''
    for fault in body.values():
        if isinstance(fault, dict) and isinstance(fault.get('message'), str):
            text = secrets.removed(fault['message'])
            text = ''.join(c if c.isprintable() else ' ' for c in text)
            return text[:_MAX_FAULT].strip()
    return ''


def _token(provider: auth.KeystoneV3AuthProvider) -> tuple[str, Mapping[str, Any]]:
    """Return a token that has not expired, and what Keystone says with it.

    :raises CloudError: when Keystone gives none.
    """
    try:
        token, body = provider.get_auth()
    except lib_exc.TempestException as error:
        said = ' '.join(str(error).split())[:_MAX_FAULT]
        raise errors.CloudError(
            Code.SET_UP, f'POST /v3/auth/tokens: Keystone gives no token: {said}') from error
    return str(token), body
