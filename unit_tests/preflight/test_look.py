"""The whole look at a cloud: good ones, poor ones, and ones that do not answer or lie."""

import datetime
import email.utils
import os
from pathlib import Path
import tempfile
import threading
import time
from typing import Any
from unittest import mock

import ddt
import testtools

from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.preflight import asking
from ec2attrs_tempest_plugin.preflight import look
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.report import Level
from unit_tests.clients import server
from unit_tests.preflight import cloud

EVERYTHING = {'admin', 'volumes', 'ec2', 'ec2-servers', 'metadata', 'ec2-metadata',
              'kernel-image', 'second-image', 'second-flavor'}
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
        for secret in (cloud.PASSWORD, cloud.SECRET, cloud.TOKEN, cloud.KEY):
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
        self.assertEqual(EVERYTHING, learned.have)
        self.assertEqual(Microversion(2, 100), learned.newest)
        self.assertIn(f'DELETE {KEYS}/a', self.cloud.asked)
        self.assertEqual([], [each for each in self.cloud.asked if 'servers' in each])

    def test_a_good_cloud_as_tenant(self) -> None:
        self.cloud.roles = ['member']
        learned = self.look(tenant=True, concurrency=1)
        self.assertEqual({}, self.bad(learned))
        self.assertEqual(EVERYTHING - {'admin'}, learned.have)

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
        ('GET /image/v2/images/i2', (404, {}), 'second image', 'WARN', '404'),
        ('GET /image/v2/images/i3', (200, cloud.IMAGE), 'image with a kernel', 'WARN',
         'kernel_id'),
        ('GET /compute/v2.1/flavors/2', (404, {}), 'second flavor', 'WARN', 'names no flavor'),
        ('GET /compute/v2.1/flavors/2', (200, {'flavor': {**cloud.FLAVOR, 'disk': 0}}),
         'second flavor', 'WARN', 'smaller disk'),
        ('GET /volume/v3/p1/volumes', (503, {}), 'volumes', 'FAIL', '503'),
        ('GET /compute/v2.1/', (300, {}), 'microversions', 'FAIL', 'seen 300'),
        ('GET /compute/v2.1/', (200, {'version': []}), 'microversions', 'FAIL', 'min_version'),
        ('GET /metadata/latest/meta-data/', (403, b''), 'metadata', 'FAIL', 'not the one'),
        ('GET /metadata/latest/meta-data/', (500, b''), 'metadata', 'WARN', '500'),
        ('GET /ec2-metadata/latest/meta-data/', (500, b''), 'ec2-metadata', 'WARN', '500'),
        (f'POST {KEYS}', (403, {}), 'EC2', 'FAIL', '403'),
        ('POST /ec2/', (401, cloud.REFUSED), 'EC2', 'FAIL', 'AuthFailure'),
        ('POST /ec2/', (200, cloud.IMAGES.replace(b'small', b'large')), 'EC2', 'WARN',
         '0 images of the name small'))
    @ddt.unpack
    def test_one_thing_is_not_good(self, asked: str, row: Any, name: str, *words: str) -> None:
        self.cloud.rows[asked] = row
        self.assert_one(self.look(), name, *words)
        if name == 'EC2' and not asked.endswith('OS-EC2'):
            self.assertIn(f'DELETE {KEYS}/a', self.cloud.asked)

    @ddt.data(
        ('GET /compute/v2.1/limits', {'limits': {'absolute': {
            'maxTotalInstances': 9}}}, 'quota of compute', '9 of 10'),
        ('GET /volume/v3/p1/limits', {'limits': {'absolute': {
            'maxTotalVolumes': 9}}}, 'quota of volume', '9 of 10'),
        ('GET /network/v2.0/networks', {'networks': []}, 'network', 'there are 0 networks'),
        ('GET /network/v2.0/subnets', {'subnets': []}, 'network', 'no IPv4'))
    @ddt.unpack
    def test_one_thing_is_not_good_for_a_tenant(
            self, asked: str, body: Any, name: str, words: str) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows[asked] = (200, body)
        self.assert_one(self.look(tenant=True), name, 'FAIL', words)

    def test_servers_of_others_in_the_project(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows['GET /compute/v2.1/limits'] = (200, {'limits': {'absolute': {
            'maxTotalInstances': 12, 'totalInstancesUsed': 2}}})
        self.assert_one(self.look(tenant=True), 'project', 'WARN',
                        'servers that it holds already: 2')
        self.cloud.roles = ['admin', 'member']
        self.assertEqual({}, self.bad(self.look()))

    def test_no_such_flavor(self) -> None:
        del self.cloud.rows['GET /compute/v2.1/flavors/1']
        bad = self.bad(self.look())
        self.assertEqual({'flavor', 'quota of compute'}, bad.keys())
        self.assertIn('flavor_ref', bad['flavor'])

    def test_a_network_of_others(self) -> None:
        self.cloud.roles = ['member']
        self.cloud.rows['GET /network/v2.0/networks'] = (
            200, {'networks': [{'id': 'n1', 'project_id': 'p2', 'shared': True}]})
        self.assert_one(self.look(tenant=True), 'network', 'WARN', 'not of the project')

    @ddt.data((True, set()), (False, {'network'}))
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
        self.assertEqual(EVERYTHING - {'volumes', 'ec2-servers'}, learned.have)

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
        self.assert_one(look.look(dead, None), 'credentials of alice', 'FAIL', 'no whole answer')

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
