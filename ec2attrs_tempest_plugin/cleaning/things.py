"""What a cloud holds, as one person is shown it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
import dataclasses
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.cleaning.access import Person
from ec2attrs_tempest_plugin.clients import errors

# A list goes on for so many pages at most.
_PAGES = 200


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of things that the suite, or Tempest for it, makes.

    :ivar list: the path of their list.
    :ivar key: under which the list is in the answer.
    :ivar project: the keys that may hold the id of their project.
    :ivar within: the parameter that asks for those of one project, empty where there is none.
    :ivar admin: whether only an administrator can have made such a thing.
    """

    word: str
    service: str
    list: str
    key: str
    project: tuple[str, ...] = ('project_id', 'tenant_id')
    admin: bool = True
    paged: bool = True
    within: str = 'project_id'

    @property
    def one(self) -> str:
        """The path of one of them, without its id."""
        return self.list.partition('?')[0].removesuffix('/detail')


SERVER = Kind('server', 'compute', '/servers/detail', 'servers', admin=False)
VOLUME = Kind('volume', 'volume', '/volumes/detail', 'volumes',
              ('os-vol-tenant-attr:tenant_id',), admin=False)
SNAPSHOT = Kind('snapshot', 'volume', '/snapshots/detail', 'snapshots',
                ('os-extended-snapshot-attributes:project_id',), admin=False)
IMAGE = Kind('image', 'image', '/images', 'images', ('owner',), admin=False, within='owner')
FLAVOR = Kind('flavor', 'compute', '/flavors?is_public=None', 'flavors', (), within='')
VOLUME_TYPE = Kind('volume type', 'volume', '/types?is_public=None', 'volume_types', (),
                   within='')
FLOATING_IP = Kind('floating ip', 'network', '/floatingips', 'floatingips')
ROUTER = Kind('router', 'network', '/routers', 'routers')
PORT = Kind('port', 'network', '/ports', 'ports')
NETWORK = Kind('network', 'network', '/networks', 'networks')
# Asked for those of one project, Neutron makes its default group anew.
SECURITY_GROUP = Kind('security group', 'network', '/security-groups', 'security_groups',
                      within='')
CREDENTIAL = Kind('EC2 credential', 'identity', '/credentials?type=ec2', 'credentials',
                  paged=False, within='')
USER = Kind('user', 'identity', '/users', 'users', (), paged=False, within='')
PROJECT = Kind('project', 'identity', '/projects', 'projects', (), paged=False, within='')

#: In the order in which they can be removed.
KINDS = (SERVER, VOLUME, SNAPSHOT, IMAGE, FLAVOR, VOLUME_TYPE, FLOATING_IP, ROUTER, PORT,
         NETWORK, SECURITY_GROUP, CREDENTIAL, USER, PROJECT)


@dataclasses.dataclass(frozen=True)
class Thing:
    """One of the things of a cloud.

    :ivar project: the id of its project, empty where it has none.
    :ivar shown: what else its service says of it.
    """

    kind: Kind
    id: str
    name: str
    project: str
    shown: Mapping[str, Any] = dataclasses.field(compare=False, repr=False)


@dataclasses.dataclass(frozen=True)
class Scope:
    """What alone is asked for, where a cloud may hold far more.

    :ivar projects: the ids of projects.
    :ivar name: what the names of servers of others begin with that are asked for as well.
    """

    projects: Collection[str]
    name: str


def listed(person: Person, kinds: Iterable[Kind], scope: Scope | None = None) -> list[Thing]:
    """Return the things of some kinds, of services that the cloud has.

    :param scope: None for all that there is.
    :raises BadAnswer: when a service does not answer with such a list.
    """
    found: dict[tuple[str, str], Thing] = {}
    for kind in kinds:
        if person.admin or not kind.admin:
            try:
                found |= {(kind.word, thing.id): thing for only in _parameters(kind, scope)
                          for thing in _listed(person, kind, only)}
            except errors.NotOffered:
                continue  # as with a cloud without volumes
    return list(found.values())


def _parameters(kind: Kind, scope: Scope | None) -> list[dict[str, str]]:
    """Return the parameters of each request that it takes."""
    if scope is None or not kind.within:
        return [{}]
    by_name = [{'name': f'^{scope.name}'}] if kind is SERVER else []
    return [*({kind.within: project} for project in sorted(scope.projects)), *by_name]


def _listed(person: Person, kind: Kind, only: Mapping[str, str]) -> Iterator[Thing]:
    path, _, query = kind.list.partition('?')
    asked = {**dict(urllib.parse.parse_qsl(query)), **only}
    if person.admin and kind in (SERVER, VOLUME, SNAPSHOT):
        asked['all_tenants'] = '1'
    if not person.admin and kind is IMAGE:
        asked['owner'] = person.project_id
    for _ in range(_PAGES):
        answer = person.ask(kind.service, 'GET', f'{path}?{urllib.parse.urlencode(asked)}',
                            expect=(200, 403) if kind is CREDENTIAL else (200,))
        if answer.status == 403:
            return  # Keystone deletes them with their users
        items = answer.body.get(kind.key) if isinstance(answer.body, dict) else None
        if not isinstance(items, list) or not all(
                isinstance(item, dict) and isinstance(item.get('id'), str) and item['id']
                for item in items):
            raise errors.BadAnswer(f'{answer.source}: the answer is no list of {kind.key}')
        for item in items:
            yield _thing(kind, item, person)
        if not items or not kind.paged or not (
                answer.body.get(f'{kind.key}_links') or answer.body.get('next')):
            return
        asked['marker'] = items[-1]['id']
    raise errors.BadAnswer(f'{kind.service}: the list of {kind.key} does not end')


def _thing(kind: Kind, item: Mapping[str, Any], person: Person) -> Thing:
    project = next((str(item[key]) for key in kind.project if item.get(key)), '')
    if not project and not person.admin and not kind.admin:
        project = person.project_id  # who sees but one project is not told which
    return Thing(kind, item['id'], str(item.get('name') or ''), project, item)
