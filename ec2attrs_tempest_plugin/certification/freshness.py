"""Where the answers of a cloud hold words that were made of a challenge."""

from collections.abc import Iterable, Mapping
import dataclasses
import json
import re

from ec2attrs_tempest_plugin.contract import challenge

_WORD = challenge.WORD.pattern
# Each bounded: a hostile answer must not take longer than it is long.
#: Where the APIs say again what was sent to them: name, service, how it is written.
_PLACES = (
    ('hostname', 'compute', re.compile(rf'SRV-ATTR:hostname": "[^"]{{0,255}}?({_WORD})')),
    ('user data', 'compute', re.compile(rf'user_data": "<[^"]{{0,80}}?ends in ({_WORD})>')),
    ('PrivateDnsName', 'ec2', re.compile(rf'privateDnsName>[^<]{{0,255}}?({_WORD})')),
    ('userData', 'ec2', re.compile(rf'value>\([^<]{{0,80}}?ends in ({_WORD})\)')),
    ('clientToken', 'ec2', re.compile(rf'clientToken>[^<]{{0,255}}?({_WORD})')),
)


@dataclasses.dataclass(frozen=True)
class Freshness:
    """What was found.

    :ivar records: exchanges in which a word stands that answers the challenge.
    :ivar of: exchanges that were looked at.
    :ivar places: how often it stands in each place; 0 where it does not.
    :ivar wrong: how many words answer another challenge.
    """

    records: int
    of: int
    places: Mapping[str, int]
    wrong: int


def found(given: str, evidence: Iterable[bytes]) -> Freshness:
    """Return where the evidence answers a challenge, in answers that name their request."""
    counted = {f'{service} {name}': 0 for name, service, _ in _PLACES}
    records = of = wrong = 0
    for content in evidence:
        for line in content.splitlines():
            exchange = json.loads(line)
            answered = str(exchange['answered'])
            of += 1
            right = False
            for name, service, pattern in _PLACES:
                if exchange['service'] != service or not exchange['request_id']:
                    continue
                for match in pattern.finditer(answered):
                    if challenge.answers(given, match[1]):
                        counted[f'{service} {name}'] += 1
                        right = True
                    else:
                        wrong += 1
            records += right
    return Freshness(records, of, counted, wrong)
