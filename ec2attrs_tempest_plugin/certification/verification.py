"""Verification: all that a bundle says, computed again from what it holds, offline."""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

from ec2attrs_tempest_plugin.certification import attestation
from ec2attrs_tempest_plugin.certification import bundle
from ec2attrs_tempest_plugin.certification import differences
from ec2attrs_tempest_plugin.certification import freshness
from ec2attrs_tempest_plugin.certification import guideline
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification import run
from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification.plan import PlanError
from ec2attrs_tempest_plugin.certification.waivers import WaiverError
from ec2attrs_tempest_plugin.contract import release

_ALWAYS = ('run.json', 'guideline.json', 'result.json', bundle.SUMS, 'attestation.json',
           *bundle.RENDERED)
# Of what differs no more is told.
_TOLD = 20
# A clock may be set during a run, but not by more than this.
_CLOCK = datetime.timedelta(minutes=1)


@dataclasses.dataclass(frozen=True)
class Line:
    """One thing that was looked at.

    :ivar good: None where there was nothing to look at.
    :ivar more: what is wrong, one sentence each.
    """

    about: str
    good: bool | None
    says: str
    more: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Verification:
    """What was found, in three lines that say different things.

    :ivar other: the version of the suite that has to verify it, where that is not this one.
    """

    signature: Line
    consistency: Line
    challenge: Line
    other: str = ''

    @property
    def lines(self) -> tuple[Line, Line, Line]:
        """The three."""
        return self.signature, self.consistency, self.challenge

    @property
    def wrong(self) -> bool:
        """Whether something is wrong; what was not asked for is not."""
        return any(line.good is False for line in self.lines)

    @property
    def failed(self) -> bool:
        """Whether something is wrong, or this version of the suite cannot tell."""
        return self.wrong or bool(self.other)


def verify(files: Mapping[str, bytes], *, key: Path | None = None, challenge: str | None = None,
           published: guideline.Guideline | None = None,
           waived: bytes | None = None) -> Verification:
    """Return what is to be said of the files of a bundle.

    :param key: the public key, in PEM, of whoever is said to have signed it.
    :param challenge: what the certifier gave for the run.
    :param published: the guideline that it has to be; without, the one of its id that comes with
        the suite.
    :param waived: the waivers that it has to have; without, any are taken and told.
    """
    wrong = [f'{name} is not in the bundle' for name in _ALWAYS if name not in files]
    unlike: list[str] = []
    foreign: list[str] = []
    if not wrong:
        try:
            wrong += _sums(files)
            unlike += _recomputed(files, published, waived, foreign)
        except RecursionError:
            wrong.append('something in the bundle is nested too deeply')
    own, made = release.suite(), made_by(files)
    # Digests are the same for any version, and so is what the streams say of it; what follows from
    # them another version may compute otherwise.
    other = made if (unlike and not wrong and not foreign and made not in ('', own)
                     and release.alike(made, own)) else ''
    wrong += unlike
    if other:
        says = f'not verified: version {other} of the suite made it, and this is {own}'
        consistency = Line('bundle', None, says)
    elif wrong:
        says = f'it does not hold together: {_many(len(wrong), "thing")} wrong'
        consistency = Line('bundle', False, says, wrong[:_TOLD])
    else:
        verdict = json.loads(files['result.json'])['verdict']
        says = (f'consistent; the verdict computed again is {verdict["conclusion"]}: '
                f'{verdict["why"]}')
        consistency = Line('bundle', True, says)
    return Verification(_signature(files, key), consistency,
                        _challenge(files, challenge, consistency.good), other)


def exit_code(files: Mapping[str, bytes]) -> int:
    """Return the exit code that the verdict of a bundle has, once it was verified."""
    return int(json.loads(files['result.json'])['verdict']['exit_code'])


def made_by(files: Mapping[str, bytes]) -> str:
    """Return the version of the suite that a bundle says it was made by, '' if it does not."""
    try:
        versions = run.parse(files.get('run.json', b'')).suite
    except run.RunError:
        return ''
    return text.plain(versions.get(release.PACKAGE, ''), 60)


def _signature(files: Mapping[str, bytes], key: Path | None) -> Line:
    content = files.get('attestation.json', b'')
    try:
        subject = attestation.statement(content)['subject']
        signed = attestation.signers(content)
        if key is None:
            says = (f'signed with {", ".join(signed)}, which was not checked: give --key'
                    if signed else 'the bundle is not signed')
            return Line('signature', None, says)
        key_id = attestation.verified(content, key)
    except attestation.AttestationError as error:
        return Line('signature', False, str(error))
    digests = {name: result.digest(each) for name, each in files.items()
               if name != 'attestation.json'}
    if subject != digests:
        return Line('signature', False, 'it was made for other files',
                    list(differences.of_digests(subject, digests, 'file'))[:_TOLD])
    return Line('signature', True, f'valid for all files, by the key {key_id}')


def _sums(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what is wrong with the digests and with the statement about them."""
    listed: dict[str, str] = {}
    for line in files[bundle.SUMS].decode('utf-8', 'replace').splitlines():
        digest, _, name = line.partition('  ')
        if name in listed:
            yield f'{bundle.SUMS} has {text.plain(name, 80)} twice'
        listed[name] = digest
    there = {name: result.digest(content) for name, content in files.items()
             if name not in (bundle.SUMS, 'attestation.json')}
    yield from differences.of_digests(listed, there, f'file in {bundle.SUMS}')
    if listed == there and files[bundle.SUMS] != bundle.sums(
            {name: files[name] for name in there}):
        yield f'{bundle.SUMS} is not written as the suite writes it'
    try:
        stated = attestation.statement(files['attestation.json'])
    except attestation.AttestationError as error:
        yield str(error)
        return
    there[bundle.SUMS] = result.digest(files[bundle.SUMS])
    yield from differences.of_digests(stated['subject'], there, 'file in attestation.json')


def _recomputed(files: Mapping[str, bytes], published: guideline.Guideline | None,
                waived: bytes | None, foreign: list[str]) -> Iterator[str]:
    """Yield where the result is not what follows from the run, the streams and the guideline.

    :param foreign: gets where the streams say that another suite or cloud is theirs.
    """
    try:
        claimed = json.loads(files['result.json'])
        if not isinstance(claimed, dict):
            raise ValueError
    except (ValueError, RecursionError):
        yield 'result.json is no JSON'
        return
    try:
        used = guideline.parse(files['guideline.json'])
        yield from _guideline(used, published)
        if waived is not None and files.get('waivers.json') != waived:
            yield 'waivers.json is not the file of waivers that was given'
        streams = {name: content for name, content in files.items()
                   if name.startswith('streams/')}
        record = run.parse(files['run.json'])
        built = result.build(record, streams, used, files.get('waivers.json'))
    except (guideline.GuidelineError, run.RunError, result.ResultError, PlanError,
            WaiverError) as error:
        yield str(error)
        return
    made_by = record.suite.get(release.PACKAGE, '')
    if not release.alike(made_by, release.suite()):
        yield (f'the tests that were run are not those of this version of the suite: it was made '
               f'by {text.plain(made_by, 60)}, and this is {release.suite()}')
    foreign += built.foreign
    yield from _moments(record, built.evidence)
    if record.dump() != files['run.json']:
        yield 'run.json is not written as the suite writes it'
    if unused := streams.keys() - {each.stream for each in record.tries}:
        yield f'{min(unused)} belongs to no attempt of the run'
    if record.guideline != used.id:
        yield f'guideline.json is not {text.plain(record.guideline, 40)}, that of the run'
    kept = {name: content for name, content in files.items() if name.startswith('evidence/')}
    yield from differences.of_digests(
        {name: result.digest(each) for name, each in kept.items()},
        {name: result.digest(each) for name, each in built.evidence.items()},
        'evidence computed again from the streams')
    made_of = {name: result.digest(content) for name, content in files.items()
               if name not in (*bundle.RENDERED, 'result.json', bundle.SUMS, 'attestation.json')}
    expected = bundle.dumped({**built.document, 'files': dict(sorted(made_of.items()))})
    computed = json.loads(expected)
    found = list(differences.of_results(claimed, computed))
    yield from found
    if not found and files['result.json'] != expected:
        # Keys twice or tests in another order: readers of it could see different things.
        yield 'result.json is not written as the suite writes it'
    yield from _rendered(files, computed, built.evidence)
    try:
        stated = attestation.statement(files['attestation.json'])['predicate']
    except attestation.AttestationError:
        return  # which has been said
    follows = attestation.predicate(computed)
    for name in sorted(follows.keys() | stated.keys()):
        if (name not in stated or name not in follows
                or not differences.same(follows[name], stated[name])):
            yield (f'attestation.json states another {text.plain(name, 40)} than what is '
                   f'computed')


def _moments(record: run.Run, evidence: Mapping[str, bytes]) -> Iterator[str]:
    """Yield which attempt has evidence of another time than its own."""
    spans = [(datetime.datetime.fromisoformat(each.started) - _CLOCK,
              datetime.datetime.fromisoformat(each.ended) + _CLOCK) for each in record.tries]
    wrong: dict[int, str] = {}
    for content in evidence.values():
        for line in content.splitlines():
            exchange = json.loads(line)
            begin, end = spans[exchange['attempt'] - 1]
            try:
                good = begin <= datetime.datetime.fromisoformat(exchange['at']) <= end
            except (TypeError, ValueError):
                good = False
            if not good:
                wrong.setdefault(exchange['attempt'], str(exchange['at']))
    for number, moment in sorted(wrong.items()):
        yield (f'the evidence of attempt {number} is not of its time: '
               f'{text.plain(moment, 40)}')


def _guideline(used: guideline.Guideline,
               published: guideline.Guideline | None) -> Iterator[str]:
    if published is None:
        try:
            published = guideline.published(used.id)
        except guideline.GuidelineError:
            yield (f'the guideline {used.id} is not one of this version of the suite: '
                   f'give it with --guideline')
            return
    if used.content != published.content:
        yield f'guideline.json is not the guideline {published.id} as it was published'


def _rendered(files: Mapping[str, bytes], document: Mapping[str, Any],
              evidence: Mapping[str, bytes]) -> Iterator[str]:
    """Yield which report does not say what the result says."""
    for name, content in bundle.rendered(document, evidence).items():
        if files[name] != content:
            yield f'{name} is not what this version of the suite makes of result.json'


def _challenge(files: Mapping[str, bytes], challenge: str | None,
               consistent: bool | None) -> Line:
    try:
        given = run.parse(files.get('run.json', b'')).challenge
    except run.RunError:
        given = None
    if challenge is None:
        return Line('challenge', None, 'not checked: give --challenge' if given
                    else 'no challenge is known of the run')
    if not consistent:
        return Line('challenge', consistent, 'not looked for: the bundle was not verified'
                    if consistent is None else 'not looked for: the bundle does not hold together')
    if given != hashlib.sha256(challenge.encode()).hexdigest():
        return Line('challenge', False, 'the run was made for another challenge' if given
                    else 'the run was made without a challenge')
    seen = freshness.found(challenge, (content for name, content in sorted(files.items())
                                       if name.startswith('evidence/')))
    counted = ', '.join(f'{place} {number}' for place, number in seen.places.items())
    says = f'answered in {seen.records} of {seen.of} records ({counted})'
    absent = [f'no answer has it in {place}' for place, number in seen.places.items()
              if not number]
    if seen.wrong:
        absent.append(f'{_many(seen.wrong, "word")} made of another challenge')
    return Line('challenge', not absent, says, absent)


def _many(number: int, noun: str) -> str:
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'
