"""Which names only the suite gives, or Tempest for it."""

import ast
from collections.abc import Iterable
import functools
from pathlib import Path
import re
import secrets

import ec2attrs_tempest_plugin

# What Tempest makes with a number: from 1 to 2 to the power of 31.
_NUMBER = '[1-9][0-9]{0,9}'
# What tests/names.py makes, with a challenge and without one.
_WORD = f'ec2attrs-(?:{_NUMBER}|[0-9a-f]{{8}}-[0-9a-f]{{12}})'

# What a run of "ec2attrs certify" adds to the prefix, to know what it made from what others did.
_TAG = '[0-9a-f]{4}'
# In characters: a hostname has 63, and the rest of a server's name takes up to 46.
_LONGEST = 12

#: Kinds of things that the suite makes under a server's name.
PLAIN = frozenset(('server', 'volume', 'snapshot'))


@functools.cache
def test_classes() -> frozenset[str]:
    """Return the names of the classes of tests, after which Tempest calls their people."""
    tests = Path(ec2attrs_tempest_plugin.__file__).parent / 'tests'
    return frozenset(
        node.name for path in tests.rglob('test_*.py')
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and any(
            isinstance(each, ast.FunctionDef) and each.name.startswith('test_')
            for each in node.body))


def of_run(prefix: str) -> str | None:
    """Return a prefix for one run, None where there is no room for one.

    :param prefix: [DEFAULT] resource_name_prefix.
    """
    if len(prefix) > _LONGEST:
        return None
    return '-'.join(filter(None, (prefix, secrets.token_hex(2))))


class Names:
    """The names of all runs of one configuration, or of one run alone.

    Each holds the word ec2attrs: the name of a class of tests is no mark, because classes of
    another plugin may have the same.

    :param prefix: [DEFAULT] resource_name_prefix, or what :func:`of_run` made of it.
    :param run: whether it is the prefix of one run.
    """

    def __init__(self, prefix: str, classes: Iterable[str], run: bool = False) -> None:
        tag = '' if run else f'(?:{_TAG}-)?'
        tests = f'(?:{"|".join(sorted(map(re.escape, classes)))})-{_NUMBER}'
        #: What all names and client tokens begin with.
        self.prefix = prefix
        #: What the names of servers begin with, as tests/resources.py makes it of the prefix.
        self.plain = re.sub('[^a-z0-9]+', '-', f'{prefix}-'.lower()).lstrip('-')
        before = (re.escape(f'{prefix}-') if prefix else '') + tag
        own = f'{before}ec2attrs'
        self._token = re.compile(f'{before}{_WORD}')
        self._patterns = {kind: re.compile(pattern) for kind, pattern in {
            'project': f'{own}-{tests}|{own}-project-{_NUMBER}',
            'user': f'{own}-{tests}-project(?:-[a-z_]{{1,32}})?|{own}-user-{_NUMBER}',
            'network': f'{own}-{tests}-network',
            'router': f'{own}-{tests}-router',
            'flavor': f'{own}-{_NUMBER}',
            'volume type': f'{own}-{_NUMBER}',
            'image': f'{own}-a[kmr]i-{_NUMBER}',
            **dict.fromkeys(PLAIN, f'{re.escape(self.plain)}{tag}{_WORD}-[0-9]{{1,10}}'
                                   '(?:-[a-z0-9-]{1,80})?'),
        }.items()}

    def ours(self, kind: str, name: object) -> bool:
        """Say whether only the suite gives a thing of that kind such a name."""
        pattern = self._patterns.get(kind)
        return pattern is not None and isinstance(name, str) and (
            pattern.fullmatch(name) is not None)

    def is_token(self, token: object) -> bool:
        """Say whether only the suite sends such a ClientToken to EC2."""
        return isinstance(token, str) and self._token.fullmatch(token) is not None
