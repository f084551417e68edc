"""The score: results that outlive a run, and what they add up to."""

import json
import pathlib

import ddt
import fixtures
import testtools

from ec2attrs_tempest_plugin.faults import score
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.judge import Verdict
from ec2attrs_tempest_plugin.faults.selftest import CleanRun
from unit_tests.faults.rows import catalogue
from unit_tests.faults.rows import fault
from unit_tests.faults.rows import judgement
from unit_tests.faults.rows import LINE

ROWS = catalogue(fault('nova-a'), fault('nova-b'), fault('nova-benign-c', Kind.BENIGN),
                 fault('ec2-chaos-d', Kind.CHAOS))
CLEAN = CleanRun('clean-run-1', 119, (), 30.5)
FAILING = CleanRun('clean-run-2', 119, ('A.test_index: x', 'left behind: y'), 31.0)
FULL = judgement('nova-a', Verdict.CAUGHT_OTHERWISE, why='w', collateral=('B.test_agrees',),
                 left=('server x', 'port y'))


class ResultsTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'new' / 'results'

    def results(self, mode: str = 'live') -> score.Results:
        return score.Results(self.path, mode)

    def test_they_are_read_as_they_were_kept(self) -> None:
        first = self.results()
        self.assertEqual({}, first.found)
        for result in (FULL, CLEAN, FAILING):
            first.add(result)
        expected = {'nova-a': FULL, 'clean-run-1': CLEAN, 'clean-run-2': FAILING}
        self.assertEqual(expected, first.found)
        self.assertEqual(expected, self.results().found)

    def test_the_last_of_two_counts(self) -> None:
        for verdict in (Verdict.SURVIVED, Verdict.CAUGHT):
            self.results().add(judgement('nova-a', verdict))
        self.assertEqual({'nova-a': judgement('nova-a')}, self.results().found)

    def test_a_broken_last_line_is_left_out(self) -> None:
        self.results().add(FULL)
        whole = self.path.read_text()
        self.results().add(judgement('nova-b'))
        both = self.path.read_text()
        for length in (len(whole) + 1, len(whole) + 60, len(both) - 2):
            self.path.write_text(both[:length])
            self.assertEqual({'nova-a': FULL}, self.results().found)

    def test_what_is_kept_after_a_broken_line_is_found(self) -> None:
        self.results().add(FULL)
        self.path.write_text(self.path.read_text() + '{"key": "0')
        self.results().add(CLEAN)
        self.assertEqual({'nova-a': FULL, 'clean-run-1': CLEAN}, self.results().found)

    def test_another_mode_is_another_result(self) -> None:
        self.results('live').add(FULL)
        self.assertEqual({}, self.results('live all').found)
        self.assertEqual({'nova-a': FULL}, self.results('live').found)

    def test_another_suite_is_another_result(self) -> None:
        self.results().add(FULL)
        self.useFixture(fixtures.MockPatchObject(score, 'key', lambda: 'another'))
        self.assertEqual({}, self.results().found)


class DocumentTest(testtools.TestCase):
    """What is written, and what of an earlier score is kept."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(score, 'key', lambda: 'now'))
        rows = catalogue(fault('nova-a'), fault('nova-b'))
        with fixtures.MockPatchObject(score, 'key', lambda: 'then'):
            self.before = score.document(
                rows, {'nova-a': judgement('nova-a'), 'nova-b': judgement('nova-b'),
                       'clean-run-1': CLEAN}, '2026-01-01', 2)
        self.rows = rows

    def test_what_was_not_tried_again_is_kept(self) -> None:
        whole = score.document(self.rows, {'nova-a': judgement('nova-a')}, '2026-02-02', 2,
                               before=self.before)
        self.assertEqual({'nova-a': ('now', '2026-02-02'), 'nova-b': ('then', '2026-01-01')},
                         {name: (row['suite'], row['date'])
                          for name, row in whole['rows'].items()})
        self.assertEqual(self.before['clean_runs'], whole['clean_runs'])
        summary = score.summarise(whole)
        self.assertEqual((2, 0, 1), (summary.rows, summary.recorded, summary.earlier))
        self.assertIn('1 rows were tried with an earlier version', score.text(summary))

    def test_a_row_that_says_something_else_is_not_kept(self) -> None:
        self.before['rows']['nova-b']['says'] = 'something else'
        whole = score.document(self.rows, {}, '2026-02-02', 2, before=self.before)
        self.assertEqual(['nova-a'], list(whole['rows']))

    def test_a_recording_does_not_replace_a_cloud(self) -> None:
        results = {'nova-a': judgement('nova-a'), 'nova-b': judgement('nova-b')}
        del self.before['rows']['nova-b']
        whole = score.document(self.rows, results, '2026-02-02', 2, live=False,
                               before=self.before)
        self.assertEqual({'nova-a': True, 'nova-b': False},
                         {name: row['live'] for name, row in whole['rows'].items()})
        self.assertIn('1 rows were tried on recorded exchanges alone',
                      score.text(score.summarise(whole)))


class KeyTest(testtools.TestCase):
    """What the results depend on; any change of it makes them old."""

    def setUp(self) -> None:
        super().setUp()
        self.root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for name in ('contract', 'schemas', 'clients', 'tests', 'tests/api', 'faults',
                     'faults/catalogue', 'reference_cloud', 'certification'):
            (self.root / name).mkdir()
            (self.root / name / 'x.py').write_text('1\n')
        self.useFixture(fixtures.MockPatchObject(
            score.ec2attrs_tempest_plugin, '__file__', str(self.root / '__init__.py')))

    def test_what_matters(self) -> None:
        before = score.key()
        self.assertEqual(before, score.key())
        for changed in ('contract/x.py', 'tests/api/x.py', 'clients/new.py',
                        'faults/x.py', 'faults/catalogue/x.py'):
            (self.root / changed).write_text('2\n')
            after = score.key()
            self.assertNotEqual(before, after, changed)
            before = after

    def test_what_does_not(self) -> None:
        before = score.key()
        (self.root / 'certification' / 'x.py').write_text('2\n')
        (self.root / 'tests' / 'x.pyc').write_text('2\n')
        self.assertEqual(before, score.key())


@ddt.ddt
class UpperBoundTest(testtools.TestCase):

    @ddt.data((0, 20, 0.1391), (0, 100, 0.0295), (1, 20, 0.2161), (19, 20, 0.9974),
              (0, 2380, 0.00126), (0, 1, 0.95), (0, 0, 1.0), (3, 3, 1.0), (5, 3, 1.0))
    @ddt.unpack
    def test_known_values(self, failures: int, executions: int, expected: float) -> None:
        self.assertAlmostEqual(expected, score.upper_bound(failures, executions), 4)

    def test_less_confidence_is_a_lower_bound(self) -> None:
        self.assertAlmostEqual(0.0341, score.upper_bound(0, 20, 0.5), 4)


class SummaryTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.results: dict[str, score.Result] = {
            'nova-a': judgement('nova-a'),
            'nova-b': judgement('nova-b', Verdict.SURVIVED),
            'nova-benign-c': judgement('nova-benign-c', Verdict.PASSED, seconds=10.0),
            'ec2-chaos-d': judgement('ec2-chaos-d', Verdict.ENDED, seconds=2.0),
            'clean-run-1': CLEAN, 'clean-run-2': FAILING}
        self.summary = self.summarised(self.results)

    def summarised(self, results: dict[str, score.Result]) -> score.Summary:
        """Return the score by way of the file that it is written to."""
        return score.summarise(json.loads(json.dumps(score.document(ROWS, results, '', 1))))

    def test_numbers(self) -> None:
        self.assertEqual(
            score.Summary(faults={'caught': 1, 'survived': 1}, benign={'passed': 1},
                          chaos={'ended': 1}, clean_runs=2, executions=238, failures=2,
                          seconds=20.0, rows=4, recorded=0, earlier=0), self.summary)
        self.assertAlmostEqual(score.upper_bound(2, 238), self.summary.bound)

    def test_text(self) -> None:
        self.assertEqual([
            'faults                2: 1 caught, 1 survived',
            'benign variations     1: 1 passed',
            'chaos                 1: 1 ended',
            'clean runs            2: 238 tests executed, 2 failed; the rate of false failures '
            'is below 2.62% (95 %)',
            '5.0 s a row on average'], score.text(self.summary).splitlines())

    def test_text_of_what_was_done(self) -> None:
        self.assertEqual('', score.text(self.summarised({})))
        self.assertEqual(['chaos                 1: 1 ended', '2.0 s a row on average'],
                         score.text(self.summarised(
                             {'ec2-chaos-d': self.results['ec2-chaos-d']})).splitlines())

    def test_document(self) -> None:
        found: dict[str, score.Result] = {
            'nova-a': FULL, 'clean-run-1': CLEAN, 'clean-run-2': FAILING}
        document = json.loads(json.dumps(score.document(ROWS, found, '2026-11-22', 2)))
        self.assertEqual({'nova-a': {
            'kind': 'constant', 'requirement': 'EC2A-023', 'says': 'something',
            'date': '2026-11-22', 'suite': score.key(), 'live': True,
            'verdict': 'caught-otherwise', 'why': 'w', 'line': LINE, 'acted': 2, 'seconds': 4.0,
            'memory_mib': 90, 'left': ['server x', 'port y']}}, document['rows'])
        self.assertEqual({'runs': 2, 'executions': 238, 'failures': 2}, document['clean_runs'])
        self.assertEqual(('2026-11-22', 2), (document['date'], document['lanes']))

    def test_document_names_versions(self) -> None:
        versions = score.document(ROWS, {}, '', 1)['versions']
        for name in ('nova', 'ec2-api', 'keystone', 'tempest', 'boto3', 'python'):
            self.assertRegex(versions[name], r'^\d+\.')
