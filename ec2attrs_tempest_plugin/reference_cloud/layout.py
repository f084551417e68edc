"""Where the reference cloud keeps what, and on which ports it listens."""

import os
from pathlib import Path

HOST = '127.0.0.1'
REGION = 'RegionOne'

#: Each endpoint and its port at offset 0.
PORTS = {'keystone': 15000, 'placement': 18778, 'glance': 19292, 'neutron': 19696,
         'cinder': 18776, 'nova': 18774, 'nova-metadata': 18775, 'ec2': 18788,
         'ec2-metadata': 18789}

#: Each service, which is one process, and its endpoints. The slowest to start come first.
SERVICES = {'keystone': ('keystone',), 'nova': ('nova', 'nova-metadata'),
            'neutron': ('neutron',), 'cinder': ('cinder',), 'ec2': ('ec2', 'ec2-metadata'),
            'glance': ('glance',), 'placement': ('placement',)}

#: Boolean options of ec2-api that make another EC2 API of it, by its own names.
EC2_OPTIONS = ('disable_ec2_classic', 'ec2_private_dns_show_ip')

#: What belongs to the inside of the cloud.
PACKAGE = Path(__file__).resolve().parent
INSIDE = PACKAGE / 'inside'
LOCK_FILE = PACKAGE / 'lock.txt'
BOOT_MODULE = 'ec2attrs_cloud.boot'
#: The variable that names the module of an extension inside the cloud.
EXTENSION = 'EC2ATTRS_CLOUD_EXTENSION'

HIGHEST_OFFSET = 65535 - max(PORTS.values())
LOWEST_OFFSET = 1024 - min(PORTS.values())


def _home(variable: str, *default: str) -> Path:
    value = os.environ.get(variable)
    return (Path(value) if value else Path.home().joinpath(*default)) / 'ec2attrs'


def cache_directory() -> Path:
    """Return where the environments and templates are kept, for all clouds of this user."""
    return _home('XDG_CACHE_HOME', '.cache')


def default_root() -> Path:
    """Return the directory of the cloud that is meant when none is named."""
    return _home('XDG_STATE_HOME', '.local', 'state') / 'cloud'


def ports(offset: int) -> dict[str, int]:
    """Return the port of each endpoint of a cloud with this port offset."""
    return {endpoint: port + offset for endpoint, port in PORTS.items()}


def url(endpoints: dict[str, int], endpoint: str, path: str = '') -> str:
    """Return the URL of *path* at *endpoint*, given the ports of a cloud."""
    return f'http://{HOST}:{endpoints[endpoint]}{path}'


def environment(root: Path, extension: Path | None = None) -> dict[str, str]:
    """Return the environment variables of the processes inside the cloud in *root*.

    Nothing but these: a proxy, an OS_* or a PYTHON* variable of the caller would reach them.
    With *extension*, a file of Python, they name it as a module that can be imported.
    """
    kept = {name: os.environ[name] for name in ('HOME', 'LOGNAME', 'PATH', 'TMPDIR', 'TZ', 'USER')
            if name in os.environ}
    importable = [INSIDE, root / 'plugins']
    extended = {}
    if extension is not None:
        importable.append(extension.parent)
        extended = {EXTENSION: extension.stem}
    return kept | extended | {
        'LC_ALL': 'C.UTF-8', 'PYTHONPATH': os.pathsep.join(map(str, importable)),
        'PYTHONWARNINGS': 'ignore', 'PYTHONNOUSERSITE': '1',
        'XDG_CACHE_HOME': str(root / 'cache')}
