"""What Nova and ec2-api can be made to do otherwise, inside their own processes.

An extension of the reference cloud: it runs in the environment of the services and imports them
late. What each behaviour is about is said in the catalogue, by its name.
"""

import base64
from collections.abc import Callable
import time
from typing import Any

import ec2attrs_asking_faults  # noqa: F401 - their behaviours are installed with ours
import ec2attrs_launch_faults  # noqa: F401 - its behaviours are installed with ours
import ec2attrs_life_faults  # noqa: F401 - its behaviours are installed with ours
from ec2attrs_switch import acted
from ec2attrs_switch import BEHAVIOURS
from ec2attrs_switch import Call
from ec2attrs_switch import install
from ec2attrs_switch import instead_of
from ec2attrs_switch import put
import ec2attrs_values_faults  # noqa: F401 - its behaviours are installed with ours
import ec2attrs_volume_faults  # noqa: F401

__all__ = ['BEHAVIOURS', 'install']


# Nova: a request for servers

def _request(call: Call, **arguments: Any) -> Any:
    for name, value in arguments.items():
        call[name] = value
    acted()
    return call.proceed()


def _random(size: int = 8) -> str:
    from nova import utils
    return str(utils.generate_random_string(size))


def _answer_other(call: Call) -> Any:
    instances, _ = call.proceed()
    acted()
    return instances, f'r-{_random()}'


instead_of(
    'nova.compute.api:API._create_instance',
    reservation_constant=lambda call: _request(call, reservation_id='r-constant'),
    reservation_without_prefix=lambda call: _request(call, reservation_id=_random()),
    reservation_long=lambda call: _request(call, reservation_id=f'r-{_random(17)}'),
    reservation_answer_other=_answer_other,
    two_of_three=lambda call: (_request(call, min_count=2, max_count=2)
                               if call['max_count'] == 3 else call.proceed()))


# Nova: what the servers of a request have in common, before they are made

def _options(call: Call, new: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    result = call.proceed()
    put(result[0], **new(result[0]))
    return result


def _user_data(call: Call, new: Callable[[str], str | None]) -> Any:
    return _options(call, lambda options: {
        'user_data': options['user_data'] and new(options['user_data'])})


instead_of(
    'nova.compute.api:API._validate_and_build_base_options',
    kernel_empty=lambda call: _options(call, lambda _: {'kernel_id': ''}),
    ramdisk_empty=lambda call: _options(call, lambda _: {'ramdisk_id': ''}),
    kernel_and_ramdisk_exchanged=lambda call: _options(call, lambda options: {
        'kernel_id': options['ramdisk_id'], 'ramdisk_id': options['kernel_id']}),
    kernel_is_image=lambda call: _options(call, lambda options: {
        'kernel_id': options['kernel_id'] or options['image_ref']}),
    user_data_cut=lambda call: _user_data(call, lambda sent: sent[:252]),
    user_data_changed=lambda call: _user_data(call, lambda sent: 'B' + sent[1:]),
    user_data_dropped=lambda call: _user_data(call, lambda _: None),
    user_data_decoded=lambda call: _user_data(
        call, lambda sent: base64.b64decode(sent).decode('ascii', 'ignore')),
    user_data_invented=lambda call: _options(call, lambda options: {
        'user_data': options['user_data'] or 'Zm9v'}))


def _flags(call: Call, new: Callable[[list[bool]], list[bool]]) -> Any:
    mappings = call.proceed()
    volumes = [mapping for mapping in mappings if mapping.destination_type == 'volume']
    flags = new([volume.delete_on_termination for volume in volumes])
    for volume, flag in zip(volumes, flags, strict=True):
        put(volume, delete_on_termination=flag)
    return mappings


instead_of(
    'nova.compute.api:API._check_and_transform_bdm',
    flag_false=lambda call: _flags(call, lambda flags: [False for _ in flags]),
    flag_true=lambda call: _flags(call, lambda flags: [True for _ in flags]),
    flag_inverted=lambda call: _flags(call, lambda flags: [not flag for flag in flags]),
    flags_exchanged=lambda call: _flags(call, lambda flags: [*flags[-1:], *flags[:-1]]))


# Nova: each server of a request is made

def _made(call: Call, new: Callable[[int], dict[str, Any]]) -> Any:
    return put(call.proceed(), **new(call['index']))


def _index(call: Call, new: Callable[[int], int]) -> Any:
    return _made(call, lambda index: {'launch_index': new(index)})


def _behind_the_first(call: Call, **values: Any) -> Any:
    return _made(call, lambda index: values if index else {})


def _backwards(call: Call) -> Any:
    if call['num_instances'] > 1:
        call['index'] = call['num_instances'] - 1 - call['index']
        acted()
    return call.proceed()


instead_of(
    'nova.compute.api:API._populate_instance_for_create',
    launch_index_0=lambda call: _index(call, lambda _: 0),
    launch_index_from_1=lambda call: _index(call, lambda index: index + 1),
    launch_index_gap=lambda call: _index(call, lambda index: index + (index > 1)),
    launch_index_negative=lambda call: _index(call, lambda index: -index),
    launch_index_backwards=_backwards,
    reservation_per_server=lambda call: _behind_the_first(
        call, reservation_id=f'r-{_random()}'),
    user_data_of_the_first_alone=lambda call: _behind_the_first(call, user_data=None))


def _hostname(call: Call, pattern: str, alone: bool = False) -> None:
    name, index = call['instance'].display_name, call['index']
    call.proceed()
    if alone or call['num_instances'] > 1:
        put(call['instance'], hostname=pattern.format(name=name, index=index, number=index + 1))


instead_of(
    'nova.compute.api:API._populate_instance_names',
    hostname_suffix_is_index=lambda call: _hostname(call, '{name}-{index}'),
    hostname_suffix_twice=lambda call: _hostname(call, '{name}-{number}-{number}'),
    hostname_without_suffix=lambda call: _hostname(call, '{name}'),
    hostname_of_its_own=lambda call: _hostname(call, 'host-{number}'),
    hostname_suffix_alone=lambda call: _hostname(call, '{name}-{number}', alone=True))


# Nova: servers are listed, and who may see what

def _filter(call: Call, edit: Callable[[dict[str, Any]], Any], members_only: bool = False) -> None:
    call.proceed()
    wanted = call['search_options']
    if 'reservation_id' in wanted and not (members_only and call['context'].is_admin):
        edit(wanted)
        acted()


def _unfiltered(wanted: dict[str, Any]) -> None:
    del wanted['reservation_id']


instead_of(
    'nova.api.openstack.compute.servers:remove_invalid_options',
    filter_ignored=lambda call: _filter(call, _unfiltered),
    filter_ignored_for_members=lambda call: _filter(call, _unfiltered, members_only=True),
    filter_finds_nothing=lambda call: _filter(
        call, lambda wanted: wanted.update(reservation_id='r-nonesuch')),
    filter_finds_first=lambda call: _filter(
        call, lambda wanted: wanted.update(launch_index='0')))


def _policy(call: Call, answer: bool) -> Any:
    from nova.policies import extended_server_attributes
    stock = call.proceed()
    if call['action'] != extended_server_attributes.BASE_POLICY_NAME or stock == answer:
        return stock
    acted()
    return answer


instead_of(
    'nova.context:RequestContext.can',
    policy_open=lambda call: _policy(call, True),
    policy_closed=lambda call: _policy(call, False))


# Nova: a server is built

def _root_device(call: Call, new: Callable[[str], str | None], volumes_only: bool = True) -> None:
    call.proceed()
    if not volumes_only or call['block_devices'].root_bdm().destination_type == 'volume':
        put(call['instance'], root_device_name=new(call['instance'].root_device_name))


def _short(name: str) -> str:
    return name.removeprefix('/dev/')


def _stored_twice(call: Call) -> None:
    from nova import objects
    call.proceed()
    own = {'id', 'uuid', 'instance', 'created_at', 'updated_at', 'deleted_at', 'deleted'}
    for mapping in call['block_devices']:
        if mapping.is_volume:
            objects.BlockDeviceMapping(call['instance']._context, **{
                name: getattr(mapping, name) for name in set(mapping.fields) - own
                if mapping.obj_attr_is_set(name)}).create()
            acted()


def _build_fails(call: Call) -> None:
    from nova import exception
    acted()
    raise exception.InvalidBDM


def _build_slow(call: Call) -> None:
    acted()
    time.sleep(3)
    call.proceed()


def _vda(call: Call) -> str:
    acted()
    return '/dev/vda'


instead_of(
    'nova.compute.manager:ComputeManager._default_block_device_names',
    root_device_never_stored=lambda call: _root_device(call, lambda _: None, False),
    root_device_short=lambda call: _root_device(call, _short, False),
    root_device_of_volume_short=lambda call: _root_device(call, _short),
    root_device_of_volume_wrong=lambda call: _root_device(call, lambda name: name[:-1] + 'z'),
    volumes_stored_twice=_stored_twice, build_fails=_build_fails, build_slow=_build_slow)
instead_of('nova.compute.manager:ComputeManager._default_root_device_name', device_names_vd=_vda)


# Nova: a server is deleted

def _without(call: Call, flag: bool) -> Any:
    """Let nothing be done to the volumes whose flag is *flag*."""
    from nova import objects
    kept = [mapping for mapping in call['bdms']
            if not mapping.is_volume or mapping.delete_on_termination is not flag]
    if len(kept) < len(call['bdms']):
        acted()
    call['bdms'] = objects.BlockDeviceMappingList(objects=kept)
    return call.proceed()


def _all_go(call: Call) -> Any:
    for mapping in call['bdms']:
        if mapping.is_volume:
            put(mapping, delete_on_termination=True)
    return call.proceed()


instead_of(
    'nova.compute.manager:ComputeManager._cleanup_volumes',
    flagged_volume_survives=lambda call: _without(call, True), unflagged_volume_deleted=_all_go)
instead_of(
    'nova.compute.manager:ComputeManager._shutdown_instance',
    unflagged_volume_in_use=lambda call: _without(call, False))


# ec2-api: what it asks Nova, what it keeps of the answers, and what it makes of them

def _at_2_1(call: Call) -> Any:
    from novaclient import api_versions
    return put(call.proceed(), api_version=api_versions.APIVersion('2.1'))


def _kept(call: Call, new: Callable[[], dict[str, Any]]) -> Any:
    if call['kind'] == 'i':
        put(call['data'], **new())
    return call.proceed()


def _made_up() -> dict[str, Any]:
    from ec2api.api import instance
    return {'reservation_id': instance._generate_reservation_id(), 'launch_index': 0}


def _counted(call: Call) -> Any:
    from ec2api.db import api
    return _kept(call, lambda: {'launch_index': len(api.get_items(call['context'], 'i'))})


def _root_of(call: Call) -> str:
    return getattr(call['os_instance'], 'OS-EXT-SRV-ATTR:root_device_name', None) or ''


def _flag_by_default(call: Call) -> None:
    call.proceed()
    for mapping in call['result'].get('blockDeviceMapping', []):
        put(mapping['ebs'], deleteOnTermination=mapping['deviceName'] == _root_of(call))


def _type_by_short_name(call: Call) -> None:
    call.proceed()
    devices = [each['deviceName'] for each in call['result'].get('blockDeviceMapping', [])]
    put(call['result'], rootDeviceType='ebs' if _short(_root_of(call)) in devices
        else 'instance-store')


instead_of('ec2api.clients:nova', asks_nova_at_2_1=_at_2_1)
instead_of('ec2api.db.api:add_item', launch_index_counted=_counted,
           reservation_made_up=lambda call: _kept(call, _made_up))
instead_of('ec2api.api.instance:_cloud_format_instance_bdm',
           flag_by_default=_flag_by_default, root_type_by_short_name=_type_by_short_name)
