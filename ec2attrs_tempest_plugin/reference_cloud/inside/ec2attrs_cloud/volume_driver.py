"""A Cinder volume driver with no storage behind it.

Cinder's API, scheduler, manager and database are real; a volume is a row and an attachment.
"""

import io
from typing import Any

from cinder.volume import driver

CAPACITY_GB = 1_000_000


class NoStorageDriver(driver.VolumeDriver):
    """Agrees to everything and stores nothing."""

    VERSION = '1.0'
    CI_WIKI_NAME = 'none'

    @classmethod
    def get_driver_options(cls) -> list[Any]:
        return []

    def do_setup(self, context: Any) -> None:
        pass

    def check_for_setup_error(self) -> None:
        pass

    def _update_volume_stats(self) -> None:
        name = self.configuration.safe_get('volume_backend_name')
        self._stats = {
            'volume_backend_name': name, 'vendor_name': 'ec2attrs', 'driver_version': self.VERSION,
            'storage_protocol': 'fake',
            'pools': [{'pool_name': name, 'total_capacity_gb': CAPACITY_GB,
                       'free_capacity_gb': CAPACITY_GB, 'provisioned_capacity_gb': 0,
                       'reserved_percentage': 0, 'max_over_subscription_ratio': 20,
                       'thin_provisioning_support': True, 'multiattach': True,
                       'online_extend_support': True, 'QoS_support': False}]}

    def create_volume(self, volume: Any) -> None:
        pass

    def delete_volume(self, volume: Any) -> None:
        pass

    def extend_volume(self, volume: Any, new_size: int) -> None:
        pass

    def create_snapshot(self, snapshot: Any) -> None:
        pass

    def delete_snapshot(self, snapshot: Any) -> None:
        pass

    def create_volume_from_snapshot(self, volume: Any, snapshot: Any) -> None:
        pass

    def create_cloned_volume(self, volume: Any, src_vref: Any) -> None:
        pass

    def revert_to_snapshot(self, context: Any, volume: Any, snapshot: Any) -> None:
        pass

    def clone_image(self, context: Any, volume: Any, image_location: Any, image_meta: Any,
                    image_service: Any) -> tuple[dict[str, Any], bool]:
        """Say that the volume is a copy of the image, so that no image is downloaded."""
        return {}, True

    def copy_image_to_volume(self, context: Any, volume: Any, image_service: Any, image_id: str,
                             disable_sparse: bool = False) -> None:
        """Do nothing: it is asked for when the volume of a server is made anew from an image."""

    def copy_volume_to_image(self, context: Any, volume: Any, image_service: Any,
                             image_meta: Any) -> None:
        """Upload one empty sector, so that the image becomes active."""
        image_service.update(context, image_meta['id'],
                             {'disk_format': image_meta.get('disk_format') or 'raw',
                              'container_format': image_meta.get('container_format') or 'bare'},
                             io.BytesIO(bytes(512)))

    def ensure_export(self, context: Any, volume: Any) -> None:
        pass

    def create_export(self, context: Any, volume: Any, connector: Any) -> None:
        pass

    def remove_export(self, context: Any, volume: Any) -> None:
        pass

    def initialize_connection(self, volume: Any, connector: Any) -> dict[str, Any]:
        return {'driver_volume_type': 'fake',
                'data': {'volume_id': volume['id'], 'access_mode': 'rw', 'discard': False}}

    def terminate_connection(self, volume: Any, connector: Any, **kwargs: Any) -> None:
        pass

    def retype(self, context: Any, volume: Any, new_type: Any, diff: Any,
               host: Any) -> tuple[bool, None]:
        return True, None
