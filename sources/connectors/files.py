"""Folders of department systems, through universal-pathlib: local paths, sftp://, s3:// and whatever fsspec knows.

Belongs here: listing a folder by pattern, dating files, fetching their bytes.
Does not belong here: what is in a file, archives included (`sources/reading/`).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from upath import UPath

from sources.connectors.offer import (
    Fetched,
    FetchedFile,
    FileSignature,
    Offer,
    Outcome,
    PullRequest,
    SourceUnavailable,
    Waiting,
)
from sources.contract.connections import FilesConnection
from sources.contract.file_pattern import FileDating, FilePattern
from sources.contract.settings import ControlFile
from sources.control_file import (
    LARGEST_BYTES,
    Declared,
    UnusableControlFile,
    control_name,
    is_list,
    read_control,
    together,
)
from warehouse.clock import now

# Uploads in progress and control files that announce or check a delivery; never deliveries themselves.
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
_CONTROL = (".ok", ".done", ".md5", ".sha1", ".sha256", ".ctl")
_CHUNK = 1 << 20
# Names under which fsspec's file systems give the time of the last change.
_TIMES = ("mtime", "LastModified", "last_modified", "modified", "created")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Listed:
    """A file of the folder that matches the pattern. `modified`: of the file itself, without its control file."""

    signature: FileSignature
    path: str
    dating: FileDating
    received_at: datetime
    modified: datetime | None
    control: str | None = None


def offers(request: PullRequest) -> Iterator[Offer]:
    """Matching complete files that are not known yet, oldest first; one offer a file, or one for all of them.

    The modification time is the time of delivery; with a control file beside each one, the later of both: then it was
    whole. A file whose name states a period after `as_of` waits, and so does one whose control file has not come.
    """
    settings = request.delivery.file
    if settings is None:
        raise ValueError(f"delivery {request.delivery.key} is no file delivery")
    folder = _folder(request)
    listed = _list(request, folder, FilePattern.parse(settings.pattern))
    orders = _orders(listed)
    fruitless = _Fruitless(request.since)
    seen = request.known | fruitless.files
    new = [item for item in listed if item.signature not in seen and _wanted(request, item.dating)]
    new.sort(key=lambda item: orders[item.path])
    if settings.control_file is not None:
        new = [item for item in new if _whole(request, folder, settings.control_file, item)]
    groups = [new] if settings.one_batch and new else [[item] for item in new]
    for items in groups:
        yield _offer(request, folder, items, orders, fruitless)


class _Fruitless:
    """Files that brought no batch (replays under another name, archives without a member for the entity).

    They are the watermark of a folder: no batch of the ledger lists them, so they would be read again on every pull.
    """

    def __init__(self, watermark: str | None) -> None:
        self.files = {
            FileSignature(name, size, datetime.fromisoformat(time) if time else None)
            for name, size, time in json.loads(watermark or "[]")
        }

    def after(self, files: Iterable[FileSignature], outcome: Outcome) -> str | None:
        """The watermark when `files` came to nothing; None when a batch lists them."""
        if outcome.recorded:
            return None
        self.files |= set(files)
        rows = [
            [file.file_name, file.size, file.modified_at.isoformat() if file.modified_at else None]
            for file in self.files
        ]
        return json.dumps(sorted(rows, key=str), ensure_ascii=False)


def _folder(request: PullRequest) -> UPath:
    connection = request.server.connection
    options = connection.storage_options if isinstance(connection, FilesConnection) else {}
    try:
        return UPath(request.server.location, **options)
    except (ImportError, ValueError) as error:
        raise SourceUnavailable(
            f"来源 {request.server.name} 的地址 {address(request.server.location)} 无法使用：{error}；"
            "请检查协议与所需的库",
            f"location {address(request.server.location)} of source {request.server.name} cannot be used: {error}; "
            "check the scheme and the library that it needs",
        ) from error


def _list(request: PullRequest, folder: UPath, pattern: FilePattern) -> list[_Listed]:
    try:
        if not folder.fs.isdir(folder.path):
            raise FileNotFoundError(folder.path)
        # Unlimited depth only where the pattern can match in sub-folders: a drop may hold years of archive below.
        found: dict[str, dict[str, Any]] = folder.fs.find(
            folder.path, maxdepth=None if pattern.recursive else 1, detail=True
        )
    except Exception as error:  # every file system and transport of fsspec raises its own kinds
        raise _unreachable(request, error) from error
    root = folder.path.rstrip("/") + "/"
    present = {path.removeprefix(root): info for path, info in found.items()}
    settings = request.delivery.file.control_file if request.delivery.file is not None else None
    listed = []
    for name, info in present.items():
        last = name.rsplit("/", 1)[-1].lower()
        if any(part.startswith(".") for part in name.split("/")) or last.endswith(_UNFINISHED + _CONTROL):
            continue
        dating = pattern.match(name)
        if dating is None:
            continue
        modified = whole_at = _modified(info)
        control = None
        if settings is not None and control_name(settings, name) in present:
            control = control_name(settings, name)
            # A list changes with every delivery that it names, and says nothing of when this one was whole.
            if not is_list(settings):
                whole_at = max(filter(None, (modified, _modified(present[control]))), default=None)
        signature = FileSignature(name, int(info.get("size") or 0), whole_at)
        listed.append(_Listed(signature, root + name, dating, whole_at or now(), modified, control))
    if settings is not None:
        controls = {control_name(settings, item.signature.file_name) for item in listed}
        listed = [item for item in listed if item.signature.file_name not in controls]
    return listed


def _whole(request: PullRequest, folder: UPath, settings: ControlFile, item: _Listed) -> bool:
    """Whether the delivery is whole by its control file; who asked is told of one that is not."""
    name = item.signature.file_name
    if item.control is not None:
        if not is_list(settings):
            return True
        try:
            if _declared(request, folder, settings, item) is not None:
                return True
        except SourceUnavailable:
            return True  # fetching it says what is wrong with the list
    start, end = item.dating.period_start, item.dating.period_end
    request.waits(Waiting(name, control_name(settings, name), item.received_at, start, end))
    return False


def _declared(request: PullRequest, folder: UPath, settings: ControlFile, item: _Listed) -> Declared | None:
    name, control = item.signature.file_name, str(item.control)
    path = folder.path.rstrip("/") + "/" + control
    try:
        with folder.fs.open(path, "rb") as reader:
            content = reader.read(LARGEST_BYTES)
    except Exception as error:  # every file system and transport of fsspec raises its own kinds
        raise _unreachable(request, error) from error
    try:
        return read_control(settings, content, control, name)
    except UnusableControlFile as unusable:
        raise SourceUnavailable(unusable.zh, unusable.en) from unusable


def _modified(info: dict[str, Any]) -> datetime | None:
    for key in _TIMES:
        value = info.get(key)
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
    return None


def _orders(listed: list[_Listed]) -> dict[str, int]:
    """Path -> rank of delivery: by time; within one period a higher sequence number is later whatever the times say.

    Copying a drop may give every file the same or an arbitrary time; a resend is still the later one.
    """
    orders: dict[str, int] = {}
    last: dict[tuple[date | None, date | None], int] = {}
    by_sequence = sorted(listed, key=lambda item: (item.dating.batch_seq or 0, item.received_at, item.path))
    for item in by_sequence:
        since_epoch = (item.received_at - _EPOCH) // timedelta(microseconds=1)
        # A thousandth of a microsecond leaves room for ranks among files of the same moment.
        order = since_epoch * 1000 + min(item.dating.batch_seq or 0, 999)
        period = (item.dating.period_start, item.dating.period_end)
        if item.dating.batch_seq is not None and period in last:
            order = max(order, last[period] + 1)
        last[period] = max(order, last.get(period, order))
        orders[item.path] = order
    return orders


def _wanted(request: PullRequest, dating: FileDating) -> bool:
    start, end = dating.period_start, dating.period_end
    if start is None or end is None:
        return True
    if request.period is not None:
        return start <= request.period[1] and request.period[0] <= end
    return start <= request.as_of


def _offer(
    request: PullRequest, folder: UPath, items: list[_Listed], orders: dict[str, int], fruitless: _Fruitless
) -> Offer:
    starts = [item.dating.period_start for item in items]
    ends = [item.dating.period_end for item in items]
    period_start = min((day for day in starts if day), default=None) if all(starts) else None
    period_end = max((day for day in ends if day), default=None) if all(ends) else None
    received_at = max(item.received_at for item in items)
    if period_start is None and request.entity.period_field is None:
        # Nothing in the name or the rows dates the delivery: its day does.
        period_start = period_end = received_at.astimezone(ZoneInfo(request.feed.time_zone)).date()
    files = tuple(item.signature for item in items)
    first = files[0].file_name
    return Offer(
        request=request,
        source=f"{request.server.name} {address(request.server.location)}",
        file_name=first if len(items) == 1 else f"{first} +{len(items) - 1}",
        received_at=received_at,
        fetch=lambda: _fetched(request, folder, items),
        watermark=lambda outcome: fruitless.after(files, outcome),
        period_start=period_start,
        period_end=period_end,
        batch_seq=max((item.dating.batch_seq for item in items if item.dating.batch_seq is not None), default=None),
        batch_order=max(orders[item.path] for item in items),
        mode=request.delivery.mode,
    )


def _fetched(request: PullRequest, folder: UPath, items: list[_Listed]) -> Fetched:
    """The files' bytes, and what their control files declare of them."""
    settings = request.delivery.file.control_file if request.delivery.file is not None else None
    files = tuple(_fetch(request, folder, item) for item in items)
    if settings is None:
        return Fetched(files=files)
    declared = [_declared(request, folder, settings, item) or Declared() for item in items]
    rows = [one.rows for one in declared if one.rows is not None]
    return Fetched(
        files=files,
        rows_declared=sum(rows) if len(rows) == len(declared) else None,
        checksum_declared=together([one.checksum for one in declared]),
    )


def _fetch(request: PullRequest, folder: UPath, item: _Listed) -> FetchedFile:
    """A copy of the file's bytes; raises when they changed meanwhile, so that half an upload is never landed."""
    request.workspace.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=request.workspace)  # mode 0600
    target = Path(name)
    try:
        with folder.fs.open(item.path, "rb") as reader, os.fdopen(handle, "wb") as writer:
            while chunk := reader.read(_CHUNK):
                writer.write(chunk)
        after = folder.fs.info(item.path)
    except Exception as error:  # every file system and transport of fsspec raises its own kinds
        raise _unreachable(request, error) from error
    if target.stat().st_size != item.signature.size or _modified(after) != item.modified:
        target.unlink()
        raise SourceUnavailable(
            f"文件 {item.signature.file_name} 在读取时仍在变化；传完后下次运行会重新读取",
            f"file {item.signature.file_name} changed while it was read; the next run reads it when it is complete",
        )
    return FetchedFile(target, item.signature.file_name, item.signature.modified_at)


def _unreachable(request: PullRequest, error: Exception) -> SourceUnavailable:
    place = address(request.server.location)
    if isinstance(error, FileNotFoundError):
        return SourceUnavailable(
            f"来源 {request.server.name} 的文件夹或文件不存在：{place}；请核对地址或联系报送部门",
            f"folder or file of source {request.server.name} does not exist: {place}; check the location",
        )
    reason = f"{type(error).__name__}: {error}"
    return SourceUnavailable(
        f"来源 {request.server.name}（{place}）读取失败：{reason}；请检查网络、权限与凭据",
        f"source {request.server.name} ({place}) cannot be read: {reason}; check network, permissions and credentials",
    )


def address(location: str) -> str:
    """A location fit to be shown and stored: no user, password or query."""
    parts = urlsplit(location)
    if not parts.scheme or not parts.netloc:
        return location
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))
