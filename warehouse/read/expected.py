"""Expected batches as pages show them: the calendar grid of feeds, and what figures lack.

Belongs here: questions to `expected_batch`, `expected_batch_total`, `figure_gap`. Does not belong here: the newest due
period (`feeds.py`). A snapshot of an older version has none of these tables: the answers are empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from warehouse.read.reader import SnapshotReader

# As many periods as fit a row and are of use: a month of days, half a year of weeks, two years and a half of months.
_SHOWN = "CASE cadence WHEN 'daily' THEN 31 WHEN 'weekly' THEN 26 WHEN 'monthly' THEN 30 ELSE 12 END"


@dataclass(frozen=True, slots=True)
class ExpectedBatch:
    """One expected batch. Times are UTC, naive; `cadence` daily, weekly, monthly, quarterly, half_yearly or yearly."""

    feed: str
    entity: str
    cadence: str
    period_start: date
    period_end: date
    due_at: datetime
    state: str
    days_late: int
    batch_id: str | None
    delivered_at: datetime | None
    held_batch_id: str | None
    covered_by: str | None


@dataclass(frozen=True, slots=True)
class EntityTotal:
    """Expected batches of an entity whose deadline passed within the last year, and how many came on time."""

    feed: str
    entity: str
    due: int
    on_time: int


@dataclass(frozen=True, slots=True)
class FigureGap:
    """Batches of an entity that a published figure lacks. `state`: missing, late or not_due."""

    feed: str
    entity: str
    state: str
    batches: int
    first_period_end: date
    last_period_end: date


def calendar(reader: SnapshotReader, *, entities: tuple[str, ...]) -> list[ExpectedBatch]:
    """The newest periods of each cadence for the entities (`feed.entity`), oldest first."""
    if not _known(reader):
        return []
    return reader.records(
        ExpectedBatch,
        f"""
        WITH placed AS (
            SELECT e.*, CASE f.cadence WHEN 'hourly' THEN 'daily' ELSE f.cadence END AS cadence
            FROM expected_batch AS e JOIN feed AS f ON f.feed = e.feed AND f.entity = e.entity
            WHERE list_contains($entities, e.feed || '.' || e.entity)
        )
        SELECT * FROM placed
        QUALIFY dense_rank() OVER (PARTITION BY cadence ORDER BY period_end DESC) <= {_SHOWN}
        ORDER BY feed, entity, period_end
        """,
        {"entities": list(entities)},
    )


def punctuality(reader: SnapshotReader) -> list[EntityTotal]:
    """Every entity with due batches within the last year."""
    if not _known(reader):
        return []
    return reader.records(
        EntityTotal,
        """
        SELECT feed, entity, count(*) AS due, count(*) FILTER (state = 'on_time') AS on_time
        FROM expected_batch WHERE state <> 'not_due' AND period_end > (SELECT as_of FROM snapshot) - 365
        GROUP BY feed, entity
        """,
        [],
    )


def gaps(reader: SnapshotReader, code: str, *, period_type: str, period_end: date) -> list[FigureGap]:
    """What the figure of a period lacks, missing first."""
    if not _known(reader):
        return []
    return reader.records(
        FigureGap,
        """
        SELECT * FROM figure_gap WHERE indicator_code = $code AND period_type = $kind AND period_end = $until
        ORDER BY list_position(['missing', 'late', 'not_due'], state), feed, entity
        """,
        {"code": code, "kind": period_type, "until": period_end},
    )


def _known(reader: SnapshotReader) -> bool:
    return bool(reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'figure_gap'"))
