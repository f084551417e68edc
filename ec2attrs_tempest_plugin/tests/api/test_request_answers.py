"""What Nova answers to requests that make or change a server."""

from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled

CONF = config.CONF

MICROVERSIONS = tuple(Microversion(2, minor) for minor in (1, 2, 3))


def everyone_to(call: Call) -> list[Case]:
    """Return a case for each role and microversion."""
    return [Case(call, microversion, role) for microversion in MICROVERSIONS for role in Role]


@tabled
class RequestAnswersTest(base.BaseTest):
    """POST, PUT and rebuild. What is made here is not looked at any further."""

    @classmethod
    def prepare(cls) -> None:
        cls.by_role = {Role.MEMBER: cls.resources}
        if Role.ADMIN in cls.nova:
            cls.by_role[Role.ADMIN] = cls.resources_of(Role.ADMIN)
        body = cls.resources.server()
        cls.nova[Role.MEMBER].create(body)
        [cls.server_id] = cls.resources.named(body['name'], 1)
        cls.server_name = body['name']
        cls.resources.wait_for_active([cls.server_id])

    def create(self, case: Case, **more: Any) -> Any:
        """Return the answer to a request for a server, which is deleted at once."""
        nova = self.seen_by(case.role, case.microversion)
        made = self.by_role[case.role]
        body = made.server(**more)
        answer = nova.create(body, case.microversion)
        for server_id in made.named(body['name'], 1):
            nova.delete(server_id)
        return answer

    @decorators.idempotent_id('52e1bea9-ea60-4bd4-94d9-2eb1d41ef944')
    @requirement('EC2A-010', 'EC2A-009')
    @cases(everyone_to(Call.CREATE))
    def test_answer_to_a_creation_shows_no_attribute(self, case: Case) -> None:
        """The answer to POST of one server has none of the attributes."""
        answer = self.create(case)
        self.assert_none(self.violations(answer, about=('EC2A-010', 'EC2A-009')))

    @decorators.idempotent_id('700f55ec-2366-47dd-b37f-80eaab64e0e8')
    @requirement('EC2A-021')
    @cases(everyone_to(Call.CREATE_RESERVATION))
    def test_answer_with_the_reservation_id_has_nothing_else(self, case: Case) -> None:
        """The answer to POST with return_reservation_id has that one key alone."""
        answer = self.create(case, return_reservation_id=True)
        self.assert_none(self.violations(answer, about=('EC2A-021',)))

    @decorators.idempotent_id('a93693ec-5fcf-4953-9c26-5d1ddb63c268')
    @requirement('EC2A-011', 'EC2A-009')
    @cases(everyone_to(Call.UPDATE))
    def test_answer_to_an_update_shows_no_attribute(self, case: Case) -> None:
        """The answer to PUT of a server has none of the attributes."""
        answer = self.seen_by(case.role, case.microversion).update(
            self.server_id, {'name': self.server_name}, case.microversion)
        self.assert_none(self.violations(answer, about=('EC2A-011', 'EC2A-009')))

    @decorators.idempotent_id('53833f41-4368-4b91-9b89-949d178381c5')
    @requirement('EC2A-012', 'EC2A-009')
    @cases(everyone_to(Call.REBUILD))
    def test_answer_to_a_rebuild_shows_no_attribute(self, case: Case) -> None:
        """The answer to a rebuild of a server has none of the attributes."""
        nova = self.seen_by(case.role, case.microversion)
        answer = nova.rebuild(self.server_id, CONF.compute.image_ref, case.microversion)
        self.resources.wait_for_active([self.server_id])
        self.assert_none(self.violations(answer, about=('EC2A-012', 'EC2A-009')))
