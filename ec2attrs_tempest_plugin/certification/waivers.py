"""Waivers: failures that a certifier has let pass for a product, for a time.

A waiver is bound to a test, a product, an attribute and what was seen, and it expires. It stands
in a file of the certifier's, in JSON::

    {"schema": "ec2attrs-waivers/1",
     "waivers": [{"test": "id-5b7b2f0e-...", "product": "Example Cloud",
                  "attribute": "launch_index", "seen": "0, 0, 0", "issued": "2026-11-01",
                  "expires": "2027-05-01", "reason": "...", "link": "https://..."}]}
"""

from collections.abc import Mapping, Sequence
import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any

from ec2attrs_tempest_plugin.certification import text

SCHEMA = 'ec2attrs-waivers/1'
#: For so long a waiver holds at most.
LONGEST = datetime.timedelta(days=366)
#: So long before its end a waiver is warned of.
SOON = datetime.timedelta(days=30)
# In bytes.
MAX_SIZE = 1024 * 1024

_KEYS = ('test', 'product', 'attribute', 'seen', 'issued', 'expires', 'reason', 'link')


class WaiverError(Exception):
    """The waivers cannot be used; the message says why."""


@dataclasses.dataclass(frozen=True)
class Waiver:
    """A failure that is let pass.

    :ivar test: idempotent id.
    :ivar seen: what the failure says that was seen, to the letter.
    """

    test: str
    product: str
    attribute: str
    seen: str
    issued: datetime.date
    expires: datetime.date
    reason: str
    link: str

    def covers(self, test: str, product: str, violation: Mapping[str, Any]) -> bool:
        """Say whether it is about this violation in a test of a product, expired or not."""
        return (self.test == test and self.product.casefold() == product.casefold()
                and self.attribute == violation.get('attribute')
                and self.seen == violation.get('seen'))

    def expired(self, on: datetime.date) -> bool:
        """Say whether its last day is over."""
        return on > self.expires


def load(path: Path) -> bytes:
    """Return the content of a file of waivers.

    :raises WaiverError: when it cannot be read.
    """
    try:
        with open(path, 'rb') as source:
            return source.read(MAX_SIZE + 1)
    except OSError as error:
        raise WaiverError(f'the waivers {path.name} cannot be read: {error.strerror}') from error


def parse(content: bytes) -> Sequence[Waiver]:
    """Return the waivers of a document.

    :raises WaiverError: when it is none, or a waiver is not bound to all that it has to be.
    """
    if len(content) > MAX_SIZE:
        raise WaiverError('the waivers are too large')
    try:
        document = json.loads(content)
        if document['schema'] != SCHEMA:
            raise WaiverError(f'the waivers do not have the schema {SCHEMA}')
        return [_waiver(number, each) for number, each in enumerate(document['waivers'], 1)]
    except (ValueError, RecursionError):
        raise WaiverError('the waivers are no JSON') from None
    except (KeyError, TypeError, AttributeError):
        raise WaiverError(f'the waivers are not an object with schema and waivers, each of '
                          f'these with {", ".join(_KEYS)}') from None


def _waiver(number: int, given: Mapping[str, Any]) -> Waiver:
    values = {key: given[key] for key in _KEYS}
    if missing := [key for key in _KEYS
                   if not isinstance(values[key], str) or not values[key].strip()]:
        raise WaiverError(f'waiver {number} has no {", ".join(missing)}')
    try:
        days = {key: datetime.date.fromisoformat(values[key]) for key in ('issued', 'expires')}
    except ValueError:
        raise WaiverError(f'waiver {number}: issued and expires are days, '
                          f'as 2027-05-01') from None
    if not datetime.timedelta() <= days['expires'] - days['issued'] <= LONGEST:
        raise WaiverError(f'waiver {number} has to expire within {LONGEST.days} days after it '
                          f'was issued')
    return Waiver(
        test=text.plain(values['test']).removeprefix('id-'),
        product=text.plain(values['product']), attribute=text.plain(values['attribute']),
        seen=text.plain(values['seen']), issued=days['issued'], expires=days['expires'],
        reason=text.plain(values['reason']), link=text.plain(values['link']))
