"""Images that the suite makes itself: no cloud has to have a kernel at hand."""

from collections.abc import Callable
import dataclasses
from typing import Any

from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.clients.glance import Glance

# Nothing can boot from it; what a server shows is settled before anything tries to.
_CONTENT = bytes(512)


@dataclasses.dataclass(frozen=True)
class MadeImage:
    """An image that names a kernel, a ramdisk and more in its properties."""

    id: str
    kernel_id: str
    ramdisk_id: str


def make_image(glance: Glance, disk_format: str, name_prefix: str,
               at_the_end: Callable[..., Any], **properties: str) -> str:
    """Return the id of a new small image.

    :param disk_format: aki, ari or ami.
    :param at_the_end: takes a function and its arguments, to be called when all is over.
    :raises NotOffered: when Glance takes no such images.
    """
    image_id = glance.create(
        data_utils.rand_name(f'ec2attrs-{disk_format}', prefix=name_prefix), disk_format,
        properties)
    at_the_end(glance.delete, image_id)
    glance.upload(image_id, _CONTENT)
    return image_id


def make_image_with_kernel(glance: Glance, name_prefix: str, at_the_end: Callable[..., Any],
                           **properties: str) -> MadeImage:
    """Return a new image with a kernel and a ramdisk of its own; see :func:`make_image`."""
    kernel_id = make_image(glance, 'aki', name_prefix, at_the_end)
    ramdisk_id = make_image(glance, 'ari', name_prefix, at_the_end)
    image_id = make_image(glance, 'ami', name_prefix, at_the_end, kernel_id=kernel_id,
                          ramdisk_id=ramdisk_id, **properties)
    return MadeImage(image_id, kernel_id, ramdisk_id)
