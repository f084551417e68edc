"""Rows: what EC2 answers in the stages of a server's life, and of its volumes, is changed."""

from collections.abc import Callable, Iterator
import copy
import dataclasses
from xml.etree.ElementTree import Element

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.faults.catalogue import ec2_words as words
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import Edit
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import INSTANCES
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import MAPPINGS
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import to
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import when
from ec2attrs_tempest_plugin.faults.changes import drop
from ec2attrs_tempest_plugin.faults.changes import in_instances
from ec2attrs_tempest_plugin.faults.changes import in_mappings
from ec2attrs_tempest_plugin.faults.changes import in_reservations
from ec2attrs_tempest_plugin.faults.changes import in_xml
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_LIFE = 'LifeAgreementTest.test_'
_STAGES = 'AttachmentAgreementTest.test_'
_ALL = 'ReservationAgreementTest.test_'
_VOLUMES = 'VolumeAgreementTest.test_'
_FLAG = 'ebs/deleteOnTermination'
_ATTACHMENTS = 'volumeSet/item/attachmentSet/item'

# Who must catch what
_built = _STAGES + 'while_they_are_built'
_building_id = against('EC2A-154', attributes.RESERVATION_ID, _built)
_building_index = against('EC2A-154', attributes.LAUNCH_INDEX, _built)
_building_name = against('EC2A-154', attributes.HOSTNAME, _built)
_gone = _LIFE + 'one_of_ten_deleted'
_ten = _LIFE + 'reservation_of_ten'
_late = _STAGES + 'detached_and_attached'
_changed = against('EC2A-160', attributes.DELETE_ON_TERMINATION, _STAGES + 'flag_changed')
_owner = against('EC2A-150', 'OwnerId', _ALL + 'owner')
_type = against('EC2A-151', 'InstanceType', _ALL + 'instance_type')
_asked_root = against('EC2A-103', attributes.ROOT_DEVICE_NAME,
                      _ALL + 'root_device_name_as_an_attribute')
_protected = against('EC2A-153', 'DisableApiTermination', _ALL + 'no_protection_from_termination')
_kernels = _ALL + 'kernel_and_ramdisk_stand_for_novas_images'
_no_kernels = _ALL + 'no_kernel_and_no_ramdisk_where_nova_has_none'
_status = against('EC2A-106', 'Status', _VOLUMES + 'mappings_hold_the_attached_volumes')
_attached = _VOLUMES + 'volumes_name_their_instance'


@dataclasses.dataclass
class FirstSeen:
    """Go on to show the texts that elements had when they were first seen, as a cache does.

    :ivar each: path of what has them, under an id of its own.
    :ivar its_id: path of that id.
    :ivar path: of the text.
    """

    each: str
    its_id: str
    path: str
    action: str = 'DescribeInstances'
    seen: dict[str, str | None] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        def edit(root: Element) -> None:
            for each in root.findall(self.each) if self.each else [root]:
                for found in each.findall(self.path):
                    found.text = self.seen.setdefault(each.findtext(self.its_id) or '',
                                                      found.text)
        return in_xml(edit, (self.action,))(asked, answered)


@dataclasses.dataclass
class FirstMappings:
    """Go on to show the block device mappings that an instance had when it was first seen."""

    seen: dict[str, Element | None] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        def edit(instance: Element) -> None:
            own = instance.find('blockDeviceMapping')
            first = self.seen.setdefault(instance.findtext('instanceId') or '',
                                         copy.deepcopy(own))
            if own is not None and first is not None:
                own[:] = list(first)
        return in_instances(edit)(asked, answered)


@dataclasses.dataclass
class Undead:
    """Go on to show the instances of a reservation that are there no more."""

    seen: dict[str, dict[str, Element]] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        def edit(reservation: Element) -> None:
            known = self.seen.setdefault(reservation.findtext('reservationId') or '', {})
            for held in reservation.findall('instancesSet'):
                there = {instance.findtext('instanceId') or '' for instance in held}
                held.extend(each for its_id, each in known.items() if its_id not in there)
                known.update({instance.findtext('instanceId') or '': instance
                              for instance in held})
        return in_reservations(edit)(asked, answered)


def _in(state: str) -> Callable[[Element], bool]:
    """Return whether an instance is in a state."""
    return lambda instance: instance.findtext('instanceState/name') == state


def _of(size: int) -> Callable[[Element], bool]:
    """Return whether a reservation has so many instances."""
    return lambda reservation: len(reservation.findall('instancesSet/item')) == size


def _renumber(reservation: Element) -> None:
    for number, index in enumerate(sorted(
            reservation.findall('instancesSet/item/amiLaunchIndex'),
            key=lambda each: int(each.text or ''))):
        index.text = str(number)


def _in_two(root: Element) -> None:
    """Show a reservation of more than five as two under one id."""
    for reservations in root.findall('reservationSet'):
        for reservation in list(reservations):
            instances = reservation.findall('instancesSet/item')
            if len(instances) > 5:
                other = copy.deepcopy(reservation)
                for held in reservation.findall('instancesSet'):
                    held[:] = instances[:5]
                for held in other.findall('instancesSet'):
                    del held[:5]
                reservations.append(other)


def _without_pending(root: Element) -> None:
    for held in root.findall('reservationSet/item/instancesSet'):
        held[:] = [instance for instance in held if not _in('pending')(instance)]


def _last_unflagged(instance: Element) -> None:
    """Show false for the last of three volumes."""
    found = sorted(instance.findall(MAPPINGS),
                   key=lambda mapping: mapping.findtext('deviceName') or '')
    for last in found[2:]:
        text(_FLAG, to('false'))(last)


def _asked(edit: Edit) -> Change:
    return in_xml(edit, actions=('DescribeInstanceAttribute',))


def _described(edit: Edit) -> Change:
    return in_xml(edit, actions=('DescribeVolumes',))


def _stages() -> Iterator[Fault]:
    for element, attribute in (('rootDeviceName', attributes.ROOT_DEVICE_NAME),
                               ('rootDeviceType', 'RootDeviceType'),
                               ('privateDnsName', attributes.HOSTNAME)):
        yield against('EC2A-155', attribute, _LIFE + 'stopped')(
            f'ec2-stopped-without-{words.dashed(element)}', Kind.ABSENT,
            f'a stopped instance has no {element}',
            in_instances(when(_in('stopped'), drop(element))))


def _of_volumes() -> Iterator[Fault]:
    """Yield what DescribeVolumes can say wrongly of an attachment."""
    for name, attribute, kind, says, edit in (
            ('missing', 'Attachments', Kind.ABSENT, 'no attachmentSet/item', drop(_ATTACHMENTS)),
            ('instance-absent', 'Attachments', Kind.ABSENT, 'no instanceId',
             drop(f'{_ATTACHMENTS}/instanceId')),
            ('instance-other', 'Attachments', Kind.ANOTHERS, "another's instanceId",
             text(f'{_ATTACHMENTS}/instanceId', to('i-00000000'))),
            ('device-short', 'Attachments', Kind.WRONG_FORMAT, 'the device without /dev/',
             text(f'{_ATTACHMENTS}/device', lambda old: old.removeprefix('/dev/'))),
            ('device-anothers', 'delete_on_termination', Kind.ANOTHERS, "another volume's device",
             words.exchanged(f'{_ATTACHMENTS}/device')),
            ('attaching', 'State', Kind.STALE, 'attaching always',
             text(f'{_ATTACHMENTS}/status', to('attaching'))),
            ('status-absent', 'State', Kind.ABSENT, 'no status',
             drop(f'{_ATTACHMENTS}/status')),
            ('flag-absent', 'delete_on_termination', Kind.ABSENT, 'no deleteOnTermination',
             drop(f'{_ATTACHMENTS}/deleteOnTermination')),
            ('flag-false', 'delete_on_termination', Kind.CONSTANT, 'the flag is false always',
             text(f'{_ATTACHMENTS}/deleteOnTermination', to('false'))),
            ('flag-inverted', 'delete_on_termination', Kind.OTHER_VALUE, 'the flag is inverted',
             text(f'{_ATTACHMENTS}/deleteOnTermination', words.written('false', 'true')))):
        yield against('EC2A-152', attribute, _attached)(
            f'ec2-attachment-{name}', kind, f'DescribeVolumes: {says}', _described(edit))


def _asked_kernels() -> Iterator[Fault]:
    for name, attribute in (('kernel', attributes.KERNEL_ID), ('ramdisk', attributes.RAMDISK_ID)):
        unknown = f'a{name[0]}i-12345678'
        yield against('EC2A-109', attribute, _kernels)(
            f'ec2-asked-{name}-absent', Kind.ABSENT, f'the attribute {name} says nothing',
            _asked(drop(f'{name}/value')))
        yield against('EC2A-109', attribute, _kernels, _no_kernels)(
            f'ec2-asked-{name}-unknown', Kind.CONSTANT,
            f'the attribute {name} is an image that there is not, for all',
            _asked(words.filled(name, unknown)))


ROWS: tuple[Fault, ...] = (
    # While they are built
    _building_id('ec2-building-missing', Kind.ABSENT, 'what is being built is not shown',
                 in_xml(_without_pending)),
    _building_id('ec2-building-reservation-made-up', Kind.API_UNLIKE_API,
                 'what is being built is in a made-up reservation',
                 in_reservations(when(
                     lambda reservation: all(map(_in('pending'), reservation.findall(
                         'instancesSet/item'))),
                     text('reservationId', to('r-building'))))),
    _building_index('ec2-building-index-0', Kind.CONSTANT,
                    'what is being built has the launch index 0',
                    in_instances(when(_in('pending'), text('amiLaunchIndex', to('0'))))),
    _building_index('ec2-building-index-absent', Kind.ABSENT,
                    'what is being built has no launch index',
                    in_instances(when(_in('pending'), drop('amiLaunchIndex')))),
    _building_name('ec2-building-name-absent', Kind.ABSENT,
                   'what is being built has no privateDnsName',
                   in_instances(when(_in('pending'), drop('privateDnsName')))),
    # In each stage
    *_stages(),
    against('EC2A-156', attributes.USER_DATA, _LIFE + 'rebuilt_with_other_user_data')(
        'ec2-user-data-kept', Kind.STALE, 'user data stays what it was at the first time',
        FirstSeen('', 'instanceId', 'userData/value', 'DescribeInstanceAttribute')),
    against('EC2A-157', attributes.HOSTNAME, _LIFE + 'other_hostname')(
        'ec2-private-dns-name-kept', Kind.STALE, 'privateDnsName stays what it was first',
        FirstSeen(INSTANCES, 'instanceId', 'privateDnsName')),
    against('EC2A-158', 'State', _gone)(
        'ec2-deleted-still-shown', Kind.STALE, 'deleted instances are shown as before', Undead()),
    against('EC2A-158', attributes.LAUNCH_INDEX, _gone)(
        'ec2-renumbered-after-deletion', Kind.OTHER_VALUE,
        'a reservation of nine is numbered from 0 to 8',
        in_reservations(when(_of(9), _renumber))),
    against('EC2A-158', attributes.RESERVATION_ID, _gone)(
        'ec2-other-reservation-after-deletion', Kind.OTHER_VALUE,
        'a reservation of nine has another id',
        in_reservations(when(_of(9), text('reservationId', to('r-ofnine00'))))),
    against('EC2A-161', attributes.RESERVATION_ID, _ten)(
        'ec2-reservation-in-two', Kind.DUPLICATE,
        'a reservation of more than five is shown in two parts', in_xml(_in_two)),
    against('EC2A-161', attributes.LAUNCH_INDEX, _ten)(
        'ec2-launch-index-modulo-8', Kind.OTHER_VALUE, 'launch indexes begin again after 7',
        in_instances(text('amiLaunchIndex', lambda old: str(int(old) % 8)))),
    against('EC2A-104', 'RootDeviceType', _STAGES + 'volumes_do_not_make_the_root_device_one')(
        'ec2-root-device-type-ebs-with-volumes', Kind.OTHER_VALUE,
        'the root device is ebs as soon as a volume is attached',
        in_instances(when(words.from_volume, text('rootDeviceType', to('ebs')))),
        bug='nova 1197237'),
    # Volumes that come and go
    against('EC2A-159', 'BlockDeviceMappings', _late)(
        'ec2-mappings-kept', Kind.STALE, 'the mappings stay what they were first',
        FirstMappings()),
    against('EC2A-159', attributes.DELETE_ON_TERMINATION, _late)(
        'ec2-late-volume-unflagged', Kind.OTHER_VALUE,
        'the flag of a third volume is false', in_instances(_last_unflagged)),
    against('EC2A-162', 'BlockDeviceMappings', _STAGES + 'shared_volume')(
        'ec2-shared-volume-unmapped', Kind.ABSENT, 'a volume of two servers is mapped for none',
        in_instances(drop('blockDeviceMapping/item'))),
    _changed('ec2-flag-kept', Kind.STALE, 'the flag stays what it was first',
             FirstSeen(f'{INSTANCES}/{MAPPINGS}', 'ebs/volumeId', _FLAG)),
    _changed('ec2-flag-of-volume-kept', Kind.STALE,
             'the flag that DescribeVolumes shows stays what it was first',
             FirstSeen(_ATTACHMENTS, 'volumeId', 'deleteOnTermination', 'DescribeVolumes')),
    # Owner, type and protection
    _owner('ec2-owner-absent', Kind.ABSENT, 'no ownerId', in_reservations(drop('ownerId'))),
    _owner('ec2-owner-empty', Kind.EMPTY, '<ownerId/>', in_reservations(text('ownerId', to('')))),
    _owner('ec2-owner-constant', Kind.CONSTANT, 'one ownerId for everybody',
           in_reservations(text('ownerId', to('000000000000')))),
    _type('ec2-instance-type-absent', Kind.ABSENT, 'no instanceType',
          in_instances(drop('instanceType'))),
    _type('ec2-instance-type-unknown', Kind.CONSTANT, 'instanceType is "unknown"',
          in_instances(text('instanceType', to('unknown'))), bug='ec2-api _format_instance'),
    _type('ec2-asked-instance-type-other', Kind.API_UNLIKE_API,
          'the attribute instanceType is another', _asked(text('instanceType/value',
                                                               '{}.metal'.format))),
    _asked_root('ec2-asked-root-device-absent', Kind.ABSENT,
                'the attribute rootDeviceName says nothing', _asked(drop('rootDeviceName/value'))),
    _asked_root('ec2-asked-root-device-short', Kind.WRONG_FORMAT,
                'the attribute rootDeviceName is without /dev/',
                _asked(text('rootDeviceName/value', lambda old: old.removeprefix('/dev/')))),
    _protected('ec2-asked-protection-true', Kind.CONSTANT,
               'the attribute disableApiTermination is true',
               _asked(text('disableApiTermination/value', to('true')))),
    _protected('ec2-asked-protection-absent', Kind.ABSENT,
               'the attribute disableApiTermination says nothing',
               _asked(drop('disableApiTermination/value'))),
    *_asked_kernels(),
    # Volumes
    _status('ec2-mapping-status-absent', Kind.ABSENT, 'a mapping without status',
            in_mappings(drop('ebs/status'))),
    _status('ec2-mapping-attaching', Kind.STALE, 'a mapping says attaching always',
            in_mappings(text('ebs/status', to('attaching')))),
    _status('ec2-mapping-status-of-volume', Kind.OTHER_VALUE,
            'a mapping says in-use, which is a status of volumes',
            in_mappings(text('ebs/status', to('in-use')))),
    *_of_volumes(),
)
