"""The result as JUnit XML."""

from typing import Any
import unittest

import defusedxml.ElementTree
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies

from ec2attrs_tempest_plugin.certification import junit
from unit_tests.certification import results


def parsed(result: dict[str, Any]) -> Any:
    return defusedxml.ElementTree.fromstring(junit.render(result).encode())


def every_status() -> dict[str, Any]:
    """Return a result with a test of each status, and with one that nobody knows."""
    tests = [results.test(i, status) for i, status in enumerate(
        ('fail', 'error', 'missing', 'flaky', 'skip', 'waived', 'advisory', 'pass'))]
    made = results.result(tests, 'NOT CONFORMANT')
    made['tests'].append(results.test(99, 'unheard of'))
    return made


class JunitTest(unittest.TestCase):

    def test_each_planned_test_is_a_case_of_its_own(self) -> None:
        result = every_status()
        cases = parsed(result).findall('testsuite/testcase')
        self.assertEqual([f'[id-{test["id"]}]' for test in result['tests']],
                         [case.get('name')[-41:] for case in cases])
        self.assertEqual({f'{results.TESTS}.test_reads.ReadsTest'},
                         {case.get('classname') for case in cases})

    def test_statuses(self) -> None:
        outcomes = [[child.tag for child in case]
                    for case in parsed(every_status()).iter('testcase')]
        self.assertEqual([['failure'], ['error'], ['error'], ['error'], ['skipped'],
                          ['system-out'], ['system-out'], [], ['error']], outcomes)

    def test_counts_agree_with_the_cases(self) -> None:
        document = parsed(every_status())
        [suite] = document
        for element in (document, suite):
            self.assertEqual(('9', '1', '4', '1'), tuple(
                element.get(name) for name in ('tests', 'failures', 'errors', 'skipped')))
        self.assertEqual(8 * 1.25, float(suite.get('time')))

    def test_properties(self) -> None:
        found = {each.get('name'): each.get('value')
                 for each in parsed(results.conformant()).iter('property')}
        self.assertLessEqual({
            'verdict': 'CONFORMANT', 'product.name': 'Example Cloud', 'product.version': '4.2',
            'guideline': '2026.11', 'guideline.sha256': results.SHA256, 'profile': 'operator',
            'suite.tempest': '47.0.0'}.items(), found.items())

    def test_a_failure_says_all_that_was_seen(self) -> None:
        violations = [results.violation(), results.disagreement(seen=']]>')] * 30
        result = results.result([results.test(1, 'fail', violations=violations)])
        failure = next(parsed(result).iter('failure'))
        self.assertEqual('fail', failure.get('type'))
        self.assertIn('expected 0; seen 1', failure.get('message'))
        lines = failure.text.splitlines()
        self.assertEqual(
            'EC2A-023 GET /servers/detail 2.3 admin: launch_index of reservation r-8k2x9qwe: '
            'expected 0, 1, 2; seen 0, 0, 0 [req-6c1f2f1c-7a83-4f4e-9a0c-3a9d24a2a6a5]', lines[0])
        self.assertIn('seen ]]>', lines[1])
        self.assertEqual('and 10 more in result.json', lines[-1])

    def test_a_flaky_test_says_what_each_attempt_gave(self) -> None:
        error = next(parsed(results.result([results.flaky()])).iter('error'))
        self.assertEqual('attempt 1: fail: seen 1\nattempt 2: pass:', error.text)
        self.assertEqual('flaky', error.get('type'))

    def test_an_error_has_its_code(self) -> None:
        test = results.test(1, 'error', error_code='quota', detail='no room')
        [case] = parsed(results.result([test])).iter('testcase')
        [error] = case
        self.assertEqual(('error', 'quota', 'no room', 'attempt 1: error: no room'), (
            error.tag, error.get('type'), error.get('message'), error.text))

    def test_a_pass_after_an_error_keeps_its_history(self) -> None:
        [case] = parsed(results.result([results.recovered()])).iter('testcase')
        [output] = case
        self.assertEqual(('system-out', 'attempt 1: error: status 429\nattempt 2: pass:'),
                         (output.tag, output.text))

    def test_without_name_and_time(self) -> None:
        for seconds in (None, float('nan'), float('inf'), -1):
            [case] = parsed(results.result([results.test(1, name='', seconds=seconds)])).iter(
                'testcase')
            self.assertIsNone(case.get('time'))
            self.assertTrue(case.get('classname'))

    def test_hostile_text_is_text(self) -> None:
        harmless = parsed(results.poisoned(results.not_conformant(), 'x'))
        for poison in results.HOSTILE:
            with self.subTest(poison[:40]):
                found = results.poisoned(results.not_conformant(), poison)
                self.assertEqual([each.tag for each in harmless.iter()],
                                 [each.tag for each in parsed(found).iter()])
                self.assertLess(len(junit.render(found)), 100_000)

    @settings(deadline=None)
    @given(strategies.text(max_size=200))
    def test_any_text_can_be_parsed(self, poison: str) -> None:
        self.assertEqual(8, len(list(parsed(
            results.poisoned(results.not_conformant(), poison)).iter('testcase'))))
