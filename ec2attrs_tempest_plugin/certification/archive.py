"""One archive of files: the same files give the same bytes; what it may not hold is refused."""

from collections.abc import Mapping
import gzip
import io
from pathlib import Path
import re
import tarfile
import zlib

from ec2attrs_tempest_plugin.certification import text

#: What a bundle may hold, in bytes and in number.
MAX_SIZE = 512 * 1024 * 1024
MAX_PACKED = 128 * 1024 * 1024
MAX_FILES = 5000

_NAME = re.compile(
    r'(result\.json|run\.json|guideline\.json|waivers\.json|attestation\.json|SHA256SUMS'
    r'|report\.html|report\.md|junit\.xml|streams/[1-9][0-9]{0,2}\.subunit'
    r'|evidence/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl)')


class ArchiveError(Exception):
    """It is no archive that may be read; the message says why."""


def written(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of files, as a tar file packed with gzip."""
    packed = io.BytesIO()
    with (gzip.GzipFile(fileobj=packed, mode='wb', compresslevel=6, mtime=0) as zipped,
          tarfile.open(fileobj=zipped, mode='w', format=tarfile.USTAR_FORMAT) as tar):
        for name, content in sorted(files.items()):
            facts = tarfile.TarInfo(name)
            facts.size, facts.mode = len(content), 0o644
            tar.addfile(facts, io.BytesIO(content))
    return packed.getvalue()


def read(path: Path) -> dict[str, bytes]:
    """Return the files of an archive; nothing is written anywhere.

    :raises ArchiveError: when it cannot be read, is too large, or has a file that is no plain
        one, has a name that no file of a bundle has, or is there twice.
    """
    try:
        if path.stat().st_size > MAX_PACKED:
            raise ArchiveError(f'{path.name} is too large for a bundle')
        with open(path, 'rb') as source:
            return unpacked(source.read(MAX_PACKED + 1))
    except OSError as error:
        raise ArchiveError(f'{path.name} cannot be read: {error.strerror}') from error


def unpacked(packed: bytes) -> dict[str, bytes]:
    """Return the files in the bytes of an archive; see :func:`read`.

    :raises ArchiveError: as :func:`read` does.
    """
    content = _unzipped(packed)
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode='r:') as tar:
            for member in tar:
                name = text.plain(member.name, 80)
                # A sparse file may say of itself that it is of any size.
                if not member.isreg() or member.issparse():
                    raise ArchiveError(f'{name} in the bundle is no plain file')
                if not _NAME.fullmatch(member.name):
                    raise ArchiveError(f'a bundle has no file of the name {name}')
                if member.name in files:
                    raise ArchiveError(f'{name} is twice in the bundle')
                if len(files) >= MAX_FILES:
                    raise ArchiveError('the bundle has too many files')
                file = tar.extractfile(member)
                files[member.name] = file.read() if file else b''
                if len(files[member.name]) != member.size:
                    raise ArchiveError(f'{name} in the bundle is cut off')
            end = tar.offset
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise ArchiveError(f'the bundle is damaged: {text.plain(str(error), 120)}') from None
    if content[end:].strip(b'\0'):
        raise ArchiveError('there is something behind the end of the bundle')
    # Two empty blocks end it, or it was cut between two files.
    if len(content) < end + 2 * tarfile.BLOCKSIZE:
        raise ArchiveError('the bundle is cut off')
    if not files:
        raise ArchiveError('the bundle is empty')
    return files


def _unzipped(packed: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        content = unzip.decompress(packed, MAX_SIZE)
    except zlib.error:
        raise ArchiveError('the bundle is no gzip file, or damaged') from None
    if unzip.unconsumed_tail:
        raise ArchiveError(f'the bundle holds more than {MAX_SIZE} bytes')
    if not unzip.eof:
        raise ArchiveError('the bundle is cut off')
    if unzip.unused_data:
        raise ArchiveError('there is something behind the end of the bundle')
    return content
