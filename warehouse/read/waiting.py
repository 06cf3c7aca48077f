"""What waits for something that its sender has not sent: rows for their register, deliveries for their control file.

Belongs here: what the batch page, the freshness page and the desk of departments show of them. Does not belong here:
which rows wait (`dbt_project`), how it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class WaitingRows:
    """Rows of one code that its register does not name. `state`: waiting, or unresolved: somebody has to ask.

    `last_batch_id` is the newest batch with such rows; days are district-local, both inclusive.
    """

    feed: str
    entity: str
    column_name: str
    waits_for: str
    key_value: str
    state: str
    rows: int
    batches: int
    first_day: date
    last_day: date
    last_batch_id: str


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A file that is there, and not taken in before `waits_for` has come. `received_at` is UTC, naive."""

    feed: str
    entity: str
    file_name: str
    waits_for: str
    received_at: datetime
    period_start: date | None
    period_end: date | None


_OF: Final = """
    ($batch IS NULL OR w.batch_id = $batch)
    AND ($department IS NULL OR EXISTS (SELECT 1 FROM feed AS f WHERE f.feed = w.feed AND f.entity = w.entity
                                        AND f.department_code = $department))
"""


def waiting_rows(
    reader: SnapshotReader, *, department: str | None = None, batch_id: str | None = None
) -> list[WaitingRows]:
    """Rows that wait, one line a code, those that somebody has to ask about first; none in an older snapshot."""
    if not _has(reader, "waiting_row"):
        return []
    return reader.records(
        WaitingRows,
        f"""
        SELECT w.feed, w.entity, w.column_name, w.waits_for, w.key_value,
               CASE WHEN bool_or(w.state = 'unresolved') THEN 'unresolved' ELSE 'waiting' END AS state,
               sum(w.row_count)::BIGINT AS rows, count(DISTINCT w.batch_id) AS batches,
               min(w.dt) AS first_day, max(w.dt) AS last_day, max_by(w.batch_id, (w.dt, w.batch_id)) AS last_batch_id
        FROM waiting_row AS w WHERE {_OF}
        GROUP BY w.feed, w.entity, w.column_name, w.waits_for, w.key_value
        ORDER BY state, rows DESC, w.feed, w.entity, w.column_name, w.key_value
        """,
        {"department": department, "batch": batch_id},
    )


def waiting_deliveries(reader: SnapshotReader, *, department: str | None = None) -> list[WaitingDelivery]:
    """Deliveries that wait for their control file, the oldest first; none in an older snapshot."""
    if not _has(reader, "waiting_delivery"):
        return []
    return reader.records(
        WaitingDelivery,
        """
        SELECT w.feed, w.entity, w.file_name, w.waits_for, w.received_at, w.period_start, w.period_end
        FROM waiting_delivery AS w JOIN feed AS f ON f.feed = w.feed AND f.entity = w.entity
        WHERE $department IS NULL OR f.department_code = $department
        ORDER BY w.received_at, w.feed, w.entity, w.file_name
        """,
        {"department": department},
    )


def _has(reader: SnapshotReader, table: str) -> bool:
    return bool(reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = $table", {"table": table}))
