"""Marks of tests, and the ids of the rows of a table."""

import unittest

from tempest.lib import decorators
import testtools

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled

ADMIN = Case(Call.SHOW, Microversion(2, 1), Role.ADMIN, requirements=('EC2A-001',))
MEMBER = Case(Call.SHOW, Microversion(2, 1), Role.MEMBER)


def ids(*rows: Case) -> dict[str, str]:
    """Return the ids of the tests of a table, by the rows' names."""
    @tabled
    class Table(testtools.testcase.WithAttributes, testtools.TestCase):
        @decorators.idempotent_id('7b3c0f56-4ec5-4e64-9d1f-35b5fd3f2d8a')
        @requirement('EC2A-009')
        @cases(rows)
        def test_it(self, case: Case) -> None:
            """Something."""

    loaded = unittest.defaultTestLoader.loadTestsFromTestCase(Table)
    found = [test.id() for test in loaded]  # type: ignore[union-attr]
    return {each.partition('[')[0].rpartition('_it_')[2].partition('_')[2]: each
            for each in found}


class TableTest(testtools.TestCase):

    def test_each_row_is_a_test_with_its_own_id(self) -> None:
        found = ids(ADMIN, MEMBER)
        self.assertEqual({'show_2_1_admin', 'show_2_1_member'}, set(found))
        attributes = [each.partition('[')[2] for each in found.values()]
        self.assertEqual(2, len(set(attributes)))
        self.assertTrue(found['show_2_1_admin'].partition('[')[2].startswith(
            'EC2A-001,EC2A-009,id-'))
        self.assertTrue(found['show_2_1_member'].partition('[')[2].startswith('EC2A-009,id-'))

    def test_ids_stay_when_rows_are_added_or_moved(self) -> None:
        def attributes(*rows: Case) -> str:
            return ids(*rows)['show_2_1_member'].partition('[')[2]
        self.assertEqual(attributes(MEMBER), attributes(ADMIN, MEMBER))
        self.assertEqual(attributes(MEMBER, ADMIN), attributes(ADMIN, MEMBER))

    def test_unknown_requirement(self) -> None:
        self.assertRaises(KeyError, requirement, 'EC2A-999')
