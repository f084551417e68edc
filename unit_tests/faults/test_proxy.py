"""The proxy before real services: it changes answers, and nothing else."""

from collections.abc import Callable
import hashlib
import http.client
import json
import socket
import threading
from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.proxy import Proxy
from ec2attrs_tempest_plugin.faults.proxy import Services
from unit_tests.faults import services
from unit_tests.faults.services import Handler
from unit_tests.faults.services import MIB

LARGE = bytes(range(256)) * (5 * MIB // 256)
#: No wait below needs as long as this; one that does has failed, in seconds.
PATIENCE = 10


class Proxied(testtools.TestCase):

    def proxy(self, answer: Callable[[Handler], None] = services.echo) -> Proxy:
        """Return a proxy before a service."""
        serving = services.serving(answer)
        origins = {'nova': serving.__enter__()}
        self.addCleanup(serving.__exit__, None, None, None)
        proxy = Proxy(Services(origins, timeout=PATIENCE), origins)
        self.addCleanup(proxy.close)
        return proxy

    def connect(self, proxy: Proxy, service: str = 'nova') -> http.client.HTTPConnection:
        connection = services.connection(proxy, service)
        self.addCleanup(connection.close)
        return connection

    def ask(self, where: Proxy | http.client.HTTPConnection, method: str = 'GET',
            target: str = '/', body: Any = None,
            **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """Return an answer and its body."""
        connection = self.connect(where) if isinstance(where, Proxy) else where
        connection.request(method, target, body, {
            name.replace('_', '-'): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()


@ddt.ddt
class PassingTest(Proxied):

    def test_request_and_answer(self) -> None:
        proxy = self.proxy()
        answer, body = self.ask(proxy, 'PUT', '/a%20b?c=d&c=e', b'{"f":  1}',
                                X_Auth_Token='t', Content_Type='x/y', Accept='*/*')
        asked = json.loads(body)
        self.assertEqual(('PUT', '/a%20b?c=d&c=e', '{"f":  1}'),
                         (asked['method'], asked['target'], asked['body']))
        # Host is what the client signed, not where the request goes.
        self.assertEqual(proxy.addresses['nova'].removeprefix('http://'),
                         asked['headers']['host'])
        for name, value in {'x-auth-token': 't', 'content-type': 'x/y', 'accept': '*/*',
                            'content-length': '9'}.items():
            self.assertEqual(value, asked['headers'][name])
        self.assertEqual((200, 'thing', str(len(body)), 'application/json'), (
            answer.status, answer.headers['X-Thing'], answer.headers['Content-Length'],
            answer.headers['Content-Type']))
        self.assertEqual(1, len(answer.headers.get_all('Date') or []))

    @ddt.data(('POST', 201), ('DELETE', 404), ('GET', 500), ('GET', 302), ('PUT', 599))
    @ddt.unpack
    def test_status(self, method: str, status: int) -> None:
        proxy = self.proxy(lambda handler: services.say(handler, status, b'{"x":1}',
                                                        Location='http://elsewhere/'))
        answer, body = self.ask(proxy, method)
        self.assertEqual((status, b'{"x":1}', 'http://elsewhere/'),
                         (answer.status, body, answer.headers['Location']))

    def test_no_content(self) -> None:
        def no_content(handler: Handler) -> None:
            handler.send_response(204)
            handler.end_headers()
        connection = self.connect(self.proxy(no_content))
        for _ in range(2):
            answer, body = self.ask(connection, 'DELETE')
            self.assertEqual((204, b'', None),
                             (answer.status, body, answer.headers['Content-Length']))

    @ddt.data('application/json', 'application/octet-stream')
    def test_head(self, kind: str) -> None:
        def head(handler: Handler) -> None:
            services.say(handler, 200, b'', Content_Type=kind)
        connection = self.connect(self.proxy(head))
        for _ in range(2):
            answer, body = self.ask(connection, 'HEAD')
            self.assertEqual((200, b'', kind),
                             (answer.status, body, answer.headers['Content-Type']))

    def test_one_connection(self) -> None:
        connection = self.connect(self.proxy())
        connection.connect()
        first = connection.sock
        for number in range(3):
            _, body = self.ask(connection, 'POST', f'/{number}', b'x' * number)
            self.assertEqual((f'/{number}', 'x' * number),
                             (json.loads(body)['target'], json.loads(body)['body']))
        self.assertIs(first, connection.sock)

    def test_chunked_request(self) -> None:
        connection = self.connect(self.proxy())
        for _ in range(2):
            _, body = self.ask(connection, 'POST', '/', iter([b'{"a":', b' "b"', b'}']))
            self.assertEqual('{"a": "b"}', json.loads(body)['body'])

    def test_chunked_answer(self) -> None:
        def chunked(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Type', 'application/json')
            handler.send_header('Transfer-Encoding', 'chunked')
            handler.end_headers()
            handler.wfile.write(b'5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n')
        connection = self.connect(self.proxy(chunked))
        for _ in range(2):
            answer, body = self.ask(connection)
            self.assertEqual((b'{"a": 1}', '8'), (body, answer.headers['Content-Length']))

    def test_large_answer_is_passed_on_as_it_comes(self) -> None:
        begun = threading.Event()

        def half_and_half(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Type', 'application/octet-stream')
            handler.send_header('Content-Length', str(len(LARGE)))
            handler.end_headers()
            handler.wfile.write(LARGE[:MIB])
            if begun.wait(PATIENCE):
                handler.wfile.write(LARGE[MIB:])
        connection = self.connect(self.proxy(half_and_half))
        connection.request('GET', '/')
        answer = connection.getresponse()
        start = answer.read(1000)
        begun.set()
        self.assertTrue(LARGE == start + answer.read(), 'not the same bytes')
        # The connection is as good as before.
        connection.request('GET', '/')
        self.assertEqual(len(LARGE), len(connection.getresponse().read()))

    @ddt.data('Content-Length', 'Transfer-Encoding')
    def test_large_request_is_passed_on_as_it_comes(self, framing: str) -> None:
        begun = threading.Event()

        def digest(handler: Handler) -> None:
            digest = hashlib.sha256()
            for piece in services.body_of(handler):
                digest.update(piece)
                begun.set()
            services.say(handler, 200, json.dumps(digest.hexdigest()).encode())

        def pieces() -> Any:
            yield LARGE[:MIB]
            self.assertTrue(begun.wait(PATIENCE), 'the service got nothing yet')
            yield LARGE[MIB:]
        headers = {'Content_Length': str(len(LARGE))} if framing == 'Content-Length' else {}
        connection = self.connect(self.proxy(digest))
        for _ in range(2):
            _, body = self.ask(connection, 'PUT', '/', pieces(), **headers)
            self.assertEqual(hashlib.sha256(LARGE).hexdigest(), json.loads(body))

    def test_nothing_behind_it(self) -> None:
        with socket.create_server(('127.0.0.1', 0)) as free:
            url = f'http://127.0.0.1:{free.getsockname()[1]}'
        with Proxy(Services({'nova': url}), {'nova': url}) as proxy:
            connection = self.connect(proxy)
            for _ in range(2):
                answer, body = self.ask(connection)
                self.assertEqual(502, answer.status)
                self.assertIn(b'no answer behind the proxy', body)

    def test_service_that_breaks_off(self) -> None:
        def cut(handler: Handler) -> None:
            handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a"')
            handler.close_connection = True
        answer, _ = self.ask(self.proxy(cut))
        self.assertEqual(502, answer.status)


class KeystoneTest(Proxied):
    """What the proxy has to understand: whose token is whose, and the catalogue."""

    def before(self, **answers: Any) -> Proxy:
        """Return a proxy before a Keystone and a Nova that answer so to POST /NAME."""
        fake = services.Fake({f'keystone POST /{name}': answer
                              for name, answer in answers.items()})
        fake.answers['nova POST /catalogue'] = answers.get('catalogue')
        proxy = Proxy(fake, {'keystone': 'http://key.cloud', 'nova': 'http://nova.cloud:8774'})
        self.addCleanup(proxy.close)
        return proxy

    def test_roles_are_learned_from_tokens(self) -> None:
        proxy = self.before(**{
            name: (201, {header: name}, {'token': {'roles': [{'name': role} for role in roles]}})
            for name, header, roles in (('one', 'X-Subject-Token', ('member', 'reader')),
                                        ('two', 'x-subject-token', ('reader', 'admin')),
                                        ('three', 'X-Another', ('admin',)))})
        seen: list[Role | None] = []

        def change(asked: Asked, answered: Answered) -> int:
            seen.append(asked.role)
            return 0
        proxy.use(change)
        for name in ('one', 'two', 'three'):
            self.ask(self.connect(proxy, 'keystone'), 'POST', f'/{name}')
        seen.clear()
        for token in ('one', 'two', 'three', ''):
            self.ask(proxy, X_Auth_Token=token)
        self.assertEqual([Role.MEMBER, Role.ADMIN, None, None], seen)

    def test_catalogue_leads_through_the_proxy(self) -> None:
        catalogue = {'nova': 'http://nova.cloud:8774/v2.1', 'keystone': 'http://key.cloud',
                     'glance': 'http://glance.cloud/v2'}
        proxy = self.before(catalogue=catalogue)
        _, body = self.ask(self.connect(proxy, 'keystone'), 'POST', '/catalogue')
        self.assertEqual({**catalogue, 'nova': proxy.addresses['nova'] + '/v2.1',
                          'keystone': proxy.addresses['keystone']}, json.loads(body))
        # The links that Nova shows are what it says, and stay so.
        _, body = self.ask(self.connect(proxy, 'nova'), 'POST', '/catalogue')
        self.assertEqual(catalogue, json.loads(body))
