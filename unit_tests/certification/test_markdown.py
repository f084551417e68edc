"""The result in brief as Markdown."""

from typing import Any
import unittest

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies

from ec2attrs_tempest_plugin.certification import markdown
from unit_tests.certification import results


def everything() -> dict[str, Any]:
    """Return a result with something for each section."""
    result = results.not_conformant()
    return {**result, 'waivers': results.waived()['waivers'], 'problems': ['a', 'b']}


def shape(page: str) -> list[str]:
    """Return the lines of a page without their texts."""
    return [line if line.startswith(('###', '| ---')) else
            '|' * line.count('|') or line[:3].strip() for line in page.splitlines()]


HARMLESS = shape(markdown.render(results.poisoned(everything(), 'harmless')))


class MarkdownTest(unittest.TestCase):

    def test_verdict_comes_first(self) -> None:
        for result, start in ((results.conformant(), '## 🟢 CONFORMANT: Example Cloud 4.2\n'),
                              (results.not_conformant(), '## 🔴 NOT CONFORMANT: Example'),
                              (results.incomplete(), '## 🟠 INCOMPLETE: Example Cloud')):
            self.assertTrue(markdown.render(result).startswith(start))

    def test_a_verdict_that_the_tests_contradict_is_called_so(self) -> None:
        result = results.incomplete()
        result['verdict']['conclusion'] = 'CONFORMANT'
        page = markdown.render(result)
        self.assertIn('## 🟠 claimed: CONFORMANT', page)
        self.assertIn('does not follow', page)

    def test_facts(self) -> None:
        page = markdown.render(results.conformant())
        for line in ('| Why | 12 of 12 required tests passed |', '| Vendor | Example Clouds |',
                     '| Nova | 2.1 to 2.103 |', '| Profile | operator |',
                     f'| Guideline | 2026.11, SHA-256 {results.SHA256} |',
                     '| Time | 258 s; the answers of the cloud took 120 s, added up over the '
                     'workers |',
                     '| Required tests | 12 passed |', '| Other tests | 1 passed |'):
            self.assertIn(line + '\n', page)
        for absent in ('### ', 'more'):
            self.assertNotIn(absent, page)

    def test_failures(self) -> None:
        page = markdown.render(everything())
        self.assertIn('| launch&#95;index | 0, 1, 2 | 0, 0, 0 | req-6c1f2f1c', page)
        self.assertIn('| &#34;r-8k2x9qwe&#34; in Nova | &#34;r-00000001&#34; in EC2 |', page)
        self.assertIn('|  |  | AssertionError: 1 &#33;= 2 |  |', page)
        self.assertIn('### Errors\n\n| Tests | Code | Cause |\n| --- | --- | --- |\n'
                      '| 1 | server-error | POST /servers member: expected status 202; seen 500 '
                      '|\n', page)
        self.assertIn('### Skipped\n\n| Tests | Status | Reason |\n| --- | --- | --- |\n'
                      '| 1 | skipped | ec2attrs:not-configured', page)
        self.assertIn('| stale | ReadsTest.test&#95;number&#95;1 |', page)
        self.assertNotIn('sound result', page)
        page = markdown.render(results.incomplete())
        self.assertIn('### Tests without a sound result\n\n| Tests | Status | Said |\n'
                      '| --- | --- | --- |\n| 1 | gave no result |', page)
        self.assertNotIn('| could not run |', page)

    def test_delays_and_repetitions(self) -> None:
        result = results.result([results.test(1), results.recovered(2), results.recovered(3)],
                                delays={'requests': 1, 'repeated': 2, 'seconds': 0.6})
        page = markdown.render(result)
        self.assertIn('| Delays | 1 request was sent again after 429, 503 or a reset; 1 s of '
                      'waiting |\n| Repeated | 2 tests were run again after an error; 2 of them '
                      'passed |\n', page)

    def test_it_fits_in_a_comment(self) -> None:
        tests = [results.test(i, 'fail', violations=[results.violation(seen='|' * 500)] * 9)
                 for i in range(540)]
        page = markdown.render(results.result(tests, 'NOT CONFORMANT', problems=['@' * 900] * 90))
        self.assertLess(len(page), 65_536)
        self.assertRegex(page, r'\nand 1\d\d\d more, see report.html')
        self.assertRegex(page, r'(?s)### Problems\n.*\nand \d+ more, see report.html')

    def test_hostile_text_is_text(self) -> None:
        for poison in results.HOSTILE:
            with self.subTest(poison[:40]):
                page = markdown.render(results.poisoned(everything(), poison))
                page.encode()
                self.assertEqual(HARMLESS, shape(page))
                for sign in ('<', '>', '`', '[', ']', '@', '\\', '://', 'www.', '{{', '\x1b'):
                    self.assertNotIn(sign, page)
                self.assertNotRegex(page, r'&#(64|35);(?!&#8203;)')

    @settings(deadline=None)
    @given((strategies.text(max_size=200) | strategies.text('|\\`<>[]()!\n#@&;', max_size=60))
           .filter(lambda poison: bool(poison.split())))
    def test_a_table_keeps_its_columns(self, poison: str) -> None:
        self.assertEqual(HARMLESS, shape(markdown.render(
            results.poisoned(everything(), poison))))
