"""Who is shown no server at all: those of other projects, and those without one."""

import json

from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.clients.openstack import Answer
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import requirement

MICROVERSIONS = (FIRST, INTRODUCED, Microversion(2, 90))
# What Nova may answer to those whom a server is none of the business of.
REFUSALS = (400, 401, 403, 404)


class RolesTest(base.BaseTest):
    """A server of the member's, and two people whom it is none of the business of."""

    # There only where there is an administrator.
    stranger: Nova
    nobody: Nova

    @classmethod
    def prepare(cls) -> None:
        body = cls.resources.server(return_reservation_id=True)
        cls.reservation_id = cls.nova[Role.MEMBER].create(body).reservation_id
        [cls.server_id] = cls.resources.named(body['name'], 1)
        if Role.ADMIN in cls.nova:
            people = cls.people()
            cls.stranger = cls.nova_of(people.user(people.project(), 'member'), Role.MEMBER,
                                       person='member of another project')
            cls.nobody = cls.nova_of(people.user(), Role.MEMBER, person='user without a project')

    def microversions(self) -> list[Microversion]:
        """Return those of the microversions that Nova offers; there have to be further people."""
        self.seen_by(Role.ADMIN, FIRST)
        oldest, newest = self.offered()
        return [each for each in (*MICROVERSIONS, newest) if oldest <= each <= newest]

    @decorators.idempotent_id('2e242a28-8748-4766-bd9f-7e85d869e2bc')
    @requirement('EC2A-080')
    def test_server_of_another_project_is_not_found(self) -> None:
        """Whatever is asked of a server by its id, another project is told there is none."""
        for microversion in self.microversions():
            for method, path, body in (
                    ('GET', '', None), ('GET', '/os-volume_attachments', None),
                    ('PUT', '', {'server': {'name': 'renamed'}}),
                    ('POST', '/action', {'reboot': {'type': 'SOFT'}})):
                answer = self.stranger.request(
                    method, f'/servers/{self.server_id}{path}', body, microversion=microversion,
                    expect=(200, 202, *REFUSALS),
                    source=f'{method} /servers/{{id}}{path} {microversion} of another project')
                self.assert_agrees(
                    'EC2A-080', 'status', of=f'server {self.server_id}', expected=404,
                    seen=answer.status, answers=[answer])

    @decorators.idempotent_id('e9e28b1c-60b8-4209-8436-fd354e4bed93')
    @requirement('EC2A-080')
    def test_no_list_of_another_project_holds_it(self) -> None:
        """No list that another project can ask for has the server in it."""
        for microversion in self.microversions():
            for path in ('/servers', '/servers/detail'):
                for query in ('', '?all_tenants=1', f'?reservation_id={self.reservation_id}',
                              f'?project_id={self.member.project_id}&all_tenants=1'):
                    answer = self.stranger.request(
                        'GET', path + query, microversion=microversion, expect=(200, *REFUSALS),
                        source=f'GET {path}{query} {microversion} of another project')
                    if self.server_id in json.dumps(answer.body):
                        self.assert_agrees(
                            'EC2A-080', 'server', of=self.server_id, expected=Words('absent'),
                            seen=Words('in the list'), answers=[answer])

    @decorators.idempotent_id('8a26861e-655a-4f69-9547-b759120fdd0a')
    @requirement('EC2A-081')
    def test_those_without_a_project_are_shown_no_server(self) -> None:
        """A token without a project is shown nothing of a server, alone or in a list."""
        for answer in self.answers_without_a_project():
            self.assert_agrees(
                'EC2A-081', 'server', of=f'server {self.server_id}, as shown', expected=False,
                seen=answer.status < 400 or self.server_id in json.dumps(answer.body),
                answers=[answer])

    @decorators.idempotent_id('5fe9c536-170b-4dd6-8185-9ecea48825fd')
    @requirement('EC2A-082')
    def test_those_without_a_project_are_told_so(self) -> None:
        """A token without a project is refused, and Nova does not fail.

        Nova takes the refusal inside it for a failure of the server's cell, and up to 34.0.0
        answers 500 to GET of a server.
        """
        answers = self.answers_without_a_project()
        granted, failed = [
            [violation for answer in answers if (answer.status >= 500) is is_failure
             and answer.status not in REFUSALS
             for violation in self.differences(
                 'EC2A-082', 'status', of=f'server {self.server_id}',
                 expected=Words('400, 401, 403 or 404'), seen=answer.status, answers=[answer])]
            for is_failure in (False, True)]
        self.assert_none(granted)
        self.advise(failed)

    def answers_without_a_project(self) -> list[Answer]:
        """Return the answers to someone who has no project."""
        return [self.nobody.request(
                    'GET', path, microversion=microversion, expect=tuple(range(200, 600)),
                    source=f'GET {path} {microversion} without a project')
                for microversion in self.microversions()
                for path in (f'/servers/{self.server_id}', '/servers', '/servers/detail')]
