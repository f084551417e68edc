"""Bundles that are made to break who reads them: something is wrong with them, nothing raised."""

import json
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
import testtools

from ec2attrs_tempest_plugin.certification import bundle
from ec2attrs_tempest_plugin.certification import differences
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification import verification
from unit_tests.certification import bundles
from unit_tests.certification import streams
from unit_tests.certification.test_run import _places
from unit_tests.certification.test_run import ANYTHING

PARTS = bundles.Parts()
GUIDELINE = PARTS.guideline
FILES = PARTS.made()
JSON = ('run.json', 'result.json', 'guideline.json', 'waivers.json', 'attestation.json')
PLACES = [(name, place) for name in JSON for place in _places(json.loads(FILES[name])) if place]


def _verify(files: dict[str, bytes]) -> verification.Verification:
    found = verification.verify(files, published=GUIDELINE, challenge=bundles.CHALLENGE)
    for line in found.lines:
        for words in (line.says, *line.more):
            assert words.isprintable(), words  # noqa: S101 what is printed is plain
            assert len(words) < 1000, words  # noqa: S101
    return found


class HostileTest(testtools.TestCase):

    def test_nothing_is_in_it(self) -> None:
        found = _verify({})
        self.assertTrue(found.failed)
        self.assertIn('run.json is not in the bundle', found.consistency.more)

    @settings(max_examples=150, deadline=None)
    @given(strategies.sampled_from(PLACES), ANYTHING)
    def test_values(self, where: tuple[str, tuple[Any, ...]], value: Any) -> None:
        name, place = where
        document = json.loads(FILES[name])
        inner = document
        for key in place[:-1]:
            inner = inner[key]
        if json.dumps(inner[place[-1]]) == json.dumps(value):
            return
        inner[place[-1]] = value
        self.assertTrue(_verify({**FILES, name: bundle.dumped(document)}).failed)

    @settings(max_examples=40, deadline=None)
    @given(strategies.sampled_from(sorted(FILES)), strategies.binary(max_size=300))
    def test_bytes(self, name: str, content: bytes) -> None:
        self.assertTrue(_verify({**FILES, name: content}).failed)

    @settings(max_examples=80, deadline=None)
    @given(strategies.integers(0, 3000), strategies.binary(min_size=1, max_size=9))
    def test_streams(self, place: int, content: bytes) -> None:
        changed = bytearray(PARTS.streams['streams/1.subunit'])
        changed[place % len(changed):place % len(changed) + len(content)] = content
        parts = bundles.Parts(streams={**PARTS.streams, 'streams/1.subunit': bytes(changed)})
        self.assertIs(True, _verify(parts.made()).consistency.good)

    @settings(max_examples=60, deadline=None)
    @given(strategies.sampled_from(sorted(bundles.exchange(1))), ANYTHING)
    def test_evidence(self, key: str, value: Any) -> None:
        """A result can be made of it, and the reports."""
        stream = bundles.add(streams.Stream(), bundles.PASSED,
                             exchanges=[bundles.exchange(1), bundles.exchange(2, **{key: value})]
                             if key != 'answered' else [bundles.exchange(1, value)])
        for name in PARTS.streams:
            parts = bundles.Parts(streams={**PARTS.streams, name: stream.bytes})
            _verify(parts.made())

    def test_numbers_that_are_too_large(self) -> None:
        large = [bundles.exchange(1, seconds=each)
                 for each in (10**400, float('inf'), float('nan'), -1, True, '1', 1e6, 0.5)]
        stream = bundles.add(streams.Stream(), bundles.PASSED, exchanges=large)
        parts = bundles.Parts(streams={**PARTS.streams, 'streams/1.subunit': stream.bytes})
        built = result.build(parts.record, parts.streams, parts.guideline, parts.waived)
        # One of true is one, and two come from the second attempt.
        self.assertEqual(2.0, built.document['cloud_seconds'])
        _verify(parts.made())

    def test_what_is_nested_deeply(self) -> None:
        deep = b'[' * 980 + b']' * 980
        for name in JSON:
            files = {**FILES, name: FILES[name].replace(b'{', b'{"x": ' + deep + b', ', 1)}
            self.assertTrue(_verify(files).failed, name)
            self.assertTrue(_verify({**FILES, name: deep}).failed, name)
        # What can be parsed and not be written again.
        with mock.patch.object(differences, 'of_results', side_effect=RecursionError):
            self.assertEqual(['something in the bundle is nested too deeply'],
                             list(_verify(FILES).consistency.more))
