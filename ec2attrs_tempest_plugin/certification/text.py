"""Text that came from a cloud or from a test, made safe for a terminal."""

import re
import unicodedata

VIOLATION = 'ec2attrs_tempest_plugin.contract.violation.ContractViolation'

_HEADER = 'Traceback (most recent call last):'
_CHAIN = {'During handling of the above exception, another exception occurred:',
          'The above exception was the direct cause of the following exception:'}
# What differs between two reports of one cause: ids, durations, how often something was tried.
_VARYING = re.compile(r'\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|'
                      r'\d+(?:\.\d+)? s|\d+ requests?)\b')
_EXCEPTION = re.compile(r'^(?P<path>[A-Za-z_][\w.<>]*)(?:: ?(?P<message>.*))?$')


def plain(text: str, limit: int = 300) -> str:
    """Return text as one line of at most limit characters.

    White space is folded. Control, format and unassigned characters become
    ``?``: a server's name must not move the cursor or turn a line round.
    """
    folded = ' '.join(text[:20 * limit].split())
    safe = folded if folded.isprintable() else ''.join(
        '?' if unicodedata.category(c)[0] == 'C' else c for c in folded)
    return safe if len(safe) <= limit else safe[:limit - 3] + '...'


def generic(text: str) -> str:
    """Return text without what differs between two reports of one cause, to group them by."""
    return _VARYING.sub('', text)


def failure_line(traceback: str, limit: int = 400) -> str:
    """Return the first line of the exception's message in a formatted traceback.

    A contract violation is told by its message alone, any other exception by
    its class and message. Of chained exceptions the last one counts, the one
    that ended the test.
    """
    lines = traceback.splitlines()
    start = VIOLATION + ':'
    for line in lines:
        if line.startswith(start):
            return plain(line[len(start):], limit)
    found = _last_exception(lines)
    if found is None:
        spoken = (line for line in lines if line.strip() and line != _HEADER)
        return plain(next(spoken, 'no message'), limit)
    return plain(_describe(lines, found), limit)


def _last_exception(lines: list[str]) -> int | None:
    """Return the index of the line that names the last exception, if any.

    A message may quote a traceback: only one that Python announces as a link
    of the chain counts.
    """
    found = None
    inside = False
    for number, line in enumerate(lines):
        if line == _HEADER:
            inside = found is None or bool(_CHAIN & set(lines[max(0, number - 2):number]))
        elif inside and line.strip() and not line.startswith(' '):
            if _EXCEPTION.match(line):
                found = number
            inside = False
    return found


def _describe(lines: list[str], number: int) -> str:
    match = _EXCEPTION.match(lines[number])
    if match is None:
        return lines[number]
    name = match['path'].rsplit('.', 1)[-1]
    message = (match['message'] or '').strip()
    following = lines[number + 1].strip() if number + 1 < len(lines) else ''
    if not message:
        message = following
    elif following.startswith('Details: '):
        # Tempest's exceptions say what happened in their second line only.
        message = f'{message} ({following})'
    return f'{name}: {message}' if message else name
