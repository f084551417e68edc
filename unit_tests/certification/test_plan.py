"""The plan from a list of tests."""

import unittest

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification import text

ID = ('ec2attrs_tempest_plugin.tests.api.test_visibility.VisibilityTest.test_x_1_show_2_3_admin'
      '[EC2A-001,EC2A-003,id-3f0c0000-0000-4000-8000-000000000000,smoke]')


class PlanTest(unittest.TestCase):
    """What ids say, and what is refused."""

    def test_an_id_is_taken_apart(self) -> None:
        test = plan.parse_id(ID)
        self.assertEqual(ID, test.id)
        self.assertEqual(('EC2A-001', 'EC2A-003'), test.requirements)
        self.assertEqual('test_x_1_show_2_3_admin', test.method)
        self.assertEqual('ec2attrs_tempest_plugin.tests.api.test_visibility.VisibilityTest',
                         test.class_name)
        self.assertEqual('ec2attrs_tempest_plugin.tests.api.test_visibility', test.module_name)

    def test_an_id_without_attributes_has_no_requirements(self) -> None:
        self.assertEqual((), plan.parse_id('a.B.test_c').requirements)
        self.assertEqual((), plan.parse_id('a.B.test_c(scenario)').requirements)
        self.assertEqual((), plan.parse_id('a.B.test_c[EC2A-001x,xEC2A-1,EC2A-]').requirements)
        self.assertEqual((), plan.parse_id('a.B.test_c[EC2A-001\n]').requirements)
        for line_end in ('a.B.test_c\n', 'a.B.test_c[x]\n'):
            with self.assertRaises(plan.PlanError):
                plan.parse_id(line_end)

    def test_where_an_idempotent_id_stands(self) -> None:
        for test_id in ('a.B.test[id-1]', 'a.B.test[id-1,smoke]', 'a.B.test[EC2A-001,id-1]',
                        'a.B.test(x)[EC2A-001,id-1,smoke]'):
            self.assertEqual('1', plan.idempotent_id(test_id))
        for other in ('a.B.test', 'a.B.test[id-1] x', 'a.B.test[xid-1]', 'a.B.test[id-]', 'id-1',
                      'a.B.test(id-1)', 'a.B.test[id-1]\n'):
            self.assertEqual(other, plan.idempotent_id(other))

    def test_each_test_is_planned_once_in_order(self) -> None:
        tests = plan.parse_listing(['b.B.test\n', '', 'a.B.test', 'b.B.test'])
        self.assertEqual(['a.B.test', 'b.B.test'], [t.id for t in tests])

    def test_an_empty_list_is_refused(self) -> None:
        with self.assertRaisesRegex(plan.PlanError, '^no test matches, so nothing would be '
                                                    'checked; look at --regex$'):
            plan.parse_listing(['', '\n'])

    def test_a_line_that_is_no_id_is_refused(self) -> None:
        for line in ('ImportError: no module', 'one', 'a.B.test[', 'a.B.test[x]\x1b', ID + ID):
            with self.subTest(line), self.assertRaises(plan.PlanError) as caught:
                plan.parse_listing(['a.B.test', line])
            self.assertEqual('this line of the list of tests is not a test id: '
                             f'{text.plain(line)!r}', str(caught.exception))
