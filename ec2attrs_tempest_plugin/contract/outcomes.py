"""What can become of a test beside a pass and a skip: a violated requirement, or an error.

Only a *fail*, a violated requirement, makes a cloud NOT CONFORMANT. An *error* says that the
cloud could not do what the test needs, or that the set-up is wrong; its code says which. A test
hands its violations or its error to the stream of results as attachments in JSON, so that nobody
has to read them out of a traceback.
"""

from collections.abc import Mapping
import enum
import json
from typing import Any

#: Names of the attachments of a test.
VIOLATIONS = 'violations'
ERROR = 'error'


class Code(enum.StrEnum):
    """Why a test ended in an error."""

    RATE_LIMIT = 'rate-limit'
    """The cloud limited the rate of requests for longer than the suite waits."""

    UNAVAILABLE = 'unavailable'
    """A service answered 503 for longer than the suite waits."""

    CONNECTION = 'connection'
    """There was no complete response: refused, reset, closed or not in time."""

    SERVER_ERROR = 'server-error'
    """A request that is not under test got a status from 500 on."""

    QUOTA = 'quota'
    """A quota of the project is used up."""

    REJECTED = 'rejected'
    """A request that is not under test was rejected, or its response could not be used."""

    STATE = 'state'
    """A resource went into an error state: no valid host, a failed operation."""

    TIMEOUT = 'timeout'
    """A resource did not reach a state in time."""

    SET_UP = 'set-up'
    """Configuration or credentials of the tests are wrong."""

    SUITE = 'suite'
    """The suite itself is at fault, or what failed is not known."""


#: Errors that another attempt may well not meet.
TRANSIENT = frozenset((Code.RATE_LIMIT, Code.UNAVAILABLE, Code.CONNECTION))


def dumped(code: Code, message: str) -> bytes:
    """Return the attachment that says why a test could not run."""
    return json.dumps({'code': code.value, 'message': message}).encode()


def loaded(content: bytes) -> tuple[Code, str] | None:
    """Return code and message of an attachment, None where it is not one; a new code is SUITE."""
    try:
        given: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, Mapping) or not isinstance(given.get('message'), str):
        return None
    try:
        return Code(str(given.get('code'))), given['message']
    except ValueError:
        return Code.SUITE, given['message']
