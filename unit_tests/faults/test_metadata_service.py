"""The metadata service before the proxy and on a tape: signed for a server, not with a token."""

import pathlib

import ddt
import fixtures
import testtools

from ec2attrs_tempest_plugin.clients import metadata
from ec2attrs_tempest_plugin.faults import tape
from ec2attrs_tempest_plugin.faults.catalogue import metadata_words as words
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.exchange import understand
from unit_tests.faults.services import Fake

ORIGINS = {'metadata': 'http://192.0.2.1:8775'}
SECRET = 's3cret-of-the-proxy'
CONF = (f'[auth]\nadmin_password = s3cret-conf\n[ec2attrs]\nmetadata_url = {ORIGINS["metadata"]}\n'
        f'metadata_proxy_shared_secret = {SECRET}\n')
PATH = '/latest/meta-data/reservation-id'


def headers(secret: str, instance: str = 'one',
            other: dict[str, str | None] | None = None) -> dict[str, str]:
    """Return the headers of a request as the proxy has them.

    :param other: those that are wrong, None for one that is missing.
    """
    right = {metadata.INSTANCE: instance, metadata.PROJECT: 'p',
             metadata.SIGNATURE: metadata.signature(secret, instance)}
    return {name.lower(): value for name, value in {**right, **(other or {})}.items()
            if value is not None}


@ddt.ddt
class TapeTest(testtools.TestCase):

    def setUp(self) -> None:
        super().setUp()
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'tape.gz'
        self.answers: list[tuple[int, dict[str, str], str]] = []
        self.fake = Fake({f'metadata GET {PATH}': self.answers})
        self.recorder = tape.Recorder(self.fake, ORIGINS, SECRET)

    def ask(self, upstream: tape.Recorder | tape.Tape, of: dict[str, str]) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        stream = upstream.ask('metadata', 'GET', PATH, of, b'')
        return stream.status, b''.join(stream.body)

    def record(self, text: str, of: dict[str, str], status: int = 200) -> None:
        self.answers.append((status, {}, text))
        self.ask(self.recorder, of)

    def tape(self) -> tape.Tape:
        """Return the tape of what was recorded."""
        self.recorder.save(self.path, CONF)
        return tape.Tape(self.path)

    def test_no_secret_is_kept(self) -> None:
        played = self.tape()
        self.assertNotIn('s3cret', played.tempest_conf)
        self.assertIn('metadata_proxy_shared_secret = recorded\n', played.tempest_conf)
        self.assertIn('metadata_url = http://metadata.recorded\n', played.tempest_conf)

    def test_each_server_has_its_answers(self) -> None:
        for name in ('one', 'two'):
            self.record(f'r-{name}', headers(SECRET, name))
        played = self.tape()
        for name in ('two', 'one', 'two'):
            self.assertEqual((200, f'r-{name}'.encode()),
                             self.ask(played, headers('recorded', name)))
        self.assertEqual([], played.unknown)
        self.ask(played, headers('recorded', 'three'))
        self.assertEqual([f'metadata GET {PATH}'], played.unknown)

    @ddt.data({metadata.SIGNATURE: 'x'}, {metadata.SIGNATURE: ''}, {metadata.SIGNATURE: None},
              {metadata.INSTANCE: None}, {metadata.PROJECT: None}, {metadata.PROJECT: 'q'},
              {metadata.INSTANCE: 'two'})
    def test_request_that_is_refused(self, wrong: dict[str, str | None]) -> None:
        self.record('r-one', headers(SECRET))
        self.record('no', headers(SECRET, other=wrong), 403)
        played = self.tape()
        self.assertEqual((403, b'no'), self.ask(played, headers('recorded', other=wrong)))
        self.assertEqual((200, b'r-one'), self.ask(played, headers('recorded')))

    def test_any_wrong_signature_is_the_same(self) -> None:
        self.record('no', headers('another'), 403)
        played = self.tape()
        self.assertEqual((403, b'no'), self.ask(played, headers('and another')))
        # The secret of the cloud is a wrong one here.
        self.assertEqual((403, b'no'), self.ask(played, headers(SECRET)))

    def test_all_bytes(self) -> None:
        everything = bytes(range(256))

        class Bytes:
            def ask(self, *_: object) -> tape.Stream:
                return tape.Stream(200, {'content-type': 'text/plain'}, [everything])
        self.recorder = tape.Recorder(Bytes(), ORIGINS, SECRET)
        self.assertEqual((200, everything), self.ask(self.recorder, headers(SECRET)))
        self.assertEqual((200, everything), self.ask(self.tape(), headers('recorded')))


class ChangesTest(testtools.TestCase):

    def told(self, change: Change, instance: str = 'one', path: str = PATH, status: int = 200,
             body: bytes = b'own') -> tuple[int, int, bytes]:
        """Return how often a change acted, and what a server is told then."""
        asked = understand('metadata', 'GET', path, headers(SECRET, instance), b'', None)
        answered = Answered(status, {}, body)
        return change(asked, answered), answered.status, answered.body

    def test_which_server_asks(self) -> None:
        asked = understand('metadata', 'GET', PATH, headers(SECRET), b'', None)
        self.assertEqual(Asked('metadata', 'GET', PATH, instance='one'), asked)
        self.assertEqual('', understand('nova', 'GET', PATH, headers(SECRET), b'', None).instance)

    def test_other_paths_and_statuses_are_left_alone(self) -> None:
        for change in (words.text(str.upper, PATH), words.absent(PATH)):
            self.assertEqual((0, 200, b'own'), self.told(change, path=PATH + '/x'))
            self.assertEqual((0, 500, b'own'), self.told(change, status=500))
        self.assertEqual((1, 200, b'OWN'), self.told(words.text(str.upper, PATH)))
        self.assertEqual((0, 200, b'own'), self.told(words.text(str.lower, PATH)))
        self.assertEqual((1, 404, b''), self.told(words.absent(PATH)))
        self.assertEqual((0, 200, b'own'), self.told(words.invented(b'x', PATH)))
        self.assertEqual((1, 200, b'x'), self.told(words.invented(b'x', PATH), status=404))

    def test_values_of_other_servers(self) -> None:
        asking = (('one', b'1'), ('two', b'2'), ('one', b'1'))
        changes: list[tuple[Change, list[bytes]]] = [
            (words.AnotherServers(PATH), [b'1', b'1', b'2']),
            (words.FirstServers(PATH), [b'1', b'1', b'1']),
            (words.StaleForASecondTime(PATH), [b'1', b'2', b'2'])]
        for change, expected in changes:
            self.assertEqual(expected, [self.told(change, server, body=own)[2]
                                        for server, own in asking])

    def test_refusal_is_answered_like_what_was_in_order(self) -> None:
        for change, expected in ((words.Unrefused((403,)), (1, 200, b'own')),
                                 (words.RefusedWithAll((403,)), (1, 403, b'own'))):
            self.assertEqual((0, 403, b'no'), self.told(change, status=403, body=b'no'))
            self.assertEqual((0, 200, b'own'), self.told(change))
            self.assertEqual((0, 404, b'no'), self.told(change, status=404, body=b'no'))
            self.assertEqual(expected, self.told(change, status=403, body=b'no'))
