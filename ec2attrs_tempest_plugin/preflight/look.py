"""A look at a cloud before a run: nothing is booted, and it ends in time."""

from collections.abc import Callable
import functools
import time

from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.preflight import asking
from ec2attrs_tempest_plugin.preflight import doors
from ec2attrs_tempest_plugin.preflight import people
from ec2attrs_tempest_plugin.preflight import quota
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.services import Cloud
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
        checks = _checks(settings, persons, http)
        for name, outcome in asking.together(checks, deadline).items():
            if isinstance(outcome, Learned):
                learned.add(outcome)
            else:
                learned.fail(name, people.not_in_time(outcome))
    _clocks(http, learned)
    return learned


def _checks(settings: Settings, persons: list[asking.Person],
            http: asking.Connections) -> dict[str, Callable[[], Learned]]:
    """Return what is looked at, all at the same time."""
    session: openstack.Session = persons[0].session(http)
    cloud = Cloud(settings, session)
    checks: dict[str, Callable[[], Learned]] = {
        'microversions': cloud.nova, 'image': cloud.images_and_flavors, 'volumes': cloud.cinder,
        'quota of compute': functools.partial(quota.of_compute_and_volume, cloud, 'compute')}
    if settings.conf.service_available.cinder:
        checks['quota of volume'] = functools.partial(
            quota.of_compute_and_volume, cloud, 'volume')
    name = settings.conf.compute.fixed_network_name or ''
    if settings.dynamic:
        checks['people'] = functools.partial(people.may_make_people, settings, session)
        isolated = settings.conf.auth.create_isolated_networks
        checks['network'] = functools.partial(cloud.network, '' if isolated else name)
        if isolated and settings.conf.service_available.neutron:
            checks['quota of network'] = functools.partial(quota.of_network, cloud)
    else:
        for person in persons:
            own = Cloud(settings, person.session(http))
            checks[f'network of {person.given.username}'] = functools.partial(
                own.network, person.given.network or name)
    checks['EC2'] = functools.partial(doors.ec2, cloud, http)
    for option, check in (('metadata_url', 'metadata'), ('ec2_metadata_url', 'ec2-metadata')):
        checks[check] = functools.partial(doors.metadata, cloud, http, option)
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
