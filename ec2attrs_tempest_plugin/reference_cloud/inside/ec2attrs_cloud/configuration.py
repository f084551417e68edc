"""Every configuration file of the cloud, written from the facts.

Values are those of an ordinary deployment; what departs from stock behaviour in code stands in
:mod:`ec2attrs_cloud.departures`. An option is named here for one of three reasons: an address, a
credential, or a path; the lack of agents, a broker and storage; quotas that no test run meets.
"""

import pathlib
import shutil
import sys

from ec2attrs_cloud.facts import Facts
from ec2attrs_cloud.facts import HOST_NAME
from ec2attrs_cloud.facts import VOLUME_BACKEND

Sections = dict[str, dict[str, object]]

#: The key in the WSGI environ under which keystonemiddleware finds its token cache.
TOKEN_CACHE = 'ec2attrs.token_cache'

#: Threads that work on the messages of one service. Each wakes up every second for the rest of its
#: life: with the 64 of oslo.messaging an idle cloud took 3 % of a core once it had been used.
RPC_THREADS = 8
#: Seconds between two heartbeats of a service, and after how many it counts as down. Nothing here
#: fails over, and each heartbeat is a transaction.
HEARTBEAT = {'report_interval': 60, 'service_down_time': 3600}

#: Of each service, the type under which keystonemiddleware knows it.
SERVICE_TYPES = {'nova': 'compute', 'glance': 'image', 'neutron': 'network',
                 'cinder': 'block-storage', 'placement': 'placement'}

EC2_PASTE = """\
[composite:ec2api]
use = egg:Paste#urlmap
/: ec2apicloud

[composite:ec2apicloud]
use = call:ec2api.api.auth:pipeline_factory
keystone = ec2apifaultwrap logrequest ec2apikeystoneauth cloudrequest ec2apiexecutor

[filter:ec2apifaultwrap]
paste.filter_factory = ec2api.api:FaultWrapper.factory

[filter:logrequest]
paste.filter_factory = ec2api.api:RequestLogging.factory

[filter:ec2apikeystoneauth]
paste.filter_factory = ec2api.api:EC2KeystoneAuth.factory

[filter:cloudrequest]
paste.filter_factory = ec2api.api:Requestify.factory

[app:ec2apiexecutor]
paste.app_factory = ec2api.api:Executor.factory

[composite:metadata]
use = egg:Paste#urlmap
/: meta

[pipeline:meta]
pipeline = ec2apifaultwrap logrequest metaapp

[app:metaapp]
paste.app_factory = ec2api.metadata:MetadataRequestHandler.factory
"""


def render(sections: Sections) -> str:
    """Return *sections* in oslo.config's INI format."""
    lines: list[str] = []
    for section, options in sections.items():
        lines.append(f'[{section}]')
        lines += [f'{key} = {_text(value)}' for key, value in options.items()]
        lines.append('')
    return '\n'.join(lines)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def stock_file(path: str) -> str:
    """Return the path of a file that a service's wheel installs below PREFIX/etc."""
    return str(pathlib.Path(sys.prefix, 'etc', path))


def _credentials(facts: Facts, user: str) -> dict[str, object]:
    return {'auth_type': 'password', 'auth_url': facts.url('keystone', '/v3'), 'username': user,
            'password': facts.secrets[user], 'project_name': 'service',
            'user_domain_id': 'default', 'project_domain_id': 'default',
            'region_name': facts.region}


def _token_validation(facts: Facts, user: str) -> dict[str, object]:
    return {**_credentials(facts, user),
            'www_authenticate_uri': facts.url('keystone', '/v3'),
            'service_token_roles_required': True, 'service_token_roles': 'service',
            'service_type': SERVICE_TYPES[user], 'cache': TOKEN_CACHE, 'interface': 'internal'}


def _common(facts: Facts, service: str) -> Sections:
    # One log per service: everything goes to stderr, which is the log file.
    return {'DEFAULT': {'use_stderr': True, 'log_color': False},
            'oslo_concurrency': {'lock_path': facts.state(service) / 'lock'}}


def keystone(facts: Facts) -> Sections:
    """Return keystone.conf."""
    state = facts.state('keystone')
    sections = _common(facts, 'keystone')
    sections['DEFAULT']['public_endpoint'] = facts.url('keystone')
    return sections | {
        'database': {'connection': facts.database('keystone')},
        'token': {'expiration': 86400},
        'fernet_tokens': {'key_repository': state / 'fernet-keys'},
        'fernet_receipts': {'key_repository': state / 'fernet-keys'},
        'credential': {'key_repository': state / 'credential-keys'},
        # The cheapest hash: the passwords are random, and each login costs 0.2 s at the default.
        'identity': {'password_hash_rounds': 4},
        'cache': {'enabled': True, 'backend': 'dogpile.cache.memory'}}


def placement(facts: Facts) -> Sections:
    """Return placement.conf."""
    return _common(facts, 'placement') | {
        'placement_database': {'connection': facts.database('placement')},
        'keystone_authtoken': _token_validation(facts, 'placement')}


def glance(facts: Facts) -> Sections:
    """Return glance-api.conf."""
    state = facts.state('glance')
    sections = _common(facts, 'glance')
    sections['DEFAULT'] |= {'enabled_backends': 'files:file',
                            'worker_self_reference_url': facts.url('glance')}
    return sections | {
        'glance_store': {'default_backend': 'files'},
        'files': {'filesystem_store_datadir': state / 'images'},
        'os_glance_staging_store': {'filesystem_store_datadir': state / 'staging'},
        'os_glance_tasks_store': {'filesystem_store_datadir': state / 'tasks'},
        'database': {'connection': facts.database('glance')},
        'paste_deploy': {'flavor': 'keystone',
                         'config_file': stock_file('glance/glance-api-paste.ini')},
        'keystone_authtoken': _token_validation(facts, 'glance')}


def neutron(facts: Facts) -> Sections:
    """Return neutron.conf: the API alone, no agents and so no RPC."""
    sections = _common(facts, 'neutron')
    sections['DEFAULT'] |= {
        'state_path': facts.state('neutron'), 'transport_url': 'fake://',
        'core_plugin': 'ml2', 'service_plugins': 'router,flavors,tag,network_ip_availability',
        'api_paste_config': stock_file('neutron/api-paste.ini'),
        # A process is told by its command line.
        'setproctitle': 'off',
        'dhcp_agent_notification': False, 'rpc_workers': 0, 'rpc_state_report_workers': 0,
        # Ports become active at binding: there is no plugging to wait for or to tell Nova of.
        'notify_nova_on_port_status_changes': False, 'send_events_interval': 1}
    return sections | {
        'quotas': {f'quota_{what}': 10000 for what in (
            'network', 'subnet', 'port', 'router', 'floatingip', 'security_group',
            'security_group_rule')},
        'database': {'connection': facts.database('neutron')},
        'ml2': {'type_drivers': 'local,flat,vlan', 'project_network_types': 'local',
                'mechanism_drivers': 'ec2attrs_binding', 'extension_drivers': 'port_security'},
        'ml2_type_flat': {'flat_networks': '*'},
        'ml2_type_vlan': {'network_vlan_ranges': 'physical:100:999'},
        'keystone_authtoken': _token_validation(facts, 'neutron'),
        'nova': _credentials(facts, 'nova'),
        'placement': _credentials(facts, 'placement')}


def nova(facts: Facts) -> Sections:
    """Return nova.conf, for all of Nova's services."""
    sections = _common(facts, 'nova')
    sections['DEFAULT'] |= {
        'state_path': facts.state('nova'), 'instances_path': facts.state('nova') / 'instances',
        'host': HOST_NAME, 'my_ip': facts.host, 'transport_url': 'fake://',
        'executor_thread_pool_size': RPC_THREADS, **HEARTBEAT,
        'compute_driver': 'fake.FakeDriverWithoutFakeNodes',
        'allow_resize_to_same_host': True, 'reserved_host_memory_mb': 0,
        'vif_plugging_is_fatal': False, 'vif_plugging_timeout': 0,
        # Nothing changes behind Nova's back, so nothing need be looked for.
        'sync_power_state_interval': -1, 'heal_instance_info_cache_interval': -1,
        'block_device_allocate_retries_interval': 1}
    return sections | {
        'database': {'connection': facts.database('nova_cell1')},
        'api_database': {'connection': facts.database('nova_api')},
        'quota': {'instances': 10000, 'cores': 20000, 'ram': 50_000_000, 'key_pairs': 10000,
                  'server_groups': 10000, 'server_group_members': 10000},
        'scheduler': {'workers': 1}, 'conductor': {'workers': 1},
        'image_cache': {'manager_interval': -1}, 'vnc': {'enabled': False},
        'cache': {'enabled': True, 'backend': 'dogpile.cache.memory'},
        'glance': {'endpoint_override': facts.url('glance')},
        'keystone_authtoken': _token_validation(facts, 'nova'),
        'placement': _credentials(facts, 'placement'),
        'service_user': {**_credentials(facts, 'nova'), 'send_service_user_token': True},
        'neutron': {**_credentials(facts, 'neutron'),
                    'endpoint_override': facts.url('neutron'),
                    'service_metadata_proxy': True, 'default_floating_pool': 'public',
                    'metadata_proxy_shared_secret': facts.secrets['metadata_proxy']},
        'cinder': {**{key: value for key, value in _credentials(facts, 'cinder').items()
                      if key != 'region_name'},
                   'os_region_name': facts.region}}


def cinder(facts: Facts) -> Sections:
    """Return cinder.conf, for all of Cinder's services."""
    sections = _common(facts, 'cinder')
    sections['DEFAULT'] |= {
        'state_path': facts.state('cinder'), 'host': HOST_NAME, 'my_ip': facts.host,
        'transport_url': 'fake://', 'executor_thread_pool_size': RPC_THREADS,
        'auth_strategy': 'keystone',
        'enabled_backends': VOLUME_BACKEND, 'default_volume_type': VOLUME_BACKEND,
        'glance_api_servers': facts.url('glance'),
        'api_paste_config': stock_file('cinder/api-paste.ini'),
        'resource_query_filters_file': stock_file('cinder/resource_filters.json'),
        'scheduler_default_filters': 'AvailabilityZoneFilter,CapabilitiesFilter',
        # Volume service and scheduler share a process, and with it the class attribute that says
        # for whom a heartbeat is: only one of them is heard of, so neither may count as down.
        **HEARTBEAT, 'service_down_time': 10 * 365 * 86400,
        'volume_clear': 'none', 'scheduler_driver_init_wait_time': 3,
        'quota_volumes': 10000, 'quota_snapshots': 10000, 'quota_gigabytes': 1_000_000}
    return sections | {
        VOLUME_BACKEND: {'volume_driver': 'ec2attrs_cloud.volume_driver.NoStorageDriver',
                         'volume_backend_name': VOLUME_BACKEND},
        'database': {'connection': facts.database('cinder')},
        'coordination': {'backend_url': f'file://{facts.state("cinder")}/coordination'},
        'keystone_authtoken': _token_validation(facts, 'cinder'),
        'nova': _credentials(facts, 'nova'),
        'service_user': {**_credentials(facts, 'cinder'), 'send_service_user_token': True}}


def ec2(facts: Facts) -> Sections:
    """Return ec2api.conf: addresses, credentials, and the options that were asked for."""
    sections = _common(facts, 'ec2')
    sections['DEFAULT'] |= {
        'api_paste_config': facts.etc('ec2') / 'api-paste.ini', 'state_path': facts.state('ec2'),
        'ec2api_listen': facts.host, 'ec2api_listen_port': facts.ports['ec2'],
        'metadata_listen': facts.host, 'metadata_listen_port': facts.ports['ec2-metadata'],
        'my_ip': facts.host, 'ec2_host': facts.host, 'ec2_port': facts.ports['ec2'],
        'region_list': facts.region,
        'keystone_ec2_tokens_url': facts.url('keystone', '/v3/ec2tokens'),
        'external_network': 'public', **facts.ec2_options}
    return sections | {
        'database': {'connection': facts.database('ec2')},
        'keystone_authtoken': _credentials(facts, 'ec2'),
        'metadata': {'nova_metadata_ip': facts.host,
                     'nova_metadata_port': facts.ports['nova-metadata'],
                     'metadata_proxy_shared_secret': facts.secrets['metadata_proxy']},
        'cache': {'enabled': True, 'backend': 'dogpile.cache.memory'}}


#: Of each service: the name of its file and what makes its contents.
FILES = {'keystone': ('keystone.conf', keystone), 'placement': ('placement.conf', placement),
         'glance': ('glance-api.conf', glance), 'neutron': ('neutron.conf', neutron),
         'nova': ('nova.conf', nova), 'cinder': ('cinder.conf', cinder),
         'ec2': ('ec2api.conf', ec2)}


def config_file(facts: Facts, service: str) -> str:
    """Return the path of *service*'s configuration file."""
    return str(facts.etc(service) / FILES[service][0])


def write(facts: Facts) -> None:
    """Write every configuration file and make the directories that they name."""
    for service, (name, sections) in FILES.items():
        facts.etc(service).mkdir(parents=True, exist_ok=True)
        facts.state(service).mkdir(parents=True, exist_ok=True)
        (facts.etc(service) / name).write_text(render(sections(facts)))
    (facts.etc('ec2') / 'api-paste.ini').write_text(EC2_PASTE)
    # Nova looks for its own beside nova.conf, whatever [wsgi] api_paste_config says.
    shutil.copyfile(stock_file('nova/api-paste.ini'), facts.etc('nova') / 'api-paste.ini')
    for store in ('images', 'staging', 'tasks'):
        (facts.state('glance') / store).mkdir(exist_ok=True)


def environment(facts: Facts) -> dict[str, str]:
    """Return the environment variables by which the services find their configuration."""
    return {'OS_KEYSTONE_CONFIG_DIR': str(facts.etc('keystone')),
            'OS_PLACEMENT_CONFIG_DIR': str(facts.etc('placement')),
            'OS_GLANCE_CONFIG_DIR': str(facts.etc('glance')),
            'OS_NEUTRON_CONFIG_DIR': str(facts.etc('neutron')),
            'OS_NEUTRON_CONFIG_FILES': 'neutron.conf',
            'OS_NOVA_CONFIG_DIR': str(facts.etc('nova')),
            'OS_NOVA_DISABLE_EVENTLET_PATCHING': 'true',
            'OS_CINDER_DISABLE_EVENTLET_PATCHING': 'true'}
