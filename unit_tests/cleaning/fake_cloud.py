"""A cloud whose services answer as the real ones did, as far as a cleaning asks them."""

import re
from typing import Any
from unittest import mock
import urllib.parse

from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.openstack import Answer

# Where the services say of which project a thing is.
_PROJECT = {key for kind in things.KINDS for key in kind.project}


class FakeCloud:
    """Asked in the place of a Person.

    :ivar held: what it has, by the path of a list, each by its id.
    :ivar calls: what was asked that changes something.
    :ivar lists: which lists were asked for, with their parameters.
    :ivar refused: what is answered with an error, by method and path.
    :ivar then: by a request: what is answered with an error after it.
    :ivar staying: ids of what is never gone.
    :ivar deaf: whether lists hold everything, whatever is asked for.
    :ivar deaf_to_markers: paths of lists that begin anew with each page.
    :ivar attachments: what Cinder has of each volume.
    """

    name = 'admin'
    ec2_url = ''

    def __init__(self, admin: bool = True, project_id: str = 'admin') -> None:
        self.admin = admin
        self.project_id = project_id
        self.session = mock.Mock(user_id='me')
        self.held: dict[str, dict[str, dict[str, Any]]] = {
            kind.one: {} for kind in things.KINDS}
        self.keys = {kind.one: kind.key for kind in things.KINDS}
        self.calls: list[str] = []
        self.lists: list[str] = []
        self.refused: dict[str, int] = {}
        self.then: dict[str, tuple[str, int]] = {}
        self.staying: set[str] = set()
        self.absent: set[str] = set()
        self.page = 1000
        self.deaf = False
        self.deaf_to_markers: set[str] = set()
        self.truncated = False
        self.attachments: list[dict[str, str]] = []
        self.ec2_keys: tuple[str, str] | None = None

    def add(self, kind: things.Kind, its_id: str, name: str = '', project: str = '',
            **more: Any) -> None:
        """Have a thing."""
        of = {key: project for key in kind.project[:1] if project}
        self.held[kind.one][its_id] = {'id': its_id, 'name': name, **of, **more}

    def ids(self) -> set[str]:
        """Return the ids of all that it has."""
        return {its_id for some in self.held.values() for its_id in some}

    def ask(self, service: str, method: str, path: str, *, expect: tuple[int, ...],
            body: Any = None, headers: Any = None) -> Answer:
        """Answer as a service does."""
        if service in self.absent:
            raise errors.NotOffered(f'the catalogue has no service of type {service}')
        path, _, query = path.partition('?')
        if method != 'GET':
            self.calls.append(f'{method} {path}')
        status, answer = self._answered(method, path, dict(urllib.parse.parse_qsl(query)))
        status = self.refused.get(f'{method} {path}', status)
        if f'{method} {path}' in self.then:
            self.refused.update([self.then[f'{method} {path}']])
        if status not in expect:
            raise errors.BadAnswer(f'{method} {path}: seen {status}')
        return Answer(f'{method} {path}', status, {}, answer, 'req-1')

    def _answered(self, method: str, path: str, query: dict[str, str]) -> tuple[int, Any]:
        some = self.held.get(path.removesuffix('/detail'))
        if method == 'GET' and some is not None:
            return 200, self._list(path.removesuffix('/detail'), list(some.values()), query)
        if path.startswith('/attachments'):
            return 200, {'attachments': self.attachments or [
                {'id': f'of-{query.get("volume_id")}', 'volume_id': query.get('volume_id')}]}
        if path.endswith('/remove_router_interface'):
            return 200, None
        match = re.fullmatch('(/[a-z-]+)/([^/]+)', path)
        if match and match[1] in self.held:
            held = self.held[match[1]]
            if match[2] not in held:
                return 404, None
            if method == 'DELETE' and match[2] not in self.staying:
                del held[match[2]]
                return (202 if match[1] in ('/volumes', '/snapshots') else 204), None
            return (200 if method == 'GET' else 204), {
                match[1][1:-1]: held[match[2]]}
        return 202, None

    def _list(self, path: str, items: list[Any], query: dict[str, str]) -> dict[str, Any]:
        key = self.keys[path]
        self.lists.append(f'{path}?{urllib.parse.urlencode(query)}')
        of = query.get('project_id') or query.get('owner')
        if of is not None and path == '/security-groups':  # as Neutron does
            self.add(things.SECURITY_GROUP, f'default of {of}', 'default', of)
            items = list(self.held[path].values())
        if self.deaf:
            query = {key: value for key, value in query.items() if key == 'marker'}
            of = None
        if of is not None:
            items = [each for each in items if of in (each.get(key) for key in _PROJECT)]
        if 'name' in query:
            items = [each for each in items if re.match(query['name'], each['name'])]
        if 'name__startswith' in query:
            items = [each for each in items
                     if each['name'].startswith(query['name__startswith'])]
        if path == '/ports' and 'device_id' in query:
            items = [each for each in items if each.get('device_id') == query['device_id']]
        start = ([each['id'] for each in items].index(query['marker']) + 1
                 if 'marker' in query and path not in self.deaf_to_markers else 0)
        page = items[start:start + self.page]
        more: dict[str, Any] = {}
        if len(items) > start + self.page:
            more = self._links(path, key, f'http://cloud{path}?limit=2&marker={page[-1]["id"]}')
        elif path == '/networks':
            more = {'networks_links': [{'rel': 'previous', 'href': 'http://cloud/networks'}]}
        return {key: page, **more, **({'truncated': True} if self.truncated else {})}

    @staticmethod
    def _links(path: str, key: str, url: str) -> dict[str, Any]:
        if path in ('/users', '/projects', '/credentials'):
            return {'links': {'next': url}, 'truncated': True}
        if path == '/images':
            return {'next': url}
        # Cinder does not call them after the key here.
        key = 'volume_type' if path == '/types' else key
        return {f'{key}_links': [{'rel': 'next', 'href': url}]}
