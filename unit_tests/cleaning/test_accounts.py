from pathlib import Path
import tempfile

import testtools

from ec2attrs_tempest_plugin.cleaning import accounts


class InUseTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)

    def test_those_of_our_classes_alone(self) -> None:
        for name, content in (('a', 'RolesTest'), ('b', 'OtherTest'), ('c', ''),
                              ('d', 'RolesTest' * 100), ('e', 'RolesTest,OtherTest')):
            (self.root / (name * 32)).write_text(content)
        (self.root / ('1' * 32)).symlink_to(self.root / ('a' * 32))
        (self.root / ('2' * 32)).mkdir()
        (self.root / ('3' * 32)).write_bytes(b'\xff')
        for name in ('test_accounts_io', 'a' * 31, 'A' * 32, 'a' * 33):
            (self.root / name).write_text('RolesTest')
        self.assertEqual([self.root / ('a' * 32)],
                         accounts.in_use(str(self.root), {'RolesTest'}))

    def test_none(self) -> None:
        self.assertEqual([], accounts.in_use(str(self.root), {'RolesTest'}))
        self.assertEqual([], accounts.in_use(str(self.root / 'none'), {'RolesTest'}))
        self.assertEqual([], accounts.in_use(None, {'RolesTest'}))
