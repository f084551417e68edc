"""Requests for several servers: how many are made, and which are refused."""

import re
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.openstack import Answer
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import requirement

CONF = config.CONF

# The status is what is checked, so none is wrong by itself.
ANY_STATUS = tuple(range(200, 600))

WRONG: tuple[dict[str, Any], ...] = (
    {'min_count': 0}, {'max_count': 0}, {'min_count': -1}, {'max_count': -1},
    {'min_count': 'x'}, {'max_count': '1.5'}, {'max_count': 1.5}, {'max_count': ''},
    {'min_count': None}, {'return_reservation_id': 'maybe'})


class _MultipleCreates(base.BaseTest):

    @classmethod
    def ask(cls, body: dict[str, Any]) -> Answer:
        """Ask as a member for servers, whatever is answered."""
        answer = cls.nova[Role.MEMBER].request(
            'POST', '/servers', {'server': body}, expect=ANY_STATUS)
        errors.check_permitted(answer)
        return answer

    def named(self, name: str) -> dict[str, str]:
        """Return the ids of the servers that a request made, by their names."""
        return {each: server_id for each, server_id
                in self.nova[Role.MEMBER].ids_by_name(name).items()
                if re.fullmatch(rf'{re.escape(name)}(-\d+)?', each)}

    def assert_two_are_made(self, requirement_id: str, name: str, created: Answer) -> None:
        """Fail unless a request made two servers, of one reservation, 0 and 1 in their order."""
        self.assert_agrees(requirement_id, 'status', of=f'the answer to the request {name}',
                           expected=202, seen=created.status, answers=[created])
        ids = self.named(name)
        wanted = [f'{name}-1', f'{name}-2']
        self.assert_agrees(requirement_id, 'servers', of=f'the request {name}',
                           expected=wanted, seen=sorted(ids), answers=[created])
        admin = self.seen_by(Role.ADMIN, INTRODUCED)
        answers = [admin.show(ids[each], INTRODUCED) for each in wanted]
        one, two = [answer.server(ids[each])
                    for answer, each in zip(answers, wanted, strict=True)]
        self.assert_none([
            *self.differences(
                requirement_id, LAUNCH_INDEX, of=f'the servers of the request {name}',
                expected=[0, 1], seen=[LAUNCH_INDEX.in_nova(one), LAUNCH_INDEX.in_nova(two)],
                answers=answers),
            *self.differences(
                requirement_id, RESERVATION_ID, of=f'server {ids[wanted[1]]}',
                expected=RESERVATION_ID.in_nova(one), seen=RESERVATION_ID.in_nova(two),
                answers=answers)])

    def refused(self, status: int, requirement_id: str, **wrong: Any) -> list[Violation]:
        """Return violations where a request is not refused, or makes a server."""
        body = self.resources.server(**wrong)
        answer = self.ask(body)
        says = ', '.join(f'{key} {value!r}' for key, value in wrong.items())
        return [
            *self.differences(
                requirement_id, 'status', of=f'the answer to a request with {says}',
                expected=status, seen=answer.status, answers=[answer]),
            *self.differences(
                requirement_id, 'servers', of=f'the request with {says}', expected=[],
                seen=sorted(self.named(body['name'])), answers=[answer])]


class MultipleCreateTest(_MultipleCreates):
    """Each way to ask for two servers."""

    @classmethod
    def prepare(cls) -> None:
        least = cls.resources.server(min_count=2)
        most = cls.resources.server(max_count=2)
        most['name'] = f'{most["name"]}-'.ljust(80, 'x')
        strings = cls.resources.server(
            min_count='1', max_count='2', return_reservation_id='True')
        cls.created = {key: (body['name'], cls.ask(body)) for key, body in (
            ('least', least), ('most', most), ('strings', strings))}

    @decorators.idempotent_id('851f1dfb-7478-4679-9ca0-95bb253a9d57')
    @requirement('EC2A-060')
    def test_least_number_alone(self) -> None:
        """min_count 2 alone makes two servers."""
        self.assert_two_are_made('EC2A-060', *self.created['least'])

    @decorators.idempotent_id('0f7b46fd-5615-45b7-bcd7-56cdb35ebba2')
    @requirement('EC2A-060')
    def test_largest_number_alone(self) -> None:
        """max_count 2 alone makes two servers."""
        self.assert_two_are_made('EC2A-060', *self.created['most'])

    @decorators.idempotent_id('2886c567-43b8-4698-a39b-d8cf932155c9')
    @requirement('EC2A-060')
    def test_numbers_and_boolean_as_strings(self) -> None:
        """One to two servers, asked for in strings, are two, and their reservation is told."""
        name, created = self.created['strings']
        self.assert_two_are_made('EC2A-060', name, created)
        self.assert_agrees('EC2A-060', 'keys', of='the answer', expected=['reservation_id'],
                           seen=sorted(created.body or {}), answers=[created])

    @decorators.idempotent_id('417a77f0-367b-45a4-8180-c0f8a5fda364')
    @requirement('EC2A-064')
    def test_hostname_is_no_longer_than_a_label(self) -> None:
        """Of a name of 80 characters the hostname has at most 63, the number included."""
        name, _ = self.created['most']
        admin = self.seen_by(Role.ADMIN, INTRODUCED)
        unusable: list[Violation] = []
        too_long: list[Violation] = []
        for server_id in self.named(name).values():
            answer = admin.show(server_id, INTRODUCED)
            seen = HOSTNAME.in_nova(answer.server(server_id))
            usable = (isinstance(seen, str) and len(seen) <= 255
                      and re.fullmatch(r'[A-Za-z0-9-]+-[12]', seen))
            if not usable or len(seen) > 63:
                (too_long if usable else unusable).extend(self.differences(
                    'EC2A-064', HOSTNAME, of=f'server {server_id}, whose name has 80 characters',
                    expected=Words('up to 63 characters, the last ones a dash and a number'),
                    seen=seen, answers=[answer]))
        self.assert_none(unusable)
        self.advise(too_long)

    @decorators.idempotent_id('bba42d1a-7fb6-4d7e-9163-46b58356b89a')
    @requirement('EC2A-062')
    def test_wrong_numbers_are_refused(self) -> None:
        """What is no number, or below 1, is refused with 400, and no server is made."""
        self.assert_none(violation for wrong in WRONG
                         for violation in self.refused(400, 'EC2A-062', **wrong))

    @decorators.idempotent_id('97cad3dd-1da7-4cd3-a957-fa2d8b0201c0')
    @requirement('EC2A-062')
    def test_more_at_least_than_at_most_is_refused(self) -> None:
        """Two servers at least and one at most are refused with 400."""
        self.assert_none(self.refused(400, 'EC2A-062', min_count=2, max_count=1))


class SmallQuotaTest(_MultipleCreates):
    """A project of our own whose quota has room for two servers."""

    @classmethod
    def prepare(cls) -> None:
        cls.needs_feature('compute-feature-enabled', 'unified_limits', ruled_out=True)
        if not CONF.auth.use_dynamic_credentials:
            cls.not_configured('[auth] use_dynamic_credentials is false, and the quota of a '
                               'project that others use is not changed')
        admin = cls.nova[Role.ADMIN]
        path = f'/os-quota-sets/{cls.member.project_id}'
        refusals = (400, 403, 404, 501)
        cls.addClassResourceCleanup(admin.request, 'DELETE', path, expect=(202, *refusals))
        answer = admin.request('PUT', path, {'quota_set': {'instances': 2}},
                               expect=(200, *refusals))
        shown = admin.request('GET', path, expect=(200, *refusals))
        quota = shown.body.get('quota_set', {}).get('instances') if shown.body else None
        if quota != 2:  # as with unified limits
            cls.unsupported(f'the quota of servers cannot be changed through Nova: status '
                            f'{answer.status}, and then it is {quota}')
        cls.body = cls.resources.server(min_count=1, max_count=3)
        cls.created = cls.ask(cls.body)

    @decorators.idempotent_id('8fb6fa23-fae6-4aa0-b071-3e2f3f735074')
    @requirement('EC2A-061')
    def test_as_many_are_made_as_there_is_room_for(self) -> None:
        """One to three servers, with room for two, are two, numbered 0 and 1."""
        self.assert_two_are_made('EC2A-061', self.body['name'], self.created)

    @decorators.idempotent_id('5ca128a4-6211-4f63-b8d7-c962e55c7bc7')
    @requirement('EC2A-061')
    def test_fewer_than_asked_for_are_refused(self) -> None:
        """Three servers at least, with room for two, are refused with 403: none is made."""
        self.assert_none(self.refused(403, 'EC2A-061', min_count=3))
