"""Archives that do harm or are no whole: refused, and nothing but an ArchiveError raised."""

import bz2
import gzip
import io
import lzma
from pathlib import Path
import tarfile
import tempfile
from unittest import mock
import zlib

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
import testtools

from ec2attrs_tempest_plugin.certification import archive

FILES = {'run.json': b'{}', 'streams/1.subunit': b'x' * 700,
         'evidence/00000000-0000-4000-8000-000000000001.jsonl': b''}


def _member(name: str = 'run.json', kind: bytes = tarfile.REGTYPE, content: bytes = b'',
            **facts: object) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, len(content)
    for key, value in facts.items():
        setattr(member, key, value)
    return member, content


def _tar(*members: tuple[tarfile.TarInfo, bytes], layout: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=layout) as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _old_sparse() -> bytes:
    """Return a tar file whose one file says of itself that it has 2 MiB of nothing."""
    block = bytearray(_member(kind=tarfile.GNUTYPE_SPARSE)[0].tobuf(tarfile.GNU_FORMAT))
    block[386:410] = b'00000000000\0' * 2
    block[483:495] = b'00010000000\0'
    return _summed(block)


def _negative() -> bytes:
    block = bytearray(_member()[0].tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = b'\xff' * 10 + b'\xfe\x00'
    return _summed(block)


def _summed(block: bytearray) -> bytes:
    block[148:156] = b' ' * 8
    block[148:156] = b'%06o\0 ' % sum(block)
    return bytes(block) + bytes(1024)


BEHIND = 'there is something behind the end of the bundle'
KIND = 'run.json in the bundle is no plain file'
HARMFUL = {
    'climbs': (_tar(_member('../run.json')), 'a bundle has no file of the name ../run.json'),
    'climbs inside': (_tar(_member('streams/../../x')), 'a bundle has no file of the name'),
    'absolute': (_tar(_member('/etc/passwd')), 'a bundle has no file of the name /etc/passwd'),
    'here': (_tar(_member('./run.json')), 'a bundle has no file of the name ./run.json'),
    'line end': (_tar(_member('run.json\n')), 'a bundle has no file of the name'),
    'no dot': (_tar(_member('result-json')), 'a bundle has no file of the name result-json'),
    'no dot either': (_tar(_member('run-json')), 'a bundle has no file of the name run-json'),
    'unknown': (_tar(_member('x')), 'a bundle has no file of the name x'),
    'other case': (_tar(_member('RUN.JSON')), 'a bundle has no file of the name'),
    'zeroth stream': (_tar(_member('streams/0.subunit')), 'a bundle has no file of the name'),
    'thousandth stream': (_tar(_member('streams/1000.subunit')),
                          'a bundle has no file of the name streams/1000.subunit'),
    'other letters': (_tar(_member('streams/١.subunit')), 'a bundle has no file of the name'),
    'long name': (_tar(_member('streams/' + 'x' * 300)),
                  'a bundle has no file of the name streams/' + 'x' * 69 + '...'),
    'control characters': (_tar(_member('\x1b[2J')), 'a bundle has no file of the name ?[2J'),
    'symlink': (_tar(_member(kind=tarfile.SYMTYPE, linkname='/etc/passwd')), KIND),
    'hard link': (_tar(_member(kind=tarfile.LNKTYPE, linkname='/etc/passwd')), KIND),
    'device': (_tar(_member(kind=tarfile.CHRTYPE)), KIND),
    'block device': (_tar(_member(kind=tarfile.BLKTYPE)), KIND),
    'pipe': (_tar(_member(kind=tarfile.FIFOTYPE)), KIND),
    'directory': (_tar(_member('streams', kind=tarfile.DIRTYPE)),
                  'streams in the bundle is no plain file'),
    'sparse, old': (_old_sparse(), KIND),
    'sparse, 0.1': (_tar(_member(pax_headers={
        'GNU.sparse.map': '0,0', 'GNU.sparse.size': '2097152'})), KIND),
    'sparse, 1.0': (_tar(_member(content=b'1\n0\n0\n'.ljust(512, b'\0'), pax_headers={
        'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'run.json',
        'GNU.sparse.realsize': '2097152'})), KIND),
    'twice': (_tar(_member(), _member(content=b'x')), 'run.json is twice in the bundle'),
    'larger than it is': (_tar(_member(pax_headers={'size': '99999999'})),
                          'the bundle is damaged: '),
    'size below nothing': (_negative(), 'run.json in the bundle is cut off'),
    'file cut': (_tar(_member(content=b'x' * 2000))[:1536],
                 'the bundle is damaged: unexpected end of data'),
    'cut between two files': (_tar(*(_member(name, content=content)
                                     for name, content in FILES.items()))[:1024],
                              'the bundle is cut off'),
    'end cut': (_tar(_member())[:1024], 'the bundle is cut off'),
    'behind the end': (_tar(_member()) + _tar(_member('result.json')), BEHIND),
    'text behind the end': (_tar(_member()) + b'X' * 512, BEHIND),
    'damaged file behind the first': (_tar(_member())[:512] + b'x' * 1024, BEHIND),
    'nothing': (_tar(), 'the bundle is empty'),
    'no tar file': (b'x' * 2048, 'the bundle is damaged: '),
    'no byte': (b'', 'the bundle'),
}


class ArchiveTest(testtools.TestCase):

    def _refused(self, packed: bytes, words: str, name: str = '') -> None:
        try:
            files = archive.unpacked(packed)
        except archive.ArchiveError as error:
            self.assertTrue(str(error).startswith(words), f'{name}: {error}')
            self.assertTrue(str(error).isprintable(), name)
        else:
            self.fail(f'{name} was read: {sorted(files)}')

    def test_what_was_written_is_read(self) -> None:
        self.assertEqual(FILES, archive.unpacked(archive.written(FILES)))

    def test_same_files_give_the_same_bytes(self) -> None:
        again = dict(sorted(FILES.items(), reverse=True))
        self.assertNotEqual(list(FILES), list(again))
        with mock.patch('time.time', return_value=1.0):
            first = archive.written(FILES)
        self.assertEqual(first, archive.written(again))
        self.assertNotEqual(first, archive.written({**FILES, 'run.json': b'{ }'}))

    def test_head_says_nothing_of_when_and_where(self) -> None:
        self.assertEqual(b'\x1f\x8b\x08\0\0\0\0\0\0', archive.written(FILES)[:9])

    def test_facts_of_files_are_plain(self) -> None:
        with tarfile.open(fileobj=io.BytesIO(archive.written(FILES))) as tar:
            for member in tar:
                self.assertEqual((0o644, 0, 0, 0, '', ''), (
                    member.mode, member.mtime, member.uid, member.gid, member.uname,
                    member.gname))

    def test_every_name_of_a_bundle_is_read(self) -> None:
        names = ['result.json', 'run.json', 'guideline.json', 'waivers.json', 'attestation.json',
                 'SHA256SUMS', 'report.html', 'report.md', 'junit.xml', 'streams/1.subunit',
                 'streams/999.subunit']
        self.assertEqual(sorted(names), sorted(archive.unpacked(
            archive.written(dict.fromkeys(names, b'')))))

    def test_what_does_harm_is_refused(self) -> None:
        for name, (content, words) in HARMFUL.items():
            self._refused(gzip.compress(content), words, name)

    def test_no_beginning_of_an_archive_is_read(self) -> None:
        packed = archive.written(FILES)
        for size in range(len(packed)):
            self._refused(packed[:size], 'the bundle', f'{size} bytes')

    def test_each_changed_byte_is_seen_or_of_no_effect(self) -> None:
        packed = archive.written(FILES)
        for place in range(len(packed)):
            changed = bytearray(packed)
            changed[place] ^= 0xff
            try:
                self.assertEqual(FILES, archive.unpacked(bytes(changed)), str(place))
            except archive.ArchiveError:
                continue
            self.assertIn(place, range(3, 10), 'only the head of gzip may say anything')

    def test_two_empty_blocks_are_an_end(self) -> None:
        content = _tar(_member(content=b'{}'))
        self.assertEqual({'run.json': b'{}'}, archive.unpacked(gzip.compress(content[:2048])))
        self._refused(gzip.compress(content[:2047]), 'the bundle is cut off')

    def test_other_ways_to_pack_are_refused(self) -> None:
        content = _tar(_member())
        self._refused(gzip.compress(gzip.compress(content)), 'the bundle is damaged: ')
        for packed in (zlib.compress(content), bz2.compress(content), lzma.compress(content),
                       content):
            self._refused(packed, 'the bundle is no gzip file')

    def test_what_follows_is_refused(self) -> None:
        packed = archive.written(FILES)
        for more in (b'\0', b'x', packed, gzip.compress(b'')):
            self._refused(packed + more, BEHIND)

    def test_bomb_is_refused(self) -> None:
        limit = 200_000
        bomb = gzip.compress(bytes(limit * 10))
        self.assertLess(len(bomb), limit // 10)
        with mock.patch.object(archive, 'MAX_SIZE', limit):
            self._refused(bomb, f'the bundle holds more than {limit} bytes')
            self.assertEqual(FILES, archive.unpacked(archive.written(FILES)))

    def test_number_of_files_is_bounded(self) -> None:
        files = {f'streams/{each}.subunit': b'' for each in range(1, 5)}
        with mock.patch.object(archive, 'MAX_FILES', 3):
            self._refused(archive.written(files), 'the bundle has too many files')
            files.popitem()
            self.assertEqual(files, archive.unpacked(archive.written(files)))

    def test_file(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, 'bundle.tar.gz')
            packed = archive.written(FILES)
            path.write_bytes(packed)
            self.assertEqual(FILES, archive.read(path))
            with mock.patch.object(archive, 'MAX_PACKED', len(packed)):
                self.assertEqual(FILES, archive.read(path))
            with mock.patch.object(archive, 'MAX_PACKED', len(packed) - 1):
                error = self.assertRaises(archive.ArchiveError, archive.read, path)
            self.assertEqual('bundle.tar.gz is too large for a bundle', str(error))
            error = self.assertRaises(archive.ArchiveError, archive.read, Path(directory))
            self.assertIn('cannot be read: Is a directory', str(error))
            error = self.assertRaises(archive.ArchiveError, archive.read, path / 'x')
            self.assertIn('x cannot be read: Not a directory', str(error))

    def test_file_that_grows_while_it_is_read(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, 'bundle.tar.gz')
            packed = archive.written(FILES)
            path.write_bytes(packed)
            with (mock.patch.object(archive, 'MAX_PACKED', len(packed) - 2),
                  mock.patch.object(Path, 'stat', return_value=mock.Mock(st_size=1))):
                error = self.assertRaises(archive.ArchiveError, archive.read, path)
            self.assertEqual('the bundle is cut off', str(error))

    def test_what_is_said_of_damage_is_bounded(self) -> None:
        with mock.patch('tarfile.open', side_effect=tarfile.TarError('x' * 200)):
            self._refused(gzip.compress(b''), 'the bundle is damaged: ' + 'x' * 117 + '...')

    @settings(max_examples=300, deadline=None)
    @given(strategies.binary(max_size=3000))
    def test_random_bytes(self, content: bytes) -> None:
        for packed in (content, gzip.compress(content)):
            self.assertRaises(archive.ArchiveError, archive.unpacked, packed)

    @settings(max_examples=500, deadline=None)
    @given(strategies.lists(strategies.tuples(
        strategies.integers(0, 4095), strategies.integers(0, 255)), min_size=1, max_size=12))
    def test_random_changes(self, changes: list[tuple[int, int]]) -> None:
        content = bytearray(_tar(*(_member(name, content=each) for name, each in FILES.items()),
                                 _member('result.json', pax_headers={'comment': 'x'})))
        for place, value in changes:
            content[place] = value
        try:
            files = archive.unpacked(gzip.compress(bytes(content)))
        except archive.ArchiveError:
            return
        self.assertLess(sum(map(len, files.values())), len(content))
