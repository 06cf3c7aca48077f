"""The evidence of one figure: recomputed from raw rows, its batches, the rows themselves, definition and code.

The address names the figure (`code`, `kind`, `start`, `end`, `area`), the batch whose rows are shown, and which first;
without a period it is the newest figure.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import streamlit as st

from app.components import counted, states
from app.components.markup import show
from app.reading import Reading, current_reading
from warehouse.provenance import rows, trace
from warehouse.provenance.period import UnknownPeriod
from warehouse.read import indicator
from warehouse.read.indicator import UnknownIndicator

_ROWS: Final = 50  # as many as a reader compares by eye; the pager leads to all


def page(reading: Reading) -> None:
    """The page."""
    words, asked = reading.words, st.query_params
    try:
        code, area = asked.get("code", ""), asked.get("area")
        definition = reading.ask(indicator.definition, code)
        kind, start, end = _period(reading, code, area)
        with st.spinner(words("evidence.working")):
            found = reading.ask(trace.retrace, code, period_type=kind, period_start=start, period_end=end, area=area)
    except (UnknownIndicator, UnknownPeriod, ValueError):
        states.notice("yellow", words("evidence.none"), words("evidence.none_text"))
        return
    counted.recomputed(reading, definition, found)
    known = counted.by_file(found)
    chosen = next((one for one in known if one.batch_id == asked.get("batch")), known[0] if known else None)
    counted.batches(reading, found, chosen)
    if chosen is not None:
        text = asked.get("first", "0")
        first = int(text) if text.isdecimal() else 0
        kept = reading.ask(
            rows.counted_rows,
            code,
            chosen.batch_id,
            period_type=kind,
            period_start=start,
            period_end=end,
            area=area,
            first=first,
            limit=_ROWS,
        )
        counted.rows(reading, found, chosen, kept, _ROWS)
    for label, sql in (
        (words("definition.sql", model=definition.model_name or ""), definition.sql_text),
        (words("definition.proof"), definition.proof),
    ):
        if sql:
            show("folded_code", label=label, code=sql)


def _period(reading: Reading, code: str, area: str | None) -> tuple[str, date, date]:
    """Kind, first and last day of the figure asked for; ValueError where the address has no such thing."""
    asked = st.query_params
    if not {"kind", "start", "end"} & set(asked):
        for one in reversed(reading.ask(indicator.series, code, area_code=area, until=reading.visit.as_of)):
            if one.value is not None:
                return one.period_type, one.period_start, one.period_end
    return asked.get("kind", ""), date.fromisoformat(asked.get("start", "")), date.fromisoformat(asked.get("end", ""))


page(current_reading())
