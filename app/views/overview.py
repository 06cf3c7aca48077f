"""Overview: the plan's headline indicators on one screen, what changed and what needs attention; the others behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import streamlit as st
from markupsafe import Markup

from app.addresses import PageName
from app.components import attention, badges, filters, indicator_rows, sheets
from app.components.markup import show, together
from app.components.states import notice
from app.reading import Reading, current_reading
from app.words.kinds import DOMAINS
from warehouse.read.overview import JUDGED, OverviewRow, StatusCounts, count_by_status

# The tiers below the headline, each behind its own switch.
_BEHIND: Final[dict[str, str]] = {"supporting": "overview.supporting", "operational": "overview.operational"}
# What cannot be judged: these two are always counted, also when zero; the others appear when there is one.
_UNJUDGED_ALWAYS: Final = ("undefined", "missing")
_UNJUDGED: Final = ("held", "not_due", "not_assessed")


def page(reading: Reading) -> None:
    """The page."""
    rows = reading.indicators()
    headline = [row for row in rows if row.tier == "headline"]
    asked = st.query_params.get("status")
    chosen = asked if asked in badges.STATUS_WORDS else None
    with together():
        _counts(reading, count_by_status(headline), chosen)
        if not headline:
            notice("gray", reading.words("overview.no_headline"), reading.words("overview.no_headline_text"))
        _show_blocks(reading, [row for row in headline if chosen in (None, row.status)])
        if reading.visit.as_of is None:  # what changed and what is late belong to the publication, not to another day
            lists = [[attention.changes(reading, rows)], [attention.needed(reading, rows)]]
            show("columns", language=reading.language, columns=lists)
    for tier, word in _BEHIND.items():
        found = [row for row in rows if row.tier == tier]
        if found and filters.toggle(tier, reading.words(word, count=len(found)), default=False):
            _show_blocks(reading, [row for row in found if chosen in (None, row.status)])
    if rows:
        sheets.offer(reading, "file.indicators", [sheets.indicators(reading, rows)])


def _counts(reading: Reading, counts: StatusCounts, chosen: str | None) -> None:
    """How many indicators can be judged, and how they stand; each count filters the tables."""

    def item(state: str) -> dict[str, Any]:
        count = counts.by_status.get(state, 0)
        link = reading.visit.link(PageName.OVERVIEW, status=None if state == chosen else state)
        return {
            "badge": badges.status(state, reading.words),
            "count": count,
            "link": link if count else None,
            "chosen": state == chosen,
        }

    show(
        "counts",
        words=reading.words,
        total=counts.total,
        judged=counts.assessable,
        items=[item(state) for state in JUDGED],
        apart=[
            item(state) for state in (*_UNJUDGED_ALWAYS, *(state for state in _UNJUDGED if counts.by_status.get(state)))
        ],
        everything=reading.visit.link(PageName.OVERVIEW) if chosen else None,
    )


def _show_blocks(reading: Reading, rows: Iterable[OverviewRow]) -> None:
    by_domain: dict[str, list[OverviewRow]] = {}
    for row in rows:
        by_domain.setdefault(row.domain if row.domain in DOMAINS else "", []).append(row)
    blocks = [
        indicator_rows.block(
            reading,
            reading.words(DOMAINS.get(domain, "domain.other")),
            sorted(by_domain[domain], key=indicator_rows.worst_first),
        )
        for domain in (*DOMAINS, "")
        if domain in by_domain
    ]
    if blocks:
        show("columns", language=reading.language, columns=_two_columns(blocks))


def _two_columns(blocks: Sequence[tuple[int, Markup]]) -> list[list[Markup]]:
    """Each block, in order, to the column that is shorter so far; a block's height counts in table rows."""
    heights = [0, 0]
    columns: list[list[Markup]] = [[], []]
    for height, block in blocks:
        shorter = 0 if heights[0] <= heights[1] else 1
        heights[shorter] += height
        columns[shorter].append(block)
    return columns


page(current_reading())
