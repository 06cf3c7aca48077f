"""What was repaired or flagged in deliveries without rejecting anything.

Belongs here: what the batch page and the desk of departments show of it. Does not belong here: mending itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class BatchTreatment:
    """One kind of repair or remark in one batch: how many rows, and where the first one stands.

    `treatment`: repaired or flagged; `column_name` is empty where the file or the row as a whole is meant.
    `received_at` is UTC, naive.
    """

    batch_id: str
    feed: str
    entity: str
    file_name: str
    received_at: datetime
    code: str
    column_name: str
    treatment: str
    rows: int
    example: str
    text_zh: str
    text_en: str


_SELECT = """
    SELECT t.batch_id, b.feed, b.entity, b.file_name, b.received_at, t.code, t.column_name, t.treatment, t.rows,
           coalesce(t.example, '') AS example, t.text_zh, t.text_en
    FROM batch_treatment AS t JOIN batch AS b ON b.batch_id = t.batch_id
"""
_ORDER = "ORDER BY b.feed, b.entity, t.treatment, t.rows DESC, t.code, t.column_name"


def treatments_of_batch(reader: SnapshotReader, batch_id: str) -> list[BatchTreatment]:
    """What was repaired or flagged in a batch, remarks first, then by rows."""
    return reader.records(BatchTreatment, f"{_SELECT} WHERE t.batch_id = $batch {_ORDER}", {"batch": batch_id})


def newest_treatments(reader: SnapshotReader, department: str) -> list[BatchTreatment]:
    """The same of the newest admitted batch of each table that a department delivers: what its sender would mend at
    home today."""
    return reader.records(
        BatchTreatment,
        f"""
        {_SELECT}
        JOIN feed AS f ON f.feed = b.feed AND f.entity = b.entity
        WHERE f.department_code = $department AND b.batch_id IN (
            SELECT max_by(n.batch_id, (n.received_at, n.batch_id)) FROM batch AS n
            WHERE n.status = 'admitted' GROUP BY n.feed, n.entity
        ) {_ORDER}
        """,
        {"department": department},
    )
