"""Filters whose choice stands in the page's address, so that a view can be sent to a colleague.

Belongs here: widgets and links bound to the address. Streamlit's own binding writes the words shown, which change with
the language; here the address holds the value and is the truth: a link may change it, and so may the widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from app.addresses import asked
from app.components.markup import show


def select(
    name: str, label: str, options: Sequence[str], default: str, words: Callable[[str], str], *, width: int = 240
) -> str:
    """A choice among many, kept in the address as `name`; the default leaves no trace there."""
    key = _take_from_address(name, options, default)
    st.selectbox(
        label, options, key=key, format_func=words, on_change=_to_address, args=(key, name, default), width=width
    )
    return str(st.session_state[key])


def switch(name: str, label: str, options: Sequence[str], default: str, words: Callable[[str], str]) -> str:
    """A choice among few, side by side, kept in the address as `name`: links, which cost the browser nothing."""
    said = st.query_params.get(name, default)
    chosen = said if said in options else default

    def link(one: str) -> str:
        query = {**st.query_params.to_dict(), name: None if one == default else one}
        return asked(**query) or "?"  # an empty link would keep the query

    show("choice", label=label, options=[(words(one), link(one), one == chosen) for one in options])
    return chosen


def toggle(name: str, label: str, *, default: bool) -> bool:
    """Yes or no, kept in the address as `name=1` or `name=0`."""
    key = f"filter.{name}"
    st.session_state[key] = {"1": True, "0": False}.get(st.query_params.get(name, ""), default)
    st.toggle(label, key=key, on_change=_to_address, args=(key, name, default))
    return bool(st.session_state[key])


def day(name: str, label: str, *, default: date, first: date, last: date) -> None:
    """A day between `first` and `last`, kept in the address as `name`; who reads it asks the visit."""
    key = f"filter.{name}"
    try:
        asked = date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        asked = default
    st.session_state[key] = asked if first <= asked <= last else default
    st.date_input(
        label,
        key=key,
        min_value=first,
        max_value=last,
        format="YYYY-MM-DD",
        label_visibility="collapsed",
        width=140,
        on_change=_to_address,
        args=(key, name, default),
    )


def _take_from_address(name: str, options: Sequence[str], default: str) -> str:
    key = f"filter.{name}"
    asked = st.query_params.get(name, default)
    st.session_state[key] = asked if asked in options else default
    return key


def _to_address(key: str, name: str, default: str | bool | date) -> None:
    value = st.session_state[key]
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(int(value)) if isinstance(value, bool) else str(value)
