"""The base of the tests: each test of a class tells what kept the class from running."""

import types
from typing import Any
import unittest

import ddt
import testtools

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.contract import attributes
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.tests import base

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
        self.patch(base, 'CONF', types.SimpleNamespace(compute={**OPTIONS, **options}))

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
        result = self.outcome(errors.BadAnswer('server x is in ERROR'))
        self.assertEqual(2, len(result.failures))
        for _, text in result.failures:
            self.assertIn('server x is in ERROR', text)

    def test_error(self) -> None:
        self.assertEqual(2, len(self.outcome(RuntimeError('boom')).errors))

    def test_skip(self) -> None:
        result = self.outcome(unittest.SkipTest('ec2attrs:not-configured: x'))
        self.assertEqual(['ec2attrs:not-configured: x'], list(result.skip_reasons))
        self.assertEqual(2, len(result.skip_reasons['ec2attrs:not-configured: x']))


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
