"""The words that only changes of Nova's answers need; see the module nova."""

from collections.abc import Callable, Collection
import dataclasses
import functools
import itertools
from typing import Any

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.changes import in_body
from ec2attrs_tempest_plugin.faults.changes import in_servers
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import READING
from ec2attrs_tempest_plugin.faults.changes import To
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault

READS = 'ServerAnswersTest.test_'
REQUESTS = 'RequestAnswersTest.test_'
BOOTS = 'BootsTest.test_'

NOBODYS_UUID = '5e0ed5e7-0000-4000-8000-000000000000'

HEADER = 'OpenStack-API-Version'
LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'


def against(requirement: str, attribute: Attribute | str, test: str) -> Callable[..., Fault]:
    """Return what makes the rows that break a requirement and that a test must catch."""
    return functools.partial(
        Fault, requirement=requirement, caught_by=(test,),
        attribute=attribute.name if isinstance(attribute, Attribute) else attribute)


def dashed(name: str) -> str:
    """Return a name as ids of rows have it."""
    return name.replace('_', '-')


# Servers

def where(condition: Callable[[Json], Any], attribute: Attribute, new: Callable[[Json], Any],
          to: Callable[[Asked], bool] = READING) -> Change:
    """Show another value, made from the whole server, of those that a condition holds for."""
    def edit(server: Json) -> None:
        if attribute.nova_key in server and condition(server):
            server[attribute.nova_key] = new(server)
    return in_servers(edit, to)


def made(attribute: Attribute, new: Callable[[Json], Any],
         to: Callable[[Asked], bool] = READING) -> Change:
    """Show a value made from the whole server."""
    return where(lambda _: True, attribute, new, to)


def fresh(attribute: Attribute, pattern: str, to: Callable[[Asked], bool] = READING) -> Change:
    """Show a value that has not been shown before."""
    numbers = itertools.count(1)
    return made(attribute, lambda _: pattern.format(next(numbers)), to)


@dataclasses.dataclass
class FirstServers:
    """Show what the server has that was seen first."""

    attribute: Attribute
    to: Callable[[Asked], bool] = READING
    first: list[Any] = dataclasses.field(default_factory=list)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        def first(server: Json) -> Any:
            if not self.first:
                self.first.append(server[self.attribute.nova_key])
            return self.first[0]
        return made(self.attribute, first, self.to)(asked, answered)


def swapped_keys(one: Attribute, other: Attribute, to: Callable[[Asked], bool]) -> Change:
    """Show each of two attributes under the other's key."""
    def edit(server: Json) -> None:
        if one.nova_key in server and other.nova_key in server:
            server[one.nova_key], server[other.nova_key] = (
                server[other.nova_key], server[one.nova_key])
    return in_servers(edit, to)


# The answer with a reservation id, and the filter

def reservation_answer(new: Callable[[str], Any]) -> Change:
    """Answer something else, made from the reservation id, where that is to be answered."""
    return in_body(lambda body: new(body[RESERVATION_ID.name]),
                   To(calls=(Call.CREATE_RESERVATION,)))


def found_by_reservation(new: Callable[[list[Json]], list[Json]],
                         roles: Collection[Role] = tuple(Role)) -> Change:
    """Find other servers by the filter reservation_id, made from the right ones."""
    to = To(calls=(Call.DETAIL,), roles=roles)
    return in_body(
        lambda body: {**body, 'servers': new(body['servers'])},
        lambda asked: to(asked) and RESERVATION_ID.name in asked.query)


def with_a_stranger(servers: list[Json]) -> list[Json]:
    """Return servers and one more, like the first, that has another id and name."""
    return [*servers, *({**server, 'id': NOBODYS_UUID, 'name': 'stranger'}
                        for server in servers[:1])]


# The headers that name the microversion

def named(new: Callable[[str], str | None], *headers: str,
          to: Callable[[Asked], bool] = READING) -> Change:
    """Name another microversion, made from the one that was asked for; None for no header."""
    def change(asked: Asked, answered: Answered) -> int:
        if not to(asked):
            return 0
        before = _comparable(answered)
        for header in headers:
            value = new(str(asked.microversion))
            prefix = 'compute ' if header == HEADER and value and ' ' not in value else ''
            answered.set_header(header, value if value is None else prefix + value)
        return int(_comparable(answered) != before)
    return change


def _comparable(answered: Answered) -> dict[str, str]:
    return {name.lower(): value for name, value in answered.headers.items()}


@dataclasses.dataclass
class NamedBefore:
    """Name the microversion of the read before, as a cache does that knows of none."""

    last: str = ''

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if not READING(asked):
            return 0
        before, self.last = self.last, str(asked.microversion)
        return named(lambda own: before or own, HEADER, LEGACY_HEADER)(asked, answered)
