"""Tempest's own clients on the suite's connections, while they set up or remove credentials.

Tempest's clients send a POST again neither after 429 nor after 503, and its client of tokens sends
nothing again. Only what the suite has Tempest do goes this way: other plugins that run in the same
process keep Tempest's own connections.
"""

from collections.abc import Iterator, Mapping
import contextlib
import http.client
from typing import Any

from tempest.lib import auth
from tempest.lib.common import http as tempest_http

from ec2attrs_tempest_plugin.clients import transport

_CLASSES = (tempest_http.ClosingHttp, tempest_http.ClosingProxyHttp)


class _Headers(dict[str, str]):
    """A response in the form that Tempest's clients read."""

    def __init__(self, response: transport.Response, url: str) -> None:
        super().__init__(response.headers)
        self.status = response.status
        self.reason = http.client.responses.get(response.status, '')
        self.version = 11
        self['status'] = str(response.status)
        self['content-location'] = url


class Connections:
    """Stands in for the connections of a client of Tempest.

    :param own: Tempest's, for what is redirected or read in pieces.
    """

    def __init__(self, transport_: transport.Transport, own: Any) -> None:
        self._transport = transport_
        self._own = own

    def request(self, url: str, method: str, *, headers: Mapping[str, str] | None = None,
                body: Any = None, **options: Any) -> tuple[Any, bytes]:
        """Return the response to a request, and its body.

        :raises CloudError: when there is no usable one.
        """
        sent = body.encode() if isinstance(body, str) else body
        if options.get('preload_content', True) and isinstance(sent, bytes | None):
            response = self._transport.request(
                method, url, headers=headers or {}, body=sent,
                source=f'{method} {url.partition("?")[0].rpartition("//")[2]} by Tempest',
                # A second token does no harm.
                idempotent=True if url.endswith('/auth/tokens') else None)
            if not 300 <= response.status < 400:
                return _Headers(response, url), response.body
        answered: tuple[Any, bytes] = self._own(url, method, headers=headers, body=body, **options)
        return answered


@contextlib.contextmanager
def on(transport_: transport.Transport) -> Iterator[None]:
    """Let all clients of Tempest use the suite's connections for a while."""
    with contextlib.ExitStack() as after:
        for cls in _CLASSES:
            own = cls.request
            after.callback(setattr, cls, 'request', own)
            cls.request = _standing_in(transport_, own)
        yield


def _standing_in(transport_: transport.Transport, own: Any) -> Any:
    def request(self: Any, url: str, method: str, *args: Any, **options: Any) -> Any:
        return Connections(transport_, own.__get__(self)).request(url, method, *args, **options)
    return request


def use(provider: auth.KeystoneV3AuthProvider, transport_: transport.Transport) -> None:
    """Let a provider of tokens ask Keystone on the suite's connections from now on."""
    client = getattr(provider, 'auth_client', None)
    if client is not None and not isinstance(client.http_obj, Connections):
        client.http_obj = Connections(transport_, client.http_obj.request)
