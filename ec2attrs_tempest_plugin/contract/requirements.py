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
MICROVERSION_GUIDE = 'https://docs.openstack.org/api-guide/compute/microversions.html'
EC2_REF = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/'
METADATA = 'https://docs.openstack.org/nova/latest/user/metadata.html'
BUG = 'https://bugs.launchpad.net/bugs/'

#: How the reason begins of a skip that is an advisory finding.
ADVISORY = 'ec2attrs:advisory:'


@dataclasses.dataclass(frozen=True)
class Requirement:
    """One thing that must hold.

    :ivar id: stable name, ``EC2A-nnn``.
    :ivar sentence: the MUST in one sentence.
    :ivar link: where the rule comes from.
    :ivar advisory: whether a stock service is known to break it: that is told, and keeps no
        cloud from being conformant.
    """

    id: str
    sentence: str
    link: str
    advisory: bool = False


def _table(rows: Iterable[tuple[str, str, str] | tuple[str, str, str, bool]]
           ) -> dict[str, Requirement]:
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
     MICROVERSION_GUIDE),
    ('EC2A-014',
     'From 2.90 the hostname is shown to every role, and none of the other six to those who '
     'are not administrators.',
     HISTORY),
    ('EC2A-015',
     'From 2.75 the answer to an update of a server shows what GET of the server shows.',
     HISTORY),
    ('EC2A-016',
     'From 2.57 the answer to a rebuild shows user_data without a prefix to every role, and '
     'up to 2.74 nothing else.',
     HISTORY),
    ('EC2A-017',
     'From 2.75 the answer to a rebuild shows administrators the other six, every role the '
     'attached volumes, and from 2.90 the hostname.',
     HISTORY),
    ('EC2A-018',
     'GET of all servers without their details shows none of the attributes.',
     API_REF + '#list-servers'),
    ('EC2A-019',
     'A microversion newer than those that the contract knows shows the attributes as the '
     'newest known does.',
     HISTORY),
    # How a microversion is asked for
    ('EC2A-050',
     'Either header chooses the microversion, and without one the oldest is answered.',
     MICROVERSION_GUIDE),
    ('EC2A-051',
     'The microversion latest is the newest of the version document.',
     MICROVERSION_GUIDE),
    ('EC2A-052',
     'A microversion that is not offered is refused with status 406.',
     MICROVERSION_GUIDE),
    ('EC2A-053',
     'A microversion that is none is refused with status 400.',
     MICROVERSION_GUIDE),
    ('EC2A-054',
     'Nova offers no microversion whose history the contract does not know.',
     HISTORY, True),
    # How servers are found
    ('EC2A-083',
     'A query by launch index is never answered with a status of 500 or more.',
     BUG + '1653899', True),
    ('EC2A-065',
     'A query by reservation id or hostname, sorting and paging are never answered with a '
     'status of 500 or more, whatever is looked for.',
     BUG + '1653899'),
    ('EC2A-066',
     'The filters launch_index and, to those who see it, hostname find the servers that have '
     'the value and no other.',
     API_REF + '#list-servers'),
    ('EC2A-067',
     'The pages of a reservation show each of its servers once.',
     API_REF + '#list-servers'),
    ('EC2A-068',
     'Servers sorted by launch index come in its order, both ways.',
     API_REF + '#list-servers'),
    ('EC2A-069',
     'A filter on an attribute that its user may not see changes nothing or is refused.',
     API_REF + '#list-servers'),
    # Who may see servers at all
    ('EC2A-080',
     'A server is not found by those of another project, and is in none of their lists.',
     BUG + '1871665'),
    ('EC2A-081',
     'Those without a project are shown no server.',
     BUG + '1871665'),
    ('EC2A-082',
     'Those without a project are refused with a status below 500.',
     BUG + '1871665', True),
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
    ('EC2A-034',
     'From 2.57 the user_data of a rebuild takes the place of what the server had, null leaves '
     'it none and absence keeps it; below, it is refused.',
     HISTORY),
    ('EC2A-035',
     'After a rebuild kernel and ramdisk are those of the new image.',
     BUG + '1060925'),
    # Values that a request chooses
    ('EC2A-033',
     'A hostname that Nova makes of a name is the name in lower case, a dash for each dot, '
     'underscore and space, without other signs and cut to 63 characters; where nothing is left '
     'it is Server- and the id of the server.',
     BUG + '1581977'),
    ('EC2A-036',
     'User data of up to 65535 characters, or of none, is taken and shown exactly as it was '
     'sent; more is refused with status 400.',
     BUG + '1635446'),
    ('EC2A-037',
     'User data that is no base64 is refused with status 400, and no server is made.',
     BUG + '1338473'),
    ('EC2A-038',
     'The root device name is that of the property of the image, or of the boot device of the '
     'request, below /dev/.',
     BUG + '1337821'),
    ('EC2A-039',
     'From 2.90 the hostname that was asked for is shown as it was sent, from 2.94 with dots, '
     'too; what is none, is for several servers, or comes below 2.90 is refused with status 400.',
     HISTORY),
    ('EC2A-060',
     'A multiple creation makes max_count servers where there is room, else min_count or more, '
     'and one number alone stands for both; numbers and booleans may be strings.',
     BUG + '1035482'),
    ('EC2A-061',
     'Where the quota has room for fewer than max_count servers, so many are made, numbered '
     'from 0; if they are fewer than min_count, the answer is 403 and none is made.',
     API_REF + '#create-multiple-servers'),
    ('EC2A-062',
     'A multiple creation is refused with status 400, and no server is made, where a number is '
     'none, is below 1, or min_count is above max_count, or return_reservation_id is no boolean.',
     BUG + '1254616'),
    ('EC2A-063',
     'User data with characters that are not ASCII is refused with status 400.',
     BUG + '1338473', True),
    ('EC2A-064',
     'A hostname made by Nova is at most 63 characters long, in a multiple creation too, and '
     'holds ASCII letters, digits and dashes alone.',
     'https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1', True),
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
    # A server's life
    ('EC2A-090',
     'The attributes are there when a request is accepted and building changes none of them; '
     'root_device_name alone is null until a host was chosen.',
     API_REF + '#create-server'),
    ('EC2A-091',
     'No attribute and no attached volume changes by reboot, stop and start, pause, suspend, '
     'shelve, rescue, resize, snapshot or lock, nor while they last.',
     BUG + '1835926'),
    ('EC2A-092',
     'Another name of a server changes none of the attributes, hostname included.',
     API_REF + '#update-server'),
    ('EC2A-093',
     'A server for which no host was found has reservation id, launch index, hostname and user '
     'data of its request, and no root device name.',
     API_REF + '#show-server-details'),
    ('EC2A-094',
     'The deletion of a server changes nothing of the others of its reservation.',
     SPEC),
    ('EC2A-095',
     'A rebuild changes at most user data, kernel and ramdisk, and no attached volume.',
     BUG + '1071547'),
    ('EC2A-096',
     'To attach or detach a volume changes no attribute of the server and no other volume.',
     BUG + '1550250'),
    # Volumes, wherever they come from
    ('EC2A-043',
     'A volume made from an image or a snapshot, or blank, when its server is created shows the '
     'delete_on_termination that was asked for, and false where none was.',
     BUG + '1370177'),
    ('EC2A-044',
     'When its server is deleted, a volume goes or stays as its delete_on_termination says, '
     'wherever it came from and whenever it was attached or the flag was changed.',
     BUG + '1464259'),
    ('EC2A-045',
     'A rebuild of a server that boots from a volume keeps its volumes, delete_on_termination of '
     'each and the root device name.',
     BUG + '1440762'),
    ('EC2A-046',
     'A detached volume is not listed any more, and attached again it has the '
     'delete_on_termination of the new request.',
     BUG + '1069099'),
    ('EC2A-047',
     'A volume that is attached to several servers has a delete_on_termination at each.',
     API_REF + '#attach-a-volume-to-an-instance'),
    ('EC2A-048',
     'A server shows neither its ephemeral and swap devices nor rows of its block device '
     'mapping, whoever asks.',
     SPEC),
    # Attachments
    ('EC2A-070',
     'From 2.79 each attachment is shown with delete_on_termination, a JSON boolean, and below '
     'without.',
     HISTORY),
    ('EC2A-071',
     'From 2.79 to 2.100 the answer to an attachment shows the delete_on_termination that was '
     'asked for, false where none was, and below 2.79 one that is asked for is refused with 400.',
     HISTORY),
    ('EC2A-072',
     'From 2.101 an attachment is answered with 202 and no body, and is made with the '
     'delete_on_termination that was asked for.',
     HISTORY),
    ('EC2A-073',
     'From 2.85 an update of an attachment is answered with 202 and changes '
     'delete_on_termination, whether a boolean is sent or its name, and below 2.85 that is '
     'refused with 400.',
     BUG + '1871598'),
    ('EC2A-074',
     'An update of an attachment changes nothing but delete_on_termination: another device, '
     'server or tag is refused with 400, and another volume is refused.',
     BUG + '2112187'),
    ('EC2A-075',
     'An attachment shows volumeId, below 2.89 with id, and from 2.89 with attachment_id and '
     'bdm_uuid in the place of id.',
     BUG + '2160224'),
    ('EC2A-076',
     'The volumes of a server and its attachments are the same, each once and with the same '
     'delete_on_termination, for every role.',
     BUG + '1908075'),
    ('EC2A-077',
     'A delete_on_termination that is none is refused with 400, and nothing is made.',
     BUG + '1060955'),
    ('EC2A-078',
     'An attachment takes the name of a boolean for delete_on_termination, and means it.',
     BUG + '1871598', True),
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
    # The form of what EC2 answers
    ('EC2A-113',
     "An EC2 answer has EC2's name space, one requestId, and of the elements of EC2's API each "
     'as it is spelt, once, in its place, with a text, elements or items as it has them.',
     EC2_REF + 'making-api-requests.html'),
    ('EC2A-114',
     'An EC2 error is a Response with Errors, in it an Error with a Code and a Message, and a '
     'RequestID.',
     EC2_REF + 'errors-overview.html'),
    ('EC2A-115',
     'To the owner of keys of another project there is no such instance: it is not shown, and '
     'every request for it is answered with InvalidInstanceID.NotFound and has no effect.',
     EC2_REF + 'errors-overview.html'),
    ('EC2A-116',
     'A request that is signed with a wrong secret, too long ago, with unknown keys or not at '
     'all, or that was changed since, is refused with an error of EC2, and told nothing.',
     EC2_REF + 'errors-overview.html'),
    ('EC2A-117',
     'Keys that were deleted are not listed, and what is signed with them is refused.',
     'https://docs.openstack.org/api-ref/identity/v3-ext/'),
    ('EC2A-118',
     'The keys of a member of the project are enough to read instances, their attributes, '
     'volumes and images.',
     EC2_REF + 'API_DescribeInstances.html'),
    ('EC2A-119',
     'Of an EC2 answer, times are a date, T, a time of day with seconds, and a zone.',
     'https://www.w3.org/TR/xmlschema-2/#dateTime', True),
    # EC2 and Nova agree on what is neither an attribute nor a volume
    ('EC2A-150',
     'OwnerId of the reservation of a server is the project that owns the server.',
     EC2_REF + 'API_Reservation.html'),
    ('EC2A-151',
     'InstanceType of a server, and its attribute instanceType, is the name of its flavor.',
     EC2_REF + 'API_Instance.html'),
    ('EC2A-152',
     'DescribeVolumes names for each attached volume its instance, its device, that it is '
     'attached, and the delete_on_termination of Nova.',
     EC2_REF + 'API_VolumeAttachment.html'),
    ('EC2A-153',
     'The attribute disableApiTermination of a server that nobody protected is false.',
     EC2_REF + 'API_DescribeInstanceAttribute.html'),
    # EC2 and Nova agree in each stage of a life
    ('EC2A-154',
     'While the servers of a request are being built, EC2 shows them as one reservation, under '
     'the id of Nova, with their launch indexes and hostnames.',
     EC2_REF + 'API_DescribeInstances.html'),
    ('EC2A-155',
     'EC2 shows a stopped server as Nova does.',
     EC2_REF + 'API_StopInstances.html'),
    ('EC2A-156',
     'EC2 shows a rebuilt server as Nova does, with the user data that it was rebuilt with.',
     HISTORY),
    ('EC2A-157',
     'EC2 shows a server whose hostname was changed as Nova does, with the new hostname.',
     HISTORY),
    ('EC2A-158',
     'EC2 shows a deleted server no more, or as terminated, and the others of its reservation '
     'as before.',
     EC2_REF + 'API_TerminateInstances.html'),
    ('EC2A-159',
     'EC2 maps a volume that was attached to a server, with the flag that it was attached with, '
     'and maps it no more once it is detached.',
     EC2_REF + 'API_InstanceBlockDeviceMapping.html'),
    ('EC2A-160',
     'The flag that the attachment of a volume was given later is the one that EC2 shows.',
     HISTORY),
    ('EC2A-161',
     'The servers of a request for ten are one EC2 reservation, and EC2 shows each as Nova does.',
     EC2_REF + 'API_Reservation.html'),
    # Queries of EC2
    ('EC2A-120',
     'Each filter of DescribeInstances on an EC2 attribute selects the instances that the whole '
     'description shows with its value.',
     EC2_REF + 'API_DescribeInstances.html'),
    ('EC2A-121',
     'A filter with a value that no instance has selects none, which is no error.',
     EC2_REF + 'API_DescribeInstances.html'),
    ('EC2A-122',
     'Of several values of a filter one has to match, of several filters all; in values * stands '
     'for any text and ? for one character.',
     'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html'),
    ('EC2A-123',
     'A filter that there is not is refused with InvalidParameterValue.',
     EC2_REF + 'errors-overview.html'),
    ('EC2A-124',
     'An instance described by its id is what it is in the whole description, reservation '
     'included.',
     'https://opendev.org/openstack/ec2-api/commit/0813aa6'),
    ('EC2A-125',
     'The id of no instance is answered with InvalidInstanceID.NotFound, also beside others.',
     EC2_REF + 'errors-overview.html'),
    ('EC2A-126',
     'In pages of MaxResults each instance comes once, as in the whole description, and the '
     'last page has no NextToken.',
     EC2_REF + 'API_DescribeInstances.html'),
    ('EC2A-127',
     'MaxResults in a request that names instances is refused.',
     EC2_REF + 'API_DescribeInstances.html'),
    ('EC2A-128',
     'A NextToken that was not given is refused with InvalidNextToken.',
     EC2_REF + 'errors-overview.html', True),
    ('EC2A-129',
     'What is no id of an instance is refused with InvalidInstanceID.Malformed.',
     EC2_REF + 'errors-overview.html', True),
    # Launched through EC2
    ('EC2A-130',
     'RunInstances of three answers one reservation with an id and an owner, of three instances '
     'with ids of their own and the launch indexes 0, 1 and 2.',
     EC2_REF + 'API_RunInstances.html'),
    ('EC2A-131',
     'Each later description of launched instances has their reservation id, owner and launch '
     'indexes.',
     EC2_REF + 'API_DescribeInstances.html'),
    ('EC2A-132',
     'RunInstances with a MinCount above its MaxCount is refused, and launches nothing.',
     EC2_REF + 'API_RunInstances.html'),
    ('EC2A-133',
     'RunInstances asked for again with the same ClientToken answers the same reservation, and '
     'launches nothing.',
     'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html'),
    ('EC2A-134',
     'Another RunInstances is another reservation, whose launch indexes begin with 0.',
     EC2_REF + 'API_RunInstances.html'),
    ('EC2A-135',
     'The volumes that RunInstances maps are mapped with the DeleteOnTermination asked for, in '
     'both values.',
     EC2_REF + 'API_BlockDeviceMapping.html'),
    ('EC2A-136',
     'Nova shows volumes, flags, user data, hostname and root device of what was launched '
     'through EC2 as EC2 does.',
     SPEC),
    ('EC2A-137',
     'At TerminateInstances the volumes that were launched with DeleteOnTermination go, and the '
     'others stay.',
     EC2_REF + 'API_EbsBlockDevice.html'),
    ('EC2A-138',
     'An instance launched with DisableApiTermination says so, and is not terminated until that '
     'is taken back.',
     EC2_REF + 'API_RunInstances.html'),
    ('EC2A-139',
     'The userData of a launched instance is the base64 of the bytes given to RunInstances.',
     EC2_REF + 'API_RunInstances.html'),
    ('EC2A-140',
     'DescribeInstanceAttribute says of type and root device what DescribeInstances says.',
     EC2_REF + 'API_DescribeInstanceAttribute.html'),
    ('EC2A-141',
     'DescribeInstanceAttribute says of blockDeviceMapping what DescribeInstances says.',
     EC2_REF + 'API_DescribeInstanceAttribute.html'),
    ('EC2A-142',
     'ModifyInstanceAttribute with DisableApiTermination true protects an instance.',
     EC2_REF + 'API_ModifyInstanceAttribute.html', True),
    ('EC2A-143',
     'RunInstances takes user data whose base64 reads as a number, a boolean or none.',
     EC2_REF + 'API_RunInstances.html', True),
    ('EC2A-144',
     'A volume attached by AttachVolume is mapped once, with DeleteOnTermination false, and no '
     'more after DetachVolume.',
     EC2_REF + 'API_AttachVolume.html'),
    ('EC2A-145',
     'The answer to AttachVolume names the device that the volume is mapped as.',
     EC2_REF + 'API_AttachVolume.html', True),
    ('EC2A-146',
     'ModifyInstanceAttribute changes the DeleteOnTermination of a mapped volume.',
     EC2_REF + 'API_ModifyInstanceAttribute.html', True),
    ('EC2A-147',
     'RunInstances takes the KernelId of a kernel that DescribeImages shows.',
     EC2_REF + 'API_RunInstances.html', True),
    ('EC2A-162',
     'EC2 maps a volume that is attached to two servers for both of them.',
     EC2_REF + 'API_VolumeAttachment.html', True),
    # The metadata service and Nova agree
    ('EC2A-201',
     'The reservation-id that a server is told is its reservation id in Nova.',
     METADATA),
    ('EC2A-202',
     'The ami-launch-index that a server is told is its launch index in Nova, in digits.',
     METADATA),
    ('EC2A-203',
     'The hostname, local-hostname and public-hostname that a server is told are its hostname '
     'in Nova, with or without a domain, which is the same for all.',
     BUG + '1824813'),
    ('EC2A-204',
     'A server is told a kernel-id and a ramdisk-id where Nova has such, and none where not.',
     METADATA),
    ('EC2A-205',
     'The block-device-mapping that a server is told has its root device name in Nova as root '
     'and, short or in full, as ami, and the device of each attached volume once.',
     METADATA),
    ('EC2A-206',
     'A server is given the bytes that its user data stand for, and 404 where it has none.',
     BUG + '1776398'),
    ('EC2A-207',
     'The meta_data.json that a server is given has its launch index in Nova as an integer, its '
     'hostname, with or without a domain, and its id as uuid.',
     METADATA),
    ('EC2A-208',
     'A listing of the metadata service names what is served, and dated versions show what the '
     'latest shows.',
     METADATA),
    ('EC2A-209',
     'The metadata service tells nothing to a request that is not signed for the server, or '
     'names another project.',
     'https://docs.openstack.org/nova/latest/admin/metadata-service.html'),
    ('EC2A-210',
     'A server is told the facts of no other server.',
     METADATA),
    # The metadata services of the EC2 API and of Nova agree
    ('EC2A-211',
     'The metadata service of the EC2 API tells a server the reservation id, launch index, '
     'hostnames and root device that Nova tells it.',
     METADATA),
    ('EC2A-212',
     'It tells a kernel-id and a ramdisk-id where Nova tells one.',
     METADATA),
    ('EC2A-213',
     'It tells of the devices of attached volumes that Nova tells of.',
     METADATA),
    ('EC2A-214',
     'It gives the user data that Nova gives, where they are a text.',
     METADATA),
    ('EC2A-215',
     'Its meta_data.json has the uuid, launch_index and hostname of that of Nova.',
     METADATA),
    ('EC2A-216',
     'It tells nothing to a request that is not signed for the server.',
     'https://docs.openstack.org/nova/latest/admin/metadata-service.html'),
    ('EC2A-217',
     'It tells the public-hostname that Nova tells.',
     METADATA, True),
    ('EC2A-218',
     'It gives the user data that Nova gives, byte for byte, where they are no text.',
     BUG + '1776398', True),
    ('EC2A-219',
     'It answers a request that is not signed for the server with an error of the client.',
     'https://docs.openstack.org/nova/latest/admin/metadata-service.html', True),
))
