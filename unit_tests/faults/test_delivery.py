"""Answers that a proxy changes or sends in a way of their own, and how it ends."""

import contextlib
import http.client
import json
import threading
import time

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Connection
from ec2attrs_tempest_plugin.faults.exchange import Delivery
from ec2attrs_tempest_plugin.faults.proxy import Proxy
from unit_tests.faults import services
from unit_tests.faults.test_proxy import PATIENCE
from unit_tests.faults.test_proxy import Proxied


class ChangingTest(Proxied):

    def test_change_is_counted_and_counted_anew(self) -> None:
        proxy = self.proxy()
        connection = self.connect(proxy)

        def change(asked: Asked, answered: Answered) -> int:
            if asked.call is not Call.DETAIL:
                return 0
            answered.status, answered.body = 203, b'changed'
            answered.set_header('X-Thing', 'other')
            return 2
        proxy.use(change)
        for _ in range(2):
            answer, body = self.ask(connection, target='/v2.1/servers/detail')
            self.assertEqual((203, b'changed', 'other'),
                             (answer.status, body, answer.headers['X-Thing']))
        self.assertEqual(200, self.ask(connection)[0].status)
        self.assertEqual((4, []), (proxy.acted, proxy.errors))
        proxy.use(change)
        self.assertEqual(0, proxy.acted)
        proxy.use(None)
        self.assertEqual(200, self.ask(connection, target='/v2.1/servers/detail')[0].status)
        self.assertEqual(0, proxy.acted)

    def test_error_in_a_change_is_told(self) -> None:
        def change(asked: Asked, answered: Answered) -> int:
            raise KeyError('reservation_id')
        proxy = self.proxy()
        proxy.use(change)
        self.assertEqual(200, self.ask(proxy, target='/v2.1/servers?x=y')[0].status)
        self.assertEqual(["KeyError in the change of GET /v2.1/servers: 'reservation_id'"],
                         proxy.errors)
        self.assertEqual(0, proxy.acted)
        proxy.use(None)
        self.assertEqual([], proxy.errors)

    def test_streams_are_not_changed(self) -> None:
        proxy = self.proxy(lambda handler: services.say(
            handler, 200, b'bytes', Content_Type='application/octet-stream'))
        proxy.use(lambda asked, answered: 1)
        self.assertEqual(b'bytes', self.ask(proxy)[1])
        self.assertEqual(0, proxy.acted)


class DeliveryTest(Proxied):

    def delivered(self, delivery: Delivery) -> Proxy:
        """Return a proxy whose answers are sent in a way of their own."""
        def change(asked: Asked, answered: Answered) -> int:
            answered.delivery = delivery
            return 1
        proxy = self.proxy()
        proxy.use(change)
        return proxy

    def test_late(self) -> None:
        def late(connection: Connection) -> None:
            connection.hold(0.3)
            connection.send(connection.head + connection.body)
        connection = self.connect(self.delivered(late))
        started = time.monotonic()
        answer, body = self.ask(connection, target='/late')
        self.assertLess(0.3, time.monotonic() - started)
        self.assertEqual((200, '/late', 'thing'), (
            answer.status, json.loads(body)['target'], answer.headers['X-Thing']))

    def test_connection_of_a_late_answer_is_kept(self) -> None:
        def late(connection: Connection) -> None:
            connection.hold(0.01)
            connection.send(connection.head + connection.body)
        connection = self.connect(self.delivered(late))
        self.ask(connection)
        first = connection.sock
        # Longer than it takes to notice that who asked has gone.
        time.sleep(0.3)
        self.assertEqual(200, self.ask(connection)[0].status)
        self.assertIs(first, connection.sock)

    def test_in_pieces(self) -> None:
        def in_pieces(connection: Connection) -> None:
            for byte in connection.head + connection.body:
                connection.send(bytes([byte]))
        connection = self.connect(self.delivered(in_pieces))
        connection.connect()
        first = connection.sock
        for _ in range(2):
            self.assertEqual(200, self.ask(connection)[0].status)
        self.assertIs(first, connection.sock)

    def test_cut(self) -> None:
        def cut(connection: Connection) -> None:
            connection.send(connection.head + connection.body[:7])
        connection = self.connect(self.delivered(cut))
        error = self.assertRaises(http.client.IncompleteRead, self.ask, connection)
        self.assertEqual(7, len(error.partial))

    def test_nothing_at_all(self) -> None:
        connection = self.connect(self.delivered(lambda connection: None))
        self.assertRaises(http.client.RemoteDisconnected, self.ask, connection)

    def test_reset(self) -> None:
        def reset(connection: Connection) -> None:
            connection.send(connection.head + connection.body[:7])
            connection.reset()
        self.assertRaises(ConnectionResetError, self.ask, self.delivered(reset))

    def test_hold_ends_when_who_asked_has_gone(self) -> None:
        held, gone = threading.Event(), threading.Event()

        def hang(connection: Connection) -> None:
            held.set()
            connection.hold(60)
            gone.set()
        connection = self.connect(self.delivered(hang))
        connection.request('GET', '/')
        self.assertTrue(held.wait(PATIENCE))
        self.assertFalse(gone.wait(0.3))
        connection.close()
        self.assertTrue(gone.wait(PATIENCE))

    def test_hold_ends_when_the_proxy_does(self) -> None:
        held = threading.Event()

        def hang(connection: Connection) -> None:
            held.set()
            connection.hold(60)
        proxy = self.delivered(hang)
        connection = self.connect(proxy)
        connection.request('GET', '/')
        self.assertTrue(held.wait(PATIENCE))
        started = time.monotonic()
        proxy.close()
        self.assertRaises(http.client.RemoteDisconnected, connection.getresponse)
        self.assertLess(time.monotonic() - started, 2)


class ClosingTest(Proxied):

    def test_nobody_listens_any_more(self) -> None:
        before = set(threading.enumerate())
        with Proxy(services.Fake({}), {'nova': 'http://nova', 'ec2': 'http://ec2'}) as proxy:
            for service in proxy.addresses:
                with contextlib.closing(self.connect(proxy, service)) as connection:
                    self.assertEqual(404, self.ask(connection)[0].status)
            own = set(threading.enumerate()) - before
            self.assertLessEqual(2, len(own))
        for service in proxy.addresses:
            self.assertRaises(ConnectionRefusedError, self.connect(proxy, service).connect)
        for thread in own:
            thread.join(PATIENCE)
        self.assertEqual(set(), own & set(threading.enumerate()))
