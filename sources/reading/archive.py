"""Zip archives: picking members, refusing what climbs out or swells, and OneRoster's manifest.

Belongs here: unpacking into the workspace under names of our own. Does not belong here: what the members hold.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from sources.contract.settings import LARGEST_ARCHIVE_MEGABYTES, LARGEST_COMPRESSION_RATIO, FileDelivery
from sources.reading.relation import SourceFile, UnreadableDelivery
from warehouse.ledger.records import BatchMode

# Small members may pack as they like.
SMALL_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1
_DESKTOP_FILES = (".ds_store", "thumbs.db", "desktop.ini")
_MODES: dict[str, BatchMode] = {"bulk": "full", "delta": "delta"}


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may swell to: all members together, and one member against its packed size."""

    unpacked_bytes: int = LARGEST_ARCHIVE_MEGABYTES << 20
    ratio: int = LARGEST_COMPRESSION_RATIO
    of_contract: bool = True
    """Whether the contract can raise them."""

    @classmethod
    def of(cls, settings: FileDelivery) -> ArchiveLimits:
        """The limits that a contract sets."""
        return cls(settings.max_unpacked_megabytes << 20, settings.max_compression_ratio)


_USUAL = ArchiveLimits()


@dataclass(frozen=True, slots=True)
class ManifestWord:
    """What OneRoster's manifest says of the wanted files: `mode`, or `absent` (the archive does not bring them)."""

    mode: BatchMode | None
    absent: bool


def is_zip(path: Path) -> bool:
    """Whether the bytes begin like a zip archive."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def refuse_harmful_archive(source: SourceFile, limits: ArchiveLimits = _USUAL) -> None:
    """Raise UnreadableDelivery when `source` (a zip, or an .xlsx, which is one) is damaged, encrypted or harmful."""
    with _opened(source) as archive:
        _members(archive, source, limits)


def parts(source: SourceFile, pattern: str) -> Iterator[bytes]:
    """The bytes of the members that match `pattern`, member by member in chunks; the archive is looked over before."""
    with _opened(source) as archive:
        for name, info in _members(archive, source, _USUAL):
            if fnmatchcase(name, pattern):
                with archive.open(info) as reader:
                    yield from _chunks(reader)


def unpack(source: SourceFile, pattern: str, workspace: Path, limits: ArchiveLimits = _USUAL) -> list[SourceFile]:
    """The members that match the glob `pattern` (on the name or the whole path), unpacked, in order of their names."""
    with _opened(source) as archive:
        chosen = sorted(
            (name, info)
            for name, info in _members(archive, source, limits)
            if fnmatchcase(name, pattern) or fnmatchcase(PurePosixPath(name).name, pattern)
        )
        return [
            SourceFile(source.position, source.file_name, _extract(archive, info, source, number, workspace), name)
            for number, (name, info) in enumerate(chosen)
        ]


def member_names(source: SourceFile) -> list[str]:
    """Names of all files in the archive."""
    with _opened(source) as archive:
        return sorted(name for name, _ in _members(archive, source, _USUAL))


def manifest_word(source: SourceFile, pattern: str) -> ManifestWord:
    """What OneRoster's `manifest.csv` says of the files that `pattern` names: `file.users` = bulk, delta or absent."""
    with _opened(source) as archive:
        entry = next(
            (info for name, info in _members(archive, source, _USUAL) if PurePosixPath(name).name == "manifest.csv"),
            None,
        )
        if entry is None:
            raise UnreadableDelivery(
                f"文件 {source.label} 里没有 manifest.csv，无法知道是全量还是增量。请按 OneRoster 附上清单后重报。",
                f"File {source.label} has no manifest.csv, so that full or delta is unknown. Add the OneRoster "
                "manifest and send again.",
            )
        text = _read(archive, entry, source).decode("utf-8-sig", errors="replace")
    said = {
        row[0].strip().casefold(): row[1].strip().casefold()
        for row in csv.reader(io.StringIO(text))
        if len(row) > 1 and row[0].strip().casefold().startswith("file.")
    }
    key = "file." + PurePosixPath(pattern).stem
    word = said.get(key.casefold())
    if word == "absent":
        return ManifestWord(None, True)
    if word not in _MODES:
        raise UnreadableDelivery(
            f"文件 {source.label} 的 manifest.csv 中 {key} 为 {word!r}，应为 bulk、delta 或 absent。请改正清单后重报。",
            f"manifest.csv in file {source.label} says {word!r} for {key}; it must be bulk, delta or absent. Mend it "
            "and send again.",
        )
    return ManifestWord(_MODES[word], False)


@contextmanager
def _opened(source: SourceFile) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source.path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise UnreadableDelivery(
            f"文件 {source.label} 不是完整的压缩包：可能被截断、损坏或加密。请重新打包（不加密的 zip）后重报。",
            f"File {source.label} is not a whole archive: cut short, damaged or encrypted. Pack it again (zip, no "
            "password) and send it.",
        ) from error


def _members(archive: zipfile.ZipFile, source: SourceFile, limits: ArchiveLimits) -> list[tuple[str, zipfile.ZipInfo]]:
    """(name, entry) of the files, without those of a desktop; refuses names that climb out or come twice, passwords and
    swelling members."""
    found = []
    names: set[str] = set()
    total = 0
    for info in archive.infolist():
        if info.is_dir():
            continue
        name = _name(info)
        path = PurePosixPath(name.replace("\\", "/"))
        refuse_path(source, name)
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableDelivery(
                f"文件 {source.label} 内的成员 {name} 有密码。请去掉密码后重报。",
                f"Member {name} of file {source.label} has a password. Remove it and send again.",
            )
        total += info.file_size
        swells = info.file_size > SMALL_BYTES and info.file_size > limits.ratio * max(1, info.compress_size)
        if swells or total > limits.unpacked_bytes:
            raise swells_too_far(source, name, (info.file_size if swells else total) >> 20, limits)
        if str(path) in names:
            raise UnreadableDelivery(
                f"文件 {source.label} 内有两个同名成员 {name}，无法判断以哪个为准。请只保留一个后重新打包报送。",
                f"File {source.label} has two members called {name}; nothing tells which one counts. Keep one, pack it "
                "again and send it.",
            )
        names.add(str(path))
        if not is_desktop_file(path):
            found.append((str(path), info))
    return found


def refuse_path(source: SourceFile, name: str) -> None:
    """Raise UnreadableDelivery for a member whose name leads out of the archive."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise UnreadableDelivery(
            f"文件 {source.label} 内的成员 {name} 指向压缩包之外，已拒收。请用相对路径重新打包。",
            f"Member {name} of file {source.label} points outside the archive; refused. Pack it with relative names.",
        )


def swells_too_far(source: SourceFile, name: str, megabytes: int, limits: ArchiveLimits) -> UnreadableDelivery:
    """The answer to an archive whose member `name` unpacks to more than its limits."""
    zh, en = "，或改报 CSV", "as CSV"
    if limits.of_contract:
        zh = "，或在合同里放宽 max_unpacked_megabytes、max_compression_ratio"
        en = "raise max_unpacked_megabytes or max_compression_ratio in the contract"
    return UnreadableDelivery(
        f"文件 {source.label} 解压后异常大（到成员 {name} 为止 {megabytes} MB，疑似压缩炸弹），已拒收。"
        f"请核对文件内容；确实这么大时请分批报送{zh}。",
        f"File {source.label} unpacks to far too much ({megabytes} MB up to its member {name}, like a zip "
        f"bomb); refused. Look at what is in it; if it is that large indeed, send it in parts, or {en}.",
    )


def _name(info: zipfile.ZipInfo) -> str:
    """macOS writes member names in UTF-8, Chinese Windows in GBK, both without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    for encoding in ("utf-8", "gbk"):  # GBK is hardly ever UTF-8 by chance
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def is_desktop_file(path: PurePosixPath) -> bool:
    """What macOS and Windows put beside the files that somebody packed: resource forks and folder views."""
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name.casefold() in _DESKTOP_FILES


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: SourceFile, number: int, workspace: Path) -> Path:
    target = workspace / f"member-{source.position}-{number}"
    written = 0
    with archive.open(info) as reader, target.open("wb") as writer:
        target.chmod(0o600)  # delivered bytes may hold personal data
        for chunk in _chunks(reader):
            written += len(chunk)
            if written > info.file_size:  # the directory of the archive lies about the size
                raise zipfile.BadZipFile(info.filename)
            writer.write(chunk)
    return target


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: SourceFile) -> bytes:
    if info.file_size > SMALL_BYTES:
        raise UnreadableDelivery(
            f"文件 {source.label} 内的 {info.filename} 过大。请核对清单后重报。",
            f"{info.filename} in file {source.label} is too large. Look at the manifest and send again.",
        )
    return archive.read(info)


def _chunks(reader: IO[bytes]) -> Iterator[bytes]:
    while chunk := reader.read(_CHUNK_BYTES):
        yield chunk
