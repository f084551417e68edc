"""What is said while tests run."""

import io
import unittest

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification.progress import PACE
from ec2attrs_tempest_plugin.certification.progress import Progress
from ec2attrs_tempest_plugin.certification.progress import SILENCE
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported

IDS = [f'a.B.test_{n:02}[EC2A-001,id-{n}]' for n in range(20)]


class ProgressTest(unittest.TestCase):
    """Few lines, failures at once."""

    def setUp(self) -> None:
        super().setUp()
        self.now = 0.0
        self.out = io.StringIO()
        self.progress = Progress(plan.parse_listing(IDS), self.out, lambda: self.now)

    def ends(self, number: int, reported: Reported = Reported.PASS, message: str = '',
             after: float = PACE) -> None:
        self.now += after
        self.progress.outcome(Outcome(IDS[number], reported, message, 0.84))

    def said(self) -> list[str]:
        return self.out.getvalue().splitlines()

    def test_a_line_for_a_test(self) -> None:
        self.ends(0)
        self.assertEqual(['[ 1/20] ok   EC2A-001 test_00 (0.8 s)'], self.said())

    def test_fast_tests_share_a_line(self) -> None:
        for number in range(10):
            self.ends(number, after=0.01)
        self.assertEqual([], self.said())
        self.ends(10)
        self.assertEqual(['[11/20] ok   EC2A-001 test_10 (0.8 s) (and 10 more)'], self.said())
        self.ends(11)
        self.assertNotIn('more', self.said()[1])

    def test_a_failure_comes_at_once_with_its_message(self) -> None:
        self.ends(0, Reported.FAIL, 'EC2A-001 wrong', after=0.0)
        self.ends(1, Reported.FAIL, 'EC2A-001 again', after=0.0)
        self.assertEqual(4, len(self.said()))
        self.assertTrue(self.said()[0].startswith('[ 1/20] FAIL EC2A-001 test_00'))
        self.assertEqual('EC2A-001 wrong', self.said()[1].strip())

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
        self.assertEqual('[ 0/20] FAIL setUpClass (a.B)', self.said()[0])

    def test_silence_is_broken_by_what_is_waited_for(self) -> None:
        self.progress.waiting([IDS[3]])
        self.now += SILENCE
        self.progress.waiting([IDS[3]])
        self.progress.waiting([IDS[3]])
        self.now += SILENCE
        self.progress.waiting([])
        self.assertEqual(['[ 0/20] ...  waiting for test_03',
                          '[ 0/20] ...  waiting for the test runner'], self.said())
