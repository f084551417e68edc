"""The bounds of HTTP, on real sockets."""

import socket
import time

import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import transport
from unit_tests.clients import server


class TransportTest(testtools.TestCase):

    def get(self, url: str, timeout: float = 5) -> transport.Response:
        return transport.Transport(timeout=timeout).request(
            'GET', url, headers={}, body=None, source='GET /x member')

    def assert_bad(self, words: str, url: str, timeout: float = 5) -> None:
        started = time.monotonic()
        error = self.assertRaises(errors.BadAnswer, self.get, url, timeout)
        self.assertRegex(str(error), rf'^GET /x member: .*{words}')
        self.assertLess(time.monotonic() - started, timeout + 2)

    def test_answer(self) -> None:
        with server.serving(server.say(404, b'{}', X_Thing='y')) as url:
            answer = self.get(url)
        self.assertEqual((404, b'{}', 'y'), (answer.status, answer.body,
                                             answer.headers['x-thing']))

    def test_redirect_is_not_followed(self) -> None:
        with server.serving(server.say(302, b'', Location='http://127.0.0.1:1/')) as url:
            self.assertEqual(302, self.get(url).status)

    def test_nobody_listens(self) -> None:
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            url = f'http://127.0.0.1:{free.getsockname()[1]}'
        self.assert_bad('no whole answer', url)

    def test_silence(self) -> None:
        with socket.create_server(('127.0.0.1', 0)) as silent:
            self.assert_bad('no whole answer', f'http://127.0.0.1:{silent.getsockname()[1]}', 0.3)

    def test_answer_that_trickles(self) -> None:
        def trickle(handler: server.Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Length', '1000000')
            handler.end_headers()
            for _ in range(100):
                handler.wfile.write(b'x' * 70000)
                time.sleep(0.05)
        with server.serving(trickle) as url:
            self.assert_bad('not complete|no whole answer', url, 0.5)

    def test_answer_that_ends_too_soon(self) -> None:
        def cut(handler: server.Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Length', '1000')
            handler.end_headers()
            handler.wfile.write(b'{"ser')
            handler.close_connection = True
        with server.serving(cut) as url:
            self.assert_bad('no whole answer', url)

    def test_answer_without_end(self) -> None:
        self.patch(transport, 'MAX_BYTES', 1024 * 1024)

        def flood(handler: server.Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Length', str(10**12))
            handler.end_headers()
            while True:
                handler.wfile.write(b' ' * 65536)
        with server.serving(flood) as url:
            self.assert_bad('larger than', url)
