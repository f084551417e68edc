"""What the EC2 API has records of its own of."""

from collections.abc import Callable, Iterable, Iterator
import contextlib
import json
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.cleaning.access import Person
from ec2attrs_tempest_plugin.cleaning.naming import Names
from ec2attrs_tempest_plugin.cleaning.things import Thing
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import Json
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.tests import vpcs

#: By these ids only EC2 knows them.
INSTANCE = things.Kind('EC2 instance', 'ec2', '', '')
EC2_VOLUME = things.Kind('EC2 volume', 'ec2', '', '')

# A list goes on for so many pages at most.
_PAGES = 1000

#: Goes on after the failure of one of several, and keeps it.
One = Callable[[str], contextlib.AbstractContextManager[None]]


class OfRuns:
    """EC2 by the keys that runs left behind in projects of their own."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._by_project: dict[str, Ec2] = {}

    def take_keys(self, credentials: Iterable[Thing]) -> None:
        """Learn the keys, of which Keystone shows an administrator all."""
        for each in credentials:
            keys = _keys(each.shown.get('blob'))
            if keys is not None and self._person.ec2_url:
                self._by_project[each.project] = self._person.ec2(*keys)

    def terminate(self, one: One) -> None:
        """Terminate all instances of the projects, without waiting for it."""
        for project, ec2 in self._by_project.items():
            with one(f'EC2 in project {project}'):
                for instance, owner in _instances(ec2):
                    # One that is protected stays until Nova is asked, and so does one of which
                    # EC2 does not say that it is in the project.
                    if owner == project:
                        ec2.attempt('TerminateInstances', InstanceIds=[_id(instance)])

    def forget(self, one: One) -> None:
        """Let EC2 see that all is gone, and remove the VPCs that it made by itself."""
        for project, ec2 in self._by_project.items():
            for action in ('DescribeInstances', 'DescribeVolumes', 'DescribeSnapshots'):
                with one(f'EC2 in project {project}'):
                    ec2.attempt(action)
            with one(f'the default VPC of project {project}'):
                vpcs.remove_default(ec2)


class OfTenant:
    """What the suite launched in somebody's own project.

    It is asked for by keys that are deleted at once, or by those of the configuration where
    Keystone gives none.
    """

    def __init__(self, person: Person, names: Names) -> None:
        self._person = person
        self._names = names

    @contextlib.contextmanager
    def _keys(self) -> Iterator[Ec2]:
        person = self._person
        path = f'/users/{person.session.user_id}/credentials/OS-EC2'
        answer = person.ask('identity', 'POST', path, body={'tenant_id': person.project_id},
                            expect=(201, 403))
        if answer.status == 403:
            if person.ec2_keys is None:
                raise errors.NotPermitted(
                    f'{person.name} may not create EC2 credentials (403), so nobody looks for '
                    'what was launched through EC2: set [ec2attrs] ec2_access_key and '
                    'ec2_secret_key')
            yield person.ec2(*person.ec2_keys)
            return
        made = answer.body['credential']
        try:
            yield person.ec2(made['access'], made['secret'])
        finally:
            access = urllib.parse.quote(made['access'], safe='')
            person.ask('identity', 'DELETE', f'{path}/{access}', expect=(204, 404))

    def launched(self) -> list[Thing]:
        """Return instances whose ClientToken the suite made, each with its volumes.

        :raises BadAnswer: when EC2 does not say.
        :raises NotPermitted: when there are no keys for EC2.
        """
        if not self._person.ec2_url:
            return []
        project = self._person.project_id
        with self._keys() as ec2:
            found = [each for each, _ in _instances(ec2)
                     if self._names.is_token(each.get('ClientToken'))]
        return [thing for instance in found for thing in (
            Thing(INSTANCE, _id(instance), str(instance['ClientToken']), project, instance),
            *(Thing(EC2_VOLUME, str(ebs['VolumeId']), '', project, ebs)
              for ebs in (mapping.get('Ebs') for mapping in mappings(instance))
              if isinstance(ebs, dict) and ebs.get('VolumeId')))]

    def remove(self, found: Iterable[Thing], one: One, *, timeout: float,
               interval: float) -> None:
        """Terminate instances, wait until they are gone, and delete the volumes that stay."""
        found = list(found)
        if not found:
            return
        with self._keys() as ec2:
            waiting = {each.id for each in found if each.kind is INSTANCE}
            for instance_id in sorted(waiting):
                with one(f'EC2 instance {instance_id}'):
                    # It may be protected; when it stays so, the termination tells.
                    ec2.attempt('ModifyInstanceAttribute', InstanceId=instance_id,
                                Attribute='disableApiTermination', Value='false')
                    ec2.ask('TerminateInstances', InstanceIds=[instance_id])
            for _ in polling.looks(timeout=timeout, interval=interval):
                waiting &= {_id(each) for each, _ in _instances(ec2)}
                if not waiting:
                    break
            for each in found:
                if each.kind is EC2_VOLUME:
                    with one(f'EC2 volume {each.id}'):
                        answer = ec2.attempt('DeleteVolume', VolumeId=each.id)
                        if isinstance(answer, Refused) and not answer.code.endswith('NotFound'):
                            raise answer
        for instance_id in sorted(waiting):
            with one(f'EC2 instance {instance_id}'):
                raise errors.BadAnswer(f'not gone after {timeout:.0f} s')


def _instances(ec2: Ec2) -> list[tuple[Json, str]]:
    """Return the instances that are not terminated, each with the owner of its reservation.

    :raises BadAnswer: when the list does not end.
    """
    found: dict[str, tuple[Json, str]] = {}
    more: dict[str, str] = {}
    for _ in range(_PAGES):
        answer = ec2.describe_instances(**more)
        found |= {_id(instance): (instance, str(reservation.get('OwnerId')))
                  for instance, reservation in Ec2View(answer).instances()
                  if instance.get('State', {}).get('Name') != 'terminated'}
        token = answer.body.get('NextToken')
        if not token:
            return list(found.values())
        if more == {'NextToken': token}:
            break
        more = {'NextToken': token}
    raise errors.BadAnswer('EC2 DescribeInstances: the list does not end')


def _id(instance: Json) -> str:
    return str(instance.get('InstanceId'))


def _keys(blob: Any) -> tuple[str, str] | None:
    """Return the access key and the secret of an EC2 credential of Keystone."""
    try:
        keys = json.loads(blob)
        return str(keys['access']), str(keys['secret'])
    except (TypeError, ValueError, KeyError, RecursionError):
        return None
