"""What tests left behind is found, by a list that they did not make."""

import json
import socket
from typing import Any

import testtools

from ec2attrs_tempest_plugin.faults.inventory import Inventory
from unit_tests.faults import services
from unit_tests.faults.services import Handler

LISTS = {'/v2.1/servers?all_tenants=1': 'servers', '/v3/p1/volumes?all_tenants=1': 'volumes',
         '/v2.0/networks': 'networks', '/v2.0/ports': 'ports', '/v3/projects': 'projects',
         '/v3/users': 'users', '/v3/credentials': 'credentials'}


class InventoryTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.there: dict[str, list[dict[str, Any]]] = {key: [] for key in LISTS.values()}
        self.broken = ''
        self.asked: list[dict[str, Any]] = []
        serving = services.serving(self.answer)
        url = serving.__enter__()
        self.addCleanup(serving.__exit__, None, None, None)
        self.origins = dict.fromkeys(('keystone', 'nova', 'cinder', 'neutron'), url)

    def answer(self, handler: Handler) -> None:
        """Stand for all services."""
        body = b''.join(services.body_of(handler))
        if handler.path == self.broken:
            services.say(handler, 503)
        elif handler.path == '/v3/auth/tokens':
            self.asked.append(json.loads(body))
            services.say(handler, 201, b'{"token": {"project": {"id": "p1"}}}',
                         X_Subject_Token='t')
        elif handler.headers['X-Auth-Token'] != 't':
            services.say(handler, 401)
        else:
            key = LISTS[handler.path]
            services.say(handler, 200, json.dumps({key: self.there[key]}).encode())

    def inventory(self) -> Inventory:
        return Inventory(self.origins, ('admin', 'word', 'demo'))

    def test_administrator(self) -> None:
        self.inventory()
        [auth] = [asked['auth'] for asked in self.asked]
        user = auth['identity']['password']['user']
        self.assertEqual(('admin', 'word', 'demo'),
                         (user['name'], user['password'], auth['scope']['project']['name']))

    def test_each_kind(self) -> None:
        inventory = self.inventory()
        for key in self.there:
            self.there[key] = [{'id': f'id of {key}', 'name': f'my {key}'}]
        self.assertEqual(
            [f'{kind} id of {key} (my {key})' for kind, key in (
                ('server', 'servers'), ('volume', 'volumes'), ('network', 'networks'),
                ('port', 'ports'), ('project', 'projects'), ('user', 'users'),
                ('EC2 credential', 'credentials'))], inventory.new())

    def test_what_was_there_is_not_new(self) -> None:
        self.there['servers'] = [{'id': 'a', 'name': 'x'}]
        inventory = self.inventory()
        self.assertEqual([], inventory.new())
        self.there['volumes'] = [{'id': 'a', 'name': 'x'}]
        self.there['servers'].append({'id': 'b', 'name': 'x'})
        self.assertEqual(['server b (x)', 'volume a (x)'], inventory.new())
        self.there['servers'] = self.there['volumes'] = []
        self.assertEqual([], inventory.new())

    def test_what_has_no_name(self) -> None:
        inventory = self.inventory()
        self.there['credentials'] = [{'id': 'a', 'type': 'ec2'}]
        self.there['ports'] = [{'id': 'b', 'name': ''}]
        self.assertEqual(['port b (None)', 'EC2 credential a (ec2)'], inventory.new())

    def test_service_that_does_not_answer(self) -> None:
        inventory = self.inventory()
        for self.broken, words in (
                ('/v2.0/ports', 'neutron answers 503 to the list of its ports'),
                ('/v3/auth/tokens', 'keystone answers 503 to the administrator')):
            error = self.assertRaises(OSError, inventory.new)
            self.assertEqual(words, str(error))

    def test_service_that_is_gone(self) -> None:
        inventory = self.inventory()
        with socket.create_server(('127.0.0.1', 0)) as free:
            self.origins['neutron'] = f'http://127.0.0.1:{free.getsockname()[1]}'
        error = self.assertRaises(OSError, inventory.new)
        self.assertIn('neutron', str(error))
