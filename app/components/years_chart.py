"""The years of one indicator above each other, month by month.

Does not belong here: the course over the whole plan (`charts.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import altair as alt

from app.components.charts import AXIS_NUMBERS, dressed, period, segments
from app.reading import Reading
from warehouse.read import writing
from warehouse.read.indicator import Definition, Observation

_HEIGHT: Final = 190
_YEARS: Final = 4  # more lines are not told apart; the table to download has all
_WITHIN_A_YEAR: Final = frozenset({"month", "quarter", "year_to_date"})


def by_year(
    reading: Reading, indicator: Definition, observations: Sequence[Observation]
) -> alt.LayerChart | alt.FacetChart | None:
    """Months or quarters of the last years above each other; None where there are not two years to compare.

    A line ends where the definition changes: what stands beyond is another figure.
    """
    colours, words, language = reading.visit.colours, reading.words, reading.language
    unit = words.pick(indicator.unit_zh, indicator.unit_en)
    years = sorted({row.period_end.year for row in observations})[-_YEARS:]
    if not compares_years(observations):
        return None
    rows = [
        {
            "month": row.period_end.month,
            "year": str(row.period_end.year),
            "value": row.value,
            "segment": segment,
            "told": f"{period(row, reading)}{words.colon}"
            f"{writing.figure(row.value, unit, indicator.decimals, language).full}",
        }
        for row, segment in zip(observations, segments(observations), strict=True)
        if row.period_end.year in years
    ]
    # The newest year in the strongest tone and width; the others fade by age, and every line says its year at its end.
    shades = [colours.border, colours.muted, colours.tones["violet"], colours.tones["blue"]][-len(years) :]
    order = [str(year) for year in years]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X(
            "month:O",
            title=None,
            scale=alt.Scale(domain=list(range(1, 13))),
            axis=alt.Axis(labelExpr="datum.value + '月'" if language == "zh" else "datum.value", labelAngle=0),
        ),
        y=alt.Y(
            "value:Q",
            title=unit or None,
            scale=alt.Scale(zero=False, padding=8),
            axis=alt.Axis(labelExpr=AXIS_NUMBERS[language], tickCount=4),
        ),
        color=alt.Color("year:N", sort=order, scale=alt.Scale(domain=order, range=shades), legend=None),
        detail=["year:N", "segment:N"],
        description=alt.Description("told:N"),
    )
    lines = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=22, aria=True), aria=False)
    last = {row.period_end.year: row.period_end.month for row in observations}  # oldest first: the last one stays
    ends = [row for row in rows if row["month"] == last[int(str(row["year"]))]]
    names = alt.Chart(alt.InlineData(values=ends)).mark_text(
        align="left", dx=6, fontSize=12, color=colours.text, aria=False
    )
    labels = names.encode(x="month:O", y="value:Q", text="year:N")
    return dressed(alt.layer(lines, labels).properties(height=_HEIGHT), reading)


def compares_years(observations: Sequence[Observation]) -> bool:
    """Whether there are two years to set beside each other."""
    years = {row.period_end.year for row in observations}
    return len(years) > 1 and observations[0].period_type in _WITHIN_A_YEAR
