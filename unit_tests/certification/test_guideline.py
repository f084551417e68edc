import json
from pathlib import Path
import tempfile
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
import testtools

from ec2attrs_tempest_plugin.certification import guideline
from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.contract.requirements import REQUIREMENTS
from unit_tests import suite
from unit_tests.certification import bundles
from unit_tests.certification import test_run

PUBLISHED = sorted((Path(guideline.__file__).parent / 'guidelines').glob('*.json'))
PLACES = [place for place in test_run._places(bundles.document()) if place]


def _parse(document: Any) -> guideline.Guideline:
    return guideline.parse(json.dumps(document).encode())


class PublishedTest(testtools.TestCase):

    def test_each_test_of_the_suite_is_in_it_once(self) -> None:
        """The guideline in use has all tests, and none that is not in the suite."""
        there = sorted(plan.idempotent_id(each) for each in suite.listed())
        self.assertEqual(len(set(there)), len(there))
        current = json.loads(guideline.published().content)
        told = sorted(facts['idempotent_id'].removeprefix('id-')
                      for capability in current['capabilities'].values()
                      for facts in capability['tests'].values())
        self.assertEqual(there, told)
        self.assertEqual(set(there), set(guideline.published().demands('operator')))

    def test_no_published_id_vanishes(self) -> None:
        """Whoever was certified by an older guideline can be so with the suite of today."""
        there = {plan.idempotent_id(each) for each in suite.listed()}
        self.assertIn(f'{guideline.CURRENT}.json', [path.name for path in PUBLISHED])
        for path in PUBLISHED:
            found = guideline.published(path.stem)
            self.assertEqual(path.stem, found.id)
            for profile in guideline.PROFILES:
                self.assertEqual(set(), found.demands(profile).keys() - there, path.name)

    def test_tenant_needs_no_administrator(self) -> None:
        found = guideline.published()
        self.assertFalse([each.name for each in found.demands('tenant').values()
                          if each.capability.admin])
        self.assertLess(found.demands('tenant').keys(), found.demands('operator').keys())

    def test_names_are_those_of_today(self) -> None:
        names = {plan.idempotent_id(each): plan.parse_id(each).name for each in suite.listed()}
        for key, demand in guideline.published().demands('operator').items():
            self.assertEqual(names[key], demand.name)

    def test_advisory_requirements_are_of_the_table(self) -> None:
        self.assertLess(guideline.published().advisory, REQUIREMENTS.keys())

    def test_ids_of_guidelines(self) -> None:
        for name, told in (
                ('2026', '2026'), ('../2026.11', '../2026.11'), ('2026.11.json', '2026.11.json'),
                ('', ''), ('2026.11\n', '2026.11'), ('x' * 99, 'x' * 37 + '...')):
            error = self.assertRaises(guideline.GuidelineError, guideline.published, name)
            self.assertEqual(f'{told} is no id of a guideline', str(error))
        error = self.assertRaises(guideline.GuidelineError, guideline.published, '1999.01')
        self.assertEqual('the guideline 1999.01.json cannot be read: No such file or directory',
                         str(error))


class GuidelineTest(testtools.TestCase):

    def test_what_is_read(self) -> None:
        document = bundles.document()
        document['metadata']['advisory_requirements'] = ['EC2A-004']
        found = _parse(document)
        self.assertEqual('2026.11', found.id)
        self.assertEqual({'EC2A-004'}, found.advisory)
        self.assertEqual(bundles.digest(found.content.decode()), found.sha256)
        demands = found.demands('tenant')
        self.assertEqual([bundles.uuid(each) for each in (1, 2, 3, 4)], sorted(demands))
        self.assertEqual(sorted(demands), sorted(each.id for each in demands.values()))
        self.assertEqual([True, True, True, False],
                         [demands[bundles.uuid(each)].required for each in (1, 2, 3, 4)])
        self.assertEqual(guideline.Capability('extras', 'What it is about', False, False),
                         demands[bundles.uuid(4)].capability)
        error = self.assertRaises(guideline.GuidelineError, found.demands, 'ro\x1bot')
        self.assertEqual('the guideline 2026.11 has no profile ro?ot', str(error))
        error = self.assertRaises(guideline.GuidelineError, found.demands, 'x' * 99)
        self.assertEqual('the guideline 2026.11 has no profile ' + 'x' * 37 + '...', str(error))

    def test_text_is_plain_and_bounded(self) -> None:
        long = 'x\x1b' + 'y' * 400
        document = bundles.document()
        document['metadata']['id'] = long
        document['components']['all']['capabilities']['advisory'] = [long]
        document['capabilities'][long] = {'description': long, 'admin': False, 'tests': {
            long: {'idempotent_id': f'id-{bundles.uuid(4)}'}}}
        found = _parse(document)
        demand = found.demands('tenant')[bundles.uuid(4)]
        self.assertEqual(
            ['x?' + 'y' * (limit - 5) + '...' for limit in (40, 80, 300, 300)],
            [found.id, demand.capability.name, demand.capability.description, demand.name])

    def test_no_list_of_advisory_requirements(self) -> None:
        document = bundles.document()
        del document['metadata']['advisory_requirements']
        self.assertEqual(frozenset(), _parse(document).advisory)

    def test_administrator(self) -> None:
        for value, admin in ((True, True), (False, False), (1, False), ('no', False)):
            document = bundles.document()
            document['capabilities']['extras']['admin'] = value
            demand = _parse(document).demands('tenant')[bundles.uuid(4)]
            self.assertIs(admin, demand.capability.admin)

    def test_what_is_deprecated_holds_until_it_is_removed(self) -> None:
        for status, found in (('deprecated', True), ('required', True), ('advisory', False),
                              ('removed', None)):
            document = bundles.document()
            document['components']['all']['capabilities'] = {'required': ['basics']}
            document['components']['all']['capabilities'].setdefault(status, []).append('extras')
            demand = _parse(document).demands('tenant').get(bundles.uuid(4))
            self.assertEqual(found, demand and demand.required, status)

    def test_profiles_have_their_components_alone(self) -> None:
        document = bundles.document()
        document['components']['more'] = {'capabilities': {'required': ['extras']}}
        document['components']['all']['capabilities']['advisory'] = []
        document['platforms']['operator']['components'].append({'name': 'more'})
        found = _parse(document)
        self.assertEqual(4, len(found.demands('operator')))
        self.assertEqual(3, len(found.demands('tenant')))

    def _refused(self, words: str, change: Any) -> None:
        document = bundles.document()
        change(document)
        error = self.assertRaises(guideline.GuidelineError, _parse, document)
        self.assertEqual(words, str(error))

    def test_what_is_no_guideline(self) -> None:
        basics, long, cut = 'capabilities', 'x' * 400, 'x' * 37 + '...'
        for schema, told in (('1.4', '1.4'), (long, cut), (2.0, '2.0')):
            self._refused(f'the guideline has the schema {told}; 2.0 can be read',
                          lambda it, schema=schema: it['metadata'].update(schema=schema))
        for status, told in (('manda\x1btory', 'manda?tory'), (long, cut)):
            self._refused(f'a capability cannot be {told}', lambda it, status=status: it[
                'components']['all']['capabilities'].update({status: []}))
        self._refused(f'the guideline has {bundles.uuid(1)} twice', lambda it: it['components'][
            'all']['capabilities'].update(deprecated=['basics']))
        self._refused('x has no idempotent id of its own', lambda it: it[basics]['extras'][
            'tests'].update(x={'idempotent_id': f'id-{bundles.uuid(4)}'}))
        for key in ('id-1', bundles.uuid(5), f'id-{bundles.uuid(5)} ', f'ID-{bundles.uuid(5)}'):
            self._refused('x has no idempotent id of its own', lambda it, key=key: it[basics][
                'extras']['tests'].update(x={'idempotent_id': key}))
        self._refused('the guideline has a profile that requires no test', lambda it: it[
            'components']['all'].update(capabilities={'advisory': ['basics']}))
        off = 'the guideline is not laid out as one: '
        self._refused(f"{off}KeyError 'metadata'", lambda it: it.pop('metadata'))
        self._refused(f"{off}TypeError 'int' object is not subscriptable",
                      lambda it: it['platforms'].update(operator=1))
        self._refused(f"{off}KeyError 'all'", lambda it: it['components'].pop('all'))
        self._refused(f"{off}KeyError '" + 'x' * 76 + '...', lambda it: it['platforms'][
            'tenant']['components'].append({'name': long}))

    def test_what_is_no_json(self) -> None:
        for content in (b'', b'\xff', b'[' * 9000):
            error = self.assertRaises(guideline.GuidelineError, guideline.parse, content)
            self.assertEqual('the guideline is no JSON', str(error))

    def test_file(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, 'x.json')
            content = json.dumps(bundles.document()).encode()
            path.write_bytes(content)
            with mock.patch.object(guideline, 'MAX_SIZE', len(content)):
                self.assertEqual(content, guideline.load(path).content)
            with mock.patch.object(guideline, 'MAX_SIZE', len(content) - 1):
                error = self.assertRaises(guideline.GuidelineError, guideline.load, path)
            self.assertEqual('x.json is too large for a guideline', str(error))

    @settings(max_examples=1000, deadline=None)
    @given(strategies.sampled_from(PLACES), test_run.ANYTHING)
    def test_hostile_documents(self, place: tuple[Any, ...], value: Any) -> None:
        document = bundles.document()
        inner: Any = document
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
        try:
            found = _parse(document)
        except guideline.GuidelineError as error:
            self.assertTrue(str(error).isprintable(), str(error))
            return
        self.assertTrue(found.id.isprintable())
