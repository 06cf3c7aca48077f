"""Links inside the app's own markup change the page without loading the app anew.

Every link is an ordinary one (it can be copied, opened in a new tab, and works without this script); a plain click is
caught and answered by Streamlit's own page change, which takes a third of the time of a full load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from app.addresses import PageName, parse

# A link to `#print` prints the page. Leaves alone: modified clicks, other hosts, Streamlit's own links.
# `href.baseVal` is how SVG links name their target.
_CATCH_CLICKS: Final = """
export default function ({ setTriggerValue }) {
  const follow = (event) => {
    if (event.defaultPrevented || event.button) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.('[data-testid="stHtml"] a, [data-testid="stGraphVizChart"] a');
    const target = link && (link.href?.baseVal ?? link.href);
    if (!target) return;
    const url = new URL(target, document.baseURI);
    if (url.origin !== location.origin) return;
    event.preventDefault();
    if (url.hash === '#print') { window.print(); return; }
    setTriggerValue('followed', url.pathname.split('/').pop() + url.search);
  };
  document.addEventListener('click', follow);
  return () => document.removeEventListener('click', follow);
}
"""
_KEY: Final = "followed-link"


def _nothing() -> None:
    """Streamlit asks for a callback to report a trigger; the rerun itself is all that is wanted."""


def follow_links(pages: Mapping[PageName, Any]) -> None:
    """Watch for clicks on links; after one, switch to its page (`pages`: what `st.Page` returned for each name)."""
    watch = st.components.v2.component("district_links", js=_CATCH_CLICKS, html="<span hidden></span>")
    followed = watch(key=_KEY, on_followed_change=_nothing, height="content").followed
    found = parse(followed) if isinstance(followed, str) else None
    if found is not None:
        page, query = found
        st.switch_page(pages[page], query_params=query)
