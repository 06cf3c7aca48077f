"""Tables of batches, deliveries, checks, failing rows and revisions, the same on every page that shows them.

Belongs here: turning records of the snapshot into those tables. Does not belong here: which records a page shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from app.addresses import PageName
from app.components import badges
from app.components.markup import put, render
from app.queries import FailingRule, field_labels, indicator_names
from app.reading import Reading
from app.words.kinds import MODES, REASONS
from warehouse.export.parquet import PublishedTable
from warehouse.read import writing
from warehouse.read.feeds import Batch, CheckOutcome, FailedRow, FeedFreshness
from warehouse.read.indicator import Definition, Evidence, Revision

DIMENSION_WORDS: Final[dict[str, str]] = {
    "规范性": "dimension.normativeness",
    "完整性": "dimension.completeness",
    "准确性": "dimension.accuracy",
    "一致性": "dimension.consistency",
    "时效性": "dimension.timeliness",
    "可访问性": "dimension.accessibility",
}
# More rows than these nobody reads on a page; the rest is told as a number, and downloads hold everything.
_EVIDENCE_SHOWN: Final = 40
_REVISIONS_SHOWN: Final = 24
_RULES_OPEN: Final = 6


def public_tables(reading: Reading, rows: Sequence[PublishedTable]) -> None:
    """The public tables of a snapshot with their meaning and size."""
    words = reading.words
    shown = [
        {
            "name": row.name,
            "meaning": words.side(row.meaning),
            "rows": writing.count(row.rows),
            "columns": writing.count(row.columns),
        }
        for row in rows
    ]
    _show(reading, "public_tables", shown, len(rows))


def span(start: date | None, end: date | None) -> str:
    """A range of days; one day where both are the same."""
    if start is None or start == end:
        return writing.day(end)
    return f"{writing.day(start)} – {writing.day(end)}"


def evidence(reading: Reading, rows: Sequence[Evidence]) -> None:
    """The batches a figure rests on: file, hash, rows, received; each leads to its page."""
    _show(
        reading,
        "evidence",
        [_batch(reading, row) | {"used": writing.count(row.rows)} for row in rows[:_EVIDENCE_SHOWN]],
        len(rows),
    )


def batches(reading: Reading, rows: Sequence[Batch]) -> None:
    """Batches with how they came and what was decided; each leads to its page."""
    words = reading.words
    _show(
        reading,
        "batches",
        [
            _batch(reading, row)
            | {
                "mode": words(MODES.get(row.mode, "state.unknown")),
                "reason": words.pick(row.reason_zh, row.reason_en),
            }
            for row in rows
        ],
        len(rows),
    )


def freshness(reading: Reading, rows: Sequence[FeedFreshness]) -> None:
    """Deliveries with their last batch, the period of their data, what is due and whether it is there."""
    keys = tuple((row.feed, row.entity) for row in rows)
    put(reading.keep("freshness", keys, draw=lambda: _freshness(reading, rows)))


def _freshness(reading: Reading, rows: Sequence[FeedFreshness]) -> Markup:
    words = reading.words
    names = {code: words.pick(*both) for code, both in reading.ask(indicator_names).items()}

    def shown(row: FeedFreshness) -> dict[str, Any]:
        return {
            "entity": words.pick(row.label_zh, row.label_en) or row.entity,
            "feed": words.pick(row.feed_label_zh, row.feed_label_en) or row.feed,
            "fields": reading.visit.link(PageName.IMPACT, feed=row.feed, entity=row.entity),
            "department": words.pick(row.department_zh, row.department_en) or row.department_code,
            "due_text": words.pick(row.due_text_zh, row.due_text_en),
            "batch": reading.visit.link(PageName.BATCH, batch=row.last_batch_id) if row.last_batch_id else None,
            "received": writing.moment(row.last_received_at, reading.zone),
            "data": writing.day(row.data_period_end),
            "data_title": span(row.data_period_start, row.data_period_end),
            "expected": writing.day(row.expected_period_end),
            "due": writing.moment(row.due_at, reading.zone),
            "state": badges.freshness(row.state, words),
            "late": words("freshness.days_late", days=row.days_late) if row.days_late else "",
            "indicators": [
                (names.get(code, code), reading.visit.link(PageName.INDICATOR, code=code)) for code in row.indicators
            ],
        }

    return _table(reading, "freshness", [shown(row) for row in rows], len(rows))


def checks(reading: Reading, rows: Sequence[CheckOutcome], *, of_batch: bool = False, folded: str = "") -> None:
    """Checks with dimension, what was measured against what, and the outcome. `of_batch`: all of one batch.

    `folded`: closed behind this title.
    """
    keys = tuple((row.scope, row.feed, row.entity, row.check_key, row.indicator_code, row.batch_id) for row in rows)
    table = reading.keep("checks", keys, of_batch, draw=lambda: _checks(reading, rows, of_batch=of_batch))
    put(render("folded", label=folded, content=table) if folded else table)


def _checks(reading: Reading, rows: Sequence[CheckOutcome], *, of_batch: bool) -> Markup:
    words = reading.words
    indicators = {code: words.pick(*both) for code, both in reading.ask(indicator_names).items()}

    def published(row: CheckOutcome) -> str:
        name = indicators.get(row.indicator_code or "", "")
        return words("quality.published_of", indicator=name) if name else words("quality.published")

    def shown(row: CheckOutcome) -> dict[str, Any]:
        severity = words("severity.error") if row.severity == "error" else words("severity.warning")
        return {
            "name": words.pick(row.name_zh, row.name_en),
            "reason": row.reason or "",
            "entity": reading.entity_name(row.feed, row.entity) if row.feed else published(row),
            "dimension": dimension_name(reading, row.dimension),
            "severity": severity,
            "blocking": row.blocking,
            "measured": writing.measured(row.measured),
            "measured_title": writing.plain(row.measured),
            "threshold": row.threshold or "",
            "failed": writing.count(row.failed_rows) if row.failed_rows else "",
            "batch": reading.visit.link(PageName.BATCH, batch=row.batch_id) if row.batch_id else None,
            "outcome": badges.outcome(row.outcome, words),
            "errors": row.errors or "",
            "impact": reading.visit.link(PageName.IMPACT, feed=row.feed, entity=row.entity, field=row.column_name)
            if row.feed and row.outcome != "PASSED"
            else None,
        }

    return _table(reading, "checks", [shown(row) for row in rows], len(rows), of_batch=of_batch)


def failing_rules(
    reading: Reading,
    rules: Sequence[FailingRule],
    examples: Sequence[FailedRow],
    names: Mapping[str, str],
    *,
    of_batch: bool = False,
) -> None:
    """The rules that rows failed, each with masked examples that open on a click. `names`: check key -> name.

    Where there are few rules, the examples of those that somebody has to act on stand open.
    """

    key = (tuple(rules), tuple(examples), of_batch)
    put(reading.keep("failing_rules", *key, draw=lambda: _failing_rules(reading, rules, examples, names, of_batch)))


def _failing_rules(
    reading: Reading,
    rules: Sequence[FailingRule],
    examples: Sequence[FailedRow],
    names: Mapping[str, str],
    of_batch: bool,
) -> Markup:
    def example(row: FailedRow) -> dict[str, Any]:
        return {
            "file": (row.file_name or writing.DASH).rsplit("/", 1)[-1],
            "place": place(reading, row),
            "batch": reading.visit.link(PageName.BATCH, batch=row.batch_id) if row.batch_id else None,
            "content": contents(reading, row),
        }

    def identity(row: FailingRule | FailedRow) -> tuple[str, str, str, str | None]:
        return (row.feed, row.entity, row.check_key, row.reason_zh)

    def shown(row: FailingRule) -> dict[str, Any]:
        return {
            "entity": reading.entity_name(row.feed, row.entity),
            "rule": rule(reading, row, names),
            "samples": writing.count(row.samples),
            "batches": writing.count(row.batches),
            "batch": reading.visit.link(PageName.BATCH, batch=row.newest_batch_id) if row.newest_batch_id else None,
            "examples": [example(found) for found in examples if identity(found) == identity(row)],
            "open": len(rules) <= _RULES_OPEN and not row.routine,
        }

    return _table(reading, "failing_rules", [shown(row) for row in rules], len(rules), of_batch=of_batch)


def revisions(reading: Reading, definition: Definition, rows: Sequence[Revision]) -> None:
    """What was published of an indicator, with the reason of each change."""
    words = reading.words
    unit = words.pick(definition.unit_zh, definition.unit_en)

    def shown(row: Revision) -> dict[str, Any]:
        value, previous = writing.told_apart(row.value, row.previous_value, unit, definition.decimals, reading.language)
        reason_class = words(REASONS.get(row.reason_class, "state.unknown"))
        return {
            "period": writing.period(row.period_type, row.period_start, row.period_end, reading.language),
            "value": value,
            "previous": previous,
            "reason_class": reason_class,
            "reason": "" if words.side(row.reason) == reason_class else words.side(row.reason),
            "published_at": writing.moment(row.published_at, reading.zone),
        }

    _show(reading, "revisions", [shown(row) for row in rows[:_REVISIONS_SHOWN]], len(rows))


def rule(reading: Reading, row: FailedRow | FailingRule, names: Mapping[str, str]) -> str:
    """Why a row failed, in words."""
    return reading.words.pick(row.reason_zh, row.reason_en) or names.get(row.check_key, "") or row.check_key


def contents(reading: Reading, row: FailedRow) -> list[tuple[str, str]]:
    """The (masked) values of a failing row by the labels of its fields."""
    values = json.loads(row.values_json) if row.values_json else {}
    labels = reading.ask(field_labels, row.feed, row.entity)
    return [
        (
            reading.words.pick(*labels.get(name, ("", ""))) or reading.words.side(name),
            writing.DASH if value is None else str(value),
        )
        for name, value in values.items()
    ]


def place(reading: Reading, row: FailedRow) -> str:
    """Sheet and row of a failing row."""
    if row.row_number is None:
        return writing.DASH
    line = reading.words("failed_row.line", number=writing.count(row.row_number))
    return f"{row.sheet} · {line}" if row.sheet else line


def dimension_name(reading: Reading, dimension: str | None) -> str:
    """A dimension of GB/T 36344 in the reader's language."""
    key = DIMENSION_WORDS.get(dimension or "")
    return reading.words(key) if key else (dimension or "")


def admitted(row: Batch | Evidence) -> int | None:
    """Rows that came into figures; None of a held batch, of which none did."""
    return None if row.status == "held" else row.rows_admitted


def _batch(reading: Reading, row: Batch | Evidence) -> dict[str, Any]:
    return {
        "link": reading.visit.link(PageName.BATCH, batch=row.batch_id),
        "file": row.file_name.rsplit("/", 1)[-1],
        "file_name": row.file_name,
        "entity": reading.entity_name(row.feed, row.entity),
        "sha256": row.sha256,
        "period": span(row.period_start, row.period_end),
        "received": writing.moment(row.received_at, reading.zone),
        "admitted": writing.count(admitted(row)),
        "rejected": writing.count(row.rows_rejected),
        "rejects": bool(row.rows_rejected),
        "status": badges.batch(row.status, reading.words),
    }


def _show(
    reading: Reading, template: str, rows: Sequence[dict[str, Any]], found: int, *, of_batch: bool = False
) -> None:
    put(_table(reading, template, rows, found, of_batch=of_batch))


def _table(
    reading: Reading, template: str, rows: Sequence[dict[str, Any]], found: int, *, of_batch: bool = False
) -> Markup:
    rest = found - len(rows)
    told = reading.words("list.rest", count=rest) if rest else ""
    return render(template, words=reading.words, rows=rows, rest=told, of_batch=of_batch)
