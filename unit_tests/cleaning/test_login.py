"""Why nobody can log in, with Tempest's own classes and a service that answers on loopback."""

from collections.abc import Iterator
import contextlib
import datetime
import http.server
import ipaddress
from pathlib import Path
import socket
import ssl
import tempfile
import threading
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
import testtools

from ec2attrs_tempest_plugin.cleaning import access
from ec2attrs_tempest_plugin.clients import transport


class Service(http.server.BaseHTTPRequestHandler):
    """Gives one answer to each request."""

    status = 404
    body = b'{"error": {"message": "no"}}'

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(self.status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: object) -> None:
        """Keep silent."""


def certificate(path: Path) -> Path:
    """Write a certificate for the loopback address, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'cloud')])
    now = datetime.datetime.now(datetime.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address('127.0.0.1'))]), critical=False)
            .sign(key, hashes.SHA256()))
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return path


class LoginTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    @contextlib.contextmanager
    def service(self, status: int = 404, body: bytes = Service.body,
                certificates: Path | None = None) -> Iterator[str]:
        """Have a service; yield its address."""
        handler = type('Handler', (Service,), {'status': status, 'body': body})
        with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
            if certificates:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificates)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield f'{"https" if certificates else "http"}://127.0.0.1:{server.server_port}/v3'
            finally:
                server.shutdown()
                thread.join()

    def why_not(self, address: str, more: str = '') -> str:
        path = self.root / 'tempest.conf'
        path.write_text(f'[auth]\nadmin_username = admin\nadmin_password = pass\n'
                        f'admin_project_name = admin\n[identity]\nuri_v3 = {address}\n{more}')
        conf = access.read(path)
        return str(self.assertRaises(access.NotUsable, access.people, conf))

    def test_nobody_listens(self) -> None:
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
        self.assertRegex(self.why_not(f'http://127.0.0.1:{port}/v3'), r': Connection refused\)$')

    def test_certificate_that_is_not_trusted(self) -> None:
        own = certificate(self.root / 'own.pem')
        with self.service(certificates=own) as address:
            self.assertIn('is not trusted', self.why_not(address))
            self.assertIn('set [identity] ca_certificates_file', self.why_not(address))
            trusted = f'ca_certificates_file = {own}\n'
            self.assertIn('status code 404', self.why_not(address, trusted))
            (self.root / 'empty.pem').touch()
            self.assertRegex(
                self.why_not(address, f'ca_certificates_file = {self.root}/empty.pem\n'),
                r'^\[identity\] ca_certificates_file \S+/empty.pem cannot be used: ')

    def test_no_keystone(self) -> None:
        for status, body, words in (
                (404, Service.body, 'Got identity error Details: Unexpected status code 404'),
                (500, Service.body, 'Unexpected status code 500'),
                (201, b'<html>', 'its response cannot be read')):
            with self.service(status, body) as address:
                why = self.why_not(address)
            self.assertIn(words, why)
            self.assertTrue(why.endswith('; look at [identity] uri_v3'), why)

    def test_wrong_password(self) -> None:
        with self.service(401) as address:
            self.assertIn('does not take the username and password of admin',
                          self.why_not(address))

    def test_rate_is_limited(self) -> None:
        with (self.service(429) as address, mock.patch.object(transport.time, 'sleep')):
            self.assertIn('status 429, sent again 5 times in 31 s', self.why_not(address))
