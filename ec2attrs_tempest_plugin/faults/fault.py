"""What a row of the catalogue says."""

import dataclasses
import enum

from ec2attrs_tempest_plugin.faults.exchange import Change


class Kind(enum.StrEnum):
    """What is wrong, or, for the last two, what is not a fault of an attribute."""

    ABSENT = 'absent'
    NULL = 'null'
    EMPTY = 'empty'
    WRONG_TYPE = 'wrong-type'
    WRONG_FORMAT = 'wrong-format'
    CONSTANT = 'constant'
    OTHER_VALUE = 'other-value'
    ANOTHERS = 'another-servers-value'
    STALE = 'stale'
    WRONG_MICROVERSION = 'wrong-microversion'
    WRONG_CALL = 'wrong-call'
    WRONG_ROLE = 'wrong-role'
    UNKNOWN_KEY = 'unknown-key'
    DETAIL_UNLIKE_SHOW = 'detail-unlike-show'
    API_UNLIKE_API = 'api-unlike-api'
    DUPLICATE = 'duplicate'
    STORED_WRONG = 'stored-wrong'
    NOT_HONOURED = 'not-honoured'
    BENIGN = 'benign'
    CHAOS = 'chaos'

    @property
    def group(self) -> str:
        """What the score counts it among: benign, chaos, or faults for all others."""
        return self.value if self in (Kind.BENIGN, Kind.CHAOS) else 'faults'


@dataclasses.dataclass(frozen=True)
class Behaviour:
    """A change of what a real service does, made inside its process.

    :ivar service: 'nova' or 'ec2'.
    :ivar name: of the function in ``inside/ec2attrs_faults``.
    """

    service: str
    name: str


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing put wrong (or, when benign, put otherwise), and who must say so.

    :ivar id: stable name, begins with where it acts: nova-, metadata-, ec2-, stack- (several
        services).
    :ivar says: what is done to the answer or the service, in one line.
    :ivar how: the change of answers, or the behaviour of a service.
    :ivar requirement: the requirement that it breaks; empty for benign rows and chaos.
    :ivar attribute: what the first line of the failure must name; empty likewise.
    :ivar caught_by: ``Class.method`` of each test that must fail. For chaos: those that are
        run, none of which may hang; for benign rows: empty, all that meet it must pass.
    :ivar bug: a real bug that this is, as its number and project know it.
    :ivar live_only: whether the tests then ask what a recording of a clean run does not hold,
        or wait too long for one.
    :ivar equivalent: why no test can tell it from a cloud in order, if that is so.
    """

    id: str
    kind: Kind
    says: str
    how: Change | Behaviour
    requirement: str = ''
    attribute: str = ''
    caught_by: tuple[str, ...] = ()
    bug: str = ''
    live_only: bool = False
    equivalent: str = ''

    @property
    def acts_in(self) -> str:
        """The API that shows it: nova, metadata, ec2 or stack."""
        return self.id.partition('-')[0]

    @property
    def recordable(self) -> bool:
        """Whether it can be tried on recorded exchanges: it changes answers, and no more."""
        return not (self.live_only or self.kind is Kind.CHAOS
                    or isinstance(self.how, Behaviour))
