"""Two results compared: regressions, fixes, and what is skipped now."""

from collections.abc import Mapping, Sequence
import dataclasses
import json

from ec2attrs_tempest_plugin.certification import text

# The better first.
_GOOD = ('pass', 'advisory')
_FACTS = ('verdict', 'profile', 'guideline', 'cloud', 'product', 'suite')


class ComparisonError(Exception):
    """A bundle holds no result to compare; the message says why."""


@dataclasses.dataclass(frozen=True)
class Results:
    """What is compared of a bundle.

    :ivar tests: name, status and what was said of each test, by its id.
    """

    facts: Mapping[str, str]
    tests: Mapping[str, tuple[str, str, str]]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How two results differ.

    :ivar worse: whether a test that passed does not pass now, or is gone.
    """

    sections: Sequence[tuple[str, Sequence[str]]]
    worse: bool


def results(files: Mapping[str, bytes]) -> Results:
    """Return what is compared of the files of a bundle; nothing is verified.

    :raises ComparisonError: when they hold no result.
    """
    try:
        document = json.loads(files['result.json'])
        return Results(
            {key: text.plain(json.dumps(document.get(key), sort_keys=True)) for key in _FACTS},
            {text.plain(str(each['id']), 80):
             (text.plain(str(each['name'])), text.plain(str(each['status']), 20),
              text.plain(str(each['detail']))) for each in document['tests']})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise ComparisonError('the bundle has no result.json that could be read') from None


def compare(before: Results, after: Results) -> Comparison:
    """Return how two results differ, test by test by their idempotent ids."""
    worse: list[str] = []
    better: list[str] = []
    skipped: list[str] = []
    other: list[str] = []
    new: list[str] = []
    gone: list[str] = []
    lost = False
    for key in sorted(before.tests.keys() | after.tests.keys(),
                      key=lambda key: (after.tests.get(key) or before.tests[key])[0]):
        if key not in after.tests:
            gone.append(f'{before.tests[key][0]} ({before.tests[key][1]})')
            lost |= before.tests[key][1] in _GOOD
            continue
        name, now, detail = after.tests[key]
        if key not in before.tests:
            new.append(f'{name} ({now})')
            continue
        was = before.tests[key][1]
        line = f'{name}: {was} -> {now}' + (f': {detail}' if detail else '')
        if was == now:
            continue
        if now == 'skip':
            skipped.append(line)
            lost |= was in _GOOD
        elif was in _GOOD and now not in _GOOD:
            worse.append(line)
        elif now in _GOOD and was not in _GOOD:
            better.append(line)
        else:
            other.append(line)
    facts = [f'{key}: {before.facts[key]} -> {after.facts[key]}' for key in _FACTS
             if before.facts[key] != after.facts[key]]
    return Comparison((
        ('Regressions', worse), ('Fixes', better), ('Skipped now', skipped),
        ('Otherwise changed', other), ('Gone', gone), ('New', new), ('Facts', facts)),
        bool(worse) or lost)
