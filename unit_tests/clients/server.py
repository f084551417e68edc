"""A server on loopback that answers as it is told, byte for byte."""

from collections.abc import Callable, Iterator
import contextlib
import http.server
import ssl
import threading

Handler = http.server.BaseHTTPRequestHandler


@contextlib.contextmanager
def serving(answer: Callable[[Handler], None],
            tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Yield the URL of a server that answers every request in the same way."""
    class Answering(Handler):
        protocol_version = 'HTTP/1.1'

        def _answer(self) -> None:
            self.content = self.rfile.read(int(self.headers.get('Content-Length') or 0))
            with contextlib.suppress(ConnectionError):  # the client may have had enough
                answer(self)

        do_GET = do_POST = do_DELETE = do_PUT = _answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Answering)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01})
    thread.start()
    try:
        yield f'{"https" if tls else "http"}://127.0.0.1:{server.server_port}'
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def say(status: int, body: bytes, kind: str = 'application/json',
        **headers: str) -> Callable[[Handler], None]:
    """Return an answer of that status and body."""
    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {'Content-Type': kind, 'Content-Length': str(len(body)),
                            **{n.replace('_', '-'): v for n, v in headers.items()}}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
    return answer
