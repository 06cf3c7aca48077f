"""Pictures of the report, drawn by Altair and turned into PNG with no browser and no network.

Belongs here: the pictures. Does not belong here: what they show (`content.py`), the charts of pages (`app`).
Pictures carry digits and indicator codes alone: a server may lack Chinese fonts, and what is said in Chinese (names,
captions) stands in the document, where it can be edited.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from warehouse.report.indicator_lines import Line

if TYPE_CHECKING:
    import altair as alt

_BAR: Final = "#2b6cb0"
_BACK: Final = "#e5e9f0"
_INK: Final = "#1a202c"
_TARGET: Final = "#b45309"
_PPI: Final = 200
_ON_PAPER: Final = 0.75  # of the size on a screen: three courses abreast fill an A4 page
_FEWEST: Final = 3  # figures that make a course
_ABREAST: Final = 3  # courses beside each other on an A4 page


def progress(lines: Sequence[Line]) -> bytes | None:
    """Share of the way gone by indicator, with a line where the time is; None where nothing is judged."""
    import altair as alt

    judged = [line for line in lines if line.way is not None]
    if not judged:
        return None
    rows = [
        # What is done is done: a bar ends at its target, and below the baseline there is no way gone.
        {"code": line.code, "way": 100 * min(max(line.way or 0.0, 0.0), 1.0), "time": 100 * line.time}
        for line in judged
    ]
    codes = alt.Y("code:N", sort=[line.code for line in judged], title=None)
    base = alt.Chart(alt.InlineData(values=rows))
    way = alt.X("way:Q", title="%", scale=alt.Scale(domain=[0, 100]))
    bars = base.mark_bar(color=_BAR, height=10).encode(y=codes, x=way)
    ticks = base.mark_tick(color=_INK, thickness=2, size=18).encode(y=codes, x="time:Q")
    return _png((bars + ticks).properties(width=430, height=18 * len(judged)))


def courses(lines: Sequence[Line]) -> bytes | None:
    """The figures of each indicator by time with its target as a line; None where none has enough figures."""
    import altair as alt

    drawn = [_course(line) for line in lines if len(line.course) >= _FEWEST]
    return _png(alt.concat(*drawn, columns=_ABREAST)) if drawn else None


def width(png: bytes) -> float:
    """The picture's width on paper in mm."""
    pixels = int.from_bytes(png[16:20], "big")  # the PNG's header
    return pixels / _PPI * 25.4 * _ON_PAPER


def with_course(lines: Sequence[Line]) -> list[Line]:
    """The lines that `courses` draws."""
    return [line for line in lines if len(line.course) >= _FEWEST]


def _course(line: Line) -> alt.LayerChart:
    import altair as alt

    rows = [{"on": end.isoformat(), "value": value} for end, value in line.course]
    axis = alt.Axis(format="%Y-%m", tickCount=3, labelOverlap=True)
    drawn: Any = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(color=_BAR, point=alt.OverlayMarkDef(size=14, color=_BAR))
        .encode(
            x=alt.X("on:T", title=None, axis=axis),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=4)),
        )
    )
    if line.target_value is not None:
        rule = alt.Chart(alt.InlineData(values=[{"target": line.target_value}]))
        drawn = drawn + rule.mark_rule(color=_TARGET, strokeDash=[5, 3]).encode(y="target:Q")
    else:
        drawn = alt.layer(drawn)
    layered: alt.LayerChart = drawn.properties(width=150, height=80, title=line.code)
    return layered


def _png(chart: Any) -> bytes:
    content = io.BytesIO()
    configured = chart.configure_view(stroke=_BACK).configure_axis(gridColor=_BACK, labelFontSize=9)
    configured.save(content, format="png", ppi=_PPI)
    return content.getvalue()
