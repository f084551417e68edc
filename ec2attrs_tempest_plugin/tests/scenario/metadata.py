"""The base of the tests that ask Nova and its metadata service about the same servers."""

import base64
from collections.abc import Mapping
import re
from typing import Any

from tempest import config

from ec2attrs_tempest_plugin.clients.metadata import Metadata
from ec2attrs_tempest_plugin.clients.metadata import MetadataAnswer
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.violation import Words
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests.scenario.base import private_addresses

CONF = config.CONF

# An address of no network (RFC 5737), for a server that has none.
NOWHERE = '192.0.2.1'
# All 256 bytes: no text, and nothing that an encoding leaves as it is.
SENT = bytes(range(256))


class MetadataTest(base.BaseTest):
    """Nova's API as an administrator sees it, and its metadata service as servers see it.

    Four servers serve all tests: three of one request, with user data, and one
    created alone, without, to which two volumes are attached. That one has a
    kernel, where there is an image with a kernel.
    """

    metadata: Metadata

    @classmethod
    def prepare(cls) -> None:
        unset = [name for name in ('metadata_url', 'metadata_proxy_shared_secret')
                 if not CONF.ec2attrs[name]]
        if unset:
            cls.not_configured(
                f'[ec2attrs] {" and ".join(unset)} not set: the metadata service is asked at '
                f'metadata_url, as the one who knows metadata_proxy_shared_secret')
        cls.metadata = Metadata(
            CONF.ec2attrs.metadata_url, secret=CONF.ec2attrs.metadata_proxy_shared_secret,
            http=base.http(), record=cls.record)
        member = cls.nova[Role.MEMBER]
        volumes = ([cls.resources.volume(), cls.resources.volume()]
                   if CONF.service_available.cinder else [])
        three = cls.resources.server(
            min_count=3, max_count=3, return_reservation_id=True,
            user_data=base64.b64encode(SENT).decode())
        image_id = CONF.ec2attrs.kernel_ramdisk_image_ref or CONF.compute.image_ref
        devices = cls.resources.devices(dict.fromkeys(volumes, True), image_id)
        alone = cls.resources.server(imageRef=image_id, block_device_mapping_v2=devices)
        cls.created = member.create(three)
        member.create(alone)
        cls.three_name = three['name']
        cls.three = cls.resources.named(three['name'], 3)
        [cls.alone] = cls.resources.named(alone['name'], 1)
        # Before that nothing is asked: the service may keep what it was asked once.
        cls.resources.wait_for_active([*cls.three, cls.alone])
        cls.all = [*cls.three, cls.alone]
        cls.shown = {server_id: member.show(server_id, FIRST) for server_id in cls.all}

    def addresses(self, server_id: str) -> list[str]:
        """Return the addresses that Nova shows of a server."""
        return sorted(private_addresses(self.shown[server_id].server(server_id)))

    def headers(self, server_id: str) -> dict[str, str]:
        """Return the right headers for a server."""
        return self.metadata.headers(server_id, self.member.project_id)

    def told(self, server_id: str, path: str,
             headers: Mapping[str, str] | None = None) -> MetadataAnswer:
        """Return what a server is told at a path.

        :param headers: in place of the right ones.
        """
        return self.metadata.get(
            path, self.headers(server_id) if headers is None else headers,
            address=next(iter(self.addresses(server_id)), NOWHERE))

    def as_admin(self, server_id: str) -> tuple[NovaAnswer, Any]:
        """Return the answer of Nova that shows all attributes of a server, and the server."""
        answer = self.seen_by(Role.ADMIN, INTRODUCED).show(server_id, INTRODUCED)
        return answer, answer.server(server_id)

    def assert_hostnames(self, requirement_id: str,
                         shown: Mapping[tuple[str, str], str | None]) -> None:
        """Fail unless each hostname is Nova's, with one and the same domain or none.

        :param shown: server and path, with the key of it where it is a document.
        """
        found: list[Violation] = []
        domains, answers = set(), []
        for (server_id, path), key in shown.items():
            nova, server = self.as_admin(server_id)
            answer = self.told(server_id, path)
            seen = answer.document.get(key, ABSENT) if key else answer.text
            domain = domain_behind(HOSTNAME.in_nova(server), seen)
            if domain is None:
                found += self.differences(
                    requirement_id, HOSTNAME, of=f'server {server_id}',
                    expected=Words(f'{HOSTNAME.in_nova(server)} with a domain, or alone'),
                    seen=seen, answers=[answer, nova])
            else:
                domains.add(domain)
                answers.append(answer)
        if len(domains) > 1:
            found += self.differences(
                requirement_id, HOSTNAME, of='the servers, as the domains behind it',
                expected=Words('one for all'), seen=sorted(domains), answers=answers[-1:])
        self.assert_none(found)


def domain_behind(hostname: Any, shown: Any) -> str | None:
    """Return the domain behind a hostname, empty for none; None where it is not the hostname."""
    match = re.fullmatch(rf'{re.escape(str(hostname))}(?:\.((?:[A-Za-z0-9_-]+\.)*'
                         r'[A-Za-z0-9_-]+))?', str(shown))
    domain = (match[1] or '') if match else None
    return None if domain == 'None' or not isinstance(shown, str) else domain
