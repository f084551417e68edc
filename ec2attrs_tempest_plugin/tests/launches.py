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
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.contract.views import objects
from ec2attrs_tempest_plugin.tests import names

# States from which no instance comes back; the first is what ec2-api makes of Nova's ERROR.
_FAILED = ('error', 'terminated')
# Why a volume cannot be deleted that will be let go.
_NOT_YET = ('VolumeInUse', 'IncorrectState')


class Launches:
    """Instances and volumes of one project made through EC2, all gone after :meth:`release`.

    An instance is ours by its id, or by the ClientToken of a launch whose response did not come.
    A volume is ours by the id of the response to our request, or because one of our instances
    maps it whose launch asked for volumes. Nothing else is touched.

    :param image: returns EC2's id of the image that is launched.
    :param instance_type: returns EC2's name of the kind of instance.
    :param why_rejected: returns why no launch is possible in this project, None where one is.
    :param own_project: whether nobody else uses the project.
    :param timeout: seconds that instances have to get into a state, or to go.
    :param interval: longest time between two looks, in seconds.
    """

    def __init__(self, ec2: Ec2, image: Callable[[], str], instance_type: Callable[[], str], *,
                 why_rejected: Callable[[Refused], str | None], own_project: bool,
                 timeout: float, interval: float) -> None:
        self._ec2 = ec2
        self.image = functools.cache(image)
        self.instance_type = functools.cache(instance_type)
        self._why_rejected = why_rejected
        self._own_project = own_project
        self._looks = functools.partial(polling.looks, timeout=timeout, interval=interval)
        self._timeout = timeout
        self._ids: set[str] = set()
        self._tokens: set[str] = set()
        self._with_volumes: set[str] = set()  # tokens of launches that asked for volumes
        self._volume_ids: set[str] = set()

    @errors.preparation
    def run(self, count: int, **more: Any) -> Ec2Answer:
        """Return the response to RunInstances of so many, with a ClientToken of its own.

        :param more: parameters of RunInstances, in place of the usual ones.
        :raises NotOffered: where no launch is possible in the project.
        """
        answer = self.attempt(**self.arguments(count, **more))
        if isinstance(answer, Refused):
            reason = self._why_rejected(answer)
            if reason is not None:
                raise errors.NotOffered(reason)
            raise answer
        return answer

    def arguments(self, count: int, **more: Any) -> dict[str, Any]:
        """Return the arguments of RunInstances of so many, with a ClientToken of its own."""
        return {'ImageId': self.image(), 'InstanceType': self.instance_type(), 'MinCount': count,
                'MaxCount': count, 'ClientToken': names.new(), **more}

    def attempt(self, **arguments: Any) -> Ec2Answer | Refused:
        """Return the response to RunInstances, or the error.

        :param arguments: with a ClientToken.
        """
        token = arguments['ClientToken']
        self._tokens.add(token)
        if arguments.get('BlockDeviceMappings'):
            self._with_volumes.add(token)
        answer = self._ec2.attempt('RunInstances', **arguments)
        if not isinstance(answer, Refused):
            self._ids |= {str(instance.get('InstanceId'))
                          for instance in answer.body.get('Instances', [])}
        return answer

    @errors.preparation
    def volume(self, **arguments: Any) -> str:
        """Return EC2's id of a new volume.

        :param arguments: of CreateVolume.
        """
        made = self._ec2.ask('CreateVolume', ClientToken=names.new(), **arguments)
        volume_id = str(made.body.get('VolumeId'))
        self._volume_ids.add(volume_id)
        return volume_id

    def further(self, before: Collection[str], token: str) -> set[str]:
        """Return the instances that a request made beside those of before.

        Where others may use the project, only an instance with the request's token is its own.

        :param token: the ClientToken of the request.
        """
        return {str(each.get('InstanceId')) for each in self._instances()
                if self._own_project or each.get('ClientToken') == token} - set(before)

    def states(self) -> dict[str, str]:
        """Return the state names of the project's instances by their ids."""
        return {str(instance.get('InstanceId')): _state(instance)
                for instance in self._instances()}

    def _instances(self) -> list[Mapping[str, Any]]:
        return [instance for instance, _ in Ec2View(self._ec2.describe_instances()).instances()]

    @errors.preparation
    def wait_for(self, instance_ids: Collection[str], wanted: str) -> None:
        """Wait until instances have a state of EC2, such as running.

        :raises CloudError: as soon as one has failed, or when time is out.
        """
        states: dict[str, str] = {}
        for _ in self._looks():
            states = self.states()
            if all(states.get(each) == wanted for each in instance_ids):
                return
            if any(states.get(each) in _FAILED for each in instance_ids):
                break
        late = [each for each in instance_ids if states.get(each) != wanted]
        failed = [each for each in late if states.get(each) in _FAILED]
        if failed:
            raise errors.CloudError(
                Code.STATE, f'EC2 DescribeInstances: instance {failed[0][:32]} did not become '
                            f'{wanted} but {states[failed[0]][:32]}')
        raise errors.CloudError(
            Code.TIMEOUT, f'EC2 DescribeInstances: instance {late[0][:32]} was not {wanted} after '
                          f'{self._timeout:.0f} s but {states.get(late[0], "unknown")[:32]}; '
                          f'[compute] build_timeout is the time it has')

    @errors.preparation
    def terminate(self, instance_ids: Collection[str]) -> Ec2Answer:
        """Terminate instances and wait until they are gone, or shown as terminated.

        :raises CloudError: when one stays.
        """
        self._learn_volumes()
        answer = self._ec2.ask('TerminateInstances', InstanceIds=sorted(instance_ids))
        left: list[str] = []
        for _ in self._looks():
            states = self.states()
            left = [each for each in instance_ids
                    if states.get(each, 'terminated') != 'terminated']
            if not left:
                return answer
        raise errors.CloudError(
            Code.TIMEOUT, f'EC2 TerminateInstances: instance {left[0][:32]} was not gone '
                          f'{self._timeout:.0f} s after it')

    def launched(self) -> list[str]:
        """Return the ids of the instances that were launched, and are not gone."""
        return [str(each.get('InstanceId')) for each in self._launched()]

    def _launched(self) -> list[Mapping[str, Any]]:
        return [each for each in self._instances()
                if _state(each) != 'terminated' and (
                    each.get('InstanceId') in self._ids
                    or each.get('ClientToken') in self._tokens)]

    def _learn_volumes(self) -> None:
        """Remember the volumes of launches that asked for some, while instances map them."""
        if not self._with_volumes:
            return
        for _ in self._looks():  # EC2 maps volumes once the instance has them
            ours = self._launched()
            if not any(_state(each) == 'pending' for each in ours):
                break
        self._volume_ids |= {
            str(mapping['Ebs']['VolumeId']) for each in ours
            if (each.get('ClientToken') or '') in {'', *self._with_volumes}
            for mapping in mappings(each) if mapping.get('Ebs', {}).get('VolumeId')}

    @errors.preparation
    def release(self) -> None:
        """Terminate what was launched, and delete the volumes that it left behind.

        :raises CloudError: when something stays.
        """
        made = self.launched()
        with contextlib.ExitStack() as last:
            last.callback(self._delete_volumes)
            if made:
                self.terminate(made)

    @errors.preparation
    def _delete_volumes(self) -> None:
        left = sorted(self._volume_ids)
        for _ in self._looks():
            # Until it is let go it cannot be deleted; one that goes by itself is no error.
            left = [each for each in left
                    if self._ec2.attempt('DeleteVolume', VolumeId=each).code in _NOT_YET]
            if not left:
                self._volume_ids.clear()
                return
        raise errors.CloudError(
            Code.TIMEOUT, f'EC2 DeleteVolume: volume {left[0][:32]} was still in use after '
                          f'{self._timeout:.0f} s')


def ids_of(launched: Ec2Answer, count: int) -> list[str]:
    """Return the ids of the instances in the answer to a launch of so many.

    :raises BadAnswer: when it does not hold so many.
    """
    found = [str(each.get('InstanceId')) for each in objects(launched.body.get('Instances'))]
    if len(found) != count:
        raise errors.BadAnswer(
            f'{launched.source}: InstanceId of the response: expected {count} instances; seen '
            f'{len(found)} [{", ".join(launched.request_ids)}]', source=launched.source,
            attribute='InstanceId', expected=f'{count} instances', seen=str(len(found)),
            request_ids=launched.request_ids)
    return found


def _state(instance: Mapping[str, Any]) -> str:
    return str(instance.get('State', {}).get('Name'))
