"""Glance's images, as far as the suite has to read them."""

from collections.abc import Mapping
from typing import Any

from ec2attrs_tempest_plugin.clients import openstack


class Glance:
    """The images that one person may see."""

    def __init__(self, session: openstack.Session, endpoint: openstack.Endpoint) -> None:
        self._session = session
        self._endpoint = endpoint

    def image(self, image_id: str) -> Mapping[str, Any]:
        """Return an image with its properties.

        :raises BadAnswer: when there is none of that id.
        """
        answer = self._session.request(
            self._endpoint, 'GET', f'/images/{image_id}', expect=(200,),
            source=f'GET /v2/images/{image_id} {self._session.person}')
        return answer.body if isinstance(answer.body, dict) else {}
