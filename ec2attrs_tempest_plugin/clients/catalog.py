"""Where the Keystone catalog says that a service is: in the configured region, on the interface.

Tempest falls back to another interface, and then to the first endpoint of all
(tempest/lib/auth.py, base_url). The suite would test another cloud then, so it does not.
"""

from collections.abc import Iterable, Mapping
import dataclasses
from typing import Any

from ec2attrs_tempest_plugin.clients import errors

Catalog = Iterable[Mapping[str, Any]]


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """What the catalog is asked for.

    :ivar service: the service's type.
    :ivar region: None for any.
    :ivar interface: public, internal or admin; publicURL means public.
    :ivar version: part of the path that stands for the API's version, where the
        catalog may leave it out: ``v3`` of identity, ``v2`` of image.
    """

    service: str
    region: str | None = None
    interface: str = 'public'
    version: str | None = None


def of_group(options: Any, group: str, version: str | None = None) -> Endpoint:
    """Return the endpoint that a group of Tempest's options names.

    :param options: groups of options as attributes.
    :param group: compute, volume, image or network.
    """
    own = getattr(options, group)
    return Endpoint(own.catalog_type, own.region or options.identity.region, own.endpoint_type,
                    version)


def of_identity(options: Any) -> Endpoint:
    """Return the endpoint of Keystone that Tempest's options name."""
    return Endpoint('identity', options.identity.region, options.identity.v3_endpoint_type, 'v3')


def of_ec2(options: Any) -> Endpoint:
    """Return the endpoint of the EC2 API that the options of Tempest and the plugin name."""
    return Endpoint('ec2', options.compute.region or options.identity.region,
                    options.ec2attrs.ec2_endpoint_type or options.compute.endpoint_type)


def url(catalog: Catalog, endpoint: Endpoint) -> str:
    """Return the URL of a service as the catalog has it.

    :raises NotOffered: when the catalog has no such endpoint; the message says which it has.
    """
    interface = endpoint.interface.removesuffix('URL')
    others: set[str] = set()
    for service in catalog:
        if service.get('type') != endpoint.service:
            continue
        for each in service.get('endpoints') or ():
            region = each.get('region') or each.get('region_id')
            if each.get('interface') == interface and endpoint.region in (None, '', region):
                if each.get('url'):
                    return str(each['url'])
            else:
                others.add(f'{str(each.get("interface"))[:20]} in {str(region)[:60]}')
    if not others:
        raise errors.NotOffered(f'the catalog has no service of type {endpoint.service}')
    where = f' in the region {endpoint.region}' if endpoint.region else ''
    raise errors.NotOffered(
        f'the catalog has no {interface} endpoint of type {endpoint.service}{where}, but '
        f'{", ".join(sorted(others)[:5])}')
