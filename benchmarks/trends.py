"""How far forecasts miss: `python -m benchmarks.trends` on the published history, and on real series where they are.

Every forecast is made as publishing makes it (`warehouse.publish.trend`, which chooses its method by what it knows at
that moment) from a moment of the past, and set against what came. Beside it stands the forecast that nothing changes.
DISTRICT_HOME names the home; DISTRICT_EXAMPLE_DATA (else `../shared/data` beside the repository) the public data sets.
Does not belong here: thresholds that a build is judged by (tests).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from warehouse.home import REPOSITORY, Home
from warehouse.publish.forecast import LEVEL, on_steps
from warehouse.publish.trend import continue_trend
from warehouse.read import NothingPublished, SnapshotReader

# Moments that forecasts are made from, evenly over the last half of a history.
MOMENTS = 6

# Real series: file under the data folder, and what is counted by equal steps.
REAL: Mapping[str, tuple[str, str]] = {
    "Complete Journey, sales a week": (
        "orders/transactions.parquet",
        """
        SELECT sum(sales_value) FROM read_parquet('{file}')
        WHERE transaction_timestamp >= TIMESTAMP '2017-01-02' AND transaction_timestamp < TIMESTAMP '2018-01-01'
        GROUP BY date_trunc('week', transaction_timestamp) ORDER BY date_trunc('week', transaction_timestamp)
        """,
    ),
    "Complete Journey, sales since the start, by week": (
        "orders/transactions.parquet",
        """
        WITH week AS (
            SELECT date_trunc('week', transaction_timestamp) AS start, sum(sales_value) AS sales
            FROM read_parquet('{file}')
            WHERE transaction_timestamp >= TIMESTAMP '2017-01-02' AND transaction_timestamp < TIMESTAMP '2018-01-01'
            GROUP BY 1
        )
        SELECT sum(sales) OVER (ORDER BY start) FROM week ORDER BY start
        """,
    ),
    "Birmingham, occupancy a week (%)": (
        "parking_birmingham/dataset.csv",
        """
        SELECT 100 * sum(column2) / sum(column1) FROM read_csv('{file}', header = false, all_varchar = false)
        WHERE column2 BETWEEN 0 AND column1
        GROUP BY date_trunc('week', CAST(trim(CAST(column3 AS VARCHAR), chr(9)) AS TIMESTAMP))
        ORDER BY date_trunc('week', CAST(trim(CAST(column3 AS VARCHAR), chr(9)) AS TIMESTAMP))
        """,
    ),
}


@dataclass(frozen=True)
class Missed:
    """Forecasts of one series. Errors are mean absolute ones as a share of the history's spread; `held` is the share
    of outcomes within the 80 % range; `unchanged` is the error of the forecast that nothing changes."""

    points: int
    forecasts: int
    error: float
    unchanged: float
    held: float
    methods: Mapping[str, int]


def evaluate(series: Sequence[float | None], *, ahead: int) -> Missed | None:
    """Forecasts up to `ahead` steps from past moments; None for a history that is too short or does not move."""
    known = [value for value in series if value is not None]
    if len(known) < 6 or max(known) == min(known):
        return None
    misses: list[float] = []
    naive: list[float] = []
    within: list[bool] = []
    methods: Counter[str] = Counter()
    for origin in np.unique(np.linspace(len(series) // 2, len(series) - 1, MOMENTS).astype(int)):
        past = series[:origin]
        future = series[origin : origin + ahead]
        figures = [value for value in past if value is not None]
        if len(figures) < 3:
            continue
        trend = continue_trend(past, len(future), level=LEVEL)
        methods[trend.method] += 1
        for step, value in enumerate(future):
            if value is not None:
                misses.append(abs(trend.values[step] - value))
                naive.append(abs(figures[-1] - value))
                within.append(bool(trend.lower[step] <= value <= trend.upper[step]))
    spread = max(known) - min(known)
    return Missed(
        len(known),
        len(misses),
        float(np.mean(misses)) / spread,
        float(np.mean(naive)) / spread,
        float(np.mean(within)),
        dict(methods),
    )


def published_series(reader: SnapshotReader) -> Iterator[tuple[str, list[float | None]]]:
    """Indicator code -> the series that its trend rests on (windows: as they are), of every indicator with a target."""
    rows = reader.rows(
        """
        SELECT f.indicator_code, f.period_end, f.value, f.months_a_step
        FROM trend_figure_at((SELECT as_of FROM snapshot)) AS f
        JOIN indicator AS i ON i.indicator_code = f.indicator_code
        WHERE f.value IS NOT NULL AND i.target_value IS NOT NULL ORDER BY f.indicator_code, f.period_end
        """
    )
    for code in sorted({row["indicator_code"] for row in rows}):
        own = [row for row in rows if row["indicator_code"] == code]
        yield code, on_steps([(row["period_end"], row["value"]) for row in own], own[0]["months_a_step"])


def real_series(data: Path) -> Iterator[tuple[str, list[float | None]]]:
    """The real series whose files are there."""
    for name, (file, sql) in REAL.items():
        if (data / file).is_file():
            with duckdb.connect() as connection:
                yield name, [row[0] for row in connection.execute(sql.format(file=data / file)).fetchall()]


def main() -> int:
    """Prints a line a series."""
    print(f"{'series':52} {'points':>6} {'compared':>8} {'error':>7} {'no change':>9} {'in range':>8}  methods")
    try:
        reader = SnapshotReader(Home.from_environment())
    except NothingPublished as nothing:
        print(nothing)
    else:
        for code, series in published_series(reader):
            _print(code, evaluate(series, ahead=12))
    data = Path(os.environ.get("DISTRICT_EXAMPLE_DATA") or REPOSITORY.parent / "shared" / "data")
    for name, series in real_series(data):
        _print(name, evaluate(series, ahead=8))
    return 0


def _print(name: str, missed: Missed | None) -> None:
    if missed is None:
        print(f"{name:52} too short or unmoved")
        return
    methods = ", ".join(f"{method} {count}" for method, count in sorted(missed.methods.items()))
    print(
        f"{name:52} {missed.points:6} {missed.forecasts:8} {missed.error:7.1%} {missed.unchanged:9.1%} "
        f"{missed.held:8.0%}  {methods}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
