"""Cinder's volumes, as far as the suite makes, watches and deletes them."""

from collections.abc import Collection, Mapping
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.contract.outcomes import Code

#: Statuses in which Cinder is still at work on a volume or a snapshot.
BUSY = ('creating', 'deleting', 'attaching', 'detaching', 'reserved', 'downloading', 'uploading')


@errors.never_under_test
class Cinder:
    """The volumes of one project; none of its requests is under test.

    :param timeout: seconds that a volume has to reach a state.
    :param interval: longest time between two looks, in seconds.
    """

    def __init__(self, session: openstack.Session, endpoint: openstack.Endpoint, *,
                 timeout: float, interval: float) -> None:
        self._session = session
        self._endpoint = endpoint
        self._timeout = timeout
        self._interval = interval

    def named(self, name: str) -> set[str]:
        """Return the ids of the volumes of the project that have exactly this name."""
        return {str(volume['id']) for volume in self._listed(
                    f'/volumes?{urllib.parse.urlencode({"name": name})}', 'volumes')
                if volume.get('name') == name}

    def volume(self, volume_id: str) -> Mapping[str, Any] | None:
        """Return a volume, None when there is no such volume."""
        return self._one('volume', volume_id)

    def create(self, name: str, size: int, volume_type: str = '') -> str:
        """Ask for an empty volume of a size in GiB and return its id.

        :param volume_type: name of its type, by default Cinder's own choice.
        """
        more = {'volume_type': volume_type} if volume_type else {}
        answer = self._ask('POST', '/volumes', {'volume': {'name': name, 'size': size, **more}},
                           expect=(202,))
        return str(answer.body['volume']['id'])

    def create_snapshot(self, name: str, volume_id: str) -> str:
        """Ask for a snapshot of a volume and return its id."""
        answer = self._ask('POST', '/snapshots', {'snapshot': {
            'name': name, 'volume_id': volume_id}}, expect=(202,))
        return str(answer.body['snapshot']['id'])

    def wait_for_snapshot(self, snapshot_id: str, wanted: str | None) -> str | None:
        """Wait until a snapshot has a status (None: is gone) and return the last one seen."""
        return self._wait_for('snapshot', snapshot_id, wanted)

    def delete_snapshot(self, snapshot_id: str) -> None:
        """Delete a snapshot and wait until it is gone.

        :raises CloudError: when it stays.
        """
        self._ask('DELETE', f'/snapshots/{snapshot_id}', expect=(202, 404))
        seen = self._wait_for('snapshot', snapshot_id, None)
        if seen is not None:
            raise errors.CloudError(
                Code.TIMEOUT, f'snapshot {snapshot_id} was not gone {self._timeout:.0f} s after '
                              f'its deletion but {seen[:32]}')

    def type_with(self, key: str, value: str) -> str | None:
        """Return the name of a volume type that has a property, None where there is none."""
        return next((str(each['name']) for each in self._listed('/types', 'volume_types')
                     if (each.get('extra_specs') or {}).get(key) == value), None)

    def create_type(self, name: str, properties: Mapping[str, str]) -> str | None:
        """Make a volume type and return its id, None where that is not allowed."""
        answer = self._ask('POST', '/types', {'volume_type': {
            'name': name, 'extra_specs': properties}}, expect=(200, 403))
        return str(answer.body['volume_type']['id']) if answer.status == 200 else None

    def delete_type(self, type_id: str) -> None:
        """Delete a volume type; one that is already gone is no error."""
        self._ask('DELETE', f'/types/{type_id}', expect=(202, 404))

    def status(self, volume_id: str) -> str | None:
        """Return the status of a volume, None when there is no such volume."""
        return self._status('volume', volume_id)

    def _status(self, kind: str, its_id: str) -> str | None:
        found = self._one(kind, its_id)
        return None if found is None else str(found.get('status'))

    def _one(self, kind: str, its_id: str) -> Mapping[str, Any] | None:
        answer = self._ask('GET', f'/{kind}s/{its_id}', expect=(200, 404))
        if answer.status == 404:
            return None
        try:
            found: Mapping[str, Any] = answer.body[kind]
        except (KeyError, TypeError):
            raise errors.BadAnswer(f'{answer.source}: the response holds no {kind}') from None
        return found

    def wait_for(self, volume_id: str, wanted: str | None) -> str | None:
        """Wait until a volume has a status (None: is gone) and return the last one seen.

        A volume in an error status is not waited for.
        """
        return self._wait_for('volume', volume_id, wanted)

    def _wait_for(self, kind: str, its_id: str, wanted: str | None) -> str | None:
        seen = None
        for _ in polling.looks(timeout=self._timeout, interval=self._interval):
            seen = self._status(kind, its_id)
            if seen is None or seen == wanted or seen.startswith('error'):
                break
        return seen

    def delete(self, volume_ids: Collection[str]) -> None:
        """Delete volumes and wait until they are gone, all within the time that one is given.

        :raises CloudError: when one stays; the others are deleted all the same.
        """
        waiting = dict.fromkeys(volume_ids, 'not asked for yet')
        asked: set[str] = set()
        failures: list[Exception] = []
        for _ in polling.looks(timeout=self._timeout, interval=self._interval):
            for volume_id in list(waiting):
                try:
                    seen = self._deleted(volume_id, asked)
                except (errors.BadAnswer, errors.CloudError) as failure:
                    failures.append(failure)
                    seen = None
                if seen is None:
                    del waiting[volume_id]
                else:
                    waiting[volume_id] = seen
            if not waiting:
                break
        failures += [errors.CloudError(
            Code.TIMEOUT, f'volume {volume_id} was not gone after {self._timeout:.0f} s but '
                          f'{seen[:32]}') for volume_id, seen in waiting.items()]
        if failures:
            first = failures[0]
            raise errors.CloudError(
                first.code if isinstance(first, errors.CloudError) else Code.REJECTED,
                '\n'.join(map(str, failures))) from first

    def _deleted(self, volume_id: str, asked: set[str]) -> str | None:
        """Return the status of a volume that is to go, None when it is gone; ask once for that.

        The volume of a server just deleted may still be in-use for a moment, and one that goes
        with its server may be going already.

        :raises CloudError: when Cinder says that it cannot be deleted.
        """
        seen = self.status(volume_id)
        if seen is not None and (seen == 'available' or seen.startswith('error')):
            if volume_id not in asked:
                self._ask('DELETE', f'/volumes/{volume_id}', expect=(202, 404))
                asked.add(volume_id)
            elif seen.startswith('error'):
                raise errors.CloudError(
                    Code.STATE, f'volume {volume_id} cannot be deleted: {seen[:32]}')
        return seen

    def _listed(self, path: str, key: str) -> list[Mapping[str, Any]]:
        return self._session.listed(
            self._endpoint, path, key,
            source=f'GET {path.partition("?")[0]} {self._session.person}')

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, *,
             expect: tuple[int, ...]) -> openstack.Answer:
        return self._session.request(
            self._endpoint, method, path, body=body, expect=expect,
            source=f'{method} {path.partition("?")[0]} {self._session.person}')
