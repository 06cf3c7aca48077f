"""Links inside the app's own markup change the page without loading the app anew.

The script (`browser.mjs`) also puts drawings in place (`pictures.py`). Every link is an ordinary one (it can be copied,
opened in a new tab, and works without this script); a plain click is caught and answered by Streamlit's own page
change, which takes a third of the time of a full load.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from app.addresses import PageName, parse

_KEY: Final = "followed-link"


@cache
def _script() -> str:
    return Path(__file__).with_name("browser.mjs").read_text(encoding="utf-8")


def _nothing() -> None:
    """Streamlit asks for a callback to report a trigger; the rerun itself is all that is wanted."""


def follow_links(pages: Mapping[PageName, Any]) -> None:
    """Watch for clicks on links; after one, switch to its page (`pages`: what `st.Page` returned for each name)."""
    watch = st.components.v2.component("district_page", js=_script(), html="<span hidden></span>")
    followed = watch(key=_KEY, on_followed_change=_nothing, height="content").followed
    found = parse(followed) if isinstance(followed, str) else None
    if found is not None:
        page, query = found
        st.switch_page(pages[page], query_params=query)
