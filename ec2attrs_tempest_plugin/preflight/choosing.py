"""Which of a cloud's images, flavors and networks the tests are to use."""

from collections.abc import Iterable
import dataclasses
from typing import Any

# So many images, flavors and networks are looked at.
_MOST = 5000
# What is no disk to boot from by itself.
_PARTS = ('aki', 'ari')
_KERNEL = ('kernel_id', 'ramdisk_id')
# So begin the names of what a run of Tempest makes, which goes with it.
_MADE = 'tempest-'


class NotFound(Exception):
    """The cloud cannot be used as it is; the message says why and what to do."""


@dataclasses.dataclass(frozen=True)
class Person:
    """A user with a password and a project, as Keystone and clouds.yaml tell of them."""

    username: str
    password: str = dataclasses.field(repr=False)
    user_domain: str
    project: str
    project_id: str
    project_domain: str
    roles: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is not to be found out: names or ids that somebody chose, empty for none."""

    image: str = ''
    flavor: str = ''
    network: str = ''


def _some(items: Iterable[Any]) -> list[Any]:
    found = []
    for item in items:
        found.append(item)
        if len(found) == _MOST:
            break
    return found


def _property(image: Any, name: str) -> Any:
    """Return a property of an image, wherever openstacksdk keeps it."""
    value = (image.properties or {}).get(name)
    return value if value is not None else getattr(image, name, None)


def _offered(image: Any, person: Person, tenant: bool) -> bool:
    return image.status == 'active' and not image.is_hidden and not _made(image) and (
        image.visibility == 'public' or (tenant and image.owner_id == person.project_id))


def _made(item: Any) -> bool:
    return str(item.name or '').startswith(_MADE)


def _bootable(image: Any) -> bool:
    return bool(
        image.size and image.container_format not in _PARTS and image.disk_format not in
        (*_PARTS, 'iso') and not any(_property(image, name) for name in (
            *_KERNEL, 'block_device_mapping', 'img_signature'))
        and _property(image, 'image_type') != 'snapshot')


def _fits(flavor: Any, image: Any) -> bool:
    return (flavor.ram >= (image.min_ram or 0) and flavor.disk >= (image.min_disk or 0)
            # A flavor without a disk takes an administrator to boot from an image.
            and flavor.disk * 2**30 >= (image.size or 0) and flavor.disk > 0)


def flavors_and_images(connection: Any, person: Person, wanted: Wanted, tenant: bool,
                       notes: list[str]) -> tuple[str, str, str, str, str]:
    """Return ids: a flavor, another one, an image, another one, and one with a kernel."""
    everything = _some(connection.image.images())
    images = sorted((each for each in everything
                     if _offered(each, person, tenant) and _bootable(each)),
                    key=lambda each: (each.min_disk or 0, each.size, each.name or '', each.id))
    flavors = sorted((each for each in _some(connection.compute.flavors())
                      if (tenant or each.is_public) and not _made(each)),
                     key=lambda each: (each.ram, each.vcpus, each.disk, each.id))
    chosen = _chosen('image', wanted.image, everything) if wanted.image else None
    image = chosen or next((each for each in images if any(
        _fits(flavor, each) for flavor in flavors)), None)
    if image is None:
        raise NotFound('no image is active, public and fit for any flavor that has a disk: name '
                       'one with --image, and a flavor with --flavor')
    if wanted.flavor:
        flavor = _chosen('flavor', wanted.flavor, flavors)
    else:
        flavor = next((each for each in flavors if _fits(each, image)), None)
        if flavor is None:
            raise NotFound(f'no flavor with a disk has room for the image {image.name}: name '
                           f'another image with --image, or a flavor with --flavor')
    # A server can grow, but not shrink.
    other = next((each for each in flavors if each.id != flavor.id and _fits(each, image)
                  and each.disk >= flavor.disk and each.ram >= flavor.ram), None)
    alt = next((each for each in images if each.id != image.id and _fits(flavor, each)), None)
    kernel = next((each for each in everything if _offered(each, person, tenant) and all(
        _property(each, name) for name in _KERNEL) and _fits(flavor, each)), None)
    for kind, item in (('image', image), ('second image', alt),
                       ('image with a kernel', kernel), ('flavor', flavor),
                       ('second flavor', other)):
        notes.append(f'{kind}: {item.name} ({item.id})' if item else f'{kind}: there is none')
    return (flavor.id, other.id if other else '', image.id, alt.id if alt else '',
            kernel.id if kernel else '')


def _chosen(kind: str, name: str, items: list[Any]) -> Any:
    found = ([each for each in items if each.id == name]
             or [each for each in items if each.name == name])
    if len(found) != 1:
        raise NotFound(f'the cloud has {len(found)} {kind}s of the name or id {name}')
    return found[0]


def network(connection: Any, person: Person, name: str, tenant: bool, notes: list[str]) -> str:
    """Return the name of a network to boot on: one of the project's own, or else a shared one.

    :param name: of the network that somebody chose, empty for none.
    :param tenant: whether the tests run in the person's own project, else in new ones.
    :param notes: gets what was chosen, and what that means for EC2.
    """
    everything = _some(connection.network.networks())
    versions: dict[str, set[int]] = {}
    for subnet in _some(connection.network.subnets()):
        versions.setdefault(subnet.network_id, set()).add(subnet.ip_version)
    if name:
        found = [_chosen('network', name, everything)]
    else:
        found = sorted((
            each for each in everything
            if each.is_admin_state_up and each.id in versions and each.name and (
                each.project_id == person.project_id or each.is_shared)),
            key=lambda each: (each.project_id != person.project_id,
                              bool(each.is_router_external), 4 not in versions[each.id],
                              each.name))
    # Tempest knows networks by their names alone.
    names = [each.name for each in everything]
    single = [each for each in found if names.count(each.name) == 1]
    if not single:
        raise NotFound(f'the project {person.project} has no network with a subnet and a name '
                       f'that no other network has: make one, or name one with --network')
    chosen = single[0]
    notes.append(f'network of {person.project}: {chosen.name}'
                 + ('' if 4 in versions.get(chosen.id, ()) else
                    ', which has no IPv4 subnet: EC2 may show no address of its servers'))
    own = [each for each in everything if tenant and not each.is_router_external
           and each.project_id == person.project_id]
    if tenant and chosen.project_id != person.project_id:
        notes.append(f'network WARNING: {chosen.name} is not of the project {person.project} but '
                     f'shared; name another with --network')
    if len(own) != 1:
        whose = f'the project {person.project} owns' if tenant else 'new projects own'
        notes.append(f'network WARNING: {whose} {len(own)} networks, and EC2 Classic of ec2-api '
                     f'launches only where it is exactly one: tests that launch through EC2 will '
                     f'skip')
    return str(chosen.name)
