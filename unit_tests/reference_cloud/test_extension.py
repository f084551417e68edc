"""What an extension of the cloud is told, in a process like that of a service."""

from pathlib import Path
import subprocess
import sys
import tempfile
import unittest

from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import template

_EXTENSION = """\
def install(service, root):
    (root / service).write_text('extended')
"""
_SERVICE = """\
import sys
from ec2attrs_cloud import departures, services
from ec2attrs_cloud.facts import Facts
services.START['placement'] = lambda facts: print('made', end=' ') or {'placement': 'application'}
departures.apply = lambda service, when: print(when, end=' ')
facts = Facts.read(sys.argv[1])
applications = services.start('placement', facts)
print((facts.root / 'placement').exists(), applications)
"""


class ExtensionTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name) / 'root'
        template.write_facts(self.root, layout.ports(0), {}, {})
        self.extension = Path(directory.name) / 'more_of_it.py'

    def start(self, extension: Path | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, '-c', _SERVICE, str(self.root)], text=True,
                              capture_output=True, env=layout.environment(self.root, extension))

    def test_it_is_installed_once_a_service_is_made(self) -> None:
        self.extension.write_text(_EXTENSION)
        done = self.start(self.extension)
        self.assertEqual("early made late True {'placement': 'application'}\n", done.stdout,
                         done.stderr)
        self.assertEqual('extended', (self.root / 'placement').read_text())

    def test_without_one_nothing_is_installed(self) -> None:
        self.extension.write_text(_EXTENSION)
        done = self.start(None)
        self.assertEqual("early made late False {'placement': 'application'}\n", done.stdout,
                         done.stderr)

    def test_service_does_not_start_without_the_extension_it_was_to_have(self) -> None:
        done = self.start(self.extension)
        self.assertNotEqual(0, done.returncode)
        self.assertIn("No module named 'more_of_it'", done.stderr)
