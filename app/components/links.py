"""The page's own script: clicks on links in the app's markup, drawings, words of marks.

Every link is an ordinary one (it can be copied, opened in a new tab, and works without the script); a plain click is
caught and answered by Streamlit's own change of page, in a third of the time of a full load.
Does not belong here: the script itself (`browser.mjs`), what is drawn (`pictures.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st


@cache
def _script() -> str:
    return Path(__file__).with_name("browser.mjs").read_text(encoding="utf-8")


def page_script(places: Mapping[str, str]) -> None:
    """Put the script on the page, with the page's markup by place."""
    st.components.v2.component("district_page", js=_script(), html="<span hidden></span>")(
        key="page-script",
        height="content",
        # Bytes: in a dictionary every Chinese character would be sent as six.
        data=json.dumps(dict(places), ensure_ascii=False).encode(),
    )
