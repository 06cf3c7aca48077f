"""Batches: landing, deciding, superseding; and what hangs on them (files, rejects, watermarks).

Belongs here: the state machine of a batch `landed -> parsed -> admitted | held`, `admitted -> superseded`, and the
rule which batches a new one replaces. Does not belong here: deciding whether a batch is good (`sources.admission`), the
days of its rows (`partitions.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from warehouse.clock import now
from warehouse.ledger.access import Access, LedgerConflict, columns_of, insert, row_of
from warehouse.ledger.checks import insert_check_results
from warehouse.ledger.corrections import restated_by
from warehouse.ledger.owner_actions import corrected_by
from warehouse.ledger.partitions import record_changes
from warehouse.ledger.records import (
    Batch,
    BatchEnvelope,
    BatchFile,
    BatchStatus,
    CheckResult,
    PartitionRows,
    RejectReason,
    Treatment,
    WaitingDelivery,
)
from warehouse.ledger.schema.deliveries import (
    batch,
    batch_file,
    batch_partition,
    reject_reason,
    waiting_delivery,
    watermark,
)
from warehouse.ledger.schema.treatments import batch_treatment
from warehouse.ledger.sealing import seal_batches, sealed_batches

# A held batch may be decided anew: its contract was corrected, the bytes are the same.
_DECIDABLE = ("landed", "parsed", "held")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What admitting a batch means for others: those it replaces, or the newer one that already replaced it."""

    supersedes: tuple[str, ...] = ()
    superseded_by: str | None = None


class BatchMethods(Access):
    """Ledger methods about batches."""

    # --- writing ------------------------------------------------------------------------------------------------

    def record_landed(self, envelope: BatchEnvelope, files: Sequence[BatchFile]) -> bool:
        """Record a delivery whose bytes have landed; False, and no effect, when the batch is known already."""
        if not files:
            raise ValueError(f"batch {envelope.batch_id} has no file")
        with self._writing() as connection:
            if _status(connection, envelope.batch_id) is not None:
                return False
            insert(connection, batch, [row_of(envelope, status="landed")])
            insert(
                connection,
                batch_file,
                (row_of(file, batch_id=envelope.batch_id, position=place) for place, file in enumerate(files)),
            )
            return True

    def mark_parsed(
        self,
        batch_id: str,
        *,
        rows_read: int,
        rows_declared: int | None = None,
        encoding_detected: str | None = None,
        generated_at: datetime | None = None,
        period_start: date | None = None,
        period_end: date | None = None,
        contract_version: str | None = None,
        contract_sha256: str | None = None,
    ) -> None:
        """The delivery was read. What it said of itself, and the contract it was read by (a held batch is read again
        when its contract changed), are kept; None leaves what the envelope already has."""
        with self._writing() as connection:
            _require(connection, batch_id, _DECIDABLE)
            found = {
                "rows_declared": rows_declared,
                "encoding_detected": encoding_detected,
                "generated_at": generated_at,
                "period_start": period_start,
                "period_end": period_end,
                "contract_version": contract_version,
                "contract_sha256": contract_sha256,
            }
            values = {name: value for name, value in found.items() if value is not None}
            _update(connection, batch_id, status="parsed", rows_read=rows_read, **values)
            seal_batches(connection, sealed_batches(connection, [batch_id]), "parsed")  # was held, is read again

    def decide(
        self,
        batch_id: str,
        status: Literal["admitted", "held", "superseded"],
        *,
        rows_admitted: int = 0,
        rows_rejected: int = 0,
        rows_read: int | None = None,
        partitions: Sequence[PartitionRows] = (),
        rejects: Sequence[RejectReason] = (),
        checks: Sequence[CheckResult] = (),
        treatments: Sequence[Treatment] = (),
        replacement: Replacement | None = None,
        watermark: str | None = None,
        reason_zh: str | None = None,
        reason_en: str | None = None,
        decided_at: datetime | None = None,
    ) -> Batch:
        """Admit or hold a batch with all that follows from it, in one transaction.

        `replacement` (default: `self.replacement(batch_id)`) says whom an admitted batch replaces; when a newer batch
        has replaced it before it came, it is recorded as superseded. Each day whose admitted rows change is appended
        to `partition_change`. `watermark` is kept for the batch's delivery. Raises LedgerConflict when the batch is
        unknown or already admitted.
        """
        if status == "held" and not reason_zh:
            raise ValueError(f"batch {batch_id} is held without a reason")
        with self._writing() as connection:
            _require(connection, batch_id, _DECIDABLE)
            if replacement is None:
                replacement = Replacement() if status == "held" else _replacement(connection, batch_id)
            outdated = replacement.superseded_by is not None
            if status == "superseded" and not outdated:
                raise ValueError(f"batch {batch_id} is superseded by no batch")
            final: BatchStatus = "superseded" if outdated else status
            values: dict[str, Any] = {} if rows_read is None else {"rows_read": rows_read}
            _update(
                connection,
                batch_id,
                status=final,
                rows_admitted=rows_admitted,
                rows_rejected=rows_rejected,
                reason_zh=reason_zh,
                reason_en=reason_en,
                decided_at=decided_at or now(),
                decision_seq=(connection.execute(sa.select(sa.func.max(batch.c.decision_seq))).scalar() or 0) + 1,
                superseded_by=replacement.superseded_by,
                **values,
            )
            decided = _batches(connection, [batch.c.batch_id == batch_id])[0]
            feed, entity = decided.feed, decided.entity
            for table in (batch_partition, reject_reason, batch_treatment):  # left from an earlier, held decision
                connection.execute(sa.delete(table).where(table.c.batch_id == batch_id))
            insert(
                connection,
                batch_partition,
                (row_of(part, batch_id=batch_id, feed=feed, entity=entity) for part in partitions),
            )
            insert(connection, reject_reason, (row_of(reject, batch_id=batch_id) for reject in rejects))
            insert(connection, batch_treatment, (row_of(done, batch_id=batch_id) for done in treatments))
            insert_check_results(connection, [replace(check, batch_id=batch_id) for check in checks])
            if final != "held":
                _supersede(connection, replacement.supersedes, by=batch_id)
            if final == "admitted":
                record_changes(connection, [batch_id], "admitted")
            if watermark is not None:
                _set_watermark(connection, feed, entity, decided.delivery_key, watermark)
            seal_batches(connection, [batch_id], final)
            return _batches(connection, [batch.c.batch_id == batch_id])[0]

    def supersede(self, batch_ids: Sequence[str], *, by: str) -> None:
        """Withdraw admitted batches in favour of the admitted batch `by`; their days are recorded as changed."""
        with self._writing() as connection:
            _require(connection, by, ("admitted",))
            _supersede(connection, batch_ids, by=by)

    def set_watermark(self, feed: str, entity: str, delivery_key: str, value: str) -> None:
        """Remember how far a delivery was read, where no batch carries it (an empty poll)."""
        with self._writing() as connection:
            _set_watermark(connection, feed, entity, delivery_key, value)

    def set_waiting(self, feed: str, entity: str, delivery_key: str, found: Sequence[WaitingDelivery]) -> None:
        """Keep which deliveries are not whole yet, in the place of those that the pull before found."""
        with self._writing() as connection:
            connection.execute(
                sa.delete(waiting_delivery).where(
                    waiting_delivery.c.feed == feed,
                    waiting_delivery.c.entity == entity,
                    waiting_delivery.c.delivery_key == delivery_key,
                )
            )
            insert(connection, waiting_delivery, [row_of(one) for one in found])

    # --- reading ------------------------------------------------------------------------------------------------

    def waiting(self, feed: str | None = None) -> list[WaitingDelivery]:
        """Deliveries that the last pulls found not whole, by feed, entity and file."""
        statement = sa.select(waiting_delivery).order_by(*waiting_delivery.primary_key.columns)
        return self._records(WaitingDelivery, statement if feed is None else statement.filter_by(feed=feed))

    def batches(
        self,
        *,
        feed: str | None = None,
        entity: str | None = None,
        status: BatchStatus | Iterable[BatchStatus] | None = None,
        batch_ids: Iterable[str] | None = None,
        run_id: str | None = None,
        decided_since: datetime | None = None,
        contract_other_than: str | None = None,
    ) -> list[Batch]:
        """Batches that meet every condition given, in delivery order (`batch_order`, then id).

        `contract_other_than`: judged by a contract with another hash. A ledger grows for years: name what is wanted.
        """
        conditions: list[sa.ColumnElement[bool]] = []
        if feed is not None:
            conditions.append(batch.c.feed == feed)
        if entity is not None:
            conditions.append(batch.c.entity == entity)
        if status is not None:
            conditions.append(batch.c.status.in_([status] if isinstance(status, str) else list(status)))
        if batch_ids is not None:
            conditions.append(batch.c.batch_id.in_(list(batch_ids)))
        if run_id is not None:
            conditions.append(batch.c.run_id == run_id)
        if decided_since is not None:
            conditions.append(batch.c.decided_at >= decided_since)
        if contract_other_than is not None:
            conditions.append(batch.c.contract_sha256 != contract_other_than)
        with self._reading() as connection:
            return _batches(connection, conditions)

    def batch(self, batch_id: str) -> Batch | None:
        """One batch, or None."""
        found = self.batches(batch_ids=[batch_id])
        return found[0] if found else None

    def newest_decision(self) -> int:
        """Number of the newest admission decision; 0 before the first."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.max(batch.c.decision_seq))).scalar() or 0

    def largest_order(self, feed: str, entity: str, delivery_key: str) -> int:
        """The largest rank of a delivery's batches; 0 before the first."""
        largest = sa.select(sa.func.max(batch.c.batch_order))
        with self._reading() as connection:
            found = connection.execute(largest.filter_by(feed=feed, entity=entity, delivery_key=delivery_key)).scalar()
            return found or 0

    def known(self, batch_id: str) -> bool:
        """Whether the batch was recorded before, whatever became of it."""
        with self._reading() as connection:
            return _status(connection, batch_id) is not None

    def unfinished(self) -> list[Batch]:
        """Batches that landed but were never decided: a run was interrupted."""
        return self.batches(status=("landed", "parsed"))

    def replacement(self, batch_id: str) -> Replacement:
        """What admitting the batch would replace, by the rule in `_replacement`."""
        with self._reading() as connection:
            return _replacement(connection, batch_id)

    def files(self, batch_id: str) -> list[BatchFile]:
        """The files of a batch in their order."""
        return self._records(
            BatchFile,
            sa.select(*columns_of(batch_file, "batch_id", "position"))
            .where(batch_file.c.batch_id == batch_id)
            .order_by(batch_file.c.position),
        )

    def delivered_files(self, feed: str, entity: str, delivery_key: str) -> list[BatchFile]:
        """Every file that a delivery has ever brought, so that a connector can skip it without fetching it again."""
        return self._records(
            BatchFile,
            sa.select(*columns_of(batch_file, "batch_id", "position"))
            .join(batch, batch.c.batch_id == batch_file.c.batch_id)
            .where(batch.c.feed == feed, batch.c.entity == entity, batch.c.delivery_key == delivery_key)
            .order_by(batch.c.batch_order, batch_file.c.position),
        )

    def watermark(self, feed: str, entity: str, delivery_key: str) -> str | None:
        """How far a delivery was read, as its connector wrote it; None before the first time."""
        with self._reading() as connection:
            value: str | None = connection.execute(
                sa.select(watermark.c.value).where(
                    watermark.c.feed == feed, watermark.c.entity == entity, watermark.c.delivery_key == delivery_key
                )
            ).scalar()
            return value


def _status(connection: sa.Connection, batch_id: str) -> str | None:
    status: str | None = connection.execute(sa.select(batch.c.status).where(batch.c.batch_id == batch_id)).scalar()
    return status


def _require(connection: sa.Connection, batch_id: str, allowed: Sequence[str]) -> None:
    status = _status(connection, batch_id)
    if status not in allowed:
        raise LedgerConflict(
            f"批次 {batch_id} 的状态是 {status or '未登记'}，应为 {'、'.join(allowed)}。"
            f" / batch {batch_id} is {status or 'unknown'}; it has to be {' or '.join(allowed)}."
        )


def _update(connection: sa.Connection, batch_id: str, **values: Any) -> None:
    connection.execute(sa.update(batch).where(batch.c.batch_id == batch_id).values(**values))


def _batches(connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]) -> list[Batch]:
    chosen = sa.select(batch.c.batch_id).where(*conditions)
    supersedes: dict[str, list[str]] = {}
    older = sa.select(batch).where(batch.c.superseded_by.in_(chosen)).order_by(batch.c.batch_order, batch.c.batch_id)
    for row in connection.execute(older):
        supersedes.setdefault(row.superseded_by, []).append(row.batch_id)
    rows = connection.execute(sa.select(batch).where(*conditions).order_by(batch.c.batch_order, batch.c.batch_id))
    return [Batch(**row, supersedes=tuple(supersedes.get(row["batch_id"], ()))) for row in rows.mappings()]


def _replacement(connection: sa.Connection, batch_id: str) -> Replacement:
    """A `full` batch replaces the older admitted ones of its delivery and period; a `correction` those of any delivery.

    Two deliveries may each bring the whole of their own part (two hospitals), so `full` stays within one; a correction
    usually comes another way than what it corrects. A batch without a period replaces nothing. What is admitted in the
    end does not depend on the order in which batches come.
    """
    corrected = corrected_by(connection, batch_id) or restated_by(connection, batch_id)
    if corrected is not None:
        return _corrections_replacement(connection, batch_id, corrected)
    return _deliverys_replacement(connection, batch_id)


def _corrections_replacement(connection: sa.Connection, batch_id: str, corrected: str) -> Replacement:
    """An owner's correction takes the place of the one batch that it corrects, and of what that would have replaced
    (decision 32); when something else has replaced that batch meanwhile, the correction comes too late."""
    own = _deliverys_replacement(connection, batch_id)
    original = connection.execute(sa.select(batch).where(batch.c.batch_id == corrected)).one()
    if own.superseded_by is not None or original.superseded_by not in (None, batch_id):
        return Replacement(own.supersedes, own.superseded_by or original.superseded_by)
    return Replacement((*(known for known in own.supersedes if known != corrected), corrected))


def _deliverys_replacement(connection: sa.Connection, batch_id: str) -> Replacement:
    own = connection.execute(sa.select(batch).where(batch.c.batch_id == batch_id)).one()
    if own.period_start is None or own.period_end is None:
        return Replacement()
    same_period = sa.select(batch.c.batch_id).where(
        batch.c.batch_id != batch_id,
        batch.c.feed == own.feed,
        batch.c.entity == own.entity,
        batch.c.period_start == own.period_start,
        batch.c.period_end == own.period_end,
    )
    ranks = sa.tuple_(batch.c.batch_order, batch.c.batch_id)
    own_rank = sa.tuple_(sa.literal(own.batch_order, sa.BigInteger), sa.literal(batch_id))
    same_delivery = batch.c.delivery_key == own.delivery_key
    newer = connection.execute(
        same_period.where(
            batch.c.status.in_(("admitted", "superseded")),
            ranks > own_rank,
            sa.or_(batch.c.mode == "correction", sa.and_(batch.c.mode == "full", same_delivery)),
        )
        .order_by(batch.c.batch_order.desc(), batch.c.batch_id.desc())
        .limit(1)
    ).scalar()
    if own.mode == "delta":
        return Replacement(superseded_by=newer)
    older = same_period.where(batch.c.status == "admitted", ranks < own_rank)
    if own.mode == "full":
        older = older.where(same_delivery)
    # A batch that comes after its own replacement still replaces what it was sent to replace.
    return Replacement(
        supersedes=tuple(connection.execute(older.order_by(batch.c.batch_order, batch.c.batch_id)).scalars()),
        superseded_by=newer,
    )


def _supersede(connection: sa.Connection, batch_ids: Sequence[str], *, by: str) -> None:
    counted = []
    for batch_id in batch_ids:
        if _status(connection, batch_id) == "held" and corrected_by(connection, by) == batch_id:
            # Its correction settles a held batch. It stays held: it brought nothing, neither now nor in time.
            _update(connection, batch_id, superseded_by=by)
            continue
        _require(connection, batch_id, ("admitted",))
        _update(connection, batch_id, status="superseded", superseded_by=by)
        counted.append(batch_id)
    seal_batches(connection, batch_ids, "superseded")
    record_changes(connection, counted, "superseded")


def _set_watermark(connection: sa.Connection, feed: str, entity: str, delivery_key: str, value: str) -> None:
    key = {"feed": feed, "entity": entity, "delivery_key": delivery_key}
    connection.execute(sa.delete(watermark).filter_by(**key))
    insert(connection, watermark, [key | {"value": value}])
