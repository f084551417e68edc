"""Make every database from scratch: python -m ec2attrs_cloud.databases ROOT

One forked process per project, and in it one per command, since each parses its own options.
Exits with 1 where a command failed; "failed NAME" then says whose, and ROOT/log/NAME.log why.
"""

from collections.abc import Callable
import functools
import glob
import importlib
import os
import runpy
import sys
import traceback

from ec2attrs_cloud import configuration
from ec2attrs_cloud import departures
from ec2attrs_cloud import preload
from ec2attrs_cloud import services
from ec2attrs_cloud.facts import Facts

MANAGE_MODULES = {name: f'{name}.cmd.manage'
                  for name in ('keystone', 'nova', 'cinder', 'glance', 'placement')}


def commands(facts: Facts) -> dict[str, list[list[str]]]:
    """Return, per project, the arguments of its manage command, one list per call."""
    owner = ['--keystone-user', str(os.getuid()), '--keystone-group', str(os.getgid())]
    keystone = facts.url('keystone', '/v3')
    return {
        'keystone': [
            ['db_sync'], ['fernet_setup', *owner], ['credential_setup', *owner],
            ['bootstrap', '--bootstrap-username', 'admin',
             '--bootstrap-password', facts.secrets['admin'],
             '--bootstrap-project-name', 'admin', '--bootstrap-role-name', 'admin',
             '--bootstrap-service-name', 'keystone', '--bootstrap-region-id', facts.region,
             '--bootstrap-admin-url', keystone, '--bootstrap-public-url', keystone,
             '--bootstrap-internal-url', keystone]],
        'nova': [
            ['api_db', 'sync'],
            ['cell_v2', 'map_cell0', '--database_connection', facts.database('nova_cell0')],
            ['db', 'sync'],
            ['cell_v2', 'create_cell', '--name', 'cell1']],
        'cinder': [['db', 'sync']],
        'glance': [['db_sync']],
        'placement': [['db', 'sync']]}


def manage(facts: Facts, service: str, arguments: list[str]) -> None:
    """Run one manage command of *service*; SystemExit is its way to fail."""
    module = importlib.import_module(MANAGE_MODULES[service])
    sys.argv = [f'{service}-manage', '--config-file',
                configuration.config_file(facts, service), *arguments]
    sys.exit(module.main())


def make_neutron_tables(facts: Facts) -> None:
    """Make Neutron's tables from its models, stamp its migrations, put in what they put in."""
    from neutron.common import config
    from neutron.db.migration import cli
    from neutron.db.migration.models import head
    from neutron_lib.db import api as db_api
    import sqlalchemy
    config.register_common_config_options()
    config.init(['--config-file', configuration.config_file(facts, 'neutron')])
    metadata = head.get_metadata()
    versions = os.path.join(os.path.dirname(cli.__file__), 'alembic_migrations', 'versions')
    with db_api.CONTEXT_WRITER.get_engine().begin() as connection:
        metadata.create_all(connection)
        [migration] = glob.glob(f'{versions}/2023.2/expand/c33da356b165_*.py')
        for rule in runpy.run_path(migration)['default_template_rules']:
            attributes = connection.execute(
                sqlalchemy.insert(metadata.tables['standardattributes']).values(
                    description=rule.pop('description'),
                    resource_type='securitygroupdefaultrules'))
            connection.execute(
                sqlalchemy.insert(metadata.tables['securitygroupdefaultrules']).values(
                    standard_attr_id=attributes.inserted_primary_key[0], **rule))
        connection.execute(sqlalchemy.text(
            'CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)'))
        for name in ('EXPAND_HEAD', 'CONTRACT_HEAD'):
            with open(os.path.join(versions, name)) as file:
                for revision in file.read().split():
                    connection.execute(
                        sqlalchemy.text('INSERT INTO alembic_version VALUES (:revision)'),
                        {'revision': revision})


def make_ec2_tables(facts: Facts) -> None:
    """Make ec2-api's tables."""
    services.configure_ec2(facts)
    from ec2attrs_cloud import ec2_database
    ec2_database.make_tables()


def in_child(function: Callable[[], None], log: str) -> int:
    """Fork, run *function* with its output in the file *log*; return the child's pid."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        function()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def make(facts: Facts, service: str, log: str) -> None:
    """Make the databases of *service*.

    Raises RuntimeError where a command failed.
    """
    services.select_threads(service)
    departures.apply(service, 'early')
    if service in MANAGE_MODULES:
        importlib.import_module(MANAGE_MODULES[service])
        steps: list[Callable[[], None]] = [
            functools.partial(manage, facts, service, arguments)
            for arguments in commands(facts)[service]]
    elif service == 'neutron':
        steps = [lambda: make_neutron_tables(facts)]
    else:
        steps = [lambda: make_ec2_tables(facts)]
    for number, step in enumerate(steps, 1):
        _, status = os.waitpid(in_child(step, log), 0)
        if status:
            raise RuntimeError(f'step {number} of {service} failed')


def main(root: str) -> int:
    """Make the databases of the cloud in *root*."""
    facts = Facts.read(root)
    configuration.write(facts)
    os.environ |= configuration.environment(facts)
    preload.preload()
    children = {}
    for service in configuration.FILES:
        log = str(facts.root / 'log' / f'{service}.log')
        children[in_child(functools.partial(make, facts, service, log), log)] = service
    failed = []
    while children:
        pid, status = os.wait()
        service = children.pop(pid)
        if status:
            failed.append(service)
    for service in failed:
        print('failed', service)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
