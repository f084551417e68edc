"""Streams of results made to order."""

import datetime
import io

from subunit import StreamResultToBytes

from ec2attrs_tempest_plugin.certification.stream import decode
from ec2attrs_tempest_plugin.certification.stream import Decoder
from ec2attrs_tempest_plugin.certification.stream import Outcome

BEGIN = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.UTC)
TESTS = 'ec2attrs_tempest_plugin.tests.api.test_x'
#: What makes a failure of a test one of the cloud.
VIOLATIONS = b'[{"requirement": "EC2A-001", "request_ids": []}]'


def traceback(exception: str) -> str:
    """Return a traceback as Python prints it, ending in the lines given."""
    return ('Traceback (most recent call last):\n'
            '  File "/somewhere/test_x.py", line 3, in test_one\n'
            '    self.assert_agrees(1, 2)\n'
            '    ^^^^^^^^^^^^^^^^^^^^^^^^\n' + exception + '\n')


class Stream:
    """Writes subunit as a test runner does."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._to = StreamResultToBytes(self._bytes)
        self._seconds = 0

    def _now(self) -> datetime.datetime:
        self._seconds += 1
        return BEGIN + datetime.timedelta(seconds=self._seconds)

    def begin(self, test_id: str, worker: str = '0') -> 'Stream':
        """Say that a test begins."""
        self._to.status(test_id=test_id, test_status='inprogress', timestamp=self._now(),
                        route_code=worker)
        return self

    def attach(self, test_id: str, name: str, content: bytes, worker: str = '0') -> 'Stream':
        """Attach bytes to a test."""
        self._to.status(test_id=test_id, file_name=name, file_bytes=content, eof=True,
                        mime_type='text/plain; charset=utf8', route_code=worker)
        return self

    def end(self, test_id: str, status: str, worker: str = '0') -> 'Stream':
        """Say what became of a test."""
        self._to.status(test_id=test_id, test_status=status, timestamp=self._now(),
                        route_code=worker)
        return self

    def test(self, test_id: str, status: str = 'success', attachment: str = '',
             worker: str = '0', violations: bytes = b'') -> 'Stream':
        """Run a test from its begin to its end."""
        self.begin(test_id, worker)
        if violations:
            self.attach(test_id, 'violations', violations, worker)
        if attachment:
            name = 'reason' if status == 'skip' else 'traceback'
            self.attach(test_id, name, attachment.encode(), worker)
        return self.end(test_id, status, worker)

    def noise(self, content: bytes) -> 'Stream':
        """Write something that is not subunit."""
        self._bytes.write(content)
        return self

    @property
    def bytes(self) -> bytes:
        """What was written so far."""
        return self._bytes.getvalue()


def outcomes(stream: Stream | bytes) -> list[Outcome]:
    """Return what a stream says."""
    decoder = Decoder()
    decode(io.BytesIO(stream if isinstance(stream, bytes) else stream.bytes), decoder)
    return decoder.outcomes
