"""A proxy between the suite and a cloud that changes answers, and nothing else.

It listens at an address of its own for each service. Requests go on as they
came, the Host header included, so that signatures stay valid. Of Keystone's
answers it also learns whose token is whose, and puts its own addresses into
the catalogue, which is how clients find their way through it.
"""

from collections.abc import Iterable, Iterator, Mapping
import dataclasses
import http.client
import http.server
import socket
import struct
import threading
import time
from typing import Any, BinaryIO, Protocol

import urllib3

from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults import exchange
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change

HOST = '127.0.0.1'
# A request's body up to this size is kept to be understood, a larger one is passed on.
LARGEST_KEPT = 1024 * 1024
_CHUNK = 64 * 1024
# What belongs to one connection and not to the message (RFC 9110, 7.6.1).
_OF_THE_CONNECTION = frozenset((
    'connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding',
    'upgrade', 'content-length'))
# Bodies that a change may want to read; others (images) are passed on as they come.
_TEXTS = ('json', 'xml', 'text', 'html')


@dataclasses.dataclass
class Stream:
    """An answer whose body has not been read yet."""

    status: int
    headers: Mapping[str, str]
    body: Iterable[bytes]


class Upstream(Protocol):
    """Where answers come from."""

    def ask(self, service: str, method: str, target: str, headers: Mapping[str, str],
            body: bytes | Iterable[bytes]) -> Stream:
        """Return the answer to a request."""


class Services:
    """Real services, as an upstream.

    :param origins: ``http://host:port`` of each service.
    """

    def __init__(self, origins: Mapping[str, str], timeout: float = 300) -> None:
        self.origins = dict(origins)
        self._pool = urllib3.PoolManager(
            maxsize=32, retries=False, timeout=urllib3.Timeout(connect=10, read=timeout))

    def ask(self, service: str, method: str, target: str, headers: Mapping[str, str],
            body: bytes | Iterable[bytes]) -> Stream:
        """Return what the service answers."""
        answer = self._pool.request(
            method, self.origins[service] + target, headers=dict(headers),
            body=body or None, redirect=False, preload_content=False, decode_content=False)

        def read() -> Iterator[bytes]:
            yield from answer.stream(_CHUNK, decode_content=False)
            answer.release_conn()
        return Stream(answer.status, dict(answer.headers), read())


class Proxy:
    """The addresses at which each service is reached with its answers changed.

    :param upstream: where the answers come from.
    :param origins: the address of each service as Keystone's catalogue has it.
    :ivar addresses: ``http://host:port`` to be used in place of each.
    """

    def __init__(self, upstream: Upstream, origins: Mapping[str, str]) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._change: Change | None = None
        self._acted = 0
        self._errors: list[str] = []
        self._roles: dict[str, Role] = {}
        self._closing = threading.Event()
        self._fronts = {service: _Front(self, service) for service in origins}
        self.addresses = {service: f'http://{HOST}:{front.server_address[1]}'
                          for service, front in self._fronts.items()}
        self._rewritten = {origins[service].encode(): address.encode()
                           for service, address in self.addresses.items()}
        for front in self._fronts.values():
            threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True).start()

    def use(self, change: Change | None) -> None:
        """Change answers from now on, or leave them alone; counting begins anew."""
        with self._lock:
            self._change = change
            self._acted = 0
            self._errors.clear()

    @property
    def acted(self) -> int:
        """How many times the change acted on an answer."""
        with self._lock:
            return self._acted

    @property
    def errors(self) -> list[str]:
        """What went wrong in a change itself: errors of the experiment."""
        with self._lock:
            return list(self._errors)

    def close(self) -> None:
        """Stop listening; answers that are held back end."""
        self._closing.set()
        for front in self._fronts.values():
            front.shutdown()
            front.server_close()

    def __enter__(self) -> 'Proxy':
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def pass_on(self, service: str, method: str, target: str, headers: Mapping[str, str],
                body: bytes | Iterable[bytes]) -> Answered | Stream:
        """Return the answer to a request, changed; a stream where it is no text."""
        kept = body if isinstance(body, bytes) else b''
        role = self._roles.get(headers.get('x-auth-token', ''))
        asked = exchange.understand(service, method, target, headers, kept, role)
        stream = self._upstream.ask(
            service, method, target,
            {name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION},
            body)
        kind = next((value for name, value in stream.headers.items()
                     if name.lower() == 'content-type'), 'text')
        if not any(text in kind for text in _TEXTS):
            return stream
        answered = Answered(
            stream.status,
            {name: value for name, value in stream.headers.items()
             if name.lower() not in _OF_THE_CONNECTION},
            b''.join(stream.body))
        if service == 'keystone':
            self._learn(answered)
        self._apply(asked, answered)
        return answered

    def _learn(self, answered: Answered) -> None:
        for origin, address in self._rewritten.items():
            answered.body = answered.body.replace(origin, address)
        token = next((value for name, value in answered.headers.items()
                      if name.lower() == 'x-subject-token'), None)
        body = answered.json()
        if token and isinstance(body, dict):
            names = {role.get('name') for role in body.get('token', {}).get('roles', [])}
            self._roles[token] = (Role.ADMIN if 'admin' in names else
                                  Role.READER if names == {'reader'} else Role.MEMBER)

    def _apply(self, asked: Asked, answered: Answered) -> None:
        with self._lock:
            if self._change is None:
                return
            try:
                self._acted += self._change(asked, answered)
            except Exception as error:  # the row is at fault, and must be told so
                self._errors.append(f'{type(error).__name__} in the change of '
                                    f'{asked.method} {asked.path}: {error}')


class _Front(http.server.ThreadingHTTPServer):
    """The address of one service."""

    daemon_threads = True
    # Not to wait for a client that keeps its connection when all is over.
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: Proxy, service: str) -> None:
        self.proxy = proxy
        self.service = service
        super().__init__((HOST, 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up, which some faults make them do."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    server: _Front

    def do(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.server.proxy.pass_on(
                self.server.service, self.command, self.path, headers, self._body(headers))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            answer = Answered(502, {'Content-Type': 'text/plain'},
                              f'no answer behind the proxy: {type(error).__name__}'.encode())
        if isinstance(answer, Stream):
            self._send_stream(answer)
        elif answer.delivery is not None:
            connection = _Connection(self, answer)
            self.close_connection = True
            answer.delivery(connection)
            self.close_connection = not connection.whole
        else:
            self.wfile.write(_head(answer) + (b'' if self.command == 'HEAD' else answer.body))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do

    def _body(self, headers: Mapping[str, str]) -> bytes | Iterable[bytes]:
        if headers.get('transfer-encoding', '').lower() == 'chunked':
            return _chunks(self.rfile)
        length = int(headers.get('content-length') or 0)
        if length <= LARGEST_KEPT:
            return self.rfile.read(length)
        return _pieces(self.rfile, length)

    def _send_stream(self, answer: Stream) -> None:
        head = Answered(answer.status, {
            name: value for name, value in answer.headers.items()
            if name.lower() not in _OF_THE_CONNECTION}, b'')
        bodiless = self.command == 'HEAD' or answer.status in (204, 304)
        if not bodiless:
            head.headers['Transfer-Encoding'] = 'chunked'
        self.wfile.write(_head(head, framed=not bodiless))
        for piece in () if bodiless else answer.body:
            if piece:
                self.wfile.write(b'%x\r\n%b\r\n' % (len(piece), piece))
        if not bodiless:
            self.wfile.write(b'0\r\n\r\n')

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: requests hold tokens."""


def _head(answered: Answered, framed: bool = False) -> bytes:
    lines = [f'HTTP/1.1 {answered.status} {http.client.responses.get(answered.status, "-")}',
             *(f'{name}: {value}' for name, value in answered.headers.items())]
    if not framed and answered.status not in (204, 304):
        lines.append(f'Content-Length: {len(answered.body)}')
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1', 'replace')


def _pieces(source: BinaryIO | Any, length: int) -> Iterator[bytes]:
    while length:
        piece = source.read(min(length, _CHUNK))
        if not piece:
            return
        length -= len(piece)
        yield piece


def _chunks(source: BinaryIO | Any) -> Iterator[bytes]:
    while size := int(source.readline().partition(b';')[0], 16):
        yield from _pieces(source, size)
        source.readline()
    while source.readline().strip():
        pass


class _Connection:
    """See :class:`exchange.Connection`."""

    def __init__(self, handler: _Handler, answered: Answered) -> None:
        self._handler = handler
        self._closing = handler.server.proxy._closing
        self.head = _head(answered)
        self.body = answered.body
        self._sent = 0

    @property
    def whole(self) -> bool:
        """Whether as much was sent as the answer has."""
        return self._sent == len(self.head) + len(self.body)

    def send(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._sent += len(data)

    def hold(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        connection: socket.socket = self._handler.connection
        before = connection.gettimeout()
        connection.settimeout(0.1)
        try:
            while time.monotonic() < deadline and not self._closing.is_set():
                try:
                    if not connection.recv(1, socket.MSG_PEEK):
                        return
                    # A second request on its way: who asked is still there.
                    self._closing.wait(0.1)
                except TimeoutError:
                    continue
        finally:
            connection.settimeout(before)

    def reset(self) -> None:
        self._handler.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self._handler.connection.close()
