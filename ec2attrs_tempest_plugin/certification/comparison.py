"""Two results compared: regressions, fixes, and what is skipped now."""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import json
from typing import Any

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.verdict import Status

# What is as good as a pass, when it was one before.
_GOOD = ('pass', 'advisory')
_FACTS = ('profile', 'guideline', 'cloud', 'product', 'suite')
# So many tests that changed in the same way are named, and the others counted.
NAMED = 12


class ComparisonError(Exception):
    """A bundle holds no result to compare; the message says why."""


@dataclasses.dataclass(frozen=True)
class Results:
    """What is compared of a bundle.

    :ivar verdict: the conclusion, and why.
    :ivar tests: name, status and what was said of each test, by its id.
    """

    verdict: tuple[str, str]
    facts: Mapping[str, str]
    tests: Mapping[str, tuple[str, str, str]]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How two results differ.

    :ivar worse: whether a test that passed does not pass now, or is gone.
    """

    sections: Sequence[tuple[str, Sequence[str]]]
    worse: bool


@dataclasses.dataclass(frozen=True)
class _Change:
    """How one test differs; its status is empty where it is not there."""

    name: str
    was: str
    now: str
    detail: str = ''

    @property
    def section(self) -> str:
        if not self.was or not self.now:
            return 'New' if self.now else 'Gone'
        if self.now == Status.SKIP:
            return 'Skipped now'
        if self.now == Status.ERROR:
            return 'Could not run now'
        if (self.was in _GOOD) == (self.now in _GOOD):
            return 'Otherwise changed'
        return 'Regressions' if self.was in _GOOD else 'Fixes'

    @property
    def worse(self) -> bool:
        return self.was in _GOOD and self.now not in _GOOD

    @property
    def severity(self) -> int:
        order = list(map(str, Status))
        return order.index(self.now) if self.now in order else len(order)

    def __str__(self) -> str:
        if not self.was or not self.now:
            return f'{self.name} ({self.how})'
        return f'{self.name}: {self.how}'

    @property
    def how(self) -> str:
        if not self.was or not self.now:
            return self.was or self.now
        return f'{self.was} -> {self.now}' + (f': {self.detail}' if self.detail else '')


def results(files: Mapping[str, bytes]) -> Results:
    """Return what is compared of the files of a bundle; nothing is verified.

    :raises ComparisonError: when they hold no result.
    """
    try:
        document = json.loads(files['result.json'])
        verdict = document.get('verdict', {})
        return Results(
            (text.plain(str(verdict.get('conclusion'))), text.plain(str(verdict.get('why')))),
            dict(_facts(document)),
            {text.plain(str(each['id']), 80):
             (text.plain(str(each['name'])), text.plain(str(each['status']), 20),
              text.plain(': '.join(filter(None, (str(each.get('error_code') or ''),
                                                  str(each['detail']))))))
             for each in document['tests']})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise ComparisonError('the bundle has no result.json that could be read') from None


def _facts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _FACTS:
        value = document.get(name)
        for key, each in value.items() if isinstance(value, dict) else [('', value)]:
            yield text.plain(f'{name} {key}'.strip(), 80), text.plain(str(each))


def compare(before: Results, after: Results) -> Comparison:
    """Return how two results differ, test by test by their idempotent ids."""
    absent = ('', '', '')
    changes = []
    for key in before.tests.keys() | after.tests.keys():
        name, was, _ = before.tests.get(key, absent)
        named, now, detail = after.tests.get(key, absent)
        if was != now:
            changes.append(_Change(named or name, was, now, detail))
    changes.sort(key=lambda change: (change.severity, change.name))
    facts = [f'{key}: {before.facts.get(key, "none")} -> {after.facts.get(key, "none")}'
             for key in sorted(before.facts.keys() | after.facts.keys())
             if before.facts.get(key) != after.facts.get(key)]
    verdict = [] if before.verdict == after.verdict else [
        f'{before.verdict[0]}: {before.verdict[1]}', f'{after.verdict[0]}: {after.verdict[1]}']
    return Comparison((
        ('Verdict, before and after', verdict),
        *((title, list(_lines([each for each in changes if each.section == title])))
          for title in ('Regressions', 'Could not run now', 'Skipped now', 'Fixes',
                        'Otherwise changed', 'Gone', 'New')), ('Facts', facts)),
        any(each.worse for each in changes))


def _lines(changes: Sequence[_Change]) -> Iterator[str]:
    """Yield a line for each change; of many of one kind only the first."""
    alike: dict[str, int] = {}
    for change in changes:
        alike[change.how] = alike.get(change.how, 0) + 1
        if alike[change.how] <= NAMED:
            yield str(change)
    for how, number in alike.items():
        if number > NAMED:
            yield f'and {number - NAMED} more: {how}'
