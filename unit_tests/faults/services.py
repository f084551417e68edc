"""Small services on loopback, to stand behind the proxy."""

from collections.abc import Callable, Iterable, Iterator, Mapping
import contextlib
import dataclasses
import http.client
import http.server
import json
import threading
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.faults.proxy import Proxy
from ec2attrs_tempest_plugin.faults.proxy import Stream

Handler = http.server.BaseHTTPRequestHandler
MIB = 1024 ** 2


def body_of(handler: Handler) -> Iterator[bytes]:
    """Yield the body of a request as it comes."""
    if handler.headers.get('Transfer-Encoding', '') == 'chunked':
        while size := int(handler.rfile.readline(), 16):
            yield handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
    else:
        left = int(handler.headers.get('Content-Length') or 0)
        while left:
            piece = handler.rfile.read(min(left, 65536))
            left -= len(piece)
            yield piece


def say(handler: Handler, status: int, body: bytes = b'', **headers: str) -> None:
    """Answer with a body of known length, JSON unless a header says otherwise."""
    handler.send_response(status)
    for name, value in {'Content-Type': 'application/json', 'Content-Length': str(len(body)),
                        **{n.replace('_', '-'): v for n, v in headers.items()}}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def echo(handler: Handler) -> None:
    """Answer what was asked."""
    body = b''.join(body_of(handler))
    say(handler, 200, json.dumps({
        'method': handler.command, 'target': handler.path, 'body': body.decode(),
        'headers': {name.lower(): value for name, value in handler.headers.items()},
    }).encode(), X_Thing='thing')


@contextlib.contextmanager
def serving(answer: Callable[[Handler], None]) -> Iterator[str]:
    """Yield the address of a service that answers every request in the same way."""
    class Answering(Handler):
        protocol_version = 'HTTP/1.1'
        disable_nagle_algorithm = True

        def do(self) -> None:
            with contextlib.suppress(ConnectionError):  # the client may have had enough
                answer(self)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Answering) as server:
        server.daemon_threads, server.block_on_close = True, False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f'http://127.0.0.1:{server.server_port}'
        finally:
            server.shutdown()
            thread.join()


def connection(proxy: Proxy, service: str = 'nova') -> http.client.HTTPConnection:
    """Return a connection to a service through a proxy."""
    address = urllib.parse.urlsplit(proxy.addresses[service])
    return http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)


@dataclasses.dataclass
class Fake:
    """An upstream without a network: answers by method and target, 404 where it has none.

    :ivar answers: status, headers and body, or one body after the other.
    :ivar asked: what came, the latest last.
    """

    answers: dict[str, Any]
    asked: list[str] = dataclasses.field(default_factory=list)

    def ask(self, service: str, method: str, target: str, headers: Mapping[str, str],
            body: bytes | Iterable[bytes]) -> Stream:
        """Return the answer; of several, the next one."""
        key = f'{service} {method} {target}'
        self.asked.append(key)
        answer = self.answers.get(key, (404, {}, {'no': key}))
        if isinstance(answer, list):
            answer = answer.pop(0)
        status, more, content = answer if isinstance(answer, tuple) else (200, {}, answer)
        kind = 'text/xml' if isinstance(content, str) else 'application/json'
        text = content if isinstance(content, str) else json.dumps(content)
        return Stream(status, {'Content-Type': kind, **more}, [text.encode()])
