"""The stream of results (subunit, version 2) turned into outcomes."""

from collections.abc import Callable
import dataclasses
import datetime
import enum
import io
import json
from typing import Any, IO

import subunit
import testtools

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.contract import outcomes
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.requirements import ADVISORY

# Of an attachment no more than this is kept: the log of a test may be large.
ATTACHMENT_LIMIT = 256 * 1024
#: So large is the evidence of a test at most, packed.
EVIDENCE_LIMIT = 8 * 1024 * 1024
# What tests attach beside those of contract/outcomes.py: see tests/base.py.
_EVIDENCE = 'exchanges'
# Violations that are cut would be no violations any more: the most that a test attaches, with
# each character escaped, has room.
_LIMITS = {_EVIDENCE: EVIDENCE_LIMIT, outcomes.VIOLATIONS: 1024 * 1024}
# Of the line that says why a test could not run, in characters.
_MAX_CAUSE = 400
NOISE = 'text between the results'


class Reported(enum.StrEnum):
    """What the test runner said of one test."""

    PASS = 'pass'
    FAIL = 'fail'
    SKIP = 'skip'


# Whatever is not a plain success or skip counts as a failure, an expected failure, too.
_FINAL = {
    'success': Reported.PASS,
    'skip': Reported.SKIP,
    'fail': Reported.FAIL,
    'xfail': Reported.FAIL,
    'uxsuccess': Reported.FAIL,
}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One final report of one id.

    :ivar id: a test's id, or ``setUpClass (...)`` and the like.
    :ivar message: first line of the failure, or the reason of the skip.
    :ivar seconds: duration, None when the stream does not tell.
    :ivar started: None when the stream does not tell.
    :ivar violations: what was wrong, in JSON, as the test gave it.
    :ivar error: why the test could not run, in JSON, as the test gave it.
    :ivar evidence: what was asked and answered, as the test gave it, packed.
    """

    id: str
    reported: Reported
    message: str = ''
    seconds: float | None = None
    started: datetime.datetime | None = dataclasses.field(default=None, compare=False)
    violations: bytes = dataclasses.field(default=b'', repr=False, compare=False)
    evidence: bytes = dataclasses.field(default=b'', repr=False, compare=False)
    error: bytes = dataclasses.field(default=b'', repr=False, compare=False)

    @property
    def found(self) -> list[Any] | None:
        """The violations that the test attached, unchecked; None where they cannot be read."""
        try:
            given = json.loads(self.violations or b'[]')
        except (ValueError, RecursionError):
            return None
        return given if isinstance(given, list) else None

    @property
    def violated(self) -> bool:
        """Whether a requirement is violated; any other failure of a test is an error."""
        return self.reported is Reported.FAIL and bool(self.found)

    @property
    def cause(self) -> tuple[Code, str]:
        """Why the test ended in an error: a code, and one line."""
        if self.found is None:
            return Code.SUITE, text.plain(
                f'the violations that the test attached cannot be read: {self.message}',
                _MAX_CAUSE)
        code, message = outcomes.loaded(self.error) or (Code.SUITE, self.message)
        return code, text.plain(message or self.message, _MAX_CAUSE)

    @property
    def advisory(self) -> bool:
        """Whether it tells a finding that is no fault of the cloud."""
        return self.reported is Reported.SKIP and self.message.startswith(ADVISORY)

    @property
    def clean(self) -> bool:
        """Whether the test ran to its end and found no fault."""
        return self.reported is Reported.PASS or self.advisory


@dataclasses.dataclass
class _Running:
    started: datetime.datetime | None = None
    attachments: dict[str, bytearray] = dataclasses.field(default_factory=dict)

    def text(self, name: str) -> str | None:
        content = self.attachments.get(name)
        return None if content is None else content.decode('utf-8', 'replace')

    def failure(self) -> str:
        texts = [self.text(name) or '' for name in sorted(self.attachments)
                 if name.startswith('traceback')]
        if not texts:
            return 'failed without a traceback'
        # The clean-up of a test adds tracebacks of its own; what the test
        # found out about the cloud comes first.
        violations = [t for t in texts if text.VIOLATION + ':' in t]
        return text.failure_line((violations or texts)[0])


class Decoder(testtools.StreamResult):
    """Collects outcomes from subunit events.

    :ivar outcomes: the final reports so far, in the order they came.
    :ivar running: ids of tests that have begun and not ended.
    """

    def __init__(self, on_outcome: Callable[[Outcome], None] | None = None) -> None:
        super().__init__()
        self.outcomes: list[Outcome] = []
        self._on_outcome = on_outcome
        self._running: dict[tuple[str, str | None], _Running] = {}

    @property
    def running(self) -> list[str]:
        """Ids of the tests that have begun and not ended."""
        return [test_id for test_id, _ in self._running]

    def status(self, test_id: str | None = None, test_status: str | None = None,
               test_tags: Any = None, runnable: bool = True,
               file_name: str | None = None, file_bytes: bytes | None = None,
               eof: bool = False, mime_type: str | None = None,
               route_code: str | None = None,
               timestamp: datetime.datetime | None = None) -> None:
        """Take one event, as testtools defines it."""
        # Text between the results is of no test; a test that exists was not run.
        if test_id is None or test_status == 'exists':
            return
        test = self._running.setdefault((test_id, route_code), _Running())
        if file_name is not None and file_bytes:
            content = test.attachments.setdefault(file_name, bytearray())
            limit = _LIMITS.get(file_name, ATTACHMENT_LIMIT)
            content += file_bytes[:max(0, limit - len(content))]
        if test_status == 'inprogress':
            test.started = timestamp
        elif test_status is not None:
            del self._running[test_id, route_code]
            self._end(test_id, _FINAL[test_status], test, timestamp)

    def _end(self, test_id: str, reported: Reported, test: _Running,
             timestamp: datetime.datetime | None) -> None:
        message = ''
        if reported is Reported.FAIL:
            message = test.failure()
        elif reported is Reported.SKIP:
            message = text.plain(test.text('reason') or 'no reason given')
        seconds = None
        if test.started is not None and timestamp is not None:
            seconds = (timestamp - test.started).total_seconds()
        outcome = Outcome(
            test_id, reported, message, seconds, test.started,
            *(bytes(test.attachments.get(name, b''))
              for name in (outcomes.VIOLATIONS, _EVIDENCE, outcomes.ERROR)))
        self.outcomes.append(outcome)
        if self._on_outcome is not None:
            self._on_outcome(outcome)


class _Tee(io.RawIOBase):
    """Reads a source and writes what it has read to a copy."""

    def __init__(self, source: IO[bytes], copy: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self._copy = copy

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # read1 answers with what is there; read would wait for a full buffer.
        content: bytes = self._source.read1(len(buffer))  # type: ignore[attr-defined]
        self._copy.write(content)
        self._copy.flush()
        buffer[:len(content)] = content
        return len(content)


def decode(source: IO[bytes], decoder: Decoder, copy: IO[bytes] | None = None) -> None:
    """Feed a decoder from source until its end, keeping a copy of the bytes.

    A stream that breaks off or is damaged gives a failing outcome of the id
    ``subunit.parser``; nothing is raised for it.
    """
    readable: Any = source
    if copy is not None:
        readable = io.BufferedReader(_Tee(source, copy))
    subunit.ByteStreamToStreamResult(readable, non_subunit_name=NOISE).run(decoder)
