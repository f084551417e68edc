"""The guideline: which tests a cloud has to pass, in the layout of the interop guidelines.

Components have capabilities, which are required or advisory and hold tests by their idempotent
ids; a platform of the name of a profile says which components count. Names are for people.
The layout: https://opendev.org/openinfra/interop, doc/source/schema/2.0.rst.
"""

from collections.abc import Mapping
import dataclasses
import functools
import hashlib
import json
from pathlib import Path
import re
from typing import Any

from ec2attrs_tempest_plugin.certification import text

#: The profiles: with an administrator's credentials at hand, and without.
PROFILES = ('operator', 'tenant')
#: The guideline that is used when none is given.
CURRENT = '2026.11'
# In bytes.
MAX_SIZE = 4 * 1024 * 1024

_ID = re.compile(r'id-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})')
_HERE = Path(__file__).parent / 'guidelines'


class GuidelineError(Exception):
    """The guideline cannot be used; the message says why."""


@dataclasses.dataclass(frozen=True)
class Capability:
    """What a cloud can do, shown by its tests.

    :ivar admin: whether it takes an administrator, or what only an operator knows, to test it.
    """

    name: str
    description: str
    required: bool
    admin: bool


@dataclasses.dataclass(frozen=True)
class Demand:
    """A test of a capability.

    :ivar id: its idempotent id.
    :ivar name: as it was called when the guideline was written.
    """

    id: str
    name: str
    capability: Capability

    @property
    def required(self) -> bool:
        """Whether a cloud has to pass it."""
        return self.capability.required


@dataclasses.dataclass(frozen=True)
class Guideline:
    """A guideline as it was read.

    :ivar content: the document, byte for byte.
    :ivar advisory: ids of the requirements that a stock service is known to break.
    """

    id: str
    content: bytes
    advisory: frozenset[str]
    _profiles: Mapping[str, Mapping[str, Demand]]

    @property
    def sha256(self) -> str:
        """The digest of the document."""
        return hashlib.sha256(self.content).hexdigest()

    def demands(self, profile: str) -> Mapping[str, Demand]:
        """Return the tests of a profile by their idempotent ids.

        :raises GuidelineError: when the guideline does not have the profile.
        """
        if profile not in self._profiles:
            raise GuidelineError(f'the guideline {self.id} has no profile '
                                 f'{text.plain(profile, 40)}')
        return self._profiles[profile]


@functools.cache
def published(guideline_id: str = CURRENT) -> Guideline:
    """Return a guideline that comes with this version of the suite.

    :raises GuidelineError: when there is none of that id.
    """
    if not re.fullmatch(r'\d{4}\.\d{2}', guideline_id):
        raise GuidelineError(f'{text.plain(guideline_id, 40)} is no id of a guideline')
    return load(_HERE / f'{guideline_id}.json')


def load(path: Path) -> Guideline:
    """Return the guideline of a file.

    :raises GuidelineError: when it cannot be read or is none.
    """
    try:
        if path.stat().st_size > MAX_SIZE:
            raise GuidelineError(f'{path.name} is too large for a guideline')
        return parse(path.read_bytes())
    except OSError as error:
        raise GuidelineError(f'the guideline {path.name} cannot be read: '
                             f'{error.strerror}') from error


def parse(content: bytes) -> Guideline:
    """Return the guideline that a document is.

    :raises GuidelineError: when it is none.
    """
    try:
        return _read(json.loads(content), content)
    except (ValueError, RecursionError):
        raise GuidelineError('the guideline is no JSON') from None
    except (KeyError, TypeError, AttributeError) as error:
        raise GuidelineError(f'the guideline is not laid out as one: '
                             f'{type(error).__name__} {text.plain(str(error), 80)}') from None


def _read(document: Mapping[str, Any], content: bytes) -> Guideline:
    metadata = document['metadata']
    if metadata['schema'] != '2.0':
        raise GuidelineError(f'the guideline has the schema '
                             f'{text.plain(str(metadata["schema"]), 40)}; 2.0 can be read')
    components: dict[str, dict[str, Demand]] = {}
    seen: set[str] = set()
    for name, component in document['components'].items():
        components[name] = {}
        for status, names in component['capabilities'].items():
            if status not in ('required', 'advisory', 'deprecated', 'removed'):
                raise GuidelineError(f'a capability cannot be {text.plain(status, 40)}')
            # What is deprecated holds until it is removed.
            for capability in ([] if status == 'removed' else names):
                found = _demands(capability, document['capabilities'][capability],
                                 status in ('required', 'deprecated'))
                if twice := seen & found.keys():
                    raise GuidelineError(f'the guideline has {min(twice)} twice')
                seen |= found.keys()
                components[name] |= found
    profiles = {
        name: {key: demand for part in platform['components']
               for key, demand in components[part['name']].items()}
        for name, platform in document['platforms'].items()}
    if not all(any(demand.required for demand in each.values()) for each in profiles.values()):
        raise GuidelineError('the guideline has a profile that requires no test')
    return Guideline(text.plain(str(metadata['id']), 40), content,
                     frozenset(map(str, metadata.get('advisory_requirements', ()))), profiles)


def _demands(name: str, body: Mapping[str, Any], required: bool) -> dict[str, Demand]:
    capability = Capability(text.plain(name, 80), text.plain(body['description']), required,
                            body['admin'] is True)
    found: dict[str, Demand] = {}
    for test, facts in body['tests'].items():
        match = _ID.fullmatch(facts['idempotent_id'])
        if match is None or match[1] in found:
            raise GuidelineError(f'{text.plain(test)} has no idempotent id of its own')
        found[match[1]] = Demand(match[1], text.plain(test), capability)
    return found
