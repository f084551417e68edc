"""An ML2 mechanism driver that stands in for the network agents: each port is bound at once."""

from typing import Any

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api


class BindingDriver(api.MechanismDriver):
    """Binds every port on any host, as Open vSwitch would, and calls it active."""

    resource_provider_uuid5_namespace = None

    def initialize(self) -> None:
        pass

    @property
    def connectivity(self) -> str:
        return portbindings.CONNECTIVITY_L2

    def bind_port(self, context: Any) -> None:
        details = {portbindings.CAP_PORT_FILTER: True, portbindings.OVS_HYBRID_PLUG: False,
                   portbindings.VIF_DETAILS_CONNECTIVITY: portbindings.CONNECTIVITY_L2,
                   portbindings.VIF_DETAILS_BRIDGE_NAME: 'br-int'}
        context.set_binding(context.segments_to_bind[0][api.ID], portbindings.VIF_TYPE_OVS,
                            details, status=constants.PORT_STATUS_ACTIVE)

    def filter_hosts_with_segment_access(self, context: Any, segments: Any, candidate_hosts: Any,
                                         agent_getter: Any) -> set[str]:
        return set(candidate_hosts)
