"""What a tempest.conf says, as far as it matters before a run."""

from collections.abc import Sequence
import dataclasses
from pathlib import Path
import re
from typing import Any

from oslo_config import cfg
import yaml

from ec2attrs_tempest_plugin.config import Ec2AttrsGroup
from ec2attrs_tempest_plugin.contract.visibility import Microversion

# What Tempest calls the mark of an account: a digest of it.
_MARK = re.compile('[0-9a-f]{32}')
# In bytes.
_LARGEST = 1024 * 1024

#: As Tempest declares them: importing it takes longer than most of the checks.
OPTIONS: dict[str, Sequence[cfg.Opt]] = {
    'auth': (
        cfg.BoolOpt('use_dynamic_credentials', default=True), cfg.StrOpt('test_accounts_file'),
        cfg.BoolOpt('create_isolated_networks', default=True),
        cfg.StrOpt('admin_username'), cfg.StrOpt('admin_password', secret=True),
        cfg.StrOpt('admin_project_name'), cfg.StrOpt('admin_domain_name', default='Default'),
        cfg.StrOpt('admin_user_domain_name'), cfg.StrOpt('admin_project_domain_name')),
    'identity': (
        cfg.URIOpt('uri', schemes=['http', 'https']),
        cfg.URIOpt('uri_v3', schemes=['http', 'https']),
        cfg.StrOpt('region', default='RegionOne'),
        cfg.StrOpt('catalog_type', default='identity'),
        cfg.StrOpt('v3_endpoint_type', default='public'),
        cfg.StrOpt('admin_role', default='admin'),
        cfg.BoolOpt('disable_ssl_certificate_validation', default=False),
        cfg.StrOpt('ca_certificates_file')),
    'compute': (
        cfg.StrOpt('catalog_type', default='compute'), cfg.StrOpt('region', default=''),
        cfg.StrOpt('endpoint_type', default='publicURL'), cfg.StrOpt('image_ref'),
        cfg.StrOpt('image_ref_alt'), cfg.StrOpt('flavor_ref', default='1'),
        cfg.StrOpt('flavor_ref_alt', default='2'), cfg.StrOpt('fixed_network_name'),
        cfg.StrOpt('max_microversion')),
    **{group: (
        cfg.StrOpt('catalog_type', default=kind), cfg.StrOpt('region', default=''),
        cfg.StrOpt('endpoint_type', default='publicURL'))
       for group, kind in (('image', 'image'), ('network', 'network'))},
    'volume': (
        cfg.StrOpt('catalog_type', default='block-storage'), cfg.StrOpt('region', default=''),
        cfg.StrOpt('endpoint_type', default='publicURL'), cfg.IntOpt('volume_size', default=1),
        cfg.StrOpt('volume_type', default='')),
    'compute-feature-enabled': (
        *(cfg.BoolOpt(name, default=True) for name in (
            'pause', 'suspend', 'shelve', 'rescue', 'snapshot')),
        *(cfg.BoolOpt(name, default=False) for name in (
            'resize', 'volume_multiattach', 'unified_limits'))),
    'volume-feature-enabled': (cfg.BoolOpt('snapshot', default=True),),
    'service_available': (cfg.BoolOpt('cinder', default=True),
                          cfg.BoolOpt('neutron', default=True)),
    'service-clients': (cfg.StrOpt('proxy_url'),),
    'oslo_concurrency': (cfg.StrOpt('lock_path'),),
    'ec2attrs': Ec2AttrsGroup,
}


class Unusable(Exception):
    """A tempest.conf or a file of accounts cannot be used; the message says why."""


@dataclasses.dataclass(frozen=True)
class Credentials:
    """A name and a password for a project.

    :ivar network: the name of the network to boot on, empty for none of its own.
    :ivar roles: those that the file of accounts names, for an administrator none.
    """

    username: str
    password: str = dataclasses.field(repr=False)
    project: str
    user_domain: str
    project_domain: str
    network: str = ''
    roles: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Settings:
    """A tempest.conf.

    :ivar conf: the options, by group.
    :ivar people: the administrator alone, or the accounts that tests run with.
    """

    conf: Any
    auth_url: str
    people: tuple[Credentials, ...]

    @property
    def dynamic(self) -> bool:
        """Whether an administrator makes the projects that tests run in."""
        return bool(self.conf.auth.use_dynamic_credentials)

    def rules_out(self, group: str, name: str, value: bool = False) -> bool:
        """Say whether a flag is set to a value, and not just by default.

        Tempest's defaults of resize and volume_multiattach are false.
        """
        place = self.conf.get_location(name, group)
        return bool(self.conf[group][name]) is value and place is not None and (
            place.location.is_user_controlled)

    @property
    def newest(self) -> Microversion | None:
        """The newest microversion that tests may use, None for no limit."""
        value = self.conf.compute.max_microversion
        return None if not value or value == 'latest' else Microversion.parse(value)

    @property
    def locks(self) -> Path | None:
        """Where Tempest marks the accounts that are in use, None where it cannot."""
        path = self.conf.oslo_concurrency.lock_path
        return Path(path) if path else None

    @property
    def used(self) -> list[Path]:
        """The marks of accounts that are in use, or were when a run was killed."""
        if self.locks is None or not self.locks.is_dir():
            return []
        return sorted(each for each in self.locks.iterdir() if _MARK.fullmatch(each.name))


def read(path: Path) -> Settings:
    """Return what a tempest.conf says.

    :raises Unusable: when it, or the file of accounts that it names, cannot be used.
    """
    conf = cfg.ConfigOpts()
    for group, options in OPTIONS.items():
        conf.register_opts(options, group=group)
    try:
        if path.stat().st_size > _LARGEST:
            raise Unusable(f'{path} is too large for a tempest.conf')
        conf(args=[], project='tempest', default_config_files=[str(path)],
             default_config_dirs=[])
        # Options are read when they are asked for.
        for group, options in OPTIONS.items():
            for option in options:
                getattr(conf[group], option.dest)
        identity = conf.identity
        url = identity.uri_v3 or (identity.uri or '').replace('v2.0', 'v3', 1)
        if not url:
            raise Unusable(f'{path} names no cloud: set [identity] uri_v3')
        settings = Settings(conf, url.rstrip('/'), tuple(_people(conf)))
        _ = settings.newest
    except OSError as error:
        raise Unusable(f'{error.filename} cannot be read: {error.strerror}') from error
    except (cfg.Error, ValueError) as error:
        raise Unusable(f'{path} cannot be used as tempest.conf: {error}') from error
    return settings


def _people(conf: Any) -> list[Credentials]:
    auth = conf.auth
    if not auth.use_dynamic_credentials and auth.test_accounts_file:
        return _accounts(Path(auth.test_accounts_file))
    unset = [name for name in ('admin_username', 'admin_password', 'admin_project_name')
             if not auth[name]]
    if not auth.use_dynamic_credentials:
        raise Unusable('[auth] use_dynamic_credentials is false, and there is no '
                       'test_accounts_file: "ec2attrs configure --profile tenant" makes one')
    if unset:
        raise Unusable(f'[auth] {" and ".join(unset)} not set, so there is no administrator; '
                       f'without one, use "ec2attrs configure --profile tenant"')
    return [Credentials(
        auth.admin_username, auth.admin_password, auth.admin_project_name,
        auth.admin_user_domain_name or auth.admin_domain_name,
        auth.admin_project_domain_name or auth.admin_domain_name)]


def _accounts(path: Path) -> list[Credentials]:
    if path.stat().st_size > _LARGEST:
        raise Unusable(f'{path} is too large for a file of accounts')
    try:
        accounts = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        # What is wrong with it may be quoted, with a password.
        raise Unusable(f'{path} is no YAML') from None
    if not isinstance(accounts, list) or not accounts:
        raise Unusable(f'{path} holds no list of accounts')
    return [_account(each, path, number) for number, each in enumerate(accounts, 1)]


def _account(account: Any, path: Path, number: int) -> Credentials:
    if not isinstance(account, dict):
        raise Unusable(f'account {number} of {path} is none')
    domain = account.get('domain_name', 'Default')
    values: dict[str, Any] = {
        'username': account.get('username'), 'password': account.get('password'),
        'project': account.get('project_name') or account.get('tenant_name'),
        'user_domain': account.get('user_domain_name', domain),
        'project_domain': account.get('project_domain_name', domain)}
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise Unusable(f'account {number} of {path} has no {name}')
    resources = account.get('resources') or {}
    network = resources.get('network', '') if isinstance(resources, dict) else ''
    return Credentials(**values, network=str(network),
                       roles=tuple(map(str, account.get('roles') or ())))
