"""Indicators as rows of a dense table: value, target, progress, status, trend, freshness, quality.

Belongs here: turning rows of the snapshot into one block of the overview. Does not belong here: which indicators a
page shows and in which order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from app.addresses import PageName
from app.components import badges, sign_off
from app.components.markup import render
from app.components.progress import progress
from app.components.sparkline import sparkline
from app.reading import Reading
from warehouse import clock
from warehouse.read import writing
from warehouse.read.overview import OverviewRow

# Worst first: behind, then what cannot be told for now, then by how well it goes, then what is not judged at all.
_WORST_FIRST: Final = (
    "behind",
    "missing",
    "held",
    "on_schedule",
    "ahead",
    "achieved_early",
    "not_due",
    "not_assessed",
    "undefined",
)
# A block's heading and table head together take about this many rows.
_HEADING_ROWS: Final = 2


def worst_first(row: OverviewRow) -> tuple[int, bool]:
    """Sorts by worst status, binding before expected; the snapshot has put the larger gap first among equals."""
    rank = _WORST_FIRST.index(row.status) if row.status in _WORST_FIRST else len(_WORST_FIRST)
    return rank, not row.binding


def block(reading: Reading, title: str, rows: Sequence[OverviewRow]) -> tuple[int, Markup]:
    """A titled table of indicators, and its height in rows."""
    codes = tuple(row.indicator_code for row in rows)
    # Signatures lapse by the calendar.
    today = clock.today(reading.zone)
    table = reading.keep("indicators", title, codes, today, draw=lambda: _table(reading, title, rows))
    return _HEADING_ROWS + len(rows), table


def _table(reading: Reading, title: str, rows: Sequence[OverviewRow]) -> Markup:
    states = sign_off.states_today(reading)
    shown = [_row(reading, row, states) for row in rows]
    targets = [row["illustrative"] for row in shown if row["target"].exact]
    return render(
        "indicator_block",
        words=reading.words,
        title=title,
        rows=shown,
        all_illustrative=bool(targets) and all(targets),
        judged=any(row["judged"] for row in shown),
        signed=sign_off.counted(reading, rows, states),
    )


def _row(reading: Reading, row: OverviewRow, states: sign_off.States) -> dict[str, Any]:
    words, language = reading.words, reading.language
    unit = words.pick(row.unit_zh, row.unit_en)
    value = writing.figure(row.value, unit, row.decimals, language)
    target = writing.figure(row.target, unit, row.decimals, language)
    when = writing.period(row.period_type, row.period_start, row.period_end, language)
    trend = words("overview.trend_title", count=len(row.trend_values), period=when)
    return {
        "name": words.pick(row.name_zh, row.name_en),
        "link": reading.visit.link(PageName.INDICATOR, code=row.indicator_code),
        "binding": row.binding,
        "sign": sign_off.tag(reading, row, states),
        "value": value,
        "value_title": words("overview.value_title", exact=value.exact, period=when) if value.exact else "",
        "period": when,
        "target": target,
        "illustrative": bool(row.target_is_illustrative and target.exact),
        "progress": progress(row.progress_share, row.time_share, row.status, words),
        "judged": row.status != "not_assessed",
        "status": badges.status(row.status, words),
        "sentence": words.pick(row.sentence_zh, row.sentence_en),
        "spark": sparkline(row.trend_values, reading.visit.colours, trend),
        # Without a definition nothing is delivered or checked, so nothing can be late or wrong.
        "freshness": writing.DASH if row.status == "undefined" else badges.freshness(row.freshness, words),
        "quality": writing.DASH if row.status == "undefined" else badges.quality(row.quality, words),
    }
