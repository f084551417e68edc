"""Where the reference cloud departs from its services' stock behaviour: one table.

Nothing else in this package patches a service. None of it touches an EC2 attribute, neither in
Nova nor in the EC2 API. This module imports the standard library only, so that the documentation
and its test can read the table without the services.
"""

import dataclasses
import importlib
from typing import Any

STORING = ('keystone', 'placement', 'glance', 'neutron', 'nova', 'cinder')


@dataclasses.dataclass(frozen=True)
class Departure:
    """One departure. ``code`` is 'module:function', empty where configuration alone does it."""

    name: str
    services: tuple[str, ...]
    what: str
    why: str
    code: str = ''
    #: 'early': before the service is imported; 'late': after; 'wsgi': wraps its application.
    when: str = ''


TABLE = (
    Departure(
        'sqlite-locking', STORING + ('ec2',),
        'Write transactions on SQLite begin with BEGIN IMMEDIATE, connections use WAL and are '
        'pooled.',
        'With plain oslo.db twenty servers built at once end in "database is locked": none '
        'became ACTIVE.',
        'ec2attrs_cloud.sqlite_locking:install', 'early'),
    Departure(
        'neutron-tables', ('neutron',),
        'Neutron\'s tables are made from its models, and the default security group rules of '
        'migration c33da356b165 are put in.',
        'Neutron\'s migrations cannot run on SQLite (ALTER of constraints); its own unit tests '
        'do the same.'),
    Departure(
        'port-binding', ('neutron',),
        'An ML2 mechanism driver binds each port at once and calls it active.',
        'There are no agents and no data plane on the machine.'),
    Departure(
        'volume-driver', ('cinder',),
        'A Cinder volume driver that stores nothing.',
        'There is no storage: no root, no LVM, no disk space for volumes.'),
    Departure(
        'one-process', ('nova', 'cinder'),
        'The services of Nova run as threads of one process, and so do those of Cinder.',
        'There is no message broker: oslo.messaging\'s fake:// driver passes messages within a '
        'process. Cinder\'s heartbeats then name one of its services alone, so none ever counts '
        'as down.'),
    Departure(
        'policy-loading', ('keystone', 'neutron', 'cinder'),
        'The policy rules are loaded before the first request instead of in it.',
        'The projects load them without a lock: a second request at the same moment, in another '
        'thread, finds no rules and gets a 403.',
        'ec2attrs_cloud.policy_rules:load', 'late'),
    Departure(
        'glance-input', ('glance',),
        'Closing wsgi.input does nothing.',
        'Glance closes it after an upload; the next request on that kept-alive connection would '
        'get a 500 from the web server (cheroot).',
        'ec2attrs_cloud.wsgi:with_unclosable_input', 'wsgi'),
    Departure(
        'ec2-context', ('ec2',),
        'RequestContext(user=...) is accepted again.',
        'oslo.context 6 dropped it; ec2-api 17 passes it in every call.',
        'ec2attrs_cloud.ec2_libraries:accept_user_in_context', 'early'),
    Departure(
        'ec2-database', ('ec2',),
        'oslo.db\'s EngineFacade with autocommit sessions is back, for ec2-api alone.',
        'oslo.db 18 and SQLAlchemy 2 dropped both; ec2-api 17 uses them in every call.',
        'ec2attrs_cloud.ec2_database:install', 'early'),
    Departure(
        'ec2-tables', ('ec2',),
        'ec2-api\'s two tables are made from its models.',
        'sqlalchemy-migrate, which would make them, cannot run on SQLAlchemy 2.'),
    Departure(
        'ec2-threads', ('ec2',),
        'ec2-api runs on native threads: eventlet does not patch the process, and CreateImage '
        'goes on in a thread.',
        'One process serves both of its applications, forked from the parent of all services.',
        'ec2attrs_cloud.ec2_libraries:use_threads', 'early'),
    Departure(
        'ec2-token-validation', ('ec2',),
        'ec2-api sends its own service token with POST /v3/ec2tokens.',
        'Keystone 30 answers 401 without one; ec2-api 17 sends none.',
        'ec2attrs_cloud.ec2_libraries:authenticate_ec2tokens', 'late'),
    Departure(
        'ec2-novaclient', ('ec2',),
        'novaclient\'s servers.add_floating_ip and remove_floating_ip are back, and its ids can '
        'be copied.',
        'novaclient dropped both; ec2-api 17 needs them for AssociateAddress and CreateImage.',
        'ec2attrs_cloud.ec2_libraries:restore_novaclient', 'late'),
    Departure(
        'ec2-subnet-gateway', ('ec2',),
        'Where Neutron refuses to unset a subnet\'s gateway, the update is repeated without it.',
        'Neutron refuses while a router port has the address; ec2-api 17 does it in '
        'CreateSubnet.',
        'ec2attrs_cloud.ec2_libraries:keep_gateway_in_use', 'late'),
    Departure(
        'ec2-client-token', ('ec2',),
        'CreateRouteTable ignores ClientToken.',
        'botocore sends one by itself; ec2-api 17 answers 500 to a parameter it does not know.',
        'ec2attrs_cloud.ec2_libraries:ignore_client_token', 'late'),
)


def _function(code: str) -> Any:
    module, name = code.split(':')
    return getattr(importlib.import_module(module), name)


def apply(service: str, when: str) -> None:
    """Put the departures of *service* that belong to the moment *when* into effect."""
    for departure in TABLE:
        if service in departure.services and departure.when == when:
            _function(departure.code)()


def wrap(service: str, application: Any) -> Any:
    """Return *application* wrapped in the departures of *service* that work on requests."""
    for departure in TABLE:
        if service in departure.services and departure.when == 'wsgi':
            application = _function(departure.code)(application)
    return application
