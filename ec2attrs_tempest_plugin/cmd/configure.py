"""``ec2attrs configure``: write a tempest.conf for a cloud of clouds.yaml."""

import argparse
from collections.abc import Sequence
import os
from pathlib import Path
import sys
from typing import Any

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.preflight import choosing
from ec2attrs_tempest_plugin.preflight import configuration
from ec2attrs_tempest_plugin.preflight import discovery
from ec2attrs_tempest_plugin.preflight.choosing import NotFound

EXIT_ERROR = 3
#: The environment variable with the secret of the metadata proxy.
SECRET = 'EC2ATTRS_METADATA_SECRET'
# In bytes.
_LARGEST_SECRET = 4096

DESCRIPTION = """\
Write a tempest.conf for a cloud of clouds.yaml, with everything that can be found out.

As operator the cloud's user is the administrator, who makes the projects that tests run in. As
tenant the tests run in the projects of one or several users, who are no administrators. No file
but those is written, and nothing is made in the cloud.
"""

EPILOG = f"""\
examples:
  ec2attrs configure --os-cloud admin
  ec2attrs configure --os-cloud admin --metadata-url http://controller:8775 \\
      --metadata-secret-file secret.txt --output ~/cloud/etc/tempest.conf
  ec2attrs configure --os-cloud alice --profile tenant
  ec2attrs configure --profile tenant --os-cloud alice --os-cloud bob
        two projects, so that two workers can run tests at the same time

Without a cacert in clouds.yaml, the certificates of $OS_CACERT, $REQUESTS_CA_BUNDLE or
$SSL_CERT_FILE are trusted, and written as [identity] ca_certificates_file.

The secret is metadata_proxy_shared_secret of nova.conf. It comes from a file or from the
environment variable {SECRET}, never from the command line, which others can read.

exit codes: 0 written; 3 wrong usage, or the cloud cannot be used: one line on stderr says why
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the subparsers of ``ec2attrs``."""
    parser = subparsers.add_parser(
        'configure', help='write a tempest.conf for a cloud of clouds.yaml',
        description=DESCRIPTION, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--os-cloud', action='append', metavar='NAME', dest='os_clouds',
                        help='the cloud of clouds.yaml (default: $OS_CLOUD); as tenant it may be '
                             'given again, for another project of the same cloud')
    parser.add_argument('--profile', choices=('operator', 'tenant'), default='operator',
                        help='whether the user is an administrator (default: %(default)s)')
    parser.add_argument('--output', type=Path, metavar='FILE', default=Path('etc/tempest.conf'),
                        help='what to write (default: %(default)s); the accounts of tenants go '
                             'into accounts.yaml beside it')
    parser.add_argument('--force', action='store_true', help='write over files that are there')
    parser.add_argument('--image', metavar='NAME', default='',
                        help='name or id of the image to boot (default: the smallest public one)')
    parser.add_argument('--flavor', metavar='NAME', default='',
                        help='name or id of the flavor (default: the smallest with room for it)')
    parser.add_argument('--network', metavar='NAME', default='',
                        help='name or id of the network to boot on (default: as operator a '
                             'network is made for each project, as tenant one of the project, '
                             'and a shared one only where it owns none)')
    parser.add_argument('--ec2-url', metavar='URL', type=_url,
                        help='the EC2 API (default: that of the catalogue)')
    parser.add_argument('--metadata-url', metavar='URL', type=_url,
                        help='the metadata service of Nova, where the proxy of Neutron asks it')
    parser.add_argument('--ec2-metadata-url', metavar='URL', type=_url,
                        help='the metadata service of the EC2 API')
    parser.add_argument('--metadata-secret-file', metavar='FILE', type=Path,
                        help=f'holds the secret of the metadata proxy (default: ${SECRET})')
    parser.set_defaults(handler=configure)


def _url(value: str) -> str:
    if not value.startswith(('http://', 'https://')) or not value.isprintable() or ' ' in value:
        raise argparse.ArgumentTypeError('must begin with http:// or https://')
    return value


def configure(args: argparse.Namespace) -> int:
    """Write the files that args ask for and return the exit code."""
    try:
        return _configure(args)
    except NotFound as error:
        print(f'ec2attrs configure: {text.plain(str(error), 600)}', file=sys.stderr)
        return EXIT_ERROR


def _configure(args: argparse.Namespace) -> int:
    clouds = args.os_clouds or [each for each in (os.environ.get('OS_CLOUD'),) if each]
    if not clouds:
        raise NotFound('name a cloud of clouds.yaml with --os-cloud')
    if len(set(clouds)) != len(clouds):
        raise NotFound('a cloud is named twice with --os-cloud')
    tenants = args.profile == 'tenant'
    if len(clouds) > 1 and not tenants:
        raise NotFound('--profile operator takes one --os-cloud, the administrator')
    told = configuration.Told(
        ec2_url=args.ec2_url or '', metadata_url=args.metadata_url or '',
        metadata_secret=_secret(args.metadata_secret_file),
        ec2_metadata_url=args.ec2_metadata_url or '')
    if told.metadata_url and not told.metadata_secret:
        raise NotFound(f'--metadata-url is of no use without the secret of the metadata proxy: '
                       f'give --metadata-secret-file, or set ${SECRET}')
    output = args.output.expanduser().absolute()
    accounts = output.parent / 'accounts.yaml'
    if not args.force:
        configuration.refuse_existing([output, *([accounts] if tenants else [])])
    wanted = choosing.Wanted(args.image, args.flavor, args.network)
    found = [discovery.find(cloud, wanted, tenant=tenants) for cloud in clouds]
    if tenants:
        conf, people = configuration.tenant(found, told, output.parent, accounts)
        configuration.write({accounts: people, output: conf}, force=args.force)
    else:
        configuration.write({output: configuration.operator(found[0], told, output.parent)},
                            force=args.force)
    _report(found, told, args)
    return 0


def _secret(path: Path | None) -> str:
    """Return the secret of the metadata proxy, empty where nobody gave it."""
    if path is None:
        return os.environ.get(SECRET, '').strip()
    try:
        with open(path.expanduser(), 'rb') as source:
            secret = source.read(_LARGEST_SECRET).decode('utf-8').strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f'{path} cannot be read: {error}') from error
    if not secret:
        raise NotFound(f'{path} is empty')
    return secret


def _report(found: Sequence[discovery.Found], told: configuration.Told,
            args: argparse.Namespace) -> None:
    first = found[0]
    lines = [f'Keystone: {first.auth_url}, region {first.region}', *first.notes,
             *(note for other in found[1:] for note in other.notes
               if note.startswith('network')),
             f'microversions of Nova: {first.microversions}; the tests ask for themselves',
             f'EC2: {told.ec2_url or first.ec2_url or "not in the catalogue; give --ec2-url"}',
             f'volumes: {first.volume_type or "there is no Cinder"}',
             f'metadata service: {told.metadata_url or "unknown; give --metadata-url"}']
    if args.profile == 'tenant':
        lines.append(f'accounts: {len(found)}, so at most --concurrency {len(found)}')
    elif 'admin' not in first.person.roles:
        lines.append(f'WARNING: {first.person.username} has no role admin in the project '
                     f'{first.person.project}, but is to be the administrator; perhaps '
                     f'--profile tenant is meant')
    if first.cacert:
        lines.insert(1, f'trusted certificates: {first.cacert}')
    for line in lines:
        print(text.plain(line))
    print(f'{args.output} written; next: ec2attrs preflight --config-file {args.output}')
