"""Rows: EC2 selects, pages and finds instances wrongly."""

from collections.abc import Callable, Iterator
import dataclasses
import re
from xml.etree.ElementTree import Element

from ec2attrs_tempest_plugin.faults.catalogue import ec2_words as words
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import against
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import Edit
from ec2attrs_tempest_plugin.faults.catalogue.ec2_words import to
from ec2attrs_tempest_plugin.faults.changes import drop
from ec2attrs_tempest_plugin.faults.changes import in_xml
from ec2attrs_tempest_plugin.faults.changes import put
from ec2attrs_tempest_plugin.faults.changes import text
from ec2attrs_tempest_plugin.faults.exchange import Answered
from ec2attrs_tempest_plugin.faults.exchange import Asked
from ec2attrs_tempest_plugin.faults.exchange import Change
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind

_TESTS = 'Ec2QueriesTest.test_'
_FILTERS = ('reservation-id', 'launch-index', 'root-device-name', 'root-device-type', 'kernel-id',
            'ramdisk-id', 'private-dns-name', 'instance-id', 'block-device-mapping.device-name',
            'block-device-mapping.delete-on-termination')

#: Which may have one value for all: then it is values of nothing that tell.
_ALIKE = ('root-device-name', 'root-device-type')

Meant = Callable[[Asked], bool]

_one = _TESTS + 'one_is_described_as_in_the_whole'
_pages = _TESTS + 'pages'
_unknown = against('EC2A-125', 'Code', _TESTS + 'unknown_ids')


def _filtered(name: str, values: int = 1) -> Meant:
    """Return which requests are meant: those with one filter, and so many values."""
    return lambda asked: (asked.query.get('Filter.1.Name') == name
                          and 'Filter.2.Name' not in asked.query
                          and f'Filter.1.Value.{values}' in asked.query
                          and f'Filter.1.Value.{values + 1}' not in asked.query)


def _alone(asked: Asked) -> bool:
    return 'InstanceId.1' in asked.query and 'InstanceId.2' not in asked.query


def _paged(asked: Asked) -> bool:
    return asked.query.get('MaxResults') in ('5', '6') and 'InstanceId.1' not in asked.query


def _when(meant: Meant, change: Change) -> Change:
    """Return a change of the answers to requests that are meant."""
    return lambda asked, answered: (
        change(asked, answered) if asked.action == 'DescribeInstances' and meant(asked) else 0)


@dataclasses.dataclass
class TheWhole:
    """Answer what is meant as if all instances had been asked for."""

    meant: Meant
    whole: bytes = b''

    def __call__(self, asked: Asked, answered: Answered) -> int:
        if asked.service != 'ec2' or asked.action != 'DescribeInstances':
            return 0
        if not asked.query.keys() - {'Action', 'Version'}:
            self.whole = answered.body
        if not self.meant(asked) or not self.whole:
            return 0
        answered.status, answered.body = 200, self.whole
        return 1


@dataclasses.dataclass
class FirstFilterAlone:
    """Answer requests with two filters, the first by ids, as if they had the first alone."""

    whole: TheWhole = dataclasses.field(
        default_factory=lambda: TheWhole(lambda asked: 'Filter.2.Name' in asked.query))

    def __call__(self, asked: Asked, answered: Answered) -> int:
        before = answered.body
        if not self.whole(asked, answered):
            return 0
        named = {value for key, value in asked.query.items() if key.startswith('Filter.1.Value.')}

        def others(root: Element) -> None:
            for held in root.findall('reservationSet/item/instancesSet'):
                for item in held.findall('item'):
                    if item.findtext('instanceId') not in named:
                        held.remove(item)
        in_xml(others)(asked, answered)
        return int(_ids(answered.body) != _ids(before))


def _ids(body: bytes) -> list[bytes]:
    return sorted(re.findall(rb'<instanceId>([^<]+)', body))


def _error(code: str, status: int = 400) -> Change:
    def change(_: Asked, answered: Answered) -> int:
        answered.status = status
        answered.body = (f'<Response><Errors><Error><Code>{code}</Code><Message>no</Message>'
                         '</Error></Errors><RequestID>req-fault</RequestID></Response>').encode()
        return 1
    return change


def _nothing(asked: Asked, answered: Answered) -> int:
    answered.status = 200
    answered.body = (f'<{asked.action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
                     f'<requestId>req-fault</requestId></{asked.action}Response>').encode()
    return 1


def _refused(code: str) -> Callable[[Change], Change]:
    """Return what makes a change of the answers that are this error."""
    def of(change: Change) -> Change:
        return lambda asked, answered: (
            change(asked, answered) if f'<Code>{code}</Code>'.encode() in answered.body else 0)
    return of


_no_instance = _refused('InvalidInstanceID.NotFound')


def _without_last_instance(root: Element) -> None:
    for held in root.findall('reservationSet/item/instancesSet')[-1:]:
        del held[-1:]


def _without_last_reservation(root: Element) -> None:
    words.without_last('reservationSet')(root)


def _of_filters() -> Iterator[Fault]:
    for name in _FILTERS:
        word = name.replace('block-device-mapping.', 'mapping-')
        row = against('EC2A-120', name, _TESTS + 'each_filter')
        if name not in _ALIKE:
            yield row(f'ec2-filter-{word}-ignored', Kind.NOT_HONOURED,
                      f'the filter {name} is ignored', TheWhole(_filtered(name)))
        yield row(f'ec2-filter-{word}-narrow', Kind.OTHER_VALUE,
                  f'the filter {name} leaves one out',
                  _when(_filtered(name), in_xml(_without_last_instance)))
        yield row(f'ec2-filter-{word}-unknown', Kind.NOT_HONOURED,
                  f'the filter {name} is refused',
                  _when(_filtered(name), _error('InvalidParameterValue')))


def _of_one() -> Iterator[Fault]:
    """Yield what an instance described alone can show otherwise."""
    for element, value, attribute in (
            ('reservationId', 'r-alone000', 'Reservation.ReservationId'),
            ('ownerId', '123456789012', 'Reservation.OwnerId')):
        yield against('EC2A-124', attribute, _one)(
            f'ec2-alone-{words.dashed(element)}-other', Kind.DETAIL_UNLIKE_SHOW,
            f'described alone it has another {element}',
            _when(_alone, in_xml(text(f'reservationSet/item/{element}', to(value)))))
    for element, value, attribute in (
            ('amiLaunchIndex', '7', 'AmiLaunchIndex'),
            ('rootDeviceType', 'other', 'RootDeviceType'),
            ('rootDeviceName', '/dev/vdz', 'RootDeviceName'),
            ('privateDnsName', 'other', 'PrivateDnsName'),
            ('instanceType', 'other', 'InstanceType')):
        yield against('EC2A-124', attribute, _one)(
            f'ec2-alone-{words.dashed(element)}-other', Kind.DETAIL_UNLIKE_SHOW,
            f'described alone it has another {element}',
            _when(_alone, in_xml(text(f'{words.INSTANCES}/{element}', to(value)))))
    yield against('EC2A-124', 'BlockDeviceMappings.Ebs.DeleteOnTermination', _one)(
        'ec2-alone-flags-inverted', Kind.DETAIL_UNLIKE_SHOW,
        'described alone it has its flags inverted',
        _when(_alone, in_xml(text(f'{words.INSTANCES}/{words.MAPPINGS}/ebs/deleteOnTermination',
                                  words.written('false', 'true')))))
    yield against('EC2A-124', 'BlockDeviceMappings', _one)(
        'ec2-alone-without-mappings', Kind.DETAIL_UNLIKE_SHOW,
        'described alone it maps nothing',
        _when(_alone, in_xml(drop(f'{words.INSTANCES}/blockDeviceMapping/item'))))


def _paged_edit(edit: Edit) -> Change:
    return _when(_paged, in_xml(edit))


@dataclasses.dataclass
class FirstPageAgain:
    """Answer each further page with the instances of the first."""

    first: dict[str, bytes] = dataclasses.field(default_factory=dict)

    def __call__(self, asked: Asked, answered: Answered) -> int:
        size = asked.query.get('MaxResults', '')
        if asked.action != 'DescribeInstances' or not _paged(asked):
            return 0
        if 'NextToken' not in asked.query:
            self.first[size] = answered.body
            return 0
        answered.body = self.first[size].replace(b'nextToken', b'noToken')
        return 1


ROWS: tuple[Fault, ...] = (
    *_of_filters(),
    *(against('EC2A-121', name, _TESTS + 'filters_that_match_nothing')(
        f'ec2-filter-{name}-ignored', Kind.NOT_HONOURED, f'the filter {name} is ignored',
        TheWhole(_filtered(name))) for name in _ALIKE),
    against('EC2A-121', 'instance-id', _TESTS + 'filters_that_match_nothing')(
        'ec2-filter-of-nothing-refused', Kind.OTHER_VALUE,
        'a filter by an id that nothing has is an error',
        _when(lambda asked: asked.query.get('Filter.1.Value.1') == 'i-0123abcd',
              _error('InvalidInstanceID.NotFound'))),
    against('EC2A-122', 'instance-id', _TESTS + 'values_and_filters_together')(
        'ec2-filter-first-value-alone', Kind.NOT_HONOURED,
        'of several values of a filter the first alone counts',
        _when(_filtered('instance-id', 2), in_xml(_without_last_instance))),
    against('EC2A-122', 'instance-id', _TESTS + 'values_and_filters_together')(
        'ec2-filter-without-wildcards', Kind.NOT_HONOURED, '* in a filter stands for itself',
        _when(lambda asked: asked.query.get('Filter.1.Value.1') == 'i-*', _nothing)),
    against('EC2A-122', 'instance-id', _TESTS + 'values_and_filters_together')(
        'ec2-filter-without-question-mark', Kind.NOT_HONOURED,
        '? in a filter stands for itself',
        _when(lambda asked: asked.query.get('Filter.1.Value.1', '').endswith('?'), _nothing)),
    against('EC2A-122', 'launch-index', _TESTS + 'values_and_filters_together')(
        'ec2-filters-first-alone', Kind.NOT_HONOURED, 'of two filters the first alone counts',
        FirstFilterAlone()),
    against('EC2A-122', 'launch-index', _TESTS + 'values_and_filters_together')(
        'ec2-filters-second-ignored', Kind.NOT_HONOURED, 'two filters are as none',
        TheWhole(lambda asked: 'Filter.2.Name' in asked.query)),
    against('EC2A-123', 'Code', _TESTS + 'filter_that_there_is_not')(
        'ec2-filter-unknown-ignored', Kind.NOT_HONOURED, 'a filter that there is not is ignored',
        TheWhole(_filtered('no-such-filter'))),
    against('EC2A-123', 'Code', _TESTS + 'filter_that_there_is_not')(
        'ec2-filter-unknown-500', Kind.OTHER_VALUE, 'a filter that there is not is an error 500',
        _when(_filtered('no-such-filter'), _error('InternalError', 500))),
    *_of_one(),
    against('EC2A-124', 'InstanceId', _one)(
        'ec2-alone-all', Kind.DUPLICATE, 'who asks for one is shown all', TheWhole(_alone),
        bug='ec2-api 0813aa6'),
    # Ids of nothing
    _unknown('ec2-unknown-id-empty', Kind.EMPTY, 'the id of no instance is answered with nothing',
             _no_instance(_nothing)),
    _unknown('ec2-unknown-id-all', Kind.NOT_HONOURED,
             'the id of no instance is answered with all',
             TheWhole(lambda asked: 'i-0123abcd' in asked.query.values()
                      and 'Filter.1.Name' not in asked.query)),
    _unknown('ec2-unknown-id-other-code', Kind.OTHER_VALUE,
             'the id of no instance is an InvalidParameterValue',
             _no_instance(_error('InvalidParameterValue'))),
    _unknown('ec2-unknown-id-500', Kind.OTHER_VALUE, 'the id of no instance is an error 500',
             _no_instance(_error('InternalError', 500))),
    against('EC2A-129', 'Code', _TESTS + 'malformed_id')(
        'ec2-malformed-id-empty', Kind.EMPTY, 'what is no id is answered with nothing',
        _when(lambda asked: asked.query.get('InstanceId.1') == 'not an id', _nothing)),
    # Pages
    against('EC2A-126', 'InstanceId', _pages)(
        'ec2-pages-lose-one', Kind.ABSENT, 'each page lacks its last instance',
        _paged_edit(_without_last_instance)),
    against('EC2A-126', 'InstanceId', _pages)(
        'ec2-pages-end-early', Kind.ABSENT, 'the first page is the last',
        _paged_edit(drop('nextToken'))),
    against('EC2A-126', 'InstanceId', _pages)(
        'ec2-pages-repeat', Kind.DUPLICATE, 'further pages are the first again',
        FirstPageAgain()),
    against('EC2A-126', 'NextToken', _pages)(
        'ec2-pages-never-end', Kind.DUPLICATE, 'every page has a NextToken',
        _paged_edit(put('nextToken', 'MA==')), live_only=True),
    against('EC2A-126', 'MaxResults', _pages)(
        'ec2-pages-too-long', Kind.NOT_HONOURED, 'a page holds all', TheWhole(_paged)),
    against('EC2A-126', 'AmiLaunchIndex', _pages)(
        'ec2-pages-renumber', Kind.OTHER_VALUE, 'in pages launch indexes are 0',
        _paged_edit(text(f'{words.INSTANCES}/amiLaunchIndex', to('0')))),
    against('EC2A-126', 'Reservation.ReservationId', _pages)(
        'ec2-pages-other-reservation', Kind.OTHER_VALUE,
        'in pages reservations have other ids',
        _paged_edit(text('reservationSet/item/reservationId', '{}0'.format))),
    against('EC2A-127', 'MaxResults', _TESTS + 'page_of_named_instances')(
        'ec2-page-of-named', Kind.NOT_HONOURED, 'MaxResults beside ids is ignored',
        TheWhole(lambda asked: 'MaxResults' in asked.query and 'InstanceId.1' in asked.query)),
    against('EC2A-128', 'Code', _TESTS + 'token_that_nobody_gave')(
        'ec2-token-ignored', Kind.NOT_HONOURED, 'a NextToken that was not given is ignored',
        TheWhole(lambda asked: asked.query.get('NextToken') == 'bm9ib2R5')),
)
