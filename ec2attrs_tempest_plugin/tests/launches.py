"""Instances that a class of tests launches through EC2, and their removal."""

from collections.abc import Callable, Collection, Mapping
import contextlib
import functools
from typing import Any

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.clients.ec2 import Ec2Answer
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import objects
from ec2attrs_tempest_plugin.tests import names

# Why a volume cannot be deleted that will be let go.
_NOT_YET = ('VolumeInUse', 'IncorrectState')


class Launches:
    """Instances and volumes of one project made through EC2, all gone after :meth:`release`.

    An instance is ours by its id, or by the ClientToken of a launch whose answer did not come.
    Volumes are looked at as well: those that outlive their instance are ours to delete.

    :param image: returns EC2's id of the image that is launched.
    :param instance_type: returns EC2's name of the kind of instance.
    :param timeout: seconds that instances have to get into a state, or to go.
    :param interval: longest time between two looks, in seconds.
    """

    def __init__(self, ec2: Ec2, image: Callable[[], str], instance_type: Callable[[], str], *,
                 timeout: float, interval: float) -> None:
        self._ec2 = ec2
        self.image = functools.cache(image)
        self.instance_type = functools.cache(instance_type)
        self._looks = functools.partial(polling.looks, timeout=timeout, interval=interval)
        self._timeout = timeout
        self._ids: set[str] = set()
        self._tokens: set[str] = set()
        self._volumes_before = self._volumes()

    def run(self, count: int, **more: Any) -> Ec2Answer:
        """Return the answer to RunInstances of so many, with a ClientToken of its own.

        :param more: parameters of RunInstances, in place of the usual ones.
        """
        answer = self.attempt(**{
            'ImageId': self.image(), 'InstanceType': self.instance_type(), 'MinCount': count,
            'MaxCount': count, 'ClientToken': names.new(), **more})
        if isinstance(answer, Refused):
            raise answer
        return answer

    def attempt(self, **arguments: Any) -> Ec2Answer | Refused:
        """Return the answer to RunInstances, or the error that was answered.

        :param arguments: with a ClientToken.
        """
        self._tokens.add(arguments['ClientToken'])
        answer = self._ec2.attempt('RunInstances', **arguments)
        if not isinstance(answer, Refused):
            self._ids |= {str(instance.get('InstanceId'))
                          for instance in answer.body.get('Instances', [])}
        return answer

    def states(self) -> dict[str, str]:
        """Return the state names of the project's instances by their ids."""
        return {str(instance.get('InstanceId')): _state(instance)
                for instance in self._instances()}

    def _instances(self) -> list[Mapping[str, Any]]:
        return [instance for instance, _ in Ec2View(self._ec2.describe_instances()).instances()]

    def wait_for(self, instance_ids: Collection[str], wanted: str) -> None:
        """Wait until instances have a state of EC2, such as running.

        :raises BadAnswer: when time is out.
        """
        states: dict[str, str] = {}
        for _ in self._looks():
            states = self.states()
            if all(states.get(each) == wanted for each in instance_ids):
                return
        late = [each for each in instance_ids if states.get(each) != wanted]
        raise errors.BadAnswer(
            f'EC2 DescribeInstances: instance {late[0][:32]} was not {wanted} after '
            f'{self._timeout:.0f} s but {states.get(late[0], "unknown")[:32]}; '
            f'[compute] build_timeout is the time it has')

    def terminate(self, instance_ids: Collection[str]) -> Ec2Answer:
        """Terminate instances and wait until they are gone, or shown as terminated.

        :raises BadAnswer: when one stays.
        """
        answer = self._ec2.ask('TerminateInstances', InstanceIds=sorted(instance_ids))
        left: list[str] = []
        for _ in self._looks():
            states = self.states()
            left = [each for each in instance_ids
                    if states.get(each, 'terminated') != 'terminated']
            if not left:
                return answer
        raise errors.BadAnswer(
            f'EC2 TerminateInstances: instance {left[0][:32]} was not gone '
            f'{self._timeout:.0f} s after it')

    def launched(self) -> list[str]:
        """Return the ids of the instances that were launched, and are not gone."""
        return [str(each.get('InstanceId')) for each in self._instances()
                if _state(each) != 'terminated' and (
                    each.get('InstanceId') in self._ids
                    or each.get('ClientToken') in self._tokens)]

    def release(self) -> None:
        """Terminate what was launched, and delete the volumes that it left behind.

        :raises BadAnswer: when something stays.
        """
        made = self.launched()
        with contextlib.ExitStack() as last:
            last.callback(self._delete_volumes)
            if made:
                self.terminate(made)

    def _volumes(self) -> set[str]:
        described = self._ec2.attempt('DescribeVolumes')
        if isinstance(described, Refused):  # there are none without Cinder
            return set()
        return {str(volume.get('VolumeId')) for volume in described.body.get('Volumes', [])}

    def _delete_volumes(self) -> None:
        left = sorted(self._volumes() - self._volumes_before)
        for _ in self._looks():
            # Until it is let go it cannot be deleted; one that goes by itself is no error.
            left = [each for each in left
                    if self._ec2.attempt('DeleteVolume', VolumeId=each).code in _NOT_YET]
            if not left:
                return
        raise errors.BadAnswer(f'EC2 DeleteVolume: volume {left[0][:32]} was still in use after '
                               f'{self._timeout:.0f} s')


def ids_of(launched: Ec2Answer, count: int) -> list[str]:
    """Return the ids of the instances in the answer to a launch of so many.

    :raises BadAnswer: when it does not hold so many.
    """
    found = [str(each.get('InstanceId')) for each in objects(launched.body.get('Instances'))]
    if len(found) != count:
        raise errors.BadAnswer(
            f'{launched.source}: InstanceId of the answer: expected {count} instances; seen '
            f'{len(found)} [{", ".join(launched.request_ids)}]')
    return found


def _state(instance: Mapping[str, Any]) -> str:
    return str(instance.get('State', {}).get('Name'))
