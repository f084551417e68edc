"""Run the suite twice in a project in which somebody else works, and see that they lose nothing.

A neighbour creates, attaches, detaches and deletes servers and volumes, through Nova and Cinder
and through EC2, while two workspaces certify the same project as a tenant. Nothing that the
neighbour has may vanish, change or wait for the suite; both runs must be CONFORMANT and leave
nothing::

    python tools/neighbour.py --workspace DIRECTORY [--port-offset N] [--regex REGEX]

With --regex, no test that was run may have failed. The exit code is 1 where a check failed.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import contextlib
import dataclasses
from pathlib import Path
import sys
import threading
import time
from typing import Any, Protocol

import botocore.exceptions
import live_cloud
from live_cloud import Account
from live_cloud import Certify
from live_cloud import LiveCloud
from live_cloud import say
from openstack import exceptions as sdk_exceptions

#: Seconds from the beginning of one round of work to that of the next, at least.
ROUND = 8.0
#: Seconds between two looks at a state.
LOOK = 1.0
#: So many volumes rest at a time, of each way of working.
RESTING = 4
#: So many rounds each way of working has to make, or nothing was shown.
ROUNDS = 3
GONE = 'gone'

#: Some of them are like those that the suite, Nova or EC2 gives.
NAMES = ('customer-data', '', 'tempest-ImagesTest-5', 'vol-0123abcd', 'tempest-ec2attrs-mine')


class Stopped(Exception):
    """A piece of work cannot go on, because somebody else was at it; the journal says why."""


@dataclasses.dataclass
class Journal:
    """What became of the neighbour's work.

    :ivar bound: seconds that an operation has.
    :ivar lost: what vanished without having been deleted by the neighbour.
    :ivar changed: what was rejected, or in another state than the neighbour had put it in.
    :ivar slow: what took longer than the bound.
    :ivar rounds: by the way of working.
    :ivar slowest: seconds and what took so long.
    """

    bound: float
    lost: list[str] = dataclasses.field(default_factory=list)
    changed: list[str] = dataclasses.field(default_factory=list)
    slow: list[str] = dataclasses.field(default_factory=list)
    rounds: dict[str, int] = dataclasses.field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, 'nothing')
    operations: int = 0

    def stop(self, kept: list[str], words: str) -> Stopped:
        """Keep what happened, print it, and return what to raise."""
        kept.append(words)
        say(f'{time.strftime("%X")} the neighbour: {words}')
        return Stopped(words)

    def reach(self, what: str, look: Callable[[], str], wanted: str,
              through: Sequence[str]) -> None:
        """Wait until a resource has a state.

        :param through: the states that it may have before.
        :raises Stopped: when it has another one, or does not get there in time.
        """
        started = time.monotonic()
        while (state := look()) != wanted:
            if state == GONE:
                raise self.stop(self.lost, f'{what} is gone, waiting for {wanted}')
            if state not in through:
                raise self.stop(self.changed, f'{what} is {state}, waiting for {wanted}')
            if time.monotonic() - started > self.bound:
                raise self.stop(self.slow, f'{what} is {state} and not {wanted} after '
                                           f'{self.bound:.0f} s')
            # A pause between two looks, not in place of one.
            time.sleep(LOOK)
        self.operations += 1
        self.slowest = max(self.slowest, (time.monotonic() - started, f'{what} {wanted}'))

    def check(self, what: str, state: str, wanted: str) -> None:
        """Check that a resource is still as the neighbour left it.

        :raises Stopped: when it is not.
        """
        if state == GONE:
            raise self.stop(self.lost, f'{what} is gone, it was {wanted}')
        if state != wanted:
            raise self.stop(self.changed, f'{what} is {state}, it was {wanted}')

    def until_gone(self, what: str) -> Iterator[None]:
        """Yield for each look at a resource that is to go.

        :raises Stopped: when it is not gone in time.
        """
        started = time.monotonic()
        while time.monotonic() - started <= self.bound:
            yield
            time.sleep(LOOK)
        raise self.stop(self.slow, f'{what} is not gone after {self.bound:.0f} s')

    @contextlib.contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Keep that a request was rejected.

        :raises Stopped: likewise.
        """
        try:
            yield
        except (sdk_exceptions.SDKException, botocore.exceptions.ClientError) as error:
            kept = self.lost if is_gone(error) else self.changed
            raise self.stop(kept, f'{what}: {" ".join(str(error).split())[:300]}') from error


    @contextlib.contextmanager
    def going_on(self, what: str) -> Iterator[None]:
        """Go on after what ended a piece of work; whatever it was is kept."""
        try:
            yield
        except Stopped:
            return
        except Exception as error:
            self.stop(self.changed, f'{what}: {type(error).__name__}: '
                                    f'{" ".join(str(error).split())[:300]}')


def is_gone(error: Exception) -> bool:
    """Say whether an error of a service means that there is no such resource."""
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get('Error', {}).get('Code', '')).endswith('NotFound')
    return isinstance(error, sdk_exceptions.NotFoundException)


class Api(Protocol):
    """How a neighbour has servers and volumes.

    :ivar name: of the way, for messages.
    :ivar up: the state of a server that runs.
    :ivar coming: states of a server before that.
    """

    name: str
    up: str
    coming: Sequence[str]

    def server(self, name: str) -> str:
        """Ask for a server and return its id."""

    def volume(self, name: str) -> str:
        """Ask for a volume and return its id."""

    def attach(self, server: str, volume: str) -> None:
        """Ask for the attachment of a volume."""

    def detach(self, server: str, volume: str) -> None:
        """Ask for the end of an attachment."""

    def delete_server(self, server: str) -> None:
        """Ask for the deletion of a server."""

    def delete_volume(self, volume: str) -> None:
        """Ask for the deletion of a volume."""

    def state_of_server(self, server: str) -> str:
        """Return the state of a server, GONE without one."""

    def state_of_volume(self, volume: str) -> str:
        """Return the state of a volume, GONE without one."""

    def root_volume(self, name: str) -> tuple[str, str] | None:
        """Ask for a server with a root volume that outlives it; None where there is no such one.

        Returns the id of the server, and that of the volume once it is known.
        """


class OfNova:
    """Servers of Nova and volumes of Cinder."""

    name = 'Nova and Cinder'
    up = 'ACTIVE'
    coming: Sequence[str] = ('BUILD',)

    def __init__(self, live: LiveCloud, account: Account, journal: Journal) -> None:
        cloud = live.connect(account)
        self._nova, self._cinder = cloud.compute, cloud.block_storage
        self._image = live.facts['images']['reference']
        self._network = cloud.network.find_network(account.project.network).id
        self._journal = journal

    def server(self, name: str) -> str:
        """See Api."""
        made = self._nova.create_server(name=name, image_id=self._image, flavor_id='1',
                                        networks=[{'uuid': self._network}])
        return str(made.id)

    def root_volume(self, name: str) -> tuple[str, str] | None:
        """See Api."""
        made = self._nova.create_server(
            name=name, flavor_id='1', networks=[{'uuid': self._network}],
            block_device_mapping=[{
                'boot_index': 0, 'source_type': 'image', 'uuid': self._image, 'volume_size': 1,
                'destination_type': 'volume', 'delete_on_termination': False}])
        self._journal.reach(f'server {made.id}', lambda: self.state_of_server(made.id), self.up,
                            self.coming)
        [volume] = self._nova.get_server(made.id).attached_volumes
        return str(made.id), str(volume.id)

    def volume(self, name: str) -> str:
        """See Api."""
        return str(self._cinder.create_volume(size=1, name=name).id)

    def attach(self, server: str, volume: str) -> None:
        """See Api."""
        self._nova.create_volume_attachment(server, volume_id=volume)

    def detach(self, server: str, volume: str) -> None:
        """See Api."""
        self._nova.delete_volume_attachment(server, volume, ignore_missing=False)

    def delete_server(self, server: str) -> None:
        """See Api."""
        self._nova.delete_server(server, ignore_missing=False)

    def delete_volume(self, volume: str) -> None:
        """See Api."""
        self._cinder.delete_volume(volume, ignore_missing=False)

    def state_of_server(self, server: str) -> str:
        """See Api."""
        return _state(lambda: str(self._nova.get_server(server).status))

    def state_of_volume(self, volume: str) -> str:
        """See Api."""
        return _state(lambda: str(self._cinder.get_volume(volume).status))


class OfEc2:
    """Instances and volumes of EC2."""

    name = 'EC2'
    up = 'running'
    coming: Sequence[str] = ('pending',)

    def __init__(self, live: LiveCloud, account: Account) -> None:
        self._ec2 = live.ec2(account)
        [image] = self._ec2.describe_images(
            Filters=[{'Name': 'name', 'Values': ['reference']}])['Images']
        self._image = image['ImageId']
        [zone, *_] = self._ec2.describe_availability_zones()['AvailabilityZones']
        self._zone = zone['ZoneName']

    def server(self, name: str) -> str:
        """See Api."""
        launched = self._ec2.run_instances(ImageId=self._image, InstanceType='m1.tiny',
                                           MinCount=1, MaxCount=1)
        return str(launched['Instances'][0]['InstanceId'])

    def root_volume(self, name: str) -> tuple[str, str] | None:
        """See Api."""
        return None

    def volume(self, name: str) -> str:
        """See Api."""
        return str(self._ec2.create_volume(Size=1, AvailabilityZone=self._zone)['VolumeId'])

    def attach(self, server: str, volume: str) -> None:
        """See Api."""
        self._ec2.attach_volume(InstanceId=server, VolumeId=volume, Device='/dev/vdh')

    def detach(self, server: str, volume: str) -> None:
        """See Api."""
        self._ec2.detach_volume(InstanceId=server, VolumeId=volume)

    def delete_server(self, server: str) -> None:
        """See Api."""
        self._ec2.terminate_instances(InstanceIds=[server])

    def delete_volume(self, volume: str) -> None:
        """See Api."""
        self._ec2.delete_volume(VolumeId=volume)

    def state_of_server(self, server: str) -> str:
        """See Api."""
        state = _state(lambda: str(self._ec2.describe_instances(InstanceIds=[server])[
            'Reservations'][0]['Instances'][0]['State']['Name']))
        return GONE if state == 'terminated' else state

    def state_of_volume(self, volume: str) -> str:
        """See Api."""
        return _state(lambda: str(self._ec2.describe_volumes(VolumeIds=[volume])[
            'Volumes'][0]['State']))


def _state(look: Callable[[], str]) -> str:
    try:
        return look()
    except (sdk_exceptions.SDKException, botocore.exceptions.ClientError) as error:
        if not is_gone(error):
            raise
        return GONE


class Neighbour:
    """Work in one way, round after round, and what is kept meanwhile."""

    def __init__(self, api: Api, journal: Journal) -> None:
        self.api = api
        self._journal = journal
        # All that there is.
        self._servers: set[str] = set()
        self._volumes: set[str] = set()
        # Volumes that are attached to nothing, the oldest first; the first one is kept.
        self._resting: list[str] = []
        # Servers with a volume each, for the whole run.
        self._kept: list[tuple[str, str]] = []
        self._number = 0
        journal.rounds[api.name] = 0

    def keep(self) -> None:
        """Have a server with a volume, and a volume alone, for the whole run."""
        server, volume = self._server('kept'), self._volume('kept')
        self._attach(server, volume)
        self._kept.append((server, volume))
        self._resting.append(self._volume(''))

    def work(self, stop: threading.Event) -> None:
        """Work until it is to stop; what somebody else disturbs ends its round alone."""
        while not stop.is_set():
            started = time.monotonic()
            with self._journal.going_on(self.api.name):
                self._round()
            stop.wait(max(0.0, ROUND - (time.monotonic() - started)))

    def _round(self) -> None:
        self._number += 1
        name = NAMES[self._number % len(NAMES)]
        volume, server = self._volume(name), self._server(name or 'web')
        self._attach(server, volume)
        self.look()
        with self._journal.asking(f'detach volume {volume}'):
            self.api.detach(server, volume)
        self._let_go(volume)
        self._delete_server(server)
        self._resting.append(volume)
        root = self.api.root_volume(name or 'web') if self._number % 2 else None
        if root is not None:
            self._servers.add(root[0])
            self._volumes.add(root[1])
            self._delete_server(root[0])
            self._let_go(root[1])
            self._resting.append(root[1])
        while len(self._resting) > RESTING:
            self._delete_volume(self._resting.pop(1))
        self._journal.rounds[self.api.name] += 1

    def look(self) -> None:
        """Check that everything is as it was left.

        :raises Stopped: when it is not; that is not looked for again.
        """
        for volume in list(self._resting):
            self._resting.remove(volume)
            self._check_volume(volume, 'available')
            self._resting.append(volume)
        for pair in list(self._kept):
            self._kept.remove(pair)
            self._check_server(pair[0])
            self._check_volume(pair[1], 'in-use')
            self._kept.append(pair)

    def leave(self) -> None:
        """Delete all that there is, in whatever state: that was kept already."""
        for server in sorted(self._servers):
            with self._journal.going_on(self.api.name):
                self.api.delete_server(server)
                self._go('server', server, self._state_of_server)
        for volume in sorted(self._volumes):
            with self._journal.going_on(self.api.name):
                if self._state_of_volume(volume) != GONE:
                    self._let_go(volume)
                    self.api.delete_volume(volume)
                    self._go('volume', volume, self._state_of_volume)

    def _server(self, name: str) -> str:
        with self._journal.asking('create a server'):
            server = self.api.server(name)
        self._servers.add(server)
        self._journal.reach(f'server {server}', lambda: self._state_of_server(server),
                            self.api.up, self.api.coming)
        return server

    def _volume(self, name: str) -> str:
        with self._journal.asking('create a volume'):
            volume = self.api.volume(name)
        self._volumes.add(volume)
        self._reach(volume, 'available', 'creating')
        return volume

    def _attach(self, server: str, volume: str) -> None:
        with self._journal.asking(f'attach volume {volume}'):
            self.api.attach(server, volume)
        self._reach(volume, 'in-use', 'available', 'reserved', 'attaching')

    def _let_go(self, volume: str) -> None:
        self._reach(volume, 'available', 'in-use', 'detaching')

    def _reach(self, volume: str, wanted: str, *through: str) -> None:
        self._journal.reach(f'volume {volume}', lambda: self._state_of_volume(volume), wanted,
                            through)

    def _check_server(self, server: str) -> None:
        self._journal.check(f'server {server}', self._state_of_server(server), self.api.up)

    def _check_volume(self, volume: str, wanted: str) -> None:
        self._journal.check(f'volume {volume}', self._state_of_volume(volume), wanted)

    def _state_of_server(self, server: str) -> str:
        state = self.api.state_of_server(server)
        if state == GONE:
            self._servers.discard(server)
        return state

    def _state_of_volume(self, volume: str) -> str:
        state = self.api.state_of_volume(volume)
        if state == GONE:
            self._volumes.discard(volume)
        return state

    def _delete_server(self, server: str) -> None:
        self._check_server(server)
        with self._journal.asking(f'delete server {server}'):
            self.api.delete_server(server)
        self._go('server', server, self._state_of_server)

    def _delete_volume(self, volume: str) -> None:
        self._check_volume(volume, 'available')
        with self._journal.asking(f'delete volume {volume}'):
            self.api.delete_volume(volume)
        self._go('volume', volume, self._state_of_volume)

    def _go(self, kind: str, its_id: str, look: Callable[[str], str]) -> None:
        for _ in self._journal.until_gone(f'{kind} {its_id}'):
            if look(its_id) == GONE:
                return


def left(live: LiveCloud, project_id: str, users: Sequence[str]) -> list[str]:
    """Return what a project still has that is of nobody but the suite, in words."""
    cloud: Any = live.admin
    listed: dict[str, Iterable[Any]] = {
        'server': cloud.compute.servers(details=False, all_projects=True, project_id=project_id),
        'volume': cloud.block_storage.volumes(details=False, all_projects=True,
                                              project_id=project_id),
        'snapshot': cloud.block_storage.snapshots(details=False, all_projects=True,
                                                  project_id=project_id),
        'image': cloud.image.images(owner=project_id),
        'port': (port for port in cloud.network.ports(project_id=project_id)
                 if not port.device_owner.startswith('network:')),
        'EC2 credential': (each for each in cloud.identity.credentials(type='ec2')
                           if each.user_id in users)}
    return [f'{kind} {each.name or ""} ({each.id})'.replace('  ', ' ')
            for kind, some in listed.items() for each in some]


def verdict(result: Mapping[str, Any], whole: bool) -> str:
    """Return what is wrong with the result of a run, '' for nothing."""
    tests = live_cloud.planned(result)
    if not tests:
        return 'there is no result'
    bad = [test for test in tests if test['status'] not in ('pass', 'advisory', 'skip')]
    if bad:
        first = bad[0]
        return (f'{len(bad)} of {len(tests)} tests: {first["status"]} '
                f'{first["name"].rpartition(".")[2]}: {first["detail"][:300]}')
    conclusion = result['verdict']['conclusion']
    return '' if not whole or conclusion == 'CONFORMANT' else (
        f'{conclusion}: {result["verdict"]["why"]}')


def watch(runs: Sequence[Certify], stop: threading.Event) -> bool:
    """Wait until all runs have ended; return whether each ran while the other did."""
    at_once = False
    told = time.monotonic()
    while any(run.running for run in runs):
        at_once = at_once or all(run.running for run in runs)
        if time.monotonic() - told > 60:
            told = time.monotonic()
            for number, run in enumerate(runs, 1):
                say(f'run {number}: {run.last_line()[:150]}')
        stop.wait(1)
    return at_once


def run(live: LiveCloud, regex: str, bound: float) -> list[tuple[str, str]]:
    """Return each check with what is wrong, '' for nothing."""
    # Far more than both runs and the neighbour need: nobody may meet a quota.
    project = live.project('shared-by-three', {'private': (4,)}, compute={
        'instances': 200, 'cores': 400, 'ram': 512_000}, volume={
        'volumes': 400, 'gigabytes': 4000, 'snapshots': 100})
    journal = Journal(bound)
    person = live.account(project, 'neighbour')
    neighbours = [Neighbour(OfNova(live, person, journal), journal),
                  Neighbour(OfEc2(live, person), journal)]
    for neighbour in neighbours:
        neighbour.keep()
    accounts = [live.account(project, f'tester-{number}') for number in (1, 2)]
    stop = threading.Event()
    threads = [threading.Thread(target=neighbour.work, args=(stop,), daemon=True)
               for neighbour in neighbours]
    for thread in threads:
        thread.start()
    try:
        with contextlib.ExitStack() as stack:
            runs = [stack.enter_context(Certify(
                live.conf(f'tester-{number}', account), live.directory / f'run-{number}',
                '--profile', 'tenant', '--concurrency', '1', '--regex', regex or 'ec2attrs'))
                for number, account in enumerate(accounts, 1)]
            try:
                at_once = watch(runs, stop)
            finally:
                for each in runs:  # both, before one of them is waited for
                    each.interrupt()
    finally:
        stop.set()
    for thread in threads:
        thread.join()
    for neighbour in neighbours:
        with journal.going_on(neighbour.api.name):
            neighbour.look()
        neighbour.leave()
    say(f'The neighbour did {journal.operations} operations in '
        f'{sum(journal.rounds.values())} rounds; the slowest: {journal.slowest[1]} after '
        f'{journal.slowest[0]:.0f} s')
    remains = left(live, project.id, [account.user_id for account in accounts])
    return [
        ('nothing of the neighbour was lost', '; '.join(journal.lost)),
        ('nothing of the neighbour was changed or rejected', '; '.join(journal.changed)),
        (f'each operation of the neighbour took at most {bound:.0f} s', '; '.join(journal.slow)),
        *((f'the neighbour worked with {name} meanwhile',
           '' if rounds >= ROUNDS else f'{rounds} rounds are too few')
          for name, rounds in journal.rounds.items()),
        ('both runs ran at once', '' if at_once else 'one ended before the other began'),
        *((f'run {number} is {"without a failure" if regex else "CONFORMANT"}',
           verdict(each.result(), not regex)) for number, each in enumerate(runs, 1)),
        ('nothing of the suite is left', ', '.join(remains[:10]))]


def main() -> int:
    """Start the cloud, run all and print what was checked; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workspace', type=Path, required=True, metavar='DIR')
    parser.add_argument('--port-offset', type=int, default=0, metavar='N')
    parser.add_argument('--regex', default='', help='tests to run, by default all of a tenant')
    parser.add_argument('--bound', type=float, default=120.0, metavar='SECONDS',
                        help='that an operation of the neighbour may take (default: %(default)s)')
    args = parser.parse_args()
    live_cloud.heed_sigterm()
    started = time.monotonic()
    try:
        with LiveCloud(args.workspace, args.port_offset) as live:
            checks = run(live, args.regex, args.bound)
    except KeyboardInterrupt:
        say('Interrupted; the runs and the cloud are ended')
        return 130
    say(f'{time.monotonic() - started:.0f} s')
    return live_cloud.report(checks)


if __name__ == '__main__':
    sys.exit(main())
