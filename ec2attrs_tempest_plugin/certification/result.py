"""The result of a run: what result.json says, computed from what the run left.

It follows from the run's own record, its streams of results, the guideline and the waivers alone,
so that whoever has these computes it again. result.schema.json documents it.
"""

from collections.abc import Iterator, Mapping, Sequence
import dataclasses
import datetime
import hashlib
import io
import json
import re
from typing import Any

from ec2attrs_tempest_plugin.certification import plan
from ec2attrs_tempest_plugin.certification import records
from ec2attrs_tempest_plugin.certification import text
from ec2attrs_tempest_plugin.certification import waivers
from ec2attrs_tempest_plugin.certification.guideline import Guideline
from ec2attrs_tempest_plugin.certification.run import Run
from ec2attrs_tempest_plugin.certification.run import Try
from ec2attrs_tempest_plugin.certification.stream import decode
from ec2attrs_tempest_plugin.certification.stream import Decoder
from ec2attrs_tempest_plugin.certification.stream import Outcome
from ec2attrs_tempest_plugin.certification.stream import Reported
from ec2attrs_tempest_plugin.certification.verdict import Attempt
from ec2attrs_tempest_plugin.certification.verdict import Conclusion
from ec2attrs_tempest_plugin.certification.verdict import judge
from ec2attrs_tempest_plugin.certification.verdict import Status
from ec2attrs_tempest_plugin.certification.verdict import TestResult
from ec2attrs_tempest_plugin.certification.verdict import Verdict
from ec2attrs_tempest_plugin.contract import release
from ec2attrs_tempest_plugin.contract.requirements import Requirement

# In the version document of Nova, as it is kept.
_VERSIONS = re.compile(r'"min_version": "(\d+\.\d+)".{,200}?"version": "(\d+\.\d+)"')

# A number of an exchange that is larger is not counted: seconds, repetitions.
_LARGEST = 1e6

SCHEMA = 'ec2attrs-result/1'
PRODUCT = ('vendor', 'name', 'version', 'contact')
CLOUD = ('keystone', 'nova', 'ec2')


class ResultError(Exception):
    """There can be no result; the message says why."""


@dataclasses.dataclass(frozen=True)
class Result:
    """A result with what it was made of.

    :ivar document: what result.json says, but for its list of files.
    :ivar evidence: the content of each file of evidence by its path.
    :ivar foreign: where the streams say that they are of another suite, cloud or challenge.
    """

    document: dict[str, Any]
    evidence: Mapping[str, bytes]
    verdict: Verdict
    foreign: Sequence[str]


def build(run: Run, streams: Mapping[str, bytes], guideline: Guideline,
          waived: bytes | None = None) -> Result:
    """Return the result of a run.

    :param streams: the streams of results by the paths that the run has for them.
    :param waived: the content of the file of waivers, if there is one.
    :raises GuidelineError: when the guideline does not have the profile.
    :raises ResultError: when a stream is not there.
    :raises PlanError: when the plan holds what is no test.
    :raises WaiverError: when the waivers cannot be used.
    """
    decoded = [_decoded(each, streams) for each in run.tries]
    problems: list[str] = []
    evidence: dict[str, list[dict[str, Any]]] = {}
    spoken: list[Mapping[str, Any]] = []
    silent: list[str] = []
    for number, (each, decoder) in enumerate(zip(run.tries, decoded, strict=True), 1):
        # What an earlier attempt lost is missing unless a later one has it.
        if number == len(run.tries):
            problems += _troubles(each)
        problems += _renamed(run, decoder)
        for outcome in decoder.outcomes:
            head, exchanges = records.unpacked(outcome)
            if head is None:
                silent += _unproven(run, outcome)
            elif head not in spoken:
                spoken.append(head)
            if exchanges:
                evidence.setdefault(plan.idempotent_id(outcome.id), []).extend(
                    {'attempt': number, **one} for one in exchanges)
    foreign = list(_speakers(run, spoken))
    problems += foreign
    if spoken and silent:
        problems.append(f'{_many(len(silent), "test")} passed without evidence, first '
                        f'{text.plain(min(silent))}')
    demands = guideline.demands(run.profile)
    ended = max((_moment(each.ended) for each in run.tries),
                default=datetime.datetime.min.replace(tzinfo=datetime.UTC))
    verdict = judge(
        [plan.parse_id(each) for each in run.plan],
        [Attempt(each.planned, decoder.outcomes, decoder.running)
         for each, decoder in zip(run.tries, decoded, strict=True)],
        {key: Requirement(key, text.plain(str(row['sentence']), 600),
                          text.plain(str(row['link'])), row['advisory'] is True)
         for key, row in run.requirements.items()},
        demands=demands, advisory=guideline.advisory,
        waivers=waivers.parse(waived) if waived is not None else (),
        product=run.product.get('name', ''), on=ended.date(), problems=problems)
    files = {f'evidence/{key}.jsonl': _jsonl(lines) for key, lines in sorted(evidence.items())
             if key in {result.test.idempotent_id for result in verdict.tests}}
    return Result(_document(run, guideline, verdict, evidence, files), files, verdict, foreign)


def _decoded(each: Try, streams: Mapping[str, bytes]) -> Decoder:
    if each.stream not in streams:
        raise ResultError(f'the stream {text.plain(each.stream, 80)} is not there')
    decoder = Decoder()
    decode(io.BytesIO(streams[each.stream]), decoder)
    return decoder


def _troubles(each: Try) -> Iterator[str]:
    if each.end != 'finished':
        yield f'the run was {"broken off" if each.end == "unknown" else each.end}'
    yield from map(text.plain, each.trouble)


def _speakers(run: Run, spoken: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield where the streams say that other things were run than the run's record has."""
    recorded = {
        'suite': run.suite.get(release.PACKAGE), 'tempest': run.suite.get('tempest'),
        'cloud': run.cloud.get('keystone'), 'challenge': run.challenge}
    for head in spoken:
        for key, value in recorded.items():
            if head[key] != value:
                yield (f'the stream says another {key} than the record of the run: '
                       f'{text.plain(str(head[key]), 80)}, not {text.plain(str(value), 80)}')
    if not spoken and run.tries:
        yield 'the streams hold no evidence'


def _renamed(run: Run, decoder: Decoder) -> Iterator[str]:
    """Yield tests of which the stream says that they are about something else than the plan."""
    planned = {plan.idempotent_id(each): each for each in run.plan}
    for outcome in decoder.outcomes:
        if planned.get(plan.idempotent_id(outcome.id), outcome.id) != outcome.id:
            yield f'the plan has another id for {text.plain(outcome.id)}'


def _unproven(run: Run, outcome: Outcome) -> list[str]:
    """Return the id of a planned test that passed: the suite attaches evidence to each."""
    planned = outcome.reported is Reported.PASS and outcome.id in run.plan
    return [outcome.id] if planned else []


def _document(run: Run, guideline: Guideline, verdict: Verdict,
              evidence: Mapping[str, Sequence[Mapping[str, Any]]],
              files: Mapping[str, bytes]) -> dict[str, Any]:
    started = min((_moment(each.started) for each in run.tries), default=None)
    ended = max((_moment(each.ended) for each in run.tries), default=None)
    why, reasons = said(verdict)
    return {
        'schema': SCHEMA,
        'verdict': {'conclusion': str(verdict.conclusion),
                    'exit_code': verdict.conclusion.value, 'why': why, 'reasons': reasons},
        'product': _texts(run.product, PRODUCT),
        'cloud': {**_texts(run.cloud, CLOUD), 'nova': _nova(evidence)},
        'suite': _texts(run.suite, sorted(run.suite)),
        'profile': run.profile,
        'guideline': {'id': guideline.id, 'sha256': guideline.sha256},
        'started': started.isoformat() if started else '',
        'ended': ended.isoformat() if ended else '',
        'seconds': sum((_moment(each.ended) - _moment(each.started)).total_seconds()
                       for each in run.tries),
        'cloud_seconds': _cloud_seconds(evidence),
        'delays': _delays(evidence),
        'challenge': {'sha256': run.challenge} if run.challenge else None,
        'attempts': [
            {'stream': each.stream, 'started': each.started, 'ended': each.ended,
             'end': each.end, 'tests': len(each.planned), 'concurrency': each.concurrency,
             'trouble': '; '.join(text.plain(one) for one in each.trouble),
             'left': text.plain(each.left)}
            for each in run.tries],
        'tests': [_test(result, files) for result in verdict.tests],
        'capabilities': list(_capabilities(verdict, guideline, run.profile)),
        'requirements': [
            {'id': each.id, 'sentence': each.requirement.sentence if each.requirement else '',
             'link': each.requirement.link if each.requirement else '',
             'advisory': each.id in guideline.advisory,
             'status': each.status and each.status.value, 'passed': each.passed,
             'planned': each.planned} for each in verdict.requirements],
        'waivers': [
            {**{key: str(value) for key, value in dataclasses.asdict(each.waiver).items()},
             'state': each.state} for each in verdict.waivers],
        'problems': list(verdict.problems)}


def said(verdict: Verdict) -> tuple[str, list[str]]:
    """Return a sentence that says why the verdict is what it is, and each reason."""
    required = verdict.required
    of = f'of {_many(len(required), "required test")}'
    counted = {status: sum(result.status is status for result in required)
               for status in Status}
    reasons = [words for number, words in (
        (counted[Status.FAIL], f'{counted[Status.FAIL]} {of} failed'),
        (counted[Status.ERROR], f'{counted[Status.ERROR]} {of} could not run'),
        (counted[Status.MISSING], f'{counted[Status.MISSING]} {of} gave no result'),
        (counted[Status.FLAKY], f'{counted[Status.FLAKY]} {of} failed and passed later'),
        (counted[Status.SKIP], f'{counted[Status.SKIP]} {of} were skipped'),
        (any(each.state == 'expired' for each in verdict.waivers), 'a waiver expired'),
        (len(verdict.only_advised),
         f'{_many(len(verdict.only_advised), "requirement")} with advisory findings alone'),
        (len(verdict.problems), _many(len(verdict.problems), 'other problem')),
        (not required, 'no test is required')) if number]
    if verdict.conclusion is Conclusion.CONFORMANT:
        notes = [f'{number} {words}' for number, words in (
            (counted[Status.ADVISORY], 'with an advisory finding'),
            (counted[Status.WAIVED], 'waived'),
            (sum(each.after_error for each in required), 'run again after an error')) if number]
        return (f'{counted[Status.PASS]} {of} passed'
                + (f' ({", ".join(notes)})' if notes else '')), []
    return ', '.join(reasons), reasons


def _test(result: TestResult, files: Mapping[str, bytes]) -> dict[str, Any]:
    path = f'evidence/{result.test.idempotent_id}.jsonl'
    return {
        'id': result.test.idempotent_id, 'name': result.test.name,
        'capability': result.capability, 'required': result.required,
        'requirements': list(result.test.requirements), 'status': result.status.value,
        'error_code': result.code and result.code.value, 'detail': result.detail,
        'seconds': next((each.seconds for each in result.tried[::-1]
                         if each.seconds is not None), None),
        'attempts': [
            {'attempt': each.attempt, 'status': each.status.value,
             'error_code': each.code and each.code.value, 'detail': each.detail,
             'seconds': each.seconds} for each in result.tried],
        'violations': [dict(each) for each in result.violations],
        'evidence': path if path in files else None}


def _capabilities(verdict: Verdict, guideline: Guideline,
                  profile: str) -> Iterator[dict[str, Any]]:
    """Yield each capability of the profile with the worst that became of its tests."""
    order = list(Status)
    capabilities = {each.capability.name: each.capability
                    for each in guideline.demands(profile).values()}
    for name, capability in sorted(capabilities.items()):
        found = [result.status for result in verdict.tests if result.capability == name]
        yield {'name': name, 'description': capability.description,
               'required': capability.required,
               'status': min(found, key=order.index).value,
               'passed': found.count(Status.PASS), 'planned': len(found)}


def _cloud_seconds(evidence: Mapping[str, Sequence[Mapping[str, Any]]]) -> float | None:
    seconds = [one['seconds'] for lines in evidence.values() for one in lines
               if _credible(one['seconds'])]
    return round(sum(seconds), 3) if seconds else None


def _delays(evidence: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Return how many requests were sent again, how often, and how long they waited for it."""
    repeated = [one['repeated'] for lines in evidence.values() for one in lines
                if type(one['repeated']) is int and _credible(one['repeated'])]
    waited = [one['waited'] for lines in evidence.values() for one in lines
              if _credible(one['waited'])]
    return {'requests': sum(each > 0 for each in repeated), 'repeated': sum(repeated),
            'seconds': round(sum(waited), 3)}


def _credible(number: Any) -> bool:
    """Say whether what stands in the evidence is a number that may be added up."""
    return isinstance(number, int | float) and 0 <= number < _LARGEST


def _nova(evidence: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return which microversions Nova said that it has, '' where nobody asked it."""
    for lines in evidence.values():
        for one in lines:
            match = _VERSIONS.search(str(one['answered'])) if one['service'] == 'compute' else None
            if match is not None:
                return f'{match[1]} to {match[2]}'
    return ''


def _jsonl(lines: Sequence[Mapping[str, Any]]) -> bytes:
    return b''.join(json.dumps(line, sort_keys=True).encode() + b'\n' for line in lines)


def _texts(given: Mapping[str, str], keys: Sequence[str]) -> dict[str, str]:
    return {text.plain(key, 60): text.plain(given.get(key, '')) for key in keys}


def _moment(written: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(written)


def _many(number: int, noun: str) -> str:
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()
