"""What is done to a server changes none of its attributes.

One request for two servers serves all tests here. What is done is done to the
second, the server of launch index 1, which has user data and a volume.
"""

import base64

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.api import life
from ec2attrs_tempest_plugin.tests.flavors import flavor_disk
from ec2attrs_tempest_plugin.tests.flavors import make_flavor
from ec2attrs_tempest_plugin.tests.marks import requirement

CONF = config.CONF


class ServerLifeTest(life.LifeTest):
    """Each test leaves its server active, as it found it."""

    @classmethod
    def make_server(cls) -> None:
        cls.with_volumes(cls._make_servers)

    @classmethod
    def _make_servers(cls, with_volume: bool) -> None:
        body = cls.resources.server(
            min_count=2, max_count=2, user_data=base64.b64encode(bytes(range(256))).decode())
        if with_volume:
            # A volume that is there already cannot be attached to both.
            body['block_device_mapping_v2'] = [
                *cls.resources.devices({}),
                {'boot_index': -1, 'source_type': 'blank', 'destination_type': 'volume',
                 'volume_size': CONF.volume.volume_size, 'delete_on_termination': True}]
        cls.another_id, cls.server_id = cls.resources.boot(body)
        cls.server_name = f'{body["name"]}-2'

    @classmethod
    def remove_server(cls) -> None:
        cls.resources.discard(cls.another_id, cls.server_id)

    # Power

    @decorators.idempotent_id('77cdb200-98bb-41bb-b4f4-2d6a0db618db')
    @requirement('EC2A-091')
    def test_soft_reboot(self) -> None:
        """A soft reboot changes nothing."""
        before = self.before()
        self.begin('reboot', {'type': 'SOFT'})
        self.assert_none(self.changes('EC2A-091', 'after a soft reboot', before))

    @decorators.idempotent_id('58a98240-5d0c-4df3-95b3-3a7fb0939ff1')
    @requirement('EC2A-091')
    def test_hard_reboot(self) -> None:
        """A hard reboot changes nothing."""
        before = self.before()
        self.begin('reboot', {'type': 'HARD'})
        self.assert_none(self.changes('EC2A-091', 'after a hard reboot', before))

    @decorators.idempotent_id('a0c31a96-05d1-4b1b-9137-18cf467a9031')
    @requirement('EC2A-091')
    def test_stop_and_start(self) -> None:
        """Neither a stop nor the start behind it changes anything."""
        before = self.before()
        self.begin('os-stop', None, 'SHUTOFF')
        changes = self.changes('EC2A-091', 'while stopped', before)
        self.end('os-start', found=changes)
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its start', before)])

    @decorators.idempotent_id('444a2267-6cbe-449f-8be6-51323d0abcec')
    @requirement('EC2A-091')
    def test_pause_and_unpause(self) -> None:
        """A pause and its end change nothing."""
        self.needs_feature('compute-feature-enabled', 'pause')
        before = self.before()
        self.begin('pause', None, 'PAUSED')
        changes = self.changes('EC2A-091', 'while paused', before)
        self.end('unpause', found=changes)
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its pause', before)])

    @decorators.idempotent_id('7a7ab5f3-6ffd-4f0d-9f23-3f85951a6154')
    @requirement('EC2A-091')
    def test_suspend_and_resume(self) -> None:
        """Neither a suspension nor the resumption changes anything."""
        self.needs_feature('compute-feature-enabled', 'suspend')
        before = self.before()
        self.begin('suspend', None, 'SUSPENDED')
        changes = self.changes('EC2A-091', 'while suspended', before)
        self.end('resume', found=changes)
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its resumption', before)])

    # Another host, another image, another flavor

    @decorators.idempotent_id('3b599b7a-32da-4d02-81c0-fd13018da323')
    @requirement('EC2A-091')
    def test_shelve_and_unshelve(self) -> None:
        """A server keeps everything while it is shelved, on no host, and after it."""
        self.needs_feature('compute-feature-enabled', 'shelve')
        before = self.before()
        status = self.begin('shelve', None, 'SHELVED', 'SHELVED_OFFLOADED')
        if status == 'SHELVED' and Role.ADMIN in self.nova:
            self.offload()
        changes = self.changes('EC2A-091', 'while shelved', before)
        self.end('unshelve', found=changes)
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its unshelving', before)])

    @errors.preparation
    def offload(self) -> None:
        """Let a shelved server leave its host, as Nova does by itself after a time."""
        self.nova[Role.ADMIN].act(self.server_id, 'shelveOffload')
        self.resources.wait_for([self.server_id], 'SHELVED_OFFLOADED')

    @decorators.idempotent_id('59ec693c-9ba8-49d2-bbd8-c84c9431cb60')
    @requirement('EC2A-091')
    def test_rescue_and_unrescue(self) -> None:
        """A server keeps everything, its root device too, while it is rescued and after it."""
        self.needs_feature('compute-feature-enabled', 'rescue')
        before = self.before()
        self.begin('rescue', None, 'RESCUE')
        changes = self.changes('EC2A-091', 'while rescued', before)
        self.end('unrescue', found=changes)
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its rescue', before)])

    @decorators.idempotent_id('93ee9442-8185-4c79-ad4d-79600e5065c9')
    @requirement('EC2A-091')
    def test_resize_and_its_revert(self) -> None:
        """A resize that is taken back changes nothing."""
        before, changes, _ = self.resized()
        self.end('revertResize', found=changes)
        self.assert_none([
            *changes, *self.changes('EC2A-091', 'after the revert of its resize', before)])

    @decorators.idempotent_id('0aabb6bb-bc32-462f-9923-c60443b78e68')
    @requirement('EC2A-091')
    def test_resize_and_its_confirmation(self) -> None:
        """A resize that is confirmed changes nothing, and neither does the one back.

        A disk does not shrink again, as the libvirt driver has it: after a resize to a larger one
        the next test gets a new server.
        """
        before, changes, has_larger_disk = self.resized()
        self.end('confirmResize', found=changes)
        changes += self.changes('EC2A-091', 'after its resize', before)
        if has_larger_disk:
            self.spoil()
            self.assert_none(changes)
            return
        try:
            self.begin('resize', {'flavorRef': CONF.compute.flavor_ref}, 'VERIFY_RESIZE')
        except (self.skipException, errors.NotPermitted, errors.CloudError):
            self.spoil()
            self.assert_none(changes)
            raise
        self.end('confirmResize', found=changes)
        self.assert_none([
            *changes, *self.changes('EC2A-091', 'after its resize back', before)])

    def resized(self) -> tuple[NovaAnswer, list[Violation], bool]:
        """Resize the server; return what it showed before, what changed, and of its disk.

        The last says whether the disk is larger now.
        """
        self.needs_feature('compute-feature-enabled', 'resize')
        before = self.before()
        flavor_id, has_larger_disk = self.other_flavor()
        self.begin('resize', {'flavorRef': flavor_id}, 'VERIFY_RESIZE')
        return (before, self.changes('EC2A-091', 'while its resize is verified', before),
                has_larger_disk)

    def other_flavor(self) -> tuple[str, bool]:
        """Return the flavor to resize to, and whether its disk is larger.

        It is that of [compute] flavor_ref_alt, or one that the administrator makes.
        """
        compute = CONF.compute
        disk = flavor_disk(self.nova[Role.MEMBER], compute.flavor_ref)
        alt = compute.flavor_ref_alt
        if alt in (None, '', compute.flavor_ref):
            self.not_configured('[compute] flavor_ref_alt names no other flavor than flavor_ref')
        alt_disk = flavor_disk(self.nova[Role.MEMBER], alt)
        if alt_disk == disk:
            return alt, False
        made = None
        if Role.ADMIN in self.nova:
            made = make_flavor(self.nova[Role.ADMIN], self.addClassResourceCleanup)
        if made is not None:
            return made, False
        if alt_disk is None or disk is None or alt_disk < disk:
            self.not_configured('[compute] flavor_ref_alt names no flavor whose disk is as large '
                                'as that of flavor_ref, or larger')
        return alt, True

    # Beside the server

    @decorators.idempotent_id('8bb9d700-030d-45e6-8591-13f9728914ee')
    @requirement('EC2A-091')
    def test_snapshot(self) -> None:
        """An image made of the server changes nothing of it."""
        self.needs_feature('compute-feature-enabled', 'snapshot')
        before = self.before()
        answer = self.act('createImage', {'name': f'{self.server_name}-image'},
                          expect=(202, 400, 409, 501))
        if answer.status != 202:
            self.unsupported(f'{answer.source}: {answer.status}')
        # Until it is active again, the server may be on its way into ERROR.
        self.spoil()
        image_id = answer.headers.get('location', '').rpartition('/')[2]
        if image_id:
            self.addClassResourceCleanup(
                Glance(self.member, catalog.of_group(CONF, 'image', 'v2')).delete, image_id)
        self.resources.wait_for_active([self.server_id])
        type(self)._is_spoiled = False
        self.assert_none(self.changes('EC2A-091', 'after a snapshot', before))

    @decorators.idempotent_id('ba0b8b7f-d402-4661-b8aa-3be1e7290b4b')
    @requirement('EC2A-091')
    def test_lock_and_unlock(self) -> None:
        """Neither a lock nor its removal changes anything."""
        before = self.before()
        self.begin('lock')
        # A server of which only an administrator can take the lock is of no use to other tests.
        self.spoil()
        changes = self.changes('EC2A-091', 'while locked', before)
        self.end('unlock', found=changes)
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its unlocking', before)])

    @decorators.idempotent_id('33ce3cf2-a026-4720-b991-8fe2ac10fb91')
    @requirement('EC2A-096')
    def test_attach_and_detach(self) -> None:
        """A volume that comes and goes changes no attribute, and no flag of another volume."""
        self.needs_volumes()
        before = self.before()
        volume_id = self.resources.volume()
        self.attach(volume_id)
        changes = self.changes('EC2A-096', f'with {volume_id} attached', before,
                               beside=[volume_id])
        self.detach(volume_id)
        self.assert_none([
            *changes, *self.changes('EC2A-096', f'with {volume_id} detached', before)])

    @errors.preparation
    def attach(self, volume_id: str) -> None:
        """Attach a volume to the server."""
        self.nova[Role.MEMBER].request(
            'POST', f'/servers/{self.server_id}/os-volume_attachments',
            {'volumeAttachment': {'volumeId': volume_id}}, expect=(200,))
        self.resources.status_of_volume(volume_id, 'in-use')

    @errors.preparation
    def detach(self, volume_id: str) -> None:
        """Detach a volume; Cinder has forgotten the attachment before Nova has."""
        path = f'/servers/{self.server_id}/os-volume_attachments/{volume_id}'
        nova = self.nova[Role.MEMBER]
        nova.request('DELETE', path, expect=(202,))
        for _ in polling.looks(timeout=CONF.volume.build_timeout,
                               interval=CONF.volume.build_interval):
            if nova.request('GET', path, expect=(200, 404)).status == 404:
                return
        self.spoil()
        raise errors.CloudError(
            Code.TIMEOUT, f'volume {volume_id} was not detached in {CONF.volume.build_timeout} '
                          f's; [volume] build_timeout is the time it has')

    # What is not asked of the server, or not of this one

    @decorators.idempotent_id('b8ee0e11-5738-471b-b412-33674205a8ff')
    @requirement('EC2A-092')
    def test_rename(self) -> None:
        """Another name is no other hostname, and changes nothing else."""
        before = self.before()
        self.nova[Role.MEMBER].update(
            self.server_id, {'name': f'{self.server_name}-renamed'}, FIRST)
        self.assert_none(self.changes('EC2A-092', 'after its renaming', before))

    @decorators.idempotent_id('915c4c88-5dec-473c-8b39-b22715e110c7')
    @requirement('EC2A-094')
    def test_deletion_of_the_first_server(self) -> None:
        """The second server of a request stays the second when the first is no more."""
        before = self.before()
        self.resources.delete(self.another_id)
        self.assert_none(self.changes(
            'EC2A-094', 'after the deletion of the first of its reservation', before))
