"""The base of the tests: each test of a class tells what kept the class from running."""

import json
import types
from typing import Any
import unittest

import ddt
import fixtures
import testtools
from testtools.testresult.doubles import ExtendedTestResult

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients.ec2 import Refused
from ec2attrs_tempest_plugin.clients.openstack import Answer
from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.agreement import Unmatched
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base
from ec2attrs_tempest_plugin.tests import conditions
from ec2attrs_tempest_plugin.tests import outcomes
from ec2attrs_tempest_plugin.tests.marks import requirement

OPTIONS: dict[str, Any] = {'min_microversion': None, 'max_microversion': None}


class Offering:
    """Stands for a Nova of a range."""

    def __init__(self, oldest: str, newest: str) -> None:
        self._range = Microversion.parse(oldest), Microversion.parse(newest)

    def microversions(self) -> tuple[Microversion, Microversion]:
        return self._range


@ddt.ddt
class ConditionsTest(testtools.TestCase):

    def reason(self, offered: tuple[str, str], asked: str, role: Role = Role.MEMBER,
               **options: str) -> str | None:
        """Return why a test would be skipped, None when it would run."""
        self.patch(conditions, 'CONF', types.SimpleNamespace(compute={**OPTIONS, **options}))

        class Case(base.BaseTest):
            nova = {Role.MEMBER: Offering(*offered)}  # type: ignore[dict-item]

            def test(self) -> None:
                """Only its conditions are asked for."""
        try:
            Case('test').seen_by(role, Microversion.parse(asked))
        except unittest.SkipTest as skip:
            return str(skip)
        return None

    def test_untouched_options_keep_nothing_from_running(self) -> None:
        self.assertIsNone(self.reason(('2.1', '2.104'), '2.3'))

    def test_latest_is_no_limit(self) -> None:
        self.assertIsNone(self.reason(('2.1', '2.104'), '2.3', max_microversion='latest'))

    def test_what_nova_does_not_offer(self) -> None:
        reason = self.reason(('2.1', '2.2'), '2.3')
        self.assertEqual('ec2attrs:unsupported: Nova offers microversions 2.1 to 2.2, not 2.3',
                         reason)

    @ddt.data({'max_microversion': '2.2'}, {'min_microversion': '2.10'})
    def test_an_option_that_keeps_us_from_it_is_named(self, options: dict[str, Any]) -> None:
        [(name, value)] = options.items()
        reason = self.reason(('2.1', '2.104'), '2.3', **options)
        self.assertIn(f'ec2attrs:not-configured: [compute] {name} is {value}', str(reason))

    def test_no_administrator(self) -> None:
        reason = self.reason(('2.1', '2.104'), '2.3', role=Role.ADMIN)
        self.assertIn('ec2attrs:not-configured: there is no administrator: set [auth] '
                      'admin_username', str(reason))


class UnreadyTest(testtools.TestCase):
    """A failure of what a class shares is told by each of its tests."""

    def outcome(self, raised: Exception) -> testtools.TestResult:
        class Case(base.BaseTest):
            @classmethod
            def setUpClass(cls) -> None:
                """As Tempest's, without a cloud."""
                cls._BaseTestCase__setupclass_called = True
                cls._unready = None
                cls.setup_record()
                cls._attempt(cls.prepare)

            @classmethod
            def setup_record(cls) -> None:
                cls.record = base.evidence.Evidence()

            @classmethod
            def tearDownClass(cls) -> None:
                """Nothing was made."""

            @classmethod
            def prepare(cls) -> None:
                raise raised

            def test_one(self) -> None:
                """Never runs."""

            def test_two(self) -> None:
                """Never runs."""

        self.patch(base.test, 'CONF', types.SimpleNamespace(
            pause_teardown=False, profiler=types.SimpleNamespace(key='')))
        self.patch(base.test, 'at_exit_set', set())
        result = testtools.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
        return result

    def test_failure(self) -> None:
        """A response that cannot be used is an error there: no such request is under test."""
        result = self.outcome(errors.BadAnswer('GET /servers: no', status=500))
        self.assertEqual([], result.failures)
        self.assertEqual(2, len(result.errors))
        for _, text in result.errors:
            self.assertIn('CloudError: GET /servers: no', text)

    def test_error(self) -> None:
        self.assertEqual(2, len(self.outcome(RuntimeError('boom')).errors))

    def test_skip(self) -> None:
        result = self.outcome(unittest.SkipTest('ec2attrs:not-configured: x'))
        self.assertEqual(['ec2attrs:not-configured: x'], list(result.skip_reasons))
        self.assertEqual(2, len(result.skip_reasons['ec2attrs:not-configured: x']))


class RepeatedSetUpTest(testtools.TestCase):
    """A set-up that fails for a moment is made again, once what it made is removed."""

    def set_up(self, *outcomes: str, left: str = '') -> tuple[BaseException | None, int]:
        """Return why the class is not ready, and how often it was set up.

        :param outcomes: of one set-up each, empty for one that works.
        :param left: the message of a clean-up that fails.
        """
        asked = iter(outcomes)
        made: list[int] = []

        def remove() -> None:
            if left:
                raise errors.CloudError(Code.CONNECTION, left)

        class Case(base.BaseTest):
            @classmethod
            def _make_all(cls) -> None:
                made.append(1)
                cls.addClassResourceCleanup(remove)
                message = next(asked)
                cls._unready = errors.CloudError(Code.UNAVAILABLE, message) if message else None

        Case.resource_setup()
        return Case._unready, len(made)

    def test_second_one_works(self) -> None:
        self.assertEqual((None, 2), self.set_up('503', ''))

    def test_no_third_one(self) -> None:
        reason, times = self.set_up('503', '503 again')
        self.assertEqual(('503 again', 2), (str(reason), times))

    def test_clean_up_between_them_fails(self) -> None:
        """Each test of the class reports both."""
        reason, times = self.set_up('503', left='reset')
        self.assertEqual(('503\nthe clean-up failed: reset', 1), (str(reason), times))
        self.assertEqual(Code.UNAVAILABLE, getattr(reason, 'code', None))


@ddt.ddt
class OutcomeTest(testtools.TestCase):
    """What a test that raises gives the stream of results."""

    def outcome(self, raised: Exception, *requirements: str) -> tuple[str, dict[str, str]]:
        """Return which of the results of testtools it is, and the attachments."""
        class Case(base.BaseTest):
            @classmethod
            def setUpClass(cls) -> None:
                """As Tempest's, without a cloud."""
                cls._BaseTestCase__setupclass_called = True
                cls._unready = None
                cls.record = base.evidence.Evidence()

            @classmethod
            def tearDownClass(cls) -> None:
                """Nothing was made."""

            @requirement(*requirements)
            def test(self) -> None:
                raise raised

        self.patch(base.test, 'CONF', types.SimpleNamespace(
            pause_teardown=False, profiler=types.SimpleNamespace(key='')))
        self.patch(base.test, 'at_exit_set', set())
        result: Any = ExtendedTestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
        [(name, _, details)] = [each for each in result._events if each[0].startswith('add')]
        return name, {key: b''.join(value.iter_bytes()).decode('utf-8', 'replace')
                      for key, value in details.items()}

    def test_response_that_cannot_be_used(self) -> None:
        """To a request under test it is a violation of the first requirement of the test."""
        name, details = self.outcome(errors.BadAnswer(
            'GET /servers/{id} 2.3 member: expected status 200; seen 500 (boom) [req-1]',
            source='GET /servers/{id} 2.3 member', attribute='status', expected='200',
            seen='500 (boom)', status=500, request_ids=('req-1',)), 'EC2A-013', 'EC2A-005')
        self.assertEqual('addFailure', name)
        self.assertNotIn('error', details)
        [violation] = json.loads(details['violations'])
        self.assertEqual(('EC2A-005', 'status', '200', '500 (boom)', ['req-1']), tuple(
            violation[key] for key in ('requirement', 'attribute', 'expected', 'seen',
                                       'request_ids')))
        self.assertIn('EC2A-005 GET /servers/{id} 2.3 member: status of the response: expected '
                      '200; seen 500 (boom) [req-1]', details['traceback'])

    @ddt.data(
        (errors.CloudError(Code.STATE, 'server x is in ERROR'), 'state'),
        (errors.BadAnswer('GET: 401', status=401), 'rejected'),
        (errors.BadAnswer('POST: 403', status=403, fault='Quota exceeded for cores'), 'quota'),
        (errors.BadAnswer('POST: 413', status=413), 'quota'),
        (KeyError('servers'), 'suite'), (RuntimeError('boom'), 'suite'),
        (testtools.testcase.TestCase.failureException('by hand'), 'suite'),
        (fixtures.TimeoutException(), 'timeout'))
    @ddt.unpack
    def test_error(self, raised: Exception, code: str) -> None:
        name, details = self.outcome(raised, 'EC2A-005')
        self.assertIn(name, ('addError', 'addFailure'))
        self.assertNotIn('violations', details)
        self.assertEqual(code, json.loads(details['error'])['code'])

    @ddt.data(
        (errors.BadAnswer('x', source='POST /volumes member', status=403,
                          fault="Policy doesn't allow volume:create to be performed."),
         'ec2attrs:not-permitted: POST /volumes member: 403, the policy volume:create does not '
         'allow it'),
        (errors.BadAnswer('x', source='POST /v3/users', status=403, fault='You are not authorized '
                          'to perform the requested action: identity:ec2_create_credential.'),
         'ec2attrs:not-permitted: POST /v3/users: 403, the policy identity:ec2_create_credential '
         'does not allow it'),
        (errors.BadAnswer('x', source='POST /networks', status=403,
                          fault='rule:create_network is disallowed by policy'),
         'ec2attrs:not-permitted: POST /networks: 403, the policy rule:create_network does not '
         'allow it'),
        (errors.BadAnswer('x', source='PUT', status=403, fault='No.'),
         'ec2attrs:not-permitted: PUT: 403 (No.)'),
        (Refused('EC2 StopInstances', status=400, code='UnauthorizedOperation', message='No.',
                 request_id=''), 'ec2attrs:not-permitted: EC2 StopInstances: 400 (No.)'),
        (errors.NotPermitted('no'), 'ec2attrs:not-permitted: no'),
        (errors.NotOffered('no such service'), 'ec2attrs:unsupported: no such service'),
        (Unmatched('EC2 shows no address'), 'ec2attrs:unsupported: EC2 shows no address'))
    @ddt.unpack
    def test_skip(self, raised: Exception, reason: str) -> None:
        name, details = self.outcome(raised, 'EC2A-005')
        self.assertEqual(('addSkip', reason), (name, details['reason']))
        self.assertEqual(set(), {'violations', 'error'} & details.keys())

    def test_error_of_ec2(self) -> None:
        """To a request under test it is a violation, unless a quota is used up."""
        for code, attachment in (('AuthFailure', 'violations'), ('InternalError', 'violations'),
                                 ('InstanceLimitExceeded', 'error')):
            _, details = self.outcome(Refused('EC2 X', status=400, code=code, message='m',
                                              request_id=''), 'EC2A-101')
            self.assertIn(attachment, details)

    def test_policy_that_forbids_what_is_to_be_rejected(self) -> None:
        """A 403 for a policy is no response to a wrong value, one for a quota is."""
        body = {'forbidden': {'message': "Policy doesn't allow os_compute_api:servers:create to "
                                         'be performed.', 'code': 403}}
        error = self.assertRaises(errors.NotPermitted, errors.check_permitted,
                                  Answer('POST /servers', 403, {}, body, 'req-1'))
        self.assertEqual('POST /servers: 403, the policy os_compute_api:servers:create does not '
                         'allow it', str(error))
        for status, message in ((403, 'Quota exceeded for instances'), (400, 'wrong')):
            errors.check_permitted(Answer(
                'POST', status, {}, {'forbidden': {'message': message}}, 'req-1'))
        errors.check_permitted(Answer('POST', 202, {}, None, 'req-1'))

    def test_message_is_one_printable_line(self) -> None:
        code, message = outcomes.code_and_message(
            errors.CloudError(Code.STATE, '\x1b[31mred' + 'x' * 1000 + '\nmore'))
        self.assertEqual(Code.STATE, code)
        self.assertTrue(message.isprintable())
        self.assertLess(len(message), 400)


class AdviceTest(testtools.TestCase):
    """What a stock Nova does wrong is told and fails nothing."""

    def outcome(self, *lines: str) -> testtools.TestResult:
        class Case(testtools.TestCase):
            def test(self) -> None:
                base.BaseTest.advise(self, [  # type: ignore[arg-type]
                    Violation('EC2A-064', 'GET', 'hostname', line, 63, 65) for line in lines])

        result = testtools.TestResult()
        Case('test').run(result)
        self.assertTrue(result.wasSuccessful())
        return result

    def test_finding_is_the_reason_of_a_skip(self) -> None:
        self.assertEqual(
            ['ec2attrs:advisory: EC2A-064 GET: hostname of a: expected 63; seen 65'],
            list(self.outcome('a', 'b').skip_reasons))

    def test_no_finding_no_skip(self) -> None:
        self.assertEqual({}, self.outcome().skip_reasons)


@ddt.ddt
class DifferencesTest(testtools.TestCase):

    @ddt.data((True, 1), (1, True), (0, False), ('1', 1), (None, ''), ([0, 1], (0, 1)),
              ([True], [1]), ({'x': False}, {'x': 0}))
    @ddt.unpack
    def test_types_count(self, expected: object, seen: object) -> None:
        self.assertEqual(1, len(self.differences(expected, seen)))

    @ddt.data(None, True, 0, 'x', [0, 1, 2])
    def test_equal_values(self, value: object) -> None:
        self.assertEqual([], self.differences(value, value))

    def test_line_of_user_data_shows_none(self) -> None:
        [violation] = self.differences('c2VjcmV0', 'c2VjcmU=', attributes.USER_DATA)
        self.assertNotIn('c2Vj', str(violation))
        error = self.assertRaises(ContractViolation, base.BaseTest.assert_none, [violation])
        self.assertEqual(str(violation), str(error))

    def differences(self, expected: object, seen: object,
                    attribute: attributes.Attribute = attributes.LAUNCH_INDEX) -> list[Any]:
        return base.BaseTest.differences('EC2A-023', attribute, of='x', expected=expected,
                                         seen=seen, answers=[])
