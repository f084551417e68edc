"""Fill a fresh cloud: python -m ec2attrs_cloud.seed ROOT identity|resources

'identity' needs Keystone alone and makes what the other services need to start; 'resources' needs
all of them. What a user wants to know of it is written to ROOT/seed.json.
"""

import json
import sys
from typing import Any

import requests

from ec2attrs_cloud.facts import Facts
from ec2attrs_cloud.facts import VOLUME_BACKEND

#: id, name, VCPUs, RAM in MiB, disk in GiB
FLAVORS = (('1', 'm1.tiny', 1, 512, 1), ('2', 'm1.small', 1, 1024, 2),
           ('3', 'm1.medium', 2, 2048, 4), ('4', 'm1.nano', 1, 128, 0),
           ('5', 'm1.micro', 1, 192, 0))
IMAGE_BYTES = 65536

CATALOGUE = (('nova', 'compute', 'nova', '/v2.1'), ('glance', 'image', 'glance', ''),
             ('placement', 'placement', 'placement', ''), ('neutron', 'network', 'neutron', ''),
             ('cinderv3', 'volumev3', 'cinder', '/v3/%(project_id)s'),
             ('cinder', 'block-storage', 'cinder', '/v3/%(project_id)s'),
             ('ec2', 'ec2', 'ec2', '/'))


class Session:
    """Requests to the cloud as one user."""

    def __init__(self, facts: Facts, user: str, project: str) -> None:
        self._facts = facts
        self._http = requests.Session()
        self._http.trust_env = False
        answer = self.request('POST', 'keystone', '/v3/auth/tokens', {'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {
                'name': user, 'domain': {'id': 'default'}, 'password': facts.secrets[user]}}},
            'scope': {'project': {'name': project, 'domain': {'id': 'default'}}}}})
        self._http.headers['X-Auth-Token'] = answer.headers['X-Subject-Token']
        token = answer.json()['token']
        self.project_id: str = token['project']['id']
        self.user_id: str = token['user']['id']

    def request(self, method: str, endpoint: str, path: str, body: Any = None,
                **kwargs: Any) -> requests.Response:
        """Send a request.

        Raises RuntimeError with what the service said where it refuses.
        """
        answer = self._http.request(method, self._facts.url(endpoint, path), json=body, **kwargs)
        if answer.status_code >= 400:
            raise RuntimeError(f'{method} {path}: {answer.status_code} {answer.text[:500]}')
        return answer

    def make(self, endpoint: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST *body*, whose one key is the kind; return what was made."""
        [kind] = body
        made: dict[str, Any] = self.request('POST', endpoint, path, body).json()[kind]
        return made


def identity(facts: Facts) -> None:
    """Make the service users, the member, the roles between them and the catalogue."""
    admin = Session(facts, 'admin', 'admin')
    roles = {role['name']: role['id']
             for role in admin.request('GET', 'keystone', '/v3/roles').json()['roles']}
    projects = {name: admin.make('keystone', '/v3/projects', {'project': {
        'name': name, 'domain_id': 'default'}})['id'] for name in ('service', 'member')}

    def make_user(name: str, project: str, granted: tuple[str, ...]) -> None:
        user = admin.make('keystone', '/v3/users', {'user': {
            'name': name, 'domain_id': 'default', 'password': facts.secrets[name]}})
        for role in granted:
            admin.request('PUT', 'keystone', f'/v3/projects/{projects[project]}/users/'
                                             f'{user["id"]}/roles/{roles[role]}')

    for name in ('nova', 'glance', 'neutron', 'cinder', 'placement', 'ec2'):
        make_user(name, 'service', ('admin', 'service'))
    make_user('member', 'member', ('member', 'reader'))
    for name, kind, endpoint, path in CATALOGUE:
        service = admin.make('keystone', '/v3/services', {'service': {
            'name': name, 'type': kind}})
        for interface in ('public', 'internal', 'admin'):
            admin.make('keystone', '/v3/endpoints', {'endpoint': {
                'service_id': service['id'], 'interface': interface,
                'url': facts.url(endpoint, path), 'region_id': facts.region}})


def images(admin: Session) -> dict[str, str]:
    """Make the public images; return their ids by name."""
    def make(name: str, disk: str = 'raw', container: str = 'bare', **properties: str) -> str:
        image = admin.request('POST', 'glance', '/v2/images', {
            'name': name, 'disk_format': disk, 'container_format': container,
            'visibility': 'public', **properties}).json()
        admin.request('PUT', 'glance', f'/v2/images/{image["id"]}/file', data=bytes(IMAGE_BYTES),
                      headers={'Content-Type': 'application/octet-stream'})
        return str(image['id'])

    made = {name: make(name) for name in ('reference', 'reference-alt')}
    made['reference-kernel'] = make('reference-kernel', 'aki', 'aki')
    made['reference-ramdisk'] = make('reference-ramdisk', 'ari', 'ari')
    made['reference-uec'] = make('reference-uec', 'ami', 'ami',
                                 kernel_id=made['reference-kernel'],
                                 ramdisk_id=made['reference-ramdisk'])
    return made


def networks(admin: Session, member: Session) -> dict[str, str]:
    """Make the networks; return their ids by name.

    The member owns exactly one, which ec2-api's RunInstances asks for.
    """
    def make(session: Session, name: str, cidr: str, subnet: dict[str, Any],
             **attributes: Any) -> str:
        network = session.make('neutron', '/v2.0/networks', {'network': {
            'name': name, **attributes}})
        session.make('neutron', '/v2.0/subnets', {'subnet': {
            'network_id': network['id'], 'name': f'{name}-subnet', 'ip_version': 4, 'cidr': cidr,
            **subnet}})
        return str(network['id'])

    return {
        'public': make(admin, 'public', '172.24.4.0/22', {'enable_dhcp': False}, **{
            'router:external': True, 'provider:network_type': 'flat',
            'provider:physical_network': 'public'}),
        'shared': make(admin, 'shared', '10.1.0.0/16', {}, shared=True),
        'member': make(member, 'member', '10.2.0.0/16', {})}


def ec2_keys(session: Session) -> dict[str, str]:
    """Make EC2 credentials for the user and project of *session*."""
    made = session.request('POST', 'keystone', f'/v3/users/{session.user_id}/credentials/OS-EC2',
                           {'tenant_id': session.project_id}).json()['credential']
    return {'access': made['access'], 'secret': made['secret']}


def resources(facts: Facts) -> None:
    """Make flavors, images, networks, the volume type and EC2 keys; write ROOT/seed.json."""
    admin = Session(facts, 'admin', 'admin')
    member = Session(facts, 'member', 'member')
    for identifier, name, vcpus, ram, disk in FLAVORS:
        admin.make('nova', '/v2.1/flavors', {'flavor': {
            'id': identifier, 'name': name, 'vcpus': vcpus, 'ram': ram, 'disk': disk}})
    admin.make('cinder', f'/v3/{admin.project_id}/types', {'volume_type': {
        'name': VOLUME_BACKEND, 'extra_specs': {'volume_backend_name': VOLUME_BACKEND}}})
    seed = {
        'images': images(admin), 'networks': networks(admin, member),
        'volume_type': VOLUME_BACKEND,
        'network_extensions': sorted(extension['alias'] for extension in admin.request(
            'GET', 'neutron', '/v2.0/extensions').json()['extensions']),
        'users': {name: {'user_id': session.user_id, 'project_id': session.project_id,
                         'project': name, 'ec2': ec2_keys(session)}
                  for name, session in (('admin', admin), ('member', member))}}
    (facts.root / 'seed.json').write_text(json.dumps(seed, indent=1))


if __name__ == '__main__':
    {'identity': identity, 'resources': resources}[sys.argv[2]](Facts.read(sys.argv[1]))
