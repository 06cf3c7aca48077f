"""The home's files against the ledger: landed bytes, Parquet files of batches, snapshot files.

Belongs here: hashing files and comparing with what the ledger recorded. Does not belong here: the ledger's own
soundness (`warehouse.ledger.audit`), figures (`verify.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from warehouse.fingerprint import file_sha256, files_sha256
from warehouse.home import Home
from warehouse.ledger import Batch, Ledger, Snapshot
from warehouse.ledger.records import PartitionRows
from warehouse.provenance.finding import Finding
from warehouse.publish.switch import current_snapshot_id, snapshot_path

# Rows of these lie in `raw`: a superseded batch stays as history.
IN_RAW = ("admitted", "superseded")
_BACKUP = (
    "从备份恢复该文件；恢复后再次核对",
    "restore the file from a backup, then verify again",
)
SNAPSHOT_REMEDY = (
    "从备份恢复该发布文件，或用 district publish rollback 恢复以前的发布",
    "restore the publication's file from a backup, or go back to an earlier one: district publish rollback",
)


def landed(home: Home, hashes: dict[str, str]) -> Iterator[Finding]:
    """Landed files that are missing or changed; `hashes` are SHA-256 -> delivered name."""
    for sha256, name in sorted(hashes.items()):
        path = home.landing / sha256[:2] / sha256
        if not path.is_file():
            yield Finding(f"缺少已落地的文件 {name}：{path}", f"the landed file {name} is missing: {path}", *_BACKUP)
        elif _hash(path) != sha256:
            yield Finding(
                f"已落地的文件 {name} 被改动：{path}", f"the landed file {name} was changed: {path}", *_BACKUP
            )


def partitions(home: Home, ledger: Ledger, batches: Iterable[Batch]) -> Iterator[Finding]:
    """Parquet files of each batch and day: the bytes as hashed at admission, or at least the rows."""
    for batch in batches:
        if batch.status in (*IN_RAW, "held"):
            for part in ledger.partitions(batch.batch_id):
                finding = _partition(home, batch, part)
                if finding is not None:
                    yield finding


def _partition(home: Home, batch: Batch, part: PartitionRows) -> Finding | None:
    files = _parts(home, batch, part.dt)
    try:
        if part.sha256 is not None and files_sha256(files) == part.sha256:
            return None
        # Changed, or from before hashes were kept: the footers tell how many rows there are.
        found = sum(pq.read_metadata(file).num_rows for file in files)
    except (OSError, ValueError) as error:  # pyarrow raises ArrowInvalid, a ValueError
        problem = (f"文件无法读取（{error}）", f"a file cannot be read ({error})")
    else:
        if found != part.rows:
            problem = (f"台账 {part.rows} 行，文件 {found} 行", f"ledger {part.rows} rows, files {found}")
        elif part.sha256 is None:
            return None
        else:
            names = ", ".join(str(file) for file in files)
            problem = (f"文件被改动：{names}", f"a file was changed: {names}")
    where = f"{batch.feed}.{batch.entity} {batch.batch_id} dt={part.dt}"
    return Finding(f"{where}：{problem[0]}", f"{where}: {problem[1]}", *_BACKUP)


def _parts(home: Home, batch: Batch, day: date) -> list[Path]:
    base = home.held / batch.batch_id if batch.status == "held" else home.raw / batch.feed / batch.entity
    return sorted((base / f"dt={day.isoformat()}" / f"batch={batch.batch_id}").glob("*.parquet"))


def strays(home: Home, batches: Iterable[Batch]) -> Iterator[Finding]:
    """Rows in `raw` that no admitted batch accounts for."""
    counted = {batch.batch_id for batch in batches if batch.status in IN_RAW}
    for folder in sorted(home.raw.glob("*/*/dt=*/batch=*")):
        if folder.name.removeprefix("batch=") not in counted:
            yield Finding(
                f"原始层有台账未记的批次：{folder}",
                f"rows of a batch that the ledger does not count: {folder}",
                "下次 district run 会清除中断留下的文件；否则请移走该文件夹",
                "the next district run clears what an interruption left; otherwise move the folder away",
            )


def snapshots(home: Home, known: Iterable[Snapshot]) -> Iterator[Finding]:
    """Each publication has its file as it was published, and readers see the last one."""
    known = list(known)
    for snapshot in known:
        path = snapshot_path(home, snapshot.snapshot_id)
        if not path.is_file():
            yield Finding(f"缺少发布文件：{path}", f"the file of a publication is missing: {path}", *_BACKUP)
        elif snapshot.file_sha256 is not None and _hash(path) != snapshot.file_sha256:
            yield Finding(
                f"发布文件被改动：{path}",
                f"the file of a publication was changed: {path}",
                *SNAPSHOT_REMEDY,
            )
        if snapshot.state == "prepared":
            yield Finding(
                f"发布 {snapshot.snapshot_id} 未完成，下次运行会补完",
                f"the publication {snapshot.snapshot_id} was interrupted; the next run completes it",
            )
    seen = current_snapshot_id(home)
    published = [snapshot.snapshot_id for snapshot in known if snapshot.state == "published"]
    expected = published[-1] if published else None
    if seen != expected:
        yield Finding(
            f"页面所读为 {seen or '无'}，台账中的最新发布为 {expected or '无'}",
            f"readers see {seen or 'nothing'}, the last publication in the ledger is {expected or 'none'}",
            "下次 district run 会让页面读取台账中的最新发布",
            "the next district run points readers at the last publication of the ledger",
        )


def _hash(path: Path) -> str | None:
    """None for a file that cannot be read: it is as good as changed."""
    try:
        return file_sha256(path)
    except OSError:
        return None
