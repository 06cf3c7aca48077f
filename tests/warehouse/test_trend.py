"""Trends: expectations worked out by hand where the method has a closed form, by counting where it is about chance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from warehouse.publish import trend as fitting
from warehouse.publish.remembered_trends import RememberedTrends, Trend
from warehouse.publish.trend import back_test, continue_trend, drift

pytestmark = pytest.mark.slow


def test_a_straight_line_goes_on() -> None:
    trend = continue_trend([float(2 * month) for month in range(30)], 6)
    assert trend.method == "drift"
    assert trend.values == pytest.approx([60, 62, 64, 66, 68, 70])
    assert trend.error == pytest.approx(0, abs=1e-6)


def test_three_figures_are_enough_and_two_are_not() -> None:
    trend = continue_trend([1.0, 2.0, 4.0], 2)
    # (4 - 1) / 2 = 1.5 a step; nothing is left to test the method on
    assert trend.values == pytest.approx([5.5, 7.0], abs=1e-4)
    assert (trend.method, trend.error, trend.compared) == ("drift", None, 0)
    width = [upper - lower for lower, upper in zip(trend.lower, trend.upper, strict=True)]
    assert 0 < width[0] < width[1]
    with pytest.raises(ValueError, match="a trend needs 3 figures"):
        continue_trend([1.0, None, 2.0], 2)


def test_the_back_test_forecasts_from_earlier_moments_only() -> None:
    # After 3 figures: 3, 4 for 4, 5. After 4: 5.333, 6.667 for 5, 9. After 5: 6.25 for 9.
    found = back_test(np.array([0.0, 1.0, 2.0, 4.0, 5.0, 9.0]), drift, 12)
    assert found.misses == pytest.approx([1, 1, 1 / 3, 7 / 3, 2.75], abs=1e-4)
    assert found.ahead.tolist() == [1, 2, 1, 2, 1]
    assert found.error == pytest.approx((1 + 1 + 1 / 3 + 7 / 3 + 2.75) / 5, abs=1e-4)


def test_a_step_without_a_figure_is_bridged_not_zero() -> None:
    series: list[float | None] = [float(month) for month in range(24)]
    series[5] = series[17] = None
    trend = continue_trend(series, 3)
    assert trend.method == "drift"  # a damped trend needs a history without gaps
    assert trend.values == pytest.approx([24, 25, 26], abs=1e-3)


def test_a_trend_that_fades_out_is_seen_by_its_history() -> None:
    chance = np.random.default_rng(5)
    months = np.arange(36)
    fading = 80 + 15 * (1 - 0.85**months) + chance.normal(0, 0.05, 36)
    trend = continue_trend(fading.tolist(), 24)
    assert trend.method == "damped_trend"
    assert trend.values[-1] < 97  # a drift would go on to 105
    steady = months + chance.normal(0, 1.0, 36)
    assert continue_trend(steady.tolist(), 24).method == "drift"


def test_the_unit_does_not_matter() -> None:
    chance = np.random.default_rng(6)
    figures = np.cumsum(chance.normal(1, 1, 30))
    plain, million = continue_trend(figures.tolist(), 12), continue_trend((1e6 * figures).tolist(), 12)
    assert million.method == plain.method
    assert million.values == pytest.approx([1e6 * value for value in plain.values], rel=1e-6)
    assert million.lower == pytest.approx([1e6 * value for value in plain.lower], rel=1e-6)


def test_the_last_digits_of_the_figures_do_not_move_the_trend() -> None:
    chance = np.random.default_rng(7)
    figures = np.cumsum(chance.normal(1, 1, 30))
    first, second = continue_trend(figures.tolist(), 12), continue_trend((figures * (1 + 1e-14)).tolist(), 12)
    assert second.values == pytest.approx(first.values, rel=1e-12)
    assert second.upper == pytest.approx(first.upper, rel=1e-12)


def test_the_range_holds_about_as_often_as_it_says() -> None:
    """20 random walks with drift, 12 steps ahead: 80 % is 16; fewer than 12 is chance once in a hundred trials."""
    chance = np.random.default_rng(8)
    held = 0
    for _ in range(20):
        walk = np.cumsum(chance.normal(0.5, 1, 42))
        trend = continue_trend(walk[:30].tolist(), 12)
        held += bool(trend.lower[-1] <= walk[-1] <= trend.upper[-1])
    assert held >= 12


def test_a_trend_is_fitted_once_for_the_same_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "build" / "trends.json"
    series = [1.0, None, 2.0, 4.0, 7.0]
    first = RememberedTrends(file)
    fitted = first.continue_trend(series, 2, level=0.8)
    assert fitted == continue_trend(series, 2, level=0.8)
    first.continue_trend([3.0, 2.0, 1.0], 2, level=0.8)
    first.keep()
    calls: list[int] = []

    def counted(series: Sequence[float | None], steps: int, *, level: float) -> Trend:
        calls.append(steps)
        return fitted

    monkeypatch.setattr(fitting, "continue_trend", counted)
    again = RememberedTrends(file)
    assert again.continue_trend([1.0, None, 2.0 + 1e-13, 4.0, 7.0], 2, level=0.8) == fitted
    assert calls == []
    again.continue_trend(series, 3, level=0.8)
    again.continue_trend([1.0, None, 2.0, 4.0, 7.1], 2, level=0.8)
    assert calls == [3, 2]
    again.keep()
    RememberedTrends(file).continue_trend([3.0, 2.0, 1.0], 2, level=0.8)  # not asked for last time: forgotten
    assert calls == [3, 2, 2]
    file.write_text("{half", encoding="utf-8")
    RememberedTrends(file).continue_trend(series, 2, level=0.8)
    assert calls == [3, 2, 2, 2]
