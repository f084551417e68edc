"""What a test needs of a cloud; it skips, with a coded reason, where that is not there."""

from collections.abc import Callable, Mapping
import functools
from typing import NoReturn
import unittest

from oslo_config import cfg
from tempest import config

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.contract.outcomes import TRANSIENT
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import outcomes
from ec2attrs_tempest_plugin.tests.resources import Resources

CONF = config.CONF

_NO_ADMIN = ('there is no administrator: set [auth] admin_username, admin_password and '
             'admin_project_name')


class Conditions:
    """The conditions of one test. Those of another test of the class may differ."""

    nova: dict[Role, Nova]
    resources: Resources
    # Why there are no credentials of some role.
    _missing: Mapping[Role, Exception] = {
        Role.ADMIN: unittest.SkipTest(f'{outcomes.NOT_CONFIGURED} {_NO_ADMIN}'),
        Role.READER: unittest.SkipTest(
            f'{outcomes.NOT_CONFIGURED} nobody can make a reader: {_NO_ADMIN}')}
    # Why those tests of the class cannot run that need volumes.
    _no_volumes: Exception | None = None

    @classmethod
    def unsupported(cls, reason: str) -> NoReturn:
        """Skip: the cloud does not offer what the test is about."""
        raise unittest.SkipTest(f'{outcomes.UNSUPPORTED} {reason}')

    @classmethod
    def not_configured(cls, reason: str) -> NoReturn:
        """Skip: an option would have to be set, and the reason names it."""
        raise unittest.SkipTest(f'{outcomes.NOT_CONFIGURED} {reason}')

    @classmethod
    def needs_feature(cls, group: str, option: str, ruled_out: bool = False) -> None:
        """Skip where an option of Tempest says that the cloud has not got a feature.

        What Tempest has by default is not what an operator says: resize and volume_multiattach
        are false there, and a default tempest.conf skips nothing.

        :param group: compute-feature-enabled or volume-feature-enabled.
        :param ruled_out: the value that rules the feature out.
        """
        chosen = cfg.CONF.get_location(option, group)
        if chosen is not None and chosen.location.is_user_controlled and (
                cfg.CONF[group][option] is ruled_out):
            cls.not_configured(f'[{group}] {option} is {str(ruled_out).lower()}')

    @classmethod
    def needs_volumes(cls) -> None:
        """Skip unless there are volumes, or end in the error that making one came to."""
        if cls._no_volumes is not None:
            raise cls._no_volumes.with_traceback(None)
        if not CONF.service_available.cinder:
            cls.not_configured('[service_available] cinder is false, so there are no volumes')

    @classmethod
    def volumes(cls, number: int) -> list[str]:
        """Return the ids of new volumes, none where none can be made.

        Then the tests of the class that need some end as :meth:`needs_volumes` says, and the
        others run.
        """
        try:
            cls.needs_volumes()
            return [cls.resources.volume() for _ in range(number)]
        except (unittest.SkipTest, errors.CloudError, errors.NotPermitted) as reason:
            if isinstance(reason, errors.CloudError) and reason.code in TRANSIENT:
                raise
            cls._no_volumes = outcomes.of_preparation(reason)
            return []

    @classmethod
    def with_volumes(cls, make: Callable[[bool], None]) -> None:
        """Make servers with volumes of Nova's making, or without where no volume can be made.

        :param make: makes them, with volumes or not.
        """
        if not CONF.service_available.cinder:
            make(False)
            return
        try:
            make(True)
        except errors.CloudError as error:
            if error.code in TRANSIENT or cls.volumes(1):
                raise  # it is not for the volumes
            make(False)

    def seen_by(self, role: Role, microversion: Microversion) -> Nova:
        """Return Nova for a role that is going to ask at a microversion, or skip."""
        if role not in self.nova:
            raise self._missing[role].with_traceback(None)
        self.needs_microversion(microversion)
        return self.nova[role]

    def needs_microversion(self, microversion: Microversion) -> None:
        """Skip unless Nova offers a microversion and no option keeps us from it."""
        oldest, newest = self.offered()
        if not oldest <= microversion <= newest:
            self.unsupported(f'Nova offers microversions {oldest} to {newest}, '
                             f'not {microversion}')
        for option, outside in (('min_microversion', microversion.__lt__),
                                ('max_microversion', microversion.__gt__)):
            value = CONF.compute.get(option)
            if value and value != 'latest' and outside(Microversion.parse(value)):
                self.not_configured(
                    f'[compute] {option} is {value}: microversion {microversion} needs '
                    f'another, or none')

    @classmethod
    def offered(cls) -> tuple[Microversion, Microversion]:
        """Return the oldest and the newest microversion that Nova offers."""
        return _offered_by(cls.nova[Role.MEMBER])


@functools.cache
@errors.preparation
def _offered_by(nova: Nova) -> tuple[Microversion, Microversion]:
    return nova.microversions()
