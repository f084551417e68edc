"""Rows: EC2 tells of instances to whom it must not, or refuses in other words."""

from collections.abc import Callable
import dataclasses
import json

from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import to
from ec2attrs_tempest_plugin.faults.changes import answer
from ec2attrs_tempest_plugin.faults.changes import in_instances
from ec2attrs_tempest_plugin.faults.changes import status
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TESTS = 'Ec2AccessTest.test_'
_SIGNED = tuple(_TESTS + name for name in (
    'wrong_secret', 'secret_of_other_keys', 'signed_too_long_ago', 'unknown_keys', 'not_signed',
    'changed_after_it_was_signed'))
_signed = against('EC2A-116', 'Code', *_SIGNED)
_deleted = _TESTS + 'deleted_keys'
_another = _TESTS + 'another_project'
_enough = against('EC2A-118', 'Code', _TESTS + 'keys_of_a_member_are_enough')

#: With how many instances of a project an answer is one worth telling.
_SOME = b'<instanceId>'


@dataclasses.dataclass
class Told:
    """Answer what is refused, or empty, with the last answer that told of instances.

    :ivar refused: whether refusals are answered so; else answers without an instance.
    :ivar keep_status: whether the status of the refusal stays.
    """

    refused: bool = True
    keep_status: bool = False
    last: bytes = b''

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if asked.service != 'ec2' or asked.action != 'DescribeInstances':
            return 0
        if answered.status == 200 and _SOME in answered.body:
            self.last = answered.body
            return 0
        if not self.last or (answered.status >= 400) is not self.refused:
            return 0
        if self.keep_status:
            instance = self.last.partition(_SOME)[2].partition(b'<')[0]
            answered.body = answered.body.replace(b'</Message>', b' ' + instance + b'</Message>')
        else:
            answered.status, answered.body = 200, self.last
        return 1


def _of(action: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.service == 'ec2' and asked.action == action


def _code(old: bytes, new: bytes) -> Callable[[Asked, Answered], int]:
    """Return a change of the code of an error."""
    def change(asked: Asked, answered: Answered) -> int:
        if asked.service != 'ec2' or old not in answered.body:
            return 0
        answered.body = answered.body.replace(old, new)
        return 1
    return change


def _nothing(asked: Asked, answered: Answered) -> int:
    """Answer what is refused with no instances."""
    if not _of('DescribeInstances')(asked) or answered.status < 400:
        return 0
    answered.status = 200
    answered.body = (b'<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
                     b'<requestId>req-fault</requestId><reservationSet/>'
                     b'</DescribeInstancesResponse>')
    return 1


def _forbidden(answered: Answered) -> None:
    """Answer that this is not allowed."""
    answered.status = 403
    answered.body = (b'<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no'
                     b'</Message></Error></Errors><RequestID>req-fault</RequestID></Response>')


@dataclasses.dataclass
class StillListed:
    """Let Keystone list the keys that it was asked to delete last."""

    access: str = ''

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if asked.service != 'keystone' or 'credentials/OS-EC2' not in asked.path:
            return 0
        if asked.method == 'DELETE':
            self.access = asked.path.rpartition('/')[2]
        body = answered.json()
        if asked.method != 'GET' or not self.access or 'credentials' not in body:
            return 0
        body['credentials'].append({'access': self.access})
        answered.body = json.dumps(body).encode()
        return 1


@dataclasses.dataclass
class StoppedByAnother:
    """Show instances as stopping once somebody was refused to terminate one."""

    refused: bool = False

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if asked.action == 'TerminateInstances' and answered.status >= 400:
            self.refused = True
        if not self.refused:
            return 0
        return in_instances(text('instanceState/name', to('stopping')))(asked, answered)


ROWS: tuple[Fault, ...] = (
    # How requests are signed
    _signed('ec2-access-not-verified', Kind.WRONG_ROLE,
            'what is signed wrongly is answered as if it were not', Told()),
    _signed('ec2-access-refused-by-nothing', Kind.EMPTY,
            'what is signed wrongly is answered with no instances', _nothing),
    _signed('ec2-access-refused-in-other-words', Kind.OTHER_VALUE,
            'what is signed wrongly is an InvalidRequest',
            _code(b'AuthFailure', b'InvalidRequest')),
    against('EC2A-116', 'status', *_SIGNED)(
        'ec2-access-refused-with-500', Kind.OTHER_VALUE, 'what is signed wrongly is answered 500',
        status(500, _of('DescribeInstances'), if_at_least=400)),
    against('EC2A-116', 'body', *_SIGNED)(
        'ec2-access-refusal-tells', Kind.WRONG_ROLE, 'a refusal names an instance',
        Told(keep_status=True)),
    # Keys that were deleted
    against('EC2A-117', 'Code', _deleted)(
        'ec2-access-deleted-keys-open', Kind.STALE, 'keys that were deleted still open', Told()),
    against('EC2A-117', 'access', _deleted)(
        'ec2-access-deleted-keys-listed', Kind.STALE, 'keys that were deleted are listed',
        StillListed()),
    # Another project
    against('EC2A-115', 'InstanceId', _another)(
        'ec2-access-another-project', Kind.WRONG_ROLE, "another project's instances are shown",
        Told(refused=False)),
    against('EC2A-115', 'Code', _another)(
        'ec2-access-another-project-by-id', Kind.WRONG_ROLE,
        "another project's instance is shown to who knows its id", Told()),
    against('EC2A-115', 'Code', _another)(
        'ec2-access-another-project-forbidden', Kind.OTHER_VALUE,
        "the id of another project's instance is told from that of none",
        _code(b'InvalidInstanceID.NotFound', b'UnauthorizedOperation')),
    against('EC2A-115', 'State', _another)(
        'ec2-access-another-project-stops', Kind.WRONG_ROLE,
        "another project's request stops an instance",
        StoppedByAnother()),
    # A member's keys
    _enough('ec2-access-member-without-attributes', Kind.WRONG_ROLE,
            'DescribeInstanceAttribute is not for members',
            answer(_of('DescribeInstanceAttribute'), _forbidden)),
)
