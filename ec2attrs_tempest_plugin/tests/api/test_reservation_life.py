"""The servers of a request before they are built, and where no host takes them."""

import base64

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import SERVER_ATTRIBUTES
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.api import life
from ec2attrs_tempest_plugin.tests.flavors import make_flavor
from ec2attrs_tempest_plugin.tests.marks import Case
from ec2attrs_tempest_plugin.tests.marks import cases
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.marks import tabled

CONF = config.CONF

SENT_USER_DATA = base64.b64encode(b'sent with the request').decode()

#: In GiB, of the root disk: an exbibyte. Of memory and processors projects have a quota.
NO_HOST_HAS = 2 ** 30


class BuildingServersTest(life.LifeTest):
    """Two servers of one request, read as soon as it is accepted."""

    @decorators.idempotent_id('c7f8c147-b6ea-4941-a062-abd3272b251f')
    @requirement('EC2A-090')
    def test_building_changes_nothing(self) -> None:
        """What shows once the request is accepted shows of the active servers, too."""
        self.seen_by(Role.ADMIN, INTRODUCED)
        body = self.resources.server(min_count=2, max_count=2, user_data=SENT_USER_DATA)
        self.nova[Role.MEMBER].create(body)
        server_ids = self.resources.named(body['name'], 2)
        accepted = [self.as_admin(server_id) for server_id in server_ids]
        self.resources.wait_for_active(server_ids)
        changes = []
        for answer in accepted:
            [server] = answer.servers()
            # Null until there is a host that chooses it.
            chosen = ROOT_DEVICE_NAME.in_nova(server) is not None
            changes += self.changes('EC2A-090', 'after its building', answer, of=[
                each for each in SERVER_ATTRIBUTES if chosen or each is not ROOT_DEVICE_NAME])
        self.assert_none(changes)


@tabled
class UnplacedServersTest(life.LifeTest):
    """Two servers of one request that end in ERROR, for no host has room for them."""

    @classmethod
    def prepare(cls) -> None:
        cls.server_ids = []
        if Role.ADMIN not in cls.nova:
            return  # each test says so
        flavor_id = cls.flavor_for_no_host()
        body = cls.resources.server(
            min_count=2, max_count=2, return_reservation_id=True, user_data=SENT_USER_DATA,
            flavorRef=flavor_id)
        cls.server_name = body['name']
        cls.created = cls.nova[Role.MEMBER].create(body)
        cls.server_ids = cls.resources.named(body['name'], 2)
        cls.resources.wait_for(cls.server_ids, 'ERROR')

    @classmethod
    def flavor_for_no_host(cls) -> str:
        """Return the id of a flavor like that of the other servers, with too large a disk."""
        flavor_id = make_flavor(
            cls.nova[Role.ADMIN], cls.addClassResourceCleanup, disk=NO_HOST_HAS)
        if flavor_id is None:
            cls.unsupported('POST /flavors 2.1 admin: 403, no flavor can be made for which no '
                            'host has room')
        return flavor_id

    @decorators.idempotent_id('9bb07295-87c5-4145-a24f-29dfd9ecdaba')
    @requirement('EC2A-093')
    def test_servers_have_what_the_request_gave_them(self) -> None:
        """They carry reservation id, index, hostname and user data, and no root device name."""
        self.seen_by(Role.ADMIN, INTRODUCED)
        differences = []
        for index, server_id in enumerate(self.server_ids):
            answer = self.as_admin(server_id)
            differences += self.lacks(answer, server_id, index)
        self.assert_none(differences)

    @decorators.idempotent_id('534f0ad8-7201-4716-ad21-3f88f1902d4c')
    @requirement('EC2A-093')
    @cases([Case(Call.DETAIL, INTRODUCED, role) for role in (Role.ADMIN, Role.MEMBER)])
    def test_filter_finds_them(self, case: Case) -> None:
        """The filter reservation_id finds them, to an administrator with all they have."""
        self.seen_by(Role.ADMIN, case.microversion)
        answer = self.seen_by(case.role, case.microversion).detail(
            case.microversion, reservation_id=self.created.reservation_id)
        self.assert_agrees(
            'EC2A-093', RESERVATION_ID, of='the servers that the filter finds',
            expected=sorted(self.server_ids),
            seen=sorted(str(server.get('id')) for server in answer.servers()), answers=[answer])
        if case.role is Role.ADMIN:
            self.assert_none(
                difference for index, server_id in enumerate(self.server_ids)
                for difference in self.lacks(answer, server_id, index))

    def lacks(self, answer: NovaAnswer, server_id: str, index: int) -> list[Violation]:
        """Return what a server has not as the request had it; named for index + 1."""
        server = answer.server(server_id)
        return [
            difference for attribute, expected in (
                (RESERVATION_ID, self.created.reservation_id), (LAUNCH_INDEX, index),
                (HOSTNAME, f'{self.server_name}-{index + 1}'), (USER_DATA, SENT_USER_DATA),
                (ROOT_DEVICE_NAME, None))
            for difference in self.differences(
                'EC2A-093', attribute, of=f'server {server_id} in ERROR', expected=expected,
                seen=attribute.in_nova(server), answers=[answer])]
