"""Look for every secret of a run in everything that the run leaves.

The suite runs on a reference cloud behind a proxy, which takes down each secret that goes over the
wire: tokens, passwords, adminPass, secret keys, signatures, user data. Then all files of the
workspace, the bundle and the streams unpacked, and all that was printed are searched for them.
The logs of the services themselves are left out: they are the cloud's, not the suite's::

    python tools/find_secrets.py DIRECTORY [--port-offset N] [-- ARGUMENTS OF CERTIFY]

Exit code 1 when a secret is found somewhere; it is told which kind and where.
"""

import argparse
import collections
from collections.abc import Iterable, Iterator, Mapping
import contextlib
import io
from pathlib import Path
import re
import subprocess
import sys
import tarfile
import threading
import urllib.parse
import zlib

from ec2attrs_tempest_plugin.faults.bed import LiveBed
from ec2attrs_tempest_plugin.faults.proxy import Stream
from ec2attrs_tempest_plugin.faults.proxy import Upstream

#: Where secrets stand in a request or an answer; what the suite itself takes for one does not
#: matter here.
PATTERNS = {
    'token': rb'(?i)x-(?:auth|subject)-token: ([\w=-]{20,})',
    'adminPass': rb'"adminPass": ?"([^"]+)"',
    'password': rb'"password": ?"([^"]+)"',
    'secret key': rb'"secret": ?"([^"]+)"',
    'access key': rb'"access": ?"([^"]+)"',
    'signature': rb'Signature=([0-9a-f]{64})',
    'signature of the proxy': rb'(?i)x-instance-id-signature: ([0-9a-f]{64})',
    'user data of Nova': rb'"(?:OS-EXT-SRV-ATTR:)?user_data": ?"([^"]+)"',
    'user data of EC2': rb'UserData=([^&]+)'}
# Shorter ones stand in any text.
SHORTEST = 12
GZIP = b'\x1f\x8b\x08'


class Harvest:
    """An upstream that takes down the secrets of what passes."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self.found: dict[str, set[bytes]] = {kind: set() for kind in PATTERNS}

    def ask(self, service: str, method: str, target: str, headers: Mapping[str, str],
            body: bytes | Iterable[bytes]) -> Stream:
        """Return what the services answer."""
        sent = body if isinstance(body, bytes) else b''
        stream = self._upstream.ask(service, method, target, headers, body)
        answered = b''.join(stream.body)
        lines = [f'{name}: {value}' for each in (headers, stream.headers)
                 for name, value in each.items()]
        self._take('\n'.join(lines).encode() + b'\n' + sent + b'\n' + answered)
        return Stream(stream.status, stream.headers, [answered])

    def _take(self, content: bytes) -> None:
        with self._lock:
            for kind, pattern in PATTERNS.items():
                for secret in re.findall(pattern, content):
                    if kind == 'user data of EC2':
                        secret = urllib.parse.unquote_to_bytes(secret.replace(b'+', b' '))
                    if len(secret) >= SHORTEST:
                        self.found[kind].add(secret)


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file and all that is packed in it."""
    yield name, content
    if content[257:262] == b'ustar':
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for member in tar:
                file = tar.extractfile(member)
                yield from unpacked(f'{name}: {member.name}', file.read() if file else b'')
        return
    place = content.find(GZIP)
    while place >= 0:
        with contextlib.suppress(zlib.error):
            yield from unpacked(f'{name}: packed', zlib.decompressobj(wbits=31).decompress(
                content[place:]))
        place = content.find(GZIP, place + 1)


def main() -> int:
    """Run the suite, search, print what was found and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('directory', type=Path)
    parser.add_argument('--port-offset', type=int, default=0)
    given = sys.argv[1:]
    cut = given.index('--') if '--' in given else len(given)
    args, certify = parser.parse_args(given[:cut]), given[cut + 1:]
    root = args.directory.absolute()
    kept: list[Harvest] = []

    def harvest(upstream: Upstream, origins: dict[str, str], secret: str) -> Upstream:
        kept.append(Harvest(upstream))
        kept[0].found['secret of the proxy'] = {secret.encode()}
        return kept[0]

    root.mkdir(parents=True, exist_ok=True)
    with (contextlib.closing(LiveBed(root, args.port_offset, print, harvest)),
          open(root / 'printed.log', 'wb') as printed):
        subprocess.run(
            [sys.executable, '-m', 'ec2attrs_tempest_plugin.cmd.main', 'certify',
             '--config-file', str(root / 'etc' / 'tempest.conf'), '--workspace',
             str(root / 'run'), *certify],
            stdout=printed, stderr=subprocess.STDOUT, check=False)
    files = [each for path in (root / 'printed.log', *sorted((root / 'run').rglob('*')))
             if path.is_file()
             for each in unpacked(str(path.relative_to(root)), path.read_bytes())]
    print((root / 'printed.log').read_text(errors='replace').splitlines()[-1])
    for kind, secrets in kept[0].found.items():
        print(f'{len(secrets):6} x {kind}')
    places = collections.Counter(
        (kind, name) for kind, secrets in kept[0].found.items() for secret in secrets
        for name, content in files if secret in content)
    for (kind, name), number in places.items():
        print(f'FOUND {number} x {kind} in {name}')
    print(f'{sum(map(len, kept[0].found.values()))} secrets, {len(files)} files and parts of '
          f'files: {"found" if places else "none is in any"}')
    return 1 if places or not files else 0


if __name__ == '__main__':
    sys.exit(main())
