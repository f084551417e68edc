"""A reference cloud with tenants, for the tools that run the suite on it as a user does."""

from collections.abc import Callable, Iterable, Mapping, Sequence
import configparser
import contextlib
import dataclasses
import io
import json
from pathlib import Path
import secrets
import signal
import subprocess
import sys
from typing import Any

import boto3
import botocore.config
import openstack

from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud

#: Seconds that a run has to end by itself after Ctrl-C; tox gives all of us 60.
GRACE = 45

Options = Mapping[str, Mapping[str, str | None]]


@dataclasses.dataclass(frozen=True)
class Project:
    """A project of the cloud, with the name of the network that its tests use."""

    id: str
    name: str
    network: str


@dataclasses.dataclass(frozen=True)
class Account:
    """A user with a role in a project."""

    user_id: str
    name: str
    password: str
    project: Project


class LiveCloud:
    """The reference cloud while the context lasts, with what its administrator can do.

    :param directory: where its state and the configurations are.
    :param extension: code for its services, see ReferenceCloud.up.
    :param keep: whether it goes on afterwards. One that runs already is used as it is.
    """

    def __init__(self, directory: Path, port_offset: int, extension: Path | None = None, *,
                 keep: bool = False) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory.resolve()
        self.cloud = ReferenceCloud(self.directory / 'cloud', port_offset)
        self._extension = extension
        self._keep = keep

    def __enter__(self) -> 'LiveCloud':
        if not self.cloud.is_running():
            self.cloud.up(progress=say, extension=self._extension)
        try:
            #: Everything about the cloud and its administrator.
            self.facts: dict[str, Any] = json.loads(access.as_json(self.cloud))
            person = json.loads(access.clouds_yaml(self.cloud))['clouds']['ec2attrs']
            self.admin = openstack.connect(**person['auth'], region_name=person['region_name'])
            self._auth_url = person['auth']['auth_url']
            keystone: Any = self.admin.identity
            self._roles = {each.name: each.id for each in keystone.roles()}
        except BaseException:
            self.cloud.down()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.admin.close()
        if self._keep:
            say(f'The cloud goes on: "ec2attrs cloud down --root {self.cloud.root}" ends it')
        else:
            self.cloud.down()

    def project(self, name: str, networks: Mapping[str, Sequence[int]], network: str = '',
                compute: Mapping[str, int] | None = None,
                volume: Mapping[str, int] | None = None) -> Project:
        """Return a new project.

        :param networks: the IP versions of the subnets of each of its networks, by name.
        :param network: that of its tests, by default the first of its own.
        :param compute: its quotas of Nova, the cloud's without.
        :param volume: its quotas of Cinder, the cloud's without.
        """
        keystone: Any = self.admin.identity
        made = keystone.create_project(name=name, domain_id='default')
        for index, (own, versions) in enumerate(networks.items()):
            self._network(made.id, own, index, versions)
        for service, quota in (('compute', compute), ('volume', volume)):
            if quota:
                getattr(self.admin, f'set_{service}_quotas')(made.id, **quota)
        return Project(made.id, name, network or next(iter(networks), ''))

    def _network(self, project_id: str, name: str, index: int, versions: Sequence[int]) -> None:
        neutron: Any = self.admin.network
        network = neutron.create_network(name=name, project_id=project_id)
        for version in versions:
            more = {'ipv6_address_mode': 'slaac', 'ipv6_ra_mode': 'slaac'} if version == 6 else {}
            neutron.create_subnet(
                name=f'{name}-{version}', project_id=project_id, network_id=network.id,
                ip_version=version,
                cidr=f'10.{50 + index}.0.0/16' if version == 4 else f'fd00:{index + 1}::/64',
                **more)

    def account(self, project: Project, name: str, *roles: str) -> Account:
        """Return a new user with roles in a project, by default member and reader."""
        keystone: Any = self.admin.identity
        password = secrets.token_urlsafe(16)
        user = keystone.create_user(name=name, password=password, domain_id='default')
        for role in roles or ('member', 'reader'):
            keystone.assign_project_role_to_user(project.id, user.id, self._roles[role])
        return Account(user.id, name, password, project)

    def connect(self, account: Account) -> Any:
        """Return openstacksdk's connection of an account."""
        return openstack.connect(
            auth_url=self._auth_url, username=account.name, password=account.password,
            project_name=account.project.name, user_domain_name='Default',
            project_domain_name='Default', region_name=self.facts['region'])

    def ec2_keys(self, account: Account) -> tuple[str, str]:
        """Return a new access key with its secret."""
        made = self.admin.identity.post(
            f'/users/{account.user_id}/credentials/OS-EC2',
            json={'tenant_id': account.project.id}).json()['credential']
        return made['access'], made['secret']

    def ec2(self, account: Account) -> Any:
        """Return boto3's client of an account, which asks once for everything."""
        access_key, secret = self.ec2_keys(account)
        return boto3.client(
            'ec2', endpoint_url=f'{self.facts["endpoints"]["ec2"]}/',
            region_name=self.facts['region'], aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            config=botocore.config.Config(retries={'total_max_attempts': 1}))

    def conf(self, name: str, account: Account | None = None, changes: Options | None = None,
             text: str = '') -> Path:
        """Return a tempest.conf.

        :param account: of a tenant, None for the administrator.
        :param changes: options by their groups; None takes one away.
        :param text: what it is made of, by default that of the cloud.
        """
        parser = configparser.ConfigParser(default_section='', interpolation=None)
        parser.read_string(text or access.tempest_conf(self.cloud))
        if account is not None:
            accounts = self.directory / f'{name}-accounts.yaml'
            access.write_private(accounts, json.dumps([{
                'username': account.name, 'password': account.password,
                'project_name': account.project.name, 'user_domain_name': 'Default',
                'project_domain_name': 'Default', 'roles': ['member'],
                'resources': {'network': account.project.network}}], indent=1))
            parser.remove_section('auth')
            parser.read_dict({'auth': {'use_dynamic_credentials': 'false',
                                       'test_accounts_file': str(accounts)}})
            parser.remove_option('compute', 'fixed_network_name')
        for group, options in (changes or {}).items():
            if not parser.has_section(group):
                parser.add_section(group)
            for option, value in options.items():
                if value is None:
                    parser.remove_option(group, option)
                else:
                    parser.set(group, option, value)
        parser.read_dict({'oslo_concurrency': {'lock_path': str(self.directory / f'{name}-lock')}})
        content = io.StringIO()
        parser.write(content)
        path = self.directory / f'{name}.conf'
        access.write_private(path, content.getvalue())
        return path


class Certify:
    """One ``ec2attrs certify`` in a process, interrupted when the context ends before it.

    :param workspace: of the run; what it prints is beside it.
    """

    def __init__(self, conf: Path, workspace: Path, *arguments: str) -> None:
        self._command = [str(Path(sys.executable).with_name('ec2attrs')), 'certify',
                         '--config-file', str(conf), '--workspace', str(workspace), *arguments]
        self._workspace = workspace
        self._interrupted = False
        self.log = workspace.with_suffix('.log')

    def __enter__(self) -> 'Certify':
        # What an earlier run left is not taken for the result of this one.
        (self._workspace / 'result.json').unlink(missing_ok=True)
        with open(self.log, 'wb') as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self.interrupt()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def interrupt(self) -> None:
        """Let it end and remove what its tests have left, as after Ctrl-C; do not wait for it."""
        if self.running and not self._interrupted:
            self._interrupted = True
            self._process.send_signal(signal.SIGINT)

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Return the exit code once it has ended."""
        return self._process.wait()

    def result(self) -> dict[str, Any]:
        """Return the result of the run, empty where there is none."""
        with contextlib.suppress(FileNotFoundError):
            result: dict[str, Any] = json.loads((self._workspace / 'result.json').read_text())
            return result
        return {}

    def last_line(self) -> str:
        """Return the last line that it printed."""
        lines = self.log.read_text(errors='replace').split('\n')
        return next((line for line in reversed(lines) if line.strip()), 'nothing was printed')


def heed_sigterm() -> None:
    """Let SIGTERM end this process as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def planned(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tests of a result that were to be run: of the others nothing was expected."""
    return [test for test in result.get('tests', ()) if test['attempts']]


def say(words: str) -> None:
    """Print a line at once."""
    print(words, flush=True)


def report(checks: Iterable[tuple[str, str]], print_line: Callable[[str], None] = say) -> int:
    """Print what is wrong with each check, '' for nothing, and their sum as stestr does.

    :returns: the exit code.
    """
    passed = failed = 0
    for name, wrong in checks:
        print_line(f'{"FAILED" if wrong else "ok"}: {name}{f": {wrong}" if wrong else ""}')
        passed, failed = passed + (not wrong), failed + bool(wrong)
    print_line('')
    for word, number in (('Passed', passed), ('Skipped', 0), ('Failed', failed)):
        print_line(f' - {word}: {number}')
    return 1 if failed or not passed else 0
