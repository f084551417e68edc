"""The schemas, on recorded real answers and on single changes of them."""

from collections.abc import Callable
from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.schemas import validation
from unit_tests import recordings

PREFIX = attributes.SERVER_PREFIX
VOLUMES = attributes.VOLUMES_KEY
SECRET = 'Y2FuYXJ5LW9mLXVzZXItZGF0YQ=='


def lines(body: Any, call: Call, version: str, role: Role) -> list[str]:
    """Return the violations as they are printed."""
    return [str(v) for v in validation.violations(
        body, call, Microversion.parse(version), role, source='SOURCE', request_ids=('req-1',))]


def put(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda server: server.__setitem__(key, value)


def drop(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda server: server.__delitem__(key)


def put_in_volume(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda server: server[VOLUMES][0].__setitem__(key, value)


def drop_in_volume(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda server: server[VOLUMES][0].__delitem__(key)


#: Values of the seven that break type or format.
WRONG: tuple[tuple[str, Any], ...] = (
    ('reservation_id', ''), ('reservation_id', 'banana'), ('reservation_id', None),
    ('reservation_id', 'r-ABCDEFGH'), ('reservation_id', 'r-1234567'),
    ('reservation_id', 'r-12345678\n'),
    ('launch_index', -1), ('launch_index', True), ('launch_index', '0'),
    ('launch_index', 0.0), ('launch_index', None),
    ('hostname', ''), ('hostname', None), ('hostname', 'has space'), ('hostname', 'x' * 256),
    ('kernel_id', 'aki-00000001'), ('kernel_id', 0), ('ramdisk_id', []),
    ('root_device_name', 'vda'), ('root_device_name', ''), ('root_device_name', '/dev/'),
    ('user_data', '%%%'), ('user_data', 'Q U J D'), ('user_data', 'é'),
    ('user_data', 'QUJ'), ('user_data', 'QUJD' * 16384),
    ('user_data', {}))

NO_BOOLEANS: tuple[Any, ...] = ('true', 'True', 1, 0, None, [])

#: A change of a real answer that is right, and the one violation that it makes:
#: microversion, role, change, requirement, attribute.
CHANGES: tuple[tuple[str, Role, Callable[[dict[str, Any]], None], str, str], ...] = (
    *(('2.3', Role.ADMIN, drop(a.nova_key), 'EC2A-002', a.name)
      for a in attributes.SERVER_ATTRIBUTES),
    *(('2.1', Role.ADMIN, put(a.nova_key, 'x'), 'EC2A-001', a.name)
      for a in attributes.SERVER_ATTRIBUTES),
    *(('2.2', Role.MEMBER, put(a.nova_key, None), 'EC2A-001', a.name)
      for a in attributes.SERVER_ATTRIBUTES),
    *(('2.3', Role.MEMBER, put(a.nova_key, 'x'), 'EC2A-003', a.name)
      for a in attributes.SERVER_ATTRIBUTES),
    *(('2.3', Role.ADMIN, put(PREFIX + name, value), 'EC2A-006', name)
      for name, value in WRONG),
    ('2.3', Role.ADMIN, put(PREFIX + 'userdata', SECRET), 'EC2A-009', PREFIX + 'userdata'),
    ('2.3', Role.ADMIN, put(PREFIX + 'foo', 1), 'EC2A-009', PREFIX + 'foo'),
    ('2.3', Role.MEMBER, put('user_data', SECRET), 'EC2A-009', 'user_data'),
    ('2.1', Role.ADMIN, put('os-extended-volumes:foo', 1), 'EC2A-009', 'os-extended-volumes:foo'),
    ('2.1', Role.ADMIN, put('os-extended-server-attributes:hostname', 'x'), 'EC2A-009',
     'os-extended-server-attributes:hostname'),
    ('2.3', Role.MEMBER, drop(VOLUMES), 'EC2A-005', 'volumes_attached'),
    ('2.1', Role.MEMBER, drop(VOLUMES), 'EC2A-004', 'volumes_attached'),
    ('2.3', Role.MEMBER, put(VOLUMES, None), 'EC2A-005', 'volumes_attached'),
    ('2.3', Role.MEMBER, put(VOLUMES, '[]'), 'EC2A-005', 'volumes_attached'),
    ('2.3', Role.MEMBER, put(VOLUMES, [[]]), 'EC2A-005', 'volumes_attached'),
    ('2.3', Role.ADMIN, drop_in_volume('id'), 'EC2A-005', 'id'),
    ('2.2', Role.ADMIN, drop_in_volume('id'), 'EC2A-004', 'id'),
    ('2.3', Role.ADMIN, drop_in_volume('delete_on_termination'), 'EC2A-005',
     'delete_on_termination'),
    ('2.2', Role.ADMIN, put_in_volume('delete_on_termination', True), 'EC2A-004',
     'delete_on_termination'),
    *(('2.3', Role.MEMBER, put_in_volume('delete_on_termination', value), 'EC2A-007',
       'delete_on_termination') for value in NO_BOOLEANS),
)


@ddt.ddt
class RecordedAnswersTest(testtools.TestCase):

    def test_real_answers_conform(self) -> None:
        recorded = recordings.nova()
        for (call, microversion, role), body in recorded:
            self.assertEqual([], lines(body, call, str(microversion), role))
        # six calls, three microversions, two roles; two servers are shown
        self.assertEqual(6 * 3 * 2 + 3 * 2, len(recorded))

    @ddt.idata(CHANGES)
    @ddt.unpack
    def test_a_change_is_said_in_one_line(
            self, version: str, role: Role, change: Callable[[dict[str, Any]], None],
            requirement: str, attribute: str) -> None:
        for call in (Call.SHOW, Call.DETAIL):
            body = recordings.nova_answer(call, version, role)
            server = (body['server'] if call is Call.SHOW else
                      next(s for s in body['servers'] if s[VOLUMES]))
            change(server)
            [line] = lines(body, call, version, role)
            self.assertTrue(line.startswith(f'{requirement} SOURCE: {attribute} of '), line)
            self.assertIn(f'server {server["id"]}: expected ', line)
            self.assertIn('; seen ', line)
            self.assertTrue(line.endswith(' [req-1]'), line)
            self.assertNotIn(SECRET, line)

    def test_names_of_the_drafts_are_refused(self) -> None:
        for key in attributes.DRAFT_KEYS:
            body = recordings.nova_answer(Call.SHOW, '2.3', Role.ADMIN)
            body['server'][key.replace('*', 'hostname')] = 'x'
            [line] = lines(body, Call.SHOW, '2.3', Role.ADMIN)
            self.assertTrue(line.startswith('EC2A-009 SOURCE: '), line)

    @ddt.data(put('anything', {}), put('vendor:thing', 1), put('hostname', 'x'),
              put(PREFIX + 'host', 'h'), put(PREFIX + 'instance_name', 'i'),
              put(PREFIX + 'hypervisor_hostname', 'h'), put('OS-EXT-SRV-ATTRS:foo', 1),
              put_in_volume('vendor', 1), put(PREFIX + 'kernel_id', None),
              put(PREFIX + 'reservation_id', 'r-0123456789abcdef0'),
              put(PREFIX + 'ramdisk_id', 'a5f474bf81474f9dbbc404d5b2e4e9b3'),
              put(PREFIX + 'root_device_name', None), put(PREFIX + 'hostname', 'a.b_c-D'))
    def test_what_a_conforming_cloud_may_show(
            self, change: Callable[[dict[str, Any]], None]) -> None:
        body = recordings.nova_answer(Call.SHOW, '2.3', Role.ADMIN)
        change(body['server'])
        self.assertEqual([], lines(body, Call.SHOW, '2.3', Role.ADMIN))


@ddt.ddt
class OtherAnswersTest(testtools.TestCase):

    @ddt.data(({'reservation_id': 'r-12345678', 'server': {}}, 'server'),
              ({}, 'reservation_id'), ({'reservation_id': 7}, 'reservation_id'),
              ({'server': {'id': 'x'}}, 'server'))
    @ddt.unpack
    def test_reservation_id_stands_alone(self, body: Any, attribute: str) -> None:
        found = lines(body, Call.CREATE_RESERVATION, '2.1', Role.MEMBER)
        self.assertTrue(any(line.startswith(f'EC2A-021 SOURCE: {attribute}: ')
                            for line in found), found)

    @ddt.data((Call.CREATE, 'EC2A-010'), (Call.UPDATE, 'EC2A-011'), (Call.REBUILD, 'EC2A-012'))
    @ddt.unpack
    def test_answers_to_requests_show_nothing(self, call: Call, requirement: str) -> None:
        for attribute in attributes.SERVER_ATTRIBUTES:
            body = recordings.nova_answer(call, '2.3', Role.ADMIN)
            body['server'][attribute.nova_key] = None
            [line] = lines(body, call, '2.3', Role.ADMIN)
            self.assertTrue(line.startswith(f'{requirement} SOURCE: {attribute.name} of '), line)

    @ddt.data(None, [], 'text', 7, {'server': []}, {'servers': {}}, {'servers': [None]},
              {'server': 'x'}, {'servers': [[]]})
    def test_any_json_is_judged_without_a_crash(self, body: Any) -> None:
        for call in Call:
            for role in Role:
                self.assertNotEqual([], lines(body, call, '2.3', role), call)

    @ddt.data(('2.68', 8), ('2.69', 0), ('2.104', 0))
    @ddt.unpack
    def test_a_server_shown_in_part(self, version: str, count: int) -> None:
        partial = {'id': 'x', 'status': 'UNKNOWN', 'created': '', 'tenant_id': ''}
        for call, body in ((Call.SHOW, {'server': partial}),
                           (Call.DETAIL, {'servers': [partial]})):
            found = lines(body, call, version, Role.ADMIN)
            self.assertEqual(count, len(found))

    def test_a_server_shown_in_part_shows_nothing_of_ours(self) -> None:
        partial = {'id': 'x', 'status': 'UNKNOWN', VOLUMES: []}
        self.assertNotEqual([], lines({'server': partial}, Call.SHOW, '2.69', Role.ADMIN))

    @ddt.data(('2.56', 'EC2A-009', 'user_data'), ('2.57', None, None), ('2.104', None, None))
    @ddt.unpack
    def test_bare_user_data_of_a_rebuild(self, version: str, requirement: str | None,
                                         attribute: str | None) -> None:
        body = recordings.nova_answer(Call.REBUILD, '2.3', Role.MEMBER)
        body['server']['user_data'] = None
        found = [line for line in lines(body, Call.REBUILD, version, Role.MEMBER)
                 if 'user_data' in line]
        if requirement is None:
            self.assertEqual([], found)
            return
        [line] = found
        self.assertTrue(line.startswith(f'{requirement} SOURCE: {attribute}'), line)

    def test_a_flood_of_errors_is_bounded(self) -> None:
        body = {'servers': [{'id': 'x'}] * 5000}
        found = lines(body, Call.DETAIL, '2.3', Role.ADMIN)
        self.assertLessEqual(len(found), 8 * validation.MAX_ERRORS)

    def test_unknown_microversion(self) -> None:
        self.assertRaises(ValueError, lines, {}, Call.SHOW, '2.0', Role.ADMIN)
