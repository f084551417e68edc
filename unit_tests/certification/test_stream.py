"""Outcomes from a stream of results."""

import datetime
import io
import json
import os
import threading
import unittest

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.stream import ATTACHMENT_LIMIT
from ec2attrs_tempest_plugin.certification.stream import decode
from ec2attrs_tempest_plugin.certification.stream import Decoder
from ec2attrs_tempest_plugin.certification.stream import EVIDENCE_LIMIT
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.contract import outcomes as codes
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.requirements import ADVISORY
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation
from unit_tests.certification.streams import BEGIN
from unit_tests.certification.streams import outcomes
from unit_tests.certification.streams import Stream
from unit_tests.certification.streams import traceback


class StreamTest(unittest.TestCase):
    """Each final report becomes one outcome."""

    def test_a_pass_has_its_duration(self) -> None:
        self.assertEqual([Outcome('a.B.test', Reported.PASS, '', 1.0)],
                         outcomes(Stream().test('a.B.test')))

    def test_only_success_and_skip_are_not_failures(self) -> None:
        for status in ('fail', 'xfail', 'uxsuccess'):
            with self.subTest(status):
                found, = outcomes(Stream().test('a.B.test', status))
                self.assertIs(Reported.FAIL, found.reported)

    def test_which_outcomes_are_clean(self) -> None:
        for reported, message, advisory, clean in (
                (Reported.PASS, '', False, True), (Reported.SKIP, f'{ADVISORY} x', True, True),
                (Reported.SKIP, 'x', False, False),
                (Reported.FAIL, f'{ADVISORY} x', False, False)):
            found = Outcome('a.B.test', reported, message)
            self.assertEqual((advisory, clean), (found.advisory, found.clean), reported)

    def test_a_failure_has_its_first_line(self) -> None:
        found, = outcomes(Stream().test('a.B.test', 'fail', traceback('ValueError: x\ny')))
        self.assertEqual('ValueError: x', found.message)

    def test_a_failure_without_traceback_says_so(self) -> None:
        found, = outcomes(Stream().test('a.B.test', 'fail'))
        self.assertEqual('failed without a traceback', found.message)

    def test_a_skip_has_its_reason(self) -> None:
        found, = outcomes(Stream().test('a.B.test', 'skip', 'ec2attrs:unsupported:\nno ec2'))
        self.assertEqual(Outcome('a.B.test', Reported.SKIP, 'ec2attrs:unsupported: no ec2', 1.0),
                         found)
        found, = outcomes(Stream().test('a.B.test', 'skip'))
        self.assertEqual('no reason given', found.message)

    def test_a_violation_comes_before_what_the_clean_up_said(self) -> None:
        stream = Stream().begin('a.B.test')
        stream.attach('a.B.test', 'traceback', traceback('OSError: clean-up').encode())
        stream.attach('a.B.test', 'traceback-1',
                      traceback(f'{text.VIOLATION}: EC2A-001 wrong').encode())
        found, = outcomes(stream.end('a.B.test', 'fail'))
        self.assertEqual('EC2A-001 wrong', found.message)

    def test_of_several_tracebacks_the_first_counts(self) -> None:
        stream = Stream().begin('a.B.test')
        for name, message in (('traceback', 'test'), ('traceback-1', 'clean-up')):
            stream.attach('a.B.test', name, traceback(f'OSError: {message}').encode())
        found, = outcomes(stream.end('a.B.test', 'fail'))
        self.assertEqual('OSError: test', found.message)

    def test_two_workers_are_kept_apart(self) -> None:
        stream = Stream().begin('a.B.test', '0').begin('a.B.test', '1')
        stream.attach('a.B.test', 'traceback', traceback('ValueError: 0').encode(), '0')
        stream.end('a.B.test', 'success', '1').end('a.B.test', 'fail', '0')
        self.assertEqual([(Reported.PASS, ''), (Reported.FAIL, 'ValueError: 0')],
                         [(o.reported, o.message) for o in outcomes(stream)])

    def test_an_attempt_does_not_inherit_attachments(self) -> None:
        stream = Stream().test('a.B.test', 'fail', traceback('ValueError: 1'))
        first, second = outcomes(stream.test('a.B.test', 'fail'))
        self.assertEqual(('ValueError: 1', 'failed without a traceback'),
                         (first.message, second.message))

    def test_enumeration_is_no_outcome(self) -> None:
        self.assertEqual([], outcomes(Stream().end('a.B.test', 'exists')))

    def test_text_between_results_does_no_harm(self) -> None:
        stream = Stream().noise(b'warning: \xff\xfe\n').test('a.B.a').noise(b'and\n').test('a.B.b')
        self.assertEqual(['a.B.a', 'a.B.b'], [o.id for o in outcomes(stream)])

    def test_every_truncation_keeps_what_came_before(self) -> None:
        whole = Stream().test('a.B.one').bytes
        both = Stream().test('a.B.one').test('a.B.two').bytes
        for length in range(len(whole), len(both)):
            found = outcomes(both[:length])
            self.assertEqual('a.B.one', found[0].id)
            self.assertNotIn('a.B.two', [o.id for o in found])

    def test_a_broken_packet_is_reported(self) -> None:
        whole = Stream().test('a.B.one').bytes
        self.assertIn('subunit.parser', [o.id for o in outcomes(whole[:-3])])
        damaged = bytearray(whole)
        damaged[-1] ^= 0xFF
        self.assertIn('subunit.parser', [o.id for o in outcomes(bytes(damaged))])

    def test_a_test_that_began_is_running_until_it_ends(self) -> None:
        decoder = Decoder()
        decode(io.BytesIO(Stream().begin('a.B.one').test('a.B.two').bytes), decoder)
        self.assertEqual(['a.B.one'], decoder.running)

    def test_a_large_attachment_is_bounded(self) -> None:
        stream = Stream().begin('a.B.test')
        for _ in range(5):
            stream.attach('a.B.test', 'traceback', b'x' * (ATTACHMENT_LIMIT // 2))
        decoder = Decoder()
        decode(io.BytesIO(stream.bytes), decoder)
        running, = decoder._running.values()
        self.assertEqual(ATTACHMENT_LIMIT, len(running.attachments['traceback']))

    def test_evidence_may_be_larger(self) -> None:
        stream = Stream().begin('a.B.test')
        for _ in range(4):
            stream.attach('a.B.test', 'exchanges', b'x' * (EVIDENCE_LIMIT // 3))
        found, = outcomes(stream.attach('a.B.test', 'violations', b'[1]').end('a.B.test', 'fail'))
        self.assertEqual(EVIDENCE_LIMIT, len(found.evidence))
        self.assertEqual(b'[1]', found.violations)

    def test_violations_are_never_cut(self) -> None:
        """As many and as long as a test attaches, in characters that JSON writes as twelve."""
        long = '\U0001f600' * 999
        one = Violation(long, long, long, long, long, long, (long,) * 99).parts()
        one['requirement'] = 'EC2A-001'
        given = json.dumps([one] * ContractViolation.MAX_LINES).encode()
        stream = Stream().begin('a.B.test').attach('a.B.test', 'violations', given)
        found, = outcomes(stream.end('a.B.test', 'fail'))
        self.assertEqual(given, found.violations)
        self.assertTrue(found.violated)

    def test_what_a_failure_is(self) -> None:
        for status, violations, violated in (
                ('fail', b'[1]', True), ('xfail', b'[1]', True), ('fail', b'[]', False),
                ('fail', b'{"a": 1}', False), ('fail', b'[1', False), ('fail', b'', False),
                ('skip', b'[1]', False), ('success', b'[1]', False)):
            stream = Stream().test('a.B.test', status, violations=violations)
            found, = outcomes(stream)
            self.assertIs(violated, found.violated, (status, violations))

    def test_an_error_has_a_cause(self) -> None:
        stream = Stream().begin('a.B.test')
        stream.attach('a.B.test', 'error', codes.dumped(Code.QUOTA, 'no\x1b room'))
        stream.attach('a.B.test', 'traceback', traceback('CloudError: no room').encode())
        found, = outcomes(stream.end('a.B.test', 'fail'))
        self.assertEqual((Code.QUOTA, 'no? room'), found.cause)
        self.assertEqual('CloudError: no room', found.message)

    def test_when_a_test_began(self) -> None:
        found, = outcomes(Stream().test('a.B.test'))
        self.assertEqual(BEGIN + datetime.timedelta(seconds=1), found.started)
        found, = outcomes(Stream().end('a.B.test', 'success'))
        self.assertEqual((None, None), (found.started, found.seconds))

    def test_what_a_test_did_not_attach(self) -> None:
        found, = outcomes(Stream().test('a.B.test'))
        self.assertEqual((b'', b'', b''), (found.violations, found.evidence, found.error))
        stream = Stream().begin('a.B.test').attach('a.B.test', 'traceback', b'')
        found, = outcomes(stream.end('a.B.test', 'fail'))
        self.assertEqual('failed without a traceback', found.message)

    def test_text_that_is_no_utf8(self) -> None:
        stream = Stream().begin('a.B.test').attach('a.B.test', 'reason', b'a \xff b')
        found, = outcomes(stream.end('a.B.test', 'skip'))
        self.assertEqual('a \ufffd b', found.message)

    def test_outcomes_come_while_the_source_is_open_and_are_copied(self) -> None:
        reading, writing = os.pipe()
        arrived = threading.Event()
        seen: list[Outcome] = []

        def collect(outcome: Outcome) -> None:
            seen.append(outcome)
            arrived.set()

        copy = io.BytesIO()
        content = Stream().test('a.B.test').bytes
        with open(reading, 'rb') as source:
            reader = threading.Thread(target=decode, args=(source, Decoder(collect), copy))
            with open(writing, 'wb', buffering=0) as sink:
                reader.start()
                sink.write(content)
                self.assertTrue(arrived.wait(10), 'the outcome waits for the end of the stream')
            reader.join(10)
        self.assertEqual(content, copy.getvalue())
        self.assertEqual(['a.B.test'], [outcome.id for outcome in seen])
