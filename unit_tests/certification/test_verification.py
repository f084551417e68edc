"""Bundles that were tampered with: each is found out, and it is said what is wrong with it."""

import base64
from collections.abc import Callable
import json
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.certification import attestation
from ec2attrs_tempest_plugin.certification import bundle
from ec2attrs_tempest_plugin.certification import differences
from ec2attrs_tempest_plugin.certification import html
from ec2attrs_tempest_plugin.certification import junit
from ec2attrs_tempest_plugin.certification import markdown
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification import verification
from ec2attrs_tempest_plugin.contract import release
from unit_tests.certification import bundles
from unit_tests.certification import streams

Files = dict[str, bytes]

ONE = 'streams/1.subunit'
TWO = 'streams/2.subunit'
ABOUT = ['signature', 'bundle', 'challenge']
EVIDENCE = f'evidence/{bundles.uuid(1)}.jsonl'


def _claim(change: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
    """Return a change of result.json."""
    def changed(files: Files) -> None:
        claimed = json.loads(files['result.json'])
        change(claimed)
        files['result.json'] = bundle.dumped(claimed)
    return changed


def _test(number: int, **facts: Any) -> Callable[[Files], None]:
    def changed(claimed: dict[str, Any]) -> None:
        next(each for each in claimed['tests']
             if each['id'] == bundles.uuid(number)).update(facts)
    return _claim(changed)


def _record(change: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
    """Return a change of run.json alone."""
    def changed(files: Files) -> None:
        record = json.loads(files['run.json'])
        change(record)
        files['run.json'] = bundle.dumped(record)
    return changed


def _document(change: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
    """Return a change of guideline.json alone."""
    def changed(files: Files) -> None:
        document = json.loads(files['guideline.json'])
        change(document)
        files['guideline.json'] = json.dumps(document).encode()
    return changed


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def changed(files: Files) -> None:
        assert old in files[name], name  # noqa: S101 a change has to change something
        files[name] = files[name].replace(old, new)
    return changed


def _put(name: str, content: bytes) -> Callable[[Files], Any]:
    return lambda files: files.update({name: content})


def _gone(name: str) -> Callable[[Files], Any]:
    return lambda files: files.pop(name)


def _lines(keep: slice) -> Callable[[Files], None]:
    def changed(files: Files) -> None:
        files[EVIDENCE] = b''.join(files[EVIDENCE].splitlines(keepends=True)[keep])
    return changed


def _verdict(claimed: dict[str, Any]) -> None:
    claimed['verdict'] = {'conclusion': 'CONFORMANT', 'exit_code': 0, 'reasons': [],
                          'why': '3 of 3 required tests passed'}


def _foreign(**says: Any) -> bytes:
    return bundles.first(bundles.head(**says)).bytes


def _without(stream: bytes, test: str) -> bytes:
    """Return a stream of which the packets of a test are left out."""
    out = streams.Stream()
    for other in (bundles.PASSED, bundles.FLAKY, bundles.WAIVED):
        if other != test:
            bundles.add(out, other, exchanges=[bundles.exchange(1)])
    assert stream != out.bytes  # noqa: S101
    return out.bytes


def _twice(files: Files) -> None:
    """Let result.json say two verdicts, of which a parser takes the last."""
    files['result.json'] = files['result.json'].replace(
        b'{\n', b'{\n "verdict": {"conclusion": "CONFORMANT", "exit_code": 0},\n', 1)


def _advised(document: dict[str, Any]) -> None:
    tests = document['capabilities']['basics']['tests']
    document['capabilities']['extras']['tests'].update(
        {name: tests.pop(name) for name in [f'{streams.TESTS}.XTest.test_2']})


# What a forger changes who then puts digests and an unsigned statement right, and what has to be
# said of it; between line ends stands all of a line.
FIXED_UP: dict[str, tuple[Callable[[Files], Any], str]] = {
    'verdict flipped': (_claim(_verdict), 'verdict in result.json is {"conclusion": "CONFORMANT"'),
    'verdict said twice': (_twice, 'result.json is not written as the suite writes it'),
    'exit code 2.0': (_claim(lambda it: it['verdict'].update(exit_code=2.0)), 'verdict in'),
    'status of a test': (_test(2, status='pass'),
                         'status of the test ' + streams.TESTS + '.XTest.test_2 in result.json is '
                         '"pass"; computed "flaky"'),
    'attempt of a test erased': (_test(2, attempts=[]), 'attempts of the test'),
    'test no more required': (_test(2, required=False), 'required of the test'),
    'violation of a test': (_test(3, violations=[]), 'violations of the test'),
    'further key of a test': (_test(1, note='x'), 'a further key of the test'),
    'test removed': (_claim(lambda it: it['tests'].pop(0)), 'test_1 is not in result.json'),
    'test invented': (_claim(lambda it: it['tests'].append({**it['tests'][0], 'id': 'zz'})),
                      'the test zz of result.json is not in the run'),
    'test doubled': (_claim(lambda it: it['tests'].append(it['tests'][0])),
                     'a test is twice in result.json'),
    'tests in another order': (_claim(lambda it: it['tests'].reverse()),
                               '\nresult.json is not written as the suite writes it\n'),
    'tests no list': (_claim(lambda it: it.update(tests={})), 'no list of tests'),
    'result no JSON object': (_put('result.json', b'[]'), '\nresult.json is no JSON\n'),
    'problem removed': (_claim(lambda it: it.update(problems=['all well'])),
                        'problems in result.json is not what is computed'),
    'further fact': (_claim(lambda it: it.update(level='gold')),
                     'level in result.json is not what is computed'),
    'fact removed': (_claim(lambda it: it.pop('cloud')),
                     'cloud in result.json is not what is computed'),
    'challenge removed': (_claim(lambda it: it.update(challenge=None)),
                          'challenge in result.json is null; computed {"sha256": "'),
    'another guideline': (_claim(lambda it: it['guideline'].update(id='x')),
                          'guideline in result.json is {"id": "x"'),
    'test without an id': (_claim(lambda it: it['tests'][0].pop('id')), 'is no list of tests'),
    'seconds': (_claim(lambda it: it.update(seconds=1)), 'seconds in result.json'),
    'test removed from the plan': (
        _record(lambda it: it['plan'].pop(1)),
        '"reasons": ["1 of 3 required tests gave no result", "2 other problems"]'),
    'requirement of a planned test': (
        _record(lambda it: it['plan'].__setitem__(1, it['plan'][1].replace('002', '004'))),
        'problems in result.json'),
    'test removed from an attempt': (
        _record(lambda it: it['tries'][0]['planned'].pop(1)), 'attempts of the test'),
    'attempt dropped': (_record(lambda it: it['tries'].pop(0)), f'{ONE} belongs to no attempt'),
    'attempt dropped with its stream': (
        lambda files: (_gone(ONE)(files), _record(lambda it: it['tries'].pop(0))(files)),
        'attempts in result.json is not what is computed'),
    'stream used twice': (_record(lambda it: it['tries'][0].update(stream=TWO)), 'of its own'),
    'end of an attempt': (_record(lambda it: it['tries'][0].update(end='finished')),
                          'attempts in result.json is not what is computed'),
    'trouble removed': (_record(lambda it: it['tries'][1].update(trouble=['x'])),
                        'problems in result.json'),
    'start moved': (
        _record(lambda it: [each.update(started='2026-11-22T11:00:00+00:00')
                            for each in it['tries']]), 'started in result.json'),
    'end moved': (_record(lambda it: it['tries'][1].update(ended='2026-11-23T12:30:00+00:00')),
                  'ended in result.json'),
    'profile': (_record(lambda it: it.update(profile='tenant')),
                'profile in result.json is "operator"; computed "tenant"'),
    'product renamed': (_record(lambda it: it['product'].update(name='Other Cloud')),
                        'product in result.json'),
    'version of the suite removed': (
        _record(lambda it: it['suite'].pop('ec2attrs-tempest-plugin')),
        'suite in result.json is not what is computed'),
    'challenge changed': (_record(lambda it: it.update(challenge=bundles.digest('other'))),
                          'challenge in result.json'),
    'guideline of the run': (_record(lambda it: it.update(guideline='2026.12')),
                             'guideline.json is not 2026.12, that of the run'),
    'long guideline of the run': (
        _record(lambda it: it.update(guideline='x' * 99)),
        'guideline.json is not ' + 'x' * 37 + '..., that of the run'),
    'requirement reworded': (
        _record(lambda it: it['requirements']['EC2A-001'].update(sentence='Anything goes.')),
        'requirements in result.json is not what is computed'),
    'run.json in other words': (
        lambda files: files.update({'run.json': files['run.json'].replace(b'{', b'{ ', 1)}),
        '\nrun.json is not written as the suite writes it\n'),
    'run.json no run': (_put('run.json', b'{}'), 'run.json is not laid out'),
    'stream truncated': (lambda files: files.update({ONE: files[ONE][:-200]}), 'test_3'),
    'stream doubled': (lambda files: files.update({ONE: files[ONE] * 2}), 'test_1'),
    'stream emptied': (_put(ONE, b''), 'test_1'),
    'stream removed': (_gone(ONE), f'the stream {ONE} is not there'),
    'stream added': (_put('streams/3.subunit', b''), 'streams/3.subunit belongs to no attempt'),
    'failure removed from the stream': (
        lambda files: files.update({ONE: _without(files[ONE], bundles.FLAKY)}), 'test_2'),
    'streams exchanged': (lambda it: it.update({ONE: it[TWO], TWO: it[ONE]}), 'test_1'),
    'stream of another run': (
        lambda files: files.update({ONE: bundles.first().bytes}), f'{EVIDENCE} has another'),
    'evidence changed': (_replaced(EVIDENCE, b'"status": 200', b'"status": 201'),
                         f'{EVIDENCE} has another content'),
    'evidence line removed': (_lines(slice(1)), f'{EVIDENCE} has another content'),
    'evidence line added': (lambda files: files.update({EVIDENCE: files[EVIDENCE] * 2}),
                            f'{EVIDENCE} has another content'),
    'evidence removed': (_gone(EVIDENCE), '\nevidence computed again from the streams: '
                                          f'{EVIDENCE} is there and not listed\n'),
    'evidence added': (_put('evidence/x.jsonl', b'{}\n'), 'evidence/x.jsonl is listed and not'),
    'guideline with a test made advisory': (_document(_advised), 'as it was published'),
    'guideline with a test removed': (
        _document(lambda it: it['capabilities']['basics']['tests'].popitem()),
        'as it was published'),
    'guideline of another id': (
        _document(lambda it: it['metadata'].update(id='2026.12')), 'guideline in result.json'),
    'guideline no guideline': (_put('guideline.json', b'{}'), 'not laid out as one'),
    'waiver added': (
        _put('waivers.json', bundles.waivers(bundles.waiver(), bundles.waiver(
            test=bundles.uuid(2)))), 'waivers in result.json is not what is computed'),
    'waiver prolonged': (_replaced('waivers.json', b'2027-05', b'2027-10'), 'waivers in'),
    'waivers removed': (_gone('waivers.json'), 'computed {"conclusion": "NOT CONFORMANT"'),
    'waivers no waivers': (_put('waivers.json', b'{}'), 'the waivers are not an object'),
    'page edited': (_replaced('report.html', b'INCOMPLETE', b'CONFORMANT'),
                    'report.html is not what'),
    'Markdown edited': (_replaced('report.md', b'INCOMPLETE', b'CONFORMANT'),
                        'report.md is not what'),
    'JUnit edited': (_replaced('junit.xml', b'test_2', b'test_x'), 'junit.xml is not what'),
    'page edited, tests in another order': (
        lambda files: (_claim(lambda it: it['tests'].reverse())(files),
                       _put('report.html', b'CONFORMANT')(files)), 'report.html is not what'),
    'page removed': (_gone('report.html'), 'report.html is not in the bundle')}


def _envelope(change: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
    def changed(files: Files) -> None:
        envelope = json.loads(files['attestation.json'])
        change(envelope)
        files['attestation.json'] = json.dumps(envelope).encode()
    return changed


def _stated(change: Callable[[dict[str, Any]], Any]) -> Callable[[Files], None]:
    def changed(envelope: dict[str, Any]) -> None:
        stated = json.loads(base64.b64decode(envelope['payload']))
        change(stated)
        envelope['payload'] = base64.b64encode(json.dumps(stated).encode()).decode()
    return _envelope(changed)


def _swapped(files: Files) -> None:
    files['attestation.json'] = attestation.made(
        {'result.json': result.digest(files['result.json'])}, json.loads(files['result.json']),
        None)


# What is changed and left so: what has to be said of the bundle.
AS_IT_IS: dict[str, tuple[Callable[[Files], Any], str]] = {
    'verdict flipped': (_claim(_verdict), 'SHA256SUMS: result.json has another content'),
    'stream changed': (_put(ONE, b''), f'SHA256SUMS: {ONE} has another content'),
    'file added': (_put('streams/9.subunit', b''), 'streams/9.subunit is there and not listed'),
    'file removed': (_gone(EVIDENCE), f'SHA256SUMS: {EVIDENCE} is listed and not there'),
    'sums edited': (_replaced('SHA256SUMS', b'  run.json', b'  run.jsox'),
                    'run.json is there and not listed'),
    'name with spaces': (_replaced('SHA256SUMS', b'  run.json', b'  a  run.json'),
                         'SHA256SUMS: a run.json is listed and not there'),
    'long name doubled': (
        lambda files: files.update(SHA256SUMS=b'0  ' + b'x' * 99 + b'\n1  ' + b'x' * 99 + b'\n'),
        'SHA256SUMS has ' + 'x' * 77 + '... twice'),
    'sums no text': (_put('SHA256SUMS', b'0  \xff\n'),
                     'SHA256SUMS: \ufffd is listed and not there'),
    'sum doubled': (lambda files: files.update(SHA256SUMS=files['SHA256SUMS'] * 2),
                    'SHA256SUMS has ' + EVIDENCE + ' twice'),
    'sums otherwise written': (_replaced('SHA256SUMS', b'\n', b'\r\n'),
                               'SHA256SUMS is not written as'),
    'sums removed': (_gone('SHA256SUMS'), 'SHA256SUMS is not in the bundle'),
    'attestation removed': (_gone('attestation.json'), 'attestation.json is not in the bundle'),
    'attestation no JSON': (_put('attestation.json', b'x'), 'cannot be read'),
    'statement for other files': (_swapped, 'file in attestation.json: run.json is there and not'),
    'digest in the statement': (
        _stated(lambda it: it['subject'][0]['digest'].update(sha256='0')),
        'file in attestation.json: SHA256SUMS has another content'),
    'file twice in the statement': (
        _stated(lambda it: it['subject'].append(it['subject'][0])), 'states a file twice'),
    'verdict in the statement': (
        _stated(lambda it: it['predicate']['verdict'].update(conclusion='CONFORMANT')),
        'attestation.json states another verdict'),
    'verdict taken from the statement': (
        _stated(lambda it: it['predicate'].pop('verdict')), 'states another verdict'),
    'further word in the statement': (
        _stated(lambda it: it['predicate'].update(level=None)), 'states another level'),
    'long word in the statement': (
        _stated(lambda it: it['predicate'].update({'x' * 99: 1})),
        '\nattestation.json states another ' + 'x' * 37 + '... than what is computed\n'),
    'statement of something else': (
        _stated(lambda it: it.update(predicateType='urn:x')), 'something else than a result'),
    'further word in the envelope': (
        _envelope(lambda it: it.update(level='gold')), 'holds more than a DSSE envelope'),
    'payload of another type': (
        _envelope(lambda it: it.update(payloadType='text/plain')), 'else than a statement')}


class DifferencesTest(testtools.TestCase):

    def test_whole_lines(self) -> None:
        test = {'id': '1', 'name': 'x', 'status': 'pass'}
        for claimed, computed, said in (
                ({'tests': {}}, {'tests': []}, 'tests in result.json is no list of tests'),
                ({'tests': [test] * 2}, {'tests': [test]}, 'a test is twice in result.json'),
                ({'tests': []}, {'tests': [test]}, 'the test x is not in result.json'),
                ({'tests': [{'id': 'y' * 99}]}, {'tests': []},
                 'the test ' + 'y' * 77 + '... of result.json is not in the run'),
                ({'tests': [{**test, 'status': 'fail'}]}, {'tests': [test]},
                 'status of the test x in result.json is "fail"; computed "pass"'),
                ({'k' * 99: 1}, {}, 'k' * 37 + '... in result.json is not what is computed'),
                ({'verdict': {'b': 1, 'a': 2}}, {'verdict': 'z' * 200},
                 'verdict in result.json is {"a": 2, "b": 1}; computed "' + 'z' * 116 + '...')):
            self.assertEqual([said], list(differences.of_results(claimed, computed)))

    def test_order_of_keys_is_no_difference(self) -> None:
        first, second = {'a': 1, 'b': 2}, {'b': 2, 'a': 1}
        self.assertTrue(differences.same(first, second))
        self.assertTrue(differences.same(second, first))

    def test_long_names_of_files(self) -> None:
        name = 'x' * 99
        for left, right, says in (({name: '1'}, {}, 'is listed and not there'),
                                  ({}, {name: '1'}, 'is there and not listed'),
                                  ({name: '1'}, {name: '2'}, 'has another content')):
            self.assertEqual(['file: ' + 'x' * 77 + f'... {says}'],
                             list(differences.of_digests(left, right, 'file')))


class VerificationTest(testtools.TestCase):

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

    def _verify(self, files: Files, **given: Any) -> verification.Verification:
        return verification.verify(files, **{
            'key': self.public, 'challenge': bundles.CHALLENGE, 'published': self.published,
            **given})

    def test_untouched_bundle_verifies(self) -> None:
        found = self._verify(self.files, waived=self.parts.waived)
        self.assertEqual([True, True, True], [line.good for line in found.lines], str(found))
        self.assertFalse(found.failed)
        self.assertEqual(ABOUT, [line.about for line in found.lines])
        self.assertEqual('consistent; the verdict computed again is INCOMPLETE: 1 of 3 required '
                         'tests failed and passed later', found.consistency.says)
        self.assertEqual(
            'answered in 2 of 6 records (compute hostname 1, compute user data 1, '
            'ec2 PrivateDnsName 1, ec2 userData 1, ec2 clientToken 1)', found.challenge.says)
        self.assertEqual('0.1', verification.made_by(self.files))
        key_id, = attestation.signers(self.files['attestation.json'])
        self.assertEqual(f'valid for all files, by the key {key_id}', found.signature.says)
        self.assertEqual(2, verification.exit_code(self.files))

    def test_another_version_may_compute_otherwise(self) -> None:
        """What it wrote is not called wrong; only that version can tell."""
        self.patch(release, 'suite', lambda: '0.2+0123456789ab')
        found = self._verify(self.files)
        self.assertEqual([True, True, True], [line.good for line in found.lines])
        self.assertFalse(found.failed)
        files = {**self.files}
        _replaced('report.html', b'</body>', b'<!-- 0.1 --></body>')(files)
        files = bundles.fixed_up(files, self.secret)
        found = self._verify(files)
        self.assertEqual([True, None, None], [line.good for line in found.lines])
        self.assertEqual(ABOUT, [line.about for line in found.lines])
        self.assertEqual(
            ['not verified: version 0.1 of the suite made it, and this is 0.2+0123456789ab',
             'not looked for: the bundle was not verified'],
            [found.consistency.says, found.challenge.says])
        self.assertEqual(('0.1', False, True), (found.other, found.wrong, found.failed))
        # Streams that are of another version than the run is said to be, whatever it is.
        claimed = {**self.files}
        _record(lambda it: it['suite'].update({'ec2attrs-tempest-plugin': '9.9'}))(claimed)
        found = self._verify(bundles.fixed_up(claimed))
        self.assertEqual((False, ''), (found.consistency.good, found.other))
        # A signature that is none, or digests that are, are wrong for any version.
        self.assertTrue(self._verify(bundles.fixed_up(files)).wrong)
        files['run.json'] += b' '
        self.assertIs(False, self._verify(files).consistency.good)
        self.assertEqual('', self._verify(files).other)

    def test_how_files_are_written(self) -> None:
        for name, begin in (('result.json', b'{\n "attempts": [\n  {'),
                            ('run.json', b'{\n "challenge": "'),
                            ('attestation.json', b'{\n "payload": "')):
            self.assertEqual(begin, self.files[name][:len(begin)])
            self.assertEqual(b'}\n', self.files[name][-2:])

    def test_page_shows_what_was_asked_for_a_failure(self) -> None:
        self.assertIn(b'an answer', bundles.Parts(waived=None).made()['report.html'])

    def test_reports_can_be_written_whatever_they_hold(self) -> None:
        with (mock.patch.object(html, 'render', lambda _, lines: f'{lines("none")}\ud800'),
              mock.patch.object(markdown, 'render', return_value='\ud800'),
              mock.patch.object(junit, 'render', return_value='\ud800')):
            self.assertEqual({'report.html': b'[]?', 'report.md': b'?', 'junit.xml': b'?'},
                             bundle.rendered({}, {}))

    def test_version_that_made_it(self) -> None:
        record = bundles.record()
        for suite, version in (({}, ''), ({'tempest': '47'}, ''),
                               ({'ec2attrs-tempest-plugin': 'x' * 99}, 'x' * 57 + '...')):
            record.suite = suite
            self.assertEqual(version, verification.made_by({'run.json': record.dump()}))
        self.assertEqual('', verification.made_by({}))

    def test_what_is_not_asked_for_is_not_wrong(self) -> None:
        found = self._verify(self.files, key=None, challenge=None)
        self.assertEqual([None, True, None], [line.good for line in found.lines])
        self.assertFalse(found.failed)
        self.assertEqual(ABOUT, [line.about for line in found.lines])
        envelope = json.loads(self.files['attestation.json'])
        key_id = envelope['signatures'][0]['keyid']
        self.assertEqual(f'signed with {key_id}, which was not checked: give --key',
                         found.signature.says)
        envelope['signatures'].append({'keyid': 'zz', 'sig': ''})
        found = self._verify({**self.files, 'attestation.json': json.dumps(envelope).encode()},
                             key=None)
        self.assertEqual(f'signed with {key_id}, zz, which was not checked: give --key',
                         found.signature.says)
        found = self._verify(self.files, challenge=None)
        self.assertEqual('not checked: give --challenge', found.challenge.says)
        found = self._verify(self.parts.made(), key=None)
        self.assertEqual('the bundle is not signed', found.signature.says)

    def _found_out(self, name: str, files: Files, words: str) -> None:
        self.assertNotEqual(self.files, files, name)
        found = self._verify(files)
        self.assertIs(False, found.signature.good, name)
        self.assertIs(False, found.consistency.good, name)
        self.assertEqual((False, 'not looked for: the bundle does not hold together'),
                         (found.challenge.good, found.challenge.says), name)
        self.assertEqual(ABOUT, [line.about for line in found.lines], name)
        self.assertIn(words, '\n'.join(['', *found.consistency.more, '']), name)
        unsigned = self._verify(files, key=None)
        self.assertTrue(unsigned.failed, name)

    def test_what_does_not_follow_is_found_out(self) -> None:
        """It takes no key: digests and statement are put right, the content is not."""
        self.assertGreater(len(FIXED_UP), 50)
        for name, (change, words) in FIXED_UP.items():
            files = dict(self.files)
            change(files)
            # What has no list of files cannot be put right.
            if files['result.json'].startswith(b'{'):
                files = bundles.fixed_up(files)
            self._found_out(name, files, words)

    def test_what_is_left_so_is_found_out(self) -> None:
        for name, (change, words) in AS_IT_IS.items():
            files = dict(self.files)
            change(files)
            self._found_out(name, files, words)
