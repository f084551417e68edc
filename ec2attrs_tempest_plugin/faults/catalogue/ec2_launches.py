"""Rows: what EC2 launches and changes itself, it answers, keeps or does wrongly."""

from collections.abc import Callable
import dataclasses
from xml.etree.ElementTree import Element

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.faults.catalogue import ec2_words as words
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import Edit
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import to
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import when
from ec2attrs_tempest_plugin.faults.changes import answer
from ec2attrs_tempest_plugin.faults.changes import drop
from ec2attrs_tempest_plugin.faults.changes import in_instances
from ec2attrs_tempest_plugin.faults.changes import in_mappings
from ec2attrs_tempest_plugin.faults.changes import in_reservations
from ec2attrs_tempest_plugin.faults.changes import in_xml
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_LAUNCHES = 'LaunchesTest.test_'
_CHANGES = 'Ec2ChangesTest.test_'
_FLAG = 'ebs/deleteOnTermination'

# Who must catch what
_ONE = _LAUNCHES + 'one_reservation_of_three'
_answered_index = against('EC2A-130', attributes.LAUNCH_INDEX, _ONE)
_answered_id = against('EC2A-130', 'InstanceId', _ONE)
_later = against('EC2A-131', attributes.RESERVATION_ID, _LAUNCHES + 'same_reservation_later')
_later_owner = against('EC2A-131', 'OwnerId', _LAUNCHES + 'same_reservation_later')
_later_index = against('EC2A-131', attributes.LAUNCH_INDEX, _LAUNCHES + 'same_reservation_later')
_GONE = _LAUNCHES + 'same_reservation_when_one_is_gone'
_refused = _LAUNCHES + 'more_at_least_than_at_most'
_token = against('EC2A-133', attributes.RESERVATION_ID, _LAUNCHES + 'same_client_token')
_other = _LAUNCHES + 'other_launch_is_another_reservation'
_flags = against('EC2A-135', attributes.DELETE_ON_TERMINATION, _LAUNCHES + 'flags_of_its_volumes')
_data = against('EC2A-139', attributes.USER_DATA, _LAUNCHES + 'user_data')
_asked_mapping = against('EC2A-141', 'blockDeviceMapping',
                         _LAUNCHES + 'block_device_mapping_as_an_attribute')
_protected = _CHANGES + 'protected_then_terminated'
_attached = _CHANGES + 'volume_attached_and_detached'


def _answered(edit: Edit) -> Change:
    return in_xml(edit, actions=('RunInstances',))


def _asked(edit: Edit) -> Change:
    return in_xml(edit, actions=('DescribeInstanceAttribute',))


def _to(action: str, **form: str) -> Callable[[Asked], bool]:
    """Return which requests to EC2 are meant: of an action, with some parameters."""
    return lambda asked: (asked.service == 'ec2' and asked.action == action
                          and form.items() <= dict(asked.query).items())


def _error(code: str, status: int = 400) -> Callable[[Answered], None]:
    """Return what answers an error of EC2 in the place of whatever was answered."""
    def edit(answered: Answered) -> None:
        answered.status = status
        answered.body = (f'<Response><Errors><Error><Code>{code}</Code><Message>no</Message>'
                         '</Error></Errors><RequestID>req-fault</RequestID></Response>').encode()
    return edit


def _done(action: str) -> Callable[[Answered], None]:
    """Return what answers that something was done."""
    def edit(answered: Answered) -> None:
        answered.status = 200
        answered.body = (
            f'<{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
            f'<requestId>req-fault</requestId><return>true</return></{action}Response>').encode()
    return edit


@dataclasses.dataclass
class AnotherReservationEachTime:
    """Answer each launch, also one that was asked for before, with a reservation id made up."""

    number: int = 0

    def __call__(self, asked: Asked, answered: Answered) -> int:
        self.number += 1
        return _answered(text('reservationId', to(f'r-{self.number:08}')))(asked, answered)


def _stopped(reservation: Element) -> bool:
    return any(state.text == 'stopped' for state in
               reservation.findall('instancesSet/item/instanceState/name'))


def _of_three(reservation: Element) -> bool:
    return len(reservation.findall('instancesSet/item')) == 3


def _without_first(reservation: Element) -> bool:
    """Say whether it is what is left of three, the first of which is gone."""
    return sorted(index.text or '' for index in reservation.findall(
        'instancesSet/item/amiLaunchIndex')) == ['1', '2']


def _renumber(reservation: Element) -> None:
    for index in reservation.findall('instancesSet/item/amiLaunchIndex'):
        index.text = str(int(index.text or '') - 1)


def _inside(fault_id: str, kind: Kind, says: str, name: str, requirement: str, attribute: str,
            *caught_by: str) -> Fault:
    return Fault(fault_id, kind, says, Behaviour('ec2', name), requirement, attribute, caught_by)


ROWS: tuple[Fault, ...] = (
    # The answer to a launch
    _answered_index('ec2-launch-answers-index-0', Kind.CONSTANT, 'all launched have the index 0',
                    _answered(text('instancesSet/item/amiLaunchIndex', to('0')))),
    _answered_index('ec2-launch-answers-index-from-1', Kind.OTHER_VALUE,
                    'launched are numbered from 1', _answered(text(
                        'instancesSet/item/amiLaunchIndex', lambda old: str(int(old) + 1)))),
    _answered_index('ec2-launch-answers-no-index', Kind.ABSENT, 'launched have no index',
                    _answered(drop('instancesSet/item/amiLaunchIndex'))),
    _answered_id('ec2-launch-answers-one-id', Kind.DUPLICATE, 'all launched have one instanceId',
                 _answered(words.as_first('instancesSet/item/instanceId'))),
    _answered_id('ec2-launch-answers-two', Kind.ABSENT, 'one of three is not in the answer',
                 _answered(when(_of_three, words.without_last('instancesSet')))),
    against('EC2A-130', 'ReservationId', _ONE)(
        'ec2-launch-answers-no-reservation', Kind.ABSENT, 'no reservationId',
        _answered(drop('reservationId'))),
    against('EC2A-130', 'OwnerId', _ONE)(
        'ec2-launch-answers-no-owner', Kind.EMPTY, '<ownerId/>',
        _answered(text('ownerId', to('')))),
    # Later descriptions
    _later('ec2-launched-described-otherwise', Kind.API_UNLIKE_API,
           'the reservation is described under another id',
           in_reservations(text('reservationId', '{}0'.format))),
    _later('ec2-launched-described-each', Kind.API_UNLIKE_API,
           'each instance is described in a reservation of its own, as Nova made them',
           in_xml(words.one_each(words.made_up)), bug='ec2-api run_instances'),
    _later('ec2-launched-stopped-moved', Kind.STALE,
           'the reservation of a stopped instance has another id',
           in_reservations(when(_stopped, text('reservationId', to('r-stopped0'))))),
    _later_owner('ec2-launched-owner-other', Kind.OTHER_VALUE,
                 'the reservation is described with another owner',
                 in_reservations(text('ownerId', to('123456789012')))),
    _later_index('ec2-launched-index-0', Kind.API_UNLIKE_API,
                 'launched are described with index 0, as Nova has them',
                 in_instances(text('amiLaunchIndex', to('0'))), bug='ec2-api run_instances'),
    _later_index('ec2-launched-index-backwards', Kind.ANOTHERS,
                 "launched are described with one another's index",
                 in_reservations(words.exchanged('instancesSet/item/amiLaunchIndex'))),
    against('EC2A-131', attributes.LAUNCH_INDEX, _GONE)(
        'ec2-launched-renumbered-when-one-is-gone', Kind.OTHER_VALUE,
        'two left of three are numbered from 0',
        in_reservations(when(_without_first, _renumber))),
    against('EC2A-131', attributes.RESERVATION_ID, _GONE)(
        'ec2-launched-other-reservation-when-one-is-gone', Kind.OTHER_VALUE,
        'two left of three have another reservation id',
        in_reservations(when(_without_first, text('reservationId', to('r-twoleft0'))))),
    against('EC2A-131', 'OwnerId', _GONE)(
        'ec2-launched-other-owner-when-one-is-gone', Kind.OTHER_VALUE,
        'two left of three have another owner',
        in_reservations(when(_without_first, text('ownerId', to('123456789012'))))),
    # Other requests
    against('EC2A-132', 'Code', _refused)(
        'ec2-launch-refused-with-other-code', Kind.OTHER_VALUE,
        'more at least than at most is an InternalError',
        answer(_to('RunInstances', MinCount='2', MaxCount='1'), _error('InternalError', 500))),
    _inside('ec2-inside-min-above-max', Kind.NOT_HONOURED,
            'more at least than at most is launched', 'launch_counts_unchecked', 'EC2A-132',
            'Code', _refused),
    _token('ec2-token-answered-with-another', Kind.NOT_HONOURED,
           'a launch asked for again is answered with another reservation',
           AnotherReservationEachTime()),
    against('EC2A-133', 'InstanceId', _LAUNCHES + 'same_client_token')(
        'ec2-token-answered-with-two', Kind.ABSENT,
        'the instances come without the last in the answer to what was asked for again',
        words.Later('RunInstances', when(_of_three, words.without_last('instancesSet')))),
    _inside('ec2-inside-token-ignored', Kind.NOT_HONOURED, 'ClientToken is not kept',
            'launch_token_dropped', 'EC2A-133', 'reservation_id', _LAUNCHES + 'same_client_token'),
    against('EC2A-134', attributes.RESERVATION_ID, _other)(
        'ec2-launches-in-one-reservation', Kind.CONSTANT, 'all launches are one reservation',
        _answered(text('reservationId', to('r-constant')))),
    against('EC2A-134', attributes.LAUNCH_INDEX, _other)(
        'ec2-launches-numbered-on', Kind.OTHER_VALUE,
        'the index of an instance launched alone goes on where the last launch ended',
        _answered(when(words.alone, text('instancesSet/item/amiLaunchIndex', to('3')))),
        bug='nova 934534'),
    # Volumes and flags
    _flags('ec2-launched-flag-true', Kind.CONSTANT, 'the flag is true always',
           in_mappings(text(_FLAG, to('true')))),
    _flags('ec2-launched-flag-absent', Kind.ABSENT, 'no flag', in_mappings(drop(_FLAG))),
    _inside('ec2-inside-flag-dropped', Kind.NOT_HONOURED, 'the flags of a launch are not kept',
            'launch_flags_dropped', 'EC2A-135', 'delete_on_termination',
            _LAUNCHES + 'flags_of_its_volumes'),
    _inside('ec2-inside-flag-inverted', Kind.STORED_WRONG, 'the flags of a launch are inverted',
            'launch_flags_inverted', 'EC2A-135', 'delete_on_termination',
            _LAUNCHES + 'flags_of_its_volumes'),
    _inside('ec2-inside-volume-dropped', Kind.NOT_HONOURED,
            'a launch makes the first of its volumes alone', 'launch_last_volume_dropped',
            'EC2A-135', 'delete_on_termination', _LAUNCHES + 'flags_of_its_volumes'),
    against('EC2A-136', attributes.DELETE_ON_TERMINATION,
            _LAUNCHES + 'nova_knows_what_was_launched')(
        'ec2-launched-flag-inverted', Kind.API_UNLIKE_API, 'the flag is inverted',
        in_mappings(text(_FLAG, words.written('false', 'true')))),
    against('EC2A-136', attributes.HOSTNAME, _LAUNCHES + 'nova_knows_what_was_launched')(
        'ec2-launched-dns-name-is-id', Kind.API_UNLIKE_API,
        'privateDnsName is the instanceId, as the server was to be renamed',
        in_instances(words.copied('instanceId', 'privateDnsName')),
        bug='ec2-api run_instances'),
    # User data and attributes
    _data('ec2-launched-user-data-decoded', Kind.WRONG_FORMAT, 'userData is not base64',
          _asked(text('userData/value', words.decoded))),
    _data('ec2-launched-user-data-absent', Kind.ABSENT, 'no userData', _asked(drop('userData'))),
    _inside('ec2-inside-user-data-dropped', Kind.NOT_HONOURED, 'a launch drops user data',
            'launch_user_data_dropped', 'EC2A-139', 'user_data', _LAUNCHES + 'user_data'),
    _inside('ec2-inside-user-data-cut', Kind.STORED_WRONG, 'a launch cuts user data',
            'launch_user_data_cut', 'EC2A-139', 'user_data', _LAUNCHES + 'user_data'),
    against('EC2A-140', 'InstanceType', _LAUNCHES + 'attributes_are_as_described')(
        'ec2-launched-type-unlike-attribute', Kind.API_UNLIKE_API,
        'instanceType is described as another',
        in_instances(text('instanceType', '{}.metal'.format))),
    against('EC2A-140', 'RootDeviceName', _LAUNCHES + 'attributes_are_as_described')(
        'ec2-launched-root-unlike-attribute', Kind.API_UNLIKE_API,
        'the attribute rootDeviceName is another',
        _asked(text('rootDeviceName/value', to('/dev/vdz')))),
    _asked_mapping('ec2-asked-mapping-absent', Kind.ABSENT,
                   'the attribute blockDeviceMapping is empty',
                   _asked(drop('blockDeviceMapping/item'))),
    _asked_mapping('ec2-asked-mapping-flag-inverted', Kind.API_UNLIKE_API,
                   'the attribute blockDeviceMapping has the flags inverted',
                   _asked(text(f'blockDeviceMapping/item/{_FLAG}',
                               words.written('false', 'true')))),
    # Protection and termination
    against('EC2A-138', 'DisableApiTermination', _protected)(
        'ec2-protection-not-shown', Kind.CONSTANT, 'disableApiTermination is false always',
        _asked(text('disableApiTermination/value', to('false')))),
    against('EC2A-138', 'Code', _protected)(
        'ec2-protection-refused-otherwise', Kind.OTHER_VALUE,
        'what is protected is refused as an InternalError',
        words.Once(answer(_to('TerminateInstances'), _error('InternalError', 500)))),
    _inside('ec2-inside-protection-dropped', Kind.NOT_HONOURED,
            'DisableApiTermination of a launch is not kept', 'launch_protection_dropped',
            'EC2A-138', 'DisableApiTermination', _protected),
    _inside('ec2-inside-volumes-stay', Kind.NOT_HONOURED,
            'the flags that a launch hands to Nova are all false', 'launch_flags_false',
            'EC2A-137', 'delete_on_termination', _protected),
    # Volumes that EC2 attaches
    against('EC2A-144', 'VolumeId', _attached)(
        'ec2-attach-answers-other-volume', Kind.OTHER_VALUE,
        'AttachVolume answers with another volume',
        in_xml(text('volumeId', to('vol-00000000')), actions=('AttachVolume',))),
    against('EC2A-144', 'InstanceId', _attached)(
        'ec2-attach-answers-no-instance', Kind.ABSENT, 'AttachVolume answers no instance',
        in_xml(drop('instanceId'), actions=('AttachVolume',))),
    against('EC2A-144', 'BlockDeviceMappings', _attached)(
        'ec2-attached-not-mapped', Kind.ABSENT, 'what is attached later is not mapped',
        in_instances(drop('blockDeviceMapping'))),
    against('EC2A-144', attributes.DELETE_ON_TERMINATION, _attached)(
        'ec2-attached-flag-true', Kind.CONSTANT, 'what is attached later is to be deleted',
        in_mappings(text(_FLAG, to('true')))),
    # Where a stock ec2-api is wrong, and worse
    against('EC2A-142', 'DisableApiTermination', _CHANGES + 'protected_later')(
        'ec2-modify-refused', Kind.NOT_HONOURED, 'ModifyInstanceAttribute protects nothing',
        answer(lambda asked: (asked.action == 'ModifyInstanceAttribute'
                              and 'DisableApiTermination.Value' in asked.query),
               _error('InvalidParameterValue'))),
    against('EC2A-143', attributes.USER_DATA,
            _CHANGES + 'user_data_that_look_like_another_type')(
        'ec2-inside-user-data-as-a-number', Kind.STORED_WRONG,
        'user data that read as a number are launched as that number',
        Behaviour('ec2', 'launch_user_data_as_text')),
    against('EC2A-145', 'Device', _CHANGES + 'answer_of_attach_volume')(
        'ec2-attach-answers-other-device', Kind.OTHER_VALUE,
        'AttachVolume answers a device that the volume is not mapped as',
        in_xml(text('device', to('/dev/xvdz')), actions=('AttachVolume',))),
    against('EC2A-146', attributes.DELETE_ON_TERMINATION, _CHANGES + 'flag_changed_through_ec2')(
        'ec2-modify-flag-in-vain', Kind.NOT_HONOURED,
        'a change of the flag is said to be done and is not',
        answer(lambda asked: (asked.action == 'ModifyInstanceAttribute' and any(
            name.startswith('BlockDeviceMapping') for name in asked.query)),
            _done('ModifyInstanceAttribute'))),
    against('EC2A-147', attributes.KERNEL_ID, _CHANGES + 'launch_with_a_kernel')(
        'ec2-inside-kernel-ignored', Kind.NOT_HONOURED, 'the kernel of a launch is ignored',
        Behaviour('ec2', 'launch_kernel_ignored')),
)
