"""Quality scores: A over B of check results by dimension, weighted, decomposing to checks, kept by publication."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.warehouse.ledger_rows import RECEIVED, check_result, contract, envelope
from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import Batch, BatchEnvelope, Ledger, RejectReason
from warehouse.publish import publish, snapshot_file
from warehouse.publish.feed_checks import admission_results
from warehouse.publish.quality_scores import WEIGHTS, fill_quality_scores
from warehouse.read import SnapshotReader

pytestmark = pytest.mark.slow


def result(key: str, outcome: str = "PASSED", **changed: Any) -> dict[str, Any]:
    row = {
        "check_result_id": f"{key}-{changed.get('batch_id')}-{changed.get('indicator_code')}",
        "scope": "feed",
        "feed": "parking",
        "entity": "prk_lot",
        "check_key": key,
        "dimension": "准确性",
        "severity": "warning",
        "blocking": False,
        "outcome": outcome,
        "evaluated_at": RECEIVED,
    }
    return row | changed


def scores(connection: duckdb.DuckDBPyConnection, checks: list[dict[str, Any]]) -> dict[tuple[str, str, str], Any]:
    snapshot_file.insert(
        connection, "feed", [{"feed": "parking", "entity": "prk_lot", "department_code": "construction_commission"}]
    )
    snapshot_file.insert(connection, "indicator", [{"indicator_code": "S14", "entities": ["parking.prk_lot"]}])
    snapshot_file.insert(connection, "check_result", checks)
    fill_quality_scores(connection, None)
    rows = snapshot_file.rows(connection, "SELECT * FROM quality_score")
    return {(row["subject_kind"], row["subject"], row["dimension"]): row for row in rows}


@pytest.mark.parametrize(
    ("checks", "score", "satisfied", "tested"),
    [
        ([result("a")], 100.0, 1, 1),
        ([result("a", "WARN")], 0.0, 0, 1),
        ([result("a", "NOT_EVALUATED", rows_tested=50, rows_satisfied=50)], 0.0, 0, 50),
        ([result("a", "WARN", rows_tested=200, rows_satisfied=150)], 75.0, 150, 200),
        # A check passes within its threshold and still says how many rows do not satisfy the rule.
        ([result("a", rows_tested=200, rows_satisfied=190)], 95.0, 190, 200),
        ([result("a"), result("b", "FAILED", severity="error", blocking=True)], 25.0, 1, 2),  # 1 against 3
        ([result("a"), result("b", "FAILED", severity="error")], 100 / 3, 1, 2),  # 1 against 2
    ],
)
def test_a_dimension_is_the_weighted_mean_of_its_checks(
    empty: duckdb.DuckDBPyConnection, checks: list[dict[str, Any]], score: float, satisfied: int, tested: int
) -> None:
    found = scores(empty, checks)
    for subject in (("feed", "parking"), ("entity", "parking.prk_lot"), ("department", "construction_commission")):
        row = found[(*subject, "准确性")]
        assert row["score"] == pytest.approx(score)
        assert (row["satisfied"], row["tested"]) == (satisfied, tested)
    assert found["indicator", "S14", "准确性"]["score"] == pytest.approx(score)
    assert ("feed", "parking", "时效性") not in found, "without checks there is no score"


def test_the_whole_is_weighted_over_the_dimensions_that_have_checks(empty: duckdb.DuckDBPyConnection) -> None:
    found = scores(empty, [result("a"), result("b", "FAILED", dimension="可访问性")])
    whole = found["feed", "parking", ""]
    assert whole["score"] == pytest.approx(100 * 25 / 30)
    assert (whole["checks"], whole["passed"], whole["failed"]) == (2, 1, 1)


def test_the_newest_result_of_a_check_counts(empty: duckdb.DuckDBPyConnection) -> None:
    older = result("a", "FAILED", batch_id="b1", evaluated_at=RECEIVED - timedelta(days=1))
    found = scores(empty, [older, result("a", batch_id="b2")])
    assert found["feed", "parking", "准确性"]["score"] == 100


def test_weights_are_complete_and_say_why() -> None:
    dimensions = [row for row in WEIGHTS if row[0] == "dimension"]
    assert len(dimensions) == 6
    assert sum(row[2] for row in dimensions) == 100
    assert all(zh and en for *_, zh, en in WEIGHTS)


def test_scores_are_published_with_their_history(home: Home, ledger: Ledger) -> None:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    district.build()
    publish(home, ledger, as_of=AS_OF, run_id="r1", manifest_path=district.manifest_path)
    reader = SnapshotReader(home)
    timeliness = reader.rows("SELECT * FROM quality_score WHERE subject = 'parking.prk_lot' AND dimension = '时效性'")
    assert [(row["score"], row["tested"]) for row in timeliness] == [], "nothing was due"
    bad = check_result("plausible", outcome="FAILED", blocking=False, rows_tested=10, rows_satisfied=4)
    district.deliver_uploads("bnext", 41, 50, day=AS_OF - timedelta(days=1), checks=[bad])
    district.build()
    publish(home, ledger, as_of=AS_OF, run_id="r2", manifest_path=district.manifest_path)
    reader = SnapshotReader(home)
    history = reader.rows(
        "SELECT number, score FROM quality_score_history WHERE subject_kind = 'feed' AND subject = 'parking' "
        "AND dimension = '完整性' ORDER BY number"
    )
    assert [(row["number"], row["score"]) for row in history] == [(2, 40.0)]
    assert {row["number"] for row in reader.rows("SELECT number FROM quality_score_history")} == {1, 2}
    checks = reader.rows(
        "SELECT check_key, satisfied, tested FROM quality_score_check WHERE subject_kind = 'indicator' "
        "AND subject = 'S15' AND dimension = '完整性' AND scope = 'feed'"
    )
    assert [tuple(row.values()) for row in checks] == [("plausible", 4, 10)]
    again = publish(home, ledger, as_of=AS_OF, run_id="r3", manifest_path=district.manifest_path)
    assert not again.published, "the same facts again are no publication"


def test_what_is_late_or_missing_is_a_result(home: Home, ledger: Ledger) -> None:
    district = SmallDistrict(home, ledger)
    district.deliver_lots("may", {"L1": date(2023, 5, 1)}, day=date(2023, 5, 31), order=1)
    district.deliver_uploads("up", 8, 10, day=date(2023, 6, 25))
    district.build()
    publish(home, ledger, as_of=AS_OF, run_id="r1", manifest_path=district.manifest_path)
    rows = SnapshotReader(home).rows(
        "SELECT entity, outcome, rows_satisfied, rows_tested FROM check_result WHERE check_key = 'delivered_in_time' "
        "ORDER BY entity"
    )
    assert [tuple(row.values()) for row in rows] == [("prk_lot", "PASSED", 1, 1), ("prk_snapshot", "WARN", 1, 5)]
    kept = [one.check_key for one in ledger.check_results(run_id="r1") if one.batch_id is None and one.feed]
    assert kept.count("delivered_in_time") == 2


def test_rejected_rows_lower_the_dimension_of_their_rule(empty: duckdb.DuckDBPyConnection) -> None:
    register = contract(
        "prk_lot", reject_dimensions={"unknown_code": "规范性", "missing_value": "完整性", "lot_too_full": "准确性"}
    )

    def judged(batch_id: str, order: int, rows_read: int, rows_rejected: int = 0) -> Batch:
        plain = {item.name: getattr(envelope(batch_id, order), item.name) for item in fields(BatchEnvelope)}
        return Batch(**plain, status="admitted", rows_read=rows_read, rows_rejected=rows_rejected)

    rejected = [
        RejectReason("unknown_code", "", "", 2),
        RejectReason("lot_too_full", "", "", 1),
        RejectReason("duplicate_row", "", "", 4),  # a repeat says nothing against the delivery
    ]
    batches = [judged("b2", 2, 200, 7), judged("b1", 1, 10, 10), judged("b3", 3, 0)]

    found = list(
        admission_results([register], batches, {"b2": rejected}.__getitem__, run_id="r", evaluated_at=RECEIVED)
    )

    assert [(one.dimension, one.outcome, one.rows_satisfied, one.rows_tested) for one in found] == [
        ("规范性", "WARN", 198, 200),
        ("完整性", "PASSED", 200, 200),
        ("准确性", "WARN", 199, 200),
    ]
    names = set(result("a")) | {"rows_tested", "rows_satisfied"}
    rows = [result(one.check_key) | {name: getattr(one, name) for name in names - {"check_result_id"}} for one in found]
    assert scores(empty, rows)["feed", "parking", "规范性"]["score"] == pytest.approx(99.0)
