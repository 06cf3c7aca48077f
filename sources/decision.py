"""One batch decided: admission's verdict, its files in place, and last the ledger, which alone makes rows count.

Belongs here: the order of these three and the ledger's record. Does not belong here: the verdict (`admission/`), where
files lie (`placement.py`), which batches there are (`intake.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sources import placement
from sources.admission.earlier import History
from sources.admission.gate import admit
from sources.admission.history import compared_with_history
from sources.admission.outcome import Admission, LandedFile
from sources.admission.treatments import united
from sources.connectors.offer import Outcome
from sources.contract.feed import Entity, Feed
from sources.contract.settings import Delivery
from sources.correction.corrected_batch import parted
from sources.step_times import StepTimes
from warehouse.checks import CheckOutcome
from warehouse.clock import now
from warehouse.home import Home
from warehouse.ledger import Batch, BatchEnvelope, BatchFile, BatchStatus, Ledger, PartitionRows, Treatment

# Steps of the walk of a delivery, in order: where a run may be interrupted.
STEPS = ("fetched", "landed", "recorded", "admitted", "placed", "decided")


@dataclass(frozen=True)
class BatchOutcome:
    """What became of a batch in this pull. `dt_min` and `dt_max` are district-local days; None without rows."""

    batch_id: str
    entity: str
    dt_min: date | None
    dt_max: date | None
    status: BatchStatus
    rows_read: int
    rows_admitted: int
    rows_rejected: int
    checks: tuple[CheckOutcome, ...]
    reason_zh: str | None
    reason_en: str | None
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Wall time by step of `sources/step_times.py`."""


@dataclass(frozen=True)
class Recorded:
    """A batch that the ledger has and nobody has decided: `files` as delivered, `workbooks` of its owner's corrections.

    `watermark` says what to remember for the delivery's next pull, `on_the_way` what it took to get the bytes (only the
    pull that got them knows; a decision taken up after a crash does without).
    """

    entity: Entity
    delivery: Delivery
    envelope: BatchEnvelope
    files: Sequence[LandedFile]
    workbooks: Sequence[LandedFile]
    watermark: Callable[[Outcome], str | None]
    on_the_way: Sequence[Treatment] = ()


def recorded(
    home: Home,
    ledger: Ledger,
    entity: Entity,
    delivery: Delivery,
    envelope: BatchEnvelope,
    files: Sequence[BatchFile],
    *,
    watermark: Callable[[Outcome], str | None] = lambda outcome: None,
    on_the_way: Sequence[Treatment] = (),
) -> Recorded:
    """The recorded batch with its landed files, ready to be judged."""
    delivered, workbooks = parted(home, ledger, envelope.batch_id, files)
    return Recorded(entity, delivery, envelope, delivered, workbooks, watermark, on_the_way)


def judge(home: Home, feed: Feed, batch: Recorded, workspace: Path) -> Admission:
    """Admission's verdict of the batch's landed bytes, its rows and rejects under `workspace`; nothing else changes.

    Raises what admission raises for faults of ours. Safe beside others in other threads.
    """
    return admit(
        home=home,
        feed=feed,
        entity=batch.entity,
        delivery=batch.delivery,
        files=batch.files,
        envelope=batch.envelope,
        workspace=workspace,
        workbooks=batch.workbooks,
    )


def conclude(
    home: Home,
    ledger: Ledger,
    feed: Feed,
    batch: Recorded,
    admission: Admission,
    *,
    workspace: Path,
    run_id: str,
    on_step: Callable[[str, str], None],
) -> BatchOutcome:
    """Admit or hold the judged batch, compared with what was concluded before it. Judging and concluding again after a
    crash gives the same."""
    identity, entity = batch.envelope.batch_id, batch.entity
    names = "、".join(dict.fromkeys(file.file_name for file in batch.files))
    times = StepTimes()
    times.add(admission.seconds)
    with times.step("history"):
        admission = compared_with_history(feed, entity, batch.envelope, admission, History(ledger), names)
    on_step("admitted", identity)
    admitted = admission.status == "admitted"
    with times.step("placing and hashing rows"):
        placement.place(home, workspace, feed=feed.name, entity=entity.name, batch_id=identity, admitted=admitted)
    checks = _with_kept_files(home, identity, admission.checks)
    on_step("placed", identity)
    admission = replace(admission, checks=tuple(checks), treatments=united([*batch.on_the_way, *admission.treatments]))
    with times.step("placing and hashing rows"):
        hashes = placement.partition_hashes(
            home, feed=feed.name, entity=entity.name, batch_id=identity, admitted=admitted, days=admission.partitions
        )
    mark = batch.watermark(Outcome(not admitted, recorded=True))
    with times.step("ledger"):
        decided = _record(home, ledger, feed, batch.envelope, admission, run_id, mark, hashes)
    on_step("decided", identity)
    return BatchOutcome(
        batch_id=identity,
        entity=entity.name,
        dt_min=min(admission.partitions, default=None),
        dt_max=max(admission.partitions, default=None),
        status=decided.status,
        rows_read=admission.rows_read,
        rows_admitted=admission.rows_admitted,
        rows_rejected=admission.rows_rejected,
        checks=admission.checks,
        reason_zh=admission.reason_zh,
        reason_en=admission.reason_en,
        seconds=times.seconds,
    )


def _record(
    home: Home,
    ledger: Ledger,
    feed: Feed,
    envelope: BatchEnvelope,
    admission: Admission,
    run_id: str,
    watermark: str | None,
    hashes: Mapping[date, str | None],
) -> Batch:
    identity = envelope.batch_id
    days = sorted(admission.partitions.keys() | admission.rejected_partitions.keys())
    # The rows date a delivery whose name and source say nothing of its period.
    undated = envelope.period_start is None and bool(admission.partitions)
    moment = now()
    with ledger.begin() as transaction:
        transaction.mark_parsed(
            identity,
            rows_read=admission.rows_read,
            rows_declared=admission.rows_declared,
            encoding_detected=admission.encoding_detected,
            period_start=min(admission.partitions) if undated else None,
            period_end=max(admission.partitions) if undated else None,
            contract_version=feed.version,
            contract_sha256=feed.contract_sha256,
        )
        transaction.record_statistics(identity, admission.statistics)
        transaction.record_corrections(identity, admission.corrections)
        return transaction.decide(
            identity,
            admission.status,
            rows_admitted=admission.rows_admitted,
            rows_rejected=admission.rows_rejected,
            partitions=[
                PartitionRows(
                    day, admission.partitions.get(day, 0), admission.rejected_partitions.get(day, 0), hashes.get(day)
                )
                for day in days
            ],
            rejects=admission.reject_reasons,
            checks=[
                check.as_result(
                    scope="feed",
                    run_id=run_id,
                    evaluated_at=moment,
                    home=home.root,
                    feed=envelope.feed,
                    entity=envelope.entity,
                    batch_id=identity,
                )
                for check in admission.checks
            ],
            treatments=admission.treatments,
            watermark=watermark,
            reason_zh=admission.reason_zh,
            reason_en=admission.reason_en,
            decided_at=moment,
        )


def _with_kept_files(home: Home, batch: str, checks: Sequence[CheckOutcome]) -> list[CheckOutcome]:
    """The outcomes with their files of failing rows where `placement` has put them."""
    return [
        replace(check, failed_rows_file=home.failed_rows / batch / check.failed_rows_file.name)
        if check.failed_rows_file
        else check
        for check in checks
    ]
