"""What can go wrong between the suite and a cloud, each in one line.

Which exception makes which outcome of a test is decided in ``tests/outcomes.py``.
"""

from collections.abc import Callable, Iterator
import contextlib
import functools
import inspect
import re
from typing import Any, cast, Protocol, TypeVar

from ec2attrs_tempest_plugin.contract.outcomes import Code


class CloudError(Exception):
    """The cloud could not do what a test needs, or its set-up is wrong: an error, never a failure.

    :ivar code: why.
    :ivar repeated: how often the request was sent again before.
    :ivar waited: seconds that it waited to be sent again.
    """

    def __init__(self, code: Code, message: str, *, repeated: int = 0,
                 waited: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.repeated = repeated
        self.waited = waited


class NotPermitted(Exception):
    """The user may not do what a test needs; the message names policy, role or option."""


class NotOffered(Exception):
    """The cloud has no such service; the message says what was looked for."""


class BadAnswer(AssertionError):
    """A response cannot be used. Where the request is under test, it violates a requirement.

    :ivar source: which request got it.
    :ivar attribute: what is wrong with it: ``status``, ``body``, a key.
    :ivar expected: in words.
    :ivar seen: in words.
    :ivar status: the HTTP status, 0 where there is none.
    :ivar fault: the text of the error in the response, printable and bounded.
    :ivar request_ids: of the request in the cloud's logs.
    """

    def __init__(self, message: str, *, source: str = '', attribute: str = 'body',
                 expected: str = 'a usable response', seen: str = '', status: int = 0,
                 fault: str = '', request_ids: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.source = source or message.partition(':')[0]
        self.attribute = attribute
        self.expected = expected
        self.seen = seen or message.partition('\n')[0].removeprefix(f'{self.source}: ')
        self.status = status
        self.fault = fault
        self.request_ids = request_ids

    @property
    def is_forbidden(self) -> bool:
        """Whether the user may not do what was asked for, or a quota is used up."""
        return self.status == 403

    @property
    def is_over_quota(self) -> bool:
        """Whether a quota is used up."""
        return self.status == 413 or (
            self.is_forbidden and _POLICY.search(self.fault) is None
            and _QUOTA.search(self.fault) is not None)


class Responded(Protocol):
    """A response whose status is what a test checks."""

    @property
    def source(self) -> str:
        """Which request got it."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> Any:
        """The response as parsed JSON."""


def check_permitted(response: Responded) -> None:
    """Raise where a policy forbids the request, which no test of what is rejected is about.

    :raises NotPermitted: with the policy.
    """
    fault = next((str(each.get('message')) for each in (
        response.body.values() if isinstance(response.body, dict) else ())
        if isinstance(each, dict)), '')
    if response.status == 403 and _POLICY.search(fault):
        raise in_preparation(BadAnswer('', source=response.source, status=403, fault=fault))


# How services word it that a policy forbids a request: oslo.policy, Keystone, Neutron.
_POLICY = re.compile(
    r"Policy doesn't allow (?P<compute>[\w:-]+)|requested action: (?P<identity>[\w:-]+)"
    r'|(?P<network>[\w:-]+) is disallowed by policy')
_QUOTA = re.compile(r'quota|limit|exceed', re.IGNORECASE)


def in_preparation(error: BadAnswer, option: str = '') -> CloudError | NotPermitted:
    """Return what to raise for a response to a request that is not under test.

    :param option: what can be configured where the request is not permitted.
    """
    text = str(error).partition('\n')[0]
    if error.is_over_quota:
        return CloudError(Code.QUOTA, text)
    if error.is_forbidden:
        policy = _POLICY.search(error.fault)
        named = next(filter(None, policy.groups()), '') if policy else ''
        return NotPermitted(f'{error.source}: {error.status}'
                            + (f', the policy {named} does not allow it' if named else
                               f' ({error.fault})' if error.fault else '')
                            + (f'; {option}' if option else ''))
    return CloudError(Code.SERVER_ERROR if error.status >= 500 else Code.REJECTED, text)


@contextlib.contextmanager
def preparing(option: str = '') -> Iterator[None]:
    """Mark requests that are not under test: what is wrong with their responses is an error.

    :param option: what can be configured where a request is not permitted.
    :raises CloudError: in the place of BadAnswer.
    :raises NotPermitted: likewise, where a policy forbids a request.
    """
    try:
        yield
    except BadAnswer as error:
        raise in_preparation(error, option) from error


_Function = TypeVar('_Function', bound=Callable[..., Any])
_Class = TypeVar('_Class', bound=type)


def preparation(function: _Function) -> _Function:
    """Mark a function none of whose requests is under test; see :func:`preparing`."""
    @functools.wraps(function)
    def prepare(*args: Any, **kwargs: Any) -> Any:
        with preparing():
            return function(*args, **kwargs)
    return cast(_Function, prepare)


def never_under_test(cls: _Class) -> _Class:
    """Mark all public methods of a class; see :func:`preparation`."""
    for name, value in list(vars(cls).items()):
        if inspect.isfunction(value) and not name.startswith('_'):
            setattr(cls, name, preparation(value))
    return cls
