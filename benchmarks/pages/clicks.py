"""The pages that leaders and owners open, and the clicks on them whose answers are timed.

A click is what to click and what is true of the document as soon as its answer has come (JavaScript). Does not
belong here: timing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.pages.plan_snapshot import MOST_LOADED_DEPARTMENT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# One line of Streamlit with a widget in it, so that there is a click to answer.
FLOOR_SCRIPT: Final = 'import streamlit as st; st.write("on" if st.toggle("switch") else "off")\n'


@dataclass(frozen=True)
class Click:
    """`before` opens what the click needs (the list of a select box), `target` is it, `then` is true only after."""

    target: Callable[[Page], Locator]
    then: str
    before: Callable[[Page], None] = lambda page: None


@dataclass(frozen=True)
class Visited:
    """A page by its address, and the clicks on it by name, in order: each starts where the one before ended."""

    address: str
    clicks: dict[str, Click]


def _shows(selector: str) -> str:
    return f"!!document.querySelector({json.dumps(selector)})"


def _asks(query: str) -> str:
    return f"location.search.includes({json.dumps(query)})"


def _english() -> Click:
    return Click(
        lambda page: page.locator(".dm-header .switch a", has_text="English"),
        "document.querySelector('.dm-header [aria-current]')?.textContent === 'English'",
    )


def _link(selector: str, then: str) -> Click:
    return Click(lambda page: page.locator(selector).first, then)


def _choose(place: int, option: str, then: str) -> Click:
    """An option of the select box at `place`, counted from the top of the page."""

    def opened(page: Page) -> None:
        page.locator('[data-testid="stSelectbox"] input').nth(place).click()
        page.get_by_role("option", name=option, exact=True).wait_for()

    return Click(lambda page: page.get_by_role("option", name=option, exact=True), then, opened)


def _switch(place: int, then: str) -> Click:
    return Click(lambda page: page.locator('[data-testid="stCheckbox"] label').nth(place), then)


FLOOR: Final = Visited("", {"toggle": _switch(0, "document.body.innerText.includes('on')")})

PAGES: Final[dict[str, Visited]] = {
    "overview": Visited(
        "?supporting=1&operational=1",
        {"language": _english(), "status": _link(".dm-counts a", _shows(".dm-counts .chosen"))},
    ),
    "indicator": Visited(
        "indicator?code=I01",
        {"language": _english(), "period": _choose(0, "2023-05", _asks("period=2023-05-31"))},
    ),
    "another indicator": Visited(
        "indicator",
        {
            "indicator": _link(
                'a[href="indicator?code=I02"]', "document.querySelector('h1')?.innerText.includes('第2项')"
            )
        },
    ),
    "quality": Visited(
        "quality",
        {
            "language": _english(),
            "department": _choose(0, "Commission 0 for the digital transformation", _asks("department=department_00")),
        },
    ),
    "plan": Visited("plan", {"language": _english(), "all": _switch(0, _asks("all=1"))}),
    "freshness": Visited(
        "freshness", {"language": _english(), "state": _link(".dm-counts a", _shows(".dm-counts .chosen"))}
    ),
    "owner": Visited(
        f"owner?department={MOST_LOADED_DEPARTMENT}",
        {
            "language": _english(),
            "department": _choose(0, "Commission 1 for the digital transformation", _asks("department=department_01")),
        },
    ),
}
"""Addresses and clicks by page. The indicator page appears twice: read, and reached from the list of all."""
