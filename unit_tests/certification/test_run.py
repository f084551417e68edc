import contextlib
import copy
import json
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
import testtools

from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification import run
from ec2attrs_tempest_plugin.certification.plan import PlanError
from unit_tests.certification import bundles

GOOD: dict[str, Any] = json.loads(bundles.record().dump())
ANYTHING = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats()
    | strategies.text(max_size=20)
    | strategies.sampled_from(['0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59',
                               '2026-01-01T00:00:00', 'streams/1.subunit', '\ud800', 'tenant']),
    lambda inner: strategies.lists(inner, max_size=3)
    | strategies.dictionaries(strategies.text(max_size=8), inner, max_size=3), max_leaves=6)

NO_JSON = 'run.json is no JSON that could be used'
OFF = 'run.json is not laid out as it has to be'
NO_LIST = 'run.json has something else where there should be a list'
NO_TEXT = 'run.json has something else where there should be text'
NO_TIME = 'run.json has a time without a zone, or one that cannot be'
NO_END = 'run.json has an attempt without an end or a number of workers'
NO_PROFILE = 'run.json has a profile or a challenge that cannot be'
NOTHING = 'run.json has a requirement that says nothing'


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of each value in a document."""
    inner = (value.items() if isinstance(value, dict)
             else enumerate(value) if isinstance(value, list) else ())
    return [path, *(place for key, each in inner for place in _places(each, (*path, key)))]


PLACES = [place for place in _places(GOOD) if place]


def _changed(place: tuple[Any, ...], value: Any) -> bytes:
    document = copy.deepcopy(GOOD)
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return json.dumps(document).encode()


class RunTest(testtools.TestCase):

    def test_what_was_dumped_is_parsed(self) -> None:
        record = bundles.record()
        record.challenge = None
        self.assertEqual(record, run.parse(record.dump()))
        self.assertEqual(record.dump(), run.parse(record.dump()).dump())

    def test_save_and_load(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, 'run.json')
            error = self.assertRaises(run.RunError, run.load, path)
            self.assertEqual(f'there is no run in {directory}: No such file or directory; '
                             '"ec2attrs certify" makes one', str(error))
            bundles.record().save(path)
            self.assertEqual(bundles.record(), run.load(path))
            self.assertEqual(0o600, path.stat().st_mode & 0o777)
            self.assertEqual([path], list(Path(directory).iterdir()))
            content = path.read_bytes()
            with mock.patch.object(run, 'MAX_SIZE', len(content)):
                self.assertEqual(bundles.record(), run.load(path))
            with mock.patch.object(run, 'MAX_SIZE', len(content) - 1):
                error = self.assertRaises(run.RunError, run.load, path)
                self.assertEqual('run.json is too large', str(error))
            with (mock.patch.object(run, 'MAX_SIZE', 9),
                  mock.patch.object(run, 'parse', side_effect=len)):
                self.assertEqual(10, run.load(path))
            path.write_bytes(b'\xff')
            self.assertRaises(run.RunError, run.load, path)

    def test_size(self) -> None:
        content = bundles.record().dump()
        with mock.patch.object(run, 'MAX_SIZE', len(content)):
            run.parse(content)
        with mock.patch.object(run, 'MAX_SIZE', len(content) - 1):
            error = self.assertRaises(run.RunError, run.parse, content)
        self.assertEqual('run.json is too large', str(error))

    def test_defaults_of_an_attempt(self) -> None:
        attempt = run.Try('streams/1.subunit', [], '2026-11-22T12:00:00+00:00', '')
        self.assertEqual(('unknown', 0, []), (attempt.end, attempt.concurrency, attempt.trouble))

    def test_now_has_a_zone_and_no_fractions(self) -> None:
        self.assertRegex(run.now(), r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$')

    def test_what_is_no_run(self) -> None:
        for words, content in (
                (NO_JSON, b''), (NO_JSON, b'\xff'), (NO_JSON, b'[' * 9000),
                (OFF, b'[]'), (OFF, b'1'), (OFF, b'{}'),
                ('run.json does not have the schema ec2attrs-run/1', _changed(('schema',), 'x')),
                (OFF, _changed(('further',), 1)),
                (OFF, _changed(('tries',), [1])),
                (OFF, _changed(('tries', 0, 'further'), 1)),
                (OFF, _changed(('product',), [])),
                (NO_LIST, _changed(('plan',), 'text')),
                (NO_LIST, _changed(('plan',), {})),
                (NO_LIST, _changed(('tries', 1, 'planned'), 'text')),
                (NO_LIST, _changed(('tries', 1, 'trouble'), 'text')),
                (NO_TEXT, _changed(('plan', 1), 1)),
                (NO_TEXT, _changed(('guideline',), 1)),
                (NO_TEXT, _changed(('product', 'name'), 1)),
                (NO_TEXT, _changed(('cloud', 'keystone'), None)),
                (NO_TEXT, _changed(('suite', 'tempest'), [])),
                (NO_TEXT, _changed(('tries', 0, 'stream'), 1)),
                (NO_TEXT, _changed(('tries', 0, 'planned'), [1])),
                (NO_TEXT, _changed(('tries', 0, 'trouble'), [1])),
                (OFF, _changed(('tries', 0, 'started'), 1)),
                (NO_JSON, _changed(('tries', 0, 'ended'), 'today')),
                (NO_TIME, _changed(('tries', 0, 'ended'), '2026-01-01T00:00:00')),
                (NO_TIME, _changed(('tries', 0, 'started'), '1999-12-31T23:59:59+00:00')),
                (NO_TIME, _changed(('tries', 0, 'ended'), '9999-01-01T00:00:00+00:00')),
                (NO_END, _changed(('tries', 0, 'end'), 'well')),
                (NO_END, _changed(('tries', 0, 'concurrency'), True)),
                (NO_END, _changed(('tries', 0, 'concurrency'), 1.0)),
                ('not each attempt has a stream of its own',
                 _changed(('tries', 0, 'stream'), 'streams/2.subunit')),
                (NO_PROFILE, _changed(('profile',), 'root')),
                (NO_PROFILE, _changed(('challenge',), 1)),
                (NOTHING, _changed(('requirements', 'EC2A-001'), [])),
                (NOTHING, _changed(('requirements', 'EC2A-001'), {})),
                (NOTHING, _changed(('requirements', 'EC2A-001', 'link'), 1)),
                (NOTHING, _changed(('requirements', 'EC2A-001', 'sentence'), 1)),
                (NOTHING, _changed(('requirements', 'EC2A-001', 'advisory'), 1)),
                (NOTHING, _changed(('requirements', 'EC2A-001', 'further'), 1))):
            error = self.assertRaises(run.RunError, run.parse, content)
            self.assertEqual(words, str(error).partition(': ')[0])

    def test_times_that_can_be(self) -> None:
        for moment in ('2000-01-01T00:00:00+00:00', '9998-12-31T23:59:59+00:00'):
            run.parse(_changed(('tries', 0, 'started'), moment))

    def test_what_is_said_of_a_layout_is_bounded(self) -> None:
        error = self.assertRaises(run.RunError, run.parse,
                                  _changed(('tries', 0, 'x' * 200), 1))
        said = str(error).partition(': ')[2]
        self.assertEqual((120, 'xxx...'), (len(said), said[-6:]))

    @settings(max_examples=1000, deadline=None)
    @given(strategies.sampled_from(PLACES), ANYTHING)
    def test_hostile_runs(self, place: tuple[Any, ...], value: Any) -> None:
        """One is refused, or a result can be made of it: nothing else is raised."""
        try:
            record = run.parse(_changed(place, value))
        except run.RunError as error:
            self.assertTrue(str(error).isprintable(), str(error))
            return
        self.assertEqual(record, run.parse(record.dump()))
        with contextlib.suppress(result.ResultError, PlanError):
            result.build(record, STREAMS, GUIDELINE)


STREAMS = {'streams/1.subunit': b'', 'streams/2.subunit': b''}
GUIDELINE = bundles.Parts().guideline
