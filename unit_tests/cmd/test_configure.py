"""``ec2attrs configure`` from clouds.yaml to the files, and what it refuses."""

import contextlib
import io
import json
import os
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

import ddt
import openstack
import testtools

from ec2attrs_tempest_plugin.cmd import configure
from ec2attrs_tempest_plugin.cmd import main
from ec2attrs_tempest_plugin.preflight import discovery
from ec2attrs_tempest_plugin.preflight import settings
from unit_tests.preflight import cloud

ADMIN = {'username': 'alice', 'password': cloud.PASSWORD, 'project_name': 'p',
         'user_domain_name': 'Default', 'project_domain_name': 'Default'}


@ddt.ddt
class ConfigureTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)
        self.conf = self.base / 'etc' / 'tempest.conf'
        self.cloud = cloud.FakeCloud()
        running = self.cloud.running()
        running.__enter__()
        self.addCleanup(running.__exit__, None, None, None)
        self.clouds: dict[str, Any] = {'mine': self.entry()}
        self.cloud.rows.update({
            'GET /identity/v3': (200, {'version': self.version('v3.14', '/identity/v3/')}),
            'GET /compute/v2.1': (200, {'version': {
                **self.version('v2.1', '/compute/v2.1/'), 'min_version': '2.1',
                'version': '2.100'}}),
            'GET /image': (200, {'versions': [self.version('v2.9', '/image/v2/')]}),
            'GET /network': (200, {'versions': [self.version('v2.0', '/network/v2.0/')]}),
            'GET /image/v2/images': (200, {'images': [
                {**cloud.IMAGE, 'container_format': 'bare', 'disk_format': 'raw'}]}),
            'GET /compute/v2.1/flavors/detail': (200, {'flavors': [cloud.FLAVOR]})})
        self.cloud.rows['GET /network/v2.0/networks'] = (200, {'networks': [
            {'id': 'n1', 'name': 'net', 'admin_state_up': True, 'project_id': 'p1'}]})
        self.cloud.rows['GET /network/v2.0/subnets'] = (200, {'subnets': [
            {'id': 's1', 'network_id': 'n1', 'ip_version': 4}]})

    def entry(self, **auth: Any) -> dict[str, Any]:
        return {'auth': {'auth_url': f'{self.cloud.url}/identity/v3', **ADMIN, **auth},
                'region_name': 'RegionOne'}

    def version(self, name: str, path: str) -> dict[str, Any]:
        return {'id': name, 'status': 'CURRENT',
                'links': [{'rel': 'self', 'href': self.cloud.url + path}]}

    def run_it(self, *args: str, environ: dict[str, str] | None = None) -> tuple[int, str]:
        clouds = self.base / 'clouds.yaml'
        clouds.write_text(json.dumps({'clouds': self.clouds}))
        out = io.StringIO()
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith('OS_') and key not in discovery.CA_VARIABLES}
        with (mock.patch.dict(os.environ, {**kept, 'OS_CLIENT_CONFIG_FILE': str(clouds),
                                           **(environ or {})}, clear=True),
              contextlib.redirect_stdout(out), contextlib.redirect_stderr(out)):
            args_ = main.build_parser().parse_args(
                ['configure', '--output', str(self.conf), *args])
            code = args_.handler(args_)
        for secret in (cloud.PASSWORD, cloud.SECRET, cloud.TOKEN):
            self.assertNotIn(secret, out.getvalue())
        return code, out.getvalue()

    def assert_refused(self, words: str, *args: str, **more: Any) -> None:
        code, said = self.run_it(*args, **more)
        self.assertEqual(3, code, said)
        self.assertIn(words, said)
        self.assertEqual(1, len(said.splitlines()), said)
        self.assertFalse(self.conf.exists())

    def test_operator(self) -> None:
        secret = self.base / 'secret'
        secret.write_text(f'{cloud.SECRET}\n')
        code, said = self.run_it('--os-cloud', 'mine', '--metadata-url', 'http://h:8775',
                                 '--metadata-secret-file', str(secret))
        self.assertEqual(0, code, said)
        read = settings.read(self.conf)
        self.assertEqual((settings.Credentials('alice', cloud.PASSWORD, 'p', 'Default',
                                               'Default'),), read.people)
        self.assertEqual(('i1', None, '1'), (
            read.conf.compute.image_ref, read.conf.compute.image_ref_alt,
            read.conf.compute.flavor_ref))
        self.assertEqual(('http://h:8775', cloud.SECRET, None), (
            read.conf.ec2attrs.metadata_url, read.conf.ec2attrs.metadata_proxy_shared_secret,
            read.conf.ec2attrs.ec2_url))
        self.assertIn('2.1 to 2.100', said)

    def test_tenant(self) -> None:
        self.cloud.roles = ['member']
        code, said = self.run_it('--os-cloud', 'mine', '--profile', 'tenant')
        self.assertEqual(0, code, said)
        [account] = settings.read(self.conf).people
        self.assertEqual(('alice', 'net', ('member',)),
                         (account.username, account.network, account.roles))
        self.assertIn('at most --concurrency 1', said)

    def test_trusted_certificates(self) -> None:
        ours, theirs = self.base / 'ours.pem', self.base / 'theirs.pem'
        for path in (ours, theirs):
            path.write_text('')
        for environ, cacert, expected in (
                ({}, None, None), ({'SSL_CERT_FILE': str(theirs)}, None, theirs),
                ({'REQUESTS_CA_BUNDLE': str(theirs), 'SSL_CERT_FILE': '/nowhere'}, None, theirs),
                ({'OS_CACERT': str(theirs), 'REQUESTS_CA_BUNDLE': '/nowhere'}, None, theirs),
                ({'OS_CACERT': '/nowhere'}, None, None),
                ({'OS_CACERT': str(theirs)}, str(ours), ours),
                ({'OS_CACERT': str(self.base)}, None, None)):
            self.clouds['mine'] = {**self.entry(), **({'cacert': cacert} if cacert else {})}
            code, said = self.run_it('--os-cloud', 'mine', '--force', environ=environ)
            self.assertEqual(0, code, said)
            self.assertEqual(str(expected) if expected else None,
                             settings.read(self.conf).conf.identity.ca_certificates_file,
                             str(environ))
            if expected:
                self.assertIn(f'trusted certificates: {expected}', said)
        self.assertIn('is a directory', said)

    def test_ec2_on_another_interface(self) -> None:
        self.cloud.interface['ec2'] = 'internal'
        code, said = self.run_it('--os-cloud', 'mine')
        self.assertEqual(0, code, said)
        self.assertIn('ec2_endpoint_type is internal', said)
        self.assertEqual('internal', settings.read(self.conf).conf.ec2attrs.ec2_endpoint_type)

    def test_a_project_with_two_networks(self) -> None:
        self.cloud.roles = ['member']
        networks = self.cloud.rows['GET /network/v2.0/networks'][1]['networks']
        networks.append({**networks[0], 'id': 'n2', 'name': 'other'})
        code, said = self.run_it('--os-cloud', 'mine', '--profile', 'tenant')
        self.assertEqual(0, code, said)
        self.assertIn('WARNING: the project p owns 2 networks', said)

    def test_a_link_without_tls(self) -> None:
        response = mock.Mock(url='http://h:443/flavors?marker=1', status_code=400, headers={})
        error = openstack.exceptions.BadRequestException(
            'The plain HTTP request was sent to HTTPS port', response=response)
        with mock.patch('ec2attrs_tempest_plugin.preflight.choosing.flavors_and_images',
                        side_effect=error):
            self.assert_refused('the link http://h:443/flavors, with http', '--os-cloud', 'mine')

    def test_somebody_else_as_operator(self) -> None:
        self.cloud.roles = ['member']
        self.assertIn('WARNING', self.run_it('--os-cloud', 'mine')[1])

    def test_administrator_as_tenant(self) -> None:
        self.assert_refused('has the role admin', '--os-cloud', 'mine', '--profile', 'tenant')

    def test_a_file_is_not_written_over(self) -> None:
        self.assertEqual(0, self.run_it('--os-cloud', 'mine')[0])
        before = self.conf.read_text()
        code, said = self.run_it('--os-cloud', 'mine', '--ec2-url', 'http://h:1')
        self.assertEqual((3, before), (code, self.conf.read_text()))
        self.assertIn('--force', said)
        self.assertEqual(0, self.run_it('--os-cloud', 'mine', '--ec2-url', 'http://h:1',
                                        '--force')[0])
        self.assertIn('ec2_url = http://h:1', self.conf.read_text())

    @ddt.data(
        ({'auth_type': 'v3applicationcredential', 'auth': {
            'application_credential_id': 'x', 'application_credential_secret': 'y'}},
         'application credential'),
        ({'auth_type': 'token', 'auth': {'token': 'x'}}, 'no password'),
        ({'auth': {'password': None}}, 'no password'),
        ({'cert': '/a.pem', 'key': '/b.pem'}, 'client certificate'))
    @ddt.unpack
    def test_clouds_that_are_of_no_use(self, more: dict[str, Any], words: str) -> None:
        entry = self.entry()
        auth = {'auth_url': entry['auth']['auth_url']} if 'auth_type' in more else entry['auth']
        self.clouds['mine'] = {**entry, **more, 'auth': {**auth, **more.get('auth', {})}}
        self.assert_refused(words, '--os-cloud', 'mine')

    def test_wrong_usage(self) -> None:
        for words, args in {
                'name a cloud': (), 'twice': ('--os-cloud', 'mine') * 2,
                'takes one': ('--os-cloud', 'mine', '--os-cloud', 'other'),
                'not found': ('--os-cloud', 'other'),
                'secret of the metadata': ('--os-cloud', 'mine', '--metadata-url', 'http://h'),
                'cannot be read': ('--os-cloud', 'mine', '--metadata-secret-file', '/nowhere'),
        }.items():
            self.assert_refused(words, *args)

    def test_from_the_environment(self) -> None:
        code, said = self.run_it('--metadata-url', 'http://h', environ={
            'OS_CLOUD': 'mine', configure.SECRET: cloud.SECRET})
        self.assertEqual(0, code, said)
        self.assertIn(cloud.SECRET, self.conf.read_text())

    def test_a_keystone_that_refuses(self) -> None:
        self.cloud.rows['POST /identity/v3/auth/tokens'] = (401, {})
        self.assert_refused('does not take the username', '--os-cloud', 'mine')

    def test_nobody_there(self) -> None:
        self.clouds['mine'] = {**self.entry(), 'auth': {
            **self.entry()['auth'], 'auth_url': 'http://127.0.0.1:1/v3'}}
        self.assert_refused('cannot be used', '--os-cloud', 'mine')

    def test_a_cloud_without_images(self) -> None:
        self.cloud.rows['GET /image/v2/images'] = (200, {'images': []})
        self.assert_refused('no image', '--os-cloud', 'mine')

    def test_openstacksdk_is_not_installed(self) -> None:
        with mock.patch.dict('sys.modules', {'openstack': None}):
            self.assert_refused('[configure]', '--os-cloud', 'mine')
