"""What Nova can be made to do otherwise with volumes; see the module ec2attrs_faults."""

from collections.abc import Callable
from typing import Any

from ec2attrs_switch import acted
from ec2attrs_switch import Call
from ec2attrs_switch import instead_of
from ec2attrs_switch import put

# The flags with which volumes were attached, by their ids, and those that had one before.
_first: dict[str, bool] = {}


def _flag_of(call: Call) -> bool:
    try:
        return bool(call['delete_on_termination'])
    except KeyError:
        return False


def _attach(call: Call, new: Callable[[bool], bool]) -> Any:
    asked = _flag_of(call)
    _first[call['volume_id']] = asked
    if new(asked) != asked:
        call['delete_on_termination'] = new(asked)
        acted()
    return call.proceed()


def _attach_at_2_101(call: Call) -> Any:
    return (call.proceed() if call['needs_device_returned'] else
            _attach(call, lambda _: False))


def _attach_as_before(call: Call) -> Any:
    before = _first.get(call['volume_id'], False)
    return _attach(call, lambda asked: asked or before)


instead_of(
    'nova.compute.api:API.attach_volume',
    attachment_flag_true=lambda call: _attach(call, lambda _: True),
    attachment_flag_dropped=lambda call: _attach(call, lambda _: False),
    attachment_flag_dropped_at_2_101=_attach_at_2_101,
    detached_flag_kept=_attach_as_before)


def _update(call: Call, new: Callable[[Any], Any]) -> Any:
    attachment = call['body']['volumeAttachment']
    if 'delete_on_termination' in attachment:
        put(attachment, delete_on_termination=new(attachment['delete_on_termination']))
    return call.proceed()


def _update_unused(call: Call) -> Any:
    from nova import objects
    mapping = objects.BlockDeviceMapping.get_by_volume_and_instance(
        call['req'].environ['nova.context'], call['id'], call['instance'].uuid)
    _first.setdefault(call['id'], mapping.delete_on_termination)
    return call.proceed()


def _ignored(call: Call) -> Any:
    if call['body']['volumeAttachment'].pop('delete_on_termination', None) is not None:
        acted()
    return call.proceed()


instead_of(
    'nova.api.openstack.compute.volume_attachments:'
    'VolumeAttachmentController._update_volume_regular',
    update_ignored=_ignored, changed_flag_unused=_update_unused,
    update_name_is_true=lambda call: _update(
        call, lambda sent: True if isinstance(sent, str) else sent))


def _from(call: Call, source: str, flag: bool) -> Any:
    mappings = call.proceed()
    for mapping in mappings:
        if mapping.destination_type == 'volume' and mapping.source_type == source:
            put(mapping, delete_on_termination=flag)
    return mappings


instead_of(
    'nova.compute.api:API._check_and_transform_bdm',
    snapshot_flag_lost=lambda call: _from(call, 'snapshot', False),
    image_flag_true=lambda call: _from(call, 'image', True),
    blank_flag_true=lambda call: _from(call, 'blank', True))


def _root_inverted(call: Call) -> None:
    call.proceed()
    for mapping in call['bdms']:
        if mapping.is_root:
            put(mapping, delete_on_termination=not mapping.delete_on_termination)
            mapping.save()


instead_of('nova.compute.manager:ComputeManager._rebuild_volume_backed_instance',
           rebuilt_root_flag_inverted=_root_inverted)


def _fate(call: Call, of: Callable[[Any], bool], goes: Callable[[Any], bool]) -> Any:
    """Let volumes go, or stay, whatever their flags say."""
    for mapping in call['bdms']:
        if mapping.is_volume and of(mapping):
            put(mapping, delete_on_termination=goes(mapping))
    return call.proceed()


def _fate_of(call: Call, source: str, goes: bool) -> Any:
    return _fate(call, lambda mapping: mapping.source_type == source, lambda _: goes)


instead_of(
    'nova.compute.manager:ComputeManager._cleanup_volumes',
    image_volume_survives=lambda call: _fate_of(call, 'image', False),
    blank_volume_survives=lambda call: _fate_of(call, 'blank', False),
    snapshot_volume_goes=lambda call: _fate_of(call, 'snapshot', True),
    attached_volume_survives=lambda call: _fate(
        call, lambda mapping: mapping.boot_index is None, lambda _: False),
    changed_flag_unused=lambda call: _fate(
        call, lambda mapping: mapping.volume_id in _first,
        lambda mapping: _first[mapping.volume_id]))
