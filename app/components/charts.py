"""Charts of one indicator, drawn with Altair.

Belongs here: the course of a figure against its plan, and its parts by subdistrict. Does not belong here: any number
that is not in the snapshot. Bars start at zero; a missing value leaves a gap, never a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Final

import altair as alt

from app.reading import Reading
from app.words import Words
from warehouse.read import writing
from warehouse.read.indicator import Definition, Observation
from warehouse.read.plan import ForecastPoint

SERIES_HEIGHT: Final = 300  # pixels
_ABOVE_UNIT: Final = 24  # pixels between legend and plot: a line of text with the unit fits
_BREAK_LABEL_WIDTH: Final = 260  # pixels; its words on hover and the definition below have the whole text
# Axis numbers in 万 and 亿 (zh) or k, m, bn (en); its words on hover give the figure as printed.
AXIS_NUMBERS: Final = {
    "zh": "abs(datum.value) >= 1e8 ? format(datum.value / 1e8, ',~r') + ' 亿' : abs(datum.value) >= 1e4 ?"
    " format(datum.value / 1e4, ',~r') + ' 万' : format(datum.value, ',~r')",
    "en": "abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',~r') + ' bn' : abs(datum.value) >= 1e6 ?"
    " format(datum.value / 1e6, ',~r') + ' m' : format(datum.value, ',~r')",
}
_AXIS_DATES: Final = {
    "day": "timeFormat(datum.value, '%m-%d')",
    "month": "timeFormat(datum.value, '%Y-%m')",
    "year": "timeFormat(datum.value, '%Y')",
}


def series(
    reading: Reading,
    indicator: Definition,
    observations: Sequence[Observation],
    *,
    forecast: Sequence[ForecastPoint] = (),
    whole_plan: bool,
    height: int = SERIES_HEIGHT,
) -> alt.LayerChart | alt.FacetChart:
    """Actual values of one period type, with the path the plan asks for, the target, the forecast and its range.

    Where the definition changes, a mark says what changed, and no line leads across. `whole_plan` stretches the time
    axis over the plan; else it covers the data alone.
    """
    colours, words, language = reading.visit.colours, reading.words, reading.language
    unit = words.pick(indicator.unit_zh, indicator.unit_en)
    decimals = indicator.decimals

    def point(day: date, value: float | None, kind: str, when: str) -> dict[str, Any]:
        printed = writing.figure(value, unit, decimals, language)
        told = f"{kind} · {when}{words.colon}{printed.full}"
        return {"day": day.isoformat(), "value": value, "kind": kind, "told": told}

    actual = [
        point(row.period_end, row.value, words("chart.actual"), period(row, reading))
        | {"segment": segment, "provisional": row.is_provisional}
        for row, segment in zip(observations, segments(observations), strict=True)
    ]
    path = [point(day, value, words("chart.path"), day.isoformat()) for day, value in plan_path(indicator)]
    target = [point(day, value, words("chart.target"), day.isoformat()) for day, value in plan_path(indicator)[-1:]]
    first, last = observations[0].period_end, observations[-1].period_end
    days = (
        (min(first, reading.snapshot.plan_start), max(last, reading.snapshot.plan_end)) if whole_plan else (first, last)
    )
    grain = (
        "year"
        if (days[1] - days[0]) > timedelta(days=1100)
        else "day"
        if (days[1] - days[0]) < timedelta(days=120)
        else "month"
    )
    x = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(domain=[days[0].isoformat(), days[1].isoformat()], padding=8),
        axis=alt.Axis(labelExpr=_AXIS_DATES[grain], tickCount=6, grid=False),
    )
    y = alt.Y(
        "value:Q",
        title=unit or None,
        scale=alt.Scale(zero=False, padding=12),
        axis=alt.Axis(labelExpr=AXIS_NUMBERS[language], tickCount=5),
    )

    def ranged(row: ForecastPoint) -> str:
        lower, upper = (writing.figure(value, unit, decimals, language).full for value in (row.lower, row.upper))
        within = words("chart.range", lower=lower, upper=upper)
        return f"{row.period_end.isoformat()} · {words('chart.range_title')} {within}"

    expected = [
        point(row.period_end, row.value, words("chart.forecast"), ranged(row))
        | {"lower": row.lower, "upper": row.upper}
        for row in forecast
    ]
    kinds = [words("chart.actual"), words("chart.path"), words("chart.target"), words("chart.forecast")]
    shown = kinds[:1] + (kinds[1:3] if path else []) + (kinds[3:] if expected else [])
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=kinds, range=[colours.tones["blue"], colours.muted, colours.tones["orange"], colours.tones["green"]]
        ),
        legend=alt.Legend(orient="top", title=None, values=shown, symbolOpacity=1, offset=_ABOVE_UNIT),
    )
    told = alt.Description("told:N")  # what a mark says on hover and to a screen reader; lines and areas say nothing
    base = alt.Chart(alt.InlineData(values=actual)).encode(x=x, y=y, color=colour, description=told)
    layers: list[alt.Chart] = []
    if expected:
        ahead = alt.Chart(alt.InlineData(values=expected)).encode(x=x, y=y, color=colour)
        band = ahead.mark_area(opacity=0.16, clip=True, aria=False).encode(y=alt.Y("lower:Q"), y2="upper:Q")
        layers += [band, ahead.mark_line(strokeDash=[2, 2], strokeWidth=1.8, clip=True, aria=False)]
        # The points themselves stay unseen: they carry what is said of each.
        layers.append(ahead.mark_point(opacity=0, size=36, clip=True).encode(description=told))
    if path:
        planned = alt.Chart(alt.InlineData(values=path)).encode(x=x, y=y, color=colour)
        layers.append(planned.mark_line(strokeDash=[5, 4], strokeWidth=1.5, clip=True, aria=False))
        aims = alt.Chart(alt.InlineData(values=target)).encode(x=x, y=y, color=colour, description=told)
        layers.append(aims.mark_point(shape="diamond", filled=True, size=90, clip=True))
    layers.append(base.encode(detail="segment:N").mark_line(strokeWidth=2, aria=False))
    layers.append(
        base.mark_point(filled=True, size=36).encode(opacity=alt.value(1.0)).transform_filter("!datum.provisional")
    )
    layers.append(
        base.mark_point(shape="circle", filled=False, size=44, strokeWidth=1.5).transform_filter("datum.provisional")
    )
    for day, version in definition_breaks(observations):
        what = next((one for one in indicator.changes or () if one["version"] == version), None)
        change = words.pick(what["zh"], what["en"]) if what else ""
        label = words("chart.break", version=version)
        label = f"{label}{words.colon}{change}" if change else label
        note = [{"day": day.isoformat(), "label": label, "told": f"{label} · {bridge_text(what, words)}"}]
        broken = alt.Chart(alt.InlineData(values=note)).encode(x=x, description=alt.Description("told:N"))
        layers.append(broken.mark_rule(color=colours.tones["violet"], strokeDash=[2, 3]))
        layers.append(
            broken.mark_text(
                align="left", dx=4, y=8, limit=_BREAK_LABEL_WIDTH, color=colours.tones["violet"], fontSize=12
            ).encode(text="label:N")
        )
    return dressed(alt.layer(*layers).properties(height=height), reading)


def plan_path(indicator: Definition) -> list[tuple[date, float]]:
    """Baseline, milestones and target of a definition in order of time; empty without baseline or target."""
    if indicator.baseline_date is None or indicator.baseline_value is None:
        return []
    if indicator.target_date is None or indicator.target_value is None:
        return []
    points = {indicator.baseline_date: indicator.baseline_value}
    points |= {stone["date"]: stone["value"] for stone in indicator.milestones or ()}
    points[indicator.target_date] = indicator.target_value
    return sorted(points.items())


def segments(observations: Sequence[Observation]) -> list[int]:
    """For each observation the number of its line: a new one after a gap, and where the definition changes.

    A gap is a step more than half longer than the usual one; versions of a definition are not comparable.
    """
    steps = [(later.period_end - earlier.period_end).days for earlier, later in pairwise(observations)]
    usual = median(steps) if steps else 0
    numbers = [0]
    for (earlier, later), step in zip(pairwise(observations), steps, strict=True):
        breaks = step > 1.5 * usual or earlier.definition_version != later.definition_version
        numbers.append(numbers[-1] + breaks)
    return numbers


def definition_breaks(observations: Sequence[Observation]) -> list[tuple[date, int]]:
    """First period end of each definition version after the first one."""
    return [
        (later.period_end, later.definition_version)
        for earlier, later in pairwise(observations)
        if earlier.definition_version != later.definition_version
    ]


def described(reading: Reading, indicator: Definition, rows: Sequence[Observation]) -> str:
    """A series in a sentence, for readers who do not see it."""
    words = reading.words
    unit = words.pick(indicator.unit_zh, indicator.unit_en)
    first, last = (
        f"{period(row, reading)} {writing.figure(row.value, unit, indicator.decimals, reading.language).full}"
        for row in (rows[0], rows[-1])
    )
    return words("chart.described", name=words.pick(indicator.name_zh, indicator.name_en), first=first, last=last)


def bridge_text(change: dict[str, Any] | None, words: Words) -> str:
    """Whether figures across a change of the definition can be compared, and by what factor."""
    bridge = change["bridge"] if change else None
    if not bridge or bridge["factor"] is None:
        return words("chart.no_bridge")
    return words("chart.bridge", factor=writing.plain(bridge["factor"]), reason=bridge["reason"])


def period(row: Observation, reading: Reading) -> str:
    """The period of a figure by its name."""
    return writing.period(row.period_type, row.period_start, row.period_end, reading.language)


def dressed(chart: alt.LayerChart | alt.FacetChart, reading: Reading) -> alt.LayerChart | alt.FacetChart:
    """The chart in the colours and sizes that all charts share."""
    colours = reading.visit.colours
    dressed: alt.LayerChart | alt.FacetChart = (
        chart.configure(background="transparent", font=colours.font)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=colours.muted,
            titleColor=colours.muted,
            gridColor=colours.border,
            domainColor=colours.border,
            tickColor=colours.border,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            titleAnchor="end",
        )
        .configure_axisY(
            # The unit stands upright above the axis, below the legend: Chinese is not read sideways.
            titleAngle=0,
            titleAlign="left",
            titleBaseline="bottom",
            titleX=-34,
            titleY=-6,
        )
        .configure_legend(labelColor=colours.text, labelFontSize=12)
    )
    return dressed
