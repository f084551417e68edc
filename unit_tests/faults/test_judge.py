"""What a run says about the suite: one rule, one test."""

from typing import Any

import ddt
import testtools

from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.faults import judge
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.judge import Judgement
from ec2attrs_tempest_plugin.faults.judge import Verdict
from unit_tests.faults.rows import AGREES
from unit_tests.faults.rows import erred
from unit_tests.faults.rows import failed
from unit_tests.faults.rows import fault
from unit_tests.faults.rows import INDEX
from unit_tests.faults.rows import LINE
from unit_tests.faults.rows import passed
from unit_tests.faults.rows import ran
from unit_tests.faults.rows import TABLE
from unit_tests.faults.rows import TESTS

SPOKEN = 'BadAnswer: GET /servers/detail 2.3 admin: 500 (computeFault)'


class Judging(testtools.TestCase):

    def judged(self, verdict: Verdict, row: Fault, *outcomes: Outcome, why: str = '',
               line: str = '', **fields: Any) -> Judgement:
        """Judge a run and check what is said of it."""
        judgement = judge.judge(row, ran(*outcomes, **fields))
        self.assertEqual((verdict, why, line),
                         (judgement.verdict, judgement.why, judgement.line))
        return judgement


@ddt.ddt
class FaultsTest(Judging):

    def test_caught(self) -> None:
        judgement = self.judged(Verdict.CAUGHT, fault(), failed(INDEX), line=LINE)
        self.assertEqual(('nova-x', 1, ('A.test_index',), (), 1, 1.5),
                         (judgement.fault_id, judgement.tests, judgement.failed,
                          judgement.collateral, judgement.acted, judgement.seconds))

    def test_line_has_no_request_ids(self) -> None:
        for end in (' [req-1, req-2]', ' [req-1, req-'):
            self.judged(Verdict.CAUGHT, fault(), failed(INDEX, LINE + end), line=LINE)

    def test_others_that_fail_are_collateral(self) -> None:
        judgement = self.judged(Verdict.CAUGHT, fault(), failed(AGREES, 'EC2A-102 x'),
                                failed(INDEX), line=LINE)
        self.assertEqual(('B.test_agrees', 'A.test_index'), judgement.failed)
        self.assertEqual(('B.test_agrees',), judgement.collateral)

    def test_row_of_a_table_is_enough(self) -> None:
        line = 'EC2A-002 GET /servers/{id} 2.3 admin: hostname: expected present; seen absent'
        judgement = self.judged(
            Verdict.CAUGHT,
            fault(requirement='EC2A-002', attribute='hostname', caught_by=('A.test_shown',)),
            *passed(TABLE[1]), failed(TABLE[0], line), line=line)
        self.assertEqual((), judgement.collateral)

    def test_table_whose_failures_are_of_two_kinds(self) -> None:
        line = 'EC2A-002 GET /servers/{id} 2.3 admin: hostname: expected present; seen absent'
        self.judged(
            Verdict.CAUGHT,
            fault(requirement='EC2A-002', attribute='hostname', caught_by=('A.test_shown',)),
            failed(TABLE[1], SPOKEN), failed(TABLE[0], line), line=line)

    @ddt.data(LINE.replace('EC2A-023', 'EC2A-022'),
              LINE.replace('launch_index', 'launch_indexes'),
              LINE.replace('launch_index', 'user_data'),
              LINE.partition('; seen')[0],
              LINE.replace('expected 0, 1', 'wrong'),
              'BadAnswer: ' + LINE)
    def test_another_line_is_no_catch(self, line: str) -> None:
        self.judged(Verdict.CAUGHT_OTHERWISE, fault(), failed(INDEX, line),
                    why='A.test_index says something else', line=line)

    def test_attribute_is_no_pattern(self) -> None:
        line = LINE.replace('launch_index', 'OS-EXT-XYZ')
        self.judged(Verdict.CAUGHT_OTHERWISE, fault(attribute='OS-EXT-...'), failed(INDEX, line),
                    why='A.test_index says something else', line=line)

    def test_another_test_is_no_catch(self) -> None:
        for other in (AGREES, INDEX.replace('test_index', 'test_indexes')):
            self.judged(Verdict.CAUGHT_OTHERWISE, fault(), *passed(INDEX), failed(other),
                        why='A.test_index did not fail', line=LINE)

    def test_class_that_cannot_be_set_up_is_no_catch(self) -> None:
        self.judged(Verdict.CAUGHT_OTHERWISE, fault(),
                    failed('setUpClass (plugin.tests.api.test_x.A)'),
                    why='A.test_index did not fail', line=LINE)

    def test_error_catches_nothing(self) -> None:
        """Whatever it says: only a violation makes a cloud not conformant."""
        for line in (LINE, 'CloudError: no room'):
            self.judged(Verdict.CAUGHT_OTHERWISE, fault(), erred(INDEX, line),
                        why='A.test_index ended in an error', line=line)
            self.judged(Verdict.CAUGHT_OTHERWISE, fault(), erred(INDEX, line), failed(AGREES),
                        why='A.test_index ended in an error', line=line)
        row = fault(caught_by=('A.test_shown',), requirement='EC2A-023')
        judgement = self.judged(Verdict.CAUGHT, row, erred(TABLE[0]), failed(TABLE[1]), line=LINE)
        self.assertEqual(2, len(judgement.failed))
        self.judged(Verdict.CAUGHT_OTHERWISE, row, erred(TABLE[0], LINE),
                    failed(TABLE[1], SPOKEN), why='A.test_shown says something else', line=LINE)

    def test_each_of_two_must_catch_it(self) -> None:
        row = fault(caught_by=('A.test_index', 'B.test_agrees'))
        self.judged(Verdict.CAUGHT_OTHERWISE, row, failed(INDEX), *passed(AGREES),
                    why='B.test_agrees did not fail', line=LINE)
        self.judged(Verdict.CAUGHT, row, failed(INDEX), failed(AGREES, LINE + '!'), line=LINE)

    def test_survived(self) -> None:
        self.judged(Verdict.SURVIVED, fault(), *passed(INDEX), why='no test failed')

    def test_skip_catches_nothing(self) -> None:
        self.judged(Verdict.SURVIVED, fault(), Outcome(INDEX, Reported.SKIP, LINE),
                    why='no test failed')

    def test_equivalent(self) -> None:
        row = fault(equivalent='because')
        self.judged(Verdict.EQUIVALENT, row, *passed(INDEX), line='because')
        self.judged(Verdict.CAUGHT_OTHERWISE, row, failed(INDEX),
                    why='the catalogue calls it equivalent', line=LINE)


@ddt.ddt
class ErrorsTest(Judging):
    """Whatever the tests say, an experiment that went wrong says nothing about them."""

    @ddt.data(*Kind)
    def test_it_did_not_act(self, kind: Kind) -> None:
        self.judged(Verdict.ERROR, fault(kind=kind), *passed(INDEX), acted=0,
                    why='it did not act')
        self.judged(Verdict.ERROR, fault(kind=kind), failed(INDEX), acted=0,
                    why='it did not act', line=LINE)

    def test_error_in_the_change(self) -> None:
        self.judged(Verdict.ERROR, fault(), failed(INDEX), errors=['KeyError', 'more'],
                    why='KeyError', line=LINE)

    def test_no_test_reported_anything(self) -> None:
        self.judged(Verdict.ERROR, fault(), why='no test reported anything')

    def test_hung(self) -> None:
        self.judged(Verdict.HUNG, fault(), failed(INDEX), timed_out=True, unfinished=TABLE,
                    seconds=240.2, why='killed after 240 s',
                    line='A.test_shown_1_show_2_3_admin, A.test_shown_2_show_2_3_member')


class BenignTest(Judging):

    def test_passed(self) -> None:
        self.judged(Verdict.PASSED, fault(kind=Kind.BENIGN), *passed(INDEX, AGREES))

    def test_advisory_finding_is_no_false_alarm(self) -> None:
        self.judged(Verdict.PASSED, fault(kind=Kind.BENIGN), *passed(INDEX),
                    Outcome(AGREES, Reported.SKIP, 'ec2attrs:advisory: x'))

    def test_false_alarm(self) -> None:
        judgement = self.judged(Verdict.FALSE_ALARM, fault(kind=Kind.BENIGN), *passed(INDEX),
                                failed(AGREES), why='B.test_agrees failed', line=LINE)
        self.assertEqual(('B.test_agrees',), judgement.collateral)

    def test_error_is_a_false_alarm(self) -> None:
        self.judged(Verdict.FALSE_ALARM, fault(kind=Kind.BENIGN), *passed(INDEX), erred(AGREES),
                    why='B.test_agrees ended in an error', line='CloudError: no room')


@ddt.ddt
class ChaosTest(Judging):

    @ddt.data(SPOKEN, LINE, 'NotOffered: the catalogue has no service of type compute',
              'CloudError: GET /servers/detail 2.3 admin: no complete response after 0.1 s')
    def test_ended(self, line: str) -> None:
        for outcome in (failed(INDEX, line), erred(INDEX, line)):
            self.judged(Verdict.ENDED, fault(kind=Kind.CHAOS), outcome, line=line)

    def test_none_may_pass(self) -> None:
        for outcome in (*passed(AGREES), Outcome(AGREES, Reported.SKIP, 'x'),
                        Outcome(AGREES, Reported.SKIP, 'ec2attrs:not-permitted: x')):
            self.judged(Verdict.SURVIVED, fault(kind=Kind.CHAOS), failed(INDEX, SPOKEN), outcome,
                        why='B.test_agrees did not fail', line=SPOKEN)

    @ddt.data('KeyError: servers', 'failed without a traceback', 'a BadAnswer: x', 'EC2A- x')
    def test_words_of_others_are_unclear(self, line: str) -> None:
        self.judged(Verdict.CAUGHT_OTHERWISE, fault(kind=Kind.CHAOS), failed(AGREES, SPOKEN),
                    failed(INDEX, line), why='not in words of the suite', line=line)
        self.judged(Verdict.CAUGHT_OTHERWISE, fault(kind=Kind.CHAOS), failed(AGREES, SPOKEN),
                    erred(INDEX, line), why='not in words of the suite', line=line)

    def test_memory_is_bounded(self) -> None:
        self.judged(Verdict.ENDED, fault(kind=Kind.CHAOS), failed(INDEX, SPOKEN),
                    memory=judge.MEMORY, line=SPOKEN)
        self.judged(Verdict.ERROR, fault(kind=Kind.CHAOS), failed(INDEX, SPOKEN),
                    memory=judge.MEMORY + 1024 ** 2, why='it took 513 MiB of memory', line=SPOKEN)

    def test_hung(self) -> None:
        self.judged(Verdict.HUNG, fault(kind=Kind.CHAOS), timed_out=True, unfinished=[INDEX],
                    seconds=60.0, why='killed after 60 s', line='A.test_index')


@ddt.ddt
class WordsTest(testtools.TestCase):

    def test_which_verdicts_are_good(self) -> None:
        self.assertEqual({'caught', 'equivalent', 'passed', 'ended'},
                         {verdict.value for verdict in Verdict if verdict.good})

    def test_what_is_left_behind_is_kept(self) -> None:
        judgement = judge.judge(fault(), ran(failed(INDEX)), ['server x'])
        self.assertEqual(('server x',), judgement.left)

    @ddt.data((INDEX, 'A.test_index'), (TABLE[0], 'A.test_shown_1_show_2_3_admin'),
              ('setUpClass (plugin.A)', 'setUpClass (plugin.A)'), ('subunit.parser',
                                                                   'subunit.parser'))
    @ddt.unpack
    def test_short_name(self, test_id: str, name: str) -> None:
        self.assertEqual(name, judge.short_name(test_id))

    @ddt.data(('A.test_x', True), ('A.test_x_1_show', True), ('A.test_x_12_show_2_3', True),
              ('A.test_x_and_more', False), ('A.test_x_1', False), ('AA.test_x', False),
              ('A.test_xx', False))
    @ddt.unpack
    def test_is_test(self, name: str, expected: bool) -> None:
        self.assertIs(expected, judge.is_test(name, 'A.test_x'))

    @ddt.data((fault(), [INDEX]), (fault(caught_by=('A.test_shown',)), list(TABLE)),
              (fault(caught_by=('A.test_none',)), []),
              (fault(kind=Kind.CHAOS), [INDEX]),
              (fault('nova-x', Kind.BENIGN), TESTS), (fault('cinder-x', Kind.BENIGN), TESTS),
              (fault('ec2-x', Kind.BENIGN), [AGREES]))
    @ddt.unpack
    def test_tests_for(self, row: Fault, expected: list[str]) -> None:
        self.assertEqual(expected, judge.tests_for(row, TESTS))
        self.assertEqual(TESTS, judge.tests_for(row, TESTS, every=True))

    def test_recordable(self) -> None:
        self.assertTrue(fault().recordable)
        self.assertTrue(fault(kind=Kind.BENIGN).recordable)
        self.assertFalse(fault(kind=Kind.CHAOS).recordable)
        self.assertFalse(fault(live_only=True).recordable)
        self.assertFalse(Fault('nova-x', Kind.NULL, '', Behaviour('nova', 'x')).recordable)
        self.assertEqual('stack', fault('stack-benign-x').acts_in)
