"""The reporting calendar as a grid: deliveries down, periods across, each cell a state as icon and colour.

Belongs here: laying expected batches out. Does not belong here: their states (published).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from app.addresses import PageName
from app.components import badges
from app.components.markup import put, render
from app.components.tables import span
from app.reading import Reading
from app.theme.palette import BATCH, FRESHNESS
from warehouse.read import expected, writing
from warehouse.read.expected import ExpectedBatch

_CADENCES: Final[dict[str, str]] = {
    "daily": "calendar.daily",
    "weekly": "calendar.weekly",
    "monthly": "calendar.monthly",
    "quarterly": "calendar.quarterly",
    "half_yearly": "calendar.half_yearly",
    "yearly": "calendar.yearly",
}
_GAPS: Final[dict[str, str]] = {"missing": "gap.missing", "late": "gap.late", "not_due": "gap.not_due"}
_STATES: Final = ("on_time", "late", "missing", "not_due")


def calendar_grid(reading: Reading, entities: Sequence[str]) -> None:
    """The grids of the entities (`feed.entity`), one for each cadence; nothing where nothing is expected."""
    chosen = tuple(sorted(entities))
    put(reading.keep("calendar", chosen, draw=lambda: _drawn(reading, chosen)))


def _drawn(reading: Reading, entities: tuple[str, ...]) -> Markup:
    words = reading.words
    found = reading.ask(expected.calendar, entities=entities)
    punctual = {(row.feed, row.entity): row for row in reading.ask(expected.punctuality)}
    blocks = []
    for cadence, word in _CADENCES.items():
        rows = [row for row in found if row.cadence == cadence]
        if rows:
            ends = sorted({row.period_end for row in rows})
            named = sorted({(row.feed, row.entity) for row in rows})
            blocks.append(
                {
                    "title": words(word),
                    "heads": [_head(cadence, end, before) for end, before in zip(ends, [None, *ends], strict=False)],
                    "rows": [
                        {
                            "name": f"{reading.feed_name(key[0])} · {reading.entity_name(*key)}",
                            "cells": _cells(reading, [row for row in rows if (row.feed, row.entity) == key], ends),
                            "rate": f"{punctual[key].on_time} / {punctual[key].due}"
                            if key in punctual
                            else writing.DASH,
                        }
                        for key in named
                    ],
                }
            )
    if not blocks:
        return Markup("")
    return render(
        "calendar_grid",
        title=words("calendar.title"),
        note=words("calendar.note"),
        rate=words("calendar.rate"),
        legend=[badges.freshness(state, words) for state in _STATES] + [badges.batch("held", words)],
        blocks=blocks,
    )


def _cells(reading: Reading, rows: Sequence[ExpectedBatch], ends: Sequence[date]) -> list[dict[str, Any]]:
    words, by_end = reading.words, {row.period_end: row for row in rows}

    def cell(end: date) -> dict[str, Any]:
        row = by_end.get(end)
        if row is None:
            return {"icon": "", "tone": "gray", "title": words("calendar.not_expected"), "link": None}
        held = row.held_batch_id is not None and row.batch_id is None
        look = BATCH["held"] if held else FRESHNESS[row.state]
        told = [
            span(row.period_start, row.period_end),
            words("batch.held") if held else words(badges.FRESHNESS_WORDS[row.state]),
            words("calendar.due", moment=writing.moment(row.due_at, reading.zone)),
        ]
        if row.delivered_at is not None:
            told.append(words("calendar.delivered", moment=writing.moment(row.delivered_at, reading.zone)))
        if row.days_late:
            told.append(words("freshness.days_late", days=row.days_late))
        if row.covered_by:
            told.append(words("calendar.covered"))
        batch = row.batch_id or row.held_batch_id or row.covered_by
        link = reading.visit.link(PageName.BATCH, batch=batch) if batch else None
        return {"icon": look.icon, "tone": look.tone, "title": " · ".join(told), "link": link}

    return [cell(end) for end in ends]


def _head(cadence: str, end: date, before: date | None) -> str:
    """Days by their number with the month where it begins; months alike with the year; longer periods in full."""
    if cadence in ("daily", "weekly"):
        return f"{end.month}/{end.day}" if before is None or before.month != end.month else str(end.day)
    return f"{end.year % 100:02}/{end.month}" if before is None or before.year != end.year else str(end.month)


def gaps(reading: Reading, code: str, period_type: str, period_end: date) -> list[tuple[str, str]]:
    """What a figure lacks: state and a sentence, for each entity."""
    words = reading.words
    return [
        (
            row.state,
            words(
                _GAPS[row.state],
                entity=reading.entity_name(row.feed, row.entity),
                count=row.batches,
                span=span(row.first_period_end, row.last_period_end),
            ),
        )
        for row in reading.ask(expected.gaps, code, period_type=period_type, period_end=period_end)
    ]
