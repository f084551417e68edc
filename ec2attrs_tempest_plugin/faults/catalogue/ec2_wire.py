"""Rows: what EC2 answers is written otherwise than EC2 writes it."""

from collections.abc import Callable

from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import Edit
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import Element
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import to
from ec2attrs_tempest_plugin.faults.changes import drop
from ec2attrs_tempest_plugin.faults.changes import in_xml
from ec2attrs_tempest_plugin.faults.changes import put
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TEST = 'Ec2WireTest.test_'
_RUN, _TERMINATE = ('RunInstances',), ('TerminateInstances',)
_VOLUMES, _IMAGES = ('DescribeVolumes',), ('DescribeImages',)
_ATTRIBUTE = ('DescribeInstanceAttribute',)
_INSTANCE = 'reservationSet/item/instancesSet/item'


def _form(attribute: str, test: str, requirement: str = 'EC2A-113') -> Callable[..., Fault]:
    return against(requirement, attribute, _TEST + test)


def _instances(attribute: str) -> Callable[..., Fault]:
    return _form(f'reservationSet.instancesSet.{attribute}', 'instances')


def _called(path: str, name: str) -> Edit:
    """Return an edit that gives the elements at a path another name."""
    def edit(root: Element) -> None:
        for found in root.findall(path):
            found.tag = name
    return edit


def _in_error(old: bytes, new: bytes) -> Change:
    """Return a change of the text of an error."""
    def change(asked: Asked, answered: Answered) -> int:
        if asked.service != 'ec2' or answered.status < 400 or old not in answered.body:
            return 0
        answered.body = answered.body.replace(old, new)
        return 1
    return change


def _in_name_space(new: bytes) -> Change:
    def change(asked: Asked, answered: Answered) -> int:
        old = b'http://ec2.amazonaws.com/doc/'
        if asked.action != 'DescribeInstances' or old not in answered.body:
            return 0
        answered.body = answered.body.replace(old, new)
        return 1
    return change


ROWS: tuple[Fault, ...] = (
    *(_form(path, test, 'EC2A-111')(
        f'ec2-wire-scalar-in-{test.replace("_", "-")}', Kind.WRONG_FORMAT,
        f'{where} is written "None"', in_xml(text(where, to('None')), (action,)))
      for test, action, path, where in (
          ('answer_to_run_instances', 'RunInstances', 'instancesSet.amiLaunchIndex',
           'instancesSet/item/amiLaunchIndex'),
          ('instances', 'DescribeInstances', 'reservationSet.instancesSet.amiLaunchIndex',
           f'{_INSTANCE}/amiLaunchIndex'),
          ('attributes_of_an_instance', 'DescribeInstanceAttribute',
           'disableApiTermination.value', 'disableApiTermination/value'),
          ('volumes', 'DescribeVolumes', 'volumeSet.size', 'volumeSet/item/size'),
          ('images', 'DescribeImages', 'imagesSet.isPublic', 'imagesSet/item/isPublic'),
          ('answer_to_terminate_instances', 'TerminateInstances',
           'instancesSet.currentState.code', 'instancesSet/item/currentState/code'))),
    *(_instances('amiLaunchIndex')(
        f'ec2-wire-index-{name}', Kind.UNKNOWN_KEY, f'amiLaunchIndex is called {called}',
        in_xml(_called(f'{_INSTANCE}/amiLaunchIndex', called)))
      for name, called in (('capitalized', 'AmiLaunchIndex'), ('snake', 'ami_launch_index'),
                           ('lower', 'amilaunchindex'), ('dashed', 'ami-launch-index'))),
    _instances('amiLaunchIndex')(
        'ec2-wire-index-wrapped', Kind.WRONG_FORMAT, 'amiLaunchIndex holds an element',
        in_xml(put(f'{_INSTANCE}/amiLaunchIndex/value', '0'))),
    _instances('blockDeviceMapping')(
        'ec2-wire-mapping-bare', Kind.WRONG_FORMAT, 'blockDeviceMapping is a text',
        in_xml(text(f'{_INSTANCE}/blockDeviceMapping', to('vdb')))),
    _instances('blockDeviceMapping')(
        'ec2-wire-mapping-member', Kind.UNKNOWN_KEY, 'mappings are called member',
        in_xml(_called(f'{_INSTANCE}/blockDeviceMapping/item', 'member'))),
    _instances('instanceState')(
        'ec2-wire-state-bare', Kind.WRONG_FORMAT, 'instanceState is a text beside its elements',
        in_xml(text(f'{_INSTANCE}/instanceState', to('running')))),
    _form('reservationSet', 'instances')(
        'ec2-wire-reservation-member', Kind.UNKNOWN_KEY, 'reservations are called member',
        in_xml(_called('reservationSet/item', 'member'))),
    _form('requestId', 'instances')(
        'ec2-wire-request-id-absent', Kind.ABSENT, 'no requestId', in_xml(drop('requestId'))),
    _form('requestId', 'instances')(
        'ec2-wire-request-id-empty', Kind.EMPTY, '<requestId/>',
        in_xml(text('requestId', to('')))),
    _form('requestId', 'instances')(
        'ec2-wire-request-id-capitalized', Kind.UNKNOWN_KEY, 'requestId is called RequestId',
        in_xml(_called('requestId', 'RequestId'))),
    _form('DescribeInstancesResponse', 'instances')(
        'ec2-wire-name-space-other', Kind.OTHER_VALUE, 'the name space of another service',
        _in_name_space(b'http://rds.amazonaws.com/doc/')),
    _form('instancesSet.instanceId', 'answer_to_run_instances')(
        'ec2-wire-run-id-wrapped', Kind.WRONG_FORMAT, 'a launch answers an element in instanceId',
        in_xml(put('instancesSet/item/instanceId/value', 'i-1'), _RUN)),
    *(_form(path, 'times_name_their_zone', 'EC2A-119')(
        f'ec2-wire-{name}-since-1970', Kind.WRONG_FORMAT, 'a time is a number of seconds',
        in_xml(text(where, to('1764000000')), actions))
      for name, path, where, actions in (
          ('launch-time', 'reservationSet.instancesSet.launchTime', f'{_INSTANCE}/launchTime',
           ('DescribeInstances',)),
          ('create-time', 'volumeSet.createTime', 'volumeSet/item/createTime', _VOLUMES))),
    _form('reservationId', 'answer_to_run_instances')(
        'ec2-wire-run-reservation-snake', Kind.UNKNOWN_KEY, 'a launch answers reservation_id',
        in_xml(_called('reservationId', 'reservation_id'), _RUN)),
    _form('volumeSet.status', 'volumes')(
        'ec2-wire-volume-status-capitalized', Kind.UNKNOWN_KEY, 'status is called Status',
        in_xml(_called('volumeSet/item/status', 'Status'), _VOLUMES)),
    _form('volumeSet.attachmentSet', 'volumes')(
        'ec2-wire-attachment-called', Kind.UNKNOWN_KEY, 'attachments are called attachment',
        in_xml(_called('volumeSet/item/attachmentSet/item', 'attachment'), _VOLUMES)),
    _form('imagesSet.imageType', 'images')(
        'ec2-wire-image-type-capitalized', Kind.UNKNOWN_KEY, 'imageType is called ImageType',
        in_xml(_called('imagesSet/item/imageType', 'ImageType'), _IMAGES)),
    _form('instanceId', 'attributes_of_an_instance')(
        'ec2-wire-attribute-id-snake', Kind.UNKNOWN_KEY, 'instanceId is called instance_id',
        in_xml(_called('instanceId', 'instance_id'), _ATTRIBUTE)),
    _form('instanceType', 'attributes_of_an_instance')(
        'ec2-wire-attribute-bare', Kind.WRONG_FORMAT, 'instanceType is a text beside its value',
        in_xml(text('instanceType', to('small')), _ATTRIBUTE)),
    _form('instancesSet.currentState', 'answer_to_terminate_instances')(
        'ec2-wire-terminate-state-snake', Kind.UNKNOWN_KEY, 'currentState is current_state',
        in_xml(_called('instancesSet/item/currentState', 'current_state'), _TERMINATE)),
    *(_form(path, 'error', 'EC2A-114')(
        f'ec2-wire-error-{name}', kind, says, _in_error(old, new))
      for name, kind, says, path, old, new in (
          ('code-lower', Kind.UNKNOWN_KEY, 'Code is called code', 'Errors.Error.Code',
           b'Code>', b'code>'),
          ('message-lower', Kind.UNKNOWN_KEY, 'Message is called message',
           'Errors.Error.Message', b'Message>', b'message>'),
          ('request-id-as-answer', Kind.UNKNOWN_KEY, 'RequestID is called requestId',
           'RequestID', b'RequestID>', b'requestId>'),
          ('errors-lower', Kind.UNKNOWN_KEY, 'Errors is called errors', 'Errors',
           b'Errors>', b'errors>'))),
)
