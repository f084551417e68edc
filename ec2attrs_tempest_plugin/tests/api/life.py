"""A server before, while and after something is done to it."""

from collections.abc import Collection
from typing import Any

from tempest import config

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.nova import fault_of
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import SERVER_ATTRIBUTES
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.violation import quote
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base

CONF = config.CONF

# Statuses of a cloud that does not have an operation.
_NOT_OFFERED = (400, 409, 501)


class LifeTest(base.BaseTest):
    """Tests that compare one server with itself.

    A test that cannot bring the server back leaves it to no other: the next one gets a new server.
    """

    #: To which the operations are applied.
    server_id: str
    #: Whether each test of the class reads as an administrator.
    needs_admin = True
    # Whether the server is not as it was made.
    _is_spoiled = False

    @classmethod
    def prepare(cls) -> None:
        cls._is_spoiled = False
        if Role.ADMIN in cls.nova or not cls.needs_admin:
            cls.make_server()

    @classmethod
    def make_server(cls) -> None:
        """Make the server that the tests share, active and at rest."""

    @classmethod
    def remove_server(cls) -> None:
        """Remove the server, so that there is room for a new one."""
        cls.resources.discard(cls.server_id)

    def as_admin(self, server_id: str) -> NovaAnswer:
        """Return the answer that shows a server with all attributes."""
        return self.seen_by(Role.ADMIN, INTRODUCED).show(server_id, INTRODUCED)

    def before(self) -> NovaAnswer:
        """Return what the server shows, active and at rest; it is a new one after a spoiled."""
        self.seen_by(Role.ADMIN, INTRODUCED)
        self.renew()
        return self.as_admin(self.server_id)

    def renew(self) -> None:
        """Replace a spoiled server, and wait until the server is active and at rest."""
        if self._is_spoiled:
            type(self)._is_spoiled = False
            try:
                self.remove_server()
                self.make_server()
            except Exception:
                type(self)._is_spoiled = True
                raise
        self.resources.wait_for_active([self.server_id])

    def spoil(self) -> None:
        """Let the next test have a new server."""
        type(self)._is_spoiled = True

    def changes(self, requirement: str, when: str, before: NovaAnswer, *,
                of: Collection[Attribute] = SERVER_ATTRIBUTES,
                beside: Collection[str] = ()) -> list[Violation]:
        """Return what a server shows now that it did not show before.

        :param of: the attributes to compare; attached volumes and their flags always are.
        :param beside: ids of volumes that may come and go.
        """
        [was] = before.servers()
        after = self.as_admin(str(was['id']))
        now = after.server(str(was['id']))
        told: dict[str, Any] = {'answers': [after, before]}
        found = []
        for attribute in of:
            found += self.differences(
                requirement, attribute, of=f'server {was["id"]} {when}',
                expected=attribute.in_nova(was), seen=attribute.in_nova(now), **told)
        found += self.differences(
            requirement, 'volumes_attached', of=f'server {was["id"]} {when}',
            expected=_volume_ids(was, beside), seen=_volume_ids(now, beside), **told)
        flags = volumes_by_id(now)
        for volume_id, volume in volumes_by_id(was).items():
            if volume_id in flags and volume_id not in beside:
                found += self.differences(
                    requirement, DELETE_ON_TERMINATION, of=f'volume {volume_id} {when}',
                    expected=DELETE_ON_TERMINATION.in_nova(volume),
                    seen=DELETE_ON_TERMINATION.in_nova(flags[volume_id]), **told)
        return found

    def begin(self, action: str, arguments: Any = None, *statuses: str) -> str:
        """Apply an action and return the status in which the server rests then.

        The server is spoiled until :meth:`end`, unless it is to be ACTIVE.

        :param statuses: those that are right, by default ACTIVE.
        :raises CloudError: when the server goes into ERROR, or is not at rest in time.
        """
        answer = self.act(action, arguments, expect=(200, 202, 204, *_NOT_OFFERED))
        if answer.status in _NOT_OFFERED:
            self.unsupported(f'{answer.source}: {answer.status} {quote(answer.body)}')
        self.spoil()
        status = self._rest(*statuses, 'ACTIVE')
        if status == 'ACTIVE':
            type(self)._is_spoiled = False
        if statuses and status not in statuses:
            self.unsupported(f'{answer.source}: {answer.status}, and the server is {status} '
                             f'again without having been {" or ".join(statuses)}')
        return status

    def end(self, action: str, arguments: Any = None, found: Collection[Violation] = ()) -> None:
        """Apply the action that makes the server active again.

        :param found: what the test has found before; it fails with that, whatever becomes of the
            action.
        :raises NotPermitted: where a policy forbids this action alone.
        """
        try:
            self.act(action, arguments, expect=(200, 202, 204))
            self.resources.wait_for_active([self.server_id])
        except (errors.NotPermitted, errors.CloudError):
            self.assert_none(found)
            raise
        type(self)._is_spoiled = False

    @errors.preparation
    def act(self, action: str, arguments: Any = None, *,
            expect: tuple[int, ...]) -> openstack.Answer:
        """Return the response to an action of the member, which itself is not under test."""
        return self.nova[Role.MEMBER].act(self.server_id, action, arguments, expect=expect)

    @errors.preparation
    def _rest(self, *statuses: str) -> str:
        status, fault = '', ''
        for _ in polling.looks(timeout=CONF.compute.build_timeout,
                               interval=CONF.compute.build_interval):
            shown = self.nova[Role.MEMBER].show(self.server_id, FIRST).server(self.server_id)
            status = str(shown.get('status'))[:32]
            if status in statuses and shown.get('OS-EXT-STS:task_state') is None:
                return status
            if status == 'ERROR':
                fault = fault_of(shown)
                break
        raise errors.CloudError(
            Code.STATE if status == 'ERROR' else Code.TIMEOUT,
            f'server {self.server_id} did not become {" or ".join(statuses)} but {status}{fault}')


def _volume_ids(server: Any, beside: Collection[str]) -> Any:
    """Return the ids of the attached volumes, a volume listed twice twice."""
    volumes = server.get(VOLUMES_KEY)
    if not isinstance(volumes, list):
        return volumes
    ids = [str(v.get('id')) if isinstance(v, dict) else repr(v) for v in volumes]
    return sorted(each for each in ids if each not in beside)
