"""What a class makes goes, by ids and by its own names; what is not its own stays as it is."""

import re
import types
from typing import Any
from unittest import mock

import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.tests import names
from ec2attrs_tempest_plugin.tests.resources import Defaults
from ec2attrs_tempest_plugin.tests.resources import Resources

DEFAULTS = Defaults(image_id='image', flavor_id='1', network_id=None, build_timeout=0.3,
                    build_interval=0.01, volume_size=1, volume_type='')
BLANK = {'source_type': 'blank', 'destination_type': 'volume', 'volume_size': 1}


class Cloud:
    """Nova and Cinder of one project in memory, which somebody else uses as well."""

    role = mock.Mock(value='member')

    def __init__(self) -> None:
        self.servers = {'customer': 'id-customer'}
        self.statuses: dict[str, list[str]] = {}
        self.attached: dict[str, list[str]] = {'id-customer': ['root', 'data']}
        self.volumes_: dict[str, dict[str, Any]] = {
            'root': {'name': '', 'status': 'in-use'},
            'data': {'name': 'customer-data', 'status': 'in-use'},
            'free': {'name': '', 'status': 'available'}}
        self.snapshots = {'customer-snapshot'}
        self.deleted: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    # Nova

    def create(self, body: dict[str, Any], *_: Any) -> None:
        self.bodies.append(body)
        for number in range(body.get('max_count', 1)):
            name = f'{body["name"]}-{number + 1}' if 'max_count' in body else body['name']
            self.servers[name] = f'id-{name}'
            self.attached[f'id-{name}'] = []
            for device in body.get('block_device_mapping_v2', ()):
                volume_id = device.get('uuid') or f'made-{len(self.volumes_)}'
                self.attached[f'id-{name}'].append(volume_id)
                self.volumes_.setdefault(volume_id, {
                    'name': f'id-{name}-blank-vol', 'status': 'in-use'})

    def ids_by_name(self, prefix: str) -> dict[str, str]:
        return {name: its_id for name, its_id in self.servers.items() if name.startswith(prefix)}

    def status(self, server_id: str) -> str:
        left = self.statuses.get(server_id, ['ACTIVE'])
        return left.pop(0) if len(left) > 1 else left[0]

    def attached_volumes(self, server_id: str) -> list[str]:
        return [] if self.status(server_id) == 'BUILD' else self.attached[server_id]

    def delete(self, *ids: Any) -> None:
        for each in ids if isinstance(ids[0], str) else ids[0]:
            self.deleted.append(each)
            self.servers = {k: v for k, v in self.servers.items() if v != each}
            for volume_id in self.attached.pop(each, ()):
                self.volumes_[volume_id]['status'] = 'available'

    def wait_until_gone(self, *_: Any, **__: Any) -> None:
        """They are."""

    wait_for = wait_until_gone

    # Cinder; what both call delete is told apart by its argument

    def volume(self, volume_id: str) -> dict[str, Any] | None:
        return self.volumes_.get(volume_id)


class Cinder:
    """The volumes of such a project."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.lost = False

    def create(self, name: str, size: int, volume_type: str) -> str:
        self.cloud.volumes_[f'id-{name}'] = {'name': name, 'status': 'available', 'size': size,
                                             'type': volume_type}
        if self.lost:
            raise errors.CloudError(Code.CONNECTION, 'reset')
        return f'id-{name}'

    def create_snapshot(self, name: str, volume_id: str) -> str:
        self.cloud.snapshots.add(f'id-{name}')
        return f'id-{name}'

    def wait_for(self, volume_id: str, wanted: str | None) -> str | None:
        return (self.cloud.volumes_.get(volume_id) or {'status': None})['status']

    def wait_for_snapshot(self, *_: Any) -> str:
        return 'available'

    def volume(self, volume_id: str) -> dict[str, Any] | None:
        return self.cloud.volumes_.get(volume_id)

    def named(self, name: str) -> set[str]:
        return {key for key, each in self.cloud.volumes_.items() if each['name'] == name}

    def delete(self, volume_ids: set[str]) -> None:
        for each in volume_ids:
            self.cloud.deleted.append(each)
            self.cloud.volumes_.pop(each, None)

    def delete_snapshot(self, snapshot_id: str) -> None:
        self.cloud.deleted.append(snapshot_id)
        self.cloud.snapshots.discard(snapshot_id)


class ResourcesTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.patch(names, 'CONF', types.SimpleNamespace(
            resource_name_prefix='tempest', ec2attrs=types.SimpleNamespace(challenge=None)))
        self.cloud = Cloud()
        self.cinder = Cinder(self.cloud)
        self.resources = self.of(DEFAULTS)

    def of(self, defaults: Defaults) -> Resources:
        return Resources(self.cloud, self.cinder, defaults)  # type: ignore[arg-type]

    def assert_others_stay(self) -> None:
        self.assertEqual({'customer': 'id-customer'}, self.cloud.servers)
        self.assertEqual({'root', 'data', 'free'}, self.cloud.volumes_.keys() & {
            'root', 'data', 'free'})
        self.assertEqual({'customer-snapshot'}, self.cloud.snapshots)
        self.assertEqual(set(), {'id-customer', 'root', 'data', 'free'} & set(
            self.cloud.deleted))

    def test_all_that_was_made_goes_and_nothing_else(self) -> None:
        self.resources.boot(self.resources.server(
            max_count=2, block_device_mapping_v2=[BLANK, BLANK]))
        self.resources.volume()
        self.resources.snapshot()
        # Somebody else makes some meanwhile.
        self.cloud.volumes_['later'] = {'name': '', 'status': 'available'}
        self.resources.release()
        self.assert_others_stay()
        self.assertEqual({'root', 'data', 'free', 'later'}, set(self.cloud.volumes_))

    def test_volumes_that_nova_made(self) -> None:
        """They are known when a server is deleted, by a test or at the end."""
        [server_id] = self.resources.boot(self.resources.server(
            block_device_mapping_v2=[BLANK, {**BLANK, 'source_type': 'image'}]))
        made = set(self.cloud.attached[server_id])
        self.resources.delete(server_id)
        self.assertLessEqual(made, set(self.cloud.volumes_))
        self.resources.release()
        self.assertEqual(set(), made & set(self.cloud.volumes_))
        self.assert_others_stay()

    def test_volume_of_somebody_else_at_our_server(self) -> None:
        [server_id] = self.resources.boot(self.resources.server(block_device_mapping_v2=[BLANK]))
        self.cloud.attached[server_id].append('data')
        self.resources.release()
        self.assert_others_stay()

    def test_volumes_that_are_attached_and_not_made(self) -> None:
        """A request that names a volume has none made: what is attached is not asked for."""
        [server_id] = self.resources.boot(self.resources.server(
            block_device_mapping_v2=self.resources.devices({'free': False})))
        self.resources.release()
        self.assert_others_stay()

    def test_server_that_is_being_built(self) -> None:
        """Its volumes are waited for: once it is gone nothing says that they were its."""
        self.resources.create(body := self.resources.server(block_device_mapping_v2=[BLANK]))
        server_id = self.cloud.servers[body['name']]
        made = self.cloud.attached[server_id][0]
        self.cloud.statuses[server_id] = ['BUILD', 'BUILD', 'ACTIVE']
        self.resources.release()
        self.assertNotIn(made, self.cloud.volumes_)

    def test_volume_whose_creation_got_no_response(self) -> None:
        self.cinder.lost = True
        self.assertRaises(errors.CloudError, self.resources.volume)
        self.assertEqual(4, len(self.cloud.volumes_))
        self.resources.release()
        self.assertEqual(3, len(self.cloud.volumes_))
        self.assert_others_stay()

    def test_server_with_a_name_of_its_own(self) -> None:
        self.cloud.servers |= {'web': 'id-web', 'web-2': 'id-web-2'}
        self.resources.keep('id-web')
        self.resources.release()
        self.assertEqual({'customer': 'id-customer', 'web-2': 'id-web-2'}, self.cloud.servers)

    def test_no_name_begins_as_that_of_another_class(self) -> None:
        """ec2attrs-1 is not taken for ec2attrs-12, of a class that runs at the same time."""
        name = self.resources.server()['name'].rpartition('-')[0]
        self.cloud.servers |= {f'{name}1-5': 'id-other-class', f'{name}-5': 'id-ours'}
        self.resources.release()
        self.assertEqual(['id-ours'], self.cloud.deleted)
        self.assertTrue(re.fullmatch(r'tempest-ec2attrs-\d+', name))

    def test_volume_type(self) -> None:
        """That of [volume] volume_type is named for all volumes, those of Nova's making too."""
        named = self.of(Defaults(**{**vars(DEFAULTS), 'volume_type': 'ssd'}))
        self.assertEqual('ssd', self.cloud.volumes_[named.volume()]['type'])
        self.assertEqual('shared', self.cloud.volumes_[named.volume(1, 'shared')]['type'])
        named.create(named.server(block_device_mapping_v2=[BLANK, *named.devices({'free': True})]))
        [body] = self.cloud.bodies
        self.assertEqual(['ssd', None, None], [
            device.get('volume_type') for device in body['block_device_mapping_v2']])
        self.assertEqual('auto', body['networks'])
        self.resources.create(self.resources.server(block_device_mapping_v2=[BLANK]))
        self.assertNotIn('volume_type', str(self.cloud.bodies[-1]))
