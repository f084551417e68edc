"""The people that tests run as: can they log in, are there enough, are they who they should be."""

from collections.abc import Mapping, Sequence
from typing import Any

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.preflight.asking import Person
from ec2attrs_tempest_plugin.preflight.report import Learned
from ec2attrs_tempest_plugin.preflight.services import PROBLEMS
from ec2attrs_tempest_plugin.preflight.settings import Credentials
from ec2attrs_tempest_plugin.preflight.settings import Settings

#: The role by which Tempest picks accounts, and that people have whom it makes.
MEMBER = 'member'


def judged(settings: Settings, outcomes: Sequence[tuple[Credentials, Any]],
           concurrency: int | None) -> Learned:
    """Return what is to be said of people.

    :param outcomes: who tried to log in, and the person or the exception that came of it.
    :param concurrency: how many workers are wanted, None for any number.
    """
    learned = Learned()
    for given, outcome in outcomes:
        name = f'credentials of {given.username}'
        if not isinstance(outcome, Person):
            learned.fail(name, str(outcome))
        elif settings.dynamic:
            _administrator(settings, outcome, name, learned)
        else:
            _account(settings, outcome, name, learned)
    if not settings.dynamic:
        _accounts(settings, [each for _, each in outcomes if isinstance(each, Person)],
                  concurrency, learned)
    return learned


def _administrator(settings: Settings, person: Person, name: str, learned: Learned) -> None:
    role = settings.conf.identity.admin_role
    if role not in person.roles:
        learned.fail(name, f'no role {role} in the project {person.given.project}, but '
                           f'{_roles(person)}: an administrator makes the projects that tests run '
                           f'in; without one, use "ec2attrs configure --profile tenant"')
    else:
        learned.ok(name, f'{_roles(person)} in the project {person.given.project}', 'admin')


def _account(settings: Settings, person: Person, name: str, learned: Learned) -> None:
    if settings.conf.identity.admin_role in person.roles:
        learned.fail(name, f'{_roles(person)} in the project {person.given.project}: what only '
                           f'administrators see would be seen, so take somebody else')
    elif MEMBER not in person.given.roles:
        learned.fail(name, f'the account names no role {MEMBER}, by which Tempest picks accounts: '
                           f'add "roles: [{MEMBER}]" to it')
    elif not any(role.strip('_').lower() == MEMBER for role in person.roles):
        learned.warn(name, f'{_roles(person)} in the project {person.given.project}, and not '
                           f'{MEMBER}, which may create servers and volumes by default')
    else:
        learned.ok(name, f'{_roles(person)} in the project {person.given.project}')


def _roles(person: Person) -> str:
    return f'role {", ".join(person.roles)}' if person.roles else 'no role'


def _accounts(settings: Settings, people: Sequence[Person], concurrency: int | None,
              learned: Learned) -> None:
    """Look at the accounts all together."""
    number = len(settings.people)
    if concurrency is not None and concurrency > number:
        learned.fail('accounts', f'{concurrency} workers need {concurrency} accounts, and there '
                                 f'are {number}: run with --concurrency {number}, or give '
                                 f'"ec2attrs configure" more clouds')
    elif len({person.credentials.project_id for person in people}) < len(people):
        learned.warn('accounts', 'two of them have the same project, in which tests that run at '
                                 'the same time see each other; take --concurrency 1')
    else:
        learned.ok('accounts', f'{number}, so at most --concurrency {number}')
    if settings.locks is None:
        learned.fail('locks', 'set [oslo_concurrency] lock_path, where Tempest marks the accounts '
                              'that are in use')
    elif settings.used:
        learned.fail('locks', f'another run uses {len(settings.used)} of the accounts, or was '
                              f'killed: if none runs, remove '
                              f'{", ".join(map(str, settings.used))}')


def may_make_people(settings: Settings, session: openstack.Session) -> Learned:
    """Return whether the administrator can look after people, and the role of a member exists."""
    learned = Learned()
    answer = session.request(
        catalog.of_identity(settings.conf), 'GET', f'/roles?name={MEMBER}', expect=(200, 403),
        source='GET /v3/roles')
    if answer.status == 403:
        learned.fail('people', 'Keystone does not let the administrator list roles, so no '
                               'projects and users can be made for the tests')
    elif not isinstance(answer.body, Mapping) or not answer.body.get('roles'):
        learned.fail('people', f'Keystone has no role {MEMBER}, which the users of the tests get')
    else:
        learned.ok('people', f'projects with a user of the role {MEMBER} can be made')
    return learned


def not_in_time(error: BaseException) -> str:
    """Return in words why a check came to nothing."""
    if isinstance(error, (*PROBLEMS, TimeoutError)):
        return str(error).partition('\n')[0]
    return f'the answer is not one of OpenStack ({type(error).__name__}: {error})'
