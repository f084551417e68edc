"""What is done to a server changes none of its attributes.

One request for two servers serves all tests here. What is done is done to the
second, the server of launch index 1, which has user data and a volume.
"""

import base64

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.api import life
from ec2attrs_tempest_plugin.tests.marks import requirement

CONF = config.CONF


class ServerLifeTest(life.LifeTest):
    """Each test leaves its server active, as it found it."""

    @classmethod
    def prepare(cls) -> None:
        body = cls.resources.server(
            min_count=2, max_count=2, user_data=base64.b64encode(bytes(range(256))).decode())
        if CONF.service_available.cinder:
            # A volume that is there already cannot be attached to both.
            body['block_device_mapping_v2'] = [
                *cls.resources.devices({}),
                {'boot_index': -1, 'source_type': 'blank', 'destination_type': 'volume',
                 'volume_size': CONF.volume.volume_size, 'delete_on_termination': True}]
        cls.nova[Role.MEMBER].create(body)
        cls.another_id, cls.server_id = cls.resources.named(body['name'], 2)
        cls.server_name = f'{body["name"]}-2'
        cls.resources.wait_for_active([cls.another_id, cls.server_id])

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
        self.end('os-start')
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its start', before)])

    @decorators.idempotent_id('444a2267-6cbe-449f-8be6-51323d0abcec')
    @requirement('EC2A-091')
    def test_pause_and_unpause(self) -> None:
        """A pause and its end change nothing."""
        before = self.before()
        self.begin('pause', None, 'PAUSED')
        changes = self.changes('EC2A-091', 'while paused', before)
        self.end('unpause')
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its pause', before)])

    @decorators.idempotent_id('7a7ab5f3-6ffd-4f0d-9f23-3f85951a6154')
    @requirement('EC2A-091')
    def test_suspend_and_resume(self) -> None:
        """Neither a suspension nor the resumption changes anything."""
        before = self.before()
        self.begin('suspend', None, 'SUSPENDED')
        changes = self.changes('EC2A-091', 'while suspended', before)
        self.end('resume')
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its resumption', before)])

    # Another host, another image, another flavor

    @decorators.idempotent_id('3b599b7a-32da-4d02-81c0-fd13018da323')
    @requirement('EC2A-091')
    def test_shelve_and_unshelve(self) -> None:
        """A server keeps everything while it is shelved, on no host, and after it."""
        before = self.before()
        status = self.begin('shelve', None, 'SHELVED', 'SHELVED_OFFLOADED')
        if status == 'SHELVED':
            self.nova[Role.ADMIN].act(self.server_id, 'shelveOffload')
            self.resources.wait_for([self.server_id], 'SHELVED_OFFLOADED')
        changes = self.changes('EC2A-091', 'while shelved', before)
        self.end('unshelve')
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its unshelving', before)])

    @decorators.idempotent_id('59ec693c-9ba8-49d2-bbd8-c84c9431cb60')
    @requirement('EC2A-091')
    def test_rescue_and_unrescue(self) -> None:
        """A server keeps everything, its root device too, while it is rescued and after it."""
        before = self.before()
        self.begin('rescue', None, 'RESCUE')
        changes = self.changes('EC2A-091', 'while rescued', before)
        self.end('unrescue')
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its rescue', before)])

    @decorators.idempotent_id('93ee9442-8185-4c79-ad4d-79600e5065c9')
    @requirement('EC2A-091')
    def test_resize_and_its_revert(self) -> None:
        """A resize that is taken back changes nothing."""
        before, changes = self.resized()
        self.end('revertResize')
        self.assert_none([
            *changes, *self.changes('EC2A-091', 'after the revert of its resize', before)])

    @decorators.idempotent_id('0aabb6bb-bc32-462f-9923-c60443b78e68')
    @requirement('EC2A-091')
    def test_resize_and_its_confirmation(self) -> None:
        """A resize that is confirmed changes nothing, and neither does the one back."""
        before, changes = self.resized()
        self.end('confirmResize')
        changes += self.changes('EC2A-091', 'after its resize', before)
        self.begin('resize', {'flavorRef': CONF.compute.flavor_ref}, 'VERIFY_RESIZE')
        self.end('confirmResize')
        self.assert_none([
            *changes, *self.changes('EC2A-091', 'after its resize back', before)])

    def resized(self) -> tuple[NovaAnswer, list[Violation]]:
        """Resize the server and return what it showed before, and what changed."""
        before = self.before()
        if CONF.compute.flavor_ref_alt in (None, '', CONF.compute.flavor_ref):
            self.not_configured('[compute] flavor_ref_alt names no other flavor than flavor_ref')
        self.begin('resize', {'flavorRef': CONF.compute.flavor_ref_alt}, 'VERIFY_RESIZE')
        return before, self.changes('EC2A-091', 'while its resize is verified', before)

    # Beside the server

    @decorators.idempotent_id('8bb9d700-030d-45e6-8591-13f9728914ee')
    @requirement('EC2A-091')
    def test_snapshot(self) -> None:
        """An image made of the server changes nothing of it."""
        before = self.before()
        answer = self.nova[Role.MEMBER].act(
            self.server_id, 'createImage', {'name': f'{self.server_name}-image'},
            expect=(202, 400, 403, 409, 501))
        if answer.status != 202:
            self.unsupported(f'{answer.source}: {answer.status}')
        image_id = answer.headers.get('location', '').rpartition('/')[2]
        self.addClassResourceCleanup(
            self.member.request, base.endpoint(CONF.image, 'v2'), 'DELETE',
            f'/images/{image_id}', expect=(204, 404), source='DELETE /v2/images/{id} member')
        self.resources.wait_for_active([self.server_id])
        self.assert_none(self.changes('EC2A-091', 'after a snapshot', before))

    @decorators.idempotent_id('ba0b8b7f-d402-4661-b8aa-3be1e7290b4b')
    @requirement('EC2A-091')
    def test_lock_and_unlock(self) -> None:
        """Neither a lock nor its removal changes anything."""
        before = self.before()
        self.begin('lock')
        changes = self.changes('EC2A-091', 'while locked', before)
        self.end('unlock')
        self.assert_none([*changes, *self.changes('EC2A-091', 'after its unlocking', before)])

    @decorators.idempotent_id('33ce3cf2-a026-4720-b991-8fe2ac10fb91')
    @requirement('EC2A-096')
    def test_attach_and_detach(self) -> None:
        """A volume that comes and goes changes no attribute, and no flag of another volume."""
        self.needs_volumes()
        before = self.before()
        volume_id = self.resources.volume()
        path = f'/servers/{self.server_id}/os-volume_attachments'
        self.nova[Role.MEMBER].request(
            'POST', path, {'volumeAttachment': {'volumeId': volume_id}}, expect=(200,))
        self.resources.status_of_volume(volume_id, 'in-use')
        changes = self.changes('EC2A-096', f'with {volume_id} attached', before,
                               beside=[volume_id])
        self.nova[Role.MEMBER].request('DELETE', f'{path}/{volume_id}', expect=(202,))
        self.wait_until_detached(volume_id)
        self.assert_none([
            *changes, *self.changes('EC2A-096', f'with {volume_id} detached', before)])

    def wait_until_detached(self, volume_id: str) -> None:
        """Wait until Nova knows nothing of an attachment: Cinder has forgotten it before."""
        for _ in polling.looks(timeout=CONF.volume.build_timeout,
                               interval=CONF.volume.build_interval):
            answer = self.nova[Role.MEMBER].request(
                'GET', f'/servers/{self.server_id}/os-volume_attachments/{volume_id}',
                expect=(200, 404))
            if answer.status == 404:
                return
        raise errors.BadAnswer(
            f'volume {volume_id} was not detached in {CONF.volume.build_timeout} s; '
            f'[volume] build_timeout is the time it has')

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
