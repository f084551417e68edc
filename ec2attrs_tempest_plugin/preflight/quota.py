"""Whether a project has room for what the suite makes at the same time."""

from collections.abc import Mapping
from typing import Any

from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.services import Cloud

#: So many of each the suite has at most at a time in one project.
SERVERS = 10
VOLUMES = 10
SNAPSHOTS = 1
# So many GiB a volume is larger than [volume] volume_size at most.
_LARGER = 3
# A port for each server, and those of the network itself.
_PORTS = SERVERS + 2


def needed(cloud: Cloud, service: str) -> dict[str, int]:
    """Return how much of the quotas of a service is needed, by their names there."""
    options = cloud.settings.conf
    if service == 'volume':
        return {'volumes': VOLUMES, 'snapshots': SNAPSHOTS,
                'gigabytes': VOLUMES * (options.volume.volume_size + _LARGER)}
    if service == 'network':
        return {'network': 1, 'subnet': 1, 'port': _PORTS}
    flavor = cloud.flavor(options.compute.flavor_ref)
    return {'instances': SERVERS, 'cores': SERVERS * int(flavor['vcpus']),
            'ram': SERVERS * int(flavor['ram'])}


def compare(name: str, wanted: Mapping[str, int], left: Mapping[str, int | None],
            learned: Learned) -> None:
    """Take down whether there is room for what is wanted.

    :param name: of the line.
    :param left: None for no limit or none that is known.
    """
    short = [f'{each} {left[each]} of {number}' for each, number in wanted.items()
             if left.get(each) is not None and int(left[each] or 0) < number]
    if short:
        learned.fail(name, f'there is too little left for the tests that need most: '
                           f'{", ".join(short)}')
    else:
        learned.ok(name, ', '.join(f'room for {number} {each}' for each, number in wanted.items()
                                   if each in ('instances', 'volumes', 'port')))


def of_compute_and_volume(cloud: Cloud, service: str, name: str = '') -> Learned:
    """Return whether there is room for servers, or for volumes.

    An administrator's new projects have the quota of the default class, others have what is left.

    :param service: compute or volume.
    :param name: of the line, by default that of the service.
    """
    learned = Learned()
    name = name or f'quota of {service}'
    wanted = needed(cloud, service)
    if cloud.settings.dynamic:
        answer = cloud.ask(service, '/os-quota-class-sets/default', expect=(200, 403, 404))
        if answer.status != 200:
            learned.warn(name, f'{answer.source}: {answer.status}, so the quota of new projects '
                               f'is not known')
            return learned
        limits = answer.body['quota_class_set']
        left = {each: _limit(limits.get(each)) for each in wanted}
    else:
        limits = cloud.ask(service, '/limits').body['limits']['absolute']
        left = _left(limits)
        _others(cloud, service, limits, learned)
    compare(name, wanted, left, learned)
    return learned


def _others(cloud: Cloud, service: str, limits: Mapping[str, Any], learned: Learned) -> None:
    """Take down what the project of an account holds that the run does not make."""
    kind, used = (('servers', 'totalInstancesUsed') if service == 'compute' else
                  ('volumes', 'totalVolumesUsed'))
    number = int(limits.get(used) or 0)
    if number:
        learned.warn('project', (
            f'the project of {cloud.session.person} holds {kind} already: {number}. They are not '
            f'touched and stay')
            + (', but their names and addresses appear in the evidence: better use a project '
               'that holds nothing' if kind == 'servers' else ''))


def of_network(cloud: Cloud) -> Learned:
    """Return whether new projects have room for a network and the ports of servers."""
    learned = Learned()
    wanted = needed(cloud, 'network')
    project = cloud.session.project_id
    answer = cloud.ask('network', f'/quotas/{project}/default', version='v2.0',
                       expect=(200, 403, 404))
    if answer.status != 200:
        learned.warn('quota of network', f'{answer.source}: {answer.status}, so the quota of new '
                                         f'projects is not known')
        return learned
    limits = answer.body['quota']
    compare('quota of network', wanted,
            {each: _limit(limits.get(each)) for each in wanted}, learned)
    return learned


def _limit(value: Any) -> int | None:
    return None if value is None or int(value) < 0 else int(value)


def _left(limits: Mapping[str, Any]) -> dict[str, int | None]:
    """Return what is left of each quota, from the limits of Nova or Cinder and what is used."""
    names = {'instances': ('maxTotalInstances', 'totalInstancesUsed'),
             'cores': ('maxTotalCores', 'totalCoresUsed'),
             'ram': ('maxTotalRAMSize', 'totalRAMUsed'),
             'volumes': ('maxTotalVolumes', 'totalVolumesUsed'),
             'snapshots': ('maxTotalSnapshots', 'totalSnapshotsUsed'),
             'gigabytes': ('maxTotalVolumeGigabytes', 'totalGigabytesUsed')}
    found: dict[str, int | None] = {}
    for name, (most, used) in names.items():
        limit = _limit(limits.get(most))
        found[name] = None if limit is None else limit - int(limits.get(used) or 0)
    return found
