"""The verdict in words."""

import dataclasses
import datetime
import pathlib
from typing import Any
import unittest

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification import summary
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.certification.verdict import judge
from ec2attrs_tempest_plugin.certification.verdict import Verdict
from ec2attrs_tempest_plugin.certification.waivers import Waiver
from ec2attrs_tempest_plugin.contract import outcomes
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.requirements import Requirement
from unit_tests.certification import demands
from unit_tests.certification.streams import BEGIN
from unit_tests.certification.streams import TESTS
from unit_tests.certification.streams import VIOLATIONS

TABLE = {'EC2A-001': Requirement('EC2A-001', 'It must ' + 'really ' * 20 + 'hold.', 'https://x/1'),
         'EC2A-002': Requirement('EC2A-002', 'So must this.', 'https://x/2')}
ONE = f'{TESTS}.A.test_one[EC2A-001]'
TWO = f'{TESTS}.A.test_two[EC2A-002]'
FACTS = summary.Facts('http://127.0.0.1/identity\x1b', 'suite 1.0', BEGIN, 61.4,
                      pathlib.Path('/tmp/stream'))


def verdict(*found: Outcome, problems: tuple[str, ...] = ()) -> Verdict:
    return judged([ONE, TWO], *found, problems=problems)


def judged(ids: list[str], *found: Outcome, **more: Any) -> Verdict:
    tests = plan.parse_listing(ids)
    return judge(tests, [demands.attempt(tests, *found)], TABLE,
                 **{'demands': demands.of(tests), **more})


class SummaryTest(unittest.TestCase):
    """Whoever reads it sees what was checked and what was not."""

    def render(self, *found: Outcome, problems: tuple[str, ...] = ()) -> str:
        return summary.render(verdict(*found, problems=problems), FACTS)

    def test_conformant(self) -> None:
        said = self.render(Outcome(ONE, Reported.PASS), Outcome(TWO, Reported.PASS))
        self.assertEqual('Verdict: CONFORMANT: 2 of 2 required tests passed',
                         said.splitlines()[-1])
        for words in ('Cloud    http://127.0.0.1/identity?\n', 'Suite    suite 1.0\n',
                      'Started  2026-11-22 12:00:00 UTC, took 61 s\n',
                      'Tests    2 planned, 2 required: 2 pass\n',
                      'EC2A-002  pass          1/1  So must this.'):
            self.assertIn(words, said)
        for absent in ('Failures', 'Skipped\n', 'Missing', 'Errors', 'problems', 'https://x'):
            self.assertNotIn(absent, said)

    def test_a_failure_shows_its_line_and_the_link(self) -> None:
        said = self.render(Outcome(ONE, Reported.FAIL, 'EC2A-001 GET: seen 1',
                                   violations=VIOLATIONS), Outcome(TWO, Reported.PASS))
        self.assertIn(f'Failures\n  {TESTS}.A.test_one\n    EC2A-001 GET: seen 1\n', said)
        self.assertIn('Tests    2 planned, 2 required: 1 pass, 1 fail\n', said)
        self.assertIn('https://x/1', said)
        self.assertNotIn('https://x/2', said)
        self.assertEqual('Verdict: NOT CONFORMANT: 1 of 2 required tests failed',
                         said.splitlines()[-1])

    def test_skips_are_grouped_by_reason(self) -> None:
        said = self.render(*(Outcome(i, Reported.SKIP, 'no ec2') for i in (ONE, TWO)))
        self.assertIn('Skipped\n  2 x no ec2\n      A.test_one\n      A.test_two\n', said)
        self.assertEqual('Verdict: INCOMPLETE: 2 of 2 required tests were skipped',
                         said.splitlines()[-1])

    def test_advisory_findings_have_a_section_of_their_own(self) -> None:
        found = [Outcome(ONE, Reported.PASS),
                 Outcome(TWO, Reported.SKIP, 'ec2attrs:advisory: EC2A-002 GET: seen 65')]
        said = summary.render(judged([ONE, TWO], *found, advisory=['EC2A-002']), FACTS)
        self.assertIn(f'Advisory findings: known of the stock services, no fault of this cloud\n'
                      f'  {TESTS}.A.test_two\n    ec2attrs:advisory: EC2A-002 GET: seen 65\n',
                      said)
        self.assertIn('Tests    2 planned, 2 required: 1 pass, 1 advisory\n', said)
        self.assertIn(' - Passed: 1\n - Skipped: 1\n - Failed: 0\n', said)
        self.assertNotIn('Skipped\n', said)
        self.assertEqual('Verdict: CONFORMANT: 1 of 2 required tests passed '
                         '(1 with an advisory finding)', said.splitlines()[-1])

    def test_advisory_findings_alone_do_not_check_a_requirement(self) -> None:
        said = self.render(Outcome(ONE, Reported.PASS),
                           Outcome(TWO, Reported.SKIP, 'ec2attrs:advisory: x'))
        self.assertEqual('Verdict: INCOMPLETE: 1 requirement with advisory findings alone',
                         said.splitlines()[-1])

    def test_waivers_that_wait_for_somebody_are_told(self) -> None:
        def told(days: int, attribute: str = 'hostname') -> str:
            seen = b'[{"attribute": "hostname", "seen": "x", "request_ids": []}]'
            on = BEGIN.date()
            waiver = Waiver('EC2A-001', 'Cloud', attribute, 'x', on,
                            on + datetime.timedelta(days=days), 'known', 'https://x')
            failed = Outcome(f'{TESTS}.A.test_one[EC2A-001,id-EC2A-001]', Reported.FAIL, 'wrong',
                             violations=seen)
            return summary.render(judged([failed.id], failed, waivers=[waiver], product='Cloud',
                                         on=on), FACTS)

        self.assertNotIn('The waiver of', told(31))
        self.assertIn('until 2026-12-22, ends soon', told(30))
        self.assertIn('until 2026-11-21, is expired', told(-1))
        self.assertIn('is stale', told(31, 'kernel_id'))

    def test_missing_tests_are_named(self) -> None:
        said = self.render(Outcome(ONE, Reported.PASS))
        self.assertIn('Missing: these tests gave no result\n'
                      '  1 x planned, never reported\n      A.test_two\n', said)

    def test_how_to_repeat_is_said_where_there_is_something(self) -> None:
        hint = '"ec2attrs rerun" runs again'
        passed = Outcome(ONE, Reported.PASS)
        self.assertIn(hint, self.render(passed))
        self.assertIn(hint, self.render(passed, Outcome(TWO, Reported.FAIL, 'x')))
        self.assertNotIn(hint, self.render(passed, Outcome(TWO, Reported.SKIP, 'x')))
        # A run that was narrowed was not to have the rest.
        wanted = demands.of(plan.parse_listing([ONE, TWO]))
        self.assertNotIn(hint, summary.render(judged([ONE], passed, demands=wanted), FACTS))

    def test_report_and_what_was_left_are_told(self) -> None:
        facts = dataclasses.replace(FACTS, report=pathlib.Path('/w/report.html'),
                                    left=['', 'left in the cloud\nand removed: 2 servers'])
        said = summary.render(verdict(), facts)
        self.assertIn('Report   /w/report.html\n'
                      'Cleanup  left in the cloud and removed: 2 servers\nTests ', said)
        self.assertNotIn('Cleanup', self.render())

    def test_errors_and_problems_are_named(self) -> None:
        said = self.render(Outcome(f'setUpClass ({TESTS}.A)', Reported.FAIL, 'no credentials'),
                           problems=('the tests were interrupted',))
        self.assertIn('Errors: these tests could not run, and say nothing about the requirements'
                      '\n  2 x suite: setUpClass: no credentials\n', said)
        self.assertIn('Other problems\n  the tests were interrupted\n', said)
        self.assertIn('1 other problem', said.splitlines()[-1])

    def test_an_error_is_told_once_with_its_code(self) -> None:
        key = '6c1f2f1c-7a83-4f4e-9a0c-3a9d24a2a6a'
        ids = [f'{TESTS}.A.test_{n:03}[EC2A-001]' for n in range(245)]
        found = [Outcome(each, Reported.FAIL, 'x', error=outcomes.dumped(
            Code.STATE, f'server {key}{n % 7} is in ERROR')) for n, each in enumerate(ids)]
        said = summary.render(judged(ids, *found), FACTS)
        self.assertIn(f'  245 x state: server {key}0 is in ERROR\n      A.test_000\n', said)
        self.assertEqual(1, said.count('in ERROR'))
        for absent in ('Failures', 'NOT CONFORMANT'):
            self.assertNotIn(absent, said)
        self.assertEqual('Verdict: INCOMPLETE: 245 of 245 required tests could not run',
                         said.splitlines()[-1])

    def test_delays_and_repetitions(self) -> None:
        facts = dataclasses.replace(FACTS, delays='2 requests', repetitions='3 tests')
        self.assertIn('Delays   2 requests\nRepeated 3 tests\nTests ',
                      summary.render(verdict(), facts))
        for absent in ('Delays', 'Repeated'):
            self.assertNotIn(absent, self.render())

    def test_requirements_without_a_test_are_named(self) -> None:
        wanted = demands.of(plan.parse_listing([ONE, TWO]))
        said = summary.render(judged([ONE], Outcome(ONE, Reported.PASS), demands=wanted), FACTS)
        self.assertIn('No test of this run checks EC2A-002', said)
        self.assertIn(' - Passed: 1\n - Skipped: 0\n - Failed: 0\n', said)
        self.assertEqual('Verdict: INCOMPLETE: 1 of 2 required tests gave no result',
                         said.splitlines()[-1])

    def test_totals_keep_failures_apart(self) -> None:
        failed = Outcome(ONE, Reported.FAIL, violations=VIOLATIONS)
        for found, expected in (
                ((Outcome(ONE, Reported.PASS), Outcome(TWO, Reported.SKIP)), (1, 1, 0, 0)),
                ((failed,), (0, 0, 1, 1)),
                ((failed, Outcome(TWO, Reported.FAIL)), (0, 0, 1, 1)),
                ((Outcome(ONE, Reported.PASS), Outcome(ONE, Reported.PASS)), (0, 0, 0, 2))):
            self.assertIn('Totals\n - Passed: {}\n - Skipped: {}\n - Failed: {}\n'
                          ' - Could not run: {}\n'.format(*expected), self.render(*found))
        tests = plan.parse_listing([ONE, TWO])
        flaky = judge(tests, [demands.attempt(tests, failed, Outcome(TWO, Reported.PASS)),
                              demands.attempt(tests, Outcome(ONE, Reported.PASS))], TABLE,
                      demands=demands.of(tests))
        self.assertIn(' - Failed: 1\n - Could not run: 0\n', summary.render(flaky, FACTS))

    def test_long_lists_are_cut_and_say_so(self) -> None:
        ids = [f'{TESTS}.A.test_{n:02}' for n in range(summary.NAMED + 3)]
        many = judged(ids, problems=[f'problem {n}' for n in range(20)])
        said = summary.render(many, FACTS)
        self.assertIn('      and 3 more\n', said)
        self.assertIn('  and 8 more\n', said)

    def test_prose_fits_the_width_and_is_plain(self) -> None:
        said = self.render(Outcome(ONE, Reported.SKIP, 'x'))
        self.assertLessEqual(max(map(len, said.splitlines())), summary.WIDTH)
        self.assertNotIn('\x1b', said)

    def test_colour_is_for_terminals(self) -> None:
        self.assertIn('\x1b[1;33mINCOMPLETE\x1b[0m', summary.render(verdict(), FACTS, colour=True))
