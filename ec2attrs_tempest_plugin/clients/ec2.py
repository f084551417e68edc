"""The EC2 API through boto3, with the raw XML kept.

boto3 reads the boolean ``True`` as false and ``1`` as false, so what it made of
an answer is not enough to judge the answer.
"""

from collections.abc import Callable, Iterator
import dataclasses
import datetime
import time
from typing import Any, ClassVar, TYPE_CHECKING
import xml.etree.ElementTree as ElementTree

from ec2attrs_tempest_plugin.clients import boto
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.clients import wire
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Absent
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation

if TYPE_CHECKING:  # importing boto3 costs 0.7 s: only tests of EC2 pay it
    import botocore.awsrequest

# A list goes on for so many pages at most.
_PAGES = 1000
# EC2's errors that say that requests come too fast, whatever the status of HTTP.
_TOO_FAST = ('RequestLimitExceeded', 'Throttling', 'ThrottlingException')


@dataclasses.dataclass(frozen=True)
class Ec2Answer:
    """What the EC2 API answered.

    :ivar body: what boto3 made of it.
    :ivar xml: the answer itself, parsed, with name spaces.
    :ivar raw: the answer itself, as it came.
    :ivar written_wrong: elements, booleans, numbers and dates that are not written as
        the model of the service and XML Schema have them, whatever boto3 made of them.
    :ivar without_zone: times that do not say in which zone they are.
    """

    source: str
    body: dict[str, Any]
    xml: ElementTree.Element
    raw: bytes
    written_wrong: tuple[Violation, ...]
    without_zone: tuple[Violation, ...]
    request_id: str

    #: The error's code, of which there is none.
    code: ClassVar[Absent] = ABSENT

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The id of the request in the EC2 service's logs."""
        return (self.request_id,) if self.request_id else ()


class Refused(errors.BadAnswer):
    """The EC2 API answered an error, in the form that EC2 has for errors.

    :ivar code: EC2's word for the error, such as InvalidInstanceID.NotFound.
    :ivar raw: the answer itself, as it came.
    :ivar written_wrong: where it is not in the form that EC2 has for errors.
    """

    def __init__(self, source: str, *, status: int, code: str, message: str,
                 request_id: str, raw: bytes = b'',
                 written_wrong: tuple[Violation, ...] = ()) -> None:
        super().__init__(
            f'{source}: the response is the error {code} ({message}) [{request_id}]',
            source=source, attribute='Code', expected='no error', seen=f'{code} ({message})',
            status=status, fault=message, request_ids=(request_id,) if request_id else ())
        self.code = code
        self.raw = raw
        self.written_wrong = written_wrong

    @property
    def is_forbidden(self) -> bool:
        """Whether the owner of the keys may not do what was asked for, or a quota is used up."""
        # The second is what ec2-api makes of a 403 of Nova or Cinder.
        return self.code in ('UnauthorizedOperation', 'Forbidden')

    @property
    def is_over_quota(self) -> bool:
        """Whether a quota is used up."""
        return self.code.endswith('LimitExceeded') or super().is_over_quota


class _Whole:
    """A body that has come, as botocore wants to read one."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        """Yield the body."""
        yield self._body


class Ec2:
    """The EC2 API as the owner of a pair of keys sees it.

    boto3 signs, writes and reads; the connections are ours, with their bounds
    on time and size, which botocore's have not.

    :param url: of the endpoint.
    :param http: the connections.
    :param signed: how long ago requests are said to have been signed.
    :param tamper: changes the headers of each signed request, and returns its body.
    """

    def __init__(self, url: str, *, access: str, secret: str, region: str,
                 http: transport.Transport, record: evidence.Evidence,
                 signed: datetime.timedelta = datetime.timedelta(),
                 tamper: Callable[[dict[str, str], bytes], bytes] | None = None) -> None:
        import boto3
        import botocore.auth
        import botocore.config
        import botocore.credentials
        self._signer = botocore.auth.SigV4Auth(
            botocore.credentials.Credentials(access, secret), 'ec2', region)
        self._signed = signed
        self._tamper = tamper
        self._record = record
        record.secrets.learn([secret])
        self._http = http
        self._raw: dict[str, Any] = {}
        self._source = 'EC2'
        self._repeated, self._waited = 0, 0.0
        with boto.without_aws_environment():
            self._client = boto3.session.Session(
                botocore_session=boto.session(), region_name=region).client(
                    'ec2', endpoint_url=url, region_name=region,
                    aws_access_key_id=access, aws_secret_access_key=secret,
                    config=botocore.config.Config(
                        # A second try would hide a failure of the first.
                        retries={'total_max_attempts': 1},
                        ignore_configured_endpoint_urls=True))
        self._client.meta.events.register('before-send.ec2', self._send)
        self._client.meta.events.register('before-parse.ec2', self._keep)

    def _send(self, request: Any, **_: Any) -> 'botocore.awsrequest.AWSResponse':
        """Return the answer to a request that boto3 has signed."""
        import botocore.awsrequest
        headers = {name: value.decode() if isinstance(value, bytes) else value
                   for name, value in request.headers.items()}
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if self._signed:
            headers = self._signed_anew(request.method, request.url, headers, body)
        if self._tamper:
            body = self._tamper(headers, body)
        # All is sent by POST; what only describes may be sent again.
        answer = self._http.request(
            request.method, request.url, headers=headers, body=body, source=self._source,
            idempotent=self._source.startswith('EC2 Describe'))
        self._repeated, self._waited = answer.repeated, answer.waited
        return botocore.awsrequest.AWSResponse(
            request.url, answer.status, answer.headers, _Whole(answer.body))

    def _signed_anew(self, method: str, url: str, headers: dict[str, str],
                     body: bytes) -> dict[str, str]:
        """Return the headers of a request that was signed some time ago."""
        import botocore.awsrequest
        when = datetime.datetime.now(datetime.UTC) - self._signed
        kept = {name: value for name, value in headers.items()
                if name.lower() not in ('authorization', 'content-length')}
        kept['X-Amz-Date'] = f'{when:%Y%m%dT%H%M%SZ}'
        request = botocore.awsrequest.AWSRequest(method, url, headers=kept, data=body)
        request.context['timestamp'] = kept['X-Amz-Date']
        signer = self._signer
        signature = signer.signature(
            signer.string_to_sign(request, signer.canonical_request(request)), request)
        names = signer.signed_headers(signer.headers_to_sign(request))
        return {**kept, 'Content-Length': str(len(body)),
                'Authorization': f'AWS4-HMAC-SHA256 Credential={signer.scope(request)}, '
                                 f'SignedHeaders={names}, Signature={signature}'}

    def _keep(self, response_dict: dict[str, Any], **_: Any) -> None:
        """Keep an answer, and let boto3, which expands entities, read none that we would not.

        :raises BadAnswer: when an answer that is no error cannot be read.
        """
        self._raw = response_dict
        try:
            wire.read(self._raw.get('body', b''))
        except wire.Unreadable as reason:
            # The status of an error says enough, unless the document is dangerous.
            if self._raw.get('status_code', 0) < 300 or 'UTF-8' not in str(reason):
                raise errors.BadAnswer(
                    f'{self._source}: the answer of status {self._raw.get("status_code")} is '
                    f'{reason}: {wire.described(self._raw.get("body", b""))}') from None

    def describe_instances(self, **arguments: Any) -> Ec2Answer:
        """Return the reservations with their instances, those of all pages."""
        return self._all('DescribeInstances', 'Reservations', arguments)

    def describe_instance_attribute(self, instance_id: str, attribute: str) -> Ec2Answer:
        """Return one attribute of an instance, as EC2 spells it: userData."""
        return self.ask('DescribeInstanceAttribute', InstanceId=instance_id,
                        Attribute=attribute)

    def describe_volumes(self, **arguments: Any) -> Ec2Answer:
        """Return volumes, those of all pages."""
        return self._all('DescribeVolumes', 'Volumes', arguments)

    def describe_images(self, **arguments: Any) -> Ec2Answer:
        """Return images, those of all pages."""
        return self._all('DescribeImages', 'Images', arguments)

    def _all(self, action: str, key: str, arguments: dict[str, Any]) -> Ec2Answer:
        """Return the response with the list of all pages, or the one page that is asked for."""
        pages = [self.ask(action, **arguments)]
        if arguments.keys() & {'MaxResults', 'NextToken'}:
            return pages[0]
        while token := pages[-1].body.get('NextToken'):
            if len(pages) == _PAGES:
                raise errors.BadAnswer(f'EC2 {action}: the list does not end')
            pages.append(self.ask(action, **arguments, NextToken=token))
        if len(pages) == 1:
            return pages[0]
        return dataclasses.replace(
            pages[0], raw=b''.join(page.raw for page in pages),
            body={**pages[0].body, key: [each for page in pages
                                         for each in page.body.get(key) or []]},
            written_wrong=tuple(each for page in pages for each in page.written_wrong),
            without_zone=tuple(each for page in pages for each in page.without_zone))

    def needs_volume_service(self) -> Refused | None:
        """Return the error of an EC2 API that describes no instance without a volume service.

        None where it describes instances. ec2-api looks for the volumes of all instances
        (ec2api/api/instance.py, _get_os_volumes), and finds no Cinder in the catalog. It describes
        what it launched, too, and does not remove it when that fails: ask before any launch.
        """
        answer = self.attempt('DescribeInstances')
        return answer if (isinstance(answer, Refused)
                          and answer.code == 'EndpointNotFound') else None

    def attempt(self, action: str, **arguments: Any) -> Ec2Answer | Refused:
        """Return the answer to an action, or the error that was answered.

        :raises BadAnswer: when there is no answer that could be read.
        """
        try:
            return self.ask(action, **arguments)
        except Refused as refused:
            return refused

    def ask(self, action: str, **arguments: Any) -> Ec2Answer:
        """Return the answer to an action of EC2.

        boto3 makes up a ClientToken where the action has one and none is given.

        :param action: as EC2 spells it: RunInstances.
        :param arguments: as boto3 spells them.
        :raises Refused: when the answer is an error.
        :raises BadAnswer: when there is no answer that could be read.
        """
        import botocore
        import botocore.exceptions
        import botocore.parsers
        source = self._source = f'EC2 {action}'
        self._raw = {}
        self._repeated, self._waited = 0, 0.0
        started = time.monotonic()
        try:
            body = getattr(self._client, botocore.xform_name(action))(**arguments)
        except botocore.exceptions.ClientError as error:
            self._kept(source, arguments, started)
            fault = error.response.get('Error', {})
            if fault.get('Code') in _TOO_FAST:
                raise errors.CloudError(
                    Code.RATE_LIMIT, f'{source}: the response is the error {fault["Code"]} '
                                     f'[{self._request_id()}]') from None
            raise Refused(
                source, status=int(self._raw.get('status_code', 0)),
                code=_plain(fault.get('Code')),
                message=_plain(self._record.secrets.removed(str(fault.get('Message') or ''))),
                request_id=self._request_id(), raw=self._raw.get('body', b''),
                written_wrong=tuple(self._error_written_wrong(source))) from None
        except errors.BadAnswer:  # there is none that could be read
            self._kept(source, arguments, started)
            raise
        except errors.CloudError as error:
            self._record.add(evidence.unanswered('ec2', source, error))
            raise
        # What its parsers raise is of many kinds, as an element that it took for text.
        except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError,
                ValueError, TypeError, AttributeError, LookupError, ArithmeticError,
                RuntimeError) as error:
            kept = self._kept(source, arguments, started)
            written_wrong = [each for each in self._written_wrong(action, source)
                             if each.requirement != 'EC2A-119']
            if written_wrong:
                raise ContractViolation(written_wrong) from None
            raise errors.BadAnswer(
                f'{source}: boto3 cannot read the answer of status '
                f'{self._raw.get("status_code", "unknown")} and {len(self._raw.get("body", b""))} '
                f'bytes ({type(error).__name__}) [{self._request_id()}]\n{kept}') from None
        self._kept(source, arguments, started)
        xml = self._xml()
        if xml is None:
            raise errors.BadAnswer(f'{source}: there is no answer to read')
        root = wire.local(xml)
        if root != f'{action}Response':
            raise errors.BadAnswer(f'{source}: expected the element {action}Response; '
                                   f'seen {_plain(root)} [{self._request_id()}]')
        wrong = self._written_wrong(action, source)
        if action == 'DescribeInstances':
            _take_ipv6(body, xml)
        return Ec2Answer(
            source=source, body=body, xml=xml, raw=self._raw['body'],
            written_wrong=tuple(each for each in wrong if each.requirement != 'EC2A-119'),
            without_zone=tuple(each for each in wrong if each.requirement == 'EC2A-119'),
            request_id=self._request_id())

    def _xml(self) -> ElementTree.Element | None:
        try:
            return wire.read(self._raw.get('body', b''))
        except wire.Unreadable:
            return None

    def _written_wrong(self, action: str, source: str) -> list[Violation]:
        """Return what the answer writes otherwise than botocore's model has it."""
        xml = self._xml()
        shape = self._client.meta.service_model.operation_model(action).output_shape
        if xml is None or shape is None:  # some actions answer nothing
            return []
        request_id = self._request_id()
        return wire.violations(shape, xml, source=source,
                               request_ids=(request_id,) if request_id else ())

    def _error_written_wrong(self, source: str) -> list[Violation]:
        xml = self._xml()
        if xml is None:
            return []
        request_id = self._request_id()
        return wire.error_violations(xml, source=source,
                                     request_ids=(request_id,) if request_id else ())

    def _request_id(self) -> str:
        xml = self._xml()
        for element in (xml.iter() if xml is not None else ()):
            if wire.local(element).lower() == 'requestid':
                return _plain(element.text)
        return ''

    def _kept(self, source: str, arguments: dict[str, Any], started: float) -> str:
        body = self._raw.get('body', b'')
        answered = (f'<{wire.described(body)}, not kept>' if body and self._xml() is None
                    else evidence.redacted_xml(body, self._record.secrets) if body else '')
        self._record.add(evidence.Exchange(
            service='ec2', source=source, status=int(self._raw.get('status_code', 0)),
            request_id=self._request_id(), seconds=time.monotonic() - started,
            asked=evidence.redacted_arguments(arguments, self._record.secrets),
            answered=answered, repeated=self._repeated, waited=self._waited))
        return answered


def _take_ipv6(body: dict[str, Any], xml: ElementTree.Element) -> None:
    """Add the address that ec2-api shows as dnsNameV6, which boto3's model has not got."""
    shown = {}
    for item in xml.iter():
        texts = {wire.local(child): child.text for child in item}
        if texts.get('instanceId') and texts.get('dnsNameV6'):
            shown[texts['instanceId']] = texts['dnsNameV6']
    for reservation in body.get('Reservations') or []:
        for instance in reservation.get('Instances') or []:
            address = shown.get(instance.get('InstanceId'))
            if address:
                instance.setdefault('Ipv6Address', address)


def _plain(text: object) -> str:
    return ''.join(c if c.isprintable() else ' ' for c in str(text or ''))[:200]
