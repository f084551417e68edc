"""Secrets that stand where nobody may read them: looked for before a bundle is written."""

from collections.abc import Iterator, Mapping
import configparser
from pathlib import Path
import re

# Shorter ones, or such as stand in any text, would be found everywhere.
_SHORTEST = 8
_SECRET_OPTION = re.compile(r'(password|secret|secret_key)$')
#: What Keystone's tokens look like, and private keys.
_SECRET_LOOKS = (('a token of Keystone', re.compile(rb'gAAAAA[\w=-]{60,}')),
                 ('a private key', re.compile(rb'-----BEGIN [A-Z ]*PRIVATE KEY-----')))


def known(config_file: Path) -> dict[str, bytes]:
    """Return the secrets of a tempest.conf and its accounts file, by what they are."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read(config_file)
    found = {f'[{section}] {option}': value.encode() for section in parser.sections()
             for option, value in parser.items(section)
             if _SECRET_OPTION.search(option) and len(value) >= _SHORTEST}
    accounts = parser.get('auth', 'test_accounts_file', fallback='')
    if accounts and Path(accounts).is_file():
        for number, match in enumerate(re.finditer(
                rb'password["\']?\s*:\s*["\']?([^\s"\',}]+)', Path(accounts).read_bytes()), 1):
            if len(match[1]) >= _SHORTEST:
                found[f'password {number} of the accounts'] = match[1]
    return found


def found(files: Mapping[str, bytes], secrets: Mapping[str, bytes]) -> Iterator[str]:
    """Yield which secret stands in which file; the secret itself is not told."""
    for name, content in sorted(files.items()):
        for what, secret in secrets.items():
            if secret in content:
                yield f'{name} holds {what}'
        for what, pattern in _SECRET_LOOKS:
            if pattern.search(content):
                yield f'{name} holds {what}'
