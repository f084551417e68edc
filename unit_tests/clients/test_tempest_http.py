"""Tempest's own clients on the suite's connections, and only where the suite says so."""

import json
from typing import Any

from tempest.lib import auth
from tempest.lib.common import http as tempest_http_lib
from tempest.lib.common import rest_client
import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import tempest_http
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.contract.outcomes import Code
from unit_tests.clients import server
from unit_tests.clients.test_transport import later
from unit_tests.clients.test_transport import reset
from unit_tests.clients.test_transport import Script

TOKEN = server.say(201, json.dumps({'token': {
    'expires_at': '9999-12-31T23:59:59.000000Z', 'catalog': [{'type': 'compute', 'endpoints': []}],
    'project': {'id': 'p', 'name': 'p', 'domain': {'id': 'd', 'name': 'd'}}, 'user': {
        'id': 'u', 'name': 'u', 'domain': {'id': 'd', 'name': 'd'}}}}).encode(),
    X_Subject_Token='t0ken')


class TempestHttpTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.patch(transport, '_FIRST_PAUSE', 0.01)
        self.transport = transport.Transport(timeout=5, patience=0.5)

    def client(self) -> rest_client.RestClient:
        return rest_client.RestClient(None, 'compute', 'R')

    def test_post_after_a_rate_limit(self) -> None:
        script = Script(later(429), server.say(201, b'{"project": {}}'))
        with server.serving(script) as url, tempest_http.on(self.transport):
            headers, body = self.client().raw_request(url, 'POST', {}, '{}')
        self.assertEqual((201, '201', b'{"project": {}}'),
                         (headers.status, headers['status'], body))
        self.assertEqual(2, script.number)

    def test_cause_of_a_failure(self) -> None:
        with server.serving(Script(later(503, '9'))) as url, tempest_http.on(self.transport):
            error = self.assertRaises(errors.CloudError, self.client().raw_request,
                                      f'{url}/v3/users?name=x', 'POST', {}, '{}')
        self.assertEqual(Code.UNAVAILABLE, error.code)
        self.assertRegex(str(error), r'^POST 127.0.0.1:\d+/v3/users by Tempest: status 503; Retry')

    def test_others_keep_their_own_connections(self) -> None:
        own = tempest_http_lib.ClosingHttp.request
        with tempest_http.on(self.transport):
            self.assertNotEqual(own, tempest_http_lib.ClosingHttp.request)
        self.assertEqual(own, tempest_http_lib.ClosingHttp.request)

    def test_redirect_is_followed_as_tempest_does(self) -> None:
        def answer(handler: server.Handler) -> None:
            moved = handler.path != '/there'
            server.say(302 if moved else 200, b'' if moved else b'here',
                       **({'Location': '/there'} if moved else {}))(handler)
        with server.serving(answer) as url, tempest_http.on(self.transport):
            headers, body = self.client().raw_request(f'{url}/x', 'GET', {})
        self.assertEqual((200, b'here'), (headers.status, body))

    def test_token_after_a_rate_limit_and_a_reset(self) -> None:
        """A token is asked for by POST; Tempest's own client gives up at once."""
        script = Script(reset, later(429), TOKEN)
        with server.serving(script) as url:
            provider: Any = auth.KeystoneV3AuthProvider(auth.KeystoneV3Credentials(
                username='u', password='p', project_name='p', user_domain_name='d',
                project_domain_name='d'), f'{url}/v3')
            tempest_http.use(provider, self.transport)
            tempest_http.use(provider, self.transport)  # once is enough
            self.assertEqual('t0ken', provider.get_token())
        self.assertEqual(3, script.number)
