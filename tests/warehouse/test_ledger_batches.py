"""The state machine of batches, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.ledger_rows import JUNE, RECEIVED, check_result, envelope, file
from tests.warehouse.ledger_stores import postgresql_url
from warehouse.home import REPOSITORY, Home
from warehouse.ledger import Ledger, PartitionRows, RejectReason, Treatment
from warehouse.ledger.access import LedgerConflict
from warehouse.ledger.batches import Replacement

pytestmark = pytest.mark.slow

DAY = date(2023, 6, 15)
MENDED = Treatment("full_width_text", "repaired", "lot_code", 2, "lots.xlsx / 报表 / 7", "全角", "full width")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    if request.param == "sqlite":
        yield home.ledger_url
    else:
        with postgresql_url() as address:
            yield address


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with Ledger(url) as opened:
        yield opened


def admit(ledger: Ledger, batch_id: str, order: int, *days: date, **changed: object) -> None:
    ledger.record_landed(envelope(batch_id, order, **changed), [file(batch_id)])
    ledger.mark_parsed(batch_id, rows_read=len(days))
    ledger.decide(
        batch_id, "admitted", rows_admitted=len(days), partitions=[PartitionRows(day, 1) for day in days or (DAY,)]
    )


def test_a_delivery_is_recorded_once(ledger: Ledger) -> None:
    files = [file("b.json", sha256="2" * 64, modified_at=None), file("a.json", sha256="1" * 64)]
    assert ledger.record_landed(envelope("b1"), files)
    assert not ledger.record_landed(envelope("b1", 99), [file("other")])
    assert ledger.known("b1")
    assert not ledger.known("b2")
    found = ledger.batch("b1")
    assert found is not None
    assert (found.status, found.batch_order, found.received_at) == ("landed", 1, RECEIVED)
    assert ledger.files("b1") == files
    assert ledger.delivered_files("parking", "prk_lot", "register") == files
    assert ledger.delivered_files("parking", "prk_lot", "other") == []
    assert ledger.batch("b2") is None


def test_the_newest_batches_of_each_reason_to_reject(ledger: Ledger) -> None:
    for day in range(1, 6):
        ledger.record_landed(envelope(f"b{day}", day, received_at=RECEIVED + timedelta(days=day)), [file()])
        codes = ["required"] if day > 1 else ["required", "out_of_range"]
        ledger.decide(
            f"b{day}", "held", reason_zh="待核", rejects=[RejectReason(code, "原因", "reason", 1) for code in codes]
        )
    assert ledger.newest_with_rejects(2) == {"b1", "b4", "b5"}


def test_a_batch_walks_from_landed_to_admitted(ledger: Ledger) -> None:
    undated = envelope("b1", period_start=None, period_end=None, rows_declared=None)
    ledger.record_landed(undated, [file()])
    assert [batch.batch_id for batch in ledger.unfinished()] == ["b1"]
    ledger.mark_parsed(
        "b1", rows_read=130, rows_declared=130, encoding_detected="gb18030", period_start=DAY, period_end=DAY
    )
    assert [batch.status for batch in ledger.unfinished()] == ["parsed"]
    decided = ledger.decide(
        "b1",
        "admitted",
        rows_admitted=120,
        rows_rejected=10,
        partitions=[PartitionRows(DAY, 120, 8)],
        rejects=[RejectReason("required", "必填字段为空", "a required field is empty", 10)],
        checks=[check_result()],
        watermark="2023-06-15T08:00:00",
        decided_at=RECEIVED,
    )
    assert decided == ledger.batch("b1")
    assert (decided.status, decided.rows_read, decided.rows_admitted, decided.rows_rejected) == (
        "admitted",
        130,
        120,
        10,
    )
    assert (decided.encoding_detected, decided.rows_declared, decided.period_start) == ("gb18030", 130, DAY)
    assert (decided.decided_at, decided.decision_seq, decided.supersedes) == (RECEIVED, 1, ())
    assert ledger.unfinished() == []
    assert ledger.partitions("b1") == [PartitionRows(DAY, 120, 8)]
    assert ledger.batch_days() == {"b1": [DAY]}
    assert ledger.rejects("b1") == [RejectReason("required", "必填字段为空", "a required field is empty", 10)]
    assert [result.batch_id for result in ledger.check_results(batch_ids=["b1"])] == ["b1"]
    assert ledger.watermark("parking", "prk_lot", "register") == "2023-06-15T08:00:00"
    assert [(change.dt, change.cause) for change in ledger.partition_changes()] == [(DAY, "admitted")]


def test_a_decision_takes_effect_as_a_whole_or_not_at_all(ledger: Ledger) -> None:
    ledger.record_landed(envelope("b1"), [file()])
    with pytest.raises(sa.exc.IntegrityError):
        ledger.decide(
            "b1",
            "admitted",
            partitions=[PartitionRows(DAY, 1)],
            checks=[check_result(outcome="PERHAPS")],
            watermark="5",
        )
    found = ledger.batch("b1")
    assert found is not None
    assert (found.status, found.decision_seq) == ("landed", None)
    assert ledger.partition_changes() == []
    assert ledger.partitions("b1") == []
    assert ledger.watermark("parking", "prk_lot", "register") is None


def test_several_methods_share_one_transaction(ledger: Ledger) -> None:
    def fail_halfway() -> None:
        with ledger.begin() as tx:
            tx.record_landed(envelope("b1"), [file()])
            assert tx.known("b1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert not ledger.known("b1")
    with ledger.begin() as tx:
        tx.record_landed(envelope("b1"), [file()])
        assert not ledger.known("b1"), "another connection sees nothing before the end"
    assert ledger.known("b1")


def test_a_batch_is_decided_once(ledger: Ledger) -> None:
    admit(ledger, "b1", 1)
    for step in (
        lambda: ledger.decide("b1", "admitted"),
        lambda: ledger.mark_parsed("b1", rows_read=1),
        lambda: ledger.decide("unknown", "held", reason_zh="原因", reason_en="reason"),
    ):
        with pytest.raises(LedgerConflict, match=r"状态是.* / batch .*"):
            step()
    assert [batch.decision_seq for batch in ledger.batches()] == [1]


def test_a_held_batch_needs_a_reason_changes_no_day_and_may_be_decided_anew(ledger: Ledger) -> None:
    ledger.record_landed(envelope("b1"), [file()])
    with pytest.raises(ValueError, match="without a reason"):
        ledger.decide("b1", "held")
    ledger.decide(
        "b1",
        "held",
        partitions=[PartitionRows(DAY, 3)],
        rejects=[RejectReason("a", "甲", "a", 1)],
        treatments=[MENDED],
        reason_zh="行数不足",
        reason_en="too few rows",
    )
    assert ledger.treatments("b1") == [MENDED]
    assert ledger.partition_changes() == []
    assert [batch.reason_zh for batch in ledger.batches(status="held")] == ["行数不足"]
    ledger.decide("b1", "admitted", partitions=[PartitionRows(DAY, 5)])
    decided = ledger.batch("b1")
    assert decided is not None
    assert (decided.status, decided.reason_zh, decided.decision_seq) == ("admitted", None, 2)
    assert ledger.partitions("b1") == [PartitionRows(DAY, 5)]
    assert ledger.treatments("b1") == []
    assert ledger.rejects("b1") == []
    assert len(ledger.partition_changes()) == 1


def test_a_newer_full_batch_replaces_the_older_of_its_delivery_and_period(ledger: Ledger) -> None:
    admit(ledger, "july", 1, date(2023, 7, 1), period_start=date(2023, 7, 1), period_end=date(2023, 7, 31))
    admit(ledger, "other_delivery", 1, DAY, delivery_key="hospital2")
    admit(ledger, "delta", 2, DAY, DAY + timedelta(1), mode="delta")
    ledger.record_landed(envelope("new", 3), [file()])
    assert ledger.replacement("new") == Replacement(supersedes=("delta",))
    decided = ledger.decide("new", "admitted", partitions=[PartitionRows(DAY, 2)])
    assert decided.supersedes == ("delta",)
    assert {batch.batch_id for batch in ledger.batches(status="admitted")} == {"july", "other_delivery", "new"}
    assert [(batch.batch_id, batch.superseded_by) for batch in ledger.batches(status="superseded")] == [
        ("delta", "new")
    ]
    changes = [(change.dt, change.batch_id, change.cause) for change in ledger.partition_changes(since=4)]
    assert changes == [
        (DAY, "delta", "superseded"),
        (DAY + timedelta(1), "delta", "superseded"),
        (DAY, "new", "admitted"),
    ]


def test_what_came_after_its_replacement_is_superseded_at_once(ledger: Ledger) -> None:
    admit(ledger, "new", 5, DAY)
    ledger.record_landed(envelope("old", 4), [file()])
    decided = ledger.decide("old", "admitted", partitions=[PartitionRows(DAY, 9)])
    assert (decided.status, decided.superseded_by) == ("superseded", "new")
    assert ledger.partitions("old") == [PartitionRows(DAY, 9)]
    assert len(ledger.partition_changes()) == 1, "its rows were never visible"


def test_a_batch_without_a_period_replaces_nothing(ledger: Ledger) -> None:
    for order in (1, 2):
        admit(ledger, f"b{order}", order, period_start=None, period_end=None)
    assert len(ledger.batches(status="admitted")) == 2


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(
        st.tuples(st.sampled_from(["full", "delta", "correction"]), st.sampled_from(["a", "b"])), min_size=2, max_size=5
    ),
    order=st.randoms(use_true_random=False),
)
def test_which_batches_hold_does_not_depend_on_the_order_in_which_they_come(
    tmp_path_factory: pytest.TempPathFactory,
    kinds: list[tuple[Literal["full", "delta", "correction"], str]],
    order: object,
) -> None:
    batches = [(f"b{rank}", rank, mode, delivery) for rank, (mode, delivery) in enumerate(kinds)]
    shuffled = list(batches)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    with Ledger(f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ledger.sqlite") as ledger:
        for batch_id, rank, mode, delivery in shuffled:
            admit(ledger, batch_id, rank, DAY, mode=mode, delivery_key=delivery)
        admitted = {batch.batch_id for batch in ledger.batches(status="admitted")}
        changes = ledger.partition_changes()
    expected = {
        batch_id
        for batch_id, rank, _, delivery in batches
        if not any(
            newer > rank and (mode == "correction" or (mode == "full" and way == delivery))
            for _, newer, mode, way in batches
        )
    }
    assert admitted == expected
    visible = [change.batch_id for change in changes if change.cause == "admitted"]
    withdrawn = [change.batch_id for change in changes if change.cause == "superseded"]
    assert set(visible) - set(withdrawn) == admitted, "the changes tell the same story"
    assert len(set(visible)) == len(visible)


def test_a_correction_that_comes_after_its_own_replacement_still_withdraws_what_it_corrects(ledger: Ledger) -> None:
    admit(ledger, "b0", 0, DAY, mode="full", delivery_key="a")
    admit(ledger, "b2", 2, DAY, mode="full", delivery_key="b")
    admit(ledger, "b1", 1, DAY, mode="correction", delivery_key="b")

    assert {batch.batch_id for batch in ledger.batches(status="admitted")} == {"b2"}


def test_superseding_by_hand_is_recorded(ledger: Ledger) -> None:
    admit(ledger, "b1", 1, delivery_key="a")
    admit(ledger, "b2", 2, delivery_key="b")
    ledger.supersede(["b1"], by="b2")
    assert [change.cause for change in ledger.partition_changes()] == ["admitted", "admitted", "superseded"]
    with pytest.raises(LedgerConflict):
        ledger.supersede(["b1"], by="b2")


def test_watermarks_are_per_delivery_and_replaced(ledger: Ledger) -> None:
    ledger.set_watermark("f", "e", "a", "1")
    ledger.set_watermark("f", "e", "b", "2")
    ledger.set_watermark("f", "e", "a", "3")
    assert [ledger.watermark("f", "e", key) for key in ("a", "b", "c")] == ["3", "2", None]


def test_batches_are_found_by_what_they_are(ledger: Ledger) -> None:
    admit(ledger, "b2", 2, mode="delta")
    admit(ledger, "b1", 1, mode="delta", run_id="run2")
    ledger.record_landed(envelope("b3", 3, entity="prk_event"), [file()])

    def ids(**conditions: object) -> list[str]:
        return [batch.batch_id for batch in ledger.batches(**conditions)]  # type: ignore[arg-type]

    assert ids() == ["b1", "b2", "b3"]
    assert ids(entity="prk_lot", status="admitted") == ["b1", "b2"]
    assert ids(status=["landed", "held"]) == ["b3"]
    assert ids(run_id="run2") == ["b1"]
    assert ids(feed="other") == []
    assert ids(batch_ids=["b3", "b9"]) == ["b3"]


def test_times_keep_their_moment_and_a_time_without_zone_is_refused(ledger: Ledger) -> None:
    shanghai = timezone(timedelta(hours=8))
    ledger.record_landed(envelope("b1", received_at=datetime(2023, 7, 1, 2, tzinfo=shanghai)), [file()])
    found = ledger.batch("b1")
    assert found is not None
    assert found.received_at == datetime(2023, 6, 30, 18, tzinfo=UTC)
    assert found.received_at.utcoffset() == timedelta(0)
    with pytest.raises(sa.exc.StatementError, match="时间缺少时区"):
        ledger.record_landed(envelope("b2", received_at=datetime(2023, 7, 1, 2)), [file()])


def test_a_batch_needs_a_file_and_known_words(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no file"):
        ledger.record_landed(envelope("b1"), [])
    with pytest.raises(sa.exc.IntegrityError):
        ledger.record_landed(envelope("b1", mode="bulk"), [file()])
    assert ledger.batches() == []


def test_processes_that_start_together_find_one_complete_ledger(url: str) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(4)

    def start(number: int) -> None:
        try:
            together.wait()
            with Ledger(url) as opened:
                opened.record_landed(envelope(f"b{number}", number, mode="delta"), [file()])
        except BaseException as error:  # noqa: BLE001  reported below: a thread's exception is lost otherwise
            failures.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Ledger(url) as ledger:
        assert [batch.batch_id for batch in ledger.batches()] == ["b0", "b1", "b2", "b3"]


def test_threads_may_share_a_ledger(ledger: Ledger) -> None:
    def walk(number: int) -> int | None:
        admit(ledger, f"b{number}", number, mode="delta")
        found = ledger.batch(f"b{number}")
        return found.decision_seq if found else None

    with ThreadPoolExecutor(4) as pool:
        decisions = list(pool.map(walk, range(12)))
    assert sorted(filter(None, decisions)) == list(range(1, 13))


KILLED = """
import sys
from tests.warehouse.ledger_rows import envelope, file
from warehouse.ledger import Ledger
with Ledger(sys.argv[1]) as ledger:
    ledger.record_landed(envelope("before"), [file()])
    with ledger.begin() as tx:
        tx.record_landed(envelope("during", 2), [file()])
        tx.decide("before", "held", reason_zh="原因", reason_en="reason")
        print("in the middle", flush=True)
        sys.stdin.read()
"""


def test_a_process_killed_in_the_middle_of_a_decision_leaves_nothing_of_it(url: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    process.kill()
    process.communicate()
    with Ledger(url) as ledger:
        assert [(batch.batch_id, batch.status) for batch in ledger.batches()] == [("before", "landed")]
        ledger.decide("before", "admitted")
        assert [batch.batch_id for batch in ledger.unfinished()] == []


def test_the_period_of_a_batch_is_kept_to_the_day(ledger: Ledger) -> None:
    admit(ledger, "b1", 1)
    found = ledger.batch("b1")
    assert found is not None
    assert (found.period_start, found.period_end) == JUNE
    assert list(itertools.chain(ledger.batch_days()["b1"])) == [DAY]


def test_an_address_of_another_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"DISTRICT_OPS_URL 只支持.*takes sqlite"):
        Ledger("mysql+pymysql://db/ops")
    with Ledger(f"sqlite:///{tmp_path}/new/folder/ledger.sqlite") as opened:
        assert opened.batches() == []
