"""The environment is built by the pip at hand, and anew where its Python is gone."""

from pathlib import Path
import subprocess
import tempfile
import unittest
from unittest import mock

from ec2attrs_tempest_plugin.reference_cloud import artifact
from ec2attrs_tempest_plugin.reference_cloud import environment
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError


class EnvironmentTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        patch = mock.patch.dict('os.environ', XDG_CACHE_HOME=directory.name)
        patch.start()
        self.addCleanup(patch.stop)
        self.said: list[str] = []

    def refused(self, status: int, output: str) -> str:
        answer = subprocess.CompletedProcess([], status, output, '')
        with (mock.patch.object(subprocess, 'run', return_value=answer),
              self.assertRaises(CloudError) as caught):
            environment.provide(self.said.append)
        return str(caught.exception)

    def test_pip_is_missing(self) -> None:
        self.assertRegex(self.refused(1, ''), 'pip is missing .* -m ensurepip')

    def test_pip_is_too_old(self) -> None:
        self.assertRegex(self.refused(0, 'pip 20.3.4 from x'), r'pip 20\.3\.4 is too old')

    def test_environment_whose_python_is_gone_is_built_anew(self) -> None:
        target = environment.directory()
        target.mkdir(parents=True)
        (target / artifact.MARKER).touch()

        def build(temporary: Path, lock: int, final: Path, say: artifact.Say) -> None:
            (temporary / 'new').touch()
        with mock.patch.object(environment, '_build', build):
            self.assertEqual(target, environment.provide(self.said.append))
        self.assertTrue((target / 'new').exists())
        self.assertRegex(self.said[0], 'does not start any more')

    def test_lock_file_is_exact(self) -> None:
        for line in layout.LOCK_FILE.read_text().splitlines():
            if not line.startswith('#'):
                self.assertRegex(line, r'^[\w.-]+==[\w.]+(; python_version >= "[\d.]+")?$')
