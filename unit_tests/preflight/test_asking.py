"""Tasks that end in time, and whom a token is for."""

import threading
import time

import testtools

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.preflight import asking
from ec2attrs_tempest_plugin.preflight.settings import Credentials

BODY = {'project': {'id': 'p'}, 'user': {'id': 'u'}, 'roles': [{'name': 'b'}, {'name': 'a'}],
        'catalog': [
            {'type': 'compute', 'endpoints': [
                {'interface': 'internal', 'region': 'R', 'url': 'http://in'},
                {'interface': 'public', 'region': 'S', 'url': 'http://s'},
                {'interface': 'public', 'region': 'R', 'url': 'http://r'}]}]}


class TogetherTest(testtools.TestCase):

    def test_what_comes_of_each(self) -> None:
        def fail() -> None:
            raise ValueError('no')
        found = asking.together({'a': lambda: 1, 'b': fail}, time.monotonic() + 5)
        self.assertEqual(1, found['a'])
        self.assertIsInstance(found['b'], ValueError)

    def test_nobody_waits_beyond_the_deadline(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        began = time.monotonic()
        found = asking.together({'slow': over.wait, 'fast': lambda: 1}, began + 0.2)
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(1, found['fast'])
        self.assertIsInstance(found['slow'], TimeoutError)
        # It must not hold up the end of the command either.
        self.assertTrue(all(each.daemon for each in threading.enumerate()
                            if each is not threading.main_thread()
                            and each.name.endswith('(run)')))

    def test_a_deadline_that_is_over(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        found = asking.together({'slow': over.wait}, time.monotonic() - 1)
        self.assertIsInstance(found['slow'], TimeoutError)


class PersonTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.person = asking.Person(
            Credentials('alice', 'x', 'p', 'Default', 'Default'), 't0ken', BODY)

    def test_what_a_token_tells(self) -> None:
        self.assertEqual(('a', 'b'), self.person.roles)
        self.assertEqual(('p', 'u'), (self.person.credentials.project_id,
                                      self.person.credentials.user_id))
        self.assertNotIn('t0ken', repr(self.person))

    def test_catalog(self) -> None:
        session = self.person.session(transport.Transport(timeout=1))
        for region, interface, url in (
                ('R', 'publicURL', 'http://r'), ('R', 'internal', 'http://in'),
                (None, 'public', 'http://s')):
            self.assertEqual(url, session.url(catalog.Endpoint('compute', region, interface)))
        for wanted in (catalog.Endpoint('ec2', 'R'), catalog.Endpoint('compute', 'T'),
                       catalog.Endpoint('compute', 'S', 'internal')):
            self.assertRaises(errors.NotOffered, session.url, wanted)
