"""The rows that a batch brings to the raw layer: protected, dated, in the canonical order of columns.

Belongs here: the batch's view and its Parquet files. Does not belong here: judging, checks, moving files into `raw`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from sources.admission.duplicates import LATE
from sources.admission.placing import JUDGED, PLACED
from sources.admission.pseudonym import protected
from sources.admission.zones import to_local
from sources.contract.feed import Entity, Feed
from sources.reading.quoting import identifier, literal
from sources.reading.scanning import rows
from warehouse.ledger.records import BatchEnvelope

# Version 2 packs whole numbers, times and texts by their differences: with the fastest level of zstd it takes half the
# time of version 1 with the usual level and a sixth less space. DuckDB, pyarrow and Spark read it.
_FORMAT = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2"


def day_of_row(entity: Entity, envelope: BatchEnvelope, zone: str, alias: str) -> str:
    """SQL of `dt`: the district-local date of the period field, else the delivery's first day.

    A tombstone may lack the period field: it then takes the delivery's day too.
    """
    delivered = _delivery_day(envelope, zone)
    if entity.period_field is None:
        return f"DATE {literal(delivered.isoformat())}"
    column = f"{alias}.{identifier(entity.period_field)}"
    local = column
    if entity.fields[entity.period_field].type == "timestamp":
        local = f"CAST({to_local(column, zone)} AS DATE)"
    return (
        f"CASE WHEN {column} IS NULL AND {alias}._deleted THEN DATE {literal(delivered.isoformat())} ELSE {local} END"
    )


def _delivery_day(envelope: BatchEnvelope, zone: str) -> date:
    if envelope.period_start is not None:
        return envelope.period_start
    moment = envelope.generated_at or envelope.received_at
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True)
class BatchRows:
    """The admitted rows of a batch. `any_late`: the table of rows rejected by a look at the whole batch has rows."""

    feed: Feed
    entity: Entity
    envelope: BatchEnvelope
    any_late: bool

    def count_days(self, connection: duckdb.DuckDBPyConnection) -> Mapping[date, int]:
        """Admitted rows by `dt`."""
        sql = f"SELECT {self._day} AS dt, count(*) FROM {PLACED} AS p WHERE {self._accepted} GROUP BY ALL ORDER BY ALL"
        return {day: count for day, count in rows(connection, sql) if count}

    def write(
        self,
        connection: duckdb.DuckDBPyConnection,
        days: Mapping[date, int],
        folder: Path,
        *,
        unordered: bool,
    ) -> None:
        """Write `folder/dt=YYYY-MM-DD/batch=<batch_id>/part-0.parquet` (zstd), the same bytes for the same rows.

        `days` are the partitions there will be. `unordered`: the rows may come in another order than the files have
        them.
        """
        if not days:
            return
        if self.any_late:  # taken out, not joined away: a join of many threads loses the order of the rows
            connection.execute(f"DELETE FROM {JUDGED} WHERE rowid IN (SELECT rid FROM {LATE})")
        if len(days) == 1:  # the usual delivery: one file, written by all threads
            target = folder / f"dt={next(iter(days))}" / f"batch={self.envelope.batch_id}"
            target.mkdir(parents=True)
            order = "ORDER BY p._file, p._row" if unordered else ""
            connection.execute(
                f"COPY ({self._select(self._columns())} {order}) TO {literal(str(target / 'part-0.parquet'))} "
                f"({_FORMAT})"
            )
            return
        folder.mkdir(parents=True)
        threads = rows(connection, "SELECT current_setting('threads')")[0][0]
        # One thread and sorted days: one file a day, in the delivery's order. More threads would split days.
        connection.execute("SET threads = 1")
        partitions = [f"{self._day} AS dt", f"{literal(self.envelope.batch_id)} AS batch"]
        connection.execute(
            f"COPY ({self._select([*self._columns(), *partitions])} ORDER BY dt, _file, _row) "
            f"TO {literal(str(folder))} ({_FORMAT}, PARTITION_BY (dt, batch), "
            "FILENAME_PATTERN 'part-{i}')"
        )
        connection.execute(f"SET threads = {threads}")

    def _select(self, columns: Sequence[str]) -> str:
        return f"SELECT {', '.join(columns)} FROM {PLACED} AS p WHERE p._reasons IS NULL AND p._ours"

    @property
    def _day(self) -> str:
        return day_of_row(self.entity, self.envelope, self.feed.time_zone, "p")

    @property
    def _accepted(self) -> str:
        return (
            f"p._reasons IS NULL AND p._ours{f' AND p._rid NOT IN (SELECT rid FROM {LATE})' if self.any_late else ''}"
        )

    def _columns(self) -> list[str]:
        """Raw columns in the canonical order, all but the partition columns."""
        return [
            *(f"{protected(self.entity, name)} AS {identifier(name)}" for name in self.entity.fields),
            f"{literal(self.envelope.batch_id)} AS _batch_id",
            "p._file",
            "p._row",
            f"{_utc(self.envelope.received_at)} AS _received_at",
            f"{_utc(self.envelope.generated_at)} AS _generated_at",
            f"{self.envelope.batch_order}::BIGINT AS _batch_order",
            "p._deleted",
        ]


def _utc(moment: datetime | None) -> str:
    if moment is None:
        return "CAST(NULL AS TIMESTAMP)"
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"TIMESTAMP {literal(aware.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f'))}"
