"""What an API said about the servers of a project, kept beside the answers that said it."""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
from typing import Any, Protocol

from ec2attrs_tempest_plugin.contract.violation import Said

Json = Mapping[str, Any]


class SaidInJson(Said, Protocol):
    """An answer with what it says."""

    @property
    def body(self) -> Json:
        """What it says."""


class SaidInText(Said, Protocol):
    """An answer of a metadata service; each is ABSENT where it says that there is nothing."""

    @property
    def text(self) -> Any:
        """What it says, as text."""

    @property
    def data(self) -> Any:
        """What it says, with each byte as the character of its number."""

    @property
    def names(self) -> Sequence[str]:
        """What it lists."""

    @property
    def document(self) -> Json:
        """The object in JSON that it is."""


@dataclasses.dataclass(frozen=True)
class Volume:
    """An attached volume.

    :ivar device: the name under which it is attached.
    :ivar size: in GiB.
    """

    device: str
    size: Any


@dataclasses.dataclass(frozen=True)
class NovaView:
    """The servers of a project as Nova shows them to some role.

    :ivar servers: all of the project.
    :ivar volumes: those that are attached, by their ids.
    :ivar flavor_names: by the ids of flavors.
    :ivar image_names: by the ids of images.
    """

    answer: Said
    servers: Sequence[Json]
    volumes: Mapping[str, Volume] = dataclasses.field(default_factory=dict)
    flavor_names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    image_names: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Ec2View:
    """The same project as EC2 shows it, in boto3's form.

    :ivar answer: to DescribeInstances.
    :ivar volumes: the answer to DescribeVolumes, None where it was not asked for.
    :ivar attributes: answers to DescribeInstanceAttribute, by instance id and attribute.
    :ivar image_names: all that EC2 has under the id of an image, one or none, by the id.
    """

    answer: SaidInJson
    volumes: SaidInJson | None = None
    attributes: Mapping[tuple[str, str], SaidInJson] = dataclasses.field(default_factory=dict)
    image_names: Mapping[str, Sequence[Any]] = dataclasses.field(default_factory=dict)

    def reservations(self) -> list[Json]:
        """Return the reservations."""
        return objects(self.answer.body.get('Reservations'))

    def instances(self) -> Iterator[tuple[Json, Json]]:
        """Yield each instance with its reservation."""
        for reservation in self.reservations():
            for instance in objects(reservation.get('Instances')):
                yield instance, reservation


@dataclasses.dataclass(frozen=True)
class MetadataView:
    """What a metadata service told servers.

    :ivar told: by server id and path.
    """

    told: Mapping[tuple[str, str], SaidInText]


def objects(value: Any) -> list[Json]:
    """Return the objects of a list, none where there is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def mappings(instance: Json) -> list[Json]:
    """Return the block device mappings of an instance."""
    return objects(instance.get('BlockDeviceMappings'))


def private_addresses(server: Json) -> set[str]:
    """Return the addresses of a server on its own networks, as Nova shows them."""
    networks = server.get('addresses')
    return {str(entry.get('addr'))
            for network in (networks.values() if isinstance(networks, dict) else [])
            for entry in objects(network) if entry.get('OS-EXT-IPS:type') != 'floating'}


def addresses_of(instance: Json) -> set[str]:
    """Return the addresses of an instance on its own networks, as EC2 shows them."""
    found = {instance.get('PrivateIpAddress'), instance.get('Ipv6Address')}
    for interface in objects(instance.get('NetworkInterfaces')):
        found |= {interface.get('PrivateIpAddress'),
                  *(each.get('PrivateIpAddress')
                    for each in objects(interface.get('PrivateIpAddresses'))),
                  *(each.get('Ipv6Address') for each in objects(interface.get('Ipv6Addresses')))}
    return {str(each) for each in found if each}
