"""``ec2attrs report``, ``verify`` and ``diff`` on streams made to order."""

import argparse
import contextlib
import gzip
import io
import json
from pathlib import Path
import tempfile
from typing import Any
import unittest
from unittest import mock

from ec2attrs_tempest_plugin.certification import archive
from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification.guideline import Guideline
from ec2attrs_tempest_plugin.certification.guideline import PROFILES
from ec2attrs_tempest_plugin.cmd import report
from ec2attrs_tempest_plugin.cmd import verify
from unit_tests.certification import bundles
from unit_tests.certification import demands
from unit_tests.certification.streams import BEGIN
from unit_tests.certification.streams import Stream
from unit_tests.certification.streams import TESTS
from unit_tests.certification.streams import traceback
from unit_tests.certification.streams import VIOLATIONS

IDS = [f'{TESTS}.A.test_{number}[EC2A-00{number},id-00000000-0000-4000-8000-00000000000{number}]'
       for number in (1, 2, 3)]
HEAD = {'suite': '1', 'tempest': '2', 'cloud': 'http://cloud/v3', 'challenge': None}


class ReportTest(unittest.TestCase):
    """From files to the exit code."""

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)
        tests = [plan.parse_id(each) for each in IDS]
        published = Guideline('2026.11', b'{}', frozenset(),
                              dict.fromkeys(PROFILES, demands.of(tests)))
        patch = mock.patch.object(report.finishing.guideline, 'published', lambda *_: published)
        patch.start()
        self.addCleanup(patch.stop)

    def stream(self, name: str, *tests: tuple[str, str], head: dict[str, Any] = HEAD,
               later: int = 0) -> Path:
        """Return the file of a stream that begins so many seconds later."""
        made = Stream()
        for _ in range(later):
            made.begin('other.Test.test_x').end('other.Test.test_x', 'success')
        for test_id, status in tests:
            made.begin(test_id)
            made.attach(test_id, 'exchanges', gzip.compress(json.dumps(head).encode()))
            if status == 'fail':
                made.attach(test_id, 'violations', VIOLATIONS)
                made.attach(test_id, 'traceback', traceback('E: wrong').encode())
            made.end(test_id, status)
        path = self.base / name
        path.write_bytes(made.bytes)
        return path

    def call(self, module: Any, *argv: object) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        module.add_parser(parser.add_subparsers())
        args = parser.parse_args([str(each) for each in argv])
        with (contextlib.redirect_stdout(io.StringIO()) as out,
              contextlib.redirect_stderr(io.StringIO()) as err):
            code = args.handler(args)
        return code, out.getvalue(), err.getvalue()

    def report(self, *paths: Path) -> tuple[int, str, str]:
        return self.call(report, 'report', '--output', self.base / 'out', *paths)

    def test_shards_make_one_verdict(self) -> None:
        code, out, err = self.report(
            self.stream('a', (IDS[0], 'success'), (IDS[1], 'success')),
            self.stream('b', (IDS[2], 'success'), later=5))
        self.assertEqual((0, ''), (code, err))
        self.assertIn('3 of 3 required tests passed', out)
        files = archive.read(self.base / 'out' / 'bundle.tar.gz')
        self.assertLessEqual({'streams/1.subunit', 'streams/2.subunit'}, files.keys())

    def test_delays_are_told(self) -> None:
        made = Stream()
        for each in IDS:
            made.begin(each).attach(each, 'exchanges', bundles.packed(
                [HEAD, bundles.exchange(1, repeated=2, waited=1.5, at=BEGIN.isoformat())]))
            made.end(each, 'success')
        path = self.base / 'a'
        path.write_bytes(made.bytes)
        code, out, _ = self.report(path)
        self.assertEqual(0, code)
        self.assertIn('Delays   3 requests were sent again after 429, 503 or a reset; 4 s of '
                      'waiting\n', out)

    def test_a_shard_that_is_not_there_is_incomplete(self) -> None:
        code, out, _ = self.report(self.stream('a', (IDS[0], 'success')))
        self.assertEqual(2, code)
        self.assertIn('2 of 3 required tests gave no result', out)

    def test_a_later_stream_erases_no_failure(self) -> None:
        code, out, _ = self.report(
            self.stream('b', *((each, 'success') for each in IDS), later=9),
            self.stream('a', (IDS[0], 'fail'), (IDS[1], 'success')))
        self.assertEqual(2, code)
        self.assertIn('failed and passed later', out)
        code, _, _ = self.report(
            self.stream('b', *((each, 'success') for each in IDS)),
            self.stream('a', (IDS[0], 'fail'), later=9))
        self.assertEqual(1, code)

    def test_tests_of_others_are_left_alone(self) -> None:
        code, _, _ = self.report(self.stream(
            'a', *((each, 'success') for each in IDS), ('tempest.api.x.Y.test_z', 'fail')))
        self.assertEqual(0, code)

    def test_what_does_not_belong_together_is_refused(self) -> None:
        first = self.stream('a', (IDS[0], 'success'))
        for key in HEAD:
            other = self.stream('b', (IDS[1], 'success'), head={**HEAD, key: 'other'}, later=5)
            code, _, err = self.report(first, other)
            self.assertEqual(3, code, key)
            self.assertIn('not of one cloud, suite and challenge', err)

    def test_a_stream_that_is_there_twice_is_refused(self) -> None:
        first = self.stream('a', (IDS[0], 'success'))
        self.assertIn('given twice', self.report(first, first)[2])
        longer = self.stream('b', (IDS[0], 'success'), (IDS[1], 'success'))
        code, _, err = self.report(first, longer)
        self.assertEqual(3, code)
        self.assertIn('tell of the same run', err)

    def test_what_is_no_stream_is_refused(self) -> None:
        path = self.base / 'x'
        for content in (b'', b'\x00' * 100, b'{"a": 1}'):
            path.write_bytes(content)
            code, _, err = self.report(path)
            self.assertEqual(3, code)
            self.assertEqual(1, err.count('\n'))
        self.assertEqual(3, self.report(self.base / 'nowhere')[0])
        self.assertEqual(3, self.call(report, 'report', self.base)[0])

    def test_a_stream_without_evidence_is_refused(self) -> None:
        code, _, err = self.report(self.stream('a', (IDS[0], 'success'), head={}))
        self.assertEqual(3, code)
        self.assertIn('no evidence', err)

    def test_a_truncated_stream_is_incomplete(self) -> None:
        path = self.stream('a', *((each, 'success') for each in IDS))
        path.write_bytes(path.read_bytes()[:-20])
        self.assertEqual(2, self.report(path)[0])

    def test_a_bundle_is_verified(self) -> None:
        self.report(self.stream('a', *((each, 'success') for each in IDS)))
        bundle = self.base / 'out' / 'bundle.tar.gz'
        guideline = report.finishing.guideline.published()
        with mock.patch('ec2attrs_tempest_plugin.certification.guideline.parse',
                        lambda content: guideline):
            code, out, _ = self.call(verify, 'verify', bundle)
            self.assertEqual(0, code, out)
            self.assertIn('bundle     ok     consistent', out)
            files = archive.read(bundle)
            files['report.html'] += b'<!-- -->'
            bundle.write_bytes(archive.written(files))
            code, out, _ = self.call(verify, 'verify', bundle)
            self.assertEqual(4, code)
            self.assertIn('report.html has another content', out)
            bundle.write_bytes(archive.written(bundles.fixed_up(files)))
            code, out, err = self.call(verify, 'verify', bundle)
        self.assertEqual(3, code)
        self.assertIn('bundle     ?      not verified: version 1 of the suite made it', out)
        self.assertEqual('ec2attrs verify: install version 1 of the suite to verify it\n', err)

    def test_what_is_no_bundle_is_3(self) -> None:
        path = self.stream('a', (IDS[0], 'success'))
        for argv in (('verify', path), ('diff', path, path), ('verify', self.base)):
            code, out, err = self.call(verify, *argv)
            self.assertEqual((3, ''), (code, out))
            self.assertEqual(1, err.count('\n'))

    def test_bundles_are_compared(self) -> None:
        made = []
        for name, status in (('good', 'success'), ('bad', 'fail')):
            self.report(self.stream(name, (IDS[0], status), *(
                (each, 'success') for each in IDS[1:])))
            made.append((self.base / 'out' / 'bundle.tar.gz').rename(self.base / f'{name}.gz'))
        code, out, _ = self.call(verify, 'diff', *made)
        self.assertEqual(1, code)
        self.assertIn(f'Regressions\n  {TESTS}.A.test_1: pass -> fail: E: wrong', out)
        code, out, _ = self.call(verify, 'diff', *made[::-1])
        self.assertEqual(0, code)
        self.assertIn('Fixes\n', out)
        self.assertEqual((0, 'The results are alike.\n', ''),
                         self.call(verify, 'diff', made[0], made[0]))
