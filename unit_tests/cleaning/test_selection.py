from typing import Any

import testtools

from ec2attrs_tempest_plugin.cleaning import naming
from ec2attrs_tempest_plugin.cleaning import selection
from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.cleaning.things import Kind
from ec2attrs_tempest_plugin.cleaning.things import Thing

NAMES = naming.Names('tempest', ('RolesTest', 'LaunchesTest'))
SERVER_NAME = 'tempest-ec2attrs-5-7'


def thing(kind: Kind, its_id: str, name: str = '', project: str = '', **shown: Any) -> Thing:
    return Thing(kind, its_id, name, project, shown)


def chosen(found: list[Thing], made: set[str] = frozenset(),  # type: ignore[assignment]
           own: str = 'admin') -> list[str]:
    return [each.id for each in selection.left_behind(found, NAMES, made, {own})]


class ProjectsTest(testtools.TestCase):

    def test_those_of_our_classes_alone(self) -> None:
        found = [thing(things.PROJECT, 'a', 'tempest-ec2attrs-RolesTest-1'),
                 thing(things.PROJECT, 'b', 'tempest-ec2attrs-OtherTest-1'),
                 thing(things.PROJECT, 'c', 'tempest-ec2attrs-RolesTest-1-desc'),
                 thing(things.PROJECT, 'd', 'tempest-ec2attrs-RolesTest-2', is_domain=True),
                 thing(things.USER, 'e', 'tempest-ec2attrs-RolesTest-1')]
        self.assertEqual({'a'}, selection.projects(found, NAMES, 'admin'))

    def test_never_the_own_one(self) -> None:
        found = [thing(things.PROJECT, 'a', 'tempest-ec2attrs-RolesTest-1')]
        self.assertEqual(set(), selection.projects(found, NAMES, 'a'))

    def test_one_that_is_gone_is_told_by_what_it_holds(self) -> None:
        found = [thing(things.PROJECT, 'here', 'customer'),
                 thing(things.SERVER, 's', SERVER_NAME, 'gone'),
                 thing(things.NETWORK, 'n', 'tempest-ec2attrs-RolesTest-1-network', 'gone2'),
                 thing(things.SERVER, 't', SERVER_NAME, 'here'),
                 thing(things.SERVER, 'u', SERVER_NAME, 'own'),
                 thing(things.SERVER, 'v', 'web', 'gone3'),
                 thing(things.SECURITY_GROUP, 'w', 'default', 'gone4')]
        # Only Tempest gives a network such a name, in a project that was made for the tests.
        self.assertEqual({'gone': False, 'gone2': True},
                         selection.doubtful(found, NAMES, 'own'))


class LeftBehindTest(testtools.TestCase):

    def test_all_of_a_project_of_ours(self) -> None:
        found = [thing(kind, kind.word, 'whatever', 'ours') for kind in (
            things.SERVER, things.VOLUME, things.SNAPSHOT, things.IMAGE, things.FLOATING_IP,
            things.ROUTER, things.PORT, things.NETWORK, things.SECURITY_GROUP)]
        self.assertEqual({each.id for each in found}, set(chosen(found, {'ours'})))

    def test_nothing_of_another_project(self) -> None:
        found = [thing(kind, kind.word, name, 'theirs')
                 for kind, name in ((things.SERVER, SERVER_NAME), (things.VOLUME, SERVER_NAME),
                                    (things.SNAPSHOT, SERVER_NAME),
                                    (things.IMAGE, 'tempest-ec2attrs-aki-1'),
                                    (things.NETWORK, 'tempest-ec2attrs-RolesTest-1-network'),
                                    (things.SECURITY_GROUP, 'default'), (things.PORT, ''))]
        self.assertEqual([], chosen(found, {'ours'}))

    def test_of_the_own_project_what_bears_our_names(self) -> None:
        found = [thing(things.SERVER, 'a', SERVER_NAME, 'own'),
                 thing(things.SERVER, 'b', 'web', 'own'),
                 thing(things.VOLUME, 'c', 'data', 'own'),
                 thing(things.IMAGE, 'd', 'tempest-ec2attrs-aki-1', 'own'),
                 thing(things.SECURITY_GROUP, 'e', 'default', 'own'),
                 thing(things.NETWORK, 'f', 'private', 'own'),
                 # What is made for a project of tests is never in another one.
                 thing(things.NETWORK, 'g', 'tempest-ec2attrs-RolesTest-1-network', 'own'),
                 thing(things.ROUTER, 'h', 'tempest-ec2attrs-RolesTest-1-router', 'own'),
                 thing(things.PORT, 'i', SERVER_NAME, 'own'),
                 thing(things.FLOATING_IP, 'j', SERVER_NAME, 'own')]
        self.assertEqual(['a', 'd'], chosen(found, own='own'))

    def test_volumes_that_nova_made_for_servers_of_ours(self) -> None:
        ours = [{'server_id': 'a'}]
        found = [thing(things.SERVER, 'a', SERVER_NAME, 'own'),
                 thing(things.VOLUME, 'root', '', 'own', attachments=ours),
                 thing(things.VOLUME, 'blank', 'a-blank-vol', 'own', attachments=ours),
                 thing(things.VOLUME, 'other', 'x-blank-vol', 'own', attachments=ours),
                 thing(things.VOLUME, 'named', 'data', 'own', attachments=ours),
                 thing(things.VOLUME, 'free', '', 'own', attachments=[]),
                 thing(things.VOLUME, 'odd', '', 'own', attachments='a'),
                 thing(things.VOLUME, 'shared', '', 'own',
                       attachments=[*ours, {'server_id': 'web'}]),
                 thing(things.VOLUME, 'theirs', '', 'theirs', attachments=ours)]
        self.assertEqual(['a', 'root', 'blank'], chosen(found, own='own'))

    def test_flavors_and_volume_types_by_their_names(self) -> None:
        found = [thing(things.FLAVOR, 'a', 'tempest-ec2attrs-5'),
                 thing(things.FLAVOR, 'b', 'tempest-ec2attrs-mine'),
                 thing(things.VOLUME_TYPE, 'c', 'tempest-ec2attrs-5'),
                 thing(things.VOLUME_TYPE, 'd', '__DEFAULT__'),
                 # Of these the name alone is not enough.
                 thing(things.SERVER, 'e', SERVER_NAME), thing(things.VOLUME, 'f', SERVER_NAME)]
        self.assertEqual(['a', 'c'], chosen(found))

    def test_people(self) -> None:
        found = [thing(things.PROJECT, 'ours', 'tempest-ec2attrs-RolesTest-1'),
                 thing(things.PROJECT, 'theirs', 'tempest-ec2attrs-OtherTest-1'),
                 thing(things.USER, 'a', 'tempest-ec2attrs-RolesTest-1-project-member'),
                 thing(things.USER, 'b', 'tempest-ec2attrs-OtherTest-1-project'),
                 thing(things.CREDENTIAL, 'c', '', 'ours', user_id='x'),
                 thing(things.CREDENTIAL, 'd', '', 'theirs', user_id='a'),
                 thing(things.CREDENTIAL, 'e', '', 'theirs', user_id='b')]
        self.assertEqual(['c', 'd', 'a', 'ours'], chosen(found, {'ours'}))

    def test_what_belongs_to_neutron_goes_with_its_network(self) -> None:
        found = [thing(things.PORT, 'a', '', 'ours', device_owner='network:dhcp'),
                 thing(things.PORT, 'b', '', 'ours', device_owner='compute:nova'),
                 thing(things.PORT, 'c', '', 'ours', device_owner=None)]
        self.assertEqual(['b', 'c'], chosen(found, {'ours'}))

    def test_the_order(self) -> None:
        found = [thing(things.PROJECT, 'ours', 'tempest-ec2attrs-RolesTest-1'),
                 thing(things.NETWORK, 'network', '', 'ours'),
                 thing(things.PORT, 'port', '', 'ours'),
                 thing(things.VOLUME, 'source', '', 'ours'),
                 thing(things.SNAPSHOT, 'snapshot', '', 'ours'),
                 thing(things.VOLUME, 'copy', '', 'ours', snapshot_id='snapshot'),
                 thing(things.SERVER, 'server', '', 'ours')]
        self.assertEqual(['server', 'copy', 'snapshot', 'source', 'port', 'network', 'ours'],
                         chosen(found, {'ours'}))


class ForeignTest(testtools.TestCase):

    def test_servers_and_volumes_of_the_project_alone(self) -> None:
        ours = thing(things.SERVER, 'a', SERVER_NAME, 'own')
        found = [ours, thing(things.SERVER, 'b', 'web', 'own'),
                 # The ids of two services may be the same.
                 thing(things.VOLUME, 'a', 'data', 'own'),
                 thing(things.VOLUME, 'c', 'data', 'theirs'),
                 thing(things.IMAGE, 'd', 'mine', 'own')]
        self.assertEqual([('server', 'b'), ('volume', 'a')], [
            (each.kind.word, each.id) for each in selection.foreign(found, [ours], 'own')])


class UndecidedTest(testtools.TestCase):

    def test_volumes_of_no_name_that_are_attached_to_nothing(self) -> None:
        found = [thing(things.VOLUME, 'a', '', 'own'),
                 thing(things.VOLUME, 'b', 'vol-0123abcd', 'own', attachments=[]),
                 thing(things.VOLUME, 'c', 'x-blank-vol', 'own'),
                 thing(things.VOLUME, 'd', 'data', 'own'),
                 thing(things.VOLUME, 'e', 'vol-mine', 'own'),
                 thing(things.VOLUME, 'f', '', 'own', attachments=[{'server_id': 's'}]),
                 thing(things.VOLUME, 'g', '', 'theirs'), thing(things.SERVER, 'h', '', 'own')]
        self.assertEqual(['a', 'b', 'c'],
                         [each.id for each in selection.undecided(found, 'own')])
