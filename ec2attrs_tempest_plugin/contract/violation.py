"""How a broken requirement is said: one line first, the same everywhere.

``EC2A-023 GET /servers/detail 2.3 admin: launch_index of reservation r-8k2x9qwe:
expected 0, 1, 2; seen 0, 0, 0 [req-6c1f..., req-91ab...]``
"""

from collections.abc import Iterable, Sequence
import dataclasses
import json
from typing import Any, Protocol

# Cloud's answers are untrusted: a message quotes no more of a value than this.
MAX_QUOTED = 120


class Absent:
    """What is seen where a key is not there at all."""

    def __repr__(self) -> str:
        return 'absent'


ABSENT = Absent()


def quote(value: Any, *, sensitive: bool = False) -> str:
    """Return a value on one line, bounded, without control characters.

    A sensitive value is described by type and length, never shown.
    """
    if isinstance(value, Absent):
        return 'absent'
    if isinstance(value, Words):
        return _printable(str(value))
    if sensitive and value is not None:
        kind = type(value).__name__
        size = f' of {len(value)} characters' if isinstance(value, str) else ''
        return f'{kind}{size} (not shown)'
    if isinstance(value, list | tuple):
        return _bounded(', '.join(quote(item) for item in value[:MAX_QUOTED]) or 'nothing')
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = repr(value)
    return _bounded(_printable(text))


def _printable(text: str) -> str:
    return ''.join(c if c.isprintable() else '\\u%04x' % ord(c) for c in text)


def _bounded(text: str) -> str:
    if len(text) <= MAX_QUOTED:
        return text
    return f'{text[:MAX_QUOTED]}... ({len(text)} characters)'


def same(expected: Any, seen: Any) -> bool:
    """Say whether two values are the same JSON: true is not 1, and 1 is not 1.0."""
    if type(expected) is not type(seen):
        return False
    if isinstance(expected, dict):
        return expected.keys() == seen.keys() and all(
            same(expected[key], seen[key]) for key in expected)
    if isinstance(expected, list | tuple):
        return len(expected) == len(seen) and all(map(same, expected, seen))
    return bool(expected == seen)


class Words(str):
    """An expectation in words, to be printed without quotation marks."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True)
class Violation:
    """One requirement broken once.

    :ivar requirement: id of the requirement.
    :ivar source: who was asked what: call, microversion, role.
    :ivar attribute: the attribute that is wrong.
    :ivar subject: the server, reservation or volume that has it.
    :ivar request_ids: of the answers in which it was seen.
    """

    requirement: str
    source: str
    attribute: str
    subject: str
    expected: Any
    seen: Any
    request_ids: tuple[str, ...] = ()
    sensitive: bool = False

    def __str__(self) -> str:
        of = f' of {_bounded(_printable(self.subject))}' if self.subject else ''
        ids = _bounded(_printable(', '.join(self.request_ids)))
        return (f'{self.requirement} {self.source}: {_bounded(_printable(self.attribute))}{of}: '
                f'expected {quote(self.expected, sensitive=self.sensitive)}; '
                f'seen {quote(self.seen, sensitive=self.sensitive)}'
                + (f' [{ids}]' if ids else ''))


    def parts(self) -> dict[str, Any]:
        """Return the same in parts, each text that may be shown, bounded."""
        return {
            'requirement': self.requirement, 'source': _bounded(_printable(self.source)),
            'attribute': _bounded(_printable(self.attribute)),
            'subject': _bounded(_printable(self.subject)),
            'expected': quote(self.expected, sensitive=self.sensitive),
            'seen': quote(self.seen, sensitive=self.sensitive),
            'request_ids': [_bounded(_printable(each)) for each in self.request_ids[:20]]}


class Said(Protocol):
    """An answer in which something was seen."""

    @property
    def source(self) -> str:
        """Who was asked what."""

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The ids of the request in the cloud's logs."""


class ContractViolation(AssertionError):
    """A cloud broke the contract; one line for each violation."""

    # More lines than this help nobody; the number of the others is said.
    MAX_LINES = 20

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations: Sequence[Violation] = tuple(violations)
        lines = [str(violation) for violation in self.violations[:self.MAX_LINES]]
        if len(self.violations) > self.MAX_LINES:
            lines.append(f'... and {len(self.violations) - self.MAX_LINES} more violations')
        super().__init__('\n'.join(lines))
