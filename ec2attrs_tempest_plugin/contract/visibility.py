"""Which attribute an answer shows: by call, microversion and role.

A row says who sees which attributes from which microversion up to, and not
including, which other. What no row says must be absent. Executed against Nova
and read in ``nova/api/openstack/compute/views/servers.py``,
``.../compute/servers.py`` and ``nova/policies/extended_server_attributes.py``.
"""

from collections.abc import Iterator, Mapping
import dataclasses
import enum
import functools

from ec2attrs_tempest_plugin.contract import attributes


class Call(enum.Enum):
    """A call of Nova that answers about servers; the value is for messages."""

    SHOW = 'GET /servers/{id}'
    DETAIL = 'GET /servers/detail'
    LIST = 'GET /servers'
    CREATE = 'POST /servers'
    CREATE_RESERVATION = 'POST /servers (return_reservation_id)'
    UPDATE = 'PUT /servers/{id}'
    REBUILD = 'POST /servers/{id}/action (rebuild)'


class Role(enum.Enum):
    """Whose token asks. Nova's default policy knows more; these differ."""

    ADMIN = 'admin'
    MEMBER = 'member'
    READER = 'reader'


@functools.total_ordering
@dataclasses.dataclass(frozen=True)
class Microversion:
    """A microversion of the compute API, ordered as numbers: 2.9 < 2.10."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> 'Microversion':
        """Return the microversion written as ``major.minor``.

        :raises ValueError: when the text is not two numbers with a dot.
        """
        major, dot, minor = text.partition('.')
        if not (dot and major.isascii() and major.isdigit()
                and minor.isascii() and minor.isdigit()):
            raise ValueError(f'not a microversion: {text[:32]!r}')
        return cls(int(major), int(minor))

    def __str__(self) -> str:
        return f'{self.major}.{self.minor}'

    def __lt__(self, other: 'Microversion') -> bool:
        return (self.major, self.minor) < (other.major, other.minor)


def _mv(text: str) -> Microversion:
    return Microversion.parse(text)


FIRST = _mv('2.1')
#: The microversion that brought the attributes.
INTRODUCED = _mv('2.3')

#: What changed for the EC2 attributes, in answers, in requests or in what a request does. The
#: source is Nova's ``nova/api/openstack/compute/rest_api_version_history.rst``.
HISTORY: Mapping[Microversion, str] = {
    INTRODUCED: 'administrators see the seven, everyone sees delete_on_termination',
    _mv('2.57'): 'a rebuild takes user_data and answers it, without a prefix',
    _mv('2.69'): 'a server of a cell that does not answer is shown in part',
    _mv('2.75'): 'updates and rebuilds answer the attributes and the attached volumes',
    _mv('2.79'): 'attachments take and show delete_on_termination',
    _mv('2.85'): 'delete_on_termination of an attachment can be changed',
    _mv('2.89'): 'attachments show attachment_id and bdm_uuid in the place of id',
    _mv('2.90'): 'a hostname can be asked for, and every role sees it',
    _mv('2.93'): 'a server booted from a volume can be rebuilt',
    _mv('2.94'): 'the hostname asked for may hold dots',
    _mv('2.101'): 'an attachment is answered before it is made, without a body',
}

#: The newest microversion whose history has been read for this table.
KNOWN = _mv('2.104')


def _boundaries() -> tuple[Microversion, ...]:
    before = [Microversion(each.major, each.minor - 1) for each in HISTORY]
    return tuple(sorted({FIRST, *before, *HISTORY, KNOWN}))


#: Every microversion at which something changes and the last one before it; first and last.
MICROVERSIONS = _boundaries()

READS = (Call.SHOW, Call.DETAIL)
EVERYONE = frozenset(Role)
#: Those who may change servers.
WRITERS = (Role.ADMIN, Role.MEMBER)
ADMIN_ONLY = frozenset({Role.ADMIN})


@dataclasses.dataclass(frozen=True)
class Rule:
    """The attributes of a server that some calls show to some roles."""

    shown: tuple[attributes.Attribute, ...]
    calls: tuple[Call, ...]
    roles: frozenset[Role]
    since: Microversion
    before: Microversion | None = None

    def applies(self, call: Call, microversion: Microversion, role: Role) -> bool:
        """Say whether the row speaks of this call."""
        return (call in self.calls and role in self.roles and self.since <= microversion
                and (self.before is None or microversion < self.before))


#: The rule of ``nova/policies/extended_server_attributes.py`` that shows the seven to
#: administrators alone.
POLICY = 'os_compute_api:os-extended-server-attributes'

SEVEN = attributes.SERVER_ATTRIBUTES
SIX = tuple(a for a in SEVEN if a is not attributes.USER_DATA)
HOSTNAME = (attributes.HOSTNAME,)

#: The seven, as keys of the server.
SERVER_RULES = (
    Rule(SEVEN, READS, ADMIN_ONLY, since=INTRODUCED),
    Rule(SEVEN, (Call.UPDATE,), ADMIN_ONLY, since=_mv('2.75')),
    Rule(SIX, (Call.REBUILD,), ADMIN_ONLY, since=_mv('2.75')),
    Rule(HOSTNAME, (*READS, Call.UPDATE, Call.REBUILD), EVERYONE, since=_mv('2.90')),
)

#: Since when an answer lists the attached volumes; other calls never do.
VOLUMES_SINCE = {
    Call.SHOW: FIRST,
    Call.DETAIL: FIRST,
    Call.UPDATE: _mv('2.75'),
    Call.REBUILD: _mv('2.75'),
}

#: Since when an answer has the key ``user_data`` without a prefix.
BARE_USER_DATA_SINCE = {Call.REBUILD: _mv('2.57')}


def shown_attributes(
        call: Call, microversion: Microversion, role: Role) -> tuple[attributes.Attribute, ...]:
    """Return those of the seven attributes that the answer must show."""
    shown = {attribute.name for rule in SERVER_RULES
             if rule.applies(call, microversion, role) for attribute in rule.shown}
    return tuple(a for a in attributes.SERVER_ATTRIBUTES if a.name in shown)


def shows_volumes(call: Call, microversion: Microversion) -> bool:
    """Say whether the answer lists the attached volumes."""
    return _since(VOLUMES_SINCE, call, microversion)


def shows_flag(call: Call, microversion: Microversion) -> bool:
    """Say whether each attached volume comes with delete_on_termination."""
    return shows_volumes(call, microversion) and INTRODUCED <= microversion


def shows_bare_user_data(call: Call, microversion: Microversion) -> bool:
    """Say whether the answer has ``user_data`` without a prefix."""
    return _since(BARE_USER_DATA_SINCE, call, microversion)


def _since(table: Mapping[Call, Microversion], call: Call, microversion: Microversion) -> bool:
    since = table.get(call)
    return since is not None and since <= microversion


def requirement(call: Call, microversion: Microversion, role: Role) -> str:
    """Return the id of the requirement that says what the answer shows."""
    if call in (Call.CREATE, Call.CREATE_RESERVATION):
        return 'EC2A-010'
    if call is Call.LIST:
        return 'EC2A-018'
    if call is Call.UPDATE:
        return 'EC2A-011' if microversion < _mv('2.75') else 'EC2A-015'
    if call is Call.REBUILD:
        if microversion < _mv('2.57'):
            return 'EC2A-012'
        return 'EC2A-016' if microversion < _mv('2.75') else 'EC2A-017'
    if microversion < INTRODUCED:
        return 'EC2A-001'
    if role is Role.ADMIN:
        return 'EC2A-002'
    return 'EC2A-003' if microversion < _mv('2.90') else 'EC2A-014'


def flag_requirement(microversion: Microversion) -> str:
    """Return the id of the requirement that says what a volume shows."""
    return 'EC2A-004' if microversion < INTRODUCED else 'EC2A-005'


def all_reads(*microversions: Microversion) -> Iterator[tuple[Call, Microversion, Role]]:
    """Yield every (call, microversion, role) that reads a server."""
    for microversion in microversions:
        for call in READS:
            for role in Role:
                yield call, microversion, role
