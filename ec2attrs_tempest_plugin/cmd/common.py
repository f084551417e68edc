"""What several commands need."""

import argparse
from collections.abc import Callable
import os
from pathlib import Path


def state_home() -> Path:
    """Return the directory in which commands keep what they make, unless told otherwise."""
    home = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return Path(home) / 'ec2attrs'


def at_least(lowest: int) -> Callable[[str], int]:
    """Return what makes a number of an argument, and refuses one that is too low."""
    def number(value: str) -> int:
        if int(value) < lowest:
            raise argparse.ArgumentTypeError(f'must be {lowest} or more')
        return int(value)
    return number
