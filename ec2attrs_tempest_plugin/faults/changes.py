"""The words in which the catalogue says how an answer is changed.

Each function returns a change: called with a request and its answer it alters
the answer and returns how many times it did. What a row does not speak of
(another service, call, role or microversion) is left alone and counts nothing.
"""

from collections.abc import Callable, Collection, Iterable
import copy
import dataclasses
import json
from typing import Any
import xml.etree.ElementTree as ElementTree

import defusedxml.ElementTree

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import READS
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class To:
    """Which answers of Nova are meant; by default those that read servers."""

    calls: Collection[Call] = READS
    roles: Collection[Role] = tuple(Role)
    microversions: Collection[str] = ()

    def __call__(self, asked: Asked) -> bool:
        return (asked.service == 'nova' and asked.call in self.calls
                and (asked.role in self.roles or asked.role is None)
                and (not self.microversions or str(asked.microversion) in self.microversions))


READING = To()
AT_2_3 = To(microversions=('2.3',))
ADMIN_AT_2_3 = To(roles=(Role.ADMIN,), microversions=('2.3',))
MEMBER_AT_2_3 = To(roles=(Role.MEMBER,), microversions=('2.3',))
IN_DETAIL = To(calls=(Call.DETAIL,))
IN_SHOW = To(calls=(Call.SHOW,))


# Nova: the body, the servers in it, an attribute of each, its volumes

def in_body(edit: Callable[[Any], Any], to: Callable[[Asked], bool] = READING) -> Change:
    """Change the parsed body: *edit* returns the new one, None for no change."""
    def change(asked: Asked, answered: Answered) -> int:
        if not to(asked) or answered.status >= 400:
            return 0
        body = answered.json()
        edited = edit(copy.deepcopy(body)) if body is not None else None
        if edited is None or json.dumps(edited) == json.dumps(body):
            return 0
        answered.body = json.dumps(edited).encode()
        return 1
    return change


def in_servers(edit: Callable[[Json], Any], to: Callable[[Asked], bool] = READING) -> Change:
    """Change each server of an answer; those that *edit* left as they were do not count."""
    def change(asked: Asked, answered: Answered) -> int:
        if not to(asked):
            return 0
        body = answered.json()
        acted = 0
        for server in _servers(body):
            before = json.dumps(server)
            edit(server)
            acted += json.dumps(server) != before
        if acted:
            answered.body = json.dumps(body).encode()
        return acted
    return change


def _servers(body: Any) -> list[Json]:
    if not isinstance(body, dict):
        return []
    servers = body.get('servers', [body.get('server')])
    return [server for server in servers if isinstance(server, dict)]


def shown(attribute: Attribute, new: Callable[[Any], Any],
          to: Callable[[Asked], bool] = READING) -> Change:
    """Show another value, made from the right one, wherever the attribute shows."""
    def edit(server: Json) -> None:
        if attribute.nova_key in server:
            server[attribute.nova_key] = new(server[attribute.nova_key])
    return in_servers(edit, to)


def constant(attribute: Attribute, value: Any, to: Callable[[Asked], bool] = READING) -> Change:
    """Show the same value for every server."""
    return shown(attribute, lambda _: value, to)


def hidden(attribute: Attribute, to: Callable[[Asked], bool] = READING) -> Change:
    """Do not show the attribute."""
    return in_servers(lambda server: server.pop(attribute.nova_key, None), to)


def added(key: str, value: Any, to: Callable[[Asked], bool] = READING) -> Change:
    """Show a key that the answer has not."""
    return in_servers(lambda server: server.setdefault(key, value), to)


def renamed(attribute: Attribute, key: str, to: Callable[[Asked], bool] = READING) -> Change:
    """Show the attribute under another key."""
    def edit(server: Json) -> None:
        if attribute.nova_key in server:
            server[key] = server.pop(attribute.nova_key)
    return in_servers(edit, to)


@dataclasses.dataclass
class AnotherServers:
    """Show what another server has: the last other value that was seen."""

    attribute: Attribute
    to: Callable[[Asked], bool] = READING
    seen: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        def edit(server: Json) -> None:
            if self.attribute.nova_key not in server:
                return
            own = server[self.attribute.nova_key]
            self.seen[str(server.get('id'))] = own
            others = [value for value in self.seen.values() if value != own]
            if others:
                server[self.attribute.nova_key] = others[-1]
        return in_servers(edit, self.to)(asked, answered)


def in_volumes(edit: Callable[[Json], Any], to: Callable[[Asked], bool] = READING) -> Change:
    """Change each volume of volumes_attached."""
    def edit_server(server: Json) -> None:
        for volume in server.get(VOLUMES_KEY) or []:
            edit(volume)
    return in_servers(edit_server, to)


def flag(new: Callable[[bool], Any], to: Callable[[Asked], bool] = READING) -> Change:
    """Show another delete_on_termination, made from the right one."""
    def edit(volume: Json) -> None:
        if 'delete_on_termination' in volume:
            volume['delete_on_termination'] = new(volume['delete_on_termination'])
    return in_volumes(edit, to)


def volumes(new: Callable[[list[Json]], Any], to: Callable[[Asked], bool] = READING) -> Change:
    """Show another volumes_attached, made from the right one."""
    def edit(server: Json) -> None:
        if VOLUMES_KEY in server:
            server[VOLUMES_KEY] = new(copy.deepcopy(server[VOLUMES_KEY]))
    return in_servers(edit, to)


# EC2: the document, the instances in it, their elements

def in_xml(edit: Callable[[ElementTree.Element], Any],
           actions: Collection[str] = ('DescribeInstances',)) -> Change:
    """Change the document that an action answers; element names come without a name space."""
    def change(asked: Asked, answered: Answered) -> int:
        if asked.service != 'ec2' or asked.action not in actions or answered.status != 200:
            return 0
        root = defusedxml.ElementTree.fromstring(answered.body)
        name_space = root.tag.rpartition('}')[0].lstrip('{')
        for element in root.iter():
            element.tag = element.tag.rpartition('}')[2]
        before = ElementTree.tostring(root)
        edit(root)
        after = ElementTree.tostring(root)
        if after == before:
            return 0
        if name_space:
            root.set('xmlns', name_space)
        answered.body = ElementTree.tostring(root, encoding='utf-8', xml_declaration=True)
        return 1
    return change


def in_instances(edit: Callable[[ElementTree.Element], Any]) -> Change:
    """Change each instance that DescribeInstances answers."""
    def each(root: ElementTree.Element) -> None:
        for instance in root.findall('reservationSet/item/instancesSet/item'):
            edit(instance)
    return in_xml(each)


def in_reservations(edit: Callable[[ElementTree.Element], Any]) -> Change:
    """Change each reservation that DescribeInstances answers."""
    def each(root: ElementTree.Element) -> None:
        for reservation in root.findall('reservationSet/item'):
            edit(reservation)
    return in_xml(each)


def in_mappings(edit: Callable[[ElementTree.Element], Any]) -> Change:
    """Change each block device mapping that DescribeInstances answers."""
    def each(instance: ElementTree.Element) -> None:
        for mapping in instance.findall('blockDeviceMapping/item'):
            edit(mapping)
    return in_instances(each)


def text(path: str, new: Callable[[str], str]) -> Callable[[ElementTree.Element], None]:
    """Return an edit that writes another text into the elements at a path that are there."""
    def edit(element: ElementTree.Element) -> None:
        for found in element.findall(path):
            found.text = new(found.text or '')
    return edit


def put(path: str, value: str | None) -> Callable[[ElementTree.Element], None]:
    """Return an edit that makes an element where there is none, empty for None."""
    def edit(element: ElementTree.Element) -> None:
        parent_path, _, name = path.rpartition('/')
        for parent in element.findall(parent_path) if parent_path else [element]:
            if parent.find(name) is None:
                ElementTree.SubElement(parent, name).text = value
    return edit


def drop(path: str) -> Callable[[ElementTree.Element], None]:
    """Return an edit that takes out the elements at a path."""
    def edit(element: ElementTree.Element) -> None:
        parent_path, _, name = path.rpartition('/')
        for parent in element.findall(parent_path) if parent_path else [element]:
            for found in parent.findall(name):
                parent.remove(found)
    return edit


# Any service: the answer as a whole

def of(service: str, *, methods: Collection[str] = ('GET', 'POST', 'PUT', 'DELETE'),
       path: str = '', action: str = '') -> Callable[[Asked], bool]:
    """Return which requests are meant: a service's, with a path that contains some text."""
    def meant(asked: Asked) -> bool:
        return (asked.service == service and asked.method in methods and path in asked.path
                and (not action or asked.action == action))
    return meant


def answer(to: Callable[[Asked], bool], edit: Callable[[Answered], Any]) -> Change:
    """Change status, headers, body or delivery of the answers that are meant."""
    def change(asked: Asked, answered: Answered) -> int:
        if not to(asked):
            return 0
        edit(answered)
        return 1
    return change


def status(new: int, meant: Callable[[Asked], bool], *, if_below: int = 600,
           if_at_least: int = 0, body: Any = None) -> Change:
    """Answer with another status, and with another body of JSON where one is given.

    :param if_below: and if_at_least, the right statuses for which that is done.
    """
    def change(asked: Asked, answered: Answered) -> int:
        if not meant(asked) or not if_at_least <= answered.status < if_below:
            return 0
        answered.status = new
        if body is not None:
            answered.body = json.dumps(body).encode()
        return 1
    return change


def together(*changes: Change) -> Change:
    """Return the changes as one."""
    def change(asked: Asked, answered: Answered) -> int:
        return sum(each(asked, answered) for each in changes)
    return change


def swapped(items: Iterable[Any]) -> list[Any]:
    """Return items with the last one first."""
    items = list(items)
    return items[-1:] + items[:-1]


def at(*microversions: str, calls: Collection[Call] = READS,
       roles: Collection[Role] = tuple(Role)) -> To:
    """Return Nova's answers at some microversions."""
    for each in microversions:
        Microversion.parse(each)
    return To(calls, roles, microversions)
