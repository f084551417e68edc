"""A request and its answer, as a change of the answer sees them."""

from collections.abc import Callable, Iterator, Mapping
import dataclasses
import json
import re
from typing import Any, Protocol
import urllib.parse

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role


class Connection(Protocol):
    """The way back to who asked, for an answer that is sent in a way of its own.

    Every method raises OSError once the other side has gone.
    """

    #: Status line and headers of the answer, with the length of its whole body.
    head: bytes
    body: bytes

    def send(self, data: bytes) -> None:
        """Send bytes."""

    def hold(self, seconds: float) -> None:
        """Send nothing for a time, or until the other side hangs up."""

    def reset(self) -> None:
        """Break the connection off, so that the other side is told of an error."""


#: The services that tell servers of themselves, that of Nova and that of EC2.
METADATA = ('metadata', 'ec2-metadata')

#: Sends an answer in its own way: in part, late, never. What was not sent whole ends the
#: connection.
Delivery = Callable[[Connection], None]

_SERVER = re.compile(r'/servers/[0-9a-f-]{36}$')
_ACTION = re.compile(r'/servers/[0-9a-f-]{36}/action$')


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request.

    :ivar service: 'nova', 'metadata', 'ec2', 'keystone' and so on.
    :ivar path: without the query.
    :ivar call: which call of Nova it is, None for those that are not under test.
    :ivar action: EC2's name of the action, or Nova's of one on a server (reboot); else empty.
    :ivar role: whose token came with it; None where there was no known token.
    :ivar instance: id of the server that the metadata service is asked for, empty for other
        services.
    """

    service: str
    method: str
    path: str
    query: Mapping[str, str] = dataclasses.field(default_factory=dict)
    call: Call | None = None
    action: str = ''
    microversion: Microversion | None = None
    role: Role | None = None
    instance: str = ''


@dataclasses.dataclass
class Answered:
    """One answer, to be changed in place.

    :ivar headers: names as they came; framing (length, encoding) is made anew.
    :ivar delivery: how it is sent, None for plainly and at once.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    delivery: Delivery | None = None

    def json(self) -> Any:
        """Return the parsed body, None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def set_header(self, name: str, value: str | None) -> None:
        """Put a header in the place of one of that name in any case; None removes it."""
        for present in [each for each in self.headers if each.lower() == name.lower()]:
            del self.headers[present]
        if value is not None:
            self.headers[name] = value


#: Changes an answer in place and returns how many times it acted on it.
Change = Callable[[Asked, Answered], int]


def understand(service: str, method: str, target: str, headers: Mapping[str, str], body: bytes,
               role: Role | None) -> Asked:
    """Return what a request asks for.

    :param target: path and query.
    :param headers: names in lower case.
    """
    path, _, query = target.partition('?')
    asked = Asked(service, method, path, dict(urllib.parse.parse_qsl(query)), role=role)
    if service == 'nova':
        return dataclasses.replace(asked, call=_call(method, path, body),
                                   action=_action(method, path, body),
                                   microversion=_microversion(headers))
    if service == 'ec2':
        form = dict(urllib.parse.parse_qsl(body.decode('utf-8', 'replace') or query))
        return dataclasses.replace(asked, action=form.get('Action', ''), query=form)
    if service in METADATA:
        return dataclasses.replace(asked, instance=headers.get('x-instance-id', ''))
    return asked


def _call(method: str, path: str, body: bytes) -> Call | None:
    if method == 'GET' and path.endswith('/servers/detail'):
        return Call.DETAIL
    if method == 'GET' and _SERVER.search(path):
        return Call.SHOW
    if method == 'GET' and path.endswith('/servers'):
        return Call.LIST
    if method == 'PUT' and _SERVER.search(path):
        return Call.UPDATE
    if method == 'POST' and path.endswith('/servers'):
        return Call.CREATE_RESERVATION if _asks_for_reservation(body) else Call.CREATE
    if method == 'POST' and _ACTION.search(path) and body.lstrip().startswith(b'{"rebuild"'):
        return Call.REBUILD
    return None


def _action(method: str, path: str, body: bytes) -> str:
    if method != 'POST' or not _ACTION.search(path):
        return ''
    try:
        parsed = json.loads(body)
    except ValueError:
        return ''
    return next(iter(parsed), '') if isinstance(parsed, dict) else ''


def _asks_for_reservation(body: bytes) -> bool:
    return any(server.get('return_reservation_id') for server in _objects(body, 'server'))


def _objects(body: bytes, key: str) -> Iterator[dict[str, Any]]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return
    found = parsed.get(key) if isinstance(parsed, dict) else None
    if isinstance(found, dict):
        yield found


def _microversion(headers: Mapping[str, str]) -> Microversion | None:
    text = (headers.get('openstack-api-version', '').removeprefix('compute ').strip()
            or headers.get('x-openstack-nova-api-version', '2.1'))
    try:
        return Microversion.parse(text)
    except ValueError:
        return None
