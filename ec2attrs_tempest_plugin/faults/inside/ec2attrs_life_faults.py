"""What Nova can be made to do otherwise in the life of a server."""

from collections.abc import Callable
import contextlib
from typing import Any

from ec2attrs_switch import acted
from ec2attrs_switch import Call
from ec2attrs_switch import instead_of
from ec2attrs_switch import put

# A name of a device that no server of the suite has.
_ANOTHER_ROOT = '/dev/sdq'


# In the API: rename, rebuild, delete

def _hostname_of_the_name(call: Call) -> Any:
    if 'display_name' in call['updates']:
        put(call['updates'], hostname=call['updates']['display_name'])
    return call.proceed()


instead_of('nova.compute.api:API.update_instance', rename_sets_hostname=_hostname_of_the_name)


def _rebuilt(call: Call, new: Callable[[Any, Any], dict[str, Any]]) -> None:
    """Store what is made of the server before a rebuild and of the new kernel and ramdisk."""
    instance = call['instance']
    before = {name: getattr(instance, name) for name in ('kernel_id', 'ramdisk_id', 'user_data')}
    call.proceed()
    put(instance, **new(before, instance))
    instance.save()


def _null_is_absence(call: Call) -> Any:
    with contextlib.suppress(KeyError):  # where it sends no more than the image
        if call['kwargs']['user_data'] is None:
            del call['kwargs']['user_data']
            acted()
    return call.proceed()


instead_of(
    'nova.compute.api:API.rebuild',
    rebuild_keeps_kernel=lambda call: _rebuilt(
        call, lambda before, _: {'kernel_id': before['kernel_id']}),
    rebuild_keeps_ramdisk=lambda call: _rebuilt(
        call, lambda before, _: {'ramdisk_id': before['ramdisk_id']}),
    rebuild_drops_user_data=lambda call: _rebuilt(call, lambda *_: {'user_data': None}),
    rebuild_keeps_user_data=lambda call: _rebuilt(
        call, lambda before, _: {'user_data': before['user_data']}),
    rebuild_sets_hostname=lambda call: _rebuilt(
        call, lambda _, instance: {'hostname': instance.display_name}),
    rebuild_ignores_null=_null_is_absence)


def _renumbered(call: Call) -> None:
    from nova import objects
    instance = call['instance']
    call.proceed()
    others = objects.InstanceList.get_by_filters(
        instance._context, {'reservation_id': instance.reservation_id, 'deleted': False})
    for other in others:
        if other.launch_index > instance.launch_index:
            put(other, launch_index=other.launch_index - 1)
            other.save()


instead_of('nova.compute.api:API.delete', delete_renumbers=_renumbered)


# Power, hosts, volumes: what is set before the original is stored by it

def _set(**values: Any) -> Callable[[Call], Any]:
    def before(call: Call) -> Any:
        put(call['instance'], **values)
        return call.proceed()
    return before


def _flags_false(call: Call) -> Any:
    from nova import objects
    result = call.proceed()
    for mapping in objects.BlockDeviceMappingList.get_by_instance_uuid(
            call['context'], call['instance'].uuid):
        if mapping.is_volume:
            put(mapping, delete_on_termination=False)
            mapping.save()
    return result


instead_of('nova.compute.api:API.reboot',
           reboot_sets_root_device=_set(root_device_name=_ANOTHER_ROOT))
instead_of('nova.compute.manager:ComputeManager.rescue_instance',
           rescue_sets_root_device=_set(root_device_name=_ANOTHER_ROOT))
instead_of('nova.compute.manager:ComputeManager._shelve_offload_instance',
           offload_forgets_root_device=_set(root_device_name=None))
instead_of('nova.compute.manager:ComputeManager.unshelve_instance',
           unshelve_is_a_new_reservation=_set(reservation_id='r-0a1b2c3d', launch_index=0))
instead_of('nova.compute.manager:ComputeManager.finish_resize', resize_resets_flags=_flags_false)
instead_of('nova.compute.manager:ComputeManager.attach_volume', attach_resets_flags=_flags_false)


# Where no host is found

def _buried(call: Call, **values: Any) -> None:
    for request in call['build_requests']:
        put(request.instance, **values)
    call.proceed()


instead_of(
    'nova.conductor.manager:ComputeTaskManager._bury_in_cell0',
    burial_forgets_reservation=lambda call: _buried(call, reservation_id=None),
    burial_forgets_index=lambda call: _buried(call, launch_index=0),
    burial_forgets_user_data=lambda call: _buried(call, user_data=None))
