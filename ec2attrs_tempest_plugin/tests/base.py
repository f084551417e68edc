"""The base of all tests: credentials, set-up, and the four outcomes.

Every test reports its own outcome. What Tempest would skip or fail for a
whole class at once, and so without a word about its tests, is kept here until
each test starts, and raised there.
"""

from collections.abc import Callable, Collection, Iterable
import functools
import gzip
import hashlib
import importlib.metadata
import json
from typing import Any

from tempest import config
from tempest import test
from tempest.common import credentials_factory
import testtools
from testtools import content
from testtools import content_type

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import tempest_http
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.clients.cinder import Cinder
from ec2attrs_tempest_plugin.clients.nova import Nova
from ec2attrs_tempest_plugin.clients.nova import NovaAnswer
from ec2attrs_tempest_plugin.contract import difference
from ec2attrs_tempest_plugin.contract import outcomes as attachments
from ec2attrs_tempest_plugin.contract import release
from ec2attrs_tempest_plugin.contract.attributes import Attribute
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.requirements import ADVISORY
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import READS
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.schemas import policy
from ec2attrs_tempest_plugin.schemas import v2_69
from ec2attrs_tempest_plugin.schemas import validation
from ec2attrs_tempest_plugin.tests import conditions
from ec2attrs_tempest_plugin.tests import marks
from ec2attrs_tempest_plugin.tests import outcomes
from ec2attrs_tempest_plugin.tests.people import People
from ec2attrs_tempest_plugin.tests.resources import Defaults
from ec2attrs_tempest_plugin.tests.resources import Resources

CONF = config.CONF

@functools.cache
def http() -> transport.Transport:
    """Return the connections of this process."""
    return transport.Transport(
        timeout=CONF.service_clients.http_timeout,
        verify=not CONF.identity.disable_ssl_certificate_validation,
        ca_certs=CONF.identity.ca_certificates_file,
        proxy_url=CONF.service_clients.proxy_url)


class BaseTest(conditions.Conditions, test.BaseTestCase):
    """People with their clients, and set-up whose failure each test reports.

    A class says what it needs in :meth:`prepare`.
    """

    credentials = ['primary']
    #: Whether tests of the class ask as a reader of the member's project, too.
    with_reader = False

    record: evidence.Evidence
    nova: dict[Role, Nova]
    member: openstack.Session
    resources: Resources
    # Why the tests of the class cannot run, with where it was raised.
    _unready: BaseException | None = None
    _unready_where: Any = None
    # Up to where the class has given its evidence away.
    _told = 0

    @classmethod
    def setup_credentials(cls) -> None:
        """Make the member's project and, where there can be one, an administrator."""
        cls._unready = cls._unready_where = cls._no_volumes = None
        cls.set_network_resources(network=True, subnet=True)
        if credentials_factory.is_admin_available(cls.get_identity_version()):
            cls.credentials = ['primary', 'admin']
        cls._attempt(functools.partial(cls._make_credentials, super().setup_credentials))
        if cls._why_unready() is not None:
            # Tempest wants it called; else it raises an exception that hides the cause.
            cls.credentials = []
            super().setup_credentials()

    @classmethod
    def _make_credentials(cls, step: Callable[[], None]) -> None:
        """Run a step of Tempest's own; again if a service or a connection failed for a moment.

        :raises CloudError: with the cause.
        """
        try:
            cls._make_credentials_once(step)
        except errors.CloudError as error:
            if error.code not in attachments.TRANSIENT:
                raise
            cls._make_credentials_once(step)

    @classmethod
    def _make_credentials_once(cls, step: Callable[[], None]) -> None:
        try:
            with tempest_http.on(http()):
                provider = cls._get_credentials_provider()
                if hasattr(provider, 'resource_prefix'):
                    # Tempest calls projects tempest-... whatever the option says. With this word
                    # no project of another plugin has such a name.
                    provider.resource_prefix = '-'.join(
                        filter(None, (CONF.resource_name_prefix, 'ec2attrs')))
                step()
        except (cls.skipException, errors.CloudError):
            raise
        except Exception as error:  # Tempest's exceptions do not say what failed
            reason = ' '.join(''.join(c if c.isprintable() else ' ' for c in str(error)).split())
            raise errors.CloudError(
                Code.SET_UP, f'the credentials of the tests cannot be created: '
                             f'{type(error).__name__}: {reason[:300]}') from error

    @classmethod
    def clear_credentials(cls) -> None:
        """Remove what Tempest made for the credentials."""
        with tempest_http.on(http()):
            super().clear_credentials()

    @classmethod
    def setup_clients(cls) -> None:
        """Make the clients."""
        super().setup_clients()
        cls.record = evidence.Evidence()
        cls._told = 0
        cls.nova = {}
        cls._attempt(cls._make_clients)

    @classmethod
    def _make_clients(cls) -> None:
        for role, name in ((Role.MEMBER, 'os_primary'), (Role.ADMIN, 'os_admin')):
            manager = getattr(cls, name, None)
            if manager is not None:
                cls.nova[role] = cls.nova_of(manager.auth_provider, role)
        cls.member = cls.nova[Role.MEMBER].session

    @classmethod
    def people(cls) -> People:
        """Return a way to make users; they go with the class. There has to be an administrator."""
        return People(cls.nova[Role.ADMIN].session, cls.addClassResourceCleanup)

    @classmethod
    def _make_reader(cls) -> None:
        if not cls.with_reader or Role.ADMIN not in cls.nova:
            return
        try:
            provider = cls.people().user(cls.member.project_id, Role.READER.value)
        except (errors.NotPermitted, errors.NotOffered) as reason:
            cls._missing = {**cls._missing, Role.READER: outcomes.of_preparation(reason)}
            return
        cls.nova[Role.READER] = cls.nova_of(provider, Role.READER)

    @classmethod
    def nova_of(cls, provider: Any, role: Role, person: str = '') -> Nova:
        """Return Nova as someone sees it who has tokens of their own."""
        return Nova(
            openstack.Session(
                provider, person or role.value, http(), cls.record,
                # A token without a project comes without a catalogue.
                cls.os_primary.auth_provider if provider.scope == 'unscoped' else None),
            role, catalog.of_group(CONF, 'compute'))

    @classmethod
    def resource_setup(cls) -> None:
        """Run :meth:`prepare`, its removal registered before it begins.

        Where a service or a connection failed for a moment, all is removed and made again.
        """
        super().resource_setup()
        if cls._why_unready() is not None:
            return
        cls._make_all()
        reason = cls._why_unready()
        if isinstance(reason, errors.CloudError) and reason.code in attachments.TRANSIENT:
            try:
                cls.resource_cleanup()
            except errors.CloudError as left:
                cls._unready = errors.CloudError(reason.code, f'{reason}\n{left}')
                return
            cls._unready = cls._unready_where = cls._no_volumes = None
            cls._make_all()

    @classmethod
    def _why_unready(cls) -> BaseException | None:
        return cls._unready

    @classmethod
    def _make_all(cls) -> None:
        for step in (cls._make_reader, cls._make_resources, cls.prepare):
            cls._attempt(step)

    @classmethod
    def resource_cleanup(cls) -> None:
        """Remove what was made; of several failures each is reported in a line.

        :raises CloudError: when something could not be removed.
        """
        try:
            super().resource_cleanup()
        except testtools.MultipleExceptions as several:
            failures = [error for _, error, _ in several.args]
            first = failures[0]
            raise errors.CloudError(
                first.code if isinstance(first, errors.CloudError) else Code.REJECTED,
                '\n'.join(f'the clean-up failed: {error}' for error in failures)) from first

    @classmethod
    def _make_resources(cls) -> None:
        cls.resources = cls.resources_of(Role.MEMBER)

    @classmethod
    def resources_of(cls, role: Role) -> Resources:
        """Return a way to make servers in a role's own project; they go with the class."""
        network = cls.get_tenant_network('admin' if role is Role.ADMIN else 'primary')
        made = Resources(
            cls.nova[role],
            Cinder(cls.nova[role].session, catalog.of_group(CONF, 'volume'),
                   timeout=CONF.volume.build_timeout, interval=CONF.volume.build_interval)
            if CONF.service_available.cinder else None,
            Defaults(
                image_id=CONF.compute.image_ref,
                flavor_id=CONF.compute.flavor_ref,
                network_id=network.get('id') if network else None,
                build_timeout=CONF.compute.build_timeout,
                build_interval=CONF.compute.build_interval,
                volume_size=CONF.volume.volume_size,
                volume_type=CONF.volume.volume_type or ''))
        cls.addClassResourceCleanup(made.release)
        return made

    @classmethod
    def prepare(cls) -> None:
        """Make what the tests of the class share; whatever is raised, each test reports."""

    @classmethod
    def _attempt(cls, step: Callable[[], None]) -> None:
        if cls._unready is not None:
            return
        try:
            step()
        except Exception as error:  # each test raises it in its turn
            cls._unready = outcomes.of_preparation(error)
            cls._unready_where = error.__traceback__

    def setUp(self) -> None:
        super().setUp()
        self._first_exchange = self.record.mark()
        self.addOnException(self._show_evidence)
        # The first clean-up is the last that is done.
        self.addCleanup(self._keep_evidence)
        if self._unready is not None:
            self._first_exchange = 0
            raise self._unready.with_traceback(self._unready_where)
        method = getattr(self, self._testMethodName)
        # With the attributes of the method, of which Tempest makes the id of the test.
        setattr(self, self._testMethodName, functools.update_wrapper(
            functools.partial(self._run_method, method), method))

    def _run_method(self, method: Callable[[], None]) -> None:
        """Run a test; what its own requests raise becomes one of the four outcomes."""
        try:
            method()
        except Exception as error:
            raised = outcomes.of_test(error, marks.requirements_of(method))
            if raised is error:
                raise
            raise raised from error

    def _show_evidence(self, failure: Any) -> None:
        error = failure[1]
        if isinstance(error, ContractViolation):
            _attach_violations(self, error.violations)
        elif not isinstance(error, self.skipException):
            self.addDetail(attachments.ERROR, content.Content(
                _JSON, functools.partial(_dumped_error, *outcomes.code_and_message(error))))
        text = '\n'.join(str(e) for e in self.record.since(self._first_exchange))
        if text:
            self.addDetail('evidence', content.text_content(text))

    def _keep_evidence(self) -> None:
        """Give the stream of results what was asked and answered, for a report or a certifier."""
        lines = evidence.lines(speaker(), self.record.since(type(self)._told))
        type(self)._told = self.record.mark()
        packed = gzip.compress(lines, compresslevel=6, mtime=0)
        self.addDetail('exchanges', content.Content(
            content_type.ContentType('application', 'gzip'), lambda: [packed]))

    # Failures

    @staticmethod
    def violations(answer: NovaAnswer, about: Collection[str]) -> list[Violation]:
        """Return where an answer breaks its schema, for some of the requirements.

        :param answer: about our own servers alone.
        :raises CloudError: when one is shown in part, because its cell does not answer.
        """
        if answer.call in READS and answer.microversion >= v2_69.SINCE:
            for server in filter(v2_69.is_partial, answer.servers()):
                raise errors.CloudError(
                    Code.STATE, f'{answer.source}: server {str(server.get("id"))[:36]} is shown '
                                f'in part, with status UNKNOWN: its cell does not answer '
                                f'[{", ".join(answer.request_ids)}]')
        found = validation.violations(
            answer.body, answer.call, answer.microversion, answer.role,
            source=answer.source, request_ids=answer.request_ids)
        found = policy.summed_up(found, answer.call, answer.microversion, answer.role)
        return [violation for violation in found if violation.requirement in about]

    @staticmethod
    def assert_none(violations: Iterable[Violation]) -> None:
        """Fail with a line for each violation, if there is any."""
        violations = list(violations)
        if violations:
            raise ContractViolation(violations)

    def advise(self, violations: Iterable[Violation]) -> None:
        """Tell of violations, if there are any, without failing: a stock service has them."""
        violations = list(violations)
        if violations:
            self.addDetail('advisory', content.text_content('\n'.join(map(str, violations))))
            _attach_violations(self, violations)
            raise self.skipException(f'{ADVISORY} {violations[0]}')

    differences = staticmethod(difference.differences)

    def assert_agrees(self, requirement: str, attribute: Attribute | str, *, of: str,
                      expected: Any, seen: Any, answers: Collection[Any]) -> None:
        """Fail if what is seen is not what is expected; see :meth:`differences`."""
        self.assert_none(self.differences(
            requirement, attribute, of=of, expected=expected, seen=seen, answers=answers))


_JSON = content_type.ContentType('application', 'json')


def _attach_violations(test: testtools.TestCase, violations: Iterable[Violation]) -> None:
    """Give the stream of results the violations of a test in their parts."""
    test.addDetail(attachments.VIOLATIONS, content.Content(_JSON, functools.partial(
        _as_json, list(violations)[:ContractViolation.MAX_LINES])))


def _dumped_error(code: Code, message: str) -> list[bytes]:
    return [attachments.dumped(code, message)]


def _as_json(violations: Iterable[Violation]) -> list[bytes]:
    return [json.dumps([violation.parts() for violation in violations]).encode()]


@functools.cache
def speaker() -> dict[str, Any]:
    """Return which suite asked which cloud, so that streams of results can be told apart."""
    challenge = CONF.ec2attrs.challenge
    return {
        'suite': release.suite(),
        'tempest': importlib.metadata.version('tempest'),
        'cloud': openstack.without_credentials(CONF.identity.uri_v3 or CONF.identity.uri or ''),
        'challenge': hashlib.sha256(challenge.encode()).hexdigest() if challenge else None}
