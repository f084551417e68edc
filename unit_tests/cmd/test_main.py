"""The command line."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import unittest
from unittest import mock

from ec2attrs_tempest_plugin.cmd import certify
from ec2attrs_tempest_plugin.cmd import main
from ec2attrs_tempest_plugin.contract import release


class MainTest(unittest.TestCase):
    """Exit codes are part of the interface."""

    def setUp(self) -> None:
        super().setUp()
        for number in (signal.SIGINT, signal.SIGTERM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def call(self, *argv: str) -> tuple[object, str, str]:
        """Return exit code, standard output and standard error."""
        code: object
        with (contextlib.redirect_stdout(io.StringIO()) as out,
              contextlib.redirect_stderr(io.StringIO()) as err):
            try:
                code = main.main(argv)
            except SystemExit as end:
                code = end.code
        return code, out.getvalue(), err.getvalue()

    def test_help_has_examples_and_exit_codes(self) -> None:
        for argv in (['--help'], ['certify', '--help']):
            code, out, _ = self.call(*argv)
            self.assertEqual(0, code)
            self.assertIn('examples:', out)
            self.assertIn('exit codes:', out)

    def test_version(self) -> None:
        code, out, _ = self.call('--version')
        self.assertEqual((0, f'{release.PACKAGE} {release.suite()}\n'), (code, out))

    def test_wrong_usage_is_not_a_verdict(self) -> None:
        for argv in ([], ['unknown'], ['certify', '--unknown'], ['certify', '--concurrency', '0'],
                     ['certify', '--reference-cloud', '--config-file', 'x']):
            code, _, err = self.call(*argv)
            self.assertEqual(3, code, argv)
            self.assertIn('ec2attrs', err)

    def test_the_code_of_the_command_is_returned(self) -> None:
        with mock.patch.object(certify, 'certify', return_value=2):
            self.assertEqual(2, self.call('certify')[0])

    def test_an_interrupt_is_told(self) -> None:
        with mock.patch.object(certify, 'certify', side_effect=KeyboardInterrupt):
            code, _, err = self.call('certify')
        self.assertEqual((130, '\nec2attrs: interrupted\n'), (code, err))

    def test_sigterm_is_an_interrupt(self) -> None:
        def end(args: object) -> int:
            os.kill(os.getpid(), signal.SIGTERM)
            return 0

        with mock.patch.object(certify, 'certify', end):
            self.assertEqual(130, self.call('certify')[0])

    def test_the_echo_of_an_interrupt_is_not_a_second_one(self) -> None:
        with mock.patch('time.monotonic') as clock:
            interrupts = main._Interrupts()
            clock.return_value = 100.0
            with self.assertRaises(KeyboardInterrupt):
                interrupts(signal.SIGINT, None)
            clock.return_value = 100.5
            interrupts(signal.SIGINT, None)
            clock.return_value = 102.0
            with self.assertRaises(KeyboardInterrupt):
                interrupts(signal.SIGTERM, None)

    def test_a_reader_that_goes_away_is_no_traceback(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        program = ('import sys; from ec2attrs_tempest_plugin.cmd import certify, main; '
                   'certify.certify = lambda args: print("x" * 100000) or 0; '
                   'sys.exit(main.main(["certify"]))')
        with open(writing, 'wb') as out:
            ended = subprocess.run([sys.executable, '-c', program], stdout=out,
                                   stderr=subprocess.PIPE, check=False)
        self.assertEqual((128 + signal.SIGPIPE, b''), (ended.returncode, ended.stderr))
