"""Rows: a rebuild changes what it should keep, or keeps what it should change.

With them those of a server's life that Nova itself is made to do, in ``inside``.
"""

from collections.abc import Callable
from typing import Any

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import after
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import ANOTHER_DATA
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import ANOTHER_RESERVATION
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import ANOTHER_ROOT
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import LIFE
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import REBUILD
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import row
from ec2attrs_tempest_plugin.faults.catalogue.nova_life import WHOLE
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import FirstServers
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import made
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.changes import ADMIN_AT_2_3
from ec2attrs_tempest_plugin.faults.changes import constant
from ec2attrs_tempest_plugin.faults.changes import flag
from ec2attrs_tempest_plugin.faults.changes import in_servers
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.changes import status
from ec2attrs_tempest_plugin.faults.changes import swapped
from ec2attrs_tempest_plugin.faults.changes import To
from ec2attrs_tempest_plugin.faults.changes import volumes
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_SAME = REBUILD + 'rebuild_from_the_same_image'
_OTHER = REBUILD + 'rebuild_from_another_image'
_DATA = REBUILD + 'user_data_of_a_rebuild'
_REFUSED = REBUILD + 'user_data_is_refused_before'
_IMAGES = REBUILD + 'kernel_and_ramdisk_of_another_image'


def _rebuilt(change: Change) -> Change:
    return after('rebuild', change)


def _index_from_1(server: Json) -> Any:
    return server[LAUNCH_INDEX.nova_key] + 1


_KEPT = (
    row('EC2A-095', RESERVATION_ID, _SAME, 'reservation-id-new-after-rebuild', Kind.OTHER_VALUE,
        'a server that is rebuilt is a reservation of its own',
        _rebuilt(constant(RESERVATION_ID, ANOTHER_RESERVATION))),
    row('EC2A-095', LAUNCH_INDEX, _SAME, 'launch-index-one-more-after-rebuild', Kind.OTHER_VALUE,
        'launch_index is one more after a rebuild', _rebuilt(made(LAUNCH_INDEX, _index_from_1))),
    row('EC2A-095', ROOT_DEVICE_NAME, _SAME, 'root-device-null-after-rebuild', Kind.STALE,
        'root_device_name is null after a rebuild', _rebuilt(constant(ROOT_DEVICE_NAME, None)),
        'nova 1260806'),
    row('EC2A-095', USER_DATA, _SAME, 'user-data-lost-by-rebuild', Kind.NULL,
        'user_data is null after a rebuild that sends none',
        _rebuilt(constant(USER_DATA, None))),
    row('EC2A-095', 'volumes_attached', _SAME, 'volumes-lost-by-rebuild', Kind.ABSENT,
        'no volume is listed after a rebuild', _rebuilt(volumes(lambda _: [])), 'nova 1071547'),
    row('EC2A-095', DELETE_ON_TERMINATION, _SAME, 'flag-lost-by-rebuild', Kind.OTHER_VALUE,
        'the flag of each volume is false after a rebuild', _rebuilt(flag(lambda _: False)),
        'nova 1550250'),
    row('EC2A-095', HOSTNAME, _OTHER, 'hostname-of-id-after-rebuild', Kind.OTHER_VALUE,
        'hostname is made of the id after a rebuild',
        _rebuilt(made(HOSTNAME, lambda server: f'Server-{server["id"]}'))),
    row('EC2A-095', ROOT_DEVICE_NAME, _OTHER, 'root-device-other-after-rebuild',
        Kind.OTHER_VALUE, 'root_device_name is another after a rebuild',
        _rebuilt(constant(ROOT_DEVICE_NAME, ANOTHER_ROOT)), 'nova 1481164'),
    row('EC2A-095', 'volumes_attached', _OTHER, 'volumes-doubled-by-rebuild', Kind.DUPLICATE,
        'each volume is listed twice after a rebuild',
        _rebuilt(volumes(lambda own: [*own, *own])), 'nova 1440762'),
    row('EC2A-095', DELETE_ON_TERMINATION, _OTHER, 'flags-exchanged-by-rebuild',
        Kind.OTHER_VALUE, 'each volume has the flag of another after a rebuild',
        _rebuilt(volumes(lambda own: [
            {**volume, 'delete_on_termination': other.get('delete_on_termination')}
            for volume, other in zip(own, swapped(own), strict=True)]))),
)


def _answered(edit: Callable[[Json], Any], *roles: Role) -> Change:
    return in_servers(edit, To(calls=(Call.REBUILD,), roles=roles or tuple(Role)))


def _in_answer(value: Any) -> Callable[[Json], None]:
    def edit(server: Json) -> None:
        if 'user_data' in server:
            server['user_data'] = value
    return edit


def _refusal(asked: Asked) -> bool:
    return asked.action == 'rebuild' and str(asked.microversion) == '2.56'


_CHANGED = (
    row('EC2A-034', USER_DATA, _DATA, 'user-data-of-rebuild-hidden-from-member', Kind.WRONG_ROLE,
        'the answer to a rebuild has no user_data for members',
        _answered(lambda server: server.pop('user_data', None), Role.MEMBER)),
    row('EC2A-034', USER_DATA, _DATA, 'user-data-of-rebuild-answered-null', Kind.NULL,
        'user_data is null in the answer to a rebuild', _answered(_in_answer(None))),
    row('EC2A-034', USER_DATA, _DATA, 'user-data-of-rebuild-answered-other', Kind.STALE,
        'user_data is other in the answer to a rebuild', _answered(_in_answer(ANOTHER_DATA))),
    row('EC2A-034', USER_DATA, _DATA, 'user-data-of-rebuild-not-shown', Kind.STALE,
        'user_data of the server is other than what its rebuild sent',
        _rebuilt(constant(USER_DATA, ANOTHER_DATA))),
    row('EC2A-034', USER_DATA, _DATA, 'user-data-empty-after-null', Kind.EMPTY,
        'user_data is "" in place of null after a rebuild',
        _rebuilt(shown(USER_DATA, lambda old: old or '')), 'nova 1035317'),
    row('EC2A-034', 'status', _REFUSED, 'user-data-of-rebuild-taken-at-2.56',
        Kind.WRONG_MICROVERSION, 'a rebuild with user_data is accepted at 2.56',
        status(202, _refusal)),
    row('EC2A-035', KERNEL_ID, _IMAGES, 'kernel-id-of-first-image', Kind.STALE,
        'kernel_id stays what it was before', FirstServers(KERNEL_ID, ADMIN_AT_2_3),
        'nova 1060925'),
    row('EC2A-035', RAMDISK_ID, _IMAGES, 'ramdisk-id-of-first-image', Kind.STALE,
        'ramdisk_id stays what it was before', FirstServers(RAMDISK_ID, ADMIN_AT_2_3),
        'nova 1060925'),
    row('EC2A-035', KERNEL_ID, _IMAGES, 'kernel-id-empty-after-rebuild', Kind.EMPTY,
        'kernel_id is empty after a rebuild', _rebuilt(constant(KERNEL_ID, '')), 'nova 1060925'),
    row('EC2A-035', RAMDISK_ID, _IMAGES, 'ramdisk-id-invented-after-rebuild', Kind.OTHER_VALUE,
        'ramdisk_id is the id of no image after a rebuild',
        _rebuilt(constant(RAMDISK_ID, NOBODYS_UUID))),
)


def _inside(requirement: str, attribute: Attribute, test: str, behaviour: str, says: str,
            bug: str = '') -> Fault:
    return row(requirement, attribute, test, f'stored-{behaviour.replace("_", "-")}',
               Kind.STORED_WRONG, says, Behaviour('nova', behaviour), bug)


_INSIDE = (
    _inside('EC2A-092', HOSTNAME, LIFE + 'rename', 'rename_sets_hostname',
            'another name is stored as the hostname, too'),
    _inside('EC2A-092', HOSTNAME, REBUILD + 'rebuild_under_another_name',
            'rebuild_sets_hostname', 'a rebuild stores the name as the hostname'),
    _inside('EC2A-095', USER_DATA, _SAME, 'rebuild_drops_user_data',
            'a rebuild that sends no user_data stores none'),
    _inside('EC2A-034', USER_DATA, _DATA, 'rebuild_keeps_user_data',
            'a rebuild does not store the user_data that it sends'),
    _inside('EC2A-034', USER_DATA, _DATA, 'rebuild_ignores_null',
            'a rebuild that sends null keeps the user_data'),
    _inside('EC2A-035', KERNEL_ID, _IMAGES, 'rebuild_keeps_kernel',
            'a rebuild keeps the kernel of the old image', 'nova 1060925'),
    _inside('EC2A-035', RAMDISK_ID, _IMAGES, 'rebuild_keeps_ramdisk',
            'a rebuild keeps the ramdisk of the old image', 'nova 1060925'),
    _inside('EC2A-094', LAUNCH_INDEX, LIFE + 'deletion_of_the_first_server', 'delete_renumbers',
            'the deletion of a server numbers those behind it anew'),
    _inside('EC2A-091', ROOT_DEVICE_NAME, LIFE + 'hard_reboot', 'reboot_sets_root_device',
            'a reboot stores another root device', 'nova 1835926'),
    _inside('EC2A-091', ROOT_DEVICE_NAME, LIFE + 'rescue_and_unrescue',
            'rescue_sets_root_device', 'a rescue stores the rescue disk as the root device',
            'nova 1835926'),
    _inside('EC2A-091', ROOT_DEVICE_NAME, LIFE + 'shelve_and_unshelve',
            'offload_forgets_root_device', 'the root device is forgotten with the host'),
    _inside('EC2A-091', RESERVATION_ID, LIFE + 'shelve_and_unshelve',
            'unshelve_is_a_new_reservation',
            'an unshelving is stored as a request of its own'),
    _inside('EC2A-091', DELETE_ON_TERMINATION, LIFE + 'resize_and_its_confirmation',
            'resize_resets_flags', 'a resize stores false as the flag of each volume',
            'nova 1550250'),
    _inside('EC2A-096', DELETE_ON_TERMINATION, LIFE + 'attach_and_detach',
            'attach_resets_flags', 'an attachment stores false as the flag of each volume'),
    _inside('EC2A-093', RESERVATION_ID, WHOLE, 'burial_forgets_reservation',
            'a server that got no host is stored without reservation'),
    _inside('EC2A-093', LAUNCH_INDEX, WHOLE, 'burial_forgets_index',
            'a server that got no host is stored with launch index 0'),
    _inside('EC2A-093', USER_DATA, WHOLE, 'burial_forgets_user_data',
            'a server that got no host is stored without user data'),
)

ROWS: tuple[Fault, ...] = (*_KEPT, *_CHANGED, *_INSIDE)
