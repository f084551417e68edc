"""HTTP with bounds: on time, on size, on repetition, and no following of redirects."""

from collections.abc import Iterator, Mapping
import dataclasses
import datetime
import email.utils
import re
import ssl
import time
from typing import Any
import urllib.parse

import urllib3

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.contract.outcomes import Code

#: No response that the suite asks for comes near this; a larger one is not read to its end.
MAX_BYTES = 64 * 1024 * 1024
#: Seconds that one request waits in total because a service asks it to come back later.
PATIENCE = 60.0
_CHUNK = 64 * 1024

#: Methods whose second request has the effect of the first (RFC 9110, 9.2.2).
_IDEMPOTENT = frozenset(('GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'))
#: Statuses that say nothing about the request, with the outcome where they stay.
_LATER = {429: Code.RATE_LIMIT, 503: Code.UNAVAILABLE, 413: Code.QUOTA}
# The first pause in seconds where a service does not say how long to wait; it doubles each time.
_FIRST_PAUSE = 1.0


@dataclasses.dataclass(frozen=True)
class Response:
    """A response as it came.

    :ivar headers: names in lower case.
    :ivar seconds: from the request to the end of the response, without what was waited before.
    :ivar repeated: how often the request was sent again, after 429 or 503 or a reset.
    :ivar waited: seconds that passed before the last repetition because a service asked for it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    repeated: int = 0
    waited: float = 0.0


class _Broken(Exception):
    """The connection ended before the response was complete."""


class Transport:
    """Connections of one process to the services of a cloud.

    A request is sent again when a service limits the rate of requests (429), is not available for
    a moment (503) or says when to come back (Retry-After), and, if it is idempotent, once after
    its connection was reset or closed.

    :param timeout: seconds for a whole response.
    :param verify: whether certificates are checked.
    :param ca_certs: file of the trusted certificates, None for the system's.
    :param proxy_url: of an HTTP proxy, None for none.
    :param patience: seconds that one request waits in total to be sent again.
    """

    def __init__(self, *, timeout: float, verify: bool = True,
                 ca_certs: str | None = None, proxy_url: str | None = None,
                 patience: float = PATIENCE) -> None:
        self._timeout = timeout
        self._patience = patience
        settings: dict[str, Any] = {
            'cert_reqs': 'CERT_REQUIRED' if verify else 'CERT_NONE', 'ca_certs': ca_certs,
            'timeout': urllib3.Timeout(connect=timeout, read=timeout)}
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy_url, **settings) if proxy_url
            else urllib3.PoolManager(**settings))
        if not verify:  # the operator chose so; a warning for each request would help nobody
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def request(self, method: str, url: str, *, headers: Mapping[str, str],
                body: bytes | None, source: str, idempotent: bool | None = None) -> Response:
        """Return the response to a request, redirects included, as it came.

        Never one of status 429 or 503, nor of 413 with Retry-After: these say nothing about the
        request.

        :param source: who asks what, for the messages.
        :param idempotent: whether a second request does no more than the first, by default as the
            method says.
        :raises CloudError: when there is no response in time, or one too large, or the service
            still wants to be asked later.
        """
        repeatable = method in _IDEMPOTENT if idempotent is None else idempotent
        repeated, waited, reset = 0, 0.0, False
        while True:
            try:
                response = self._once(method, url, headers, body, source)
            except _Broken as broken:
                if not repeatable or reset:
                    raise errors.CloudError(Code.CONNECTION, str(broken), repeated=repeated,
                                            waited=waited) from broken.__cause__
                reset = True
                repeated += 1
                continue
            pause = _pause(response, repeated, repeatable)
            if pause is None:
                return dataclasses.replace(response, repeated=repeated, waited=waited)
            if waited + pause > self._patience:
                again = f', sent again {repeated} times in {waited:.0f} s' if repeated else ''
                raise errors.CloudError(
                    _LATER[response.status],
                    f'{source}: status {response.status}{again}{_wish(response)}',
                    repeated=repeated, waited=waited)
            time.sleep(pause)
            waited += pause
            repeated += 1

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None,
              source: str) -> Response:
        """Return the response to one request.

        :raises _Broken: when the connection was reset or closed.
        :raises CloudError: when there is no complete response for another reason.
        """
        started = time.monotonic()
        try:
            answer = self._pool.request(
                method, url, headers=dict(headers), body=body,
                redirect=False, retries=False, preload_content=False)
            try:
                content = self._read(answer, started, source)
            except BaseException:
                answer.close()
                raise
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            seconds = time.monotonic() - started
            if _is_untrusted(error):
                raise errors.CloudError(
                    Code.SET_UP,
                    f'{source}: the certificate of {_host(url)} is not trusted '
                    f'({_reason(error)}): set [identity] ca_certificates_file to a file with its '
                    f'CA') from error
            message = (f'{source}: no complete response after {seconds:.1f} s '
                       f'({_described(error)})')
            if _was_broken_off(error):
                raise _Broken(message) from error
            raise errors.CloudError(Code.CONNECTION, message) from error
        return Response(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=content, seconds=time.monotonic() - started)

    def _read(self, answer: urllib3.BaseHTTPResponse, started: float, source: str) -> bytes:
        content = bytearray()
        # What has come, not a full chunk: one that trickles would never be full.
        while chunk := answer.read1(_CHUNK):
            content += chunk
            if len(content) > MAX_BYTES:
                raise errors.CloudError(
                    Code.CONNECTION, f'{source}: the response is larger than {MAX_BYTES} bytes')
            if time.monotonic() - started > self._timeout:
                raise errors.CloudError(
                    Code.CONNECTION,
                    f'{source}: the response was not complete after {self._timeout:.0f} s')
        return bytes(content)


def _pause(response: Response, repeated: int, repeatable: bool) -> float | None:
    """Return how many seconds to wait before the request is sent again, None to take the response.

    Infinite where it must not be sent again, though the response says nothing about the request.
    """
    asked = retry_after(response.headers)
    if response.status == 413:
        # Cinder says Retry-After: 0 where a quota is used up (cinder/api/openstack/wsgi.py).
        return None if asked is None else asked or float('inf')
    if response.status not in _LATER:
        return None
    if asked is not None:
        return max(asked, _FIRST_PAUSE)
    if response.status == 503 and not repeatable:
        return float('inf')  # it may have been carried out
    return _FIRST_PAUSE * 2.0 ** min(repeated, 10)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After, a number or a date (RFC 9110, 10.2.3); None without."""
    value = headers.get('retry-after', '').strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        when = email.utils.parsedate_to_datetime(value)
        return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _wish(response: Response) -> str:
    asked = retry_after(response.headers)
    return '' if asked is None else f'; Retry-After is {asked:.0f} s'


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it wraps, as urllib3 does; the innermost is the last."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = next((each for each in seen.args if isinstance(each, BaseException)),
                    seen.__cause__)


def _is_untrusted(error: BaseException) -> bool:
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(error))


def _was_broken_off(error: BaseException) -> bool:
    """Say whether a connection was there and was reset or closed, also one to a proxy."""
    return any(isinstance(each, urllib3.exceptions.ProtocolError | ConnectionError)
               for each in _chain(error)) and not any(
        isinstance(each, urllib3.exceptions.NewConnectionError) for each in _chain(error))


def _described(error: BaseException) -> str:
    """Return the class of an exception, and the system's own words if it has some."""
    *_, innermost = _chain(error)
    words = innermost.strerror if isinstance(innermost, OSError) else None
    return ': '.join(filter(None, (type(error).__name__, words)))


def _reason(error: BaseException) -> str:
    *_, innermost = _chain(error)
    found = re.search(r'certificate verify failed[^()]*', str(innermost))
    return found[0].strip() if found else 'no reason given'


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc.rpartition('@')[2]
