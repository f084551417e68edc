"""What Nova can be made to do otherwise with microversions and filters."""

from collections.abc import Callable
from typing import Any

from ec2attrs_switch import acted
from ec2attrs_switch import Call
from ec2attrs_switch import instead_of

_HEADER = 'OpenStack-API-Version'
_LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'


def _without(call: Call, header: str, other: str) -> None:
    headers = call['self'].headers
    if header in headers and other not in headers:
        del headers[header]
        acted()
    call.proceed()


def _asked(call: Call, new: Callable[[dict[str, str]], dict[str, str]]) -> None:
    headers = call['self'].headers
    changes = new({name: headers[name] for name in (_HEADER, _LEGACY_HEADER) if name in headers})
    if changes:
        headers.update(changes)
        acted()
    call.proceed()


def _instead(call: Call, error: str, newest: bool) -> None:
    """Take a microversion that has to be refused with an error for the newest, or the oldest."""
    from nova import exception
    from nova.api.openstack import api_version_request
    try:
        call.proceed()
    except getattr(exception, error):
        call['self'].api_version_request = (
            api_version_request.max_api_version() if newest
            else api_version_request.min_api_version())
        acted()


def _latest_is_oldest(asked: dict[str, str]) -> dict[str, str]:
    return {name: value.replace('latest', '2.1') for name, value in asked.items()
            if 'latest' in value}


def _others_taken(asked: dict[str, str]) -> dict[str, str]:
    return {name: 'compute 2.3' for name, value in asked.items() if value.startswith('volume')}


instead_of(
    'nova.api.openstack.wsgi:Request.set_api_version_request',
    legacy_header_ignored=lambda call: _without(call, _LEGACY_HEADER, _HEADER),
    header_ignored=lambda call: _without(call, _HEADER, _LEGACY_HEADER),
    latest_by_default=lambda call: _asked(
        call, lambda asked: {} if asked else {_HEADER: 'compute latest'}),
    other_services_header_taken=lambda call: _asked(call, _others_taken),
    latest_is_oldest=lambda call: _asked(call, _latest_is_oldest),
    out_of_range_clamped=lambda call: _instead(call, 'InvalidGlobalAPIVersion', newest=True),
    malformed_is_oldest=lambda call: _instead(call, 'InvalidAPIVersionString', newest=False))


def _ignored(call: Call, name: str) -> Any:
    if call['search_options'].pop(name, None) is not None:
        acted()
    return call.proceed()


instead_of(
    'nova.api.openstack.compute.servers:remove_invalid_options',
    launch_index_filter_ignored=lambda call: _ignored(call, 'launch_index'),
    hostname_filter_ignored=lambda call: _ignored(call, 'hostname'))


NEWER = '2.250'


def _newer(_: Call) -> Any:
    from nova.api.openstack import api_version_request
    acted()
    return api_version_request.APIVersionRequest(NEWER)


instead_of('nova.api.openstack.api_version_request:max_api_version', newer_microversions=_newer)
instead_of(
    'nova.api.openstack.compute.views.versions:ViewBuilder.build_version',
    newer_microversions=lambda call: call['version'].update(version=NEWER) or call.proceed())
