"""Rows: how many servers a multiple creation makes, and what it refuses."""

from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.faults.catalogue.nova_values import answered
from ec2attrs_tempest_plugin.faults.catalogue.nova_values import listed
from ec2attrs_tempest_plugin.faults.catalogue.nova_values import made_all_the_same
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import NOBODYS_UUID
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import reservation_answer
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import where
from ec2attrs_tempest_plugin.faults.changes import ADMIN_AT_2_3
from ec2attrs_tempest_plugin.faults.changes import constant
from ec2attrs_tempest_plugin.faults.changes import Json
from ec2attrs_tempest_plugin.faults.changes import shown
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_CREATES = 'MultipleCreateTest.test_'
_LEAST = _CREATES + 'least_number_alone'
_MOST = _CREATES + 'largest_number_alone'
_STRINGS = _CREATES + 'numbers_and_boolean_as_strings'
_WRONG = _CREATES + 'wrong_numbers_are_refused'
_TURNED = _CREATES + 'more_at_least_than_at_most_is_refused'
_ROOM = 'SmallQuotaTest.test_as_many_are_made_as_there_is_room_for'
_NO_ROOM = 'SmallQuotaTest.test_fewer_than_asked_for_are_refused'

_refused = against('EC2A-062', 'status', _WRONG)
_long = against('EC2A-064', HOSTNAME, _CREATES + 'hostname_is_no_longer_than_a_label')


def _without_the_second() -> Change:
    return listed(lambda name, servers: [
        server for server in servers if server['name'] != f'{name}-2'])


def _numbered_twice(name: str, servers: list[Json]) -> list[Json]:
    return [{**server, 'name': f'{name}-1-1'} if server['name'] == f'{name}-1' else server
            for server in servers]


def _indexes(name: str, says: str, change: Change, requirement: str, test: str,
             bug: str = '') -> Fault:
    return against(requirement, LAUNCH_INDEX, test)(
        f'nova-multiple-{name}', Kind.OTHER_VALUE, says, change, bug=bug)


_COUNTS = (
    *(against('EC2A-060', 'servers', test)(
        f'nova-multiple-{name}-one-made', Kind.NOT_HONOURED,
        f'a request for two servers, {says}, makes one', _without_the_second(), bug=bug)
      for name, says, test, bug in (
          ('least', 'by min_count alone', _LEAST, ''),
          ('most', 'by max_count alone', _MOST, ''),
          ('strings', 'in strings', _STRINGS, 'nova 1035482'))),
    against('EC2A-060', 'servers', _LEAST)(
        'nova-multiple-least-three-made', Kind.NOT_HONOURED,
        'a request for two servers makes three', made_all_the_same('-3')),
    against('EC2A-060', 'servers', _MOST)(
        'nova-multiple-numbered-twice', Kind.OTHER_VALUE, 'a server has its number twice',
        listed(_numbered_twice), bug='nova 1533380'),
    *(against('EC2A-060', 'status', test)(
        f'nova-multiple-{name}-refused', Kind.NOT_HONOURED, f'{says} is refused',
        answered(202, 400, *texts), bug=bug)
      for name, says, test, texts, bug in (
          ('least', 'min_count alone', _LEAST, ('"server"',), ''),
          ('strings', 'a request with numbers in strings', _STRINGS, ('reservation_id',),
           'nova 1254616'))),
    against('EC2A-060', 'keys', _STRINGS)(
        'nova-multiple-boolean-as-string-ignored', Kind.NOT_HONOURED,
        'return_reservation_id is ignored where it is a string',
        reservation_answer(lambda _: {'server': {'id': NOBODYS_UUID}}), bug='nova 1281440'),
    _indexes('indexes-0', 'both servers have index 0', constant(LAUNCH_INDEX, 0, ADMIN_AT_2_3),
             'EC2A-060', _LEAST, 'nova 1212648'),
    _indexes('indexes-from-1', 'the indexes count from 1',
             shown(LAUNCH_INDEX, lambda old: old + 1, ADMIN_AT_2_3), 'EC2A-060', _MOST,
             'nova 934534'),
    _indexes('indexes-turned', 'the indexes are not those of the names',
             shown(LAUNCH_INDEX, lambda old: 1 - old, ADMIN_AT_2_3), 'EC2A-060', _STRINGS),
    against('EC2A-060', RESERVATION_ID, _LEAST)(
        'nova-multiple-reservations', Kind.OTHER_VALUE,
        'the second server has another reservation id',
        where(lambda server: server[LAUNCH_INDEX.nova_key], RESERVATION_ID,
              lambda _: 'r-0a1b2c3d', ADMIN_AT_2_3)),
)

_QUOTA = (
    _indexes('quota-indexes-gap', 'where the quota is too small the indexes are 0 and 2',
             shown(LAUNCH_INDEX, lambda old: old * 2, ADMIN_AT_2_3), 'EC2A-061', _ROOM),
    against('EC2A-061', 'servers', _ROOM)(
        'nova-multiple-quota-one-made', Kind.NOT_HONOURED,
        'one server is made where there is room for two', _without_the_second()),
    against('EC2A-061', 'servers', _ROOM)(
        'nova-multiple-quota-ignored', Kind.NOT_HONOURED,
        'three servers are made where there is room for two', made_all_the_same('-3')),
    against('EC2A-061', 'status', _ROOM)(
        'nova-multiple-quota-refused', Kind.NOT_HONOURED,
        'one to three servers are refused where there is room for two', answered(202, 403)),
    against('EC2A-061', 'status', _NO_ROOM)(
        'nova-multiple-quota-exceeded', Kind.NOT_HONOURED,
        'three servers are taken where there is room for two', answered(403, 202)),
    against('EC2A-061', 'status', _NO_ROOM)(
        'nova-multiple-quota-413', Kind.NOT_HONOURED,
        'a quota that is too small is answered with status 413', answered(403, 413)),
    against('EC2A-061', 'servers', _NO_ROOM)(
        'nova-multiple-quota-made', Kind.NOT_HONOURED,
        'what is refused for the quota makes a server', made_all_the_same('-1')),
)

_REFUSALS = (
    *(_refused(f'nova-multiple-{name}-taken', Kind.NOT_HONOURED, f'{says} is taken',
               answered(400, 202, *texts), bug=bug)
      for name, says, texts, bug in (
          ('min-0', 'min_count 0', ('min_count. Value: 0.',), 'nova 1267382'),
          ('max-0', 'max_count 0', ('max_count. Value: 0.',), ''),
          ('negative', 'min_count -1', ('min_count. Value: -1.',), 'nova 1035482'),
          ('word', 'min_count x', ('min_count. Value: x.',), 'nova 1267382'),
          ('fraction', 'max_count 1.5', ('1.5 is not of type',), ''),
          ('null', 'min_count null', ('min_count. Value: None.',), ''),
          ('maybe', 'return_reservation_id maybe', ('maybe',), 'nova 1281440'))),
    _refused('nova-multiple-wrong-crashes', Kind.NOT_HONOURED,
             'wrong numbers are answered with status 500', answered(400, 500),
             bug='nova 1254616'),
    against('EC2A-062', 'servers', _WRONG)(
        'nova-multiple-wrong-made', Kind.NOT_HONOURED,
        'what is refused for its numbers makes a server', made_all_the_same()),
    against('EC2A-062', 'status', _TURNED)(
        'nova-multiple-min-above-max-taken', Kind.NOT_HONOURED,
        'min_count above max_count is taken', answered(400, 202)),
    against('EC2A-062', 'status', _TURNED)(
        'nova-multiple-min-above-max-crashes', Kind.NOT_HONOURED,
        'min_count above max_count is answered with status 500', answered(400, 500)),
    against('EC2A-062', 'servers', _TURNED)(
        'nova-multiple-min-above-max-made', Kind.NOT_HONOURED,
        'what is refused for min_count above max_count makes a server', made_all_the_same('-1')),
)

_LONG = (
    _long('nova-multiple-hostname-empty', Kind.EMPTY, 'the hostname of a long name is empty',
          constant(HOSTNAME, '', ADMIN_AT_2_3)),
    _long('nova-multiple-hostname-of-300', Kind.WRONG_FORMAT,
          'the hostname of a long name has 300 characters',
          shown(HOSTNAME, lambda old: old.rjust(300, 'x'), ADMIN_AT_2_3)),
    _long('nova-multiple-hostname-without-number', Kind.OTHER_VALUE,
          'the hostname of a long name is cut behind its number',
          shown(HOSTNAME, lambda old: old[:63].rstrip('-12'), ADMIN_AT_2_3)),
)

ROWS: tuple[Fault, ...] = (*_COUNTS, *_QUOTA, *_REFUSALS, *_LONG)
