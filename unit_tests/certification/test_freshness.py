import json
import time
from typing import Any

import testtools

from ec2attrs_tempest_plugin.certification import freshness
from ec2attrs_tempest_plugin.contract import challenge
from unit_tests.certification import bundles

WORD = challenge.new_word(bundles.CHALLENGE)
OTHER = challenge.new_word('another challenge')
WHERE = {
    'compute hostname': ('compute', '{"OS-EXT-SRV-ATTR:hostname": "x-%s-1"}'),
    'compute user data': (
        'compute', '{"OS-EXT-SRV-ATTR:user_data": "<str of 90 characters, not kept; it ends in '
                   '%s>"}'),
    'ec2 PrivateDnsName': ('ec2', '<a><privateDnsName>x-%s.novalocal</privateDnsName></a>'),
    'ec2 userData': ('ec2', '<value>(90 characters, not kept; it ends in %s)</value>'),
    'ec2 clientToken': ('ec2', '<clientToken>%s</clientToken>')}


def _found(*exchanges: dict[str, Any]) -> freshness.Freshness:
    return freshness.found(bundles.CHALLENGE, [
        b''.join(json.dumps(each).encode() + b'\n' for each in exchanges)])


class FreshnessTest(testtools.TestCase):

    def test_each_place(self) -> None:
        for place, (service, answer) in WHERE.items():
            found = _found(bundles.exchange(1, answer % WORD, service=service),
                           bundles.exchange(2))
            self.assertEqual((1, 2, 0), (found.records, found.of, found.wrong), place)
            self.assertEqual({each: int(each == place) for each in WHERE}, found.places)

    def test_word_of_another_challenge(self) -> None:
        for place, (service, answer) in WHERE.items():
            found = _found(bundles.exchange(1, answer % OTHER + answer % WORD, service=service),
                           bundles.exchange(2, answer % OTHER, service=service))
            self.assertEqual((1, 2), (found.records, found.wrong), place)
            self.assertEqual(1, found.places[place])

    def test_where_it_does_not_count(self) -> None:
        for place, (service, answer) in WHERE.items():
            other = 'ec2' if service == 'compute' else 'compute'
            found = _found(
                bundles.exchange(1, answer % WORD, service=other),
                bundles.exchange(2, answer % WORD, service=service, request_id=''),
                bundles.exchange(3, answer % WORD, service=service, request_id=None),
                bundles.exchange(4, '', asked=answer % WORD, service=service),
                bundles.exchange(5, WORD, service=service))
            self.assertEqual((0, 5, 0), (found.records, found.of, found.wrong), place)
            self.assertEqual(dict.fromkeys(WHERE, 0), found.places)

    def test_all_files_and_all_words_of_an_answer_count(self) -> None:
        service, answer = WHERE['ec2 clientToken']
        line = json.dumps(bundles.exchange(1, answer % WORD * 3, service=service)).encode()
        found = freshness.found(bundles.CHALLENGE, [line, b'', line + b'\n' + line])
        self.assertEqual((3, 3, 9), (found.records, found.of, found.places['ec2 clientToken']))

    def test_hostile_answers_take_no_longer(self) -> None:
        begin = time.process_time()
        for start, service in (('privateDnsName>', 'ec2'), ('value>(', 'ec2'),
                               ('clientToken>', 'ec2'), ('SRV-ATTR:hostname": "', 'compute'),
                               ('user_data": "<', 'compute')):
            for filling in (start, start + 'ends in ', start + 'ec2attrs-'):
                found = _found(bundles.exchange(1, filling * (300_000 // len(filling)),
                                                service=service))
                self.assertEqual(0, found.records)
        self.assertLess(time.process_time() - begin, 20)

    def test_answers_that_are_no_text(self) -> None:
        answers: list[Any] = [None, 1, [WORD], {}]
        found = _found(*(bundles.exchange(1, each) for each in answers))
        self.assertEqual((0, 4), (found.records, found.of))
