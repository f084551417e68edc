"""How often a cloud is asked whether it is done."""

from collections.abc import Iterator
import time

# The first pause in seconds; each is half as long again as the last.
_FIRST_PAUSE = 0.25


def looks(*, timeout: float, interval: float) -> Iterator[None]:
    """Yield for each look at a state until the time is out; always at least once.

    The caller leaves the loop when it sees what it waits for. The pauses are
    short at first, because most waits are, and never longer than the interval.

    :param timeout: seconds.
    :param interval: longest pause, in seconds.
    """
    deadline = time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while True:
        yield
        if time.monotonic() > deadline:
            return
        time.sleep(min(pause, interval))
        pause *= 1.5
