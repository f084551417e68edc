"""What Nova can be made to do otherwise with the values of a request."""

from collections.abc import Callable
from typing import Any

from ec2attrs_switch import acted
from ec2attrs_switch import Call
from ec2attrs_switch import instead_of
from ec2attrs_switch import put


def _user_data(call: Call, new: Callable[[str | None], str | None]) -> Any:
    result = call.proceed()
    put(result[0], user_data=new(result[0]['user_data']))
    return result


def _large_crashes(call: Call) -> Any:
    if len(call['user_data'] or '') > 60000:
        acted()
        raise OSError('Data too long for column')
    return call.proceed()


instead_of(
    'nova.compute.api:API._validate_and_build_base_options',
    user_data_cut_large=lambda call: _user_data(call, lambda sent: sent and sent[:65528]),
    user_data_empty_dropped=lambda call: _user_data(call, lambda sent: sent or None),
    user_data_large_crashes=_large_crashes)


def _root_device_name_ignored(call: Call) -> Any:
    for device in call['block_devices']:
        put(device, device_name=None)
    return call.proceed()


instead_of('nova.compute.manager:ComputeManager._default_block_device_names',
           root_device_name_ignored=_root_device_name_ignored)
