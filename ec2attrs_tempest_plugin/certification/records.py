"""The evidence that tests attach to the stream of results, unpacked within bounds."""

from collections.abc import Iterator, Mapping
import json
from typing import Any
import zlib

from ec2attrs_tempest_plugin.certification.stream import Outcome

# Of one test, unpacked, in bytes.
_LIMIT = 64 * 1024 * 1024
#: What is kept of an exchange, in this order.
KEYS = ('service', 'source', 'status', 'request_id', 'seconds', 'repeated', 'waited', 'at',
        'asked', 'answered')
# Of exchanges that an older suite recorded.
_DEFAULTS: Mapping[str, Any] = {'repeated': 0, 'waited': 0.0}
#: What each stream has to say of itself.
HEAD = ('suite', 'tempest', 'cloud', 'challenge')


def unpacked(outcome: Outcome) -> tuple[Mapping[str, Any] | None, list[dict[str, Any]]]:
    """Return who speaks, None if that is not said, and the exchanges of a test."""
    lines = _lines(outcome.evidence)
    head = next(lines, None)
    if head is None or not all(
            isinstance(head.get(key), str) or key == 'challenge' and head.get(key) is None
            for key in HEAD):
        return None, []
    return ({key: head.get(key) for key in HEAD},
            [{key: each.get(key, _DEFAULTS.get(key)) for key in KEYS} for each in lines])


def _lines(packed: bytes) -> Iterator[dict[str, Any]]:
    try:
        content = zlib.decompressobj(wbits=31).decompress(packed, _LIMIT)
    except zlib.error:
        return
    for line in content.splitlines():
        try:
            parsed = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(parsed, dict):
            return
        yield parsed
