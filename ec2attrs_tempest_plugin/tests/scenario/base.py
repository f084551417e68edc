"""The base of the tests that ask Nova and EC2 about the same servers."""

from collections.abc import Mapping, Sequence
import dataclasses
import functools
from typing import Any
import urllib.parse

from tempest import config

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.clients.ec2 import Ec2Answer
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.launches import Launches

CONF = config.CONF


@dataclasses.dataclass(frozen=True)
class Pair:
    """One server as both APIs show it.

    :ivar instance: boto3's Instance, with the ReservationId of its reservation.
    """

    server: Mapping[str, Any]
    instance: Mapping[str, Any]
    nova: NovaAnswer
    ec2: Ec2Answer

    @property
    def name(self) -> str:
        """The server, for messages."""
        return f'server {self.server["id"]}'

    @property
    def instance_id(self) -> str:
        """EC2's own id of the server."""
        return str(self.instance['InstanceId'])

    @property
    def answers(self) -> list[Any]:
        """The answers of both, EC2's first: it has to agree with the other."""
        return [self.ec2, self.nova]


class Ec2Test(base.BaseTest):
    """EC2 as the member's own keys see it."""

    ec2: Ec2

    @classmethod
    def prepare(cls) -> None:
        """Make keys for the member's project; they are deleted with the class."""
        cls.ec2 = cls.ec2_with(cls.keys_of(cls.member))
        cls.prepare_servers()

    @classmethod
    def prepare_servers(cls) -> None:
        """Boot what the tests of the class share."""

    @classmethod
    def ec2_with(cls, keys: Mapping[str, str], **more: Any) -> Ec2:
        """Return EC2 as the owner of keys sees it, 'access' and 'secret'."""
        return Ec2(cls.ec2_url(), access=keys['access'], secret=keys['secret'],
                   region=CONF.identity.region or 'RegionOne', http=base.http(),
                   record=cls.record, **more)

    @classmethod
    def keys_of(cls, session: openstack.Session) -> Mapping[str, str]:
        """Return new keys for somebody's project, 'access' and 'secret'.

        They are deleted with the class.
        """
        cls.ec2_url()  # without an EC2 API nobody needs keys
        request = functools.partial(session.request, openstack.Endpoint(
            'identity', region=CONF.identity.region,
            interface=CONF.identity.v3_endpoint_type, version='v3'))
        path = f'users/{session.user_id}/credentials/OS-EC2'
        made = request('POST', path, body={'tenant_id': session.project_id}, expect=(201,),
                       source=f'POST /v3/users/{{id}}/credentials/OS-EC2 {session.person}')
        keys: Mapping[str, str] = made.body['credential']
        cls.addClassResourceCleanup(
            request, 'DELETE', f'{path}/{urllib.parse.quote(keys["access"])}',
            expect=(204, 404),
            source=f'DELETE /v3/users/{{id}}/credentials/OS-EC2/{{id}} {session.person}')
        return keys

    @classmethod
    def launches(cls) -> Launches:
        """Return a way to launch instances through EC2; they go with the class."""
        made = Launches(cls.ec2, cls._launch_image, cls._launch_type,
                        timeout=CONF.compute.build_timeout,
                        interval=CONF.compute.build_interval)
        cls.addClassResourceCleanup(made.release)
        return made

    @classmethod
    def _launch_image(cls) -> str:
        if CONF.ec2attrs.ec2_image_id:
            return str(CONF.ec2attrs.ec2_image_id)
        glance = Glance(cls.member, base.endpoint(CONF.image, 'v2'))
        name = glance.image(CONF.compute.image_ref).get('name')
        found = [image.get('ImageId') for image in
                 cls.ec2.describe_images().body.get('Images', []) if image.get('Name') == name]
        if len(found) != 1:
            cls.not_configured(
                f'EC2 has {len(found)} images that are named as [compute] image_ref is, and '
                f'[ec2attrs] ec2_image_id is not set')
        return str(found[0])

    @classmethod
    def _launch_type(cls) -> str:
        if CONF.ec2attrs.ec2_instance_type:
            return str(CONF.ec2attrs.ec2_instance_type)
        answer = cls.nova[Role.MEMBER].request(
            'GET', f'/flavors/{CONF.compute.flavor_ref}', expect=(200,))
        return str(answer.body['flavor']['name'])

    @classmethod
    def ec2_url(cls) -> str:
        """Return where the EC2 API is, or skip."""
        if CONF.ec2attrs.ec2_url:
            return str(CONF.ec2attrs.ec2_url)
        try:
            return cls.member.url(openstack.Endpoint('ec2', region=CONF.identity.region))
        except errors.NotOffered as reason:
            cls.not_configured(f'{reason} and [ec2attrs] ec2_url is not set')


class ScenarioTest(Ec2Test):
    """Nova as an administrator sees it, and EC2 as the member's own keys see it."""

    @classmethod
    def prepare(cls) -> None:
        """Make keys, where EC2 shows servers of Nova."""
        cls.needs_servers_in_ec2()
        super().prepare()

    @classmethod
    def needs_servers_in_ec2(cls) -> None:
        """Skip unless EC2 shows servers that were booted through Nova."""
        if not CONF.ec2attrs.ec2_shows_servers:
            cls.not_configured('[ec2attrs] ec2_shows_servers is false: the EC2 API is said not '
                               'to show the servers of Nova')

    def nova_and_ec2(self, server_ids: Sequence[str], role: Role) -> list[Pair]:
        """Return servers as Nova shows them to a role beside the instances they are in EC2.

        They are matched by the private address, which is not under test. The
        first description names no instances: it is how an EC2 API that keeps
        ids of its own learns of servers that it did not start.
        """
        nova = self.seen_by(role, INTRODUCED).detail(
            INTRODUCED, project_id=self.member.project_id)
        ec2 = self.ec2.describe_instances()
        pairs, unmatched = [], []
        for server_id in server_ids:
            server = nova.server(server_id)
            addresses = private_addresses(server)
            found = [{**instance, 'ReservationId': reservation.get('ReservationId')}
                     for reservation in ec2.body.get('Reservations', [])
                     for instance in reservation.get('Instances', [])
                     if instance.get('PrivateIpAddress') in addresses]
            unmatched += self.differences(
                'EC2A-112', 'PrivateIpAddress', of=f'server {server_id} at '
                f'{", ".join(sorted(addresses))}', expected=Words('one instance'),
                seen=Words('one instance' if len(found) == 1 else f'{len(found)} instances'),
                answers=[ec2, nova])
            pairs += [Pair(server, instance, nova, ec2) for instance in found]
        self.assert_none(unmatched)
        self.assert_none(self._shared_ids(pairs))
        return pairs

    def _shared_ids(self, pairs: Sequence[Pair]) -> list[Violation]:
        found = []
        taken: set[str] = set()
        for pair in pairs:
            own = pair.instance.get('InstanceId') or ABSENT
            if own is ABSENT or own in taken:
                found += self.differences(
                    'EC2A-112', 'InstanceId', of=pair.name, expected=Words('an id of its own'),
                    seen=own, answers=pair.answers)
            taken.add(str(own))
        return found


def private_addresses(server: Mapping[str, Any]) -> set[str]:
    """Return the addresses of a server on its own networks, as Nova shows them."""
    networks = server.get('addresses')
    entries = [entry for network in (networks.values() if isinstance(networks, dict) else [])
               for entry in (network if isinstance(network, list) else [])
               if isinstance(entry, dict)]
    return {str(entry.get('addr')) for entry in entries
            if entry.get('OS-EXT-IPS:type') != 'floating'}
