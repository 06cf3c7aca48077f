"""What makes a wall display go on by itself: the size, the clock, and the turn from one domain to the next.

Belongs here: when the page is drawn anew. Does not belong here: what it shows (`app/views/wall.py`).
It stands outside whatever may fail: without a snapshot, or when a page fails, the display tries again at the next turn.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.components.markup import show
from warehouse import clock

_USUAL_SECONDS: Final = 20  # long enough to read six lines, short enough that nobody waits a minute for his domain
_SHORTEST, _LONGEST = 3, 600
_LOOKS_EVERY: Final = 1.0  # seconds; a look at the clock asks the snapshot nothing
_TURN: Final = "shown-turn"


def seconds() -> int:
    """How long one domain stays, as the address says (`?seconds=30`), within reason."""
    asked = st.query_params.get("seconds", "")
    return min(max(int(asked), _SHORTEST), _LONGEST) if asked.isascii() and asked.isdigit() else _USUAL_SECONDS


def turn() -> int:
    """The number of the turn: it follows from the clock, so all displays turn together and none loses its place."""
    return int(clock.now().timestamp() // seconds())


def keep_turning() -> None:
    """Make this page a wall display: large, without navigation, drawn anew at every turn."""
    show("wall_frame")
    st.session_state[_TURN] = turn()
    _look()


@st.fragment(run_every=_LOOKS_EVERY)
def _look() -> None:
    if st.session_state.get(_TURN) != turn():
        st.rerun()
