"""Progress against the plan: every expectation here was worked out by hand from the definition in the comment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.plan_rows import MID_2023, PLAN_END, define, fresh, observe, status

HALF = 911 / 1826


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (date(2020, 12, 31), 0.0),
        (date(2021, 1, 1), 1 / 1826),
        (date(2022, 12, 31), 730 / 1826),
        (MID_2023, 911 / 1826),
        (PLAN_END, 1.0),
        (date(2027, 1, 1), 1.0),
    ],
)
def test_time_share_counts_days(empty: duckdb.DuckDBPyConnection, day: date, share: float) -> None:
    define(empty)
    observe(empty, 1.0, date(2021, 1, 31))
    assert status(empty, day)["time_share"] == pytest.approx(share, abs=1e-12)


def test_mid_2023_is_49_9_percent(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 50.0)
    assert round(100 * status(empty)["time_share"], 1) == 49.9


# definition, value at 2023-06-30, expected share of the way, expected word
CASES: list[tuple[str, dict[str, Any], float, float | None, str]] = [
    ("zero baseline, half way", {}, 50, 0.5, "on_schedule"),
    ("zero baseline, 45 %: 4.9 points short is within 5", {}, 45, 0.45, "on_schedule"),
    ("zero baseline, 44.8 %: 5.1 points short", {}, 44.8, 0.448, "behind"),
    ("zero baseline, 54.8 %: 4.9 points above", {}, 54.8, 0.548, "on_schedule"),
    ("zero baseline, 55 %: 5.1 points above", {}, 55, 0.55, "ahead"),
    ("4 to 10, now 5.9: 1.9 / 6", {"baseline_value": 4, "target_value": 10}, 5.9, 1.9 / 6, "behind"),
    ("1 to 10, now 3: 2 / 9 although growth flatters", {"baseline_value": 1, "target_value": 10}, 3, 2 / 9, "behind"),
    ("reached", {}, 100, 1.0, "achieved_early"),
    ("above the target", {}, 120, 1.2, "achieved_early"),
    ("just short of the target is not reached", {}, 99.99, 0.9999, "ahead"),
    ("not started: still at the baseline", {"baseline_value": 40}, 40, 0.0, "behind"),
    ("fallen below the baseline", {"baseline_value": 40}, 31, -0.15, "behind"),
    (
        "at the ceiling from the beginning",
        {"baseline_value": 100, "ceiling": 100.0, "unit_zh": "%"},
        100,
        1.0,
        "achieved_early",
    ),
    (
        "target above the ceiling counts as the ceiling",
        {"target_value": 105, "ceiling": 100.0},
        100,
        1.0,
        "achieved_early",
    ),
    ("to be kept at 100, now 98", {"baseline_value": 100}, 98, None, "behind"),
    (
        "lower is better, half way",
        {"direction": "lower", "baseline_value": 30, "target_value": 10},
        20,
        0.5,
        "on_schedule",
    ),
    ("lower is better, slow", {"direction": "lower", "baseline_value": 30, "target_value": 10}, 25, 0.25, "behind"),
    ("lower is better, quick", {"direction": "lower", "baseline_value": 30, "target_value": 10}, 12, 0.9, "ahead"),
    (
        "lower is better, reached",
        {"direction": "lower", "baseline_value": 30, "target_value": 10},
        9.5,
        1.025,
        "achieved_early",
    ),
    ("lower is better, gone up", {"direction": "lower", "baseline_value": 30, "target_value": 10}, 34, -0.2, "behind"),
    # 0 to 10 asks for 4.99 pieces: 4 is the whole number below, 3 is more than one piece short, 6 more than one above.
    ("whole steps, one below", {"target_value": 10, "integer_steps": True}, 4, 0.4, "on_schedule"),
    ("the same without whole steps", {"target_value": 10}, 4, 0.4, "behind"),
    ("whole steps, two below", {"target_value": 10, "integer_steps": True}, 3, 0.3, "behind"),
    ("whole steps, next above", {"target_value": 10, "integer_steps": True}, 5, 0.5, "on_schedule"),
    ("whole steps, over one above", {"target_value": 10, "integer_steps": True}, 6, 0.6, "ahead"),
    (
        "whole steps, lower is better",
        {"direction": "lower", "baseline_value": 10, "target_value": 0, "integer_steps": True},
        6,
        0.4,
        "on_schedule",
    ),
    (
        "accumulates from nothing without a baseline",
        {"measure_basis": "cumulative", "baseline_value": None},
        50,
        0.5,
        "on_schedule",
    ),
    (
        "a ratio over the plan's window is set on the straight line",
        {"measure_basis": "windowed_ratio", "baseline_value": 80, "target_value": 95, "unit_zh": "%"},
        91.89,
        11.89 / 15,
        "ahead",
    ),
    ("a stock without a baseline has no way", {"baseline_value": None}, 50, None, "not_assessed"),
    ("without a baseline a reached target still counts", {"baseline_value": None}, 100, None, "achieved_early"),
    ("no target", {"target_value": None, "target_date": None}, 50, None, "not_assessed"),
    (
        "no target but a ceiling",
        {"target_value": None, "target_date": None, "ceiling": 100.0},
        100,
        None,
        "not_assessed",
    ),
    ("neutral", {"direction": "neutral"}, 50, 0.5, "not_assessed"),
    ("an own target date: 911 of 1095 days", {"target_date": date(2023, 12, 31)}, 50, 0.5, "behind"),
    ("negative values: -20 to 20, now 0", {"baseline_value": -20, "target_value": 20}, 0, 0.5, "on_schedule"),
]


@pytest.mark.parametrize(
    ("definition", "value", "share", "word"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_pace(
    empty: duckdb.DuckDBPyConnection, definition: dict[str, Any], value: float, share: float | None, word: str
) -> None:
    define(empty, **definition)
    observe(empty, value)
    row = status(empty)
    assert row["status"] == word
    assert row["progress_share"] == (None if share is None else pytest.approx(share, abs=1e-12))
    assert row["value"] == value
    assert row["status_zh"]
    assert row["status_en"]
    assert row["sentence_zh"]
    assert row["sentence_en"]


def test_required_value_lies_on_the_path(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, baseline_value=4, target_value=10)
    observe(empty, 5.9)
    row = status(empty)
    assert row["required_value"] == pytest.approx(4 + 6 * HALF)
    assert row["required_share"] == pytest.approx(HALF)


# From 0 over 60 on 2023-12-31 (day 1095) to 100: on 2023-06-30 the path asks for 60 * 911 / 1095 = 49.918.
@pytest.mark.parametrize(("value", "word"), [(48, "on_schedule"), (40, "behind"), (60, "ahead")])
def test_milestones_replace_the_straight_line(empty: duckdb.DuckDBPyConnection, value: float, word: str) -> None:
    define(empty, milestones=[{"date": date(2023, 12, 31), "value": 60.0}])
    observe(empty, value)
    row = status(empty)
    assert row["required_value"] == pytest.approx(60 * 911 / 1095)
    assert row["status"] == word
    assert "按计划路径应完成 49.9%" in row["sentence_zh"]


def test_path_between_milestone_and_target(empty: duckdb.DuckDBPyConnection) -> None:
    # Milestone 20 on 2022-12-31 (day 730), target 100 on day 1826; on day 911: 20 + 80 * 181 / 1096.
    define(empty, milestones=[{"date": date(2022, 12, 31), "value": 20.0}])
    observe(empty, 35)
    row = status(empty)
    assert row["required_value"] == pytest.approx(20 + 80 * 181 / 1096)
    assert row["status"] == "on_schedule"


# 2 km of 2,000 yuan a year: by 2023-06-30 181 of 365 days; 900 within the year is 900 * 365 / 181 = 1814.9 a year.
def test_sum_within_the_year_is_set_against_the_years_end(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, period_type="year_to_date", measure_basis="flow", baseline_value=1000, target_value=2000)
    observe(empty, 900, period_type="year_to_date", start=date(2023, 1, 1))
    row = status(empty)
    annual = 900 * 365 / 181
    required = 1000 + 1000 * 1095 / 1826  # the path at the end of 2023
    assert row["progress_share"] == pytest.approx((annual - 1000) / 1000)
    assert row["required_value"] == pytest.approx(required * 181 / 365)
    assert row["status"] == "ahead"
    assert "按全年折算" in row["sentence_zh"]


def test_a_low_sum_early_in_the_year_is_not_an_achieved_lower_target(empty: duckdb.DuckDBPyConnection) -> None:
    define(
        empty,
        period_type="year_to_date",
        measure_basis="flow",
        direction="lower",
        baseline_value=1000,
        target_value=500,
    )
    observe(empty, 450, period_type="year_to_date", start=date(2023, 1, 1))
    assert status(empty)["status"] == "behind"  # 450 * 365 / 181 = 907 a year


@pytest.mark.parametrize(
    ("day", "value", "word", "sentence"),
    [
        (PLAN_END, 99.0, "behind", "未达到目标"),
        (date(2026, 3, 31), 99.0, "behind", "未达到目标"),
        (PLAN_END, 100.0, "on_schedule", "如期达到"),
        (date(2026, 3, 31), 100.0, "on_schedule", "如期达到"),
    ],
)
def test_from_the_target_date_on_there_is_no_tolerance(
    empty: duckdb.DuckDBPyConnection, day: date, value: float, word: str, sentence: str
) -> None:
    define(empty)
    observe(empty, value, PLAN_END)
    row = status(empty, day)
    assert row["status"] == word
    assert sentence in row["sentence_zh"]


@pytest.mark.parametrize(
    ("expected", "value", "word"),
    [
        (date(2025, 11, 30), 97.0, "on_schedule"),  # December is not due: 3 points short of the way
        (date(2025, 11, 30), 90.0, "behind"),  # 10 points short, whatever December brings
        (date(2025, 12, 31), 97.0, "missing"),  # December is due
        (None, 97.0, "behind"),  # nothing is expected of this feed
    ],
)
def test_the_last_word_waits_for_the_last_period(
    empty: duckdb.DuckDBPyConnection, expected: date | None, value: float, word: str
) -> None:
    define(empty)
    observe(empty, value, date(2025, 11, 30))
    fresh(empty, "on_time", expected=expected)
    row = status(empty, PLAN_END)
    assert row["status"] == word
    assert ("未达到目标" in row["sentence_zh"]) == (expected is None)


def test_a_target_reached_before_its_date_stays_achieved_early(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 100, date(2025, 11, 30))
    observe(empty, 101, PLAN_END)
    row = status(empty, date(2026, 2, 1))
    assert row["status"] == "achieved_early"
    assert "2025-11-30" in row["sentence_zh"]


def test_as_of_takes_the_last_period_that_has_ended(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    for month, value in ((4, 41.0), (5, 45.0), (6, 50.0)):
        observe(empty, value, date(2023, month + 1, 1) - timedelta(days=1))
    row = status(empty, date(2023, 6, 29))
    assert (row["value"], row["period_end"], row["previous_value"]) == (45.0, date(2023, 5, 31), 41.0)
    assert status(empty, MID_2023)["value"] == 50.0
    assert status(empty, date(2023, 3, 31))["value"] is None


def test_only_the_district_and_the_main_kind_of_period_count(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 50.0)
    observe(empty, 7.0, area_code="310105001")
    observe(empty, 99.0, period_type="day", start=MID_2023)
    assert status(empty)["value"] == 50.0


def test_before_the_plan_pace_is_not_judged(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 50.0, date(2016, 11, 30))
    row = status(empty, date(2016, 12, 19))
    assert (row["status"], row["value"], row["time_share"]) == ("not_due", 50.0, 0.0)


# A window from the first day of the plan, restated every month: the newest one counts, set on the straight line.
def test_a_growing_window_is_judged_by_its_newest_figure(empty: duckdb.DuckDBPyConnection) -> None:
    define(
        empty,
        period_type="window",
        measure_basis="windowed_ratio",
        baseline_value=80,
        target_value=95,
        unit_zh="%",
        decimals=2,
    )
    for end, value in ((date(2023, 5, 31), 91.80), (MID_2023, 91.89)):
        observe(empty, value, end, period_type="window", start=date(2021, 1, 1))
    fresh(empty, "on_time", expected=MID_2023)
    row = status(empty)
    assert (row["value"], row["previous_value"], row["period_start"]) == (91.89, 91.80, date(2021, 1, 1))
    assert row["progress_share"] == pytest.approx(11.89 / 15)
    assert (row["status"], row["required_value"]) == ("ahead", pytest.approx(80 + 15 * HALF))
    assert "91.89%" in row["sentence_zh"]


def test_undefined_gives_no_number(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, state="undefined", target_value=None, entities=[])
    row = status(empty)
    assert (row["status"], row["value"], row["status_zh"]) == ("undefined", None, "暂无统计口径")


@pytest.mark.parametrize(("value", "word"), [(None, "undefined"), (50.0, "on_schedule")])
def test_a_definition_being_drafted(empty: duckdb.DuckDBPyConnection, value: float | None, word: str) -> None:
    define(empty, state="drafting")
    if value is not None:
        observe(empty, value)
    assert status(empty)["status"] == word


def test_held_keeps_its_value(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, held_reason_zh="发布检查未通过", held_reason_en="a check failed")
    observe(empty, 100.0)
    row = status(empty)
    assert (row["status"], row["value"]) == ("held", 100.0)
    assert "发布检查未通过" in row["sentence_zh"]
    assert "a check failed" in row["sentence_en"]


def test_held_without_an_earlier_figure(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, held_reason_zh="发布检查未通过")
    row = status(empty)
    assert (row["status"], row["value"]) == ("held", None)
    assert "尚无可沿用的数值" in row["sentence_zh"]


@pytest.mark.parametrize(
    ("state", "delivered", "word"),
    [
        ("not_due", True, "not_due"),
        ("missing", True, "missing"),
        ("late", True, "missing"),
        ("on_time", True, "missing"),
        ("on_time", False, "missing"),
    ],
)
def test_without_any_figure(empty: duckdb.DuckDBPyConnection, state: str, delivered: bool, word: str) -> None:
    define(empty)
    fresh(empty, state, delivered=delivered)
    row = status(empty)
    assert (row["status"], row["value"], row["progress_share"]) == (word, None, None)


def test_a_feed_that_is_not_connected_is_named(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    fresh(empty, "not_delivered", delivered=False)
    row = status(empty)
    assert "月报未接入" in row["sentence_zh"]
    assert "Returns not connected" in row["sentence_en"]
    assert row["freshness"] == "not_delivered"


# Figures up to May. What the calendar expects decides whether June is missing, late or not due.
@pytest.mark.parametrize(
    ("state", "expected", "word"),
    [
        ("missing", date(2023, 6, 30), "missing"),
        ("missing", date(2023, 6, 29), "on_schedule"),  # June is not over for this feed: May is the newest whole month
        ("late", date(2023, 6, 30), "on_schedule"),  # within the days of grace the last figure stands
        ("not_due", None, "on_schedule"),
        ("on_time", date(2023, 6, 30), "missing"),  # delivered, but nothing usable for June
        ("on_time", date(2023, 5, 31), "on_schedule"),
    ],
)
def test_the_newest_period_is_missing(
    empty: duckdb.DuckDBPyConnection, state: str, expected: date | None, word: str
) -> None:
    define(empty)
    observe(empty, 50.0, date(2023, 5, 31))
    fresh(empty, state, expected=expected)
    row = status(empty)
    assert (row["status"], row["value"], row["freshness"]) == (word, 50.0, state)


def test_a_year_is_expected_when_it_is_over(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, period_type="year")
    observe(empty, 45.0, date(2022, 12, 31), period_type="year", start=date(2022, 1, 1))
    fresh(empty, "on_time", expected=date(2023, 5, 31))
    row = status(empty)
    assert (row["status"], row["expected_period_end"]) == ("on_schedule", date(2022, 12, 31))


@pytest.mark.parametrize(("end", "word"), [(date(2023, 4, 30), "missing"), (date(2023, 5, 31), "ahead")])
def test_a_window_is_expected_up_to_the_last_month_delivered(
    empty: duckdb.DuckDBPyConnection, end: date, word: str
) -> None:
    define(empty, period_type="window", measure_basis="windowed_ratio", baseline_value=80, target_value=95, unit_zh="%")
    observe(empty, 91.89, end, period_type="window", start=date(2021, 1, 1))
    observe(empty, 97.0, end)  # the month alone is another kind of figure
    fresh(empty, "on_time", expected=date(2023, 5, 31))
    row = status(empty)
    assert (row["status"], row["value"], row["expected_period_end"]) == (word, 91.89, date(2023, 5, 31))


def test_worst_upstream_state_and_history(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, entities=["f.e", "f.other"])
    observe(empty, 50.0, date(2023, 4, 30))
    observe(empty, 50.0)
    fresh(empty, "on_time")
    fresh(empty, "on_time", entity="other")
    fresh(empty, "late", entity="other", since=date(2023, 6, 1))
    assert status(empty)["freshness"] == "late"
    assert status(empty, date(2023, 5, 31))["freshness"] == "on_time"


def test_sentences_state_the_numbers_they_rest_on(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, baseline_value=4, target_value=10, decimals=1)
    observe(empty, 5.9)
    row = status(empty)
    # 49.9 - 31.7 = 18.2 percentage points
    assert row["sentence_zh"] == (
        "截至 2023-06-30 为 5.9家，时间过去 49.9%，完成 31.7%，差 18.2 个百分点；目标 10.0家（2025-12-31）。"
    )
    assert row["sentence_en"] == (
        "5.9 units as of 2023-06-30: 49.9% of the time gone, 31.7% of the way gone, 18.2 percentage points short; "
        "target 10.0 units (2025-12-31)."
    )


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (9999.0, "9,999人", "9,999 people"),
        (10000.0, "1万人", "10,000 people"),
        (600_000.0, "60万人", "600,000 people"),
        (12_345_678.0, "1234.57万人", "12.35 m people"),
        (935_000_000.0, "9.35亿人", "935 m people"),
    ],
)
def test_large_numbers_are_written_in_wan_and_yi(
    empty: duckdb.DuckDBPyConnection, value: float, zh: str, en: str
) -> None:
    define(empty, target_value=None, target_date=None, unit_zh="人", unit_en="people")
    observe(empty, value)
    row = status(empty)
    assert f"为 {zh}，" in row["sentence_zh"]
    assert row["sentence_en"].startswith(f"{en} as of")


def test_an_illustrative_target_says_so(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, target_illustrative=True)
    observe(empty, 50.0)
    row = status(empty)
    assert row["target_is_illustrative"] is True
    assert row["sentence_zh"].endswith("目标为示意值。")


_NUMBERS = st.floats(-1000, 1000, allow_nan=False).map(lambda number: round(number, 3))


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_NUMBERS, _NUMBERS, _NUMBERS), min_size=1, max_size=20))
def test_lower_is_better_is_the_mirror_of_higher_is_better(
    empty: duckdb.DuckDBPyConnection, cases: list[tuple[float, float, float]]
) -> None:
    empty.execute("DELETE FROM indicator")
    empty.execute("DELETE FROM indicator_observation")
    for place, (baseline, target, value) in enumerate(cases):
        for code, sign, direction in ((f"H{place}", 1, "higher"), (f"L{place}", -1, "lower")):
            define(
                empty,
                indicator_code=code,
                direction=direction,
                baseline_value=sign * baseline,
                target_value=sign * target,
            )
            observe(empty, sign * value, indicator_code=code)
    rows = empty.execute(
        "SELECT indicator_code, status, progress_share FROM indicator_status_at(?) ORDER BY indicator_code", [MID_2023]
    ).fetchall()
    half = len(cases)
    assert [row[1:] for row in rows[:half]] == [row[1:] for row in rows[half:]]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_NUMBERS, _NUMBERS.filter(lambda target: abs(target) > 1), st.lists(_NUMBERS, min_size=2, max_size=20))
def test_a_better_value_never_has_a_worse_status(
    empty: duckdb.DuckDBPyConnection, baseline: float, target: float, values: list[float]
) -> None:
    empty.execute("DELETE FROM indicator")
    empty.execute("DELETE FROM indicator_observation")
    for place, value in enumerate(sorted(values)):
        code = f"X{place:02d}"
        define(empty, indicator_code=code, baseline_value=min(baseline, target) - 1, target_value=target)
        observe(empty, value, indicator_code=code)
    found = empty.execute("SELECT status FROM indicator_status_at(?) ORDER BY indicator_code", [MID_2023]).fetchall()
    order = ["behind", "on_schedule", "ahead", "achieved_early"]
    ranks = [order.index(row[0]) for row in found]
    assert ranks == sorted(ranks)
