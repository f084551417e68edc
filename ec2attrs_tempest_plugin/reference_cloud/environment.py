"""The cloud's own virtual environment, made from the lock file."""

import hashlib
import os
from pathlib import Path
import shutil
import subprocess
import sys
import sysconfig
import time

from ec2attrs_tempest_plugin.reference_cloud import artifact
from ec2attrs_tempest_plugin.reference_cloud import layout
from ec2attrs_tempest_plugin.reference_cloud.artifact import Say
from ec2attrs_tempest_plugin.reference_cloud.errors import CloudError

#: Free space to ask for before the environment is built: it takes 0.7 GiB, pip's cache 0.3.
NEEDED_BYTES = 1536 * 2**20
#: Seconds between two lines of progress.
SAY_EVERY = 10.0


def key(lock: bytes, soabi: str) -> str:
    """Return what tells environments apart: the lock file, the Python version, the platform."""
    return f'{soabi}-{hashlib.sha256(lock).hexdigest()[:12]}'


def directory() -> Path:
    """Return the directory of the environment for this Python and this lock file."""
    name = key(layout.LOCK_FILE.read_bytes(), str(sysconfig.get_config_var('SOABI')))
    return layout.cache_directory() / f'venv-{name}'


def python(environment: Path) -> Path:
    """Return the one program of the environment that is ever run: scripts hold absolute paths."""
    return environment / 'bin' / 'python'


def provide(say: Say) -> Path:
    """Return the environment's directory, building it first where it is missing or broken.

    Raises CloudError where it cannot be built.
    """
    target = directory()
    if artifact.is_complete(target) and not _starts(python(target)):
        say(f'The Python under {target} does not start any more; building it anew')
        artifact.discard(target, say)
    artifact.make_once(target, lambda temporary, lock: _build(temporary, lock, target, say), say)
    return target


def check_space(path: Path, needed: int, what: str) -> None:
    """Raise CloudError where the file system of *path* has less than *needed* bytes free."""
    existing = next(parent for parent in (path, *path.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise CloudError(f'{what} needs {needed // 2**20} MiB free under {path}, '
                         f'but there are {free // 2**20} MiB: make room, or set '
                         f'XDG_CACHE_HOME or --root to a place with more')


def _starts(program: Path) -> bool:
    try:
        return subprocess.run([program, '-I', '-c', ''], capture_output=True).returncode == 0
    except OSError:
        return False


def _check_pip() -> None:
    found = subprocess.run([sys.executable, '-m', 'pip', '--version'], capture_output=True,
                           text=True)
    if found.returncode:
        raise CloudError(f'pip is missing from the environment of {sys.executable}: install it '
                         f'with "{sys.executable} -m ensurepip"')
    version = found.stdout.split()[1]
    if tuple(int(part) for part in version.split('.')[:2]) < (22, 3):
        raise CloudError(f'pip {version} is too old to install into another environment: '
                         f'"{sys.executable} -m pip install --upgrade pip" brings a newer one')


def _build(temporary: Path, lock: int, target: Path, say: Say) -> None:
    check_space(temporary.parent, NEEDED_BYTES, 'Building the environment of the cloud')
    _check_pip()
    log = target.with_name(target.name + '.log')
    say(f'Building the environment of the cloud, once: {target}')
    with open(log, 'w') as output:
        def run(what: str, command: list[str], count: Path | None = None) -> None:
            # The lock is inherited: if this process is killed, its heirs wait for the command.
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, pass_fds=(lock,),
                                       env=os.environ | {'PIP_USER': '0'})
            try:
                _watch(process, what, count, log, say)
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
            if process.returncode:
                raise CloudError(f'{what} failed: {_last_error(log)}; see {log}')

        run('making the environment',
            [sys.executable, '-m', 'venv', '--without-pip', str(temporary)])
        program = str(python(temporary))
        [site_packages] = temporary.glob('lib/python3*/site-packages')
        run('installing packages',
            [sys.executable, '-m', 'pip', '--python', program, 'install', '--no-deps',
             '--no-compile', '--no-input', '--disable-pip-version-check',
             '--no-warn-script-location', '--progress-bar', 'off', '-r', str(layout.LOCK_FILE)],
            count=site_packages)
        # Files that are templates for other versions of Python do not compile: not an error.
        say('  compiling packages')
        subprocess.run([program, '-m', 'compileall', '-j', '2', '-qq', str(site_packages)],
                       stdout=output, stderr=output, pass_fds=(lock,))


def _watch(process: subprocess.Popen[bytes], what: str, count: Path | None, log: Path,
           say: Say) -> None:
    """Wait for *process*; say from time to time how far it is."""
    began = time.monotonic()
    total = sum('==' in line for line in layout.LOCK_FILE.read_text().splitlines())
    while True:
        try:
            process.wait(timeout=SAY_EVERY)
            break
        except subprocess.TimeoutExpired:
            how_far = ''
            if count is not None:
                fetched = log.read_text(errors='replace').count('Collecting ')
                installed = len(list(count.glob('*.dist-info')))
                how_far = f': {fetched} of {total} fetched, {installed} installed'
            say(f'  {what}{how_far} ({time.monotonic() - began:.0f} s)')
    if process.returncode == 0:
        say(f'  {what}: done ({time.monotonic() - began:.0f} s)')


def _last_error(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors='replace').splitlines()]
    errors = [line for line in lines if line.startswith('ERROR:')]
    return next(reversed(errors or [line for line in lines if line]), 'no output')
