"""One indicator on one sheet of A4: what is said in a meeting, without anything to click.

Belongs here: what goes on the sheet. Does not belong here: its margins and what is left off (`app/theme/style.css`).
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from app import plan_questions
from app.addresses import PageName
from app.components import answer, charts, course, states
from app.components.markup import show, together
from app.reading import Reading
from warehouse import clock
from warehouse.read import writing
from warehouse.read.indicator import Definition
from warehouse.read.overview import OverviewRow

# A4 is 210 mm wide; less two margins of 12 mm, at 96 pixels an inch.
_WIDTH: Final = 700
# What leaves room for a long definition on the page.
_SERIES_HEIGHT: Final = 240
_TILE_HEIGHT: Final = 44


def sheet(reading: Reading, row: OverviewRow, definition: Definition) -> None:
    """The sheet, with a link that prints it."""
    words = reading.words
    with st.container(width=_WIDTH, key="sheet"), together():
        show(
            "print_bar",
            words=words,
            back=reading.visit.link(PageName.INDICATOR, code=row.indicator_code),
        )
        outlook = plan_questions.outlook(reading, row.indicator_code)
        answer.answer(reading, row, definition, outlook=outlook, printed=True)
        answer.why_not_newer(reading, row, definition)
        seen = course.newest_of_main_kind(reading, definition)
        if seen is not None:
            forecast = plan_questions.forecast_path(reading, row.indicator_code)
            course.show_series(
                reading,
                definition,
                seen,
                forecast,
                whole_plan=bool(charts.plan_path(definition)),
                height=_SERIES_HEIGHT,
                width=_WIDTH,
            )
            if seen.areas:
                show("section_title", title=words("indicator.subdistricts"), note=words("indicator.schematic_note"))
                course.show_map(reading, definition, seen, tile_height=_TILE_HEIGHT, width=_WIDTH)
        elif row.status != "undefined":
            states.notice("gray", words("missing.title"), words("missing.text"))
        parts = [
            (words("definition.words"), words.pick(definition.definition_zh, definition.definition_en)),
            (words("definition.source"), definition.source),
            (words("definition.target_source"), definition.target_source),
            (
                words("print.published"),
                words(
                    "print.published_text",
                    number=reading.snapshot.number,
                    snapshot=reading.snapshot.snapshot_id,
                    version=row.definition_version,
                    printed=writing.moment(clock.now(), reading.zone),
                ),
            ),
        ]
        show("facts", title=words("definition.title"), facts=[(name, text) for name, text in parts if text])
