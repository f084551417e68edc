"""A program that behaves like ``tempest run``, as badly as it is told to."""

from pathlib import Path

IDS = ['a.B.test_one[EC2A-001,id-00000000-0000-4000-8000-000000000001]',
       'a.B.test_two[EC2A-002,id-00000000-0000-4000-8000-000000000002]']
#: Listed as well in the mode "more".
MORE = [f'a.C.test_{n}[EC2A-002,id-00000000-0000-4000-8000-00000000001{n}]' for n in range(4)]

SOURCE = '''
import gzip
import json
import os
import signal
import subprocess
import sys
import time

import subunit

MODE = os.environ.get('FAKE_TEMPEST', '').split()
IDS = %s + (%s if 'more' in MODE else [])


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
with open('runs', 'a+') as runs:
    runs.write('x')
    run = runs.tell()
if run == 1 and 'hang-later' in MODE:
    MODE.remove('hang-later')
with open('prefix', 'w') as prefix:
    prefix.write(os.environ.get('OS_DEFAULT__RESOURCE_NAME_PREFIX', 'none'))
with open(sys.argv[sys.argv.index('--load-list') + 1]) as wanted:
    ids = wanted.read().splitlines()
out = subunit.StreamResultToBytes(sys.stdout.buffer)
for test_id in ids:
    out.status(test_id=test_id, test_status='inprogress')
    if {'hang', 'hang-later'} & set(MODE) and test_id == ids[-1]:
        sleep()
    if 'die' in MODE and test_id == ids[-1]:
        os.abort()
    out.status(test_id=test_id, file_name='exchanges', mime_type='application/gzip', eof=True,
               file_bytes=gzip.compress(os.environ.get('FAKE_HEAD', '').encode()))
    state = 'success'
    if 'fail' in MODE:
        state = 'fail'
        out.status(test_id=test_id, file_name='violations', mime_type='application/json',
                   eof=True, file_bytes=b'[{"requirement": "EC2A-001", "request_ids": []}]')
    # error=CODE:TESTS:RUNS: the first so many tests end in an error in the first so many runs.
    for code, tests, runs in (word[6:].split(':') for word in MODE if word.startswith('error=')):
        if IDS.index(test_id) < int(tests) and run <= int(runs):
            state = 'fail'
            out.status(test_id=test_id, file_name='error', mime_type='application/json', eof=True,
                       file_bytes=json.dumps({'code': code, 'message': 'it did not'}).encode())
    out.status(test_id=test_id, test_status=state)
if 'orphan' in MODE:
    note(subprocess.Popen([sys.executable, '-c', SLEEP], stdout=subprocess.DEVNULL))
sys.exit(1 if 'fail' in MODE else 0)
''' % (IDS, MORE)


def install(directory: Path) -> None:
    """Make ``import tempest`` find the fake when directory is in PYTHONPATH."""
    package = directory / 'tempest' / 'cmd'
    package.mkdir(parents=True)
    for path in (package.parent, package):
        (path / '__init__.py').touch()
    (package / 'main.py').write_text(SOURCE)
