"""What stands around every page: style, header, debug line.

Belongs here: the frame. Does not belong here: navigation (`main.py`) and the content of pages.
"""

from __future__ import annotations

from datetime import UTC, date
from typing import Final

import streamlit as st

from app.addresses import DATED_PAGES, PageName, address
from app.components import filters
from app.components.markup import show
from app.queries import QueryLog
from app.reading import Reading
from app.theme.palette import Mode, style_sheet
from app.words import LANGUAGES, Words
from warehouse import clock
from warehouse.read import writing

# The shortest schedule is daily: after three days without a publication something is not running.
_IDLE_AFTER_DAYS: Final = 2


def style(mode: Mode) -> None:
    """Put the style sheet on the page."""
    st.html(f"<style>{style_sheet(mode)}</style>")


def header(reading: Reading, here: PageName) -> None:
    """Title, as-of day, publication, whether data are simulated, the switch of language, and the choice of a day."""
    if here not in DATED_PAGES:
        _facts(reading, here)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="header"):
        _facts(reading, here)
        filters.day(
            "as_of",
            reading.words("header.choose_day"),
            default=reading.snapshot.as_of,
            first=reading.snapshot.plan_start,
            last=reading.snapshot.as_of,
        )


def _facts(reading: Reading, here: PageName) -> None:
    words, snapshot = reading.words, reading.snapshot
    show(
        "header",
        words=words,
        title=words("header.title", district=words.pick(snapshot.district_zh, snapshot.district_en)),
        heading="h1" if here is PageName.OVERVIEW else "p",
        as_of=writing.day(snapshot.as_of),
        judged_on=writing.day(reading.visit.as_of) if reading.visit.as_of and here in DATED_PAGES else None,
        number=snapshot.number,
        published_at=writing.moment(snapshot.published_at, reading.zone),
        snapshot_id=snapshot.snapshot_id,
        simulated=snapshot.simulated,
        idle_days=idle_days(reading),
        wall=reading.visit.link(PageName.WALL) if here is PageName.OVERVIEW else None,
        # The default language is named in its link too: the session remembers the other one.
        languages=[
            (
                Words(other)("language.name"),
                address(here, **{**st.query_params.to_dict(), "lang": other}),
                other == words.language,
            )
            for other in LANGUAGES
        ],
    )


def earlier(reading: Reading, here: PageName) -> None:
    """Says that an earlier publication is shown, and leads back to the newest."""
    words, day = reading.words, reading.visit.known_on
    if day is None:
        return
    leads_to_newest(words, here, day, words("known_on.text", number=reading.snapshot.number))


def leads_to_newest(words: Words, here: PageName, day: date, text: str) -> None:
    """Says what is shown of an earlier day, or why nothing is, with the way back to the newest publication."""
    show(
        "earlier",
        title=words("known_on.title", day=writing.day(day)),
        text=text,
        link=address(here, **{**st.query_params.to_dict(), "known_on": None}),
        back=words("known_on.back"),
    )


def idle_days(reading: Reading) -> int | None:
    """Days since the publication; None while that is usual, and where the reader chose an earlier one."""
    if reading.visit.known_on is not None:
        return None
    days = (clock.now() - reading.snapshot.published_at.replace(tzinfo=UTC)).days
    return days if days > _IDLE_AFTER_DAYS else None


def debug_line(reading: Reading, log: QueryLog) -> None:
    """How many questions this page asked, how many reached the snapshot, how long those took, and the whole page."""
    show(
        "debug",
        text=reading.words(
            "debug.line",
            asked=log.asked,
            different=len(log.questions),
            reached=len(log.seconds),
            milliseconds=round(sum(log.seconds) * 1000),
            page=round(log.elapsed * 1000),
            snapshot=reading.snapshot.snapshot_id,
        ),
    )
