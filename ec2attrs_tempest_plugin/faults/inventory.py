"""What a cloud holds that tests could have left behind."""

from collections.abc import Mapping
import json
from typing import Any

import urllib3

#: Each kind with its service, the path of its list and the key of it.
_LISTS = (
    ('server', 'nova', '/v2.1/servers?all_tenants=1', 'servers'),
    ('volume', 'cinder', '/v3/{project}/volumes?all_tenants=1', 'volumes'),
    ('network', 'neutron', '/v2.0/networks', 'networks'),
    ('port', 'neutron', '/v2.0/ports', 'ports'),
    ('project', 'keystone', '/v3/projects', 'projects'),
    ('user', 'keystone', '/v3/users', 'users'),
    ('EC2 credential', 'keystone', '/v3/credentials', 'credentials'),
)


class Inventory:
    """Lists a cloud's resources as its administrator.

    :param origins: ``http://host:port`` of each service.
    :param user: name, password and project of the administrator.
    """

    def __init__(self, origins: Mapping[str, str], user: tuple[str, str, str]) -> None:
        self._origins = origins
        self._user = user
        self._pool = urllib3.PoolManager(retries=False, timeout=30)
        self._before = self._all()

    def new(self) -> list[str]:
        """Return kind, id and name of what was not there in the beginning.

        :raises OSError: when a service does not answer.
        """
        return [f'{kind} {each} ({name})' for (kind, each), name in self._all().items()
                if (kind, each) not in self._before]

    def _ask(self, service: str, method: str, path: str,
             **more: Any) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(method, self._origins[service] + path, **more)
        except urllib3.exceptions.HTTPError as error:
            raise OSError(f'{service} does not answer ({type(error).__name__})') from error

    def _all(self) -> dict[tuple[str, str], str]:
        token, project = self._token()
        found = {}
        for kind, service, path, key in _LISTS:
            answer = self._ask(service, 'GET', path.format(project=project),
                               headers={'X-Auth-Token': token})
            if answer.status != 200:
                raise OSError(f'{service} answers {answer.status} to the list of its {key}')
            for each in answer.json()[key]:
                found[kind, str(each['id'])] = str(each.get('name') or each.get('type'))
        return found

    def _token(self) -> tuple[str, str]:
        name, password, project = self._user
        domain = {'id': 'default'}
        body: dict[str, Any] = {'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {
                'name': name, 'password': password, 'domain': domain}}},
            'scope': {'project': {'name': project, 'domain': domain}}}}
        answer = self._ask('keystone', 'POST', '/v3/auth/tokens', body=json.dumps(body),
                           headers={'Content-Type': 'application/json'})
        if answer.status != 201:
            raise OSError(f'keystone answers {answer.status} to the administrator')
        return (answer.headers['X-Subject-Token'], answer.json()['token']['project']['id'])
