"""The difference to the last published figures: what is new, revised or gone, and which changes need a reason.

Belongs here: comparing figures, the thresholds, the rows for the revision ledger. Does not belong here: comparing whole
snapshots (`compare.py`), writing the ledger (`publishing.py`). The thresholds are explained in
`docs/decisions/0009-large-changes-need-a-reason.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import duckdb

from warehouse.ledger import NewRevision
from warehouse.publish import snapshot_file
from warehouse.publish.compare import RELATIVE_TOLERANCE
from warehouse.publish.register_changes import RegisterChanges, speaking_of
from warehouse.publish.report import HeldIndicator, Reason, ReasonClass

# A figure is settled once a publication came this long after its period: every built-in deadline and grace has passed
# by then, so that its data were all there. What is not settled grows as deliveries come in, and needs no reason.
SETTLED_AFTER = timedelta(days=31)
# Settled figures that move more than this are checked by a person: percentages in points, others relatively.
LARGE_POINTS = 5.0
LARGE_SHARE = 0.20
# A new period this many times the one before (or its inverse) is a unit error until someone says otherwise: 万元 for
# 元 gives 10,000, 千 gives 1,000, and no figure of the plan grows fiftyfold in a period. Small numbers may jump.
UNIT_ERROR_FACTOR = 50.0
UNIT_ERROR_FROM = 100.0

# How many batch ids a reason names; the rest is counted.
_NAMED_BATCHES = 3
# How a reason calls batches that were added and removed: the figure's own, and those of registers alone.
_OWN = (("新增批次", "new batches"), ("不再采用批次", "batches no longer used"))
_OF_REGISTERS = (
    ("登记新增批次", "new batches of a register"),
    ("登记不再采用批次", "batches of a register no longer used"),
)

_PAIRS = """
    CREATE OR REPLACE TEMP TABLE figure_pair AS
    SELECT
        coalesce(n.indicator_code, p.indicator_code) AS indicator_code,
        coalesce(n.period_type, p.period_type) AS period_type,
        coalesce(n.period_start, p.period_start) AS period_start,
        coalesce(n.period_end, p.period_end) AS period_end,
        coalesce(n.area_code, p.area_code) AS area_code,
        n.indicator_code IS NULL AS is_gone, p.indicator_code IS NULL AS is_new,
        coalesce(n.indicator_code, p.indicator_code) IN (SELECT indicator_code FROM definition) AS is_defined,
        n.definition_version, p.definition_version AS previous_version,
        n.value, n.numerator, n.denominator, p.value AS previous_value,
        list_sort(list_filter(coalesce(n.batch_ids, []), lambda b: NOT list_contains(coalesce(p.batch_ids, []), b)))
            AS added_batches,
        list_sort(list_filter(coalesce(p.batch_ids, []), lambda b: NOT list_contains(coalesce(n.batch_ids, []), b)))
            AS removed_batches
    FROM built_figure AS n
    FULL JOIN published_figure AS p ON n.indicator_code = p.indicator_code AND n.period_type = p.period_type
        AND n.period_start = p.period_start AND n.period_end = p.period_end AND n.area_code = p.area_code
    WHERE n.indicator_code IS NULL OR p.indicator_code IS NULL
       OR n.definition_version <> p.definition_version
       OR {value} OR {numerator} OR {denominator}
"""
# The revision ledger knows the figure: it was published before, and withdrawn.
_RETURNS = """p.is_new AND EXISTS (
    SELECT 1 FROM ledger_revision AS r
    WHERE r.indicator_code = p.indicator_code AND r.period_type = p.period_type AND r.period_start = p.period_start
      AND r.period_end = p.period_end AND r.area_code = p.area_code
)"""


def find_large_changes(
    connection: duckdb.DuckDBPyConnection,
    *,
    published_as_of: date | None,
    district_code: str,
    reasons: Mapping[str, Reason],
) -> list[HeldIndicator]:
    """Indicators whose settled district totals changed much, or whose new period looks like a unit error.

    Reads the relations `built_figure`, `published_figure` (observations) and `definition` of the connection, which has
    the macros of `definition_changes.sql`. An
    indicator with a reason, and one whose definition changed, is let through.
    """
    if published_as_of is None:
        return []
    pair_figures(connection)
    found: dict[str, HeldIndicator] = {}
    for row in [*_moved(connection, published_as_of, district_code), *_jumped(connection, district_code)]:
        code = row["indicator_code"]
        if code not in reasons and code not in found:
            found[code] = _hold(row)
    return [found[code] for code in sorted(found)]


def revisions(
    connection: duckdb.DuckDBPyConnection,
    *,
    reasons: Mapping[str, Reason],
    snapshot_id: str,
    published_at: datetime,
    code_version: str,
    as_of: date,
    corrections: Collection[str] = (),
    changed: Collection[str] = (),
    registers: RegisterChanges | None = None,
) -> list[NewRevision]:
    """What to append to the revision ledger; reads `built_figure` (as it will be published) and `published_figure`.

    A figure of a period that had not ended on `as_of`, an earlier day than before, is gone for that reason alone.
    `corrections` are the batches that are owners' corrections: a figure that changes with one is a corrected error.
    `changed` are the batches that came into force or went out of it since; where none of them is the figure's own, what
    `registers` say is its cause. The ledger's revisions are `ledger_revision`: what was published once is not new.
    """
    pair_figures(connection)
    rows = snapshot_file.rows(
        connection,
        f"SELECT *, {_RETURNS} AS is_back FROM figure_pair AS p "
        "ORDER BY indicator_code, period_type, period_start, period_end, area_code",
    )
    moved = frozenset(changed)
    found = []
    for row in rows:
        changes = (registers or {}).get(row["indicator_code"], ())
        row["by_register"] = bool(changes) and moved.isdisjoint([*row["added_batches"], *row["removed_batches"]])
        if row["by_register"]:
            row["added_batches"], row["removed_batches"] = speaking_of(changes, row["period_end"])
        row["is_ahead"] = row["is_gone"] and row["period_end"] > as_of
        reason_class, text = _reason(row, reasons.get(row["indicator_code"]), code_version, corrections, as_of)
        version = row["definition_version"] if row["definition_version"] is not None else row["previous_version"]
        found.append(
            NewRevision(
                definition_version=version,
                snapshot_id=snapshot_id,
                published_at=published_at,
                reason_class=reason_class,
                reason=text,
                **{
                    name: row[name]
                    for name in (
                        "indicator_code",
                        "period_type",
                        "period_start",
                        "period_end",
                        "area_code",
                        "value",
                        "numerator",
                        "denominator",
                        "previous_value",
                    )
                },
            )
        )
    return found


def mark_comparable(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `comparable_previous_value` of `indicator_revision`: values before a changed definition only by a bridge."""
    connection.execute(
        """
        UPDATE indicator_revision AS r SET comparable_previous_value = v.comparable
        FROM (
            SELECT o.seq, o.previous_value * definition_factor(
                       coalesce(i.changes, []),
                       lag(o.definition_version) OVER (
                           PARTITION BY o.indicator_code, o.period_type, o.period_start, o.period_end, o.area_code
                           ORDER BY o.revision_number
                       ),
                       o.definition_version
                   ) AS comparable
            FROM indicator_revision AS o LEFT JOIN indicator AS i ON i.indicator_code = o.indicator_code
        ) AS v
        WHERE v.seq = r.seq AND v.comparable IS NOT NULL
        """
    )


def pair_figures(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `figure_pair`: figures of `built_figure` and `published_figure` that differ, or that one alone has."""
    changed = {name: _changed(f"n.{name}", f"p.{name}") for name in ("value", "numerator", "denominator")}
    connection.execute(_PAIRS.format(**changed))


def _changed(left: str, right: str) -> str:
    """The same numbers summed in another order are the same."""
    return (
        f"(({left} IS NULL) <> ({right} IS NULL) OR coalesce(abs({left} - {right}) > "
        f"{RELATIVE_TOLERANCE} * greatest(abs({left}), abs({right})), false))"
    )


def _moved(connection: duckdb.DuckDBPyConnection, published_as_of: date, district_code: str) -> list[dict[str, Any]]:
    return snapshot_file.rows(
        connection,
        f"""
        SELECT p.*, d.unit_zh, 'moved' AS kind
        FROM figure_pair AS p JOIN definition AS d ON d.indicator_code = p.indicator_code
        WHERE p.area_code = $district AND NOT p.is_new AND p.period_end <= $settled
          AND coalesce(p.definition_version = p.previous_version, true)
          AND (p.is_gone OR CASE
                WHEN d.unit_zh = '%' THEN abs(p.value - p.previous_value) > {LARGE_POINTS}
                ELSE abs(p.value - p.previous_value) > {LARGE_SHARE} * abs(p.previous_value)
                     -- One step of a small count is no large change.
                     AND NOT (coalesce(d.integer_steps, false) AND abs(p.value - p.previous_value) <= 1)
              END)
        ORDER BY p.indicator_code, p.period_end DESC
        """,
        {"district": district_code, "settled": published_as_of - SETTLED_AFTER},
    )


def _jumped(connection: duckdb.DuckDBPyConnection, district_code: str) -> list[dict[str, Any]]:
    return snapshot_file.rows(
        connection,
        f"""
        WITH newest AS (
            SELECT indicator_code, period_type, max(period_end) AS period_end, max_by(value, period_end) AS last_value,
                   max_by(definition_version, period_end) AS version
            FROM published_figure WHERE area_code = $district GROUP BY indicator_code, period_type
        ),
        -- Across a changed definition without a bridge there is nothing to set the new figure against.
        jump AS (
            SELECT p.*, d.unit_zh, n.period_end AS last_end,
                   n.last_value * definition_factor(coalesce(d.changes, []), n.version, p.definition_version) AS before
            FROM figure_pair AS p
            JOIN newest AS n ON n.indicator_code = p.indicator_code AND n.period_type = p.period_type
                AND p.period_end > n.period_end
            JOIN definition AS d ON d.indicator_code = p.indicator_code
        )
        SELECT * REPLACE (before AS previous_value), 'jumped' AS kind
        FROM jump AS p
        WHERE p.is_new AND p.area_code = $district AND p.unit_zh <> '%'
          -- A sum that starts again each year falls in January.
          AND NOT (p.period_type = 'year_to_date' AND year(p.period_end) <> year(p.last_end))
          AND greatest(abs(p.value), abs(p.before)) >= {UNIT_ERROR_FROM} * {UNIT_ERROR_FACTOR}
          AND abs(p.before) >= {UNIT_ERROR_FROM}
          AND (abs(p.value) > {UNIT_ERROR_FACTOR} * abs(p.before) OR abs(p.value) * {UNIT_ERROR_FACTOR} < abs(p.before))
        ORDER BY p.indicator_code, p.period_end
        """,
        {"district": district_code},
    )


def _hold(row: Mapping[str, Any]) -> HeldIndicator:
    period = f"{row['period_start']}/{row['period_end']}"
    before, after = _number(row["previous_value"]), _number(row["value"])
    if row["kind"] == "jumped":
        zh = f"{period} 的数值 {after} 与上一期 {before} 相差超过 {UNIT_ERROR_FACTOR:.0f} 倍，疑为单位错误"
        en = f"{after} for {period} is {UNIT_ERROR_FACTOR:.0f} times off the period before ({before}): a wrong unit?"
    elif row["is_gone"]:
        zh = f"已发布的 {period} 数值 {before} 不再能由数据得出"
        en = f"the published figure {before} for {period} no longer follows from the data"
    else:
        zh = f"已发布的 {period} 数值由 {before} 变为 {after}，变动较大"
        en = f"the published figure for {period} changed much, from {before} to {after}"
    return HeldIndicator(
        row["indicator_code"],
        "large_change",
        f"{zh}，须写明原因后发布",
        f"{en}; it is published once a reason is given",
    )


def _reason(
    row: Mapping[str, Any], given: Reason | None, code_version: str, corrections: Collection[str], as_of: date
) -> tuple[ReasonClass, str]:
    if row["is_new"] and not row["is_back"]:
        return "first_publication", "首次发布 / first publication"
    if given is not None:
        return given.reason_class, given.text
    if row["is_back"]:
        return "recalculation", "撤下的数值重新可得 / a withdrawn figure follows from the data again"
    if not row["is_defined"]:
        return "definition_change", "指标已移出口径目录 / the indicator was removed from the catalogue"
    before, after = row["previous_version"], row["definition_version"]
    if after is not None and before != after:
        return "definition_change", f"口径版本 {before} 改为 {after} / definition version {before} to {after}"
    if row["is_ahead"]:
        return (
            "recalculation",
            f"截至日改为 {as_of}，该期尚未结束 / judged as of {as_of}, when the period had not ended",
        )
    if row["added_batches"] or row["removed_batches"]:
        texts = [
            f"{zh} {_names(batches)} / {en} {_names(batches)}"
            for (zh, en), batches in zip(
                _OF_REGISTERS if row["by_register"] else _OWN,
                (row["added_batches"], row["removed_batches"]),
                strict=True,
            )
            if batches
        ]
        if any(batch in corrections for batch in row["added_batches"] or ()):
            new, old = _names(row["added_batches"]), _names(row["removed_batches"] or [])
            return "error_correction", f"责任人更正：{new} 取代 {old} / the owner's correction: {new} in place of {old}"
        return "better_source", "；".join(texts)
    return (
        "recalculation",
        f"来源批次未变，按程序版本 {code_version} 重新计算 / same batches, recalculated by version {code_version}",
    )


def _names(batches: list[str]) -> str:
    more = len(batches) - _NAMED_BATCHES
    return ", ".join(batches[:_NAMED_BATCHES]) + (f" (+{more})" if more > 0 else "")


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.10g}"
