"""How one indicator came to where it stands: its course against the plan, its years, its subdistricts.

Belongs here: choosing the kind of period and the period, and the charts and tables of them. Does not belong here: how
charts are drawn (`charts.py`, `tilemap.py`); where a figure comes from (`lineage.py`, `tables.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.components import charts, filters, pictures, states
from app.components.markup import put, show, together
from app.components.tilemap import TILE_HEIGHT, tile_map
from app.components.years_chart import by_year, compares_years
from app.queries import subdistricts
from app.reading import Reading
from app.words.kinds import PERIODS
from warehouse.read import indicator, writing
from warehouse.read.indicator import AreaObservation, Definition, Observation
from warehouse.read.plan import ForecastPoint


@dataclass(frozen=True, slots=True)
class Course:
    """What the reader looks at: figures of one kind of period (oldest first), one of them, and its subdistricts."""

    kind: str
    observations: Sequence[Observation]
    chosen: Observation
    areas: Sequence[AreaObservation]


def newest_of_main_kind(reading: Reading, definition: Definition) -> Course | None:
    """The newest figure of the main kind of period, nothing asked of the reader; None where there is no figure."""
    kinds = reading.ask(indicator.period_types, definition.indicator_code)
    return _course(reading, definition, kinds[0], None) if kinds else None


def choose(reading: Reading, definition: Definition, forecast: Sequence[ForecastPoint]) -> Course | None:
    """Let the reader choose, and show the course; None where there is no figure at all."""
    words = reading.words
    kinds = reading.ask(indicator.period_types, definition.indicator_code)
    if not kinds:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        kind = kinds[0]
        if len(kinds) > 1:
            kind = filters.switch(
                "period_type", words("indicator.period_type"), kinds, kinds[0], lambda one: words(PERIODS[one])
            )
        observations = _observations(reading, definition, kind)
        if not observations:
            return None
        by_end = {row.period_end.isoformat(): row for row in reversed(observations)}

        def period_name(end: str) -> str:
            return writing.period(kind, by_end[end].period_start, by_end[end].period_end, reading.language)

        end = filters.select(
            "period", words("indicator.period"), list(by_end), next(iter(by_end)), period_name, width=200
        )
        whole_plan = bool(charts.plan_path(definition)) and filters.toggle(
            "whole_plan", words("indicator.whole_plan"), default=True
        )
    course = _course(reading, definition, kind, end)
    assert course is not None  # the period was one of those offered
    with together("side_by_side"):
        with together():
            show_series(reading, definition, course, forecast if kind == definition.period_type else (), whole_plan)
            _show_years(reading, definition, course)
        with together():
            show_areas(reading, definition, course)
    return course


def show_series(
    reading: Reading,
    definition: Definition,
    course: Course,
    forecast: Sequence[ForecastPoint],
    whole_plan: bool,
    *,
    height: int = charts.SERIES_HEIGHT,
    width: int = pictures.WIDE,
) -> None:
    """The course against the plan's path, with the forecast where there is one."""
    show("section_title", title=reading.words("indicator.course"), note="")
    put(
        pictures.chart(
            reading,
            *("series", definition.indicator_code, course.kind, bool(forecast), whole_plan, height),
            make=lambda: charts.series(
                reading, definition, course.observations, forecast=forecast, whole_plan=whole_plan, height=height
            ),
            described=charts.described(reading, definition, course.observations),
            width=width,
        )
    )


def show_areas(reading: Reading, definition: Definition, course: Course) -> None:
    """The chosen figure by subdistrict: the map and the table."""
    words, chosen = reading.words, course.chosen
    when = writing.period(chosen.period_type, chosen.period_start, chosen.period_end, reading.language)
    show("section_title", title=words("indicator.subdistricts"), note=words("indicator.schematic", when=when))
    if not course.areas:
        states.notice("gray", words("indicator.no_subdistricts"), words("indicator.no_subdistricts_text"))
        return
    known = reading.ask(subdistricts)
    show_map(reading, definition, course)
    unit = words.pick(definition.unit_zh, definition.unit_en)
    found = {row.area_code for row in course.areas}
    rows = [
        {
            "name": words.pick(row.name_zh, row.name_en),
            "value": writing.figure(row.value, unit, definition.decimals, reading.language),
            "parts": f"{writing.plain(row.numerator)} / {writing.plain(row.denominator)}" if row.denominator else "",
        }
        for row in course.areas
    ]
    rows += [
        {
            "name": words.pick(area.name_zh, area.name_en),
            "value": writing.figure(None, unit, 0, reading.language),
            "parts": "",
        }
        for area in known
        if area.area_code not in found
    ]
    show("areas", words=words, rows=rows, rest="", parts=any(row["parts"] for row in rows))


def show_map(
    reading: Reading,
    definition: Definition,
    course: Course,
    *,
    tile_height: int = TILE_HEIGHT,
    width: int = pictures.HALF,
) -> None:
    """The map of the chosen figure's subdistricts."""
    put(
        pictures.chart(
            reading,
            *("areas", definition.indicator_code, course.kind, course.chosen.period_end, tile_height),
            make=lambda: tile_map(
                reading, definition, reading.ask(subdistricts), course.areas, tile_height=tile_height
            ),
            described=reading.words("indicator.subdistricts"),
            width=width,
        )
    )


def _show_years(reading: Reading, definition: Definition, course: Course) -> None:
    def make() -> pictures.Chart:
        chart = by_year(reading, definition, course.observations)
        assert chart is not None  # there are two years to compare
        return chart

    if compares_years(course.observations):
        title = reading.words("indicator.years")
        show("section_title", title=title, note="")
        put(pictures.chart(reading, "years", definition.indicator_code, course.kind, make=make, described=title))


def _course(reading: Reading, definition: Definition, kind: str, end: str | None) -> Course | None:
    observations = _observations(reading, definition, kind)
    if not observations:
        return None
    chosen = next((row for row in reversed(observations) if end in (None, row.period_end.isoformat())), None)
    if chosen is None:
        return None
    areas = reading.ask(
        indicator.by_subdistrict, definition.indicator_code, period_end=chosen.period_end, period_type=kind
    )
    return Course(kind, observations, chosen, areas)


def _observations(reading: Reading, definition: Definition, kind: str) -> list[Observation]:
    found = reading.ask(indicator.series, definition.indicator_code, period_type=kind, until=reading.visit.as_of)
    return [row for row in found if row.value is not None]
