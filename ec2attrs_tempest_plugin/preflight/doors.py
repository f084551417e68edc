"""The EC2 API and the metadata services: do they answer, and to what we sign."""

import functools
import urllib.parse
import uuid

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.clients.glance import Glance
from ec2attrs_tempest_plugin.clients.metadata import Metadata
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.services import Cloud
from ec2attrs_tempest_plugin.preflight.services import endpoint

# An address of no network (RFC 5737): no server asks.
_NOWHERE = '192.0.2.1'


def ec2(cloud: Cloud, http: transport.Transport) -> Learned:
    """Return whether EC2 takes what new keys sign, which are deleted afterwards.

    :raises BadAnswer: when Keystone gives no keys, or EC2 no answer.
    """
    learned = Learned()
    options = cloud.settings.conf
    url = options.ec2attrs.ec2_url
    if not url:
        try:
            url = cloud.session.url(openstack.Endpoint('ec2', region=options.identity.region))
        except errors.NotOffered as reason:
            learned.warn('EC2', f'{reason}, and [ec2attrs] ec2_url is not set')
            return learned
    identity = openstack.Endpoint('identity', region=options.identity.region,
                                  interface=options.identity.v3_endpoint_type, version='v3')
    request = functools.partial(cloud.session.request, identity)
    path = f'users/{cloud.session.user_id}/credentials/OS-EC2'
    keys = request('POST', path, body={'tenant_id': cloud.session.project_id}, expect=(201,),
                   source='POST /v3/users/{id}/credentials/OS-EC2').body['credential']
    try:
        _ask_ec2(cloud, Ec2(
            url, access=keys['access'], secret=keys['secret'], http=http,
            region=options.ec2attrs.ec2_region or options.identity.region or 'RegionOne',
            record=evidence.Evidence()), learned)
    finally:
        request('DELETE', f'{path}/{urllib.parse.quote(keys["access"])}', expect=(204, 404),
                source='DELETE /v3/users/{id}/credentials/OS-EC2/{id}')
    return learned


def _ask_ec2(cloud: Cloud, client: Ec2, learned: Learned) -> None:
    answer = client.attempt('DescribeImages')
    if isinstance(answer, Refused):
        learned.fail('EC2', f'{answer}: the keys that Keystone gave are not taken; look at the '
                            f'clocks, and at how the EC2 API asks Keystone')
        return
    options = cloud.settings.conf
    have = ['ec2', *(['ec2-servers'] if options.ec2attrs.ec2_shows_servers else [])]
    learned.ok('EC2', 'it answers, and takes what is signed', *have)
    if not options.ec2attrs.ec2_shows_servers:
        learned.warn('EC2', '[ec2attrs] ec2_shows_servers is false')
    if options.ec2attrs.ec2_image_id or not options.compute.image_ref:
        return
    try:
        name = Glance(cloud.session, endpoint(cloud.settings, 'image', 'v2')).image(
            options.compute.image_ref).get('name')
    except errors.BadAnswer:
        return  # the look at the image says it
    found = [each for each in answer.body.get('Images', []) if each.get('Name') == name]
    if len(found) != 1:
        learned.warn('EC2', f'it shows {len(found)} images of the name {name}, which [compute] '
                            f'image_ref has: set [ec2attrs] ec2_image_id')


def metadata(cloud: Cloud, http: transport.Transport, option: str) -> Learned:
    """Return whether a metadata service answers, and to the secret.

    :param option: metadata_url or ec2_metadata_url.
    :raises BadAnswer: when there is no answer.
    """
    learned = Learned()
    options = cloud.settings.conf.ec2attrs
    name = 'metadata' if option == 'metadata_url' else 'ec2-metadata'
    unset = [each for each in (option, 'metadata_proxy_shared_secret') if not options[each]]
    if unset:
        learned.warn(name, f'[ec2attrs] {" and ".join(unset)} not set')
        return learned
    service = Metadata(options[option], secret=options.metadata_proxy_shared_secret, http=http,
                       record=evidence.Evidence(), name=name)
    # Of no server: whoever has the right secret learns that there is none.
    answer = service.get('/latest/meta-data/', service.headers(
        str(uuid.uuid4()), cloud.session.project_id), address=_NOWHERE)
    if answer.status == 403:
        learned.fail(name, '[ec2attrs] metadata_proxy_shared_secret is not the one that the '
                           'service has')
    elif answer.status in (200, 404) or (option == 'ec2_metadata_url' and answer.status < 500):
        learned.ok(name, 'it answers', name)
    else:
        learned.warn(name, f'it answers with status {answer.status} when asked for a server that '
                           f'there is not')
        learned.have.add(name)
    return learned
