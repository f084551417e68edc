"""What a report shows of the evidence: the exchanges that matter, cut to a size."""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import html
import json
from typing import Any

from ec2attrs_tempest_plugin.certification import shown

# Of one test so many exchanges are shown.
_EXCHANGES = 6
# In characters.
_ASKED = 1_000
_ANSWERED = 6_000
_LEAST = 300
# What is longer is not laid out, only cut.
_LAID_OUT = 200_000


@dataclasses.dataclass(frozen=True)
class Shown:
    """An exchange as it is shown.

    :ivar facts: the line of evidence that it comes from.
    """

    facts: Mapping[str, Any]
    asked: str
    answered: str


def choose(found: Sequence[Mapping[str, Any]], violations: Sequence[Mapping[str, Any]],
           room: int) -> list[Shown]:
    """Return the exchanges in which something was seen to be wrong, else the last ones.

    :param room: in bytes of HTML; what is too long is cut about what is wrong.
    """
    wanted = {str(i) for each in violations for i in each['request_ids']}
    words = [str(each[key]) for each in violations for key in ('attribute', 'seen')]
    chosen = [each for each in found if str(each.get('request_id')) in wanted][:_EXCHANGES]
    result = []
    for facts in chosen or found[-2:]:
        asked = _fit(_laid_out(str(facts.get('asked') or '')), words, _ASKED, room)
        room -= size(asked)
        answered = _fit(_laid_out(str(facts.get('answered') or '')), words, _ANSWERED, room)
        room -= size(answered) + _LEAST
        if room < 0:
            break
        result.append(Shown(facts, asked, answered))
    return result


def size(text: str) -> int:
    """Return how long a text is in HTML, in bytes."""
    return len(html.escape(text).encode(errors='replace'))


def _fit(text: str, words: Sequence[str], limit: int, room: int) -> str:
    """Return text cut to a number of characters, to fewer where these take too many bytes."""
    cut = _cut(text, words, limit)
    while size(cut) > room and limit > _LEAST:
        limit //= 2
        cut = _cut(text, words, limit)
    return cut


def _cut(text: str, words: Sequence[str], limit: int) -> str:
    """Return text as lines, of a long one the part about the first word that is in it."""
    if len(text) > limit:
        found = next((at for word in words if word and (at := text.find(word)) >= 0), 0)
        start = max(0, min(found - limit // 3, len(text) - limit))
        before, after = start, len(text) - limit - start
        text = text[start:start + limit]
        if before:
            text = f'[{before:,} characters left out]\n{text}'
        if after:
            text = f'{text}\n[{after:,} characters left out]'
    return shown.lines(text)


def _laid_out(body: str) -> str:
    """Return JSON and XML with a line for each value."""
    if len(body) > _LAID_OUT:
        return body
    if body.startswith('<'):
        return '\n'.join(_indented(body.replace('><', '>\n<').splitlines()))
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        # It is no JSON, or was cut when it was kept.
        return body


def _indented(lines: Sequence[str]) -> Iterator[str]:
    depth = 0
    for line in lines:
        depth -= line.startswith('</')
        yield '  ' * max(0, min(depth, 20)) + line.strip()
        depth += line.startswith('<') and '</' not in line and not line.endswith(('/>', '?>'))
