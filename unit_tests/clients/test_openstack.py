"""Requests with a token: URLs, statuses, and answers that are no use."""

import json
from typing import Any
import urllib.parse

import ddt
from tempest.lib import exceptions as lib_exc
import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import nova
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from unit_tests.clients import server

TOKEN = 'gAAAAAB-t0ken'


class Provider:
    """Stands for Tempest's: a token and a catalog."""

    def __init__(self, url: str | None) -> None:
        self._url = url

    def get_auth(self) -> tuple[str, dict[str, Any]]:
        return TOKEN, {'catalog': [{'type': kind, 'endpoints': [
            {'interface': 'public', 'region': 'R', 'url': self._url}]}
            for kind in ('any', 'compute') if self._url]}


class Refusing:
    """Stands for Tempest's, to which Keystone gives no token."""

    def get_auth(self) -> tuple[str, dict[str, Any]]:
        raise lib_exc.Unauthorized('The request you have made requires authentication.')


def session(url: str | None, record: evidence.Evidence | None = None) -> openstack.Session:
    return openstack.Session(
        Provider(url), 'member', transport.Transport(timeout=5), record or evidence.Evidence())


@ddt.ddt
class UrlTest(testtools.TestCase):

    @ddt.data(('http://h:8774/v2.1', None, 'http://h:8774/v2.1'),
              ('http://h/identity', 'v3', 'http://h/identity/v3'),
              ('http://h/identity/v3', 'v3', 'http://h/identity/v3'),
              ('http://h:9292', 'v2', 'http://h:9292/v2'),
              ('http://h:9292/v2/', 'v2', 'http://h:9292/v2'),
              ('https://h/v2images/v2', 'v2', 'https://h/v2images/v2'))
    @ddt.unpack
    def test_version(self, catalogue: str, version: str | None, url: str) -> None:
        endpoint = openstack.Endpoint('any', version=version)
        self.assertEqual(url, session(catalogue).url(endpoint))

    def test_no_such_service(self) -> None:
        error = self.assertRaises(errors.NotOffered, session(None).url,
                                  openstack.Endpoint('ec2'))
        self.assertEqual('the catalog has no service of type ec2', str(error))

    def test_no_token(self) -> None:
        refused = openstack.Session(
            Refusing(), 'member',
            transport.Transport(timeout=5), evidence.Evidence())
        error = self.assertRaises(errors.CloudError, refused.url, openstack.Endpoint('any'))
        self.assertEqual(Code.SET_UP, error.code)
        self.assertIn('The request you have made requires authentication', str(error))


@ddt.ddt
class RequestTest(testtools.TestCase):

    def ask(self, url: str, record: evidence.Evidence | None = None) -> openstack.Answer:
        return session(url, record).request(
            openstack.Endpoint('compute'), 'POST', '/servers',
            body={'server': {'user_data': 'c2VjcmV0', 'name': 'x'}}, expect=(200,),
            source='POST /servers 2.3 member')

    def test_neither_token_nor_user_data_is_recorded(self) -> None:
        record = evidence.Evidence()
        answer = json.dumps({'server': {'adminPass': 'pa55', 'user_data': 'c2VjcmV0'}})
        with server.serving(server.say(200, answer.encode(),
                                       X_OpenStack_Request_Id='req-7')) as url:
            self.assertEqual(('req-7',), self.ask(url, record).request_ids)
        [exchange] = record.since(0)
        for secret in (TOKEN, 'c2VjcmV0', 'pa55'):
            self.assertNotIn(secret, str(exchange))

    @ddt.data(
        (500, b'{"computeFault": {"message": "bo\\nom", "code": 500}}', 'seen 500 (bo om)'),
        (502, b'<html>no</html>', 'expected status 200; seen 502'),
        (200, b'<html>hello</html>', 'the body of the response with status 200 is not JSON'),
        (200, b'{"servers": [', 'is not JSON'),
        (200, b'[' * 100000, 'is not JSON'),
        (302, b'', 'seen 302'),
        (403, b'{"forbidden": {"message": "no", "code": 403}}', 'seen 403 (no)'))
    @ddt.unpack
    def test_answer_that_is_no_use(self, status: int, body: bytes, words: str) -> None:
        with server.serving(server.say(status, body, X_OpenStack_Request_Id='req-7')) as url:
            error = self.assertRaises(errors.BadAnswer, self.ask, url)
        self.assertTrue(str(error).startswith('POST /servers 2.3 member: '), error)
        self.assertIn(words, str(error))
        self.assertIn('[req-7]', str(error))


@ddt.ddt
class ListTest(testtools.TestCase):

    def listed(self, answer: Any) -> list[Any]:
        with server.serving(answer) as url:
            return list(session(url).listed(
                openstack.Endpoint('any'), '/volumes?name=x', 'volumes', source='GET /volumes'))

    def test_all_pages(self) -> None:
        pages: dict[str | None, list[str]] = {None: ['a', 'b'], 'b': ['c'], 'c': []}

        def answer(handler: server.Handler) -> None:
            query = dict(urllib.parse.parse_qsl(handler.path.partition('?')[2]))
            page = pages[query.get('marker')] if query['name'] == 'x' else []
            links = {'volumes_links': [{'rel': 'next'}]} if page else {}
            server.say(200, json.dumps({
                'volumes': [{'id': each} for each in page], **links}).encode())(handler)
        self.assertEqual(['a', 'b', 'c'], [each['id'] for each in self.listed(answer)])

    @ddt.data(b'{}', b'[]', b'{"volumes": {}}', b'{"volumes": [7]}', b'{"volumes": [{}]}')
    def test_no_list(self, body: bytes) -> None:
        error = self.assertRaises(errors.BadAnswer, self.listed, server.say(200, body))
        self.assertIn('GET /volumes: the response is not a list of volumes', str(error))

    def test_list_without_end(self) -> None:
        self.patch(openstack, '_PAGES', 3)
        body = b'{"volumes": [{"id": "a"}], "volumes_links": [{"rel": "next"}]}'
        error = self.assertRaises(errors.BadAnswer, self.listed, server.say(200, body))
        self.assertIn('does not end', str(error))


@ddt.ddt
class NovaTest(testtools.TestCase):

    def nova(self, url: str) -> nova.Nova:
        return nova.Nova(session(url), Role.MEMBER, openstack.Endpoint('compute'))

    def test_microversions_from_the_version_document(self) -> None:
        asked = []

        def answer(handler: server.Handler) -> None:
            asked.append(handler.path)
            server.say(200, json.dumps({'version': {
                'id': 'v2.1', 'min_version': '2.1', 'version': '2.104'}}).encode())(handler)
        with server.serving(answer) as url:
            for path in ('/compute/v2.1', '/compute/v2.1/0123456789abcdef'):
                self.assertEqual((Microversion(2, 1), Microversion(2, 104)),
                                 self.nova(url + path).microversions())
        self.assertEqual(['/compute/v2.1/'] * 2, asked)

    @ddt.data(b'{}', b'[]', b'{"version": {"version": "", "min_version": ""}}',
              b'{"version": {"version": 2, "min_version": "2.1"}}', b'null')
    def test_no_version_document(self, body: bytes) -> None:
        with server.serving(server.say(200, body)) as url:
            error = self.assertRaises(errors.BadAnswer, self.nova(url).microversions)
        self.assertIn('no version document', str(error))

    @ddt.data(({'X_OpenStack_Nova_API_Version': '2.3'}, '2.3'),
              ({'OpenStack_API_Version': 'compute 2.3'}, '2.3'),
              ({'X_OpenStack_Nova_API_Version': '2.3',
                'OpenStack_API_Version': 'compute 2.3'}, '2.3'),
              ({'X_OpenStack_Nova_API_Version': '2.1',
                'OpenStack_API_Version': 'compute 2.3'}, '2.1 and 2.3'),
              ({'OpenStack_API_Version': 'volume 3.0'}, 'volume 3.0 (not of compute)'),
              ({'X_OpenStack_Nova_API_Version': '2.3', 'OpenStack_API_Version': '2.3'},
               '2.3 and 2.3 (not of compute)'), ({}, None))
    @ddt.unpack
    def test_microversion_of_an_answer(self, headers: dict[str, str], said: str | None) -> None:
        with server.serving(server.say(200, b'{}', **headers)) as url:
            self.assertEqual(
                said, self.nova(url).show('x', Microversion(2, 3)).answered_microversion)

    @ddt.data(b'{"server": null}', b'{"servers": [7]}', b'[]', b'{}', b'7', b'{"servers": {}}')
    def test_answer_without_the_server(self, body: bytes) -> None:
        with server.serving(server.say(200, body)) as url:
            shown = self.nova(url).show('x', Microversion(2, 3))
        error = self.assertRaises(errors.BadAnswer, shown.server, 'x')
        self.assertTrue(str(error).startswith('GET /servers/{id} 2.3 member: '), error)

    def test_list_is_read_to_its_end(self) -> None:
        """Whatever the size of a page, and without servers whose names begin otherwise."""
        pages = {None: ['w-1', 'v-1'], 'id-v-1': ['w-2'], 'id-w-2': []}

        def answer(handler: server.Handler) -> None:
            query = dict(urllib.parse.parse_qsl(handler.path.partition('?')[2]))
            page = pages[query.get('marker')]
            server.say(200, json.dumps({
                'servers': [{'id': f'id-{each}', 'name': each} for each in page],
                **({'servers_links': [{'rel': 'next', 'href': 'x'}]} if page else {})}).encode(),
            )(handler)
        with server.serving(answer) as url:
            found = self.nova(url).ids_by_name('w-')
        self.assertEqual({'w-1': 'id-w-1', 'w-2': 'id-w-2'}, found)

    def test_list_without_end(self) -> None:
        body = {'servers': [{'id': 'x', 'name': 'w-1'}], 'servers_links': [{'rel': 'next'}]}
        self.patch(nova, '_PAGES', 3)
        with server.serving(server.say(200, json.dumps(body).encode())) as url:
            for read in (self.nova(url).ids_by_name, lambda _: self.nova(url).detail(
                    Microversion(2, 1))):
                error = self.assertRaises(errors.BadAnswer, read, 'w-')
                self.assertIn('does not end', str(error))

    def test_waiting_ends_at_once_on_error(self) -> None:
        body = {'server': {'id': 'x', 'status': 'ERROR', 'fault': {'message': 'No valid host'}}}
        with server.serving(server.say(200, json.dumps(body).encode())) as url:
            error = self.assertRaises(errors.CloudError, self.nova(url).wait_for, ['x'], 'ACTIVE',
                                      timeout=60, interval=1)
        self.assertEqual(Code.STATE, error.code)
        self.assertIn('server x is in ERROR (No valid host)', str(error))

    def test_waiting_ends_when_time_is_out(self) -> None:
        body = {'server': {'id': 'x', 'status': 'BUILD'}}
        with server.serving(server.say(200, json.dumps(body).encode())) as url:
            error = self.assertRaises(errors.CloudError, self.nova(url).wait_for, ['x'],
                                      'ACTIVE', timeout=0.1, interval=0.1)
            self.assertEqual(Code.TIMEOUT, error.code)
            self.assertIn('[compute] build_timeout', str(error))
            error = self.assertRaises(errors.CloudError, self.nova(url).wait_until_gone, ['x'],
                                      timeout=0.1, interval=0.1)
            self.assertIn('was not gone', str(error))
