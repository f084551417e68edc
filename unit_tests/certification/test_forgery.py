"""Bundles that were made anew of other things: most of what hangs together, only a key tells."""

from collections.abc import Callable
import copy
import datetime
import json
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.certification import attestation
from ec2attrs_tempest_plugin.certification import verification
from ec2attrs_tempest_plugin.contract import release
from unit_tests.certification import bundles
from unit_tests.certification import streams

ONE = 'streams/1.subunit'
TWO = 'streams/2.subunit'


def _product(parts: bundles.Parts) -> None:
    parts.record.product['version'] = '2'


def _renamed(parts: bundles.Parts) -> None:
    """Another product than the waiver is for."""
    parts.record.product['name'] = 'Other Cloud'


def _erased(parts: bundles.Parts) -> None:
    """The first attempt was never there: the second one, made over, has all tests."""
    stream = bundles.second()
    bundles.add(stream, bundles.PASSED, exchanges=bundles.answers())
    bundles.add(stream, bundles.WAIVED, exchanges=[bundles.exchange(3)])
    parts.streams = {ONE: stream.bytes}
    parts.record.tries = [parts.record.tries[1]]
    parts.record.tries[0].stream = ONE
    parts.record.tries[0].planned = [bundles.uuid(each) for each in (1, 2, 3, 4)]


def _end(parts: bundles.Parts) -> None:
    parts.record.tries[0].end = 'finished'


def _requirements(parts: bundles.Parts) -> None:
    parts.record.requirements['EC2A-001']['sentence'] = 'Anything goes.'


def _passes(parts: bundles.Parts) -> None:
    """A stream in which what failed passes."""
    stream = bundles.add(streams.Stream(), bundles.PASSED, exchanges=bundles.answers())
    bundles.add(stream, bundles.FLAKY, exchanges=[bundles.exchange(7)])
    parts.streams[ONE] = bundles.add(
        stream, bundles.WAIVED, exchanges=[bundles.exchange(3)]).bytes


def _evidence(parts: bundles.Parts) -> None:
    parts.streams[TWO] = bundles.second().bytes.replace(b'req-8', b'req-7') + bundles.add(
        streams.Stream(), 'x.Y.z', exchanges=[bundles.exchange(1)]).bytes


def _waiver(parts: bundles.Parts) -> None:
    parts.waived = bundles.waivers(bundles.waiver(expires='2027-10-01'))


def _no_waivers(parts: bundles.Parts) -> None:
    parts.waived = None


# What hangs together and is not true: only the signature tells.
UNSEEN: dict[str, Callable[[bundles.Parts], None]] = {
    'product': _product, 'product renamed': _renamed, 'attempt erased': _erased,
    'end of an attempt': _end, 'requirement reworded': _requirements, 'passes': _passes,
    'waiver prolonged': _waiver, 'waivers removed': _no_waivers, 'test added': _evidence}


def _guideline(parts: bundles.Parts) -> None:
    tests = parts.document['capabilities']['basics']['tests']
    name = f'{streams.TESTS}.XTest.test_2'
    parts.document['capabilities']['extras']['tests'][name] = tests.pop(name)


def _other_id(parts: bundles.Parts) -> None:
    parts.document['metadata']['id'] = parts.record.guideline = '1999.01'


def _other_time(parts: bundles.Parts) -> None:
    for each in parts.record.tries:
        each.started = each.ended = '2026-11-20T12:00:00+00:00'


def _no_time(parts: bundles.Parts) -> None:
    parts.streams[TWO] = bundles.add(streams.Stream(), bundles.FLAKY,
                                     exchanges=[bundles.exchange(1, at=None)]).bytes


def _long_time(parts: bundles.Parts) -> None:
    parts.streams[TWO] = bundles.add(streams.Stream(), bundles.FLAKY,
                                     exchanges=[bundles.exchange(1, at='x' * 99)]).bytes


# What is put together of things that do not belong together.
SEEN: dict[str, tuple[Callable[[bundles.Parts], None], str]] = {
    'guideline': (_guideline, 'guideline.json is not the guideline 2026.11 as it was published'),
    'time of the run': (_other_time,
                        'the evidence of attempt 1 is not of its time: 2026-11-22T12:00:05'),
    'evidence without a time': (_no_time, 'the evidence of attempt 2 is not of its time: None'),
    'evidence of no time': (
        _long_time, 'the evidence of attempt 2 is not of its time: ' + 'x' * 37 + '...')}

# What the verdict itself says of streams that come from elsewhere.
FOREIGN: dict[str, tuple[Callable[[bundles.Parts], Any], str]] = {
    'cloud': (lambda parts: parts.streams.update(
        {TWO: bundles.second(bundles.head(cloud='http://else/v3')).bytes}),
        'the stream says another cloud than the record of the run: http://else/v3, not '
        'http://cloud.example/v3'),
    'suite': (lambda parts: parts.streams.update(
        {TWO: bundles.second(bundles.head(suite='0.2')).bytes}), 'another suite'),
    'tempest': (lambda parts: parts.streams.update(
        {ONE: bundles.first(bundles.head(tempest='1')).bytes}), 'another tempest'),
    'challenge': (lambda parts: parts.streams.update(
        {TWO: bundles.second(bundles.head(challenge=None)).bytes}), 'another challenge'),
    'challenge of the run': (
        lambda parts: setattr(parts.record, 'challenge', bundles.digest('x')),
        'another challenge'),
    'requirement of a test': (
        lambda parts: parts.record.plan.__setitem__(
            1, bundles.FLAKY.replace('EC2A-002', 'EC2A-004')),
        f'the plan has another id for {bundles.FLAKY}'),
    'nothing': (lambda parts: parts.streams.update({ONE: b'', TWO: b''}),
                '"the streams hold no evidence"'),
    'pass without evidence': (
        lambda parts: parts.streams.update({TWO: bundles.add(
            streams.Stream(), bundles.FLAKY).test(bundles.ADVISORY).bytes}),
        '1 test passed without evidence, first'),
    'doubled': (lambda parts: parts.streams.update({TWO: parts.streams[TWO] * 2}),
                'reported 2 times: pass, pass'),
    'truncated': (lambda parts: parts.streams.update({TWO: parts.streams[TWO][:-9]}),
                  'the stream of results is damaged or ends too early'),
    'unplanned': (lambda parts: parts.record.plan.pop(), 'reported outside the plan'),
    'interrupted': (lambda parts: setattr(parts.record.tries[1], 'end', 'interrupted'),
                    'the run was interrupted'),
    'unknown end': (lambda parts: setattr(parts.record.tries[1], 'end', 'unknown'),
                    'the run was broken off'),
    'trouble': (lambda parts: parts.record.tries[1].trouble.append('out of disk'),
                'out of disk'),
    'not in the plan': (lambda parts: parts.record.plan.pop(0),
                        'demanded by the guideline, not in this run')}


class ForgeryTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.patch(release, 'suite', lambda: bundles.SUITE)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.secret, self.public = bundles.keys(self.directory)
        self.parts = bundles.Parts()
        self.published = self.parts.guideline
        self.files = self.parts.made(self.secret)

    def _verify(self, files: dict[str, bytes], **given: Any) -> verification.Verification:
        return verification.verify(files, **{
            'key': self.public, 'published': self.published, **given})

    def _forged(self, change: Callable[[bundles.Parts], Any],
                key: Path | None = None) -> dict[str, bytes]:
        parts = copy.deepcopy(self.parts)
        change(parts)
        return parts.made(key)

    def test_only_the_signature_tells_what_hangs_together(self) -> None:
        """Whoever makes run and streams to order is found out by the key alone, as is said."""
        other, _ = bundles.keys(self.directory, 'forger')
        for name, change in UNSEEN.items():
            for key in (None, other):
                found = self._verify(self._forged(change, key))
                self.assertIs(True, found.consistency.good, f'{name}: {found.consistency}')
                self.assertIs(False, found.signature.good, name)
                self.assertEqual('it was not signed with vendor.pub', found.signature.says, name)

    def test_a_statement_taken_along_does_not_fit(self) -> None:
        for name, change in UNSEEN.items():
            files = {**self._forged(change), 'attestation.json': self.files['attestation.json']}
            found = self._verify(files)
            self.assertEqual('it was made for other files', found.signature.says, name)
            self.assertIn('file: result.json has another content', found.signature.more, name)
            self.assertIs(False, found.consistency.good, name)

    def test_what_does_not_belong_together_is_seen_without_a_key(self) -> None:
        for name, (change, words) in SEEN.items():
            found = self._verify(self._forged(change), key=None)
            self.assertIs(False, found.consistency.good, name)
            self.assertIn(words, '\n'.join(found.consistency.more), name)

    def test_evidence_may_be_a_minute_off(self) -> None:
        for second, good in ((-60, True), (0, True), (120, True), (-61, False), (121, False)):
            at = (streams.BEGIN + datetime.timedelta(seconds=second)).isoformat()

            def change(parts: bundles.Parts, at: str = at) -> None:
                parts.record.tries[0].started = '2026-11-20T12:00:00+00:00'
                parts.record.tries[1].ended = '2026-11-22T12:01:00+00:00'
                parts.streams[TWO] = bundles.add(
                    streams.Stream(), bundles.FLAKY,
                    exchanges=[bundles.exchange(1, at=at)]).bytes
            found = self._verify(self._forged(change), key=None)
            self.assertIs(good, found.consistency.good, str(found))
            if not good:
                self.assertEqual([f'the evidence of attempt 2 is not of its time: {at}'],
                                 list(found.consistency.more))

    def test_verdict_says_what_comes_from_elsewhere(self) -> None:
        for name, (change, words) in FOREIGN.items():
            document = json.loads(self._forged(change)['result.json'])
            self.assertIn(words, json.dumps(document, ensure_ascii=False), name)
            self.assertNotEqual('CONFORMANT', document['verdict']['conclusion'], name)

    def test_an_attempt_may_be_lost_that_a_later_one_has(self) -> None:
        self.assertEqual([], json.loads(self.files['result.json'])['problems'])

    def test_guideline_has_to_be_a_published_one(self) -> None:
        found = self._verify(self.files, published=None)
        self.assertEqual(['guideline.json is not the guideline 2026.11 as it was published'],
                         list(found.consistency.more))
        found = self._verify(self._forged(_other_id), published=None)
        self.assertEqual(['the guideline 1999.01 is not one of this version of the suite: give '
                          'it with --guideline'], list(found.consistency.more))

    def test_waivers_have_to_be_those_given(self) -> None:
        given = bundles.waivers(bundles.waiver(reason='another'))
        for files in (self.files, self._forged(_no_waivers)):
            found = self._verify(files, waived=given)
            self.assertEqual(['waivers.json is not the file of waivers that was given'],
                             list(found.consistency.more))

    def test_key_id_that_is_forged_signs_nothing(self) -> None:
        other, _ = bundles.keys(self.directory, 'forger')
        envelope = json.loads(self._forged(_product, other)['attestation.json'])
        envelope['signatures'][0]['keyid'] = json.loads(
            self.files['attestation.json'])['signatures'][0]['keyid']
        files = {**self._forged(_product),
                 'attestation.json': json.dumps(envelope).encode()}
        self.assertEqual('it was not signed with vendor.pub', self._verify(files).signature.says)

    def test_signature_removed_is_told(self) -> None:
        envelope = json.loads(self.files['attestation.json'])
        envelope['signatures'] = []
        files = {**self.files, 'attestation.json': json.dumps(envelope).encode()}
        found = self._verify(files)
        self.assertEqual('it was not signed with vendor.pub', found.signature.says)
        self.assertIs(True, found.consistency.good)

    def test_signed_statement_about_other_files(self) -> None:
        """The key's owner has signed something else: it says so, and names the files."""
        files = dict(self.files)
        files['attestation.json'] = attestation.made(
            {'run.json': '0' * 64}, json.loads(files['result.json']), self.secret)
        found = self._verify(files)
        self.assertEqual('it was made for other files', found.signature.says)
        self.assertIn('file: run.json has another content', found.signature.more)
        self.assertIn('file: SHA256SUMS is there and not listed', found.signature.more)

    def test_suite_whose_tests_were_changed(self) -> None:
        """They say so themselves: of one version there is one source."""
        def made_by(suite: str) -> verification.Verification:
            parts = bundles.Parts()
            parts.record.suite['ec2attrs-tempest-plugin'] = suite
            says = bundles.head(suite=suite)
            parts.streams = {ONE: bundles.first(says).bytes, TWO: bundles.second(says).bytes}
            return self._verify(parts.made(), key=None)
        with mock.patch.object(release, 'suite', return_value='1.0+0123456789ab'):
            for suite in ('1.0+0123456789ab', '1.1+ffffffffffff', '1.0.1'):
                self.assertIs(True, made_by(suite).consistency.good, suite)
            for suite in ('1.0+ffffffffffff', '1.0+'):
                self.assertEqual(
                    ['the tests that were run are not those of this version of the suite: it was '
                     f'made by {suite}, and this is 1.0+0123456789ab'],
                    list(made_by(suite).consistency.more))
            self.assertIn('was made by 1.0+' + 'x' * 53 + '..., and this is 1.0+0123456789ab',
                          made_by('1.0+' + 'x' * 99).consistency.more[0])

    def test_no_more_is_told_than_can_be_read(self) -> None:
        files = {**self.files, **{f'streams/{each}.subunit': b'' for each in range(3, 60)}}
        found = self._verify(files)
        self.assertEqual(20, len(found.consistency.more))
        self.assertEqual(20, len(found.signature.more))
        self.assertIn('things wrong', found.consistency.says)
        found = self._verify({**self.files, 'streams/3.subunit': b''}, key=None)
        self.assertEqual('it does not hold together: 5 things wrong', found.consistency.says)

    def test_challenge(self) -> None:
        found = self._verify(self.files, challenge='eight owls')
        self.assertEqual(verification.Line('challenge', False, 'the run was made for another '
                                           'challenge'), found.challenge)
        self.assertIs(True, found.consistency.good)

    def test_challenge_that_the_run_did_not_have(self) -> None:
        parts = copy.deepcopy(self.parts)
        parts.record.challenge = None
        says = bundles.head(challenge=None)
        parts.streams = {ONE: bundles.first(says).bytes, TWO: bundles.second(says).bytes}
        files = parts.made()
        found = self._verify(files, key=None, challenge=bundles.CHALLENGE)
        self.assertEqual('the run was made without a challenge', found.challenge.says)
        self.assertIs(False, found.challenge.good)
        found = self._verify(files, key=None)
        self.assertEqual('no challenge is known of the run', found.challenge.says)
        self.assertIsNone(found.challenge.good)

    def test_challenge_that_no_answer_holds(self) -> None:
        """Streams made before the challenge, with its digest written into them."""
        def old(parts: bundles.Parts) -> None:
            wrong = json.dumps({'OS-EXT-SRV-ATTR:hostname': 'ec2attrs-01234567-0123456789ab'})
            parts.streams[ONE] = bundles.add(
                streams.Stream(), bundles.PASSED,
                exchanges=[bundles.exchange(1, wrong)]).bytes
        found = self._verify(self._forged(old), key=None, challenge=bundles.CHALLENGE)
        self.assertIs(True, found.consistency.good)
        self.assertIs(False, found.challenge.good)
        self.assertIn('answered in 0 of ', found.challenge.says)
        self.assertEqual(
            [f'no answer has it in {place}' for place in (
                'compute hostname', 'compute user data', 'ec2 PrivateDnsName', 'ec2 userData',
                'ec2 clientToken')] + ['1 word made of another challenge'],
            list(found.challenge.more))
