"""Where the plan is heading: forecasts, claims, totals.

Belongs here: what the plan page and the forecast band of the indicator page show of published tables. Does not belong
here: status and figures (`overview.py`, `indicator.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class Forecast:
    """One indicator's way to its target, district total, as published.

    Paces are units of the indicator a year (percentages: points). `method`, `forecast_value`, `lower`, `upper`, `level`
    and `outlook` (will_meet, may_meet, will_miss) are None where a forecast is refused; `refusal_*` then say why.
    `backtest_error` is the mean absolute error as a share of the history's spread, None without a back-test.
    """

    indicator_code: str
    as_of: date
    method: str | None
    points: int
    target_date: date | None
    required_pace: float | None
    last_pace: float | None
    trend_pace: float | None
    forecast_value: float | None
    lower: float | None
    upper: float | None
    level: float | None
    outlook: str | None
    refusal_zh: str | None
    refusal_en: str | None
    backtest_error: float | None
    backtest_count: int | None
    sentence_zh: str
    sentence_en: str


@dataclass(frozen=True, slots=True)
class ForecastPoint:
    """One period of the path. The first is the last figure of the trend: there `lower` and `upper` are its value."""

    period_end: date
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class ClaimIndicator:
    """What one indicator says about a claim. `role`: supports, breaks, not_judged."""

    claim_code: str
    indicator_code: str
    name_zh: str
    name_en: str
    domain: str | None
    binding: bool | None
    role: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim about the plan. `verdict`: holds, does_not_hold, cannot_be_judged; `judged` of `total` indicators."""

    claim_code: str
    as_of: date
    text_zh: str
    text_en: str
    rule_zh: str
    rule_en: str
    verdict: str
    judged: int
    total: int
    sentence_zh: str
    sentence_en: str
    indicators: tuple[ClaimIndicator, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ProgressTotal:
    """How many indicators stand where. `dimension`: district, domain, department; `tier`: headline or all.

    `judged` are those with a word of pace (achieved_early, ahead, on_schedule, behind); the others say why not.
    """

    dimension: str
    dimension_code: str
    label_zh: str
    label_en: str
    tier: str
    total: int
    judged: int
    achieved_early: int
    ahead: int
    on_schedule: int
    behind: int
    undefined: int
    not_due: int
    missing: int
    held: int
    not_assessed: int


def forecasts(reader: SnapshotReader) -> dict[str, Forecast]:
    """Indicator code -> forecast or refusal, of every indicator."""
    rows = reader.records(Forecast, "SELECT * FROM indicator_forecast ORDER BY indicator_code")
    return {row.indicator_code: row for row in rows}


def forecast_path(reader: SnapshotReader, code: str) -> list[ForecastPoint]:
    """The path by period, oldest first, from the trend's last figure to the target date; empty where refused."""
    return reader.records(
        ForecastPoint, "SELECT * FROM indicator_forecast_path WHERE indicator_code = ? ORDER BY period_end", [code]
    )


def claims(reader: SnapshotReader) -> list[Claim]:
    """All claims with the indicators they rest on: breaking ones first, then not judged, then supporting ones."""
    parts = reader.records(
        ClaimIndicator,
        """
        SELECT c.*, coalesce(i.name_zh, c.indicator_code) AS name_zh, coalesce(i.name_en, c.indicator_code) AS name_en,
               i.domain, i.binding
        FROM claim_indicator AS c LEFT JOIN indicator AS i ON i.indicator_code = c.indicator_code
        ORDER BY list_position(['breaks', 'not_judged', 'supports'], c.role), i.binding DESC NULLS LAST,
                 c.indicator_code
        """,
    )
    found = reader.rows("SELECT * FROM claim ORDER BY rowid")
    return [
        replace(Claim(**row), indicators=tuple(part for part in parts if part.claim_code == row["claim_code"]))
        for row in found
    ]


def totals(reader: SnapshotReader, as_of: date | None = None) -> list[ProgressTotal]:
    """District first, then the domains, then the departments that answered on the day (default: the publication's)."""
    if as_of is None:
        return reader.records(ProgressTotal, "SELECT * FROM progress_total ORDER BY rowid")
    return reader.records(ProgressTotal, "FROM progress_total_at(CAST(? AS DATE))", [as_of])
