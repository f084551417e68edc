"""The bundle: all that a certifier needs to check a result, without a cloud."""

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from ec2attrs_tempest_plugin.certification import attestation
from ec2attrs_tempest_plugin.certification import result
from ec2attrs_tempest_plugin.certification.guideline import Guideline
from ec2attrs_tempest_plugin.certification.run import Run
from ec2attrs_tempest_plugin.certification.verdict import Verdict

SUMS = 'SHA256SUMS'
#: Files that are made from the result, for people and for other programs.
RENDERED = ('report.html', 'report.md', 'junit.xml')


def made(run: Run, streams: Mapping[str, bytes], guideline: Guideline,
         waived: bytes | None = None, key: Path | None = None
         ) -> tuple[dict[str, bytes], Verdict]:
    """Return the files of a bundle by their names, and the verdict.

    :param streams: by the paths that the run has for them.
    :param waived: the content of the file of waivers.
    :param key: of whoever vouches for it, in PEM.
    :raises ResultError, GuidelineError, WaiverError, PlanError: see :func:`result.build`.
    :raises AttestationError: when the key cannot be used.
    """
    built = result.build(run, streams, guideline, waived)
    files = {'run.json': run.dump(), 'guideline.json': guideline.content, **streams,
             **built.evidence}
    if waived is not None:
        files['waivers.json'] = waived
    document = {**built.document, 'files': {
        name: result.digest(content) for name, content in sorted(files.items())}}
    files['result.json'] = dumped(document)
    files |= rendered(document, built.evidence)
    files[SUMS] = sums(files)
    files['attestation.json'] = attestation.made(
        {name: result.digest(content) for name, content in files.items()}, document, key)
    return files, built.verdict


def dumped(document: Mapping[str, Any]) -> bytes:
    """Return the content of result.json."""
    return (json.dumps(document, indent=1, sort_keys=True) + '\n').encode()


def rendered(document: Mapping[str, Any], evidence: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the report as a page, as Markdown and as JUnit, by their names."""
    from ec2attrs_tempest_plugin.certification import html
    from ec2attrs_tempest_plugin.certification import junit
    from ec2attrs_tempest_plugin.certification import markdown

    def lines(path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in evidence.get(path, b'').splitlines()]

    return {'report.html': html.render(document, lines).encode('utf-8', 'replace'),
            'report.md': markdown.render(document).encode('utf-8', 'replace'),
            'junit.xml': junit.render(document).encode('utf-8', 'replace')}


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the digests of files, as sha256sum writes them."""
    return ''.join(f'{result.digest(content)}  {name}\n'
                   for name, content in sorted(files.items())).encode()
