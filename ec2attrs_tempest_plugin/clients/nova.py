"""Nova's servers, each call at the microversion that the caller names."""

from collections.abc import Collection, Mapping
import dataclasses
from typing import Any
import urllib.parse

from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.contract.outcomes import Code
from ec2attrs_tempest_plugin.contract.visibility import Call
from ec2attrs_tempest_plugin.contract.visibility import FIRST
from ec2attrs_tempest_plugin.contract.visibility import Microversion
from ec2attrs_tempest_plugin.contract.visibility import Role

# The largest page that is asked for; [api] max_limit of Nova is 1000.
_PAGE = 1000
# A list goes on for so many pages at most.
_PAGES = 1000


@dataclasses.dataclass(frozen=True)
class NovaAnswer(openstack.OfAnswer):
    """An answer of Nova about servers, with all that chooses its schema."""

    call: Call
    microversion: Microversion
    role: Role
    answer: openstack.Answer

    @property
    def answered_microversion(self) -> str | None:
        """The microversion that the answer says it is of."""
        return answered_microversion(self.answer)

    @property
    def reservation_id(self) -> str:
        """The reservation id in the answer to a creation.

        :raises BadAnswer: when there is none.
        """
        found = self.body.get('reservation_id') if isinstance(self.body, dict) else None
        if not isinstance(found, str):
            raise self._without('reservation_id')
        return found

    def of(self, server_ids: Collection[str]) -> 'NovaAnswer':
        """Return the answer with these servers alone: a project may have others."""
        servers = [server for server in self.servers() if server.get('id') in server_ids]
        return dataclasses.replace(
            self, answer=dataclasses.replace(self.answer, body={'servers': servers}))

    def server(self, server_id: str) -> Mapping[str, Any]:
        """Return one server of the answer.

        :raises BadAnswer: when it is not in it, or not once.
        """
        found = [server for server in self.servers() if server.get('id') == server_id]
        if len(found) != 1:
            raise self._without(f'server {server_id}', 'once', f'{len(found)} times')
        return found[0]

    def servers(self) -> list[Mapping[str, Any]]:
        """Return the servers of the answer, whether one or a list of them.

        :raises BadAnswer: when the answer has not that form.
        """
        body = self.body if isinstance(self.body, dict) else {}
        servers = body.get('servers', [body.get('server')])
        if not isinstance(servers, list) or not all(isinstance(s, dict) for s in servers):
            raise self._without('server')
        return servers

    def _without(self, attribute: str, expected: str = 'present',
                 seen: str = 'absent') -> errors.BadAnswer:
        return errors.BadAnswer(
            f'{self.source}: {attribute}: expected {expected}; seen {seen} '
            f'[{", ".join(self.request_ids)}]', source=self.source, attribute=attribute,
            expected=expected, seen=seen, request_ids=self.request_ids)


class Nova:
    """Nova as one role sees it.

    :param session: whose token asks.
    :param role: what that token may see.
    :param endpoint: of the compute service in the catalogue.
    """

    def __init__(self, session: openstack.Session, role: Role,
                 endpoint: openstack.Endpoint) -> None:
        self.session = session
        self.role = role
        self._endpoint = endpoint

    def microversions(self) -> tuple[Microversion, Microversion]:
        """Return the oldest and the newest microversion that Nova offers.

        Read from Nova's version document.

        :raises BadAnswer: when there is no such document.
        """
        source = f'GET /v2.1/ {self.role.value}'
        answer = self.session.request(
            self._endpoint, 'GET', '', root=True, expect=(200,), source=source)
        try:
            version = answer.body['version']
            return (Microversion.parse(version['min_version']),
                    Microversion.parse(version['version']))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise errors.BadAnswer(
                f'{source}: the answer is no version document with min_version and version '
                f'[{answer.request_id}]') from None

    def show(self, server_id: str, microversion: Microversion) -> NovaAnswer:
        """Return one server."""
        return self._ask(Call.SHOW, microversion, 'GET', f'/servers/{server_id}',
                         expect=(200,))

    def detail(self, microversion: Microversion, **filters: str) -> NovaAnswer:
        """Return all servers that pass the filters, in detail, following the pages.

        An administrator is shown those of all projects.
        """
        query = {**filters, 'limit': str(_PAGE)}
        if self.role is Role.ADMIN:
            query['all_tenants'] = '1'
        pages: list[NovaAnswer] = []
        for _ in range(_PAGES):
            page = self._ask(Call.DETAIL, microversion, 'GET',
                             f'/servers/detail?{urllib.parse.urlencode(query)}', expect=(200,))
            pages.append(page)
            servers = page.servers()
            # A page may be shorter than was asked for: [api] max_limit of Nova.
            if not servers or not page.body.get('servers_links'):
                break
            query['marker'] = str(servers[-1].get('id'))
        else:
            raise errors.BadAnswer(f'{pages[0].source}: the list does not end')
        if len(pages) == 1:
            return pages[0]
        body = {'servers': [server for page in pages for server in page.servers()]}
        return dataclasses.replace(
            pages[0], answer=dataclasses.replace(pages[0].answer, body=body))

    def listing(self, microversion: Microversion, **filters: str) -> NovaAnswer:
        """Return the servers of the project without their details, the first page of them."""
        query = {**filters, 'limit': str(_PAGE)}
        if self.role is Role.ADMIN:
            query['all_tenants'] = '1'
        return self._ask(Call.LIST, microversion, 'GET',
                         f'/servers?{urllib.parse.urlencode(query)}', expect=(200,))

    def ids_by_name(self, prefix: str) -> dict[str, str]:
        """Return the ids of the servers of our own project whose names begin with a word.

        This list is not under test, unlike that in detail. It is read to its end.

        :raises BadAnswer: when the response is not a list of servers.
        """
        found: dict[str, str] = {}
        query = {'name': prefix, 'limit': str(_PAGE)}
        for _ in range(_PAGES):
            answer = self.request('GET', f'/servers?{urllib.parse.urlencode(query)}',
                                  expect=(200,))
            try:
                servers = answer.body['servers']
                found |= {str(server['name']): str(server['id']) for server in servers
                          if str(server['name']).startswith(prefix)}
                # A page may be shorter than was asked for: [api] max_limit of Nova.
                if not servers or not answer.body.get('servers_links'):
                    return found
                query['marker'] = str(servers[-1]['id'])
            except (KeyError, TypeError):
                raise errors.BadAnswer(
                    f'{answer.source}: the response is not a list of servers with id and name '
                    f'[{answer.request_id}]') from None
        raise errors.BadAnswer(f'GET /servers {self.role.value}: the list does not end')

    def create(self, server: Mapping[str, Any], microversion: Microversion = FIRST) -> NovaAnswer:
        """Ask for a server, or several; the answer comes before they are built."""
        call = (Call.CREATE_RESERVATION if server.get('return_reservation_id')
                else Call.CREATE)
        return self._ask(call, microversion, 'POST', '/servers', {'server': server},
                         expect=(202,))

    def update(self, server_id: str, changes: Mapping[str, Any],
               microversion: Microversion) -> NovaAnswer:
        """Change a server's name or the like."""
        return self._ask(Call.UPDATE, microversion, 'PUT', f'/servers/{server_id}',
                         {'server': changes}, expect=(200,))

    def rebuild(self, server_id: str, image_id: str, microversion: Microversion,
                **more: Any) -> NovaAnswer:
        """Rebuild a server from an image.

        :param more: other keys of the request, such as user_data.
        """
        return self._ask(Call.REBUILD, microversion, 'POST', f'/servers/{server_id}/action',
                         {'rebuild': {'imageRef': image_id, **more}}, expect=(202,))

    def volumes_by_device(self, server_id: str) -> dict[str, str]:
        """Return the ids of the volumes attached to a server by their device names.

        EC2 has volume ids of its own; the device names are what both APIs show.
        """
        answer = self.request(
            'GET', f'/servers/{server_id}/os-volume_attachments', expect=(200,))
        try:
            return {str(attachment['device']): str(attachment['volumeId'])
                    for attachment in answer.body['volumeAttachments']}
        except (KeyError, TypeError):
            raise errors.BadAnswer(
                f'{answer.source}: the answer is no list of attachments with device and '
                f'volumeId [{answer.request_id}]') from None

    def status(self, server_id: str) -> str | None:
        """Return the status of a server, None where there is no such server."""
        answer = self.request('GET', f'/servers/{server_id}', expect=(200, 404))
        server = answer.body.get('server') if isinstance(answer.body, dict) else None
        return str(server.get('status')) if isinstance(server, dict) else None

    def attached_volumes(self, server_id: str) -> list[str]:
        """Return the ids of the volumes attached to a server, none where there is no server."""
        answer = self.request('GET', f'/servers/{server_id}/os-volume_attachments',
                              expect=(200, 404))
        try:
            return [] if answer.status == 404 else [
                str(attachment['volumeId']) for attachment in answer.body['volumeAttachments']]
        except (KeyError, TypeError):
            raise errors.BadAnswer(
                f'{answer.source}: the response is not a list of attachments with volumeId '
                f'[{answer.request_id}]') from None

    def delete(self, server_id: str) -> None:
        """Delete a server; one that is already gone is no error."""
        self.request('DELETE', f'/servers/{server_id}', expect=(204, 404))

    def act(self, server_id: str, action: str, arguments: Any = None, *,
            microversion: Microversion = FIRST,
            expect: tuple[int, ...] = (200, 202, 204)) -> openstack.Answer:
        """Ask for an action on a server, such as ``reboot``; the answer may come before it."""
        return self.request(
            'POST', f'/servers/{server_id}/action', {action: arguments},
            microversion=microversion, expect=expect,
            source=f'POST /servers/{{id}}/action ({action}) {microversion} {self.role.value}')

    def wait_for(self, server_ids: Collection[str], wanted: str, *, timeout: float,
                 interval: float) -> None:
        """Wait until all servers have a status and are at rest.

        :param timeout: seconds for all of them together.
        :param interval: longest time between two looks, in seconds.
        :raises CloudError: as soon as one is in ERROR, if that is not what is waited for, or
            when time is out.
        """
        def at_rest(server: Mapping[str, Any]) -> bool:
            return (server.get('status') == wanted
                    and server.get('OS-EXT-STS:task_state') is None)

        waiting = list(server_ids)
        status = 'unknown'
        for _ in polling.looks(timeout=timeout, interval=interval):
            while waiting:
                shown = self.show(waiting[0], FIRST)
                server = shown.server(waiting[0])
                status = str(server.get('status'))[:32]
                if status == 'ERROR' != wanted:
                    raise errors.CloudError(
                        Code.STATE, f'server {waiting[0]} is in ERROR{fault_of(server)} '
                                    f'[{", ".join(shown.request_ids)}]')
                if not at_rest(server):
                    break
                del waiting[0]
            if not waiting:
                return
        raise errors.CloudError(
            Code.TIMEOUT, f'server {waiting[0]} was not {wanted} after {timeout:.0f} s but '
                          f'{status}; [compute] build_timeout is the time it has')

    def wait_until_gone(self, server_ids: Collection[str], *, timeout: float,
                        interval: float) -> None:
        """Wait until Nova knows none of the servers any more.

        :raises CloudError: when time is out.
        """
        waiting = list(server_ids)
        for _ in polling.looks(timeout=timeout, interval=interval):
            while waiting and self.request('GET', f'/servers/{waiting[0]}',
                                           expect=(200, 404)).status == 404:
                del waiting[0]
            if not waiting:
                return
        raise errors.CloudError(
            Code.TIMEOUT, f'server {waiting[0]} was not gone {timeout:.0f} s after its deletion')

    def _ask(self, call: Call, microversion: Microversion, method: str, path: str,
             body: Mapping[str, Any] | None = None, *, expect: tuple[int, ...]) -> NovaAnswer:
        answer = self.request(method, path, body, microversion=microversion, expect=expect,
                              source=f'{call.value} {microversion} {self.role.value}')
        return NovaAnswer(call=call, microversion=microversion, role=self.role, answer=answer)

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None, *,
                microversion: Microversion = FIRST, expect: tuple[int, ...],
                source: str = '',
                headers: Mapping[str, str] | None = None) -> openstack.Answer:
        """Return the answer to any request; the others here are made of it.

        :param path: below the compute endpoint, with its query.
        :param expect: the statuses that are right.
        :param headers: in the place of those that ask for the microversion.
        :raises BadAnswer: on any other status, no JSON or no answer.
        """
        return self.session.request(
            self._endpoint, method, path, body=body, expect=expect,
            source=source or f'{method} {path.partition("?")[0]} {microversion} '
                             f'{self.role.value}',
            # The second form is the only one that Nova knew before 2.27.
            headers=self.asking_for(microversion) if headers is None else headers)

    @staticmethod
    def asking_for(microversion: object) -> dict[str, str]:
        """Return the headers that ask for a microversion."""
        return {'OpenStack-API-Version': f'compute {microversion}',
                'X-OpenStack-Nova-API-Version': str(microversion)}


def answered_microversion(answer: openstack.Answer) -> str | None:
    """Return the microversion that an answer says it is of; both, if its two headers differ."""
    headers = answer.headers
    said = [headers.get('x-openstack-nova-api-version'), headers.get('openstack-api-version')]
    if said[1]:
        service, _, version = said[1].partition(' ')
        said[1] = version if service == 'compute' else f'{said[1]} (not of compute)'
    return ' and '.join(dict.fromkeys(filter(None, said))) or None


def fault_of(server: Mapping[str, Any]) -> str:
    """Return the fault of a server in ERROR, printable and bounded, in parentheses."""
    fault = server.get('fault')
    message = fault.get('message') if isinstance(fault, dict) else None
    if not isinstance(message, str):
        return ''
    return ' (%s)' % ''.join(c if c.isprintable() else ' ' for c in message[:200])
