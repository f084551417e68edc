"""botocore without the operator's own AWS settings."""

from collections.abc import Iterator
import contextlib
import functools
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing it costs 0.6 s: only tests of EC2 pay it
    import botocore.session

_ENVIRONMENT = threading.Lock()


@contextlib.contextmanager
def without_aws_environment() -> Iterator[None]:
    """Hide the operator's AWS settings from botocore while it looks for some."""
    with _ENVIRONMENT:
        hidden = {name: os.environ.pop(name) for name in list(os.environ)
                  if name.startswith(('AWS_', 'BOTO'))}
        try:
            yield
        finally:
            os.environ.update(hidden)


@functools.cache
def session() -> 'botocore.session.Session':
    """Return the one session of the process: making one costs 0.6 s."""
    import botocore.session
    # No files of the operator's: neither ~/.aws/config nor ~/.aws/credentials.
    return botocore.session.Session(session_vars={
        'config_file': (None, None, os.devnull, None),
        'credentials_file': (None, None, os.devnull, None),
        'profile': (None, None, None, None)})
