"""The catalogue: nothing that is checked is without the fault that it was seen to catch."""

import re

import ddt
import testtools

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from ec2attrs_tempest_plugin.faults import catalogue
from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults import judge
from ec2attrs_tempest_plugin.faults import worker
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

FAULTS = {name: fault for name, fault in CATALOGUE.items()
          if fault.kind not in (Kind.BENIGN, Kind.CHAOS)}


@ddt.ddt
class CatalogueTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.ids = [test.id() for test in worker.all_tests()]

    def test_each_requirement_has_a_fault_that_breaks_it(self) -> None:
        broken = {fault.requirement for fault in FAULTS.values()}
        self.assertEqual(set(), set(REQUIREMENTS) - broken)

    def test_each_test_has_a_fault_that_it_must_catch(self) -> None:
        named = {test for fault in FAULTS.values() for test in fault.caught_by}
        idle = {judge.short_name(each) for each in self.ids
                if not any(judge.is_test(judge.short_name(each), name) for name in named)}
        self.assertEqual(set(), idle)

    def test_each_requirement_of_a_test_has_a_fault_that_the_test_must_catch(self) -> None:
        caught = {(wanted, fault.requirement) for fault in FAULTS.values()
                  for wanted in fault.caught_by}
        unseen = {
            (name, requirement) for each in self.ids for name in [judge.short_name(each)]
            for requirement in plan.parse_id(each).requirements
            # One function finds the instances of all tests, and is seen to fail in some.
            if requirement != 'EC2A-112' and not any(
                judge.is_test(name, wanted) and requirement == broken
                for wanted, broken in caught)}
        self.assertEqual(set(), unseen)

    @ddt.data(*sorted(name for name, fault in CATALOGUE.items() if fault.caught_by))
    def test_what_must_catch_it_checks_its_requirement(self, name: str) -> None:
        fault = CATALOGUE[name]
        for wanted in fault.caught_by:
            of_it = [each for each in self.ids if judge.is_test(judge.short_name(each), wanted)]
            self.assertNotEqual([], of_it, wanted)
            if fault.requirement:
                self.assertTrue(any(fault.requirement in each for each in of_it), wanted)

    def test_ids(self) -> None:
        for name, fault in CATALOGUE.items():
            self.assertTrue(re.fullmatch(r'[a-z0-9]+(-[a-z0-9.]+)+', name), name)
            self.assertIn(fault.acts_in, (
                'nova', 'metadata', 'ec2', 'stack', 'cinder', 'glance', 'neutron',
                'keystone'), name)

    def test_each_kind_is_used(self) -> None:
        self.assertEqual(set(Kind), {fault.kind for fault in CATALOGUE.values()})

    @ddt.data((Kind.NULL, '', 'x', ('A.b',), 'must catch'),
              (Kind.NULL, 'EC2A-002', '', ('A.b',), 'must catch'),
              (Kind.NULL, 'EC2A-002', 'x', (), 'must catch'),
              (Kind.NULL, 'EC2A-999', 'x', ('A.b',), 'no requirement'))
    @ddt.unpack
    def test_row_that_says_too_little(self, kind: Kind, requirement: str, attribute: str,
                                      caught_by: tuple[str, ...], words: str) -> None:
        row = Fault('nova-x', kind, '', changes.together(), requirement, attribute, caught_by)
        error = self.assertRaises(ValueError, catalogue._table, [row])
        self.assertIn(words, str(error))

    def test_row_that_stands_twice(self) -> None:
        row = next(iter(CATALOGUE.values()))
        error = self.assertRaises(ValueError, catalogue._table, [row, row])
        self.assertIn('twice', str(error))
