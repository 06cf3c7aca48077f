"""All indicators at a glance: figures, pace, trend, and what changed with this publication.

Belongs here: what the overview page and `district status` show. Does not belong here: one indicator in depth
(`indicator.py`), feeds (`feeds.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.read.reader import SnapshotReader, UnknownSnapshot

# Figures shown as a sparkline: two years of months.
TREND_LENGTH = 24

# Words for "how far along", best first; the others say why an indicator cannot be judged.
JUDGED = ("achieved_early", "ahead", "on_schedule", "behind")


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """Which publication this is and which district and plan it is about. `published_at` is UTC, naive."""

    snapshot_id: str
    number: int
    as_of: date
    published_at: datetime
    run_id: str
    code_version: str
    district_code: str
    district_zh: str
    district_en: str
    time_zone: str
    plan_start: date
    plan_end: date
    simulated: bool


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One indicator: definition in short, figure, pace, trend. Shares are fractions (1.0 = all), percentages 0-100.

    `trend_ends` and `trend_values` are the figures of the main kind of period, oldest first, up to the as-of day.
    `value` is None where there is no figure; it is never 0 for that reason.
    """

    indicator_code: str
    name_zh: str
    name_en: str
    domain: str
    area: str | None
    tier: str
    unit_zh: str | None
    unit_en: str | None
    decimals: int
    direction: str
    binding: bool
    department_code: str | None
    as_of: date
    period_type: str | None
    period_start: date | None
    period_end: date | None
    value: float | None
    numerator: float | None
    denominator: float | None
    baseline: float | None
    target: float | None
    target_date: date | None
    target_is_illustrative: bool | None
    time_share: float
    required_share: float | None
    progress_share: float | None
    required_value: float | None
    status: str
    status_zh: str
    status_en: str
    sentence_zh: str
    sentence_en: str
    freshness: str
    quality: str
    previous_value: float | None
    previous_period_end: date | None
    expected_period_end: date | None
    is_provisional: bool | None
    definition_version: int
    simulated: bool
    trend_ends: list[date]
    trend_values: list[float]


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """How many indicators have each status; `assessable` of `total` can be judged."""

    total: int
    assessable: int
    by_status: dict[str, int]


@dataclass(frozen=True, slots=True)
class ChangedIndicator:
    """An indicator whose figures this publication brought or revised (district total, newest period of them).

    `previous_value` is None where there was none, and where a changed definition forbids comparing.
    """

    indicator_code: str
    name_zh: str
    name_en: str
    reason_class: str
    reason: str
    figures: int
    period_end: date
    previous_value: float | None
    value: float | None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An indicator whose status word is another one than in the publication before."""

    indicator_code: str
    before: str
    status: str


def snapshot_info(reader: SnapshotReader) -> SnapshotInfo:
    """The snapshot's own row."""
    return reader.records(SnapshotInfo, "SELECT * FROM snapshot")[0]


def overview(
    reader: SnapshotReader, *, as_of: date | None = None, domain: str | None = None, tier: str | None = None
) -> list[OverviewRow]:
    """Indicators by domain, binding ones and those behind first; `as_of` another day than the publication's."""
    status = "indicator_status" if as_of is None else "indicator_status_at($as_of)"
    sql = f"""
        WITH status AS MATERIALIZED (SELECT * FROM {status}),
        trend AS (
            SELECT o.indicator_code, list(o.period_end ORDER BY o.period_end) AS trend_ends,
                   list(o.value ORDER BY o.period_end) AS trend_values
            FROM (
                SELECT o.* FROM indicator_observation AS o
                JOIN status AS s ON s.indicator_code = o.indicator_code
                    AND s.period_type = o.period_type AND s.area_code = o.area_code
                WHERE o.period_end <= s.as_of AND o.value IS NOT NULL
                QUALIFY row_number() OVER (PARTITION BY o.indicator_code ORDER BY o.period_end DESC) <= {TREND_LENGTH}
            ) AS o GROUP BY 1
        )
        SELECT s.*, i.name_zh, i.name_en, i.domain, i.area, i.tier, i.unit_zh, i.unit_en, i.decimals, i.direction,
               i.binding, i.department_code,
               coalesce((SELECT bool_or(f.simulated) FROM feed AS f
                         WHERE list_contains(i.entities, f.feed || '.' || f.entity)), false) AS simulated,
               coalesce(t.trend_ends, []) AS trend_ends, coalesce(t.trend_values, []) AS trend_values
        FROM status AS s
        JOIN indicator AS i ON i.indicator_code = s.indicator_code
        LEFT JOIN trend AS t ON t.indicator_code = s.indicator_code
        WHERE ($domain IS NULL OR i.domain = $domain) AND ($tier IS NULL OR i.tier = $tier)
        ORDER BY list_position(['economy', 'life', 'governance', 'base'], i.domain),
                 list_position(['headline', 'supporting', 'operational'], i.tier), NOT coalesce(i.binding, false),
                 list_position(['behind', 'missing', 'held', 'on_schedule', 'ahead', 'achieved_early', 'not_assessed',
                                'not_due', 'undefined'], s.status),
                 s.progress_share - s.required_share NULLS LAST, s.indicator_code
    """
    parameters: dict[str, object] = {"domain": domain, "tier": tier}
    if as_of is not None:
        parameters["as_of"] = as_of
    return reader.records(OverviewRow, sql, parameters)


def count_by_status(rows: Sequence[OverviewRow]) -> StatusCounts:
    """Totals that say how many can be judged."""
    by_status = Counter(row.status for row in rows)
    return StatusCounts(len(rows), sum(by_status[word] for word in JUDGED), dict(by_status))


def changes(reader: SnapshotReader) -> list[ChangedIndicator]:
    """Indicators with figures that this publication brought or revised, revised ones first."""
    return reader.records(
        ChangedIndicator,
        """
        SELECT r.indicator_code, i.name_zh, i.name_en, r.reason_class, max_by(r.reason, r.period_end) AS reason,
               count(*) AS figures,
               max(r.period_end) AS period_end,
               arg_max_null(r.comparable_previous_value, r.period_end) AS previous_value,
               arg_max_null(r.value, r.period_end) AS value
        FROM indicator_revision AS r
        JOIN snapshot AS s ON s.snapshot_id = r.snapshot_id AND s.district_code = r.area_code
        JOIN indicator AS i ON i.indicator_code = r.indicator_code
        GROUP BY r.indicator_code, i.name_zh, i.name_en, r.reason_class
        ORDER BY r.reason_class = 'first_publication', r.indicator_code
        """,
    )


def status_changes(reader: SnapshotReader) -> list[StatusChange]:
    """Indicators whose status word the publication before did not have; empty where that one is no longer there."""
    found = reader.rows("SELECT previous_snapshot_id FROM snapshot")
    previous_id = found[0]["previous_snapshot_id"] if found else None
    if previous_id is None:
        return []
    words = "SELECT indicator_code, status FROM indicator_status ORDER BY indicator_code"
    try:
        before = {row["indicator_code"]: row["status"] for row in SnapshotReader(reader.home, previous_id).rows(words)}
    except UnknownSnapshot:
        return []
    return [
        StatusChange(row["indicator_code"], before[row["indicator_code"]], row["status"])
        for row in reader.rows(words)
        if before.get(row["indicator_code"], row["status"]) != row["status"]
    ]
