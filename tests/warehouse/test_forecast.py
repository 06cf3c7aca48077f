"""Forecasts as published: which figures they rest on, pace, bounds, the outlook, and when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.warehouse.plan_rows import DISTRICT, MID_2023, PLAN_END, define, observe
from warehouse.publish import progress, snapshot_file

pytestmark = pytest.mark.slow

YEARS_LEFT = (PLAN_END - MID_2023).days / 365.25


def month_ends(first: date, last: date) -> Iterator[date]:
    end = first
    while end <= last:
        yield end
        end = ((end + timedelta(days=1)).replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def monthly(connection: duckdb.DuckDBPyConnection, values: list[float], last: date = MID_2023, **changed: Any) -> None:
    """Values of the months that end with `last`."""
    ends = list(month_ends(date(2018, 1, 31), last))[-len(values) :]
    for end, value in zip(ends, values, strict=True):
        observe(connection, value, end, **changed)


def forecast(connection: duckdb.DuckDBPyConnection, day: date = MID_2023) -> dict[str, Any]:
    progress.fill_progress(connection, day)
    (row,) = snapshot_file.rows(connection, "FROM indicator_forecast")
    return row


def path(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return snapshot_file.rows(connection, "FROM indicator_forecast_path ORDER BY period_end")


def test_a_steady_history_goes_on_to_the_target_date(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    monthly(empty, [float(month) for month in range(1, 31)])  # 1 in 2021-01 to 30 in 2023-06
    row = forecast(empty)
    assert (row["method"], row["points"], row["level"], row["target_date"]) == ("drift", 30, 0.8, PLAN_END)
    assert row["forecast_value"] == pytest.approx(60)  # 30 months on
    assert (row["lower"], row["upper"]) == (pytest.approx(59.5), pytest.approx(60.5))  # known to whole units
    assert row["outlook"] == "will_miss"
    assert row["required_pace"] == pytest.approx(70 / YEARS_LEFT)
    assert row["last_pace"] == pytest.approx(12 / (365 / 365.25))  # 18 in 2022-06
    assert row["trend_pace"] == pytest.approx(30 / YEARS_LEFT)
    assert row["backtest_error"] == pytest.approx(0, abs=1e-6)
    assert row["backtest_count"] > 10
    assert row["refusal_zh"] is row["refusal_en"] is None
    assert "按 30 个数值（截至 2023-06-30，为 30家）" in row["sentence_zh"]
    assert "80% 区间 59.5 至 60.5家：按此趋势达不到目标 100家" in row["sentence_zh"]
    assert "80% range 59.5 to 60.5 units: on this trend the target 100 units is missed" in row["sentence_en"]
    points = path(empty)
    assert [point["period_end"] for point in points] == list(month_ends(MID_2023, PLAN_END))
    assert (points[0]["value"], points[0]["lower"], points[0]["upper"]) == (30, 30, 30)
    assert points[1]["value"] == pytest.approx(31)
    assert points[-1]["value"] == row["forecast_value"]


# 30 in June, a unit a month: 60 +- 0.5 at the end. A target below is met, one within is open.
@pytest.mark.parametrize(("target", "outlook"), [(59, "will_meet"), (60, "may_meet"), (61, "will_miss")])
def test_the_outlook_follows_the_whole_range(empty: duckdb.DuckDBPyConnection, target: float, outlook: str) -> None:
    define(empty, target_value=target)
    monthly(empty, [float(month) for month in range(1, 31)])
    assert forecast(empty)["outlook"] == outlook


@pytest.mark.parametrize(("target", "outlook"), [(41, "will_meet"), (40, "may_meet"), (39, "will_miss")])
def test_lower_is_better(empty: duckdb.DuckDBPyConnection, target: float, outlook: str) -> None:
    define(empty, direction="lower", baseline_value=100, target_value=target)
    monthly(empty, [float(100 - month) for month in range(1, 31)])  # 70 in June, 40 at the end
    row = forecast(empty)
    assert row["outlook"] == outlook
    assert row["required_pace"] == pytest.approx((target - 70) / YEARS_LEFT)


def test_no_share_is_above_its_ceiling_and_no_count_below_nothing(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, unit_zh="%", measure_basis="ratio", ceiling=100.0, target_value=99.9, decimals=1)
    monthly(empty, [70.0 + month + (month % 3) for month in range(24)])
    row = forecast(empty)
    assert (row["forecast_value"], row["upper"]) == (100.0, 100.0)
    assert max(point["upper"] for point in path(empty)) == 100.0

    empty.execute(
        "UPDATE indicator SET direction = 'lower', unit_zh = '家', ceiling = NULL, target_value = 0, "
        "measure_basis = 'stock'"
    )
    empty.execute("UPDATE indicator_observation SET value = 98 - value")
    row = forecast(empty)
    assert (row["forecast_value"], row["lower"]) == (0.0, 0.0)


def test_what_accumulates_does_not_fall(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, measure_basis="cumulative", target_value=1000)
    monthly(empty, [float(value) for value in (5, 40, 41, 42, 90, 91, 91, 92, 150, 150, 151, 151)])
    row = forecast(empty)
    assert row["lower"] >= 151
    assert all(point["lower"] >= 151 for point in path(empty))


def _no_target(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection, target_value=None, target_date=None)
    monthly(connection, [1.0, 2.0, 3.0])


def _met(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection)
    monthly(connection, [80.0, 90.0, 100.0])


def _held(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection, held_reason_zh="检查未通过", held_reason_en="a check failed")
    monthly(connection, [1.0, 2.0, 3.0])


def _missing(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection)
    monthly(connection, [1.0, 2.0, 3.0], date(2023, 4, 30))
    feed = {"feed": "f", "entity": "e", "label_zh": "月报", "label_en": "Returns", "delivered": True}
    snapshot_file.insert(connection, "feed", [feed])
    freshness = {"feed": "f", "entity": "e", "as_of": date(2023, 6, 1), "state": "missing"}
    snapshot_file.insert(connection, "feed_freshness_history", [freshness | {"expected_period_end": date(2023, 5, 31)}])


def _undefined(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection, state="undefined", target_value=None, entities=[], measure_basis=None, period_type=None)


def _neutral(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection, direction="neutral")
    monthly(connection, [1.0, 2.0, 3.0])


def _past(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection, target_date=date(2023, 6, 30))
    monthly(connection, [1.0, 2.0, 3.0])


def _few(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection)
    monthly(connection, [1.0, 2.0])


def _provisional(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection)
    monthly(connection, [1.0, 2.0], date(2023, 5, 31))
    observe(connection, 0.5, is_provisional=True)


def _two_years(connection: duckdb.DuckDBPyConnection) -> None:
    """Thirty months that add up within the year, but two whole years."""
    define(connection, period_type="year_to_date", measure_basis="flow", target_value=3000)
    for end in month_ends(date(2021, 1, 31), MID_2023):
        observe(connection, 100.0 * end.month, end, period_type="year_to_date", start=date(end.year, 1, 1))


def _changed(connection: duckdb.DuckDBPyConnection) -> None:
    change = {"version": 2, "from": date(2023, 5, 1), "zh": "更严", "en": "stricter", "bridge": None}
    define(connection, definition_version=2, changes=[change])
    monthly(connection, [float(month) for month in range(28)], date(2023, 4, 30))
    monthly(connection, [20.0, 21.0], definition_version=2)


def _no_period_left(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection, target_date=date(2023, 7, 15), target_value=50)
    monthly(connection, [1.0, 2.0, 3.0], date(2023, 6, 30))
    connection.execute("UPDATE indicator SET target_date = DATE '2023-12-30', period_type = 'year'")
    connection.execute("DELETE FROM indicator_observation")
    for year in (2020, 2021, 2022):
        observe(connection, year - 2015.0, date(year, 12, 31), period_type="year", start=date(year, 1, 1))
    connection.execute("UPDATE indicator SET target_date = DATE '2023-11-30'")


def _unmoved(connection: duckdb.DuckDBPyConnection) -> None:
    define(connection)
    monthly(connection, [3.0] * 30)


def _overlapping(connection: duckdb.DuckDBPyConnection) -> None:
    """Twelve months that move along: each shares eleven with the next."""
    define(connection, period_type="window", measure_basis="windowed_ratio", unit_zh="%", ceiling=100.0)
    for place, end in enumerate(month_ends(date(2022, 1, 31), MID_2023)):
        start = date(end.year - 1, end.month, 1)
        observe(connection, 60.0 + place, end, period_type="window", start=start, denominator=100.0)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (_undefined, "no statistical definition"),
        (_held, "on hold"),
        (_missing, "newest figure is missing"),
        (_no_target, "no target is set"),
        (_neutral, "neutral"),
        (_past, "the target date has come"),
        (_met, "reached already"),
        (_few, "there are 2 figures, three are needed"),
        (_provisional, "there are 2 figures, three are needed"),
        (_two_years, "figures of 2 whole years, three are needed"),
        (_changed, "not comparable, and since then there are 2 of the three needed"),
        (_no_period_left, "no whole period is left"),
        (_unmoved, "30 figures since 2021-01-31 have not moved"),
        (_overlapping, "the windows overlap"),
    ],
)
def test_a_refusal_says_why_and_gives_no_number(empty: duckdb.DuckDBPyConnection, rows: Any, reason: str) -> None:
    rows(empty)
    row = forecast(empty)
    assert reason in row["refusal_en"]
    assert row["refusal_zh"] in row["sentence_zh"]
    assert row["sentence_en"].startswith("No forecast: ")
    for name in ("method", "forecast_value", "lower", "upper", "outlook", "trend_pace", "backtest_error"):
        assert row[name] is None
    assert path(empty) == []


def test_pace_is_told_where_only_the_trend_is_refused(empty: duckdb.DuckDBPyConnection) -> None:
    _unmoved(empty)
    row = forecast(empty)
    assert row["required_pace"] == pytest.approx(97 / YEARS_LEFT)
    assert row["last_pace"] == 0
    assert "近期实际每年 0.0家" in row["sentence_zh"]


def test_one_figure_has_no_pace_of_its_own(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    monthly(empty, [30.0])
    row = forecast(empty)
    assert (row["points"], row["last_pace"]) == (1, None)
    assert row["sentence_zh"] == (
        "不作推算：只有 1 个数值，至少须有三个。自 2023-06-30 起须每年 +27.9家 才能按期达到目标 100家。"
    )


def test_pace_without_a_year_goes_back_to_the_figure_before(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    monthly(empty, [1.0, 2.0, 4.0])
    assert forecast(empty)["last_pace"] == pytest.approx(2 / (30 / 365.25))  # May to June


def test_whole_years_are_set_beside_each_other(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, period_type="year_to_date", measure_basis="flow", baseline_value=1000, target_value=1900)
    for end in month_ends(date(2019, 1, 31), MID_2023):
        full_year = 1000 + 100 * (end.year - 2019)
        observe(empty, full_year * end.month / 12, end, period_type="year_to_date", start=date(end.year, 1, 1))
    row = forecast(empty)
    assert row["points"] == 4  # 2019 to 2022; the sum to June 2023 is not one of them
    assert row["forecast_value"] == pytest.approx(1600, rel=1e-4)  # 1300 in 2022, three years on
    assert row["last_pace"] == pytest.approx(100 / (365 / 365.25))
    assert [point["period_end"].year for point in path(empty)] == [2022, 2023, 2024, 2025]


def test_a_bridge_lets_the_trend_rest_on_both_sides(empty: duckdb.DuckDBPyConnection) -> None:
    bridge = {"factor": 0.5, "reason": "双轨期比值"}
    change = {"version": 2, "from": date(2023, 5, 1), "zh": "更严", "en": "stricter", "bridge": bridge}
    define(empty, definition_version=2, changes=[change])
    monthly(empty, [2.0 * month for month in range(1, 29)], date(2023, 4, 30))  # twice what version 2 counts
    monthly(empty, [29.0, 30.0], definition_version=2)
    row = forecast(empty)
    assert row["points"] == 30
    assert row["forecast_value"] == pytest.approx(60)
    assert row["last_pace"] == pytest.approx(12 / (365 / 365.25))


def test_after_a_change_without_a_bridge_the_trend_rests_on_what_came_since(empty: duckdb.DuckDBPyConnection) -> None:
    change = {"version": 2, "from": date(2022, 7, 1), "zh": "更严", "en": "stricter", "bridge": None}
    define(empty, definition_version=2, changes=[change])
    monthly(empty, [500.0 - month for month in range(18)], date(2022, 6, 30))
    monthly(empty, [float(month) for month in range(1, 13)], definition_version=2)
    row = forecast(empty)
    assert row["points"] == 12
    assert row["forecast_value"] == pytest.approx(42)
    assert row["last_pace"] == pytest.approx(1 / (30 / 365.25))  # no figure a year ago that could be compared


def test_a_growing_window_is_continued_by_its_months(empty: duckdb.DuckDBPyConnection) -> None:
    """100 cases a month, of which 60 in the first month and one more each month are online: 89 in the 30th."""
    define(
        empty,
        period_type="window",
        measure_basis="windowed_ratio",
        unit_zh="%",
        ceiling=100.0,
        target_value=90,
        decimals=2,
    )
    online = cases = 0.0
    for place, end in enumerate(month_ends(date(2021, 1, 31), MID_2023)):
        online, cases = online + 60 + place, cases + 100
        observe(
            empty,
            100 * online / cases,
            end,
            period_type="window",
            start=date(2021, 1, 1),
            numerator=online,
            denominator=cases,
        )
    row = forecast(empty)
    # Months 31 to 60 bring 90, 91 ... 99 and then 100 of 100, none more.
    later = sum(min(60 + place, 100) for place in range(30, 60))
    assert row["forecast_value"] == pytest.approx(100 * (online + later) / (cases + 3000), abs=0.05)
    assert row["outlook"] == "will_miss"
    assert row["points"] == 30


def test_only_the_district_total_counts(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    monthly(empty, [float(month) for month in range(1, 31)])
    monthly(empty, [1000.0 * month for month in range(1, 31)], area_code="310105001")
    assert forecast(empty)["forecast_value"] == pytest.approx(60)
    assert empty.execute("SELECT count(*) FROM indicator_observation WHERE area_code = ?", [DISTRICT]).fetchone() == (
        30,
    )
