"""Further people, made by the administrator: a reader, someone else, and one without a project."""

from collections.abc import Callable
from typing import Any

from tempest import config
from tempest.lib import auth
from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients.errors import NotOffered

CONF = config.CONF


@errors.never_under_test
class People:
    """Users whom an administrator makes; each is registered for removal before it is used.

    :param admin: who makes them.
    :param remove_later: takes a function and its arguments, to be called in the end.
    """

    def __init__(self, admin: openstack.Session, remove_later: Callable[..., Any]) -> None:
        self._admin = admin
        self._remove_later = remove_later
        self._identity = catalog.of_identity(CONF)

    def project(self) -> str:
        """Return the id of a new project."""
        project_id = self._make('project', {'domain_id': self._domain})
        # Neutron keeps the group that it gives a project by itself when the project goes.
        self._remove_later(self._delete_security_groups, project_id)
        return project_id

    def user(self, project_id: str | None = None, role: str = '') -> auth.KeystoneV3AuthProvider:
        """Return the tokens of a new user who has a role in a project, or no project.

        :raises NotOffered: when Keystone has no such role.
        :raises NotPermitted: when Keystone does not let the administrator make users.
        """
        password = data_utils.rand_password()
        user_id = self._make('user', {'domain_id': self._domain, 'password': password})
        credentials: dict[str, Any] = {'user_id': user_id, 'password': password}
        if project_id is not None:
            self._ask('PUT', f'/projects/{project_id}/users/{user_id}/roles/{self._role(role)}',
                      expect=(204,))
            credentials['project_id'] = project_id
        own = self._admin.provider
        return auth.KeystoneV3AuthProvider(
            auth.KeystoneV3Credentials(**credentials), own.auth_url,
            disable_ssl_certificate_validation=own.dscv, ca_certs=own.ca_certs,
            scope='unscoped' if project_id is None else 'project',
            http_timeout=own.http_timeout, proxy_url=own.proxy_url)

    @errors.preparation
    def _delete_security_groups(self, project_id: str) -> None:
        network = catalog.of_group(CONF, 'network', 'v2.0')
        try:
            groups = self._admin.listed(
                network, f'/security-groups?project_id={project_id}', 'security_groups',
                source=f'GET /v2.0/security-groups {self._admin.person}')
        except NotOffered:  # a cloud without Neutron
            return
        for group in groups:
            if group.get('project_id') == project_id:
                self._request(network, 'DELETE', f'/security-groups/{group["id"]}',
                              expect=(204, 404))

    @property
    def _domain(self) -> str:
        return str(self._admin.provider.credentials.user_domain_id)

    def _role(self, name: str) -> str:
        roles = self._ask('GET', f'/roles?name={name}', expect=(200,)).body['roles']
        if not roles:
            raise NotOffered(f'Keystone has no role {name}')
        return str(roles[0]['id'])

    def _make(self, kind: str, values: dict[str, Any]) -> str:
        name = data_utils.rand_name(f'ec2attrs-{kind}', prefix=CONF.resource_name_prefix)
        answer = self._ask('POST', f'/{kind}s', {kind: {'name': name, **values}}, expect=(201,))
        made = str(answer.body[kind]['id'])
        self._remove_later(self._delete, f'/{kind}s/{made}')
        return made

    @errors.preparation
    def _delete(self, path: str) -> None:
        self._ask('DELETE', path, expect=(204, 404))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None, *,
             expect: tuple[int, ...]) -> openstack.Answer:
        return self._request(self._identity, method, path, body, expect=expect)

    def _request(self, endpoint: catalog.Endpoint, method: str, path: str,
                 body: dict[str, Any] | None = None, *,
                 expect: tuple[int, ...]) -> openstack.Answer:
        return self._admin.request(
            endpoint, method, path, body=body, expect=expect,
            source=f'{method} /{endpoint.version}{path.partition("?")[0]} {self._admin.person}')
