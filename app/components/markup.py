"""HTML from templates, with everything that comes from data escaped.

Belongs here: the template environment and the way markup reaches the page. Does not belong here: what it says.
Jinja escapes every value (autoescape) and refuses unknown names (StrictUndefined).
"""

from __future__ import annotations

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


def show(template: str, **values: Any) -> None:
    """Render a template and put it on the page."""
    st.html(str(render(template, **values)))
