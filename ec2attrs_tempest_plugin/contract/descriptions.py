"""Two descriptions of the same thing, and where they differ."""

from collections.abc import Iterator, Mapping
from typing import Any

from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import same


def unlike(expected: Any, seen: Any, path: str = '') -> Iterator[tuple[str, Any, Any]]:
    """Yield each path at which two values in boto3's form differ, with both values.

    Lists are compared item by item, in an order that does not depend on the answer's.
    """
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        for key in sorted({*expected, *seen}, key=str):
            yield from unlike(expected.get(key, ABSENT), seen.get(key, ABSENT),
                              f'{path}.{key}'.lstrip('.'))
    elif (isinstance(expected, list) and isinstance(seen, list)
          and len(expected) == len(seen)):
        for one, other in zip(sorted(expected, key=_order), sorted(seen, key=_order),
                              strict=True):
            yield from unlike(one, other, path)
    elif not same(expected, seen):
        yield path, expected, seen


def _order(value: Any) -> str:
    """Return what a value is sorted by: its text, keys in an order of their own."""
    if isinstance(value, Mapping):
        return repr(sorted((str(key), _order(each)) for key, each in value.items()))
    return repr(value)
