"""The public tables `indicator_forecast` and `indicator_forecast_path`.

Belongs here: laying a series on equal steps, windows, bounds, the outlook. Does not belong here: which figures count,
refusals, pace and sentences (`forecast.sql`), fitting (`trend.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from warehouse.publish import snapshot_file
from warehouse.publish.remembered_trends import RememberedTrends, Trend

_SENTENCES = Path(__file__).with_name("forecast_sentences.sql")
# The range that the issue and the design ask for: four times out of five the value lies within it.
LEVEL = 0.8
# Steps over which the usual size of a window's next periods is averaged: a year of months, so that seasons even out.
_WINDOW_STEPS = 12

_Row = Mapping[str, Any]


def fill_forecasts(connection: duckdb.DuckDBPyConnection, as_of: date, trends: RememberedTrends) -> None:
    """Fill both tables for a day (district-local); figures, their status then and the macros are there before."""
    connection.execute("CREATE TEMP TABLE trend_figure AS FROM trend_figure_at(CAST(? AS DATE))", [as_of])
    connection.execute("CREATE TEMP TABLE forecast_basis AS FROM forecast_basis_of('indicator_status', 'trend_figure')")
    bases = snapshot_file.rows(connection, "FROM forecast_basis ORDER BY indicator_code")
    figures = snapshot_file.rows(
        connection, "FROM trend_figure WHERE value IS NOT NULL ORDER BY indicator_code, period_end, period_start"
    )
    series: dict[str, list[_Row]] = {}
    for figure in figures:
        series.setdefault(figure["indicator_code"], []).append(figure)
    rows: list[dict[str, Any]] = []
    path: list[dict[str, Any]] = []
    for basis in bases:
        code, refusal, drawn = basis["indicator_code"], basis["refusal"], None
        if refusal is None:
            drawn = _draw(basis, series[code], trends)
            refusal = None if drawn is not None else "overlapping_windows"
        rows.append(_forecast(basis, refusal, drawn))
        if drawn is not None:
            path.extend({"indicator_code": code} | point for point in drawn.points)
    _write(connection, rows)
    snapshot_file.insert(connection, "indicator_forecast_path", path)


class _Drawn:
    """A trend in dates and within bounds. `points` go from the last figure of the trend to the target date."""

    def __init__(self, trend: Trend, points: list[dict[str, Any]], error_share: float | None) -> None:
        self.method = trend.method
        self.compared = trend.compared
        self.points = points
        self.error_share = error_share


def _draw(basis: _Row, figures: Sequence[_Row], trends: RememberedTrends) -> _Drawn | None:
    """The trend to the target date; None for windows that cannot be taken apart."""
    months = basis["months_a_step"]
    is_window = basis["period_type"] == "window"
    parts = _parts_of_windows(basis, figures) if is_window else [(row["period_end"], row["value"]) for row in figures]
    if parts is None:
        return None
    steps = (_month(basis["target_date"]) - _month(basis["last_end"])) // months
    series = on_steps(parts, months)
    trend = trends.continue_trend(series, steps, level=LEVEL)
    known = [value for value in series if value is not None]
    spread = max(known) - min(known)
    error = None if trend.error is None else (trend.error / spread if spread else 0.0)
    values = {"value": trend.values, "lower": trend.lower, "upper": trend.upper}
    if is_window:
        values = {name: _windows(basis, figures, shares) for name, shares in values.items()}
    last = figures[-1]["value"]
    points = [{"period_end": basis["last_end"], "value": last, "lower": last, "upper": last}]
    floor, ceiling = _floor(basis), basis["ceiling"]
    # Figures are known to their printed precision: a history on a straight line does not make a range of no width.
    half = 0.5 * 10.0 ** -basis["decimals"]
    values["lower"] = [min(low, value - half) for low, value in zip(values["lower"], values["value"], strict=True)]
    values["upper"] = [max(high, value + half) for high, value in zip(values["upper"], values["value"], strict=True)]
    for place in range(steps):
        end = _month_end(_month(basis["last_end"]) + months * (place + 1))
        points.append({"period_end": end} | {name: _within(floor, ceiling, of[place]) for name, of in values.items()})
    return _Drawn(trend, points, error)


def on_steps(figures: Sequence[tuple[date, float]], months: int) -> list[float | None]:
    """Figures on equal steps of so many months, from the first to the last; a step without a figure is None."""
    by_step = {_month(end) // months if months > 1 else _month(end): value for end, value in figures}
    return [by_step.get(step) for step in range(min(by_step), max(by_step) + 1)]


def _parts_of_windows(basis: _Row, figures: Sequence[_Row]) -> list[tuple[date, float]] | None:
    """What each month adds to a window that grows from a fixed day, as its own share (same units as the window).

    Windows overlap, so a trend through them would count the same cases again and again. None when the windows do not
    all start on one day or give no numerator and denominator that grow.
    """
    if len({figure["period_start"] for figure in figures}) > 1 or any(not figure["denominator"] for figure in figures):
        return None
    parts = []
    for before, after in pairwise(figures):
        grown = after["denominator"] - before["denominator"]
        if grown <= 0:
            return None
        parts.append((after["period_end"], _factor(basis) * (after["numerator"] - before["numerator"]) / grown))
    return parts if len(parts) >= 3 and len({value for _, value in parts}) > 1 else None


def _windows(basis: _Row, figures: Sequence[_Row], shares: Sequence[float]) -> list[float]:
    """Windows that go on with months of these shares, each of the size usual in the last year."""
    last, factor = figures[-1], _factor(basis)
    first = figures[max(0, len(figures) - 1 - _WINDOW_STEPS)]
    a_month = (last["denominator"] - first["denominator"]) / (_month(last["period_end"]) - _month(first["period_end"]))
    numerator, denominator = last["numerator"], last["denominator"]
    found = []
    for share in shares:
        # A month's own share ends where the window's does: no part of it is above all of it or below nothing.
        numerator += a_month * min(max(float(share) / factor, 0.0), 1.0)
        denominator += a_month
        found.append(factor * numerator / denominator)
    return found


def _factor(basis: _Row) -> float:
    return 100.0 if basis["unit_zh"] == "%" else 1.0


def _floor(basis: _Row) -> float | None:
    """The least a value can be: what was reached for what accumulates, nothing for counts and shares of a whole."""
    if basis["measure_basis"] == "cumulative" and basis["period_type"] != "year_to_date":
        return float(basis["last_value"])
    is_count = basis["measure_basis"] in ("stock", "flow", "cumulative") and basis["unit_zh"] != "%"
    return 0.0 if is_count or basis["ceiling"] is not None else None


def _within(floor: float | None, ceiling: float | None, value: float) -> float:
    low = value if floor is None else max(floor, value)
    return float(low if ceiling is None else min(ceiling, low))


def _forecast(basis: _Row, refusal: str | None, drawn: _Drawn | None) -> dict[str, Any]:
    row = {name: basis[name] for name in ("indicator_code", "points", "target_date", "required_pace", "last_pace")}
    row |= {"refusal": refusal}
    if drawn is None:
        return row
    last, end = drawn.points[0], drawn.points[-1]
    years = (end["period_end"] - last["period_end"]).days / 365.25
    return row | {
        "method": drawn.method,
        "trend_pace": (end["value"] - last["value"]) / years,
        "forecast_value": end["value"],
        "lower": end["lower"],
        "upper": end["upper"],
        "level": LEVEL,
        "outlook": _outlook(basis, end),
        "backtest_error": drawn.error_share,
        "backtest_count": drawn.compared,
    }


def _outlook(basis: _Row, end: _Row) -> str:
    """By the whole range, as readers take a range: a target inside it is open."""
    sign = 1 if basis["direction"] == "higher" else -1
    worst, best = sorted((sign * end["lower"], sign * end["upper"]))
    target = sign * basis["target"]
    near = target - 1e-6 * max(1.0, abs(target))  # fitting is numerical: the same to six digits is the same
    if worst >= near:
        return "will_meet"
    return "may_meet" if best >= near else "will_miss"


def _write(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    """Insert with the sentences, which SQL writes as it writes those of the status."""
    connection.execute(
        "CREATE TEMP TABLE drawn_forecast AS SELECT *, NULL::VARCHAR AS refusal FROM indicator_forecast LIMIT 0"
    )
    snapshot_file.insert_into(connection, "drawn_forecast", rows)
    connection.execute(_SENTENCES.read_text(encoding="utf-8"))
    connection.execute("DROP TABLE drawn_forecast")
    connection.execute("DROP TABLE forecast_basis")
    connection.execute("DROP TABLE trend_figure")


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_end(month: int) -> date:
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return following - timedelta(days=1)
