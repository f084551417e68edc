"""What a person or a script needs to use a cloud: credentials and configuration, as text."""

from collections.abc import Callable
import configparser
import io
import json
from pathlib import Path
import shlex
from typing import Any

from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import template
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

USERS = ('admin', 'member')

#: What the cloud can and cannot do, where Tempest's own default says otherwise, and why.
FEATURES: dict[str, dict[str, object]] = {
    'compute-feature-enabled': {
        # One host.
        'live_migration': False, 'cold_migration': False,
        # The console of Nova's fake driver has three lines.
        'console_output': False,
        'vnc_console': False, 'spice_console': False,
        # There are no guests.
        'config_drive': False, 'personality': False, 'metadata_service': False,
        'resize': True},
    'volume-feature-enabled': {'backup': False},
    'identity-feature-enabled': {'api_v2': False},
    'validation': {'run_validation': False}}
#: What Tempest's own tests wait for besides: Nova's fake driver uploads no image.
NO_UPLOADS: dict[str, object] = {'snapshot': False, 'shelve': False}


def _facts(cloud: ReferenceCloud | Path) -> dict[str, Any]:
    root = cloud.root if isinstance(cloud, ReferenceCloud) else cloud.expanduser().resolve()
    return template.read_facts(root)


def _identity(facts: dict[str, Any]) -> str:
    return layout.url(facts['ports'], 'keystone', '/v3')


def _exports(variables: dict[str, str]) -> str:
    return ''.join(f'export {name}={shlex.quote(value)}\n' for name, value in variables.items())


def openrc(cloud: ReferenceCloud | Path, user: str = 'admin') -> str:
    """Return shell exports for the OpenStack clients."""
    facts = _facts(cloud)
    return _exports({
        'OS_AUTH_URL': _identity(facts), 'OS_IDENTITY_API_VERSION': '3', 'OS_USERNAME': user,
        'OS_PASSWORD': facts['secrets'][user],
        'OS_PROJECT_NAME': facts['seed']['users'][user]['project'],
        'OS_USER_DOMAIN_NAME': 'Default', 'OS_PROJECT_DOMAIN_NAME': 'Default',
        'OS_REGION_NAME': facts['region'], 'OS_INTERFACE': 'public'})


def clouds_yaml(cloud: ReferenceCloud | Path, user: str = 'admin') -> str:
    """Return a clouds.yaml with the one cloud 'ec2attrs'.

    It is JSON, which YAML contains: no quoting to go wrong.
    """
    facts = _facts(cloud)
    return json.dumps({'clouds': {'ec2attrs': {
        'auth': {'auth_url': _identity(facts), 'username': user,
                 'password': facts['secrets'][user],
                 'project_name': facts['seed']['users'][user]['project'],
                 'user_domain_name': 'Default', 'project_domain_name': 'Default'},
        'region_name': facts['region'], 'interface': 'public',
        'identity_api_version': 3}}}, indent=2) + '\n'


def ec2(cloud: ReferenceCloud | Path, user: str = 'admin') -> str:
    """Return shell exports for boto3 and other AWS clients."""
    facts = _facts(cloud)
    keys = facts['seed']['users'][user]['ec2']
    return _exports({
        'AWS_ACCESS_KEY_ID': keys['access'], 'AWS_SECRET_ACCESS_KEY': keys['secret'],
        'AWS_ENDPOINT_URL_EC2': layout.url(facts['ports'], 'ec2', '/'),
        'AWS_DEFAULT_REGION': facts['region']})


def as_json(cloud: ReferenceCloud | Path, user: str = 'admin') -> str:
    """Return everything about the cloud and *user* for a script."""
    facts = _facts(cloud)
    return json.dumps({
        'root': facts['root'], 'region': facts['region'],
        'endpoints': {name: layout.url(facts['ports'], name) for name in facts['ports']},
        'user': {'name': user, 'password': facts['secrets'][user],
                 **facts['seed']['users'][user]},
        'metadata_proxy_shared_secret': facts['secrets']['metadata_proxy'],
        'images': facts['seed']['images'], 'networks': facts['seed']['networks'],
        'volume_type': facts['seed']['volume_type']}, indent=2) + '\n'


def tempest_conf(cloud: ReferenceCloud | Path, user: str = 'admin', *,
                 for_tempest: bool = False) -> str:
    """Return a tempest.conf with which an ordinary workspace runs on the cloud.

    :param for_tempest: whether Tempest's own tests are to run, which want images uploaded.

    Dynamic credentials need the admin, so *user* can be no other. Raises CloudError otherwise.
    """
    if user != 'admin':
        raise CloudError('a tempest.conf is made for the admin, who makes the projects that '
                         'tests run in')
    facts = _facts(cloud)
    images, networks = facts['seed']['images'], facts['seed']['networks']
    sections: dict[str, dict[str, object]] = {
        'DEFAULT': {'use_stderr': False, 'log_file': 'tempest.log'},
        'auth': {'use_dynamic_credentials': True, 'create_isolated_networks': True,
                 'tempest_roles': 'member',
                 'admin_username': user, 'admin_password': facts['secrets'][user],
                 'admin_project_name': facts['seed']['users'][user]['project'],
                 'admin_domain_name': 'Default'},
        'identity': {'auth_version': 'v3', 'uri_v3': _identity(facts),
                     'region': facts['region'], 'v3_endpoint_type': 'public'},
        'compute': {'image_ref': images['reference'], 'image_ref_alt': images['reference-alt'],
                    'flavor_ref': '1', 'flavor_ref_alt': '2', 'fixed_network_name': 'shared',
                    'min_microversion': '2.1', 'max_microversion': 'latest',
                    'build_interval': 1, 'build_timeout': 120},
        'network': {'public_network_id': networks['public'], 'floating_network_name': 'public',
                    'project_network_cidr': '10.100.0.0/16'},
        'network-feature-enabled': {
            'api_extensions': ','.join(facts['seed']['network_extensions'])},
        # The volume driver uploads raw images alone.
        'volume': {'disk_format': 'raw', 'catalog_type': 'volumev3', 'storage_protocol': 'fake',
                   'backend_names': facts['seed']['volume_type'], 'vendor_name': 'ec2attrs',
                   'build_interval': 1, 'build_timeout': 120},
        'service_available': {'nova': True, 'neutron': True, 'cinder': True, 'glance': True,
                              'swift': False, 'horizon': False},
        **{group: dict(options) for group, options in FEATURES.items()},
        'oslo_concurrency': {'lock_path': f'{facts["root"]}/tempest-lock'},
        'ec2attrs': {'kernel_ramdisk_image_ref': images['reference-uec'],
                     'private_dns_name': 'address' if facts.get('ec2_options', {}).get(
                         'ec2_private_dns_show_ip') else 'hostname',
                     'metadata_url': layout.url(facts['ports'], 'nova-metadata'),
                     'ec2_metadata_url': layout.url(facts['ports'], 'ec2-metadata'),
                     'metadata_proxy_shared_secret': facts['secrets']['metadata_proxy']}}
    if for_tempest:
        sections['compute-feature-enabled'] |= NO_UPLOADS
    parser = configparser.ConfigParser(default_section='', interpolation=None)
    parser.read_dict({section: {name: str(value).lower() if isinstance(value, bool) else str(value)
                                for name, value in options.items()}
                      for section, options in sections.items()})
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def write_private(path: Path, content: str) -> None:
    """Write a file that holds passwords, for its owner alone; its directory is made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(content)


#: The formats of ``ec2attrs cloud env``.
FORMATS: dict[str, Callable[[ReferenceCloud | Path, str], str]] = {
    'openrc': openrc, 'clouds.yaml': clouds_yaml, 'tempest.conf': tempest_conf, 'ec2': ec2,
    'json': as_json}
