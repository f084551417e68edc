"""A look at a cloud before a run: nothing is booted, and it ends in time."""

from collections.abc import Callable, Collection, Sequence
import dataclasses
import functools
import time
from typing import Any

from ec2attrs_tempest_plugin.contract.visibility import KNOWN
from ec2attrs_tempest_plugin.preflight import asking
from ec2attrs_tempest_plugin.preflight import doors
from ec2attrs_tempest_plugin.preflight import features
from ec2attrs_tempest_plugin.preflight import people
from ec2attrs_tempest_plugin.preflight import permissions
from ec2attrs_tempest_plugin.preflight import quota
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.services import Cloud
from ec2attrs_tempest_plugin.preflight.services import is_rate_limit
from ec2attrs_tempest_plugin.preflight.settings import Settings

#: Seconds that everything has, and that people have of them to log in. Python needs some before.
PATIENCE = 8.0
_LOG_IN = 4.0
#: Seconds by which clocks may differ: above, a signature may be refused, or is by Amazon's rule.
ODD_CLOCK = 60
WRONG_CLOCK = 300


def look(settings: Settings, concurrency: int | None) -> Learned:
    """Return what there is to know of a cloud before tests run on it.

    :param concurrency: how many workers are wanted, None for any number.
    """
    deadline = time.monotonic() + PATIENCE
    http = asking.Connections(settings)
    outcomes = asking.together(
        {str(number): functools.partial(asking.log_in, settings, each, http)
         for number, each in enumerate(settings.people)}, time.monotonic() + _LOG_IN)
    logged_in = [outcomes[str(number)] for number in range(len(settings.people))]
    learned = people.judged(
        settings, [(given, outcome if isinstance(outcome, asking.Person)
                    else people.not_in_time(outcome))
                   for given, outcome in zip(settings.people, logged_in, strict=True)],
        concurrency)
    persons = [each for each in logged_in if isinstance(each, asking.Person)]
    if persons:
        clouds = [Cloud(settings, person.session(http), person.roles) for person in persons]
        found, usable = clouds[0].endpoints()
        learned.add(found)
        learned.add(features.features(settings))
        checks = _checks(clouds, [person.given.network for person in persons], usable, http)
        outcomes = asking.together({check.name: check.task for check in checks}, deadline)
        for check in checks:
            _take(learned, check, outcomes[check.name], settings)
    _clocks(http, learned)
    return learned


@dataclasses.dataclass(frozen=True)
class _Check:
    """One thing that is looked at.

    :ivar needs: those that it finds met or not, which are taken for met where it could not be
        carried out for a moment.
    """

    name: str
    task: Callable[[], Learned]
    needs: tuple[str, ...] = ()


def _take(learned: Learned, check: _Check, outcome: Any, settings: Settings) -> None:
    """Take over what came of a check."""
    if isinstance(outcome, Learned):
        learned.add(outcome)
    elif is_rate_limit(outcome):
        learned.warn(check.name, f'{outcome}: the cloud limits the rate of requests, so this is '
                                 f'not known; the forecast takes it for met')
        learned.have |= set(check.needs)
        if check.name == 'microversions':
            learned.newest = settings.newest or KNOWN
    else:
        learned.fail(check.name, people.not_in_time(outcome))


def _checks(clouds: Sequence[Cloud], networks: Sequence[str], usable: Collection[str],
            http: asking.Connections) -> list[_Check]:
    """Return what is looked at, all at the same time.

    :param clouds: as the administrator or each account sees the cloud.
    :param networks: the names of the accounts' networks.
    :param usable: the groups of options whose services the catalog has.
    """
    cloud = clouds[0]
    settings = cloud.settings
    available = settings.conf.service_available
    isolated = settings.dynamic and settings.conf.auth.create_isolated_networks
    checks: list[_Check] = []
    if 'compute' in usable:
        checks.append(_Check('microversions', cloud.nova))
    if {'compute', 'image'} <= set(usable):
        checks.append(_Check('image', cloud.images_and_flavors,
                             ('second-image', 'kernel-image', 'second-flavor')))
    if settings.dynamic:
        checks.append(_Check('people', functools.partial(
            people.may_make_people, settings, cloud.session)))
    for each, network in zip(clouds, networks, strict=True):
        checks += _of_account(each, network, usable,
                              f' of {each.session.person}' if len(clouds) > 1 else '')
    if isolated and 'network' in usable:
        checks.append(_Check('quota of network', functools.partial(quota.of_network, cloud)))
    if 'network' in usable or not available.neutron:
        checks.append(_Check('EC2', functools.partial(doors.ec2, clouds, http), (
            'ec2', 'ec2-servers', 'ec2-keys', 'ec2-new-keys', 'ec2-launches')))
    return checks + [
        _Check(need, functools.partial(doors.metadata, cloud, http, option), (need,))
        for option, need in (('metadata_url', 'metadata'), ('ec2_metadata_url', 'ec2-metadata'))]


def _of_account(cloud: Cloud, network: str, usable: Collection[str], of: str) -> list[_Check]:
    """Return what is looked at for each account.

    :param network: the name of its own, empty for none.
    :param of: the end of the names of the lines.
    """
    options = cloud.settings.conf
    checks = []
    if 'compute' in usable:
        checks.append(_Check(f'servers{of}', functools.partial(
            permissions.servers, cloud, f'servers{of}'), ('servers',)))
    if 'volume' in usable or not options.service_available.cinder:
        checks.append(_Check(f'volumes{of}', functools.partial(
            permissions.volumes, cloud, f'volumes{of}'), ('volumes',)))
    for service in ('compute', 'volume'):
        if service in usable:
            name = f'quota of {service}{of}'
            checks.append(_Check(name, functools.partial(
                quota.of_compute_and_volume, cloud, service, name)))
    if 'network' in usable or not options.service_available.neutron:
        isolated = cloud.settings.dynamic and options.auth.create_isolated_networks
        name = '' if isolated else network or options.compute.fixed_network_name or ''
        checks.append(_Check(f'network{of}', functools.partial(cloud.network, name)))
    return checks


def _clocks(http: asking.Connections, learned: Learned) -> None:
    """Take down how far the clocks of services are from ours."""
    told = dict(http.clocks)
    if not told:
        return
    where, ahead = max(told.items(), key=lambda item: abs(item[1]))
    says = (f'that of {where} is {abs(ahead):.0f} s {"ahead of" if ahead > 0 else "behind"} this '
            f"machine's")
    if abs(ahead) >= WRONG_CLOCK:
        learned.fail('clocks', f'{says}: EC2 refuses what is signed with such a difference')
    elif abs(ahead) >= ODD_CLOCK:
        learned.warn('clocks', says)
    else:
        learned.ok('clocks', f'those of {len(told)} services differ by less than {ODD_CLOCK} s '
                             f"from this machine's")
