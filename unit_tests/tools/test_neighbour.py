"""The neighbour notices what somebody else does to what it has."""

from collections.abc import Callable, Sequence
import threading
from typing import Any

import botocore.exceptions
import live_cloud
import neighbour
from openstack import exceptions as sdk_exceptions
import testtools


class FakeApi:
    """Servers and volumes of somebody, where somebody else can be at them.

    :ivar states: of each id.
    :ivar disturb: called with the id after the operation of that name, once.
    """

    name = 'fake'
    up = 'ACTIVE'
    coming: Sequence[str] = ('BUILD',)

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.attached: dict[str, str] = {}
        self.disturb: dict[str, Callable[[str], object]] = {}

    def _after(self, operation: str, its_id: str) -> None:
        if operation in self.disturb:
            self.disturb.pop(operation)(its_id)

    def _add(self, kind: str, state: str) -> str:
        its_id = f'{kind}-{len(self.states)}'
        self.states[its_id] = state
        return its_id

    def server(self, name: str) -> str:
        server = self._add('server', 'ACTIVE')
        self._after('server', server)
        return server

    def volume(self, name: str) -> str:
        volume = self._add('volume', 'available')
        self._after('volume', volume)
        return volume

    def root_volume(self, name: str) -> tuple[str, str] | None:
        server, volume = self._add('server', 'ACTIVE'), self._add('root', 'available')
        self.attach(server, volume)
        return server, volume

    def attach(self, server: str, volume: str) -> None:
        self.attached[volume] = server
        self.states[volume] = 'in-use'
        self._after('attach', volume)

    def detach(self, server: str, volume: str) -> None:
        if self.states[volume] != 'in-use':
            raise sdk_exceptions.BadRequestException('it is not attached')
        self.states[volume] = 'available'
        self._after('detach', volume)

    def delete_server(self, server: str) -> None:
        for volume, its_server in self.attached.items():
            if its_server == server and self.states[volume] != neighbour.GONE:
                self.states[volume] = 'available'
        self.states[server] = neighbour.GONE

    def delete_volume(self, volume: str) -> None:
        self.states[volume] = neighbour.GONE

    def state_of_server(self, server: str) -> str:
        return self.states[server]

    def state_of_volume(self, volume: str) -> str:
        return self.states[volume]


class NeighbourTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.patch(neighbour, 'LOOK', 0)
        self.patch(neighbour, 'ROUND', 0)
        self.patch(neighbour, 'say', lambda words: None)
        self.api = FakeApi()
        self.journal = neighbour.Journal(bound=0.05)
        self.neighbour = neighbour.Neighbour(self.api, self.journal)
        self.neighbour.keep()

    def work(self, rounds: int = 3) -> None:
        """Work for so many rounds, of which some may be disturbed, and leave."""
        stop = threading.Event()
        left = [rounds]
        own = self.neighbour._round

        def one() -> None:
            left[0] -= 1
            if not left[0]:
                stop.set()
            own()

        self.patch(self.neighbour, '_round', one)
        self.neighbour.work(stop)
        with self.journal.going_on('fake'):
            self.neighbour.look()
        self.neighbour.leave()

    def seen(self) -> tuple[int, int, int]:
        return len(self.journal.lost), len(self.journal.changed), len(self.journal.slow)

    def state(self, its_id: str, state: str) -> None:
        self.api.states[its_id] = state

    def test_alone(self) -> None:
        self.work(6)
        self.assertEqual((0, 0, 0), self.seen())
        self.assertEqual({'fake': 6}, self.journal.rounds)
        self.assertEqual({neighbour.GONE}, set(self.api.states.values()))
        self.assertGreater(self.journal.operations, 20)

    def test_a_volume_is_deleted(self) -> None:
        for number, operation in enumerate(('volume', 'attach', 'detach'), 1):
            self.api.disturb[operation] = lambda its_id: self.state(its_id, neighbour.GONE)
            with self.journal.going_on('fake'):
                self.neighbour._round()
            self.assertEqual((number, 0, 0), self.seen(), operation)

    def test_what_is_kept_is_deleted(self) -> None:
        for its_id in list(self.api.states):
            self.state(its_id, neighbour.GONE)
        self.work(2)
        self.assertEqual((2, 0, 0), self.seen())
        self.assertEqual({neighbour.GONE}, set(self.api.states.values()))

    def test_a_volume_that_rests_is_deleted(self) -> None:
        self.api.disturb['detach'] = lambda its_id: self.api.disturb.update(
            volume=lambda _: self.state(its_id, neighbour.GONE))
        self.work()
        self.assertEqual((1, 0, 0), self.seen())
        self.assertEqual({'fake': 2}, self.journal.rounds)

    def test_a_volume_is_detached(self) -> None:
        look = self.neighbour.look

        def detached() -> None:
            look()
            self.state(next(reversed(self.api.attached)), 'available')

        self.patch(self.neighbour, 'look', detached)
        with self.journal.going_on('fake'):
            self.neighbour._round()
        self.assertEqual((0, 1, 0), self.seen())
        self.assertIn('it is not attached', self.journal.changed[0])

    def test_a_volume_that_is_kept_is_detached(self) -> None:
        self.state(next(iter(self.api.attached)), 'available')
        self.work()
        self.assertEqual((0, 1, 0), self.seen())

    def test_a_server_is_stopped(self) -> None:
        self.api.disturb['server'] = lambda its_id: self.api.disturb.update(
            attach=lambda _: self.state(its_id, 'SHUTOFF'))
        self.work()
        self.assertEqual({neighbour.GONE}, set(self.api.states.values()))
        self.assertIn('is SHUTOFF', self.journal.changed[0])

    def test_an_operation_is_rejected(self) -> None:
        def reject(its_id: str) -> None:
            raise sdk_exceptions.ConflictException('somebody is at it')
        self.api.disturb['volume'] = reject
        self.work()
        self.assertIn('somebody is at it', self.journal.changed[0])

    def test_an_operation_is_slow(self) -> None:
        self.api.disturb['attach'] = lambda its_id: self.state(its_id, 'attaching')
        self.work()
        self.assertEqual((0, 0), self.seen()[:2])
        self.assertIn('is attaching and not in-use', self.journal.slow[0])

    def test_a_fault_of_the_neighbour_is_kept(self) -> None:
        self.api.disturb['attach'] = lambda its_id: self.api.disturb.update(
            volume=lambda its_id: self.api.states.pop('no such key'))
        self.work()
        self.assertIn('KeyError', self.journal.changed[0])

    def test_what_is_gone(self) -> None:
        def of_ec2(code: str) -> botocore.exceptions.ClientError:
            return botocore.exceptions.ClientError({'Error': {'Code': code}}, 'Any')
        self.assertTrue(neighbour.is_gone(of_ec2('InvalidVolume.NotFound')))
        self.assertTrue(neighbour.is_gone(sdk_exceptions.NotFoundException('no')))
        self.assertFalse(neighbour.is_gone(of_ec2('IncorrectState')))
        self.assertFalse(neighbour.is_gone(sdk_exceptions.ConflictException('no')))


def result(conclusion: str, *statuses: str) -> dict[str, Any]:
    return {'verdict': {'conclusion': conclusion, 'why': 'because'}, 'tests': [
        {'name': 'a.b.C.test', 'status': status, 'detail': 'why',
         'attempts': [] if status == 'missing' else [{}]} for status in statuses]}


class VerdictTest(testtools.TestCase):

    def test_of_a_whole_run(self) -> None:
        self.assertEqual('', neighbour.verdict(result('CONFORMANT', 'pass'), True))
        for each in (result('INCOMPLETE', 'pass', 'missing'), result('INCOMPLETE', 'skip'),
                     result('NOT CONFORMANT', 'fail'), {}):
            self.assertNotEqual('', neighbour.verdict(each, True))

    def test_of_some_tests(self) -> None:
        self.assertEqual('', neighbour.verdict(result('INCOMPLETE', 'pass', 'missing'), False))
        for each in (result('INCOMPLETE', 'pass', 'error'), result('INCOMPLETE', 'missing'),
                     result('INCOMPLETE', 'flaky'), result('NOT CONFORMANT', 'fail'), {}):
            self.assertNotEqual('', neighbour.verdict(each, False))


class ReportTest(testtools.TestCase):

    def report(self, *checks: tuple[str, str]) -> tuple[int, list[str]]:
        lines: list[str] = []
        return live_cloud.report(checks, lines.append), lines

    def test_a_line_each_and_the_sum(self) -> None:
        code, lines = self.report(('a', ''), ('b', 'wrong'))
        self.assertEqual(1, code)
        self.assertEqual(['ok: a', 'FAILED: b: wrong', '', ' - Passed: 1', ' - Skipped: 0',
                          ' - Failed: 1'], lines)
        self.assertEqual(0, self.report(('a', ''))[0])

    def test_nothing_checked_is_no_success(self) -> None:
        self.assertEqual(1, self.report()[0])
