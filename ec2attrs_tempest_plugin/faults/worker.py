"""Runs tests in a process of their own, again and again: ``python -m ...faults.worker``.

Tempest and the tests are imported once; each run is a fork, so that nothing of
one run is left for the next. A job is a line of JSON on standard input:
``{"tests": [names], "stream": path, "seed": text or null}``. Two lines come
back: the process id of the run when it begins, and its exit status and the
largest memory it had (in bytes) when it has ended. TEMPEST_CONFIG_DIR says
where tempest.conf is.
"""

from collections.abc import Iterable, Iterator
import importlib
import itertools
import json
import os
from pathlib import Path
import pkgutil
import random
import resource
import sys
import traceback
from typing import Any
import unittest

import subunit
import testtools

from ec2attrs_tempest_plugin.clients import evidence
from ec2attrs_tempest_plugin.clients import transport
from ec2attrs_tempest_plugin.clients.ec2 import Ec2
import ec2attrs_tempest_plugin.tests

#: A run may have so much address space more than the worker, in bytes.
MEMORY = 4 * 1024 ** 3


def all_tests() -> list[unittest.TestCase]:
    """Return every test of the suite."""
    package = ec2attrs_tempest_plugin.tests
    found: list[unittest.TestCase] = []
    for module in pkgutil.walk_packages(package.__path__, f'{package.__name__}.'):
        if module.name.rpartition('.')[2].startswith('test_'):
            loaded = unittest.defaultTestLoader.loadTestsFromModule(
                importlib.import_module(module.name))
            found += testtools.iterate_tests(loaded)
    return found


class _Result(testtools.ExtendedToStreamDecorator):
    """With a seed it makes the random words of each test the same in every run."""

    def __init__(self, decorated: Any, seed: str | None) -> None:
        super().__init__(decorated)
        self._seed = seed

    def startTest(self, test: Any) -> None:
        self.begin(test.id())
        super().startTest(test)

    def begin(self, name: str) -> None:
        """Begin with what has a name: a test, or the set-up of a class."""
        if self._seed is not None:
            # Of the name alone: the requirements behind it may change, a recording may not.
            random.seed(self._seed + name.partition('[')[0])


def run(tests: Iterable[unittest.TestCase], stream: str, seed: str | None) -> None:
    """Run tests class by class and write the stream of their results."""
    with open(stream, 'wb', buffering=0) as file:
        for of, each in itertools.groupby(tests, type):
            # A result of its own: unittest keeps there which class it has to tear down.
            result: Any = _Result(subunit.StreamResultToBytes(file), seed)
            result.startTestRun()
            # The class makes its people and servers before its first test starts.
            result.begin(of.__qualname__)
            unittest.TestSuite(each).run(result)
            result.stopTestRun()


def _forked(tests: list[unittest.TestCase], job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setsid()
            pages = int(Path('/proc/self/statm').read_text().split()[0])
            size = pages * os.sysconf('SC_PAGESIZE')
            resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
            chosen = set(job['tests'])
            run([test for test in tests if test.id() in chosen], job['stream'], job['seed'])
            code = 0
        except BaseException:  # where it happened is for the log of the worker
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    yield {'pid': pid}
    _, status, usage = os.wait4(pid, 0)
    yield {'status': os.waitstatus_to_exitcode(status), 'memory': usage.ru_maxrss * 1024}


def main() -> None:
    """Serve jobs until standard input ends."""
    replies = os.fdopen(os.dup(1), 'w', buffering=1)
    # What a test prints must not be taken for a reply.
    os.dup2(2, 1)
    tests = all_tests()
    # The first EC2 client of a process reads the whole model of the service.
    Ec2('http://127.0.0.1', access='a', secret='s', region='r',  # noqa: S106 - never used
        http=transport.Transport(timeout=1), record=evidence.Evidence())
    # The same order in every run, and the tests of a class together.
    tests.sort(key=lambda test: (type(test).__module__, type(test).__qualname__, test.id()))
    replies.write(json.dumps([test.id() for test in tests]) + '\n')
    for line in sys.stdin:
        for reply in _forked(tests, json.loads(line)):
            replies.write(json.dumps(reply) + '\n')


if __name__ == '__main__':
    main()
