"""How each project is started within one process: its API and its workers.

Each function imports its project, starts its workers and returns the WSGI application of each
endpoint. oslo.config's CONF is global, so a process holds one project.
"""

from collections.abc import Callable
import importlib
import os
import sys
import time
from typing import Any
import urllib.error
import urllib.request

from ec2attrs_cloud import configuration
from ec2attrs_cloud import departures
from ec2attrs_cloud.facts import Facts
from ec2attrs_cloud.facts import HOST_NAME
from ec2attrs_cloud.facts import VOLUME_BACKEND

Applications = dict[str, Any]

WAIT_SECONDS = 90.0

#: The variable that names a module of whoever started the cloud, if there is one.
EXTENSION = 'EC2ATTRS_CLOUD_EXTENSION'


def wait_for(url: str) -> None:
    """Wait until something answers HTTP at *url*.

    Raises TimeoutError after WAIT_SECONDS.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f'{url} did not answer within {WAIT_SECONDS:.0f} s')


def keystone(facts: Facts) -> Applications:
    """Start Keystone."""
    sys.argv = ['keystone']
    from keystone.server import wsgi
    return {'keystone': wsgi.initialize_public_application()}


def placement(facts: Facts) -> Applications:
    """Start Placement."""
    sys.argv = ['placement-api']
    from placement import wsgi
    return {'placement': wsgi.init_application()}


def glance(facts: Facts) -> Applications:
    """Start Glance."""
    sys.argv = ['glance-api']
    from glance.common import wsgi_app
    return {'glance': wsgi_app.init_app()}


def neutron(facts: Facts) -> Applications:
    """Start Neutron's API; there are no agents."""
    sys.argv = ['neutron-api']
    from neutron import server
    from neutron.server import api
    return {'neutron': server.boot_server(api.api_server, prog='neutron-api')}


def nova(facts: Facts) -> Applications:
    """Start Nova's conductor, scheduler and compute, then its API and metadata."""
    sys.argv = ['nova']
    from nova import context
    from nova import objects
    from nova import service
    from nova.api.openstack import wsgi_app
    from nova.compute import rpcapi as compute_rpcapi
    from nova.conductor import rpcapi as conductor_rpcapi
    from nova.objects import host_mapping
    from nova.scheduler import rpcapi as scheduler_rpcapi
    import os_vif
    objects.register_all()
    wsgi_app.init_global_data([configuration.config_file(facts, 'nova')], 'nova', 'nova')
    os_vif.initialize()
    # All three talk to these while they start.
    wait_for(facts.url('keystone', '/v3'))
    wait_for(facts.url('placement', '/'))
    for binary, topic, alternative in (
            ('nova-conductor', conductor_rpcapi.RPC_TOPIC, None),
            ('nova-scheduler', scheduler_rpcapi.RPC_TOPIC, None),
            ('nova-compute', compute_rpcapi.RPC_TOPIC,
             getattr(compute_rpcapi, 'RPC_TOPIC_ALT', None))):
        service.Service.create(binary=binary, topic=topic, topic_alt=alternative).start()
    host_mapping.discover_hosts(context.get_admin_context())
    return {'nova': wsgi_app.init_application('osapi_compute', 'nova-api-os-compute'),
            'nova-metadata': wsgi_app.init_application('metadata', 'nova-api-metadata')}


def cinder(facts: Facts) -> Applications:
    """Start Cinder's volume service, its scheduler and its API."""
    sys.argv = ['cinder', '--config-file', configuration.config_file(facts, 'cinder')]
    from cinder import objects
    from cinder import service
    from cinder.cmd import volume as volume_command
    from cinder.common import constants
    from cinder.wsgi import wsgi
    from oslo_config import cfg
    objects.register_all()
    application = wsgi.initialize_application()
    cfg.CONF.register_opt(volume_command.host_opt, group=VOLUME_BACKEND)
    service.Service.create(host=f'{HOST_NAME}@{VOLUME_BACKEND}', service_name=VOLUME_BACKEND,
                           binary=constants.VOLUME_BINARY, coordination=True).start()
    # After the volume service, so that it hears of the backend at once: it would wait
    # scheduler_driver_init_wait_time otherwise.
    service.Service.create(binary='cinder-scheduler').start()
    return {'cinder': application}


def configure_ec2(facts: Facts) -> None:
    """Import ec2-api and read its configuration."""
    from ec2api import config
    from ec2api import service as _service  # noqa: F401  (registers options)
    from ec2api import wsgi as _wsgi  # noqa: F401  (registers options)
    from oslo_config import cfg
    from oslo_log import log
    config.parse_args(['ec2api', '--config-file', configuration.config_file(facts, 'ec2')])
    log.setup(cfg.CONF, 'ec2api')


def ec2(facts: Facts) -> Applications:
    """Start ec2-api: the EC2 API and the EC2 metadata API."""
    configure_ec2(facts)
    from ec2api import wsgi
    loader = wsgi.Loader()
    return {'ec2': loader.load_app('ec2api'), 'ec2-metadata': loader.load_app('metadata')}


def select_threads(service: str) -> None:
    """Choose native threads over eventlet, before anything else of *service* is imported."""
    if service == 'nova':
        from nova import monkey_patch as nova_patch
        nova_patch.patch(backend='threading')
    elif service == 'cinder':
        from cinder import monkey_patch as cinder_patch
        cinder_patch.patch(backend='threading')
    elif service == 'neutron':
        import neutron as _neutron  # noqa: F401  (its __init__ selects threads)


START: dict[str, Callable[[Facts], Applications]] = {
    'keystone': keystone, 'placement': placement, 'glance': glance, 'neutron': neutron,
    'nova': nova, 'cinder': cinder, 'ec2': ec2}


def extend(service: str, facts: Facts) -> None:
    """Let the extension, if there is one, install in this process what it has for *service*."""
    module = os.environ.get(EXTENSION)
    if module:
        importlib.import_module(module).install(service, facts.root)


def start(service: str, facts: Facts) -> Applications:
    """Start *service* in this process; return the application of each of its endpoints."""
    select_threads(service)
    departures.apply(service, 'early')
    applications = START[service](facts)
    departures.apply(service, 'late')
    extend(service, facts)
    return {endpoint: departures.wrap(service, application)
            for endpoint, application in applications.items()}
