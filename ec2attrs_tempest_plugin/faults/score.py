"""The score: results kept while they come, summed up, and written for others to compare."""

from collections import Counter
from collections.abc import Mapping
import dataclasses
import hashlib
import importlib.metadata
import json
from pathlib import Path
import platform
import re
from typing import Any

import ec2attrs_tempest_plugin
from ec2attrs_tempest_plugin.faults.fault import Fault
from ec2attrs_tempest_plugin.faults.fault import Kind
from ec2attrs_tempest_plugin.faults.judge import Judgement
from ec2attrs_tempest_plugin.faults.judge import Verdict
from ec2attrs_tempest_plugin.faults.selftest import CleanRun
from ec2attrs_tempest_plugin.faults.selftest import Result
from ec2attrs_tempest_plugin.reference_cloud import layout

#: The score of the suite as it is, measured on the live reference cloud.
MEASURED = Path(__file__).with_name('score.json')
# What results depend on.
_MATTERS = ('contract', 'schemas', 'clients', 'tests', 'faults', 'reference_cloud')
# Of the services, those that answer what the suite asks about.
_SERVICES = ('nova', 'ec2-api', 'cinder', 'neutron', 'keystone', 'glance')


def key() -> str:
    """Return what tells results apart: a digest of the suite, the catalogue and the cloud."""
    package = Path(ec2attrs_tempest_plugin.__file__).parent
    digest = hashlib.sha256(layout.LOCK_FILE.read_bytes())
    for room in _MATTERS:
        for path in sorted((package / room).rglob('*.py')):
            digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class Results:
    """Results on disk, a line for each, so that nothing is lost when the run is broken off.

    What another version of the suite or of the catalogue left there is not read.

    :param mode: what else has to be the same, such as that all tests were run.
    """

    def __init__(self, path: Path, mode: str) -> None:
        self._path = path
        self._key = f'{key()} {mode}'
        self.found: dict[str, Result] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                self._read(line)

    def _read(self, line: str) -> None:
        try:
            row = json.loads(line)
        except ValueError:
            return  # the last line of a run that was killed
        if row.pop('key') != self._key:
            return
        for field, value in row.items():
            if isinstance(value, list):
                row[field] = tuple(value)
        if 'verdict' in row:
            row['verdict'] = Verdict(row['verdict'])
            self.found[row['fault_id']] = Judgement(**row)
        else:
            self.found[row['name']] = CleanRun(**row)

    def add(self, result: Result) -> None:
        """Keep a result."""
        name = result.fault_id if isinstance(result, Judgement) else result.name
        self.found[name] = result
        self._path.parent.mkdir(parents=True, exist_ok=True)
        row = {'key': self._key, **dataclasses.asdict(result)}
        broken = self._path.exists() and not self._path.read_bytes().endswith(b'\n')
        with open(self._path, 'a') as file:
            # A line that a kill cut off must not take this one with it.
            file.write(('\n' if broken else '') + json.dumps(row) + '\n')


def upper_bound(failures: int, executions: int, confidence: float = 0.95) -> float:
    """Return the rate of failures that is not exceeded, with this confidence.

    One-sided, exact (Clopper and Pearson): the rate at which so few failures
    have the probability 1 - confidence.
    """
    if executions == 0 or failures >= executions:
        return 1.0
    low, high = failures / executions, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(failures, executions, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(failures: int, executions: int, rate: float) -> float:
    term = (1 - rate) ** executions
    total = term
    for number in range(1, failures + 1):
        term *= (executions - number + 1) / number * rate / (1 - rate)
        total += term
    return total


@dataclasses.dataclass(frozen=True)
class Summary:
    """The score in numbers.

    :ivar faults: rows that are faults of attributes, by verdict.
    :ivar seconds: of all rows together, one after the other.
    :ivar recorded: rows that were tried on recorded exchanges alone.
    :ivar earlier: rows that were tried with an earlier version of the suite.
    """

    faults: Mapping[str, int]
    benign: Mapping[str, int]
    chaos: Mapping[str, int]
    clean_runs: int
    executions: int
    failures: int
    seconds: float
    rows: int
    recorded: int
    earlier: int

    @property
    def bound(self) -> float:
        """The 95 % bound of the rate of false failures of one test."""
        return upper_bound(self.failures, self.executions)


def summarise(whole: Mapping[str, Any]) -> Summary:
    """Return the score that :func:`document` made in numbers."""
    counts = {'faults': Counter[str](), 'benign': Counter[str](), 'chaos': Counter[str]()}
    for row in whole['rows'].values():
        counts[Kind(row['kind']).group][row['verdict']] += 1
    clean = whole['clean_runs']
    return Summary(
        **counts, clean_runs=clean['runs'], executions=clean['executions'],
        failures=clean['failures'], rows=len(whole['rows']),
        recorded=sum(not row['live'] for row in whole['rows'].values()),
        earlier=sum(row['suite'] != whole['suite'] for row in whole['rows'].values()),
        seconds=sum(row['seconds'] for row in whole['rows'].values()))


def text(summary: Summary) -> str:
    """Return the score in lines for a reader."""
    lines = []
    for what, counts in (('faults', summary.faults), ('benign variations', summary.benign),
                         ('chaos', summary.chaos)):
        if counts:
            total = sum(counts.values())
            said = ', '.join(f'{number} {verdict}' for verdict, number in counts.items())
            lines.append(f'{what:<18}{total:>5}: {said}')
    if summary.clean_runs:
        lines.append(
            f'{"clean runs":<18}{summary.clean_runs:>5}: {summary.executions} tests executed, '
            f'{summary.failures} failed; the rate of false failures is below '
            f'{summary.bound:.2%} (95 %)')
    if summary.rows:
        lines.append(f'{summary.seconds / summary.rows:.1f} s a row on average')
    if summary.recorded:
        lines.append(f'{summary.recorded} rows were tried on recorded exchanges alone')
    if summary.earlier:
        lines.append(f'{summary.earlier} rows were tried with an earlier version of the suite')
    return '\n'.join(lines)


def versions() -> dict[str, str]:
    """Return the versions of all that the score depends on."""
    lock = layout.LOCK_FILE.read_text()
    found = {}
    for service in _SERVICES:
        match = re.search(rf'(?m)^{service}==(\S+)', lock)
        if match:
            found[service] = match[1]
    for package in ('ec2attrs-tempest-plugin', 'tempest', 'boto3', 'jsonschema'):
        found[package] = importlib.metadata.version(package)
    return found | {'python': platform.python_version()}


def document(catalogue: Mapping[str, Fault], results: Mapping[str, Result], date: str,
             lanes: int, live: bool = True,
             before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the score as it is written to a file.

    :param lanes: so many ran side by side.
    :param live: whether they were tried on a cloud.
    :param before: a score whose rows are kept where there is no new result, as long as they say
        the same, and where the new one is of recorded exchanges and the old one is not.
    """
    suite = key()
    kept = before['rows'] if before else {}
    rows = {}
    for name, fault in sorted(catalogue.items()):
        result = results.get(name)
        says = {'kind': fault.kind.value, 'requirement': fault.requirement, 'says': fault.says}
        old = kept.get(name, {})
        if says.items() <= old.items() and (result is None or old['live'] and not live):
            rows[name] = old
        elif isinstance(result, Judgement):
            rows[name] = {
                **says, 'date': date, 'suite': suite, 'live': live,
                'verdict': result.verdict.value, 'why': result.why,
                'line': result.line, 'acted': result.acted,
                'seconds': round(result.seconds, 1), 'memory_mib': result.memory // 1024 ** 2,
                'left': list(result.left)}
    clean = [run for run in results.values() if isinstance(run, CleanRun)]
    clean_runs = {'runs': len(clean), 'executions': sum(r.executions for r in clean),
                  'failures': sum(len(r.failures) for r in clean)}
    return {
        'date': date, 'versions': versions(), 'lanes': lanes, 'suite': suite,
        'clean_runs': clean_runs if clean or not before else before['clean_runs'],
        'rows': rows}
