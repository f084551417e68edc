"""What a rebuild keeps of a server, and the little that it may change."""

import base64
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import SERVER_ATTRIBUTES
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.api import life
from ec2attrs_tempest_plugin.tests.marks import requirement

CONF = config.CONF

WITH_USER_DATA = Microversion(2, 57)
#: What an image decides.
OF_IMAGE = (KERNEL_ID, RAMDISK_ID)


def encoded(text: str) -> str:
    """Return user data as it is sent."""
    return base64.b64encode(text.encode()).decode()


class ServerRebuildTest(life.LifeTest):
    """One server with user data and two volumes; each test leaves it with its first image."""

    needs_admin = False

    @classmethod
    def make_server(cls) -> None:
        cls.with_volumes(cls._make_server)

    @classmethod
    def _make_server(cls, with_volumes: bool) -> None:
        body = cls.resources.server(user_data=encoded('first'))
        if with_volumes:
            body['block_device_mapping_v2'] = [
                *cls.resources.devices({}),
                *({'boot_index': -1, 'source_type': 'blank', 'destination_type': 'volume',
                   'volume_size': CONF.volume.volume_size, 'delete_on_termination': flag}
                  for flag in (True, False))]
        [cls.server_id] = cls.resources.boot(body)
        cls.server_name = body['name']

    def rebuild(self, image_id: str, microversion: Microversion = FIRST,
                **more: Any) -> NovaAnswer:
        """Rebuild the server as the member, wait for it, and return the response.

        The server is spoiled until it is active again, with its first image.
        """
        self.spoil()
        with errors.preparing():
            answer = self.nova[Role.MEMBER].rebuild(self.server_id, image_id, microversion,
                                                    **more)
        self.resources.wait_for_active([self.server_id])
        type(self)._is_spoiled = image_id != CONF.compute.image_ref
        return answer

    @decorators.idempotent_id('314ed1d0-40aa-418d-912b-4e757e28d3cf')
    @requirement('EC2A-095')
    def test_rebuild_from_the_same_image(self) -> None:
        """A rebuild from the image that the server has changes no attribute and no volume."""
        before = self.before()
        self.rebuild(CONF.compute.image_ref)
        self.assert_none(self.changes('EC2A-095', 'after a rebuild', before))

    @decorators.idempotent_id('9f66e350-faa3-4b0d-876f-5269357df519')
    @requirement('EC2A-095')
    def test_rebuild_from_another_image(self) -> None:
        """A rebuild from another image changes at most kernel and ramdisk, the one back none."""
        if CONF.compute.image_ref_alt in (None, '', CONF.compute.image_ref):
            self.not_configured('[compute] image_ref_alt names no other image than image_ref')
        before = self.before()
        self.rebuild(CONF.compute.image_ref_alt)
        changes = self.changes(
            'EC2A-095', 'after a rebuild from another image', before,
            of=[each for each in SERVER_ATTRIBUTES if each not in OF_IMAGE])
        self.rebuild(CONF.compute.image_ref)
        self.assert_none([*changes, *self.changes(
            'EC2A-095', 'after a rebuild from its first image', before)])

    @decorators.idempotent_id('6512a103-82ee-4fa5-b073-dbdeb9539003')
    @requirement('EC2A-092')
    def test_rebuild_under_another_name(self) -> None:
        """The name that comes with a rebuild is no other hostname, and changes nothing else."""
        before = self.before()
        self.rebuild(CONF.compute.image_ref, name=f'{self.server_name}-rebuilt')
        self.assert_none(self.changes('EC2A-092', 'after a rebuild under another name', before))

    @decorators.idempotent_id('b195308f-000f-43aa-aac0-68bdcc7f0f9a')
    @requirement('EC2A-034')
    def test_user_data_of_a_rebuild(self) -> None:
        """What a rebuild sends is the user data, what it leaves out stays, and null is none."""
        self.seen_by(Role.ADMIN, INTRODUCED)
        self.needs_microversion(WITH_USER_DATA)
        differences = []
        for how, sent, expected in (
                ('that sends other', {'user_data': encoded('second')}, encoded('second')),
                ('that sends none', {}, encoded('second')),
                ('that sends null', {'user_data': None}, None)):
            answer = self.rebuild(CONF.compute.image_ref, WITH_USER_DATA, **sent)
            differences += self.user_data_is_not(expected, f'after a rebuild {how}', answer)
        self.assert_none(differences)

    def user_data_is_not(self, expected: str | None, when: str,
                         answer: NovaAnswer) -> list[Violation]:
        """Return where the answer to a rebuild, or the server, has other user data."""
        shown = self.as_admin(self.server_id)
        seen = ((answer, answer.server(self.server_id).get('user_data', ABSENT)),
                (shown, USER_DATA.in_nova(shown.server(self.server_id))))
        return [difference for where, value in seen for difference in self.differences(
            'EC2A-034', USER_DATA, of=f'server {self.server_id} {when}', expected=expected,
            seen=value, answers=[where])]

    @decorators.idempotent_id('08257b30-e81c-4593-82c0-527784191fc3')
    @requirement('EC2A-034')
    def test_user_data_is_refused_before(self) -> None:
        """A rebuild takes no user data below 2.57."""
        before = Microversion(2, 56)
        self.needs_microversion(before)
        self.renew()
        answer = self.nova[Role.MEMBER].request(
            'POST', f'/servers/{self.server_id}/action',
            {'rebuild': {'imageRef': CONF.compute.image_ref, 'user_data': encoded('third')}},
            microversion=before, expect=(400, 202))
        self.resources.wait_for_active([self.server_id])
        self.assert_agrees('EC2A-034', 'status', of='a rebuild with user_data', expected=400,
                           seen=answer.status, answers=[answer])

    @decorators.idempotent_id('fdcaafd0-f078-4970-8b27-1cfa8116c75a')
    @requirement('EC2A-035')
    def test_kernel_and_ramdisk_of_another_image(self) -> None:
        """A rebuild from an image with kernel and ramdisk brings them, the one back none."""
        with_them = CONF.ec2attrs.kernel_ramdisk_image_ref
        if not with_them:
            self.not_configured('[ec2attrs] kernel_ramdisk_image_ref names no image that has '
                                'a kernel and a ramdisk')
        before = self.before()
        images = Glance(self.member, catalog.of_group(CONF, 'image', 'v2'))
        differences = []
        for image_id in (with_them, CONF.compute.image_ref):
            image = images.image(image_id)
            self.rebuild(image_id)
            shown = self.as_admin(self.server_id)
            for attribute in OF_IMAGE:
                # An image that has none is shown as null or as the empty string.
                differences += self.differences(
                    'EC2A-035', attribute,
                    of=f'server {self.server_id} after a rebuild from image {image_id}',
                    expected=image.get(attribute.name) or '',
                    seen=attribute.in_nova(shown.server(self.server_id)) or '', answers=[shown])
        self.assert_none([*differences, *self.changes(
            'EC2A-035', 'after a rebuild from its first image', before)])
