"""The EC2 attributes of a server: one row for each, and nothing said twice.

Sources: Nova's specification ``kilo/implemented/ec2-api-required-additions``
(its sections are named in each row), ``nova/api/openstack/compute/views/servers.py``
for the keys, ``nova/db/main/models.py`` for types and sizes.
"""

from collections.abc import Mapping
import dataclasses
from typing import Any

import jmespath

from ec2attrs_tempest_plugin.contract.violation import ABSENT

SERVER_PREFIX = 'OS-EXT-SRV-ATTR:'
VOLUMES_PREFIX = 'os-extended-volumes:'
VOLUMES_KEY = VOLUMES_PREFIX + 'volumes_attached'

# The largest user data that Nova takes, in characters of base64
# (nova/api/openstack/compute/schemas/servers.py).
USER_DATA_MAX_LENGTH = 65535

JsonSchema = Mapping[str, Any]


def _whole(pattern: str) -> str:
    # Neither "^" alone nor "$" would do: "$" also matches before a last newline.
    return rf'^(?:{pattern})(?![\s\S])'


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One EC2 attribute of a server and where each API shows it.

    :ivar name: the name used in messages, Nova's own without its prefix.
    :ivar nova_key: the key in Nova's JSON, of a server or of one of its
        attached volumes.
    :ivar schema: JSON Schema (draft 4) of the value.
    :ivar says: the schema in words, for messages.
    :ivar ec2_path: JMESPath from boto3's Instance, or None where EC2 shows
        the attribute by another call.
    :ivar metadata_path: path below meta-data of the metadata service, or None
        where it is not there.
    :ivar spec_section: section of the specification that asks for it.
    :ivar sensitive: whether the value must never be printed.
    """

    name: str
    nova_key: str
    schema: JsonSchema
    says: str
    ec2_path: str | None
    metadata_path: str | None
    spec_section: str
    sensitive: bool = False

    def in_nova(self, server: Mapping[str, Any]) -> Any:
        """Return the value in a server (or attached volume) of Nova's JSON, or ABSENT."""
        return server.get(self.nova_key, ABSENT)

    def in_ec2(self, instance: Mapping[str, Any]) -> Any:
        """Return the value in boto3's Instance (or block device mapping), or ABSENT.

        :raises ValueError: when EC2 shows the attribute by another call.
        """
        if self.ec2_path is None:
            raise ValueError(f'EC2 does not show {self.name} in an Instance')
        value = jmespath.search(self.ec2_path, instance)
        return ABSENT if value is None else value


_IMAGE_ID = _whole('|[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}')

RESERVATION_ID = Attribute(
    name='reservation_id',
    nova_key=SERVER_PREFIX + 'reservation_id',
    # nova.utils.generate_uid('r') makes eight of [0-9a-z]; longer ones, as EC2's
    # own became, break nobody. The column holds 255 characters.
    schema={'type': 'string', 'pattern': _whole('r-[0-9a-z]{8,253}')},
    says='"r-" and at least eight of a-z and 0-9',
    ec2_path='ReservationId',
    metadata_path='reservation-id',
    spec_section='1. Reservation-related information')

LAUNCH_INDEX = Attribute(
    name='launch_index',
    nova_key=SERVER_PREFIX + 'launch_index',
    schema={'type': 'integer', 'minimum': 0},
    says='an integer of 0 or more',
    ec2_path='AmiLaunchIndex',
    metadata_path='ami-launch-index',
    spec_section='1. Reservation-related information')

HOSTNAME = Attribute(
    name='hostname',
    nova_key=SERVER_PREFIX + 'hostname',
    schema={'type': 'string', 'minLength': 1, 'maxLength': 255,
            'pattern': _whole('[A-Za-z0-9._-]+')},
    says='1 to 255 letters, digits, dots, dashes and underscores',
    ec2_path='PrivateDnsName',
    metadata_path='hostname',
    spec_section='2. Network-related information')

KERNEL_ID = Attribute(
    name='kernel_id',
    nova_key=SERVER_PREFIX + 'kernel_id',
    schema={'type': ['string', 'null'], 'pattern': _IMAGE_ID},
    says='the id of an image, the empty string or null',
    ec2_path='KernelId',
    metadata_path='kernel-id',
    spec_section='3. Image-related information')

RAMDISK_ID = Attribute(
    name='ramdisk_id',
    nova_key=SERVER_PREFIX + 'ramdisk_id',
    schema={'type': ['string', 'null'], 'pattern': _IMAGE_ID},
    says='the id of an image, the empty string or null',
    ec2_path='RamdiskId',
    metadata_path='ramdisk-id',
    spec_section='3. Image-related information')

USER_DATA = Attribute(
    name='user_data',
    nova_key=SERVER_PREFIX + 'user_data',
    # Empty where an empty string was sent, which Nova takes.
    schema={'type': ['string', 'null'], 'format': 'base64', 'maxLength': USER_DATA_MAX_LENGTH},
    says=f'base64 of up to {USER_DATA_MAX_LENGTH} characters, or null',
    ec2_path=None,  # DescribeInstanceAttribute shows it, not DescribeInstances
    metadata_path=None,  # user-data stands beside meta-data
    spec_section='4. Metadata-related information',
    sensitive=True)

ROOT_DEVICE_NAME = Attribute(
    name='root_device_name',
    nova_key=SERVER_PREFIX + 'root_device_name',
    # Null until a host has chosen it (nova/compute/manager.py).
    schema={'type': ['string', 'null'], 'pattern': _whole('/dev/[A-Za-z0-9/_-]+')},
    says='a path below /dev/, or null',
    ec2_path='RootDeviceName',
    metadata_path='block-device-mapping/root',
    spec_section='5. Device-related information')

DELETE_ON_TERMINATION = Attribute(
    name='delete_on_termination',
    nova_key='delete_on_termination',
    schema={'type': 'boolean'},
    says='true or false',
    ec2_path='Ebs.DeleteOnTermination',
    metadata_path=None,
    spec_section='5. Device-related information')

#: The attributes of a server itself, "the seven".
SERVER_ATTRIBUTES: tuple[Attribute, ...] = (
    RESERVATION_ID, LAUNCH_INDEX, HOSTNAME, KERNEL_ID, RAMDISK_ID,
    ROOT_DEVICE_NAME, USER_DATA)

#: Keys of Nova in our key space that are not EC2 attributes.
OTHER_SERVER_KEYS = frozenset(
    SERVER_PREFIX + name
    for name in ('host', 'hypervisor_hostname', 'instance_name'))

#: What became of the names that the specification drafted. None may show.
DRAFT_KEYS: Mapping[str, str] = {
    'OS-EXT-SRV-ATTR:userdata': 'became OS-EXT-SRV-ATTR:user_data',
    'os-extended-server-attributes:*': 'became OS-EXT-SRV-ATTR:*',
    'os-extended-server-attributes:deleteOnTerminationDevices':
        'became delete_on_termination of each item of '
        'os-extended-volumes:volumes_attached',
}


def is_sensitive(key: str) -> bool:
    """Say whether the values of a key must never be printed, however spelt."""
    return key.rpartition(':')[2].replace('_', '').lower() == 'userdata'


def volumes_by_id(server: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the attached volumes of a server by their ids: their order says nothing."""
    volumes = server.get(VOLUMES_KEY)
    return {str(volume.get('id')): volume
            for volume in (volumes if isinstance(volumes, list) else [])
            if isinstance(volume, dict)}
