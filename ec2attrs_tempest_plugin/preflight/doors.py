"""The EC2 API and the metadata services: do they answer, and to what we sign."""

from collections.abc import Callable, Iterator, Sequence
import contextlib
import functools
import urllib.parse
import uuid

from ec2attrs_tempest_plugin.clients import catalog
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
from ec2attrs_tempest_plugin.preflight.services import PROBLEMS

# An address of no network (RFC 5737): no server asks.
_NOWHERE = '192.0.2.1'
#: EC2's errors where keys, signature or time of a request are not accepted.
_NOT_ACCEPTED = ('AuthFailure', 'SignatureDoesNotMatch', 'InvalidClientTokenId', 'RequestExpired',
                 'MissingAuthenticationToken', 'IncompleteSignature', 'InvalidAccessKeyId',
                 'UnrecognizedClientException', 'AccessDeniedException')


def ec2(clouds: Sequence[Cloud], http: transport.Transport) -> Learned:
    """Return whether EC2 accepts signed requests, and can launch instances.

    Credentials that are made for it are deleted afterwards.

    :param clouds: as each account sees the cloud; the first one's project is asked for.
    :raises BadAnswer: when there is no response that can be used.
    """
    learned = Learned()
    cloud = clouds[0]
    options = cloud.settings.conf.ec2attrs
    try:
        url = options.ec2_url or cloud.session.url(catalog.of_ec2(cloud.settings.conf))
    except errors.NotOffered as reason:
        learned.warn('EC2', f'{reason}: set [ec2attrs] ec2_url or ec2_endpoint_type, or [compute] '
                            f'region', 'ec2')
        # Of what is missing as well without an EC2 API nothing is known.
        learned.have |= {'ec2-servers', 'ec2-keys', 'ec2-new-keys', 'ec2-launches'}
        return learned
    learned.have |= {'ec2', 'ec2-servers'}
    if not options.ec2_shows_servers:
        learned.warn('EC2', '[ec2attrs] ec2_shows_servers is false', 'ec2-servers')
    with _keys(clouds, learned) as keys:
        client = keys and Ec2(
            url, access=keys[0], secret=keys[1], http=http,
            region=options.ec2_region or cloud.settings.conf.identity.region or 'RegionOne',
            record=evidence.Evidence())
        if client:
            _ask_ec2(cloud, client, learned)
        if client and _in_vpcs_alone(client):
            learned.ok('EC2 launches', 'EC2 launches in VPCs alone', 'ec2-launches')
        else:
            _launch_networks(clouds, learned)
        if client and not cloud.settings.conf.service_available.cinder:
            _without_cinder(client, learned)
    return learned


@contextlib.contextmanager
def _keys(clouds: Sequence[Cloud], learned: Learned) -> Iterator[tuple[str, str] | None]:
    """Yield an access key with its secret: configured ones, else new ones; None without any.

    New ones are created in any case, since some tests need several, and deleted again.
    """
    cloud = clouds[0]
    options = cloud.settings.conf
    request = functools.partial(cloud.session.request, catalog.of_identity(options))
    path = f'users/{cloud.session.user_id}/credentials/OS-EC2'
    source = '/v3/users/{id}/credentials/OS-EC2'
    access, secret = options.ec2attrs.ec2_access_key, options.ec2attrs.ec2_secret_key
    wrong = _wrong_keys(clouds, functools.partial(request, 'GET', source=f'GET {source}/{{id}}'),
                        path)
    if wrong:
        learned.fail('EC2 credentials', wrong)
    try:
        made = request('POST', path, body={'tenant_id': cloud.session.project_id}, expect=(201,),
                       source=f'POST {source}').body['credential']
    except errors.BadAnswer as error:
        if error.status != 403:
            raise
        learned.warn('EC2 credentials', (
            f'{error.source}: 403' + (f' ({error.fault})' if error.fault else '') + ': '
            + ('tests that need several pairs of keys, or delete one, skip' if access else
               'set [ec2attrs] ec2_access_key and ec2_secret_key to EC2 credentials of the '
               'project')
            + '; the policy identity:ec2_create_credential of Keystone, or another role, would '
              'change that'), 'ec2-new-keys', *([] if access else ['ec2-keys']))
        learned.have.add('ec2-keys')
        yield (access, secret) if access and not wrong else None
        return
    try:
        learned.have |= {'ec2-keys', 'ec2-new-keys'}
        yield (access, secret) if access and not wrong else (made['access'], made['secret'])
    finally:
        request('DELETE', f'{path}/{urllib.parse.quote(made["access"])}', expect=(204, 404),
                source=f'DELETE {source}/{{id}}')


def _wrong_keys(clouds: Sequence[Cloud], get: Callable[..., openstack.Answer], path: str) -> str:
    """Return what is wrong with the configured keys, empty where they can be used or are not set.

    :param get: sends a request to Keystone.
    :param path: of the user's EC2 credentials.
    """
    options = clouds[0].settings.conf.ec2attrs
    access, secret = options.ec2_access_key, options.ec2_secret_key
    if not access and not secret:
        return ''
    if not access or not secret:
        return 'set both [ec2attrs] ec2_access_key and ec2_secret_key, or neither'
    if clouds[0].settings.dynamic or len(clouds) > 1:
        return ('[ec2attrs] ec2_access_key belongs to one project, and the tests run in several: '
                'unset it, or use one account')
    answer = get(f'{path}/{urllib.parse.quote(access, safe="")}', expect=(200, 401, 403, 404))
    # Those of another user cannot be looked at.
    if answer.status == 200 and (
            answer.body['credential']['tenant_id'] != clouds[0].session.project_id):
        return ('[ec2attrs] ec2_access_key belongs to another project than the account of the '
                'tests')
    return ''


def _ask_ec2(cloud: Cloud, client: Ec2, learned: Learned) -> None:
    answer = client.attempt('DescribeImages')
    if isinstance(answer, Refused):
        why = ('the EC2 API does not accept the keys or the signature: look at the clocks, and '
               'at how the EC2 API asks Keystone' if answer.code in _NOT_ACCEPTED
               or answer.status == 401 else
               'the keys and the signature are accepted: look at the EC2 API and the services '
               'behind it, such as Glance')
        learned.fail('EC2', f'{answer}: {why}')
        return
    learned.ok('EC2', 'it accepts signed requests')
    options = cloud.settings.conf
    if options.ec2attrs.ec2_image_id or not options.compute.image_ref:
        return
    try:
        name = Glance(cloud.session, endpoint(cloud.settings, 'image', 'v2')).image(
            options.compute.image_ref).get('name')
    except PROBLEMS:
        return  # the look at the image reports it
    found = [each for each in answer.body.get('Images', []) if each.get('Name') == name]
    if len(found) != 1:
        learned.warn('EC2 launches', f'EC2 shows {len(found)} images of the name {name}, which '
                                     f'[compute] image_ref has: set [ec2attrs] ec2_image_id',
                     'ec2-launches')


def _in_vpcs_alone(client: Ec2) -> bool:
    """Say whether EC2 launches all instances in VPCs, as ec2-api with disable_ec2_classic."""
    try:
        # Of one attribute alone: ec2-api makes a VPC when it is asked for all.
        answer = client.ask('DescribeAccountAttributes', AttributeNames=['supported-platforms'])
    except errors.BadAnswer:  # not all EC2 APIs have the action
        return False
    return [value.get('AttributeValue') for each in answer.body.get('AccountAttributes', [])
            for value in each.get('AttributeValues', [])] == ['VPC']


def _launch_networks(clouds: Sequence[Cloud], learned: Learned) -> None:
    """Take down whether each project has the one network that EC2 Classic launches on."""
    options = clouds[0].settings.conf
    learned.have.add('ec2-launches')
    if not options.service_available.neutron:
        return
    if clouds[0].settings.dynamic:
        if not options.auth.create_isolated_networks:
            learned.warn('EC2 launches', (
                '[auth] create_isolated_networks is false, so the projects of the tests own no '
                'network, and EC2 Classic of ec2-api launches on the one network that a project '
                'owns'), 'ec2-launches')
        return
    for cloud in clouds:
        names = cloud.launch_networks()
        if len(names) != 1:
            learned.warn('EC2 launches', (
                f'the project of {cloud.session.person} owns {len(names)} networks'
                + (f' ({", ".join(names[:5])})' if names else '') +
                ', and EC2 Classic of ec2-api launches only where it is exactly one that is not '
                'external: use a project with one network'), 'ec2-launches')


def _without_cinder(client: Ec2, learned: Learned) -> None:
    refused = client.needs_volume_service()
    if refused is not None:
        learned.warn('EC2', f'[service_available] cinder is false, and the EC2 API describes no '
                            f'instance without Cinder: {refused}', 'ec2')


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
