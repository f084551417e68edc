"""What is found out before a run, a line for each thing."""

import dataclasses
import enum

from ec2attrs_tempest_plugin.contract.visibility import Microversion


class Level(enum.StrEnum):
    """How bad it is."""

    OK = 'ok'
    WARN = 'WARN'
    FAIL = 'FAIL'


@dataclasses.dataclass(frozen=True)
class Line:
    """One thing that was looked at.

    :ivar says: what was seen, and what to do unless it is good. It may quote a cloud.
    """

    level: Level
    name: str
    says: str


@dataclasses.dataclass
class Learned:
    """What one or several checks found out.

    :ivar have: which needs of tests are met.
    :ivar newest: the newest microversion of Nova.
    """

    lines: list[Line] = dataclasses.field(default_factory=list)
    have: set[str] = dataclasses.field(default_factory=set)
    newest: Microversion | None = None

    def ok(self, name: str, says: str, *have: str) -> None:
        """Take down that a thing is good, and which needs it meets."""
        self.lines.append(Line(Level.OK, name, says))
        self.have |= set(have)

    def warn(self, name: str, says: str) -> None:
        """Take down that a run can start, but something will not be tested, or go wrong."""
        self.lines.append(Line(Level.WARN, name, says))

    def fail(self, name: str, says: str) -> None:
        """Take down that a run cannot start."""
        self.lines.append(Line(Level.FAIL, name, says))

    def add(self, other: 'Learned') -> None:
        """Take over what another check found out."""
        self.lines += other.lines
        self.have |= other.have
        self.newest = other.newest or self.newest
