from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from orchestration.verdict import judge, open_held_batches
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.ledger import BatchEnvelope, BatchFile, CheckResult, Ledger, PullProblem

MOMENT = datetime(2023, 6, 10, tzinfo=UTC)


def decide(ledger: Ledger, batch_id: str, status: Any, order: int, **values: Any) -> None:
    envelope: dict[str, Any] = {
        "feed": "tiny", "entity": "count", "source": "drop", "delivery_mode": "files", "delivery_key": "drop",
        "file_name": "count_20230609.csv", "sha256": batch_id, "bytes": 1, "received_at": MOMENT, "landed_at": MOMENT,
        "mode": "delta", "contract_version": "1", "contract_sha256": "c", "run_id": "r1", "simulated": False,
        "period_start": date(2023, 6, 9), "period_end": date(2023, 6, 9),
    } | values  # fmt: skip
    ledger.record_landed(
        BatchEnvelope(batch_id=batch_id, batch_order=order, **envelope),
        [BatchFile(envelope["file_name"], batch_id, 1)],
    )
    reasons = {"reason_zh": "文件被截断", "reason_en": "the file is truncated"} if status == "held" else {}
    ledger.decide(batch_id, status, **reasons)


def published_check(outcome: Any, *, blocking: bool = True, run_id: str = "r1", minute: int = 0) -> CheckResult:
    return CheckResult(
        run_id=run_id,
        scope="published",
        entity="fct_indicator_observation",
        check_key="no_negative",
        name_zh="不得为负",
        name_en="Not negative",
        dimension="准确性",
        severity="error",
        blocking=blocking,
        outcome=outcome,
        measured=3.0,
        evaluated_at=MOMENT.replace(minute=minute),
    )


def test_a_new_home_is_fine(home: Home, ledger: Ledger) -> None:
    assert judge(home, ledger, {"r1"}, ["tiny"]).fine


def test_a_held_batch_is_named_with_its_file_and_reason_in_both_languages(home: Home, ledger: Ledger) -> None:
    decide(ledger, "b1", "held", 1)
    (reason,) = judge(home, ledger, {"r1"}, ["tiny"]).reasons
    for part in ("b1", "tiny.count", "count_20230609.csv", "文件被截断"):
        assert part in reason.zh
    assert "the file is truncated" in reason.en


def test_a_batch_held_in_an_earlier_run_still_counts(home: Home, ledger: Ledger) -> None:
    decide(ledger, "b1", "held", 1)
    assert not judge(home, ledger, {"later"}, ["tiny"]).fine


def test_a_held_batch_of_another_feed_is_not_this_run_s_business(home: Home, ledger: Ledger) -> None:
    decide(ledger, "b1", "held", 1)
    assert judge(home, ledger, {"r1"}, ["parking"]).fine


@pytest.mark.parametrize(
    ("later", "made_good"),
    [
        ({}, True),
        ({"entity": "crossing"}, False),
        ({"period_start": date(2023, 6, 8), "period_end": date(2023, 6, 8)}, False),
        ({"delivery_key": "another way"}, False),
    ],
)
def test_a_good_delivery_of_the_same_period_makes_up_for_a_held_one(
    ledger: Ledger, later: dict[str, Any], made_good: bool
) -> None:
    decide(ledger, "b1", "held", 1)
    decide(ledger, "b2", "admitted", 2, **later)
    assert bool(open_held_batches(ledger, ["tiny"])) is not made_good


def test_an_earlier_good_delivery_does_not_make_up_for_a_held_one(ledger: Ledger) -> None:
    decide(ledger, "b1", "admitted", 1)
    decide(ledger, "b2", "held", 2)
    assert [batch.batch_id for batch in open_held_batches(ledger, ["tiny"])] == ["b2"]


def test_a_file_too_broken_to_be_dated_is_made_good_by_the_same_file_again(ledger: Ledger) -> None:
    undated = {"period_start": None, "period_end": None}
    decide(ledger, "b1", "held", 1, **undated)
    decide(ledger, "b2", "admitted", 2, **undated, file_name="another.csv")
    assert open_held_batches(ledger, ["tiny"])
    decide(ledger, "b3", "admitted", 3)
    assert not open_held_batches(ledger, ["tiny"])


def test_an_unreachable_source_is_red_in_the_run_that_could_not_reach_it(home: Home, ledger: Ledger) -> None:
    ledger.record_problem(PullProblem("r1", "tiny", None, "连接被拒绝", "connection refused", MOMENT))
    (reason,) = judge(home, ledger, {"r1"}, ["tiny"]).reasons
    assert (reason.zh, reason.en) == ("连接被拒绝", "connection refused")
    assert judge(home, ledger, {"r2"}, ["tiny"]).fine


@pytest.mark.parametrize(
    ("outcome", "blocking", "fine"),
    [
        ("PASSED", True, True),
        ("WARN", True, True),
        ("FAILED", True, False),
        ("NOT_EVALUATED", True, False),
        ("FAILED", False, True),
    ],
)
def test_only_a_blocking_check_that_did_not_pass_is_red(
    home: Home, ledger: Ledger, outcome: str, blocking: bool, fine: bool
) -> None:
    ledger.add_check_results([published_check(outcome, blocking=blocking)])
    assert judge(home, ledger, {"r1"}, ["tiny"]).fine is fine


def test_the_newest_result_of_a_published_check_stands(home: Home, ledger: Ledger) -> None:
    ledger.add_check_results([published_check("FAILED", run_id="r1")])
    ledger.add_check_results([published_check("PASSED", run_id="r2", minute=5)])
    assert judge(home, ledger, ["r1", "r2"], ["tiny"]).fine
    assert judge(home, ledger, ["r2", "r1"], ["tiny"]).fine


def test_an_indicator_held_by_publishing_is_red(home: Home, ledger: Ledger) -> None:
    build_snapshot(home)
    held = [reason for reason in judge(home, ledger, set(), []).reasons if "暂停发布" in reason.zh]
    assert held
