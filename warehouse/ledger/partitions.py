"""The days of batches' rows, and which of them changed.

Belongs here: reading both, recording that days changed when a batch is admitted or superseded. Does not belong here:
what becomes of a batch (`batches.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from warehouse.ledger.access import Access, columns_of
from warehouse.ledger.records import PartitionChange, PartitionRows
from warehouse.ledger.schema.deliveries import batch_partition, partition_change


class PartitionMethods(Access):
    """Ledger methods about days of admitted rows."""

    def partitions(self, batch_id: str) -> list[PartitionRows]:
        """The days of a batch, ascending."""
        return self._records(
            PartitionRows,
            sa.select(*columns_of(batch_partition, "batch_id", "feed", "entity"))
            .where(batch_partition.c.batch_id == batch_id)
            .order_by(batch_partition.c.dt),
        )

    def batch_days(self) -> dict[str, list[date]]:
        """The days of every batch's rows, ascending, by batch id; batches without rows are not in it."""
        days: dict[str, list[date]] = {}
        with self._reading() as connection:
            statement = sa.select(batch_partition).order_by(batch_partition.c.batch_id, batch_partition.c.dt)
            for row in connection.execute(statement):
                if row.rows:
                    days.setdefault(row.batch_id, []).append(row.dt)
        return days

    def partition_changes(self, *, since: int = 0) -> list[PartitionChange]:
        """Days whose admitted rows changed after the change numbered `since`."""
        return self._records(
            PartitionChange,
            sa.select(partition_change).where(partition_change.c.seq > since).order_by(partition_change.c.seq),
        )

    def newest_change(self) -> int:
        """Number of the newest change of admitted days; 0 before the first."""
        with self._reading() as connection:
            return connection.execute(sa.select(sa.func.max(partition_change.c.seq))).scalar() or 0


def record_changes(connection: sa.Connection, batch_ids: Sequence[str], cause: str) -> None:
    """Note that the days of these batches changed, by `cause` (admitted, superseded)."""
    parts = (
        sa.select(
            batch_partition.c.feed,
            batch_partition.c.entity,
            batch_partition.c.dt,
            batch_partition.c.batch_id,
            sa.literal(cause),
        )
        .where(batch_partition.c.batch_id.in_(list(batch_ids)))
        .order_by(batch_partition.c.batch_id, batch_partition.c.dt)
    )
    names = ["feed", "entity", "dt", "batch_id", "cause"]
    connection.execute(sa.insert(partition_change).from_select(names, parts))
