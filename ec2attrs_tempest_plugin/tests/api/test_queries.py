"""How servers are found by their attributes: filters, sorting, pages."""

import urllib.parse

from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import SERVER_ATTRIBUTES
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled

#: From here on unknown filters are refused, and hostname is one for everyone from 2.90.
STRICT = Microversion(2, 75)
HOSTNAME_OPEN = Microversion(2, 90)

# Meant for whoever puts them into a regular expression, a query of a database or a number.
BROKEN_PATTERNS = ('[', '[]', '(', '*', '{0}', '\\')
HOSTILE = ('', '|', '%', '_', "' OR '1'='1", '-1', '1e999', '9' * 30, 'null', 'a' * 256,
           '\u2603', '\U0001f600', '\x00', '\n', '(a+)+$', '.*')
STATUSES = tuple(range(200, 600))


@tabled
class QueriesTest(base.BaseTest):
    """Three servers of one request, asked for in many ways."""

    with_reader = True

    @classmethod
    def prepare(cls) -> None:
        body = cls.resources.server(min_count=3, max_count=3, return_reservation_id=True)
        cls.name = body['name']
        cls.reservation_id = cls.nova[Role.MEMBER].create(body).reservation_id
        cls.three = cls.resources.named(cls.name, 3)
        # Nova cannot sort servers of which some have a root device name yet, and others not.
        cls.resources.wait_for_active(cls.three)

    def query(self, nova: Nova, microversion: Microversion, *,
              expect: tuple[int, ...] = (200,), **query: str) -> openstack.Answer:
        """Return the answer to GET /servers/detail with a query, of our reservation alone."""
        own = {'reservation_id': self.reservation_id}
        if nova.role is Role.ADMIN:
            own['all_tenants'] = '1'
        text = urllib.parse.urlencode(own | query)
        asked = ', '.join(f'{name}={value[:12]!a}' for name, value in query.items())
        return nova.request(
            'GET', f'/servers/detail?{text}', microversion=microversion, expect=expect,
            source=f'GET /servers/detail ({asked}) {microversion} {nova.role.value}')

    @staticmethod
    def found(answer: openstack.Answer) -> list[str]:
        """Return the ids of the servers in an answer, in its order."""
        return [str(server.get('id')) for server in answer.body['servers']]

    def broken_by(self, nova: Nova, microversion: Microversion, requirement_id: str, name: str,
                  values: tuple[str, ...]) -> list[Violation]:
        """Return where a query with one of the values is answered with a status from 500 on."""
        broken = []
        for value in values:
            answer = self.query(nova, microversion, expect=STATUSES, **{name: value})
            if answer.status >= 500:
                broken += self.differences(
                    requirement_id, name, of=f'a query with the value {value[:36]!a}',
                    expected=Words('a status below 500'), seen=answer.status, answers=[answer])
        return broken

    @decorators.idempotent_id('67c162f8-4fdf-4642-9be1-14a2f2f48dfa')
    @requirement('EC2A-065')
    @cases([Case(Call.DETAIL, INTRODUCED, Role.ADMIN), Case(Call.DETAIL, INTRODUCED, Role.MEMBER),
            Case(Call.DETAIL, HOSTNAME_OPEN, Role.MEMBER)])
    def test_no_value_of_a_filter_breaks_nova(self, case: Case) -> None:
        """Whatever is looked for, Nova answers with servers or refuses, and does not fail."""
        nova = self.seen_by(case.role, case.microversion)
        self.assert_none(
            violation for attribute in (RESERVATION_ID, HOSTNAME)
            for violation in self.broken_by(nova, case.microversion, 'EC2A-065', attribute.name,
                                            HOSTILE + BROKEN_PATTERNS))

    @decorators.idempotent_id('ce4ea57c-a90f-42f4-8427-275320a2e41a')
    @requirement('EC2A-083')
    def test_no_launch_index_breaks_nova(self) -> None:
        """Nova does not fail for any launch index that is looked for, a broken pattern included.

        Nova takes the value for a regular expression without looking at it, and up to 34.0.0
        answers 500 to one that is broken, to administrators alone.
        """
        nova = self.seen_by(Role.ADMIN, INTRODUCED)
        self.assert_none(
            self.broken_by(nova, INTRODUCED, 'EC2A-083', LAUNCH_INDEX.name, HOSTILE))
        self.advise(
            self.broken_by(nova, INTRODUCED, 'EC2A-083', LAUNCH_INDEX.name, BROKEN_PATTERNS))

    @decorators.idempotent_id('a339e0f5-98e8-4d05-b441-7f0f7ee53003')
    @requirement('EC2A-065')
    def test_no_sort_key_and_no_page_breaks_nova(self) -> None:
        """Sorting by any attribute, and pages of any size, are done or refused."""
        nova = self.seen_by(Role.MEMBER, INTRODUCED)
        values = HOSTILE + BROKEN_PATTERNS
        keys = tuple(attribute.name for attribute in SERVER_ATTRIBUTES)
        self.assert_none([
            *self.broken_by(nova, INTRODUCED, 'EC2A-065', 'sort_key', keys + values),
            *self.broken_by(nova, INTRODUCED, 'EC2A-065', 'sort_dir', values),
            *self.broken_by(nova, INTRODUCED, 'EC2A-065', 'limit', values),
            *self.broken_by(nova, INTRODUCED, 'EC2A-065', 'marker', values)])

    @decorators.idempotent_id('c516c417-d278-4b15-8cb8-bc8903f9c64f')
    @requirement('EC2A-066')
    @cases([Case(Call.DETAIL, microversion, Role.ADMIN)
            for microversion in (INTRODUCED, STRICT, HOSTNAME_OPEN)])
    def test_filter_launch_index(self, case: Case) -> None:
        """The filter launch_index finds the one server of the reservation that has the index."""
        nova = self.seen_by(case.role, case.microversion)
        for index, server_id in enumerate(self.three):
            answer = self.query(nova, case.microversion, launch_index=str(index))
            self.assert_agrees(
                'EC2A-066', LAUNCH_INDEX, of=f'the servers that the filter {index} finds',
                expected=[server_id], seen=self.found(answer), answers=[answer])

    @decorators.idempotent_id('0848e774-9fa5-43bf-8d97-306fcfbace02')
    @requirement('EC2A-066')
    @cases([Case(Call.DETAIL, INTRODUCED, Role.ADMIN),
            *(Case(Call.DETAIL, HOSTNAME_OPEN, role) for role in Role)])
    def test_filter_hostname(self, case: Case) -> None:
        """The filter hostname finds the one server that has the hostname."""
        nova = self.seen_by(case.role, case.microversion)
        for number, server_id in enumerate(self.three, 1):
            answer = self.query(nova, case.microversion, hostname=f'{self.name}-{number}')
            self.assert_agrees(
                'EC2A-066', HOSTNAME, of=f'the servers that the filter {self.name}-{number} finds',
                expected=[server_id], seen=self.found(answer), answers=[answer])

    @decorators.idempotent_id('535d43b2-a39a-40e3-a81b-8546de09061b')
    @requirement('EC2A-069')
    @cases([Case(Call.DETAIL, microversion, role)
            for microversion in (INTRODUCED, STRICT, HOSTNAME_OPEN)
            for role in (Role.MEMBER, Role.READER)])
    def test_hidden_attribute_is_no_filter(self, case: Case) -> None:
        """What a filter on a hidden attribute finds says nothing about the attribute."""
        nova = self.seen_by(case.role, case.microversion)
        hidden = {LAUNCH_INDEX.name: '2', 'root_device_name': '/dev/nonesuch',
                  'kernel_id': 'nonesuch', 'user_data': 'QUJD'}
        if case.microversion < HOSTNAME_OPEN:
            hidden[HOSTNAME.name] = f'{self.name}-2'
        for name, value in hidden.items():
            answer = self.query(nova, case.microversion, expect=(200, 400, 403),
                                **{name: value})
            if answer.status == 200:
                self.assert_agrees(
                    'EC2A-069', name, of='the servers that a filter on it finds',
                    expected=sorted(self.three), seen=sorted(self.found(answer)),
                    answers=[answer])

    @decorators.idempotent_id('d1f2a110-b73a-43da-965d-5fe9f950bbe4')
    @requirement('EC2A-068')
    @cases([Case(Call.DETAIL, microversion, role)
            for microversion in (INTRODUCED, STRICT) for role in Role])
    def test_sorted_by_launch_index(self, case: Case) -> None:
        """Sorted by launch index the servers come in its order, or in that turned round."""
        nova = self.seen_by(case.role, case.microversion)
        for direction, expected in (('asc', self.three), ('desc', self.three[::-1])):
            answer = self.query(nova, case.microversion, sort_key='launch_index',
                                sort_dir=direction)
            self.assert_agrees(
                'EC2A-068', LAUNCH_INDEX, of=f'the servers sorted by it, {direction}',
                expected=expected, seen=self.found(answer), answers=[answer])

    @decorators.idempotent_id('9a535459-edd2-4e7a-9d3d-0592b65043d9')
    @requirement('EC2A-067')
    @cases([Case(Call.DETAIL, INTRODUCED, role) for role in Role])
    def test_pages_of_a_reservation(self, case: Case) -> None:
        """Read in pages of one and of two, a reservation has each of its servers once."""
        nova = self.seen_by(case.role, case.microversion)
        for size in (1, 2):
            answers = [self.query(nova, case.microversion, limit=str(size))]
            # One page more than there can be: a cloud may repeat pages for ever.
            while self.found(answers[-1]) and len(answers) <= len(self.three):
                answers.append(self.query(nova, case.microversion, limit=str(size),
                                          marker=self.found(answers[-1])[-1]))
            seen = [server_id for answer in answers for server_id in self.found(answer)]
            self.assert_agrees(
                'EC2A-067', 'servers', of=f'reservation {self.reservation_id}, in pages of '
                f'{size}', expected=sorted(self.three), seen=sorted(seen),
                answers=[answers[0], answers[-1]])
