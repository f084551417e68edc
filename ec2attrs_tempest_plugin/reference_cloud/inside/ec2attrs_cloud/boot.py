"""Start services: python -m ec2attrs_cloud.boot ROOT SERVICE...

Forks one process per service from one parent that has imported what they share. The parent writes
one line per event to its standard output ("started NAME PID", "ready NAME", "died NAME STATUS")
and waits for its standard input: after the line "leave" it ends and the services go on; at the end
of the input, that is when whoever started it is gone, it ends the services too.
"""

import json
import os
import pathlib
import select
import signal
import sys
import threading
import time
import traceback

from ec2attrs_cloud import configuration
from ec2attrs_cloud import preload
from ec2attrs_cloud import services
from ec2attrs_cloud import wsgi
from ec2attrs_cloud.facts import Facts

#: How long services may take to end before they are killed, in seconds.
GRACE = 5.0


def note_process(facts: Facts, name: str) -> None:
    """Write ROOT/run/NAME.pid for this process: who it is, in a way that outlives reused pids."""
    stat = pathlib.Path('/proc/self/stat').read_text()
    identity = {'pid': os.getpid(), 'start': stat.rpartition(')')[2].split()[19],
                'boot': pathlib.Path('/proc/sys/kernel/random/boot_id').read_text().strip()}
    path = facts.root / 'run' / f'{name}.pid'
    temporary = path.with_suffix('.new')
    temporary.write_text(json.dumps(identity))
    temporary.replace(path)


def run_service(facts: Facts, name: str, ready: int) -> None:
    """Be the service *name*: serve until SIGTERM. Writes to the descriptor *ready* once it serves.

    Never returns.
    """
    status = 1
    try:
        os.setsid()
        note_process(facts, name)
        log = os.open(facts.root / 'log' / f'{name}.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND,
                      0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        pathlib.Path('/proc/self/comm').write_text(f'ec2attrs-{name}'[:15])
        applications = services.start(name, facts)
        end = threading.Event()
        # Only now: until here SIGTERM ends the process at once, and a project may have put its
        # own handlers in place.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: end.set())
        with open(facts.root / 'log' / f'{name}.access', 'a', buffering=1) as access:
            for endpoint, application in applications.items():
                application = wsgi.with_token_cache(application)
                wsgi.serve(facts.host, facts.ports[endpoint],
                           wsgi.with_access_log(application, endpoint, access))
            os.write(ready, b'r')
            os.close(ready)
            end.wait()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        # Threads of the projects and of the web server would hold up an ordinary exit.
        os._exit(status)


def tell(*words: object) -> None:
    """Write one event for whoever started us."""
    os.write(1, (' '.join(map(str, words)) + '\n').encode())


def stop(running: dict[int, str]) -> None:
    """End the services *running*, by force after GRACE seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in running:
            os.kill(pid, number)
        deadline = time.monotonic() + GRACE
        while running and time.monotonic() < deadline:
            reap(running)
            time.sleep(0.05)


def reap(running: dict[int, str]) -> list[tuple[str, int]]:
    """Return name and exit status of the services that ended, and forget them."""
    ended = []
    for pid in list(running):
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            ended.append((running.pop(pid), os.waitstatus_to_exitcode(status)))
    return ended


def main(root: str, names: list[str]) -> int:
    """Start the services *names* of the cloud in *root*."""
    facts = Facts.read(root)
    note_process(facts, 'boot')
    configuration.write(facts)
    os.environ |= configuration.environment(facts)
    preload.preload()
    running: dict[int, str] = {}
    try:
        return supervise(facts, running, fork_services(facts, names, running))
    except BrokenPipeError:  # whoever started us is gone
        stop(running)
        return 1


def fork_services(facts: Facts, names: list[str], running: dict[int, str]) -> dict[int, str]:
    """Fork a process for each of *names* into *running*; return where each will say 'ready'."""
    waiting: dict[int, str] = {}
    for name in names:
        readable, writable = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(readable)
            run_service(facts, name, writable)
        os.close(writable)
        running[pid] = name
        waiting[readable] = name
        tell('started', name, pid)
    return waiting


def supervise(facts: Facts, running: dict[int, str], waiting: dict[int, str]) -> int:
    """Report what happens to the services until told to leave (0) or left alone (1)."""
    while True:
        for descriptor in select.select([0, *waiting], [], [], 0.1)[0]:
            if descriptor == 0:
                if os.read(0, 100).strip() == b'leave':
                    (facts.root / 'run' / 'boot.pid').unlink(missing_ok=True)
                    return 0
                stop(running)
                return 1
            if os.read(descriptor, 1):
                tell('ready', waiting[descriptor])
            os.close(descriptor)
            del waiting[descriptor]
        for name, status in reap(running):
            tell('died', name, status)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
