"""What Nova's answers about servers hold, at every microversion, for each role.

Four servers serve all tests here: three of one request, with user data, and one
created alone, without, to which two volumes are attached.
"""

import base64
import dataclasses
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests import names
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled

CONF = config.CONF

MICROVERSIONS = tuple(Microversion(2, minor) for minor in (1, 2, 3))
# Of the later ones: where the hostname opens, and the newest that is known.
LIKE_SHOW = (Microversion(2, 90), visibility.KNOWN)
#: What every answer has to meet, whatever it shows.
ALWAYS = ('EC2A-005', 'EC2A-006', 'EC2A-007', 'EC2A-009')

#: Every way to read a server here, with the requirements on what it shows.
READS = [
    Case(*read, requirements=(visibility.requirement(*read),
                              visibility.flag_requirement(read[1])))
    for read in visibility.all_reads(*MICROVERSIONS)]
READS_WITH_ATTRIBUTES = [
    Case(*read) for read in visibility.all_reads(INTRODUCED)]
#: The same at each change of a later microversion, and just before it.
LATER_READS = [
    Case(*read, requirements=(visibility.requirement(*read),))
    for read in visibility.all_reads(*visibility.MICROVERSIONS) if read[1] > INTRODUCED]
ROLES_AND_MICROVERSIONS = [
    case for case in (*READS, *LATER_READS) if case.call is Call.SHOW
    and (case.microversion <= INTRODUCED or case.microversion in LIKE_SHOW)]
LISTINGS = [
    Case(Call.LIST, microversion, role)
    for microversion in (*MICROVERSIONS, *LIKE_SHOW) for role in Role]


@tabled
class ServerAnswersTest(base.BaseTest):
    """GET of servers that rest: nothing here changes them."""

    flags: dict[str, bool]
    with_reader = True

    @classmethod
    def prepare(cls) -> None:
        member = cls.nova[Role.MEMBER]
        # Each volume with the flag that its attachment at boot asks for.
        cls.flags = dict(zip(cls.volumes(2), (True, False), strict=False))

        # All 256 bytes: they have to come back as they were, whatever is in them.
        cls.sent = base64.b64encode(names.user_data(bytes(range(256)))).decode()
        three = cls.resources.server(
            min_count=3, max_count=3, return_reservation_id=True, user_data=cls.sent)
        alone = cls.resources.server(block_device_mapping_v2=cls.resources.devices(cls.flags))
        cls.three_name, cls.alone_name = three['name'], alone['name']
        cls.created = member.create(three)
        member.create(alone)
        cls.three = cls.resources.named(three['name'], 3)
        [cls.alone] = cls.resources.named(alone['name'], 1)
        cls.resources.wait_for_active([*cls.three, cls.alone])

    def read(self, case: Case, server_ids: list[str] | None = None) -> list[NovaAnswer]:
        """Return the answers in which a case's call shows the servers, all by default."""
        nova = self.seen_by(case.role, case.microversion)
        if case.call is Call.DETAIL:
            detail = nova.detail(case.microversion, project_id=self.member.project_id)
            return [detail.of([*self.three, self.alone])]
        return [nova.show(server_id, case.microversion)
                for server_id in server_ids or [*self.three, self.alone]]

    def as_admin(self, server_id: str) -> tuple[NovaAnswer, Any]:
        """Return the answer that shows a server with all attributes, and the server."""
        answer = self.seen_by(Role.ADMIN, INTRODUCED).show(server_id, INTRODUCED)
        return answer, answer.server(server_id)

    def three_as_admin(self) -> tuple[list[NovaAnswer], list[Any]]:
        """Return the answers that show the three servers of one request, and these."""
        shown = [self.as_admin(server_id) for server_id in self.three]
        return [answer for answer, _ in shown], [server for _, server in shown]

    # What shows

    @decorators.idempotent_id('8641dd05-1f23-4acc-b929-40ee2a16c873')
    @cases(READS)
    def test_attributes_present_or_absent(self, case: Case) -> None:
        """All eight are there, or not there, as microversion and role have it."""
        for answer in self.read(case):
            self.assert_none(self.violations(answer, about=case.requirements))

    @decorators.idempotent_id('41cafc85-29bd-4bf9-a3d8-75e0bc0bf2bd')
    @requirement('EC2A-006', 'EC2A-007')
    @cases(READS_WITH_ATTRIBUTES)
    def test_values_have_type_and_format(self, case: Case) -> None:
        """Each attribute that shows has its JSON type and its format."""
        for answer in self.read(case):
            self.assert_none(self.violations(answer, about=('EC2A-006', 'EC2A-007')))

    @decorators.idempotent_id('fa0c45a6-bf4e-47e1-b503-31bd596672cc')
    @requirement('EC2A-009')
    @cases([Case(case.call, case.microversion, case.role) for case in READS])
    def test_no_other_key_in_the_name_space(self, case: Case) -> None:
        """No unknown key shows among ours, and none of the specification's drafts."""
        for answer in self.read(case):
            self.assert_none(self.violations(answer, about=('EC2A-009',)))

    @decorators.idempotent_id('39c204cd-7917-4697-9729-d453fb4b4630')
    @requirement('EC2A-013')
    @cases([Case(case.call, case.microversion, case.role) for case in READS])
    def test_answer_names_its_microversion(self, case: Case) -> None:
        """An answer says that it is of the microversion that was asked for."""
        for answer in self.read(case, [self.alone]):
            self.assert_agrees('EC2A-013', 'microversion', of='the answer',
                               expected=str(case.microversion),
                               seen=answer.answered_microversion, answers=[answer])

    @decorators.idempotent_id('0ec30d02-2f7e-4412-9dd5-f0d119009699')
    @requirement(*ALWAYS, 'EC2A-013')
    @cases(LATER_READS)
    def test_answers_at_later_microversions(self, case: Case) -> None:
        """Presence, types, formats and names are as each later microversion has them."""
        for answer in self.read(case, [self.alone, self.three[1]]):
            self.assert_none(self.violations(answer, about=(*case.requirements, *ALWAYS)))
            self.assert_agrees('EC2A-013', 'microversion', of='the answer',
                               expected=str(case.microversion),
                               seen=answer.answered_microversion, answers=[answer])

    @decorators.idempotent_id('83096ad9-0ec2-4bc3-8841-930541e0dd29')
    @requirement('EC2A-019')
    @cases([Case(Call.SHOW, visibility.KNOWN, role) for role in Role])
    def test_newest_microversion_shows_what_the_newest_known_does(self, case: Case) -> None:
        """At the newest that Nova offers everything is as at the newest that is known."""
        _, newest = self.offered()
        nova = self.seen_by(case.role, newest)
        detail = nova.detail(newest, project_id=self.member.project_id)
        for answer in (nova.show(self.alone, newest), detail.of([self.alone])):
            about = (*ALWAYS, visibility.requirement(answer.call, newest, case.role))
            self.assert_none(dataclasses.replace(violation, requirement='EC2A-019')
                             for violation in self.violations(answer, about=about))

    @decorators.idempotent_id('99766059-e363-4b96-8e3e-1d8d49a7579e')
    @requirement('EC2A-018', 'EC2A-009')
    @cases(LISTINGS)
    def test_list_without_details_shows_no_attribute(self, case: Case) -> None:
        """GET of all servers without details has none of the attributes."""
        nova = self.seen_by(case.role, case.microversion)
        answer = nova.listing(case.microversion, name=self.three_name)
        self.assert_agrees(
            'EC2A-018', 'servers', of=f'the list of those named {self.three_name}',
            expected=sorted(self.three), seen=sorted(str(s.get('id')) for s in answer.servers()),
            answers=[answer])
        self.assert_none(self.violations(answer, about=('EC2A-018', 'EC2A-009')))

    @decorators.idempotent_id('dce3136f-de1c-4415-8105-1969802ebc4a')
    @requirement('EC2A-008')
    @cases([Case(case.call, case.microversion, case.role) for case in ROLES_AND_MICROVERSIONS])
    def test_detail_shows_what_show_shows(self, case: Case) -> None:
        """GET of all servers in detail shows each as GET of that server does."""
        [detail] = self.read(Case(Call.DETAIL, case.microversion, case.role))
        differences = []
        for server_id in (*self.three, self.alone):
            [show] = self.read(case, [server_id])
            listed, shown = detail.server(server_id), show.server(server_id)
            for attribute in attributes.SERVER_ATTRIBUTES:
                differences += self.differences(
                    'EC2A-008', attribute, of=f'server {server_id}',
                    expected=attribute.in_nova(shown), seen=attribute.in_nova(listed),
                    answers=[detail, show])
            differences += self.differences(
                'EC2A-008', 'volumes_attached', of=f'server {server_id}',
                expected=volumes_by_id(shown), seen=volumes_by_id(listed), answers=[detail, show])
        self.assert_none(differences)

    # Reservations

    @decorators.idempotent_id('6b2d4994-cc6e-4005-8d35-90f0ed514ba2')
    @requirement('EC2A-021')
    def test_answer_to_the_request_is_its_reservation_id_alone(self) -> None:
        """The answer to the request for three servers has that one key alone."""
        self.assert_none(self.violations(self.created, about=('EC2A-021',)))

    @decorators.idempotent_id('12e8881c-3f55-4aec-8848-866c519d45d4')
    @requirement('EC2A-020')
    def test_server_created_alone_has_index_0(self) -> None:
        """A server created alone is the first, and only, one of its reservation."""
        answer, server = self.as_admin(self.alone)
        self.assert_agrees('EC2A-020', LAUNCH_INDEX, of=f'server {self.alone}',
                           expected=0, seen=LAUNCH_INDEX.in_nova(server), answers=[answer])

    @decorators.idempotent_id('a7d08aa5-299d-492f-b1d6-95c1ac31432e')
    @requirement('EC2A-022')
    def test_servers_of_a_request_carry_its_reservation_id(self) -> None:
        """Each server of the request has the reservation id of the request's answer."""
        answers, servers = self.three_as_admin()
        reservation_id = self.created.reservation_id
        differences = []
        for answer, server in zip(answers, servers, strict=True):
            differences += self.differences(
                'EC2A-022', RESERVATION_ID, of=f'server {server["id"]}',
                expected=reservation_id, seen=RESERVATION_ID.in_nova(server),
                answers=[answer, self.created])
        self.assert_none(differences)

    @decorators.idempotent_id('722fcf2f-7df1-4374-a7f5-390e97689ac4')
    @requirement('EC2A-023')
    def test_indexes_number_the_servers_of_a_request(self) -> None:
        """The launch indexes of one request for three servers are exactly 0, 1 and 2."""
        answers, servers = self.three_as_admin()
        seen = [LAUNCH_INDEX.in_nova(server) for server in servers]
        self.assert_agrees('EC2A-023', LAUNCH_INDEX, of='the servers of one request',
                           expected=[0, 1, 2], seen=sorted(seen, key=repr), answers=answers)

    @decorators.idempotent_id('78da22c9-7de0-44ed-8603-ba3eea92751d')
    @requirement('EC2A-024')
    def test_hostname_is_name_and_index_plus_one(self) -> None:
        """Server of index i has the name of the request and -(i + 1) for its hostname."""
        answers, servers = self.three_as_admin()
        differences = []
        for answer, server in zip(answers, servers, strict=True):
            index = LAUNCH_INDEX.in_nova(server)
            number = index + 1 if type(index) is int else '(launch index + 1)'
            differences += self.differences(
                'EC2A-024', HOSTNAME, of=f'server {server["id"]}',
                expected=f'{self.three_name}-{number}', seen=HOSTNAME.in_nova(server),
                answers=[answer])
        self.assert_none(differences)

    @decorators.idempotent_id('fc8e55b4-3367-4c1a-9369-0a044b37e4b6')
    @requirement('EC2A-024')
    def test_hostname_of_a_server_created_alone_is_its_name(self) -> None:
        """A server created alone has its name for its hostname, and no number behind."""
        answer, server = self.as_admin(self.alone)
        self.assert_agrees('EC2A-024', HOSTNAME, of=f'server {self.alone}',
                           expected=self.alone_name, seen=HOSTNAME.in_nova(server),
                           answers=[answer])

    @decorators.idempotent_id('63f3c397-9b59-48a5-8551-60e5651a3e34')
    @requirement('EC2A-025')
    def test_two_requests_never_share_a_reservation(self) -> None:
        """The server created alone has another reservation id than the three."""
        answer, server = self.as_admin(self.alone)
        answers, servers = self.three_as_admin()
        shared = [RESERVATION_ID.in_nova(other) for other in servers]
        if RESERVATION_ID.in_nova(server) in shared:
            self.assert_agrees(
                'EC2A-025', RESERVATION_ID, of=f'server {self.alone}',
                expected=Words('one that no server of another request has'),
                seen=RESERVATION_ID.in_nova(server), answers=[answer, *answers])

    @decorators.idempotent_id('c5ed7155-0c7e-44d3-87ba-5bab0ddd34b4')
    @requirement('EC2A-026')
    @cases([Case(Call.DETAIL, INTRODUCED, role) for role in Role])
    def test_filter_finds_the_servers_of_a_reservation(self, case: Case) -> None:
        """The filter reservation_id finds the three servers and no other."""
        nova = self.seen_by(case.role, case.microversion)
        reservation_id = self.created.reservation_id
        found = nova.detail(case.microversion, reservation_id=reservation_id)
        self.assert_agrees(
            'EC2A-026', RESERVATION_ID, of=f'the servers that the filter {reservation_id} finds',
            expected=sorted(self.three), seen=sorted(str(s.get('id')) for s in found.servers()),
            answers=[found])

    # What was sent comes back, and what the server has

    @decorators.idempotent_id('0d70037c-7ffa-4a60-946e-903270007b1b')
    @requirement('EC2A-027')
    def test_active_server_has_a_root_device_name(self) -> None:
        """An active server has a root device name, below /dev/."""
        differences = []
        for server_id in (*self.three, self.alone):
            answer, server = self.as_admin(server_id)
            name = ROOT_DEVICE_NAME.in_nova(server)
            if not (isinstance(name, str) and name.startswith('/dev/')):
                differences += self.differences(
                    'EC2A-027', ROOT_DEVICE_NAME, of=f'server {server_id}',
                    expected=Words('a path below /dev/'), seen=name, answers=[answer])
        self.assert_none(differences)

    @decorators.idempotent_id('716a3a91-05f6-4098-81c1-369b8d9f193a')
    @requirement('EC2A-030')
    def test_user_data_is_what_was_sent(self) -> None:
        """Each server of the request shows the user data of the request."""
        answers, servers = self.three_as_admin()
        differences = []
        for answer, server in zip(answers, servers, strict=True):
            differences += self.differences(
                'EC2A-030', USER_DATA, of=f'server {server["id"]}', expected=self.sent,
                seen=USER_DATA.in_nova(server), answers=[answer])
        self.assert_none(differences)

    @decorators.idempotent_id('8a7e1296-f14c-4952-9c80-4d6aae201a79')
    @requirement('EC2A-031')
    def test_user_data_is_null_where_none_was_sent(self) -> None:
        """A server that was given no user data shows null."""
        answer, server = self.as_admin(self.alone)
        self.assert_agrees('EC2A-031', USER_DATA, of=f'server {self.alone}', expected=None,
                           seen=USER_DATA.in_nova(server), answers=[answer])

    @decorators.idempotent_id('59a6fbb3-1a01-4c50-9a60-b523729e5976')
    @requirement('EC2A-032')
    def test_no_kernel_and_no_ramdisk_for_an_image_without(self) -> None:
        """Kernel and ramdisk are empty or null for an image that has none."""
        answer, server = self.as_admin(self.alone)
        differences = []
        for attribute in (attributes.KERNEL_ID, attributes.RAMDISK_ID):
            if attribute.in_nova(server) not in ('', None):
                differences += self.differences(
                    'EC2A-032', attribute, of=f'server {self.alone}',
                    expected=Words('the empty string or null'),
                    seen=attribute.in_nova(server), answers=[answer])
        self.assert_none(differences)

    # Volumes

    @decorators.idempotent_id('a2eb520f-e23a-4e88-a6d6-3de88141e74f')
    @requirement('EC2A-040')
    @cases(READS_WITH_ATTRIBUTES)
    def test_flag_of_each_volume_is_as_asked(self, case: Case) -> None:
        """Of two volumes one was asked to go with the server, one to stay: so they say."""
        self.needs_volumes()
        [answer] = self.read(case, [self.alone])
        differences = []
        shown = volumes_by_id(answer.server(self.alone))
        for volume_id, flag in self.flags.items():
            differences += self.differences(
                'EC2A-040', DELETE_ON_TERMINATION, of=f'volume {volume_id}', expected=flag,
                seen=DELETE_ON_TERMINATION.in_nova(shown.get(volume_id, {})), answers=[answer])
        self.assert_none(differences)

    @decorators.idempotent_id('f1b4e5d8-893d-4e37-9693-5b0b1fe17b0c')
    @requirement('EC2A-041')
    @cases([Case(case.call, case.microversion, case.role) for case in READS])
    def test_each_volume_is_listed_once(self, case: Case) -> None:
        """The two volumes attached at boot are listed, each once, and no other."""
        self.needs_volumes()
        [answer] = self.read(case, [self.alone])
        volumes = answer.server(self.alone).get(attributes.VOLUMES_KEY)
        self.assert_agrees(
            'EC2A-041', 'volumes_attached', of=f'server {self.alone}',
            expected=sorted(self.flags), seen=sorted(
                str(v.get('id')) if isinstance(v, dict) else repr(v) for v in volumes)
            if isinstance(volumes, list) else volumes, answers=[answer])
