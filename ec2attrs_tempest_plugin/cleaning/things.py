"""What a cloud holds, as one person is shown it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
import dataclasses
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.cleaning.access import Person
from ec2attrs_tempest_plugin.clients import errors

# A list goes on for so many pages at most; one that does not move on is left before.
_PAGES = 10000


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of things that the suite, or Tempest for it, makes.

    :ivar list: the path of their list.
    :ivar key: under which the list is in the answer.
    :ivar project: the keys that may hold the id of their project.
    :ivar within: the parameter that asks for those of one project, empty where there is none.
    :ivar begins: the parameter that asks for names that begin so, empty where there is none.
    :ivar admin: whether only an administrator can have made such a thing.
    """

    word: str
    service: str
    list: str
    key: str
    project: tuple[str, ...] = ('project_id', 'tenant_id')
    admin: bool = True
    within: str = 'project_id'
    begins: str = ''

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
CREDENTIAL = Kind('EC2 credential', 'identity', '/credentials?type=ec2', 'credentials', within='')
USER = Kind('user', 'identity', '/users', 'users', (), within='', begins='name__startswith')
PROJECT = Kind('project', 'identity', '/projects', 'projects', (), within='',
               begins='name__startswith')

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

    :ivar prefix: what the names of users and projects begin with.
    :ivar projects: the ids of projects, None for all.
    :ivar servers: what the names of servers of other projects begin with, which are asked for as
        well.
    """

    prefix: str = ''
    projects: Collection[str] | None = None
    servers: str = ''


def listed(person: Person, kinds: Iterable[Kind], scope: Scope) -> list[Thing]:
    """Return the things of some kinds, of services that the cloud has.

    A service may return more than the scope.

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


def _parameters(kind: Kind, scope: Scope) -> list[dict[str, str]]:
    """Return the parameters of each request that it takes."""
    if kind.begins and scope.prefix:
        # Keystone may cut a list short that holds all (list_limit).
        return [{kind.begins: scope.prefix}]
    if scope.projects is None or not kind.within:
        return [{}]
    by_name = [{'name': f'^{scope.servers}'}] if kind is SERVER else []
    return [*({kind.within: project} for project in sorted(scope.projects)), *by_name]


def _listed(person: Person, kind: Kind, only: Mapping[str, str]) -> Iterator[Thing]:
    path, _, query = kind.list.partition('?')
    asked = {**dict(urllib.parse.parse_qsl(query)), **only}
    if person.admin and kind in (SERVER, VOLUME, SNAPSHOT):
        asked['all_tenants'] = '1'
    if not person.admin and kind is IMAGE:
        asked['owner'] = person.project_id
    for item in items(person, kind.service, path, kind.key, asked,
                      # Keystone deletes them with their users, and has pages of them that do not
                      # move on.
                      some_will_do=kind is CREDENTIAL):
        yield _thing(kind, item, person)


def items(person: Person, service: str, path: str, key: str, parameters: Mapping[str, str],
          some_will_do: bool = False) -> Iterator[Mapping[str, Any]]:
    """Yield what is in a list, up to its end, however many a page has.

    :param key: under which a page has the list.
    :param some_will_do: whether a part of the list is enough, or nothing where it is forbidden.
    :raises BadAnswer: when a page is no such list, or the list does not end.
    """
    asked = dict(parameters)
    seen: set[str] = set()
    for _ in range(_PAGES):
        answer = person.ask(service, 'GET', f'{path}?{urllib.parse.urlencode(asked)}',
                            expect=(200, 403) if some_will_do else (200,))
        if answer.status == 403:
            return
        page = answer.body.get(key) if isinstance(answer.body, dict) else None
        if not isinstance(page, list) or not all(
                isinstance(item, dict) and isinstance(item.get('id'), str) and item['id']
                for item in page):
            raise errors.BadAnswer(f'{answer.source}: the answer is no list of {key}')
        new = [item for item in page if item['id'] not in seen]
        seen |= {item['id'] for item in new}
        yield from new
        link = _next(answer.body)
        if some_will_do and not new:
            return
        if link is None and answer.body.get('truncated') and not some_will_do:
            raise errors.BadAnswer(f'{answer.source}: the list of {key} is cut short')
        if link is None or not page:
            return
        if not new:
            break
        of_link = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
        asked['marker'] = of_link.get('marker') or page[-1]['id']
    raise errors.BadAnswer(f'{service}: the list of {key} does not end')


def _next(body: Mapping[str, Any]) -> str | None:
    """Return the link to the next page, None on the last one.

    Nova, Neutron and Cinder have it in a list that is not always called after the key (Cinder's
    volume_type_links), Glance and Keystone in an object.
    """
    links = [{'rel': 'next', 'href': each.get('next')} for each in (body, body.get('links'))
             if isinstance(each, dict)]
    for key, value in body.items():
        if key.endswith('_links') and isinstance(value, list):
            links += [each for each in value if isinstance(each, dict)]
    return next((str(each['href']) for each in links
                 if each.get('rel') == 'next' and each.get('href')), None)


def _thing(kind: Kind, item: Mapping[str, Any], person: Person) -> Thing:
    project = next((str(item[key]) for key in kind.project if item.get(key)), '')
    if not project and not person.admin and not kind.admin:
        project = person.project_id  # who sees but one project is not told which
    return Thing(kind, item['id'], str(item.get('name') or ''), project, item)
