"""The table of requirements, and that the tests of the suite know each row."""

import re

import testtools

from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.faults import worker


def suite_ids() -> list[str]:
    """Return the ids of all tests of the suite, as Tempest lists them."""
    return [test.id() for test in worker.all_tests()]


class RequirementsTest(testtools.TestCase):

    def test_rows_are_whole(self) -> None:
        for requirement_id, row in REQUIREMENTS.items():
            self.assertEqual(requirement_id, row.id)
            self.assertRegex(row.id, r'^EC2A-\d{3}$')
            self.assertRegex(row.sentence, r'^[A-Zd][^\n]*[^ ]\.$')
            self.assertTrue(row.link.startswith('https://'), row)

    def test_each_requirement_has_a_test_and_each_test_a_requirement(self) -> None:
        checked = set()
        for test_id in suite_ids():
            ids = re.findall(r'EC2A-\d{3}', test_id)
            self.assertNotEqual([], ids, test_id)
            checked |= set(ids)
        self.assertEqual(set(REQUIREMENTS), checked)

    def test_each_test_has_an_idempotent_id_of_its_own(self) -> None:
        ids = []
        for test_id in suite_ids():
            found = re.findall(r'\bid-([0-9a-f-]{36})\b', test_id)
            self.assertEqual(1, len(found), test_id)
            ids += found
        self.assertEqual(len(set(ids)), len(ids))
