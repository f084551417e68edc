"""What an exception makes of a test: a fail, an error or a skip. Nothing else decides it.

A fail is a requirement that the cloud violates, and alone makes it NOT CONFORMANT. An error says
that the cloud could not do what the test needs, or that the set-up is wrong. A skip says that the
user is not permitted, or that something is not configured or not offered.
"""

from collections.abc import Sequence
import unittest

import fixtures

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.contract.agreement import Unmatched
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words

# Begin the reason of a skip.
UNSUPPORTED = 'ec2attrs:unsupported:'
NOT_CONFIGURED = 'ec2attrs:not-configured:'
NOT_PERMITTED = 'ec2attrs:not-permitted:'

_MAX_MESSAGE = 300


def of_preparation(error: Exception) -> Exception:
    """Return what the tests raise in place of an exception of their set-up or clean-up.

    None of its requests is under test; what violates a requirement all the same, such as a
    response that is not written as the API has it, stays a violation.
    """
    return _of_any(errors.in_preparation(error) if isinstance(error, errors.BadAnswer) else error)


def of_test(error: Exception, requirements: Sequence[str]) -> Exception:
    """Return what a test raises in place of an exception of its own requests.

    :param requirements: those that the test checks; a response that cannot be used violates the
        first.
    """
    if not isinstance(error, errors.BadAnswer):
        return _of_any(error)
    if error.is_forbidden or error.is_over_quota or error.status == 401 or not requirements:
        return _of_any(errors.in_preparation(error))
    return ContractViolation([Violation(
        requirements[0], error.source, error.attribute, 'the response', Words(error.expected),
        Words(error.seen), error.request_ids)])


def _of_any(error: Exception) -> Exception:
    if isinstance(error, errors.NotPermitted):
        return unittest.SkipTest(f'{NOT_PERMITTED} {error}')
    if isinstance(error, errors.NotOffered | Unmatched):
        return unittest.SkipTest(f'{UNSUPPORTED} {error}')
    return error


def code_and_message(error: BaseException) -> tuple[Code, str]:
    """Return why a test ended in an error, for the stream of results."""
    first = str(error).partition('\n')[0][:_MAX_MESSAGE]
    message = ''.join(c if c.isprintable() else ' ' for c in first).strip()
    if isinstance(error, errors.CloudError):
        return error.code, message
    if isinstance(error, fixtures.TimeoutException):
        return Code.TIMEOUT, 'the test was not done in the time of OS_TEST_TIMEOUT'
    return Code.SUITE, f'{type(error).__name__}: {message}'
