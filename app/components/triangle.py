"""The revision triangle: what each publication said of each period, changes coloured, with their reasons.

Belongs here: drawing it as a table. Does not belong here: laying it out (`warehouse.read.revisions`).
"""

from __future__ import annotations

from typing import Any, Final

from app.addresses import PageName
from app.components.markup import show
from app.reading import Reading
from app.words.kinds import REASONS
from warehouse.read import revisions, writing
from warehouse.read.indicator import Definition
from warehouse.read.revisions import TriangleCell, TriangleColumn

# What fits a desk screen beside the period; older publications are in the table of revisions and in the file.
_COLUMNS: Final = 8
_ROWS: Final = 24


def triangle(reading: Reading, definition: Definition, period_type: str | None) -> None:
    """Rows are periods, newest first; columns publications that changed a figure. Nothing without two of them."""
    words = reading.words
    found = reading.ask(revisions.revision_triangle, definition.indicator_code, period_type=period_type)
    columns, rows = found.columns[-_COLUMNS:], found.rows[::-1][:_ROWS]
    if len(found.columns) < 2 or not rows:
        return
    first = len(found.columns) - len(columns)
    unit = words.pick(definition.unit_zh, definition.unit_en)

    def head(column: TriangleColumn) -> dict[str, Any]:
        link = reading.visit.link(
            PageName.INDICATOR,
            code=definition.indicator_code,
            known_on=None
            if column is found.columns[-1] and reading.visit.known_on is None
            else revisions.day_said(column.published_at, reading.zone).isoformat(),
        )
        return {"when": writing.moment(column.published_at, reading.zone), "id": column.snapshot_id, "link": link}

    def cell(now: TriangleCell | None, before: TriangleCell | None) -> dict[str, Any]:
        if now is None:
            return {"text": "", "title": "", "kind": "none", "arrow": ""}
        other = before.value if before is not None and now.is_new else None
        text, _ = writing.told_apart(now.value, other, unit, definition.decimals, reading.language)
        kind, arrow = _kind(now, before)
        reason = words(REASONS.get(now.reason_class, "state.unknown"))
        title = f"{reason} · {words.side(now.reason)}" if now.is_new else ""
        shown = text.full if now.value is not None else words("triangle.withdrawn")
        return {"text": shown, "title": title, "kind": kind, "arrow": arrow}

    show("section_title", title=words("triangle.title"), note=words("triangle.note", count=len(found.columns)))
    show(
        "triangle",
        words=words,
        columns=[head(column) for column in columns],
        rows=[
            {
                "period": writing.period(found.period_type, row.period_start, row.period_end, reading.language),
                "cells": [
                    cell(one, row.cells[first + place - 1] if first + place else None)
                    for place, one in enumerate(row.cells[first:])
                ],
            }
            for row in rows
        ],
        reasons=[
            {
                "period": writing.period(found.period_type, row.period_start, row.period_end, reading.language),
                "when": writing.moment(found.columns[place].published_at, reading.zone),
                "class": words(REASONS.get(one.reason_class, "state.unknown")),
                "text": words.side(one.reason),
            }
            for row in rows
            for place, one in enumerate(row.cells)
            if place >= first and one is not None and one.is_new and one.reason_class != "first_publication"
        ],
    )


def _kind(now: TriangleCell, before: TriangleCell | None) -> tuple[str, str]:
    """How a cell looks: first said, up, down, withdrawn, or as before."""
    if not now.is_new:
        return "same", ""
    if before is None:
        return "first", ""
    if now.value is None or before.value is None:
        return "withdrawn" if now.value is None else "first", ""
    if now.value == before.value:
        return "restated", ""
    return ("up", "▲") if now.value > before.value else ("down", "▼")
