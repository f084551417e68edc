"""Where a metadata service tells servers otherwise than Nova shows them."""

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
import functools
import re
from typing import Any

from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import KERNEL_ID
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RAMDISK_ID
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.attributes import ROOT_DEVICE_NAME
from ec2attrs_tempest_plugin.contract.attributes import USER_DATA
from ec2attrs_tempest_plugin.contract.attributes import volumes_by_id
from ec2attrs_tempest_plugin.contract.difference import differences
from ec2attrs_tempest_plugin.contract.views import Json
from ec2attrs_tempest_plugin.contract.views import MetadataView
from ec2attrs_tempest_plugin.contract.views import NovaView
from ec2attrs_tempest_plugin.contract.views import SaidInText
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words

LATEST = '/latest/meta-data/'
MAPPING = LATEST + 'block-device-mapping/'
DOCUMENT = '/openstack/latest/meta_data.json'
USER_DATA_PATHS = ('/latest/user-data', '/openstack/latest/user_data')
HOSTNAMES = ('hostname', 'local-hostname', 'public-hostname')
#: With what the ids begin that a server is told.
KERNELS = ((KERNEL_ID, 'aki'), (RAMDISK_ID, 'ari'))

def disagreements(nova: NovaView, metadata: MetadataView, servers: Sequence[Json],
                  about: Collection[str] = ()) -> list[Violation]:
    """Return where servers are told otherwise, of what they were told.

    :param about: requirements, by default all.
    """
    found: list[Violation] = []
    for server in servers:
        told = {path: answer for (server_id, path), answer in metadata.told.items()
                if server_id == server.get('id')}
        found += [violation for rule in (_texts, _kernels, _devices, _user_data, _document)
                  for violation in rule(nova, server, told)]
    found += _hostnames(nova, metadata, servers)
    return [each for each in found if not about or each.requirement in about]


def _differ(nova: NovaView, server: Json, requirement: str, attribute: Attribute | str,
            expected: Any, seen: Any, answer: SaidInText) -> list[Violation]:
    return differences(requirement, attribute, of=f'server {server.get("id")}',
                       expected=expected, seen=seen, answers=[answer, nova.answer])


Told = Mapping[str, SaidInText]


def _texts(nova: NovaView, server: Json, told: Told) -> Iterator[Violation]:
    differ = functools.partial(_differ, nova, server)
    for requirement, attribute, path in (
            ('EC2A-201', RESERVATION_ID, LATEST + str(RESERVATION_ID.metadata_path)),
            ('EC2A-202', LAUNCH_INDEX, LATEST + str(LAUNCH_INDEX.metadata_path)),
            ('EC2A-205', ROOT_DEVICE_NAME, MAPPING + 'root')):
        if path in told:
            value = attribute.in_nova(server)
            yield from differ(requirement, attribute,
                              value if value is ABSENT else str(value), told[path].text,
                              told[path])
    if MAPPING + 'ami' in told:
        answer = told[MAPPING + 'ami']
        name = str(ROOT_DEVICE_NAME.in_nova(server))
        if answer.text != name:  # in full it is as good
            yield from differ('EC2A-205', 'ami', name.removeprefix('/dev/'), answer.text, answer)


def _kernels(nova: NovaView, server: Json, told: Told) -> Iterator[Violation]:
    for attribute, prefix in KERNELS:
        answer = told.get(LATEST + str(attribute.metadata_path))
        if answer is None:
            continue
        if not attribute.in_nova(server):
            yield from _differ(nova, server, 'EC2A-204', attribute, ABSENT, answer.text, answer)
        elif not re.fullmatch(f'{prefix}-[0-9a-f]{{8,}}', str(answer.text)):
            yield from _differ(
                nova, server, 'EC2A-204', attribute,
                Words(f'{prefix}- and at least eight of 0-9 and a-f'), answer.text, answer)


def _devices(nova: NovaView, server: Json, told: Told) -> Iterable[Violation]:
    listing = told.get(MAPPING)
    if listing is None:
        return []
    shown = [told[MAPPING + name] for name in listing.names
             if re.fullmatch('ebs[0-9]+', name) and MAPPING + name in told]
    devices = [nova.volumes[volume_id].device for volume_id in volumes_by_id(server)]
    return differences(
        'EC2A-205', 'ebs', of=f'server {server.get("id")}', expected=sorted(devices),
        seen=sorted((each.text for each in shown), key=str),
        answers=[listing, *shown, nova.answer])


def _user_data(nova: NovaView, server: Json, told: Told) -> Iterator[Violation]:
    for path in USER_DATA_PATHS:
        if path in told:
            yield from _differ(nova, server, 'EC2A-206', USER_DATA,
                               _decoded(USER_DATA.in_nova(server)), told[path].data, told[path])


def _decoded(value: Any) -> Any:
    """Return the bytes that user data stand for, each as the character of its number."""
    if not value:
        return ABSENT
    try:
        return base64.b64decode(str(value), validate=True).decode('latin-1')
    except binascii.Error:
        return Words('the bytes of user data that are no base64')


def _document(nova: NovaView, server: Json, told: Told) -> Iterator[Violation]:
    answer = told.get(DOCUMENT)
    if answer is not None:
        for key, expected in (('launch_index', LAUNCH_INDEX.in_nova(server)),
                              ('uuid', server.get('id'))):
            yield from _differ(nova, server, 'EC2A-207', key, expected,
                               answer.document.get(key, ABSENT), answer)


def _hostnames(nova: NovaView, metadata: MetadataView,
               servers: Sequence[Json]) -> Iterator[Violation]:
    """Yield hostnames that are not Nova's, and domains that are not one and the same for all."""
    for requirement, paths in (('EC2A-203', [LATEST + name for name in HOSTNAMES]),
                               ('EC2A-207', [DOCUMENT])):
        domains: dict[str, SaidInText] = {}
        for server in servers:
            for path in paths:
                answer = metadata.told.get((str(server.get('id')), path))
                if answer is None:
                    continue
                seen = (answer.document.get('hostname', ABSENT) if path == DOCUMENT
                        else answer.text)
                hostname = HOSTNAME.in_nova(server)
                domain = domain_behind(hostname, seen)
                if domain is None:
                    yield from _differ(
                        nova, server, requirement, HOSTNAME,
                        Words(f'{hostname} with a domain, or alone'), seen, answer)
                else:
                    domains.setdefault(domain, answer)
        if len(domains) > 1:
            yield from differences(
                requirement, HOSTNAME.name, of='the servers, as the domains behind it',
                expected=Words('one for all'), seen=sorted(domains),
                answers=list(domains.values()))


def domain_behind(hostname: Any, shown: Any) -> str | None:
    """Return the domain behind a hostname, empty for none; None where it is not the hostname."""
    match = re.fullmatch(rf'{re.escape(str(hostname))}(?:\.((?:[A-Za-z0-9_-]+\.)*'
                         r'[A-Za-z0-9_-]+))?', str(shown))
    domain = (match[1] or '') if match else None
    return None if domain == 'None' or not isinstance(shown, str) else domain
