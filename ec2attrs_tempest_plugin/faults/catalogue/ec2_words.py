"""The words that only rows about EC2 need; see the modules ec2 and ec2_volumes."""

import base64
from collections.abc import Callable
import copy
import dataclasses
import functools
import json
from typing import Any
from xml.etree.ElementTree import Element

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import VOLUMES_KEY
from ec2attrs_tempest_plugin.faults.changes import in_instances
from ec2attrs_tempest_plugin.faults.changes import in_xml
from ec2attrs_tempest_plugin.faults.changes import put
from ec2attrs_tempest_plugin.faults.changes import swapped
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault

#: What changes a document, or an element of it, in place.
Edit = Callable[[Element], Any]

INSTANCES = 'reservationSet/item/instancesSet/item'
MAPPINGS = 'blockDeviceMapping/item'


def against(requirement: str, attribute: Attribute | str, *caught_by: str) -> Callable[..., Fault]:
    """Return what makes rows that the same tests must catch with the same words."""
    return functools.partial(
        Fault, requirement=requirement, caught_by=caught_by,
        attribute=attribute if isinstance(attribute, str) else attribute.name)


def dashed(name: str) -> str:
    """Return the name of an element for the id of a row: root-device-name."""
    return ''.join(f'-{c.lower()}' if c.isupper() else c for c in name)


# Edits of any element

def to(value: str) -> Callable[[str], str]:
    """Return what makes the same text of every other."""
    return lambda _: value


def when(condition: Callable[[Element], bool], edit: Edit) -> Edit:
    """Return an edit of those elements that a condition holds for."""
    return lambda element: edit(element) if condition(element) else None


def exchanged(path: str) -> Edit:
    """Return an edit that gives each element at a path the text of the one before it."""
    def edit(element: Element) -> None:
        found = element.findall(path)
        for each, other in zip(found, swapped([each.text for each in found]), strict=True):
            each.text = other
    return edit


def as_first(path: str) -> Edit:
    """Return an edit that gives each element at a path the text of the first."""
    def edit(element: Element) -> None:
        found = element.findall(path)
        for each in found:
            each.text = found[0].text
    return edit


def copied(source: str, path: str) -> Edit:
    """Return an edit that gives the element at a path the text of another."""
    return lambda element: text(path, to(_text(element, source)))(element)


def filled(path: str, value: str) -> Edit:
    """Return an edit that gives elements a value, in place of theirs or where they have none."""
    def edit(element: Element) -> None:
        put(f'{path}/value', value)(element)
        text(f'{path}/value', to(value))(element)
    return edit


def twice(path: str, **other: str) -> Edit:
    """Return an edit that repeats the last child of an element.

    :param other: texts of elements in which the second is unlike the first.
    """
    def edit(element: Element) -> None:
        for parent in element.findall(path):
            for second in copy.deepcopy(parent[-1:]):
                for name, value in other.items():
                    text(name, to(value))(second)
                parent.append(second)
    return edit


def without_last(path: str) -> Edit:
    """Return an edit that takes out the last child of an element."""
    def edit(element: Element) -> None:
        for parent in element.findall(path):
            del parent[-1:]
    return edit


def _text(element: Element, path: str) -> str:
    return element.findtext(path) or ''


# Reservations

def one_each(new_id: Callable[[str, Element], str]) -> Edit:
    """Return an edit of the document that puts each instance into a reservation of its own.

    :param new_id: makes the id of one from that of the right one and its instance.
    """
    def edit(root: Element) -> None:
        for reservations in root.findall('reservationSet'):
            for reservation in list(reservations):
                reservations.remove(reservation)
                for instance in reservation.findall('instancesSet/item'):
                    own = copy.deepcopy(reservation)
                    for held in own.findall('instancesSet'):
                        held[:] = [instance]
                    new = new_id(_text(own, 'reservationId'), instance)
                    text('reservationId', to(new))(own)
                    reservations.append(own)
    return edit


def made_up(_: str, instance: Element) -> str:
    """Return a reservation id that is as good as any, and another for each instance."""
    return 'r-' + _text(instance, 'instanceId').removeprefix('i-')


def merged(root: Element) -> None:
    """Put all instances into the largest reservation."""
    for reservations in root.findall('reservationSet'):
        for largest in sorted(reservations, key=_size)[-1:]:
            for held in largest.findall('instancesSet'):
                held[:] = root.findall(INSTANCES)
            reservations[:] = [largest]


def under_one_id(root: Element) -> None:
    """Give every reservation the id of the largest."""
    for largest in sorted(root.findall('reservationSet/item'), key=_size)[-1:]:
        text('reservationSet/item/reservationId', to(_text(largest, 'reservationId')))(root)


def doubled(root: Element) -> None:
    """List every reservation twice."""
    for reservations in root.findall('reservationSet'):
        reservations.extend(copy.deepcopy(list(reservations)))


def _size(reservation: Element) -> int:
    return len(reservation.findall('instancesSet/item'))


def without_volume_booted(reservation: Element) -> None:
    """Take out the instances that have volumes."""
    for held in reservation.findall('instancesSet'):
        held[:] = filter(from_image, held)


def alone(reservation: Element) -> bool:
    """Say whether a reservation has one instance."""
    return _size(reservation) == 1


# Devices

def from_volume(instance: Element) -> bool:
    """Say whether an instance has volumes; those of the suite boot from one."""
    return instance.find(MAPPINGS) is not None


def from_image(instance: Element) -> bool:
    """Say whether an instance has no volume."""
    return not from_volume(instance)


def in_root_mappings(edit: Edit, root: bool = True) -> Change:
    """Change the mapping of each root device, or all the others."""
    def edit_instance(instance: Element) -> None:
        name = _text(instance, 'rootDeviceName')
        for mapping in instance.findall(MAPPINGS):
            if (_text(mapping, 'deviceName') == name) is root:
                edit(mapping)
    return in_instances(edit_instance)


def last_device_as_root(instance: Element) -> None:
    """Name the last volume's device as the root device."""
    devices = sorted(_text(mapping, 'deviceName') for mapping in instance.findall(MAPPINGS))
    text('rootDeviceName', to(devices[-1]))(instance)


def before_last_volume(instance: Element) -> None:
    """Map what was attached before the last volume was."""
    for parent in instance.findall('blockDeviceMapping'):
        parent.remove(max(parent, key=lambda mapping: _text(mapping, 'deviceName')))


def without_root(instance: Element) -> None:
    """Map all volumes but that of the root device."""
    name = _text(instance, 'rootDeviceName')
    for parent in instance.findall('blockDeviceMapping'):
        for mapping in list(parent):
            if _text(mapping, 'deviceName') == name:
                parent.remove(mapping)


def written(true: str = 'true', false: str = 'false') -> Callable[[str], str]:
    """Return what writes booleans in other words."""
    return lambda flag: true if flag == 'true' else false


def invented_mapping(instance: Element, device: str = '/dev/sdq') -> None:
    """Map a volume that there is not."""
    put('blockDeviceMapping', None)(instance)
    for path, value in (('item', None), ('item/deviceName', device), ('item/ebs', None),
                        ('item/ebs/volumeId', 'vol-00000000'),
                        ('item/ebs/deleteOnTermination', 'true')):
        put(f'blockDeviceMapping/{path}', value)(instance)


def mapped_root(instance: Element) -> None:
    """Map the root device."""
    invented_mapping(instance, _text(instance, 'rootDeviceName'))


# Names and user data

def amazons_dns(instance: Element) -> None:
    """Name an instance by its address, as Amazon does."""
    address = _text(instance, 'privateIpAddress').replace('.', '-')
    text('privateDnsName', to(f'ip-{address}.ec2.internal'))(instance)


def decoded(value: str) -> str:
    """Return what base64 stands for; XML can hold no control characters."""
    return ''.join(c if c.isprintable() else '?'
                   for c in base64.b64decode(value).decode('latin-1'))


def in_lines(value: str) -> str:
    """Return base64 in lines of 76 characters."""
    return base64.encodebytes(base64.b64decode(value)).decode()


def invented_user_data(root: Element) -> None:
    """Show user data where there is none."""
    put('userData', None)(root)
    put('userData/value', 'Zm9v')(root)


@dataclasses.dataclass
class Before:
    """Show the text that an element at a path had in the answer before this one."""

    path: str
    action: str
    last: str = ''

    def __call__(self, asked: Asked, answered: Answered) -> int:
        def edit(root: Element) -> None:
            own = _text(root, self.path)
            text(self.path, to(self.last or own))(root)
            self.last = own
        return in_xml(edit, (self.action,))(asked, answered)


@dataclasses.dataclass
class Later:
    """Change the answer to what was asked for before, with the same ClientToken."""

    action: str
    edit: Edit
    seen: set[str] = dataclasses.field(default_factory=set)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        token = asked.query.get('ClientToken', '')
        if asked.action != self.action or token not in self.seen:
            self.seen.add(token)
            return 0
        return in_xml(self.edit, (self.action,))(asked, answered)


@dataclasses.dataclass
class Once:
    """Make a change the first time alone."""

    change: Change
    done: int = 0

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if self.done:
            return 0
        self.done = self.change(asked, answered)
        return self.done


def without_images(kind: str) -> Edit:
    """Return an edit of the answer of DescribeImages that takes out a kind: kernel, ramdisk."""
    def edit(root: Element) -> None:
        for images in root.findall('imagesSet'):
            images[:] = [image for image in images if image.findtext('imageType') != kind]
    return edit


# Nova alone

def moved_root(server: dict[str, Any]) -> None:
    """Give a server with volumes a root device that none of them is."""
    if server.get(VOLUMES_KEY) and ROOT_DEVICE_NAME.nova_key in server:
        server[ROOT_DEVICE_NAME.nova_key] = '/dev/vdz'


def others_addresses(body: dict[str, Any]) -> dict[str, Any]:
    """Give each server of a list the addresses of the one before it."""
    servers = body.get('servers', [])
    for server, other in zip(servers, swapped([each.get('addresses') for each in servers]),
                             strict=True):
        server['addresses'] = other
    return body


def others_devices(answered: Answered) -> None:
    """Give each attachment of a list the device of the one before it."""
    body = answered.json()
    attachments = body.get('volumeAttachments', [])
    for attachment, other in zip(attachments, swapped([each['device'] for each in attachments]),
                                 strict=True):
        attachment['device'] = other
    answered.body = json.dumps(body).encode()
