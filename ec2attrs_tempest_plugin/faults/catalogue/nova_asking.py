"""Rows: how microversions are asked for, servers looked for, and who may ask at all."""

from collections.abc import Callable
import dataclasses
import json
from typing import Any

from ec2attrs_tempest_plugin.contract.attributes import HOSTNAME
from ec2attrs_tempest_plugin.contract.attributes import LAUNCH_INDEX
from ec2attrs_tempest_plugin.contract.attributes import RESERVATION_ID
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import Role
from ec2attrs_tempest_plugin.faults.catalogue.nova_words import against
from ec2attrs_tempest_plugin.faults.changes import answer
from ec2attrs_tempest_plugin.faults.changes import at
from ec2attrs_tempest_plugin.faults.changes import hidden
from ec2attrs_tempest_plugin.faults.changes import in_body
from ec2attrs_tempest_plugin.faults.changes import of
from ec2attrs_tempest_plugin.faults.changes import status
from ec2attrs_tempest_plugin.faults.changes import together
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Behaviour
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_ASKING = 'MicroversionsTest.test_'
_QUERIES = 'QueriesTest.test_'
_ROLES = 'RolesTest.test_'


def _instead_of(old: int, new: int, meant: Callable[[Asked], bool]) -> Change:
    """Answer another status of Nova, with no body that would say otherwise."""
    return status(new, meant, if_at_least=old, if_below=old + 1, body={})


# Microversions

_legacy = against('EC2A-050', 'microversion', _ASKING + 'legacy_header_chooses_the_microversion')
_modern = against('EC2A-050', 'microversion', _ASKING + 'header_chooses_the_microversion')
_none = against('EC2A-050', 'microversion',
                _ASKING + 'oldest_is_answered_where_none_is_asked_for')
_latest = against('EC2A-051', 'microversion', _ASKING + 'latest_is_the_newest')
_range = against('EC2A-052', 'status', _ASKING + 'microversion_out_of_range_is_refused')
_malformed = against('EC2A-053', 'status', _ASKING + 'malformed_microversion_is_refused')
_newest = against('EC2A-054', 'status', _ASKING + 'newest_is_known_to_the_contract')


def _newest_named(answered: Answered) -> None:
    document = answered.json()
    document['version']['version'] = '2.99998'
    answered.body = json.dumps(document).encode()


def _is_document(asked: Asked) -> bool:
    return asked.service == 'nova' and asked.path.rstrip('/').endswith('/v2.1')


_MICROVERSIONS = (
    _legacy('nova-microversion-legacy-header-ignored', Kind.NOT_HONOURED,
            'X-OpenStack-Nova-API-Version is not looked at',
            Behaviour('nova', 'legacy_header_ignored')),
    against('EC2A-050', RESERVATION_ID, _ASKING + 'legacy_header_chooses_the_microversion')(
        'nova-microversion-named-and-not-answered', Kind.WRONG_MICROVERSION,
        'the answer says 2.3 and shows what 2.1 does',
        hidden(RESERVATION_ID, at('2.3', roles=(Role.ADMIN,)))),
    _modern('nova-microversion-header-ignored', Kind.NOT_HONOURED,
            'OpenStack-API-Version is not looked at', Behaviour('nova', 'header_ignored')),
    _none('nova-microversion-latest-by-default', Kind.WRONG_MICROVERSION,
          'without a header the newest is answered', Behaviour('nova', 'latest_by_default')),
    _none('nova-microversion-of-another-service-taken', Kind.WRONG_MICROVERSION,
          "the microversion of the volume API is taken for Nova's own",
          Behaviour('nova', 'other_services_header_taken')),
    _latest('nova-microversion-latest-is-oldest', Kind.WRONG_MICROVERSION,
            'latest is answered as 2.1', Behaviour('nova', 'latest_is_oldest')),
    _range('nova-microversion-out-of-range-answered', Kind.NOT_HONOURED,
           'a microversion out of the range is answered as the newest',
           Behaviour('nova', 'out_of_range_clamped')),
    _range('nova-microversion-out-of-range-400', Kind.OTHER_VALUE,
           'a microversion out of the range is refused with 400',
           _instead_of(406, 400, of('nova'))),
    _malformed('nova-microversion-malformed-answered', Kind.NOT_HONOURED,
               'a malformed microversion is taken for the oldest',
               Behaviour('nova', 'malformed_is_oldest')),
    _malformed('nova-microversion-malformed-406', Kind.OTHER_VALUE,
               'a malformed microversion is refused with 406',
               _instead_of(400, 406, lambda asked: asked.call is Call.SHOW)),
    _newest('nova-microversion-newest-is-not-answered', Kind.OTHER_VALUE,
            'the version document names a newest microversion that is not there',
            answer(_is_document, _newest_named), live_only=True),
)

# Queries

_index = against('EC2A-066', LAUNCH_INDEX, _QUERIES + 'filter_launch_index')
_hostname = against('EC2A-066', HOSTNAME, _QUERIES + 'filter_hostname')
_sorted = against('EC2A-068', LAUNCH_INDEX, _QUERIES + 'sorted_by_launch_index')
_paged = against('EC2A-067', 'servers', _QUERIES + 'pages_of_a_reservation')
_FILTERS = _QUERIES + 'no_value_of_a_filter_breaks_nova'
_OTHERS = _QUERIES + 'no_sort_key_and_no_page_breaks_nova'


def _asked(key: str, value: str | None = None) -> Callable[[Asked], bool]:
    def meant(asked: Asked) -> bool:
        return asked.call is Call.DETAIL and key in asked.query and (
            value is None or asked.query[key] == value)
    return meant


def _fails(key: str, value: str) -> Change:
    return status(500, _asked(key, value), body={})


def _other(key: str, new: Callable[[list[Any]], list[Any]],
           roles: tuple[Role, ...] = tuple(Role)) -> Change:
    """Answer other servers, made from the right ones, to a query with a key."""
    return in_body(lambda body: {**body, 'servers': new(body['servers'])},
                   lambda asked: asked.role in roles and _asked(key)(asked))


def _backwards(servers: list[Any]) -> list[Any]:
    return servers[::-1]


@dataclasses.dataclass
class _PageBefore:
    """Show the last server of the page before once more."""

    last: list[Any] = dataclasses.field(default_factory=list)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        body = answered.json()
        if not _asked('limit')(asked) or not body or not body.get('servers'):
            return 0
        before, self.last = self.last, body['servers'][-1:]
        if not before or 'marker' not in asked.query:
            return 0
        answered.body = json.dumps({**body, 'servers': [*before, *body['servers']]}).encode()
        return 1


_QUERYING = (
    *(against('EC2A-065', name, _FILTERS)(
        f'nova-filter-{name.replace("_", "-")}-{words}', Kind.NOT_HONOURED,
        f'the filter {name} fails for {says}', _fails(name, value), bug=bug)
      for name, words, says, value, bug in (
          ('reservation_id', 'broken-pattern', 'a broken pattern', '[', 'nova 1653899'),
          ('reservation_id', 'empty-part', 'a pattern of nothing', '|', 'nova 1546396'),
          ('reservation_id', 'null-byte', 'a null byte', '\x00', ''),
          ('hostname', 'broken-pattern', 'a broken pattern', '(', 'nova 1718877'),
          ('hostname', 'long', 'a value of 256 characters', 'a' * 256, ''),
          ('hostname', 'emoji', 'a character of four bytes', '\U0001f600', ''))),
    *(against('EC2A-065', name, _OTHERS)(
        f'nova-{name.replace("_", "-")}-{words}', Kind.NOT_HONOURED,
        f'{name} fails for {value!a}', _fails(name, value))
      for name, words, value in (
          ('sort_key', 'user-data', 'user_data'), ('sort_key', 'unknown', 'null'),
          ('sort_dir', 'unknown', 'null'), ('limit', 'negative', '-1'),
          ('limit', 'huge', '9' * 30), ('marker', 'unknown', '_'))),
    *(against('EC2A-083', LAUNCH_INDEX, _QUERIES + 'no_launch_index_breaks_nova')(
        f'nova-filter-launch-index-{words}', Kind.NOT_HONOURED,
        f'the filter launch_index fails for {value}', _fails('launch_index', value))
      for words, value in (('negative', '-1'), ('huge', '9' * 30), ('word', 'null'))),
    _index('nova-filter-launch-index-finds-nothing', Kind.NOT_HONOURED,
           'the filter launch_index finds nothing', _other('launch_index', lambda _: [])),
    _index('nova-filter-launch-index-ignored', Kind.NOT_HONOURED,
           'the filter launch_index is not looked at',
           Behaviour('nova', 'launch_index_filter_ignored')),
    _hostname('nova-filter-hostname-finds-nothing', Kind.NOT_HONOURED,
              'the filter hostname finds nothing', _other('hostname', lambda _: [])),
    _hostname('nova-filter-hostname-closed-to-members', Kind.WRONG_ROLE,
              'the filter hostname finds nothing for members, also from 2.90 on',
              _other('hostname', lambda _: [], (Role.MEMBER,))),
    _hostname('nova-filter-hostname-ignored', Kind.NOT_HONOURED,
              'the filter hostname is not looked at',
              Behaviour('nova', 'hostname_filter_ignored')),
    *(against('EC2A-069', name, _QUERIES + 'hidden_attribute_is_no_filter')(
        f'nova-filter-{name.replace("_", "-")}-open', Kind.WRONG_ROLE,
        f'the filter {name} tells members what they may not see',
        _other(name, new, (Role.MEMBER, Role.READER)))
      for name, new in (
          ('launch_index', lambda found: found[:1]), ('hostname', lambda found: found[:1]),
          ('user_data', lambda _: []), ('root_device_name', lambda _: []),
          ('kernel_id', lambda _: []))),
    _sorted('nova-sort-backwards', Kind.OTHER_VALUE, 'sorting turns both directions round',
            _other('sort_key', _backwards)),
    _sorted('nova-sort-direction-ignored', Kind.NOT_HONOURED, 'sorting knows one direction alone',
            in_body(lambda body: {**body, 'servers': body['servers'][::-1]},
                    lambda asked: _asked('sort_dir', 'desc')(asked))),
    _sorted('nova-sort-ignored-for-readers', Kind.WRONG_ROLE, 'readers are given another order',
            _other('sort_key', _backwards, (Role.READER,))),
    _paged('nova-page-repeats-the-last', Kind.DUPLICATE,
           'a page begins with the last server of the page before', _PageBefore()),
    _paged('nova-page-loses-the-first', Kind.ABSENT,
           'a page behind the first lacks its first server',
           _other('marker', lambda found: found[1:])),
)

# Roles

_found = against('EC2A-080', 'status', _ROLES + 'server_of_another_project_is_not_found')
_in_list = against('EC2A-080', 'server', _ROLES + 'no_list_of_another_project_holds_it')
_AT_2_3 = at('2.3', calls=(Call.SHOW,))


@dataclasses.dataclass
class _InOthersLists:
    """Put a server that was shown before into lists that are empty."""

    own: list[Any] = dataclasses.field(default_factory=list)
    calls: tuple[Call, ...] = (Call.DETAIL, Call.LIST)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        body = answered.json()
        if asked.service != 'nova' or not isinstance(body, dict):
            return 0
        found = body.get('servers')
        if found:
            self.own = found[:1]
        if asked.call not in self.calls or found != [] or not self.own:
            return 0
        answered.body = json.dumps({'servers': self.own}).encode()
        return 1


def _reads(asked: Asked) -> bool:
    """Say whether a member reads servers; nothing of that is refused to one of the project."""
    return asked.role is Role.MEMBER and asked.call in (Call.SHOW, Call.LIST, Call.DETAIL)


_SHOWN = together(*(_instead_of(refused, 200, _reads) for refused in (401, 403, 500)))

_WHO = (
    _found('nova-another-project-403', Kind.OTHER_VALUE,
           "another project is told that the server is there, and is not its own",
           _instead_of(404, 403, _AT_2_3),
           bug='nova 1871665'),
    _found('nova-another-project-shown', Kind.WRONG_ROLE, 'another project is shown the server',
           _instead_of(404, 200, _AT_2_3)),
    _found('nova-another-project-renames', Kind.WRONG_ROLE,
           'another project may change the server',
           _instead_of(404, 200, of('nova', methods=('PUT',)))),
    _found('nova-another-project-attachments', Kind.WRONG_ROLE,
           "another project is shown the server's attachments",
           _instead_of(404, 200, of('nova', methods=('GET',), path='/os-volume_attachments'))),
    _in_list('nova-another-project-lists', Kind.WRONG_ROLE,
             'lists of another project hold the server', _InOthersLists()),
    _in_list('nova-another-project-lists-in-detail', Kind.WRONG_ROLE,
             'lists in detail of another project hold the server',
             _InOthersLists(calls=(Call.DETAIL,))),
    against('EC2A-081', 'server', _ROLES + 'those_without_a_project_are_shown_no_server')(
        'nova-no-project-shown', Kind.WRONG_ROLE, 'someone without a project is answered',
        _SHOWN),
    against('EC2A-082', 'status', _ROLES + 'those_without_a_project_are_told_so')(
        'nova-no-project-not-refused', Kind.WRONG_ROLE,
        'someone without a project is not refused', _SHOWN),
)

ROWS: tuple[Fault, ...] = (*_MICROVERSIONS, *_QUERYING, *_WHO)
