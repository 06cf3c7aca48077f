"""Drawings on a page: charts and graphs as SVG, made on the server and kept for all readers.

Belongs here: turning a chart into SVG, and the markup that carries it. Does not belong here: what is drawn
(`charts.py`, `tilemap.py`, `years_chart.py`, `lineage.py`); the script (`browser.mjs`).
`st.html` cleans away inline SVG, so it travels as an attribute, and the page's script puts it in place (decision 54).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import altair as alt
import vl_convert
from markupsafe import Markup

from app.components.markup import render
from app.reading import Reading

Chart = alt.LayerChart | alt.FacetChart
# Width in CSS pixels on a desk, whole or in the narrower column, and on a phone, so that letters keep about their size.
WIDE: Final = 800
HALF: Final = 540
_PHONE: Final = 352


def chart(reading: Reading, *key: object, make: Callable[[], Chart], described: str, width: int = WIDE) -> Markup:
    """A chart that `make` gives. `key`: what it is of, all that it depends on besides the reader."""
    width = _PHONE if reading.visit.phone else width
    svg = reading.keep("chart", *key, width, draw=lambda: _svg(make(), width))
    return render("drawing", svg=svg, described=described, kind="fluid")


def graph(svg: Markup, described: str) -> Markup:
    """A graph that keeps its own size and scrolls inside its frame."""
    return render("drawing", svg=str(svg), described=described, kind="own-size")


def warm_up() -> None:
    """Start the engine that draws: a second of processor time, once in the life of the server."""
    vl_convert.vegalite_to_svg(alt.Chart(alt.InlineData(values=[{"x": 1}])).mark_point().encode(x="x:Q").to_dict())


def _svg(made: Chart, width: int) -> str:
    # `fit-x`: the width is that of the whole picture, axes included. The project's charts are valid (tests draw each);
    # checking each against the schema would take as long as drawing it.
    spec = made.properties(width=width, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    svg: str = vl_convert.vegalite_to_svg(spec.to_dict(validate=False))
    return svg
