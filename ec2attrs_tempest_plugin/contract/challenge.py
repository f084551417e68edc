"""Words that answer a challenge, so that what holds them was made after it.

A certifier gives the challenge before a run. The suite puts a word made of it into the names, the
user data and the client tokens that it sends, and the cloud's APIs have to say it again. Whoever
knows the challenge can make such words: they show when the evidence was made, not that
whoever ran the suite is honest.
"""

import hmac
import re
import secrets

#: How such a word looks; short and plain enough for a hostname.
WORD = re.compile(r'ec2attrs-([0-9a-f]{8})-([0-9a-f]{12})')


def new_word(challenge: str) -> str:
    """Return a word that answers a challenge, another one each time."""
    return _word(challenge, secrets.token_hex(4))


def answers(challenge: str, word: str) -> bool:
    """Say whether a word was made of a challenge."""
    match = WORD.fullmatch(word)
    return match is not None and hmac.compare_digest(word, _word(challenge, match[1]))


def _word(challenge: str, nonce: str) -> str:
    code = hmac.new(challenge.encode(), f'ec2attrs:{nonce}'.encode(), 'sha256').hexdigest()
    return f'ec2attrs-{nonce}-{code[:12]}'
