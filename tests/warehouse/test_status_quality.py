"""How sure a figure is: its quality word, worked out by hand from batches and what their checks said."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.warehouse.plan_rows import MID_2023, define, observe, status
from warehouse.publish import snapshot_file


def batch(connection: duckdb.DuckDBPyConnection, batch_id: str, day: date, **changed: Any) -> None:
    row = {
        "batch_id": batch_id,
        "feed": "f",
        "entity": "e",
        "received_at": day + timedelta(days=1),
        "period_start": day,
        "period_end": day,
        "mode": "delta",
        "status": "admitted",
    }
    snapshot_file.insert(connection, "batch", [row | changed])


def check(connection: duckdb.DuckDBPyConnection, batch_id: str | None, outcome: str, **changed: Any) -> None:
    row = {
        "check_result_id": f"{batch_id}-{outcome}-{changed}",
        "scope": "feed",
        "batch_id": batch_id,
        "check_key": "k",
        "outcome": outcome,
        "severity": "error",
    }
    snapshot_file.insert(connection, "check_result", [row | changed])


def test_quality_is_unknown_without_checks(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 50.0)
    batch(empty, "b1", MID_2023)
    assert status(empty)["quality"] == "unknown"


@pytest.mark.parametrize(
    ("outcome", "severity", "quality"),
    [
        ("PASSED", "error", "ok"),
        ("WARN", "warning", "warning"),
        ("FAILED", "error", "failed"),
        ("FAILED", "warning", "warning"),
        ("NOT_EVALUATED", "error", "failed"),
    ],
)
def test_quality_follows_the_checks(
    empty: duckdb.DuckDBPyConnection, outcome: str, severity: str, quality: str
) -> None:
    define(empty)
    observe(empty, 50.0)
    batch(empty, "b1", MID_2023)
    check(empty, "b1", "PASSED", check_key="other")
    check(empty, "b1", outcome, severity=severity)
    assert status(empty)["quality"] == quality


@pytest.mark.parametrize(("check_key", "quality"), [("admitted.accuracy", "warning"), ("delivered_in_time", "unknown")])
def test_rows_that_admission_rejected_are_a_warning(
    empty: duckdb.DuckDBPyConnection, check_key: str, quality: str
) -> None:
    define(empty)
    observe(empty, 50.0)
    batch(empty, "b1", date(2023, 6, 30))
    check(empty, None, "WARN", check_key=check_key, feed="f", entity="e", severity="warning")
    assert status(empty)["quality"] == quality


def test_a_held_batch_of_the_period_spoils_quality_until_it_is_sent_again(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 50.0)
    batch(empty, "b1", date(2023, 6, 10), status="held")
    batch(empty, "b2", MID_2023)
    check(empty, "b2", "PASSED")
    assert status(empty)["quality"] == "failed"
    batch(empty, "b3", date(2023, 6, 10), received_at=date(2023, 6, 20))
    check(empty, "b3", "PASSED")
    assert status(empty)["quality"] == "ok"


def test_a_failure_of_another_period_does_not_spoil_quality(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 50.0)
    batch(empty, "b1", date(2023, 3, 10))
    check(empty, "b1", "FAILED")
    batch(empty, "b2", MID_2023)
    check(empty, "b2", "PASSED")
    assert status(empty)["quality"] == "ok"


def test_a_failed_check_of_the_published_figures_counts(empty: duckdb.DuckDBPyConnection) -> None:
    define(empty)
    observe(empty, 50.0)
    check(empty, None, "FAILED", scope="published", indicator_code="X")
    assert status(empty)["quality"] == "failed"
