"""Checks across deliveries: what agrees, what does not, with both sides' numbers; nothing where one side is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from warehouse.checks import soda
from warehouse.checks.reconciliations import reconciliations
from warehouse.home import Home
from warehouse.publish.reconciliation import Reconciled, run_reconciliations

TABLES = """
    CREATE SCHEMA conformed; CREATE SCHEMA staging;
    CREATE TABLE conformed.fct_ecommerce_return (platform_code VARCHAR, month_start DATE, gmv_yuan DECIMAL(18,2));
    CREATE TABLE conformed.fct_ecommerce_order (platform_code VARCHAR, order_id VARCHAR, paid_yuan DECIMAL(18,2),
        dt DATE);
    CREATE TABLE conformed.dim_institution (institution_kind VARCHAR, institution_code VARCHAR);
    CREATE TABLE conformed.fct_hospital_report_day (org_code VARCHAR, report_type VARCHAR, reports_issued BIGINT,
        reports_received BIGINT, dt DATE);
    CREATE TABLE conformed.fct_iot_month (period_end DATE, subdistrict_code VARCHAR, alive BIGINT,
        counted_alive BIGINT);
    CREATE TABLE staging.stg_ecommerce_gmv__ecm_return (platform_code VARCHAR, period VARCHAR, gmv_month DECIMAL(18,2),
        gmv_ytd DECIMAL(18,2));
    CREATE TABLE staging.stg_hospital_interconnect__hsp_visit (org_code VARCHAR);
    CREATE TABLE staging.stg_hospital_interconnect__hsp_org (org_code VARCHAR);
    CREATE TABLE staging.stg_parking__prk_event (lot_code VARCHAR);
    CREATE TABLE staging.stg_parking__prk_snapshot (lot_code VARCHAR);
    CREATE TABLE staging.stg_parking__prk_lot (lot_code VARCHAR);
"""


def reconciled(home: Home, statements: Sequence[str]) -> Reconciled:
    home.build_database.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home.build_database)) as connection:
        connection.execute(TABLES)
        for statement in statements:
            connection.execute(statement)
    return run_reconciliations(home, run_id="r", evaluated_at=datetime(2023, 7, 1, tzinfo=UTC))


# Three platforms in March 2023; January's orders belong to February's return.
ORDERS = [
    "INSERT INTO conformed.fct_ecommerce_order VALUES ('A', '1', 60, '2023-01-05'), ('A', '2', 40, '2023-02-05'), "
    "('A', '3', 100, '2023-03-05'), ('B', '4', 100, '2023-03-05'), ('C', '5', 100, '2023-03-05')",
]


def returns(of_b: float) -> str:
    return (
        "INSERT INTO conformed.fct_ecommerce_return VALUES ('A', '2023-02-01', 100), ('A', '2023-03-01', 100), "
        f"('B', '2023-03-01', {of_b}), ('C', '2023-03-01', 104), ('D', '2023-03-01', 900)"
    )


CASES: list[tuple[str, list[str], str | None, tuple[int, int], dict[str, Any]]] = [
    ("orders_agree_with_returns", [*ORDERS, returns(110)], "PASSED", (4, 4), {}),
    (
        "orders_agree_with_returns",
        [*ORDERS, returns(120)],
        "WARN",
        (4, 3),
        {
            "平台代码 / Platform": "B",
            "月份 / Month": "2023-03-01",
            "订单占月报（%） / Orders as a share of the return (%)": 83.3,
            "当月各平台订单合计（元） / Orders of all platforms of the month (yuan)": "300.00",
            "当月各平台月报合计（元） / Returns of these platforms of the month (yuan)": "324.00",
            "orders_yuan": "***",
            "return_yuan": "***",
        },
    ),
    ("orders_agree_with_returns", [returns(120)], None, (0, 0), {}),  # nobody gave orders: nothing is compared
    (  # January's orders never came: February's return is not compared with the half of it
        "orders_agree_with_returns",
        [*ORDERS, "DELETE FROM conformed.fct_ecommerce_order WHERE dt < '2023-02-01'", returns(110)],
        "PASSED",
        (3, 3),
        {},
    ),
    (
        "ytd_is_sum_of_months",
        [
            "INSERT INTO staging.stg_ecommerce_gmv__ecm_return VALUES ('A', '202302', 1e6, 1e6), "
            "('A', '202303', 5e5, 1.5e6), ('A', '202304', 5e5, 1.2e6), ('A', '202402', 3e5, 3e5)"
        ],
        "WARN",
        (2, 1),
        {
            "平台代码 / Platform": "A",
            "报告期 / Period": "202304",
            "相差（占累计 %） / Difference (% of the year to date)": -66.7,
            "gmv_ytd": "***",
            "gmv_ytd_before": "***",
            "gmv_month": "***",
        },
    ),
    (
        "platforms_of_orders_are_registered",
        [
            *ORDERS,
            "INSERT INTO conformed.dim_institution VALUES ('ecommerce_platform', 'A'), ('ecommerce_platform', 'B')",
        ],
        "WARN",
        (3, 2),
        {"平台代码 / Platform": "C", "订单数 / Orders": 1, "名录中的条数 / Entries in the register": 0},
    ),
    (
        "received_not_above_issued",
        [
            "INSERT INTO conformed.fct_hospital_report_day VALUES ('H', 'LAB', 10, 10, '2023-06-01'), "
            "('H', 'CT', 4, 5, '2023-06-01'), ('H', 'US', NULL, 5, '2023-06-01')"
        ],
        "WARN",
        (2, 1),
        {
            "机构 / Institution": "H",
            "报告类别 / Kind of report": "CT",
            "日期 / Day": "2023-06-01",
            "收到 / Received": 5,
            "台账签发 / Issued by the ledger": 4,
        },
    ),
    (
        "visits_of_registered_hospitals",
        [
            "INSERT INTO staging.stg_hospital_interconnect__hsp_visit VALUES ('H'), ('X'), ('X')",
            "INSERT INTO staging.stg_hospital_interconnect__hsp_org VALUES ('H')",
        ],
        "WARN",
        (2, 1),
        {"机构 / Institution": "X", "就诊数 / Visits": 2, "名录中的条数 / Entries in the register": 0},
    ),
    (
        "month_counts_agree_with_heartbeats",
        [
            "INSERT INTO conformed.fct_iot_month VALUES ('2023-06-30', '310105001', 995, 1000), "
            "('2023-06-30', '310105002', 900, 1000), ('2023-06-30', '310105005', 9, NULL)"
        ],
        "WARN",
        (2, 1),
        {
            "月末 / Month's end": "2023-06-30",
            "街镇 / Subdistrict": "310105002",
            "心跳计数 / Counted by heartbeats": 900,
            "平台月统计 / Monthly count": 1000,
        },
    ),
    (
        "lots_of_uploads_are_registered",
        [
            "INSERT INTO staging.stg_parking__prk_snapshot VALUES ('P1')",
            "INSERT INTO staging.stg_parking__prk_lot VALUES ('P1')",
        ],
        "PASSED",
        (1, 1),
        {},
    ),
    ("lots_of_events_are_registered", ["INSERT INTO staging.stg_parking__prk_event VALUES ('P1')"], None, (0, 0), {}),
]


@pytest.mark.parametrize(("key", "statements", "outcome", "counted", "shown"), CASES)
def test_reconciliations(
    home: Home,
    key: str,
    statements: list[str],
    outcome: str | None,
    counted: tuple[int, int],
    shown: dict[str, Any],
) -> None:
    found = reconciled(home, statements)
    results = [result for result in found.results if result.check_key == key]
    assert [result.outcome for result in results] == ([outcome] if outcome else [])
    if results:
        assert (results[0].rows_tested, results[0].rows_satisfied) == counted
        assert (results[0].scope, results[0].batch_id, results[0].dimension) == ("feed", None, "一致性")
    rows = [json.loads(row["values_json"]) for row in found.failed_rows if row["check_key"] == key]
    assert rows == ([shown] if shown else [])


def test_every_case_is_covered_and_every_check_is_sound() -> None:
    checks = reconciliations()
    assert {check.spec.key for check in checks} == {key for key, *_ in CASES}
    assert [problem for check in checks for problem in soda.lint([check.spec])] == []
    assert not any(check.spec.blocking for check in checks), "which side is wrong is not known"


def test_tables_that_are_not_built_give_no_result(home: Home) -> None:
    home.build_database.parent.mkdir(parents=True, exist_ok=True)
    duckdb.connect(str(home.build_database)).close()
    assert run_reconciliations(home, run_id="r", evaluated_at=datetime(2023, 7, 1, tzinfo=UTC)) == Reconciled()
