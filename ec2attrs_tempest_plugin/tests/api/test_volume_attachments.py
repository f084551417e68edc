"""The attachments of a server's volumes: what they show, take, change and refuse.

One server serves all tests. Two volumes are attached to it when it is created, the others by
the tests that look at them.
"""

from collections.abc import Mapping
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.attachments import AttachmentAnswer
from ec2attrs_tempest_plugin.clients.attachments import Attachments
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract import attachments
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.schemas import attachments as schema
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled

CONF = config.CONF

FLAG = DELETE_ON_TERMINATION
BEFORE_FLAG, LAST_WITH_BODY = Microversion(2, 78), Microversion(2, 100)
BEFORE_CHANGE = Microversion(2, 84)
READS = [Case(Call.SHOW, microversion, role)
         for microversion in (FIRST, BEFORE_FLAG, attachments.FLAG_SINCE, Microversion(2, 88),
                              attachments.IDS_SINCE, visibility.KNOWN) for role in Role]
COMPARED = [Case(call, microversion, role) for call in visibility.READS
            for microversion in (attachments.FLAG_SINCE, attachments.IDS_SINCE) for role in Role]
#: None of them is a boolean, in any spelling that Nova takes.
NO_FLAGS = ('maybe', 2, None)
# Nova refuses what it should not take; what it should refuse, it may take, to be said so.
ANY = (200, 202, 400, 403, 404, 409, 500, 503)


def flag_of(volume: Mapping[str, Any]) -> Any:
    """Return delete_on_termination of an attachment or an attached volume, or ABSENT."""
    return FLAG.in_nova(volume)


@tabled
class VolumeAttachmentsTest(base.BaseTest):
    """GET, POST, PUT and DELETE of os-volume_attachments.

    There are ten volumes in the end, as many as Cinder lets a project have by default.
    """

    with_reader = True

    @classmethod
    def prepare(cls) -> None:
        cls.needs_volumes()
        # The last is never attached: requests that must be refused are about it.
        cls.goes, cls.stays, cls.spare = (cls.resources.volume() for _ in range(3))
        cls.server_id = cls.boot({cls.goes: True, cls.stays: False})
        cls.attached = Attachments(cls.nova[Role.MEMBER], cls.server_id)

    @classmethod
    def boot(cls, volumes: Mapping[str, bool]) -> str:
        """Return the id of a new active server with volumes attached."""
        [server_id] = cls.resources.boot(cls.resources.server(
            block_device_mapping_v2=cls.resources.devices(volumes)))
        return server_id

    def new_attachment(self, microversion: Microversion,
                       **flag: Any) -> tuple[str, AttachmentAnswer]:
        """Return a new volume that is attached, and what was answered to the request."""
        volume_id = self.resources.volume()
        answer = self.attached.attach(volume_id, microversion, **flag)
        self.resources.status_of_volume(volume_id, 'in-use')
        return volume_id, answer

    def read(self) -> NovaAnswer:
        """Return the answer that shows the server with delete_on_termination of its volumes."""
        return self.nova[Role.MEMBER].show(self.server_id, INTRODUCED)

    def shown_as(self, requirement_id: str, volume_id: str, flag: bool, microversion: Microversion,
                 after: Any) -> list[Violation]:
        """Return what differs where attachment, attachments and server must show a flag."""
        shown, listed = self.attached.show(volume_id, microversion), self.attached.list(
            microversion)
        server = self.read()
        return [difference for answer, volume in (
            (shown, shown.of(volume_id)), (listed, listed.of(volume_id)),
            (server, volumes_by_id(server.server(self.server_id)).get(volume_id, {})))
            for difference in self.differences(
                requirement_id, FLAG, of=f'volume {volume_id} after {after.source}',
                expected=flag, seen=flag_of(volume), answers=[answer, after])]

    def refused(self, requirement_id: str, answer: Any, what: str) -> list[Violation]:
        """Return a violation unless a request was refused with 400."""
        errors.check_permitted(answer)
        return self.differences(requirement_id, 'status', of=what, expected=400,
                                seen=answer.status, answers=[answer])

    @staticmethod
    def broken(answer: AttachmentAnswer, *about: str) -> list[Violation]:
        """Return where an answer breaks its schema, for some of the requirements."""
        return [violation for violation in schema.violations(
            answer.body, answer.call, answer.microversion, source=answer.source,
            request_ids=answer.request_ids) if violation.requirement in about]

    # What shows

    @decorators.idempotent_id('2d0a6f0e-1c35-4d4e-9c0e-61a4a4a0e7f3')
    @requirement('EC2A-070', 'EC2A-075')
    @cases(READS)
    def test_attachments_show_what_their_microversion_has(self, case: Case) -> None:
        """An attachment, alone and in the list, shows flag and ids as its microversion has it."""
        attached = Attachments(self.seen_by(case.role, case.microversion), self.server_id)
        listed = attached.list(case.microversion)
        shown = [attached.show(volume_id, case.microversion)
                 for volume_id in (self.goes, self.stays)]
        self.assert_none(violation for answer in (listed, *shown)
                         for violation in self.broken(answer, 'EC2A-070', 'EC2A-075'))
        self.assert_none(
            difference for volume_id, answer in zip((self.goes, self.stays), shown, strict=True)
            for key in ('id', 'volumeId', *(k.name for k in attachments.KEYS))
            for difference in self.differences(
                'EC2A-070' if key == FLAG.nova_key else 'EC2A-075', key,
                of=f'volume {volume_id} in the list of attachments',
                expected=answer.of(volume_id).get(key), seen=listed.of(volume_id).get(key),
                answers=[listed, answer]))
        if case.microversion < attachments.IDS_SINCE:
            self.assert_none(
                difference for answer in (listed, *shown) for each in answer.attachments()
                for difference in self.differences(
                    'EC2A-075', 'id', of=f'volume {each.get("volumeId")}',
                    expected=each.get('volumeId'), seen=each.get('id'), answers=[answer]))

    @decorators.idempotent_id('a5b0ed76-6ae1-4a0d-b5b7-2f4f0f7bf2d4')
    @requirement('EC2A-076')
    @cases(COMPARED)
    def test_volumes_of_the_server_are_its_attachments(self, case: Case) -> None:
        """Server and attachments have the same volumes, each once, with the same flag."""
        nova = self.seen_by(case.role, case.microversion)
        listed = Attachments(nova, self.server_id).list(case.microversion)
        server = (nova.show(self.server_id, case.microversion) if case.call is Call.SHOW else
                  nova.detail(case.microversion, project_id=self.member.project_id))
        volumes = server.server(self.server_id).get(VOLUMES_KEY) or []
        self.assert_agrees(
            'EC2A-076', 'volumes_attached', of=f'server {self.server_id}',
            expected=sorted(([each.get('volumeId'), flag_of(each)]
                             for each in listed.attachments()), key=repr),
            seen=sorted(([each.get('id'), flag_of(each)] for each in volumes), key=repr),
            answers=[server, listed])
        self.assert_agrees(
            'EC2A-076', 'volumes_attached', of=f'server {self.server_id}, those that it was '
            f'created with', expected=[self.goes, self.stays],
            seen=[each for wanted in (self.goes, self.stays)
                  for each in [volume.get('id') for volume in volumes] if each == wanted],
            answers=[server])

    # What is attached

    @decorators.idempotent_id('5cb8ae07-3b3d-4d5d-8f52-7f7a2a9aa3d0')
    @requirement('EC2A-071')
    def test_attachment_echoes_the_flag(self) -> None:
        """From 2.79 to 2.100 the answer to an attachment has the flag asked for, else false."""
        self.needs_microversion(LAST_WITH_BODY)
        found = []
        for microversion, asked, flag in (
                (attachments.FLAG_SINCE, {FLAG.nova_key: True}, True),
                (LAST_WITH_BODY, {}, False)):
            volume_id, answer = self.new_attachment(microversion, **asked)
            found += self.broken(answer, 'EC2A-071') or self.differences(
                'EC2A-071', FLAG, of=f'volume {volume_id}', expected=flag,
                seen=flag_of(answer.of(volume_id)), answers=[answer])
            found += self.shown_as('EC2A-071', volume_id, flag, microversion, answer)
        self.assert_none(found)

    @decorators.idempotent_id('0f8cc1ba-83c0-4b3d-9a3b-4f1f8d4ae5aa')
    @requirement('EC2A-071')
    def test_flag_is_refused_below_2_79(self) -> None:
        """Below 2.79 an attachment with the flag is refused with 400, and not made."""
        self.needs_microversion(attachments.FLAG_SINCE)
        answer = self.attached.attach(self.spare, BEFORE_FLAG, expect=ANY,
                                      delete_on_termination=True)
        self.assert_none([
            *self.refused('EC2A-071', answer, 'an attachment with delete_on_termination'),
            *self.not_attached('EC2A-071', self.spare)])

    def not_attached(self, requirement_id: str, *volume_ids: str) -> list[Violation]:
        """Return a violation if one of the volumes is attached."""
        listed = self.attached.list(FIRST)
        return self.differences(
            requirement_id, 'volumeAttachments', of=f'server {self.server_id}, of those that must '
            f'not be attached', expected=[],
            seen=[volume_id for volume_id in volume_ids if listed.of(volume_id)],
            answers=[listed])

    @decorators.idempotent_id('9a61f0b8-5f0d-4d24-8bd6-fb0bd93f9b0c')
    @requirement('EC2A-072')
    def test_attachment_from_2_101_has_no_body(self) -> None:
        """From 2.101 an attachment is answered by 202 and nothing, and has the flag asked for."""
        self.needs_microversion(attachments.NO_BODY_SINCE)
        found = []
        for asked, flag in (({FLAG.nova_key: True}, True), ({}, False)):
            volume_id, answer = self.new_attachment(attachments.NO_BODY_SINCE, **asked)
            found += self.differences('EC2A-072', 'status', of='the answer', expected=202,
                                      seen=answer.status, answers=[answer])
            found += self.broken(answer, 'EC2A-072')
            found += self.shown_as('EC2A-072', volume_id, flag, attachments.NO_BODY_SINCE, answer)
        self.assert_none(found)

    @decorators.idempotent_id('4b7f7c1e-3c69-4a73-8f5c-0f1c7c9b2b6d')
    @requirement('EC2A-078')
    def test_flag_by_its_name(self) -> None:
        """An attachment that asks for "False" is made, and has the flag false."""
        self.needs_microversion(LAST_WITH_BODY)
        volume_id = self.resources.volume()
        answer = self.attached.attach(volume_id, LAST_WITH_BODY, expect=ANY,
                                      delete_on_termination='False')
        self.assert_agrees('EC2A-078', 'status', of='an attachment with "False"', expected=200,
                           seen=answer.status, answers=[answer])
        self.resources.status_of_volume(volume_id, 'in-use')
        self.advise([
            *self.shown_as('EC2A-078', volume_id, False, LAST_WITH_BODY, answer),
            *self.differences('EC2A-078', FLAG, of=f'volume {volume_id}', expected=False,
                              seen=flag_of(answer.of(volume_id)), answers=[answer])])

    # What is changed

    @decorators.idempotent_id('b8e6d3a7-93d3-4f5c-9b52-0e4cbeba3d34')
    @requirement('EC2A-073')
    def test_flag_changes(self) -> None:
        """From 2.85 an update changes the flag, by a boolean and by its name alike."""
        self.needs_microversion(attachments.CHANGE_SINCE)
        volume_id, _ = self.new_attachment(attachments.CHANGE_SINCE)
        found = []
        for sent, flag in ((True, True), ('False', False), ('True', True), (False, False)):
            answer = self.attached.update(volume_id, attachments.CHANGE_SINCE,
                                          delete_on_termination=sent)
            found += self.differences('EC2A-073', 'status', of='the answer', expected=202,
                                      seen=answer.status, answers=[answer])
            found += self.shown_as('EC2A-073', volume_id, flag, attachments.CHANGE_SINCE, answer)
        self.assert_none(found)

    @decorators.idempotent_id('f2a0db30-6a6b-4bd3-8b52-7c4d5a3e2c61')
    @requirement('EC2A-073')
    def test_flag_does_not_change_below_2_85(self) -> None:
        """Below 2.85 an update of the flag is refused with 400, and changes nothing."""
        self.needs_microversion(attachments.CHANGE_SINCE)
        answer = self.attached.update(self.stays, BEFORE_CHANGE, expect=ANY,
                                      delete_on_termination=True)
        self.assert_none([
            *self.refused('EC2A-073', answer, 'an update of delete_on_termination'),
            *self.shown_as('EC2A-073', self.stays, False, attachments.FLAG_SINCE, answer)])

    @decorators.idempotent_id('c1d6cc0b-6f83-47c4-9bb4-52bfa0a5a1ac')
    @requirement('EC2A-074')
    def test_nothing_else_changes(self) -> None:
        """Another device, server, tag or volume is refused, and the attachment stays as it was."""
        self.needs_microversion(attachments.CHANGE_SINCE)
        before = self.attached.list(attachments.CHANGE_SINCE)
        found = []
        for key, value in (('device', '/dev/vdzz'), ('serverId', self.goes),
                           ('tag', 'another')):
            answer = self.attached.update(
                self.stays, attachments.CHANGE_SINCE, expect=ANY, **{key: value})
            found += self.refused('EC2A-074', answer, f'an update of {key}')
        for volume_id in (self.spare, self.goes):
            answer = self.attached.update(self.stays, attachments.CHANGE_SINCE, expect=ANY,
                                          volumeId=volume_id)
            if answer.status < 400:
                found += self.differences(
                    'EC2A-074', 'status', of='an exchange of volumes',
                    expected=Words('400 or more'), seen=answer.status, answers=[answer])
        after = self.attached.list(attachments.CHANGE_SINCE)
        found += self.differences(
            'EC2A-074', 'volumeAttachment', of=f'volume {self.stays} after refused updates',
            expected=before.of(self.stays), seen=after.of(self.stays), answers=[after, before])
        self.assert_none([*found, *self.not_attached('EC2A-074', self.spare)])

    @decorators.idempotent_id('d4ac0f4b-9a6e-4c9c-8d57-9e2f0c1b5d42')
    @requirement('EC2A-077')
    def test_flag_that_is_none_is_refused(self) -> None:
        """Neither a server nor an attachment takes what is no boolean, nor does an update."""
        self.needs_microversion(attachments.CHANGE_SINCE)
        found = []
        for sent in NO_FLAGS:
            for answer in (
                    self.attached.attach(self.spare, attachments.FLAG_SINCE, expect=ANY,
                                         delete_on_termination=sent),
                    self.attached.update(self.stays, attachments.CHANGE_SINCE, expect=ANY,
                                         delete_on_termination=sent),
                    self.ask_for_server(self.spare, sent)):
                found += self.refused('EC2A-077', answer, f'delete_on_termination {sent!r}')
        self.assert_none([
            *found, *self.not_attached('EC2A-077', self.spare),
            *self.shown_as('EC2A-077', self.stays, False, attachments.FLAG_SINCE, answer)])

    def ask_for_server(self, volume_id: str, flag: Any) -> Any:
        """Return the answer to a request for a server with a volume."""
        return self.nova[Role.MEMBER].request('POST', '/servers', {
            'server': self.resources.server(block_device_mapping_v2=[
                {'boot_index': 0, 'source_type': 'volume', 'uuid': volume_id,
                 'destination_type': 'volume', 'delete_on_termination': flag}])}, expect=ANY)

    # What is detached, and attached again

    @decorators.idempotent_id('e6a3f7a1-2d2c-49ec-bf80-b2c2c2b7c1f5')
    @requirement('EC2A-046')
    def test_volume_attached_again_has_the_flag_of_the_new_request(self) -> None:
        """A detached volume is not listed, and does not remember its flag."""
        self.needs_microversion(attachments.FLAG_SINCE)
        volume_id, _ = self.new_attachment(attachments.FLAG_SINCE, delete_on_termination=True)
        self.attached.detach(volume_id, attachments.FLAG_SINCE)
        # Cinder has the volume back a moment before Nova forgets it.
        self.resources.status_of_volume(volume_id, 'available')
        self.resources.until(
            lambda: not self.attached.list(attachments.FLAG_SINCE).of(volume_id))
        server = self.read()
        self.assert_none([
            *self.not_attached('EC2A-046', volume_id),
            *self.differences(
                'EC2A-046', 'volumes_attached', of=f'server {self.server_id}, of the volume that '
                f'was detached', expected=[],
                seen=[each for each in volumes_by_id(server.server(self.server_id))
                      if each == volume_id], answers=[server])])
        again = self.attached.attach(volume_id, attachments.FLAG_SINCE,
                                     delete_on_termination=False)
        self.resources.status_of_volume(volume_id, 'in-use')
        self.assert_none(
            self.shown_as('EC2A-046', volume_id, False, attachments.FLAG_SINCE, again))
