"""The result in brief as Markdown, for the summary of a job or for a pull request."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
import re
from typing import Any

from ec2attrs_tempest_plugin.certification import shown
from ec2attrs_tempest_plugin.certification.text import plain

# A comment on a pull request may have 65,536 characters.
_ROOM = 50_000
_ROWS = 25
_CELL = 160

_SIGNS = {'good': '🟢', 'bad': '🔴', 'open': '🟠'}
# What can begin markup, in Markdown or in HTML; letters and digits cannot.
_MARKUP = re.compile(r'[^\w\s.,;:%/=?-]|_|://|(?<=[wW])\.')
# Mentions and references are looked for after the markup has gone.
_REFERENCE = re.compile(r'(&#(?:64|35);)')


def render(result: Mapping[str, Any]) -> str:
    """Return the summary: verdict, facts, failures, counts and waivers."""
    claim = 'claimed: ' if shown.contradicts(result) else ''
    parts = [
        f'## {_SIGNS[shown.tone(result)]} {claim}{escape(result["verdict"]["conclusion"], 40)}: '
        f'{escape(shown.title(result["product"]) or "a cloud without a name")}']
    if claim:
        parts.append('**The verdict does not follow from the tests below.**')
    parts.append(_table(('Fact', 'Value'), _facts(result)))
    room = _ROOM - sum(map(len, parts))
    for title, head, rows in (
            ('Failures', ('Requirement', 'Test', 'Attribute', 'Expected', 'Seen', 'Requests'),
             list(_failures(result))),
            ('Errors', ('Tests', 'Code', 'Cause'), list(_errors(result))),
            ('Tests without a sound result', ('Tests', 'Status', 'Said'),
             list(_open(result, 'missing', 'flaky'))),
            ('Skipped', ('Tests', 'Status', 'Reason'), list(_open(result, 'skip'))),
            ('Waivers', ('State', 'Test', 'Attribute', 'Seen', 'Expires', 'Reason'),
             list(_waivers(result))),
            ('Problems', ('Problem',), [[escape(each)] for each in result['problems']])):
        if rows:
            parts.append(_section(title, head, rows, room))
            room -= len(parts[-1])
    return '\n\n'.join(parts) + '\n'


def escape(value: Any, limit: int = _CELL) -> str:
    """Return text of others as one line that is neither Markdown nor HTML, and mentions nobody.

    Character references have no meaning in the structure of either; a space of no width takes
    the name away from the sign before it.
    """
    written = _MARKUP.sub(lambda found: ''.join(f'&#{ord(c)};' for c in found[0]),
                          plain(str(value), limit))
    return _REFERENCE.sub(r'\1&#8203;', written)


def _facts(result: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    product, cloud = result['product'], result['cloud']
    # No line begins with text of others: there a mere number would be a list.
    facts = {
        'Why': result['verdict']['why'], 'Vendor': product['vendor'],
        'Product': shown.title(product), 'Cloud': cloud['keystone'], 'Nova': cloud['nova'],
        'EC2': cloud['ec2'],
        'Suite': ', '.join(f'{name} {version}' for name, version in shown.versions(result)),
        'Profile': result['profile'],
        'Guideline': f'{result["guideline"]["id"]}, SHA-256 {result["guideline"]["sha256"]}',
        'Started': result['started'],
        'Time': _time(result), 'Delays': shown.delays(result),
        'Repeated': shown.repetitions(result),
        'Required tests': _counted(test for test in result['tests'] if test['required']),
        'Other tests': _counted(test for test in result['tests'] if not test['required'])}
    for name, value in facts.items():
        if written := escape(value, 300):
            yield name, written


def _time(result: Mapping[str, Any]) -> str:
    suite, cloud = shown.seconds(result['seconds']), shown.seconds(result['cloud_seconds'])
    said = '' if suite is None else f'{suite:.0f} s'
    if cloud is None:
        return said
    return f'{said}; the answers of the cloud took {cloud:.0f} s, added up over the workers'


def _counted(tests: Iterable[Mapping[str, Any]]) -> str:
    return ', '.join(f'{number} {shown.counted(status, number)}'
                     for status, number in shown.counts(tests).items())


def _failures(result: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for test in shown.having(result, 'fail'):
        name = shown.short_name(test) + ('' if test['required'] else ' (not required)')
        for each in test['violations'][:3]:
            told, at_fault = shown.tellers(each['source'])
            yield (escape(each['requirement'], 20), escape(name), escape(each['attribute'], 60),
                   escape(each['expected']) + (f' in {told}' if told else ''),
                   escape(each['seen']) + (f' in {at_fault}' if at_fault else ''),
                   escape(', '.join(map(str, each['request_ids'])), 90))
        if not test['violations']:
            yield (escape(', '.join(map(str, test['requirements'])), 60), escape(name), '', '',
                   escape(test['detail']), '')


def _errors(result: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for each in shown.grouped(shown.having(result, 'error')):
        yield str(len(each.tests)), escape(each.code, 40), escape(each.detail, 240)


def _open(result: Mapping[str, Any], *statuses: str) -> Iterator[Sequence[str]]:
    for each in shown.grouped(shown.having(result, *statuses)):
        yield (str(len(each.tests)), escape(shown.STATUSES[each.status]),
               escape(each.detail, 240))


def _waivers(result: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    names = {test['id']: shown.short_name(test) for test in result['tests']}
    for each in result['waivers']:
        yield tuple(escape(value) for value in (
            each['state'], names.get(each['test'], each['test']), each['attribute'],
            each['seen'], each['expires'], each['reason']))


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> str:
    """Return a table with as many rows as there is room for, and how many are left out."""
    shown_rows: list[Sequence[str]] = []
    for row in rows[:_ROWS]:
        room -= sum(map(len, row)) + 4 * len(row)
        if room < 0:
            break
        shown_rows.append(row)
    left = len(rows) - len(shown_rows)
    more = f'\n\nand {left} more, see report.html' if left else ''
    return f'### {title}\n\n{_table(head, shown_rows)}{more}'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return '\n'.join('| ' + ' | '.join(row) + ' |'
                     for row in (head, ['---'] * len(head), *rows))
