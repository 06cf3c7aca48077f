"""What earlier deliveries of an entity amounted to: rows and column totals, in the ledger.

Belongs here: keeping and finding them. Does not belong here: what is usual (`sources.admission.history`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from warehouse.ledger.access import Access, insert, row_of
from warehouse.ledger.schema.deliveries import batch, batch_partition
from warehouse.ledger.schema.statistics import batch_statistic


@dataclass(frozen=True, slots=True)
class ColumnStatistic:
    """A measured column of one batch: values other than zero, the sum of all, the mean size of those (None: none)."""

    column_name: str
    nonzero: int
    total: float
    magnitude: float | None


@dataclass(frozen=True, slots=True)
class EarlierBatch:
    """An admitted batch of the same delivery, as far as comparing needs it."""

    batch_id: str
    file_name: str
    mode: str
    batch_seq: int | None
    period_start: date
    period_end: date
    rows: int


class StatisticMethods(Access):
    """Ledger methods about the history of deliveries."""

    def record_statistics(self, batch_id: str, statistics: Sequence[ColumnStatistic]) -> None:
        """Keep the column statistics of a batch in place of those that an earlier decision left."""
        with self._writing() as connection:
            connection.execute(sa.delete(batch_statistic).where(batch_statistic.c.batch_id == batch_id))
            insert(connection, batch_statistic, (row_of(found, batch_id=batch_id) for found in statistics))

    def earlier_batches(
        self, feed: str, entity: str, delivery_key: str, since: date, before: date
    ) -> list[EarlierBatch]:
        """Admitted batches of one delivery whose period begins from `since` to before `before`, by period."""
        conditions = (
            batch.c.feed == feed,
            batch.c.entity == entity,
            batch.c.delivery_key == delivery_key,
            batch.c.status == "admitted",
            batch.c.period_start >= since,
            batch.c.period_start < before,
        )
        with self._reading() as connection:
            needed = ("batch_id", "file_name", "mode", "batch_seq", "period_start", "period_end", "rows_read")
            statement = sa.select(*(batch.c[name] for name in needed)).where(*conditions)
            statement = statement.order_by(batch.c.period_start, batch.c.batch_order)
            return [
                EarlierBatch(
                    row.batch_id,
                    row.file_name,
                    row.mode,
                    row.batch_seq,
                    row.period_start,
                    row.period_end or row.period_start,
                    row.rows_read or 0,
                )
                for row in connection.execute(statement)
            ]

    def column_statistics(self, batch_ids: Sequence[str]) -> dict[str, tuple[ColumnStatistic, ...]]:
        """Column statistics by batch id, of those of `batch_ids` that have any."""
        statement = sa.select(batch_statistic).where(batch_statistic.c.batch_id.in_(list(batch_ids)))
        found: dict[str, tuple[ColumnStatistic, ...]] = {}
        with self._reading() as connection:
            for row in connection.execute(statement.order_by(*batch_statistic.primary_key.columns)):
                one = ColumnStatistic(row.column_name, row.nonzero, row.total, row.magnitude)
                found[row.batch_id] = (*found.get(row.batch_id, ()), one)
        return found

    def rows_by_day(self, feed: str, entity: str, since: date) -> dict[date, int]:
        """Admitted rows of an entity by their day, from `since` on, over all batches in force."""
        with self._reading() as connection:
            statement = (
                sa.select(batch_partition.c.dt, sa.func.sum(batch_partition.c.rows).label("rows"))
                .join(batch, batch.c.batch_id == batch_partition.c.batch_id)
                .where(
                    batch_partition.c.feed == feed,
                    batch_partition.c.entity == entity,
                    batch_partition.c.dt >= since,
                    batch.c.status == "admitted",
                )
                .group_by(batch_partition.c.dt)
            )
            return {row.dt: int(row.rows) for row in connection.execute(statement)}
