"""The pages that leaders and owners open, and the clicks on them whose answers are timed.

A click is what to click and a selector that only its answer has. Does not belong here: timing.
"""

from __future__ import annotations

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
    """`before` opens what the click needs (the list of a select box); `target` finds it; `marker` is only afterwards."""

    target: Callable[[Page], Locator]
    marker: str
    before: Callable[[Page], None] = lambda page: None


@dataclass(frozen=True)
class Visited:
    """A page by its address, and the clicks on it by name, in order: each starts where the one before ended."""

    address: str
    clicks: dict[str, Click]


FLOOR: Final = Visited("", {"toggle": Click(lambda page: page.locator('[data-testid="stCheckbox"] label'), "text=on")})


def _english() -> Click:
    return Click(
        lambda page: page.locator(".dm-header .switch a", has_text="English"),
        '.dm-header [aria-current="true"]:has-text("English")',
    )


def _link(selector: str, marker: str) -> Click:
    return Click(lambda page: page.locator(selector).first, marker)


def _choose(place: int, option: str, marker: str) -> Click:
    """An option of the select box at `place`, counted from the top of the page."""

    def opened(page: Page) -> None:
        page.locator('[data-testid="stSelectbox"] input').nth(place).click()
        page.get_by_role("option", name=option, exact=True).wait_for()

    return Click(lambda page: page.get_by_role("option", name=option, exact=True), marker, opened)


PAGES: Final[dict[str, Visited]] = {
    "overview": Visited(
        "?supporting=1&operational=1", {"language": _english(), "status": _link(".dm-counts a", ".dm-counts .chosen")}
    ),
    "indicator": Visited(
        "indicator?code=I01",
        {
            "language": _english(),
            "period": _choose(0, "2023-05", 'h1:has-text("part 1")'),
        },
    ),
    "another indicator": Visited(
        "indicator", {"indicator": _link('a[href^="indicator?code=I02"]', 'h1:has-text("第2项")')}
    ),
    "quality": Visited(
        "quality",
        {
            "language": _english(),
            "department": _choose(0, "Commission 0 for the digital transformation", ".dm-scores"),
        },
    ),
    "plan": Visited("plan", {"language": _english(), "all": Click(
        lambda page: page.locator('[data-testid="stCheckbox"] label').first, ".dm-totals")}),
    "freshness": Visited("freshness", {"language": _english(), "state": _link(".dm-counts a", ".dm-counts .chosen")}),
    "owner": Visited(
        f"owner?department={MOST_LOADED_DEPARTMENT}",
        {"language": _english(), "department": _choose(0, "Commission 1 for the digital transformation", "h1,h2,h3")},
    ),
}
