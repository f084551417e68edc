"""The base of the tests that ask Nova and its metadata service about the same servers."""

import base64
from collections.abc import Mapping, Sequence
import dataclasses

from tempest import config

from ec2attrs_tempest_plugin.clients.metadata import Metadata
from ec2attrs_tempest_plugin.clients.metadata import MetadataAnswer
from ec2attrs_tempest_plugin.contract import agreement
from ec2attrs_tempest_plugin.contract.views import MetadataView
from ec2attrs_tempest_plugin.contract.views import NovaView
from ec2attrs_tempest_plugin.contract.views import private_addresses
from ec2attrs_tempest_plugin.contract.views import Volume
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import INTRODUCED
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base

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
        cls.metadata = cls.metadata_at(CONF.ec2attrs.metadata_url)
        member = cls.nova[Role.MEMBER]
        volumes = cls.volumes(2)
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

    @classmethod
    def metadata_at(cls, url: str, name: str = 'metadata') -> Metadata:
        """Return the metadata service at a URL, by a name for messages."""
        return Metadata(url, secret=CONF.ec2attrs.metadata_proxy_shared_secret,
                        http=base.http(), record=cls.record, name=name)

    def headers(self, server_id: str) -> dict[str, str]:
        """Return the right headers for a server."""
        return self.metadata.headers(server_id, self.member.project_id)

    def told(self, server_id: str, path: str,
             headers: Mapping[str, str] | None = None,
             by: Metadata | None = None) -> MetadataAnswer:
        """Return what a server is told at a path.

        :param headers: in place of the right ones.
        :param by: the service, by default that of Nova.
        """
        return (by or self.metadata).get(
            path, self.headers(server_id) if headers is None else headers,
            address=next(iter(self.addresses(server_id)), NOWHERE))

    def assert_told(self, requirement_id: str, paths: Sequence[str], of: Sequence[str], *,
                    volumes_of: Sequence[str] = (), by: Metadata | None = None,
                    under: str = '') -> None:
        """Fail unless what servers are told at paths agrees with what Nova's API shows.

        :param volumes_of: servers whose volumes are looked at.
        :param by: the service that tells them, by default that of Nova.
        :param under: the requirement that is broken then, in the place of that.
        """
        view = self.as_admin(volumes_of)
        told = MetadataView({(server_id, path): self.told(server_id, path, by=by)
                             for server_id in of for path in paths})
        self.assert_none(
            dataclasses.replace(violation, requirement=under or requirement_id)
            for violation in agreement.disagreements(view, metadata=told, of=of,
                                                     about=[requirement_id]))

    def as_admin(self, volumes_of: Sequence[str] = ()) -> NovaView:
        """Return what Nova's API shows of the project's servers to an administrator."""
        answer = self.seen_by(Role.ADMIN, INTRODUCED).detail(
            INTRODUCED, project_id=self.member.project_id)
        return NovaView(answer, answer.servers(), {
            volume_id: Volume(device, None) for server_id in volumes_of for device, volume_id in
            self.nova[Role.MEMBER].volumes_by_device(server_id).items()})
