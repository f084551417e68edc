"""The rules of the verdict."""

from collections.abc import Sequence
import dataclasses
import datetime
import json
from typing import Any
import unittest
from unittest import mock

from hypothesis import given
from hypothesis import strategies

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.certification.verdict import Attempt
from ec2attrs_tempest_plugin.certification.verdict import Conclusion
from ec2attrs_tempest_plugin.certification.verdict import judge
from ec2attrs_tempest_plugin.certification.verdict import Status
from ec2attrs_tempest_plugin.certification.verdict import Verdict
from ec2attrs_tempest_plugin.certification.waivers import Waiver
from ec2attrs_tempest_plugin.contract import outcomes as codes
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.requirements import Requirement
from unit_tests.certification import demands
from unit_tests.certification.streams import outcomes
from unit_tests.certification.streams import Stream
from unit_tests.certification.streams import TESTS
from unit_tests.certification.streams import traceback
from unit_tests.certification.streams import VIOLATIONS

TABLE = {key: Requirement(key, f'{key} must hold.', 'https://example.org/' + key)
         for key in ('EC2A-001', 'EC2A-002')}
ONE = f'{TESTS}.A.test_one[EC2A-001,id-1]'
TWO = f'{TESTS}.A.test_two[EC2A-001,EC2A-002,id-2]'
THREE = f'{TESTS}.B.test_three[EC2A-002,id-3]'
ALL = (ONE, TWO, THREE)
PLAN = plan.parse_listing(ALL)
SET_UP_A = f'setUpClass ({TESTS}.A)'

PASSED = [Outcome(test_id, Reported.PASS) for test_id in ALL]


def failed(test_id: str = ONE, message: str = 'wrong') -> Outcome:
    """Return that a test found a violation."""
    return Outcome(test_id, Reported.FAIL, message, violations=VIOLATIONS)


def erred(test_id: str = ONE, code: Code = Code.QUOTA, message: str = 'no room') -> Outcome:
    """Return that a test could not run."""
    return Outcome(test_id, Reported.FAIL, f'CloudError: {message}',
                   error=codes.dumped(code, message))


def of(*found: Outcome, problems: tuple[str, ...] = (), **more: Any) -> Verdict:
    return attempts([*found], problems=problems, **more)


def attempts(*tries: Sequence[Outcome], **more: Any) -> Verdict:
    """Judge several attempts at the whole plan."""
    return judge(PLAN, [demands.attempt(PLAN, *found) for found in tries], TABLE,
                 **{'demands': demands.of(PLAN), **more})


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

    def test_the_worst_comes_first(self) -> None:
        self.assertEqual(['fail', 'error', 'missing', 'flaky', 'skip', 'waived', 'advisory',
                          'pass'], list(Status))

    def test_a_failure_is_not_conformant_whatever_else_happened(self) -> None:
        self.assert_verdict(of(failed(), *PASSED[1:]), Conclusion.NOT_CONFORMANT,
                            Status.FAIL, Status.PASS, Status.PASS)
        self.assert_verdict(of(failed(), Outcome(TWO, Reported.SKIP), problems=('interrupted',)),
                            Conclusion.NOT_CONFORMANT, Status.FAIL, Status.SKIP, Status.MISSING)
        self.assert_verdict(of(failed(), erred(TWO), PASSED[2]),
                            Conclusion.NOT_CONFORMANT, Status.FAIL, Status.ERROR, Status.PASS)
        self.assertIsNone(of(failed(), *PASSED[1:]).tests[0].code)

    def test_only_a_violation_is_a_failure(self) -> None:
        for code in Code:
            verdict = of(erred(code=code), *PASSED[1:])
            self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                                Status.ERROR, Status.PASS, Status.PASS)
            self.assertEqual((code, 'no room', ()), (
                verdict.tests[0].code, verdict.tests[0].detail, verdict.tests[0].violations))

    def test_an_error_of_no_known_cause(self) -> None:
        for error in (b'', b'{', b'[]', b'{"code": "quota"}', b'\xff', b'[' * 100000):
            verdict = of(Outcome(ONE, Reported.FAIL, 'KeyError: x', error=error), *PASSED[1:])
            self.assertEqual((Status.ERROR, Code.SUITE, 'KeyError: x'), (
                verdict.tests[0].status, verdict.tests[0].code, verdict.tests[0].detail))
        unknown: list[Any] = ['unheard of', None, [], {}]
        for code in unknown:
            error = json.dumps({'code': code, 'message': 'a\x1b' + 'b' * 500}).encode()
            verdict = of(Outcome(ONE, Reported.FAIL, 'KeyError: x', error=error), *PASSED[1:])
            self.assertEqual((Code.SUITE, 'a?' + 'b' * 395 + '...'), (
                verdict.tests[0].code, verdict.tests[0].detail))

    def test_an_error_without_words_has_those_of_the_traceback(self) -> None:
        self.assertEqual('CloudError:', of(erred(message=''), *PASSED[1:]).tests[0].detail)

    def test_a_violation_beside_an_error_is_a_failure(self) -> None:
        both = dataclasses.replace(erred(), violations=VIOLATIONS)
        self.assert_verdict(of(both, *PASSED[1:]), Conclusion.NOT_CONFORMANT,
                            Status.FAIL, Status.PASS, Status.PASS)

    def test_violations_that_cannot_be_read_are_an_error_that_says_so(self) -> None:
        for violations in (b'{', b'{}', b'"x"', b'\xff', b'[' * 100000, VIOLATIONS[:-1]):
            for error in (b'', codes.dumped(Code.CONNECTION, 'reset')):
                verdict = of(Outcome(ONE, Reported.FAIL, 'EC2A-001 x', violations=violations,
                                     error=error), *PASSED[1:])
                self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                                    Status.ERROR, Status.PASS, Status.PASS)
                self.assertEqual((Code.SUITE, 'the violations that the test attached cannot be '
                                              'read: EC2A-001 x'),
                                 (verdict.tests[0].code, verdict.tests[0].detail))
        self.assertEqual('x', of(Outcome(ONE, Reported.FAIL, 'x', violations=b'[]'),
                                 *PASSED[1:]).tests[0].detail)

    def test_nothing_reported_is_incomplete(self) -> None:
        self.assert_verdict(of(), Conclusion.INCOMPLETE, *[Status.MISSING] * 3)

    def test_nothing_planned_is_never_conformant(self) -> None:
        self.assertIs(Conclusion.INCOMPLETE, judge([], [], {}, demands={}).conclusion)
        self.assertIs(Conclusion.INCOMPLETE, judge(
            [], [demands.attempt([], *PASSED)], TABLE, demands={}).conclusion)
        self.assertIs(Conclusion.INCOMPLETE, attempts().conclusion)
        verdict = of(*PASSED, demands={})
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
        self.assertEqual({('', False)}, {(each.capability, each.required)
                                         for each in verdict.tests})

    def test_a_missing_test_is_incomplete(self) -> None:
        verdict = of(*PASSED[:2])
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.PASS, Status.PASS, Status.MISSING)
        self.assertEqual('planned, never reported', verdict.tests[2].detail)

    def test_a_test_that_did_not_end_is_missing(self) -> None:
        verdict = judge(PLAN, [demands.attempt(PLAN, *PASSED[:2], unfinished={THREE})], TABLE,
                        demands=demands.of(PLAN))
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
        for advisory, conclusion in ((['EC2A-003'], Conclusion.CONFORMANT),
                                     ([], Conclusion.INCOMPLETE)):
            self.assertIs(conclusion, judge(
                own, [demands.attempt(own, *found)], TABLE, demands=demands.of(own),
                advisory=advisory).conclusion)

    def test_an_advisory_finding_beside_a_failure_changes_nothing(self) -> None:
        verdict = of(failed(), PASSED[1], Outcome(THREE, Reported.SKIP, 'ec2attrs:advisory: y'))
        self.assertIs(Conclusion.NOT_CONFORMANT, verdict.conclusion)

    def test_a_class_cannot_be_skipped_as_an_advisory_finding(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.SKIP, 'ec2attrs:advisory: x'), PASSED[2])
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.SKIP, Status.SKIP, Status.PASS)

    def test_advisory_findings_alone_are_never_conformant(self) -> None:
        found = [Outcome(each, Reported.SKIP, 'ec2attrs:advisory: x') for each in ALL]
        verdict = of(*found)
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
        self.assertEqual(['EC2A-001', 'EC2A-002'], verdict.only_advised)

    def test_a_later_pass_does_not_erase_a_failure(self) -> None:
        for seen in ([Reported.FAIL, Reported.PASS], [Reported.PASS, Reported.FAIL],
                     [Reported.FAIL, Reported.SKIP, Reported.PASS]):
            verdict = of(*PASSED[1:], *(Outcome(ONE, a, a, violations=(
                VIOLATIONS if a is Reported.FAIL else b'')) for a in seen))
            self.assert_verdict(verdict, Conclusion.NOT_CONFORMANT,
                                Status.FAIL, Status.PASS, Status.PASS)
            self.assertEqual('fail', verdict.tests[0].detail)

    def test_a_pass_in_a_later_attempt_is_flaky(self) -> None:
        for more in ([], [[erred(), *PASSED[1:]]]):
            verdict = attempts([failed(), *PASSED[1:]], *more, PASSED)
            self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
            self.assertIs(Status.FLAKY, verdict.tests[0].status)
            self.assertEqual(f'passed in attempt {len(more) + 2} after attempt 1: wrong',
                             verdict.tests[0].detail)
            self.assertFalse(verdict.tests[0].after_error)

    def test_a_pass_after_an_error_is_a_pass(self) -> None:
        """An error shows nothing about the cloud; its history is kept."""
        for first in ([erred(), *PASSED[1:]],
                      [Outcome(SET_UP_A, Reported.FAIL, 'x'), *PASSED[1:]],
                      [PASSED[0], *PASSED]):
            for more in ([], [first], [[], first]):
                verdict = attempts(*more, first, PASSED)
                self.assert_verdict(verdict, Conclusion.CONFORMANT, *[Status.PASS] * 3)
                self.assertEqual((Status.ERROR, Status.PASS), tuple(
                    each.status for each in verdict.tests[0].tried)[-2:])
                self.assertEqual([True, False], [each.after_error
                                                 for each in verdict.tests[::2]])

    def test_an_advisory_finding_after_an_error(self) -> None:
        advised = Outcome(ONE, Reported.SKIP, 'ec2attrs:advisory: x')
        verdict = attempts([erred(), *PASSED[1:]], [advised, *PASSED[1:]])
        self.assert_verdict(verdict, Conclusion.CONFORMANT,
                            Status.ADVISORY, Status.PASS, Status.PASS)
        self.assertTrue(verdict.tests[0].after_error)

    def test_an_error_stays_until_the_test_passes(self) -> None:
        last = erred(code=Code.TIMEOUT, message='late')
        for tries in ([[erred(), *PASSED[1:]], [last, *PASSED[1:]]],
                      [PASSED, [last, *PASSED[1:]]],
                      [[erred(), *PASSED[1:]], PASSED, [last, *PASSED[1:]]],
                      [[last, *PASSED[1:]], [Outcome(ONE, Reported.SKIP, 'x'), *PASSED[1:]]],
                      [[last, *PASSED[1:]], PASSED[1:]]):
            verdict = attempts(*tries)
            self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                                Status.ERROR, Status.PASS, Status.PASS)
            self.assertEqual((Code.TIMEOUT, 'late', False), (
                verdict.tests[0].code, verdict.tests[0].detail, verdict.tests[0].after_error))

    def test_an_error_hides_no_failure(self) -> None:
        for tries in ([[failed()], [erred()]], [[erred()], [failed()]]):
            verdict = attempts(*([*each, *PASSED[1:]] for each in tries))
            self.assert_verdict(verdict, Conclusion.NOT_CONFORMANT,
                                Status.FAIL, Status.PASS, Status.PASS)
            self.assertEqual('wrong', verdict.tests[0].detail)

    def test_a_failure_in_a_later_attempt_is_one(self) -> None:
        for tries in ([PASSED, [failed(), *PASSED[1:]]],
                      [[failed(), *PASSED[1:]], PASSED, [failed(), *PASSED[1:]]]):
            self.assert_verdict(attempts(*tries), Conclusion.NOT_CONFORMANT,
                                Status.FAIL, Status.PASS, Status.PASS)

    def test_what_was_not_tried_before_may_pass_later(self) -> None:
        for first in ([], [Outcome(ONE, Reported.SKIP, 'x'), *PASSED[1:]]):
            self.assert_verdict(attempts(first, PASSED), Conclusion.CONFORMANT,
                                *[Status.PASS] * 3)

    def test_a_damaged_stream_matters_in_the_last_attempt_alone(self) -> None:
        damage = Outcome('subunit.parser', Reported.FAIL, '')
        self.assertIs(Conclusion.CONFORMANT, attempts([PASSED[0], damage], PASSED).conclusion)
        self.assertIs(Conclusion.INCOMPLETE, attempts(PASSED, [*PASSED, damage]).conclusion)

    def test_an_attempt_at_a_part_leaves_the_rest_as_it_was(self) -> None:
        part = Attempt(['1'], [PASSED[0]])
        verdict = judge(PLAN, [demands.attempt(PLAN, *PASSED[1:]), part], TABLE,
                        demands=demands.of(PLAN))
        self.assert_verdict(verdict, Conclusion.CONFORMANT, *[Status.PASS] * 3)
        self.assertEqual([2, 1, 1], [len(each.tried) for each in verdict.tests])

    def test_what_was_reported_beside_the_plan_of_an_attempt_is_a_problem(self) -> None:
        verdict = judge(PLAN, [Attempt(['1', '2'], PASSED)], TABLE, demands=demands.of(PLAN))
        self.assertEqual(1, len(verdict.problems))
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.PASS, Status.PASS, Status.MISSING)

    def test_what_the_guideline_demands_and_nobody_planned_is_missing(self) -> None:
        wanted = demands.of([*PLAN, *plan.parse_listing([f'{TESTS}.C.test_four[id-4]'])])
        verdict = of(*PASSED, demands=wanted)
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            *[Status.PASS] * 3, Status.MISSING)
        self.assertEqual('demanded by the guideline, not in this run', verdict.tests[3].detail)
        self.assertEqual(plan.PlannedTest('', f'{TESTS}.C.test_four', (), '4'),
                         verdict.tests[3].test)
        self.assertEqual(verdict.tests[:3], verdict.having(Status.PASS))

    def test_what_is_advisory_decides_nothing(self) -> None:
        wanted = {**demands.of(PLAN), **demands.of(PLAN[:1], demands.ADVISORY)}
        for first in (failed(), erred(), Outcome(ONE, Reported.SKIP, 'x')):
            self.assertIs(Conclusion.CONFORMANT,
                          of(first, *PASSED[1:], demands=wanted).conclusion)
        self.assertIs(Conclusion.CONFORMANT, of(*PASSED[1:], demands=wanted).conclusion)
        self.assertIs(Conclusion.INCOMPLETE, of(
            *PASSED, demands=demands.of(PLAN, demands.ADVISORY)).conclusion)

    def test_two_tests_of_one_id_are_a_problem(self) -> None:
        twice = [*PLAN, *plan.parse_listing([f'{TESTS}.C.test_four[id-1]'])]
        verdict = judge(twice, [demands.attempt(PLAN, *PASSED)], TABLE,
                        demands=demands.of(PLAN))
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
        self.assertEqual(['two tests of the plan have the id 1'], verdict.problems)

    def test_a_test_may_be_called_otherwise(self) -> None:
        renamed = Outcome(f'{TESTS}.Z.test_uno[EC2A-001,id-1]', Reported.PASS)
        self.assertIs(Conclusion.CONFORMANT, of(renamed, *PASSED[1:]).conclusion)

    def test_a_test_reported_twice_is_incomplete(self) -> None:
        for again in (Reported.PASS, Reported.SKIP):
            verdict = of(*PASSED, Outcome(ONE, again))
            self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                                Status.ERROR, Status.PASS, Status.PASS)
            self.assertEqual(f'reported 2 times: pass, {again}', verdict.tests[0].detail)
            self.assertIs(Code.SUITE, verdict.tests[0].code)
            self.assertEqual([1], [each.attempt for each in verdict.tests[0].tried])

    def test_a_broken_class_is_an_error_of_each_of_its_tests(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.FAIL, 'no credentials'), PASSED[2])
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.ERROR, Status.ERROR, Status.PASS)
        self.assertEqual(('setUpClass: no credentials', Code.SUITE),
                         (verdict.tests[0].detail, verdict.tests[0].code))
        self.assertEqual([], verdict.problems)

    def test_a_broken_tear_down_is_an_error_of_tests_that_passed(self) -> None:
        verdict = of(*PASSED[:2], Outcome(THREE, Reported.PASS, seconds=2.0),
                     Outcome(f'tearDownClass ({TESTS}.B)', Reported.FAIL, 'left over'))
        self.assert_verdict(verdict, Conclusion.INCOMPLETE,
                            Status.PASS, Status.PASS, Status.ERROR)
        self.assertEqual([2.0], [each.seconds for each in verdict.tests[2].tried])

    def test_a_broken_class_does_not_hide_a_failure(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.FAIL, 'x'), failed(message='y'))
        self.assert_verdict(verdict, Conclusion.NOT_CONFORMANT,
                            Status.FAIL, Status.ERROR, Status.MISSING)
        self.assertEqual('y', verdict.tests[0].detail)

    def test_a_broken_class_does_not_hide_the_error_of_a_test(self) -> None:
        verdict = of(Outcome(SET_UP_A, Reported.FAIL, 'x'), erred(), PASSED[2])
        self.assertEqual([(Code.QUOTA, 'no room'), (Code.SUITE, 'setUpClass: x')],
                         [(each.code, each.detail) for each in verdict.tests[:2]])

    def test_a_broken_class_may_say_why(self) -> None:
        verdict = of(erred(SET_UP_A, Code.CONNECTION, 'reset'), PASSED[2])
        self.assertEqual((Code.CONNECTION, 'setUpClass: reset'),
                         (verdict.tests[0].code, verdict.tests[0].detail))

    def test_a_test_reported_twice_has_no_cause_of_its_own(self) -> None:
        verdict = of(*PASSED, erred())
        self.assertEqual((Status.ERROR, Code.SUITE, 'reported 2 times: fail, pass'), (
            verdict.tests[0].status, verdict.tests[0].code, verdict.tests[0].detail))

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
        for outcome, problem in (
                (Outcome('process-returncode', Reported.FAIL, 'killed'),
                 'reported outside the plan: process-returncode fail: killed'),
                (Outcome(f'{TESTS}.A.test_four', Reported.PASS),
                 f'reported outside the plan: {TESTS}.A.test_four pass'),
                (Outcome(f'{SET_UP_A} again', Reported.FAIL, 'x'),
                 f'reported outside the plan: {SET_UP_A} again fail: x'),
                (Outcome(f'{SET_UP_A}\n', Reported.FAIL, 'x'),
                 f'reported outside the plan: {SET_UP_A} fail: x'),
                (Outcome('x.Y', Reported.PASS), 'reported outside the plan: x.Y pass'),
                (Outcome('subunit.parser', Reported.FAIL, ''),
                 'the stream of results is damaged or ends too early')):
            verdict = of(*PASSED, outcome)
            self.assert_verdict(verdict, Conclusion.INCOMPLETE, *[Status.PASS] * 3)
            self.assertEqual([problem], verdict.problems)

    def test_tests_of_another_plugin_are_left_alone(self) -> None:
        for other in ('tempest.api.x.Y.test_z[id-9]', 'tempest.api.x.Y.test_z[id-9][x]',
                      'tempest.api.x.Y.test_z(scenario)[id-9]', 'x.Y.test_z',
                      'setUpClass (tempest.api.x.Y)'):
            verdict = of(*PASSED, Outcome(other, Reported.FAIL, 'x'))
            self.assertEqual([], verdict.problems)
            self.assertIs(Conclusion.CONFORMANT, verdict.conclusion)
        broken = Outcome(f'unittest.loader._FailedTest.{TESTS}', Reported.FAIL, 'x')
        for stray in (broken, Outcome('unittest.loader._FailedTest.x.y', Reported.FAIL, 'x'),
                      Outcome(f'setUpClass ({TESTS}.Z)', Reported.FAIL, 'x')):
            self.assertEqual(1, len(of(*PASSED, stray).problems))

    def test_hostile_ids_are_made_harmless(self) -> None:
        verdict = of(*PASSED, Outcome('\x1b[2Jx\n' * 1000, Reported.FAIL, 'y'))
        self.assertTrue(verdict.problems[0].isprintable())
        self.assertLess(len(verdict.problems[0]), 400)

    def test_a_problem_of_the_run_is_incomplete(self) -> None:
        self.assertIs(Conclusion.INCOMPLETE, of(*PASSED, problems=('timed out',)).conclusion)

    def test_an_id_must_be_whole(self) -> None:
        bare = Outcome(ONE.partition('[')[0], Reported.PASS)
        self.assertIs(Conclusion.INCOMPLETE, of(bare, *PASSED[1:]).conclusion)


class WaiverTest(unittest.TestCase):
    """A failure that a certifier let pass, and no other."""

    SEEN = (b'[{"requirement": "EC2A-001", "attribute": "launch_index", "expected": "0, 1", '
            b'"seen": "0, 0", "request_ids": []}]')
    WAIVER = Waiver('1', 'Cloud', 'launch_index', '0, 0', datetime.date(2026, 1, 1),
                    datetime.date(2026, 6, 1), 'known', 'https://x')
    ON = datetime.date(2026, 6, 1)

    def judged(self, waiver: Waiver = WAIVER, seen: bytes = SEEN, **more: Any) -> Verdict:
        failed = Outcome(ONE, Reported.FAIL, 'wrong', violations=seen)
        return of(failed, *PASSED[1:], **{
            'waivers': [waiver], 'product': 'cloud', 'on': self.ON, **more})

    def test_what_is_waived_keeps_nothing_from_being_conformant(self) -> None:
        verdict = self.judged()
        self.assertEqual([Status.WAIVED, Status.PASS, Status.PASS], statuses(verdict))
        self.assertIs(Conclusion.CONFORMANT, verdict.conclusion)
        self.assertIn('waived until 2026-06-01: known', verdict.tests[0].detail)
        self.assertEqual(['used'], [each.state for each in verdict.waivers])

    def test_an_expired_one_is_incomplete(self) -> None:
        verdict = self.judged(on=datetime.date(2026, 6, 2))
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
        self.assertIn('the waiver expired on 2026-06-01', verdict.tests[0].detail)
        self.assertEqual(['expired'], [each.state for each in verdict.waivers])

    def test_it_is_bound_to_all_that_it_names(self) -> None:
        changes: list[dict[str, Any]] = [
            {'test': '2'}, {'product': 'Other'}, {'attribute': 'hostname'}, {'seen': '0, 2'}]
        for change in changes:
            verdict = self.judged(dataclasses.replace(self.WAIVER, **change))
            self.assertIs(Conclusion.NOT_CONFORMANT, verdict.conclusion, change)
            self.assertEqual(['stale'], [each.state for each in verdict.waivers])

    def test_without_a_product_nothing_is_waived(self) -> None:
        failed = [Outcome(ONE, Reported.FAIL, 'x', violations=self.SEEN), *PASSED[1:]]
        given: list[dict[str, Any]] = [{}, {'product': ''}]
        with mock.patch.object(Waiver, 'covers', return_value=True):
            for product in given:
                verdict = of(*failed, waivers=[self.WAIVER], on=self.ON, **product)
                self.assertIs(Conclusion.NOT_CONFORMANT, verdict.conclusion)

    BOTH = SEEN[:-1] + b', ' + SEEN[1:].replace(b'"0, 0"', b'"7, 7"')

    def test_each_violation_has_to_be_waived(self) -> None:
        self.assertIs(Conclusion.NOT_CONFORMANT, self.judged(seen=self.BOTH).conclusion)

    def test_several_violations_need_several_waivers(self) -> None:
        other = dataclasses.replace(self.WAIVER, seen='7, 7', reason='also', expires=datetime.date(
            2026, 5, 1))
        waivers = [self.WAIVER, other, dataclasses.replace(other, test='2')]
        verdict = self.judged(seen=self.BOTH, waivers=waivers, on=datetime.date(2026, 5, 1))
        self.assertEqual('waived until 2026-05-01: also; known; wrong', verdict.tests[0].detail)
        self.assertEqual(['used', 'used', 'stale'], [each.state for each in verdict.waivers])
        self.assertIs(Conclusion.CONFORMANT, verdict.conclusion)
        verdict = self.judged(seen=self.BOTH, waivers=waivers, on=datetime.date(2026, 5, 2))
        self.assertEqual('the waiver expired on 2026-05-01; wrong', verdict.tests[0].detail)
        self.assertEqual(['stale', 'expired', 'stale'], [each.state for each in verdict.waivers])
        self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
        verdict = self.judged(seen=self.BOTH, waivers=waivers, on=datetime.date(2026, 6, 2))
        self.assertEqual('the waiver expired on 2026-06-01; wrong', verdict.tests[0].detail)

    def test_one_valid_waiver_beside_an_expired_one_is_enough(self) -> None:
        old = dataclasses.replace(self.WAIVER, expires=datetime.date(2026, 5, 1), reason='old')
        verdict = self.judged(waivers=[old, self.WAIVER])
        self.assertEqual('waived until 2026-06-01: known; wrong', verdict.tests[0].detail)
        self.assertEqual(['stale', 'used'], [each.state for each in verdict.waivers])
        self.assertIs(Conclusion.CONFORMANT, verdict.conclusion)

    def test_violations_are_bounded(self) -> None:
        one = {'requirement': 'EC2A-001', 'source': 'x\x1b', 'attribute': 'y' * 400,
               'subject': 'z', 'expected': 1, 'request_ids': ['r' * 99, 2] + ['i'] * 20}
        given = json.dumps([one, 1, {'request_ids': 1}, *[one] * 50]).encode()
        found = self.judged(seen=given).tests[0].violations
        self.assertEqual(48, len(found))
        self.assertEqual({
            'requirement': 'EC2A-001', 'source': 'x?', 'attribute': 'y' * 297 + '...',
            'subject': 'z', 'expected': '1', 'seen': '',
            'request_ids': ['r' * 77 + '...', '2'] + ['i'] * 18}, found[0])
        for nothing in (b'[' * 100000, b'[1', b'{}', b'"x"', b'\xff', b'', b'[1]'):
            self.assertEqual((), self.judged(seen=nothing).tests[0].violations)

    def test_what_names_no_violation_cannot_be_waived(self) -> None:
        for seen in (b'[1]', b'[{"request_ids": 1}]', b'[null]', b'[[]]'):
            self.assertIs(Conclusion.NOT_CONFORMANT, self.judged(seen=seen).conclusion)

    def test_an_error_cannot_be_waived(self) -> None:
        for seen in (b'', b'[]', b'{', b'{}', b'[' * 100000):
            verdict = self.judged(seen=seen)
            self.assertIs(Conclusion.INCOMPLETE, verdict.conclusion)
            self.assertIs(Status.ERROR, verdict.tests[0].status)
            self.assertEqual(['stale'], [each.state for each in verdict.waivers])

    def test_an_error_beside_a_waived_failure(self) -> None:
        first = [Outcome(ONE, Reported.FAIL, 'wrong', violations=self.SEEN), *PASSED[1:]]
        verdict = attempts(first, [erred(), *PASSED[1:]], waivers=[self.WAIVER], product='Cloud',
                           on=self.ON)
        self.assertIs(Status.WAIVED, verdict.tests[0].status)

    def test_a_later_attempt_has_to_be_waived_as_well(self) -> None:
        first = [Outcome(ONE, Reported.FAIL, 'wrong', violations=self.SEEN), *PASSED[1:]]
        second = [failed(message='otherwise'), *PASSED[1:]]
        verdict = attempts(first, second, waivers=[self.WAIVER], product='Cloud', on=self.ON)
        self.assertIs(Conclusion.NOT_CONFORMANT, verdict.conclusion)

    def test_what_was_wrong_first_is_told(self) -> None:
        tries = [[Outcome(ONE, Reported.FAIL, 'wrong', violations=seen), *PASSED[1:]]
                 for seen in (b'[]', self.SEEN, self.SEEN.replace(b'0, 0', b'7, 7'))]
        self.assertEqual(['0, 0'], [each['seen'] for each in attempts(*tries).tests[0].violations])

    def test_one_that_nothing_needs_is_stale(self) -> None:
        verdict = of(*PASSED, waivers=[self.WAIVER], product='Cloud',
                     on=datetime.date(2027, 1, 1))
        self.assertIs(Conclusion.CONFORMANT, verdict.conclusion)
        self.assertEqual(['stale'], [each.state for each in verdict.waivers])


class RequirementTest(unittest.TestCase):
    """What the tests say of the requirements."""

    def test_a_requirement_is_as_good_as_its_worst_test(self) -> None:
        worst_first = [Reported.FAIL, Reported.SKIP, Reported.PASS]
        for position, reported in enumerate(worst_first):
            for other in worst_first[position:]:
                verdict = of(*(Outcome(test_id, each, violations=VIOLATIONS)
                               for test_id, each in ((ONE, other), (TWO, reported))), PASSED[2])
                first = verdict.requirements[0]
                self.assertEqual(reported.lower(), str(first.status).lower())

    def test_passed_tests_are_counted(self) -> None:
        verdict = of(Outcome(ONE, Reported.SKIP), *PASSED[1:])
        self.assertEqual([('EC2A-001', 1, 2), ('EC2A-002', 2, 2)],
                         [(r.id, r.passed, r.planned) for r in verdict.requirements])

    def test_a_requirement_without_a_test_is_told(self) -> None:
        table = {**TABLE, 'EC2A-003': Requirement('EC2A-003', 'Never.', '')}
        verdict = judge(PLAN, [demands.attempt(PLAN, *PASSED)], table, demands=demands.of(PLAN))
        self.assertEqual(['EC2A-003'], [r.id for r in verdict.unchecked])

    def test_an_id_without_a_row_is_shown(self) -> None:
        verdict = judge(PLAN, [demands.attempt(PLAN, *PASSED)],
                        {'EC2A-002': TABLE['EC2A-002']}, demands=demands.of(PLAN))
        self.assertEqual([('EC2A-001', None), ('EC2A-002', TABLE['EC2A-002'])],
                         [(r.id, r.requirement) for r in verdict.requirements])


EVENT = strategies.one_of(
    strategies.tuples(strategies.sampled_from(ALL), strategies.sampled_from(
        ['success', 'fail', 'error', 'skip', 'xfail', 'uxsuccess'])),
    strategies.tuples(strategies.sampled_from(
        [SET_UP_A, f'tearDownClass ({TESTS}.B)', f'setUpModule ({TESTS})', 'process-returncode']),
        strategies.sampled_from(['fail', 'skip'])))


def run(stream: Stream, test_id: str, status: str, words: str = '', worker: str = '0') -> None:
    """Have a test run; "error" is a failure without a violation."""
    if status == 'error':
        stream.test(test_id, 'fail', words, worker)
    else:
        stream.test(test_id, status, words, worker, VIOLATIONS)


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
                run(stream, test_id, status, words, str(number % 2))
            return of(*outcomes(stream))

        straight = list(range(len(events)))
        shuffled = data.draw(strategies.permutations(straight))
        self.assertEqual(verdict(straight), verdict(shuffled))

    @given(strategies.lists(EVENT, max_size=8))
    def test_conformant_means_each_passed_once_and_nothing_else(
            self, events: list[tuple[str, str]]) -> None:
        stream = Stream()
        for test_id, status in events:
            run(stream, test_id, status)
        clean = sorted(events) == sorted((test_id, 'success') for test_id in ALL)
        conclusion = of(*outcomes(stream)).conclusion
        self.assertEqual(clean, conclusion is Conclusion.CONFORMANT)
        bad = {'fail', 'xfail', 'uxsuccess'}
        failed = any(test_id in ALL and status in bad for test_id, status in events)
        self.assertEqual(failed, conclusion is Conclusion.NOT_CONFORMANT)
