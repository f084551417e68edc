"""What a shape may give, and what comes in place of responses."""

import json
from typing import Any
from unittest import mock

import shapes
import testtools

from ec2attrs_tempest_plugin.faults.exchange import Answered


def made(status: str, name: str = 'a.api.test_boots.BootsTest.test_it', detail: str = '',
         seconds: float = 1.0, required: bool = True) -> dict[str, Any]:
    return {'id': 'x', 'name': name, 'status': status, 'detail': detail, 'seconds': seconds,
            'required': required, 'attempts': [] if status == 'missing' else [{}]}


def result(conclusion: str, *tests: dict[str, Any], problems: tuple[str, ...] = ()) -> Any:
    return {'verdict': {'conclusion': conclusion}, 'tests': list(tests),
            'problems': list(problems)}


class ConclusionTest(testtools.TestCase):

    def test_of_the_tests_that_were_run(self) -> None:
        for expected, given in (
                ('CONFORMANT', result('CONFORMANT', made('pass'))),
                ('CONFORMANT', result('INCOMPLETE', made('pass'), made('missing'))),
                ('CONFORMANT', result('INCOMPLETE', made('pass'), made('skip', required=False))),
                ('INCOMPLETE', result('INCOMPLETE', made('pass'), made('skip'))),
                ('INCOMPLETE', result('INCOMPLETE', made('flaky'))),
                ('INCOMPLETE', result('INCOMPLETE', made('missing'))),
                ('NOT CONFORMANT', result('NOT CONFORMANT', made('pass'), made('fail')))):
            self.assertEqual(expected, shapes.conclusion(given), given)


class DifferencesTest(testtools.TestCase):

    def wrong(self, expected: shapes.Expected, *tests: dict[str, Any],
              conclusion: str = 'INCOMPLETE', problems: tuple[str, ...] = ()) -> list[str]:
        found: list[str] = shapes.differences(
            expected, result(conclusion, *tests, problems=problems), 'printed')
        return found

    def test_as_expected(self) -> None:
        self.assertEqual([], self.wrong(shapes.Expected(), made('pass'), made('advisory')))
        self.assertEqual([], self.wrong(
            shapes.Expected('INCOMPLETE', reasons='no network', passes='test_boots'),
            made('pass'), made('missing'),
            made('skip', 'x', 'ec2attrs:not-configured: no network'),
            made('error', 'x', 'quota: no network')))

    def test_a_failure_is_never_right(self) -> None:
        for conclusion in ('', 'CONFORMANT', 'INCOMPLETE'):
            found = self.wrong(shapes.Expected(conclusion, reasons='.'), made('fail'),
                               conclusion='NOT CONFORMANT')
            self.assertIn('NOT CONFORMANT', found[0])

    def test_another_conclusion(self) -> None:
        self.assertEqual(['CONFORMANT, expected INCOMPLETE'],
                         self.wrong(shapes.Expected('INCOMPLETE'), made('pass')))
        self.assertEqual([], self.wrong(shapes.Expected(''), made('pass')))

    def test_another_reason(self) -> None:
        expected = shapes.Expected('INCOMPLETE', reasons='no network')
        for each in (made('skip', detail='ec2attrs:not-configured: no volumes'),
                     made('skip', detail='no network'), made('error', detail='BadAnswer')):
            self.assertEqual(1, len(self.wrong(expected, each)), str(each))
        self.assertEqual(2, len(self.wrong(
            shapes.Expected(), made('skip', detail='ec2attrs:unsupported: no network'))))

    def test_what_has_to_pass(self) -> None:
        expected = shapes.Expected('INCOMPLETE', reasons='.', passes='test_boots')
        skipped = 'ec2attrs:unsupported: no network'
        self.assertIn('which needs nothing', self.wrong(expected, made('skip', detail=skipped))[0])
        self.assertEqual(['no test was run that must pass'],
                         self.wrong(expected, made('skip', 'x', skipped)))

    def test_what_needs_nothing_that_is_missing(self) -> None:
        some = {'a': mock.Mock(needs=('volumes', 'admin')), 'b': mock.Mock(needs=('ec2',))}
        self.patch(shapes.needs, 'load', lambda: some)
        skipped = made('skip', detail='ec2attrs:unsupported: no network')
        for lacks, its_id, passing, right in (
                (('volumes',), 'a', 'b', True), (('volumes',), 'b', 'b', False),
                (('volumes', 'admin'), 'a', 'b', True), (('ec2',), 'unknown', 'a', True)):
            found = self.wrong(shapes.Expected('INCOMPLETE', reasons='.', lacks=lacks),
                               {**skipped, 'id': its_id}, {**made('pass'), 'id': passing})
            self.assertEqual(right, not found, f'{lacks} {its_id}: {found}')

    def test_a_test_that_waits(self) -> None:
        self.assertIn('took 120 s', self.wrong(shapes.Expected(), made('pass', seconds=120))[0])
        self.assertEqual([], self.wrong(shapes.Expected(slowest=300), made('pass', seconds=120)))

    def test_a_problem(self) -> None:
        self.assertEqual(['problem: servers are left'], self.wrong(
            shapes.Expected(), made('pass'), problems=('servers are left',)))

    def test_not_started(self) -> None:
        expected = shapes.Expected(shapes.NOT_STARTED, printed='certificate')
        self.assertEqual([], shapes.differences(expected, {}, 'the certificate is not trusted'))
        self.assertNotEqual([], shapes.differences(expected, {}, 'no such thing'))
        self.assertNotEqual([], shapes.differences(
            expected, result('INCOMPLETE', made('pass')), 'certificate'))
        self.assertNotEqual([], shapes.differences(shapes.Expected(), {}, 'died'))

    def test_the_table(self) -> None:
        for name, shape in shapes.SHAPES.items():
            self.assertRegex(name, '^[a-z0-9-]{1,25}$')
            self.assertTrue(shape.what and shape.regex, name)
            self.assertIn(shape.expected.conclusion, (
                '', 'CONFORMANT', 'INCOMPLETE', shapes.NOT_STARTED), name)
            self.assertEqual(shape.expected.conclusion == shapes.NOT_STARTED,
                             bool(shape.expected.printed), name)


class TroubleTest(testtools.TestCase):

    def test_limiter(self) -> None:
        now = [0.0]
        limiter = shapes.Limiter(10, 3, clock=lambda: now[0])
        self.assertEqual(['', '', '', 'later', 'later'], [limiter() for _ in range(5)])
        now[0] = 0.1
        self.assertEqual(['', 'later'], [limiter(), limiter()])
        now[0] = 100.0
        self.assertEqual(['', '', '', 'later'], [limiter() for _ in range(4)])

    def test_chance(self) -> None:
        drawn = shapes.Counter(shapes.Chance(10, 20)() for _ in [0])
        chance = shapes.Chance(10, 20)
        drawn = shapes.Counter(chance() for _ in range(10000))
        self.assertAlmostEqual(1000, drawn['later'], delta=150)
        self.assertAlmostEqual(2000, drawn['reset'], delta=200)
        self.assertEqual({''}, {shapes.Chance(0, 0)() for _ in range(10)})

    def troubled(self, *troubles: str) -> tuple[shapes.Troubled, mock.Mock]:
        services = mock.Mock()
        services.ask.side_effect = lambda *_: shapes.Services.ask
        proxy = shapes.Troubled({'nova': 'http://nova'}, iter(troubles).__next__, services)
        self.addCleanup(proxy.close)
        return proxy, services

    def test_the_service_does_not_see_it(self) -> None:
        proxy, services = self.troubled('later', 'reset')
        body = iter([b'a', b'b'])
        later = proxy.pass_on('nova', 'POST', '/servers', {}, body)
        self.assertEqual([], list(body))
        self.assertEqual((429, '1'), (later.status, later.headers['Retry-After']))
        json.loads(later.body)
        reset = proxy.pass_on('nova', 'POST', '/servers', {}, b'')
        self.assertIsInstance(reset, Answered)
        connection = mock.Mock()
        reset.delivery(connection)
        connection.reset.assert_called_once_with()
        services.ask.assert_not_called()
        self.assertEqual({'later': 1, 'reset': 1}, dict(proxy.seen))
