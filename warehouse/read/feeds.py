"""Feeds as their owners see them: freshness, batches, checks, failing rows.

Belongs here: what the quality and freshness pages show. Does not belong here: figures (`overview.py`, `indicator.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class Department:
    """A department, with how many entities it delivers and how many of them are late or missing."""

    department_code: str
    name_zh: str
    name_en: str
    entities: int
    overdue: int
    failed_checks: int


AWAITED: Final = "(r.state = 'missing' OR r.state = 'late' AND (data_period_end >= expected_period_end) IS NOT TRUE)"
"""Condition on `feed_freshness AS r`: `FeedFreshness.is_awaited`."""


@dataclass(frozen=True, slots=True)
class FeedFreshness:
    """One entity: what was due when, what is there. Times are UTC, naive; dates district-local.

    `state`: not_due, on_time, late, missing, not_delivered.
    """

    feed: str
    entity: str
    feed_label_zh: str
    feed_label_en: str
    label_zh: str
    label_en: str
    department_code: str
    department_zh: str | None
    department_en: str | None
    owner: str | None
    cadence: str | None
    due_text_zh: str | None
    due_text_en: str | None
    delivered: bool
    simulated: bool
    as_of: date | None
    last_batch_id: str | None
    last_file_name: str | None
    last_received_at: datetime | None
    data_period_start: date | None
    data_period_end: date | None
    expected_period_end: date | None
    due_at: datetime | None
    state: str
    days_late: int | None
    is_awaited: bool
    """Due and not there: what came late is there, and nobody need be told."""
    indicators: list[str]


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery. Times are UTC, naive."""

    batch_id: str
    feed: str
    entity: str
    source: str | None
    delivery_mode: str | None
    file_name: str
    sha256: str
    bytes: int
    encoding_detected: str | None
    received_at: datetime
    decided_at: datetime | None
    period_start: date | None
    period_end: date | None
    mode: str
    superseded_by: str | None
    rows_declared: int | None
    rows_read: int | None
    rows_admitted: int | None
    rows_rejected: int | None
    status: str
    reason_zh: str | None
    reason_en: str | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The newest result of a check on an entity (scope feed) or a published table (scope published)."""

    scope: str
    feed: str | None
    entity: str | None
    label_zh: str | None
    label_en: str | None
    indicator_code: str | None
    batch_id: str | None
    check_key: str
    column_name: str | None
    name_zh: str
    name_en: str
    dimension: str
    severity: str
    blocking: bool
    owner: str | None
    outcome: str
    measured: float | None
    threshold: str | None
    failed_rows: int | None
    reason: str | None
    errors: str | None
    evaluated_at: datetime


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """Checks of one GB/T 36344 dimension: passed of total (X = A / B, both kept)."""

    dimension: str
    passed: int
    warned: int
    failed: int
    total: int


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A failing or rejected row: where it stands in its file and why; protected values are masked."""

    check_key: str
    batch_id: str
    feed: str
    entity: str
    sample_number: int
    file_name: str | None
    sheet: str | None
    row_number: int | None
    reason_zh: str | None
    reason_en: str | None
    values_json: str | None


_FILTER = """
    ($department IS NULL OR f.department_code = $department)
    AND ($feed IS NULL OR f.feed = $feed) AND ($entity IS NULL OR f.entity = $entity)
"""

# The newest result of each check of each entity that the filter takes, and of published tables when none is set.
_CHECKS = f"""
    SELECT c.*, f.label_zh, f.label_en
    FROM check_result AS c LEFT JOIN feed AS f ON f.feed = c.feed AND f.entity = c.entity
    WHERE CASE
        WHEN c.scope = 'published' THEN $department IS NULL AND $feed IS NULL AND $entity IS NULL
        ELSE {_FILTER}
    END
    QUALIFY row_number() OVER (
        PARTITION BY c.scope, c.feed, c.entity, c.check_key, CASE WHEN c.scope = 'published' THEN c.indicator_code END
        ORDER BY c.evaluated_at DESC, c.check_result_id DESC
    ) = 1
"""


def departments(reader: SnapshotReader) -> list[Department]:
    """Departments that deliver something, those with overdue deliveries first."""
    return reader.records(
        Department,
        f"""
        WITH latest AS (
            SELECT f.department_code, c.outcome
            FROM ({_CHECKS}) AS c JOIN feed AS f ON f.feed = c.feed AND f.entity = c.entity
        )
        SELECT d.*, count(*) AS entities, count(*) FILTER (r.state IN ('late', 'missing')) AS overdue,
               (SELECT count(*) FROM latest AS l WHERE l.department_code = d.department_code
                AND l.outcome NOT IN ('PASSED', 'WARN')) AS failed_checks
        FROM department AS d
        JOIN feed AS f ON f.department_code = d.department_code
        LEFT JOIN feed_freshness AS r ON r.feed = f.feed AND r.entity = f.entity
        GROUP BY ALL ORDER BY overdue DESC, d.department_code
        """,
        _parameters(None, None, None),
    )


def freshness(
    reader: SnapshotReader, *, department: str | None = None, feed: str | None = None, entity: str | None = None
) -> list[FeedFreshness]:
    """Every entity with its state, worst first; `indicators` lists the codes that rest on it."""
    return reader.records(
        FeedFreshness,
        f"""
        SELECT f.*, r.* EXCLUDE (feed, entity, state), coalesce(r.state, 'not_delivered') AS state,
               coalesce({AWAITED}, false) AS is_awaited,
               d.name_zh AS department_zh, d.name_en AS department_en, b.file_name AS last_file_name,
               coalesce((SELECT list(i.indicator_code ORDER BY i.indicator_code) FROM indicator AS i
                         WHERE list_contains(i.entities, f.feed || '.' || f.entity)), []) AS indicators
        FROM feed AS f
        LEFT JOIN feed_freshness AS r ON r.feed = f.feed AND r.entity = f.entity
        LEFT JOIN department AS d ON d.department_code = f.department_code
        LEFT JOIN batch AS b ON b.batch_id = r.last_batch_id
        WHERE {_FILTER}
        ORDER BY list_position(['missing', 'late', 'not_delivered', 'not_due', 'on_time'],
                               coalesce(r.state, 'not_delivered')),
                 f.feed, f.entity
        """,
        _parameters(department, feed, entity),
    )


def batches(
    reader: SnapshotReader,
    *,
    department: str | None = None,
    feed: str | None = None,
    entity: str | None = None,
    status: str | None = None,
    limit: int = 200,
) -> list[Batch]:
    """Deliveries, newest first."""
    return reader.records(
        Batch,
        f"""
        SELECT b.* FROM batch AS b LEFT JOIN feed AS f ON f.feed = b.feed AND f.entity = b.entity
        WHERE {_FILTER} AND ($status IS NULL OR b.status = $status)
        ORDER BY b.received_at DESC, b.batch_id LIMIT $limit
        """,
        _parameters(department, feed, entity) | {"status": status, "limit": limit},
    )


def batch(reader: SnapshotReader, batch_id: str) -> Batch | None:
    """One delivery, or None."""
    found = reader.records(Batch, "SELECT * FROM batch WHERE batch_id = ?", [batch_id])
    return found[0] if found else None


def checks(
    reader: SnapshotReader, *, department: str | None = None, feed: str | None = None, entity: str | None = None
) -> list[CheckOutcome]:
    """The newest result of each check, failures first; checks of published tables only without a filter."""
    return reader.records(
        CheckOutcome,
        f"""
        SELECT * FROM ({_CHECKS})
        ORDER BY list_position(['FAILED', 'NOT_EVALUATED', 'WARN', 'PASSED'], outcome),
                 severity, feed, entity, check_key
        """,
        _parameters(department, feed, entity),
    )


def checks_of_batch(reader: SnapshotReader, batch_id: str) -> list[CheckOutcome]:
    """All results of one batch, failures first."""
    return reader.records(
        CheckOutcome,
        """
        SELECT c.*, f.label_zh, f.label_en
        FROM check_result AS c LEFT JOIN feed AS f ON f.feed = c.feed AND f.entity = c.entity
        WHERE c.batch_id = ?
        ORDER BY list_position(['FAILED', 'NOT_EVALUATED', 'WARN', 'PASSED'], c.outcome), c.check_key
        """,
        [batch_id],
    )


def dimensions(
    reader: SnapshotReader, *, department: str | None = None, feed: str | None = None, entity: str | None = None
) -> list[DimensionScore]:
    """Newest results by GB/T 36344 dimension; a check that could not be evaluated counts as failed."""
    return reader.records(
        DimensionScore,
        f"""
        SELECT dimension, count(*) FILTER (outcome = 'PASSED') AS passed, count(*) FILTER (outcome = 'WARN') AS warned,
               count(*) FILTER (outcome NOT IN ('PASSED', 'WARN')) AS failed, count(*) AS total
        FROM ({_CHECKS}) GROUP BY dimension
        ORDER BY list_position(['规范性', '完整性', '准确性', '一致性', '时效性', '可访问性'], dimension), dimension
        """,
        _parameters(department, feed, entity),
    )


def failed_rows(
    reader: SnapshotReader,
    *,
    department: str | None = None,
    feed: str | None = None,
    entity: str | None = None,
    check_key: str | None = None,
    batch_id: str | None = None,
    limit: int = 1000,
) -> list[FailedRow]:
    """Failing and rejected rows (samples, masked), newest batch first."""
    return reader.records(FailedRow, *_failed_rows(department, feed, entity, check_key, batch_id, limit))


def failed_rows_table(
    reader: SnapshotReader,
    *,
    department: str | None = None,
    feed: str | None = None,
    entity: str | None = None,
    check_key: str | None = None,
    batch_id: str | None = None,
    limit: int = 100_000,
) -> pa.Table:
    """The same as an Arrow table, for download."""
    return reader.query(*_failed_rows(department, feed, entity, check_key, batch_id, limit))


def _failed_rows(
    department: str | None,
    feed: str | None,
    entity: str | None,
    check_key: str | None,
    batch_id: str | None,
    limit: int,
) -> tuple[str, dict[str, Any]]:
    sql = f"""
        SELECT r.*, f.label_zh, f.label_en
        FROM failed_row AS r
        LEFT JOIN feed AS f ON f.feed = r.feed AND f.entity = r.entity
        LEFT JOIN batch AS b ON b.batch_id = r.batch_id
        WHERE {_FILTER}
          AND ($check_key IS NULL OR r.check_key = $check_key) AND ($batch_id IS NULL OR r.batch_id = $batch_id)
        ORDER BY b.received_at DESC, r.batch_id, r.check_key, r.sample_number LIMIT $limit
    """
    return sql, _parameters(department, feed, entity) | {"check_key": check_key, "batch_id": batch_id, "limit": limit}


def _parameters(department: str | None, feed: str | None, entity: str | None) -> dict[str, Any]:
    return {"department": department, "feed": feed, "entity": entity}
