"""Where EC2 and the metadata service say otherwise of a server than Nova does.

What is expected is always Nova's view: a thing that one API says wrongly is
one disagreement, not several. Servers are matched with instances by their
addresses, IPv4 or IPv6, which are not under test; where networks overlap and
several servers have an address, by the time of their creation as well.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
import dataclasses
import datetime
import functools
from typing import Any

from ec2attrs_tempest_plugin.contract import told
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.difference import differences
from ec2attrs_tempest_plugin.contract.views import addresses_of
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import Json
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.contract.views import MetadataView
from ec2attrs_tempest_plugin.contract.views import NovaView
from ec2attrs_tempest_plugin.contract.views import objects
from ec2attrs_tempest_plugin.contract.views import private_addresses
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Said
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words


@dataclasses.dataclass(frozen=True)
class Pair:
    """One server of Nova and the instance that it is in EC2."""

    server: Json
    instance: Json
    reservation: Json
    nova: NovaView
    ec2: Ec2View

    @property
    def name(self) -> str:
        """The server, for messages."""
        return name_of(self.server)

    @property
    def instance_id(self) -> str:
        """EC2's own id of the server."""
        return str(self.instance.get('InstanceId'))

    @property
    def answers(self) -> list[Said]:
        """The answers of both, EC2's first: it has to agree with the other."""
        return [self.ec2.answer, self.nova.answer]

    def differ(self, requirement: str, attribute: Attribute | str, expected: Any, seen: Any, *,
               of: str = '', answers: Collection[Said] = ()) -> list[Violation]:
        """Return a violation if EC2 does not show what is expected."""
        return differences(
            requirement, attribute, of=of or self.name, expected=expected, seen=seen,
            answers=[*answers, self.nova.answer] if answers else self.answers)


def name_of(server: Json) -> str:
    """Return how messages name a server."""
    return f'server {server.get("id")}'


def disagreements(nova: NovaView, ec2: Ec2View | None = None,
                  metadata: MetadataView | None = None, *, of: Collection[str],
                  about: Collection[str] = (), dns: str = 'hostname') -> list[Violation]:
    """Return where other APIs say otherwise of servers than Nova does.

    :param of: ids of the servers.
    :param about: requirements, by default all. That each server is one instance (EC2A-112)
        is looked at always: nothing can be said of one that is not found.
    :param dns: what EC2 shows as PrivateDnsName, 'hostname' or 'address'.
    """
    servers = [server for server in nova.servers if server.get('id') in of]
    found: list[Violation] = []
    if ec2 is not None:
        matched, found = pairs(nova, ec2, of)
        rules: dict[str, Rule] = {**_RULES, 'EC2A-108': functools.partial(_dns_name, dns)}
        for requirement, rule in rules.items():
            if not about or requirement in about:
                found += [violation for pair in matched for violation in rule(pair)]
        if not about or 'EC2A-101' in about:
            found += _reservations(nova, ec2, matched, of)
    if metadata is not None:
        found += told.disagreements(nova, metadata, servers, about)
    return found


class Unmatched(Exception):
    """EC2 shows nothing by which an instance could be told to be a server; the message says so."""


def pairs(nova: NovaView, ec2: Ec2View,
          of: Collection[str]) -> tuple[list[Pair], list[Violation]]:
    """Return servers with their instances, and a violation for each without one of its own.

    :raises Unmatched: when a server has IPv6 addresses alone and EC2 shows none of those.
    """
    matched: list[Pair] = []
    found: list[Violation] = []
    taken: set[str] = set()
    for server in nova.servers:
        if server.get('id') not in of:
            continue
        addresses = private_addresses(server)
        own = [Pair(server, instance, reservation, nova, ec2)
               for instance, reservation in ec2.instances()
               if addresses & addresses_of(instance) and not _is_ending(instance)]
        if len(own) > 1 and _share_an_address(server, nova):
            own = [pair for pair in own if _created_together(server, pair.instance)]
        if not own and addresses and all(':' in each for each in addresses) and any(
                not addresses_of(instance) and _created_together(server, instance)
                for instance, _ in ec2.instances()):
            raise Unmatched(f'{ec2.answer.source} shows no address of {name_of(server)}, which '
                            f'has IPv6 alone: nothing says which instance it is')
        found += differences(
            'EC2A-112', 'PrivateIpAddress',
            of=f'{name_of(server)} at {", ".join(sorted(addresses))}',
            expected=Words('one instance'),
            seen=Words('one instance' if len(own) == 1 else f'{len(own)} instances'),
            answers=[ec2.answer, nova.answer])
        for pair in own if len(own) == 1 else []:
            its_id = pair.instance.get('InstanceId') or ABSENT
            if its_id is ABSENT or its_id in taken:
                found += pair.differ('EC2A-112', 'InstanceId', Words('an id of its own'), its_id)
            else:
                matched.append(pair)
            taken.add(str(its_id))
    return matched, found


def servers_of(nova: NovaView, instance: Json) -> list[Json]:
    """Return the servers of Nova that an instance may be: one, unless something is wrong."""
    found = [server for server in nova.servers
             if private_addresses(server) & addresses_of(instance)]
    return (found if len(found) < 2 else
            [server for server in found if _created_together(server, instance)])


def _share_an_address(server: Json, nova: NovaView) -> bool:
    """Say whether another server of the project has an address of this one, on another network."""
    return any(private_addresses(server) & private_addresses(other) for other in nova.servers
               if other.get('id') != server.get('id'))


def _created_together(server: Json, instance: Json) -> bool:
    """Say whether Nova and EC2 say the same of when a server was created, to the second."""
    launched = instance.get('LaunchTime')
    try:
        created = datetime.datetime.fromisoformat(str(server.get('created')))
    except ValueError:
        return False
    return isinstance(launched, datetime.datetime) and (
        abs(_in_utc(launched) - _in_utc(created)) < datetime.timedelta(seconds=1))


def _in_utc(moment: datetime.datetime) -> datetime.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _reservations(nova: NovaView, ec2: Ec2View, matched: Collection[Pair],
                  of: Collection[str]) -> Iterator[Violation]:
    """Yield the reservations of Nova that EC2 has under other ids, in parts, or with others."""
    found = {pair.server['id'] for pair in matched}
    lost = {RESERVATION_ID.in_nova(server) for server in nova.servers
            if server.get('id') in of and server['id'] not in found}
    by_id: dict[str, list[Pair]] = {}
    for pair in matched:
        by_id.setdefault(str(RESERVATION_ID.in_nova(pair.server)), []).append(pair)
    for reservation_id, its_pairs in by_id.items():
        # Those of servers that are not looked at count as well.
        number = sum(RESERVATION_ID.in_nova(server) == reservation_id for server in nova.servers)
        its_ids = {pair.instance_id for pair in its_pairs}
        seen = [(reservation.get('ReservationId', ABSENT), len(held))
                for reservation in ec2.reservations()
                if its_ids & set(held := [str(instance.get('InstanceId')) for instance in
                                          objects(reservation.get('Instances'))
                                          if not _is_ending(instance)])
                or reservation.get('ReservationId') == reservation_id]
        expected = [(reservation_id, number)]
        if reservation_id in lost and [each for each, _ in seen] == [reservation_id]:
            continue  # one of them was not found, which has been said
        yield from differences(
            'EC2A-101', RESERVATION_ID.name,
            of=f'{its_pairs[0].name} and all of its request, with their number',
            expected=expected, seen=seen, answers=[ec2.answer, nova.answer])


def _is_ending(instance: Json) -> bool:
    """Say whether an instance goes, or has gone: EC2 may show it for a while."""
    return instance.get('State', {}).get('Name') in ('shutting-down', 'terminated')


# What a rule says of one server

def _shown(requirement: str, attribute: Attribute, pair: Pair) -> Iterable[Violation]:
    """Compare an attribute that both show in the same words; Nova's null is EC2's absent."""
    value = attribute.in_nova(pair.server)
    return pair.differ(requirement, attribute, ABSENT if value is None else value,
                       attribute.in_ec2(pair.instance))


def _dns_name(dns: str, pair: Pair) -> Iterable[Violation]:
    if dns == 'hostname':
        return _shown('EC2A-108', HOSTNAME, pair)
    return pair.differ('EC2A-108', HOSTNAME, pair.instance.get('PrivateIpAddress', ABSENT),
                       HOSTNAME.in_ec2(pair.instance), of=f'{pair.name}, shown by its address')


def is_volume_backed(server: Json) -> bool:
    """Say whether a server boots from a volume: Nova then shows it without an image."""
    return not server.get('image')


def _device_type(requirement: str, expected: str, pair: Pair) -> Iterable[Violation]:
    if is_volume_backed(pair.server) is not (expected == 'ebs'):
        return []
    seen = pair.instance.get('RootDeviceType', ABSENT)
    if seen is ABSENT and ROOT_DEVICE_NAME.in_nova(pair.server) is None:
        return []  # it is being built
    return pair.differ(requirement, 'RootDeviceType', expected, seen)


def _devices(pair: Pair) -> dict[str, str]:
    """Return the ids of the attached volumes by their device names."""
    return {pair.nova.volumes[volume_id].device: volume_id
            for volume_id in volumes_by_id(pair.server) if volume_id in pair.nova.volumes}


def _mapped_once(pair: Pair) -> Iterator[tuple[str, str, Json]]:
    """Yield device name, volume id and mapping of each attached volume that is mapped once."""
    found = mappings(pair.instance)
    for device, volume_id in _devices(pair).items():
        its_own = [mapping for mapping in found if mapping.get('DeviceName') == device]
        if len(its_own) == 1:
            yield device, volume_id, its_own[0]


def _mapped(pair: Pair) -> Iterable[Violation]:
    """Compare the mapped devices with those of the attached volumes, and what is mapped."""
    # As many devices as volumes: one that Nova says nothing further of is none of EC2's.
    devices = _devices(pair)
    described = [str(mapping.get('DeviceName')) for mapping in mappings(pair.instance)]
    missing = len(volumes_by_id(pair.server)) - len(devices)
    yield from pair.differ(
        'EC2A-106', 'BlockDeviceMappings', sorted(devices) + ['unknown'] * missing,
        sorted(described), of=f'{pair.name}, as device names')
    for device, its_id, mapping in _mapped_once(pair):
        ebs = mapping.get('Ebs', {})
        volume_id = ebs.get('VolumeId') or ABSENT
        of = f'the volume at {device} of {pair.name}'
        if volume_id is ABSENT:
            yield from pair.differ('EC2A-106', 'VolumeId', Words('present'), ABSENT, of=of)
            continue
        yield from pair.differ('EC2A-106', 'Status', 'attached', ebs.get('Status', ABSENT), of=of)
        if pair.ec2.volumes is not None:
            size = next((volume.get('Size', ABSENT) for volume in
                         objects(pair.ec2.volumes.body.get('Volumes'))
                         if volume.get('VolumeId') == volume_id), ABSENT)
            yield from pair.differ(
                'EC2A-106', 'BlockDeviceMappings', pair.nova.volumes[its_id].size, size,
                of=f'{pair.name}, as the size in GiB of the volume at {device}',
                answers=[pair.ec2.answer, pair.ec2.volumes])


def _flags(pair: Pair) -> Iterable[Violation]:
    """Compare the flag of each volume that is mapped once."""
    volumes = volumes_by_id(pair.server)
    for device, volume_id, mapping in _mapped_once(pair):
        yield from pair.differ(
            'EC2A-107', DELETE_ON_TERMINATION, DELETE_ON_TERMINATION.in_nova(volumes[volume_id]),
            DELETE_ON_TERMINATION.in_ec2(mapping), of=f'the volume at {device} of {pair.name}')


def _attachments(pair: Pair) -> Iterable[Violation]:
    """Compare what DescribeVolumes says of each attached volume, found by the instance's id."""
    if pair.ec2.volumes is None:
        return
    seen = {attachment.get('Device'): attachment
            for volume in objects(pair.ec2.volumes.body.get('Volumes'))
            for attachment in objects(volume.get('Attachments'))
            if attachment.get('InstanceId') == pair.instance_id}
    volumes, said = volumes_by_id(pair.server), [pair.ec2.volumes]
    yield from pair.differ(
        'EC2A-152', 'Attachments', sorted(_devices(pair)), sorted(map(str, seen)),
        of=f'{pair.name}, as device names', answers=said)
    for device, volume_id in _devices(pair).items():
        if device in seen:
            of = f'the volume at {device} of {pair.name}, as DescribeVolumes has it'
            yield from pair.differ('EC2A-152', 'State', 'attached',
                                   seen[device].get('State', ABSENT), of=of, answers=said)
            yield from pair.differ(
                'EC2A-152', DELETE_ON_TERMINATION,
                DELETE_ON_TERMINATION.in_nova(volumes[volume_id]),
                seen[device].get('DeleteOnTermination', ABSENT), of=of, answers=said)


def _kernel_and_ramdisk(pair: Pair) -> Iterable[Violation]:
    """Compare whether there is one, and its name where both have names for images."""
    for attribute in (KERNEL_ID, RAMDISK_ID):
        yield from _image(pair, attribute, attribute.in_ec2(pair.instance), pair.ec2.answer)


def _image(pair: Pair, attribute: Attribute, seen: Any, answer: Said) -> Iterable[Violation]:
    expected = attribute.in_nova(pair.server) or ABSENT
    if expected is ABSENT or seen in (ABSENT, ''):
        yield from pair.differ(
            'EC2A-109', attribute, ABSENT if expected is ABSENT else Words('present'), seen,
            answers=[answer])
    elif pair.nova.image_names:
        yield from pair.differ(
            'EC2A-109', attribute, [pair.nova.image_names.get(str(expected))],
            list(pair.ec2.image_names.get(str(seen), ())),
            of=f'{pair.name}, as the name of the image', answers=[answer])


def _owner(pair: Pair) -> Iterable[Violation]:
    return pair.differ('EC2A-150', 'OwnerId', pair.server.get('tenant_id', ABSENT),
                       pair.reservation.get('OwnerId', ABSENT))


def _flavor(pair: Pair) -> Iterable[Violation]:
    expected = _flavor_name(pair)
    if expected is not None:
        yield from pair.differ('EC2A-151', 'InstanceType', expected,
                               pair.instance.get('InstanceType', ABSENT))


def _flavor_name(pair: Pair) -> str | None:
    return pair.nova.flavor_names.get(str(pair.server.get('flavor', {}).get('id')))


# DescribeInstanceAttribute

def _attribute(name: str, pair: Pair) -> tuple[Any, list[Said]]:
    """Return an attribute as EC2 was asked for it, and the answer; none if it was not asked."""
    answer = pair.ec2.attributes.get((pair.instance_id, name))
    if answer is None:
        return None, []
    key = {'kernel': 'KernelId', 'ramdisk': 'RamdiskId'}.get(name, f'{name[0].upper()}{name[1:]}')
    value = answer.body.get(key, {}).get('Value', ABSENT)
    return value if value != '' else ABSENT, [answer]


def _asked_user_data(pair: Pair) -> Iterable[Violation]:
    seen, said = _attribute('userData', pair)
    return pair.differ('EC2A-110', USER_DATA, USER_DATA.in_nova(pair.server) or ABSENT, seen,
                       answers=said) if said else []


def _asked_root(pair: Pair) -> Iterable[Violation]:
    seen, said = _attribute('rootDeviceName', pair)
    value = ROOT_DEVICE_NAME.in_nova(pair.server)
    return pair.differ('EC2A-103', ROOT_DEVICE_NAME, ABSENT if value is None else value, seen,
                       answers=said) if said else []


def _asked_images(pair: Pair) -> Iterable[Violation]:
    for name, attribute in (('kernel', KERNEL_ID), ('ramdisk', RAMDISK_ID)):
        seen, said = _attribute(name, pair)
        if said:
            yield from _image(pair, attribute, seen, said[0])


def _asked_flavor(pair: Pair) -> Iterable[Violation]:
    seen, said = _attribute('instanceType', pair)
    expected = _flavor_name(pair)
    return pair.differ('EC2A-151', 'InstanceType', expected, seen,
                       answers=said) if said and expected is not None else []


def _asked_protection(pair: Pair) -> Iterable[Violation]:
    seen, said = _attribute('disableApiTermination', pair)
    return pair.differ('EC2A-153', 'DisableApiTermination', False, seen,
                       answers=said) if said else []


Rule = Callable[[Pair], Iterable[Violation]]


def _each(*rules: Rule) -> Rule:
    return lambda pair: [violation for rule in rules for violation in rule(pair)]


#: What is compared, by the requirement that it is.
_RULES: dict[str, Rule] = {
    'EC2A-102': functools.partial(_shown, 'EC2A-102', LAUNCH_INDEX),
    'EC2A-103': _each(functools.partial(_shown, 'EC2A-103', ROOT_DEVICE_NAME), _asked_root),
    'EC2A-104': functools.partial(_device_type, 'EC2A-104', 'instance-store'),
    'EC2A-105': functools.partial(_device_type, 'EC2A-105', 'ebs'),
    'EC2A-106': _mapped,
    'EC2A-107': _flags,
    'EC2A-109': _each(_kernel_and_ramdisk, _asked_images),
    'EC2A-110': _asked_user_data,
    'EC2A-150': _owner,
    'EC2A-151': _each(_flavor, _asked_flavor),
    'EC2A-152': _attachments,
    'EC2A-153': _asked_protection,
}
