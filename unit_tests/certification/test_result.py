"""What a result says, computed from a run, its streams, the guideline and the waivers."""

import dataclasses
import gzip
import importlib.resources
import json
from pathlib import Path
from typing import Any
from unittest import mock
import zlib

import testtools

from ec2attrs_tempest_plugin.certification import records
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.certification.verdict import judge
from ec2attrs_tempest_plugin.certification.verdict import Status
from ec2attrs_tempest_plugin.certification.waivers import Waiver
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.outcomes import TRANSIENT
from ec2attrs_tempest_plugin.contract.requirements import ADVISORY
from ec2attrs_tempest_plugin.contract.requirements import Requirement
from unit_tests.certification import bundles
from unit_tests.certification import streams

ONE = 'streams/1.subunit'
TWO = 'streams/2.subunit'
NAME = f'{streams.TESTS}.XTest.test_'
VERSIONS = json.dumps({'versions': [{'id': 'v2.1', 'links': [], 'min_version': '2.1',
                                     'status': 'CURRENT', 'version': '2.96'}]}, sort_keys=True)


def _build(parts: bundles.Parts) -> dict[str, Any]:
    return result.build(parts.record, parts.streams, parts.guideline, parts.waived).document


def _test(number: int, status: str, detail: str, *attempts: tuple[int, str, str, float | None],
          required: bool = True) -> dict[str, Any]:
    """Return what a result says of a test none of whose attempts ended in an error."""
    return {
        'id': bundles.uuid(number), 'name': f'{NAME}{number}',
        'capability': 'basics' if required else 'extras', 'required': required,
        'requirements': [f'EC2A-{number:03}'], 'status': status, 'error_code': None,
        'detail': detail, 'seconds': 1.0,
        'attempts': [{'error_code': None, **dict(zip(
            ('attempt', 'status', 'detail', 'seconds'), each, strict=True))}
            for each in attempts], 'violations': [],
        'evidence': f'evidence/{bundles.uuid(number)}.jsonl'}


def _unpacked(packed: bytes) -> tuple[Any, list[dict[str, Any]]]:
    return records.unpacked(Outcome('x', Reported.PASS, evidence=packed))


class RecordsTest(testtools.TestCase):

    def test_head(self) -> None:
        for says in (bundles.head(), bundles.head(challenge=None)):
            self.assertEqual((says, [bundles.exchange(1)]),
                             _unpacked(bundles.packed([says, bundles.exchange(1)])))
        values: list[Any] = [1, [], {}]
        for key in records.HEAD:
            for value in values if key == 'challenge' else [*values, None]:
                self.assertEqual((None, []),
                                 _unpacked(bundles.packed([bundles.head(**{key: value})])))

    def test_only_gzip_is_unpacked(self) -> None:
        line = json.dumps(bundles.head()).encode()
        self.assertEqual((bundles.head(), []), _unpacked(gzip.compress(line)))
        for packed in (line, zlib.compress(line)):
            self.assertEqual((None, []), _unpacked(packed))

    def test_evidence_of_an_older_suite(self) -> None:
        old = bundles.exchange(1)
        del old['repeated'], old['waited']
        self.assertEqual([bundles.exchange(1)],
                         _unpacked(bundles.packed([bundles.head(), old]))[1])

    def test_size(self) -> None:
        packed = bundles.packed([bundles.head(), bundles.exchange(1), bundles.exchange(2)])
        size = len(gzip.decompress(packed))
        for limit, number in ((size, 2), (size - 2, 1)):
            with mock.patch.object(records, '_LIMIT', limit):
                self.assertEqual(number, len(_unpacked(packed)[1]))


class ResultTest(testtools.TestCase):

    def test_all_that_it_says(self) -> None:
        self.maxDiff = None
        parts = bundles.Parts()
        document = _build(parts)
        no = 'AssertionError: no'
        why = '1 of 3 required tests failed and passed later'
        self.assertEqual({
            'schema': 'ec2attrs-result/1',
            'verdict': {'conclusion': 'INCOMPLETE', 'exit_code': 2, 'why': why,
                        'reasons': [why]},
            'product': {'vendor': 'Example', 'name': 'Example Cloud', 'version': '1',
                        'contact': ''},
            'cloud': {'keystone': bundles.CLOUD, 'nova': '', 'ec2': ''},
            'suite': {'ec2attrs-tempest-plugin': '0.1', 'tempest': '47.0.0', 'python': '3.11'},
            'profile': 'operator',
            'guideline': {'id': '2026.11', 'sha256': parts.guideline.sha256},
            'started': '2026-11-22T12:00:00+00:00', 'ended': '2026-11-22T12:02:00+00:00',
            'seconds': 180.0, 'cloud_seconds': 1.5,
            'delays': {'requests': 0, 'repeated': 0, 'seconds': 0.0},
            'challenge': {'sha256': bundles.digest(bundles.CHALLENGE)},
            'attempts': [
                {'stream': ONE, 'started': '2026-11-22T12:00:00+00:00',
                 'ended': '2026-11-22T12:01:00+00:00', 'end': 'interrupted', 'tests': 4,
                 'concurrency': 2, 'trouble': '', 'left': ''},
                {'stream': TWO, 'started': '2026-11-22T12:00:00+00:00',
                 'ended': '2026-11-22T12:02:00+00:00', 'end': 'finished', 'tests': 2,
                 'concurrency': 2, 'trouble': '', 'left': ''}],
            'tests': [
                _test(1, 'pass', '', (1, 'pass', '', 1.0)),
                {**_test(2, 'flaky', f'passed in attempt 2 after attempt 1: {no}',
                         (1, 'fail', no, 1.0), (2, 'pass', '', 1.0)),
                 'violations': [bundles.OTHER]},
                {**_test(3, 'waived', f'waived until 2027-05-01: known and planned; {no}',
                         (1, 'fail', no, 1.0)), 'violations': [bundles.VIOLATION]},
                _test(4, 'pass', '', (1, 'missing', 'planned, never reported', None),
                      (2, 'pass', '', 1.0), required=False)],
            'capabilities': [
                {'name': 'basics', 'description': 'What it is about', 'required': True,
                 'status': 'flaky', 'passed': 1, 'planned': 3},
                {'name': 'extras', 'description': 'What it is about', 'required': False,
                 'status': 'pass', 'passed': 1, 'planned': 1}],
            'requirements': [
                {'id': f'EC2A-{number:03}', 'sentence': f'Sentence {number}.',
                 'link': 'https://example.org', 'advisory': False, 'status': status,
                 'passed': passed, 'planned': 1} for number, status, passed in (
                     (1, 'pass', 1), (2, 'flaky', 0), (3, 'waived', 0), (4, 'pass', 1))],
            'waivers': [{**bundles.waiver(test=bundles.uuid(3)), 'state': 'used'}],
            'problems': []}, document)

    def _advised(self) -> bundles.Parts:
        """Return a run whose last test gave an advisory finding."""
        parts = bundles.Parts()
        parts.document['capabilities']['basics']['tests'].update(
            parts.document['capabilities'].pop('extras')['tests'])
        parts.document['components']['all']['capabilities'].pop('advisory')
        stream = bundles.add(streams.Stream(), bundles.FLAKY, exchanges=[bundles.exchange(8)])
        parts.streams[TWO] = stream.test(bundles.ADVISORY, 'skip', f'{ADVISORY} so').bytes
        return parts

    def test_advisory_requirements_are_those_of_the_guideline(self) -> None:
        parts = self._advised()
        self.assertIn('1 requirement with advisory findings alone',
                      _build(parts)['verdict']['reasons'])
        parts.document['metadata']['advisory_requirements'] = ['EC2A-004']
        document = _build(parts)
        self.assertNotIn('advisory', document['verdict']['why'])
        self.assertEqual([False, False, False, True],
                         [each['advisory'] for each in document['requirements']])

    def test_pass_waiver_and_advice_together_are_conformant(self) -> None:
        parts = self._advised()
        parts.document['metadata']['advisory_requirements'] = ['EC2A-004']
        first = bundles.add(streams.Stream(), bundles.PASSED, exchanges=[bundles.exchange(1)])
        parts.streams[ONE] = bundles.add(first, bundles.WAIVED, 'fail',
                                         violations=[bundles.VIOLATION]).bytes
        self.assertEqual({
            'conclusion': 'CONFORMANT', 'exit_code': 0, 'reasons': [],
            'why': '2 of 4 required tests passed (1 with an advisory finding, 1 waived)'},
            _build(parts)['verdict'])

    def test_advisory_finding_has_its_violations(self) -> None:
        parts = self._advised()
        stream = streams.Stream().begin(bundles.ADVISORY)
        stream.attach(bundles.ADVISORY, 'violations', json.dumps([bundles.VIOLATION]).encode())
        stream.attach(bundles.ADVISORY, 'reason', f'{ADVISORY} so'.encode())
        parts.streams[TWO] = stream.end(bundles.ADVISORY, 'skip').bytes
        test = _build(parts)['tests'][3]
        self.assertEqual(('advisory', 1.0, [bundles.VIOLATION]),
                         (test['status'], test['seconds'], test['violations']))
        self.assertEqual({'attempt': 2, 'status': 'advisory', 'error_code': None,
                          'detail': f'{ADVISORY} so', 'seconds': 1.0}, test['attempts'][1])

    def test_expired_waiver_for_what_is_not_required(self) -> None:
        parts = bundles.Parts()
        parts.waived = bundles.waivers(bundles.waiver(), bundles.waiver(
            test=bundles.uuid(4), expires='2026-11-21'))
        parts.streams[TWO] = bundles.add(
            bundles.add(streams.Stream(), bundles.FLAKY), bundles.ADVISORY, 'fail',
            violations=[bundles.VIOLATION]).bytes
        document = _build(parts)
        self.assertEqual(['used', 'stale'], [each['state'] for each in document['waivers']])
        self.assertNotIn('a waiver expired', document['verdict']['reasons'])

    def test_test_that_was_not_planned(self) -> None:
        parts = bundles.Parts()
        parts.record.plan.remove(bundles.PASSED)
        parts.record.challenge = None
        document = _build(parts)
        self.assertEqual({
            'id': bundles.uuid(1), 'name': f'{NAME}1', 'capability': 'basics', 'required': True,
            'requirements': [], 'status': 'missing', 'error_code': None, 'seconds': None,
            'attempts': [],
            'detail': 'demanded by the guideline, not in this run', 'violations': [],
            'evidence': f'evidence/{bundles.uuid(1)}.jsonl'}, document['tests'][0])
        self.assertIsNone(document['requirements'][0]['status'])
        self.assertIsNone(document['challenge'])

    def test_requirement_without_a_row(self) -> None:
        parts = bundles.Parts()
        del parts.record.requirements['EC2A-001']
        self.assertEqual(('EC2A-001', '', '', 'pass'), tuple(
            _build(parts)['requirements'][0][key] for key in (
                'id', 'sentence', 'link', 'status')))

    def test_capability_has_the_worst_status(self) -> None:
        parts = bundles.Parts()
        stream = bundles.add(streams.Stream(), bundles.PASSED)
        stream.test(f'setUpClass ({streams.TESTS}.XTest)', 'fail', 'no')
        parts.streams[ONE] = bundles.add(stream, bundles.WAIVED, 'fail').bytes
        document = _build(parts)
        self.assertEqual(['error', 'pass', 'fail'],
                         [each['status'] for each in document['tests'][:3]])
        self.assertEqual('fail', document['capabilities'][0]['status'])

    def test_seconds_are_those_of_the_last_attempt(self) -> None:
        parts = bundles.Parts()
        # The runner begins another test in between: a second more.
        stream = streams.Stream().begin(bundles.FLAKY).test(bundles.ADVISORY)
        parts.streams[TWO] = stream.end(bundles.FLAKY, 'success').bytes
        self.assertEqual(3.0, _build(parts)['tests'][1]['seconds'])

    def test_waivers_hold_on_the_last_day_of_the_run(self) -> None:
        parts = bundles.Parts()
        for expires, status, state in (('2026-11-22', 'waived', 'used'),
                                       ('2026-11-21', 'waived', 'expired')):
            parts.waived = bundles.waivers(bundles.waiver(expires=expires))
            document = _build(parts)
            self.assertEqual(status, document['tests'][2]['status'])
            self.assertEqual(state, document['waivers'][0]['state'])
            self.assertIs(state == 'expired',
                          'a waiver expired' in document['verdict']['reasons'])

    def test_waivers_hold_for_their_product(self) -> None:
        parts = bundles.Parts()
        for name in ('', 'Other Cloud', None):
            parts.record.product['name'] = name or ''
            if name is None:
                parts.record.product.clear()
            document = _build(parts)
            self.assertEqual(name or '', document['product']['name'])
            self.assertEqual('fail', document['tests'][2]['status'])
            self.assertEqual('stale', document['waivers'][0]['state'])

    def test_without_a_product_nothing_is_waived(self) -> None:
        parts = bundles.Parts()
        parts.record.product.clear()
        with mock.patch.object(Waiver, 'covers', return_value=True):
            self.assertEqual('fail', _build(parts)['tests'][2]['status'])

    def test_run_without_an_attempt(self) -> None:
        parts = bundles.Parts(streams={})
        parts.record.tries.clear()
        document = _build(parts)
        self.assertEqual(('', '', 0, None), tuple(
            document[key] for key in ('started', 'ended', 'seconds', 'cloud_seconds')))
        self.assertEqual({'conclusion': 'INCOMPLETE', 'exit_code': 2,
                          'why': '3 of 3 required tests gave no result',
                          'reasons': ['3 of 3 required tests gave no result']},
                         document['verdict'])
        self.assertEqual(['planned, never run'] * 4,
                         [each['detail'] for each in document['tests']])
        self.assertEqual([None] * 4, [each['evidence'] for each in document['tests']])

    def test_seconds_of_the_cloud(self) -> None:
        for seconds, told in ((0, 0), (0.12345, 0.123), (-1, None), (1e6, None)):
            parts = bundles.Parts()
            parts.streams = {name: bundles.add(
                streams.Stream(), bundles.PASSED,
                exchanges=[bundles.exchange(1, seconds=seconds)][:name == ONE]).bytes
                for name in (ONE, TWO)}
            self.assertEqual(told, _build(parts)['cloud_seconds'])

    def test_delays(self) -> None:
        for given, requests, repeated, seconds in (
                ([], 0, 0, 0), ([(1, 1.0), (3, 2.0004), (0, 0.0)], 2, 4, 3.0),
                ([(10 ** 6, 1e6), (-1, -1), (1.0, 0.5), (True, '1'), ('1', None), (None, [])],
                 0, 0, 0.5), ([(999999, 999999.5)], 1, 999999, 999999.5)):
            parts = bundles.Parts()
            parts.streams = {name: bundles.add(streams.Stream(), bundles.PASSED, exchanges=[
                bundles.exchange(1, repeated=one, waited=other) for one, other in given
            ] if name == ONE else []).bytes for name in (ONE, TWO)}
            self.assertEqual({'requests': requests, 'repeated': repeated, 'seconds': seconds},
                             _build(parts)['delays'])

    def test_numbers_that_are_none(self) -> None:
        parts = bundles.Parts()
        lines = bundles.packed([bundles.head(), bundles.exchange(
            1, repeated=1, waited=float('nan'), seconds=float('inf'))])
        stream = streams.Stream().begin(bundles.PASSED)
        stream.attach(bundles.PASSED, 'exchanges', lines)
        parts.streams = {ONE: stream.end(bundles.PASSED, 'success').bytes,
                         TWO: streams.Stream().bytes}
        document = _build(parts)
        self.assertEqual(({'requests': 1, 'repeated': 1, 'seconds': 0}, None),
                         (document['delays'], document['cloud_seconds']))

    def _repeated(self, *firsts: streams.Stream) -> dict[str, Any]:
        """Return the result of attempts of which the last one passed."""
        parts = bundles.Parts(waived=None)
        last = streams.Stream()
        for test in bundles.PLAN:
            bundles.add(last, test)
        parts.record.tries = [dataclasses.replace(
            parts.record.tries[1], stream=f'streams/{number}.subunit', planned=[
                bundles.uuid(each) for each in (1, 2, 3, 4)]) for number, _ in enumerate(
                    (*firsts, last), 1)]
        parts.streams = {each.stream: stream.bytes for each, stream in zip(
            parts.record.tries, (*firsts, last), strict=True)}
        return _build(parts)

    def test_pass_after_an_error(self) -> None:
        first, second = streams.Stream(), streams.Stream()
        for test in bundles.PLAN:
            bundles.add(first, test, 'fail', error=(Code.RATE_LIMIT, 'status 429'))
        bundles.add(second, bundles.PASSED, 'fail', error=(Code.CONNECTION, 'reset'))
        document = self._repeated(first, second)
        self.assertEqual({'conclusion': 'CONFORMANT', 'exit_code': 0, 'reasons': [], 'why':
                          '3 of 3 required tests passed (3 run again after an error)'},
                         document['verdict'])
        test = document['tests'][0]
        self.assertEqual(('pass', None, ''),
                         (test['status'], test['error_code'], test['detail']))
        self.assertEqual([('error', 'rate-limit', 'status 429'), ('error', 'connection', 'reset'),
                          ('pass', None, '')],
                         [(each['status'], each['error_code'], each['detail'])
                          for each in test['attempts']])

    def test_error_has_its_code(self) -> None:
        parts = bundles.Parts()
        parts.streams[TWO] = bundles.add(
            streams.Stream(), bundles.FLAKY, 'fail', error=(Code.QUOTA, 'no room')).bytes
        del parts.record.tries[0], parts.streams[ONE]
        parts.record.tries[0].planned.append(bundles.uuid(1))
        tests = _build(parts)['tests']
        self.assertEqual([('missing', None), ('error', 'quota')],
                         [(each['status'], each['error_code']) for each in tests[:2]])
        self.assertEqual('1 of 3 required tests could not run',
                         _build(parts)['verdict']['reasons'][0])

    def test_schema_has_the_codes(self) -> None:
        schema = json.loads(importlib.resources.files(result.__package__).joinpath(
            'result.schema.json').read_text())
        self.assertEqual([*map(str, Code), None], schema['$defs']['error_code']['enum'])
        self.assertEqual({str(each) for each in Status}, set(schema['$defs']['status']['enum']))

    def test_codes_are_documented(self) -> None:
        page = Path(__file__).parents[2].joinpath('doc/source/running.rst').read_text()
        table = page[page.index('Codes of errors'):]
        for code in Code:
            row = table[table.index(f'* - ``{code}``'):].partition('   * -')[0]
            self.assertIs(code in TRANSIENT, 'Transient.' in row, code)

    def test_requirements_of_the_verdict_are_those_of_the_run(self) -> None:
        parts = bundles.Parts()
        parts.record.requirements['EC2A-002']['advisory'] = True
        built = result.build(parts.record, parts.streams, parts.guideline, parts.waived)
        self.assertEqual(
            [Requirement(f'EC2A-{number:03}', f'Sentence {number}.', 'https://example.org',
                         number == 2) for number in (1, 2, 3, 4)],
            [each.requirement for each in built.verdict.requirements])

    def test_reasons_are_told_together(self) -> None:
        parts = bundles.Parts()
        parts.record.tries[1].trouble = ['out of disk']
        reasons = ['1 of 3 required tests failed and passed later', '1 other problem']
        self.assertEqual({'conclusion': 'INCOMPLETE', 'exit_code': 2, 'why': ', '.join(reasons),
                          'reasons': reasons}, _build(parts)['verdict'])

    def test_nothing_is_required(self) -> None:
        why = 'no test is required'
        self.assertEqual((why, [why]), result.said(judge([], [], {}, demands={})))

    def test_conformant_without_a_note(self) -> None:
        stream = bundles.second()
        for test in (bundles.PASSED, bundles.WAIVED):
            bundles.add(stream, test)
        parts = bundles.Parts(streams={ONE: stream.bytes})
        del parts.record.tries[1]
        parts.record.tries[0].end = 'finished'
        self.assertEqual({'conclusion': 'CONFORMANT', 'exit_code': 0,
                          'why': '3 of 3 required tests passed', 'reasons': []},
                         _build(parts)['verdict'])

    def test_conformant(self) -> None:
        parts = bundles.Parts()
        stream = streams.Stream()
        for test in (bundles.PASSED, bundles.FLAKY, bundles.ADVISORY):
            bundles.add(stream, test, exchanges=[bundles.exchange(1)])
        parts.streams[ONE] = bundles.add(stream, bundles.WAIVED, 'fail', [bundles.exchange(3)],
                                         violations=[bundles.VIOLATION]).bytes
        del parts.record.tries[1]
        parts.record.tries[0].end = 'finished'
        self.assertEqual({'conclusion': 'CONFORMANT', 'exit_code': 0,
                          'why': '2 of 3 required tests passed (1 waived)', 'reasons': []},
                         _build(parts)['verdict'])
        parts.record.tries[0].trouble = ['the cloud\ndied', 'twice']
        document = _build(parts)
        self.assertEqual(['2 other problems'], document['verdict']['reasons'])
        self.assertEqual(['the cloud died', 'twice'], document['problems'])
        self.assertEqual('the cloud died; twice', document['attempts'][0]['trouble'])

    def test_each_reason(self) -> None:
        for stream, reason in (
                (streams.Stream().test(bundles.PASSED, 'skip', 'no quota'),
                 '1 of 3 required tests were skipped'),
                (streams.Stream().test(bundles.PASSED, 'fail', 'no',
                                       violations=streams.VIOLATIONS),
                 '1 of 3 required tests failed'),
                (streams.Stream().test(bundles.PASSED, 'fail', 'no'),
                 '1 of 3 required tests could not run'),
                (streams.Stream(), '1 of 3 required tests gave no result'),
                (streams.Stream().test(f'setUpClass ({streams.TESTS}.XTest)', 'fail', 'no'),
                 '1 of 3 required tests could not run')):
            parts = bundles.Parts()
            bundles.add(stream, bundles.FLAKY)
            bundles.add(stream, bundles.WAIVED, 'fail', violations=[bundles.VIOLATION])
            parts.streams[ONE] = stream.bytes
            self.assertEqual(reason, _build(parts)['verdict']['reasons'][0])

    def test_test_that_did_not_end(self) -> None:
        parts = bundles.Parts()
        parts.streams[TWO] = bundles.second().begin(bundles.PASSED).bytes
        parts.record.tries[1].planned.append(bundles.uuid(1))
        attempts = _build(parts)['tests'][0]['attempts']
        self.assertEqual(['', 'began and did not end'], [each['detail'] for each in attempts])
        self.assertEqual(1.0, _build(parts)['tests'][0]['seconds'])

    def test_what_nova_says_of_its_versions(self) -> None:
        for service, answered, nova in (
                ('compute', VERSIONS, '2.1 to 2.96'), ('ec2', VERSIONS, ''),
                ('compute', VERSIONS + VERSIONS.replace('96', '99'), '2.1 to 2.96'),
                ('compute', VERSIONS.replace('2.96', ''), ''), ('compute', '', '')):
            parts = bundles.Parts()
            parts.streams[TWO] = bundles.add(
                streams.Stream(), bundles.FLAKY,
                exchanges=[bundles.exchange(1, answered, service=service)]).bytes
            self.assertEqual(nova, _build(parts)['cloud']['nova'])

    def test_evidence(self) -> None:
        parts = bundles.Parts()
        built = result.build(parts.record, parts.streams, parts.guideline, parts.waived)
        self.assertEqual([f'evidence/{bundles.uuid(each)}.jsonl' for each in (1, 2, 3, 4)],
                         list(built.evidence))
        lines = built.evidence[f'evidence/{bundles.uuid(2)}.jsonl'].splitlines()
        self.assertEqual([{**bundles.exchange(7), 'attempt': 1},
                          {**bundles.exchange(8), 'attempt': 2}], list(map(json.loads, lines)))
        self.assertEqual(json.dumps(json.loads(lines[0]), sort_keys=True).encode(), lines[0])
        self.assertEqual('INCOMPLETE', str(built.verdict.conclusion))

    def test_pass_without_evidence_is_no_pass(self) -> None:
        """Whoever writes passes into a stream has to make up their evidence, too."""
        parts = bundles.Parts()
        stream = bundles.add(streams.Stream(), bundles.FLAKY, exchanges=[bundles.exchange(8)])
        foreign = 'tempest.api.test_x.XTest.test_1[id-1]'
        parts.streams[TWO] = stream.test(foreign).test(bundles.ADVISORY, 'fail', 'no').bytes
        self.assertEqual([], _build(parts)['problems'])
        parts.streams[TWO] = stream.test(bundles.ADVISORY).bytes
        self.assertIn(f'1 test passed without evidence, first {bundles.ADVISORY}',
                      _build(parts)['problems'])
        parts.streams[TWO] = stream.test(bundles.PASSED).bytes
        self.assertIn(f'2 tests passed without evidence, first {bundles.PASSED}',
                      _build(parts)['problems'])

    def test_evidence_of_other_tests_is_left_out(self) -> None:
        parts = bundles.Parts()
        stream = bundles.second()
        other = f'{streams.TESTS}.YTest.test_1'
        parts.streams[TWO] = bundles.add(stream, other, exchanges=[bundles.exchange(1)]).bytes
        built = result.build(parts.record, parts.streams, parts.guideline, parts.waived)
        self.assertEqual(4, len(built.evidence))
        self.assertEqual([f'reported outside the plan: {other} pass'], built.document['problems'])

    def test_stream_that_is_not_there(self) -> None:
        parts = bundles.Parts(streams={})
        error = self.assertRaises(result.ResultError, _build, parts)
        self.assertEqual(f'the stream {ONE} is not there', str(error))
        parts.record.tries[0].stream = 'x' * 99
        error = self.assertRaises(result.ResultError, _build, parts)
        self.assertEqual('the stream ' + 'x' * 77 + '... is not there', str(error))

    def test_text_is_plain_and_bounded(self) -> None:
        parts = bundles.Parts()
        parts.record.product['vendor'] = '\x1b' + 'x' * 400
        parts.record.requirements['EC2A-001'].update(sentence='y' * 700, link='a\nb')
        parts.record.suite['z' * 99] = '1'
        parts.record.cloud['keystone'] = 'c' * 99
        said = bundles.head(cloud='d' * 99)
        parts.streams = {ONE: bundles.first(said).bytes, TWO: bundles.second(said).bytes}
        document = _build(parts)
        self.assertEqual('?' + 'x' * 296 + '...', document['product']['vendor'])
        self.assertEqual('1', document['suite']['z' * 57 + '...'])
        self.assertEqual(['the stream says another cloud than the record of the run: '
                          + 'd' * 77 + '..., not ' + 'c' * 77 + '...'], document['problems'])
        self.assertEqual(600, len(document['requirements'][0]['sentence']))
        self.assertEqual('a b', document['requirements'][0]['link'])
