"""Services that break down, stall or talk nonsense: every test concerned has to end and say so.

What is shown is an answer that no service in order gives. The tests that meet
it must fail in bounded time and memory, in words of the suite.
"""

from collections.abc import Callable
import json
from typing import Any

from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.faults import changes
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Connection
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

#: Longer than the suite waits for a whole answer, in seconds.
SILENCE = 60.0
_ELSEWHERE = 'http://127.0.0.1:9/elsewhere'
_GIGABYTE = 1024 ** 3
_PIECE = b'a' * (1024 * 1024)

Edit = Callable[[Answered], Any]


def status(code: int, body: str = '', kind: str = 'application/json',
           **headers: str) -> Edit:
    """Return an edit that answers a status with a body of its own."""
    def edit(answered: Answered) -> None:
        answered.status = code
        answered.body = body.encode()
        answered.set_header('Content-Type', kind)
        for name, value in headers.items():
            answered.set_header(name.replace('_', '-'), value)
    return edit


def delivered(deliver: Callable[[Connection], None]) -> Edit:
    """Return an edit that sends the answer in a way of its own."""
    def edit(answered: Answered) -> None:
        answered.delivery = deliver
    return edit


def body(new: Callable[[bytes], bytes]) -> Edit:
    """Return an edit of the bytes of an answer."""
    def edit(answered: Answered) -> None:
        answered.body = new(answered.body)
    return edit


def _image(answered: Answered) -> None:
    answered.set_header('Content-Type', 'image/png')
    answered.body = answered.body[:-9]


def _silent(connection: Connection) -> None:
    connection.hold(SILENCE)


def _stalled(connection: Connection) -> None:
    connection.send(connection.head + connection.body[:40])
    connection.hold(SILENCE)


def _drip(connection: Connection) -> None:
    connection.send(connection.head)
    for byte in connection.body:
        connection.hold(0.5)
        connection.send(bytes([byte]))


def _reset(connection: Connection) -> None:
    connection.send(connection.head + connection.body[:40])
    connection.reset()


def _closed(connection: Connection) -> None:
    connection.send(connection.head + connection.body[:40])


def _gigabyte(connection: Connection) -> None:
    head = connection.head.replace(b'Content-Length: %d' % len(connection.body),
                                   b'Content-Length: %d' % _GIGABYTE)
    connection.send(head)
    for _ in range(_GIGABYTE // len(_PIECE)):
        connection.send(_PIECE)


_JSON_ERROR = json.dumps({'computeFault': {'code': 500, 'message': 'broken'}})
_XML_ERROR = ('<Response><Errors><Error><Code>InternalError</Code><Message>broken</Message>'
              '</Error></Errors><RequestID>req-x</RequestID></Response>')
_HTML = '<html><body>Please sign in</body></html>'

#: What can go wrong with any answer: name, in words, edit.
BREAKDOWNS: tuple[tuple[str, str, Edit], ...] = (
    ('500', '500 with an error document', status(500, _JSON_ERROR)),
    ('503', '503 without a body', status(503)),
    ('503-retry', '503 with Retry-After', status(503, Retry_After='1')),
    ('429', '429 without Retry-After', status(429, _JSON_ERROR)),
    ('429-retry', '429 with Retry-After', status(429, _JSON_ERROR, Retry_After='1')),
    ('redirect', 'a redirect elsewhere', status(302, Location=_ELSEWHERE)),
    ('html', '200 with HTML', status(200, _HTML, 'text/html')),
    ('empty', '200 without a body', status(200)),
    ('truncated', 'the document cut in the middle', body(lambda b: b[:len(b) // 2])),
    ('binary', '200 with bytes that are no text', body(lambda b: bytes(range(256)) * 4)),
    ('hang', 'no answer at all', delivered(_silent)),
    ('stall', 'the first bytes of an answer, then nothing', delivered(_stalled)),
    ('drip', 'an answer at two bytes a second', delivered(_drip)),
    ('reset', 'the connection reset in the body', delivered(_reset)),
    ('closed', 'the connection closed in the body', delivered(_closed)),
    ('gigabyte', 'a body of a gigabyte', delivered(_gigabyte)),
)

_NOVA_TEST = 'ServerAnswersTest.test_indexes_number_the_servers_of_a_request'
_IMAGE_TEST = 'BootsTest.test_kernel_and_ramdisk_are_those_of_the_image'
_VOLUME_TEST = 'BootsTest.test_flagged_volumes_go_and_the_others_stay'
_EC2_TEST = 'ReservationAgreementTest.test_launch_index'


def _reads_at_2_3(asked: Asked) -> bool:
    return changes.AT_2_3(asked)


def _nested(depth: int) -> str:
    return '{"server":' * depth + '1' + '}' * depth


_LAUGHS = ('<!DOCTYPE a [<!ENTITY a "ha">' + ''.join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + ']><DescribeInstancesResponse>&j;</DescribeInstancesResponse>')


def _chaos(key: str, says: str, to: Callable[[Asked], bool], edit: Edit, *tests: str) -> Fault:
    return Fault(key, Kind.CHAOS, says, changes.answer(to, edit), caught_by=tests)


def _state(key: str, path: str, value: str) -> Edit:
    """Return an edit that shows a state for ever."""
    def edit(answered: Answered) -> None:
        document = answered.json()
        found = document.get(path) if isinstance(document, dict) else None
        if isinstance(found, dict) and key in found:
            found[key] = value
            answered.body = json.dumps(document).encode()
    return edit


def _other_services() -> list[Fault]:
    rows = []
    for service, path, test in (
            ('keystone', '/auth/tokens', _IMAGE_TEST), ('neutron', '/networks', _IMAGE_TEST),
            ('cinder', '/volumes', _VOLUME_TEST), ('glance', '/images', _IMAGE_TEST)):
        for name, says, edit in BREAKDOWNS:
            if name in ('500', 'html', 'hang', 'reset'):
                methods = ('GET',) if service in ('cinder', 'glance') else ('POST',)
                rows.append(_chaos(
                    f'{service}-chaos-{name}', f'{service} answers: {says}',
                    changes.of(service, methods=methods, path=path), edit, test))
    return rows


ROWS: tuple[Fault, ...] = (
    *(_chaos(f'nova-chaos-{name}', f'reads at 2.3: {says}', _reads_at_2_3, edit, _NOVA_TEST)
      for name, says, edit in BREAKDOWNS),
    *(_chaos(f'ec2-chaos-{name}', f'DescribeInstances: {says}',
             changes.of('ec2', action='DescribeInstances'),
             status(500, _XML_ERROR, 'text/xml') if name == '500' else edit, _EC2_TEST)
      for name, says, edit in BREAKDOWNS),
    *_other_services(),
    *(_chaos(f'nova-chaos-json-{name}', f'reads at 2.3 answer {text[:24]}', _reads_at_2_3,
             status(200, text), _NOVA_TEST)
      for name, text in (
          ('list', '[]'), ('null', 'null'), ('number', '1e400'), ('object', '{}'),
          ('server-null', '{"server": null, "servers": null}'),
          ('server-list', '{"server": [], "servers": {}}'),
          ('servers-of-strings', '{"server": "a", "servers": ["a"]}'),
          ('nested', _nested(50_000)))),
    _chaos('nova-chaos-wrong-content-type', 'JSON said to be an image, and cut', _reads_at_2_3,
           _image, _NOVA_TEST),
    _chaos('nova-chaos-create-500', 'creations answer 500',
           changes.To(calls=(Call.CREATE, Call.CREATE_RESERVATION)), status(500, _JSON_ERROR),
           _NOVA_TEST),
    _chaos('nova-chaos-create-empty', 'creations answer 202 without a body',
           changes.To(calls=(Call.CREATE_RESERVATION,)), status(202),
           'ServerAnswersTest.test_servers_of_a_request_carry_its_reservation_id'),
    _chaos('nova-chaos-create-hang', 'creations are done and never answered',
           changes.To(calls=(Call.CREATE, Call.CREATE_RESERVATION)), delivered(_silent),
           _NOVA_TEST),
    _chaos('nova-chaos-server-in-error', 'each server is shown in ERROR',
           changes.IN_SHOW, _state('status', 'server', 'ERROR'), _NOVA_TEST),
    _chaos('nova-chaos-server-builds-for-ever', 'each server is shown in BUILD for ever',
           changes.IN_SHOW, _state('status', 'server', 'BUILD'), _NOVA_TEST),
    _chaos('nova-chaos-no-version-document', 'the version document answers 500',
           lambda asked: asked.service == 'nova' and asked.path == '/v2.1/',
           status(500, _JSON_ERROR), _NOVA_TEST),
    _chaos('cinder-chaos-volume-never-available', 'each volume is shown as creating for ever',
           changes.of('cinder', methods=('GET',), path='/volumes/'),
           _state('status', 'volume', 'creating'),
           _VOLUME_TEST),
    _chaos('cinder-chaos-volume-in-error', 'each volume is shown in error',
           changes.of('cinder', methods=('GET',), path='/volumes/'),
           _state('status', 'volume', 'error'),
           _VOLUME_TEST),
    _chaos('ec2-chaos-entities', 'XML with entities that grow',
           changes.of('ec2', action='DescribeInstances'), status(200, _LAUGHS, 'text/xml'),
           _EC2_TEST),
    _chaos('ec2-chaos-other-root', 'another document than was asked for',
           changes.of('ec2', action='DescribeInstances'),
           status(200, '<foo><bar/></foo>', 'text/xml'), _EC2_TEST),
    _chaos('ec2-chaos-auth-failure', '401 AuthFailure',
           changes.of('ec2'), status(401, _XML_ERROR.replace('InternalError', 'AuthFailure'),
                                     'text/xml'), _EC2_TEST),
)
