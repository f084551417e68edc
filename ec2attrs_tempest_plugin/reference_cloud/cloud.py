"""The reference cloud: up, down, status."""

from collections.abc import Collection
import contextlib
import dataclasses
from pathlib import Path
import sqlite3

from ec2attrs_tempest_plugin.reference_cloud import artifact
from ec2attrs_tempest_plugin.reference_cloud import environment
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import processes
from ec2attrs_tempest_plugin.reference_cloud import starting
from ec2attrs_tempest_plugin.reference_cloud import template
from ec2attrs_tempest_plugin.reference_cloud.artifact import Say
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError
from ec2attrs_tempest_plugin.reference_cloud.layout import default_root

__all__ = ['CloudError', 'ReferenceCloud', 'ServiceStatus', 'default_root']


@dataclasses.dataclass(frozen=True)
class ServiceStatus:
    """One service: 'running', 'dead' (it was started and is gone) or 'down'."""

    name: str
    state: str
    pid: int | None
    ports: tuple[int, ...]
    #: Proportional share of memory, in bytes.
    memory: int
    log: Path


def _silent(line: str) -> None:
    """Say nothing."""


class ReferenceCloud:
    """A cloud in the directory *root*, on the usual ports plus *port_offset*."""

    def __init__(self, root: Path, port_offset: int = 0) -> None:
        if not layout.LOWEST_OFFSET <= port_offset <= layout.HIGHEST_OFFSET:
            raise CloudError(f'the port offset {port_offset} is not between '
                             f'{layout.LOWEST_OFFSET} and {layout.HIGHEST_OFFSET}')
        self.root = root.expanduser().resolve()
        self.ports = layout.ports(port_offset)

    def up(self, keep: bool = False, progress: Say | None = None,
           extension: Path | None = None, ec2_options: Collection[str] | None = None) -> None:
        """Start the cloud and return once every API answers.

        Its state is that of the template; with *keep*, that which *root* holds, if any.
        *progress* is called with lines for a reader. *extension* is a file of Python whose
        ``install(service: str, root: Path)`` is called in the process of each service once its
        applications are made. *ec2_options* are those of layout.EC2_OPTIONS that are to be true;
        None for those that the kept state had, if any. Raises CloudError where the cloud cannot
        be started or runs already; what was started is ended again then, and after an interrupt.
        """
        say = progress or _silent
        if extension is not None:
            extension = extension.resolve()
            if not extension.is_file():
                raise CloudError(f'the extension {extension} is not a file')
        unknown = sorted(set(ec2_options or ()) - set(layout.EC2_OPTIONS))
        if unknown:
            raise CloudError(f'{unknown[0]} is none of the options of ec2-api that can be set: '
                             f'{", ".join(layout.EC2_OPTIONS)}')
        self._check_root()
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        with self._locked(say):
            if processes.find(self.root):
                raise CloudError(f'a cloud runs already in {self.root}: stop it with '
                                 f'"ec2attrs cloud down --root {self.root}"')
            environment.check_space(self.root, template.NEEDED_BYTES, 'The cloud')
            starting.check_ports(self.ports)
            venv = environment.provide(say)
            self._prepare(venv, keep, ec2_options, say)
            say(f'Starting the services in {self.root}')
            try:
                starting.start(self.root, venv, self.ports, layout.SERVICES, say, extension)
            except BaseException:
                processes.stop(self.root)
                raise

    def _check_root(self) -> None:
        if not self.root.exists():
            return
        if not self.root.is_dir():
            raise CloudError(f'{self.root} is not a directory')
        names = {entry.name for entry in self.root.iterdir()}
        if names - {'lock'} and not names & {'cloud.json', 'db'}:
            raise CloudError(f'{self.root} is not empty and holds no cloud: choose another --root')

    def _prepare(self, venv: Path, keep: bool, ec2_options: Collection[str] | None,
                 say: Say) -> None:
        kept: Collection[str] = ()
        if keep and (self.root / 'cloud.json').exists():
            facts = template.read_facts(self.root)
            kept = facts.get('ec2_options', ())
            if facts['template'] != template.current_key():
                raise CloudError(f'the state in {self.root} was made by another version of the '
                                 f'reference cloud: start without --keep')
            try:
                template.adapt(self.root, facts, self.ports)
            except sqlite3.Error as error:
                raise CloudError(f'the state in {self.root} is damaged ({error}): start without '
                                 f'--keep') from error
        else:
            source = template.provide(venv, self.ports, say)
            template.restore(source, self.root, self.ports)
        template.set_ec2_options(self.root, kept if ec2_options is None else ec2_options)

    def down(self, progress: Say | None = None) -> int:
        """End what :meth:`up` started in *root*, also after a crash; its state stays.

        Returns how many processes that were. Raises CloudError where one cannot be ended.
        """
        if not self.root.is_dir():
            return 0
        with self._locked(progress or _silent):
            return processes.stop(self.root)

    def _locked(self, say: Say) -> contextlib.AbstractContextManager[int]:
        return artifact.locked(self.root / 'lock', say,
                               f'Waiting for another command that works in {self.root}')

    def status(self) -> list[ServiceStatus]:
        """Return the state of each service.

        Raises CloudError where *root* holds no cloud.
        """
        ports = template.read_facts(self.root)['ports']
        statuses = []
        for name, endpoints in layout.SERVICES.items():
            pid = processes.running(self.root, name)
            started = processes.pid_file(self.root, name).exists()
            statuses.append(ServiceStatus(
                name, 'running' if pid else 'dead' if started else 'down', pid,
                tuple(ports[endpoint] for endpoint in endpoints),
                processes.memory(pid) if pid else 0, starting.log_file(self.root, name)))
        return statuses

    def is_running(self) -> bool:
        """Return whether every service of the cloud in *root* runs."""
        if not (self.root / 'cloud.json').exists():
            return False
        return all(service.state == 'running' for service in self.status())

    def dead_services(self) -> list[tuple[str, Path]]:
        """Return name and log of the services that were started and are gone."""
        return [(service.name, service.log) for service in self.status()
                if service.state == 'dead']
