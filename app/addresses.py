"""The addresses of the pages: what a reader can send to a colleague.

Belongs here: page names, and links with their filters in the query. Does not belong here: what the pages show.
Links are relative, so that the app also works under a path prefix of a proxy.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from urllib.parse import urlencode


class PageName(StrEnum):
    """The last part of a page's address; the overview is the root."""

    OVERVIEW = ""
    PLAN = "plan"
    INDICATOR = "indicator"
    QUALITY = "quality"
    FRESHNESS = "freshness"
    EVIDENCE = "evidence"
    BATCH = "batch"
    OWNER = "owner"
    IMPACT = "impact"
    DATA = "data"
    WALL = "wall"


# Pages that judge the indicators on the day that the address names (`as_of`), by default the publication's.
DATED_PAGES: Final = frozenset({PageName.OVERVIEW, PageName.PLAN, PageName.INDICATOR})
# Those, and the pages that lead from a dated one to rows and back: the day stays in the address.
KEEPING_PAGES: Final = DATED_PAGES | {PageName.EVIDENCE, PageName.BATCH}


def address(page: PageName, /, **query: str | None) -> str:
    """A relative link to `page`; query values of None or empty are left out."""
    return (page.value or "./") + asked(**query)


def asked(**query: str | None) -> str:
    """The query of an address, with its question mark; nothing where all values are None or empty."""
    kept = {name: value for name, value in query.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
