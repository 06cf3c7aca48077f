"""Charts of an indicator: the plan's path, gaps, breaks of the definition, subdistricts without a figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.components import charts
from app.components.tilemap import short_name, tile_map
from app.components.years_chart import by_year
from app.queries import Published, subdistricts
from app.reading import Reading
from app.visit import Visit
from app.words import Words
from warehouse.home import Home
from warehouse.read import SnapshotReader, indicator
from warehouse.read.indicator import Observation
from warehouse.read.overview import snapshot_info
from warehouse.read.plan import ForecastPoint

pytestmark = pytest.mark.slow


@pytest.fixture
def reading(published_home: Home) -> Reading:
    reader = SnapshotReader(published_home)
    return Reading(Visit(Words("zh"), "light", debug=False), Published(reader), snapshot_info(reader))


def _month(month: int, value: float | None, version: int = 1) -> Observation:
    start = date(2023, month, 1)
    end = date(2023 + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return Observation(
        "S15", version, "month", start, end, "310105", None, None, value, 1.0, [], "published", month == 6
    )


def _values(chart: Any, *kinds: str) -> list[dict[str, Any]]:
    """The rows of all layers whose mark is one of `kinds`."""
    spec = chart.to_dict()
    datasets = spec.get("datasets", {})
    rows: list[dict[str, Any]] = []
    for layer in spec["layer"]:
        if layer["mark"]["type"] in kinds:
            data = layer.get("data", spec.get("data", {}))
            rows += data.get("values") or datasets[data["name"]]
    return rows


def test_a_missing_month_leaves_a_gap() -> None:
    assert charts.segments([_month(month, 1.0) for month in (2, 3, 4, 6, 7)]) == [0, 0, 0, 1, 1]


def test_months_of_different_length_are_no_gap() -> None:
    assert charts.segments([_month(month, 1.0) for month in range(1, 12)]) == [0] * 11


def test_a_new_definition_begins_a_new_line_and_is_marked(reading: Reading) -> None:
    rows = [_month(month, float(month), version=1 if month < 4 else 2) for month in range(1, 7)]
    assert charts.segments(rows) == [0, 0, 0, 1, 1, 1]
    assert charts.definition_breaks(rows) == [(date(2023, 4, 30), 2)]
    definition = reading.ask(indicator.definition, "S15")
    [label] = _values(charts.series(reading, definition, rows, whole_plan=False), "text")
    assert (label["day"], label["label"], label["told"]) == (
        "2023-04-30",
        "口径第 2 版起",
        "口径第 2 版起 · 前后不可比",
    )
    change = {
        "version": 2,
        "from": date(2023, 4, 1),
        "zh": "不计临时车位",
        "en": "without temporary spaces",
        "bridge": None,
    }
    told = replace(definition, changes=[change])
    [label] = _values(charts.series(reading, told, rows, whole_plan=False), "text")
    assert label["label"] == "口径第 2 版起：不计临时车位"
    bridged = replace(definition, changes=[change | {"bridge": {"factor": 0.9, "reason": "并行一年"}}])
    [label] = _values(charts.series(reading, bridged, rows, whole_plan=False), "text")
    assert label["told"].endswith("前后按系数 0.9 衔接（并行一年）")


def test_one_observation_is_one_line() -> None:
    assert charts.segments([_month(5, 1.0)]) == [0]
    assert charts.definition_breaks([_month(5, 1.0)]) == []


def test_the_path_runs_from_baseline_over_milestones_to_the_target(reading: Reading) -> None:
    definition = reading.ask(indicator.definition, "HSP01")
    path = [(date(2020, 12, 31), 80.0), (date(2023, 12, 31), 90.0), (date(2025, 12, 31), 98.0)]
    assert charts.plan_path(definition) == path
    assert charts.plan_path(replace(definition, target_value=None)) == []
    assert charts.plan_path(replace(definition, baseline_value=None)) == []
    drawn = _values(charts.series(reading, definition, [_month(5, 95.0), _month(6, 95.1)], whole_plan=True), "line")
    assert [(row["day"], row["value"]) for row in drawn if row["kind"] == "计划路径"] == [
        (day.isoformat(), value) for day, value in path
    ]


def test_the_time_axis_covers_the_plan_or_the_data(reading: Reading) -> None:
    definition = reading.ask(indicator.definition, "S15")
    rows = [_month(5, 81.9), _month(6, 82.0)]

    def domain(whole_plan: bool) -> list[str]:
        spec = charts.series(reading, definition, rows, whole_plan=whole_plan).to_dict()
        found: list[str] = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
        return found

    assert domain(True) == ["2021-01-01", "2025-12-31"]
    assert domain(False) == ["2023-05-31", "2023-06-30"]


def test_a_forecast_is_a_line_within_its_range(reading: Reading) -> None:
    definition = reading.ask(indicator.definition, "S15")
    forecast = [
        ForecastPoint(date(2023, 6, 30), 82.0, 82.0, 82.0),
        ForecastPoint(date(2025, 12, 31), 93.0, 90.0, 96.0),
    ]
    chart = charts.series(reading, definition, [_month(5, 81.9), _month(6, 82.0)], forecast=forecast, whole_plan=True)
    [_, end] = _values(chart, "area")
    assert (end["value"], end["lower"], end["upper"]) == (93.0, 90.0, 96.0)
    assert end["told"] == "推算 · 2025-12-31 · 区间 90.0 % — 96.0 %：93.0 %"
    without = charts.series(reading, definition, [_month(5, 81.9), _month(6, 82.0)], whole_plan=True)
    assert _values(without, "area") == []


def test_years_stand_above_each_other_and_break_with_the_definition(reading: Reading) -> None:
    definition = reading.ask(indicator.definition, "S15")
    rows = [
        replace(_month(month, 70.0 + month, version=1 if year == 2022 or month < 3 else 2), period_end=end)
        for year in (2022, 2023)
        for month in range(1, 5)
        for end in [date(year, month + 1, 1) - timedelta(days=1)]
    ]
    drawn = by_year(reading, definition, rows)
    assert drawn is not None
    lines = _values(drawn, "line")
    assert {row["year"] for row in lines} == {"2022", "2023"}
    assert len({row["segment"] for row in lines if row["year"] == "2023"}) == 2
    assert [row["year"] for row in _values(drawn, "text")] == ["2022", "2023"]
    assert by_year(reading, definition, rows[:4]) is None  # one year has nothing beside it


def test_a_subdistrict_without_a_figure_keeps_its_tile_and_is_no_zero(reading: Reading) -> None:
    definition = reading.ask(indicator.definition, "S14")
    areas = reading.ask(subdistricts)
    rows = reading.ask(indicator.by_subdistrict, "S14", period_end=date(2023, 6, 30))[:3]
    tiles = _values(tile_map(reading, definition, areas, rows), "rect")[: len(areas)]
    assert len(tiles) == len(areas)
    assert sorted(tile["printed"] for tile in tiles if tile["value"] is None) == ["—", "—"]
    assert {tile["value"] for tile in tiles} - {None} == {row.value for row in rows}
    assert len({(tile["row"], tile["column"]) for tile in tiles}) == len(areas)


def test_tiles_say_name_and_figure_besides_the_colour(reading: Reading) -> None:
    definition = reading.ask(indicator.definition, "S14")
    rows = reading.ask(indicator.by_subdistrict, "S14")
    spec = tile_map(reading, definition, reading.ask(subdistricts), rows).to_dict()
    texts = [layer["encoding"]["text"]["field"] for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    assert texts == ["short", "printed"]
    assert short_name("华阳路街道") == "华阳路"
    assert short_name("新泾镇") == "新泾镇"
    assert short_name("Xinjing Town") == "Xinjing"
