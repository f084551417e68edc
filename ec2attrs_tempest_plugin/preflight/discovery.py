"""What a tempest.conf needs to know of a cloud, found through an entry of clouds.yaml.

openstacksdk does it alone: python-tempestconf (3.5.4) wants an image from the Internet even where
the cloud has one, writes default passwords, and knows nothing of EC2 and metadata.
"""

from collections.abc import Iterator
import contextlib
import dataclasses
import logging
from typing import Any

from ec2attrs_tempest_plugin.preflight import choosing
from ec2attrs_tempest_plugin.preflight.choosing import NotFound
from ec2attrs_tempest_plugin.preflight.choosing import Person
from ec2attrs_tempest_plugin.preflight.choosing import Wanted

#: Seconds that one request may take.
TIMEOUT = 10
#: Types under which catalogues have Cinder, the one of the service types authority first.
VOLUME_TYPES = ('block-storage', 'volumev3', 'volume')


@dataclasses.dataclass(frozen=True)
class Found:
    """A cloud as one person sees it.

    :ivar image, flavor: ids of the one that servers are made of, and of another where there is.
    :ivar network: the name of the person's network, empty where there is none.
    :ivar ec2_url: what the catalogue says, empty where it has no EC2.
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
        raise NotFound(f'the cloud {cloud} of clouds.yaml cannot be used: '
                       f'{type(error).__name__}: {error}') from error
    except (LookupError, TypeError, AttributeError) as error:
        raise NotFound(f'what answers for the cloud {cloud} of clouds.yaml does not answer as '
                       f'OpenStack does ({type(error).__name__}: {error})') from error


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
        region = openstack.config.OpenStackConfig().get_one(
            cloud=cloud, api_timeout=TIMEOUT)
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
    types = _types(access, str(settings.get('region_name') or ''))
    region = str(settings.get('region_name') or '') or _only_region(access, cloud)
    for service in ('compute', 'image'):
        if service not in types:
            raise NotFound(f'the catalogue of the cloud {cloud} has no service of type {service} '
                           f'in the region {region}')
    notes: list[str] = []
    flavor, flavor_alt, image, image_alt, kernel = choosing.flavors_and_images(
        connection, person, wanted, tenant, notes)
    network = ''
    if wanted.network or (tenant and 'network' in types):
        network = choosing.network(connection, person, wanted.network, notes)
    return Found(
        auth_url=_v3(connection, settings), region=region,
        interface=_interface(settings),
        verify=settings.get('verify') is not False, cacert=str(settings.get('cacert') or ''),
        person=person, image=image, image_alt=image_alt, kernel_image=kernel,
        flavor=flavor, flavor_alt=flavor_alt, network=network,
        neutron='network' in types,
        volume_type=next((each for each in VOLUME_TYPES if each in types), ''),
        ec2_url=str(types.get('ec2') or ''),
        microversions=_microversions(connection), notes=tuple(notes))


def _interface(settings: Any) -> str:
    interface = settings.get('interface') or 'public'
    return str(interface if isinstance(interface, str) else interface[0]).removesuffix('URL')


def _types(access: Any, region: str) -> dict[str, str]:
    """Return the public URL of each type of service in a region, empty where it has none."""
    found: dict[str, str] = {}
    for service in access.service_catalog.catalog or []:
        for endpoint in service.get('endpoints', []):
            if not region or endpoint.get('region') == region:
                found.setdefault(service['type'], '')
                if endpoint.get('interface') == 'public':
                    found[service['type']] = endpoint['url']
    return found


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
