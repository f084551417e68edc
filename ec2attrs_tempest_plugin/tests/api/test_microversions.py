"""How a microversion is asked for, and what Nova says of those that it does not have."""

from collections.abc import Mapping

from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.nova import answered_microversion
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import KNOWN
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import requirement

HEADER = 'OpenStack-API-Version'
LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'
# Since when Nova knows the first of the two.
HEADER_SINCE = Microversion(2, 27)

# None of them is "major.minor" in decimal digits, nor "latest".
MALFORMED = ('2', '2.', '.3', '2.3.4', '2.x', '2.03', '-2.3', 'newest', '2,3', '2.3beta')


class MicroversionsTest(base.BaseTest):
    """One server, read with headers of every kind."""

    @classmethod
    def prepare(cls) -> None:
        body = cls.resources.server()
        cls.nova[Role.MEMBER].create(body)
        [cls.server_id] = cls.resources.named(body['name'], 1)

    def show(self, nova: Nova, headers: Mapping[str, str],
             expect: tuple[int, ...] = (200,)) -> openstack.Answer:
        """Return the answer about the server to a request with headers as they are given."""
        asked = ', '.join(f'{name}: {value}' for name, value in headers.items())
        return nova.request('GET', f'/servers/{self.server_id}', headers=headers, expect=expect,
                            source=f'GET /servers/{{id}} ({asked or "no microversion"}) '
                                   f'{nova.session.person}')

    def assert_is_of(self, answer: openstack.Answer, microversion: Microversion,
                     requirement_id: str) -> None:
        """Fail unless an answer to an administrator is of a microversion, as it says itself."""
        self.assert_agrees(
            requirement_id, 'microversion', of='the answer', expected=str(microversion),
            seen=answered_microversion(answer), answers=[answer])
        server = answer.body.get('server', {}) if isinstance(answer.body, dict) else {}
        self.assert_agrees(
            requirement_id, attributes.RESERVATION_ID, of=f'server {self.server_id}, as present',
            expected=microversion >= INTRODUCED,
            seen=attributes.RESERVATION_ID.nova_key in server, answers=[answer])

    @decorators.idempotent_id('4aae8b0b-d374-43cb-9088-a9184b874b50')
    @requirement('EC2A-050')
    def test_legacy_header_chooses_the_microversion(self) -> None:
        """X-OpenStack-Nova-API-Version alone is enough to be shown the attributes."""
        admin = self.seen_by(Role.ADMIN, INTRODUCED)
        for microversion in (FIRST, Microversion(2, 2), INTRODUCED):
            answer = self.show(admin, {LEGACY_HEADER: str(microversion)})
            self.assert_is_of(answer, microversion, 'EC2A-050')

    @decorators.idempotent_id('d4dc6a31-eac0-45e5-8d63-621fe5493785')
    @requirement('EC2A-050')
    def test_header_chooses_the_microversion(self) -> None:
        """OpenStack-API-Version alone is enough to be shown the attributes."""
        self.needs_microversion(HEADER_SINCE)
        admin = self.seen_by(Role.ADMIN, INTRODUCED)
        for microversion in (FIRST, Microversion(2, 2), INTRODUCED):
            answer = self.show(admin, {HEADER: f'compute {microversion}'})
            self.assert_is_of(answer, microversion, 'EC2A-050')

    @decorators.idempotent_id('ca5d3e47-abc1-4dd1-aadd-dfa992a13658')
    @requirement('EC2A-050')
    def test_oldest_is_answered_where_none_is_asked_for(self) -> None:
        """Without a header, and with that of another service alone, the oldest is answered."""
        admin = self.seen_by(Role.ADMIN, FIRST)
        oldest, _ = self.offered()
        for headers in ({}, {HEADER: 'volume 3.27'}):
            self.assert_is_of(self.show(admin, headers), oldest, 'EC2A-050')

    @decorators.idempotent_id('1b85aafe-6b86-4afd-9ff2-35300b286332')
    @requirement('EC2A-051')
    def test_latest_is_the_newest(self) -> None:
        """The microversion latest is answered as the newest of the version document."""
        admin = self.seen_by(Role.ADMIN, INTRODUCED)
        _, newest = self.offered()
        self.assert_is_of(self.show(admin, {LEGACY_HEADER: 'latest'}), newest, 'EC2A-051')
        if newest >= HEADER_SINCE:
            self.assert_is_of(self.show(admin, {HEADER: 'compute latest'}), newest, 'EC2A-051')

    @decorators.idempotent_id('f6f657ce-72f8-4cd7-b17f-dae63f541a59')
    @requirement('EC2A-052')
    def test_microversion_out_of_range_is_refused(self) -> None:
        """Microversions before the oldest and behind the newest are refused with 406."""
        member = self.nova[Role.MEMBER]
        oldest, newest = self.offered()
        for microversion in (Microversion(oldest.major, oldest.minor - 1),
                             Microversion(newest.major, newest.minor + 1),
                             Microversion(newest.major + 1, 0), Microversion(2, 99999)):
            answer = self.show(member, member.asking_for(microversion), (200, 400, 404, 406))
            self.assert_agrees(
                'EC2A-052', 'status', of=f'microversion {microversion}, out of the range '
                f'{oldest} to {newest}', expected=406, seen=answer.status, answers=[answer])

    @decorators.idempotent_id('00520646-5b8f-44e3-9785-a2f47a2f7229')
    @requirement('EC2A-053')
    def test_malformed_microversion_is_refused(self) -> None:
        """What is no microversion at all is refused with 400, never taken for another."""
        member = self.nova[Role.MEMBER]
        for text in MALFORMED:
            answer = self.show(member, member.asking_for(text), (200, 400, 404, 406))
            self.assert_agrees('EC2A-053', 'status', of=f'microversion {text}', expected=400,
                               seen=answer.status, answers=[answer])

    @decorators.idempotent_id('3e88ce11-d1bc-4e79-86d7-5a56b40dae64')
    @requirement('EC2A-054')
    def test_newest_is_known_to_the_contract(self) -> None:
        """The newest is answered as such; where the contract does not know it, that is said."""
        member = self.nova[Role.MEMBER]
        _, newest = self.offered()
        answer = self.show(member, member.asking_for(newest), (200, 400, 404, 406))
        self.assert_agrees(
            'EC2A-054', 'status', of=f'microversion {newest}, the newest of the version document',
            expected=200, seen=answer.status, answers=[answer])
        if newest > KNOWN:
            self.advise(self.differences(
                'EC2A-054', 'microversion', of='Nova, as the newest', seen=str(newest),
                expected=Words(f'at most {KNOWN}, up to which the suite was told the history of '
                               f'Nova; newer ones are judged as that'), answers=[answer]))
