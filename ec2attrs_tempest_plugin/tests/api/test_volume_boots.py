"""Volumes that are made or attached when their server is created: their flags and their fate."""

from collections.abc import Iterator, Mapping
import re
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.attachments import Attachments
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract import attachments
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.outcomes import TRANSIENT
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.flavors import make_flavor
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled
from ec2attrs_tempest_plugin.tests.outcomes import of_preparation
from ec2attrs_tempest_plugin.tests.shared_volumes import SharedVolumes

CONF = config.CONF

FLAG = DELETE_ON_TERMINATION
REBUILD_SINCE = Microversion(2, 93)
#: What section 6 of the specification leaves out; a flavor has sizes of that name from 2.47.
NEVER_SHOWN = re.compile('ephemeral|swap|block_?device|boot_?index|(?<!root_)device_?name', re.I)
SWAP_MIB = 64


@tabled
class VolumeBootsTest(SharedVolumes):
    """Servers whose volumes come from everywhere: image, volume, snapshot, nothing."""

    flags: dict[str, bool | None]
    # Why no snapshot can be made.
    no_snapshots: Exception | None
    building: list[NovaAnswer]
    with_reader = True

    @classmethod
    def prepare(cls) -> None:
        cls.needs_volumes()
        # Nova makes most of the volumes: each has another size, by which it is told from others.
        size = cls.resources.defaults.volume_size
        cls.sizes = {source: size + number for number, source in enumerate(
            ('image', 'snapshot', 'volume', 'blank'))}
        cls.snapshot_id = cls.snapshot(size)
        cls.volume_id = cls.resources.volume(cls.sizes['volume'])
        # No flag is asked for the blank one.
        cls.flags = cls.without_missing(
            {'image': False, 'snapshot': True, 'volume': True, 'blank': None})
        flavor_id = cls.flavor_with_devices()
        body = cls.server(cls.flags, cls.volume_id)
        if flavor_id:
            body['flavorRef'] = flavor_id
            body['block_device_mapping_v2'] += [
                {'boot_index': -1, 'source_type': 'blank', 'destination_type': 'local',
                 'volume_size': 1},
                {'boot_index': -1, 'source_type': 'blank', 'destination_type': 'local',
                 'guest_format': 'swap', 'volume_size': SWAP_MIB}]
        cls.resources.create(body)
        [cls.server_id] = cls.resources.named(body['name'], 1)
        cls.building = []
        cls.resources.until(cls.lists_its_volume)
        cls.resources.wait_for_active([cls.server_id])

    @classmethod
    def snapshot(cls, size: int) -> str:
        """Return the id of a new snapshot, empty where none can be made.

        Then the tests of the volume that is made from it say so, when they have tested the others.
        """
        cls.no_snapshots = None
        try:
            cls.needs_feature('volume-feature-enabled', 'snapshot')
            return cls.resources.snapshot(size)
        except (cls.skipException, errors.CloudError, errors.NotPermitted) as reason:
            if isinstance(reason, errors.CloudError) and reason.code in TRANSIENT:
                raise
            cls.no_snapshots = of_preparation(reason)
            return ''

    @classmethod
    def without_missing(cls, flags: dict[str, bool | None]) -> dict[str, bool | None]:
        """Return flags without the volume from a snapshot, where there is no snapshot."""
        return {source: flag for source, flag in flags.items()
                if source != 'snapshot' or cls.snapshot_id}

    def needs_snapshots(self) -> None:
        """Skip, or end in an error, where there is no snapshot; called when all else is tested."""
        if self.no_snapshots is not None:
            raise self.no_snapshots.with_traceback(None)

    @classmethod
    def lists_its_volume(cls) -> bool:
        """Keep another answer that shows the server, and say whether it lists the volume."""
        cls.building.append(cls.nova[Role.MEMBER].show(cls.server_id, INTRODUCED))
        return cls.volume_id in volumes_by_id(cls.building[-1].server(cls.server_id))

    @classmethod
    def flavor_with_devices(cls) -> str | None:
        """Return the id of a flavor with ephemeral and swap disk, None if none can be made."""
        if Role.ADMIN not in cls.nova:
            return None
        return make_flavor(cls.nova[Role.ADMIN], cls.addClassResourceCleanup,
                           **{'OS-FLV-EXT-DATA:ephemeral': 1, 'swap': SWAP_MIB})

    @classmethod
    def server(cls, flags: Mapping[str, bool | None], volume_id: str = '') -> dict[str, Any]:
        """Return the body of a request for a server with a volume of each source."""
        ids = {'image': CONF.compute.image_ref, 'snapshot': cls.snapshot_id, 'volume': volume_id}
        mappings = []
        for source, flag in flags.items():
            mapping: dict[str, Any] = {
                'boot_index': 0 if source == 'image' else -1, 'source_type': source,
                'destination_type': 'volume'}
            if source in ids:
                mapping['uuid'] = ids[source]
            if source != 'volume':
                mapping['volume_size'] = cls.sizes[source]
            if flag is not None:
                mapping[FLAG.nova_key] = flag
            mappings.append(mapping)
        return cls.resources.server(imageRef='', block_device_mapping_v2=mappings)

    def by_source(self, answer: NovaAnswer, server_id: str) -> dict[str, Mapping[str, Any]]:
        """Return the attached volumes of a server by where they come from."""
        volumes = volumes_by_id(answer.server(server_id))
        sizes = self.resources.sizes_of_volumes(volumes)
        sources: dict[int | None, str] = {size: source for source, size in self.sizes.items()}
        return {sources[sizes[volume_id]]: volume for volume_id, volume in volumes.items()
                if sizes[volume_id] in sources}

    def flags_shown(self, requirement_id: str, flags: Mapping[str, bool | None],
                    answer: NovaAnswer, server_id: str) -> list[Violation]:
        """Return what differs from the flags that were asked for, false where none was."""
        shown = self.by_source(answer, server_id)
        return [difference for source, flag in flags.items()
                for difference in self.differences(
                    requirement_id, FLAG, of=f'the volume from {source} of server {server_id}',
                    expected=bool(flag), seen=FLAG.in_nova(shown.get(source, {})),
                    answers=[answer])]

    @decorators.idempotent_id('6a5c1d8b-7a14-4a08-9b8f-20a7f50fd3c1')
    @requirement('EC2A-043')
    @cases([Case(*read) for read in visibility.all_reads(INTRODUCED)])
    def test_volume_of_each_source_has_the_flag_asked_for(self, case: Case) -> None:
        """From image, snapshot and volume, or blank: the flag is as asked, else false."""
        nova = self.seen_by(case.role, case.microversion)
        answer = (nova.show(self.server_id, case.microversion)
                  if case.call is visibility.Call.SHOW else
                  nova.detail(case.microversion, project_id=self.member.project_id))
        self.assert_none(self.flags_shown('EC2A-043', self.flags, answer, self.server_id))
        self.needs_snapshots()

    @decorators.idempotent_id('1b9f2b6c-50ea-4b0b-8b43-93f0c3ad61a4')
    @requirement('EC2A-043')
    def test_flag_shows_while_the_server_is_built(self) -> None:
        """As soon as the volume that the request named is listed, it has its flag."""
        self.needs_microversion(INTRODUCED)
        first = self.building[-1]
        volumes = volumes_by_id(first.server(self.server_id))
        self.assert_agrees(
            'EC2A-043', FLAG, of=f'volume {self.volume_id} when it is listed first',
            expected=True, seen=FLAG.in_nova(volumes.get(self.volume_id, {})), answers=[first])

    @decorators.idempotent_id('3c7fb0f9-6a8b-49d7-bd4d-9d8c1ac0d1fb')
    @requirement('EC2A-045')
    def test_rebuild_keeps_volumes_flags_and_root_device_name(self) -> None:
        """The server is made anew from the image, on the same volumes, flagged as before."""
        self.needs_microversion(REBUILD_SINCE)
        nova = self.nova[Role.MEMBER]
        watcher = self.nova.get(Role.ADMIN, nova)
        before = watcher.show(self.server_id, INTRODUCED)
        asked = nova.act(
            self.server_id, 'rebuild', {'imageRef': CONF.compute.image_ref},
            microversion=REBUILD_SINCE, expect=(202, 400, 409, 501))
        if asked.status != 202:
            self.unsupported(f'{asked.source} of a server that boots from a volume was answered '
                             f'with {asked.status}')
        self.resources.wait_for_active([self.server_id])
        after = watcher.show(self.server_id, INTRODUCED)
        self.assert_none([
            *self.differences(
                'EC2A-045', 'volumes_attached', of=f'server {self.server_id} after a rebuild',
                expected=sorted(volumes_by_id(before.server(self.server_id))),
                seen=sorted(volumes_by_id(after.server(self.server_id))),
                answers=[after, before]),
            *self.flags_shown('EC2A-045', self.flags, after, self.server_id),
            *self.differences(
                'EC2A-045', ROOT_DEVICE_NAME, of=f'server {self.server_id} after a rebuild',
                expected=ROOT_DEVICE_NAME.in_nova(before.server(self.server_id)),
                seen=ROOT_DEVICE_NAME.in_nova(after.server(self.server_id)),
                answers=[after, before])])

    @decorators.idempotent_id('0e1a9d51-0a0e-4e2a-a1c7-d31d1f7f9ee2')
    @requirement('EC2A-048')
    @cases([Case(*read) for read in visibility.all_reads(FIRST, INTRODUCED, visibility.KNOWN)])
    def test_no_other_device_shows(self, case: Case) -> None:
        """No ephemeral or swap device and no row of the block device mapping shows."""
        nova = self.seen_by(case.role, case.microversion)
        answer = (nova.show(self.server_id, case.microversion)
                  if case.call is visibility.Call.SHOW else
                  nova.detail(case.microversion, project_id=self.member.project_id))
        server = {key: value for key, value in answer.server(self.server_id).items()
                  if key != 'flavor'}
        self.assert_none(
            difference for key in keys(server) if NEVER_SHOWN.search(key)
            for difference in self.differences(
                'EC2A-048', key, of=f'server {self.server_id}', expected=ABSENT,
                seen=Words('present'), answers=[answer]))

    @decorators.idempotent_id('7f0e2f84-9a6d-4a0a-91a4-3f14a9c9a6f5')
    @requirement('EC2A-044')
    def test_volumes_fare_as_their_flags_say(self) -> None:
        """Of each source, attached later, or flagged otherwise later: each goes or stays."""
        self.needs_microversion(attachments.CHANGE_SINCE)
        # Each the other way round than that of the server that all tests share. There are ten
        # volumes then, as many as Cinder lets a project have by default.
        flags = self.without_missing({'image': True, 'snapshot': False, 'blank': True})
        [server_id] = self.resources.boot(self.server(flags))
        member = self.nova[Role.MEMBER]
        shown = member.show(server_id, INTRODUCED)
        fate = {volume['id']: (f'the volume from {source}', flags[source] is True)
                for source, volume in self.by_source(shown, server_id).items() if source in flags}
        self.assert_agrees(
            'EC2A-044', 'volumes_attached', of=f'server {server_id}, as the number of its volumes',
            expected=len(flags), seen=len(fate), answers=[shown])
        attached = Attachments(member, server_id)
        for said, first, then in (('flagged later', False, True),
                                  ('flagged no more', True, False)):
            volume_id = self.resources.volume()
            attached.attach(volume_id, attachments.CHANGE_SINCE, delete_on_termination=first)
            self.resources.status_of_volume(volume_id, 'in-use')
            attached.update(volume_id, attachments.CHANGE_SINCE, delete_on_termination=then)
            fate[volume_id] = f'the volume {said}', then
        self.addCleanup(self.resources.delete_volumes, fate)
        self.resources.delete(server_id)
        self.assert_none(
            difference for volume_id, (what, goes) in fate.items()
            for wanted in [None if goes else 'available']
            for difference in self.differences(
                'EC2A-044', FLAG, of=f'{what}, {volume_id}, flagged {str(goes).lower()}, as its '
                f'status after the deletion of its server', expected=wanted,
                seen=self.resources.status_of_volume(volume_id, wanted), answers=[shown]))
        self.needs_snapshots()

    @decorators.idempotent_id('8a0a0d93-15d7-4d5b-a2b8-1b7b0f4f9d27')
    @requirement('EC2A-047')
    def test_shared_volume_has_a_flag_at_each_server(self) -> None:
        """A volume attached to two servers shows each its own flag."""
        self.needs_microversion(attachments.FLAG_SINCE)
        member = self.nova[Role.MEMBER]
        volume_id = self.resources.volume(
            self.resources.defaults.volume_size + len(self.sizes), self.type_of_shared_volumes())
        [other_id] = self.resources.boot(self.resources.server())
        flags = {self.server_id: True, other_id: False}
        for server_id, flag in flags.items():
            asked = Attachments(member, server_id).attach(
                volume_id, attachments.FLAG_SINCE, expect=(200, 400, 409),
                delete_on_termination=flag)
            if asked.status != 200:
                self.unsupported(f'{asked.source} of a volume that is shared was answered with '
                                 f'{asked.status}')
            self.resources.status_of_volume(volume_id, 'in-use')
        found = []
        for server_id, flag in flags.items():
            listed = Attachments(member, server_id).list(attachments.FLAG_SINCE)
            server = member.show(server_id, INTRODUCED)
            for answer, volume in (
                    (listed, listed.of(volume_id)),
                    (server, volumes_by_id(server.server(server_id)).get(volume_id, {}))):
                found += self.differences(
                    'EC2A-047', FLAG, of=f'volume {volume_id} at server {server_id}',
                    expected=flag, seen=FLAG.in_nova(volume), answers=[answer])
        self.assert_none(found)


def keys(value: Any) -> Iterator[str]:
    """Yield every key in a value of JSON, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)
