"""Where faults are tried: on a live reference cloud, or on recorded exchanges."""

from collections.abc import Callable, Iterator, Mapping, Sequence
import configparser
import contextlib
import io
from pathlib import Path
import re
import threading
from typing import Protocol

from ec2attrs_tempest_plugin.faults import tape
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.inventory import Inventory
from ec2attrs_tempest_plugin.faults.lane import Lane
from ec2attrs_tempest_plugin.faults.lane import LaneError
from ec2attrs_tempest_plugin.faults.lane import Run
from ec2attrs_tempest_plugin.faults.lane import Switch
from ec2attrs_tempest_plugin.faults.proxy import Proxy
from ec2attrs_tempest_plugin.faults.proxy import Services
from ec2attrs_tempest_plugin.faults.proxy import Upstream
from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import template
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud

#: The exchanges of one clean run of the whole suite.
TAPE = Path(__file__).with_name('recorded.jsonl.gz')
BEHAVIOURS = Path(__file__).with_name('inside') / 'ec2attrs_faults.py'
#: Those that the suite talks to, with their endpoints.
SERVICES = {**{name: name for name in ('keystone', 'nova', 'cinder', 'glance', 'neutron', 'ec2')},
            'metadata': 'nova-metadata', 'ec2-metadata': 'ec2-metadata'}

# Silence and states that never come have to end soon, in seconds.
PATIENCE = {'service-clients': {'http_timeout': '10'}, 'compute': {'build_timeout': '30'},
            'volume': {'build_timeout': '30'}}
# On a tape the next state is there as soon as it is asked for.
_AT_ONCE = {**PATIENCE, 'compute': {'build_timeout': '30', 'build_interval': '0'},
            'volume': {'build_timeout': '30', 'build_interval': '0'}}

Say = Callable[[str], None]


class Bed(Protocol):
    """A place to run tests with one fault at a time."""

    #: Ids of all tests of the suite.
    tests: list[str]

    def run(self, how: Change | Behaviour | None, tests: Sequence[str],
            timeout: float) -> tuple[Run, list[str]]:
        """Return what the tests gave, and what they left behind in the cloud."""


class LiveBed:
    """A reference cloud of its own with the behaviours installed.

    :param workspace: a directory for the cloud and the results.
    :param recorder: makes of the services an upstream that keeps what they answer.
    """

    def __init__(self, workspace: Path, port_offset: int, say: Say,
                 recorder: Callable[[Upstream, dict[str, str], str], Upstream] | None = None,
                 ) -> None:
        workspace.mkdir(parents=True, exist_ok=True)
        self._cloud = ReferenceCloud(workspace / 'cloud', port_offset)
        self._say = say
        self._lock = threading.Lock()
        self._closed = False
        self._open = contextlib.ExitStack()
        try:
            self._up()
            facts = template.read_facts(self._cloud.root)
            self._origins = {service: layout.url(facts['ports'], endpoint)
                             for service, endpoint in SERVICES.items()}
            self._user = ('admin', facts['secrets']['admin'],
                          facts['seed']['users']['admin']['project'])
            upstream: Upstream = Services(self._origins)
            if recorder is not None:
                upstream = recorder(upstream, self._origins, facts['secrets']['metadata_proxy'])
            proxy = self._open.enter_context(Proxy(upstream, self._origins))
            self.tempest_conf = access.tempest_conf(self._cloud)
            _write_conf(workspace, _through(proxy, self._origins, self.tempest_conf), PATIENCE)
            self._lane = Lane(workspace, proxy, Switch(self._cloud.root))
            self._open.callback(self._lane.close)
            self._inventory = Inventory(self._origins, self._user)
        except BaseException:
            self.close()
            raise
        self.tests = self._lane.tests

    def _up(self) -> None:
        self._cloud.up(progress=self._say, extension=BEHAVIOURS)

    def run(self, how: Change | Behaviour | None, tests: Sequence[str], timeout: float,
            seed: str | None = None) -> tuple[Run, list[str]]:
        """Return what the tests gave and left; a cloud with leftovers is made anew.

        :raises LaneError: when the tests could not be run, or a service of the cloud died,
            which is no fault of the suite.
        """
        try:
            run = self._lane.run(how, tests, timeout, seed)
            left = self._left()
        except LaneError:
            self._anew()
            raise
        if left or run.timed_out:
            self._anew()
        return run, left

    def _left(self) -> list[str]:
        for name, log in self._cloud.dead_services():
            raise LaneError(f'{name} did not survive it; see {log}')
        try:
            return self._inventory.new()
        except OSError as error:
            raise LaneError(f'the cloud did not survive it: {error}') from error

    def _anew(self) -> None:
        with self._lock:
            if not self._closed:  # else nobody would end the new one
                self._cloud.down()
                self._up()
                self._inventory = Inventory(self._origins, self._user)

    def close(self) -> None:
        """End everything that was started, and what another thread runs there."""
        self._closed = True
        try:
            self._open.close()
        finally:
            with self._lock:
                self._cloud.down()


class RecordedBed:
    """Recorded exchanges in the place of a cloud.

    :raises LaneError: when the tests ask what is not on the tape.
    """

    def __init__(self, workspace: Path, path: Path = TAPE) -> None:
        workspace.mkdir(parents=True, exist_ok=True)
        self._tape = tape.Tape(path)
        self._open = contextlib.ExitStack()
        try:
            origins = {each: tape.address(each) for each in self._tape.services}
            proxy = self._open.enter_context(Proxy(self._tape, origins))
            _write_conf(workspace, _through(proxy, origins, self._tape.tempest_conf), _AT_ONCE)
            self._lane = Lane(workspace, proxy, None)
            self._open.callback(self._lane.close)
        except BaseException:
            self.close()
            raise
        self.tests = self._lane.tests

    def run(self, how: Change | Behaviour | None, tests: Sequence[str],
            timeout: float) -> tuple[Run, list[str]]:
        """Return what the tests gave; nothing can be left."""
        self._tape.rewind()
        run = self._lane.run(how, tests, timeout, tape.SEED)
        if how is None and self._tape.unknown:
            raise LaneError(f'the tests ask what was not recorded, first '
                            f'{self._tape.unknown[0]}: record the exchanges anew')
        return run, []

    def close(self) -> None:
        """End what was started."""
        self._open.close()


def record(workspace: Path, port_offset: int, say: Say, path: Path = TAPE) -> int:
    """Record one clean run of the whole suite; return the number of its exchanges.

    :raises LaneError: when a test fails.
    """
    kept: list[tape.Recorder] = []

    def keep(upstream: Upstream, origins: dict[str, str], secret: str) -> Upstream:
        kept.append(tape.Recorder(upstream, origins, secret))
        return kept[0]

    with contextlib.closing(LiveBed(workspace, port_offset, say, keep)) as bed:
        run, left = bed.run(None, bed.tests, 1800, tape.SEED)
        bad = [f'{o.id}: {o.message}' for o in run.outcomes if not o.clean]
        bad += [*left, *run.errors]
        if bad or run.timed_out:
            raise LaneError(f'the run was not clean: {"; ".join(bad) or "it took too long"}')
        return kept[0].save(path, _without_paths(bed.tempest_conf))


def _through(proxy: Proxy, origins: Mapping[str, str], tempest_conf: str) -> str:
    """Return a configuration that leads through a proxy."""
    for service, address in proxy.addresses.items():
        tempest_conf = tempest_conf.replace(origins[service], address)
    return tempest_conf


def _without_paths(tempest_conf: str) -> str:
    return re.sub(r'(?m)^lock_path = .*\n', '', tempest_conf)


def _write_conf(workspace: Path, text: str, changes: dict[str, dict[str, str]]) -> None:
    parser = configparser.ConfigParser(default_section='', interpolation=None)
    parser.read_string(text)
    parser.read_dict({**changes, 'oslo_concurrency': {'lock_path': str(workspace / 'lock')}})
    content = io.StringIO()
    parser.write(content)
    access.write_private(workspace / 'etc' / 'tempest.conf', content.getvalue())


@contextlib.contextmanager
def several(make: Callable[[int], LiveBed | RecordedBed], number: int) -> Iterator[
        list[LiveBed | RecordedBed]]:
    """Yield so many beds, made one after the other, and close them all."""
    with contextlib.ExitStack() as stack:
        beds = []
        for index in range(number):
            beds.append(make(index))
            stack.callback(beds[-1].close)
        yield beds
