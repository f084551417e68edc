"""A tempest.conf and its accounts, made of what was found of a cloud, for their owner alone."""

from collections.abc import Iterable, Mapping, Sequence
import contextlib
import dataclasses
import json
import os
from pathlib import Path
import tempfile

from ec2attrs_tempest_plugin.preflight.choosing import NotFound
from ec2attrs_tempest_plugin.preflight.choosing import Person
from ec2attrs_tempest_plugin.preflight.discovery import Found

HEAD = '# Written by "ec2attrs configure". It holds passwords: keep it to yourself.'
#: The role by which Tempest picks an account.
MEMBER = 'member'


@dataclasses.dataclass(frozen=True)
class Told:
    """What cannot be found out about a cloud, empty where nobody said."""

    ec2_url: str = ''
    metadata_url: str = ''
    metadata_secret: str = dataclasses.field(default='', repr=False)
    ec2_metadata_url: str = ''


def operator(found: Found, told: Told, home: Path) -> str:
    """Return a tempest.conf for someone who has the credentials of an administrator.

    :param home: an absolute path, where Tempest may keep its locks.
    :raises NotFound: when no tempest.conf can hold what was found.
    """
    person = found.person
    sections = _common(found, told, home)
    sections['auth'] = {
        'use_dynamic_credentials': 'true', 'tempest_roles': MEMBER,
        'create_isolated_networks': _yes(found.neutron and not found.network),
        'admin_username': person.username, 'admin_password': person.password,
        'admin_project_name': person.project,
        'admin_user_domain_name': person.user_domain,
        'admin_project_domain_name': person.project_domain,
        # Where the projects of the tests are made.
        'default_credentials_domain_name': person.project_domain}
    if found.network:
        sections['compute']['fixed_network_name'] = found.network
    return _rendered(sections)


def tenant(found: Sequence[Found], told: Told, home: Path, accounts_file: Path) -> tuple[str, str]:
    """Return a tempest.conf for people who are no administrators, and the accounts of them.

    :param found: the same cloud as each of them sees it.
    :param accounts_file: an absolute path, where the accounts are going to be.
    :raises NotFound: when Tempest cannot use the people, or one is an administrator.
    """
    first = found[0]
    for each in found:
        person = each.person
        if 'admin' in person.roles:
            raise NotFound(f'{person.username} has the role admin in the project {person.project},'
                           f' so what only administrators see would be seen: name another cloud '
                           f'of clouds.yaml, or use --profile operator')
        if (each.auth_url, each.region) != (first.auth_url, first.region):
            raise NotFound(f'{first.auth_url} {first.region} and {each.auth_url} {each.region} '
                           f'are not the same cloud')
    projects = [each.person.project_id for each in found]
    if len(set(projects)) != len(projects):
        raise NotFound('two of the clouds of clouds.yaml have the same project: tests that run at '
                       'the same time need a project each')
    sections = _common(first, told, home)
    sections['auth'] = {
        'use_dynamic_credentials': 'false', 'test_accounts_file': str(accounts_file)}
    return _rendered(sections), json.dumps(
        [_account(each.person, each.network) for each in found], indent=1, ensure_ascii=False
    ) + '\n'


def _account(person: Person, network: str) -> dict[str, object]:
    account: dict[str, object] = {
        'username': person.username, 'password': person.password,
        'project_name': person.project, 'user_domain_name': person.user_domain,
        'project_domain_name': person.project_domain,
        # Tempest picks accounts by a role of that name, whatever it is called in the cloud.
        'roles': [MEMBER]}
    if network:
        account['resources'] = {'network': network}
    return account


def _common(found: Found, told: Told, home: Path) -> dict[str, dict[str, str]]:
    """Return the options that are the same for everybody, by section."""
    interface = found.interface
    sections = {
        # No file of messages is wanted on top of the stream of results.
        'DEFAULT': {'use_stderr': 'false'},
        'oslo_concurrency': {'lock_path': str(home / 'tempest-lock')},
        'identity': {
            'auth_version': 'v3', 'uri_v3': found.auth_url, 'region': found.region,
            'v3_endpoint_type': interface,
            'disable_ssl_certificate_validation': _yes(not found.verify),
            'ca_certificates_file': found.cacert},
        # Tempest's own.
        'identity-feature-enabled': {'api_v2': 'false'},
        'compute': {
            'image_ref': found.image, 'image_ref_alt': found.image_alt,
            'flavor_ref': found.flavor, 'flavor_ref_alt': found.flavor_alt,
            'endpoint_type': interface},
        'image': {'endpoint_type': interface},
        'network': {'endpoint_type': interface},
        'volume': {'catalog_type': found.volume_type, 'endpoint_type': interface},
        'service_available': {
            'nova': 'true', 'glance': 'true', 'neutron': _yes(found.neutron),
            'cinder': _yes(bool(found.volume_type)), 'swift': 'false', 'horizon': 'false'},
        'validation': {'run_validation': 'false'},
        'ec2attrs': {
            # What the catalogue has is looked up in each run.
            'ec2_url': told.ec2_url, 'ec2_endpoint_type': found.ec2_interface,
            'kernel_ramdisk_image_ref': found.kernel_image,
            'metadata_url': told.metadata_url,
            'metadata_proxy_shared_secret': told.metadata_secret,
            'ec2_metadata_url': told.ec2_metadata_url}}
    return {section: {name: value for name, value in options.items() if value}
            for section, options in sections.items()}


def _yes(value: bool) -> str:
    return 'true' if value else 'false'


def _rendered(sections: Mapping[str, Mapping[str, str]]) -> str:
    lines = [HEAD]
    for section, options in sections.items():
        if options:
            lines += ['', f'[{section}]', *(
                f'{name} = {_quoted(name, value)}' for name, value in options.items())]
    return '\n'.join(lines) + '\n'


def _quoted(name: str, value: str) -> str:
    """Return a value as oslo.config reads it back.

    :raises NotFound: when no such file can hold it.
    """
    if not value.isprintable():
        raise NotFound(f'{name} has a character that no tempest.conf can hold')
    # A dollar begins the name of another option there.
    value = value.replace('$', '$$')
    if value != value.strip() or value[:1] in ('"', "'"):
        return f'"{value}"'
    return value


def refuse_existing(paths: Iterable[Path]) -> None:
    """Raise NotFound when one of the files is there already."""
    for path in paths:
        if path.exists() or path.is_symlink():
            raise NotFound(f'{path} is there already: give --force to write it anew, or --output '
                           f'another name')


def write(files: Mapping[Path, str], *, force: bool) -> None:
    """Write files for their owner alone, each at once.

    :param force: whether files that are there are written anew.
    :raises NotFound: when one is there already, or cannot be written.
    """
    for path, content in files.items():
        try:
            _write(path, content, force)
        except FileExistsError:
            raise NotFound(f'{path} has just been made by somebody else') from None
        except OSError as error:
            raise NotFound(f'{path} cannot be written: {error.strerror}') from error


def _write(path: Path, content: str, force: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # It is made for the owner alone, and in the same place, so that it can be renamed.
    handle, name = tempfile.mkstemp(prefix=f'.{path.name}-', dir=path.parent)
    try:
        with open(handle, 'w', encoding='utf-8') as made:
            made.write(content)
            made.flush()
            os.fsync(made.fileno())
        if force:
            os.replace(name, path)
        else:
            os.link(name, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
