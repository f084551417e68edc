"""A server before, while and after something is done to it."""

from collections.abc import Collection
from typing import Any

from tempest import config

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import DELETE_ON_TERMINATION
from ec2attrs_tempest_plugin.contract.attributes import SERVER_ATTRIBUTES
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.violation import quote
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base

CONF = config.CONF

# What a cloud answers that has not got an operation, or does not allow it.
_REFUSALS = (400, 403, 409, 501)


class LifeTest(base.BaseTest):
    """Tests that compare one server with itself."""

    #: To which the operations are applied.
    server_id: str

    def as_admin(self, server_id: str) -> NovaAnswer:
        """Return the answer that shows a server with all attributes."""
        return self.seen_by(Role.ADMIN, INTRODUCED).show(server_id, INTRODUCED)

    def before(self) -> NovaAnswer:
        """Return what the server shows, active and at rest."""
        self.resources.wait_for_active([self.server_id])
        return self.as_admin(self.server_id)

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

        A cloud that has not got it makes the test skip with what it answered.

        :param statuses: those that are right, by default ACTIVE.
        """
        answer = self.nova[Role.MEMBER].act(
            self.server_id, action, arguments, expect=(200, 202, 204, *_REFUSALS))
        if answer.status in _REFUSALS:
            self.unsupported(f'{answer.source}: {answer.status} {quote(answer.body)}')
        status = self._rest(*statuses, 'ACTIVE')
        if statuses and status not in statuses:
            self.unsupported(f'{answer.source}: {answer.status}, and the server is {status} '
                             f'again without having been {" or ".join(statuses)}')
        return status

    def end(self, action: str, arguments: Any = None) -> None:
        """Apply the action that makes the server active again."""
        self.nova[Role.MEMBER].act(self.server_id, action, arguments)
        self.resources.wait_for_active([self.server_id])

    def _rest(self, *statuses: str) -> str:
        status = ''
        for _ in polling.looks(timeout=CONF.compute.build_timeout,
                               interval=CONF.compute.build_interval):
            shown = self.nova[Role.MEMBER].show(self.server_id, FIRST).server(self.server_id)
            status = str(shown.get('status'))[:32]
            if status in statuses and shown.get('OS-EXT-STS:task_state') is None:
                return status
            if status == 'ERROR':
                break
        raise errors.BadAnswer(
            f'server {self.server_id} did not become {" or ".join(statuses)} but {status}')


def _volume_ids(server: Any, beside: Collection[str]) -> Any:
    """Return the ids of the attached volumes, a volume listed twice twice."""
    volumes = server.get(VOLUMES_KEY)
    if not isinstance(volumes, list):
        return volumes
    ids = [str(v.get('id')) if isinstance(v, dict) else repr(v) for v in volumes]
    return sorted(each for each in ids if each not in beside)
