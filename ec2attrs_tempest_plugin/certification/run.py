"""What a run was to do and did, beside its streams of results: the file run.json."""

import dataclasses
import datetime
import json
import os
from pathlib import Path
from typing import Any

from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.guideline import PROFILES

SCHEMA = 'ec2attrs-run/1'
# In bytes.
MAX_SIZE = 8 * 1024 * 1024

#: How an attempt ended; unknown until it has.
ENDS = ('unknown', 'finished', 'timed out', 'interrupted')


class RunError(Exception):
    """There is no run here that can be used; the message says why."""


@dataclasses.dataclass
class Try:
    """One run of tests.

    :ivar stream: its stream of results, a path beside run.json.
    :ivar planned: idempotent ids of the tests that it was to run.
    :ivar trouble: what went wrong beside the tests.
    :ivar left: what the tests had left in the cloud when they ended, and what became of it.
    """

    stream: str
    planned: list[str]
    started: str
    ended: str
    end: str = 'unknown'
    concurrency: int = 0
    trouble: list[str] = dataclasses.field(default_factory=list)
    left: str = ''


@dataclasses.dataclass
class Run:
    """A run and its attempts.

    :ivar cloud: addresses and what else is known of it: keystone, nova, ec2.
    :ivar suite: versions of the packages.
    :ivar challenge: SHA-256 of the certifier's challenge, None where there was none.
    :ivar plan: ids of the tests as the runner writes them.
    :ivar requirements: sentence, link and whether it is advisory, by id.
    """

    product: dict[str, str]
    cloud: dict[str, str]
    suite: dict[str, str]
    profile: str
    guideline: str
    challenge: str | None
    plan: list[str]
    requirements: dict[str, dict[str, Any]]
    tries: list[Try] = dataclasses.field(default_factory=list)

    def dump(self) -> bytes:
        """Return the content of run.json."""
        return (json.dumps({'schema': SCHEMA, **dataclasses.asdict(self)}, indent=1,
                           sort_keys=True) + '\n').encode()

    def save(self, path: Path) -> None:
        """Write run.json, whole or not at all."""
        new = path.with_suffix('.new')
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as out:
            out.write(self.dump())
        new.replace(path)


def load(path: Path) -> Run:
    """Return the run of a run.json.

    :raises RunError: when there is none, or it is none.
    """
    try:
        with open(path, 'rb') as source:
            return parse(source.read(MAX_SIZE + 1))
    except OSError as error:
        raise RunError(f'there is no run in {path.parent}: {error.strerror}; '
                       f'"ec2attrs certify" makes one') from error


def parse(content: bytes) -> Run:
    """Return the run that a run.json tells of.

    :raises RunError: when it is none.
    """
    if len(content) > MAX_SIZE:
        raise RunError('run.json is too large')
    try:
        given = json.loads(content)
        if given.pop('schema') != SCHEMA:
            raise RunError(f'run.json does not have the schema {SCHEMA}')
        tries = [Try(**each) for each in given.pop('tries')]
        run = Run(**given, tries=tries)
        _check(run)
    except (ValueError, RecursionError):
        raise RunError('run.json is no JSON that could be used') from None
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(f'run.json is not laid out as it has to be: '
                       f'{text.plain(str(error), 120)}') from None
    return run


def _check(run: Run) -> None:
    lists: list[Any] = [run.plan, *(part for each in run.tries
                                    for part in (each.planned, each.trouble))]
    if not all(isinstance(each, list) for each in lists):
        raise RunError('run.json has something else where there should be a list')
    if len({each.stream for each in run.tries}) != len(run.tries):
        raise RunError('not each attempt has a stream of its own')
    texts: list[Any] = [run.guideline, *run.plan, *run.product.values(), *run.cloud.values(),
                        *run.suite.values()]
    for each in run.tries:
        texts += [each.stream, each.started, each.ended, each.left, *each.planned,
                  *each.trouble]
        for moment in (each.started, each.ended):
            parsed = datetime.datetime.fromisoformat(moment)
            if parsed.tzinfo is None or not 2000 <= parsed.year < 9999:
                raise RunError('run.json has a time without a zone, or one that cannot be')
        if each.end not in ENDS or type(each.concurrency) is not int:
            raise RunError('run.json has an attempt without an end or a number of workers')
    if not all(isinstance(each, str) for each in texts):
        raise RunError('run.json has something else where there should be text')
    if run.profile not in PROFILES or not isinstance(run.challenge, str | None):
        raise RunError('run.json has a profile or a challenge that cannot be')
    for row in run.requirements.values():
        if (not isinstance(row, dict) or row.keys() != {'sentence', 'link', 'advisory'}
                or not isinstance(row['sentence'], str) or not isinstance(row['link'], str)
                or type(row['advisory']) is not bool):
            raise RunError('run.json has a requirement that says nothing')


def now() -> str:
    """Return the time, with its zone."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds')
