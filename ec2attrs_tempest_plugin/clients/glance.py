"""Glance's images, as far as the suite has to read and make them."""

from collections.abc import Mapping
from typing import Any

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack


@errors.never_under_test
class Glance:
    """The images that one user may see; none of its requests is under test."""

    def __init__(self, session: openstack.Session, endpoint: openstack.Endpoint) -> None:
        self._session = session
        self._endpoint = endpoint

    def image(self, image_id: str) -> Mapping[str, Any]:
        """Return an image with its properties.

        :raises CloudError: when there is none of that id.
        """
        answer = self._ask('GET', f'/images/{image_id}', expect=(200,))
        return answer.body if isinstance(answer.body, dict) else {}

    def create(self, name: str, disk_format: str, properties: Mapping[str, str]) -> str:
        """Return the id of a new image, which has no content yet.

        :param disk_format: a format that is a container format as well: aki, ari, ami.
        :raises NotOffered: when Glance rejects it.
        """
        answer = self._ask('POST', '/images', {
            'name': name, 'disk_format': disk_format, 'container_format': disk_format,
            **properties}, expect=(201, 400))
        return str(self._taken(answer).body['id'])

    def upload(self, image_id: str, content: bytes) -> None:
        """Give an image its content.

        :raises NotOffered: when Glance rejects it.
        """
        self._taken(self._ask('PUT', f'/images/{image_id}/file', content,
                              expect=(204, 400, 415)))

    def delete(self, image_id: str) -> None:
        """Delete an image; one that is already gone is no error."""
        self._ask('DELETE', f'/images/{image_id}', expect=(204, 404))

    @staticmethod
    def _taken(answer: openstack.Answer) -> openstack.Answer:
        if answer.status >= 400:
            raise errors.NotOffered(
                f'{answer.source} is rejected with status {answer.status} [{answer.request_id}]')
        return answer

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, *,
             expect: tuple[int, ...]) -> openstack.Answer:
        return self._session.request(
            self._endpoint, method, path, body=body, expect=expect,
            source=f'{method} /v2{path} {self._session.person}')
