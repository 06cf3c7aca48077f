"""One indicator in depth: definition, series, areas, revisions, evidence.

Belongs here: what the indicator page and `district trace` show of published tables. Does not belong here: lineage
(`lineage.py`), recomputing from raw rows (`warehouse.provenance`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class Definition:
    """An indicator's definition as published.

    `milestones` hold `date`, `value`; `departments` `code`, `from`, `to` (both days included); `changes` `version`,
    `from` (first day of data under it), `zh`, `en` and `bridge` (None, or `factor` and `reason`: figures before times
    the factor are comparable with those after); `entities` are feed.entity. An undefined one has no basis, no period.
    """

    indicator_code: str
    definition_version: int
    name_zh: str
    name_en: str
    domain: str
    area: str | None
    tier: str
    unit_zh: str | None
    unit_en: str | None
    decimals: int
    direction: str
    measure_basis: str | None
    period_type: str | None
    additive: bool
    ceiling: float | None
    integer_steps: bool
    binding: bool
    baseline_value: float | None
    baseline_date: date | None
    target_value: float | None
    target_date: date | None
    target_source: str | None
    target_illustrative: bool | None
    milestones: list[dict[str, Any]] | None
    department_code: str | None
    department_zh: str | None
    department_en: str | None
    departments: list[dict[str, Any]] | None
    state: str
    workflow_owner_zh: str | None
    workflow_owner_en: str | None
    workflow_next_on: date | None
    changes: list[dict[str, Any]] | None
    definition_zh: str | None
    definition_en: str | None
    numerator_zh: str | None
    denominator_zh: str | None
    source: str | None
    model_name: str | None
    sql_text: str | None
    proof: str | None
    feeds: list[str]
    entities: list[str]
    held_reason_zh: str | None
    held_reason_en: str | None


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure. Percentages are 0-100, `coverage` is a fraction; `state` is published or held."""

    indicator_code: str
    definition_version: int
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    numerator: float | None
    denominator: float | None
    value: float | None
    coverage: float | None
    batch_ids: list[str]
    state: str
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class AreaObservation:
    """One figure of a subdistrict, with its name."""

    area_code: str
    name_zh: str
    name_en: str
    period_start: date
    period_end: date
    numerator: float | None
    denominator: float | None
    value: float | None


@dataclass(frozen=True, slots=True)
class YearOnYear:
    """A figure beside that of the same period a year earlier; `before` None: there is none.

    `before` is in terms of the figure's own definition; where no bridge leads there, it is as published and
    `comparable` is False.
    """

    period_type: str
    period_start: date
    period_end: date
    value: float
    definition_version: int
    is_provisional: bool
    before: float | None
    before_version: int | None
    comparable: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """One publication of a figure. `value` None: the figure was withdrawn. `published_at` is UTC, naive.

    `comparable_previous_value` is what a difference may be taken from: None across a changed definition without bridge.
    """

    indicator_code: str
    definition_version: int
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    revision_number: int
    value: float | None
    previous_value: float | None
    comparable_previous_value: float | None
    reason_class: str
    reason: str
    snapshot_id: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """A batch that a figure rests on. `rows`: of the batch within the period (registers: all admitted)."""

    batch_id: str
    feed: str
    entity: str
    label_zh: str
    label_en: str
    file_name: str
    sha256: str
    bytes: int
    received_at: datetime
    period_start: date | None
    period_end: date | None
    rows: int | None
    rows_admitted: int | None
    rows_rejected: int | None
    status: str
    simulated: bool


class UnknownIndicator(LookupError):
    """No such indicator is published. `zh` and `en` name it."""

    def __init__(self, code: str) -> None:
        self.zh = f"没有编码为 {code} 的指标，请从概览中选择。"
        self.en = f"There is no indicator {code}; choose one from the overview."
        super().__init__(f"{self.zh} / {self.en}")


def definition(reader: SnapshotReader, code: str) -> Definition:
    """The definition of an indicator; raises UnknownIndicator."""
    found = reader.records(
        Definition,
        """
        SELECT i.*, d.name_zh AS department_zh, d.name_en AS department_en
        FROM indicator AS i LEFT JOIN department AS d ON d.department_code = i.department_code
        WHERE i.indicator_code = ?
        """,
        [code],
    )
    if not found:
        raise UnknownIndicator(code)
    return found[0]


def series(
    reader: SnapshotReader,
    code: str,
    *,
    period_type: str | None = None,
    area_code: str | None = None,
    until: date | None = None,
) -> list[Observation]:
    """Figures by time, oldest first; by default of the main kind of period and the district total."""
    return reader.records(
        Observation,
        """
        SELECT o.* FROM indicator_observation AS o
        JOIN indicator AS i ON i.indicator_code = o.indicator_code
        WHERE o.indicator_code = $code AND o.period_type = coalesce($period_type, i.period_type)
          AND o.area_code = coalesce($area_code, (SELECT district_code FROM snapshot))
          AND ($until IS NULL OR o.period_end <= $until)
        ORDER BY o.period_end, o.period_start
        """,
        {"code": code, "period_type": period_type, "area_code": area_code, "until": until},
    )


def year_on_year(
    reader: SnapshotReader, code: str, *, period_type: str | None = None, until: date | None = None
) -> list[YearOnYear]:
    """Figures of the district beside those of a year earlier, oldest first; nothing for windows, which overlap.

    A figure of an earlier definition is restated by the bridges of the definition; without one it is not comparable.
    """
    bridged = reader.rows("SELECT 1 FROM duckdb_functions() WHERE function_name = 'definition_factor'")
    # Snapshots of before there were bridges compare within a version alone.
    factor = (
        "definition_factor(f.changes, b.definition_version, f.definition_version)"
        if bridged
        else "CASE WHEN b.definition_version = f.definition_version THEN 1.0 END"
    )
    return reader.records(
        YearOnYear,
        f"""
        WITH figure AS (
            SELECT o.*, {"i.changes, " if bridged else ""}
                   CASE o.period_type WHEN 'day' THEN o.period_end ELSE date_trunc('month', o.period_end) END AS place
            FROM indicator_observation AS o
            JOIN indicator AS i ON i.indicator_code = o.indicator_code
            WHERE o.indicator_code = $code AND o.period_type = coalesce($period_type, i.period_type)
              AND o.area_code = (SELECT district_code FROM snapshot)
              AND o.value IS NOT NULL AND o.period_type <> 'window'
              AND ($until IS NULL OR o.period_end <= $until)
        )
        SELECT f.*, b.value * coalesce({factor}, 1.0) AS before, b.definition_version AS before_version,
               {factor} IS NOT NULL AS comparable
        FROM figure AS f LEFT JOIN figure AS b ON b.place = f.place - INTERVAL 1 YEAR
        ORDER BY f.period_end
        """,
        {"code": code, "period_type": period_type, "until": until},
    )


def period_types(reader: SnapshotReader, code: str) -> list[str]:
    """The kinds of periods an indicator has figures of, the main one first."""
    rows = reader.rows(
        """
        SELECT DISTINCT o.period_type, o.period_type = i.period_type AS is_main
        FROM indicator_observation AS o JOIN indicator AS i ON i.indicator_code = o.indicator_code
        WHERE o.indicator_code = ? ORDER BY is_main DESC, o.period_type
        """,
        [code],
    )
    return [row["period_type"] for row in rows]


def by_subdistrict(
    reader: SnapshotReader, code: str, *, period_end: date | None = None, period_type: str | None = None
) -> list[AreaObservation]:
    """Figures of the subdistricts in one period (default: the newest of the main kind), largest first."""
    return reader.records(
        AreaObservation,
        """
        WITH parts AS (
            SELECT o.* FROM indicator_observation AS o
            JOIN indicator AS i ON i.indicator_code = o.indicator_code
            WHERE o.indicator_code = $code AND o.period_type = coalesce($period_type, i.period_type)
              AND o.area_code <> (SELECT district_code FROM snapshot)
        )
        SELECT p.*, coalesce(s.name_zh, p.area_code) AS name_zh, coalesce(s.name_en, p.area_code) AS name_en
        FROM parts AS p LEFT JOIN subdistrict AS s ON s.area_code = p.area_code
        WHERE p.period_end = coalesce($period_end, (SELECT max(period_end) FROM parts))
        ORDER BY p.value DESC NULLS LAST, p.area_code
        """,
        {"code": code, "period_end": period_end, "period_type": period_type},
    )


def revisions(
    reader: SnapshotReader, code: str, *, area_code: str | None = None, changed_only: bool = False
) -> list[Revision]:
    """What was published of an indicator and when, newest first; by default of the district total.

    `changed_only` leaves out first publications.
    """
    return reader.records(
        Revision,
        """
        SELECT * FROM indicator_revision
        WHERE indicator_code = $code AND area_code = coalesce($area_code, (SELECT district_code FROM snapshot))
          AND (NOT $changed_only OR reason_class <> 'first_publication')
        ORDER BY published_at DESC, seq DESC
        """,
        {"code": code, "area_code": area_code, "changed_only": changed_only},
    )


def evidence(
    reader: SnapshotReader,
    code: str,
    *,
    period_end: date | None = None,
    period_type: str | None = None,
    area_code: str | None = None,
) -> list[Evidence]:
    """The batches a figure rests on, newest first; by default of the newest figure of the district total."""
    return reader.records(
        Evidence,
        """
        WITH used AS (
            SELECT e.* FROM indicator_evidence AS e
            JOIN indicator AS i ON i.indicator_code = e.indicator_code
            WHERE e.indicator_code = $code AND e.period_type = coalesce($period_type, i.period_type)
              AND e.area_code = coalesce($area_code, (SELECT district_code FROM snapshot))
        )
        SELECT u.rows, b.*, coalesce(f.label_zh, b.entity) AS label_zh, coalesce(f.label_en, b.entity) AS label_en
        FROM used AS u
        JOIN batch AS b ON b.batch_id = u.batch_id
        LEFT JOIN feed AS f ON f.feed = b.feed AND f.entity = b.entity
        WHERE u.period_end = coalesce($period_end, (SELECT max(period_end) FROM used))
        ORDER BY b.received_at DESC, b.batch_id
        """,
        {"code": code, "period_end": period_end, "period_type": period_type, "area_code": area_code},
    )
