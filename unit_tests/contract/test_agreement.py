"""The agreement of the APIs, on recorded real answers with one thing changed at a time."""

from collections.abc import Callable, Iterator
import dataclasses
import datetime
import json
from typing import Any

import ddt
import hypothesis
from hypothesis import strategies
import testtools

from ec2attrs_tempest_plugin.clients.metadata import MetadataAnswer
from ec2attrs_tempest_plugin.contract import agreement
from ec2attrs_tempest_plugin.contract import told
from ec2attrs_tempest_plugin.contract.views import Ec2View
from ec2attrs_tempest_plugin.contract.views import MetadataView
from ec2attrs_tempest_plugin.contract.views import NovaView
from ec2attrs_tempest_plugin.contract.views import Volume
from ec2attrs_tempest_plugin.contract.violation import Violation
from unit_tests import recordings

GONE = object()


@dataclasses.dataclass
class Said:
    """A recorded answer."""

    source: str
    request_ids: tuple[str, ...]
    body: Any


def said(recorded: Any) -> Said:
    return Said(recorded['source'], tuple(recorded['request_ids']), recorded['body'])


class Views:
    """All that was recorded, each part to be changed."""

    def __init__(self) -> None:
        recorded = recordings.agreement()
        nova = said(recorded['nova'])
        self.nova: Any = NovaView(
            nova, nova.body['servers'],
            {key: Volume(*each) for key, each in recorded['volumes'].items()},
            recorded['flavors'], recorded['images'])
        self.ec2: Any = Ec2View(
            said(recorded['instances']), said(recorded['ec2 volumes']),
            {(instance_id, name): said(answer)
             for instance_id, name, answer in recorded['attributes']},
            recorded['ec2 images'])
        self.heard = {(server_id, path): MetadataAnswer(
            f'metadata GET {path}', status, body.encode('latin-1'), request_id)
            for server_id, path, status, body, request_id in recorded['told']}
        self.all = [server['id'] for server in self.nova.servers]

    def disagreements(self, **more: Any) -> list[Violation]:
        return agreement.disagreements(self.nova, self.ec2, MetadataView(self.heard),
                                       **{'of': self.all} | more)

    def server_of(self, instance: Any) -> str:
        """Return the id of the server that an instance is."""
        return next(server['id'] for server in self.nova.servers
                    if instance['PrivateIpAddress'] in str(server['addresses']))


@dataclasses.dataclass
class Place:
    """One value that another API shows, and what must be said when it is another.

    :ivar holder: what holds it.
    :ivar of: what the violation must be of.
    :ivar seen: whether the value itself is what was seen.
    """

    holder: Any
    key: str
    requirement: str
    attribute: str
    of: str
    answer: Said
    seen: bool = True

    def put(self, value: Any) -> None:
        if value is GONE:
            self.holder.pop(self.key, None)
        else:
            self.holder[self.key] = value


def places(views: Views) -> Iterator[Place]:
    """Yield each value of EC2's that is compared."""
    instances, volumes = views.ec2.answer, views.ec2.volumes
    for instance, reservation in views.ec2.instances():
        of = f'server {views.server_of(instance)}'
        if len(reservation['Instances']) == 1:
            yield Place(reservation, 'OwnerId', 'EC2A-150', 'OwnerId', of, instances)
        if instance is reservation['Instances'][0]:
            yield Place(reservation, 'ReservationId', 'EC2A-101', 'reservation_id', 'server ',
                        instances, seen=False)
        root = 'EC2A-104' if instance['RootDeviceType'] == 'instance-store' else 'EC2A-105'
        for key, requirement, attribute in (
                ('AmiLaunchIndex', 'EC2A-102', 'launch_index'),
                ('RootDeviceName', 'EC2A-103', 'root_device_name'),
                ('RootDeviceType', root, 'RootDeviceType'),
                ('PrivateDnsName', 'EC2A-108', 'hostname'),
                ('InstanceType', 'EC2A-151', 'InstanceType')):
            yield Place(instance, key, requirement, attribute, of, instances)
        yield Place(instance, 'PrivateIpAddress', 'EC2A-112', 'PrivateIpAddress', of, instances,
                    seen=False)
        yield Place(instance, 'KernelId', 'EC2A-109', 'kernel_id', of, instances, seen=False)
        yield Place(instance, 'RamdiskId', 'EC2A-109', 'ramdisk_id', of, instances, seen=False)
        for mapping in instance.get('BlockDeviceMappings', []):
            yield Place(mapping, 'DeviceName', 'EC2A-106', 'BlockDeviceMappings', of, instances,
                        seen=False)
            at = f'the volume at {mapping["DeviceName"]} of {of}'
            ebs = mapping['Ebs']
            yield Place(ebs, 'DeleteOnTermination', 'EC2A-107', 'delete_on_termination', at,
                        instances)
            yield Place(ebs, 'Status', 'EC2A-106', 'Status', at, instances)
            yield Place(ebs, 'VolumeId', 'EC2A-106', '', of, instances, seen=False)
            volume = next(each for each in volumes.body['Volumes']
                          if each['VolumeId'] == ebs['VolumeId'])
            yield Place(volume, 'Size', 'EC2A-106', 'BlockDeviceMappings', of, volumes)
            [attachment] = volume['Attachments']
            yield Place(attachment, 'Device', 'EC2A-152', 'Attachments', of, volumes, seen=False)
            yield Place(attachment, 'InstanceId', 'EC2A-152', 'Attachments', of, volumes,
                        seen=False)
            yield Place(attachment, 'State', 'EC2A-152', 'State', at, volumes)
            yield Place(attachment, 'DeleteOnTermination', 'EC2A-152', 'delete_on_termination',
                        at, volumes)
        for name, key, requirement, attribute in (
                ('userData', 'UserData', 'EC2A-110', 'user_data'),
                ('rootDeviceName', 'RootDeviceName', 'EC2A-103', 'root_device_name'),
                ('kernel', 'KernelId', 'EC2A-109', 'kernel_id'),
                ('ramdisk', 'RamdiskId', 'EC2A-109', 'ramdisk_id'),
                ('instanceType', 'InstanceType', 'EC2A-151', 'InstanceType'),
                ('disableApiTermination', 'DisableApiTermination', 'EC2A-153',
                 'DisableApiTermination')):
            answer = views.ec2.attributes[instance['InstanceId'], name]
            yield Place(answer.body.setdefault(key, {}), 'Value', requirement, attribute, of,
                        answer, seen=name not in ('userData', 'kernel', 'ramdisk'))


NUMBER = len(list(places(Views())))


class AgreementTest(testtools.TestCase):

    def assert_one(self, views: Views, place: Place, value: Any) -> None:
        """Fail unless what was changed is reported, and is all that is."""
        found = views.disagreements()
        self.assertEqual(1, len(found), f'{place} {value!r}: {list(map(str, found))}')
        [violation] = found
        self.assertEqual(place.requirement, violation.requirement)
        self.assertIn(place.attribute, violation.attribute)
        self.assertIn(place.of, violation.subject)
        self.assertLessEqual({*place.answer.request_ids, *views.nova.answer.request_ids},
                             set(violation.request_ids))
        self.assertIn(place.answer.source, violation.source)
        if place.seen and value is not GONE:
            self.assertEqual(value, violation.seen)
        self.assertNotEqual(repr(violation.expected), repr(violation.seen))

    def test_recorded_answers_agree(self) -> None:
        views = Views()
        self.assertEqual([], views.disagreements())
        self.assertEqual(5, len(views.all))
        self.assertGreater(NUMBER, 80)

    def test_whatever_is_not_there(self) -> None:
        for number in range(NUMBER):
            views = Views()
            place = list(places(views))[number]
            if place.holder.get(place.key, '') in ('', None):
                continue
            place.put(GONE)
            self.assert_one(views, place, GONE)

    @hypothesis.settings(max_examples=600, deadline=None)
    @hypothesis.given(
        number=strategies.integers(0, NUMBER - 1),
        other=strategies.one_of(
            strategies.text('abcdefghijklmnopqrstuvwxyz0123456789-/.', min_size=1, max_size=12),
            strategies.integers(-2, 70), strategies.booleans()))
    def test_one_change_is_one_disagreement(self, number: int, other: Any) -> None:
        views = Views()
        place = list(places(views))[number]
        before = place.holder.get(place.key)
        hypothesis.assume(json.dumps(before) != json.dumps(other))
        # What names another thing that there is would be wrong of both.
        hypothesis.assume(not isinstance(other, str) or other not in json.dumps(
            views.ec2.answer.body))
        place.put(other)
        self.assert_one(views, place, other)

    @hypothesis.settings(max_examples=300, deadline=None)
    @hypothesis.given(
        number=strategies.integers(0, len(Views().heard) - 1),
        other=strategies.text('abcdefghijklmnopqrstuvwxyz0123456789-/.', max_size=12))
    def test_one_thing_told_otherwise(self, number: int, other: str) -> None:
        views = Views()
        (server_id, path), answer = list(views.heard.items())[number]
        hypothesis.assume(answer.status == 200 and path != told.MAPPING
                          and path != told.DOCUMENT)
        hypothesis.assume(other.encode() != answer.body and
                          b'/dev/' + other.encode() != answer.body)
        views.heard[server_id, path] = dataclasses.replace(answer, body=other.encode())
        found = views.disagreements()
        self.assertEqual(1, len(found), str(list(map(str, found))))
        self.assertRegex(found[0].requirement, 'EC2A-20[1-6]')
        self.assertIn(answer.source, found[0].source)

    @hypothesis.settings(max_examples=100, deadline=None)
    @hypothesis.given(
        number=strategies.integers(0, 4), key=strategies.sampled_from(
            ['uuid', 'launch_index', 'hostname']),
        other=strategies.one_of(strategies.text(max_size=9), strategies.integers(5, 9),
                                strategies.none()))
    def test_one_thing_otherwise_in_the_document(self, number: int, key: str,
                                                 other: Any) -> None:
        views = Views()
        server_id = views.all[number]
        answer = views.heard[server_id, told.DOCUMENT]
        views.heard[server_id, told.DOCUMENT] = dataclasses.replace(
            answer, body=json.dumps({**answer.document, key: other}).encode())
        [violation] = views.disagreements()
        self.assertEqual(('EC2A-207', key), (violation.requirement, violation.attribute))

    def test_what_novas_side_says_is_compared(self) -> None:
        changes: list[tuple[str, Callable[[Any], Any], set[str]]] = [
            ('OS-EXT-SRV-ATTR:launch_index', lambda old: old + 3,
             {'EC2A-102', 'EC2A-202', 'EC2A-207'}),
            ('OS-EXT-SRV-ATTR:hostname', lambda _: 'other', {'EC2A-108', 'EC2A-203', 'EC2A-207'}),
            ('OS-EXT-SRV-ATTR:user_data', lambda _: 'b3RoZXI=', {'EC2A-110', 'EC2A-206'}),
            ('OS-EXT-SRV-ATTR:root_device_name', lambda _: '/dev/vdz', {'EC2A-103', 'EC2A-205'}),
            ('OS-EXT-SRV-ATTR:reservation_id', lambda _: 'r-otherone', {'EC2A-101', 'EC2A-201'}),
            ('tenant_id', lambda _: 'f' * 32, {'EC2A-150'})]
        for key, change, requirements in changes:
            for number in range(5):
                views = Views()
                server = views.nova.servers[number]
                server[key] = change(server[key])
                found = views.disagreements()
                self.assertEqual(requirements, {each.requirement for each in found}, key)

    def test_booted_otherwise_in_nova(self) -> None:
        for number in range(5):
            views = Views()
            server = views.nova.servers[number]
            server['image'] = '' if server['image'] else {'id': 'x'}
            [violation] = views.disagreements()
            self.assertEqual('RootDeviceType', violation.attribute)

    def test_requirements_and_servers_can_be_chosen(self) -> None:
        views = Views()
        for instance, _ in views.ec2.instances():
            instance['AmiLaunchIndex'] = 7
            instance['RootDeviceName'] = '/dev/vdz'
        [violation] = views.disagreements(of=views.all[:1], about=['EC2A-102'])
        self.assertIn(views.all[0], violation.subject)
        self.assertEqual(10, len(views.disagreements()))

    def test_private_dns_name_may_be_the_address(self) -> None:
        views = Views()
        self.assertEqual(5, len(views.disagreements(dns='address')))
        for instance, _ in views.ec2.instances():
            instance['PrivateDnsName'] = instance['PrivateIpAddress']
        self.assertEqual([], views.disagreements(dns='address'))

    def test_reservations_in_parts_and_with_others(self) -> None:
        views = Views()
        largest = max(views.ec2.reservations(), key=lambda each: len(each['Instances']))
        views.ec2.answer.body['Reservations'].append(
            {**largest, 'Instances': [largest['Instances'].pop()]})
        [violation] = views.disagreements()
        self.assertEqual([(largest['ReservationId'], 2), (largest['ReservationId'], 1)],
                         violation.seen)
        views = Views()
        largest = max(views.ec2.reservations(), key=lambda each: len(each['Instances']))
        largest['Instances'].append({'InstanceId': 'i-9', 'PrivateIpAddress': '192.0.2.1'})
        [violation] = views.disagreements()
        self.assertEqual([(largest['ReservationId'], 4)], violation.seen)

    def test_instance_that_is_missing_or_twice(self) -> None:
        for edit in (lambda held: held.pop(), lambda held: held.append(dict(held[0]))):
            views = Views()
            edit(max(views.ec2.reservations(), key=lambda each: len(each['Instances']))
                 ['Instances'])
            [violation] = views.disagreements()
            self.assertEqual('EC2A-112', violation.requirement)

    def test_values_of_any_form(self) -> None:
        values: list[Any] = [None, 1, 'x', [], {}, [None], [1], [[]]]
        for value in values:
            views = Views()
            views.ec2.answer.body['Reservations'] = value
            self.assertEqual({'EC2A-112'}, {each.requirement for each in views.disagreements(
                about=['EC2A-101'])})
            views = Views()
            for instance, _ in views.ec2.instances():
                instance['BlockDeviceMappings'] = value
            self.assertEqual({'EC2A-106'}, {each.requirement for each in views.disagreements(
                about=['EC2A-106', 'EC2A-107'])})

    def test_user_data_is_not_shown(self) -> None:
        views = Views()
        for (_, name), answer in views.ec2.attributes.items():
            if name == 'userData' and answer.body.get('UserData'):
                answer.body['UserData']['Value'] = 'c2VjcmV0'
        found = views.disagreements()
        self.assertEqual(3, len(found))
        for violation in found:
            self.assertNotIn('c2VjcmV0', str(violation))


class Answer:
    """A response in which something was seen, in the form of both APIs."""

    source = 'EC2 DescribeInstances'
    request_ids = ('req-1',)

    def __init__(self, **body: Any) -> None:
        self.body = body


def at(server_id: str, *addresses: str, created: str = '2026-12-01T10:00:00Z') -> dict[str, Any]:
    """Return a server of Nova at addresses."""
    return {'id': server_id, 'created': created, 'addresses': {
        'net': [{'addr': each, 'OS-EXT-IPS:type': 'fixed'} for each in addresses]}}


def instance(instance_id: str, address: str | None = None, *, second: int = 0,
             **more: Any) -> dict[str, Any]:
    """Return an instance of EC2, launched in a second of a minute."""
    return {'InstanceId': instance_id, 'State': {'Name': 'running'},
            'LaunchTime': datetime.datetime(2026, 12, 1, 10, 0, second, tzinfo=datetime.UTC),
            **({'PrivateIpAddress': address} if address else {}), **more}


@ddt.ddt
class PairsTest(testtools.TestCase):
    """Which instance is which server, on networks of every kind."""

    def pairs(self, servers: list[Any], instances: list[Any]) -> tuple[dict[str, str], list[str]]:
        nova = NovaView(Answer(), servers)
        ec2 = Ec2View(Answer(Reservations=[{'Instances': instances}]))
        found, violations = agreement.pairs(nova, ec2, ['ours'])
        return ({pair.server['id']: pair.instance_id for pair in found},
                [str(violation.seen) for violation in violations])

    @ddt.data(
        instance('i-1', '10.0.0.5'),
        instance('i-1', Ipv6Address='fd00::5'),
        instance('i-1', NetworkInterfaces=[{'PrivateIpAddress': '10.0.0.5'}]),
        instance('i-1', NetworkInterfaces=[{'PrivateIpAddresses': [
            {'PrivateIpAddress': '10.0.0.5'}]}]),
        instance('i-1', NetworkInterfaces=[{'Ipv6Addresses': [{'Ipv6Address': 'fd00::5'}]}]))
    def test_address_of_any_kind(self, shown: dict[str, Any]) -> None:
        self.assertEqual(({'ours': 'i-1'}, []), self.pairs(
            [at('ours', '10.0.0.5', 'fd00::5')], [instance('i-2', '10.0.0.6'), shown]))

    def test_overlapping_networks(self) -> None:
        """Two servers of the project have the address: they were not created at once."""
        servers = [at('ours', '10.0.0.5'),
                   at('theirs', '10.0.0.5', created='2026-12-01T09:00:07Z')]
        shown = [instance('i-theirs', '10.0.0.5', second=7), instance('i-1', '10.0.0.5')]
        self.assertEqual(({'ours': 'i-1'}, []), self.pairs(servers, shown))
        nova = NovaView(Answer(), servers)
        self.assertEqual(['ours'], [each['id'] for each in agreement.servers_of(nova, shown[1])])

    def test_instance_that_is_there_twice(self) -> None:
        """Where no other server has the address, a second instance there is a violation."""
        self.assertEqual(({}, ['2 instances']), self.pairs(
            [at('ours', '10.0.0.5')],
            [instance('i-1', '10.0.0.5'), instance('i-2', '10.0.0.5', second=9)]))

    def test_ipv6_alone_and_not_shown(self) -> None:
        """Then nothing says which instance it is; with IPv4 the address has to be there."""
        unshown = [instance('i-1')]
        self.assertRaisesRegex(
            agreement.Unmatched, 'shows no address of server ours, which has IPv6 alone',
            self.pairs, [at('ours', 'fd00::5')], unshown)
        self.assertEqual(({}, ['0 instances']),
                         self.pairs([at('ours', '10.0.0.5', 'fd00::5')], unshown))
        self.assertEqual(({}, ['0 instances']),
                         self.pairs([at('ours', 'fd00::5')], [instance('i-1', second=9)]))
