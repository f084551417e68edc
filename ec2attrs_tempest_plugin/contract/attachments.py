"""What an attachment of a volume shows, by call and microversion.

A row says which calls show a key from which microversion up to, and not including, which other.
Executed against Nova and read in ``nova/api/openstack/compute/volume_attachments.py`` and
``.../schemas/volume_attachments.py``. Keys that no row names are none of our business.
"""

from collections.abc import Iterator
import dataclasses
import enum

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.attributes import JsonSchema
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import Microversion

_PATH = '/servers/{id}/os-volume_attachments'


class Call(enum.Enum):
    """A call of Nova about the attachments of a server; the value is for messages."""

    LIST = f'GET {_PATH}'
    SHOW = f'GET {_PATH}/{{volume}}'
    ATTACH = f'POST {_PATH}'
    UPDATE = f'PUT {_PATH}/{{volume}}'
    DETACH = f'DELETE {_PATH}/{{volume}}'


READS = (Call.LIST, Call.SHOW)

#: Attachments take delete_on_termination, and show it.
FLAG_SINCE = Microversion.parse('2.79')
#: An update changes it; up to then there was none but the swap of volumes.
CHANGE_SINCE = Microversion.parse('2.85')
#: attachment_id and bdm_uuid are shown in the place of id.
IDS_SINCE = Microversion.parse('2.89')
#: The answer to an attachment comes before it is made, and has no body.
NO_BODY_SINCE = Microversion.parse('2.101')


@dataclasses.dataclass(frozen=True)
class Key:
    """A key of an attachment that some calls show and that must be absent otherwise.

    :ivar requirement: that says so, and of which form its value is.
    """

    name: str
    schema: JsonSchema
    says: str
    calls: tuple[Call, ...]
    requirement: str
    since: Microversion = FIRST
    before: Microversion | None = None

    def shows(self, microversion: Microversion) -> bool:
        """Say whether the key is shown at a microversion."""
        return self.since <= microversion and (
            self.before is None or microversion < self.before)


_ID: JsonSchema = {'type': 'string', 'minLength': 1}
_FLAG = attributes.DELETE_ON_TERMINATION

KEYS: tuple[Key, ...] = (
    Key(_FLAG.nova_key, _FLAG.schema, _FLAG.says, READS, 'EC2A-070',
        since=FLAG_SINCE),
    Key(_FLAG.nova_key, _FLAG.schema, _FLAG.says, (Call.ATTACH,), 'EC2A-071',
        since=FLAG_SINCE),
    Key('volumeId', _ID, 'the id of a volume', (*READS, Call.ATTACH), 'EC2A-075'),
    Key('id', _ID, 'the id of a volume', READS, 'EC2A-075', before=IDS_SINCE),
    Key('attachment_id', _ID, 'an id', READS, 'EC2A-075', since=IDS_SINCE),
    Key('bdm_uuid', _ID, 'an id', READS, 'EC2A-075', since=IDS_SINCE),
)


def keys_of(call: Call) -> Iterator[Key]:
    """Yield the keys that the rows speak of in the answer to a call."""
    return (key for key in KEYS if call in key.calls)


def has_body(call: Call, microversion: Microversion) -> bool:
    """Say whether the answer to a call has a body."""
    return call in READS or call is Call.ATTACH and microversion < NO_BODY_SINCE
