"""Flavors that an administrator makes for one class of tests."""

from collections.abc import Callable
from typing import Any

from tempest import config
from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.nova import Nova

CONF = config.CONF


@errors.preparation
def flavor_disk(nova: Nova, flavor_id: str) -> int | None:
    """Return the size of a flavor's root disk in GiB, None where there is no such flavor."""
    shown = nova.request('GET', f'/flavors/{flavor_id}', expect=(200, 404))
    return None if shown.status == 404 else int(shown.body['flavor']['disk'])


@errors.preparation
def make_flavor(admin: Nova, at_the_end: Callable[..., Any], **changes: Any) -> str | None:
    """Return the id of a flavor like that of all servers, None where none may be made.

    :param at_the_end: takes a function and its arguments, to be called when all is over.
    :param changes: what it has otherwise: ``disk`` in GiB, ``swap`` in MiB and so on.
    """
    like = admin.request(
        'GET', f'/flavors/{CONF.compute.flavor_ref}', expect=(200,)).body['flavor']
    answer = admin.request('POST', '/flavors', {'flavor': {
        'name': data_utils.rand_name('ec2attrs', prefix=CONF.resource_name_prefix),
        **{key: like[key] for key in ('ram', 'vcpus', 'disk')}, **changes}}, expect=(200, 403))
    if answer.status == 403:
        return None
    flavor_id = str(answer.body['flavor']['id'])
    at_the_end(errors.preparation(admin.request), 'DELETE', f'/flavors/{flavor_id}',
               expect=(202, 404))
    return flavor_id
