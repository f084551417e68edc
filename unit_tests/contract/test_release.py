"""Which suite it is: what decides the results is told apart, and nothing else."""

import importlib.metadata
import pathlib

import fixtures
import testtools

from ec2attrs_tempest_plugin.contract import release


class SuiteTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for room in ('contract', 'schemas', 'clients', 'tests/api', 'certification'):
            (self.root / room).mkdir(parents=True)
            (self.root / room / 'x.py').write_text('1\n')
        self.useFixture(fixtures.MockPatchObject(
            release.ec2attrs_tempest_plugin, '__file__', str(self.root / '__init__.py')))
        self.useFixture(fixtures.MockPatchObject(release, 'version', lambda: '1.0'))

    def suite(self) -> str:
        release.suite.cache_clear()
        self.addCleanup(release.suite.cache_clear)
        return release.suite()

    def test_what_decides(self) -> None:
        seen = {self.suite()}
        self.assertEqual(seen, {self.suite()})
        self.assertRegex(self.suite(), r'^1\.0\+[0-9a-f]{12}$')
        for number, changed in enumerate(('contract/x.py', 'schemas/x.py', 'clients/new.py',
                                          'tests/api/x.py'), 2):
            (self.root / changed).write_text('2\n')
            seen.add(self.suite())
            self.assertEqual(number, len(seen), changed)
        (self.root / 'tests/api/x.py').rename(self.root / 'tests/api/y.py')
        self.assertNotIn(self.suite(), seen)

    def test_what_does_not(self) -> None:
        before = self.suite()
        (self.root / 'certification/x.py').write_text('2\n')
        (self.root / 'tests/x.pyc').write_text('2\n')
        self.assertEqual(before, self.suite())

    def test_alike(self) -> None:
        for one, other, alike in (('1.0+a', '1.0+a', True), ('1.0+a', '1.0+b', False),
                                  ('1.0+a', '1.1+b', True), ('1.0', '1.0+a', True),
                                  ('1.0+a', '1.0+', False)):
            self.assertIs(alike, release.alike(one, other), f'{one} {other}')
            self.assertIs(alike, release.alike(other, one), f'{one} {other}')


class VersionTest(testtools.TestCase):

    def test_of_the_installed_package(self) -> None:
        self.assertEqual(importlib.metadata.version(release.PACKAGE), release.version())

    def test_of_none(self) -> None:
        self.patch(release, 'PACKAGE', 'no-such-package')
        self.assertEqual('unknown (not installed)', release.version())
