"""ec2-api 17.0.0 on current libraries: each function undoes one removal in one of them.

None of them touches what an EC2 answer says.
"""

from collections.abc import Callable
import functools
import sys
import threading
import types
from typing import Any


def accept_user_in_context() -> None:
    """oslo.context 6 knows user_id alone."""
    from oslo_context import context
    base: Any = context.RequestContext
    original = base.__init__

    @functools.wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if 'user' in kwargs:
            kwargs['user_id'] = kwargs.pop('user')
        original(self, *args, **kwargs)
    base.__init__ = __init__


def use_threads() -> None:
    """Keep ec2api.cmd from monkey-patching on import, and let CreateImage use a thread."""
    package = types.ModuleType('ec2api.cmd')
    package.__path__ = []
    sys.modules['ec2api.cmd'] = package
    import ec2api.api.image as image

    def spawn_n(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        threading.Thread(target=function, args=args, kwargs=kwargs, daemon=True).start()
    image.eventlet = types.SimpleNamespace(spawn_n=spawn_n)


def authenticate_ec2tokens() -> None:
    """Keystone wants the token of a service with POST /v3/ec2tokens."""
    from ec2api import clients
    import ec2api.api
    import requests

    def request(method: str, url: str, **kwargs: Any) -> requests.Response:
        session = clients.get_os_admin_session()
        headers = dict(kwargs.pop('headers', None) or {})
        response = requests.request(
            method, url, headers={**headers, 'X-Auth-Token': session.get_token()}, **kwargs)
        # A 401 that speaks of EC2 is about the user's signature, not about our token.
        if response.status_code == 401 and 'EC2' not in response.text:
            session.invalidate()
            response = requests.request(
                method, url, headers={**headers, 'X-Auth-Token': session.get_token()}, **kwargs)
        return response

    proxy = types.SimpleNamespace(**{name: getattr(requests, name) for name in requests.__dict__})
    proxy.request = request
    ec2api.api.requests = proxy


def restore_novaclient() -> None:
    """novaclient dropped actions that Nova still has at the microversion ec2-api uses."""
    from novaclient import base
    from novaclient.v2 import servers

    def add_floating_ip(self: Any, server: Any, address: str) -> Any:
        return self._action('addFloatingIp', server, {'address': address})

    def remove_floating_ip(self: Any, server: Any, address: str) -> Any:
        return self._action('removeFloatingIp', server, {'address': address})

    servers.ServerManager.add_floating_ip = add_floating_ip
    servers.ServerManager.remove_floating_ip = remove_floating_ip
    # ec2-api copies the id of the image that CreateImage makes.
    base.StrWithMeta.__deepcopy__ = lambda self, memo: str(self)


def keep_gateway_in_use() -> None:
    """Neutron does not unset a subnet's gateway while a router port has that address."""
    from neutronclient.common import exceptions
    from neutronclient.v2_0 import client
    original = client.Client.update_subnet

    def update_subnet(self: Any, subnet: str, body: Any = None, **kwargs: Any) -> Any:
        try:
            return original(self, subnet, body, **kwargs)
        except exceptions.Conflict:
            wanted = dict((body or {}).get('subnet', {}))
            if 'gateway_ip' not in wanted or wanted.pop('gateway_ip') is not None:
                raise
            return original(self, subnet, {'subnet': wanted}, **kwargs) if wanted else None
    client.Client.update_subnet = update_subnet


def ignore_client_token() -> None:
    """botocore sends ClientToken with CreateRouteTable, which ec2-api does not know."""
    from ec2api.api import cloud
    for controller in (cloud.CloudController, cloud.VpcCloudController):
        original = controller.__dict__.get('create_route_table')
        if original is not None:
            controller.create_route_table = _without_client_token(original)


def _without_client_token(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_route_table(self: Any, context: Any, client_token: str | None = None,
                           **kwargs: Any) -> Any:
        return original(self, context, **kwargs)
    return create_route_table
