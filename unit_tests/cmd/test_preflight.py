"""``ec2attrs preflight``: what is printed, and the exit code."""

import contextlib
import io
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.certification import guideline
from ec2attrs_tempest_plugin.certification import needs
from ec2attrs_tempest_plugin.cmd import main
from ec2attrs_tempest_plugin.cmd import preflight
from unit_tests.preflight import cloud

NEEDS = {'a': needs.Needs('t.a', ()), 'b': needs.Needs('t.b', ('volumes',)),
         'c': needs.Needs('t.c', ('admin', 'microversion:2.101', 'volumes'))}


def demands(required: bool) -> dict[str, guideline.Demand]:
    """Return what a guideline asks for."""
    capability = guideline.Capability('all', 'All.', required, False)
    return {key: guideline.Demand(key, each.name, capability) for key, each in NEEDS.items()}


class PreflightTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)
        self.cloud = cloud.FakeCloud()
        running = self.cloud.running()
        running.__enter__()
        self.addCleanup(running.__exit__, None, None, None)
        self.required = True

    def run_it(self, *args: str, **more: Any) -> tuple[int, str]:
        out = io.StringIO()
        published = mock.Mock()
        published.demands.side_effect = lambda profile: demands(self.required)
        with (mock.patch.object(needs, 'load', return_value=NEEDS),
              mock.patch.object(preflight.guideline, 'published', return_value=published),
              contextlib.redirect_stdout(out), contextlib.redirect_stderr(out)):
            code = main.build_parser().parse_args([
                'preflight', '--config-file', str(self.cloud.conf(self.base, **more)), *args])
            return code.handler(code), out.getvalue()

    def test_all_is_there(self) -> None:
        self.cloud.rows['GET /compute/v2.1/'] = (
            200, {'version': {'min_version': '2.1', 'version': '2.101'}})
        code, said = self.run_it()
        self.assertEqual(0, code, said)
        self.assertIn('Of the 3 tests of the profile operator, 3 will run.', said)
        self.assertIn('ok   credentials of alice: ', said)
        self.assertNotIn('WARN', said)

    def test_required_tests_will_be_skipped(self) -> None:
        code, said = self.run_it(more='[service_available]\ncinder = false\n')
        self.assertEqual(2, code, said)
        self.assertIn('1 will run, and 2 will be skipped:', said)
        self.assertIn('2 need volumes: a cloud with Cinder', said)
        self.assertIn('1 need newer microversions', said)
        self.assertIn('max_microversion below 2.101', said)
        self.assertIn('counted for each', said)
        self.assertIn('INCOMPLETE: 2 of them', said)

    def test_what_is_forbidden_will_be_skipped(self) -> None:
        self.cloud.rows['POST /volume/v3/p1/volumes'] = (403, cloud.fault('Policy: no'))
        code, said = self.run_it()
        self.assertEqual(2, code, said)
        self.assertIn('WARN volumes: POST /volumes: 403 (Policy: no)', said)
        self.assertIn('1 will run, and 2 will be skipped:', said)
        self.assertIn('policy volume:create allows', said)

    def test_a_feature_that_no_test_of_the_profile_needs_is_no_warning(self) -> None:
        more = '[compute-feature-enabled]\npause = false\n'
        self.assertNotIn('pause', self.run_it(more=more)[1])
        with mock.patch.object(needs, 'wanted', return_value={'pause'}):
            self.assertIn('WARN pause: [compute-feature-enabled] pause is false',
                          self.run_it(more=more)[1])

    def test_others_will_be_skipped(self) -> None:
        self.required = False
        code, said = self.run_it(more='[service_available]\ncinder = false\n')
        self.assertEqual(0, code, said)
        self.assertNotIn('INCOMPLETE', said)

    def test_each_test_is_listed(self) -> None:
        _, said = self.run_it('--list', more='[service_available]\ncinder = false\n')
        self.assertIn('\n\nrun  t.a\nskip t.b: missing: volumes\n'
                      'skip t.c: missing: microversion:2.101, volumes\n\nOf the 3', said)
        self.required = False
        self.assertIn('run  t.b (not required)\n', self.run_it('--list')[1])
        self.assertNotIn('t.a', self.run_it()[1])

    def test_what_no_test_of_the_profile_wants_is_no_warning(self) -> None:
        more = '[service_available]\ncinder = false\n'
        self.assertIn('WARN volumes', self.run_it(more=more)[1])
        del self.cloud.rows['GET /metadata/latest/meta-data/']
        self.cloud.rows['GET /metadata/latest/meta-data/'] = (500, b'')
        self.assertNotIn('WARN metadata', self.run_it()[1])
        with mock.patch.object(needs, 'wanted', return_value={'metadata'}):
            self.assertIn('WARN metadata', self.run_it()[1])

    def test_it_cannot_start(self) -> None:
        self.cloud.roles = ['\x1b[31mreader']
        code, said = self.run_it()
        self.assertEqual(3, code)
        self.assertIn('FAIL credentials of alice: no role admin', said)
        self.assertNotIn('\x1b', said)
        self.assertNotIn('will run', said)

    def test_no_file(self) -> None:
        out = io.StringIO()
        with contextlib.redirect_stderr(out):
            self.assertEqual(3, main.main(['preflight', '--config-file', '/nowhere/t.conf']))
        self.assertEqual(1, len(out.getvalue().splitlines()))
        self.assertIn('/nowhere/t.conf', out.getvalue())

    def test_profile_follows_from_the_file(self) -> None:
        self.cloud.roles = ['member']
        self.assertIn('profile tenant', self.run_it(tenant=True)[1])
        self.assertIn('profile operator', self.run_it('--profile', 'operator', tenant=True)[1])
