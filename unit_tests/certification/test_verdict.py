"""The rules of the verdict."""

import unittest

from hypothesis import given
from hypothesis import strategies

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.certification.verdict import Conclusion
from ec2attrs_tempest_plugin.certification.verdict import judge
from ec2attrs_tempest_plugin.certification.verdict import Status
from ec2attrs_tempest_plugin.certification.verdict import Verdict
from ec2attrs_tempest_plugin.contract.requirements import Requirement
from unit_tests.certification.streams import outcomes
from unit_tests.certification.streams import Stream
from unit_tests.certification.streams import TESTS
from unit_tests.certification.streams import traceback

TABLE = {key: Requirement(key, f'{key} must hold.', 'https://example.org/' + key)
         for key in ('EC2A-001', 'EC2A-002')}
ONE = f'{TESTS}.A.test_one[EC2A-001,id-1]'
TWO = f'{TESTS}.A.test_two[EC2A-001,EC2A-002,id-2]'
THREE = f'{TESTS}.B.test_three[EC2A-002,id-3]'
ALL = (ONE, TWO, THREE)
PLAN = plan.parse_listing(ALL)
SET_UP_A = f'setUpClass ({TESTS}.A)'

PASSED = [Outcome(test_id, Reported.PASS) for test_id in ALL]


def of(*found: Outcome, problems: tuple[str, ...] = ()) -> Verdict:
    return judge(PLAN, found, TABLE, problems)


def statuses(verdict: Verdict) -> list[Status]:
    return [result.status for result in verdict.tests]


class VerdictTest(unittest.TestCase):
    """One rule, one test."""

    def assert_verdict(self, verdict: Verdict, conclusion: Conclusion, *expected: Status) -> None:
        self.assertEqual(list(expected), statuses(verdict))
        self.assertIs(conclusion, verdict.conclusion)

    def test_all_passed_is_conformant(self) -> None:
        self.assert_verdict(of(*PASSED), Conclusion.CONFORMANT,
                            Status.PASS, Status.PASS, Status.PASS)

    def test_the_exit_codes(self) -> None:
        self.assertEqual({'CONFORMANT': 0, 'NOT CONFORMANT': 1, 'INCOMPLETE': 2},
                         {str(c): c.value for c in Conclusion})

    def test_a_failure_is_not_conformant_whatever_else_happened(self) -> None:
        failed = Outcome(ONE, Reported.FAIL, 'wrong')
        self.assert_verdict(of(failed, *PASSED[1:]), Conclusion.NOT_CONFORMANT,
                            Status.FAIL, Status.PASS, Status.PASS)
        self.assert_verdict(of(failed, Outcome(TWO, Reported.SKIP), problems=('interrupted',)),
                            Conclusion.NOT_CONFORMANT, Status.FAIL, Status.SKIP, Status.MISSING)

    def test_nothing_reported_is_incomplete(self) -> None:
        self.assert_verdict(of(), Conclusion.INCOMPLETE, *[Status.MISSING] * 3)

    def test_nothing_planned_is_never_conformant(self) -> None:
        self.assertIs(Conclusion.INCOMPLETE, judge([], [], {}).conclusion)
        self.assertIs(Conclusion.INCOMPLETE, judge([], PASSED, TABLE).conclusion)

    def test_a_missing_test_is_incomplete(self) -> None:
        verdict = of(*PASSED[:2])
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.PASS, Status.PASS, Status.MISSING)
        self.assertEqual('planned, never reported', verdict.tests[2].detail)

    def test_a_test_that_did_not_end_is_missing(self) -> None:
        verdict = judge(PLAN, PASSED[:2], TABLE, unfinished={THREE})
        self.assertEqual('began and did not end', verdict.tests[2].detail)
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)

    def test_a_skip_is_incomplete_whatever_its_reason(self) -> None:
        for reason in ('ec2attrs:unsupported: no ec2', 'ec2attrs:not-configured: x', ''):
            verdict = of(*PASSED[:2], Outcome(THREE, Reported.SKIP, reason))
            self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                                Status.PASS, Status.PASS, Status.SKIP)
            self.assertEqual(reason, verdict.tests[2].detail)

    def test_an_advisory_finding_keeps_nothing_from_being_conformant(self) -> None:
        verdict = of(*PASSED[:2], Outcome(THREE, Reported.SKIP, 'ec2attrs:advisory: EC2A-002 x'))
        self.assert_verdict(verdict, Conclusion.CONFORMANT,
                            Status.PASS, Status.PASS, Status.ADVISORY)
        self.assertIs(Status.ADVISORY, verdict.requirements[1].status)
        self.assertEqual([], verdict.only_advised)

    def test_advisory_findings_alone_pass_an_advisory_requirement_only(self) -> None:
        own = plan.parse_listing([ONE, f'{TESTS}.B.test_four[EC2A-003,id-4]'])
        found = [PASSED[0], Outcome(own[1].id, Reported.SKIP, 'ec2attrs:advisory: x')]
        for advisory, conclusion in ((True, Conclusion.CONFORMANT),
                                     (False, Conclusion.INCOMPLETE)):
            table = {'EC2A-001': TABLE['EC2A-001'],
                     'EC2A-003': Requirement('EC2A-003', 'So.', 'https://x', advisory)}
            self.assertIs(conclusion, judge(own, found, table).conclusion)

    def test_an_advisory_finding_beside_a_failure_changes_nothing(self) -> None:
        verdict = judge(PLAN, [Outcome(ONE, Reported.FAIL, 'x'), PASSED[1],
                               Outcome(THREE, Reported.SKIP, 'ec2attrs:advisory: y')], TABLE)
        self.assertIs(Conclusion.NOT_CONFORMANT, verdict.conclusion)

    def test_a_class_cannot_be_skipped_as_an_advisory_finding(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.SKIP, 'ec2attrs:advisory: x'), PASSED[2])
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.SKIP, Status.SKIP, Status.PASS)

    def test_advisory_findings_alone_are_never_conformant(self) -> None:
        found = [Outcome(each, Reported.SKIP, 'ec2attrs:advisory: x') for each in ALL]
        verdict = of(*found)
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
        self.assertEqual(['EC2A-001', 'EC2A-002'], [r.id for r in verdict.only_advised])

    def test_a_later_pass_does_not_erase_a_failure(self) -> None:
        for attempts in ([Reported.FAIL, Reported.PASS], [Reported.PASS, Reported.FAIL],
                         [Reported.FAIL, Reported.SKIP, Reported.PASS]):
            verdict = of(*PASSED[1:], *(Outcome(ONE, a, a) for a in attempts))
            self.assert_verdict(verdict, Conclusion.NOT_CONFORMANT,
                                Status.FAIL, Status.PASS, Status.PASS)
            self.assertEqual('fail', verdict.tests[0].detail)

    def test_a_test_reported_twice_is_incomplete(self) -> None:
        for again in (Reported.PASS, Reported.SKIP):
            verdict = of(*PASSED, Outcome(ONE, again))
            self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                                Status.DUPLICATE, Status.PASS, Status.PASS)
            self.assertIn('reported 2 times', verdict.tests[0].detail)

    def test_a_broken_class_is_an_error_of_each_of_its_tests(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.FAIL, 'no credentials'), PASSED[2])
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.ERROR, Status.ERROR, Status.PASS)
        self.assertEqual('setUpClass: no credentials', verdict.tests[0].detail)
        self.assertEqual([], verdict.problems)

    def test_a_broken_tear_down_is_an_error_of_tests_that_passed(self) -> None:
        verdict = of(*PASSED, Outcome(f'tearDownClass ({TESTS}.B)', Reported.FAIL, 'left over'))
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.PASS, Status.PASS, Status.ERROR)

    def test_a_broken_class_does_not_hide_a_failure(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.FAIL, 'x'), Outcome(ONE, Reported.FAIL, 'y'))
        self.assert_verdict(verdict, Conclusion.NOT_CONFORMANT,
                            Status.FAIL, Status.ERROR, Status.MISSING)
        self.assertEqual('y', verdict.tests[0].detail)

    def test_a_broken_module_is_an_error_of_all_its_classes(self) -> None:
        self.assert_verdict(of(Outcome(f'setUpModule ({TESTS})', Reported.FAIL, 'x')),
                            Conclusion.INCOMPLETE, *[Status.ERROR] * 3)

    def test_a_skipped_class_is_a_skip_of_each_of_its_tests(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.SKIP, 'no admin'), PASSED[2])
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.SKIP, Status.SKIP, Status.PASS)
        self.assertEqual('no admin', verdict.tests[0].detail)

    def test_a_class_of_a_similar_name_is_not_touched(self) -> None:
        verdict = of(*PASSED, Outcome(f'setUpClass ({TESTS}.AB)', Reported.FAIL, 'x'))
        self.assert_verdict(verdict, Conclusion.INCOMPLETE, *[Status.PASS] * 3)

    def test_what_is_outside_the_plan_is_a_problem(self) -> None:
        for outcome in (Outcome('process-returncode', Reported.FAIL, 'killed'),
                        Outcome(f'{TESTS}.A.test_four', Reported.PASS),
                        Outcome('subunit.parser', Reported.FAIL, '')):
            verdict = of(*PASSED, outcome)
            self.assert_verdict(verdict, Conclusion.INCOMPLETE, *[Status.PASS] * 3)
            self.assertEqual(1, len(verdict.problems))

    def test_hostile_ids_are_made_harmless(self) -> None:
        verdict = of(*PASSED, Outcome('\x1b[2Jx\n' * 1000, Reported.FAIL, 'y'))
        self.assertTrue(verdict.problems[0].isprintable())
        self.assertLess(len(verdict.problems[0]), 400)

    def test_a_problem_of_the_run_is_incomplete(self) -> None:
        self.assertIs(Conclusion.INCOMPLETE, of(*PASSED, problems=('timed out',)).conclusion)

    def test_an_id_must_be_whole(self) -> None:
        bare = Outcome(ONE.partition('[')[0], Reported.PASS)
        self.assertIs(Conclusion.INCOMPLETE, of(bare, *PASSED[1:]).conclusion)


class RequirementTest(unittest.TestCase):
    """What the tests say of the requirements."""

    def test_a_requirement_is_as_good_as_its_worst_test(self) -> None:
        worst_first = [Reported.FAIL, Reported.SKIP, Reported.PASS]
        for position, reported in enumerate(worst_first):
            for other in worst_first[position:]:
                verdict = of(Outcome(ONE, other), Outcome(TWO, reported), PASSED[2])
                first = verdict.requirements[0]
                self.assertEqual(reported.lower(), str(first.status).lower())

    def test_passed_tests_are_counted(self) -> None:
        verdict = of(Outcome(ONE, Reported.SKIP), *PASSED[1:])
        self.assertEqual([('EC2A-001', 1, 2), ('EC2A-002', 2, 2)],
                         [(r.id, r.passed, r.planned) for r in verdict.requirements])

    def test_a_requirement_without_a_test_is_incomplete(self) -> None:
        table = {**TABLE, 'EC2A-003': Requirement('EC2A-003', 'Never.', '')}
        verdict = judge(PLAN, PASSED, table)
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
        self.assertEqual(['EC2A-003'], [r.id for r in verdict.unchecked])

    def test_an_id_without_a_row_is_shown(self) -> None:
        verdict = judge(PLAN, PASSED, {'EC2A-002': TABLE['EC2A-002']})
        self.assertEqual([('EC2A-001', None), ('EC2A-002', TABLE['EC2A-002'])],
                         [(r.id, r.requirement) for r in verdict.requirements])


EVENT = strategies.one_of(
    strategies.tuples(strategies.sampled_from(ALL), strategies.sampled_from(
        ['success', 'fail', 'skip', 'xfail', 'uxsuccess'])),
    strategies.tuples(strategies.sampled_from(
        [SET_UP_A, f'tearDownClass ({TESTS}.B)', f'setUpModule ({TESTS})', 'process-returncode']),
        strategies.sampled_from(['fail', 'skip'])))


class OrderTest(unittest.TestCase):
    """The order in which workers report decides nothing."""

    @given(strategies.data(), strategies.lists(EVENT, max_size=8))
    def test_any_order_gives_the_same_verdict(self, data: strategies.DataObject,
                                              events: list[tuple[str, str]]) -> None:
        def verdict(order: list[int]) -> Verdict:
            stream = Stream()
            for number in order:
                test_id, status = events[number]
                words = traceback(f'E: {number}') if status != 'skip' else f'reason {number}'
                stream.test(test_id, status, words, worker=str(number % 2))
            return judge(PLAN, outcomes(stream), TABLE)

        straight = list(range(len(events)))
        shuffled = data.draw(strategies.permutations(straight))
        self.assertEqual(verdict(straight), verdict(shuffled))

    @given(strategies.lists(EVENT, max_size=8))
    def test_conformant_means_each_passed_once_and_nothing_else(
            self, events: list[tuple[str, str]]) -> None:
        stream = Stream()
        for test_id, status in events:
            stream.test(test_id, status)
        clean = sorted(events) == sorted((test_id, 'success') for test_id in ALL)
        conclusion = judge(PLAN, outcomes(stream), TABLE).conclusion
        self.assertEqual(clean, conclusion is Conclusion.CONFORMANT)
        bad = {'fail', 'xfail', 'uxsuccess'}
        failed = any(test_id in ALL and status in bad for test_id, status in events)
        self.assertEqual(failed, conclusion is Conclusion.NOT_CONFORMANT)
