"""Accounts that Tempest still takes for used, because the run that used them was broken off."""

from collections.abc import Collection
from pathlib import Path
import re

# How Tempest calls such a file: by a digest of the account.
_NAME = re.compile('[0-9a-f]{32}')
# The name of a class of tests is shorter.
_MAX = 256


def in_use(lock_path: str | None, classes: Collection[str]) -> list[Path]:
    """Return the files by which Tempest keeps accounts for classes of our tests.

    :param lock_path: [oslo_concurrency] lock_path of tempest.conf.
    """
    if not lock_path:
        return []
    try:
        files = sorted(Path(lock_path).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path for path in files if _NAME.fullmatch(path.name)
            and not path.is_symlink() and path.is_file() and path.stat().st_size <= _MAX
            and path.read_text(errors='replace').strip() in classes]
