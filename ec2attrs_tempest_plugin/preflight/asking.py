"""People who are logged in, and questions to a cloud that end in time whatever it does."""

from collections.abc import Callable, Mapping
import dataclasses
import datetime
import email.utils
import json
import queue
import threading
import time
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.preflight.settings import Credentials
from ec2attrs_tempest_plugin.preflight.settings import Settings

#: Seconds that one request may take.
TIMEOUT = 3.0


class Connections(transport.Transport):
    """Connections that look at the clock of whoever answers.

    :ivar clocks: seconds by which the clock of a host and port is ahead of ours.
    """

    def __init__(self, settings: Settings, timeout: float = TIMEOUT) -> None:
        identity = settings.conf.identity
        # A request that has to wait longer would not be done in the time of preflight.
        super().__init__(timeout=timeout, patience=timeout, ca_certs=identity.ca_certificates_file,
                         verify=not identity.disable_ssl_certificate_validation,
                         proxy_url=settings.conf['service-clients'].proxy_url)
        self.clocks: dict[str, float] = {}

    def request(self, method: str, url: str, *, headers: Mapping[str, str],
                body: bytes | None, source: str,
                idempotent: bool | None = None) -> transport.Response:
        """Return the answer to a request, and keep what time it says it is."""
        response = super().request(method, url, headers=headers, body=body, source=source,
                                   idempotent=idempotent)
        told = response.headers.get('date')
        if told:
            try:
                there = email.utils.parsedate_to_datetime(told)
                ahead = (there - datetime.datetime.now(datetime.UTC)).total_seconds()
            except (ValueError, TypeError, OverflowError):
                return response
            self.clocks[urllib.parse.urlsplit(url).netloc.rpartition('@')[2]] = ahead
        return response


@dataclasses.dataclass(frozen=True)
class _Scope:
    """Whom a token is for, as clients ask for it."""

    project_id: str
    user_id: str


class Person:
    """Somebody who is logged in: stands for the tokens of Tempest where clients want some."""

    scope = 'project'

    def __init__(self, credentials: Credentials, token: str, body: Mapping[str, Any]) -> None:
        self.given = credentials
        self._token = token
        self._catalogue = body.get('catalog') or []
        self.roles = tuple(sorted(str(role['name']) for role in body.get('roles') or []))
        self.credentials = _Scope(str(body['project']['id']), str(body['user']['id']))

    def get_auth(self) -> tuple[str, Mapping[str, Any]]:
        """Return the token, and what Keystone said with it as far as clients read it."""
        return self._token, {'catalog': self._catalogue}

    def session(self, http: transport.Transport) -> openstack.Session:
        """Return the person's way to ask services."""
        provider: Any = self
        return openstack.Session(provider, self.given.username, http, evidence.Evidence())


def log_in(settings: Settings, credentials: Credentials, http: transport.Transport) -> Person:
    """Return somebody logged in.

    :raises BadAnswer: when Keystone does not know them, or does not answer as Keystone does.
    :raises CloudError: when there is no response.
    """
    source = 'POST /v3/auth/tokens'
    body = json.dumps({'auth': {
        'identity': {'methods': ['password'], 'password': {'user': {
            'name': credentials.username, 'password': credentials.password,
            'domain': {'name': credentials.user_domain}}}},
        'scope': {'project': {'name': credentials.project,
                              'domain': {'name': credentials.project_domain}}}}}).encode()
    response = http.request(
        'POST', f'{settings.auth_url}/auth/tokens', body=body, source=source,
        idempotent=True,  # a second token does no harm
        headers={'Content-Type': 'application/json', 'Accept': 'application/json'})
    if response.status == 401:
        raise errors.BadAnswer(f'Keystone does not take the password, the project or a domain of '
                               f'{credentials.username}')
    try:
        token = json.loads(response.body)['token'] if response.status == 201 else None
        if token is not None:
            return Person(credentials, response.headers['x-subject-token'], token)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass  # said below, as of any other answer that is no token
    raise errors.BadAnswer(f'{source}: the answer of status {response.status} is no token: is '
                           f'[identity] uri_v3 the address of Keystone?')


def together(tasks: Mapping[str, Callable[[], Any]], deadline: float) -> dict[str, Any]:
    """Return what tasks return, or the exceptions that they raise, by their names.

    One that is not done at the deadline (of time.monotonic) is not waited for: its result is a
    TimeoutError.
    """
    done: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def run(name: str, task: Callable[[], Any]) -> None:
        try:
            done.put((name, task()))
        except Exception as error:  # whatever it is, it is told with the name of the task
            done.put((name, error))

    for name, task in tasks.items():
        # Looking up a name cannot be cut short: nobody waits for such a thread at the end.
        threading.Thread(target=run, args=(name, task), daemon=True).start()
    results: dict[str, Any] = {}
    while len(results) < len(tasks):
        try:
            name, result = done.get(timeout=max(0.01, deadline - time.monotonic()))
        except queue.Empty:
            break
        results[name] = result
    return {name: results.get(name, TimeoutError('no answer in time')) for name in tasks}
