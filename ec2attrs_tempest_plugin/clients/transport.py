"""HTTP with bounds: on time, on size, and no following of redirects."""

from collections.abc import Mapping
import dataclasses
import time
from typing import Any

import urllib3

from ec2attrs_tempest_plugin.clients import errors

#: No answer that we ask for comes near this; what is larger is refused.
MAX_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Response:
    """An answer as it came.

    :ivar headers: names in lower case.
    :ivar seconds: from the request to the end of the answer.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Transport:
    """Connections of one process to the services of a cloud.

    :param timeout: seconds for a whole request.
    :param verify: whether certificates are checked.
    :param ca_certs: file of the trusted certificates, None for the system's.
    :param proxy_url: of an HTTP proxy, None for none.
    """

    def __init__(self, *, timeout: float, verify: bool = True,
                 ca_certs: str | None = None, proxy_url: str | None = None) -> None:
        self._timeout = timeout
        settings: dict[str, Any] = {
            'cert_reqs': 'CERT_REQUIRED' if verify else 'CERT_NONE', 'ca_certs': ca_certs,
            'timeout': urllib3.Timeout(connect=timeout, read=timeout)}
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy_url, **settings) if proxy_url
            else urllib3.PoolManager(**settings))

    def request(self, method: str, url: str, *, headers: Mapping[str, str],
                body: bytes | None, source: str) -> Response:
        """Return the answer to a request, redirects included, as it came.

        :param source: who asks what, for the messages.
        :raises BadAnswer: when there is none in time, or one too large.
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
            raise errors.BadAnswer(
                f'{source}: no whole answer after {seconds:.1f} s '
                f'({type(error).__name__})') from error
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
                raise errors.BadAnswer(
                    f'{source}: the answer is larger than {MAX_BYTES} bytes')
            if time.monotonic() - started > self._timeout:
                raise errors.BadAnswer(
                    f'{source}: the answer was not complete after {self._timeout:.0f} s')
        return bytes(content)
