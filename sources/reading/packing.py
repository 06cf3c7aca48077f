"""Files that are packed as one stream (gzip, bzip2, xz, Zstandard), and tar archives.

Belongs here: seeing the packing from the first bytes, unpacking into the workspace within the contract's limits.
Does not belong here: zip and its manifests (`archive.py`), what the unpacked files hold.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import pyarrow as pa

from sources.reading.archive import SMALL_BYTES, ArchiveLimits, is_desktop_file, refuse_path, swells_too_far
from sources.reading.relation import SourceFile, UnreadableDelivery

_CHUNK_BYTES = 1 << 20


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...


_Opener = Callable[[Path], AbstractContextManager[Any]]
# First bytes of a stream -> how it is unpacked.
_STREAMS: tuple[tuple[bytes, _Opener], ...] = (
    (b"\x1f\x8b\x08", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
    (b"\x28\xb5\x2f\xfd", lambda path: pa.input_stream(str(path), compression="zstd")),
)
_BROKEN = (OSError, EOFError, lzma.LZMAError, tarfile.TarError, pa.ArrowException, ValueError)


def unpacked(source: SourceFile, number: int, workspace: Path, limits: ArchiveLimits) -> SourceFile:
    """`source`, or a copy of what it packs. `number` tells the copies apart. Raises UnreadableDelivery."""
    with source.path.open("rb") as file:
        head = file.read(6)
    opener = next((opener for mark, opener in _STREAMS if head.startswith(mark)), None)
    if opener is None:
        return source
    target = workspace / f"unpacked-{source.position}-{number}"
    packed = source.path.stat().st_size
    try:
        with opener(source.path) as reader:
            _copy(reader, target, source, packed, limits)
    except _BROKEN as error:
        raise _damaged(source) from error
    return SourceFile(source.position, source.file_name, target, source.sheet)


def is_tar(path: Path) -> bool:
    """Whether the bytes are a tar archive."""
    try:
        return tarfile.is_tarfile(path)
    except (OSError, ValueError):
        return False


def tar_members(source: SourceFile, pattern: str, workspace: Path, limits: ArchiveLimits) -> list[SourceFile]:
    """The files of a tar archive that match the glob `pattern` (name or whole path), unpacked, in order of their
    names. Raises UnreadableDelivery."""
    try:
        with tarfile.open(source.path) as archive:
            chosen = sorted(
                (name, info)
                for name, info in _files(archive, source)
                if fnmatchcase(name, pattern) or fnmatchcase(PurePosixPath(name).name, pattern)
            )
            members = []
            for number, (name, info) in enumerate(chosen):
                target = workspace / f"member-{source.position}-{number}"
                reader = archive.extractfile(info)
                if reader is not None:
                    _copy(reader, target, source, info.size, limits)
                    members.append(SourceFile(source.position, source.file_name, target, name))
            return members
    except _BROKEN as error:
        raise _damaged(source) from error


def tar_names(source: SourceFile) -> list[str]:
    """Names of all files in a tar archive."""
    try:
        with tarfile.open(source.path) as archive:
            return sorted(name for name, _ in _files(archive, source))
    except _BROKEN as error:
        raise _damaged(source) from error


def _files(archive: tarfile.TarFile, source: SourceFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    for info in archive:
        if info.isfile():  # links and devices are nothing that a department delivers
            refuse_path(source, info.name)
            if not is_desktop_file(PurePosixPath(info.name)):
                yield info.name, info


def _copy(reader: _Bytes, target: Path, source: SourceFile, packed: int, limits: ArchiveLimits) -> None:
    written = 0
    with target.open("wb") as writer:
        target.chmod(0o600)  # delivered bytes may hold personal data
        while chunk := reader.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > limits.unpacked_bytes or (written > SMALL_BYTES and written > limits.ratio * max(1, packed)):
                raise swells_too_far(source, source.sheet or source.file_name, written >> 20, limits)
            writer.write(chunk)


def _damaged(source: SourceFile) -> UnreadableDelivery:
    return UnreadableDelivery(
        f"文件 {source.label} 解压失败：可能被截断或损坏。请重新打包后整份报送。",
        f"File {source.label} cannot be unpacked: it is cut short or damaged. Pack it again and send it whole.",
    )
