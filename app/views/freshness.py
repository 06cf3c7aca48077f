"""Freshness: every delivery with its last batch, the period its data reach, what is due when, and the state."""

from __future__ import annotations

from collections import Counter
from typing import Final

import streamlit as st

from app.addresses import PageName
from app.components import badges, calendar_grid, delivery_sheets, sheets, states, tables, waiting
from app.components.markup import show, together
from app.reading import Reading, current_reading
from warehouse.read import feeds
from warehouse.read.waiting import waiting_deliveries

# Worst first, as `warehouse.read` sorts the rows.
_STATES: Final = ("missing", "late", "not_delivered", "not_due", "on_time")


def page(reading: Reading) -> None:
    """The page; `department` and `state` in the address choose deliveries."""
    words = reading.words
    everything = reading.ask(feeds.freshness)
    if not everything:
        states.notice("gray", words("freshness.none"), words("freshness.none_text"))
        return
    department, chosen = st.query_params.get("department"), st.query_params.get("state")
    of = [row for row in everything if department in (None, row.department_code)]
    found = Counter(row.state for row in of)
    rows = [row for row in of if chosen in (None, row.state)]
    label = words("freshness.total", count=len(of))
    if department and of:
        label = f"{words.pick(of[0].department_zh, of[0].department_en) or department} · {label}"
    with together():
        show(
            "state_counts",
            label=label,
            items=[
                {
                    "badge": badges.freshness(state, words),
                    "count": found[state],
                    "link": reading.visit.link(
                        PageName.FRESHNESS, department=department, state=None if state == chosen else state
                    ),
                    "chosen": state == chosen,
                }
                for state in _STATES
                if found[state]
            ],
            everything=reading.visit.link(PageName.FRESHNESS) if department or chosen else None,
            everything_text=words("overview.show_all"),
        )
        if rows:
            waiting.deliveries_table(reading, reading.ask(waiting_deliveries, department=department))
            tables.freshness(reading, rows)
            calendar_grid.calendar_grid(reading, [f"{row.feed}.{row.entity}" for row in rows])
        else:
            states.notice("gray", words("freshness.none_chosen"), words("freshness.none_chosen_text"))
        show("note", text=words("freshness.note"))
    if rows:
        sheets.offer(reading, "file.deliveries", [delivery_sheets.deliveries(reading, rows)])


page(current_reading())
