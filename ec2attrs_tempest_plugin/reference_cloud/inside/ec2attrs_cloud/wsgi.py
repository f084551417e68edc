"""Serve WSGI applications with cheroot, on loopback."""

from collections.abc import Callable, Iterable
import logging
import threading
import time
from typing import Any

from cheroot import wsgi

from ec2attrs_cloud.configuration import TOKEN_CACHE

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

LOG = logging.getLogger('ec2attrs_cloud.wsgi')


class TokenCache:
    """What keystonemiddleware wants of a cache: get and set, here within the process."""

    LARGEST = 20_000
    DEFAULT_SECONDS = 300

    def __init__(self) -> None:
        self._entries: dict[Any, tuple[float, Any]] = {}

    def get(self, key: Any) -> Any:
        expires, value = self._entries.get(key, (0.0, None))
        return value if expires > time.monotonic() else None

    def set(self, key: Any, value: Any, time: int = 0, timeout: int = 0, **_: Any) -> None:
        if len(self._entries) > self.LARGEST:
            self._entries.clear()
        self._entries[key] = (_now() + (time or timeout or self.DEFAULT_SECONDS), value)


_now = time.monotonic


class UnclosableInput:
    """wsgi.input whose close() does nothing: the connection belongs to the web server."""

    def __init__(self, stream: Any) -> None:
        self.read = stream.read
        self.readline = stream.readline
        self.readlines = stream.readlines
        self._stream = stream

    def __iter__(self) -> Any:
        return iter(self._stream)

    def close(self) -> None:
        pass


def with_unclosable_input(application: Application) -> Application:
    """Return *application* unable to close the connection's input."""
    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ['wsgi.input'] = UnclosableInput(environ['wsgi.input'])
        return application(environ, start_response)
    return call


def with_token_cache(application: Application) -> Application:
    """Return *application* with a token cache in its environ."""
    cache = TokenCache()

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[TOKEN_CACHE] = cache
        return application(environ, start_response)
    return call


def with_access_log(application: Application, endpoint: str, log: Any) -> Application:
    """Return *application* with a line per request in *log*: time, request, status, ms."""
    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began = time.monotonic()
        seen = ['-']

        def note_status(status: str, headers: Any, exc_info: Any = None) -> Any:
            seen[0] = status[:3]
            return start_response(status, headers, exc_info)
        try:
            return application(environ, note_status)
        finally:
            path = environ.get('SCRIPT_NAME', '') + environ['PATH_INFO']
            milliseconds = (time.monotonic() - began) * 1000
            log.write(f'{time.strftime("%FT%TZ", time.gmtime())} {endpoint} '
                      f'{environ["REQUEST_METHOD"]} {path}?{environ.get("QUERY_STRING", "")} '
                      f'{seen[0]} {milliseconds:.0f}ms\n')
    return call


class Server(wsgi.Server):
    """Cheroot's server with its complaints in the service's log."""

    def error_log(self, msg: str = '', level: int = logging.INFO, traceback: bool = False) -> None:
        LOG.log(level, msg, exc_info=traceback)


def serve(host: str, port: int, application: Application, threads: int = 12) -> Server:
    """Start to serve *application* in threads of this process; return the server.

    Raises OSError where the port is taken.
    """
    server = Server((host, port), application, numthreads=threads, request_queue_size=128,
                    timeout=60, server_name=host)
    server.prepare()
    threading.Thread(target=server.serve, name=f'wsgi-{port}', daemon=True).start()
    return server
