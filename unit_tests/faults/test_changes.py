"""The words of the catalogue, on recorded answers: what they touch, and what they count."""

from collections.abc import Callable
import copy
import json
from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from unit_tests import recordings

FLAG = attributes.DELETE_ON_TERMINATION.nova_key
KEY = LAUNCH_INDEX.nova_key


def asked(call: Call = Call.SHOW, microversion: str = '2.3', role: Role | None = Role.ADMIN,
          **fields: Any) -> Asked:
    """Return a request to Nova."""
    return Asked(**{'service': 'nova', 'method': 'GET', 'path': '/v2.1/servers', 'call': call,
                    'microversion': Microversion.parse(microversion), 'role': role, **fields})


def answered(request: Asked) -> Answered:
    """Return what was recorded for a request to Nova."""
    body = recordings.nova_answer(request.call or Call.SHOW, str(request.microversion),
                                  request.role or Role.ADMIN)
    return Answered(200, {'Content-Type': 'application/json'}, json.dumps(body).encode())


def changed(change: Change, request: Asked) -> tuple[int, Any]:
    """Return how often a change acted on a recorded answer, and the body then."""
    answer = answered(request)
    return change(request, answer), answer.json()


@ddt.ddt
class WhichTest(testtools.TestCase):
    """Each change speaks of some answers, and leaves the others as they are."""

    @ddt.data(
        (changes.READING, {}, True), (changes.READING, {'call': Call.DETAIL}, True),
        (changes.READING, {'role': None}, True), (changes.READING, {'call': Call.UPDATE}, False),
        (changes.READING, {'call': None}, False), (changes.READING, {'service': 'ec2'}, False),
        (changes.AT_2_3, {}, True), (changes.AT_2_3, {'microversion': '2.2'}, False),
        (changes.ADMIN_AT_2_3, {}, True), (changes.ADMIN_AT_2_3, {'role': Role.MEMBER}, False),
        (changes.MEMBER_AT_2_3, {'role': Role.MEMBER}, True), (changes.MEMBER_AT_2_3, {}, False),
        (changes.IN_SHOW, {}, True), (changes.IN_SHOW, {'call': Call.DETAIL}, False),
        (changes.IN_DETAIL, {'call': Call.DETAIL}, True), (changes.IN_DETAIL, {}, False),
        (changes.at('2.1', '2.2'), {}, False),
        (changes.at('2.1', '2.2'), {'microversion': '2.2'}, True),
        (changes.at('2.3', roles=(Role.MEMBER,)), {}, False),
        (changes.at('2.3', calls=(Call.REBUILD,)), {'call': Call.REBUILD}, True))
    @ddt.unpack
    def test_to(self, to: Callable[[Asked], bool], fields: dict[str, Any],
                expected: bool) -> None:
        self.assertIs(expected, to(asked(**fields)))

    def test_at_is_no_wish(self) -> None:
        self.assertRaises(ValueError, changes.at, '2.x')

    @ddt.data(({}, {}, True), ({'methods': ('POST',)}, {}, False),
              ({'path': '/volumes'}, {}, True), ({'path': '/images'}, {}, False),
              ({'action': 'DescribeInstances'}, {}, False), ({}, {'service': 'glance'}, False))
    @ddt.unpack
    def test_of(self, of: dict[str, Any], fields: dict[str, Any], expected: bool) -> None:
        request = Asked(**{'service': 'cinder', 'method': 'GET', 'path': '/v3/volumes', **fields})
        self.assertIs(expected, changes.of('cinder', **of)(request))

    def test_of_an_action(self) -> None:
        meant = changes.of('ec2', action='DescribeInstances')
        self.assertTrue(meant(Asked('ec2', 'POST', '/', action='DescribeInstances')))
        self.assertFalse(meant(Asked('ec2', 'POST', '/', action='DescribeVolumes')))

    @ddt.data(changes.constant(LAUNCH_INDEX, 7), changes.hidden(LAUNCH_INDEX),
              changes.added('x', 1), changes.renamed(LAUNCH_INDEX, 'x'),
              changes.AnotherServers(LAUNCH_INDEX), changes.flag(lambda old: not old),
              changes.volumes(lambda _: []), changes.in_body(lambda body: {}))
    def test_others_are_left_alone(self, change: Change) -> None:
        for request in (asked(service='cinder'), asked(Call.UPDATE)):
            answer = answered(asked())
            self.assertEqual(0, change(request, answer))
            self.assertEqual(answered(asked()), answer)

    @ddt.data(b'', b'{', b'[]', b'null', b'{"server": null}', b'{"servers": ["x"]}',
              b'{"itemNotFound": {"code": 404}}')
    def test_body_without_a_server(self, body: bytes) -> None:
        answer = Answered(404, {}, body)
        for change in (changes.constant(LAUNCH_INDEX, 7), changes.added('x', 1),
                       changes.in_body(lambda body: {'x': 1})):
            self.assertEqual((0, body), (change(asked(), answer), answer.body))


class NovaTest(testtools.TestCase):

    def server(self, change: Change) -> dict[str, Any]:
        """Return the one server of a recorded answer, on which a change acted once."""
        acted, body = changed(change, asked())
        self.assertEqual(1, acted)
        found: dict[str, Any] = body['server']
        return found

    def test_shown(self) -> None:
        before = recordings.nova_answer(Call.SHOW, '2.3', Role.ADMIN)['server']
        after = self.server(changes.shown(LAUNCH_INDEX, lambda old: old + 5))
        self.assertEqual({**before, KEY: before[KEY] + 5}, after)

    def test_each_server_that_changed_counts(self) -> None:
        request = asked(Call.DETAIL)
        indexes = [each[KEY] for each in recordings.nova_answer(
            Call.DETAIL, '2.3', Role.ADMIN)['servers']]
        self.assertLess(1, len(indexes))
        acted, body = changed(changes.constant(LAUNCH_INDEX, indexes[0]), request)
        self.assertEqual({indexes[0]}, {each[KEY] for each in body['servers']})
        self.assertEqual(sum(index != indexes[0] for index in indexes), acted)

    def test_type_is_a_change(self) -> None:
        self.assertIs(False, self.server(changes.constant(LAUNCH_INDEX, False))[KEY])

    def test_what_is_as_it_was_does_not_count(self) -> None:
        for change in (changes.shown(LAUNCH_INDEX, lambda old: old),
                       changes.added(KEY, 9), changes.hidden(HOSTNAME, changes.at('2.1')),
                       changes.in_body(lambda body: body), changes.in_body(lambda body: None),
                       changes.together()):
            answer = answered(asked())
            before = answer.body
            self.assertEqual((0, before), (change(asked(), answer), answer.body))

    def test_what_does_not_show_is_not_made(self) -> None:
        request = asked(role=Role.MEMBER)
        for change in (changes.constant(USER_DATA, 'x'), changes.hidden(USER_DATA),
                       changes.renamed(USER_DATA, 'x'), changes.AnotherServers(USER_DATA)):
            self.assertEqual(0, changed(change, request)[0])

    def test_hidden(self) -> None:
        self.assertNotIn(KEY, self.server(changes.hidden(LAUNCH_INDEX)))

    def test_added(self) -> None:
        self.assertEqual([1], self.server(changes.added('x', [1]))['x'])

    def test_renamed(self) -> None:
        after = self.server(changes.renamed(LAUNCH_INDEX, 'x'))
        self.assertNotIn(KEY, after)
        self.assertIsInstance(after['x'], int)

    def test_in_body(self) -> None:
        request = asked(Call.CREATE_RESERVATION)
        change = changes.in_body(lambda body: {'x': body.pop(RESERVATION_ID.name)},
                                 changes.To(calls=(Call.CREATE_RESERVATION,)))
        acted, body = changed(change, request)
        self.assertEqual((1, ['x']), (acted, list(body)))

    def test_volumes(self) -> None:
        before = recordings.nova_answer(Call.SHOW, '2.3', Role.ADMIN)['server'][VOLUMES_KEY]
        self.assertEqual(2, len(before))
        after = self.server(changes.volumes(lambda volumes: volumes[:1]))
        self.assertEqual(before[:1], after[VOLUMES_KEY])
        after = self.server(changes.in_volumes(lambda volume: volume.pop('id')))
        self.assertEqual([{FLAG}] * 2, [set(volume) for volume in after[VOLUMES_KEY]])
        after = self.server(changes.flag(lambda old: not old))
        self.assertEqual([not volume[FLAG] for volume in before],
                         [volume[FLAG] for volume in after[VOLUMES_KEY]])

    def test_flag_is_not_made_where_there_is_none(self) -> None:
        self.assertEqual(0, changed(changes.flag(lambda _: True), asked(microversion='2.1'))[0])

    def test_together(self) -> None:
        both = changes.together(changes.hidden(LAUNCH_INDEX), changes.added('x', 1))
        acted, body = changed(both, asked())
        self.assertEqual((2, 1), (acted, body['server']['x']))

    def test_answer(self) -> None:
        change = changes.answer(changes.IN_SHOW, lambda each: each.set_header('Vary', 'x'))
        answer = answered(asked())
        self.assertEqual(0, change(asked(Call.DETAIL), answer))
        self.assertNotIn('Vary', answer.headers)
        self.assertEqual(1, change(asked(), answer))
        self.assertEqual('x', answer.headers['Vary'])

    def test_swapped(self) -> None:
        self.assertEqual([3, 1, 2], changes.swapped(iter((1, 2, 3))))
        self.assertEqual([], changes.swapped([]))


class AnotherServersTest(testtools.TestCase):

    def shown_by(self, change: Change, name: str, index: int) -> int:
        answer = Answered(200, {}, json.dumps({'server': {'id': name, KEY: index}}).encode())
        change(asked(), answer)
        found: int = answer.json()['server'][KEY]
        return found

    def test_the_last_other_value(self) -> None:
        change = changes.AnotherServers(LAUNCH_INDEX)
        self.assertEqual([0, 0, 0, 1, 0], [
            self.shown_by(change, name, index)
            for name, index in (('a', 0), ('b', 1), ('b', 1), ('a', 0), ('c', 1))])

    def test_the_first_of_all_does_not_count(self) -> None:
        self.assertEqual(0, changed(changes.AnotherServers(LAUNCH_INDEX), asked())[0])

    def test_a_copy_knows_only_what_it_saw_itself(self) -> None:
        row = changes.AnotherServers(LAUNCH_INDEX)
        for _ in range(2):
            used = copy.deepcopy(row)
            self.assertEqual([0, 0], [self.shown_by(used, 'a', 0), self.shown_by(used, 'b', 1)])
        self.assertEqual({}, row.seen)
