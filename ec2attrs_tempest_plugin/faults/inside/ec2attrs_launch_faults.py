"""What ec2-api can be made to do otherwise when it launches instances."""

from typing import Any

from ec2attrs_switch import acted
from ec2attrs_switch import Call
from ec2attrs_switch import instead_of
from ec2attrs_switch import put


def _kept_without(call: Call, key: str) -> Any:
    """Keep an instance without something that the launch was asked for."""
    if call['kind'] == 'i' and call['data'].pop(key, None) is not None:
        acted()
    return call.proceed()


instead_of(
    'ec2api.db.api:add_item',
    launch_token_dropped=lambda call: _kept_without(call, 'client_token'),
    launch_protection_dropped=lambda call: _kept_without(call, 'disable_api_termination'))


def _flags(call: Call, new: Any) -> Any:
    """Hand other flags of the volumes that are made to Nova."""
    mappings = call.proceed()
    for mapping in mappings:
        if 'delete_on_termination' in mapping:
            put(mapping, delete_on_termination=new(mapping['delete_on_termination']))
    return mappings


def _flags_dropped(call: Call) -> Any:
    mappings = call.proceed()
    for mapping in mappings:
        if mapping.pop('delete_on_termination', None) is not None:
            acted()
    return mappings


def _last_dropped(call: Call) -> Any:
    mappings = call.proceed()
    if len(mappings) > 1:
        acted()
        del mappings[-1]
    return mappings


instead_of(
    'ec2api.api.instance:_build_block_device_mapping',
    launch_flags_dropped=_flags_dropped,
    launch_flags_inverted=lambda call: _flags(call, lambda flag: not flag),
    launch_flags_false=lambda call: _flags(call, lambda _: False),
    launch_last_volume_dropped=_last_dropped)


def _unchecked(_: Call) -> None:
    acted()


instead_of('ec2api.api.instance:_check_min_max_count', launch_counts_unchecked=_unchecked)


def _user_data(call: Call, new: Any) -> Any:
    sent = call.get('userdata')
    if sent:
        acted()
        call['userdata'] = new(sent)
    return call.proceed()


instead_of(
    'novaclient.v2.servers:ServerManager.create',
    launch_user_data_dropped=lambda call: _user_data(call, lambda _: None),
    launch_user_data_cut=lambda call: _user_data(call, lambda sent: sent[:100]))


def _converted(call: Call) -> Any:
    if call['value'] == '1234':
        acted()
        return 'b3RoZXI='
    return call.proceed()


instead_of('ec2api.api.ec2utils:_try_convert', launch_user_data_as_text=_converted)


def _without_kernel(call: Call) -> Any:
    if call.get('kernel_id'):
        acted()
        call['kernel_id'] = None
    return call.proceed()


instead_of('ec2api.api.instance:run_instances', launch_kernel_ignored=_without_kernel)
