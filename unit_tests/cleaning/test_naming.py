import unittest

import testtools

from ec2attrs_tempest_plugin.cleaning import naming
from ec2attrs_tempest_plugin.tests import api
from ec2attrs_tempest_plugin.tests import scenario

CLASSES = ('RolesTest', 'LaunchesTest')

OURS = {
    'project': ('tempest-ec2attrs-RolesTest-1', 'tempest-ec2attrs-LaunchesTest-2147483647',
                'tempest-ec2attrs-project-12'),
    'user': ('tempest-ec2attrs-RolesTest-1-project', 'tempest-ec2attrs-RolesTest-1-project-admin',
             'tempest-ec2attrs-RolesTest-12-project-member', 'tempest-ec2attrs-user-3'),
    'network': ('tempest-ec2attrs-RolesTest-77-network',),
    'router': ('tempest-ec2attrs-RolesTest-77-router',),
    'flavor': ('tempest-ec2attrs-5',),
    'volume type': ('tempest-ec2attrs-5',),
    'image': ('tempest-ec2attrs-aki-5', 'tempest-ec2attrs-ari-5', 'tempest-ec2attrs-ami-5'),
    'server': ('tempest-ec2attrs-5-0', 'tempest-ec2attrs-5-7-2', 'tempest-ec2attrs-5-7-rebuilt',
               'tempest-ec2attrs-5-7-xxxxxxxx-1', 'tempest-ec2attrs-0123abcd-0123456789ab-7'),
    'volume': ('tempest-ec2attrs-5-7',),
    'snapshot': ('tempest-ec2attrs-5-7',),
}
NOT_OURS = {
    'project': ('tempest-RolesTest-1', 'tempest-ec2attrs-OtherTest-1',
                'tempest-ec2attrs-RolesTest', 'tempest-ec2attrs-RolesTest-',
                'tempest-ec2attrs-RolesTest-0', 'tempest-ec2attrs-RolesTest-x',
                'tempest-ec2attrs-RolesTest-1-desc', 'xtempest-ec2attrs-RolesTest-1',
                'tempest-ec2attrs-rolestest-1', 'tempest-ec2attrs-RolesTestX-1',
                'tempest-ec2attrs-XRolesTest-1', 'tempest-ec2attrs-RolesTest-1\n',
                'tempest-ec2attrs-RolesTest-12345678901', 'tempest-ec2attrs-RolesTest-１',
                'tempestXec2attrs-RolesTest-1', 'tempest-ec2attrs-1',
                'tempest-ec2attrs-project-1-old', 'admin', ''),
    'user': ('tempest-RolesTest-1-project', 'tempest-ec2attrs-RolesTest-1',
             'tempest-ec2attrs-OtherTest-1-project', 'tempest-ec2attrs-RolesTest-1-projects',
             'tempest-ec2attrs-RolesTest-1-project-', 'tempest-ec2attrs-RolesTest-1-project-a b',
             'tempest-ec2attrs-user-x', 'tempest-ec2attrs-user'),
    'network': ('tempest-RolesTest-77-network', 'tempest-ec2attrs-RolesTest-77',
                'tempest-ec2attrs-RolesTest-77-networks', 'network'),
    'router': ('tempest-RolesTest-77-router',),
    'flavor': ('tempest-ec2attrs-mine', 'tempest-ec2attrs-5-7', 'm1.tiny'),
    'image': ('tempest-ec2attrs-5', 'tempest-ec2attrs-aki-x', 'tempest-ec2attrs-qcow-5'),
    'server': ('tempest-ec2attrs-5', 'tempest-ec2attrs-a-5', 'tempest-ec2attrs', 'my-server',
               'my-tempest-ec2attrs-5-7', 'tempest-ec2attrs-5-7\nx', 'tempest-ec2attrs-5-7-',
               'Tempest-ec2attrs-5-7', 'tempest-ec2attrs-5-7-' + 'x' * 81),
    'port': ('tempest-ec2attrs-5-7',),
    'EC2 credential': ('tempest-ec2attrs-RolesTest-1',),
}


class NamesTest(testtools.TestCase):

    def test_ours(self) -> None:
        names = naming.Names('tempest', CLASSES)
        for kind, some in OURS.items():
            for name in some:
                self.assertTrue(names.ours(kind, name), (kind, name))

    def test_of_one_run(self) -> None:
        run = naming.of_run('tempest')
        self.assertRegex(str(run), 'tempest-[0-9a-f]{4}$')
        of_run = naming.Names(str(run), CLASSES, run=True)
        of_all = naming.Names('tempest', CLASSES)
        for kind, some in OURS.items():
            for name in some:
                tagged = name.replace('tempest', str(run))
                self.assertTrue(of_run.ours(kind, tagged), (kind, tagged))
                self.assertTrue(of_all.ours(kind, tagged), (kind, tagged))
                self.assertFalse(of_run.ours(kind, name), (kind, name))
                other = name.replace('tempest', 'tempest-12zz')
                self.assertFalse(of_all.ours(kind, other), (kind, other))

    def test_prefix_of_one_run(self) -> None:
        self.assertRegex(str(naming.of_run('')), '^[0-9a-f]{4}$')
        self.assertNotEqual(naming.of_run('x'), naming.of_run('x'))
        self.assertIsNotNone(naming.of_run('x' * 12))
        self.assertIsNone(naming.of_run('x' * 13))

    def test_not_ours(self) -> None:
        names = naming.Names('tempest', CLASSES)
        for kind, some in NOT_OURS.items():
            for name in (*some, None, 7, ['tempest-ec2attrs-RolesTest-1']):
                self.assertFalse(names.ours(kind, name), (kind, name))

    def test_another_prefix(self) -> None:
        names = naming.Names('My.Cloud_', CLASSES)
        self.assertTrue(names.ours('project', 'My.Cloud_-ec2attrs-RolesTest-1'))
        self.assertFalse(names.ours('project', 'MyxCloud_-ec2attrs-RolesTest-1'))
        self.assertFalse(names.ours('project', 'tempest-ec2attrs-RolesTest-1'))
        # A server's name has to do as a hostname.
        self.assertTrue(names.ours('server', 'my-cloud-ec2attrs-1-2'))
        self.assertFalse(names.ours('server', 'tempest-ec2attrs-1-2'))

    def test_a_prefix_is_no_pattern(self) -> None:
        self.assertFalse(naming.Names('.*', CLASSES).ours(
            'project', 'customer-ec2attrs-RolesTest-1'))

    def test_no_prefix(self) -> None:
        names = naming.Names('', CLASSES)
        self.assertTrue(names.ours('project', 'ec2attrs-RolesTest-1'))
        self.assertTrue(names.ours('server', 'ec2attrs-1-2'))
        self.assertFalse(names.ours('project', 'tempest-ec2attrs-RolesTest-1'))

    def test_a_token_of_ours(self) -> None:
        names = naming.Names('tempest', CLASSES)
        for token in ('tempest-ec2attrs-5', 'tempest-0a1b-ec2attrs-5',
                      'tempest-ec2attrs-0123abcd-0123456789ab'):
            self.assertTrue(names.is_token(token), token)
        for wrong in ('', None, 'tempest-ec2attrs-', 'tempest-ec2attrs-5-6', 'ec2attrs-5',
                      'xtempest-ec2attrs-5', 'tempest-ec2attrs-5\n', 'other-ec2attrs-5',
                      'tempest-0a1b-0a1b-ec2attrs-5'):
            self.assertFalse(names.is_token(wrong), wrong)
        self.assertTrue(naming.Names('', CLASSES).is_token('ec2attrs-5'))

    def test_nothing_of_another_run(self) -> None:
        names = naming.Names('tempest-0a1b', CLASSES, run=True)
        self.assertTrue(names.is_token('tempest-0a1b-ec2attrs-5'))
        for token in ('tempest-ec2attrs-5', 'tempest-0a1c-ec2attrs-5',
                      'tempest-0a1b-0a1c-ec2attrs-5'):
            self.assertFalse(names.is_token(token), token)
        for name in ('tempest-0a1c-ec2attrs-5-7', 'tempest-ec2attrs-5-7',
                     'tempest-0a1b-0a1c-ec2attrs-5-7'):
            self.assertFalse(names.ours('server', name), name)


class TestClassesTest(testtools.TestCase):

    def test_those_that_run(self) -> None:
        """Each class that a loader finds, whatever its tests are inherited from."""
        found: set[str] = set()

        def look(suite: object) -> None:
            for each in suite if isinstance(suite, unittest.TestSuite) else ():
                look(each)
                if isinstance(each, unittest.TestCase):
                    found.add(type(each).__name__)

        for package in (api, scenario):
            look(unittest.TestLoader().discover(
                next(iter(package.__path__)), top_level_dir=str(_TOP)))
        self.assertEqual(set(), {name for name in found if name.startswith('_')})
        self.assertEqual(found, naming.test_classes())


_TOP = naming.Path(naming.ec2attrs_tempest_plugin.__file__).parent.parent
