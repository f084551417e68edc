from typing import cast
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.cleaning import ec2
from ec2attrs_tempest_plugin.cleaning import naming
from ec2attrs_tempest_plugin.cleaning import removal
from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.cleaning.access import Person
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.contract.outcomes import Code
from unit_tests.cleaning.fake_cloud import FakeCloud

PROJECT = 'tempest-ec2attrs-RolesTest-1'
USER = 'tempest-ec2attrs-RolesTest-1-project-member'
SERVER = 'tempest-ec2attrs-5-7'


class Case(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.cloud = FakeCloud()
        self.said: list[str] = []

    def cleaning(self, timeout: float = 0.05, narrow: bool = False,
                 run: bool = False) -> removal.Cleaning:
        return removal.Cleaning(
            cast(Person, self.cloud), naming.Names('tempest', ('RolesTest',), run),
            timeout=timeout, interval=0, say=self.said.append, narrow=narrow)

    def clean(self) -> removal.Cleaning:
        cleaning = self.cleaning()
        cleaning.find()
        cleaning.remove()
        return cleaning

    def add_run(self) -> None:
        """Have what a run leaves that is killed."""
        add = self.cloud.add
        add(things.PROJECT, 'p', PROJECT)
        add(things.USER, 'u', USER)
        add(things.CREDENTIAL, 'k', '', 'p', user_id='u', blob='{"access": "a", "secret": "s"}')
        add(things.SERVER, 's', 'r-8ug6r47t-0', 'p')
        add(things.VOLUME, 'v', 's-blank-vol', 'p', status='available')
        add(things.SNAPSHOT, 'n', SERVER, 'p', status='available')
        add(things.NETWORK, 'w', 'tempest-ec2attrs-RolesTest-2-network', 'p')
        add(things.PORT, 'o', '', 'p', device_owner='compute:nova')
        add(things.SECURITY_GROUP, 'g', 'default', 'p')
        add(things.IMAGE, 'i', 'tempest-ec2attrs-aki-3', 'p')
        add(things.FLAVOR, 'f', 'tempest-ec2attrs-3')
        add(things.VOLUME_TYPE, 't', 'tempest-ec2attrs-4')

    def add_others(self) -> set[str]:
        """Have what is none of ours; return the ids."""
        before = self.cloud.ids()
        add = self.cloud.add
        add(things.PROJECT, 'admin', 'admin')
        add(things.PROJECT, 'p2', 'tempest-ec2attrs-OtherTest-1')
        add(things.USER, 'u2', 'tempest-ec2attrs-OtherTest-1-project')
        add(things.CREDENTIAL, 'k2', '', 'p2', user_id='u2')
        add(things.SERVER, 's2', SERVER, 'p2')
        add(things.SERVER, 's3', 'web', 'admin')
        add(things.VOLUME, 'v2', SERVER, 'p2', status='available')
        add(things.VOLUME, 'v3', '', 'admin', status='available', attachments=[])
        add(things.NETWORK, 'w2', 'tempest-ec2attrs-RolesTest-2-network', 'p2')
        add(things.SECURITY_GROUP, 'g2', 'default', 'p2')
        add(things.SECURITY_GROUP, 'g3', 'default', 'gone')
        add(things.FLAVOR, 'f2', 'tempest-ec2attrs-mine')
        return self.cloud.ids() - before


class RemoveTest(Case):

    def test_all_of_ours_and_nothing_else(self) -> None:
        self.add_run()
        others = self.add_others()
        cleaning = self.clean()
        self.assertEqual([], cleaning.problems)
        self.assertEqual(others, self.cloud.ids())
        self.assertEqual([], cleaning.find())

    def test_narrow(self) -> None:
        """The same goes, and nobody is asked for all that a large cloud holds."""
        self.add_run()
        others = self.add_others()
        # Its project went before it, which only its name tells.
        self.cloud.add(things.SERVER, 's5', SERVER, 'p5')
        self.cloud.add(things.NETWORK, 'w5', 'tempest-ec2attrs-RolesTest-3-network', 'p5')
        cleaning = self.cleaning(narrow=True)
        self.assertEqual(14, len(cleaning.find()))
        cleaning.remove()
        self.assertEqual([], cleaning.problems)
        self.assertEqual(others, self.cloud.ids())
        self.assertEqual([], cleaning.find())
        asked = [each for each in self.cloud.lists if not each.startswith((
            '/projects', '/users', '/credentials', '/flavors', '/types', '/security-groups',
            '/ports?device_id'))]
        self.assertGreater(len(asked), 20)
        for each in asked:
            self.assertRegex(f'{each}&', '[?&](project_id|owner)=(p|p5|admin)&'
                                         '|^/servers.*[?&]name=%5Etempest-&')

    def test_narrow_for_a_tenant_is_their_project(self) -> None:
        self.cloud.admin = False
        self.cloud.add(things.SERVER, 's', SERVER, 'admin')
        self.assertEqual(['s'], [each.id for each in self.cleaning(narrow=True).find()])
        self.assertNotIn('project_id', ' '.join(self.cloud.lists))

    def test_nothing_is_changed_where_nothing_is_left(self) -> None:
        self.add_others()
        self.assertEqual([], self.clean().problems)
        self.assertEqual([], self.cloud.calls)

    def test_finding_changes_nothing(self) -> None:
        self.add_run()
        self.assertEqual(12, len(self.cleaning().find()))
        self.assertEqual([], self.cloud.calls)

    def test_one_failure_keeps_no_other(self) -> None:
        self.add_run()
        self.cloud.refused['DELETE /images/i'] = 403
        self.cloud.staying.add('i')
        cleaning = self.clean()
        self.assertEqual(['image tempest-ec2attrs-aki-3 (i): DELETE /images/i: seen 403'],
                         cleaning.problems)
        # By the project it is found the next time.
        self.assertEqual({'i', 'p', 'u', 'k'}, self.cloud.ids())
        self.assertEqual(['i', 'k', 'u', 'p'], [each.id for each in cleaning.find()])
        self.cloud.refused.clear()
        self.cloud.staying.clear()
        self.assertEqual([], self.clean().problems)
        self.assertEqual(set(), self.cloud.ids())

    def test_a_server_that_stays_is_named(self) -> None:
        self.add_run()
        self.cloud.staying.add('s')
        cleaning = self.clean()
        self.assertEqual(['server r-8ug6r47t-0 (s): not gone after 0 s'], cleaning.problems)
        self.assertIn('p', self.cloud.ids())
        self.assertNotIn('v', self.cloud.ids())

    def test_a_locked_server_is_unlocked(self) -> None:
        self.add_run()
        self.cloud.refused['DELETE /servers/s'] = 409
        self.clean()
        self.assertEqual(['DELETE /servers/s', 'POST /servers/s/action', 'DELETE /servers/s'],
                         [each for each in self.cloud.calls if '/servers/' in each][:3])

    def test_a_volume_that_is_stuck_is_reset(self) -> None:
        self.add_run()
        self.patch(removal, '_LET_GO', 0)
        self.cloud.held['/volumes']['v']['status'] = 'detaching'
        self.clean()
        self.assertEqual(['DELETE /attachments/of-v', 'POST /volumes/v/action'],
                         [each for each in self.cloud.calls if '-v' in each or '/v/' in each])

    def test_a_volume_of_ours_stays_at_a_server_of_others(self) -> None:
        self.add_run()
        self.cloud.add(things.SERVER, 's2', 'web', 'theirs')
        self.patch(removal, '_LET_GO', 0)
        self.cloud.held['/volumes']['v']['status'] = 'in-use'
        self.cloud.attachments = [{'id': 'a', 'volume_id': 'v', 'instance': 's2'}]
        self.assertEqual(
            ['volume s-blank-vol (v): it is attached to server s2, which stays'],
            self.clean().problems)
        self.assertEqual([], [each for each in self.cloud.calls
                              if 'attachments' in each or '/action' in each])

    def test_attachments_of_other_volumes_stay(self) -> None:
        self.add_run()
        self.patch(removal, '_LET_GO', 0)
        self.cloud.held['/volumes']['v']['status'] = 'detaching'
        self.cloud.attachments = [{'id': 'a', 'volume_id': 'v', 'instance': 's'},
                                  {'id': 'b', 'volume_id': 'v9', 'instance': 's9'}]
        self.clean()
        self.assertIn('DELETE /attachments/a', self.cloud.calls)
        self.assertNotIn('DELETE /attachments/b', self.cloud.calls)

    def test_a_volume_in_use_is_named(self) -> None:
        self.add_run()
        self.cloud.held['/volumes']['v']['status'] = 'detaching'
        self.assertEqual(['volume s-blank-vol (v): not gone after 0 s but detaching'],
                         self.clean().problems)

    def test_a_service_that_does_not_answer(self) -> None:
        self.add_run()
        cleaning = self.cleaning()
        cleaning.find()
        self.cloud.refused['GET /servers/detail'] = 503
        cleaning.remove()
        self.assertEqual(['servers: GET /servers/detail: seen 503',
                          'people: GET /servers/detail: seen 503'], cleaning.problems)
        # Whether projects hold servers is not known.
        self.assertLessEqual({'s', 'p', 'u', 'k'}, self.cloud.ids())

    def test_a_cloud_without_volumes(self) -> None:
        self.add_run()
        self.cloud.absent.add('volume')
        self.assertEqual([], self.clean().problems)
        self.assertEqual({'v', 'n', 't'}, self.cloud.ids())

    def test_keys_that_keystone_does_not_show(self) -> None:
        self.add_run()
        self.cloud.refused['GET /credentials'] = 403
        self.assertEqual([], self.clean().problems)
        self.assertEqual({'k'}, self.cloud.ids())

    def test_interfaces_of_a_router(self) -> None:
        self.add_run()
        self.cloud.add(things.ROUTER, 'r', 'tempest-ec2attrs-RolesTest-2-router', 'p')
        self.cloud.add(things.PORT, 'x', '', 'p', device_id='r',
                       device_owner='network:router_interface')
        self.cloud.add(things.PORT, 'y', '', 'p2', device_id='r2',
                       device_owner='network:router_interface')
        self.cloud.deaf = True  # to device_id
        self.assertEqual([], self.clean().problems)
        self.assertEqual(1, self.cloud.calls.count('PUT /routers/r/remove_router_interface'))
        self.assertNotIn('DELETE /ports/x', self.cloud.calls)

    def test_pages(self) -> None:
        self.cloud.add(things.PROJECT, 'p', PROJECT)
        for number in range(7):
            self.cloud.add(things.SERVER, f's{number}', 'web', 'p')
        self.cloud.page = 2
        self.assertEqual(8, len(self.cleaning().find()))

    def test_pages_of_each_service(self) -> None:
        for number in range(5):
            self.cloud.add(things.PROJECT, f'p{number}', f'{PROJECT}{number}')
            self.cloud.add(things.USER, f'u{number}', f'{PROJECT}{number}-project')
            self.cloud.add(things.NETWORK, f'w{number}', 'x', 'p4')
            self.cloud.add(things.IMAGE, f'i{number}', 'x', 'p4')
            self.cloud.add(things.VOLUME, f'v{number}', 'x', 'p4')
            self.cloud.add(things.VOLUME_TYPE, f't{number}', 'tempest-ec2attrs-4')
            self.cloud.add(things.CREDENTIAL, f'k{number}', '', 'p4')
        self.cloud.page = 2
        self.assertEqual(self.cloud.ids(), {each.id for each in self.cleaning().find()})

    def test_nothing_of_others_where_filters_are_ignored(self) -> None:
        self.add_run()
        others = self.add_others()
        self.cloud.deaf = True
        cleaning = self.cleaning(narrow=True)
        cleaning.find()
        cleaning.remove()
        self.assertEqual([], cleaning.problems)
        self.assertEqual(others, self.cloud.ids())

    def test_a_part_of_the_keys_will_do(self) -> None:
        """Keystone shows the same page of them again and again, and deletes them with users."""
        self.add_run()
        for number in range(3):
            self.cloud.add(things.CREDENTIAL, f'k{number}', '', 'p')
        self.cloud.deaf_to_markers.add('/credentials')
        self.cloud.page = 2
        self.assertEqual(2, sum(each.kind is things.CREDENTIAL for each in self.cleaning().find()))
        self.cloud.deaf_to_markers = {'/projects'}
        for number in range(3):
            self.cloud.add(things.PROJECT, f'p{number}', PROJECT)
        self.assertIn('does not end', str(
            self.assertRaises(errors.BadAnswer, self.cleaning().find)))

    def test_a_list_that_is_cut_short(self) -> None:
        self.add_run()
        self.cloud.truncated = True
        self.assertIn('is cut short', str(
            self.assertRaises(errors.BadAnswer, self.cleaning().find)))


class ProjectsThatAreGoneTest(Case):

    def test_what_they_hold_is_ours_when_a_network_was_made_for_the_tests(self) -> None:
        self.cloud.add(things.NETWORK, 'w', 'tempest-ec2attrs-RolesTest-2-network', 'gone')
        self.cloud.add(things.VOLUME, 'v', '', 'gone', status='available')
        self.cloud.add(things.VOLUME, 'v2', '', 'gone2', status='available')
        self.clean()
        self.assertEqual({'v2'}, self.cloud.ids())

    def test_of_a_tenants_only_what_bears_our_names(self) -> None:
        self.cloud.add(things.SERVER, 's', SERVER, 'gone')
        self.cloud.add(things.SERVER, 's2', 'web', 'gone')
        self.cloud.add(things.VOLUME, 'v', '', 'gone', status='available',
                       attachments=[{'server_id': 's'}])
        self.cloud.add(things.VOLUME, 'v2', '', 'gone', status='available')
        for narrow in (False, True):
            with self.subTest(narrow):
                cleaning = self.cleaning(narrow=narrow)
                self.assertEqual(['s', 'v'], [each.id for each in cleaning.find()])
        self.clean()
        self.assertEqual({'s2', 'v2'}, self.cloud.ids())

    def test_keystone_is_asked_for_each(self) -> None:
        """Its list may have been cut short."""
        self.cloud.add(things.SERVER, 's', SERVER, 'p')
        self.cloud.add(things.NETWORK, 'w', 'tempest-ec2attrs-RolesTest-2-network', 'p')
        for status in (200, 403):
            self.cloud.refused['GET /projects/p'] = status
            self.assertEqual([], self.cleaning().find())


class TenantTest(Case):

    def setUp(self) -> None:
        super().setUp()
        self.cloud = FakeCloud(admin=False, project_id='own')
        for path in ('/projects', '/users', '/credentials', '/flavors', '/types'):
            self.cloud.refused[f'GET {path}'] = 403

    def test_only_what_bears_our_names(self) -> None:
        self.cloud.add(things.SERVER, 's', SERVER, 'own')
        self.cloud.add(things.SERVER, 's2', 'web', 'own')
        self.cloud.add(things.VOLUME, 'v', '', 'own', status='available',
                       attachments=[{'server_id': 's'}])
        # Cinder may not say whose a volume is.
        self.cloud.add(things.VOLUME, 'v3', SERVER, status='available')
        self.cloud.add(things.VOLUME, 'v2', 'data', status='available')
        self.cloud.add(things.SECURITY_GROUP, 'g', 'default', 'own')
        self.cloud.add(things.PROJECT, 'p', PROJECT)
        cleaning = self.clean()
        self.assertEqual([], cleaning.problems)
        self.assertEqual({'s2', 'v2', 'g', 'p'}, self.cloud.ids())
        self.assertEqual('1 server, 1 volume', cleaning.staying())

    def test_nothing_of_another_run(self) -> None:
        self.cloud.add(things.SERVER, 's', 'tempest-0a1b-ec2attrs-5-7', 'own')
        self.assertEqual([], self.cleaning(run=True).find())
        self.assertEqual(['s'], [each.id for each in self.cleaning().find()])

    def test_servers_that_only_ec2_knows_are_not_counted(self) -> None:
        self.cloud.add(things.SERVER, 's', 'r-1-0', 'own')
        self.cloud.add(things.SERVER, 's2', 'web', 'own')
        cleaning = self.cleaning()
        with mock.patch.object(ec2.OfTenant, 'launched', return_value=[
                things.Thing(ec2.INSTANCE, 'i-1', '', 'own', {})]):
            cleaning.find()
        self.assertEqual('1 server', cleaning.staying())

    def test_without_keys_of_ec2_the_rest_is_found(self) -> None:
        self.cloud.add(things.SERVER, 's', SERVER, 'own')
        self.cloud.ec2_url = 'http://ec2'
        self.cloud.refused['POST /users/me/credentials/OS-EC2'] = 403
        cleaning = self.cleaning()
        self.assertEqual(['s'], [each.id for each in cleaning.find()])
        self.assertIn('set [ec2attrs] ec2_access_key', cleaning.notes[0])

    def test_each_failure_of_a_cloud_keeps_no_other(self) -> None:
        for error in (errors.CloudError(Code.CONNECTION, 'reset'), errors.NotPermitted('no')):
            self.cloud.add(things.SERVER, 's', SERVER, 'own')
            self.cloud.add(things.VOLUME, 'v', SERVER, 'own', status='available')
            cleaning = self.cleaning()
            cleaning.find()
            with mock.patch.object(cleaning, '_delete_server', side_effect=error):
                cleaning.remove()
            self.assertIn(f'server {SERVER} (s): {error}', cleaning.problems)
            self.assertEqual({'s'}, self.cloud.ids())


class WordsTest(testtools.TestCase):

    def test_a_name_is_text(self) -> None:
        hostile = things.Thing(things.SERVER, 'id\x1b[2J', 'a\nb\x1b[31m' + 'x' * 500, 'p', {})
        words = removal.described(hostile)
        self.assertEqual('server a b?[31mxxx', words[:18])
        self.assertTrue(words.isprintable())
        self.assertLess(len(words), 170)

    def test_counted(self) -> None:
        some = [things.Thing(kind, 'x', '', '', {}) for kind in (
            things.SERVER, things.USER, things.SERVER)]
        self.assertEqual('2 servers, 1 user', removal.counted(some))


class ListedTest(Case):

    def test_what_is_no_list_is_refused(self) -> None:
        for items in ([{'name': 'x'}], [7], [{'id': 7}], [{'id': ''}]):
            self.cloud.held['/servers'] = dict(enumerate(items))  # type: ignore[arg-type]
            self.assertRaises(errors.BadAnswer, self.cleaning().find)

    def test_a_list_without_an_end_is_refused(self) -> None:
        self.patch(things, '_PAGES', 3)
        for number in range(9):
            self.cloud.add(things.SERVER, f's{number}')
        self.cloud.page = 2
        self.assertRaises(errors.BadAnswer, self.cleaning().find)
