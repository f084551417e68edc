"""The databases and the seeding of a cloud, made once and restored at each start."""

from collections.abc import Collection
import contextlib
import hashlib
import json
from pathlib import Path
import secrets
import shutil
import sqlite3
import subprocess
import sysconfig
import time
from typing import Any

from ec2attrs_tempest_plugin.reference_cloud import artifact
from ec2attrs_tempest_plugin.reference_cloud import environment
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud import processes
from ec2attrs_tempest_plugin.reference_cloud import starting
from ec2attrs_tempest_plugin.reference_cloud.artifact import Say
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

SECRETS = ('admin', 'member', 'nova', 'glance', 'neutron', 'cinder', 'placement', 'ec2',
           'metadata_proxy')
#: What of a cloud's root is its state; the rest is made at each start.
STATE = ('db', 'state')
NEEDED_BYTES = 256 * 2**20

_ENTRY_POINTS = """\
[neutron.ml2.mechanism_drivers]
ec2attrs_binding = ec2attrs_cloud.port_binding:BindingDriver
"""
_METADATA = 'Metadata-Version: 2.1\nName: ec2attrs-cloud\nVersion: 1.0\n'


def key(lock: bytes, soabi: str, sources: dict[str, bytes]) -> str:
    """Return what tells templates apart: all that shapes the databases and the seeding."""
    digest = hashlib.sha256()
    for part in (lock, soabi.encode(), *(part for name, source in sorted(sources.items())
                                         for part in (name.encode(), source))):
        digest.update(len(part).to_bytes(8, 'big') + part)
    return digest.hexdigest()[:16]


def current_key() -> str:
    """Return the key of this version of the reference cloud on this Python."""
    sources = {str(path.relative_to(layout.INSIDE)): path.read_bytes()
               for path in layout.INSIDE.rglob('*.py')}
    sources['secrets'] = ' '.join(SECRETS).encode()
    return key(layout.LOCK_FILE.read_bytes(), str(sysconfig.get_config_var('SOABI')), sources)


def provide(venv: Path, ports: dict[str, int], say: Say) -> Path:
    """Return the template's directory, making it first where it is missing.

    Making it starts a cloud on *ports*. Raises CloudError where that fails.
    """
    target = layout.cache_directory() / f'template-{current_key()}'

    def build(temporary: Path, lock: int) -> None:
        try:
            _build(temporary, venv, ports, say)
        except CloudError as error:
            # The logs outlive the directory that they were written in.
            kept = target.with_name(target.name + '.failed')
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(temporary / 'log', kept / 'log')
            raise CloudError(str(error).replace(str(temporary), str(kept))) from error

    artifact.make_once(target, build, say, before_removal=processes.stop)
    return target


def _build(root: Path, venv: Path, ports: dict[str, int], say: Say) -> None:
    environment.check_space(root, NEEDED_BYTES, 'Making the template of the cloud')
    began = time.monotonic()

    def step(what: str) -> None:
        say(f'  {what} ({time.monotonic() - began:.0f} s)')

    say('Making the template of the cloud, once')
    write_facts(root, ports, {name: secrets.token_urlsafe(24) for name in SECRETS}, {})
    try:
        step('databases')
        _run_inside(root, venv, 'databases')
        step('services and seeding')
        starting.start(root, venv, ports, ['keystone'], lambda line: None)
        _run_inside(root, venv, 'seed', 'identity')
        starting.start(root, venv, ports, [name for name in layout.SERVICES if name != 'keystone'],
                       lambda line: None)
        _run_inside(root, venv, 'seed', 'resources')
    finally:
        processes.stop(root)
    for database in (root / 'db').glob('*.sqlite'):
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    seed = json.loads((root / 'seed.json').read_text())
    write_facts(root, ports, read_facts(root)['secrets'], seed)
    for entry in root.iterdir():
        if entry.name not in (*STATE, 'cloud.json'):
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    step('done')


def _run_inside(root: Path, venv: Path, module: str, *arguments: str) -> None:
    """Run a module of the inside to its end.

    Raises CloudError with its last line and its log where it fails.
    """
    log = starting.log_file(root, module)
    with open(log, 'a') as output:
        done = subprocess.run(
            [environment.python(venv), '-m', f'ec2attrs_cloud.{module}', str(root), *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=root,
            env=layout.environment(root))
    if done.returncode:
        said = starting.last_error(log)
        if said.startswith('failed '):
            log = starting.log_file(root, said.split()[1])
            said = starting.last_error(log)
        raise CloudError(f'the {module} of the cloud could not be made: {said}; see {log}')


def read_facts(root: Path) -> dict[str, Any]:
    """Return what ROOT/cloud.json says.

    Raises CloudError where there is none.
    """
    try:
        facts: dict[str, Any] = json.loads((root / 'cloud.json').read_text())
    except FileNotFoundError:
        raise CloudError(f'there is no cloud in {root}: start one with "ec2attrs cloud up"'
                         ) from None
    except ValueError as error:
        raise CloudError(f'{root / "cloud.json"} is damaged ({error}): remove {root}') from None
    return facts


def write_facts(root: Path, ports: dict[str, int], passwords: dict[str, str],
                seed: dict[str, Any]) -> None:
    """Write ROOT/cloud.json and the directories that the inside finds in place."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (*STATE, 'run', 'log', 'etc', 'cache'):
        (root / name).mkdir(mode=0o700, exist_ok=True)
    plugin = root / 'plugins' / 'ec2attrs_cloud-1.0.dist-info'
    plugin.mkdir(parents=True, exist_ok=True)
    (plugin / 'METADATA').write_text(_METADATA)
    (plugin / 'entry_points.txt').write_text(_ENTRY_POINTS)
    _write(root, {'root': str(root), 'template': current_key(), 'host': layout.HOST,
                  'region': layout.REGION, 'ports': ports, 'secrets': passwords, 'seed': seed})


def set_ec2_options(root: Path, options: Collection[str]) -> None:
    """Let ROOT/cloud.json say which boolean options of ec2-api are true."""
    _write(root, {**read_facts(root), 'ec2_options': dict.fromkeys(sorted(options), True)})


def _write(root: Path, facts: dict[str, Any]) -> None:
    temporary = root / 'cloud.json.new'
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(facts, indent=1))
    temporary.replace(root / 'cloud.json')


def restore(source: Path, root: Path, ports: dict[str, int]) -> None:
    """Put the state of the template *source* into *root*, replacing what is there."""
    for name in (*STATE, 'run', 'log', 'etc', 'cache', 'plugins'):
        if (root / name).exists():
            shutil.rmtree(root / name)
    (root / 'cloud.json').unlink(missing_ok=True)
    for name in STATE:
        shutil.copytree(source / name, root / name)
    adapt(root, read_facts(source), ports)


def adapt(root: Path, facts: dict[str, Any], ports: dict[str, int]) -> None:
    """Make the state in *root*, made where and for what *facts* say, one of *root* and *ports*.

    Written last of all: ROOT/cloud.json.
    """
    def rewrite(database: str, table: str, key_column: str, column: str, old: str,
                new: str) -> None:
        _update(root, database,
                f'UPDATE {table} SET {column} = replace({column}, ?, ?) '  # noqa: S608
                f'WHERE instr({column}, ?) AND {key_column} IS NOT NULL', old, new, old)

    rewrite('nova_api', 'cell_mappings', 'id', 'database_connection',
            f'{facts["root"]}/', f'{root}/')
    rewrite('glance', 'image_locations', 'id', 'value', f'{facts["root"]}/', f'{root}/')
    _move_endpoints(root, facts['ports'], ports)
    # A service that was not heard of since the template was made would be called down.
    # Nova goes by last_seen_up where there is one, and reports it 5 s after its start only.
    for database, column in (('nova_cell1', 'updated_at'), ('nova_cell1', 'last_seen_up'),
                             ('cinder', 'updated_at')):
        _update(root, database, f'UPDATE services SET {column} = '  # noqa: S608
                                "strftime('%Y-%m-%d %H:%M:%f', 'now')")
    write_facts(root, ports, facts['secrets'], facts['seed'])


def _update(root: Path, database: str, statement: str, *values: str) -> None:
    with contextlib.closing(sqlite3.connect(root / 'db' / f'{database}.sqlite')) as connection:
        connection.execute(statement, values)
        connection.commit()


def _move_endpoints(root: Path, old: dict[str, int], new: dict[str, int]) -> None:
    """Rewrite the ports of the catalogue, each once: a new port may be another's old one.

    An endpoint that whoever used a kept cloud has added stays as it is.
    """
    moved = {f'{layout.HOST}:{old[name]}': f'{layout.HOST}:{new[name]}' for name in new}
    with contextlib.closing(sqlite3.connect(root / 'db' / 'keystone.sqlite')) as connection:
        for identifier, address in connection.execute('SELECT id, url FROM endpoint').fetchall():
            scheme, _, rest = address.partition('//')
            place, slash, path = rest.partition('/')
            if place in moved:
                connection.execute('UPDATE endpoint SET url = ? WHERE id = ?',
                                   (f'{scheme}//{moved[place]}{slash}{path}', identifier))
        connection.commit()
