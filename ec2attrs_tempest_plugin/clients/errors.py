"""What can go wrong between the suite and a cloud, each in one line.

Which exception makes which outcome of a test is decided in ``tests/outcomes.py``.
"""

from ec2attrs_tempest_plugin.contract.outcomes import Code


class CloudError(Exception):
    """The cloud could not do what a test needs, or its set-up is wrong: an error, never a failure.

    :ivar code: why.
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


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
        self.seen = seen or message
        self.status = status
        self.fault = fault
        self.request_ids = request_ids
