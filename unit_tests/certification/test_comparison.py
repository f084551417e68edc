import json
from typing import Any

import testtools

from ec2attrs_tempest_plugin.certification import comparison
from unit_tests.certification import bundles


def _result(**statuses: str) -> comparison.Results:
    """Return a result of tests of these names and statuses."""
    document = {'verdict': {'exit_code': 0}, 'tests': [
        {'id': f'id of {name}', 'name': name, 'status': status.partition(' ')[0],
         'detail': status.partition(' ')[2]} for name, status in statuses.items()]}
    return comparison.results({'result.json': json.dumps(document).encode()})


def _lines(before: comparison.Results, after: comparison.Results) -> dict[str, list[str]]:
    return {title: list(lines) for title, lines in comparison.compare(before, after).sections
            if lines}


class ComparisonTest(testtools.TestCase):

    def test_each_kind_of_change(self) -> None:
        before = _result(a='pass', b='fail', c='pass', d='fail', e='pass', g='skip', h='error',
                         i='advisory', j='pass', k='fail')
        after = _result(a='fail it broke', b='pass', c='skip no quota', d='error', f='pass',
                        g='pass', h='fail', i='pass', j='waived', k='skip')
        self.assertEqual({
            'Regressions': ['a: pass -> fail: it broke', 'j: pass -> waived'],
            'Could not run now': ['d: fail -> error'],
            'Skipped now': ['c: pass -> skip: no quota', 'k: fail -> skip'],
            'Fixes': ['b: fail -> pass', 'g: skip -> pass'],
            'Otherwise changed': ['h: error -> fail', 'i: advisory -> pass'],
            'Gone': ['e (pass)'], 'New': ['f (pass)']}, _lines(before, after))

    def test_what_is_worse(self) -> None:
        for before, after, worse in (
                ('pass', 'fail', True), ('pass', 'error', True), ('pass', 'missing', True),
                ('pass', 'flaky', True), ('pass', 'skip', True), ('advisory', 'skip', True),
                ('advisory', 'fail', True), ('pass', 'waived', True), ('pass', 'advisory', False),
                ('pass', 'pass', False), ('fail', 'skip', False), ('fail', 'pass', False),
                ('skip', 'fail', False), ('fail', 'error', False), ('waived', 'fail', False),
                ('fail', 'skip : pass -> skip', False)):
            found = comparison.compare(_result(a=before), _result(a=after))
            self.assertIs(worse, found.worse, f'{before}, {after}')
        for status, worse in (('pass', True), ('advisory', True), ('fail', False)):
            self.assertIs(worse, comparison.compare(_result(a=status), _result()).worse, status)
            self.assertFalse(comparison.compare(_result(), _result(a=status)).worse)

    def test_one_of_many_is_enough(self) -> None:
        self.assertTrue(comparison.compare(_result(a='pass', b='fail'), _result()).worse)
        self.assertTrue(comparison.compare(_result(a='pass', b='fail'),
                                           _result(a='skip', b='skip')).worse)
        self.assertTrue(comparison.compare(_result(a='pass', b='pass'),
                                           _result(a='pass', b='fail')).worse)

    def test_in_order_of_names(self) -> None:
        found = {each: f'id of {9 - number}' for number, each in enumerate('abc')}
        before, after = (comparison.results({'result.json': json.dumps({'tests': [
            {'id': key, 'name': name, 'status': status, 'detail': ''}
            for name, key in found.items()]}).encode()}) for status in ('pass', 'fail'))
        self.assertEqual([f'{name}: pass -> fail' for name in 'abc'],
                         _lines(before, after)['Regressions'])

    def test_name_says_nothing(self) -> None:
        """A test is known by its id; what stands in its name decides nothing."""
        before = _result(**{'x: pass -> skip': 'fail', 'y (pass)': 'fail'})
        after = _result(**{'x: pass -> skip': 'skip'})
        self.assertFalse(comparison.compare(before, after).worse)

    def test_facts(self) -> None:
        def result(product: str) -> comparison.Results:
            parts = bundles.Parts()
            parts.record.product['version'] = product
            return comparison.results(parts.made())
        found = comparison.compare(result('1'), result('2'))
        self.assertFalse(found.worse)
        self.assertEqual(['product version: 1 -> 2'], dict(found.sections)['Facts'])
        self.assertFalse(any(lines for _, lines in comparison.compare(
            result('1'), result('1')).sections))

    def test_facts_of_one_alone(self) -> None:
        before, after = (comparison.results({'result.json': each}) for each in (
            b'{"tests": [], "suite": {"a": "1"}, "profile": "operator"}',
            b'{"tests": [], "suite": {"b": "2"}, "profile": "tenant"}'))
        self.assertEqual({'Facts': ['profile: operator -> tenant', 'suite a: 1 -> none',
                                    'suite b: none -> 2']}, _lines(before, after))

    def test_verdict(self) -> None:
        before, after = (comparison.results({'result.json': json.dumps({
            'tests': [], 'verdict': {'conclusion': each, 'why': 'so', 'exit_code': 1}}).encode()})
            for each in ('CONFORMANT', 'NOT CONFORMANT'))
        self.assertEqual({'Verdict, before and after': ['CONFORMANT: so', 'NOT CONFORMANT: so']},
                         _lines(before, after))
        self.assertEqual({}, _lines(before, before))

    def test_worst_comes_first(self) -> None:
        found = _lines(_result(a='pass', b='pass', c='pass', d='pass'),
                       _result(a='missing', b='strange', c='fail', d='error'))
        self.assertEqual(['c: pass -> fail', 'a: pass -> missing', 'b: pass -> strange'],
                         found['Regressions'])
        self.assertEqual(['d: pass -> error'], found['Could not run now'])

    def test_code_of_an_error(self) -> None:
        before, after = (comparison.results({'result.json': json.dumps({'tests': [
            {'id': '1', 'name': 'a', 'status': status, 'detail': detail, 'error_code': code}]
        }).encode()}) for status, detail, code in (
            ('pass', '', None), ('error', 'no room', 'quota')))
        self.assertEqual({'Could not run now': ['a: pass -> error: quota: no room']},
                         _lines(before, after))

    def test_many_of_one_kind_are_counted(self) -> None:
        names = [f't{each:02}' for each in range(comparison.NAMED + 2)]
        found = _lines(_result(**dict.fromkeys(names, 'pass')), _result(
            **dict.fromkeys(names, 'missing not run'), z='fail'))
        self.assertEqual(comparison.NAMED + 1, len(found['Regressions']))
        self.assertEqual('t11: pass -> missing: not run', found['Regressions'][-2])
        self.assertEqual('and 2 more: pass -> missing: not run', found['Regressions'][-1])
        last = names.pop()
        for title, before, after in (('Gone', names, []), ('New', [], names)):
            found = _lines(_result(**dict.fromkeys(before, 'skip')),
                           _result(**dict.fromkeys(after, 'skip')))
            self.assertEqual(['t11 (skip)', 'and 1 more: skip'], found[title][-2:])
        few = names[:comparison.NAMED]
        self.assertEqual([f'{each}: pass -> fail' for each in few], _lines(
            _result(**dict.fromkeys(few, 'pass')),
            _result(**dict.fromkeys(few, 'fail')))['Regressions'])
        self.assertEqual('and 1 more: pass -> fail', _lines(
            _result(**dict.fromkeys(names, 'pass')),
            _result(**dict.fromkeys(names, 'fail'), **{last: 'pass'}))['Regressions'][-1])

    def test_facts_in_another_order_are_the_same(self) -> None:
        before, after = (comparison.results({'result.json': each}) for each in (
            b'{"tests": [], "cloud": {"a": 1, "b": 2}}',
            b'{"tests": [], "cloud": {"b": 2, "a": 1}}'))
        self.assertEqual({}, _lines(before, after))

    def test_text_is_plain(self) -> None:
        found = _lines(_result(a='pass'), _result(a='fail \x1b[2J\nx' + 'y' * 999))
        line = found['Regressions'][0]
        self.assertTrue(line.isprintable())
        self.assertLess(len(line), 400)
        long = comparison.results({'result.json': json.dumps({
            'suite': {'x' * 99: ''}, 'tests': [
                dict.fromkeys(('id', 'name', 'status', 'detail'), 'x' * 400)]}).encode()})
        self.assertIn('suite ' + 'x' * 71 + '...', long.facts)
        self.assertEqual({80: (300, 20, 300)}, {
            len(key): tuple(map(len, each)) for key, each in long.tests.items()})

    def test_bundles_without_a_result(self) -> None:
        hostile: list[Any] = [b'', b'[]', b'1', b'{}', b'{"tests": 1}', b'{"tests": [1]}',
                              b'{"tests": [{"id": "x"}]}', b'[' * 9000, b'\xff']
        for files in ({}, *({'result.json': content} for content in hostile)):
            error = self.assertRaises(comparison.ComparisonError, comparison.results, files)
            self.assertEqual('the bundle has no result.json that could be read', str(error))
