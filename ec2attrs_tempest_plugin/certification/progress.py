"""What is said while the tests run: for people who wait and for logs of jobs."""

from collections.abc import Callable, Sequence
import time
from typing import TextIO

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.plan import parse_id
from ec2attrs_tempest_plugin.certification.plan import PlanError
from ec2attrs_tempest_plugin.certification.plan import PlannedTest
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported

# Seconds between two lines about tests that pass, and between two signs of
# life when nothing ends.
PACE = 1.0
SILENCE = 20.0

_WORDS = {Reported.PASS: 'ok', Reported.SKIP: 'skip', Reported.FAIL: 'error'}


class Progress:
    """Prints one line per test; failures and new errors at once, others at a bounded pace."""

    def __init__(self, plan: Sequence[PlannedTest], out: TextIO,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._plan = {test.id for test in plan}
        self._planned = len(self._plan)
        self._out = out
        self._clock = clock
        self._started = self._last = clock()
        self._ended: set[str] = set()
        self._folded = 0
        self._causes: set[str] = set()

    def outcome(self, outcome: Outcome) -> None:
        """Tell of an outcome, or fold it into the next line when lines come too fast."""
        self._ended |= {outcome.id} & self._plan
        now = self._clock()
        done = len(self._ended) >= self._planned
        word, message = _told(outcome)
        if word == 'error':
            # One cause may keep a whole class from running: it is told once.
            known = text.generic(message) in self._causes
            self._causes.add(text.generic(message))
            message = '' if known else message
        at_once = word == 'FAIL' or word == 'error' and bool(message)
        if not at_once and now - self._last < PACE and not done:
            self._folded += 1
            return
        folded = f' (and {self._folded} more)' if self._folded else ''
        self._folded = 0
        self._line(f'{word:5} {_label(outcome)}{folded}{self._left(now)}', now)
        if message:
            self._out.write(f'{" " * 16}{message}\n')
            self._out.flush()

    def waiting(self, running: Sequence[str]) -> None:
        """Give a sign of life when no line was printed for a while."""
        now = self._clock()
        if now - self._last < SILENCE:
            return
        names = ', '.join(_name(test_id) for test_id in running[:3]) or 'the test runner'
        self._line(f'...  waiting for {names}{self._left(now)}', now)

    def _line(self, words: str, now: float) -> None:
        self._last = now
        width = len(str(self._planned))
        self._out.write(f'[{len(self._ended):{width}}/{self._planned}] {words}\n')
        self._out.flush()

    def _left(self, now: float) -> str:
        """Estimate what is left, once enough is done to tell."""
        done = len(self._ended)
        elapsed = now - self._started
        if done < 5 or done >= self._planned or elapsed < 10:
            return ''
        return f', about {elapsed / done * (self._planned - done):.0f} s left'


def _told(outcome: Outcome) -> tuple[str, str]:
    """Return a word for what became of a test, and the line that says why."""
    if outcome.advisory:
        return 'note', outcome.message
    if outcome.violated:
        return 'FAIL', outcome.message
    if outcome.reported is Reported.FAIL:
        return _WORDS[outcome.reported], ': '.join(outcome.cause)
    return _WORDS[outcome.reported], outcome.message


def _parsed(test_id: str) -> PlannedTest | None:
    """Return the test of an id, None for ids like ``setUpClass (...)``."""
    try:
        return parse_id(test_id)
    except PlanError:
        return None


def _name(test_id: str) -> str:
    test = _parsed(test_id)
    return text.plain(test_id) if test is None else test.method


def _label(outcome: Outcome) -> str:
    test = _parsed(outcome.id)
    words = [*(test.requirements[:3] if test else ()), _name(outcome.id)]
    if outcome.seconds is not None:
        words.append(f'({outcome.seconds:.1f} s)')
    return ' '.join(words)
