"""What a class of tests makes in a cloud, and its removal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
import contextlib
import dataclasses
import re
from typing import Any

from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.cinder import Cinder
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.tests import names

# So many names that no two of a class are ever alike.
_MANY = 0x7fffffff


@dataclasses.dataclass(frozen=True)
class Defaults:
    """What every server of the suite has in common.

    :ivar network_id: the network of its one port, None to let Nova choose.
    :ivar build_timeout: seconds that servers have to build or to go.
    :ivar build_interval: longest time between two looks, in seconds.
    :ivar volume_size: in GiB.
    """

    name_prefix: str
    image_id: str
    flavor_id: str
    network_id: str | None
    build_timeout: float
    build_interval: float
    volume_size: int


class Resources:
    """Servers and volumes of one project, all gone after :meth:`release`.

    Everything is named after a word of its own, and is looked for by that
    name: an id under test is no way to find what has to be deleted.
    """

    def __init__(self, nova: Nova, cinder: Cinder | None, defaults: Defaults) -> None:
        self._nova = nova
        self._cinder = cinder
        self.defaults = defaults
        # Plain enough to be a hostname as it is.
        name = names.new(defaults.name_prefix)
        self._name = re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')
        self._volumes_before = cinder.ids() if cinder else set()
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
        return body | more

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
        :raises BadAnswer: when there are not so many.
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

        :raises BadAnswer: as soon as one is in ERROR, or when time is out.
        """
        self.wait_for(server_ids, 'ACTIVE')

    def wait_for(self, server_ids: Sequence[str], status: str) -> None:
        """Wait until servers have a status of Nova, such as SHUTOFF, and are at rest.

        :raises BadAnswer: as soon as one is in ERROR, or when time is out.
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
        :param volume_type: by default Cinder's own choice.
        :raises BadAnswer: when it does not become available.
        """
        volume_id = self._volumes.create(
            self._new_name(), size or self.defaults.volume_size, volume_type)
        seen = self._volumes.wait_for(volume_id, 'available')
        if seen != 'available':
            raise errors.BadAnswer(
                f'volume {volume_id} did not become available but {str(seen)[:32]}; '
                f'[volume] build_timeout is the time it has')
        return volume_id

    def snapshot(self, size: int | None = None) -> str:
        """Return the id of a new snapshot of a new empty volume.

        :param size: in GiB, by default that of [volume] volume_size.
        :raises BadAnswer: when it does not become available.
        """
        volume_id = self.volume(size)
        snapshot_id = self._volumes.create_snapshot(self._new_name(), volume_id)
        self._snapshots[snapshot_id] = volume_id
        seen = self._volumes.wait_for_snapshot(snapshot_id, 'available')
        if seen != 'available':
            raise errors.BadAnswer(
                f'snapshot {snapshot_id} did not become available but {str(seen)[:32]}; '
                f'[volume] build_timeout is the time it has')
        return snapshot_id

    def sizes_of_volumes(self) -> dict[str, int | None]:
        """Return the sizes in GiB of the project's volumes, by their ids."""
        return self._volumes.sizes()

    def status_of_volume(self, volume_id: str, wanted: str | None) -> str | None:
        """Return the status of a volume (None: it is gone) once it had time to change.

        :param wanted: the status to wait for.
        """
        return self._volumes.wait_for(volume_id, wanted)

    @property
    def _volumes(self) -> Cinder:
        if self._cinder is None:
            raise errors.NotOffered('[service_available] cinder is false')
        return self._cinder

    def delete(self, *server_ids: str) -> None:
        """Delete servers and wait until they are gone.

        :raises BadAnswer: when one stays.
        """
        with contextlib.ExitStack() as each:  # one that fails must not keep the others
            for server_id in server_ids:
                each.callback(self._nova.delete, server_id)
        self._nova.wait_until_gone(
            server_ids, timeout=self.defaults.build_timeout,
            interval=self.defaults.build_interval)

    def delete_volumes(self, volume_ids: Iterable[str]) -> None:
        """Delete volumes and wait until they are gone; one already gone is no error.

        :raises BadAnswer: when one stays.
        """
        self._volumes.delete(list(volume_ids))

    def release(self) -> None:
        """Delete all that was made, volumes that servers left behind included.

        :raises BadAnswer: when something stays.
        """
        with contextlib.ExitStack() as last:
            last.callback(self._release_volumes)
            self.delete(*self._nova.ids_by_name(self._name).values())

    def _release_volumes(self) -> None:
        if self._cinder:
            # Those that go with their servers may not be gone yet: they are
            # deleted like the others, and one already gone is no error.
            # Neither a snapshot nor its volume can be deleted before what is made from it.
            made = self._cinder.ids() - self._volumes_before
            self._cinder.delete(made - set(self._snapshots.values()))
            for snapshot_id in self._snapshots:
                self._cinder.delete_snapshot(snapshot_id)
            self._cinder.delete(made & set(self._snapshots.values()))
