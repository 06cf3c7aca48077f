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


# Streamlit cleans all markup element by element in the browser, some 0.7 ms a kB (141 ms of the answer to a click on a
# page of 199 kB). From here on it costs more than a tenth of what a click on a bare page takes.
_LARGE = 10_000

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


def _send(markup: Markup) -> None:
    """To the browser; large markup as one attribute, which the page's script has the browser itself clean and place
    (decision 66)."""
    st.html(str(markup if len(markup) < _LARGE else render("placed", markup=str(markup))))
