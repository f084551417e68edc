"""The words that only changes of the metadata service's answers need; see the module metadata."""

from collections.abc import Callable, Collection
import dataclasses
import json
from typing import Any

from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change

LATEST = '/latest/meta-data/'
MAPPING = LATEST + 'block-device-mapping/'
DOCUMENT = '/openstack/latest/meta_data.json'
USER_DATA_PATHS = ('/latest/user-data', '/openstack/latest/user_data')


def asks(asked: Asked, paths: Collection[str]) -> bool:
    """Say whether the metadata service is asked for one of some paths."""
    return asked.service == 'metadata' and asked.path in paths


def told(new: Callable[[bytes], bytes], *paths: str) -> Change:
    """Tell something else, made from what is right, where there is something."""
    def change(asked: Asked, answered: Answered) -> int:
        if not asks(asked, paths) or answered.status != 200:
            return 0
        before, answered.body = answered.body, new(answered.body)
        return int(answered.body != before)
    return change


def text(new: Callable[[str], str], *paths: str) -> Change:
    """Tell another text; see :func:`told`."""
    return told(lambda body: new(body.decode()).encode(), *paths)


def replaced(old: str, new: str, path: str) -> Change:
    """Tell a text with some of it in place of other."""
    return text(lambda own: own.replace(old, new), path)


def listed(new: Callable[[list[str]], list[str]], path: str) -> Change:
    """List other names, made from the right ones."""
    return text(lambda names: '\n'.join(new(names.split('\n'))), path)


def document(new: Callable[[dict[str, Any]], dict[str, Any]], path: str = DOCUMENT) -> Change:
    """Put other values into a document, made from the right ones."""
    def edit(body: bytes) -> bytes:
        document = json.loads(body)
        return json.dumps(document | new(document)).encode()
    return told(edit, path)


def without(key: str, path: str = DOCUMENT) -> Change:
    """Leave a key out of the document."""
    def edit(body: bytes) -> bytes:
        return json.dumps({name: value for name, value in json.loads(body).items()
                           if name != key}).encode()
    return told(edit, path)


def absent(*paths: str) -> Change:
    """Answer 404 where there is something."""
    def change(asked: Asked, answered: Answered) -> int:
        if not asks(asked, paths) or answered.status != 200:
            return 0
        answered.status, answered.body = 404, b''
        return 1
    return change


def invented(value: bytes, *paths: str) -> Change:
    """Tell something where there is nothing."""
    def change(asked: Asked, answered: Answered) -> int:
        if not asks(asked, paths) or answered.status != 404:
            return 0
        answered.status, answered.body = 200, value
        return 1
    return change


@dataclasses.dataclass
class Copied:
    """Tell at a path what the same server was told at another one."""

    of: str
    to: str
    seen: dict[str, bytes] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if asks(asked, [self.of]):
            self.seen[asked.instance] = answered.body
        if not asks(asked, [self.to]) or asked.instance not in self.seen:
            return 0
        answered.body = self.seen[asked.instance]
        return 1


@dataclasses.dataclass
class AnotherServers:
    """Tell what another server is told at that path: the last other value that was seen."""

    path: str
    seen: dict[str, bytes] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if not asks(asked, [self.path]) or answered.status != 200:
            return 0
        own = self.seen[asked.instance] = answered.body
        others = [value for value in self.seen.values() if value != own]
        answered.body = others[-1] if others else own
        return int(bool(others))


@dataclasses.dataclass
class FirstServers:
    """Tell every server what the first one was told, as a cache does that knows of one alone."""

    path: str
    first: bytes | None = None

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if not asks(asked, [self.path]) or answered.status != 200:
            return 0
        own, self.first = answered.body, self.first or answered.body
        answered.body = self.first
        return int(own != self.first)


@dataclasses.dataclass
class StaleForASecondTime:
    """Tell a server right at first, and then what the one that asked last was told."""

    path: str
    seen: set[str] = dataclasses.field(default_factory=set)
    last: bytes = b''

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if not asks(asked, [self.path]) or answered.status != 200:
            return 0
        own, again = answered.body, asked.instance in self.seen
        if again:
            answered.body = self.last
        self.seen.add(asked.instance)
        self.last = own
        return int(again)


@dataclasses.dataclass
class Unrefused:
    """Answer a request that is to be refused like the one before it that was in order."""

    statuses: Collection[int]
    paths: Collection[str] = (
        LATEST + 'reservation-id', *USER_DATA_PATHS, DOCUMENT)
    right: dict[str, bytes] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if not asks(asked, self.paths):
            return 0
        if answered.status == 200:
            self.right[asked.path] = answered.body
        if answered.status not in self.statuses or asked.path not in self.right:
            return 0
        self.answer(answered, self.right[asked.path])
        return 1

    def answer(self, answered: Answered, right: bytes) -> None:
        answered.status, answered.body = 200, right


class RefusedWithAll(Unrefused):
    """Refuse it, and tell everything all the same."""

    def answer(self, answered: Answered, right: bytes) -> None:
        answered.body = right
