"""A program that behaves like ``tempest run``, as badly as it is told to."""

from pathlib import Path

IDS = ['a.B.test_one[EC2A-001,id-00000000-0000-4000-8000-000000000001]',
       'a.B.test_two[EC2A-002,id-00000000-0000-4000-8000-000000000002]']

SOURCE = '''
import gzip
import os
import signal
import subprocess
import sys
import time

import subunit

MODE = os.environ.get('FAKE_TEMPEST', '').split()
IDS = %s


SLEEP = 'import time; time.sleep(600)'


def note(child):
    """Tell the test which processes there are."""
    with open('children', 'a') as children:
        children.write(f'{child.pid} {os.getpid()} ')


def sleep():
    """Have a child and sleep with it."""
    note(subprocess.Popen([sys.executable, '-c', SLEEP]))
    time.sleep(600)


if 'stubborn' in MODE:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if '--list-tests' in sys.argv:
    if 'broken-list' in MODE:
        print('Failures during discovery')
        sys.exit('ImportError: no module named boto3')
    if 'slow-list' in MODE:
        sleep()
    if 'empty' not in MODE:
        print(chr(10).join(IDS))
    sys.exit(0)
with open('prefix', 'w') as prefix:
    prefix.write(os.environ.get('OS_DEFAULT__RESOURCE_NAME_PREFIX', 'none'))
with open(sys.argv[sys.argv.index('--load-list') + 1]) as wanted:
    ids = wanted.read().splitlines()
out = subunit.StreamResultToBytes(sys.stdout.buffer)
for test_id in ids:
    out.status(test_id=test_id, test_status='inprogress')
    if 'hang' in MODE and test_id == ids[-1]:
        sleep()
    if 'die' in MODE and test_id == ids[-1]:
        os.abort()
    out.status(test_id=test_id, file_name='exchanges', mime_type='application/gzip', eof=True,
               file_bytes=gzip.compress(os.environ.get('FAKE_HEAD', '').encode()))
    out.status(test_id=test_id, test_status='fail' if 'fail' in MODE else 'success')
if 'orphan' in MODE:
    note(subprocess.Popen([sys.executable, '-c', SLEEP], stdout=subprocess.DEVNULL))
sys.exit(1 if 'fail' in MODE else 0)
''' % IDS


def install(directory: Path) -> None:
    """Make ``import tempest`` find the fake when directory is in PYTHONPATH."""
    package = directory / 'tempest' / 'cmd'
    package.mkdir(parents=True)
    for path in (package.parent, package):
        (path / '__init__.py').touch()
    (package / 'main.py').write_text(SOURCE)
