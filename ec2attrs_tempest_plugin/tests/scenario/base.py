"""The base of the tests that ask Nova and EC2 about the same servers."""

from collections.abc import Collection, Mapping, Sequence
import dataclasses
import functools
from typing import Any
import urllib.parse

from tempest import config

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.contract import agreement
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import NovaView
from ec2attrs_tempest_plugin.contract.views import Volume
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests import vpcs
from ec2attrs_tempest_plugin.tests.launches import Launches

CONF = config.CONF


@dataclasses.dataclass(frozen=True)
class View:
    """The servers of a project as both APIs show them, at one time."""

    nova: NovaView
    ec2: Ec2View

    def disagreements(self, *about: str, of: Collection[str],
                      under: str = '') -> list[Violation]:
        """Return where EC2 says otherwise of servers than Nova.

        That each is one instance (EC2A-112) is looked at always.

        :param about: as to which requirements, by default all.
        :param under: the requirement that is broken then, in the place of those.
        """
        found = agreement.disagreements(self.nova, self.ec2, of=of, about=about,
                                        dns=CONF.ec2attrs.private_dns_name)
        return [dataclasses.replace(each, requirement=under or each.requirement)
                for each in found]

    def pair(self, server_id: str) -> agreement.Pair:
        """Return a server with the instance that it is.

        :raises ContractViolation: when it is none, or several.
        """
        found, violations = agreement.pairs(self.nova, self.ec2, [server_id])
        if violations:
            raise ContractViolation(violations)
        if not found:
            raise errors.BadAnswer(f'{self.nova.answer.source}: server {server_id} is not in it')
        return found[0]


class Ec2Test(base.BaseTest):
    """EC2 as the member's own keys see it."""

    ec2: Ec2

    @classmethod
    def prepare(cls) -> None:
        """Make keys for the member's project; they are deleted with the class."""
        cls.ec2 = cls.ec2_with(cls.issued_keys() or cls.keys_of(cls.member))
        if not CONF.service_available.cinder:
            refused = cls.ec2.needs_volume_service()
            if refused is not None:
                raise errors.NotOffered(f'[service_available] cinder is false, and the EC2 API '
                                        f'describes no instance without Cinder: {refused}')
        if CONF.auth.use_dynamic_credentials and CONF.ec2attrs.ec2_shows_servers:
            # The project is our own, and goes with the class.
            cls.addClassResourceCleanup(vpcs.remove_default, cls.ec2)
        cls.prepare_servers()

    @classmethod
    def prepare_servers(cls) -> None:
        """Boot what the tests of the class share."""

    @classmethod
    def ec2_with(cls, keys: Mapping[str, str], **more: Any) -> Ec2:
        """Return EC2 as the owner of keys sees it, 'access' and 'secret'."""
        return Ec2(cls.ec2_url(), access=keys['access'], secret=keys['secret'],
                   region=CONF.ec2attrs.ec2_region or CONF.identity.region or 'RegionOne',
                   http=base.http(), record=cls.record, **more)

    @classmethod
    def issued_keys(cls) -> Mapping[str, str] | None:
        """Return the keys that the operator issued, None where none are configured.

        :raises CloudError: when they are of another project.
        """
        access, secret = CONF.ec2attrs.ec2_access_key, CONF.ec2attrs.ec2_secret_key
        if not access or not secret:
            return None
        cls.record.secrets.learn([secret])
        shown = cls.member.request(
            cls.identity(), 'GET', f'{_path_of_keys(cls.member)}/{urllib.parse.quote(access)}',
            expect=(200, 401, 403, 404),
            source='GET /v3/users/{id}/credentials/OS-EC2/{id} member')
        owner = (shown.body or {}).get('credential', {}).get('tenant_id') if (
            shown.status == 200) else cls.member.project_id
        if owner != cls.member.project_id:
            raise errors.CloudError(
                Code.SET_UP, f'[ec2attrs] ec2_access_key belongs to the project {owner}, and the '
                             f'tests run in {cls.member.project_id}')
        return {'access': access, 'secret': secret}

    @classmethod
    def keys_of(cls, session: openstack.Session) -> Mapping[str, str]:
        """Return new keys for somebody's project, 'access' and 'secret'.

        They are deleted with the class.

        :raises NotPermitted: where Keystone does not let users make keys.
        """
        cls.ec2_url()  # without an EC2 API nobody needs keys
        request = functools.partial(session.request, cls.identity())
        path = _path_of_keys(session)
        with errors.preparing('[ec2attrs] ec2_access_key and ec2_secret_key can name keys that '
                              'the operator issued'):
            made = request(
                'POST', path, body={'tenant_id': session.project_id}, expect=(201,),
                source=f'POST /v3/users/{{id}}/credentials/OS-EC2 {session.person}')
        keys: Mapping[str, str] = made.body['credential']
        cls.addClassResourceCleanup(
            errors.preparation(request), 'DELETE',
            f'{path}/{urllib.parse.quote(keys["access"])}', expect=(204, 404),
            source=f'DELETE /v3/users/{{id}}/credentials/OS-EC2/{{id}} {session.person}')
        return keys

    @classmethod
    def identity(cls) -> catalog.Endpoint:
        """Return where Keystone is, which gives and takes keys."""
        return catalog.of_identity(CONF)

    @classmethod
    def launches(cls) -> Launches:
        """Return a way to launch instances through EC2; they go with the class."""
        made = Launches(cls.ec2, cls._launch_image, cls._launch_type,
                        why_rejected=cls._why_no_launch,
                        own_project=bool(CONF.auth.use_dynamic_credentials),
                        timeout=CONF.compute.build_timeout,
                        interval=CONF.compute.build_interval)
        cls.addClassResourceCleanup(made.release)
        return made

    @classmethod
    def _why_no_launch(cls, refused: Refused) -> str | None:
        """Return why EC2 launches nothing in this project, None where it should."""
        if refused.code == 'Unsupported':
            number = cls._number_of_networks()
            if number not in (None, 1):
                return (f'{refused}: the project has {number} networks of its own, and EC2 '
                        f'Classic needs exactly one')
        return None

    @classmethod
    @errors.preparation
    def _number_of_networks(cls) -> int | None:
        """Return how many networks the project owns, None without Neutron."""
        try:
            found = cls.member.listed(
                catalog.of_group(CONF, 'network', 'v2.0'),
                f'/networks?project_id={cls.member.project_id}', 'networks',
                source='GET /v2.0/networks member')
        except errors.NotOffered:
            return None
        # ec2-api leaves out those that it made for its VPCs (ec2api/api/instance.py).
        return sum(each.get('project_id') == cls.member.project_id
                   and not each.get('router:external')
                   and not str(each.get('name')).startswith('subnet-') for each in found)

    @classmethod
    @errors.preparation
    def _launch_image(cls) -> str:
        if CONF.ec2attrs.ec2_image_id:
            return str(CONF.ec2attrs.ec2_image_id)
        glance = Glance(cls.member, catalog.of_group(CONF, 'image', 'v2'))
        name = glance.image(CONF.compute.image_ref).get('name')
        found = [image.get('ImageId') for image in
                 cls.ec2.describe_images().body.get('Images', []) if image.get('Name') == name]
        if len(found) != 1:
            cls.not_configured(
                f'EC2 has {len(found)} images that are named as [compute] image_ref is, and '
                f'[ec2attrs] ec2_image_id is not set')
        return str(found[0])

    @classmethod
    @errors.preparation
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
            return cls.member.url(catalog.of_ec2(CONF))
        except errors.NotOffered as reason:
            cls.not_configured(f'{reason}; [ec2attrs] ec2_url is not set')

    @classmethod
    def needs_servers_in_ec2(cls) -> None:
        """Skip unless EC2 shows servers that were booted through Nova."""
        if not CONF.ec2attrs.ec2_shows_servers:
            cls.not_configured('[ec2attrs] ec2_shows_servers is false: the EC2 API is said not '
                               'to show the servers of Nova')

    def view(self, role: Role, *, volumes_of: Collection[str] = ()) -> View:
        """Return all servers of the project as Nova shows them to a role, and as EC2 does.

        The number of calls does not grow with that of the servers. The description names no
        instances: it is how an EC2 API that keeps ids of its own learns of servers that it did
        not start.

        :param volumes_of: servers whose volumes are looked at, for one call more each.
        """
        nova = self.seen_by(role, INTRODUCED).detail(
            INTRODUCED, project_id=self.member.project_id)
        instances = self.ec2.describe_instances()
        if CONF.ec2attrs.ec2_access_key and not instances.body.get('Reservations'):
            raise errors.CloudError(
                Code.SET_UP, f'EC2 shows no instance to the owner of [ec2attrs] ec2_access_key: '
                             f'is it of the project {self.member.project_id}, in which the tests '
                             f'run?')
        if not volumes_of:
            return View(NovaView(nova, nova.servers()), Ec2View(instances))
        devices = {volume_id: device for server_id in volumes_of for device, volume_id in
                   self.nova[Role.MEMBER].volumes_by_device(server_id).items()}
        sizes = self.resources.sizes_of_volumes(devices)
        volumes = {volume_id: Volume(device, sizes.get(volume_id))
                   for volume_id, device in devices.items()}
        return View(NovaView(nova, nova.servers(), volumes),
                    # All of them: the id of no volume would be answered with an error.
                    Ec2View(instances, self.ec2.describe_volumes()))

    def with_attributes(self, view: View, names: Sequence[str], of: Collection[str]) -> View:
        """Return the view with what EC2 says when it is asked for attributes of instances.

        :param names: as EC2 spells them: userData.
        """
        return dataclasses.replace(view, ec2=dataclasses.replace(view.ec2, attributes={
            (instance_id, name): self.ec2.describe_instance_attribute(instance_id, name)
            for instance_id in [view.pair(server_id).instance_id for server_id in of]
            for name in names}))


def _path_of_keys(session: openstack.Session) -> str:
    return f'users/{session.user_id}/credentials/OS-EC2'


class ScenarioTest(Ec2Test):
    """Nova as an administrator sees it, and EC2 as the member's own keys see it."""

    @classmethod
    def prepare(cls) -> None:
        """Make keys, where EC2 shows servers of Nova."""
        cls.needs_servers_in_ec2()
        super().prepare()
