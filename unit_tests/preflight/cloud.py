"""A cloud on loopback, all of it in one table that a test may change."""

from collections.abc import Callable, Iterator
import contextlib
import copy
import json
from pathlib import Path
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.preflight import settings
from unit_tests.clients import server

PASSWORD = 's3cret-of-alice'
SECRET = 's3cret-of-the-proxy'
TOKEN = 't0ken-of-alice'
KEY = 'k3y-of-alice'

DOMAIN = {'id': 'default', 'name': 'Default'}
FLAVOR = {'id': '1', 'name': 'tiny', 'ram': 512, 'disk': 1, 'vcpus': 1,
          'os-flavor-access:is_public': True}
IMAGE = {'id': 'i1', 'name': 'small', 'status': 'active', 'visibility': 'public',
         'size': 2**20, 'min_disk': 0, 'min_ram': 0}
IMAGES = b"""<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<requestId>req-1</requestId><imagesSet><item><imageId>ami-1</imageId><name>small</name></item>
</imagesSet></DescribeImagesResponse>"""
PLATFORMS = b"""<DescribeAccountAttributesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<requestId>req-1</requestId><accountAttributeSet><item><attributeName>supported-platforms
</attributeName><attributeValueSet><item><attributeValue>EC2</attributeValue></item><item>
<attributeValue>VPC</attributeValue></item></attributeValueSet></item></accountAttributeSet>
</DescribeAccountAttributesResponse>"""
INSTANCES = b"""<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<requestId>req-1</requestId><reservationSet/></DescribeInstancesResponse>"""
REFUSED = b"""<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error>
</Errors><RequestID>req-1</RequestID></Response>"""

SERVICES = {'identity': '/identity', 'compute': '/compute/v2.1', 'image': '/image',
            'network': '/network', 'block-storage': '/volume/v3/p1', 'ec2': '/ec2/'}


def fault(message: str) -> dict[str, Any]:
    """Return the body of a response that rejects a request."""
    return {'fault': {'message': message}}


class FakeCloud:
    """The responses to a method and a path without its query, or to an action of EC2.

    :ivar rows: (status, body) by method and path; a callable takes the handler.
    :ivar roles: those of whoever logs in.
    :ivar asked: what was asked for.
    :ivar region, interface: of each endpoint, by the type of its service.
    """

    def __init__(self) -> None:
        self.roles = ['admin', 'member']
        self.services = dict(SERVICES)
        self.date: str | None = None
        self.asked: list[str] = []
        self.region: dict[str, str] = {}
        self.interface: dict[str, str] = {}
        self.rows: dict[str, Any] = copy.deepcopy({
            'GET /identity/v3/roles': (200, {'roles': [{'id': 'r', 'name': 'member'}]}),
            'POST /identity/v3/users/u1/credentials/OS-EC2':
                (201, {'credential': {'access': 'a', 'secret': KEY}}),
            'DELETE /identity/v3/users/u1/credentials/OS-EC2/a': (204, b''),
            'GET /identity/v3/users/u1/credentials/OS-EC2/issued':
                (200, {'credential': {'access': 'issued', 'tenant_id': 'p1'}}),
            'GET /compute/v2.1/': (200, {'version': {'min_version': '2.1', 'version': '2.100'}}),
            'GET /compute/v2.1/flavors/1': (200, {'flavor': FLAVOR}),
            'GET /compute/v2.1/flavors/2': (200, {'flavor': {**FLAVOR, 'id': '2'}}),
            'GET /compute/v2.1/os-quota-class-sets/default': (200, {'quota_class_set': {
                'instances': 10, 'cores': 20, 'ram': -1}}),
            'GET /compute/v2.1/limits': (200, {'limits': {'absolute': {
                'maxTotalInstances': 10, 'totalInstancesUsed': 0}}}),
            'POST /compute/v2.1/servers': (400, fault('Flavor could not be found.')),
            'GET /image/v2/images/i1': (200, IMAGE),
            'GET /image/v2/images/i2': (200, {**IMAGE, 'id': 'i2'}),
            'GET /image/v2/images/i3': (200, {**IMAGE, 'kernel_id': 'k', 'ramdisk_id': 'r'}),
            'GET /volume/v3/p1/volumes': (200, {'volumes': []}),
            'POST /volume/v3/p1/volumes': (400, fault('malformed')),
            'GET /volume/v3/p1/os-quota-class-sets/default': (200, {'quota_class_set': {
                'volumes': 10, 'gigabytes': 1000}}),
            'GET /volume/v3/p1/limits': (200, {'limits': {'absolute': {}}}),
            'GET /network/v2.0/quotas/p1/default': (200, {'quota': {
                'network': 100, 'subnet': 100, 'port': 500}}),
            'GET /network/v2.0/networks': (200, {'networks': [
                {'id': 'n1', 'name': 'net', 'project_id': 'p1'}]}),
            'GET /network/v2.0/subnets': (200, {'subnets': [{'id': 's1', 'ip_version': 4}]}),
            'EC2 DescribeImages': (200, IMAGES), 'EC2 DescribeInstances': (200, INSTANCES),
            'EC2 DescribeAccountAttributes': (200, PLATFORMS),
            'GET /metadata/latest/meta-data/': (404, b''),
            'GET /ec2-metadata/latest/meta-data/': (404, b'')})

    def answer(self, handler: server.Handler) -> None:
        """Answer one request."""
        asked = f'{handler.command} {handler.path.partition("?")[0]}'
        if asked == 'POST /ec2/':
            content: bytes = vars(handler)['content']
            asked = f'EC2 {urllib.parse.parse_qs(content.decode())["Action"][0]}'
        self.asked.append(asked)
        row = self.rows.get(asked)
        if row is None and asked == 'POST /identity/v3/auth/tokens':
            row = (201, {'token': {
                'project': {'id': 'p1', 'name': 'p', 'domain': DOMAIN},
                'user': {'id': 'u1', 'name': 'alice', 'domain': DOMAIN},
                'methods': ['password'], 'expires_at': '2099-01-01T00:00:00.000000Z',
                'roles': [{'name': name} for name in self.roles],
                'catalog': [{'type': kind, 'endpoints': [{
                    'interface': self.interface.get(kind, 'public'),
                    'region': self.region.get(kind, 'RegionOne'), 'url': self.url + path}]}
                    for kind, path in self.services.items()]}})
        if callable(row):
            row(handler)
            return
        status, body = row or (404, {'itemNotFound': {'message': 'no such thing'}})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        server.say(status, content, X_Subject_Token=TOKEN,
                   **({'Date': self.date} if self.date else {}))(handler)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Answer for a while."""
        with server.serving(self.answer) as self.url:
            yield

    def conf(self, directory: Path, *, tenant: bool = False, role: str = 'member',
             more: str = '') -> Path:
        """Return a tempest.conf for it.

        :param role: which the account of a tenant names.
        """
        path = directory / 'tempest.conf'
        accounts = directory / 'accounts.yaml'
        accounts.write_text(json.dumps([{
            'username': 'alice', 'password': PASSWORD, 'project_name': 'p', 'roles': [role],
            'resources': {'network': 'net'}}]))
        auth = (f'use_dynamic_credentials = false\ntest_accounts_file = {accounts}' if tenant else
                f'admin_username = alice\nadmin_password = {PASSWORD}\nadmin_project_name = p')
        path.write_text(
            f'[auth]\n{auth}\n[identity]\nuri_v3 = {self.url}/identity/v3\n'
            f'[compute]\nimage_ref = i1\nimage_ref_alt = i2\n'
            f'[oslo_concurrency]\nlock_path = {directory}\n'
            f'[ec2attrs]\nkernel_ramdisk_image_ref = i3\nmetadata_url = {self.url}/metadata\n'
            f'ec2_metadata_url = {self.url}/ec2-metadata\n'
            f'metadata_proxy_shared_secret = {SECRET}\n{more}\n')
        return path

    def settings(self, directory: Path, **more: Any) -> settings.Settings:
        """Return what its tempest.conf says."""
        return settings.read(self.conf(directory, **more))


def never(seconds: float, stop: Callable[[float], object]) -> Callable[[server.Handler], None]:
    """Return an answer that does not come for so long.

    :param stop: waits for so many seconds, or for less when nobody needs the answer any more.
    """
    def answer(handler: server.Handler) -> None:
        stop(seconds)
    return answer
