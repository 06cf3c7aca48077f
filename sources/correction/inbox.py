"""Corrections that owners have confirmed, waiting for the next pull of their feed.

Belongs here: the folder in which they wait, and the batch that one becomes. Does not belong here: checking them
(`precheck.py`), deciding them (`sources/intake.py`, as any delivery).

A correction is a folder `corrections/<feed>/<entity>/<name>/` with the workbook as it was uploaded and `sent.json`:
which batch it corrects, who sent it when. Written aside and renamed: a pull never finds half of one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sources.contract.feed import Feed
from sources.landing import Landed
from warehouse.clock import now
from warehouse.home import Home
from warehouse.ledger import Batch, BatchEnvelope, BatchFile, OwnerCorrection
from warehouse.ledger.owner_actions import ActorSource

_WORKBOOK = "workbook.xlsx"
_SENT = "sent.json"
_ASIDE = ".incoming-"


@dataclass(frozen=True, slots=True)
class SentCorrection:
    """A confirmed correction. `sent_at` is UTC, aware."""

    folder: Path
    corrects: str
    file_name: str
    sent_by: str
    sender_source: ActorSource
    sent_at: datetime
    rows_corrected: int
    rows_removed: int

    @property
    def workbook(self) -> Path:
        """The bytes as uploaded."""
        return self.folder / _WORKBOOK

    def as_record(self, batch_id: str) -> OwnerCorrection:
        """For the ledger, once it is the batch of that id."""
        return OwnerCorrection(
            batch_id=batch_id,
            corrects=self.corrects,
            sent_by=self.sent_by,
            sender_source=self.sender_source,
            sent_at=self.sent_at,
            rows_corrected=self.rows_corrected,
            rows_removed=self.rows_removed,
        )

    def remove(self) -> None:
        """The ledger has it: nothing else need keep the bytes."""
        shutil.rmtree(self.folder)


def put(
    home: Home,
    feed: str,
    entity: str,
    workbook: Path,
    *,
    corrects: str,
    file_name: str,
    sent_by: str,
    sender_source: ActorSource,
    sent_at: datetime,
    rows_corrected: int,
    rows_removed: int,
) -> SentCorrection:
    """Leave a correction for the next pull. The same bytes for the same batch again change nothing."""
    digest = hashlib.sha256(workbook.read_bytes()).hexdigest()
    place = home.corrections / feed / entity
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{corrects}-{digest[:16]}"
    aside, target = place / f"{_ASIDE}{name}", place / name
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    shutil.copyfile(workbook, aside / _WORKBOOK)
    (aside / _WORKBOOK).chmod(0o600)
    said = {
        "corrects": corrects,
        "file_name": file_name,
        "sent_by": sent_by,
        "sender_source": sender_source,
        "sent_at": sent_at.isoformat(),
        "rows_corrected": rows_corrected,
        "rows_removed": rows_removed,
    }
    (aside / _SENT).write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    if target.exists():
        shutil.rmtree(aside)
    else:
        aside.rename(target)
    return _read(target)


def waiting(home: Home, feed: str, entity: str) -> Iterator[SentCorrection]:
    """What waits for the next pull, oldest first."""
    folders = (home.corrections / feed / entity).glob("*")
    sent = [_read(folder) for folder in folders if not folder.name.startswith(".") and (folder / _SENT).is_file()]
    yield from sorted(sent, key=lambda one: (one.sent_at, one.folder.name))


def _read(folder: Path) -> SentCorrection:
    said = json.loads((folder / _SENT).read_text(encoding="utf-8"))
    return SentCorrection(folder=folder, **{**said, "sent_at": datetime.fromisoformat(said["sent_at"])})


def correction_batch(
    feed: Feed, original: Batch, files: Sequence[BatchFile], sent: SentCorrection, landed: Landed, run_id: str
) -> tuple[BatchEnvelope, list[BatchFile]]:
    """The batch of a correction: the files of the batch that it corrects, and the workbook as the last one.

    It stands in that batch's place: its period, its mode, its delivery and, but for one step, its rank, so that
    whatever the department delivered later still comes after it.
    """
    workbook = BatchFile(sent.file_name, landed.sha256, landed.bytes, sent.sent_at)
    together = [*files, workbook]
    sha256 = hashlib.sha256("\n".join(file.sha256 for file in together).encode()).hexdigest()
    identity = "\n".join((original.feed, original.entity, sha256, original.batch_id))
    envelope = BatchEnvelope(
        batch_id="b" + hashlib.sha256(identity.encode()).hexdigest()[:20],
        feed=original.feed,
        entity=original.entity,
        source=f"{original.source} + 工作台 {sent.sent_by}",
        delivery_mode="correction",
        delivery_key=original.delivery_key,
        file_name=sent.file_name,
        sha256=sha256,
        bytes=sum(file.bytes for file in together),
        received_at=sent.sent_at,
        landed_at=now(),
        mode=original.mode,
        batch_order=original.batch_order + 1,
        contract_version=feed.version,
        contract_sha256=feed.contract_sha256,
        run_id=run_id,
        simulated=feed.simulated,
        encoding_declared=original.encoding_declared,
        period_start=original.period_start,
        period_end=original.period_end,
        batch_seq=original.batch_seq,
        rows_declared=original.rows_declared,
        checksum_declared=original.checksum_declared,
    )
    return envelope, together
