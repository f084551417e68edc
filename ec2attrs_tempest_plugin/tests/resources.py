"""What a class of tests makes in a cloud, and its removal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
import contextlib
import dataclasses
import re
from typing import Any

from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.clients import cinder
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.cinder import Cinder
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.tests import names

# So many names that no two of a class are ever alike.
_MANY = 0x7fffffff
# Since when a block device mapping names the type of a volume that Nova makes.
_VOLUME_TYPE_SINCE = Microversion(2, 67)
# Seconds that a server has to go that is of no use any more.
_DISCARDED = 30.0


@dataclasses.dataclass(frozen=True)
class Defaults:
    """What every server of the suite has in common.

    :ivar network_id: the network of its one port, None to let Nova choose.
    :ivar build_timeout: seconds that servers have to build or to go.
    :ivar build_interval: longest time between two looks, in seconds.
    :ivar volume_size: in GiB.
    :ivar volume_type: its name, empty to let Cinder choose.
    """

    image_id: str
    flavor_id: str
    network_id: str | None
    build_timeout: float
    build_interval: float
    volume_size: int
    volume_type: str


@errors.never_under_test
class Resources:
    """Servers and volumes of one project, all gone after :meth:`release`.

    Servers are named after a word that nothing else has, and are found by it: the response to a
    request for several has no ids. Volumes and snapshots are known by the ids of the responses to
    their requests, and those that Nova makes for a server by its attachments, before it goes.
    Nothing else is touched.
    """

    def __init__(self, nova: Nova, cinder_: Cinder | None, defaults: Defaults) -> None:
        self._nova = nova
        self._cinder = cinder_
        self.defaults = defaults
        # Plain enough to be a hostname as it is.
        self._name = re.sub('[^a-z0-9]+', '-', names.new().lower()).strip('-')
        # The requests for servers, by the names in them, and servers that have names of their own.
        self._bodies: dict[str, dict[str, Any]] = {}
        self._servers: set[str] = set()
        # Volumes, and the names of those whose request got no response.
        self._volume_ids: set[str] = set()
        self._lost: set[str] = set()
        # Snapshots and the volumes that they are of.
        self._snapshots: dict[str, str] = {}

    def server(self, **more: Any) -> dict[str, Any]:
        """Return the body of a request for a server, with a name of its own.

        :param more: keys of the request, in place of the usual ones.
        """
        body: dict[str, Any] = {
            'name': self._new_name(), 'imageRef': self.defaults.image_id,
            'flavorRef': self.defaults.flavor_id}
        if self.defaults.network_id:
            body['networks'] = [{'uuid': self.defaults.network_id}]
        body |= more
        self._bodies[body['name']] = body
        return body

    def boot(self, *bodies: dict[str, Any]) -> list[str]:
        """Return the ids of new servers, active and at rest.

        :param bodies: of the requests, as :meth:`server` makes them.
        :raises CloudError: when one does not become active.
        """
        for body in bodies:
            self.create(body)
        found = [server_id for body in bodies for server_id in self.named(
            body['name'], int(body.get('max_count') or body.get('min_count') or 1))]
        self.wait_for_active(found)
        return found

    def create(self, body: dict[str, Any]) -> NovaAnswer:
        """Return the response to a request for servers that is not under test itself."""
        if not self.defaults.volume_type or not _makes_volumes(body):
            return self._nova.create(body)
        devices = [
            {**device, 'volume_type': self.defaults.volume_type} if _makes_volume(device)
            else device for device in body['block_device_mapping_v2']]
        return self._nova.create(
            {'networks': 'auto', **body, 'block_device_mapping_v2': devices},
            _VOLUME_TYPE_SINCE)

    def keep(self, server_id: str) -> None:
        """Take a server, whose name begins otherwise, among those that go."""
        self._servers.add(server_id)

    def devices(self, volumes: Mapping[str, bool], image_id: str = '') -> list[dict[str, Any]]:
        """Return the block device mapping of a server that boots from an image.

        :param volumes: those to attach, with the delete_on_termination that is asked for.
        :param image_id: in place of the usual one.
        """
        return [
            {'boot_index': 0, 'source_type': 'image', 'destination_type': 'local',
             'uuid': image_id or self.defaults.image_id, 'delete_on_termination': True},
            *({'boot_index': -1, 'source_type': 'volume', 'destination_type': 'volume',
               'uuid': volume_id, 'delete_on_termination': flag}
              for volume_id, flag in volumes.items())]

    def _new_name(self) -> str:
        return f'{self._name}-{data_utils.rand_int_id(end=_MANY)}'

    def named(self, name: str, count: int) -> list[str]:
        """Return the ids of the servers made by the request of that name.

        :param count: how many it asked for.
        :raises CloudError: when there are not so many.
        """
        wanted = ({name} if count == 1 else
                  {f'{name}-{number}' for number in range(1, count + 1)})
        found = self._nova.ids_by_name(name)
        if not wanted <= set(found):
            raise errors.BadAnswer(
                f'GET /servers {self._nova.role.value}: of the {count} servers of the '
                f'request {name} only {len(wanted & set(found))} are listed')
        return [found[name] for name in sorted(wanted)]

    def wait_for_active(self, server_ids: Sequence[str]) -> None:
        """Wait until servers are active.

        :raises CloudError: as soon as one is in ERROR, or when time is out.
        """
        self.wait_for(server_ids, 'ACTIVE')

    def wait_for(self, server_ids: Sequence[str], status: str) -> None:
        """Wait until servers have a status of Nova, such as SHUTOFF, and are at rest.

        :raises CloudError: as soon as one is in ERROR, or when time is out.
        """
        self._nova.wait_for(
            server_ids, status, timeout=self.defaults.build_timeout,
            interval=self.defaults.build_interval)

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds, or the time is out that servers have to build."""
        for _ in polling.looks(timeout=self.defaults.build_timeout,
                               interval=self.defaults.build_interval):
            if condition():
                break

    def volume(self, size: int | None = None, volume_type: str = '') -> str:
        """Return the id of a new empty volume, ready to be attached.

        :param size: in GiB, by default that of [volume] volume_size.
        :param volume_type: by default that of [volume] volume_type, else Cinder's own choice.
        :raises CloudError: when it does not become available.
        """
        name = self._new_name()
        self._lost.add(name)
        volume_id = self._volumes.create(
            name, size or self.defaults.volume_size, volume_type or self.defaults.volume_type)
        self._volume_ids.add(volume_id)
        self._lost.discard(name)
        self._check_available('volume', volume_id,
                              self._volumes.wait_for(volume_id, 'available'))
        return volume_id

    def snapshot(self, size: int | None = None) -> str:
        """Return the id of a new snapshot of a new empty volume.

        :param size: in GiB, by default that of [volume] volume_size.
        :raises CloudError: when it does not become available.
        """
        volume_id = self.volume(size)
        snapshot_id = self._volumes.create_snapshot(self._new_name(), volume_id)
        self._snapshots[snapshot_id] = volume_id
        self._check_available('snapshot', snapshot_id,
                              self._volumes.wait_for_snapshot(snapshot_id, 'available'))
        return snapshot_id

    @staticmethod
    def _check_available(kind: str, its_id: str, seen: str | None) -> None:
        if seen != 'available':
            raise errors.CloudError(
                Code.STATE if str(seen).startswith('error') else Code.TIMEOUT,
                f'{kind} {its_id} did not become available but {str(seen)[:32]}; [volume] '
                f'build_timeout is the time it has')

    def sizes_of_volumes(self, volume_ids: Iterable[str]) -> dict[str, int | None]:
        """Return the sizes in GiB of volumes, by their ids; one that is not there has none."""
        return {volume_id: (self._volumes.volume(volume_id) or {}).get('size')
                for volume_id in volume_ids}

    def status_of_volume(self, volume_id: str, wanted: str | None) -> str | None:
        """Return the status of a volume (None: it is gone) once it had time to change.

        :param wanted: the status to wait for.
        :raises CloudError: when Cinder fails to get there, or is still at it.
        """
        seen = self._volumes.wait_for(volume_id, wanted)
        if seen != wanted and seen is not None and (
                seen in cinder.BUSY or seen.startswith('error')):
            raise errors.CloudError(
                Code.TIMEOUT if seen in cinder.BUSY else Code.STATE,
                f'volume {volume_id} did not become {wanted or "deleted"} but {seen[:32]}; '
                f'[volume] build_timeout is the time it has')
        return seen

    @property
    def _volumes(self) -> Cinder:
        if self._cinder is None:
            raise errors.NotOffered('[service_available] cinder is false')
        return self._cinder

    def delete(self, *server_ids: str) -> None:
        """Delete servers and wait until they are gone; volumes that stay go at the end.

        :raises CloudError: when one stays.
        """
        for server_id in server_ids:
            self._learn_volumes(server_id)
        with contextlib.ExitStack() as each:  # one that fails must not keep the others
            for server_id in server_ids:
                each.callback(self._nova.delete, server_id)
        self._nova.wait_until_gone(
            server_ids, timeout=self.defaults.build_timeout,
            interval=self.defaults.build_interval)

    def delete_soon(self, name: str) -> None:
        """Delete the server of a request, without waiting for it."""
        for server_id in self.named(name, 1):
            self._nova.delete(server_id)

    def discard(self, *server_ids: str) -> None:
        """Delete servers that are of no use any more; one that stays is deleted at the end."""
        for server_id in server_ids:
            self._learn_volumes(server_id)
            self._nova.delete(server_id)
        with contextlib.suppress(errors.CloudError):
            self._nova.wait_until_gone(
                server_ids, timeout=min(_DISCARDED, self.defaults.build_timeout),
                interval=self.defaults.build_interval)

    def _learn_volumes(self, server_id: str) -> None:
        """Remember the volumes that Nova made for a server, while its attachments show them."""
        if self._cinder is None or not any(map(_makes_volumes, self._bodies.values())):
            return
        for volume_id in set(self._nova.attached_volumes(server_id)) - self._volume_ids:
            volume = self._cinder.volume(volume_id)
            # So Nova calls them (nova/virt/block_device.py); what has another name is not ours.
            if volume is not None and volume.get('name') in (
                    None, '', f'{server_id}-blank-vol'):
                self._volume_ids.add(volume_id)

    def delete_volumes(self, volume_ids: Iterable[str]) -> None:
        """Delete volumes and wait until they are gone; one already gone is no error.

        :raises CloudError: when one stays.
        """
        self._volumes.delete(list(volume_ids))

    def release(self) -> None:
        """Delete all that was made, volumes that servers left behind included.

        :raises CloudError: when something stays.
        """
        with contextlib.ExitStack() as last:
            last.callback(self._release_volumes)
            made = self._nova.ids_by_name(f'{self._name}-')
            self._wait_for_volumes(made)
            self.delete(*{*made.values(), *self._servers})
            self._servers.clear()

    def _wait_for_volumes(self, made: Mapping[str, str]) -> None:
        """Wait for servers for which Nova still makes volumes: only then it shows them."""
        building = [server_id for name, server_id in made.items() if any(
            name == of or name.startswith(f'{of}-')
            for of, body in self._bodies.items() if _makes_volumes(body))]
        for _ in polling.looks(timeout=self.defaults.build_timeout,
                               interval=self.defaults.build_interval):
            building = [each for each in building if self._nova.status(each) == 'BUILD']
            if not building:
                return

    def _release_volumes(self) -> None:
        if self._cinder is None:
            return
        for name in self._lost:
            self._volume_ids |= self._cinder.named(name)
        # Those that go with their servers may not be gone yet: they are deleted like the others,
        # and one already gone is no error. Neither a snapshot nor its volume can be deleted
        # before what is made from it.
        sources = set(self._snapshots.values())
        self._cinder.delete(self._volume_ids - sources)
        for snapshot_id in self._snapshots:
            self._cinder.delete_snapshot(snapshot_id)
        self._cinder.delete(self._volume_ids & sources)
        self._volume_ids.clear()
        self._snapshots.clear()
        self._lost.clear()


def _makes_volumes(body: Mapping[str, Any]) -> bool:
    """Say whether Nova makes volumes for a request for servers."""
    return any(map(_makes_volume, body.get('block_device_mapping_v2') or ()))


def _makes_volume(device: Mapping[str, Any]) -> bool:
    return (device.get('destination_type') == 'volume'
            and device.get('source_type') != 'volume')
