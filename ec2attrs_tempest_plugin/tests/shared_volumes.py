"""Volumes that may be attached to several servers at once."""

from tempest import config
from tempest.lib.common.utils import data_utils

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients.cinder import Cinder
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base

CONF = config.CONF

#: What a type of volumes that can be shared says of itself.
SHARED = 'multiattach', '<is> True'


class SharedVolumes(base.BaseTest):
    """The base of tests with volumes that are attached to several servers."""

    def type_of_shared_volumes(self) -> str:
        """Return the name of a type of volumes that can be shared, or skip."""
        self.needs_feature('compute-feature-enabled', 'volume_multiattach')
        if CONF.volume.volume_type_multiattach:
            return str(CONF.volume.volume_type_multiattach)
        role = Role.ADMIN if Role.ADMIN in self.nova else Role.MEMBER
        cinder = Cinder(self.nova[role].session, catalog.of_group(CONF, 'volume'),
                        timeout=CONF.volume.build_timeout, interval=CONF.volume.build_interval)
        name = cinder.type_with(*SHARED)
        if name is None and role is Role.ADMIN:
            name = data_utils.rand_name('ec2attrs', prefix=CONF.resource_name_prefix)
            type_id = cinder.create_type(name, dict([SHARED]))
            if type_id is not None:
                self.addClassResourceCleanup(cinder.delete_type, type_id)
                # What is registered last is done first: no volume may be left of the type.
                self.addClassResourceCleanup(self.resources.release)
                return name
        if name is None:
            self.unsupported('Cinder has no volume type with multiattach, and lets none be made')
        return name
