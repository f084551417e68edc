"""Whom EC2 tells of instances: the owner of keys, of the keys' own project alone."""

from collections.abc import Mapping
import datetime
import functools
from typing import Any

from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.clients.ec2 import Ec2Answer
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.launches import Launches
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.outcomes import of_preparation
from ec2attrs_tempest_plugin.tests.scenario.base import Ec2Test
from ec2attrs_tempest_plugin.tests.scenario.test_ec2_launches import ids

#: EC2's errors to whoever is not known, or did not sign well.
REFUSALS = ('AuthFailure', 'SignatureDoesNotMatch', 'InvalidClientTokenId', 'RequestExpired',
            'MissingAuthenticationToken', 'IncompleteSignature', 'InvalidAccessKeyId',
            'UnrecognizedClientException', 'AccessDeniedException')
#: EC2's errors to the id of no instance.
NO_INSTANCE = 'InvalidInstanceID.NotFound'

# Amazon lets a signature be a quarter of an hour old, and so does Keystone.
STALE = datetime.timedelta(minutes=20)


class Ec2AccessTest(Ec2Test):
    """One instance, and requests about it that are signed well, or not."""

    made: Launches
    keys: Mapping[str, Mapping[str, str]]
    # Why no keys can be made.
    no_keys: Exception | None

    @classmethod
    def prepare_servers(cls) -> None:
        # For each test its own: what is rejected once may be rejected for a while.
        cls.keys, cls.no_keys = {}, None
        try:
            cls.keys = {name: cls.keys_of(cls.member) for name in (
                'wrong', 'mixed', 'others', 'stale', 'unknown', 'unsigned', 'changed', 'deleted')}
        except errors.NotPermitted as reason:
            cls.no_keys = of_preparation(reason)
        cls.made = cls.launches()
        [cls.instance_id] = ids(cls.made.run(1))
        cls.made.wait_for([cls.instance_id], 'running')

    @decorators.idempotent_id('15ac6c15-24e1-4fbd-8fd8-5f0f6a5d67ab')
    @requirement('EC2A-118')
    def test_keys_of_a_member_are_enough(self) -> None:
        """A member's keys read instances, their attributes, volumes and images."""
        requests: list[tuple[str, dict[str, Any]]] = [
            ('DescribeInstances', {}), ('DescribeVolumes', {}), ('DescribeImages', {}),
            *(('DescribeInstanceAttribute', {'InstanceId': self.instance_id,
                                             'Attribute': attribute})
              for attribute in ('userData', 'rootDeviceName', 'kernel', 'ramdisk',
                                'blockDeviceMapping', 'disableApiTermination', 'instanceType'))]
        self.assert_none(
            difference for action, arguments in requests
            for answer in [self.ec2.attempt(action, **arguments)]
            for difference in self.differences(
                'EC2A-118', 'Code', of=f'{action} {arguments.get("Attribute", "")}'.strip(),
                expected=ABSENT, seen=answer.code, answers=[answer]))

    # Of what project

    @decorators.idempotent_id('fd9b0fd1-44f9-47de-8e48-0cdff9f31b0b')
    @requirement('EC2A-115')
    def test_another_project(self) -> None:
        """To the owner of another project's keys there is no such instance, by any request."""
        other = self.of_another_project()
        listed = other.describe_instances()
        found = self.differences(
            'EC2A-115', 'InstanceId', of='what another project is shown',
            expected=Words('not the instance'),
            seen=Words('the instance' if self.tells(listed) else 'not the instance'),
            answers=[listed])
        for action, arguments in (
                ('DescribeInstances', {'InstanceIds': [self.instance_id]}),
                ('DescribeInstanceAttribute', {'InstanceId': self.instance_id,
                                               'Attribute': 'userData'}),
                ('StopInstances', {'InstanceIds': [self.instance_id]}),
                ('TerminateInstances', {'InstanceIds': [self.instance_id]})):
            answer = other.attempt(action, **arguments)
            found += self.differences(
                'EC2A-115', 'Code', of=f"{action} of another project's instance",
                expected=NO_INSTANCE, seen=answer.code, answers=[answer])
        found += self.differences(
            'EC2A-115', 'State', of='the instance, which another project was to terminate',
            expected='running', seen=self.made.states().get(self.instance_id, ABSENT),
            answers=[listed])
        self.assert_none(found)

    def of_another_project(self) -> Ec2:
        """Return EC2 as a member of another project sees it, or skip."""
        if Role.ADMIN not in self.nova:
            raise self._missing[Role.ADMIN].with_traceback(None)
        people = self.people()
        stranger = self.nova_of(people.user(people.project(), Role.MEMBER.value), Role.MEMBER,
                                'stranger')
        return self.ec2_with(self.keys_of(stranger.session))

    def tells(self, answer: Ec2Answer | Refused) -> bool:
        """Say whether an answer tells of the instance."""
        return self.instance_id.encode() in answer.raw

    # Signed how

    def own_keys(self, name: str) -> Mapping[str, str]:
        """Return the keys of one test, 'access' and 'secret', or skip where none may be made."""
        if self.no_keys is not None:
            raise self.no_keys.with_traceback(None)
        return self.keys[name]

    def assert_refused(self, ec2: Ec2, of: str) -> None:
        """Fail unless a request is refused, and not a word is said of the instance."""
        answer = ec2.attempt('DescribeInstances')
        says = Words(' or '.join(REFUSALS[:4]) + ' or the like')
        self.assert_none([
            *self.differences('EC2A-116', 'Code', of=of, expected=says,
                              seen=says if answer.code in REFUSALS else answer.code,
                              answers=[answer]),
            *self.differences(
                'EC2A-116', 'status', of=of, expected=Words('400 to 499'),
                seen=Words('400 to 499') if isinstance(answer, Refused)
                and 400 <= answer.status < 500 else getattr(answer, 'status', 200),
                answers=[answer]),
            *self.differences(
                'EC2A-116', 'body', of=of, expected=Words('nothing of the instance'),
                seen=Words('its id' if self.tells(answer) else 'nothing of the instance'),
                answers=[answer])])

    def control(self, ec2: Ec2) -> None:
        """Let the keys be used in order: else it would not be the signature that is refused."""
        ec2.describe_volumes()

    @decorators.idempotent_id('4b6a2d3a-dc6a-4a70-8f19-73cf06de4d8d')
    @requirement('EC2A-116')
    def test_wrong_secret(self) -> None:
        """What is signed with another secret is refused."""
        keys = self.own_keys('wrong')
        self.control(self.ec2_with(keys))
        self.assert_refused(self.ec2_with({**keys, 'secret': keys['secret'][::-1] + '0'}),
                            'a request signed with a wrong secret')

    @decorators.idempotent_id('0d3ad6a0-8a7c-4f5e-a0f0-4b3e8e0d8c2e')
    @requirement('EC2A-116')
    def test_secret_of_other_keys(self) -> None:
        """What is signed with the secret of other keys is refused, be they the same user's."""
        keys, others = self.own_keys('mixed'), self.own_keys('others')
        self.control(self.ec2_with(keys))
        # A letter at its end keeps it wrong where all secrets are alike.
        self.assert_refused(self.ec2_with({**keys, 'secret': others['secret'] + 'x'}),
                            'a request signed with the secret of other keys')

    @decorators.idempotent_id('76c4f95c-5a5a-4b8e-8e0d-7c9f0bd0f9d4')
    @requirement('EC2A-116')
    def test_signed_too_long_ago(self) -> None:
        """What was signed twenty minutes ago is refused."""
        keys = self.own_keys('stale')
        self.control(self.ec2_with(keys))
        self.assert_refused(self.ec2_with(keys, signed=STALE),
                            f'a request signed {STALE.seconds // 60} minutes ago')

    @decorators.idempotent_id('c9d8d8cb-1d7f-4d6b-8a3e-0f3c3c1d7b6e')
    @requirement('EC2A-116')
    def test_unknown_keys(self) -> None:
        """What is signed with keys that nobody was given is refused."""
        keys = self.own_keys('unknown')
        self.control(self.ec2_with(keys))
        self.assert_refused(self.ec2_with({**keys, 'access': keys['access'][::-1] + '0'}),
                            'a request signed with keys that nobody was given')

    @decorators.idempotent_id('a6d0dfe7-6c3c-4cb1-8b34-5d4d3fb5e0b9')
    @requirement('EC2A-116')
    def test_not_signed(self) -> None:
        """What is not signed is refused."""
        def unsigned(headers: dict[str, str], body: bytes) -> bytes:
            del headers['Authorization']
            return body
        self.assert_refused(self.ec2_with(self.own_keys('unsigned'), tamper=unsigned),
                            'a request that is not signed')

    @decorators.idempotent_id('e7c9a3b6-0b6e-4b0b-bb0c-7a5d7b6c1ea1')
    @requirement('EC2A-116')
    def test_changed_after_it_was_signed(self) -> None:
        """A request that was changed on its way is refused."""
        def changed(headers: dict[str, str], body: bytes) -> bytes:
            body += b'&MaxResults=1000'
            headers['Content-Length'] = str(len(body))
            return body
        keys = self.own_keys('changed')
        self.control(self.ec2_with(keys))
        self.assert_refused(self.ec2_with(keys, tamper=changed),
                            'a request that was changed after it was signed')

    # For how long

    @decorators.idempotent_id('d5c7b2bb-3d2a-4df6-8d3d-0a4a5d2f6e7c')
    @requirement('EC2A-117')
    def test_deleted_keys(self) -> None:
        """Keys that were deleted are not listed any more, and open nothing."""
        keys = self.own_keys('deleted')
        ec2 = self.ec2_with(keys)
        self.control(ec2)
        request = functools.partial(self.member.request, self.identity())
        path = f'users/{self.member.user_id}/credentials/OS-EC2'
        request('DELETE', f'{path}/{keys["access"]}', expect=(204,),
                source='DELETE /v3/users/{id}/credentials/OS-EC2/{id} member')
        listed = request('GET', path, expect=(200,),
                         source='GET /v3/users/{id}/credentials/OS-EC2 member')
        answer = ec2.attempt('DescribeInstances')
        says = Words(' or '.join(REFUSALS[:3]) + ' or the like')
        self.assert_none([
            *self.differences(
                'EC2A-117', 'access', of='keys that were deleted', expected=Words('not listed'),
                seen=Words('listed' if keys['access'] in str(listed.body) else 'not listed'),
                answers=[listed]),
            *self.differences(
                'EC2A-117', 'Code', of='a request signed with keys that were deleted',
                expected=says, seen=says if answer.code in REFUSALS else answer.code,
                answers=[answer]),
            *self.differences(
                'EC2A-117', 'body', of='a request signed with keys that were deleted',
                expected=Words('nothing of the instance'),
                seen=Words('its id' if self.tells(answer) else 'nothing of the instance'),
                answers=[answer])])
