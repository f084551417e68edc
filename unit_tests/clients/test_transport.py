"""The bounds of HTTP, on real sockets."""

from collections.abc import Callable
import datetime
import email.utils
import pathlib
import socket
import ssl
import struct
import threading
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
import ddt
import fixtures
import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.contract.outcomes import Code
from unit_tests.clients import server


class TransportTest(testtools.TestCase):

    def get(self, url: str, timeout: float = 5) -> transport.Response:
        return transport.Transport(timeout=timeout).request(
            'GET', url, headers={}, body=None, source='GET /x member')

    def assert_bad(self, words: str, url: str, timeout: float = 5) -> None:
        started = time.monotonic()
        error = self.assertRaises(errors.CloudError, self.get, url, timeout)
        self.assertEqual(Code.CONNECTION, error.code)
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
        self.assert_bad('no complete response', f'http://127.0.0.1:{free_port()}')

    def test_silence(self) -> None:
        with socket.create_server(('127.0.0.1', 0)) as silent:
            self.assert_bad('no complete response',
                            f'http://127.0.0.1:{silent.getsockname()[1]}', 0.3)

    def test_answer_that_trickles(self) -> None:
        def trickle(handler: server.Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Length', '1000000')
            handler.end_headers()
            for _ in range(100):
                handler.wfile.write(b'x' * 70000)
                time.sleep(0.05)
        with server.serving(trickle) as url:
            self.assert_bad('not complete|no complete response', url, 0.5)

    def test_answer_that_ends_too_soon(self) -> None:
        def cut(handler: server.Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Length', '1000')
            handler.end_headers()
            handler.wfile.write(b'{"ser')
            handler.close_connection = True
        with server.serving(cut) as url:
            self.assert_bad('no complete response', url)

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


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return int(free.getsockname()[1])


class Script:
    """Answers each request as the next of some says, the last again and again."""

    def __init__(self, *answers: Callable[[server.Handler], None]) -> None:
        self._answers = list(answers)
        self.number = 0

    def __call__(self, handler: server.Handler) -> None:
        self.number += 1
        (self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])(handler)


def reset(handler: server.Handler) -> None:
    """Break a connection off before a response."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    handler.close_connection = True
    handler.connection.close()


def close(handler: server.Handler) -> None:
    """Close a connection before a response."""
    handler.close_connection = True


def later(status: int, after: str | None = '0') -> Callable[[server.Handler], None]:
    """Return a response that asks to come back later."""
    return server.say(status, b'{}', **({'Retry_After': after} if after is not None else {}))


GOOD = server.say(200, b'{}')


@ddt.ddt
class RepetitionTest(testtools.TestCase):
    """What is sent again, how often, and what is never evaluated as a response."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(transport, '_FIRST_PAUSE', 0.01)

    def ask(self, script: Script, method: str = 'GET', patience: float = 5,
            **more: Any) -> transport.Response:
        with server.serving(script) as url:
            return transport.Transport(timeout=5, patience=patience).request(
                method, url, headers={}, body=b'{}', source='X', **more)

    def error(self, script: Script, *args: Any, **more: Any) -> errors.CloudError:
        found: errors.CloudError = self.assertRaises(errors.CloudError, self.ask, script, *args,
                                                     **more)
        return found

    @ddt.data('GET', 'POST', 'DELETE')
    def test_rate_limit_is_waited_for(self, method: str) -> None:
        script = Script(later(429), later(429, None), GOOD)
        answer = self.ask(script, method)
        self.assertEqual((200, 2, 3), (answer.status, answer.repeated, script.number))
        self.assertGreater(answer.waited, 0.02)

    @ddt.data('GET', 'POST')
    def test_unavailable_with_a_time_is_waited_for(self, method: str) -> None:
        self.assertEqual((200, 1), (lambda answer: (answer.status, answer.repeated))(
            self.ask(Script(later(503), GOOD), method)))

    def test_unavailable_without_a_time(self) -> None:
        """A request that may have been carried out is not sent again."""
        self.assertEqual(1, self.ask(Script(later(503, None), GOOD)).repeated)
        script = Script(later(503, None), GOOD)
        self.assertEqual(Code.UNAVAILABLE, self.error(script, 'POST').code)
        self.assertEqual(1, script.number)

    @ddt.data((429, Code.RATE_LIMIT), (503, Code.UNAVAILABLE), (413, Code.QUOTA))
    @ddt.unpack
    def test_patience_ends(self, status: int, code: Code) -> None:
        error = self.error(Script(later(status, '7')), patience=6)
        self.assertEqual(code, error.code)
        self.assertEqual(f'X: status {status}; Retry-After is 7 s', str(error))
        self.assertEqual((0, 0), (error.repeated, error.waited))
        if status != 413:
            error = self.error(Script(later(status)), patience=0.1)
            self.assertRegex(str(error), rf'^X: status {status}, sent again \d+ times in 0 s; ')
            self.assertEqual(code, error.code)
            self.assertGreater(error.repeated, 2)
            self.assertGreater(error.waited, 0.02)

    def test_quota_of_cinder(self) -> None:
        """413 with Retry-After: 0 is a quota that is used up: it is not sent again."""
        script = Script(later(413))
        self.assertEqual(Code.QUOTA, self.error(script, 'POST').code)
        self.assertEqual(1, script.number)

    def test_too_large_a_request(self) -> None:
        """413 without Retry-After is a response to the request."""
        self.assertEqual(413, self.ask(Script(later(413, None))).status)

    @ddt.data(reset, close)
    def test_broken_connection(self, broken: Any) -> None:
        """Once for what is idempotent, by its method or by what the caller knows of it."""
        for method, more in (('GET', {}), ('DELETE', {}), ('PUT', {}),
                             ('POST', {'idempotent': True})):
            script = Script(broken, GOOD)
            self.assertEqual(1, self.ask(script, method, **more).repeated)
            self.assertEqual(2, script.number)
        for method, more, number in (('POST', {}, 1), ('GET', {'idempotent': False}, 1),
                                     ('GET', {}, 2)):
            script = Script(broken)
            self.assertEqual(Code.CONNECTION, self.error(script, method, **more).code)
            self.assertEqual(number, script.number)

    def test_nobody_there_is_not_asked_again(self) -> None:
        """The message has the system's own words."""
        for proxy in (None, f'http://127.0.0.1:{free_port()}'):
            error = self.assertRaises(
                errors.CloudError, transport.Transport(timeout=5, proxy_url=proxy).request, 'GET',
                f'http://127.0.0.1:{free_port()}', headers={}, body=None, source='X')
            self.assertIn('Connection refused', str(error))
            self.assertEqual(0, error.repeated)

    def test_proxy_that_breaks_off(self) -> None:
        with server.serving(Script(reset, GOOD)) as proxy:
            answer = transport.Transport(timeout=5, proxy_url=proxy).request(
                'GET', 'http://127.0.0.1:1/x', headers={}, body=None, source='X')
        self.assertEqual((200, 1), (answer.status, answer.repeated))

    def test_silence_is_not_asked_again(self) -> None:
        held = threading.Event()

        def hold(handler: server.Handler) -> None:
            held.wait(5)
        script = Script(hold)
        with server.serving(script) as url:
            self.assertRaises(errors.CloudError, transport.Transport(timeout=0.2).request, 'GET',
                              url, headers={}, body=None, source='X')
            held.set()
        self.assertEqual(1, script.number)

    @ddt.data(('5', 5), ('', None), ('soon', None), ('-5', None), ('5.5', None),
              ('9' * 30, 999999999), ('Wed, 21 Oct 2015 07:28:00 GMT', 0))
    @ddt.unpack
    def test_retry_after(self, value: str, seconds: float | None) -> None:
        self.assertEqual(seconds, transport.retry_after({'retry-after': value}))

    def test_retry_after_a_date(self) -> None:
        when = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
        self.assertAlmostEqual(30, transport.retry_after({
            'retry-after': email.utils.format_datetime(when, usegmt=True)}) or 0, delta=2)


class CertificateTest(testtools.TestCase):

    def test_untrusted(self) -> None:
        """The message names the host and the option, and nothing is sent again."""
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self_signed(path))
        with server.serving(GOOD, context) as url:
            error = self.assertRaises(
                errors.CloudError, transport.Transport(timeout=5).request, 'GET', url,
                headers={}, body=None, source='GET /x')
            self.assertEqual(200, transport.Transport(timeout=5, verify=False).request(
                'GET', url, headers={}, body=None, source='GET /x').status)
        self.assertEqual(Code.SET_UP, error.code)
        self.assertRegex(str(error), r'^GET /x: the certificate of 127.0.0.1:\d+ is not trusted '
                                     r'\(certificate verify failed: self-signed certificate\)'
                                     r': set \[identity\] '
                                     r'ca_certificates_file')


def self_signed(directory: pathlib.Path) -> pathlib.Path:
    """Return a file with a new key and a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, '127.0.0.1')])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
    path = directory / 'server.pem'
    path.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()) + certificate.public_bytes(serialization.Encoding.PEM))
    return path
