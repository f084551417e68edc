"""``ec2attrs cleanup`` with a fake cloud."""

import argparse
import contextlib
import fcntl
import io
from pathlib import Path
import tempfile
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.cleaning import access
from ec2attrs_tempest_plugin.cleaning import removal
from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.cmd import cleanup
from ec2attrs_tempest_plugin.contract.outcomes import Code
from unit_tests.cleaning.fake_cloud import FakeCloud


class Terminal(io.StringIO):
    """Someone who types."""

    def isatty(self) -> bool:
        """Say that it is a terminal."""
        return True


class CleanupTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.conf = self.root / 'tempest.conf'
        self.conf.write_text('[compute]\nbuild_timeout = 1\nbuild_interval = 0\n')
        self.cloud = FakeCloud()
        self.cloud.add(things.PROJECT, 'p', 'tempest-ec2attrs-RolesTest-1')
        self.cloud.add(things.PROJECT, 'p2', 'tempest-ec2attrs-OtherTest-1')
        self.patch(access, 'people', lambda conf: [self.cloud])

    def run_it(self, *arguments: str, typed: str | None = None) -> tuple[int, str, str]:
        """Return the exit code and what is printed."""
        out, err = io.StringIO(), io.StringIO()
        stdin = io.StringIO() if typed is None else Terminal(typed)
        parser = argparse.ArgumentParser()
        cleanup.add_parser(parser.add_subparsers())
        args = parser.parse_args(['cleanup', '--config-file', str(self.conf), '--workspace',
                                  str(self.root), *arguments])
        with (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
              mock.patch('sys.stdin', stdin)):
            code = args.handler(args)
        return code, out.getvalue(), err.getvalue()

    def test_removed(self) -> None:
        code, out, err = self.run_it('--yes')
        self.assertEqual((0, ''), (code, err))
        self.assertIn('  project tempest-ec2attrs-RolesTest-1 (p)\n1 project were left', out)
        self.assertTrue(out.endswith('Nothing is left\n'))
        self.assertEqual({'p2'}, self.cloud.ids())

    def _after_run(self, prefix: str = 'tempest-0a1b') -> tuple[str, str]:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            return cleanup.after_run(self.conf, prefix), out.getvalue()

    def test_after_a_run_only_what_is_its_own_is_removed(self) -> None:
        self.assertEqual(('', ''), self._after_run())
        self.cloud.add(things.PROJECT, 'p3', 'tempest-0a1b-ec2attrs-RolesTest-1')
        self.cloud.add(things.PROJECT, 'p4', 'tempest-0a1c-ec2attrs-RolesTest-1')
        self.cloud.add(things.PROJECT, 'p5', 'tempest-0a1b-0a1c-ec2attrs-RolesTest-1')
        said, out = self._after_run()
        self.assertEqual('left in the cloud and removed: 1 project', said)
        self.assertIn('The tests left 1 project; they are removed now\n', out)
        self.assertEqual({'p', 'p2', 'p4', 'p5'}, self.cloud.ids())
        # All of them are of the suite, whichever run they are of.
        self.assertEqual(0, self.run_it('--yes')[0])
        self.assertEqual({'p2', 'p5'}, self.cloud.ids())

    def test_after_a_run_of_which_something_stays(self) -> None:
        self.cloud.add(things.PROJECT, 'p3', 'tempest-0a1b-ec2attrs-RolesTest-1')
        self.patch(removal.Cleaning, 'remove', lambda own: own.problems.append('p3: locked'))
        self.assertEqual('still in the cloud: 1 project: p3: locked', self._after_run()[0])

    def test_after_a_run_whose_cloud_does_not_answer(self) -> None:
        for error in (errors.BadAnswer('nobody\nthere'), access.NotUsable('nobody there'),
                      errors.CloudError(Code.CONNECTION, 'nobody there')):
            with mock.patch.object(access, 'people', side_effect=error):
                self.assertEqual('what is left in the cloud is not known: nobody there',
                                 self._after_run()[0])

    def test_after_a_run_nothing_keeps_from_the_verdict(self) -> None:
        with mock.patch.object(access, 'people', side_effect=AttributeError('no\nsuch')):
            self.assertEqual('what is left in the cloud is not known: AttributeError no such',
                             self._after_run()[0])

    def test_after_a_run_somebody_is_in_a_hurry(self) -> None:
        self.cloud.add(things.PROJECT, 'p3', 'tempest-0a1b-ec2attrs-RolesTest-1')
        with mock.patch.object(removal.Cleaning, 'remove', side_effect=KeyboardInterrupt):
            self.assertEqual('the removal of 1 project was interrupted: "ec2attrs cleanup" goes '
                             'on with it', self._after_run()[0])

    def test_twice(self) -> None:
        self.run_it('--yes')
        self.assertEqual((0, 'Nothing was left behind\n', ''), self.run_it('--yes'))
        # Nobody has to be asked about nothing.
        self.assertEqual(0, self.run_it()[0])

    def test_what_stays_in_a_tenants_project(self) -> None:
        self.cloud.admin = False
        self.cloud.add(things.SERVER, 's', 'web', 'admin')
        self.cloud.add(things.SERVER, 's2', 'tempest-ec2attrs-5-7', 'admin')
        for number in range(2):
            self.cloud.add(things.VOLUME, f'v{number}', 'data', 'admin')
        self.cloud.ec2_url = 'http://ec2'
        self.cloud.refused['POST /users/me/credentials/OS-EC2'] = 403
        for arguments in (['--dry-run'], ['--yes'], ['--yes']):
            code, out, _ = self.run_it(*arguments)
            self.assertEqual(0, code)
            self.assertIn('In the project of admin 1 server, 2 volumes are not the suite\'s and '
                          'stay\n', out)
            self.assertIn('admin may not create EC2 credentials (403)', out)
        self.assertEqual({'s', 'v0', 'v1', 'p', 'p2'}, self.cloud.ids())

    def test_dry_run(self) -> None:
        code, out, _ = self.run_it('--dry-run')
        self.assertEqual(0, code)
        self.assertIn('project tempest-ec2attrs-RolesTest-1 (p)', out)
        self.assertEqual([], self.cloud.calls)

    def test_nobody_to_ask(self) -> None:
        code, _, err = self.run_it()
        self.assertEqual(3, code)
        self.assertIn('give --yes', err)
        self.assertEqual([], self.cloud.calls)

    def test_asked(self) -> None:
        for typed in ('', '\n', 'n\n', 'yess\n'):
            self.assertEqual(3, self.run_it(typed=typed)[0], typed)
            self.assertEqual([], self.cloud.calls)
        self.assertEqual(0, self.run_it(typed='Yes\n')[0])
        self.assertEqual({'p2'}, self.cloud.ids())

    def test_something_stays(self) -> None:
        self.cloud.staying.add('p')
        code, out, _ = self.run_it('--yes')
        self.assertEqual(1, code)
        self.assertTrue(out.endswith(
            'These are still there:\n  project tempest-ec2attrs-RolesTest-1 (p)\n'), out)

    def test_something_failed_and_nothing_is_left(self) -> None:
        self.cloud.refused['DELETE /os-quota-sets/p'] = 500
        code, _, err = self.run_it('--yes')
        self.assertEqual(0, code)
        self.assertEqual('ec2attrs cleanup: quota of project tempest-ec2attrs-RolesTest-1 (p): '
                         'DELETE /os-quota-sets/p: seen 500\n', err)

    def test_a_run_uses_the_workspace(self) -> None:
        with open(self.root / '.ec2attrs.lock', 'a') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            code, out, err = self.run_it('--yes')
        self.assertEqual((3, ''), (code, out))
        self.assertIn(f'a run uses the workspace {self.root}', err)
        self.assertEqual([], self.cloud.calls)

    def test_no_configuration(self) -> None:
        self.conf.unlink()
        self.assertEqual((3, ''), self.run_it('--yes')[:2])

    def test_a_service_does_not_answer(self) -> None:
        self.cloud.refused['GET /servers/detail'] = 503
        code, out, err = self.run_it('--yes')
        self.assertEqual((3, ''), (code, out))
        self.assertIn('GET /servers/detail: seen 503', err)

    def test_what_is_left_is_not_known(self) -> None:
        self.cloud.then = {'DELETE /projects/p': ('GET /servers/detail', 503)}
        code, _, err = self.run_it('--yes')
        self.assertEqual(1, code)
        self.assertIn('what is left is not known: GET /servers/detail: seen 503', err)

    def test_the_list_is_bounded(self) -> None:
        for number in range(600):
            self.cloud.add(things.SERVER, f's{number}', 'x', 'p')
        out = self.run_it('--dry-run')[1]
        self.assertIn('  and 101 more\n600 servers, 1 project were left behind\n', out)

    def test_accounts_that_are_kept(self) -> None:
        for name, content in (('a', 'RolesTest'), ('b', 'OtherTest')):
            (self.root / (name * 32)).write_text(content)
        self.conf.write_text(f'[auth]\nuse_dynamic_credentials = false\n[oslo_concurrency]\n'
                             f'lock_path = {self.root}\n')
        self.cloud.held['/projects'].clear()
        code, out, _ = self.run_it('--yes')
        self.assertEqual(0, code)
        self.assertIn(f'  account kept for RolesTest ({self.root / ("a" * 32)})\n', out)
        self.assertEqual(['b' * 32, 'tempest.conf'],
                         sorted(path.name for path in self.root.iterdir()
                                if path.name != '.ec2attrs.lock'))
