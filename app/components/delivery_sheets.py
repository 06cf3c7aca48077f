"""Deliveries, batches and checks as sheets to download.

Belongs here: which columns they have. Does not belong here: offering them (`sheets.py`), what the pages show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from app.components import badges, sheets, tables
from app.components.sheets import Column, Offered
from app.reading import Reading
from app.words.kinds import MODES
from warehouse.read import writing
from warehouse.read.feeds import Batch, CheckOutcome, FailedRow, FeedFreshness
from warehouse.read.treatments import BatchTreatment

MOST_ROWS: Final = 100_000  # what Excel opens without trouble on an office computer


def deliveries(reading: Reading, rows: Sequence[FeedFreshness]) -> Offered:
    """Deliveries and whether they are on time."""
    words = reading.words
    title = words("freshness.title")

    def moment(at: datetime | None) -> str | None:
        return writing.moment(at, reading.zone) if at else None

    columns: list[Column[FeedFreshness]] = [
        ("column.feed", lambda row: reading.feed_name(row.feed)),
        ("column.entity", lambda row: words.pick(row.label_zh, row.label_en) or row.entity),
        ("column.department", lambda row: words.pick(row.department_zh, row.department_en)),
        ("column.state", lambda row: badges.freshness(row.state, words).striptags()),
        ("column.days_late", lambda row: row.days_late),
        ("column.data_until", lambda row: sheets.day(row.data_period_end)),
        ("column.expected", lambda row: sheets.day(row.expected_period_end)),
        ("column.due", lambda row: moment(row.due_at)),
        ("column.last_batch", lambda row: moment(row.last_received_at)),
        ("column.batch", lambda row: row.last_batch_id),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, rows)


def batches(reading: Reading, rows: Sequence[Batch]) -> Offered:
    """Batches and what was decided about them."""
    words = reading.words
    title = words("page.batch")
    columns: list[Column[Batch]] = [
        ("column.batch", lambda row: row.batch_id),
        ("column.feed", lambda row: reading.feed_name(row.feed)),
        ("column.entity", lambda row: reading.entity_name(row.feed, row.entity)),
        ("column.file", lambda row: row.file_name),
        ("column.sha256", lambda row: row.sha256),
        ("column.period_start", lambda row: sheets.day(row.period_start)),
        ("column.period_end", lambda row: sheets.day(row.period_end)),
        ("column.received", lambda row: writing.moment(row.received_at, reading.zone)),
        ("column.mode", lambda row: words(MODES.get(row.mode, "state.unknown"))),
        ("column.admitted", tables.admitted),
        ("column.rejected", lambda row: row.rows_rejected),
        ("column.decision", lambda row: badges.batch(row.status, words).striptags()),
        ("column.reason", lambda row: words.pick(row.reason_zh, row.reason_en)),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, rows)


def treatments(reading: Reading, rows: Sequence[BatchTreatment]) -> Offered:
    """What was repaired or flagged, with the place of the first case."""
    words = reading.words
    title = words("treatment.title")
    columns: list[Column[BatchTreatment]] = [
        ("column.batch", lambda row: row.batch_id),
        ("column.file", lambda row: row.file_name),
        ("column.treatment", lambda row: words.pick(row.text_zh, row.text_en)),
        ("column.outcome", lambda row: words(f"treatment.{row.treatment}")),
        ("column.field", lambda row: row.column_name),
        ("column.rows_concerned", lambda row: row.rows),
        ("column.first_place", lambda row: row.example),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, rows)


def checks(reading: Reading, rows: Sequence[CheckOutcome]) -> Offered:
    """Results of checks."""
    words = reading.words
    title = words("quality.checks")
    columns: list[Column[CheckOutcome]] = [
        ("column.feed", lambda row: reading.feed_name(row.feed)),
        ("column.entity", lambda row: reading.entity_name(row.feed, row.entity)),
        ("column.check", lambda row: words.pick(row.name_zh, row.name_en)),
        ("column.dimension", lambda row: tables.dimension_name(reading, row.dimension)),
        ("column.outcome", lambda row: badges.outcome(row.outcome, words).striptags()),
        ("column.measured", lambda row: row.measured),
        ("column.threshold", lambda row: row.threshold),
        ("column.failed", lambda row: row.failed_rows),
        ("column.reason", lambda row: row.reason),
        ("column.batch", lambda row: row.batch_id),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, rows)


def failed_rows(reading: Reading, rows: Callable[[], Sequence[FailedRow]], names: Mapping[str, str]) -> Offered:
    """Masked samples of rows that failed a rule, asked for when somebody wants them; `names`: check key -> name."""
    words = reading.words
    title = words("download.failed_rows")
    columns: list[Column[FailedRow]] = [
        ("column.feed", lambda row: reading.feed_name(row.feed)),
        ("column.entity", lambda row: reading.entity_name(row.feed, row.entity)),
        ("column.rule", lambda row: tables.rule(reading, row, names)),
        ("column.file", lambda row: row.file_name),
        ("column.sheet", lambda row: row.sheet),
        ("column.row", lambda row: row.row_number),
        ("column.values", lambda row: "；".join(f"{label}={value}" for label, value in tables.contents(reading, row))),
        ("column.batch", lambda row: row.batch_id),
        ("column.check_key", lambda row: row.check_key),
    ]
    return title, lambda: sheets.sheet(reading, title, columns, rows())
