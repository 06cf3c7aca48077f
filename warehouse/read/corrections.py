"""Known errors of providers, as batches met them.

Belongs here: what the batch page, the evidence of a figure and `district trace` show. Does not belong here: the
corrections file (`sources`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class KnownError:
    """What a correction met in a batch; `outcome` as in the public table `batch_correction`. Days are local."""

    batch_id: str
    feed: str
    entity: str
    correction: str
    outcome: str
    column_name: str
    rows: int
    file_name: str
    sheet: str | None
    row_number: int | None
    expected: str | None
    corrected: str | None
    status: str
    reason_zh: str
    reason_en: str
    who: str
    since: date
    until: date | None


def known_errors(reader: SnapshotReader, batch_ids: Collection[str]) -> list[KnownError]:
    """What corrections met in these batches, mended values first; none in a snapshot from before there were any."""
    if not batch_ids or not reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'batch_correction'"):
        return []
    return reader.records(
        KnownError,
        """
        SELECT c.*, b.feed, b.entity FROM batch_correction AS c JOIN batch AS b ON b.batch_id = c.batch_id
        WHERE list_contains($batches, c.batch_id)
        ORDER BY list_position(['applied', 'returned', 'differs', 'proposed', 'mended'], c.outcome), c.correction,
                 c.batch_id
        """,
        {"batches": sorted(batch_ids)},
    )
