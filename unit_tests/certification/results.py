"""Results made by hand, for the tests of what reads them."""

from collections import Counter
import copy
from typing import Any
import uuid

from ec2attrs_tempest_plugin.certification import shown

TESTS = 'ec2attrs_tempest_plugin.tests.api'
SHA256 = 'a3' * 32
LINK = 'https://docs.openstack.org/nova/latest/reference/api-microversion-history.html'
REQUIREMENTS = {
    'EC2A-001': 'Below microversion 2.3 Nova shows none of the seven EC2 attributes of a server.',
    'EC2A-023': 'The launch indexes of one request are 0, 1, 2 and so on, each once.',
    'EC2A-061': "A reservation of EC2 has the id that Nova shows as its servers' reservation_id.",
}
HOSTILE = (
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onclick='alert(1)",
    'javascript:alert(1)', '\x1b[31mred\x1b[0m', 'a\u202egnp.exe', 'nul\x00byte',
    'lone \ud800 surrogate \udfff', ']]>', '--><!--', '</style></pre></details></main>',
    'a | b \\| c', '[here](javascript:alert(1))', '![x](https://evil.example/x.png)', '`` ` ```',
    '@everyone #1 <https://evil.example> www.evil.example', '\n\n# heading\n\n- list\n\n',
    '{{ 7 * 7 }}{% raw %}', '&lt;b&gt; &#60;', '\ufffe\uffff\x85\u2028\u2029', 'e\u0301' * 50,
    'x' * 1_000_000)


def test(number: int, status: str = 'pass', **changes: Any) -> dict[str, Any]:
    """Return a test of a result; its id is made of its number."""
    key = str(uuid.UUID(int=number, version=4))
    details = {'fail': 'EC2A-023 GET /servers/detail 2.3 admin: expected 0; seen 1',
               'skip': 'ec2attrs:not-configured: [ec2attrs] ec2_url is not set',
               'error': 'POST /servers member: expected status 202; seen 500',
               'missing': 'no attempt reported it',
               'flaky': 'passed in attempt 2 after it failed',
               'waived': 'waived until 2027-01-01: known; expected 0; seen 1',
               'advisory': 'ec2attrs:advisory: EC2A-061 seen r-2'}
    made = {
        'id': key, 'name': f'{TESTS}.test_reads.ReadsTest.test_number_{number}',
        'capability': 'nova-reads', 'required': True, 'requirements': ['EC2A-023'],
        'status': status, 'error_code': 'server-error' if status == 'error' else None,
        'detail': details.get(status, ''),
        'seconds': None if status == 'missing' else 1.25,
        'attempts': [], 'violations': [],
        'evidence': None if status in ('missing', 'skip') else f'evidence/{key}.jsonl', **changes}
    if status != 'missing' and not made['attempts']:
        made['attempts'] = [attempt(1, made['status'], made['detail'], made['error_code'])]
    return made


def attempt(number: int, status: str, detail: str = '', code: str | None = None,
            seconds: float = 1.25) -> dict[str, Any]:
    """Return what an attempt gave for a test."""
    return {'attempt': number, 'status': status, 'error_code': code, 'detail': detail,
            'seconds': seconds}


def violation(**changes: Any) -> dict[str, Any]:
    """Return what a failing test saw."""
    return {'requirement': 'EC2A-023', 'source': 'GET /servers/detail 2.3 admin',
            'attribute': 'launch_index', 'subject': 'reservation r-8k2x9qwe',
            'expected': '0, 1, 2', 'seen': '0, 0, 0',
            'request_ids': ['req-6c1f2f1c-7a83-4f4e-9a0c-3a9d24a2a6a5'], **changes}


def disagreement(**changes: Any) -> dict[str, Any]:
    """Return what a failing test saw when EC2 and Nova disagree."""
    return violation(**{
        'requirement': 'EC2A-061', 'attribute': 'reservation_id', 'subject': 'instance i-00000003',
        'source': 'EC2 DescribeInstances and GET /servers/detail 2.3 admin',
        'expected': '"r-8k2x9qwe"', 'seen': '"r-00000001"',
        'request_ids': ['req-0d3b0c0b-11e7-4d0e-b0b5-6f2f3ad0c911',
                        'req-6c1f2f1c-7a83-4f4e-9a0c-3a9d24a2a6a5'], **changes})


def result(tests: list[dict[str, Any]], conclusion: str = 'CONFORMANT', why: str = 'why',
           **changes: Any) -> dict[str, Any]:
    """Return a result of these tests; its counts follow from them."""
    planned = Counter(key for each in tests for key in each['requirements'])
    passed = Counter(key for each in tests if each['status'] == 'pass'
                     for key in each['requirements'])
    worst = min((each['status'] for each in tests), key=list(shown.STATUSES).index)
    rows = [{'id': key, 'sentence': sentence, 'link': LINK, 'advisory': key == 'EC2A-061',
             'status': worst if planned[key] else None,
             'passed': passed[key], 'planned': planned[key]}
            for key, sentence in REQUIREMENTS.items()]
    exit_code = {'CONFORMANT': 0, 'NOT CONFORMANT': 1}.get(conclusion, 2)
    return copy.deepcopy({
        'schema': 'ec2attrs-result/1',
        'verdict': {'conclusion': conclusion, 'exit_code': exit_code, 'why': why, 'reasons': []},
        'product': {'vendor': 'Example Clouds', 'name': 'Example Cloud', 'version': '4.2',
                    'contact': 'cloud@example.com'},
        'cloud': {'keystone': 'http://203.0.113.5/identity', 'nova': '2.1 to 2.103',
                  'ec2': 'http://203.0.113.5:8788/'},
        'suite': {'ec2attrs-tempest-plugin': '0.1', 'tempest': '47.0.0', 'boto3': '1.44.5',
                  'python': '3.12.4'},
        'profile': 'operator', 'guideline': {'id': '2026.11', 'sha256': SHA256},
        'started': '2026-11-23T12:00:00+00:00', 'ended': '2026-11-23T12:04:18+00:00',
        'seconds': 258.1, 'cloud_seconds': 120.2,
        'delays': {'requests': 0, 'repeated': 0, 'seconds': 0}, 'challenge': None,
        'attempts': [{'stream': 'streams/1.subunit', 'started': '2026-11-23T12:00:00+00:00',
                      'ended': '2026-11-23T12:04:18+00:00', 'end': 'finished',
                      'tests': len(tests), 'trouble': '', 'left': ''}],
        'tests': tests,
        'capabilities': [
            {'name': 'nova-reads', 'description': 'Nova shows the attributes of servers.',
             'required': True, 'status': worst,
             'passed': sum(each['status'] == 'pass' for each in tests), 'planned': len(tests)}],
        'requirements': rows, 'waivers': [], 'problems': [],
        'files': {'streams/1.subunit': SHA256, 'guideline.json': SHA256,
                  **{each['evidence']: SHA256 for each in tests if each['evidence']}},
        **changes})


def conformant(number: int = 12) -> dict[str, Any]:
    """Return the result of a cloud without a fault."""
    return result([*(test(i) for i in range(number)),
                   test(number, required=False, requirements=['EC2A-001'])],
                  why=f'{number} of {number} required tests passed')


def not_conformant() -> dict[str, Any]:
    """Return a result with violations in Nova, and between EC2 and Nova."""
    return result(
        [test(1, 'fail', violations=[violation(), violation(attribute='hostname',
                                                            expected='"vm-1"', seen='absent')]),
         test(2, 'fail', requirements=['EC2A-061'], violations=[disagreement()]),
         test(3, 'fail', detail='AssertionError: 1 != 2'), test(4, 'skip'), test(5, 'error'),
         test(6, 'advisory', requirements=['EC2A-061']), test(7), test(8)],
        'NOT CONFORMANT', '3 of 8 required tests failed')


def incomplete() -> dict[str, Any]:
    """Return a result with tests that have none, and with trouble."""
    return result(
        [test(1), test(2, 'skip'), test(3, 'skip'), test(4, 'missing', name=''),
         test(5, 'error'), flaky()],
        'INCOMPLETE', '5 of 6 required tests without a result', challenge={'sha256': SHA256},
        problems=['the tests were interrupted', 'the stream ends in the middle of an event'])


def flaky() -> dict[str, Any]:
    """Return a test that passed after a failure."""
    return test(9, 'flaky', attempts=[attempt(1, 'fail', 'seen 1', seconds=2.0),
                                      attempt(2, 'pass', seconds=1.0)])


def recovered(number: int = 10) -> dict[str, Any]:
    """Return a test that passed after an error."""
    return test(number, attempts=[attempt(1, 'error', 'status 429', 'rate-limit'),
                                  attempt(2, 'pass')])


def waived() -> dict[str, Any]:
    """Return a conformant result with waivers of each state."""
    tests = [test(1), test(2, 'waived', violations=[violation()])]
    waiver = {'test': tests[1]['id'], 'product': 'Example Cloud', 'attribute': 'launch_index',
              'seen': '0, 0, 0', 'expires': '2027-01-01', 'reason': 'mended in 4.3',
              'link': 'https://example.com/bugs/1', 'state': 'used'}
    return result(tests, why='1 of 2 required tests passed, 1 waived', waivers=[
        waiver, {**waiver, 'state': 'stale', 'test': tests[0]['id']},
        {**waiver, 'state': 'expired', 'test': 'no such test'}])


def exchanges(number: int = 3, size: int = 0) -> list[dict[str, Any]]:
    """Return the evidence of a test; the answers are larger by a size."""
    ids = [*disagreement()['request_ids'], *(f'req-{i}' for i in range(number))]
    return [{'attempt': 1, 'service': 'ec2' if i == 0 else 'nova',
             'source': 'EC2 DescribeInstances' if i == 0 else 'GET /servers/detail 2.3 admin',
             'status': 200, 'request_id': ids[i], 'seconds': 0.12,
             'at': '2026-11-23T12:00:01+00:00', 'asked': '',
             'answered': '{"servers": [{"name": "%s", "OS-EXT-SRV-ATTR:launch_index": 0}]}'
                         % ('"<x>' * (size // 4)).replace('"', '\\"')}
            for i in range(number)]


def poisoned(value: Any, poison: str, keep: tuple[str, ...] = (
        'status', 'conclusion', 'schema', 'evidence')) -> Any:
    """Return a result in which each text is hostile, but for the words of the schema."""
    if isinstance(value, dict):
        return {key: item if key in keep else poisoned(item, poison, keep)
                for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, poison, keep) for item in value]
    return poison if isinstance(value, str) else value
