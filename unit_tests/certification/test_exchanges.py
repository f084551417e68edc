"""What is shown of the evidence."""

import json
import unittest

from hypothesis import given
from hypothesis import strategies

from ec2attrs_tempest_plugin.certification import exchanges
from unit_tests.certification import results


class ChooseTest(unittest.TestCase):

    def test_exchanges_in_which_it_was_seen_come_alone(self) -> None:
        chosen = exchanges.choose(results.exchanges(9), [results.disagreement()], 10_000)
        self.assertEqual(results.disagreement()['request_ids'],
                         [each.facts['request_id'] for each in chosen])

    def test_without_them_the_last_two_are_shown(self) -> None:
        found = results.exchanges(9)
        self.assertEqual(found[-2:], [
            each.facts for each in exchanges.choose(found, [], 10_000)])

    def test_a_long_answer_is_cut_about_what_is_wrong(self) -> None:
        found = results.exchanges(1)
        found[0]['answered'] = 'x' * 50_000 + 'launch_index' + 'y' * 50_000
        [only] = exchanges.choose(found, [results.violation()], 100_000)
        self.assertIn('launch_index', only.answered)
        self.assertRegex(only.answered, r'^\[48,000 characters left out\]\nx')
        self.assertRegex(only.answered, r'y\n\[46,012 characters left out\]$')
        self.assertLess(len(only.answered), 6_100)

    def test_bodies_are_laid_out(self) -> None:
        found = results.exchanges(2)
        found[0]['answered'] = '<a><b>1</b><c/><d><e>2</e></d></a>'
        found[1]['asked'] = '{"a": {"b": "\\u00e9"}}'
        first, second = exchanges.choose(found, [], 10_000)
        self.assertEqual('<a>\n  <b>1</b>\n  <c/>\n  <d>\n    <e>2</e>\n  </d>\n</a>',
                         first.answered)
        self.assertEqual('{\n  "a": {\n    "b": "é"\n  }\n}', second.asked)

    def test_what_cannot_be_laid_out_is_shown_as_it_is(self) -> None:
        for body in ('{"cut": "of', '<' * 50, '[' * 150_000, '\ud800', '</a>' * 50):
            found = [{**results.exchanges(1)[0], 'answered': body}]
            [only] = exchanges.choose(found, [], 10_000)
            self.assertIn(only.answered[:1], body[:1] + '?')

    def test_facts_that_are_absent_do_not_matter(self) -> None:
        [only] = exchanges.choose([{}], [results.violation()], 10_000)
        self.assertEqual(('', ''), (only.asked, only.answered))

    def test_no_room_no_exchange(self) -> None:
        self.assertEqual([], exchanges.choose(results.exchanges(9), [], 100))

    def test_with_little_room_less_of_it_is_shown(self) -> None:
        found = [{**results.exchanges(1)[0], 'answered': '"' * 9000}]
        [only] = exchanges.choose(found, [], 4_000)
        self.assertRegex(only.answered, r'^"{375}\n\[8,625 characters left out\]$')

    @given(strategies.text('"<&é\n😀x', max_size=3000), strategies.integers(1, 20_000))
    def test_room_is_kept_to(self, body: str, room: int) -> None:
        found = [{**each, 'asked': body, 'answered': json.dumps(body)}
                 for each in results.exchanges(4)]
        ids = [each['request_id'] for each in found]
        chosen = exchanges.choose(found, [results.violation(request_ids=ids)], room)
        self.assertLessEqual(sum(exchanges.size(each.asked) + exchanges.size(each.answered)
                                 for each in chosen), room)
