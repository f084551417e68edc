"""The report for people."""

from collections.abc import Callable
from html.parser import HTMLParser
import re
from typing import Any
import unittest

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies

from ec2attrs_tempest_plugin.certification import html
from ec2attrs_tempest_plugin.certification import shown
from unit_tests.certification import results

TAGS = set('a article b bdi body br caption code dd details div dl dt footer h1 h2 h3 h4 head '
           'header html li main meta nav p pre section small span strong style summary table '
           'tbody td th thead title tr ul'.split())
ATTRIBUTES = set('aria-label charset class content href http-equiv id lang name rel role scope '
                 'tabindex'.split())


class Page(HTMLParser):
    """A page in parts: its tags with their attributes, its links, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.ends: list[str] = []
        self.links: list[str] = []
        self.others: list[str] = []
        self._words: list[str] = []
        self.feed(page)
        self.close()
        self.text = ' '.join(' '.join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or '' for name, value in attrs if name == 'href']

    def handle_endtag(self, tag: str) -> None:
        self.ends.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.tags or self.tags[-1][0] != 'style' or self.ends[-1:] == ['style']:
            self._words.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


def nothing(path: str) -> list[dict[str, Any]]:
    return []


def render(result: dict[str, Any], evidence: Callable[[str], list[dict[str, Any]]] = nothing,
           signature: str = '') -> str:
    return html.render(result, evidence, signature)


def poisoned(poison: str) -> Page:
    """Return a page of which each text is hostile."""
    result = results.not_conformant()
    result['waivers'] = results.waived()['waivers']
    result['problems'] = ['a', 'b']
    result['challenge'] = {'sha256': ''}
    result['verdict']['reasons'] = ['a']
    result['tests'].append(results.flaky())
    page = render(results.poisoned(result, poison),
                  lambda path: results.poisoned(results.exchanges(), poison), poison)
    page.encode()
    return Page(page)


HARMLESS = poisoned('harmless')


class HarmlessTest(unittest.TestCase):
    """The page does nothing but to be read, whatever is in it."""

    def all_pages(self) -> list[str]:
        found = [render(made, lambda path: results.exchanges()) for made in (
            results.conformant(), results.not_conformant(), results.incomplete(),
            results.waived())]
        return [*found, render(results.poisoned(results.waived(), results.HOSTILE[0]))]

    def test_no_script_no_handler_nothing_remote(self) -> None:
        for page in self.all_pages():
            parts = Page(page)
            self.assertEqual(set(), {tag for tag, _ in parts.tags} - TAGS)
            self.assertEqual(set(), {a for _, names in parts.tags for a in names} - ATTRIBUTES)
            self.assertEqual([], [link for link in parts.links
                                  if not re.match(r'#[a-z]+\Z|https?://[\w.]+/', link)])
            self.assertEqual([], parts.others)
            style = page[page.index('<style>'):page.index('</style>')]
            self.assertIsNone(re.search(r'url\(|@import|src|expression|\\', style))

    def test_links_within_the_page_lead_somewhere(self) -> None:
        for page in self.all_pages():
            for link in Page(page).links:
                if link.startswith('#'):
                    self.assertIn(f'id="{link[1:]}"', page)

    def test_a_policy_forbids_what_there_is_not(self) -> None:
        self.assertIn('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
                      "style-src 'unsafe-inline'; ", render(results.conformant()))

    def test_hostile_text_is_text(self) -> None:
        for poison in results.HOSTILE:
            with self.subTest(poison[:40]):
                page = poisoned(poison)
                self.assertEqual(HARMLESS.tags, page.tags)
                self.assertEqual(HARMLESS.ends, page.ends)
                self.assertEqual([], page.others)
                self.assertEqual(HARMLESS.links, page.links)

    @settings(deadline=None, max_examples=60)
    @given((strategies.text(max_size=100)
            | strategies.text('<>"\'&/=!-{}%[] \n\x00\u202e', max_size=40))
           .filter(lambda poison: bool(poison.split())))
    def test_no_text_changes_the_structure(self, poison: str) -> None:
        page = poisoned(poison)
        self.assertEqual(HARMLESS.tags, page.tags)
        self.assertEqual(HARMLESS.ends, page.ends)
        self.assertEqual(HARMLESS.links, page.links)
        self.assertEqual([], page.others)

    def test_control_characters_do_not_arrive(self) -> None:
        for poison in results.HOSTILE:
            text = poisoned(poison).text
            self.assertEqual('', re.sub(r'[^\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e'
                                        r'\u2066-\u2069\ud800-\udfff]', '', text))

    def test_hostile_text_is_shown(self) -> None:
        self.assertIn('<script>alert(1)</script>', poisoned(results.HOSTILE[0]).text)

    def test_only_web_pages_are_linked(self) -> None:
        for address in ('javascript:alert(1)', 'data:text/html,x', ' https://x', 'https:///x',
                        '//example.com', 'https://exa mple.com', 'https://x/"onclick="', 'http://[',
                        'https://x/' + 'y' * 400, 'HTTPS://\u202e'):
            self.assertEqual('', shown.link(address), address)
        for address in (results.LINK, 'http://example.com:80/a?b=c#d'):
            self.assertEqual(address, shown.link(address))
        result = results.not_conformant()
        self.assertIn(results.LINK, Page(render(result)).links)


class VerdictTest(unittest.TestCase):
    """The verdict is in words and in colour, and never better than the tests."""

    def tone(self, result: dict[str, Any]) -> str:
        match = re.search(r'class="verdict (\w+)"', render(result))
        return match[1] if match else ''

    def test_each_verdict_has_its_colour_and_its_word(self) -> None:
        for result, tone, words in (
                (results.conformant(), 'good', 'CONFORMANT'), (results.waived(), 'good', 'waived'),
                (results.not_conformant(), 'bad', 'NOT CONFORMANT'),
                (results.incomplete(), 'open', 'INCOMPLETE')):
            self.assertEqual(tone, self.tone(result))
            self.assertIn(words, Page(render(result)).text)

    def test_what_is_not_conformant_is_never_green(self) -> None:
        for status in ('fail', 'error', 'missing', 'flaky', 'skip', 'unheard of'):
            for conclusion in ('CONFORMANT', 'INCOMPLETE', 'NOT CONFORMANT', 'SPLENDID'):
                result = results.result([results.test(1), results.test(2)], conclusion)
                result['tests'][1]['status'] = status
                self.assertNotEqual('good', self.tone(result), (status, conclusion))
        changes: dict[str, Any]
        for changes in ({'tests': []}, {'problems': ['trouble']},
                        {'tests': [results.test(1, required=False)]},
                        {'tests': [results.test(1, 'waived')]}):
            self.assertEqual('open', self.tone({**results.conformant(), **changes}))

    def test_a_verdict_that_the_tests_contradict_is_called_so(self) -> None:
        result = results.incomplete()
        self.assertNotIn('does not follow', render(result))
        result['verdict']['conclusion'] = 'CONFORMANT'
        page = render(result)
        self.assertIn('This verdict does not follow from the tests on this page', page)
        self.assertIn('<strong>Claimed: CONFORMANT</strong>', page)

    def test_failures_of_tests_that_are_not_required_do_not_decide(self) -> None:
        result = results.result([results.test(1), results.test(2, 'fail', required=False)])
        self.assertEqual('good', self.tone(result))
        self.assertIn('not required', render(result))


class ReadTest(unittest.TestCase):
    """What a reader looks for is there."""

    def text(self, result: dict[str, Any], **kwargs: Any) -> str:
        return Page(render(result, **kwargs)).text

    def assert_says(self, text: str, *words: str) -> None:
        for each in words:
            self.assertIn(each, text)

    def test_what_by_what_and_when(self) -> None:
        self.assert_says(
            self.text(results.conformant(), signature='valid, by the key 1f'),
            'Example Cloud 4.2', 'by Example Clouds', 'http://203.0.113.5/identity',
            'Nova 2.1 to 2.103', 'ec2attrs-tempest-plugin 0.1', '2026.11, profile operator',
            results.SHA256, '2026-11-23 12:00:00 UTC', '4 min 18 s', 'valid, by the key 1f',
            'No challenge', '12 of 12 required tests passed', 'ec2attrs verify BUNDLE',
            'That is 2.15 seconds of the suite for each second of the cloud')

    def test_what_is_not_known_is_said(self) -> None:
        result = results.conformant()
        result['product'] = dict.fromkeys(result['product'], '')
        result['cloud'] = dict.fromkeys(result['cloud'], '')
        result['cloud_seconds'] = None
        result['started'] = '0001-01-01T00:00:00+14:00'
        self.assert_says(
            self.text(result), 'A cloud without a name', 'a vendor who is not named',
            'EC2 unknown', 'answers took unknown', 'No signature was checked')

    def test_a_failure(self) -> None:
        result = results.not_conformant()
        page = self.text(result, evidence=lambda path: results.exchanges(5))
        self.assert_says(
            page, 'Requirements broken by 3 failed tests', 'ReadsTest.test_number_1',
            'EC2A-023 ' + results.REQUIREMENTS['EC2A-023'],
            'launch_index of reservation r-8k2x9qwe', 'Expected 0, 1, 2 Seen 0, 0, 0',
            'Asked GET /servers/detail 2.3 admin Request ids req-6c1f2f1c',
            f'tempest run --regex {result["tests"][0]["id"]}', 'ec2attrs rerun',
            'Evidence: 1 of 5 exchanges', '"OS-EXT-SRV-ATTR:launch_index": 0')
        # Without violations: the first line of the failure.
        self.assert_says(page, 'AssertionError: 1 != 2')

    def test_what_was_asked_for_the_class_is_found_with_another_test(self) -> None:
        """The request that showed the fault was made before the first test of the class."""
        first, second = results.test(1), results.test(2, 'fail', violations=[
            results.disagreement()])
        result = results.result([first, second], 'NOT CONFORMANT')
        asked, *others = results.exchanges(4)
        evidence = {first['evidence']: [asked], second['evidence']: others}
        self.assert_says(self.text(result, evidence=lambda path: evidence[path]),
                         'Evidence: 2 of 4 exchanges', asked['request_id'],
                         'EC2 DescribeInstances', 'but for what was asked for the whole class')
        result['tests'][1]['evidence'] = None
        page = self.text(result, evidence=lambda path: evidence[path])
        self.assert_says(page, 'Evidence: 1 of 1 exchange', 'They were asked for the whole class')
        self.assertNotIn('There is no evidence', page)
        evidence[first['evidence']] = others[1:]
        self.assert_says(self.text(result, evidence=lambda path: evidence[path]),
                         'There is no evidence of this test')

    def test_evidence_of_others_is_read_only_where_it_is_needed(self) -> None:
        read: list[str] = []

        def evidence(path: str) -> list[dict[str, Any]]:
            read.append(path)
            return results.exchanges(4)
        tests = [results.test(1), results.test(2, 'fail', violations=[results.disagreement()])]
        render(results.result(tests, 'NOT CONFORMANT'), evidence)
        self.assertEqual([tests[1]['evidence']], read)

    def test_several_findings_are_several(self) -> None:
        for number, words in ((1, '1 advisory finding '), (2, '2 advisory findings ')):
            result = results.result([results.test(i, 'advisory') for i in range(number)], 'x')
            self.assert_says(self.text(result), words)

    def test_nova_stands_beside_ec2(self) -> None:
        self.assert_says(self.text(results.not_conformant()),
                         'Expected, as in Nova "r-8k2x9qwe" Seen in EC2 "r-00000001"')

    def test_only_two_services_stand_beside_each_other(self) -> None:
        for source, told in (
                ('EC2 DescribeVolumes and GET /servers/{id} 2.3 admin', ('Nova', 'EC2')),
                ('metadata openstack and EC2 DescribeInstances', ('EC2', 'Metadata')),
                ('GET /servers/{id} 2.3 admin and GET /servers/detail 2.3 admin', ('', '')),
                ('somebody and GET /servers/{id} 2.3 admin', ('', '')),
                ('EC2 DescribeInstances', ('', '')), ('', ('', ''))):
            self.assertEqual(told, shown.tellers(source))

    def test_an_id_that_is_none_is_in_no_command(self) -> None:
        result = results.result([results.test(1, 'fail', id='$(reboot)')], 'NOT CONFORMANT')
        self.assertNotIn('--regex', render(result))

    def test_tests_without_a_sound_result_are_grouped_by_reason(self) -> None:
        self.assert_says(
            self.text(results.incomplete()),
            'skipped 2 tests: ec2attrs:not-configured',
            'could not run 1 test: server-error POST /servers member: expected status 202',
            'gave no result 1 test: no attempt reported it',
            'Attempt 1: failed, 2.0 s: seen 1 Attempt 2: passed', 'the tests were interrupted',
            'ec2attrs verify BUNDLE --challenge CHALLENGE')

    def test_an_error_is_told_once_with_its_cause(self) -> None:
        detail = 'server {} is in ERROR after {} s (No valid host was found) [req-{}]'
        key = '6c1f2f1c-7a83-4f4e-9a0c-3a9d24a2a6a{}'
        tests = [results.test(i, 'error', error_code='state', detail=detail.format(
            key.format(i % 10), 1.5 * i, key.format(i % 7))) for i in range(245)]
        page = render(results.result([*tests, results.test(900, 'error', error_code='quota'),
                                      results.test(901, 'skip')], 'INCOMPLETE'))
        self.assertEqual(1, page.count('No valid host'))
        self.assert_says(Page(page).text, 'could not run 245 tests: state server 6c1f2f1c',
                         'could not run 1 test: quota')
        # Each outcome has a section of its own, the errors first.
        places = [page.index(f'<section id="{each}"') for each in ('errors', 'skipped', 'tests')]
        self.assertEqual(sorted(places), places)
        self.assertNotIn('<section id="unsound"', page)
        self.assertNotIn('<section id="errors"', render(results.conformant()))

    def test_delays_and_repetitions(self) -> None:
        result = results.result([results.test(1), results.recovered()], delays={
            'requests': 249, 'repeated': 300, 'seconds': 261.7})
        self.assert_says(self.text(result), '249 requests were sent again after 429, 503 or a '
                         'reset; 262 s of waiting, added up.',
                         '1 test was run again after an error; 1 of them passed.')
        for words in ('sent again', 'run again after'):
            for result in (results.conformant(), results.not_conformant()):
                self.assertNotIn(words, self.text(result))

    def test_waivers_and_advisory_findings(self) -> None:
        self.assert_says(self.text(results.waived()), 'used ReadsTest.test_number_2', 'stale',
                         'expired no such test', '2027-01-01', 'mended in 4.3')
        self.assert_says(self.text(results.not_conformant()), 'Advisory findings',
                         'ec2attrs:advisory: EC2A-061')

    def test_more_than_there_is_room_for_is_counted(self) -> None:
        violations = [results.violation(seen=f'{i}') for i in range(40)]
        result = results.result([results.test(1, 'fail', violations=violations)] * 2
                                + [results.test(i, 'skip') for i in range(300)], 'NOT CONFORMANT')
        result['problems'] = ['trouble'] * 60
        result['requirements'] = []
        self.assert_says(self.text(result), 'and 30 violations more of this test',
                         'and 100 more', 'and 10 more, in result.json',
                         '(not in the table of requirements)', 'There is no evidence')

    def test_a_page_of_failures_stays_small(self) -> None:
        long = '"<&' * 300
        tests = [results.test(i, 'fail' if i < 300 else 'pass', violations=[
            results.disagreement(expected=long, seen=long)] * 50 if i < 300 else [])
            for i in range(540)]
        page = render(results.result(tests, 'NOT CONFORMANT'),
                      lambda path: results.exchanges(30, 20_000))
        self.assertLess(len(page.encode()), 2_000_000)
        self.assertEqual(300, page.count('<article'))
        self.assert_says(Page(page).text, '49 violations more', 'in evidence/')

    def test_absurd_numbers_are_bounded(self) -> None:
        tests = [results.test(i, 'fail', detail='"' * 1000) for i in range(5000)]
        page = render(results.result(tests, 'NOT CONFORMANT'))
        self.assertLess(len(page.encode()), 4_000_000)
        self.assert_says(Page(page).text, 'and 4600 failed tests more', 'and 3000 more')
