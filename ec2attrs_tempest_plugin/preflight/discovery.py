"""What a tempest.conf needs to know of a cloud, found through an entry of clouds.yaml.

openstacksdk does it alone: python-tempestconf (3.5.4) wants an image from the Internet even where
the cloud has one, writes default passwords, and knows nothing of EC2 and metadata.
"""

from collections.abc import Iterator
import contextlib
import dataclasses
import logging
import os
from typing import Any

from ec2attrs_tempest_plugin.preflight import choosing
from ec2attrs_tempest_plugin.preflight.choosing import NotFound
from ec2attrs_tempest_plugin.preflight.choosing import Person
from ec2attrs_tempest_plugin.preflight.choosing import Wanted

#: Seconds that one request may take.
TIMEOUT = 10
#: Types under which catalogues have Cinder, the one of the service types authority first.
VOLUME_TYPES = ('block-storage', 'volumev3', 'volume')
#: Environment variables that name trusted certificates; the first that is set counts.
CA_VARIABLES = ('OS_CACERT', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE')


@dataclasses.dataclass(frozen=True)
class Found:
    """A cloud as one person sees it.

    :ivar image, flavor: ids of the one that servers are made of, and of another where there is.
    :ivar network: the name of the person's network, empty where there is none.
    :ivar cacert: file of the trusted certificates, empty for those of the system.
    :ivar ec2_url: what the catalogue says, empty where it has no EC2.
    :ivar ec2_interface: of that URL, empty where it is the interface of the other services.
    :ivar microversions: of Nova, oldest and newest, in words.
    :ivar notes: what was chosen or is missing, a line each.
    """

    auth_url: str
    region: str
    interface: str
    verify: bool
    cacert: str
    person: Person
    image: str
    image_alt: str
    kernel_image: str
    flavor: str
    flavor_alt: str
    network: str
    neutron: bool
    volume_type: str
    ec2_url: str
    ec2_interface: str
    microversions: str
    notes: tuple[str, ...]


@contextlib.contextmanager
def _in_one_line(cloud: str) -> Iterator[None]:
    """Turn what openstacksdk raises into one line."""
    import keystoneauth1.exceptions
    import openstack.exceptions
    import yaml
    try:
        yield
    except keystoneauth1.exceptions.Unauthorized:
        raise NotFound(f'Keystone does not take the username and password of the cloud {cloud} in '
                       f'clouds.yaml') from None
    except (keystoneauth1.exceptions.ClientException, openstack.exceptions.SDKException,
            yaml.YAMLError, OSError, ValueError) as error:
        if 'CERTIFICATE_VERIFY_FAILED' in str(error):
            raise NotFound(f'the certificate of the cloud {cloud} is not trusted: set cacert in '
                           f'clouds.yaml, or ${CA_VARIABLES[0]}, to a file with its CA') from error
        raise NotFound(f'the cloud {cloud} of clouds.yaml cannot be used: '
                       f'{type(error).__name__}: {error}{_plain_link(error)}') from error
    except (LookupError, TypeError, AttributeError) as error:
        raise NotFound(f'what answers for the cloud {cloud} of clouds.yaml does not answer as '
                       f'OpenStack does ({type(error).__name__}: {error})') from error


def _plain_link(error: Exception) -> str:
    """Return why a request went wrong that followed a link to another page, empty for others."""
    url = str(getattr(getattr(error, 'response', None), 'url', ''))
    if not url.startswith('http://') or 'HTTPS port' not in str(error):
        return ''
    return (f': a page of a list has the link {url.partition("?")[0]}, with http, though the '
            f'service is behind TLS: the operator of the cloud can set '
            f'enable_proxy_headers_parsing of the service')


def trusted_certificates() -> str:
    """Return the file of certificates that the environment says to trust, empty for none."""
    path = next(filter(None, map(os.environ.get, CA_VARIABLES)), None) or ''
    return path if os.path.exists(path) else ''


def find(cloud: str, wanted: Wanted, *, tenant: bool) -> Found:
    """Return what there is to know of a cloud.

    :param cloud: its name in clouds.yaml.
    :param tenant: whether the tests run in the person's own project, with what is there.
    :raises NotFound: when it cannot be used.
    """
    try:
        import openstack
    except ModuleNotFoundError:
        raise NotFound('openstacksdk is not installed: '
                       'pip install "ec2attrs-tempest-plugin[configure]"') from None
    for library in ('keystoneauth', 'openstack'):
        # What matters of their warnings is in the exceptions.
        logging.getLogger(library).addHandler(logging.NullHandler())
    with _in_one_line(cloud):
        # Without an argument of that name openstacksdk reads no OS_CACERT for a cloud of
        # clouds.yaml, whose cacert wins over it.
        config = openstack.config.OpenStackConfig()
        region = config.get_one(cloud=cloud, api_timeout=TIMEOUT)
        cacert = trusted_certificates()
        if cacert and not region.config.get('cacert') and region.config.get('verify') is not False:
            region = config.get_one(cloud=cloud, api_timeout=TIMEOUT, cacert=cacert)
        settings = region.config
        _refuse(settings, cloud)
        with openstack.connection.Connection(config=region) as connection:
            return _look(connection, settings, cloud, wanted, tenant)


def _refuse(settings: Any, cloud: str) -> None:
    """Refuse an entry of clouds.yaml that Tempest has no use for."""
    auth = settings.get('auth') or {}
    kind = str(settings.get('auth_type') or 'password')
    if 'application' in kind or 'application_credential_id' in auth or (
            'application_credential_secret' in auth):
        raise NotFound(f'the cloud {cloud} has an application credential, which Tempest cannot '
                       f'use: add an entry with username, password and project_name to '
                       f'clouds.yaml, and name it with --os-cloud')
    if kind not in ('password', 'v3password') or not auth.get('password'):
        raise NotFound(f'the cloud {cloud} has no password (its auth_type is {kind}), and Tempest '
                       f'can use nothing else: add an entry with username, password and '
                       f'project_name to clouds.yaml, and name it with --os-cloud')
    if settings.get('cert') or settings.get('key'):
        raise NotFound(f'the cloud {cloud} wants a client certificate, which Tempest cannot show')


def _look(connection: Any, settings: Any, cloud: str, wanted: Wanted, tenant: bool) -> Found:
    access = connection.session.auth.get_access(connection.session)
    if not access.project_id:
        raise NotFound(f'the cloud {cloud} names no project: set project_name in clouds.yaml')
    person = Person(
        username=access.username, password=str(settings['auth']['password']),
        user_domain=access.user_domain_name, project=access.project_name,
        project_id=access.project_id, project_domain=access.project_domain_name,
        roles=tuple(sorted(access.role_names)))
    interface = _interface(settings)
    types = _types(access, str(settings.get('region_name') or ''), interface)
    region = str(settings.get('region_name') or '') or _only_region(access, cloud)
    for service in ('compute', 'image'):
        if service not in types:
            raise NotFound(f'the catalogue of the cloud {cloud} has no {interface} endpoint of '
                           f'type {service} in the region {region}')
    notes: list[str] = []
    flavor, flavor_alt, image, image_alt, kernel = choosing.flavors_and_images(
        connection, person, wanted, tenant, notes)
    ec2_url, ec2_interface = _ec2(access, region, interface)
    if ec2_interface:
        notes.append(f'EC2 has an endpoint on the interface {ec2_interface} and none on '
                     f'{interface}: [ec2attrs] ec2_endpoint_type is {ec2_interface}')
    network = ''
    if wanted.network or (tenant and 'network' in types):
        network = choosing.network(connection, person, wanted.network, tenant, notes)
    return Found(
        auth_url=_v3(connection, settings), region=region,
        interface=interface,
        verify=settings.get('verify') is not False, cacert=_cacert(settings, notes),
        person=person, image=image, image_alt=image_alt, kernel_image=kernel,
        flavor=flavor, flavor_alt=flavor_alt, network=network,
        neutron='network' in types,
        volume_type=next((each for each in VOLUME_TYPES if each in types), ''),
        ec2_url=ec2_url, ec2_interface=ec2_interface,
        microversions=_microversions(connection), notes=tuple(notes))


def _interface(settings: Any) -> str:
    interface = settings.get('interface') or 'public'
    return str(interface if isinstance(interface, str) else interface[0]).removesuffix('URL')


def _cacert(settings: Any, notes: list[str]) -> str:
    """Return the file of trusted certificates, empty where Tempest cannot use what is named."""
    path = str(settings.get('cacert') or '')
    if path and os.path.isdir(path):
        notes.append(f'trusted certificates: {path} is a directory, which Tempest cannot use: set '
                     f'[identity] ca_certificates_file to a file')
        return ''
    return os.path.abspath(path) if path else ''


def _types(access: Any, region: str, interface: str) -> set[str]:
    """Return the types of services that have an endpoint in a region, on an interface."""
    return {service['type'] for service in access.service_catalog.catalog or []
            for endpoint in service.get('endpoints', [])
            if (not region or endpoint.get('region') == region)
            and endpoint.get('interface') == interface}


def _ec2(access: Any, region: str, interface: str) -> tuple[str, str]:
    """Return the URL of the EC2 API, and its interface where that is another; empty for none."""
    urls = {endpoint.get('interface'): str(endpoint['url'])
            for service in access.service_catalog.catalog or [] if service['type'] == 'ec2'
            for endpoint in service.get('endpoints', []) if endpoint.get('region') == region}
    for other in (interface, 'public', 'internal'):
        if other in urls:
            return urls[other], '' if other == interface else other
    return '', ''


def _only_region(access: Any, cloud: str) -> str:
    regions = {endpoint.get('region') for each in access.service_catalog.catalog or []
               if each['type'] == 'compute' for endpoint in each.get('endpoints', [])}
    if len(regions) != 1:
        raise NotFound(f'the cloud {cloud} has {len(regions)} regions with Nova: set region_name '
                       f'in clouds.yaml')
    return str(regions.pop())


def _v3(connection: Any, settings: Any) -> str:
    url = str(settings['auth']['auth_url']).rstrip('/')
    last = url.rpartition('/')[2]
    if last == 'v3':
        return url
    return url.removesuffix('/v2.0') + '/v3'


def _microversions(connection: Any) -> str:
    data = connection.compute.get_endpoint_data()
    lowest, newest = (data.min_microversion, data.max_microversion) if data else (None, None)
    if not lowest or not newest:
        return 'unknown'
    return ' to '.join('.'.join(map(str, each)) for each in (lowest, newest))
