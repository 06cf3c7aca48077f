"""Totals of the status words: by domain and by the department that answered on the day."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.snapshot_fixture import build_snapshot
from tests.warehouse.plan_rows import MID_2023, define, observe
from warehouse.home import Home
from warehouse.publish import snapshot_file
from warehouse.read import SnapshotReader
from warehouse.read.overview import overview
from warehouse.read.plan import ProgressTotal, claims, forecast_path, forecasts, totals

pytestmark = pytest.mark.slow


def at(connection: duckdb.DuckDBPyConnection, day: date = MID_2023) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = snapshot_file.rows(connection, "FROM progress_total_at(CAST(? AS DATE))", [day])
    return {(row["dimension"], row["dimension_code"], row["tier"]): row for row in rows}


def three(connection: duckdb.DuckDBPyConnection) -> None:
    """Two headline indicators of two domains, one of them undefined and without a department; one supporting one."""
    define(connection, indicator_code="A", domain="life", tier="headline", department_code="health")
    define(connection, indicator_code="B", domain="life", tier="supporting", department_code="health")
    define(
        connection,
        indicator_code="C",
        domain="base",
        tier="headline",
        state="undefined",
        target_value=None,
        entities=[],
    )
    observe(connection, 50.0, indicator_code="A")
    observe(connection, 10.0, indicator_code="B")
    department = {"department_code": "health", "name_zh": "区卫健委", "name_en": "Health Commission"}
    snapshot_file.insert(connection, "department", [department])


def test_each_indicator_counts_once_in_each_dimension(empty: duckdb.DuckDBPyConnection) -> None:
    three(empty)
    found = at(empty)
    assert {
        key: (row["total"], row["judged"], row["on_schedule"], row["behind"], row["undefined"])
        for key, row in found.items()
    } == {
        ("district", "310105", "headline"): (2, 1, 1, 0, 1),
        ("district", "310105", "all"): (3, 2, 1, 1, 1),
        ("domain", "life", "headline"): (1, 1, 1, 0, 0),
        ("domain", "life", "all"): (2, 2, 1, 1, 0),
        ("domain", "base", "headline"): (1, 0, 0, 0, 1),
        ("domain", "base", "all"): (1, 0, 0, 0, 1),
        ("department", "health", "headline"): (1, 1, 1, 0, 0),
        ("department", "health", "all"): (2, 2, 1, 1, 0),
        ("department", "", "headline"): (1, 0, 0, 0, 1),
        ("department", "", "all"): (1, 0, 0, 0, 1),
    }
    assert found["department", "health", "all"]["label_zh"] == "区卫健委"
    assert found["department", "", "all"]["label_zh"] == "责任部门未明确"
    assert found["domain", "life", "all"]["label_zh"] == "数字生活"


def test_the_order_is_district_domains_departments(empty: duckdb.DuckDBPyConnection) -> None:
    three(empty)
    keys = list(at(empty))
    assert [(dimension, code) for dimension, code, tier in keys if tier == "all"] == [
        ("district", "310105"),
        ("domain", "life"),
        ("domain", "base"),
        ("department", "health"),
        ("department", ""),
    ]


# Handed over on 2022-07-01; the register's own department is the one of today.
@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2020, 12, 31), ""),
        (date(2021, 1, 1), "old"),
        (date(2022, 6, 30), "old"),
        (date(2022, 7, 1), "new"),
        (MID_2023, "new"),
    ],
)
def test_a_total_belongs_to_the_department_of_the_day(empty: duckdb.DuckDBPyConnection, day: date, code: str) -> None:
    departments = [
        {"code": "old", "from": date(2021, 1, 1), "to": date(2022, 6, 30)},
        {"code": "new", "from": date(2022, 7, 1), "to": None},
    ]
    define(empty, department_code="new", departments=departments, tier="headline", domain="life")
    found = at(empty, day)
    assert [key[1] for key in found if key[0] == "department" and key[2] == "all"] == [code]


def test_of_two_that_overlap_the_one_that_took_over_last_answers(empty: duckdb.DuckDBPyConnection) -> None:
    departments = [
        {"code": "z_first", "from": None, "to": None},
        {"code": "a_second", "from": date(2022, 7, 1), "to": None},
    ]
    define(empty, department_code="a_second", departments=departments, tier="headline", domain="life")
    assert ("department", "z_first", "all") in at(empty, date(2022, 6, 30))
    assert ("department", "a_second", "all") in at(empty, date(2022, 7, 1))


def test_without_dates_the_definitions_own_department_answers(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty, department_code="own", departments=[], tier="headline", domain="life")
    assert ("department", "own", "all") in at(empty, date(2020, 1, 1))


def test_read_functions_give_what_was_published(home: Home) -> None:
    build_snapshot(home)
    reader = SnapshotReader(home)
    rows = overview(reader)
    by_code = {row.indicator_code: row for row in rows}

    found = totals(reader)
    assert all(isinstance(row, ProgressTotal) for row in found)
    district = next(row for row in found if row.dimension == "district" and row.tier == "all")
    assert (found[0].dimension, district.total) == ("district", len(rows))
    assert district.behind == sum(row.status == "behind" for row in rows)
    assert district.judged + district.undefined + district.not_due + district.missing + district.held + (
        district.not_assessed
    ) == len(rows)
    early = totals(reader, as_of=date(2020, 6, 30))
    assert {row.judged for row in early} == {0}

    forecast = forecasts(reader)
    assert set(forecast) == set(by_code)
    drawn = [one for one in forecast.values() if one.method is not None]
    assert drawn
    for one in drawn:
        points = forecast_path(reader, one.indicator_code)
        assert points[-1].value == one.forecast_value
        assert points[0].period_end <= by_code[one.indicator_code].as_of
        assert all(point.lower <= point.value <= point.upper for point in points)
    assert all(one.refusal_zh and one.refusal_en for one in forecast.values() if one.method is None)

    stated = claims(reader)
    assert [claim.claim_code for claim in stated] == ["on_schedule", "met_by_target_date"]
    for claim in stated:
        assert len(claim.indicators) == claim.total == sum(row.tier == "headline" for row in rows)
        assert sum(part.role != "not_judged" for part in claim.indicators) == claim.judged
        assert {part.role for part in claim.indicators if part.indicator_code == "N01"} == {"not_judged"}
