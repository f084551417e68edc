"""The EC2 API through boto3, with the raw XML kept.

boto3 reads the boolean ``True`` as false and ``1`` as false, so what it made of
an answer is not enough to judge the answer.
"""

from collections.abc import Iterator
import contextlib
import dataclasses
import functools
import os
import threading
import time
from typing import Any, ClassVar, TYPE_CHECKING
import xml.etree.ElementTree as ElementTree

import defusedxml.ElementTree

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.clients import wire
from ec2attrs_tempest_plugin.contract.violation import ABSENT
from ec2attrs_tempest_plugin.contract.violation import Absent
from ec2attrs_tempest_plugin.contract.violation import ContractViolation
from ec2attrs_tempest_plugin.contract.violation import Violation

if TYPE_CHECKING:  # importing boto3 costs 0.7 s: only tests of EC2 pay it
    import botocore.awsrequest
    import botocore.session

_ENVIRONMENT = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Ec2Answer:
    """What the EC2 API answered.

    :ivar body: what boto3 made of it.
    :ivar xml: the answer itself, parsed, with name spaces.
    :ivar raw: the answer itself, as it came.
    :ivar written_wrong: booleans, numbers and dates that are not written as
        XML Schema has them, whatever boto3 made of them.
    """

    source: str
    body: dict[str, Any]
    xml: ElementTree.Element
    raw: bytes
    written_wrong: tuple[Violation, ...]
    request_id: str

    #: The error's code, of which there is none.
    code: ClassVar[Absent] = ABSENT

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The id of the request in the EC2 service's logs."""
        return (self.request_id,) if self.request_id else ()


class Refused(errors.BadAnswer):
    """The EC2 API answered an error, in the form that EC2 has for errors.

    :ivar status: of HTTP.
    :ivar code: EC2's word for the error, such as InvalidInstanceID.NotFound.
    """

    def __init__(self, source: str, *, status: int, code: str, message: str,
                 request_id: str) -> None:
        super().__init__(f'{source}: the answer is the error {code} ({message}) [{request_id}]')
        self.source = source
        self.status = status
        self.code = code
        self.request_ids = (request_id,) if request_id else ()


@contextlib.contextmanager
def _without_aws_environment() -> Iterator[None]:
    """Hide the operator's AWS settings from botocore while it looks for some."""
    with _ENVIRONMENT:
        hidden = {name: os.environ.pop(name) for name in list(os.environ)
                  if name.startswith(('AWS_', 'BOTO'))}
        try:
            yield
        finally:
            os.environ.update(hidden)


@functools.cache
def _session() -> 'botocore.session.Session':
    """Return the one session of the process: making one costs 0.6 s."""
    import botocore.session
    # No files of the operator's: neither ~/.aws/config nor ~/.aws/credentials.
    return botocore.session.Session(session_vars={
        'config_file': (None, None, os.devnull, None),
        'credentials_file': (None, None, os.devnull, None),
        'profile': (None, None, None, None)})


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
    """

    def __init__(self, url: str, *, access: str, secret: str, region: str,
                 http: transport.Transport, record: evidence.Evidence) -> None:
        import boto3
        import botocore.config
        self._record = record
        self._http = http
        self._raw: dict[str, Any] = {}
        self._source = 'EC2'
        with _without_aws_environment():
            self._client = boto3.session.Session(
                botocore_session=_session(), region_name=region).client(
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
        body = request.body
        answer = self._http.request(
            request.method, request.url,
            headers={name: value.decode() if isinstance(value, bytes) else value
                     for name, value in request.headers.items()},
            body=body.encode() if isinstance(body, str) else body, source=self._source)
        return botocore.awsrequest.AWSResponse(
            request.url, answer.status, answer.headers, _Whole(answer.body))

    def _keep(self, response_dict: dict[str, Any], **_: Any) -> None:
        self._raw = response_dict

    def describe_instances(self, **arguments: Any) -> Ec2Answer:
        """Return the reservations with their instances."""
        return self.ask('DescribeInstances', **arguments)

    def describe_instance_attribute(self, instance_id: str, attribute: str) -> Ec2Answer:
        """Return one attribute of an instance, as EC2 spells it: userData."""
        return self.ask('DescribeInstanceAttribute', InstanceId=instance_id,
                        Attribute=attribute)

    def describe_volumes(self, **arguments: Any) -> Ec2Answer:
        """Return volumes."""
        return self.ask('DescribeVolumes', **arguments)

    def describe_images(self, **arguments: Any) -> Ec2Answer:
        """Return images."""
        return self.ask('DescribeImages', **arguments)

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
        started = time.monotonic()
        try:
            body = getattr(self._client, botocore.xform_name(action))(**arguments)
        except botocore.exceptions.ClientError as error:
            self._kept(source, arguments, started)
            fault = error.response.get('Error', {})
            raise Refused(
                source, status=int(self._raw.get('status_code', 0)),
                code=_plain(fault.get('Code')), message=_plain(fault.get('Message')),
                request_id=self._request_id()) from None
        except errors.BadAnswer:  # there is none that could be read
            self._kept(source, arguments, started)
            raise
        except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError,
                ValueError) as error:
            kept = self._kept(source, arguments, started)
            written_wrong = self._written_wrong(action, source)
            if written_wrong:
                raise ContractViolation(written_wrong) from None
            raise errors.BadAnswer(
                f'{source}: boto3 cannot read the answer of status '
                f'{self._raw.get("status_code", "unknown")} and {len(self._raw.get("body", b""))} '
                f'bytes ({type(error).__name__}) [{self._request_id()}]\n{kept}') from None
        self._kept(source, arguments, started)
        xml = self._xml()
        if xml is None:
            raise errors.BadAnswer(f'{source}: the answer is no XML, or XML with entities')
        root = xml.tag.rpartition('}')[2]
        if root != f'{action}Response':
            raise errors.BadAnswer(f'{source}: expected the element {action}Response; '
                                   f'seen {_plain(root)} [{self._request_id()}]')
        return Ec2Answer(source=source, body=body, xml=xml, raw=self._raw['body'],
                         written_wrong=tuple(self._written_wrong(action, source)),
                         request_id=self._request_id())

    def _xml(self) -> ElementTree.Element | None:
        try:
            return defusedxml.ElementTree.fromstring(self._raw.get('body', b''))
        except (ElementTree.ParseError, ValueError):
            return None

    def _written_wrong(self, action: str, source: str) -> list[Violation]:
        """Return what the answer writes otherwise than botocore's model has it."""
        xml = self._xml()
        if xml is None:
            return []
        shape = self._client.meta.service_model.operation_model(action).output_shape
        request_id = self._request_id()
        return wire.violations(shape, xml, source=source,
                               request_ids=(request_id,) if request_id else ())

    def _request_id(self) -> str:
        xml = self._xml()
        for element in (xml.iter() if xml is not None else ()):
            if element.tag.rpartition('}')[2].lower() == 'requestid':
                return _plain(element.text)
        return ''

    def _kept(self, source: str, arguments: dict[str, Any], started: float) -> str:
        answered = evidence.redacted_xml(self._raw.get('body', b'')) if self._raw else ''
        self._record.add(evidence.Exchange(
            source=source, status=int(self._raw.get('status_code', 0)),
            request_id=self._request_id(), seconds=time.monotonic() - started,
            asked=str(evidence.redacted(arguments)), answered=answered))
        return answered


def _plain(text: object) -> str:
    return ''.join(c if c.isprintable() else ' ' for c in str(text or ''))[:200]
