"""The whole look at a cloud: good ones, poor ones, and ones that do not answer or lie."""

import dataclasses
import datetime
import email.utils
import json
import os
from pathlib import Path
import tempfile
import threading
import time
from typing import Any
from unittest import mock

import ddt
import testtools

from ec2attrs_tempest_plugin.certification import needs
from ec2attrs_tempest_plugin.contract.visibility import KNOWN
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.preflight import asking
from ec2attrs_tempest_plugin.preflight import features
from ec2attrs_tempest_plugin.preflight import look
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.report import Level
from unit_tests.clients import server
from unit_tests.preflight import cloud

EVERYTHING = needs.WORDS.keys() - {'microversion'}
KEPT = 'ec2_access_key = issued\nec2_secret_key = s3cret-of-the-keys'
QUOTA = 'os-quota-class-sets/default'
KEYS = '/identity/v3/users/u1/credentials/OS-EC2'


@ddt.ddt
class LookTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)
        self.cloud = cloud.FakeCloud()
        running = self.cloud.running()
        running.__enter__()
        self.addCleanup(running.__exit__, None, None, None)
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def look(self, concurrency: int | None = None, **more: Any) -> Learned:
        learned = look.look(self.cloud.settings(self.base, **more), concurrency)
        said = '\n'.join(f'{line.name}: {line.says}' for line in learned.lines)
        for secret in (cloud.PASSWORD, cloud.SECRET, cloud.TOKEN, cloud.KEY, 's3cret-of-the-keys'):
            self.assertNotIn(secret, said)
        return learned

    def bad(self, learned: Learned) -> dict[str, str]:
        """Return what is not ok, by name, its level first."""
        return {line.name: f'{line.level}: {line.says}' for line in learned.lines
                if line.level is not Level.OK}

    def assert_one(self, learned: Learned, name: str, *words: str) -> None:
        bad = self.bad(learned)
        self.assertEqual({name}, bad.keys(), str(bad))
        for each in words:
            self.assertIn(each, bad[name])

    def test_a_good_cloud_as_operator(self) -> None:
        learned = self.look(concurrency=8)
        self.assertEqual({}, self.bad(learned))
        self.assertEqual(EVERYTHING, learned.met)
        self.assertEqual(Microversion(2, 100), learned.newest)
        self.assertIn(f'DELETE {KEYS}/a', self.cloud.asked)
        # Of servers and volumes no more than requests that cannot be carried out.
        self.assertEqual(
            {'POST /compute/v2.1/servers', 'POST /volume/v3/p1/volumes', f'POST {KEYS}',
             f'DELETE {KEYS}/a', 'POST /identity/v3/auth/tokens'},
            {each for each in self.cloud.asked if each.startswith(('POST', 'DELETE'))})

    def test_a_good_cloud_as_tenant(self) -> None:
        self.cloud.roles = ['member']
        learned = self.look(tenant=True, concurrency=1)
        self.assertEqual({}, self.bad(learned))
        self.assertEqual(EVERYTHING - {'admin'}, learned.met)

    @ddt.data(
        (f'GET /compute/v2.1/{QUOTA}', (200, {'quota_class_set': {'instances': 9}}),
         'quota of compute', 'FAIL', 'instances 9 of 10'),
        (f'GET /compute/v2.1/{QUOTA}', (403, {}), 'quota of compute', 'WARN', 'not known'),
        (f'GET /volume/v3/p1/{QUOTA}', (200, {'quota_class_set': {'volumes': 9}}),
         'quota of volume', 'FAIL', 'volumes 9 of 10'),
        ('GET /network/v2.0/quotas/p1/default', (200, {'quota': {'port': 11}}),
         'quota of network', 'FAIL', 'port 11 of 12'),
        ('GET /identity/v3/roles', (403, {}), 'people', 'FAIL', 'list roles'),
        ('GET /identity/v3/roles', (200, {'roles': []}), 'people', 'FAIL', 'no role member'),
        ('GET /image/v2/images/i1', (404, {}), 'image', 'FAIL', '404'),
        ('GET /image/v2/images/i1', (200, {**cloud.IMAGE, 'status': 'queued'}),
         'image', 'FAIL', 'status is queued'),
        ('GET /image/v2/images/i1', (200, {**cloud.IMAGE, 'visibility': 'private'}),
         'image', 'FAIL', 'private'),
        ('GET /image/v2/images/i1', (200, {**cloud.IMAGE, 'min_ram': 1024}),
         'image', 'FAIL', '1024 MiB'),
        ('GET /image/v2/images/i1', (200, {**cloud.IMAGE, 'size': 2**30 + 1}),
         'image', 'FAIL', 'disk of 2 GiB'),
        ('GET /image/v2/images/i2', (404, {}), 'second-image', 'WARN', '404'),
        ('GET /image/v2/images/i3', (200, cloud.IMAGE), 'kernel-image', 'WARN',
         'kernel_id'),
        ('GET /volume/v3/p1/volumes', (503, {}), 'volumes', 'FAIL', '503'),
        ('GET /compute/v2.1/', (300, {}), 'microversions', 'FAIL', 'seen 300'),
        ('GET /compute/v2.1/', (200, {'version': []}), 'microversions', 'FAIL', 'min_version'),
        ('GET /metadata/latest/meta-data/', (403, b''), 'metadata', 'FAIL', 'not the one'),
        ('GET /metadata/latest/meta-data/', (500, b''), 'metadata', 'WARN', '500'),
        ('GET /ec2-metadata/latest/meta-data/', (500, b''), 'ec2-metadata', 'WARN', '500'),
        (f'POST {KEYS}', (403, {}), 'EC2 credentials', 'WARN', '403', 'ec2_access_key',
         'identity:ec2_create_credential'),
        (f'POST {KEYS}', (500, {}), 'EC2', 'FAIL', '500'),
        ('EC2 DescribeImages', (401, cloud.REFUSED), 'EC2', 'FAIL', 'AuthFailure',
         'look at the clocks'),
        ('EC2 DescribeImages', (404, cloud.REFUSED.replace(b'AuthFailure', b'HTTPNotFound')),
         'EC2', 'FAIL', 'HTTPNotFound', 'the signature are accepted', 'Glance'),
        ('EC2 DescribeImages', (200, cloud.IMAGES.replace(b'small', b'large')), 'EC2 launches',
         'WARN', '0 images of the name small'),
        ('POST /compute/v2.1/servers', (403, cloud.fault('Policy does not allow it')), 'servers',
         'FAIL', '403 (Policy does not allow it)', 'roles: admin, member'),
        ('POST /compute/v2.1/servers', (500, {}), 'servers', 'FAIL', '500'),
        ('POST /volume/v3/p1/volumes', (403, cloud.fault('Policy does not allow it')), 'volumes',
         'WARN', '403 (Policy does not allow it)', 'volume:create'),
        ('POST /volume/v3/p1/volumes', (404, {}), 'volumes', 'FAIL', '404'))
    @ddt.unpack
    def test_one_thing_is_not_good(self, asked: str, row: Any, name: str, *words: str) -> None:
        self.cloud.rows[asked] = row
        self.assert_one(self.look(), name, *words)
        if asked.startswith('EC2'):
            self.assertIn(f'DELETE {KEYS}/a', self.cloud.asked)

    @ddt.data(
        ('GET /compute/v2.1/limits', {'limits': {'absolute': {
            'maxTotalInstances': 9}}}, 'quota of compute', '9 of 10'),
        ('GET /volume/v3/p1/limits', {'limits': {'absolute': {
            'maxTotalVolumes': 9}}}, 'quota of volume', '9 of 10'),
        ('GET /network/v2.0/subnets', {'subnets': []}, 'network', 'no subnet'))
    @ddt.unpack
    def test_one_thing_is_not_good_for_a_tenant(
            self, asked: str, body: Any, name: str, words: str) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows[asked] = (200, body)
        self.assert_one(self.look(tenant=True), name, 'FAIL', words)

    def test_servers_and_volumes_of_others_in_the_project(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows['GET /compute/v2.1/limits'] = (200, {'limits': {'absolute': {
            'maxTotalInstances': 12, 'totalInstancesUsed': 2}}})
        self.assert_one(self.look(tenant=True), 'project', 'WARN', 'servers already: 2',
                        'not touched and stay', 'names and addresses')
        del self.cloud.rows['GET /compute/v2.1/limits'][1]['limits']['absolute'][
            'totalInstancesUsed']
        self.cloud.rows['GET /volume/v3/p1/limits'] = (200, {'limits': {'absolute': {
            'totalVolumesUsed': 3}}})
        self.assert_one(self.look(tenant=True), 'project', 'WARN', 'volumes already: 3',
                        'not touched and stay')
        self.cloud.roles = ['admin', 'member']
        self.assertEqual({}, self.bad(self.look()))

    # What the user may do

    def test_a_reader_as_tenant(self) -> None:
        self.cloud.roles = ['reader']
        self.cloud.rows['POST /compute/v2.1/servers'] = (403, cloud.fault('no'))
        self.cloud.rows['POST /volume/v3/p1/volumes'] = (403, cloud.fault('no'))
        self.cloud.rows[f'POST {KEYS}'] = (403, {})
        learned = self.look(tenant=True)
        bad = self.bad(learned)
        self.assertEqual({'credentials of alice', 'servers', 'volumes', 'EC2 credentials'},
                         bad.keys(), str(bad))
        self.assertIn('role reader in the project p, and not member', bad['credentials of alice'])
        self.assertIn('roles: reader', bad['servers'])
        self.assertEqual(EVERYTHING - {'admin', 'servers', 'volumes', 'ec2-keys', 'ec2-new-keys'},
                         learned.met)

    def test_a_role_of_another_name(self) -> None:
        self.cloud.roles = ['_member_']
        self.assertEqual({}, self.bad(self.look(tenant=True)))

    @ddt.data(('servers', 'compute/v2.1', 'server'), ('volumes', 'volume/v3/p1', 'volume'))
    @ddt.unpack
    def test_what_is_created_against_expectation_is_deleted(
            self, need: str, path: str, kind: str) -> None:
        self.cloud.rows[f'POST /{path}/{need}'] = (202, {kind: {'id': 'made'}})
        self.cloud.rows[f'DELETE /{path}/{need}/made'] = (204, b'')
        learned = self.look()
        self.assertEqual({}, self.bad(learned))
        self.assertIn(need, learned.met)
        self.assertIn(f'DELETE /{path}/{need}/made', self.cloud.asked)

    def test_a_volume_type_that_there_is_not(self) -> None:
        self.cloud.rows['POST /volume/v3/p1/volumes'] = (404, cloud.fault('no type'))
        self.assert_one(self.look(more='[volume]\nvolume_type = fast'), 'volumes', 'FAIL',
                        '[volume] volume_type, which is fast')

    def test_one_of_two_accounts_may_not(self) -> None:
        self.cloud.roles = ['member']
        settings = self.cloud.settings(self.base, tenant=True)
        twice = type(settings)(settings.conf, settings.auth_url, (
            settings.people[0], dataclasses.replace(settings.people[0], username='bob')))
        answers = [(400, {}), (403, cloud.fault('no'))]

        def in_turn(handler: server.Handler) -> None:
            status, body = answers.pop()
            server.say(status, json.dumps(body).encode())(handler)
        self.cloud.rows['POST /volume/v3/p1/volumes'] = in_turn
        learned = look.look(twice, None)
        self.assertNotIn('volumes', learned.met)
        self.assertIn('volumes of ', ' '.join(self.bad(learned)))

    # EC2

    def test_ec2_in_another_region_or_on_another_interface(self) -> None:
        self.cloud.region['ec2'] = 'RegionTwo'
        learned = self.look()
        self.assert_one(learned, 'EC2', 'WARN', 'in the region RegionOne, but public in RegionTwo',
                        'ec2_url')
        self.assertEqual(EVERYTHING - {'ec2'}, learned.met)
        self.assertEqual([], [each for each in self.cloud.asked if each.startswith('EC2')])
        self.cloud.region, self.cloud.interface['ec2'] = {}, 'internal'
        self.assert_one(self.look(), 'EC2', 'WARN', 'but internal in RegionOne')
        self.assertEqual({}, self.bad(self.look(more='ec2_endpoint_type = internalURL')))

    def test_keys_that_the_operator_issued(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows[f'POST {KEYS}'] = (403, cloud.fault('identity:ec2_create_credential'))
        learned = self.look(tenant=True, more=KEPT)
        self.assert_one(learned, 'EC2 credentials', 'WARN', 'several pairs')
        self.assertEqual(EVERYTHING - {'admin', 'ec2-new-keys'}, learned.met)
        self.assertIn('EC2 DescribeImages', self.cloud.asked)
        self.cloud.rows[f'GET {KEYS}/issued'] = (404, {})  # of another user
        self.assertIn('ec2-keys', self.look(tenant=True, more=KEPT).met)

    @ddt.data((KEPT, False, 'in several'), ('ec2_access_key = issued', True, 'set both'))
    @ddt.unpack
    def test_keys_that_cannot_be_used(self, more: str, tenant: bool, words: str) -> None:
        self.cloud.roles = ['member'] if tenant else ['admin']
        self.assert_one(self.look(tenant=tenant, more=more), 'EC2 credentials', 'FAIL', words)

    def test_keys_of_another_project(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows[f'GET {KEYS}/issued'] = (200, {'credential': {'tenant_id': 'p2'}})
        self.assert_one(self.look(tenant=True, more=KEPT), 'EC2 credentials', 'FAIL',
                        'another project')

    @ddt.data(((), 'owns 0 networks'), (('a', 'b'), 'owns 2 networks (a, b)'),
              (('net', 'subnet-1'), ''))
    @ddt.unpack
    def test_networks_on_which_ec2_launches(self, names: tuple[str, ...], words: str) -> None:
        def networks(handler: server.Handler) -> None:
            found = [{'id': 'n', 'name': 'net', 'project_id': 'p1'}] if 'name=' in handler.path \
                else [{'id': name, 'name': name, 'project_id': 'p1'} for name in names] + [
                    {'id': 'x', 'name': 'x', 'project_id': 'p1', 'router:external': True},
                    {'id': 'y', 'name': 'y', 'project_id': 'p2', 'shared': True}]
            server.say(200, json.dumps({'networks': found}).encode())(handler)
        self.cloud.roles = ['member']
        self.cloud.rows['GET /network/v2.0/networks'] = networks
        learned = self.look(tenant=True)
        if words:
            self.assert_one(learned, 'EC2 launches', 'WARN', words)
        else:
            self.assertEqual({}, self.bad(learned))
        self.assertEqual(not words, 'ec2-launches' in learned.met)
        # With VPCs alone the networks of the project do not matter.
        self.cloud.rows['EC2 DescribeAccountAttributes'] = (200, cloud.PLATFORMS.replace(
            b'<item><attributeValue>EC2</attributeValue></item>', b''))
        learned = self.look(tenant=True)
        self.assertEqual({}, self.bad(learned))
        self.assertIn('ec2-launches', learned.met)

    def test_an_ec2_that_needs_cinder(self) -> None:
        more = '[service_available]\ncinder = false'
        self.assertIn('ec2', self.look(more=more).met)
        self.cloud.rows['EC2 DescribeInstances'] = (
            400, cloud.REFUSED.replace(b'AuthFailure', b'EndpointNotFound'))
        learned = self.look(more=more)
        self.assertIn('EndpointNotFound', self.bad(learned)['EC2'])
        self.assertNotIn('ec2', learned.met)

    # What options rule out

    def test_features(self) -> None:
        flags = ('pause', 'suspend', 'shelve', 'rescue', 'snapshot', 'resize',
                 'volume_multiattach')
        set_false = '\n'.join(f'{flag} = false' for flag in flags)
        learned = self.look(more=f'[compute-feature-enabled]\n{set_false}\nunified_limits = true\n'
                                 f'[volume-feature-enabled]\nsnapshot = false')
        bad = self.bad(learned)
        self.assertEqual({*features.FEATURES}, bad.keys())
        for need, (group, option, value) in features.FEATURES.items():
            self.assertEqual(f'WARN: [{group}] {option} is {str(value).lower()}', bad[need])
        self.assertEqual(EVERYTHING - features.FEATURES.keys(), learned.met)

    def test_features_that_are_set_to_what_they_need(self) -> None:
        self.assertEqual({}, self.bad(self.look(
            more='[compute-feature-enabled]\nresize = true\nunified_limits = false')))

    # The catalog

    @ddt.data('compute', 'block-storage')
    def test_an_endpoint_without_a_version(self, kind: str) -> None:
        self.cloud.services[kind] = '/unversioned'
        group = 'volume' if kind == 'block-storage' else kind
        self.assert_one(self.look(), f'endpoint of {group}', 'FAIL', f'{self.cloud.url}/unversion',
                        'has no version', 'Tempest cannot use it either')

    def test_an_endpoint_in_another_region(self) -> None:
        self.cloud.region['block-storage'] = 'RegionTwo'
        self.assert_one(self.look(), 'endpoint of volume', 'FAIL', 'public in RegionTwo',
                        '[service_available] cinder = false')

    def test_a_limited_rate(self) -> None:
        for asked in ('GET /compute/v2.1/', 'POST /volume/v3/p1/volumes', 'EC2 DescribeImages',
                      'GET /image/v2/images/i2'):
            def limited(handler: server.Handler) -> None:
                server.say(429, b'', Retry_After='60')(handler)
            self.cloud.rows[asked] = limited
        learned = self.look()
        bad = self.bad(learned)
        self.assertEqual({'microversions', 'volumes', 'EC2', 'image'}, bad.keys(), str(bad))
        for says in bad.values():
            self.assertIn('WARN', says)
            self.assertIn('limits the rate', says)
        self.assertEqual((EVERYTHING, KNOWN), (learned.met, learned.newest))

    # A flavor to resize to

    @ddt.data((404, {}, 'names no flavor'),
              (200, {'flavor': {**cloud.FLAVOR, 'disk': 0}}, 'smaller disk'))
    @ddt.unpack
    def test_the_second_flavor(self, status: int, body: Any, words: str) -> None:
        self.cloud.rows['GET /compute/v2.1/flavors/2'] = (status, body)
        learned = self.look()
        self.assertEqual({}, self.bad(learned))
        self.assertIn('second-flavor', learned.met)  # the administrator makes one
        self.cloud.roles = ['member']
        learned = self.look(tenant=True)
        self.assert_one(learned, 'second-flavor', 'WARN', words)
        self.assertNotIn('second-flavor', learned.met)

    def test_no_second_flavor(self) -> None:
        learned = self.look(more='[compute]\nflavor_ref_alt = 1')
        self.assert_one(learned, 'second-flavor', 'WARN', 'names no other')

    def test_no_such_flavor(self) -> None:
        del self.cloud.rows['GET /compute/v2.1/flavors/1']
        bad = self.bad(self.look())
        self.assertEqual({'flavor', 'quota of compute'}, bad.keys())
        self.assertIn('flavor_ref', bad['flavor'])

    def test_a_network_of_others(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows['GET /network/v2.0/networks'] = (
            200, {'networks': [{'id': 'n1', 'project_id': 'p2', 'shared': True}]})
        bad = self.bad(self.look(tenant=True))
        self.assertEqual({'network', 'EC2 launches'}, bad.keys())
        self.assertIn('WARN: net belongs to another project', bad['network'])

    def test_a_network_with_ipv6_alone(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows['GET /network/v2.0/subnets'] = (
            200, {'subnets': [{'id': 's1', 'ip_version': 6}]})
        self.assert_one(self.look(tenant=True), 'network', 'WARN', 'no IPv4 subnet')

    def test_no_network_of_the_name(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows['GET /network/v2.0/networks'] = (200, {'networks': []})
        self.assertIn('FAIL: there are 0 networks', self.bad(self.look(tenant=True))['network'])

    @ddt.data((True, {'EC2 launches'}), (False, {'network', 'EC2 launches'}))
    @ddt.unpack
    def test_a_network_for_new_projects(self, shared: bool, bad: set[str]) -> None:
        self.cloud.rows['GET /network/v2.0/networks'] = (
            200, {'networks': [{'id': 'n1', 'project_id': 'p1', 'shared': shared}]})
        settings = self.cloud.settings(self.base)
        settings.conf.set_override('create_isolated_networks', False, group='auth')
        settings.conf.set_override('fixed_network_name', 'net', group='compute')
        self.assertEqual(bad, self.bad(look.look(settings, None)).keys())

    def test_a_flavor_without_a_disk(self) -> None:
        self.cloud.rows['GET /compute/v2.1/flavors/1'] = (
            200, {'flavor': {**cloud.FLAVOR, 'disk': 0}})
        self.assertIn('has no disk', self.bad(self.look())['image'])

    def test_people_who_will_not_do(self) -> None:
        self.cloud.roles = ['member']
        self.assertIn('no role admin', self.bad(self.look())['credentials of alice'])
        self.cloud.roles = ['admin']
        self.assertIn('only administrators',
                      self.bad(self.look(tenant=True))['credentials of alice'])
        self.cloud.rows['POST /identity/v3/auth/tokens'] = (401, {})
        self.assertIn('does not take the password',
                      self.bad(self.look())['credentials of alice'])

    def test_accounts_are_too_few_or_in_use(self) -> None:
        self.cloud.roles = ['member']
        self.assertIn('2 workers need 2 accounts',
                      self.bad(self.look(tenant=True, concurrency=2))['accounts'])
        (self.base / 'test_accounts_io').touch()
        self.assertEqual({}, self.bad(self.look(tenant=True)))
        mark = self.base / 'b82a73d36502e442829efdf816461c9b'
        mark.touch()
        self.assertIn(str(mark), self.bad(self.look(tenant=True))['locks'])

    def test_an_account_without_the_role(self) -> None:
        self.cloud.roles = ['member']
        self.assertIn('roles: [member]', self.bad(
            self.look(tenant=True, role='_member_'))['credentials of alice'])

    def test_two_accounts_of_a_project(self) -> None:
        self.cloud.roles = ['member']
        settings = self.cloud.settings(self.base, tenant=True)
        twice = type(settings)(settings.conf, settings.auth_url, settings.people * 2)
        self.assertIn('the same project', self.bad(look.look(twice, None))['accounts'])

    def test_options_that_leave_things_out(self) -> None:
        learned = self.look(more='ec2_shows_servers = false\n[service_available]\ncinder = false\n'
                                 'neutron = false\n[service-clients]\n')
        self.assertEqual({'volumes', 'network', 'EC2'}, self.bad(learned).keys())
        self.assertEqual(EVERYTHING - {'volumes', 'ec2-servers'}, learned.met)

    def test_a_limit_of_microversions(self) -> None:
        settings = self.cloud.settings(self.base)
        settings.conf.set_override('max_microversion', '2.53', group='compute')
        learned = look.look(settings, None)
        self.assertEqual(Microversion(2, 53), learned.newest)
        self.assert_one(learned, 'microversions', 'WARN', '2.53')

    def test_a_cloud_without_ec2(self) -> None:
        del self.cloud.services['ec2']
        self.assert_one(self.look(), 'EC2', 'WARN', 'no service of type ec2')

    @ddt.data((-400, 'FAIL', 'behind'), (120, 'WARN', 'ahead'))
    @ddt.unpack
    def test_clocks(self, seconds: int, *words: str) -> None:
        there = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
        self.cloud.date = email.utils.format_datetime(there, usegmt=True)
        with mock.patch('http.server.BaseHTTPRequestHandler.date_time_string',
                        return_value=self.cloud.date):
            self.cloud.date = None
            self.assert_one(self.look(), 'clocks', *words)

    def test_a_clock_that_is_none(self) -> None:
        with mock.patch('http.server.BaseHTTPRequestHandler.date_time_string',
                        return_value='tomorrow'):
            self.assertEqual({}, self.bad(self.look()))

    # Clouds that are silent, or say anything

    def test_a_silent_keystone(self) -> None:
        self.cloud.rows['POST /identity/v3/auth/tokens'] = cloud.never(60, self.over.wait)
        with mock.patch.object(look, '_LOG_IN', 0.2):
            began = time.monotonic()
            learned = self.look()
        self.assertLess(time.monotonic() - began, 2)
        self.assert_one(learned, 'credentials of alice', 'FAIL', 'no answer in time')

    def test_a_silent_nova(self) -> None:
        self.cloud.rows['GET /compute/v2.1/'] = cloud.never(60, self.over.wait)
        with mock.patch.object(look, 'PATIENCE', 1.0):
            began = time.monotonic()
            learned = self.look()
        self.assertLess(time.monotonic() - began, 3)
        self.assert_one(learned, 'microversions', 'FAIL', 'no answer in time')

    def test_all_is_over_in_time(self) -> None:
        self.assertLessEqual(look.PATIENCE, 8.0)
        self.assertLess(look._LOG_IN, look.PATIENCE)
        self.assertLess(asking.TIMEOUT, look._LOG_IN)

    def test_nobody_there(self) -> None:
        settings = self.cloud.settings(self.base)
        dead = type(settings)(settings.conf, 'http://127.0.0.1:1/v3', settings.people)
        self.assert_one(look.look(dead, None), 'credentials of alice', 'FAIL',
                        'no complete response')

    @ddt.data((200, {}), (201, {}), (201, {'token': 1}), (201, {'token': {'project': 1}}),
              (201, b'\xff'), (302, b''), (201, b'[' * 100000))
    def test_a_keystone_that_is_none(self, row: Any) -> None:
        self.cloud.rows['POST /identity/v3/auth/tokens'] = row
        self.assert_one(self.look(), 'credentials of alice', 'FAIL', 'is no token')

    def test_answers_that_are_nonsense(self) -> None:
        bodies: list[Any] = [
            [], {}, {'flavor': 'x', 'limits': [], 'networks': 5}, 'text', None, 7, b'{']
        for body in bodies:
            with self.subTest(body):
                fake = self.cloud.rows.copy()
                for asked in [each for each in fake if each.startswith('GET')]:
                    self.cloud.rows[asked] = (200, body)
                bad = self.bad(self.look())
                self.assertIn('microversions', bad)
                self.assertTrue({'image', 'flavor'} & bad.keys(), str(bad))
                self.cloud.rows.update(fake)

    def test_an_answer_that_has_no_end(self) -> None:
        def endless(handler: server.Handler) -> None:
            handler.send_response(200)
            handler.send_header('Content-Length', '1000000')
            handler.end_headers()
            while not self.over.wait(0.05):
                handler.wfile.write(b' ')
        self.cloud.rows['GET /volume/v3/p1/volumes'] = endless
        with mock.patch.object(look, 'PATIENCE', 2.0):
            self.assert_one(self.look(), 'volumes', 'FAIL', 'in time')

    def test_environment_of_aws_does_not_matter(self) -> None:
        with mock.patch.dict(os.environ, {'AWS_PROFILE': 'nobody'}):
            self.assertEqual({}, self.bad(self.look()))
