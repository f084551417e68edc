"""Measure what each test of the suite needs, by taking one thing away at a time.

The suite runs on the reference cloud without an administrator, without volumes and so on, and a
test needs what its coded reason to skip names. A policy of a service forbids what users may not
create, options rule features out, all at once. Tests that do not skip but fail are reported, as
faults of the suite. Streams of results stay in DIRECTORY, and one that is there already is read
instead of run again::

    python tools/measure_needs.py DIRECTORY [--port-offset N] [--all] [--output FILE]

It takes four runs of the whole suite and some short ones.
"""

import argparse
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
import configparser
import contextlib
import dataclasses
import io
import json
from pathlib import Path
import re
import subprocess
import sys
import time
from typing import Any

import openstack
import stestr.commands

import ec2attrs_tempest_plugin
from ec2attrs_tempest_plugin.certification import needs
from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification.stream import decode
from ec2attrs_tempest_plugin.certification.stream import Decoder
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.preflight.features import FEATURES
from ec2attrs_tempest_plugin.reference_cloud import access
from ec2attrs_tempest_plugin.reference_cloud.cloud import ReferenceCloud

CODED = re.compile(r'ec2attrs:(not-configured|not-permitted|unsupported): ')
MICROVERSION = re.compile(r'max_microversion is [\d.]+: microversion ([\d.]+) needs another')
#: Below this no test may run, and at it those that name no other.
LOWEST = '2.1'
PACKAGE = Path(ec2attrs_tempest_plugin.__file__).parent

Options = configparser.ConfigParser


class Bench:
    """The reference cloud with a directory in which Tempest runs on it."""

    def __init__(self, directory: Path, cloud: ReferenceCloud) -> None:
        self.directory = directory
        self.cloud = cloud
        (directory / '.stestr.conf').write_text('\n'.join([
            '[DEFAULT]', f'test_path={PACKAGE / "tests"}', f'top_dir={PACKAGE.parent}',
            r'group_regex=([^\.]*\.)*', '']))
        if not (directory / '.stestr').exists():
            stestr.commands.init_command(repo_url=str(directory))
        person = json.loads(access.clouds_yaml(cloud, 'member'))['clouds']['ec2attrs']['auth']
        self.accounts = directory / 'accounts.yaml'
        access.write_private(self.accounts, json.dumps([{
            **{name: person[name] for name in (
                'username', 'password', 'project_name', 'user_domain_name',
                'project_domain_name')},
            'roles': ['member'], 'resources': {'network': 'member'}}]))

    def conf(self, name: str, changes: Iterable[Callable[[Options, 'Bench'], None]]) -> Path:
        """Return a tempest.conf that was changed."""
        parser = configparser.ConfigParser(default_section='', interpolation=None)
        parser.read_string(access.tempest_conf(self.cloud))
        for change in changes:
            change(parser, self)
        text = io.StringIO()
        parser.write(text)
        path = self.directory / f'{name}.conf'
        access.write_private(path, text.getvalue())
        return path

    def tests(self) -> list[plan.PlannedTest]:
        """Return the tests that there are."""
        listed = self._tempest('tests', self.conf('list', ()), ['--list-tests'])
        return list(plan.parse_listing(
            line for line in listed.read_text().splitlines() if line.startswith(PACKAGE.name)))

    def run(self, name: str, changes: Iterable[Callable[[Options, 'Bench'], None]],
            ids: Collection[str], hidden: Collection[str] = (), workers: int = 2,
            forbidden: tuple[str, str] | None = None) -> list[Outcome]:
        """Return the outcomes of a run, or of the one that was made before."""
        stream = self.directory / f'{name}.subunit'
        if not stream.exists():
            began = time.monotonic()
            wanted = self.directory / f'{name}.ids'
            wanted.write_text(''.join(f'{test_id}\n' for test_id in ids))
            with self._hidden(hidden), self._forbidden(forbidden):
                self._tempest(f'{name}.subunit', self.conf(name, changes), [
                    '--load-list', str(wanted), '--subunit', '--concurrency', str(workers)])
            print(f'{name}: {len(ids)} tests, {time.monotonic() - began:.0f} s', flush=True)
        decoder = Decoder()
        with open(stream, 'rb') as source:
            decode(source, decoder)
        return decoder.outcomes

    def _tempest(self, output: str, conf: Path, arguments: list[str]) -> Path:
        made = self.directory / f'{output}.part'
        with open(made, 'wb') as out, open(self.directory / 'messages.log', 'ab') as messages:
            subprocess.run([sys.executable, '-P', '-m', 'tempest.cmd.main', 'run',
                            '--config-file', str(conf), *arguments], cwd=self.directory,
                           stdout=out, stderr=messages, check=False)
        # What was cut short is not taken for a whole run the next time.
        return made.rename(self.directory / output)

    @contextlib.contextmanager
    def _hidden(self, kinds: Collection[str]) -> Iterator[None]:
        """Take services out of the catalogue for a while."""
        if not kinds:
            yield
            return
        person = json.loads(access.clouds_yaml(self.cloud))['clouds']['ec2attrs']
        with openstack.connect(**person['auth'], region_name=person['region_name']) as admin:
            keystone: Any = admin.identity  # of the third version
            services = [each for each in keystone.services() if each.type in kinds]
            for service in services:
                keystone.update_service(service, is_enabled=False)
            try:
                yield
            finally:
                for service in services:
                    keystone.update_service(service, is_enabled=True)

    @contextlib.contextmanager
    def _forbidden(self, policy: tuple[str, str] | None) -> Iterator[None]:
        """Let a policy of a service allow nobody anything for a while."""
        if policy is None:
            yield
            return
        service, rule = policy
        path = self.cloud.root / 'etc' / service / 'policy.yaml'
        path.write_text(json.dumps({rule: '!'}))
        try:
            yield
        finally:
            # A service keeps the rules of a file that is gone.
            path.write_text('{}')


@dataclasses.dataclass(frozen=True)
class Lack:
    """What is taken away in one run.

    :ivar why: what the reason of a skip matches, by the need that it stands for.
    :ivar change: makes the configuration one without it.
    :ivar regex: the tests that can need it; others are not run, unless all are.
    :ivar hidden: types of services that the catalogue does not show meanwhile.
    :ivar forbidden: a service and one of its policies, which allows nobody meanwhile.
    :ivar beside: another lack, which comes with this one and is measured by itself.
    """

    why: Mapping[str, str]
    change: Callable[[Options, Bench], None] = lambda conf, bench: None
    regex: str = ''
    hidden: tuple[str, ...] = ()
    forbidden: tuple[str, str] | None = None
    beside: str = ''


def _set(section: str, **options: str) -> Callable[[Options, Bench], None]:
    def change(conf: Options, bench: Bench) -> None:
        if not conf.has_section(section):
            conf.add_section(section)
        for name, value in options.items():
            conf.set(section, name, value)
    return change


def _unset(section: str, *options: str) -> Callable[[Options, Bench], None]:
    def change(conf: Options, bench: Bench) -> None:
        for name in options:
            conf.remove_option(section, name)
    return change


def _no_admin(conf: Options, bench: Bench) -> None:
    conf.remove_section('auth')
    conf.read_dict({'auth': {'use_dynamic_credentials': 'false',
                             'test_accounts_file': str(bench.accounts)}})
    # The only account has a network of its own.
    conf.remove_option('compute', 'fixed_network_name')


def _issued_keys(conf: Options, bench: Bench) -> None:
    _no_admin(conf, bench)
    keys = json.loads(access.as_json(bench.cloud, 'member'))['user']['ec2']
    conf.read_dict({'ec2attrs': {'ec2_access_key': keys['access'],
                                 'ec2_secret_key': keys['secret']}})


def _no_features(conf: Options, bench: Bench) -> None:
    for group, option, ruled_out in FEATURES.values():
        _set(group, **{option: str(ruled_out).lower()})(conf, bench)


# Runs with one account, of which a worker takes one.
_ONE_ACCOUNT = ('admin', 'ec2-new-keys')
_NO_EC2_KEYS = ('keystone', 'identity:ec2_create_credential')

LACKS = {
    'admin': Lack({'admin': 'there is no administrator|use_dynamic_credentials is false|'
                            'no volume type with multiattach'}, _no_admin),
    'servers': Lack({'servers': 'os_compute_api:servers:create'},
                    forbidden=('nova', 'os_compute_api:servers:create')),
    'volumes': Lack({'volumes': r'\[service_available\] cinder'},
                    _set('service_available', cinder='false')),
    'features': Lack(
        {need: rf'\[{group}\] {option} is {str(ruled_out).lower()}'
         for need, (group, option, ruled_out) in FEATURES.items()}, _no_features,
        r'test_server_life|SmallQuotaTest|test_volume_boots|test_life_agreement'),
    'ec2': Lack({'ec2': 'ec2_url is not set'}, _unset('ec2attrs', 'ec2_url'), r'\.scenario\.',
                hidden=('ec2',)),
    'ec2-servers': Lack({'ec2-servers': 'ec2_shows_servers is false'},
                        _set('ec2attrs', ec2_shows_servers='false'), r'\.scenario\.'),
    'ec2-keys': Lack({'ec2-keys': 'identity:ec2_create_credential'}, regex=r'\.scenario\.',
                     forbidden=_NO_EC2_KEYS),
    'ec2-new-keys': Lack({'ec2-new-keys': 'identity:ec2_create_credential'}, _issued_keys,
                         r'\.scenario\.test_ec2', forbidden=_NO_EC2_KEYS, beside='admin'),
    # New projects own no network then.
    'ec2-launches': Lack({'ec2-launches': 'networks of its own'},
                         _set('auth', create_isolated_networks='false'),
                         r'\.scenario\.test_ec2'),
    'metadata': Lack(
        {'metadata': '(metadata_url|metadata_proxy_shared_secret) not set'},
        _unset('ec2attrs', 'metadata_url', 'metadata_proxy_shared_secret'), 'metadata'),
    'ec2-metadata': Lack({'ec2-metadata': 'ec2_metadata_url is not set'},
                         _unset('ec2attrs', 'ec2_metadata_url'), 'metadata'),
    'kernel-image': Lack(
        {'kernel-image': 'kernel_ramdisk_image_ref names no image'},
        _unset('ec2attrs', 'kernel_ramdisk_image_ref'),
        r'test_boots|test_server_rebuilds|\.scenario\.test_(reservation|metadata)_agreement'),
    'second-image': Lack({'second-image': 'image_ref_alt names no other'},
                         _unset('compute', 'image_ref_alt'), 'test_server_rebuilds'),
    # Tempest has a default for the second one.
    'second-flavor': Lack({'second-flavor': 'flavor_ref_alt names no other'},
                          _set('compute', flavor_ref_alt='1'), 'test_server_life'),
}


def measure(bench: Bench, everything: bool) -> tuple[dict[str, set[str]], list[str]]:
    """Return what tests need, by their ids, and what was wrong."""
    tests = bench.tests()
    found: dict[str, set[str]] = {test.id: set() for test in tests}
    wrong: list[str] = []
    for name, lack in LACKS.items():
        ids = [each for each in found if everything or re.search(lack.regex, each)]
        outcomes = bench.run(name, [lack.change], ids, lack.hidden,
                             1 if name in _ONE_ACCOUNT else 2, lack.forbidden)
        for outcome in outcomes:
            needed = _matching(lack, outcome)
            if outcome.id in found and needed:
                found[outcome.id] |= needed
            elif not outcome.clean and not (
                    lack.beside and _matching(LACKS[lack.beside], outcome)):
                wrong.append(f'without {name}: {outcome.reported} {outcome.id}: '
                             f'{outcome.message}')
        wrong.extend(f'without {name}: no outcome of {each}'
                     for each in sorted(set(ids) - {outcome.id for outcome in outcomes}))
    for test_id, version in microversions(bench, list(found), wrong).items():
        if version != LOWEST:
            found[test_id].add(f'{needs.MICROVERSION}{version}')
    return found, wrong


def _matching(lack: Lack, outcome: Outcome) -> set[str]:
    """Return the needs that the coded reason of a skip stands for."""
    return {need for need, why in lack.why.items()
            if CODED.match(outcome.message) and re.search(why, outcome.message)}


def microversions(bench: Bench, ids: list[str], wrong: list[str]) -> dict[str, str]:
    """Return the newest microversion of Nova that tests need at least, by their ids."""
    needed: dict[str, str] = {}
    asked = {LOWEST: ids}
    while asked:
        version = min(asked, key=lambda text: [int(part) for part in text.split('.')])
        wanted = asked.pop(version)
        for outcome in bench.run(f'microversion-{version}',
                                 [_set('compute', max_microversion=version)], wanted):
            skipped = MICROVERSION.search(outcome.message)
            if outcome.reported is Reported.SKIP and skipped:
                asked.setdefault(skipped[1], []).append(outcome.id)
            elif outcome.clean:
                needed[outcome.id] = version
            else:
                wrong.append(f'with {version}: {outcome.reported} {outcome.id}: '
                             f'{outcome.message}')
    return needed


def main() -> int:
    """Measure, write the file, and tell what was wrong; 1 if anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('directory', type=Path)
    parser.add_argument('--port-offset', type=int, default=0)
    parser.add_argument('--all', action='store_true', help='leave no test out of any run')
    parser.add_argument('--output', type=Path, default=needs.FILE)
    args = parser.parse_args()
    directory = args.directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    cloud = ReferenceCloud(directory / 'cloud', args.port_offset)
    ours = not cloud.is_running()
    if ours:
        cloud.up(progress=print)
    try:
        found, wrong = measure(Bench(directory, cloud), args.all)
    finally:
        if ours:
            cloud.down()
    args.output.write_text(needs.dumped(found))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
