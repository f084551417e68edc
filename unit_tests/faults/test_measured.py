"""The score that is checked in: of this catalogue, all good, and the one that is shown."""

import json
import pathlib

import testtools

from ec2attrs_tempest_plugin.faults import score
from ec2attrs_tempest_plugin.faults.catalogue import CATALOGUE
from ec2attrs_tempest_plugin.faults.judge import Verdict

README = pathlib.Path(__file__).parents[2] / 'README.rst'


class MeasuredTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.whole = json.loads(score.MEASURED.read_text())
        self.summary = score.summarise(self.whole)

    def test_each_row_of_the_catalogue_was_measured_as_it_is(self) -> None:
        self.assertEqual(
            {name: (fault.kind.value, fault.requirement, fault.says)
             for name, fault in CATALOGUE.items()},
            {name: (row['kind'], row['requirement'], row['says'])
             for name, row in self.whole['rows'].items()})

    def test_all_are_good(self) -> None:
        self.assertEqual({}, {name: row['verdict'] for name, row in self.whole['rows'].items()
                              if not Verdict(row['verdict']).good})
        self.assertGreaterEqual(self.summary.clean_runs, 10)
        self.assertEqual(0, self.summary.failures)

    def test_readme_shows_it(self) -> None:
        shown = README.read_text()
        for line in score.text(self.summary).splitlines():
            self.assertIn(line, shown)
        for package in ('nova', 'ec2-api', 'tempest'):
            self.assertIn(f'{package} {self.whole["versions"][package]}', shown)
