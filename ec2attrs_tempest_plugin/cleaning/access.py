"""Whom a tempest.conf names, and how they reach the services of the cloud."""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
from pathlib import Path
import ssl
from typing import Any

from oslo_config import cfg
from tempest import config
from tempest.lib import auth
from tempest.lib import exceptions as lib_exc
import urllib3
import yaml

from ec2attrs_tempest_plugin.clients import catalog
from ec2attrs_tempest_plugin.clients import errors
from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import openstack
from ec2attrs_tempest_plugin.clients import tempest_http
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
from ec2attrs_tempest_plugin.contract.outcomes import Code

# What is read, by group, so that what is wrong is known before anything is done.
_USED: Mapping[str | None, Sequence[str]] = {
    None: ('resource_name_prefix',),
    'auth': ('use_dynamic_credentials', 'test_accounts_file', 'default_credentials_domain_name',
             'admin_username', 'admin_password', 'admin_project_name', 'admin_domain_name',
             'admin_user_domain_name', 'admin_project_domain_name'),
    'identity': ('uri_v3', 'region', 'v3_endpoint_type', 'admin_role', 'ca_certificates_file',
                 'disable_ssl_certificate_validation'),
    **dict.fromkeys(('compute', 'image', 'network', 'volume'),
                    ('catalog_type', 'region', 'endpoint_type')),
    'ec2attrs': ('ec2_url', 'ec2_region', 'ec2_endpoint_type', 'ec2_access_key',
                 'ec2_secret_key'),
    'service-clients': ('http_timeout', 'proxy_url'),
    'oslo_concurrency': ('lock_path',)}
# No file of accounts comes near this.
_MAX_ACCOUNTS = 1024 * 1024


class NotUsable(Exception):
    """A cloud cannot be asked as its configuration says; the message says what to do."""


def read(path: Path) -> cfg.ConfigOpts:
    """Return what a tempest.conf says, with Tempest's own defaults.

    Neither its logs are opened nor what other plugins want is looked at.

    :raises NotUsable: when it cannot be read.
    """
    conf = cfg.ConfigOpts()
    for group, options in config.list_opts():
        name = getattr(group, 'name', group)
        if name in _USED:
            conf.register_opts(options, group=name)
    conf.register_opt(cfg.StrOpt('lock_path'), group='oslo_concurrency')
    try:
        conf([], project='tempest', default_config_files=[str(path)], default_config_dirs=[])
        for group, names in _USED.items():
            for name in names:
                getattr(conf[group] if group else conf, name)
        for name in ('build_timeout', 'build_interval'):
            getattr(conf.compute, name)
    except (cfg.Error, ValueError, OSError) as error:
        raise NotUsable(f'{path} cannot be used as tempest.conf: {error}') from error
    return conf


@dataclasses.dataclass(frozen=True)
class Person:
    """Someone with a project, and a way to ask the services.

    :ivar admin: whether they see the things of all projects.
    :ivar ec2_keys: access key and secret that the configuration has, None without.
    """

    name: str
    project_id: str
    admin: bool
    session: openstack.Session
    endpoints: Mapping[str, catalog.Endpoint]
    ec2_url: str
    ec2_region: str
    http: transport.Transport
    ec2_keys: tuple[str, str] | None = None

    def ask(self, service: str, method: str, path: str, *, expect: tuple[int, ...],
            body: Mapping[str, Any] | None = None,
            headers: Mapping[str, str] | None = None) -> openstack.Answer:
        """Return the answer of a service: identity, compute, volume, image or network.

        :raises BadAnswer: when it is none of those that are expected.
        :raises NotOffered: when the cloud has no such service.
        """
        source = f'{method} {service} {path.partition("?")[0]}'
        try:
            return self.session.request(self.endpoints[service], method, path, body=body,
                                        headers=headers, expect=expect, source=source)
        except (lib_exc.TempestException, urllib3.exceptions.HTTPError) as error:
            # A token is renewed when it has become old.
            raise errors.BadAnswer(f'{source}: Keystone gives no token '
                                   f'({type(error).__name__})') from error

    def ec2(self, access: str, secret: str) -> Ec2:
        """Return EC2 as the owner of keys sees it."""
        return Ec2(self.ec2_url, access=access, secret=secret, region=self.ec2_region,
                   http=self.http, record=evidence.Evidence())


def people(conf: cfg.ConfigOpts) -> list[Person]:
    """Return the administrator, or each of the accounts that Tempest is given.

    :raises NotUsable: when there is none, or one cannot get a token.
    """
    if conf.auth.use_dynamic_credentials:
        own = conf.auth
        if not (own.admin_username and own.admin_password and own.admin_project_name):
            raise NotUsable('there is no administrator: set [auth] admin_username, '
                            'admin_password and admin_project_name')
        domain = own.admin_domain_name
        accounts = [{'username': own.admin_username, 'password': own.admin_password,
                     'project_name': own.admin_project_name,
                     'user_domain_name': own.admin_user_domain_name or domain,
                     'project_domain_name': own.admin_project_domain_name or domain}]
    else:
        accounts = list(_accounts(conf))
    found: dict[tuple[str, bool], Person] = {}
    for account in accounts:
        person = _person(conf, account)
        found.setdefault((person.project_id, person.admin), person)
    return list(found.values())


def _accounts(conf: cfg.ConfigOpts) -> Iterator[dict[str, Any]]:
    """Yield the people of the file of accounts as Tempest's own classes want them."""
    path = conf.auth.test_accounts_file
    if not path:
        raise NotUsable('[auth] use_dynamic_credentials is false and test_accounts_file is not '
                        'set, so there is nobody to ask as')
    try:
        with open(path, 'rb') as file:
            entries = yaml.safe_load(file.read(_MAX_ACCOUNTS))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotUsable(f'the accounts in {path} cannot be read: '
                        f'{type(error).__name__}') from error
    if not isinstance(entries, list) or not entries:
        raise NotUsable(f'{path} holds no list of accounts')
    wanted = set(auth.KeystoneV3Credentials.ATTRIBUTES) | {'tenant_name'}
    for entry in entries:
        if not isinstance(entry, dict):
            raise NotUsable(f'{path} holds no list of accounts')
        account = {key: value for key, value in entry.items() if key in wanted}
        if 'tenant_name' in account:
            account['project_name'] = account.pop('tenant_name')
        if not any('domain' in key for key in account):
            account['domain_name'] = conf.auth.default_credentials_domain_name
        yield account


def _person(conf: cfg.ConfigOpts, account: Mapping[str, Any]) -> Person:
    name = str(account.get('username') or account.get('user_id'))
    uri = conf.identity.uri_v3
    if not uri:
        raise NotUsable('no cloud is named: set [identity] uri_v3')
    clients = conf['service-clients']
    dscv = conf.identity.disable_ssl_certificate_validation
    ca_certs = conf.identity.ca_certificates_file or None
    http = transport.Transport(timeout=clients.http_timeout, verify=not dscv, ca_certs=ca_certs,
                               proxy_url=clients.proxy_url)
    try:
        provider = auth.KeystoneV3AuthProvider(
            auth.KeystoneV3Credentials(**account), uri, disable_ssl_certificate_validation=dscv,
            ca_certs=ca_certs, http_timeout=clients.http_timeout, proxy_url=clients.proxy_url)
        # It waits where Keystone limits the rate of requests, and says what went wrong.
        tempest_http.use(provider, http)
        _, told = provider.get_auth()
        project_id = str(told['project']['id'])
        roles = {str(role['name']) for role in told.get('roles', [])}
        provider.credentials.user_id = str(told['user']['id'])
        provider.credentials.project_id = project_id
    except lib_exc.Unauthorized:
        raise NotUsable(f'Keystone does not take the username and password of {name}, or not for '
                        f'that project and those domains (status 401)') from None
    except KeyError:
        raise NotUsable(f'{name} got a token without a project: set a project_name') from None
    except Exception as error:  # Tempest raises what it likes
        if ca_certs and uri.startswith('https') and (
                not isinstance(error, errors.CloudError)
                or error.code in (Code.CONNECTION, Code.SET_UP)):
            _check_certificates(ca_certs)
        raise NotUsable(f'Keystone at {openstack.without_credentials(uri)} gives {name} no token: '
                        f'{_reason(error)}') from error
    session = openstack.Session(provider, name, http, evidence.Evidence())
    access, secret = conf.ec2attrs.ec2_access_key, conf.ec2attrs.ec2_secret_key
    return Person(
        name=name, project_id=project_id, admin=conf.identity.admin_role in roles,
        session=session, endpoints={
            'identity': catalog.of_identity(conf),
            **{service: catalog.of_group(conf, service, version) for service, version in (
                ('compute', None), ('volume', None), ('image', 'v2'), ('network', 'v2.0'))}},
        ec2_url=conf.ec2attrs.ec2_url or _in_catalogue(session, catalog.of_ec2(conf)),
        ec2_region=conf.ec2attrs.ec2_region or conf.identity.region or 'RegionOne', http=http,
        ec2_keys=(access, secret) if access and secret else None)


def _check_certificates(path: str) -> None:
    """Read the trusted certificates, since an error of the connection does not name the file.

    :raises NotUsable: when there are none.
    """
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        raise NotUsable(f'[identity] ca_certificates_file {path} cannot be used: '
                        f'{error.strerror}') from error


def _reason(error: Exception) -> str:
    """Return why there is no token."""
    if not isinstance(error, errors.CloudError):
        said = ('its response cannot be read' if isinstance(error, ValueError)
                else ' '.join(str(error).split()))
        return f'{said} ({type(error).__name__}); look at [identity] uri_v3'
    return str(error)


def _in_catalogue(session: openstack.Session, endpoint: catalog.Endpoint) -> str:
    """Return the URL of EC2, empty where there is none."""
    try:
        return session.url(endpoint)
    except errors.NotOffered:
        return ''
