"""The table of what shows, against figures counted on real Nova."""

import itertools

import ddt
from hypothesis import given
from hypothesis import strategies as st
import testtools

from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role

#: How many of the seven an answer shows, as executed against Nova:
#: call, role, then the number at each of MICROVERSIONS.
MICROVERSIONS = ('2.1', '2.2', '2.3', '2.56', '2.57', '2.74', '2.75', '2.89', '2.90', '2.104')
EXECUTED = (
    (Call.SHOW, Role.ADMIN, (0, 0, 7, 7, 7, 7, 7, 7, 7, 7)),
    (Call.SHOW, Role.MEMBER, (0, 0, 0, 0, 0, 0, 0, 0, 1, 1)),
    (Call.DETAIL, Role.ADMIN, (0, 0, 7, 7, 7, 7, 7, 7, 7, 7)),
    (Call.DETAIL, Role.MEMBER, (0, 0, 0, 0, 0, 0, 0, 0, 1, 1)),
    (Call.UPDATE, Role.ADMIN, (0, 0, 0, 0, 0, 0, 7, 7, 7, 7)),
    (Call.UPDATE, Role.MEMBER, (0, 0, 0, 0, 0, 0, 0, 0, 1, 1)),
    (Call.REBUILD, Role.ADMIN, (0, 0, 0, 0, 0, 0, 6, 6, 6, 6)),
    (Call.REBUILD, Role.MEMBER, (0, 0, 0, 0, 0, 0, 0, 0, 1, 1)),
    (Call.CREATE, Role.ADMIN, (0,) * 10),
    (Call.CREATE, Role.MEMBER, (0,) * 10),
    (Call.LIST, Role.ADMIN, (0,) * 10),
)


@ddt.ddt
class VisibilityTest(testtools.TestCase):

    @ddt.idata(EXECUTED)
    @ddt.unpack
    def test_number_of_attributes(self, call: Call, role: Role, counts: tuple[int, ...]) -> None:
        self.assertEqual(counts, tuple(
            len(visibility.shown_attributes(call, Microversion.parse(version), role))
            for version in MICROVERSIONS))

    @ddt.data(('2.2', False, True), ('2.3', True, True))
    @ddt.unpack
    def test_flag_comes_with_2_3(self, version: str, flag: bool, volumes: bool) -> None:
        microversion = Microversion.parse(version)
        self.assertEqual(flag, visibility.shows_flag(Call.SHOW, microversion))
        self.assertEqual(volumes, visibility.shows_volumes(Call.SHOW, microversion))

    @ddt.data(Call.UPDATE, Call.REBUILD)
    def test_volumes_in_answers_to_changes_come_with_2_75(self, call: Call) -> None:
        self.assertFalse(visibility.shows_volumes(call, Microversion(2, 74)))
        self.assertTrue(visibility.shows_volumes(call, Microversion(2, 75)))

    def test_readers_are_shown_what_members_are(self) -> None:
        for call, microversion, role in itertools.product(
                Call, visibility.MICROVERSIONS, (Role.MEMBER, Role.READER)):
            self.assertEqual(
                visibility.shown_attributes(call, microversion, Role.MEMBER),
                visibility.shown_attributes(call, microversion, role))

    def test_each_change_is_tried_with_the_last_before_it(self) -> None:
        for change in visibility.HISTORY:
            self.assertIn(change, visibility.MICROVERSIONS)
            self.assertIn(Microversion(change.major, change.minor - 1), visibility.MICROVERSIONS)
        self.assertEqual(visibility.KNOWN, visibility.MICROVERSIONS[-1])
        self.assertEqual(sorted(visibility.MICROVERSIONS), list(visibility.MICROVERSIONS))

    def test_each_microversion_at_which_what_shows_changes_is_in_the_history(self) -> None:
        for minor in range(2, visibility.KNOWN.minor + 1):
            before, now = Microversion(2, minor - 1), Microversion(2, minor)
            differs = any(
                of(call, before) != of(call, now)
                for call in Call for of in (
                    visibility.shows_volumes, visibility.shows_flag,
                    visibility.shows_bare_user_data)) or any(
                visibility.shown_attributes(call, before, role)
                != visibility.shown_attributes(call, now, role)
                for call in Call for role in Role)
            if differs:
                self.assertIn(now, visibility.HISTORY)

    def test_bare_user_data_is_of_rebuild_alone(self) -> None:
        newest = Microversion(2, 104)
        self.assertEqual([Call.REBUILD], [
            call for call in Call if visibility.shows_bare_user_data(call, newest)])
        self.assertFalse(visibility.shows_bare_user_data(Call.REBUILD, Microversion(2, 56)))


@ddt.ddt
class MicroversionTest(testtools.TestCase):

    @given(st.tuples(st.integers(0, 300), st.integers(0, 300)),
           st.tuples(st.integers(0, 300), st.integers(0, 300)))
    def test_order_is_that_of_the_numbers(
            self, one: tuple[int, int], other: tuple[int, int]) -> None:
        parsed = [Microversion.parse(f'{major}.{minor}') for major, minor in (one, other)]
        self.assertEqual(one < other, parsed[0] < parsed[1])
        self.assertEqual(one == other, parsed[0] == parsed[1])

    @ddt.data('', '2', '2.', '.3', 'latest', '2.3.4', '2.x', '-2.3', '２.3', '2.3 ')
    def test_anything_else_is_refused(self, text: str) -> None:
        self.assertRaises(ValueError, Microversion.parse, text)
