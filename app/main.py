"""The app's entry: `streamlit run app/main.py`.

Belongs here: the pages and their addresses, the frame around every page (header, style, state before the first
publication, debug line). Does not belong here: what single pages show.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from app import queries, warming
from app.addresses import KEEPING_PAGES, PageName
from app.components import frame, states, turning
from app.components.links import page_script
from app.components.markup import placing
from app.reading import open_reading, reading_of
from app.visit import current_visit
from warehouse.read import NothingPublished, UnknownSnapshot, publications

# The scripts lie in views/: a folder named pages/ beside this script would be Streamlit's older way of several pages,
# and the first visit after a start would run a page's script without this frame.
_SCRIPTS: Final[dict[PageName, tuple[str, str]]] = {
    PageName.OVERVIEW: ("views/overview.py", "page.overview"),
    PageName.PLAN: ("views/plan.py", "page.plan"),
    PageName.INDICATOR: ("views/indicator.py", "page.indicator"),
    PageName.QUALITY: ("views/quality.py", "page.quality"),
    PageName.FRESHNESS: ("views/freshness.py", "page.freshness"),
    PageName.EVIDENCE: ("views/evidence.py", "page.evidence"),
    PageName.BATCH: ("views/batch.py", "page.batch"),
    PageName.OWNER: ("views/owner.py", "page.owner"),
    PageName.IMPACT: ("views/impact.py", "page.impact"),
    PageName.DATA: ("views/data.py", "page.data"),
    PageName.WALL: ("views/wall.py", "page.wall"),
}

warming.begin()
visit = current_visit()
st.set_page_config(page_title=visit.words("page.title"), layout="wide", initial_sidebar_state="collapsed")
log = queries.start_log()
# Reached from a figure alone: without one there is no evidence to show.
_UNLISTED: Final = frozenset({PageName.EVIDENCE})
pages = {
    name: st.Page(
        script,
        title=visit.words(title),
        url_path=name.value,
        default=name is PageName.OVERVIEW,
        visibility="hidden" if name in _UNLISTED else "visible",
    )
    for name, (script, title) in _SCRIPTS.items()
}
page = st.navigation(list(pages.values()), position="top")
frame.style(visit.mode)
unseen = st.container()  # its place does not depend on what the page has, so that it lives on from page to page
here = PageName(page.url_path)
if here not in KEEPING_PAGES:
    visit = replace(visit, as_of=None)  # a page that does not say the day does not judge by it
if here is PageName.WALL:
    visit = replace(visit, known_on=None)
    turning.keep_turning()
with placing(here.value) as places:
    try:
        reading = reading_of(visit, queries.published(visit.known_on))
        open_reading(reading)
        if here is not PageName.WALL:
            frame.header(reading, here)
            frame.earlier(reading, here)
        page.run()
        if visit.debug:
            frame.debug_line(reading, log)
    except NothingPublished as nothing:
        states.notice("blue", visit.words("empty.title"), visit.words.pick(nothing.zh, nothing.en))
    except (publications.NothingKnown, UnknownSnapshot) as unknown:
        if visit.known_on is None:
            states.failed(visit.words)  # the newest one is gone: an engineer's matter
        else:
            frame.leads_to_newest(visit.words, here, visit.known_on, visit.words.pick(unknown.zh, unknown.en))
    except Exception:  # noqa: BLE001 whatever it is: readers get told what to do, engineers the trace in the log
        states.failed(visit.words)
with unseen:
    page_script(places)
