"""Where what a bundle says differs from what is computed, in words."""

from collections.abc import Iterator, Mapping, Sequence
import json
from typing import Any

from ec2attrs_tempest_plugin.certification import text


def of_results(claimed: Mapping[str, Any], computed: Mapping[str, Any]) -> Iterator[str]:
    """Yield where result.json says otherwise than what is computed."""
    for key in sorted(claimed.keys() | computed.keys()):
        if key == 'tests':
            yield from _of_tests(claimed.get(key), computed[key])
        elif not same(claimed.get(key), computed.get(key)):
            if key not in ('verdict', 'profile', 'challenge', 'guideline'):
                yield f'{text.plain(key, 40)} in result.json is not what is computed'
                continue
            yield (f'{key} in result.json is {_short(claimed.get(key))}; computed '
                   f'{_short(computed.get(key))}')


def _of_tests(claimed: Any, computed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not isinstance(claimed, list) or not all(
            isinstance(each, dict) and isinstance(each.get('id'), str) for each in claimed):
        yield 'tests in result.json is no list of tests'
        return
    if len({each['id'] for each in claimed}) != len(claimed):
        yield 'a test is twice in result.json'
    said = {each['id']: each for each in claimed}
    for each in computed:
        other = said.pop(each['id'], None)
        if other is None:
            yield f'the test {each["name"]} is not in result.json'
        elif not same(other, each):
            key = next((key for key in each if not same(other.get(key), each[key])),
                       'a further key')
            yield (f'{key} of the test {each["name"]} in result.json is '
                   f'{_short(other.get(key))}; computed {_short(each.get(key))}')
    if said:
        yield f'the test {text.plain(min(said), 80)} of result.json is not in the run'


def of_digests(left: Mapping[str, str], right: Mapping[str, str], what: str) -> Iterator[str]:
    """Yield which file is in one list and not in the other, or has another digest there."""
    for name in sorted(left.keys() | right.keys()):
        if name not in right:
            yield f'{what}: {text.plain(name, 80)} is listed and not there'
        elif name not in left:
            yield f'{what}: {text.plain(name, 80)} is there and not listed'
        elif left[name] != right[name]:
            yield f'{what}: {text.plain(name, 80)} has another content'


def _short(value: Any) -> str:
    return text.plain(json.dumps(value, sort_keys=True, default=str), 120)


def same(left: Any, right: Any) -> bool:
    """Say whether two values are written alike in JSON, where 0 is not false."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
