"""The volumes attached to a server, each call at the microversion that the caller names."""

from collections.abc import Mapping
import dataclasses
from typing import Any

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.contract.attachments import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion


@dataclasses.dataclass(frozen=True)
class AttachmentAnswer(openstack.OfAnswer):
    """An answer of Nova about attachments, with all that chooses its schema."""

    call: Call
    microversion: Microversion
    answer: openstack.Answer

    def attachments(self) -> list[Mapping[str, Any]]:
        """Return the attachments of the answer, whether one or a list of them.

        :raises BadAnswer: when the answer has not that form.
        """
        body = self.body if isinstance(self.body, dict) else {}
        found = body.get('volumeAttachments', [body.get('volumeAttachment')])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise errors.BadAnswer(
                f'{self.source}: volumeAttachment: expected present; seen absent '
                f'[{", ".join(self.request_ids)}]', source=self.source,
                attribute='volumeAttachment', expected='present', seen='absent',
                request_ids=self.request_ids)
        return found

    def of(self, volume_id: str) -> Mapping[str, Any]:
        """Return the attachment of a volume, an empty one where it is not in the answer."""
        return next((each for each in self.attachments() if each.get('volumeId') == volume_id),
                    {})


class Attachments:
    """The attachments of one server, as one role sees them."""

    def __init__(self, nova: Nova, server_id: str) -> None:
        self._nova = nova
        self._path = f'/servers/{server_id}/os-volume_attachments'

    def list(self, microversion: Microversion) -> AttachmentAnswer:
        """Return all attachments."""
        return self._ask(Call.LIST, microversion, 'GET', expect=(200,))

    def show(self, volume_id: str, microversion: Microversion) -> AttachmentAnswer:
        """Return the attachment of a volume."""
        return self._ask(Call.SHOW, microversion, 'GET', volume_id, expect=(200,))

    def attach(self, volume_id: str, microversion: Microversion, *,
               expect: tuple[int, ...] = (200, 202), **more: Any) -> AttachmentAnswer:
        """Ask for a volume to be attached; the answer may come before it is."""
        return self._ask(Call.ATTACH, microversion, 'POST', expect=expect,
                         attachment={'volumeId': volume_id, **more})

    def update(self, volume_id: str, microversion: Microversion, *,
               expect: tuple[int, ...] = (200, 202), **changes: Any) -> AttachmentAnswer:
        """Change the attachment of a volume."""
        return self._ask(Call.UPDATE, microversion, 'PUT', volume_id, expect=expect,
                         attachment={'volumeId': volume_id, **changes})

    def detach(self, volume_id: str, microversion: Microversion) -> AttachmentAnswer:
        """Ask for a volume to be detached; the answer comes before it is."""
        return self._ask(Call.DETACH, microversion, 'DELETE', volume_id, expect=(202,))

    def _ask(self, call: Call, microversion: Microversion, method: str, volume_id: str = '', *,
             expect: tuple[int, ...], attachment: Any = None) -> AttachmentAnswer:
        answer = self._nova.request(
            method, f'{self._path}/{volume_id}'.rstrip('/'),
            {'volumeAttachment': attachment} if attachment else None,
            microversion=microversion, expect=expect,
            source=f'{call.value} {microversion} {self._nova.role.value}')
        return AttachmentAnswer(call, microversion, answer)
