"""The files that are written: what oslo.config and Tempest read back, and who else can."""

import dataclasses
import json
import os
from pathlib import Path
import tempfile

import testtools
import yaml

from ec2attrs_tempest_plugin.preflight import configuration
from ec2attrs_tempest_plugin.preflight import settings
from ec2attrs_tempest_plugin.preflight.choosing import NotFound
from ec2attrs_tempest_plugin.preflight.choosing import Person
from ec2attrs_tempest_plugin.preflight.discovery import Found

#: What oslo.config, ConfigParser and YAML each have a use for.
HARD = ' $a ${b}%(c)s#;"\'\\n=:\U0001f511 '
PERSON = Person(username='alice', password=HARD, user_domain='People', project='p', project_id='1',
                project_domain='Projects', roles=('member',))
FOUND = Found(
    auth_url='http://h:5000/v3', region='R', interface='internal', verify=False, cacert='/ca.pem',
    person=PERSON, image='i', image_alt='', kernel_image='k', flavor='f', flavor_alt='g',
    network='net', neutron=True, volume_type='volumev3', ec2_url='http://h:8788/',
    ec2_interface='', microversions='2.1 to 2.100', notes=())
TOLD = configuration.Told(metadata_url='http://h:8775', metadata_secret=HARD)


def of(found: Found, **changes: object) -> Found:
    """Return a found cloud with another person."""
    return dataclasses.replace(found, person=dataclasses.replace(
        found.person, **changes))  # type: ignore[arg-type]


class FilesTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.base = Path(directory.name)
        self.conf = self.base / 'etc' / 'tempest.conf'
        self.accounts = self.base / 'etc' / 'accounts.yaml'

    def operator(self, found: Found) -> settings.Settings:
        configuration.write({self.conf: configuration.operator(found, TOLD, self.base)},
                            force=True)
        return settings.read(self.conf)

    def tenant(self, *found: Found) -> settings.Settings:
        conf, accounts = configuration.tenant(found, TOLD, self.base, self.accounts)
        configuration.write({self.accounts: accounts, self.conf: conf}, force=True)
        return settings.read(self.conf)

    def test_operator(self) -> None:
        read = self.operator(dataclasses.replace(FOUND, network=''))
        self.assertTrue(read.dynamic)
        self.assertEqual((settings.Credentials('alice', HARD, 'p', 'People', 'Projects'),),
                         read.people)
        self.assertEqual('http://h:5000/v3', read.auth_url)
        self.assertEqual(HARD, read.conf.ec2attrs.metadata_proxy_shared_secret)
        self.assertEqual('internal', read.conf.compute.endpoint_type)
        self.assertEqual('volumev3', read.conf.volume.catalog_type)
        self.assertTrue(read.conf.auth.create_isolated_networks)
        self.assertTrue(read.conf.identity.disable_ssl_certificate_validation)
        self.assertIsNone(read.conf.compute.image_ref_alt)
        self.assertIsNone(read.conf.compute.max_microversion)

    def test_ec2_on_another_interface(self) -> None:
        self.assertIsNone(self.operator(FOUND).conf.ec2attrs.ec2_endpoint_type)
        read = self.operator(dataclasses.replace(FOUND, ec2_interface='public'))
        self.assertEqual('public', read.conf.ec2attrs.ec2_endpoint_type)

    def test_operator_with_a_network(self) -> None:
        read = self.operator(FOUND)
        self.assertFalse(read.conf.auth.create_isolated_networks)
        self.assertEqual('net', read.conf.compute.fixed_network_name)

    def test_without_cinder_and_neutron(self) -> None:
        read = self.operator(dataclasses.replace(FOUND, volume_type='', neutron=False, network=''))
        self.assertFalse(read.conf.service_available.cinder)
        self.assertFalse(read.conf.service_available.neutron)
        self.assertFalse(read.conf.auth.create_isolated_networks)

    def test_tenants(self) -> None:
        read = self.tenant(FOUND, of(FOUND, username='bob', project='q', project_id='2'))
        self.assertFalse(read.dynamic)
        self.assertEqual(
            [('alice', HARD, 'p', 'People', 'Projects', 'net', ('member',)),
             ('bob', HARD, 'q', 'People', 'Projects', 'net', ('member',))],
            [dataclasses.astuple(each) for each in read.people])
        # As Tempest reads it.
        self.assertEqual(HARD, yaml.safe_load(self.accounts.read_text())[0]['password'])
        self.assertNotIn('admin', self.conf.read_text())
        self.assertNotIn('password = ', self.conf.read_text())

    def test_tenants_who_will_not_do(self) -> None:
        for what, found in {
                'has the role admin': [of(FOUND, roles=('admin', 'member'))],
                'the same project': [FOUND, of(FOUND, username='bob')],
                'not the same cloud': [FOUND, dataclasses.replace(
                    of(FOUND, project_id='2'), region='S')]}.items():
            error = self.assertRaises(NotFound, self.tenant, *found)
            self.assertIn(what, str(error))

    def test_what_no_file_can_hold(self) -> None:
        for password in ('a\nb', 'a\x00', 'a\r'):
            self.assertRaises(NotFound, self.operator, of(FOUND, password=password))

    def test_nobody_else_can_read(self) -> None:
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.tenant(FOUND)
        for path, mode in ((self.conf, 0o600), (self.accounts, 0o600), (self.conf.parent, 0o700)):
            self.assertEqual(mode, path.stat().st_mode & 0o777)
        self.assertEqual({'accounts.yaml', 'tempest.conf'}, set(os.listdir(self.conf.parent)))

    def test_nothing_is_written_over(self) -> None:
        self.conf.parent.mkdir()
        self.conf.write_text('mine')
        self.assertRaises(NotFound, configuration.refuse_existing, [self.accounts, self.conf])
        self.assertRaises(NotFound, configuration.write, {self.conf: 'new'}, force=False)
        self.assertEqual('mine', self.conf.read_text())
        configuration.write({self.conf: 'new'}, force=True)
        self.assertEqual('new', self.conf.read_text())
        self.assertEqual(['tempest.conf'], os.listdir(self.conf.parent))

    def test_a_link_to_nowhere_is_there_as_well(self) -> None:
        self.conf.parent.mkdir()
        self.conf.symlink_to(self.base / 'nowhere')
        self.assertRaises(NotFound, configuration.refuse_existing, [self.conf])
        self.assertRaises(NotFound, configuration.write, {self.conf: 'new'}, force=False)

    def test_a_place_that_cannot_be_written(self) -> None:
        error = self.assertRaises(NotFound, configuration.write,
                                  {Path('/proc/nowhere/tempest.conf'): 'new'}, force=False)
        self.assertIn('cannot be written', str(error))

    def test_secrets_are_in_no_text_of_an_object(self) -> None:
        self.assertNotIn(HARD, repr(FOUND) + repr(TOLD))
        self.assertNotIn(HARD, repr(self.tenant(FOUND).people))
        self.assertIn('metadata_url', json.dumps(dataclasses.asdict(TOLD)))
