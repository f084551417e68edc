"""Run the suite on the reference cloud in the shapes that real clouds have.

Each shape takes something away from the cloud or from the user: a permission, a network, a quota,
every hundredth response. A correct cloud of any shape is never NOT CONFORMANT, and what a test
misses is named where it is skipped or cannot run::

    python tools/shapes.py --workspace DIRECTORY [--port-offset N] [--list] [--id NAME ...]

With --keep the cloud goes on, and the next call uses it. The exit code is 1 where a shape gave
something else than expected.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import contextlib
import dataclasses
import datetime
import http.server
import ipaddress
import json
from pathlib import Path
import random
import re
import secrets
import ssl
import subprocess
import sys
import threading
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import live_cloud
from live_cloud import Account
from live_cloud import Certify
from live_cloud import LiveCloud
from live_cloud import Options
from live_cloud import say
import shape_extension

from ec2attrs_tempest_plugin.certification import needs
from ec2attrs_tempest_plugin.faults import bed
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.proxy import HOST
from ec2attrs_tempest_plugin.faults.proxy import Proxy
from ec2attrs_tempest_plugin.faults.proxy import Services
from ec2attrs_tempest_plugin.reference_cloud import access

#: Statuses of a test that took nothing away from the verdict.
CLEAN = ('pass', 'advisory', 'waived')
CODED = re.compile('ec2attrs:(?:not-permitted|not-configured|unsupported): ')
NOT_STARTED = 'NOT STARTED'
#: A test that waits for the whole build_timeout waits for what cannot come.
BUILD_TIMEOUT = {'compute': {'build_timeout': '120'}, 'volume': {'build_timeout': '120'}}


@dataclasses.dataclass(frozen=True)
class Expected:
    """What a run has to give; no test may fail.

    :ivar conclusion: on the tests that were run; empty for CONFORMANT or INCOMPLETE.
    :ivar reasons: what the reason of each skip and error matches, empty where there may be none.
    :ivar passes: each test of such a name passes, and there are some.
    :ivar lacks: each test that needs none of these passes, and there are some; the words are
        those of certification/needs.py.
    :ivar slowest: seconds that no test exceeds.
    :ivar printed: what the command prints, for a run that is not started.
    :ivar forecast: what ``ec2attrs preflight`` prints; empty where it is not asked.
    """

    conclusion: str = 'CONFORMANT'
    reasons: str = ''
    passes: str = ''
    lacks: tuple[str, ...] = ()
    slowest: float = 110.0
    printed: str = ''
    forecast: str = ''


class Bench:
    """The cloud, and what can be changed of it for a while."""

    def __init__(self, live: LiveCloud) -> None:
        self.live = live
        self._root = live.cloud.root

    @contextlib.contextmanager
    def policy(self, service: str, rules: Mapping[str, str]) -> Iterator[None]:
        """Close or open what a service permits; services read the file when it changes."""
        path = self._root / 'etc' / service / 'policy.yaml'
        path.write_text(json.dumps(rules))
        try:
            yield
        finally:
            path.write_text('{}')  # without the file Keystone would end

    @contextlib.contextmanager
    def driver(self, shape: Mapping[str, Any]) -> Iterator[None]:
        """Take operations away from Nova's driver, see shape_extension.py."""
        path = self._root / shape_extension.FILE
        path.write_text(json.dumps(shape))
        try:
            yield
        finally:
            path.unlink()

    @contextlib.contextmanager
    def hidden(self, kinds: Sequence[str]) -> Iterator[None]:
        """Take services out of the catalog."""
        keystone: Any = self.live.admin.identity
        services = [each for each in keystone.services() if each.type in kinds]
        for service in services:
            keystone.update_service(service, is_enabled=False)
        try:
            yield
        finally:
            for service in services:
                keystone.update_service(service, is_enabled=True)

    @contextlib.contextmanager
    def elsewhere(self, kind: str) -> Iterator[None]:
        """Move the endpoints of a service into another region."""
        keystone: Any = self.live.admin.identity
        if not any(each.id == 'RegionTwo' for each in keystone.regions()):
            keystone.create_region(id='RegionTwo')
        [service] = keystone.services(type=kind)
        endpoints = list(keystone.endpoints(service_id=service.id))
        for endpoint in endpoints:
            keystone.update_endpoint(endpoint, region_id='RegionTwo')
        try:
            yield
        finally:
            for endpoint in endpoints:
                keystone.update_endpoint(endpoint, region_id=self.live.facts['region'])

    @contextlib.contextmanager
    def useless_type(self, account: Account) -> Iterator[None]:
        """Give a project a default type of volumes for which there is no backend."""
        cinder: Any = self.live.admin.block_storage
        made = cinder.create_type(name=f'nowhere-{secrets.token_hex(2)}',
                                  extra_specs={'volume_backend_name': 'nowhere'})
        path = f'/default-types/{account.project.id}'
        cinder.put(path, json={'default_type': {'volume_type': made.name}},
                   microversion='3.62').raise_for_status()
        try:
            yield
        finally:
            cinder.delete(path, microversion='3.62').raise_for_status()
            cinder.delete_type(made)


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a run is given."""

    conf: Path
    profile: str


SetUp = Callable[[Bench, str, contextlib.ExitStack], Settings]
Meanwhile = Callable[[Bench], contextlib.AbstractContextManager[None]]


def operator(changes: Options | None = None, *meanwhile: Meanwhile) -> SetUp:
    """Return how an operator gets a changed tempest.conf, while the cloud is changed."""
    def set_up(bench: Bench, name: str, stack: contextlib.ExitStack) -> Settings:
        for each in meanwhile:
            stack.enter_context(each(bench))
        return Settings(bench.live.conf(name, changes={**BUILD_TIMEOUT, **(changes or {})}),
                        'operator')
    return set_up


def tenant(*meanwhile: Meanwhile, networks: Mapping[str, Sequence[int]] | None = None,
           network: str = '', roles: Sequence[str] = (), changes: Options | None = None,
           compute: Mapping[str, int] | None = None, volume: Mapping[str, int] | None = None,
           of_account: Callable[[Bench, Account, contextlib.ExitStack], Options] | None = None,
           ) -> SetUp:
    """Return how a tenant gets a tempest.conf, in a new project, while the cloud is changed.

    :param of_account: returns further options once there is an account.
    """
    def set_up(bench: Bench, name: str, stack: contextlib.ExitStack) -> Settings:
        live = bench.live
        own = f'{name}-{secrets.token_hex(2)}'
        project = live.project(own, {'private': (4,)} if networks is None else networks, network,
                               compute, volume)
        account = live.account(project, own, *roles)
        more = of_account(bench, account, stack) if of_account else {}
        for each in meanwhile:
            stack.enter_context(each(bench))
        return Settings(live.conf(name, account, {**BUILD_TIMEOUT, **(changes or {}), **more}),
                        'tenant')
    return set_up


def policy(service: str, rule: str, check: str) -> Meanwhile:
    """Return a change of what a service permits."""
    return lambda bench: bench.policy(service, {rule: check})


def driver(**shape: Any) -> Meanwhile:
    """Return a change of Nova's driver."""
    return lambda bench: bench.driver(shape)


def keys_of_the_operator(bench: Bench, account: Account,
                         stack: contextlib.ExitStack) -> Options:
    """Return the options that name EC2 keys, made before nobody may make any."""
    access_key, secret = bench.live.ec2_keys(account)
    return {'ec2attrs': {'ec2_access_key': access_key, 'ec2_secret_key': secret}}


def named_type(bench: Bench, account: Account, stack: contextlib.ExitStack) -> Options:
    """Return the option that names the only type of volumes that is of use."""
    stack.enter_context(bench.useless_type(account))
    return {'volume': {**BUILD_TIMEOUT['volume'],
                       'volume_type': bench.live.facts['volume_type']}}


# What comes in place of some responses


class Limiter:
    """Says of each request whether it comes too early.

    :param rate: requests per second.
    :param burst: so many may come at once.
    """

    def __init__(self, rate: float, burst: int,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._seen = float(burst), clock()
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """Return 'later', '' for what comes in time."""
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._seen) * self._rate)
            self._seen = now
            if self._left < 1:
                return 'later'
            self._left -= 1
            return ''


class Chance:
    """Says of each request what happens to it, by chance.

    :param later: how many of a hundred come too early.
    :param reset: of how many of a hundred the connection is reset.
    """

    def __init__(self, later: float, reset: float, seed: int = 1) -> None:
        self._later, self._reset = later / 100, reset / 100
        self._random = random.Random(seed)  # noqa: S311 - the same each time
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """Return 'later', 'reset', or '' for nothing."""
        with self._lock:
            drawn = self._random.random()
        return ('later' if drawn < self._later else
                'reset' if drawn < self._later + self._reset else '')


class Troubled(Proxy):
    """A proxy that does not hand all requests to the services.

    :param trouble: says what happens to a request: 'later', 'reset', or '' for nothing.
    :ivar seen: how often it said what.
    """

    def __init__(self, origins: Mapping[str, str], trouble: Callable[[], str],
                 services: Services | None = None) -> None:
        self._trouble = trouble
        self.seen: Counter[str] = Counter()
        super().__init__(services or Services(origins), origins)

    def pass_on(self, service: str, method: str, target: str, headers: Mapping[str, str],
                body: bytes | Iterable[bytes]) -> Any:
        """Return the service's response, or what comes in its place."""
        trouble = self._trouble()
        self.seen[trouble] += 1
        if not trouble:
            return super().pass_on(service, method, target, headers, body)
        if not isinstance(body, bytes):
            for _ in body:  # the next request of the connection is behind it
                continue
        if trouble == 'reset':
            broken = Answered(200, {}, b'')
            broken.delivery = lambda connection: connection.reset()
            return broken
        return Answered(429, {'Content-Type': 'application/json', 'Retry-After': '1'}, json.dumps({
            'overLimit': {'code': 429, 'message': 'This request was rate-limited.'}}).encode())


def behind(trouble: Callable[[], Callable[[], str]]) -> SetUp:
    """Return how an operator's requests get into trouble, and nobody else's."""
    def set_up(bench: Bench, name: str, stack: contextlib.ExitStack) -> Settings:
        endpoints = bench.live.facts['endpoints']
        origins = {service: endpoints[endpoint] for service, endpoint in bed.SERVICES.items()}
        proxy = Troubled(origins, trouble())
        stack.callback(proxy.close)
        stack.callback(lambda: say(f'  {name}: ' + ', '.join(
            f'{number} {what or "passed on"}' for what, number in proxy.seen.items())))
        text = access.tempest_conf(bench.live.cloud)
        for service, address in proxy.addresses.items():
            text = text.replace(origins[service], address)
        return Settings(bench.live.conf(name, text=text), 'operator')
    return set_up


def untrusted(bench: Bench, name: str, stack: contextlib.ExitStack) -> Settings:
    """Return a tempest.conf of a Keystone whose certificate nobody has signed."""
    server = http.server.HTTPServer((HOST, 0), http.server.BaseHTTPRequestHandler)
    stack.callback(server.server_close)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(bench.live.directory))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stack.callback(server.shutdown)
    return Settings(bench.live.conf(name, changes={'identity': {
        'uri_v3': f'https://{HOST}:{server.server_address[1]}/v3'}}), 'operator')


def _certificate(directory: Path) -> Path:
    """Return a file with a key and a certificate that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), now,
        now + datetime.timedelta(days=1)).add_extension(x509.SubjectAlternativeName(
            [x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False).sign(
                key, hashes.SHA256())
    path = directory / 'self-signed.pem'
    access.write_private(path, (key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()) + certificate.public_bytes(
            serialization.Encoding.PEM)).decode())
    return path


@dataclasses.dataclass(frozen=True)
class Shape:
    """One shape of a cloud.

    :ivar what: it is, in words.
    :ivar set_up: makes it, and a tempest.conf for it.
    :ivar regex: the tests that are run.
    """

    what: str
    set_up: SetUp
    regex: str
    expected: Expected
    concurrency: int = 2


# Tests that need one operation of the driver each, as their names have it.
_OPERATIONS = {'pause': None, 'suspend': 'no suspension here', 'rescue': 'no rescue here',
               'snapshot': 'no snapshots here', 'migrate_disk_and_power_off': 'no resize here'}
_FLAGS: Options = {'compute-feature-enabled': dict.fromkeys(
    ('pause', 'suspend', 'rescue', 'snapshot', 'resize', 'shelve'), 'false')}
_ALL_FLAGS: Options = {'compute-feature-enabled': dict.fromkeys(
    ('pause', 'suspend', 'rescue', 'snapshot', 'resize', 'shelve'), 'true')}
_NO_KEYS = policy('keystone', 'identity:ec2_create_credential', '!')

#: Each shape by its name. What is expected is what the suite does to a correct cloud.
SHAPES: Mapping[str, Shape] = {
    'limiter': Shape(
        '10 requests a second with a burst of 20, then 429 with Retry-After',
        behind(lambda: Limiter(10, 20)), 'test_queries|test_roles|test_boots|test_microversions',
        Expected(slowest=300)),
    'flaky': Shape(
        '1 % of the responses are 429 and 1 % of the connections are reset',
        behind(lambda: Chance(1, 1)),
        'test_boots|test_roles|test_server_life|test_queries|test_ec2_launches', Expected()),
    'wrong-password': Shape(
        'the password of the administrator is wrong', operator({'auth': {
            'admin_password': 'wrong'}}), 'test_boots',
        Expected(NOT_STARTED, printed='admin.*password|password.*admin|401')),
    'untrusted-certificate': Shape(
        'the certificate of Keystone is not trusted', untrusted, 'test_boots',
        Expected(NOT_STARTED, printed='certificate.*ca_certificates_file')),
    'features-declared': Shape(
        'a driver without pause, rescue and more, as [compute-feature-enabled] says',
        operator(_FLAGS, driver(failing=_OPERATIONS)), 'test_server_life',
        Expected('INCOMPLETE', reasons=r'\[compute-feature-enabled\] '
                 '(pause|suspend|rescue|snapshot|resize|shelve)', passes='reboot|stop|rename')),
    'features-undeclared': Shape(
        'the same driver, and [compute-feature-enabled] says nothing of it',
        operator(_ALL_FLAGS, driver(failing=_OPERATIONS)), 'test_server_life',
        Expected('INCOMPLETE', reasons='(?i)pause|suspend|rescue|snapshot|createImage|resize|'
                                       'shelve', passes='reboot|stop|rename|lock|deletion')),
    'unshelve-forbidden': Shape(
        'only an administrator may unshelve a server', operator(
            {'compute-feature-enabled': {'shelve': 'true'}},
            policy('nova', 'os_compute_api:os-shelve:unshelve', 'rule:context_is_admin')),
        'test_server_life', Expected('INCOMPLETE', reasons='unshelve|compute-feature-enabled',
                                     passes='reboot|stop|pause|suspend|rename')),
    'ec2-in-another-region': Shape(
        'the catalog has EC2 in another region alone', operator(
            None, lambda bench: bench.elsewhere('ec2')), 'test_ec2_wire|test_boots',
        Expected('INCOMPLETE', reasons='not-configured:.*RegionOne', lacks=('ec2',),
                 forecast='(?s)EC2.*RegionOne')),
    'two-networks': Shape(
        "two networks in a tenant's project", tenant(networks={'a': (4,), 'b': (4,)}),
        'test_ec2_launches|test_boots|test_reservation_agreement',
        Expected('INCOMPLETE', reasons='(?i)network', passes='test_boots|_agreement',
                 forecast='(?i)network')),
    'shared-network': Shape(
        'a tenant has a shared network and none of its own',
        tenant(networks={}, network='shared'),
        'test_ec2_launches|test_boots|test_reservation_agreement',
        Expected('INCOMPLETE', reasons='(?i)network', passes='test_boots|_agreement',
                 forecast='(?i)network')),
    'volumes-forbidden': Shape(
        'a tenant may not create volumes', tenant(policy('cinder', 'volume:create', 'role:admin')),
        'test_boots|test_server_answers|test_volume_attachments',
        Expected('INCOMPLETE', reasons='not-permitted:.*volume', lacks=('volumes',),
                 forecast='(?i)volume')),
    'ec2-keys-forbidden': Shape(
        'a tenant may not create EC2 credentials', tenant(_NO_KEYS),
        'test_boots|test_ec2_wire|test_ec2_access',
        Expected('INCOMPLETE', reasons='not-permitted:.*(ec2_create_credential|ec2_access_key)',
                 lacks=('ec2',), forecast='ec2_access_key')),
    'ec2-keys-of-the-operator': Shape(
        'a tenant may not create EC2 credentials, and was given some',
        tenant(_NO_KEYS, of_account=keys_of_the_operator), 'test_boots|test_ec2_wire',
        Expected('CONFORMANT', passes='test_ec2_wire|test_boots')),
    'quota': Shape(
        'a project of 5 servers and 5 volumes', tenant(
            compute={'instances': 5, 'cores': 5}, volume={'volumes': 5}),
        'test_boots|test_multiple_create|test_volume_boots',
        Expected('INCOMPLETE', reasons='(?i)quota|exceed|limit',
                 forecast='(?i)quota|room')),
    'reader': Shape(
        'the account of a tenant is a reader', tenant(roles=('reader',)),
        'test_boots|test_queries', Expected(
            'INCOMPLETE', reasons='not-permitted', forecast='(?i)role|permit')),
    'ipv6-only': Shape(
        'the network of a tenant has an IPv6 subnet alone', tenant(networks={'six': (6,)}),
        'test_boots|test_ec2_wire|test_reservation_agreement',
        Expected('', reasons='(?i)IPv6|address', passes='test_boots')),
    'no-cinder': Shape(
        'a cloud without Cinder', tenant(
            lambda bench: bench.hidden(['volumev3', 'block-storage']),
            changes={'service_available': {'cinder': 'false'}}),
        r'test_queries|test_volume_attachments|\.scenario\.',
        Expected('INCOMPLETE', reasons='(?i)cinder|volume', lacks=('volumes', 'ec2'))),
    'named-volume-type': Shape(
        'volumes of the default type cannot be made, those of [volume] volume_type can',
        tenant(of_account=named_type), 'test_volume_attachments|test_server_answers',
        Expected('', reasons='(?i)volume', passes='test_volume_attachments')),
    'disks-only-grow': Shape(
        'a driver that rejects a smaller disk, and a larger one in [compute] flavor_ref_alt',
        operator({'compute-feature-enabled': {'resize': 'true'}}, driver(grows_only=True)),
        'test_server_life.*resize|test_life_agreement', Expected(passes='resize')),
}


def conclusion(result: Mapping[str, Any]) -> str:
    """Return the verdict on the tests that were run, whatever else the guideline has."""
    verdict = str(result['verdict']['conclusion'])
    tests = [test for test in live_cloud.planned(result) if test['required']]
    if verdict != 'INCOMPLETE' or any(test['status'] not in CLEAN for test in tests):
        return verdict
    return 'CONFORMANT' if tests else verdict


def differences(expected: Expected, result: Mapping[str, Any], printed: str) -> list[str]:
    """Return in words what a run gave that was not expected."""
    if expected.conclusion == NOT_STARTED:
        if result:
            return [f'it was started: {conclusion(result)}']
        return [] if re.search(expected.printed, printed) else [f'it printed: {printed[-300:]}']
    if not result:
        return [f'there is no result: {printed[-300:]}']
    tests = live_cloud.planned(result)
    wrong = Counter((test['status'], test['detail'][:200]) for test in tests
                    if test['status'] not in CLEAN and not _as_expected(expected, test))
    found = [f'{number} {status}: {detail}' for (status, detail), number in wrong.items()]
    if expected.passes or expected.lacks:
        wanted = [test for test in tests if _must_pass(expected, test)]
        found += [f'{test["status"]} {_short(test)}, which needs nothing that is missing'
                  for test in wanted if test['status'] not in CLEAN]
        if not wanted:
            found.append('no test was run that must pass')
    found += [f'{_short(test)} took {test["seconds"]:.0f} s' for test in tests
              if (test['seconds'] or 0) > expected.slowest]
    found += [f'problem: {problem}' for problem in result['problems']]
    seen = conclusion(result)
    if seen not in ((expected.conclusion,) if expected.conclusion else (
            'CONFORMANT', 'INCOMPLETE')):
        found.insert(0, f'{seen}, expected {expected.conclusion or "no failure"}')
    return found


def _as_expected(expected: Expected, test: Mapping[str, Any]) -> bool:
    """Say whether it is right that a test did not pass."""
    if test['status'] not in ('skip', 'error') or not expected.reasons:
        return False
    return bool(re.search(expected.reasons, test['detail'])) and bool(
        test['status'] == 'error' or CODED.match(test['detail']))


def _must_pass(expected: Expected, test: Mapping[str, Any]) -> bool:
    if expected.passes and re.search(expected.passes, test['name']):
        return True
    known = needs.load().get(test['id'])
    return bool(expected.lacks) and known is not None and set(
        expected.lacks).isdisjoint(known.needs)


def _short(test: Mapping[str, Any]) -> str:
    return '.'.join(str(test['name']).rsplit('.', 3)[-3:])


def run(bench: Bench, name: str, shape: Shape, regex: str) -> list[str]:
    """Run the tests of a shape, print a line, and return what was not as expected."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        settings = shape.set_up(bench, name, stack)
        forecast = _preflight(settings) if shape.expected.forecast else ''
        certify = stack.enter_context(Certify(
            settings.conf, bench.live.directory / name, '--profile', settings.profile,
            '--regex', regex or shape.regex, '--concurrency',
            str(shape.concurrency if settings.profile == 'operator' else 1)))
        code = certify.wait()
        printed, result = certify.log.read_text(errors='replace'), certify.result()
    found = differences(shape.expected, result, printed)
    if not re.search(shape.expected.forecast, forecast):
        found.append(f'preflight does not say {shape.expected.forecast}: '
                     f'{" ".join(forecast.split())[-300:]}')
    statuses = Counter(test['status'] for test in live_cloud.planned(result))
    counts = ' '.join(f'{statuses[each]} {each}' for each in ('fail', 'error', 'skip', 'pass'))
    verdict = conclusion(result) if result else f'{NOT_STARTED} ({code})'
    say(f'{name}: {verdict}; {counts}; {time.monotonic() - started:.0f} s; '
        f'{"; ".join(found[:2]) if found else "ok"}')
    for each in found[2:]:
        say(f'    {each}')
    return found


def _preflight(settings: Settings) -> str:
    """Return what ``ec2attrs preflight`` prints."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name('ec2attrs')), 'preflight', '--config-file',
         str(settings.conf), '--profile', settings.profile],
        capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def main() -> int:
    """Start the cloud, run shapes and print what each gave; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workspace', type=Path, metavar='DIR')
    parser.add_argument('--port-offset', type=int, default=0, metavar='N')
    parser.add_argument('--list', action='store_true', help='print the shapes and end')
    parser.add_argument('--id', action='append', choices=SHAPES, metavar='NAME', default=[],
                        help='a shape to run, by default all')
    parser.add_argument('--regex', default='', help='tests to run in place of those of the shape')
    parser.add_argument('--keep', action='store_true', help='leave the cloud running')
    args = parser.parse_args()
    if args.list:
        for name, shape in SHAPES.items():
            say(f'{name:26}{shape.what}')
        return 0
    if args.workspace is None:
        parser.error('give --workspace')
    checks: list[tuple[str, str]] = []
    live_cloud.heed_sigterm()
    try:
        with LiveCloud(args.workspace, args.port_offset, Path(shape_extension.__file__),
                       keep=args.keep) as live:
            bench = Bench(live)
            for name in args.id or SHAPES:
                found = run(bench, name, SHAPES[name], args.regex)
                checks.append((name, '; '.join(found[:3])))
    except KeyboardInterrupt:
        say('Interrupted; the run and the cloud are ended')
        return 130
    return live_cloud.report(checks)


if __name__ == '__main__':
    sys.exit(main())
