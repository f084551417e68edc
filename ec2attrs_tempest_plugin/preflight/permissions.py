"""What a user may create, found by requests that no service can carry out.

Nova and Cinder check their policies before they look at what these requests lack, so the status
of the response shows whether the policy allows them.
"""

from collections.abc import Mapping
from typing import Any
import uuid

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.services import Cloud
from ec2attrs_tempest_plugin.preflight.services import endpoint

#: Of what a service creates against all expectation, which is deleted at once.
NAME = 'tempest-ec2attrs-preflight'


def servers(cloud: Cloud, name: str = 'servers') -> Learned:
    """Return whether the user may create servers.

    :param name: of the line.
    """
    learned = Learned()
    try:
        _create(cloud, 'compute', 'server', {
            'name': NAME, 'imageRef': cloud.settings.conf.compute.image_ref or str(uuid.uuid4()),
            # There is no such flavor.
            'flavorRef': str(uuid.uuid4())})
    except errors.BadAnswer as error:
        if error.status != 403:
            raise
        roles = ', '.join(cloud.roles) or 'none'
        learned.fail(name, f'{_reason(error)}: {cloud.session.person} may not create servers, '
                           f'and has the roles: {roles}. Every test needs a server: use an '
                           f'account with the role member, or another that the policy names',
                     'servers')
        return learned
    learned.ok(name, f'{cloud.session.person} may create them', 'servers')
    return learned


def volumes(cloud: Cloud, name: str = 'volumes') -> Learned:
    """Return whether there are volumes, and the user may create them.

    :param name: of the line.
    """
    learned = Learned()
    options = cloud.settings.conf
    if not options.service_available.cinder:
        learned.warn(name, '[service_available] cinder is false')
        return learned
    cloud.ask('volume', '/volumes?limit=1')
    # One without a size cannot be created.
    wanted: dict[str, Any] = {'name': NAME, 'size': None}
    if options.volume.volume_type:
        wanted['volume_type'] = options.volume.volume_type
    try:
        _create(cloud, 'volume', 'volume', wanted)
    except errors.BadAnswer as error:
        if error.status == 404 and options.volume.volume_type:
            learned.fail(name, f'{_reason(error)}: change [volume] volume_type, which is '
                               f'{options.volume.volume_type}', 'volumes')
        elif error.status == 403:
            learned.warn(name, f'{_reason(error)}: {cloud.session.person} may not create '
                               f'volumes; the policy volume:create of Cinder, or another role, '
                               f'would change that', 'volumes')
        else:
            raise
        return learned
    learned.ok(name, f'{cloud.session.person} may create them', 'volumes')
    return learned


def _create(cloud: Cloud, group: str, kind: str, wanted: Mapping[str, Any]) -> None:
    """Send a request that cannot be carried out.

    :raises BadAnswer: unless it was rejected with 400, or carried out all the same.
    """
    place = endpoint(cloud.settings, group)
    answer = cloud.session.request(
        place, 'POST', f'/{kind}s', body={kind: wanted}, expect=(202, 400),
        source=f'POST /{kind}s')
    if answer.status == 202:
        made = str(answer.body[kind]['id'])
        cloud.session.request(place, 'DELETE', f'/{kind}s/{made}', expect=(202, 204, 404),
                              source=f'DELETE /{kind}s/{{id}}')


def _reason(error: errors.BadAnswer) -> str:
    return f'{error.source}: {error.status}' + (f' ({error.fault})' if error.fault else '')
