"""The command ``ec2attrs selftest``, on recorded exchanges."""

import argparse
from collections.abc import Iterator
import contextlib
import io
import json
import pathlib
import signal
from typing import Any
from unittest import mock

import ddt
import fixtures
import testtools

from ec2attrs_tempest_plugin.cmd import main
from ec2attrs_tempest_plugin.cmd import selftest as command
from ec2attrs_tempest_plugin.faults import selftest
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.judge import Verdict
from ec2attrs_tempest_plugin.faults.lane import LaneError
from ec2attrs_tempest_plugin.faults.selftest import CleanRun
from ec2attrs_tempest_plugin.faults.selftest import Work
from unit_tests.faults.rows import judgement

ROW, OTHER, BENIGN = 'nova-launch-index-constant', 'nova-launch-index-gap', 'nova-benign-newer'


class FakeBed:
    """Stands for a bed without a process or a cloud.

    :cvar made: workspace and port offset of each, the latest last.
    :cvar closed: how many were closed.
    """

    made: list[tuple[str, int | None]]
    closed: int
    tests = ['x'] * 119

    def __init__(self, workspace: pathlib.Path, port_offset: int | None = None,
                 *_: object) -> None:
        FakeBed.made.append((workspace.name, port_offset))

    def close(self) -> None:
        """Keep that it was closed."""
        FakeBed.closed += 1


class Commanding(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.workspace = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'own'

    def call(self, *argv: str) -> tuple[int, str, str]:
        """Return exit code, standard output and standard error."""
        parser = argparse.ArgumentParser()
        command.add_parser(parser.add_subparsers())
        args = parser.parse_args(['selftest', *argv, '--workspace', str(self.workspace)])
        with (contextlib.redirect_stdout(io.StringIO()) as out,
              contextlib.redirect_stderr(io.StringIO()) as err):
            code = args.handler(args)
        return code, out.getvalue(), err.getvalue()


class RecordedTest(Commanding):
    """With a worker and a tape."""

    def test_one_row(self) -> None:
        output = self.workspace.parent / 'score.json'
        row = ('--recorded', '--id', ROW, '--output', str(output))
        code, out, err = self.call(*row)
        self.assertEqual((0, ''), (code, err), out)
        self.assertIn('1 rows to try on 1 lanes', out)
        self.assertRegex(out, rf'\[  1/1\] caught   {ROW} ')
        self.assertIn('faults                1: 1 caught\n', out)
        document = json.loads(output.read_text())
        self.assertEqual([ROW], list(document['rows']))
        self.assertRegex(document['rows'][ROW]['line'], '^EC2A-023 .*: launch_index of ')
        # A second time there is nothing to do, but the score is the same.
        output.unlink()
        with mock.patch.object(command.beds, 'RecordedBed', side_effect=AssertionError):
            code, out, _ = self.call(*row)
        self.assertEqual(0, code)
        self.assertIn('1 of 1 have a result already (--again repeats)', out)
        self.assertIn('faults                1: 1 caught\n', out)
        self.assertEqual(document['rows'], json.loads(output.read_text())['rows'])


@ddt.ddt
class WordsTest(Commanding):
    """Without either."""

    def setUp(self) -> None:
        super().setUp()
        for number in (signal.SIGINT, signal.SIGTERM):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        FakeBed.made, FakeBed.closed = [], 0
        self.tried: list[str] = []
        #: What becomes of each row; an error is raised.
        self.results: dict[str, Any] = {}
        for target, name, value in ((command.beds, 'RecordedBed', FakeBed),
                                    (command.beds, 'LiveBed', FakeBed),
                                    (selftest, 'run', self.run_rows)):
            self.useFixture(fixtures.MockPatchObject(target, name, value))

    def run_rows(self, beds: list[FakeBed], work: list[Work]) -> Iterator[selftest.Result]:
        """Stand for selftest.run."""
        for each in work:
            self.tried.append(each.name)
            result = self.results.get(each.name, judgement(each.name))
            if isinstance(result, BaseException):
                raise result
            yield result

    def test_help(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertRaises(SystemExit, main.main, ['selftest', '--help'])
        for words in ('examples:', 'exit codes:', '130', 'ec2attrs selftest --recorded'):
            self.assertIn(words, out.getvalue())

    def test_list(self) -> None:
        code, out, _ = self.call('--list', '--id', 'nova-launch-index-*', '--kind', 'real-bug')
        self.assertEqual(0, code)
        *rows, count = out.splitlines()
        self.assertEqual(f'{len(rows)} rows', count)
        [row] = [each for each in rows if each.startswith(ROW + ' ')]
        self.assertTrue(row.endswith('EC2A-023  launch_index is 0 always (nova 1212648)'), row)
        self.assertFalse(self.workspace.exists())
        self.assertEqual([], FakeBed.made)

    def test_list_of_all(self) -> None:
        self.assertIn(f'\n{len(CATALOGUE)} rows\n', self.call('--list')[1])
        recordable = sum(fault.recordable for fault in CATALOGUE.values())
        self.assertIn(f'\n{recordable} rows\n', self.call('--list', '--recorded')[1])

    @ddt.data((('--id', 'nova-x'), 'the catalogue has no row nova-x; --list shows all'),
              (('--requirement', 'EC2A-999'), 'no row of the catalogue is chosen; --list '
               'shows them'),
              (('--recorded', '--kind', 'chaos'), 'no row of the catalogue is chosen; --list '
               'shows them'))
    @ddt.unpack
    def test_nothing_to_run(self, argv: tuple[str, ...], words: str) -> None:
        self.assertEqual((3, '', f'ec2attrs selftest: {words}\n'), self.call(*argv))
        self.assertEqual([], FakeBed.made)

    @ddt.data(('--kind', 'x'), ('--lanes', '0'), ('--lanes', '-1'), ('--lanes', 'x'),
              ('--clean-runs', '-1'))
    def test_wrong_usage(self, argv: tuple[str, ...]) -> None:
        with contextlib.redirect_stderr(io.StringIO()) as err:
            try:
                code: object = main.main(['selftest', '--workspace', str(self.workspace),
                                          '--id', ROW, *argv])
            except SystemExit as end:
                code = end.code
        self.assertEqual(3, code)
        self.assertIn('ec2attrs selftest:', err.getvalue())

    def test_lanes(self) -> None:
        self.call('--id', ROW, OTHER, BENIGN, '--lanes', '2', '--port-offset', '100')
        self.assertEqual([('lane-1', 100), ('lane-2', 300)], FakeBed.made)
        self.call('--id', ROW, '--again', '--recorded', '--lanes', '5')
        self.assertEqual([('lane-1', None)], FakeBed.made[2:])
        self.assertEqual(3, FakeBed.closed)

    def test_again(self) -> None:
        for options, tried in (('', [ROW]), ('', []), ('--again', [ROW]), ('--all', [ROW]),
                               ('--all', []), ('--recorded', [ROW]), ('', [])):
            self.tried.clear()
            self.assertEqual(0, self.call('--id', ROW, *options.split())[0])
            self.assertEqual(tried, self.tried, options)

    @ddt.data((Verdict.SURVIVED, 1), (Verdict.CAUGHT_OTHERWISE, 1), (Verdict.HUNG, 1),
              (Verdict.ERROR, 2), (Verdict.CAUGHT, 0), (Verdict.EQUIVALENT, 0))
    @ddt.unpack
    def test_exit_code(self, verdict: Verdict, code: int) -> None:
        why = '' if verdict.good else 'because'
        self.results[OTHER] = judgement(OTHER, verdict, why=why, line='the line')
        found, out, _ = self.call('--id', ROW, OTHER)
        self.assertEqual(code, found)
        told = f'  {verdict.value}: {OTHER}: because\n    the line\n'
        self.assertIs(not verdict.good, told in out)

    def test_false_alarm_is_worse_than_an_error(self) -> None:
        self.results = {ROW: judgement(ROW, Verdict.ERROR),
                        BENIGN: judgement(BENIGN, Verdict.FALSE_ALARM)}
        self.assertEqual(1, self.call('--id', ROW, BENIGN)[0])

    def test_clean_runs(self) -> None:
        self.results = {
            'clean-run-1': CleanRun('clean-run-1', 119, (), 30.0),
            'clean-run-2': CleanRun('clean-run-2', 119, ('A.test_index: x',), 30.0)}
        for number in (1, 2):
            code, out, _ = self.call('--id', ROW, '--clean-runs', str(number))
            self.assertEqual(number - 1, code)
            self.assertIn(f'clean runs            {number}: {119 * number} tests executed', out)
        self.assertIn('clean-run-2: 119 tests, A.test_index: x (30 s)', out)
        self.assertEqual(['clean-run-1', ROW, 'clean-run-2'], self.tried)

    def test_score_is_of_what_was_chosen(self) -> None:
        self.results[OTHER] = judgement(OTHER, Verdict.SURVIVED)
        self.assertEqual(1, self.call('--id', OTHER)[0])
        self.assertEqual(0, self.call('--id', ROW)[0])

    def test_interrupt(self) -> None:
        self.results[OTHER] = KeyboardInterrupt()
        code, out, _ = self.call('--id', ROW, OTHER, BENIGN, '--lanes', '1')
        # The benign row takes longest and comes first.
        self.assertEqual((130, [BENIGN, ROW, OTHER]), (code, self.tried))
        self.assertIn('Interrupted; the same command goes on from here.', out)
        self.assertIn('faults                1: 1 caught\n', out)
        self.assertEqual(1, FakeBed.closed)
        del self.results[OTHER]
        self.tried.clear()
        code, out, _ = self.call('--id', ROW, OTHER, BENIGN)
        self.assertEqual((0, [OTHER]), (code, self.tried))
        self.assertIn('2 of 3 have a result already', out)

    @ddt.data(LaneError('the cloud did not\nsurvive it'), OSError('disk full'))
    def test_what_cannot_go_on(self, error: Exception) -> None:
        self.results[ROW] = error
        code, _, err = self.call('--id', ROW)
        self.assertEqual((3, 1, 1), (code, err.count('\n'), FakeBed.closed), err)
        self.assertTrue(err.startswith('ec2attrs selftest: '), err)

    def test_record(self) -> None:
        with mock.patch.object(command.beds, 'record', return_value=618) as record:
            code, out, _ = self.call('--record', 'tape.gz', '--port-offset', '7')
        self.assertEqual((0, '618 exchanges recorded in tape.gz\n'), (code, out))
        self.assertEqual((self.workspace / 'record', 7), record.call_args.args[:2])
        self.assertEqual([], self.tried)
