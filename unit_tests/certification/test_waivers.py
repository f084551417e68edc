import datetime
import json
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
import testtools

from ec2attrs_tempest_plugin.certification import waivers
from unit_tests.certification import bundles

ANYTHING = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats()
    | strategies.text(max_size=20) | strategies.sampled_from(['2026-11-01', '\ud800', '\x1b']),
    lambda inner: strategies.lists(inner, max_size=3)
    | strategies.dictionaries(strategies.text(max_size=8), inner, max_size=3), max_leaves=6)


def _one(**changed: Any) -> waivers.Waiver:
    return waivers.parse(bundles.waivers(bundles.waiver(**changed)))[0]


class WaiversTest(testtools.TestCase):

    def test_waiver_is_bound_to_all_that_it_names(self) -> None:
        waiver = _one()
        self.assertTrue(waiver.covers(bundles.uuid(3), bundles.PRODUCT, bundles.VIOLATION))
        self.assertTrue(waiver.covers(bundles.uuid(3), 'EXAMPLE cloud', bundles.VIOLATION))
        for test, product, changed in (
                (bundles.uuid(2), bundles.PRODUCT, {}), (bundles.uuid(3), 'Example', {}),
                (bundles.uuid(3), '', {}), (bundles.uuid(3), bundles.PRODUCT, {'seen': '0, 1'}),
                (bundles.uuid(3), bundles.PRODUCT, {'seen': ''}),
                (bundles.uuid(3), bundles.PRODUCT, {'attribute': 'LAUNCH_INDEX'}),
                (bundles.uuid(3), bundles.PRODUCT, {'attribute': None})):
            self.assertFalse(waiver.covers(test, product, {**bundles.VIOLATION, **changed}))
        self.assertFalse(waiver.covers(bundles.uuid(3), bundles.PRODUCT, {}))

    def test_what_it_is_not_bound_to(self) -> None:
        self.assertTrue(_one().covers(bundles.uuid(3), bundles.PRODUCT, {
            **bundles.VIOLATION, 'subject': 'another', 'request_ids': []}))

    def test_it_expires_after_its_last_day(self) -> None:
        waiver = _one(expires='2027-05-01')
        for day, expired in (('2027-04-30', False), ('2027-05-01', False), ('2027-05-02', True)):
            self.assertIs(expired, waiver.expired(datetime.date.fromisoformat(day)), day)

    def test_how_long_it_may_hold(self) -> None:
        for issued, expires in (('2026-11-01', '2026-11-01'), ('2026-11-01', '2027-11-02')):
            _one(issued=issued, expires=expires)
        for issued, expires in (('2026-11-01', '2027-11-03'), ('2026-11-01', '2026-10-31'),
                                ('0001-01-01', '9999-12-31')):
            error = self.assertRaises(waivers.WaiverError, _one, issued=issued, expires=expires)
            self.assertEqual('waiver 1 has to expire within 366 days after it was issued',
                             str(error))

    def test_all_of_a_waiver_is_kept(self) -> None:
        self.assertEqual(waivers.Waiver(
            test=bundles.uuid(3), product=bundles.PRODUCT, attribute='launch_index', seen='0, 0',
            issued=datetime.date(2026, 11, 1), expires=datetime.date(2027, 5, 1),
            reason='known and planned', link='https://example.org/1'), _one())
        self.assertEqual(bundles.uuid(3), _one(test=bundles.uuid(3)).test)
        self.assertEqual('a ?b', _one(reason='a\n\x1bb').reason)

    def test_waivers_that_say_too_little(self) -> None:
        for key in bundles.waiver():
            values: list[Any] = ['', '  ', None, 1, []]
            for value in values:
                error = self.assertRaises(waivers.WaiverError, _one, **{key: value})
                self.assertEqual(f'waiver 1 has no {key}', str(error))
            less = bundles.waiver()
            del less[key]
            error = self.assertRaises(waivers.WaiverError, waivers.parse, bundles.waivers(less))
            self.assertIn('each of these with test, product, attribute, seen, issued, expires, '
                          'reason, link', str(error))
        error = self.assertRaises(waivers.WaiverError, waivers.parse, bundles.waivers(
            bundles.waiver(), bundles.waiver(seen='', link='')))
        self.assertEqual('waiver 2 has no seen, link', str(error))
        for key in ('issued', 'expires'):
            error = self.assertRaises(waivers.WaiverError, _one, **{key: 'soon'})
            self.assertEqual('waiver 1: issued and expires are days, as 2027-05-01', str(error))

    def test_what_are_no_waivers(self) -> None:
        off = ('are not an object with schema and waivers, each of these with test, product, '
               'attribute, seen, issued, expires, reason, link')
        for words, content in (
                ('are no JSON', b''), ('are no JSON', b'\xff'), ('are no JSON', b'[' * 9000),
                (off, b'[]'), (off, b'{}'),
                ('do not have the schema ec2attrs-waivers/1', b'{"schema": "x"}'),
                (off, b'{"schema": "ec2attrs-waivers/1"}'),
                (off, b'{"schema": "ec2attrs-waivers/1", "waivers": 1}'),
                (off, b'{"schema": "ec2attrs-waivers/1", "waivers": ["x"]}')):
            error = self.assertRaises(waivers.WaiverError, waivers.parse, content)
            self.assertEqual(f'the waivers {words}', str(error))
        self.assertEqual([], waivers.parse(bundles.waivers()))

    def test_size(self) -> None:
        content = bundles.waivers(bundles.waiver())
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, 'waivers.json')
            path.write_bytes(content)
            self.assertEqual(content, waivers.load(path))
            with mock.patch.object(waivers, 'MAX_SIZE', len(content)):
                waivers.parse(waivers.load(path))
            with mock.patch.object(waivers, 'MAX_SIZE', len(content) - 1):
                error = self.assertRaises(waivers.WaiverError, waivers.parse, waivers.load(path))
            self.assertEqual('the waivers are too large', str(error))
            with mock.patch.object(waivers, 'MAX_SIZE', 9):
                self.assertEqual(content[:10], waivers.load(path))
            error = self.assertRaises(waivers.WaiverError, waivers.load, Path(directory))
            self.assertIn('cannot be read: Is a directory', str(error))

    @settings(max_examples=500, deadline=None)
    @given(strategies.sampled_from(['', 'waivers', *bundles.waiver()]), ANYTHING)
    def test_hostile_waivers(self, key: str, value: Any) -> None:
        document = value if not key else json.loads(bundles.waivers(
            {**bundles.waiver(), key: value}))
        if key == 'waivers':
            document['waivers'] = value
        try:
            waivers.parse(json.dumps(document).encode())
        except waivers.WaiverError as error:
            self.assertTrue(str(error).isprintable())
