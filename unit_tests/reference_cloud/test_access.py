"""What ``ec2attrs cloud env`` prints is what its readers parse."""

import configparser
import json
from pathlib import Path
import shlex
import tempfile
from typing import Any
import unittest

from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import template
from ec2attrs_tempest_plugin.reference_cloud.cloud import CloudError
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud


def _user(name: str) -> dict[str, Any]:
    return {'user_id': f'u-{name}', 'project_id': f'p-{name}', 'project': name,
            'ec2': {'access': f'access-{name}', 'secret': f'secret-{name}'}}


SEED = {'images': {'reference': 'i-1', 'reference-alt': 'i-2', 'reference-uec': 'i-3'},
        'networks': {'public': 'n-1', 'shared': 'n-2'}, 'volume_type': 'nostorage',
        'network_extensions': ['quotas', 'router'],
        'users': {'admin': _user('admin'), 'member': _user('member')}}
PASSWORDS = {'admin': 'a-%$b', 'member': 'm', 'metadata_proxy': 'proxy'}


def _exports(text: str) -> dict[str, str]:
    words = [shlex.split(line) for line in text.splitlines()]
    return dict(word[1].split('=', 1) for word in words if word[0] == 'export')


class AccessTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.cloud = ReferenceCloud(Path(directory.name), 100)
        template.write_facts(self.cloud.root, self.cloud.ports, PASSWORDS, SEED)

    def test_openrc(self) -> None:
        exports = _exports(access.openrc(self.cloud))
        self.assertEqual('http://127.0.0.1:15100/v3', exports['OS_AUTH_URL'])
        self.assertEqual('a-%$b', exports['OS_PASSWORD'])
        self.assertEqual('member', _exports(access.openrc(self.cloud, 'member'))['OS_USERNAME'])

    def test_clouds_yaml(self) -> None:
        auth = json.loads(access.clouds_yaml(self.cloud, 'member'))['clouds']['ec2attrs']['auth']
        self.assertEqual(('member', 'm'), (auth['username'], auth['password']))

    def test_ec2(self) -> None:
        self.assertEqual({'AWS_ACCESS_KEY_ID': 'access-member',
                          'AWS_SECRET_ACCESS_KEY': 'secret-member',
                          'AWS_ENDPOINT_URL_EC2': 'http://127.0.0.1:18888/',
                          'AWS_DEFAULT_REGION': layout.REGION},
                         _exports(access.ec2(self.cloud, 'member')))

    def test_json(self) -> None:
        data = json.loads(access.as_json(self.cloud.root))
        self.assertEqual('http://127.0.0.1:18875', data['endpoints']['nova-metadata'])

    def test_tempest_conf(self) -> None:
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(access.tempest_conf(self.cloud))
        self.assertEqual('a-%$b', parser['auth']['admin_password'])
        self.assertEqual('i-1', parser['compute']['image_ref'])
        self.assertEqual('quotas,router', parser['network-feature-enabled']['api_extensions'])
        self.assertNotIn('snapshot', parser['compute-feature-enabled'])
        self.assertEqual({'kernel_ramdisk_image_ref': 'i-3', 'private_dns_name': 'hostname',
                          'metadata_url': 'http://127.0.0.1:18875',
                          'ec2_metadata_url': 'http://127.0.0.1:18889',
                          'metadata_proxy_shared_secret': 'proxy'},
                         {name: value for name, value in parser['ec2attrs'].items()
                          if name not in parser.defaults()})

    def test_tempest_conf_for_tempests_own_tests(self) -> None:
        """These wait for images that the fake driver does not upload."""
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(access.tempest_conf(self.cloud, for_tempest=True))
        for name in ('snapshot', 'shelve'):
            self.assertEqual('false', parser['compute-feature-enabled'][name])

    def test_tempest_conf_of_an_ec2_api_that_names_addresses(self) -> None:
        template.set_ec2_options(self.cloud.root, ['ec2_private_dns_show_ip'])
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(access.tempest_conf(self.cloud))
        self.assertEqual('address', parser['ec2attrs']['private_dns_name'])

    def test_tempest_conf_is_the_admins(self) -> None:
        with self.assertRaisesRegex(CloudError, 'for the admin'):
            access.tempest_conf(self.cloud, 'member')

    def test_facts_are_private(self) -> None:
        self.assertEqual(0o600, (self.cloud.root / 'cloud.json').stat().st_mode & 0o777)
