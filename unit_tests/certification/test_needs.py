"""What tests need: the file is of the tests that there are, and how it is read."""

import json
import re

import testtools

from ec2attrs_tempest_plugin.certification import needs
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from unit_tests import suite

ID = 'a.B.test_c[EC2A-001,id-3f0c0000-0000-4000-8000-000000000000]'
KEY = '3f0c0000-0000-4000-8000-000000000000'
NEWEST = Microversion(2, 100)


def tests_of_the_suite() -> dict[str, str]:
    """Return the names of the tests by their idempotent ids."""
    found = {}
    for test_id in suite.listed():
        match = re.fullmatch(r'([\w.]+)\[.*\bid-([0-9a-f-]{36})\b.*\]', test_id)
        if match is None:
            raise AssertionError(f'no test with an idempotent id: {test_id}')
        found[match[2]] = match[1]
    return found


class FileTest(testtools.TestCase):

    def test_each_test_is_in_it_and_no_other(self) -> None:
        """Run tools/measure_needs.py once tests were added, renamed or removed."""
        self.assertEqual(tests_of_the_suite(),
                         {key: each.name for key, each in needs.load().items()})

    def test_each_need_has_words(self) -> None:
        for each in needs.load().values():
            for need in each.needs:
                self.assertTrue(needs.said(need))

    def test_all_tests_need_servers_and_each_need_is_of_some(self) -> None:
        found = {need.partition(':')[0] for each in needs.load().values() for need in each.needs}
        self.assertEqual(set(needs.WORDS), found)
        self.assertEqual([], [each.name for each in needs.load().values()
                              if 'servers' not in each.needs])
        self.assertTrue(any(each.needs == ('servers',) for each in needs.load().values()))

    def test_features_are_of_few_tests(self) -> None:
        names: dict[str, set[str]] = {}
        for each in needs.load().values():
            for need in each.needs:
                names.setdefault(need, set()).add(each.name.rpartition('.')[2])
        for feature, test in {
                'pause': 'test_pause_and_unpause', 'suspend': 'test_suspend_and_resume',
                'shelve': 'test_shelve_and_unshelve', 'rescue': 'test_rescue_and_unrescue',
                'snapshot': 'test_snapshot'}.items():
            self.assertEqual({test}, names[feature])
        self.assertEqual({'test_resize_and_its_revert', 'test_resize_and_its_confirmation'},
                         names['resize'])

    def test_ec2_needs_keys_and_what_needs_new_ones_is_of_one_class(self) -> None:
        for each in needs.load().values():
            self.assertEqual('ec2' in each.needs, 'ec2-keys' in each.needs, each.name)
            if 'ec2-new-keys' in each.needs:
                self.assertIn('.Ec2AccessTest.', each.name)
            if 'ec2-new-keys' in each.needs or 'ec2-launches' in each.needs:
                self.assertIn('ec2-keys', each.needs)

    def test_it_is_as_it_would_be_written(self) -> None:
        written = needs.dumped({f'{each.name}[id-{key}]': each.needs
                                for key, each in needs.load().items()})
        self.assertEqual(needs.FILE.read_text(), written)


class NeedsTest(testtools.TestCase):

    def test_what_there_is_not_is_missing(self) -> None:
        one = needs.Needs('a', ('admin', 'volumes'))
        self.assertEqual(['volumes'], one.missing({'admin'}, NEWEST))
        self.assertEqual([], one.missing({'admin', 'volumes', 'ec2'}, NEWEST))

    def test_microversions_are_ordered_as_numbers(self) -> None:
        one = needs.Needs('a', ('microversion:2.89',))
        self.assertEqual([], one.missing((), NEWEST))
        self.assertEqual([], one.missing((), Microversion(2, 89)))
        self.assertEqual(['microversion:2.89'], one.missing((), Microversion(2, 9)))

    def test_tests_that_miss_nothing_are_not_told(self) -> None:
        some = dict(list(needs.load().items())[:5])
        self.assertEqual({}, needs.missing(some, needs.WORDS, NEWEST))

    def test_a_test_that_is_not_known_is_not_told(self) -> None:
        self.assertEqual({}, needs.missing([KEY], (), NEWEST))

    def test_an_unknown_need_has_no_words(self) -> None:
        self.assertRaises(KeyError, needs.said, 'luck')

    def test_a_file_is_written(self) -> None:
        self.assertEqual(
            {'schema': needs.SCHEMA,
             'tests': {KEY: {'name': 'a.B.test_c', 'needs': ['admin', 'volumes']}}},
            json.loads(needs.dumped({ID: {'volumes', 'admin'}})))

    def test_ids_are_needed_once(self) -> None:
        for ids in (['a.B.test_c'], ['a.B.test_c[EC2A-001]'], [ID, f'{ID}'.replace('a.B', 'a.C')]):
            self.assertRaises(ValueError, needs.dumped, dict.fromkeys(ids, ()))
