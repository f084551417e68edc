"""What several commands need."""

import argparse
import os
from pathlib import Path


def state_home() -> Path:
    """Return the directory in which commands keep what they make, unless told otherwise."""
    home = os.environ.get('XDG_STATE_HOME') or Path.home() / '.local' / 'state'
    return Path(home) / 'ec2attrs'


def positive(value: str) -> int:
    """Return the number that an argument is.

    :raises argparse.ArgumentTypeError: when it is less than 1.
    """
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError('must be 1 or more')
    return number


def not_negative(value: str) -> int:
    """Return the number that an argument is.

    :raises argparse.ArgumentTypeError: when it is less than 0.
    """
    number = int(value)
    if number < 0:
        raise argparse.ArgumentTypeError('must be 0 or more')
    return number
