"""What can go wrong between us and a cloud, said in one line each."""


class BadAnswer(AssertionError):
    """A cloud gave no answer, or one that cannot be used.

    It counts as a failure of the cloud under test, not as an error of the suite.
    """


class NotOffered(Exception):
    """The cloud has no such service; the message says what was looked for."""
