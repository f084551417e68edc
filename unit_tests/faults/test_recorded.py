"""Every change of answers, tried on recorded exchanges: none may escape unnoticed."""

import atexit
import functools
import pathlib
import tempfile

import ddt
import fixtures
import testtools

from ec2attrs_tempest_plugin.faults import bed
from ec2attrs_tempest_plugin.faults import judge
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.lane import LaneError

TIMEOUT = 60


@functools.cache
def recorded() -> bed.RecordedBed:
    """Return the bed of this process; it and its directory go when the process ends."""
    directory = tempfile.TemporaryDirectory()
    atexit.register(directory.cleanup)
    made = bed.RecordedBed(pathlib.Path(directory.name))
    atexit.register(made.close)
    return made


@ddt.ddt
class RecordedTest(testtools.TestCase):

    @ddt.data(*sorted(name for name, fault in CATALOGUE.items() if fault.recordable))
    def test_row(self, name: str) -> None:
        fault = CATALOGUE[name]
        tests = judge.tests_for(fault, recorded().tests)
        ran, _ = recorded().run(fault.how, tests, TIMEOUT)
        judgement = judge.judge(fault, ran)
        self.assertTrue(judgement.verdict.good, f'{judgement.verdict}: {judgement.why}: '
                                                f'{judgement.line}')

    def test_nothing_fails_without_a_fault(self) -> None:
        ran, _ = recorded().run(None, recorded().tests, TIMEOUT)
        self.assertEqual(sorted(recorded().tests), sorted(o.id for o in ran.outcomes))
        self.assertEqual([], [outcome for outcome in ran.outcomes if not outcome.clean])

    def test_what_was_not_recorded_is_no_result(self) -> None:
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        other = bed.RecordedBed(path)
        self.addCleanup(other.close)
        other._tape._where.clear()
        self.assertRaisesRegex(LaneError, 'record the exchanges anew', other.run, None,
                               other.tests[:1], TIMEOUT)
