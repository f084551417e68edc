"""The requirements: what a cloud must do, one sentence and one source each.

An id is never reused and never changes its meaning; a requirement that no
longer holds is removed together with its tests.
"""

from collections.abc import Iterable
import dataclasses

SPEC = ('https://specs.openstack.org/openstack/nova-specs/specs/kilo/'
        'implemented/ec2-api-required-additions.html')
HISTORY = ('https://docs.openstack.org/nova/latest/reference/'
           'api-microversion-history.html')
API_REF = 'https://docs.openstack.org/api-ref/compute/'
EC2_REF = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/'
BUG = 'https://bugs.launchpad.net/bugs/'


@dataclasses.dataclass(frozen=True)
class Requirement:
    """One thing that must hold.

    :ivar id: stable name, ``EC2A-nnn``.
    :ivar sentence: the MUST in one sentence.
    :ivar link: where the rule comes from.
    """

    id: str
    sentence: str
    link: str


def _table(rows: Iterable[tuple[str, str, str]]) -> dict[str, Requirement]:
    table: dict[str, Requirement] = {}
    for row in rows:
        requirement = Requirement(*row)
        if requirement.id in table:
            raise ValueError(f'{requirement.id} stands twice in the table')
        table[requirement.id] = requirement
    return table


REQUIREMENTS: dict[str, Requirement] = _table((
    # What Nova shows, where, from which microversion, to whom
    ('EC2A-001',
     'Below microversion 2.3 Nova shows none of the seven EC2 attributes of a server.',
     HISTORY),
    ('EC2A-002',
     'From 2.3 GET of a server and of all servers in detail show an administrator all seven.',
     HISTORY),
    ('EC2A-003',
     'From 2.3 to 2.89 none of the seven is shown to those who are not administrators.',
     API_REF + '#show-server-details'),
    ('EC2A-004',
     'Below 2.3 an attached volume is shown by its id, without delete_on_termination.',
     HISTORY),
    ('EC2A-005',
     'From 2.3 each attached volume is shown with id and delete_on_termination, to every role.',
     HISTORY),
    ('EC2A-006',
     'Each of the seven attributes has its type and format.',
     API_REF + '#show-server-details'),
    ('EC2A-007',
     'delete_on_termination is a JSON boolean.',
     BUG + '1370177'),
    ('EC2A-008',
     'GET of all servers in detail shows each attribute as GET of the server does.',
     BUG + '1708210'),
    ('EC2A-009',
     'No other key shows in the name spaces OS-EXT-SRV-ATTR and os-extended-volumes, '
     'none that only a draft of the specification had, and no user_data without a prefix.',
     SPEC),
    ('EC2A-010',
     'The answer to the creation of a server shows none of the attributes.',
     API_REF + '#create-server'),
    ('EC2A-011',
     'Below 2.75 the answer to an update of a server shows none of the attributes.',
     HISTORY),
    ('EC2A-012',
     'Below 2.57 the answer to a rebuild of a server shows none of the attributes.',
     HISTORY),
    ('EC2A-013',
     'An answer names the microversion that was asked for.',
     'https://docs.openstack.org/api-guide/compute/microversions.html'),
    # Reservations
    ('EC2A-020',
     'A server created alone has launch index 0.',
     BUG + '934534'),
    ('EC2A-021',
     'A creation with return_reservation_id answers the reservation id and nothing else.',
     API_REF + '#create-multiple-servers'),
    ('EC2A-022',
     'All servers of one request carry the reservation id that its answer gave.',
     SPEC),
    ('EC2A-023',
     'The launch indexes of a request for n servers are exactly 0 to n - 1.',
     BUG + '1212648'),
    ('EC2A-024',
     'The hostname of a server is its name where that is one, and in a multiple creation '
     'the name with a dash and the launch index plus one.',
     API_REF + '#create-multiple-servers'),
    ('EC2A-025',
     'Two requests never share a reservation id.',
     EC2_REF + 'API_Reservation.html'),
    ('EC2A-026',
     'The filter reservation_id finds the servers of the reservation and no other.',
     API_REF + '#list-servers'),
    ('EC2A-027',
     'An active server has a root device name.',
     BUG + '1260806'),
    # What was sent comes back
    ('EC2A-030',
     'User data is shown exactly as it was sent.',
     SPEC),
    ('EC2A-031',
     'The user data of a server that was given none is null.',
     BUG + '1035317'),
    ('EC2A-032',
     'Kernel and ramdisk are those of the image, and empty for an image that has none.',
     SPEC),
    ('EC2A-040',
     'The delete_on_termination of each volume is the one that the creation asked for.',
     BUG + '1370177'),
    ('EC2A-041',
     'Each attached volume is listed, and listed once.',
     BUG + '1908075'),
    ('EC2A-042',
     'When its server is deleted, a volume goes if its delete_on_termination is true '
     'and stays if it is false.',
     BUG + '1464259'),
    # EC2 and Nova agree
    ('EC2A-101',
     'The servers of one Nova reservation are one EC2 reservation, under the same id.',
     EC2_REF + 'API_Reservation.html'),
    ('EC2A-102',
     'AmiLaunchIndex is the launch index of the same server.',
     EC2_REF + 'API_Instance.html'),
    ('EC2A-103',
     'RootDeviceName is the root device name of the same server.',
     EC2_REF + 'API_Instance.html'),
    ('EC2A-104',
     'RootDeviceType of a server booted from an image is instance-store.',
     EC2_REF + 'API_Instance.html'),
    ('EC2A-105',
     'RootDeviceType of a server booted from a volume is ebs.',
     BUG + '1324400'),
    ('EC2A-106',
     'BlockDeviceMappings holds the volumes that Nova says are attached, each once.',
     EC2_REF + 'API_InstanceBlockDeviceMapping.html'),
    ('EC2A-107',
     'DeleteOnTermination of each volume is the delete_on_termination of Nova.',
     EC2_REF + 'API_EbsInstanceBlockDevice.html'),
    ('EC2A-108',
     'PrivateDnsName is the hostname of the same server.',
     EC2_REF + 'API_Instance.html'),
    ('EC2A-109',
     'KernelId and RamdiskId stand for the images of Nova, and are absent where Nova has none.',
     EC2_REF + 'API_Instance.html'),
    ('EC2A-110',
     'The userData of an instance is the user data of the same server, absent where Nova has '
     'none.',
     EC2_REF + 'API_DescribeInstanceAttribute.html'),
    ('EC2A-111',
     'Of an EC2 answer, booleans are written true or false, integers in the digits 0 to 9, '
     'and times as a date, year first, with the time of day.',
     'https://www.w3.org/TR/xmlschema-2/#boolean'),
    ('EC2A-112',
     'Each server is one instance of EC2, found by its private address, with an id of its own.',
     EC2_REF + 'API_DescribeInstances.html'),
))
