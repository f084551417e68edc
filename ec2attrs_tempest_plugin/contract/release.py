"""Which suite this is: its version, and a digest of what decides what its tests find."""

import functools
import hashlib
import importlib.metadata
from pathlib import Path

import ec2attrs_tempest_plugin

PACKAGE = 'ec2attrs-tempest-plugin'
# The digest is of these: the rest of the package only judges and shows what they say.
_ROOMS = ('contract', 'schemas', 'clients', 'tests')


def version() -> str:
    """Return the version of the installed package."""
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return 'unknown (not installed)'


@functools.cache
def suite() -> str:
    """Return the version with a digest of the source of the tests: ``1.0+3f2a91c0d1e2``.

    Two that are alike have the same tests, whatever was changed since the version was made.
    """
    package = Path(ec2attrs_tempest_plugin.__file__).parent
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((package / room).rglob('*.py')):
            digest.update(f'{path.relative_to(package).as_posix()}\0'.encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f'{version()}+{digest.hexdigest()[:12]}'


def alike(one: str, other: str) -> bool:
    """Say whether two that have the same version have the same tests; True for two versions."""
    first, second = (each.rpartition('+') for each in (one, other))
    return first[0] != second[0] or first[2] == second[2]
