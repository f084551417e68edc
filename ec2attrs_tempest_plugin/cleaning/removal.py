"""The removal of what an interrupted run left behind, a stage at a time."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
import contextlib
import time

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.cleaning import selection
from ec2attrs_tempest_plugin.cleaning import things
from ec2attrs_tempest_plugin.cleaning.access import Person
from ec2attrs_tempest_plugin.cleaning.ec2 import EC2_VOLUME
from ec2attrs_tempest_plugin.cleaning.ec2 import INSTANCE
from ec2attrs_tempest_plugin.cleaning.ec2 import OfRuns
from ec2attrs_tempest_plugin.cleaning.ec2 import OfTenant
from ec2attrs_tempest_plugin.cleaning.naming import Names
from ec2attrs_tempest_plugin.cleaning.things import Thing
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import polling
from ec2attrs_tempest_plugin.contract.violation import ContractViolation

# What is removed together; each stage is looked for anew.
_STAGES = ((things.SERVER,), (things.VOLUME, things.SNAPSHOT), (
    things.IMAGE, things.FLAVOR, things.VOLUME_TYPE), (
    things.FLOATING_IP, things.ROUTER, things.PORT, things.NETWORK), (things.SECURITY_GROUP,))
# What EC2 has under another id is this in Nova and Cinder.
_IN_NOVA = {INSTANCE.word: things.SERVER, EC2_VOLUME.word: things.VOLUME}
_PEOPLE = (things.CREDENTIAL, things.USER, things.PROJECT)
# Seconds after which a server is told once more to go, and how often it is said who still waits.
_AGAIN = 15.0
# Seconds that a volume has to be let go by itself.
_LET_GO = 15.0
_DELETABLE = ('available', 'error', 'error_deleting', 'error_restoring', 'error_extending')
_GONE = (200, 202, 204, 404)

FAILURES = (errors.BadAnswer, errors.CloudError, errors.NotOffered, errors.NotPermitted,
            ContractViolation)


class Cleaning:
    """The removal of what one person can see of what was left behind.

    :param timeout: seconds that servers, and then volumes, have to go.
    :param interval: longest time between two looks, in seconds.
    :param say: is told what is done, a line at a time.
    :param narrow: whether not to look through all that the cloud holds, but through the projects
        that were made for the tests, the administrator's own, and servers of such names.
    """

    def __init__(self, person: Person, names: Names, *, timeout: float, interval: float,
                 say: Callable[[str], None], narrow: bool = False) -> None:
        self._person = person
        self._narrow = narrow and person.admin
        self._names = names
        self._timeout = timeout
        self._interval = interval
        self._say = say
        # Projects that were made for the tests, and others where they may have left something.
        self._made: set[str] = set()
        self._shared = {person.project_id}
        self._volumes: set[str] = set()
        self._runs = OfRuns(person)
        self._tenant = OfTenant(person, names)
        self._instances: list[Thing] = []
        #: What could not be done, a line each.
        self.problems: list[str] = []
        #: What was not looked for and why, a line each.
        self.notes: list[str] = []

    @property
    def person(self) -> str:
        """The name of whoever asks."""
        return self._person.name

    def find(self) -> list[Thing]:
        """Return all that is to be removed.

        :raises BadAnswer: when a service does not say what it has.
        """
        own = self._person.project_id
        if self._narrow:
            self._made |= selection.projects(
                self._listed((things.PROJECT,)), self._names, own)
        found = self._listed(things.KINDS)
        if self._person.admin:
            if self._learn(found) and self._narrow:
                found = self._listed(things.KINDS)
                self._learn(found)
            self._runs.take_keys(each for each in found if each.kind is things.CREDENTIAL
                                 and each.project in self._made)
        else:
            # Of the servers of these only EC2 says that they are ours.
            self._instances = self._launched()
        return [*self._instances, *self._chosen(found)]

    def _learn(self, found: Collection[Thing]) -> bool:
        """Learn of more projects that hold what is ours; return whether there are any."""
        own = self._person.project_id
        before = self._made | self._shared
        self._made |= selection.projects(found, self._names, own)
        for project, ours in selection.doubtful(found, self._names, own).items():
            if self._is_gone(project):
                (self._made if ours else self._shared).add(project)
        return not self._made | self._shared <= before

    def _launched(self) -> list[Thing]:
        try:
            return self._tenant.launched()
        except errors.NotPermitted as reason:
            self.notes = [str(reason)]
            return []

    def _listed(self, kinds: Iterable[things.Kind]) -> list[Thing]:
        return things.listed(self._person, kinds, things.Scope(
            self._names.prefix, {*self._made, *self._shared} if self._narrow else None,
            self._names.plain))

    def staying(self) -> str:
        """Return in words how many servers and volumes of a tenant's project are not ours.

        :raises BadAnswer: when a service does not say what it has.
        """
        own = self._person.project_id
        if self._person.admin:
            return ''
        found = self._listed((things.SERVER, things.VOLUME))
        foreign = selection.foreign(
            found, [*self._chosen(found), *selection.undecided(found, own)], own)
        launched = Counter(_IN_NOVA[each.kind.word].word for each in self._instances)
        words = [each.kind.word for each in foreign]
        # EC2 has ids of its own, so that only their number is known.
        return _counted({word: number - launched[word] for word, number in Counter(words).items()
                         if number > launched[word]})

    def undecided(self) -> list[Thing]:
        """Return volumes of a project that is not ours, of which nobody can say whose they are.

        :raises BadAnswer: when Cinder does not say what it has.
        """
        if self._person.admin:
            return []
        return selection.undecided(self._listed((things.VOLUME,)), self._person.project_id)

    def _is_gone(self, project_id: str) -> bool:
        """Say whether Keystone knows a project no more; its list has those of our names alone."""
        return self._person.ask('identity', 'GET', f'/projects/{project_id}',
                                expect=(200, 403, 404)).status == 404

    def _chosen(self, found: Collection[Thing]) -> list[Thing]:
        chosen = selection.left_behind(found, self._names, self._made, self._shared, self._volumes)
        self._volumes |= {each.id for each in chosen if each.kind is things.VOLUME}
        return chosen

    @contextlib.contextmanager
    def _one(self, what: str) -> Iterator[None]:
        """Go on after a failure, and keep it."""
        try:
            yield
        except FAILURES as error:
            self.problems.append(f'{what}: {text.plain(str(error))}')

    def remove(self) -> None:
        """Remove what :meth:`find` finds; what fails is among the problems."""
        self._runs.terminate(self._one)
        with self._one('EC2'):
            self._tenant.remove(self._instances, self._one, timeout=self._timeout,
                                interval=self._interval)
        for kinds in _STAGES:
            with self._one(' and '.join(f'{kind.word}s' for kind in kinds)):
                self._stage(self._chosen(self._listed(kinds)))
            if things.VOLUME in kinds:
                self._runs.forget(self._one)
        with self._one('people'):
            self._remove_people()

    def _stage(self, chosen: Sequence[Thing]) -> None:
        if not chosen:
            return
        self._say(f'Removing {counted(chosen)}')
        if chosen[0].kind is things.SERVER:
            self._remove_servers(chosen)
            return
        for thing in chosen:
            with self._one(described(thing)):
                if thing.kind in (things.VOLUME, things.SNAPSHOT):
                    self._remove_volume(thing)
                elif thing.kind is things.ROUTER:
                    self._remove_router(thing)
                else:
                    self._delete(thing)

    def _delete(self, thing: Thing, expect: tuple[int, ...] = _GONE) -> int:
        return self._person.ask(thing.kind.service, 'DELETE', f'{thing.kind.one}/{thing.id}',
                                expect=expect).status

    def _remove_servers(self, servers: Sequence[Thing]) -> None:
        waiting = {each.id: each for each in servers}
        asked = -_AGAIN
        for _ in polling.looks(timeout=self._timeout, interval=self._interval):
            if time.monotonic() - asked >= _AGAIN:
                if asked > 0:
                    self._say(f'{counted(list(waiting.values()))} not gone yet')
                asked = time.monotonic()
                for server in list(waiting.values()):
                    with self._one(described(server)):
                        self._delete_server(server)
            for server in list(waiting.values()):
                with self._one(described(server)):
                    if self._person.ask('compute', 'GET', f'/servers/{server.id}',
                                        expect=(200, 404)).status == 404:
                        del waiting[server.id]
            if not waiting:
                return
        for server in waiting.values():
            self.problems.append(f'{described(server)}: not gone after {self._timeout:.0f} s')

    def _delete_server(self, server: Thing) -> None:
        if self._delete(server, (204, 404, 409)) == 409:  # locked, as EC2 protects instances
            self._person.ask('compute', 'POST', f'/servers/{server.id}/action',
                             body={'unlock': None}, expect=(202, 404))
            self._delete(server, (204, 404))

    def _remove_volume(self, thing: Thing) -> None:
        """Delete a volume or a snapshot and wait until it is gone.

        :raises BadAnswer: when it stays.
        """
        started = time.monotonic()
        asked, forced = False, False
        status = 'unknown'
        for _ in polling.looks(timeout=self._timeout, interval=self._interval):
            answer = self._person.ask('volume', 'GET', f'{thing.kind.one}/{thing.id}',
                                      expect=(200, 404))
            if answer.status == 404:
                return
            body = (answer.body or {}).get(thing.kind.word)
            status = str(body.get('status'))[:32] if isinstance(body, dict) else 'unknown'
            late = time.monotonic() - started > _LET_GO
            if status in _DELETABLE and (not asked or late):
                asked = self._delete(thing, (*_GONE, 400)) != 400
            elif late and self._person.admin and not forced:
                # Its server is gone, or whoever was at it has died.
                forced = True
                self._reset(thing)
        raise errors.BadAnswer(f'not gone after {self._timeout:.0f} s but {status}')

    def _reset(self, thing: Thing) -> None:
        """Let a volume be deleted whatever Cinder thinks that is being done with it.

        :raises BadAnswer: when it is attached to a server that is still there.
        """
        version = {'OpenStack-API-Version': 'volume 3.27'}
        if thing.kind is things.VOLUME:
            answer = self._person.ask(
                'volume', 'GET', f'/attachments?all_tenants=1&volume_id={thing.id}',
                headers=version, expect=(200, 404, 406))
            attachments = [each for each in (answer.body or {}).get('attachments', [])
                           if each.get('volume_id') == thing.id]
            for each in attachments:
                self._check_gone(each.get('instance'))
            for each in attachments:
                self._person.ask('volume', 'DELETE', f'/attachments/{each["id"]}',
                                 headers=version, expect=(200, 404, 409))
        status = {'status': 'error'}
        if thing.kind is things.VOLUME:
            status['attach_status'] = 'detached'
        self._person.ask('volume', 'POST', f'{thing.kind.one}/{thing.id}/action',
                         body={'os-reset_status': status}, expect=(202, 404))

    def _check_gone(self, server_id: object) -> None:
        """Check that a server is gone: those that were to be removed have had their time.

        :raises BadAnswer: when it is there.
        """
        if server_id and self._person.ask('compute', 'GET', f'/servers/{server_id}',
                                          expect=(200, 404)).status == 200:
            raise errors.BadAnswer(
                f'it is attached to server {text.plain(str(server_id), 64)}, which stays')

    def _remove_router(self, router: Thing) -> None:
        for port in things.items(self._person, 'network', '/ports', 'ports',
                                 {'device_id': router.id}):
            if port.get('device_id') == router.id and str(
                    port.get('device_owner')).startswith('network:router_interface'):
                self._person.ask('network', 'PUT',
                                 f'/routers/{router.id}/remove_router_interface',
                                 body={'port_id': port['id']}, expect=(200, 404))
        self._delete(router)

    def _remove_people(self) -> None:
        """Remove keys, users and projects, but of no project that still holds something.

        Without its project nobody could find it any more.
        """
        found = self._listed(things.KINDS)
        chosen = self._chosen(found)
        stuck = {each.project for each in chosen if each.kind not in _PEOPLE}
        kept = tuple(f'{each.name}-project' for each in chosen
                     if each.kind is things.PROJECT and each.id in stuck)
        people = [each for each in chosen if each.kind in _PEOPLE
                  and each.id not in stuck and each.project not in stuck
                  and not (each.kind is things.USER and each.name.startswith(kept))]
        for each in people:
            if each.kind is things.PROJECT:
                with self._one(f'quota of {described(each)}'):
                    self._person.ask('compute', 'DELETE', f'/os-quota-sets/{each.id}',
                                     expect=(202, 400, 403, 404, 501))
        self._stage(people)


def described(thing: Thing) -> str:
    """Return a thing in plain words: its kind, name and id."""
    name = text.plain(thing.name, 80)
    # The id of an EC2 credential is made of its key, and nobody can look for it otherwise.
    return f'{thing.kind.word} {name} ({text.plain(thing.id, 64)})' if name else (
        f'{thing.kind.word} {text.plain(thing.id, 64)}')


def counted(found: Collection[Thing]) -> str:
    """Return how many there are of each kind, in words."""
    return _counted(Counter(each.kind.word for each in found))


def _counted(numbers: Mapping[str, int]) -> str:
    return ', '.join(f'{number} {word}{"" if number == 1 else "s"}'
                     for word, number in numbers.items())
