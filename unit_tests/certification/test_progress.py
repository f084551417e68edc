"""What is said while tests run."""

import io
import unittest

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification.progress import PACE
from ec2attrs_tempest_plugin.certification.progress import Progress
from ec2attrs_tempest_plugin.certification.progress import SILENCE
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.contract import outcomes
from ec2attrs_tempest_plugin.contract.outcomes import Code
from unit_tests.certification.streams import VIOLATIONS

IDS = [f'a.B.test_{n:02}[EC2A-001,id-{n}]' for n in range(20)]


class ProgressTest(unittest.TestCase):
    """Few lines, failures at once."""

    def setUp(self) -> None:
        super().setUp()
        self.now = 0.0
        self.out = io.StringIO()
        self.progress = Progress(plan.parse_listing(IDS), self.out, lambda: self.now)

    def ends(self, number: int, reported: Reported = Reported.PASS, message: str = '',
             after: float = PACE, violations: bytes = b'', error: bytes = b'') -> None:
        self.now += after
        self.progress.outcome(Outcome(IDS[number], reported, message, 0.84, violations=violations,
                                      error=error))

    def said(self) -> list[str]:
        return self.out.getvalue().splitlines()

    def test_a_line_for_a_test(self) -> None:
        self.ends(0)
        self.assertEqual(['[ 1/20] ok    EC2A-001 test_00 (0.8 s)'], self.said())

    def test_fast_tests_share_a_line(self) -> None:
        for number in range(10):
            self.ends(number, after=0.01)
        self.assertEqual([], self.said())
        self.ends(10)
        self.assertEqual(['[11/20] ok    EC2A-001 test_10 (0.8 s) (and 10 more)'], self.said())
        self.ends(11)
        self.assertNotIn('more', self.said()[1])

    def test_a_failure_comes_at_once_with_its_message(self) -> None:
        for number in (0, 1):
            self.ends(number, Reported.FAIL, 'EC2A-001 wrong', after=0.0, violations=VIOLATIONS)
        self.assertEqual(4, len(self.said()))
        self.assertTrue(self.said()[0].startswith('[ 1/20] FAIL  EC2A-001 test_00'))
        self.assertEqual(['EC2A-001 wrong'] * 2, [each.strip() for each in self.said()[1::2]])

    def test_an_error_is_no_failure_and_its_cause_is_told_once(self) -> None:
        for number, seconds in enumerate((1.5, 2.5, 3.5)):
            self.ends(number, Reported.FAIL, 'CloudError: x', after=0.0,
                      error=outcomes.dumped(Code.QUOTA, f'no room after {seconds} s'))
        self.assertEqual(['[ 1/20] error EC2A-001 test_00 (0.8 s)',
                          ' ' * 16 + 'quota: no room after 1.5 s'], self.said())
        self.ends(3, Reported.FAIL, 'KeyError: x', after=0.0)
        self.assertEqual(['[ 4/20] error EC2A-001 test_03 (0.8 s) (and 2 more)',
                          ' ' * 16 + 'suite: KeyError: x'], self.said()[2:])
        self.ends(4, Reported.FAIL, 'KeyError: x')
        self.assertEqual(['[ 5/20] error EC2A-001 test_04 (0.8 s)'], self.said()[4:])

    def test_an_advisory_finding_is_no_skip(self) -> None:
        self.ends(0, Reported.SKIP, 'ec2attrs:advisory: EC2A-001 wrong')
        self.ends(1, Reported.SKIP, 'ec2attrs:unsupported: not there')
        self.assertEqual(['note', 'skip'], [line.split()[2] for line in self.said()[::2]])

    def test_the_last_test_always_has_a_line(self) -> None:
        for number in range(20):
            self.ends(number, after=0.0)
        self.assertEqual(1, len(self.said()))
        self.assertTrue(self.said()[0].startswith('[20/20]'), self.said())

    def test_the_time_left_is_told_once_it_is_known(self) -> None:
        for number in range(10):
            self.ends(number, after=2.0)
        self.assertNotIn('left', self.said()[3])
        self.assertTrue(self.said()[9].endswith(', about 20 s left'), self.said()[9])

    def test_what_is_not_planned_is_not_counted(self) -> None:
        self.progress.outcome(Outcome('setUpClass (a.B)', Reported.FAIL, 'x'))
        self.assertEqual('[ 0/20] error setUpClass (a.B)', self.said()[0])

    def test_silence_is_broken_by_what_is_waited_for(self) -> None:
        self.progress.waiting([IDS[3]])
        self.now += SILENCE
        self.progress.waiting([IDS[3]])
        self.progress.waiting([IDS[3]])
        self.now += SILENCE
        self.progress.waiting([])
        self.assertEqual(['[ 0/20] ...  waiting for test_03',
                          '[ 0/20] ...  waiting for the test runner'], self.said())
