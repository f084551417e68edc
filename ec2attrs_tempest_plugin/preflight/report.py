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
    :ivar lacks: which are not met for one of several accounts, and so not met.
    :ivar newest: the newest microversion of Nova.
    """

    lines: list[Line] = dataclasses.field(default_factory=list)
    have: set[str] = dataclasses.field(default_factory=set)
    lacks: set[str] = dataclasses.field(default_factory=set)
    newest: Microversion | None = None

    def ok(self, name: str, says: str, *have: str) -> None:
        """Take down that a thing is good, and which needs it meets."""
        self.lines.append(Line(Level.OK, name, says))
        self.have |= set(have)

    def warn(self, name: str, says: str, *lacks: str) -> None:
        """Take down that a run can start, but something will not be tested, or go wrong.

        :param lacks: needs that are not met.
        """
        self.lines.append(Line(Level.WARN, name, says))
        self.lacks |= set(lacks)

    def fail(self, name: str, says: str, *lacks: str) -> None:
        """Take down that a run cannot start.

        :param lacks: needs that are not met.
        """
        self.lines.append(Line(Level.FAIL, name, says))
        self.lacks |= set(lacks)

    @property
    def met(self) -> set[str]:
        """The needs that are met for all accounts."""
        return self.have - self.lacks

    def add(self, other: 'Learned') -> None:
        """Take over what another check found out."""
        self.lines += other.lines
        self.have |= other.have
        self.lacks |= other.lacks
        self.newest = other.newest or self.newest
