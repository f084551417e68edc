"""What a cloud in order may show otherwise than the reference cloud: no test may fail."""

import copy
import json
from typing import Any
import xml.etree.ElementTree as ElementTree

import defusedxml.ElementTree

from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Connection
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_ANOTHER_SERVER = '5e0ed5e7-0000-4000-8000-000000000001'
_ANOTHER_VOLUME = '5e0ed5e7-0000-4000-8000-000000000002'


def _in_list(key: str, service: str, path: str, edit: Any) -> changes.Change:
    """Change the list under a key of a body."""
    def change(answered: Answered) -> None:
        body = answered.json()
        if isinstance(body, dict) and isinstance(body.get(key), list):
            body[key] = edit(body[key])
            answered.body = json.dumps(body).encode()
    return changes.answer(changes.of(service, methods=('GET',), path=path), change)


def _with_another_server(body: Any) -> Any:
    servers = body.get('servers')
    # One page, and a list that shows something: a filter that finds nothing is left alone.
    if not servers or len({s.get('tenant_id') for s in servers}) != 1:
        return None
    another = copy.deepcopy(servers[-1])
    another |= {'id': _ANOTHER_SERVER, 'name': 'another', VOLUMES_KEY: []}
    another['addresses'] = {'another': [{
        'addr': '192.0.2.77', 'version': 4, 'OS-EXT-IPS:type': 'fixed',
        'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:77'}]}
    for key, value in (('reservation_id', 'r-another0'), ('launch_index', 0),
                       ('hostname', 'another'), ('user_data', None)):
        if f'OS-EXT-SRV-ATTR:{key}' in another:
            another[f'OS-EXT-SRV-ATTR:{key}'] = value
    servers.insert(0, another)
    return body


def _unfiltered(asked: Asked) -> bool:
    """Say whether all servers of a project are asked for, in detail."""
    return (asked.service == 'nova' and asked.call is Call.DETAIL
            and 'reservation_id' not in asked.query)


def _whole(change: changes.Change) -> changes.Change:
    """Return a change of answers to requests for all instances, in no pages."""
    return lambda asked, answered: (
        0 if asked.query.keys() - {'Action', 'Version'} else change(asked, answered))


def _with_another_reservation(root: ElementTree.Element) -> None:
    reservations = root.find('reservationSet')
    # Not where there are many: what is selected of them, or paged, would have to hold it too.
    if reservations is None or not 0 < len(reservations) < 4:
        return
    another = copy.deepcopy(reservations[0])
    changes.text('reservationId', lambda _: 'r-another0')(another)
    instances = another.find('instancesSet')
    for instance in list(instances or [])[1:]:
        instances.remove(instance)  # type: ignore[union-attr]
    for path, value in (('instanceId', 'i-0a0a0a0a'), ('privateIpAddress', '192.0.2.77'),
                        ('privateDnsName', 'another'), ('clientToken', 'another'),
                        ('amiLaunchIndex', '0')):
        for element in another.findall(f'instancesSet/item/{path}'):
            element.text = value
    reservations.insert(0, another)


def _reversed_children(path: str) -> Any:
    def edit(root: ElementTree.Element) -> None:
        for parent in root.findall(path):
            parent[:] = list(parent)[::-1]
    return edit


def _late(seconds: float) -> Any:
    def deliver(connection: Connection) -> None:
        connection.hold(seconds)
        connection.send(connection.head + connection.body)

    def edit(answered: Answered) -> None:
        answered.delivery = deliver
    return edit


def _closing(answered: Answered) -> None:
    def deliver(connection: Connection) -> None:
        head = connection.head[:-2] + b'Connection: close\r\n\r\n'
        connection.send(head + connection.body)
    answered.delivery = deliver


def _in_pieces(connection: Connection) -> None:
    whole = connection.head + connection.body
    for start in range(0, len(whole), 700):
        connection.send(whole[start:start + 700])


def _row(key: str, says: str, how: changes.Change | Behaviour,
         live_only: bool = False) -> Fault:
    return Fault(key, Kind.BENIGN, says, how, live_only=live_only)


ROWS: tuple[Fault, ...] = (
    _row('nova-benign-order-of-servers', 'servers are listed in the other order',
         changes.in_body(
             lambda body: body | {'servers': body['servers'][::-1]},
             # A page and what is sorted has its order.
             lambda asked: changes.IN_DETAIL(asked) and not asked.query.keys() & {
                 'sort_key', 'marker'} and asked.query.get('limit') not in ('1', '2'))),
    _row('nova-benign-order-of-volumes', 'the volumes of a server are listed in the other order',
         changes.volumes(lambda volumes: volumes[::-1])),
    _row('nova-benign-unknown-keys', 'servers and volumes show keys outside our key space',
         changes.together(
             changes.added('vendor:colour', {'of': ['the', None]}),
             changes.added('OS-EXT-STS:vendor', 'x'), changes.added('cpu', 2),
             changes.in_body(lambda body: body | {'vendor_links': []}))),
    _row('nova-benign-another-server', 'the project has another server that is not ours',
         changes.in_body(_with_another_server, _unfiltered)),
    _row('nova-benign-newer', 'Nova offers microversions up to 2.250',
         Behaviour('nova', 'newer_microversions')),
    _row('nova-benign-slow', 'each answer about a server comes 0.4 s late',
         changes.answer(changes.of('nova', path='/servers'), _late(0.4)), live_only=True),
    _row('nova-benign-in-pieces', 'answers come in many small pieces',
         changes.answer(changes.of('nova'),
                        lambda answered: setattr(answered, 'delivery', _in_pieces))),
    _row('nova-benign-no-keep-alive', 'each connection is closed behind its answer, as it says',
         changes.answer(changes.of('nova'), _closing)),
    _row('nova-benign-legacy-header-alone', 'the microversion is told in the older header alone',
         changes.answer(changes.of('nova'), lambda answered: answered.set_header(
             'OpenStack-API-Version', None))),
    _row('nova-benign-new-header-alone', 'the microversion is told in the newer header alone',
         changes.answer(changes.of('nova'), lambda answered: answered.set_header(
             'X-OpenStack-Nova-API-Version', None))),
    _row('nova-benign-headers', 'answers have headers that Nova does not send',
         changes.answer(changes.of('nova'), lambda answered: answered.headers.update({
             'Strict-Transport-Security': 'max-age=1', 'Via': '1.1 balancer',
             'X-Vendor': 'x' * 2000}))),
    _row('nova-benign-json-with-space', 'JSON is written with line breaks and escapes',
         changes.answer(changes.of('nova', methods=('GET',)), lambda answered: setattr(
             answered, 'body', json.dumps(answered.json(), indent=8).encode()
             if answered.json() is not None else answered.body))),
    _row('cinder-benign-another-volume', 'the project has another volume that is not ours',
         _in_list('volumes', 'cinder', '/volumes', lambda volumes: [
             *volumes, {'id': _ANOTHER_VOLUME, 'name': 'another', 'links': []}])),
    _row('ec2-benign-order', 'reservations and instances come in the other order',
         changes.together(
             changes.in_xml(_reversed_children('reservationSet')),
             changes.in_xml(_reversed_children('reservationSet/item/instancesSet'))),
         live_only=True),
    _row('ec2-benign-order-of-mappings', 'the mappings of an instance come in the other order',
         changes.in_instances(_reversed_children('blockDeviceMapping')), live_only=True),
    _row('ec2-benign-order-of-elements', 'the elements of an instance come in the other order',
         changes.in_instances(lambda instance: instance.__setitem__(
             slice(None), list(instance)[::-1]))),
    _row('ec2-benign-unknown-elements', 'instances and mappings hold elements of a later EC2',
         changes.together(
             changes.in_instances(changes.put('vendorColour', 'blue')),
             changes.in_mappings(changes.put('ebs/vendorShape', 'TRUE')))),
    _row('ec2-benign-tags', 'each instance has a tag whose value looks like a boolean',
         changes.in_instances(lambda instance: instance.append(
             defusedxml.ElementTree.fromstring(
                 '<tagSet><item><key>Name</key><value>True</value></item></tagSet>')))),
    _row('ec2-benign-another-reservation', 'the project has another instance, not known to Nova',
         _whole(changes.in_xml(_with_another_reservation))),
    _row('ec2-benign-slow', 'each answer comes 0.4 s late',
         changes.answer(changes.of('ec2'), _late(0.4)), live_only=True),
)
