"""``ec2attrs certify`` with a fake Tempest and a fake reference cloud."""

import argparse
from collections.abc import Callable
import contextlib
import io
import json
import os
from pathlib import Path
import signal
import tempfile
from typing import Any
import unittest
from unittest import mock

from ec2attrs_tempest_plugin.certification import archive
from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification import workspace
from ec2attrs_tempest_plugin.certification.guideline import Guideline
from ec2attrs_tempest_plugin.certification.guideline import PROFILES
from ec2attrs_tempest_plugin.cleaning import access as cleaning_access
from ec2attrs_tempest_plugin.cmd import certify
from ec2attrs_tempest_plugin.contract import outcomes
from ec2attrs_tempest_plugin.contract.requirements import Requirement
from unit_tests.certification import demands
from unit_tests.certification import fake_tempest

SUITE = {'ec2attrs-tempest-plugin': '1', 'tempest': '2'}
TABLE = {key: Requirement(key, f'{key} must hold.', '') for key in ('EC2A-001', 'EC2A-002')}


class FakeCloud:
    """Notes what is done to it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.dead: list[tuple[str, str]] = []
        self.trouble: dict[str, Exception] = {}

    def __call__(self, root: Path, port_offset: int = 0) -> 'FakeCloud':
        self.calls.append(f'at {root} +{port_offset}')
        self.root = root
        return self

    def up(self, progress: Callable[[str], None]) -> None:
        self.calls.append('up')
        progress('starting')
        if 'up' in self.trouble:
            raise self.trouble['up']

    def down(self) -> None:
        self.calls.append('down')
        if 'down' in self.trouble:
            raise self.trouble['down']

    def dead_services(self) -> list[tuple[str, str]]:
        return self.dead


class CertifyTest(unittest.TestCase):
    """From the arguments to the exit code."""

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)
        fake_tempest.install(self.base / 'fake')
        # A job in the background ignores Ctrl-C and hands that on.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        self.config_file = self.base / 'tempest.conf'
        self.config_file.write_text('[identity]\nuri_v3 = http://user:word@cloud/v3\n')
        self.root = self.base / 'workspace'
        self.cloud = FakeCloud()
        self.patch(certify, 'REQUIREMENTS', TABLE)
        self.patch(certify.finishing, 'suite', lambda: SUITE)
        tests = [plan.parse_id(each) for each in fake_tempest.IDS]
        self.patch(certify.finishing.guideline, 'published', lambda: Guideline(
            '2026.11', b'{}', frozenset(), dict.fromkeys(PROFILES, demands.of(tests))))
        self.patch(certify, 'ReferenceCloud', self.cloud)
        self.left = mock.Mock(return_value='')
        self.patch(certify.cleanup, 'after_run', self.left)
        self.patch(certify.access, 'tempest_conf',
                   lambda cloud: '[identity]\nuri_v3 = http://reference/v3\n')
        self.people = mock.Mock(return_value=[])
        self.patch(cleaning_access, 'people', self.people)

    def patch(self, target: object, name: str, value: object) -> None:
        patch = mock.patch.object(target, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def call(self, *argv: str, fake: str = '', command: str = 'certify',
             cloud: str = 'http://cloud/v3') -> tuple[int, str, str]:
        """Return exit code, standard output and standard error."""
        parser = argparse.ArgumentParser()
        certify.add_parser(parser.add_subparsers())
        args = parser.parse_args([command, *argv, '--workspace', str(self.root)])
        head = json.dumps({'suite': '1', 'tempest': '2', 'cloud': cloud, 'challenge': None})
        with (mock.patch.dict(os.environ, PYTHONPATH=str(self.base / 'fake'), FAKE_TEMPEST=fake,
                              FAKE_HEAD=head),
              contextlib.redirect_stdout(io.StringIO()) as out,
              contextlib.redirect_stderr(io.StringIO()) as err):
            code = args.handler(args)
        return code, out.getvalue(), err.getvalue()

    def own(self, fake: str = '', *argv: str) -> tuple[int, str, str]:
        return self.call('--config-file', str(self.config_file), *argv, fake=fake)

    def reference(self, fake: str = '', *argv: str) -> tuple[int, str, str]:
        return self.call('--reference-cloud', '--root', '/some/root', *argv, fake=fake,
                         cloud='http://reference/v3')

    def test_a_cloud_of_ones_own(self) -> None:
        code, out, err = self.own()
        self.assertEqual((0, ''), (code, err))
        self.assertIn('Tests of http://cloud/v3\n2 tests planned for the profile tenant', out)
        self.assertIn('[2/2] ok    EC2A-002 test_two', out)
        self.assertTrue(out.splitlines()[-1].startswith('Verdict: CONFORMANT'), out)
        self.assertEqual([], self.cloud.calls)
        self.assertNotIn('word', out)

    def test_each_verdict_has_its_exit_code(self) -> None:
        self.assertEqual(1, self.own('fail')[0])
        code, out, _ = self.own('die')
        self.assertEqual(2, code)
        self.assertIn('began and did not end', out)

    def test_a_time_out_is_incomplete(self) -> None:
        code, out, _ = self.own('hang', '--timeout', '2')
        self.assertEqual(2, code)
        self.assertIn('the tests were ended after 2 s (--timeout)', out)

    def test_nothing_started_is_3(self) -> None:
        code, _, err = self.own('broken-list')
        self.assertEqual(3, code)
        self.assertTrue(err.startswith('ec2attrs certify: Tempest could not list'), err)
        self.assertEqual(1, err.count('\n'))
        self.assertEqual(3, self.own('empty')[0])
        for content in ('', '[identity]\nregion=x\n', 'uri_v3 = http://x\n'):
            self.config_file.write_text(content)
            self.assertEqual(3, self.own()[0], content)
        self.config_file.unlink()
        code, _, err = self.own()
        self.assertEqual(3, code)
        self.assertIn('does not exist; give --config-file', err)

    def test_the_reference_cloud_is_used_and_shut_down(self) -> None:
        code, out, _ = self.reference('', '--port-offset', '7')
        self.assertEqual(0, code)
        self.assertEqual(['at /some/root +7', 'up', 'down'], self.cloud.calls)
        self.assertIn('Tests of http://reference/v3', out)
        self.assertLess(out.index('shut down'), out.index('Verdict'))
        config_file = self.root / 'etc' / 'tempest.conf'
        self.assertEqual(0o600, config_file.stat().st_mode & 0o777)

    def test_the_reference_cloud_can_be_kept(self) -> None:
        self.assertEqual(0, self.reference('', '--keep-cloud')[0])
        self.assertNotIn('down', self.cloud.calls)

    def test_the_reference_cloud_is_shut_down_whatever_happens(self) -> None:
        for fake, code in (('fail', 1), ('die', 2), ('broken-list', 3)):
            self.cloud.calls.clear()
            self.assertEqual(code, self.reference(fake)[0])
            self.assertEqual('down', self.cloud.calls[-1])
        with (mock.patch.object(workspace.Workspace, 'list_tests', side_effect=KeyboardInterrupt),
              self.assertRaises(KeyboardInterrupt)):
            self.reference()
        self.assertEqual('down', self.cloud.calls[-1])

    def test_a_cloud_that_does_not_start_is_3(self) -> None:
        self.cloud.trouble['up'] = certify.CloudError('port 35000 is taken')
        code, _, err = self.reference()
        self.assertEqual((3, 'ec2attrs certify: port 35000 is taken\n'), (code, err))

    def test_a_cloud_that_ran_before_is_not_shut_down(self) -> None:
        self.cloud.trouble['up'] = certify.CloudError('a cloud runs already')
        self.assertEqual(3, self.reference()[0])
        self.assertNotIn('down', self.cloud.calls)

    def test_a_dead_service_is_incomplete(self) -> None:
        self.cloud.dead = [('nova', '/some/log')]
        code, out, _ = self.reference()
        self.assertEqual(2, code)
        self.assertIn('nova of the reference cloud died; see /some/log', out)

    def test_a_cloud_that_does_not_end_is_incomplete(self) -> None:
        self.cloud.trouble['down'] = certify.CloudError('it stays')
        code, out, _ = self.reference()
        self.assertEqual(2, code)
        self.assertIn('did not shut down: it stays', out)

    def test_an_interrupted_run_ends_in_a_verdict(self) -> None:
        def interrupted(*arguments: object) -> workspace.End:
            raise KeyboardInterrupt

        with mock.patch.object(workspace, '_follow', interrupted):
            code, out, _ = self.reference('hang')
        self.assertEqual(130, code)
        self.assertIn('the run was interrupted', out)
        self.assertIn('Verdict: INCOMPLETE', out)
        self.assertEqual('down', self.cloud.calls[-1])
        # What is left in it goes with it.
        self.left.assert_not_called()
        with mock.patch.object(workspace, '_follow', interrupted):
            self.assertEqual(130, self.own('hang')[0])
        self.left.assert_called_once()

    def test_what_a_run_leaves_is_looked_for_by_names_of_its_own(self) -> None:
        self.left.return_value = 'left in the cloud and removed: 4 servers'
        for argv in ((), ('--keep-cloud',)):
            code, out, _ = self.reference('', *argv) if argv else self.own()
            self.assertEqual(0, code)
            self.assertIn('Cleanup  left in the cloud and removed: 4 servers', out)
            prefix = (self.root / 'prefix').read_text()
            self.assertRegex(prefix, 'tempest-[0-9a-f]{4}$')
            self.assertEqual(prefix, self.left.call_args.args[1])
        [attempt] = json.loads((self.root / 'result.json').read_text())['attempts']
        self.assertEqual(self.left.return_value, attempt['left'])

    def test_prefix_of_ones_own(self) -> None:
        config = self.config_file.read_text()
        self.config_file.write_text(f'[DEFAULT]\nresource_name_prefix = x.y\n{config}')
        self.own()
        self.assertRegex((self.root / 'prefix').read_text(), 'x.y-[0-9a-f]{4}$')
        self.config_file.write_text(f'[DEFAULT]\nresource_name_prefix = {"x" * 13}\n{config}')
        self.left.reset_mock()
        self.assertIn('Cleanup  nobody looked: [DEFAULT] resource_name_prefix', self.own()[1])
        self.assertEqual('none', (self.root / 'prefix').read_text())
        self.left.assert_not_called()

    def test_a_run_that_is_killed_while_it_cleans_up_has_all_for_a_report(self) -> None:
        self.left.side_effect = RuntimeError
        self.assertRaises(RuntimeError, self.own)
        record = json.loads((self.root / 'run.json').read_text())
        self.assertEqual('finished', record['tries'][0]['end'])

    def test_a_bundle_is_left_that_can_be_verified(self) -> None:
        self.own('', '--product', 'Cloud')
        files = archive.read(self.root / 'bundle.tar.gz')
        self.assertEqual('Cloud', json.loads(files['result.json'])['product']['name'])
        self.assertEqual((self.root / 'report.html').read_bytes(), files['report.html'])

    def test_a_secret_is_not_published(self) -> None:
        """The one planted here is the product's name and a password as well."""
        self.config_file.write_text(
            '[identity]\nuri_v3 = http://cloud/v3\n[auth]\nadmin_password = c4n4ry-0f-a-word\n')
        code, out, err = self.own('', '--product', 'c4n4ry-0f-a-word')
        self.assertEqual(3, code)
        self.assertIn('[auth] admin_password', err)
        self.assertNotIn('c4n4ry', out + err)
        self.assertFalse((self.root / 'bundle.tar.gz').exists())

    def test_what_failed_is_run_again_and_flaky_if_it_passes(self) -> None:
        self.assertEqual(1, self.own('fail')[0])
        code, out, _ = self.call('--config-file', str(self.config_file), command='rerun')
        self.assertEqual(2, code)
        self.assertIn('2 tests run again', out)
        self.assertIn('2 of 2 required tests failed and passed later', out)

    def test_what_was_lost_is_run_again_and_passes(self) -> None:
        self.assertEqual(2, self.own('die')[0])
        code, out, _ = self.call('--config-file', str(self.config_file), command='rerun')
        self.assertIn('1 tests run again', out)
        self.assertEqual(0, code)
        [first, second] = json.loads((self.root / 'result.json').read_text())['attempts']
        self.assertIn('exit code -6', first['trouble'])
        self.assertEqual('', second['trouble'])

    def test_nothing_to_run_again_is_3(self) -> None:
        self.own()
        code, _, err = self.call('--config-file', str(self.config_file), command='rerun')
        self.assertEqual((3, 'ec2attrs rerun: no test of the last run failed, could not run or '
                             'gave no result\n'), (code, err))

    def more(self) -> None:
        """Have six tests, all of them required."""
        tests = [plan.parse_id(each) for each in (*fake_tempest.IDS, *fake_tempest.MORE)]
        self.patch(certify.finishing.guideline, 'published', lambda: Guideline(
            '2026.11', b'{}', frozenset(), dict.fromkeys(PROFILES, demands.of(tests))))

    def attempts(self) -> list[int]:
        """Return how many tests each attempt of the record was to run."""
        document = json.loads((self.root / 'result.json').read_text())
        return [each['tests'] for each in document['attempts']]

    def test_what_met_a_transient_error_is_run_again(self) -> None:
        self.more()
        for code in outcomes.TRANSIENT:
            (self.root / 'runs').unlink(missing_ok=True)
            status, out, _ = self.own(f'more error={code}:2:1')
            self.assertEqual(0, status, out)
            self.assertIn('2 tests met a transient error; they are run again\n[2/2] ok', out)
            self.assertIn('Repeated 2 tests were run again after an error; 2 of them passed', out)
            self.assertIn('6 of 6 required tests passed (2 run again after an error)', out)
            self.assertEqual([6, 2], self.attempts())
        [test] = [each for each in json.loads((self.root / 'result.json').read_text())['tests']
                  if each['name'].endswith('test_one')]
        self.assertEqual(['error', 'pass'], [each['status'] for each in test['attempts']])
        # What all attempts made has the same word in its name, and is looked for once at the end.
        self.assertEqual(len(outcomes.TRANSIENT), self.left.call_count)

    def test_no_more_than_two_further_attempts(self) -> None:
        self.more()
        for runs, code, tests in ((2, 0, [6, 1, 1]), (3, 2, [6, 1, 1]), (9, 2, [6, 1, 1])):
            (self.root / 'runs').unlink(missing_ok=True)
            status, out, _ = self.own(f'more error=connection:1:{runs}')
            self.assertEqual((code, tests), (status, self.attempts()))
            self.assertIn('1 test met a transient error; it is run again', out)
        self.assertIn('1 x connection: it did not\n      B.test_one\n', out)

    def test_what_is_not_run_again(self) -> None:
        self.more()
        for code in set(outcomes.Code) - outcomes.TRANSIENT:
            (self.root / 'runs').unlink(missing_ok=True)
            self.assertEqual(2, self.own(f'more error={code}:1:1')[0])
            self.assertEqual([6], self.attempts())
        for fake, argv in (('error=connection:1:1', ['--no-retry-errors']), ('fail', []),
                           # All tests met violations, beside errors.
                           ('fail error=connection:1:1', [])):
            (self.root / 'runs').unlink(missing_ok=True)
            _, out, _ = self.own(f'more {fake}', *argv)
            self.assertEqual([6], self.attempts(), fake)
            self.assertNotIn('transient', out)

    def test_a_cloud_that_is_away_is_not_tried_again(self) -> None:
        self.more()
        for number, said, tests in ((3, 'too many of 6 to run them again', [6]),
                                    (2, 'they are run again', [6, 2])):
            (self.root / 'runs').unlink(missing_ok=True)
            _, out, _ = self.own(f'more error=connection:{number}:1')
            self.assertIn(said, out)
            self.assertEqual(tests, self.attempts())

    def test_a_run_that_did_not_finish_is_not_repeated(self) -> None:
        self.more()
        code, _, _ = self.own('more error=connection:1:9 hang', '--timeout', '2')
        self.assertEqual((2, [6]), (code, self.attempts()))
        follow = workspace._follow

        def interrupted(*arguments: Any) -> None:
            follow(*arguments)
            raise KeyboardInterrupt

        with mock.patch.object(workspace, '_follow', interrupted):
            self.assertEqual(130, self.own('more error=connection:1:9')[0])
        self.assertEqual([6], self.attempts())
        (self.root / 'runs').unlink()
        self.assertEqual(2, self.own('more error=connection:1:9 die')[0])
        self.assertEqual([6], self.attempts())

    def test_a_repetition_has_the_time_that_is_left(self) -> None:
        self.more()
        with mock.patch.object(workspace.Workspace, 'run', autospec=True,
                               side_effect=workspace.Workspace.run) as run:
            code, out, _ = self.own('more error=connection:2:1 hang-later', '--timeout', '5')
        self.assertEqual((2, [6, 2]), (code, self.attempts()))
        first, second = (each.args[4] for each in run.call_args_list)
        self.assertEqual(5, first)
        self.assertLess(second, 5)
        self.assertIn('the tests were ended after 5 s (--timeout)', out)
        attempts = json.loads((self.root / 'run.json').read_text())['tries']
        self.assertEqual(['finished', 'timed out'], [each['end'] for each in attempts])

    def test_an_interrupted_repetition_keeps_what_was_done(self) -> None:
        self.more()
        follow = workspace._follow
        calls: list[int] = []

        def interrupted(*arguments: Any) -> workspace.End:
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return follow(*arguments)

        with mock.patch.object(workspace, '_follow', interrupted):
            code, out, _ = self.own('more error=connection:2:9 hang-later')
        self.assertEqual((130, [6, 2]), (code, self.attempts()))
        self.assertIn('Tests    6 planned, 6 required: 4 pass, 2 error', out)
        self.left.assert_called_once()

    def test_what_failed_before_is_not_forgotten_in_a_repetition(self) -> None:
        self.more()
        self.assertEqual(1, self.own('more fail')[0])
        code, out, _ = self.call('--config-file', str(self.config_file), command='rerun',
                                 fake='more error=connection:1:2')
        self.assertEqual((2, [6, 6, 1]), (code, self.attempts()))
        self.assertIn('6 of 6 required tests failed and passed later', out)

    def test_it_logs_in_before_it_starts_a_test(self) -> None:
        self.own()
        self.people.assert_called_once()
        (self.root / 'run.json').unlink()
        self.people.side_effect = cleaning_access.NotUsable('Keystone does not\ntake it\x1b')
        for call in (self.own, self.reference):
            code, out, err = call()
            self.assertEqual((3, 'ec2attrs certify: Keystone does not take it?\n'), (code, err))
            self.assertNotIn('planned', out)
        self.assertFalse((self.root / 'run.json').exists())
        self.assertEqual('down', self.cloud.calls[-1])

    def test_it_logs_in_before_it_runs_tests_again(self) -> None:
        self.own('fail')
        self.people.side_effect = cleaning_access.NotUsable('no')
        self.assertEqual((3, '', 'ec2attrs rerun: no\n'), self.call(
            '--config-file', str(self.config_file), command='rerun'))
        self.assertEqual([2], self.attempts())

    def test_another_cloud_is_not_run_again(self) -> None:
        self.own('fail')
        self.config_file.write_text('[identity]\nuri_v3 = http://other/v3\n')
        code, _, err = self.call('--config-file', str(self.config_file), command='rerun')
        self.assertEqual(3, code)
        self.assertIn('not the cloud of the last run', err)

    def test_more_workers_than_accounts_are_refused(self) -> None:
        accounts = self.base / 'accounts.yaml'
        accounts.write_text('- username: one\n  project_name: p\n  password: x\n')
        self.config_file.write_text(
            '[identity]\nuri_v3 = http://cloud/v3\n[auth]\nuse_dynamic_credentials = False\n'
            f'test_accounts_file = {accounts}\n')
        code, _, err = self.own('', '--concurrency', '2')
        self.assertEqual(3, code)
        self.assertIn('give --concurrency 1 or fewer', err)
        code, out, _ = self.own()
        self.assertEqual(0, code)
        self.assertIn('run by 1 workers', out)


class AddressTest(unittest.TestCase):
    """Which cloud is it."""

    def address(self, content: str) -> str:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / 'tempest.conf'
            path.write_text(content)
            return certify.cloud_address(path)

    def test_options_may_stand_twice_and_hold_anything(self) -> None:
        self.assertEqual('http://[::1]:5000/v3', self.address(
            '[DEFAULT]\nx = %(y)s\nx = 2\n[identity]\nuri = http://old\n'
            'uri_v3 = http://u:p@[::1]:5000/v3\n'))

    def test_the_older_option_will_do(self) -> None:
        self.assertEqual('https://old/', self.address('[identity]\nuri = https://old/\n'))
