"""Rows of the public tables that progress against the plan follows from, made by hand.

Belongs here: an indicator, its figures, its feed's freshness, with plain values that a test changes where it matters.
Does not belong here: expectations.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb

from warehouse.publish import snapshot_file

DISTRICT = "310105"
MID_2023 = date(2023, 6, 30)  # day 911 of 1826
PLAN_END = date(2025, 12, 31)


def define(connection: duckdb.DuckDBPyConnection, **changed: Any) -> None:
    values: dict[str, Any] = {
        "indicator_code": "X",
        "definition_version": 1,
        "name_zh": "指标",
        "name_en": "Indicator",
        "unit_zh": "家",
        "unit_en": "units",
        "decimals": 0,
        "direction": "higher",
        "measure_basis": "stock",
        "period_type": "month",
        "integer_steps": False,
        "baseline_value": 0.0,
        "target_value": 100.0,
        "target_date": PLAN_END,
        "target_illustrative": False,
        "milestones": [],
        "state": "agreed",
        "entities": ["f.e"],
        "feeds": ["f"],
    }
    snapshot_file.insert(connection, "indicator", [values | changed])


def observe(
    connection: duckdb.DuckDBPyConnection,
    value: float | None,
    end: date = MID_2023,
    *,
    period_type: str = "month",
    start: date | None = None,
    **changed: Any,
) -> None:
    row = {
        "indicator_code": "X",
        "definition_version": 1,
        "period_type": period_type,
        "period_start": start or end.replace(day=1),
        "period_end": end,
        "area_code": DISTRICT,
        "value": value,
        "numerator": value,
        "state": "published",
        "is_provisional": False,
    }
    snapshot_file.insert(connection, "indicator_observation", [row | changed])


def fresh(
    connection: duckdb.DuckDBPyConnection,
    state: str,
    *,
    expected: date | None = None,
    since: date = date(2021, 1, 1),
    entity: str = "e",
    delivered: bool = True,
) -> None:
    if not connection.execute("SELECT 1 FROM feed WHERE entity = ?", [entity]).fetchall():
        snapshot_file.insert(
            connection,
            "feed",
            [{"feed": "f", "entity": entity, "label_zh": "月报", "label_en": "Returns", "delivered": delivered}],
        )
    row = {"feed": "f", "entity": entity, "as_of": since, "state": state, "expected_period_end": expected}
    snapshot_file.insert(connection, "feed_freshness_history", [row])


def status(connection: duckdb.DuckDBPyConnection, on_day: date = MID_2023) -> dict[str, Any]:
    cursor = connection.execute("SELECT * FROM indicator_status_at(?)", [on_day])
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    assert len(rows) == 1
    return dict(zip(names, rows[0], strict=True))
