"""The words that only changes of attachments need; see the module nova_attachments."""

from collections.abc import Callable, Collection
import dataclasses
from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.attachments import Call
from ec2attrs_tempest_plugin.contract.attachments import READS
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.changes import in_body
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change

KEY = attributes.DELETE_ON_TERMINATION.nova_key
_EVERYONE = tuple(Role)
_METHODS = {Call.LIST: 'GET', Call.SHOW: 'GET', Call.ATTACH: 'POST', Call.UPDATE: 'PUT',
            Call.DETACH: 'DELETE'}
_OF_ALL = (Call.LIST, Call.ATTACH)
FIRST_WITH_FLAG, FIRST_WITH_IDS = (2, 79), (2, 89)


def to(*calls: Call, only: Collection[str] = (), since: tuple[int, int] = (2, 1),
       before: tuple[int, int] = (3, 0),
       roles: Collection[Role] = _EVERYONE) -> Callable[[Asked], bool]:
    """Return which requests are meant: calls about attachments, at some microversions."""
    def meant(asked: Asked) -> bool:
        if asked.service != 'nova' or asked.microversion is None or asked.role not in roles:
            return False
        version = asked.microversion
        if only and str(version) not in only or not (
                since <= (version.major, version.minor) < before):
            return False
        head, found, volume = asked.path.partition('/os-volume_attachments')
        return bool(found) and any(
            asked.method == _METHODS[call] and bool(volume) != (call in _OF_ALL)
            for call in calls)
    return meant


READING = to(*READS, since=FIRST_WITH_FLAG)
WITH_ID = to(*READS, before=FIRST_WITH_IDS)
WITH_IDS = to(*READS, since=FIRST_WITH_IDS)


def each(edit: Callable[[Json], Any], meant: Callable[[Asked], bool] = READING) -> Change:
    """Change each attachment of an answer."""
    def edited(body: Json) -> Json:
        for attachment in body.get('volumeAttachments', [body.get('volumeAttachment')]):
            if attachment is not None:
                edit(attachment)
        return body
    return in_body(edited, meant)


def shown(new: Callable[[Any], Any], meant: Callable[[Asked], bool] = READING) -> Change:
    """Show another delete_on_termination, made from the right one."""
    def edit(attachment: Json) -> None:
        if KEY in attachment:
            attachment[KEY] = new(attachment[KEY])
    return each(edit, meant)


def without(key: str, meant: Callable[[Asked], bool] = READING) -> Change:
    """Do not show a key."""
    return each(lambda attachment: attachment.pop(key, None), meant)


def with_key(key: str, value: Any, meant: Callable[[Asked], bool]) -> Change:
    """Show a key, or show another value under it."""
    return each(lambda attachment: attachment.update({key: value}), meant)


def listed(new: Callable[[list[Json]], list[Json]],
           meant: Callable[[Asked], bool] = READING) -> Change:
    """Show another list of attachments."""
    return in_body(lambda body: {'volumeAttachments': new(body['volumeAttachments'])}
                   if 'volumeAttachments' in body else None, meant)


@dataclasses.dataclass
class After:
    """Change answers once there was another request, so many times."""

    first: Callable[[Asked], bool]
    change: Change
    seen: bool = False

    def __call__(self, asked: Asked, answered: Answered) -> int:
        self.seen = self.seen or self.first(asked)
        return self.change(asked, answered) if self.seen else 0


@dataclasses.dataclass
class FirstServersFlag:
    """Show the flag that a volume has at the server where it was seen first."""

    flags: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        def edit(attachment: Json) -> None:
            if KEY in attachment:
                attachment[KEY] = self.flags.setdefault(
                    attachment['volumeId'], attachment[KEY])
        return each(edit)(asked, answered)


@dataclasses.dataclass
class NeverForgotten:
    """List the attachments of volumes that were detached, too."""

    detached: set[str] = dataclasses.field(default_factory=set)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if to(Call.DETACH)(asked):
            self.detached.add(asked.path.rpartition('/')[2])
        return listed(lambda now: now + [
            {'volumeId': volume_id, KEY: True} for volume_id in sorted(
                self.detached - {one['volumeId'] for one in now})],
            to(Call.LIST))(asked, answered)
