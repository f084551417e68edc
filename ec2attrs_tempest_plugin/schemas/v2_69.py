"""Nova's answers from microversion 2.69: a server may be shown in part."""

from collections.abc import Mapping
from typing import Any

from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract import visibility
from ec2attrs_tempest_plugin.schemas import overlay

SINCE = visibility.Microversion(2, 69)

#: The schema of the answer to each call, for each role.
ANSWERS = overlay.answers(SINCE)


def is_partial(server: Any) -> bool:
    """Say whether a server is shown in part, as one is whose cell does not answer.

    Nova then knows its id, owner and time of creation, and says status UNKNOWN
    (``nova/api/openstack/compute/views/servers.py``, ``_show_from_down_cell``).
    """
    return (isinstance(server, Mapping) and server.get('status') == 'UNKNOWN'
            and not any(key.startswith((attributes.SERVER_PREFIX, attributes.VOLUMES_PREFIX))
                        for key in server))
