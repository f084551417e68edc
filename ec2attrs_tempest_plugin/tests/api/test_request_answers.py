"""What Nova answers to requests that make or change a server."""

import base64
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests import names
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled

CONF = config.CONF


def at(call: Call, *minors: int) -> list[Case]:
    """Return a case for each role that may do it, at some microversions 2.x."""
    return [Case(call, Microversion(2, minor), role)
            for minor in minors for role in visibility.WRITERS]


#: From which microversion a request for a server has to say what networks it wants.
NETWORKS_REQUIRED = Microversion(2, 37)
#: The newest that is known, as the number behind the dot.
NEWEST = visibility.KNOWN.minor


@tabled
class RequestAnswersTest(base.BaseTest):
    """POST, PUT and rebuild. What is made here is not looked at any further."""

    @classmethod
    def prepare(cls) -> None:
        cls.by_role = {Role.MEMBER: cls.resources}
        if Role.ADMIN in cls.nova:
            cls.by_role[Role.ADMIN] = cls.resources_of(Role.ADMIN)
        more: dict[str, Any] = {}
        volumes = cls.volumes(1)
        if volumes:
            more['block_device_mapping_v2'] = cls.resources.devices(
                dict.fromkeys(volumes, True))
        cls.sent = base64.b64encode(names.user_data(b'of the request')).decode()
        body = cls.resources.server(user_data=cls.sent, **more)
        [cls.server_id] = cls.resources.boot(body)
        cls.server_name = body['name']

    def create(self, case: Case, **more: Any) -> Any:
        """Return the answer to a request for a server, which is deleted at once."""
        nova = self.seen_by(case.role, case.microversion)
        made = self.by_role[case.role]
        body = made.server(**more)
        if case.microversion >= NETWORKS_REQUIRED:
            body.setdefault('networks', 'auto')
        answer = nova.create(body, case.microversion)
        made.delete_soon(body['name'])
        return answer

    @decorators.idempotent_id('52e1bea9-ea60-4bd4-94d9-2eb1d41ef944')
    @requirement('EC2A-010', 'EC2A-009')
    @cases(at(Call.CREATE, 1, 2, 3, NEWEST))
    def test_answer_to_a_creation_shows_no_attribute(self, case: Case) -> None:
        """The answer to POST of one server has none of the attributes."""
        answer = self.create(case)
        self.assert_none(self.violations(answer, about=('EC2A-010', 'EC2A-009')))

    @decorators.idempotent_id('700f55ec-2366-47dd-b37f-80eaab64e0e8')
    @requirement('EC2A-021')
    @cases(at(Call.CREATE_RESERVATION, 1, 2, 3, NEWEST))
    def test_answer_with_the_reservation_id_has_nothing_else(self, case: Case) -> None:
        """The answer to POST with return_reservation_id has that one key alone."""
        answer = self.create(case, return_reservation_id=True)
        self.assert_none(self.violations(answer, about=('EC2A-021',)))

    @decorators.idempotent_id('a93693ec-5fcf-4953-9c26-5d1ddb63c268')
    @requirement('EC2A-011', 'EC2A-009')
    @cases(at(Call.UPDATE, 1, 2, 3, 74))
    def test_answer_to_an_update_shows_no_attribute(self, case: Case) -> None:
        """The answer to PUT of a server has none of the attributes."""
        answer = self.seen_by(case.role, case.microversion).update(
            self.server_id, {'name': self.server_name}, case.microversion)
        self.assert_none(self.violations(answer, about=('EC2A-011', 'EC2A-009')))

    @decorators.idempotent_id('53833f41-4368-4b91-9b89-949d178381c5')
    @requirement('EC2A-012', 'EC2A-009')
    @cases(at(Call.REBUILD, 1, 2, 3, 56))
    def test_answer_to_a_rebuild_shows_no_attribute(self, case: Case) -> None:
        """The answer to a rebuild of a server has none of the attributes."""
        nova = self.seen_by(case.role, case.microversion)
        answer = nova.rebuild(self.server_id, CONF.compute.image_ref, case.microversion)
        self.resources.wait_for_active([self.server_id])
        self.assert_none(self.violations(answer, about=('EC2A-012', 'EC2A-009')))

    @decorators.idempotent_id('c6a5978c-59f5-4aee-aae2-5a40aa951d00')
    @requirement('EC2A-015', 'EC2A-005', 'EC2A-006', 'EC2A-007', 'EC2A-009')
    @cases(at(Call.UPDATE, 75, 89, 90, NEWEST))
    def test_answer_to_an_update_shows_what_get_shows(self, case: Case) -> None:
        """The answer to PUT of a server has the attributes that GET of it has."""
        nova = self.seen_by(case.role, case.microversion)
        answer = nova.update(self.server_id, {'name': self.server_name}, case.microversion)
        self.assert_none(self.violations(
            answer, about=('EC2A-015', 'EC2A-005', 'EC2A-006', 'EC2A-007', 'EC2A-009')))
        shown = nova.show(self.server_id, case.microversion)
        updated, read = answer.server(self.server_id), shown.server(self.server_id)
        differences = [
            difference for attribute in attributes.SERVER_ATTRIBUTES
            for difference in self.differences(
                'EC2A-015', attribute, of=f'server {self.server_id}',
                expected=attribute.in_nova(read), seen=attribute.in_nova(updated),
                answers=[answer, shown])]
        self.assert_none([*differences, *self.differences(
            'EC2A-015', 'volumes_attached', of=f'server {self.server_id}',
            expected=volumes_by_id(read), seen=volumes_by_id(updated), answers=[answer, shown])])

    @decorators.idempotent_id('e15250d7-bf93-471f-884b-d608b783cab6')
    @requirement('EC2A-016', 'EC2A-005', 'EC2A-006', 'EC2A-007', 'EC2A-009')
    @cases(Case(case.call, case.microversion, case.role, requirements=(
        visibility.requirement(case.call, case.microversion, case.role),))
        for case in at(Call.REBUILD, 57, 74, 75, 89, 90, NEWEST))
    def test_answer_to_a_rebuild_shows_what_its_microversion_has(self, case: Case) -> None:
        """The answer has user_data as it was sent, and what else its microversion has."""
        nova = self.seen_by(case.role, case.microversion)
        answer = nova.rebuild(self.server_id, CONF.compute.image_ref, case.microversion)
        self.resources.wait_for_active([self.server_id])
        self.assert_none(self.violations(answer, about=(
            *case.requirements, 'EC2A-016', 'EC2A-005', 'EC2A-006', 'EC2A-007', 'EC2A-009')))
        rebuilt = answer.server(self.server_id)
        self.assert_agrees(
            'EC2A-016', USER_DATA, of=f'server {self.server_id}', expected=self.sent,
            seen=rebuilt.get(USER_DATA.name, ABSENT), answers=[answer])
        shown = nova.show(self.server_id, case.microversion)
        read = shown.server(self.server_id)
        if visibility.shows_volumes(case.call, case.microversion):
            self.assert_none([*(
                difference for attribute in visibility.shown_attributes(
                    case.call, case.microversion, case.role)
                for difference in self.differences(
                    'EC2A-017', attribute, of=f'server {self.server_id}',
                    expected=attribute.in_nova(read), seen=attribute.in_nova(rebuilt),
                    answers=[answer, shown])),
                *self.differences(
                    'EC2A-017', 'volumes_attached', of=f'server {self.server_id}',
                    expected=volumes_by_id(read), seen=volumes_by_id(rebuilt),
                    answers=[answer, shown])])
