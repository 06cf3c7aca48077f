"""HTML from templates, with everything that comes from data escaped.

Belongs here: the template environment and the way markup reaches the page. Does not belong here: what it says.
Jinja escapes every value (autoescape) and refuses unknown names (StrictUndefined).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import streamlit as st
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("app.components", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> Markup:
    """The template `templates/<template>.html.j2` filled with `values`, all escaped unless they are Markup."""
    return Markup(_environment().get_template(f"{template}.html.j2").render(**values))


# Place -> markup of this run, sent together at its end; None: a run of a fragment alone, whose markup goes its own way.
_places: ContextVar[tuple[str, dict[str, str]] | None] = ContextVar("places", default=None)

# What `together` gathers on this run of a page; None: everything goes to the page at once.
_gathered: ContextVar[list[Markup] | None] = ContextVar("gathered", default=None)


def show(template: str, **values: Any) -> None:
    """Render a template and put it on the page."""
    put(render(template, **values))


def put(markup: Markup) -> None:
    """Put markup on the page, or to what `together` gathers."""
    gathered = _gathered.get()
    if not markup:
        return
    if gathered is not None:
        gathered.append(markup)
    else:
        _send(markup)


@contextmanager
def together(frame: str = "stack") -> Iterator[None]:
    """Everything shown within becomes one element of the page: each element of Streamlit costs the browser some
    milliseconds at every run. Widgets within would come before all of it: leave them out. Nested: one block."""
    outer, parts = _gathered.get(), list[Markup]()
    token = _gathered.set(parts)
    try:
        yield
    finally:
        _gathered.reset(token)
    if parts:
        block = render(frame, parts=parts)
        if outer is not None:
            outer.append(block)
        else:
            _send(block)


@contextmanager
def placing(page: str) -> Iterator[dict[str, str]]:
    """Markup put on the page within is gathered by place, for the page's script to put there (decision 70).

    Streamlit cleans markup by a script, element by element, and draws it as it arrives: twice and more for one click.
    Places bear the name of the page, so that none is filled with what another page left.
    """
    found: dict[str, str] = {}
    token = _places.set((page, found))
    try:
        yield found
    finally:
        _places.reset(token)


def _send(markup: Markup) -> None:
    """To the browser: an empty place, which the page's script fills; in a fragment the markup itself."""
    places = _places.get()
    if places is None:
        st.html(str(markup))
        return
    page, found = places
    place = f"{page}-{len(found) + 1}"
    found[place] = str(markup)
    st.html(str(render("place", place=place)))
