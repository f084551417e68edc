"""DescribeInstances asked in all ways: each answer is a part of the whole, and no more."""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tempest import config
from tempest.lib import decorators

from ec2attrs_tempest_plugin.clients.ec2 import Ec2Answer
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.contract.descriptions import unlike
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import Json
from ec2attrs_tempest_plugin.contract.views import mappings
from ec2attrs_tempest_plugin.contract.views import NovaView
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests.marks import requirement
from ec2attrs_tempest_plugin.tests.scenario.base import Ec2Test
from ec2attrs_tempest_plugin.tests.scenario.base import View
from ec2attrs_tempest_plugin.tests.scenario.test_ec2_launches import ids
from ec2attrs_tempest_plugin.tests.scenario.test_ec2_launches import mappings_of

CONF = config.CONF

#: Well formed, and of no instance.
NOBODY = 'i-0123abcd'
#: No response comes in so many pages.
MOST_PAGES = 20

Values = Callable[[Json, Json], Iterable[str]]


def _own(key: str) -> Values:
    return lambda instance, _: [str(instance[key])] if key in instance else []


#: Filters of DescribeInstances, with the values that an instance and its reservation have.
FILTERS: Mapping[str, Values] = {
    'reservation-id': lambda _, reservation: [str(reservation.get('ReservationId'))],
    'launch-index': _own('AmiLaunchIndex'),
    'root-device-name': _own('RootDeviceName'),
    'root-device-type': _own('RootDeviceType'),
    'kernel-id': _own('KernelId'),
    'ramdisk-id': _own('RamdiskId'),
    'private-dns-name': _own('PrivateDnsName'),
    'instance-id': _own('InstanceId'),
    'block-device-mapping.device-name': lambda instance, _: [
        str(each.get('DeviceName')) for each in mappings(instance)],
    'block-device-mapping.delete-on-termination': lambda instance, _: [
        str(each.get('Ebs', {}).get('DeleteOnTermination')).lower()
        for each in mappings(instance)]}


class Ec2QueriesTest(Ec2Test):
    """Three instances of one launch, one with two volumes, and three that Nova booted.

    Nova's are two of one request, and one with kernel and ramdisk, where there are such.
    """

    @classmethod
    def prepare_servers(cls) -> None:
        cls.made = cls.launches()
        cls.three = ids(cls.made.run(3))
        cls.with_volumes(cls.launch_one)
        ours = {*cls.three, *cls.one}
        if CONF.ec2attrs.ec2_shows_servers:
            image_id = CONF.ec2attrs.kernel_ramdisk_image_ref or CONF.compute.image_ref
            booted = cls.resources.boot(cls.resources.server(min_count=2, max_count=2),
                                        cls.resources.server(imageRef=image_id))
            if not CONF.auth.use_dynamic_credentials:
                nova = cls.nova[Role.MEMBER].detail(INTRODUCED)
                view = View(NovaView(nova, nova.servers()), Ec2View(cls.ec2.describe_instances()))
                ours |= {view.pair(server_id).instance_id for server_id in booted}
        cls.made.wait_for(cls.three, 'running')
        cls.whole = cls.ec2.describe_instances()
        # In a project of our own that is all that there is.
        cls.instances = {str(instance.get('InstanceId')): (instance, reservation)
                         for instance, reservation in Ec2View(cls.whole).instances()
                         if CONF.auth.use_dynamic_credentials
                         or instance.get('InstanceId') in ours}

    @classmethod
    def launch_one(cls, with_volumes: bool) -> None:
        """Launch an instance, with two volumes if there can be some."""
        size = cls.resources.defaults.volume_size
        cls.one = ids(cls.made.run(
            1, **mappings_of({size: True, size + 1: False}) if with_volumes else {}))
        cls.made.wait_for(cls.one, 'running')

    @classmethod
    def shown(cls, *answers: Ec2Answer) -> list[str]:
        """Return the ids of the instances of responses, without those of others in the project."""
        return sorted(instance_id for answer in answers for instance_id in shown(answer)
                      if CONF.auth.use_dynamic_credentials or instance_id in cls.instances)

    def asked(self, **arguments: Any) -> Ec2Answer:
        """Return the answer to DescribeInstances of some filters: a name and its values each."""
        return self.ec2.describe_instances(Filters=[
            {'Name': name.replace('_', '-'), 'Values': values}
            for name, values in arguments.items()])

    def selected(self, name: str, values: list[str], expected: Iterable[str],
                 of: str = '', requirement_id: str = 'EC2A-120') -> list[Violation]:
        """Return a violation if a filter does not select just these instances."""
        answer = self.ec2.attempt('DescribeInstances', Filters=[{'Name': name, 'Values': values}])
        return self.differences(
            requirement_id, name, of=of or f'the filter with {", ".join(values)}',
            expected=sorted(expected),
            seen=Words(f'the error {answer.code}') if isinstance(answer, Refused)
            else self.shown(answer), answers=[answer, self.whole])

    # Filters

    @decorators.idempotent_id('1c8f9a43-8ed2-4a6f-bd4b-51e6d7e5c6a5')
    @requirement('EC2A-120')
    def test_each_filter(self) -> None:
        """A filter selects the instances that the whole description shows with its value.

        Up to three values of each are tried, both of a flag.
        """
        found = []
        for name, values_of in FILTERS.items():
            of_value: dict[str, list[str]] = {}
            for instance_id, (instance, reservation) in self.instances.items():
                for value in set(values_of(instance, reservation)):
                    of_value.setdefault(value, []).append(instance_id)
            for value in sorted(of_value)[:3]:
                found += self.selected(name, [value], of_value[value])
        self.assert_none(found)

    @decorators.idempotent_id('c0f8a9de-7d6c-4ef1-a3c5-c7ad5e1ba9b2')
    @requirement('EC2A-121')
    def test_filters_that_match_nothing(self) -> None:
        """A value that nothing has selects nothing, which is no error."""
        self.assert_none(
            violation for name, value in (
                ('reservation-id', 'r-0123abcd'), ('launch-index', '4711'),
                ('root-device-name', '/dev/nothing'), ('root-device-type', 'nothing'),
                ('kernel-id', 'aki-0123abcd'), ('ramdisk-id', 'ari-0123abcd'),
                ('private-dns-name', 'nobody'), ('instance-id', NOBODY),
                ('block-device-mapping.device-name', '/dev/nothing'))
            for violation in self.selected(name, [value], [], requirement_id='EC2A-121'))

    @decorators.idempotent_id('4b2a65fb-f3b4-48f0-97a9-8bd6f3a0f80b')
    @requirement('EC2A-122')
    def test_values_and_filters_together(self) -> None:
        """Of several values one is enough; several filters must all match; * is any text."""
        indexes = {instance_id: str(instance.get('AmiLaunchIndex'))
                   for instance_id, (instance, _) in self.instances.items()}
        first = next(iter(indexes))
        # Of another index: else the second filter leaves nothing out.
        second = next((each for each in indexes if indexes[each] != indexes[first]),
                      next(reversed(indexes)))
        both = self.asked(instance_id=[first, second], launch_index=[indexes[first]])
        self.assert_none([
            *self.selected('instance-id', [first, second], [first, second],
                           requirement_id='EC2A-122'),
            *self.selected('instance-id', ['i-*'], self.instances, requirement_id='EC2A-122'),
            *self.selected('instance-id', [first[:-1] + '?'],
                           [each for each in self.instances if each[:-1] == first[:-1]],
                           requirement_id='EC2A-122'),
            *self.differences(
                'EC2A-122', 'launch-index', of='two filters',
                expected=sorted(each for each in (first, second)
                                if indexes[each] == indexes[first]),
                seen=self.shown(both), answers=[both, self.whole])])

    @decorators.idempotent_id('9f3cbbb9-34b1-4dcb-a2b8-6cf1a6eeb2f1')
    @requirement('EC2A-123')
    def test_filter_that_there_is_not(self) -> None:
        """A filter that EC2 does not have is refused."""
        answer = self.ec2.attempt('DescribeInstances', Filters=[
            {'Name': 'no-such-filter', 'Values': ['x']}])
        self.assert_agrees('EC2A-123', 'Code', of='a filter that there is not',
                           expected='InvalidParameterValue', seen=answer.code, answers=[answer])

    # By id

    @decorators.idempotent_id('a9d3d7a8-3a51-4f53-8c80-97b4fc3c5a2f')
    @requirement('EC2A-124')
    def test_one_is_described_as_in_the_whole(self) -> None:
        """Each instance described alone is what it is in the whole, reservation included."""
        found = []
        for instance_id, (instance, reservation) in self.instances.items():
            answer = self.ec2.describe_instances(InstanceIds=[instance_id])
            described = list(Ec2View(answer).instances())
            found += self.differences(
                'EC2A-124', 'InstanceId', of=f'instance {instance_id}, described alone',
                expected=[instance_id],
                seen=[each.get('InstanceId', ABSENT) for each, _ in described], answers=[answer])
            found += [
                violation for each, its_reservation in described[:1]
                for path, expected, seen in unlike(
                    whole_of(instance, reservation), whole_of(each, its_reservation))
                for violation in self.differences(
                    'EC2A-124', path, of=f'instance {instance_id}, described alone',
                    expected=expected, seen=seen, answers=[answer, self.whole])]
        self.assert_none(found)

    @decorators.idempotent_id('2dd2fb39-b4b5-4e0c-9f9f-d3dd5a3df0a9')
    @requirement('EC2A-125')
    def test_unknown_ids(self) -> None:
        """The id of no instance is an error, alone and beside another, whatever is asked."""
        first = next(iter(self.instances))
        requests: list[tuple[str, dict[str, Any]]] = [
            ('DescribeInstances', {'InstanceIds': [NOBODY]}),
            ('DescribeInstances', {'InstanceIds': [first, NOBODY]}),
            *(('DescribeInstanceAttribute', {'InstanceId': NOBODY, 'Attribute': attribute})
              for attribute in ('userData', 'rootDeviceName'))]
        self.assert_none(
            difference for action, arguments in requests
            for answer in [self.ec2.attempt(action, **arguments)]
            for difference in self.differences(
                'EC2A-125', 'Code', of=f'{action} of the id of no instance',
                expected='InvalidInstanceID.NotFound', seen=answer.code, answers=[answer]))

    @decorators.idempotent_id('7c9cbf0f-7fcb-4f54-8d2d-7f9c1b8f4c9e')
    @requirement('EC2A-129')
    def test_malformed_id(self) -> None:
        """What is no id at all is refused, as malformed."""
        answer = self.ec2.attempt('DescribeInstances', InstanceIds=['not an id'])
        self.assert_none(self.unless_refused('EC2A-129', 'what is no id', answer))
        self.advise(self.differences(
            'EC2A-129', 'Code', of='DescribeInstances of what is no id',
            expected='InvalidInstanceID.Malformed', seen=answer.code, answers=[answer]))

    def unless_refused(self, requirement_id: str, of: str,
                       answer: Ec2Answer | Refused) -> list[Violation]:
        """Return a violation unless a request is answered with an error."""
        return self.differences(
            requirement_id, 'Code', of=of, expected=Words('an error'),
            seen=Words('an error') if isinstance(answer, Refused) else answer.code,
            answers=[answer])

    # In pages

    @decorators.idempotent_id('e4f5d0b1-1a5d-4b0e-8a8e-6f0fba6b33d5')
    @requirement('EC2A-126')
    def test_pages(self) -> None:
        """Pages hold no more than was asked for, and all instances once, as in the whole."""
        found = []
        for size in (5, 6, 1000):
            pages = self.pages(size)
            found += [difference for page in pages for difference in self.differences(
                'EC2A-126', 'MaxResults', of=f'a page of {size}, as the number of instances',
                expected=Words(f'up to {size}'),
                seen=Words(f'up to {size}') if len(shown(page)) <= size else len(shown(page)),
                answers=[page])]
            found += self.differences(
                'EC2A-126', 'InstanceId', of=f'all pages of {size}',
                expected=sorted(self.instances),
                seen=self.shown(*pages), answers=pages)
            paged = {str(instance.get('InstanceId')): whole_of(instance, reservation)
                     for page in pages for instance, reservation in Ec2View(page).instances()}
            found += [violation for instance_id in sorted(paged.keys() & self.instances.keys())
                      for path, expected, seen in unlike(
                          whole_of(*self.instances[instance_id]), paged[instance_id])
                      for violation in self.differences(
                          'EC2A-126', path, of=f'instance {instance_id} in pages of {size}',
                          expected=expected, seen=seen, answers=[*pages, self.whole])]
        self.assert_none(found)

    def pages(self, size: int) -> list[Ec2Answer]:
        """Return all pages of our instances; it fails when there are too many.

        Where others use the project a filter leaves theirs out, which may come or go between two
        pages.
        """
        arguments: dict[str, Any] = {'MaxResults': size}
        if not CONF.auth.use_dynamic_credentials:
            arguments['Filters'] = [{'Name': 'instance-id', 'Values': sorted(self.instances)}]
        pages = [self.ec2.describe_instances(**arguments)]
        while token := pages[-1].body.get('NextToken'):
            self.assert_agrees(
                'EC2A-126', 'NextToken', of=f'pages of {size}',
                expected=Words(f'an end after {MOST_PAGES}'),
                seen=Words(f'an end after {MOST_PAGES}' if len(pages) < MOST_PAGES else 'none'),
                answers=pages[-1:])
            pages.append(self.ec2.describe_instances(**arguments, NextToken=token))
        return pages

    @decorators.idempotent_id('6d7cbb0e-7d2a-4b36-9c0b-2f2f56c27ad1')
    @requirement('EC2A-127')
    def test_page_of_named_instances(self) -> None:
        """MaxResults beside ids of instances is refused."""
        answer = self.ec2.attempt('DescribeInstances', MaxResults=5,
                                  InstanceIds=[next(iter(self.instances))])
        says = Words('InvalidParameterCombination or InvalidParameterValue')
        found = self.differences(
            'EC2A-127', 'MaxResults', of='a request that names instances', expected=says,
            seen=says if str(answer.code) in says.split(' or ') else answer.code,
            answers=[answer])
        self.assert_none(found)

    @decorators.idempotent_id('d7c4de84-5b0c-4c86-9a0a-7c0a2f6cf0b7')
    @requirement('EC2A-128')
    def test_token_that_nobody_gave(self) -> None:
        """A NextToken that EC2 did not give is refused."""
        answer = self.ec2.attempt('DescribeInstances', MaxResults=5,
                                  NextToken=base64.b64encode(b'nobody').decode())
        self.assert_none(self.unless_refused('EC2A-128', 'a token that was not given', answer))
        if answer.code not in ('InvalidNextToken', 'InvalidParameterValue'):
            self.advise(self.differences(
                'EC2A-128', 'Code', of='a token that was not given', expected='InvalidNextToken',
                seen=answer.code, answers=[answer]))


def shown(answer: Ec2Answer) -> list[str]:
    """Return the ids of the instances of an answer."""
    return [str(instance.get('InstanceId')) for instance, _ in Ec2View(answer).instances()]


def whole_of(instance: Json, reservation: Json) -> dict[str, Any]:
    """Return an instance with what its reservation says."""
    return {**instance, 'Reservation': {key: value for key, value in reservation.items()
                                        if key != 'Instances'}}
