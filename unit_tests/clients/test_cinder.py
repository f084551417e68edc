"""Volumes are deleted together, in the time that one is given."""

import time
from typing import Any

import testtools

from ec2attrs_tempest_plugin.clients import cinder
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.openstack import Answer


class Session:
    """A Cinder in memory, whose volumes have the statuses to come, of which the last stays."""

    person = 'member'

    def __init__(self, **volumes: list[str | None]) -> None:
        self.volumes = volumes
        self.asked: list[str] = []

    def request(self, endpoint: Any, method: str, path: str, *, body: Any,
                expect: tuple[int, ...], source: str) -> Answer:
        self.asked.append(f'{method} {path}')
        statuses = self.volumes[path.rpartition('/')[2]]
        if method == 'DELETE':
            if statuses[0] == 'locked':
                raise errors.BadAnswer(f'{source}: status 400')
            return Answer(source, 202, {}, None, '')
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        return Answer(source, 200 if status else 404, {}, {'volume': {'status': status}}, '')


class DeletionTest(testtools.TestCase):

    def _deleted(self, session: Session, timeout: float = 0.1) -> None:
        cinder.Cinder(session, None, timeout=timeout, interval=0.01,  # type: ignore[arg-type]
                      ).delete(list(session.volumes))

    def test_each_is_asked_for_once_it_is_free(self) -> None:
        session = Session(a=['in-use', 'available', 'deleting', None], b=['available', None],
                          c=[None], d=['error', 'deleting', None])
        self._deleted(session, 5)
        self.assertEqual(['DELETE /volumes/b', 'DELETE /volumes/d', 'DELETE /volumes/a'],
                         [each for each in session.asked if each.startswith('DELETE')])

    def test_those_that_stay_share_the_time(self) -> None:
        volumes: dict[str, list[str | None]] = {f'v{each}': ['in-use'] for each in range(20)}
        session = Session(**volumes)
        started = time.monotonic()
        error = self.assertRaises(errors.CloudError, self._deleted, session)
        self.assertLess(time.monotonic() - started, 1)
        self.assertEqual([f'volume v{each} was not gone after 0 s but in-use'
                          for each in range(20)], str(error).splitlines())

    def test_one_that_fails_does_not_keep_the_others(self) -> None:
        session = Session(a=['error', 'error_deleting'], b=['available', None], c=['locked'])
        error = self.assertRaises(errors.CloudError, self._deleted, session)
        self.assertEqual(['volume a cannot be deleted: error_deleting',
                          'volume c was not gone after 0 s but locked'], str(error).splitlines())
        self.assertIn('DELETE /volumes/b', session.asked)

    def test_refusal_is_told(self) -> None:
        session = Session(a=['available', 'locked'])
        error = self.assertRaises(errors.CloudError, self._deleted, session)
        self.assertEqual('DELETE /volumes/a member: status 400', str(error))
