"""The whole walk of deliveries: taken in once, held when they should be, superseded, tried again, never lost."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sources import decision
from sources.admission import gate
from sources.connectors.offer import PullRequest, connector
from sources.contract.feed import Feed
from sources.intake import PullReport, batch_id, pull, recover
from tests.sources.contract_example import contract, entity_of, load, set_property
from tests.sources.deliveries_example import DELIVERED, deliver, loans, raw_rows, state
from tests.sources.rest_source import Answer, RestSource, paths
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify

pytestmark = pytest.mark.slow

Change = Callable[[dict[str, Any]], Any]
RUN = "run-1"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds" / "library" / "drop"
    folder.mkdir(parents=True)
    return folder


def feed_with(drop: Path, change: Change | None = None) -> Feed:
    document = contract()
    if change:
        change(document)
    return load(drop.parents[1], document)


def statuses(report: PullReport) -> list[str]:
    assert report.problems == []
    return [batch.status for batch in report.batches]


def file_delivery(**more: Any) -> dict[str, Any]:
    return {"server": "drop", "file": {"pattern": "loans_{period}_{seq}.csv", "format": {"kind": "csv"}}, **more}


# --- once ----------------------------------------------------------------------------------------------------------


def test_a_delivery_is_landed_admitted_and_recorded(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    file = deliver(drop, "loans_20230601_1.csv", loans(1, 2))
    report = pull(feed, home, ledger, run_id=RUN)
    (outcome,) = report.batches
    assert (outcome.status, outcome.rows_read, outcome.rows_admitted, outcome.rows_rejected) == ("admitted", 2, 2, 0)
    assert (outcome.dt_min, outcome.dt_max) == (date(2023, 6, 1), date(2023, 6, 1))
    assert [(check.spec.key, check.outcome) for check in outcome.checks] == [("loans_present", "PASSED")]

    (batch,) = ledger.batches()
    assert batch.batch_id == outcome.batch_id == batch_id("library", "lib_loan", batch.sha256, date(2023, 6, 1))
    assert (batch.file_name, batch.bytes, batch.received_at, batch.batch_seq) == (
        file.name,
        file.stat().st_size,
        DELIVERED,
        1,
    )
    assert (batch.run_id, batch.contract_sha256, batch.status) == (RUN, feed.contract_sha256, "admitted")
    assert (home.landing / batch.sha256[:2] / batch.sha256).read_bytes() == file.read_bytes()
    assert [row["loan_id"] for row in raw_rows(home)] == ["L1", "L2"]
    assert {row["_batch_id"] for row in raw_rows(home)} == {batch.batch_id}
    assert (home.raw / "library" / "lib_loan" / "dt=2023-06-01" / f"batch={batch.batch_id}").is_dir()
    assert [(part.dt, part.rows) for part in ledger.partitions(batch.batch_id)] == [(date(2023, 6, 1), 2)]
    assert [result.check_key for result in ledger.check_results(run_id=RUN)] == ["loans_present"]
    assert list(home.workspace.iterdir()) == []
    assert [record.entity for record in ledger.contracts()] == ["lib_loan"]


def test_what_was_pulled_is_verified_by_its_hashes(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    deliver(drop, "loans_20230601_1.csv", loans(1, 2))
    deliver(drop, "loans_20230602_1.csv", loans(3, day=2, kind="光盘"))  # held
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted", "held"]
    sound = verify(home, ledger)
    assert (sound.findings, sound.unhashed) == ((), 0)
    (part,) = home.raw.rglob("*.parquet")
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    (finding,) = verify(home, ledger).findings
    assert "library.lib_loan" in finding.en
    assert finding.remedy_en.startswith("restore the file")


def test_a_second_pull_takes_in_nothing(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    deliver(drop, "loans_20230601_1.csv", loans(1))
    pull(feed, home, ledger, run_id=RUN)
    before = state(home)
    assert pull(feed, home, ledger, run_id="run-2") == PullReport("library")
    assert state(home) == before


def test_a_second_pull_over_many_files_reads_none_of_them(
    home: Home, ledger: Ledger, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feed_with(drop, lambda c: set_property(entity_of(c), "deliveries", [file_delivery(file={
        "pattern": "**/loans_{period}_{seq}.csv", "format": {"kind": "csv"}, "one_batch": True})]))  # fmt: skip
    for number in range(400):
        day = number % 28 + 1
        name = f"{number // 28}/loans_202306{day:02}_{number}.csv"
        deliver(drop, name, loans(number, day=day), at=DELIVERED + timedelta(days=day))
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted"]
    assert len(raw_rows(home)) == 400

    def read(*args: Any) -> None:
        raise AssertionError("a known file was read again")

    monkeypatch.setattr("sources.connectors.files._fetch", read)
    assert statuses(pull(feed, home, ledger, run_id="run-2")) == []


def test_the_same_bytes_under_another_name_are_a_replay(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    deliver(drop, "loans_20230601_1.csv", loans(1))
    deliver(drop, "loans_20230601_2.csv", loans(1))
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted"]
    steps: list[str] = []
    pull(feed, home, ledger, run_id="run-2", on_step=lambda step, _: steps.append(step))
    assert steps == []  # not even read again


def test_one_changed_byte_is_a_new_batch(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    deliver(drop, "loans_20230601_1.csv", loans(1))
    pull(feed, home, ledger, run_id=RUN)
    deliver(drop, "loans_20230601_1.csv", loans(2), at=DELIVERED.replace(day=3))
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted"]
    first, second = ledger.batches()
    assert first.sha256 != second.sha256


def test_the_same_bytes_for_another_day_are_another_batch(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    deliver(drop, "loans_20230601_1.csv", loans(1))
    deliver(drop, "loans_20230602_1.csv", loans(1))
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted", "admitted"]


# --- superseding ----------------------------------------------------------------------------------------------------


def full(document: dict[str, Any]) -> None:
    set_property(entity_of(document), "deliveries", [file_delivery(mode="full")])


def test_a_full_resend_replaces_the_batch_of_its_period(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop, full)
    deliver(drop, "loans_20230601_1.csv", loans(1, 2))
    pull(feed, home, ledger, run_id=RUN)
    deliver(drop, "loans_20230601_2.csv", loans(3), at=DELIVERED.replace(day=5))
    deliver(drop, "loans_20230602_1.csv", loans(4, day=2))
    pull(feed, home, ledger, run_id="run-2")
    assert {batch.file_name: batch.status for batch in ledger.batches()} == {
        "loans_20230601_1.csv": "superseded",
        "loans_20230601_2.csv": "admitted",
        "loans_20230602_1.csv": "admitted",
    }


def test_an_older_full_file_found_later_does_not_replace_the_newer(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop, full)
    deliver(drop, "loans_20230601_2.csv", loans(3), at=DELIVERED.replace(day=5))
    pull(feed, home, ledger, run_id=RUN)
    deliver(drop, "loans_20230601_1.csv", loans(1, 2))
    assert statuses(pull(feed, home, ledger, run_id="run-2")) == ["superseded"]
    assert {batch.file_name: batch.status for batch in ledger.batches()}["loans_20230601_2.csv"] == "admitted"


# --- held -----------------------------------------------------------------------------------------------------------


def test_a_held_batch_is_kept_apart_and_the_others_go_on(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    deliver(drop, "loans_20230601_1.csv", loans(1, kind="光盘"))  # a code that the contract does not know
    deliver(drop, "loans_20230602_1.csv", loans(2, day=2))
    report = pull(feed, home, ledger, run_id=RUN)
    assert statuses(report) == ["held", "admitted"]
    held = report.batches[0]
    assert held.reason_zh
    assert held.reason_en
    assert [row["loan_id"] for row in raw_rows(home)] == ["L2"]
    assert not list(home.raw.rglob(f"*{held.batch_id}*"))
    assert pull(feed, home, ledger, run_id="run-2").batches == []


def test_a_held_batch_is_decided_anew_when_the_contract_changes(home: Home, ledger: Ledger, drop: Path) -> None:
    deliver(drop, "loans_20230601_1.csv", loans(1, kind="光盘"))
    (held,) = pull(feed_with(drop), home, ledger, run_id=RUN).batches
    assert (held.status, held.rows_rejected) == ("held", 1)
    assert (home.rejects / "library" / "lib_loan" / f"{held.batch_id}.parquet").is_file()

    def more_codes(document: dict[str, Any]) -> None:
        kind = next(item for item in entity_of(document)["properties"] if item["name"] == "kind")
        kind["enum"].append({"value": "disc", "label": "光盘"})

    wider = feed_with(drop, more_codes)
    (outcome,) = pull(wider, home, ledger, run_id="run-2").batches
    assert (outcome.batch_id, outcome.status, outcome.rows_rejected) == (held.batch_id, "admitted", 0)
    assert [row["kind"] for row in raw_rows(home)] == ["disc"]
    assert not (home.held / held.batch_id).exists()
    assert not (home.rejects / "library" / "lib_loan" / f"{held.batch_id}.parquet").exists()
    batch = ledger.batch(held.batch_id)
    assert batch is not None
    assert (batch.status, batch.contract_sha256) == ("admitted", wider.contract_sha256)
    assert pull(wider, home, ledger, run_id="run-3").batches == []


def test_a_batch_still_held_under_a_new_contract_is_not_tried_in_every_run(
    home: Home, ledger: Ledger, drop: Path
) -> None:
    deliver(drop, "loans_20230601_1.csv", loans(1, kind="光盘"))
    pull(feed_with(drop), home, ledger, run_id=RUN)
    newer = feed_with(drop, lambda c: c.update(version="1.0.1"))
    assert statuses(pull(newer, home, ledger, run_id="run-2")) == ["held"]
    assert statuses(pull(newer, home, ledger, run_id="run-3")) == []


# --- archives -------------------------------------------------------------------------------------------------------


def archive(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in members.items():
            packed.writestr(zipfile.ZipInfo(name, (2023, 6, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def two_entities(document: dict[str, Any]) -> None:
    first = entity_of(document)
    second = json.loads(json.dumps(first))
    second["name"], second["businessName"] = "lib_visit", "到馆"
    for entity, member in ((first, "loans.csv"), (second, "visits.csv")):
        settings = {
            "pattern": "library_{period}.zip",
            "member": member,
            "mode_from_manifest": True,
            "format": {"kind": "csv"},
        }
        set_property(entity, "deliveries", [{"server": "drop", "file": settings}])
    document["schema"].append(second)


def test_an_archive_makes_one_batch_per_entity_over_the_same_bytes(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop, two_entities)
    manifest = "propertyName,value\nfile.loans,bulk\nfile.visits,delta\n"
    deliver(
        drop, "library_20230604.zip", archive({"manifest.csv": manifest, "loans.csv": loans(1), "visits.csv": loans(2)})
    )
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted", "admitted"]
    assert {(batch.entity, batch.mode) for batch in ledger.batches()} == {("lib_loan", "full"), ("lib_visit", "delta")}
    assert len({batch.batch_id for batch in ledger.batches()}) == 2
    assert len({batch.sha256 for batch in ledger.batches()}) == 1
    assert len([file for file in home.landing.rglob("*") if file.is_file()]) == 1
    assert [row["loan_id"] for row in raw_rows(home, "lib_visit")] == ["L2"]


@pytest.mark.parametrize("word", ["absent", "delta"])
def test_an_archive_without_the_entity_s_member_makes_no_batch(
    home: Home, ledger: Ledger, drop: Path, word: str
) -> None:
    feed = feed_with(drop, two_entities)
    manifest = f"propertyName,value\nfile.loans,delta\nfile.visits,{word}\n"
    deliver(drop, "library_20230605.zip", archive({"manifest.csv": manifest, "loans.csv": loans(1)}))
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted"]
    assert [batch.entity for batch in ledger.batches()] == ["lib_loan"]
    steps: list[str] = []
    pull(feed, home, ledger, run_id="run-2", on_step=lambda step, _: steps.append(step))
    assert steps == []  # remembered: not opened in every run


def test_a_truncated_archive_is_held_for_each_entity(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop, two_entities)
    manifest = "propertyName,value\nfile.loans,bulk\nfile.visits,bulk\n"
    whole = archive({"manifest.csv": manifest, "loans.csv": loans(1), "visits.csv": loans(2)})
    deliver(drop, "library_20230604.zip", whole[:-30])
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["held", "held"]


# --- sources that fail ----------------------------------------------------------------------------------------------


def test_a_source_that_is_not_configured_is_reported_and_the_others_go_on(
    home: Home, ledger: Ledger, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two_servers(document: dict[str, Any]) -> None:
        connection = {"property": "connection", "value": {"connector": "files"}}
        document["servers"].append(
            {"server": "other", "location": "${LIBRARY_OTHER_DROP}", "customProperties": [connection]}
        )
        set_property(entity_of(document), "deliveries", [file_delivery(server="other"), file_delivery()])

    monkeypatch.delenv("LIBRARY_OTHER_DROP", raising=False)
    deliver(drop, "loans_20230601_1.csv", loans(1))
    report = pull(feed_with(drop, two_servers), home, ledger, run_id=RUN)
    assert [batch.status for batch in report.batches] == ["admitted"]
    (problem,) = report.problems
    assert "LIBRARY_OTHER_DROP" in problem.zh
    assert "LIBRARY_OTHER_DROP" in problem.en
    assert [(kept.entity, kept.text_en) for kept in ledger.problems(RUN)] == [("lib_loan", problem.en)]


def test_a_fault_of_ours_leaves_the_batch_for_the_next_run(
    home: Home, ledger: Ledger, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feed_with(drop)
    deliver(drop, "loans_20230601_1.csv", loans(1))
    deliver(drop, "loans_20230602_1.csv", loans(2, day=2))
    admit = gate.admit

    def fails_once(**given: Any) -> Any:
        monkeypatch.setattr(decision, "admit", admit)
        raise MemoryError("out of memory")

    monkeypatch.setattr(decision, "admit", fails_once)
    report = pull(feed, home, ledger, run_id=RUN)
    assert [batch.status for batch in report.batches] == ["admitted"]
    assert "MemoryError" in report.problems[0].en
    assert [batch.status for batch in ledger.unfinished()] == ["landed"]
    assert statuses(pull(feed, home, ledger, run_id="run-2")) == ["admitted"]
    assert [row["loan_id"] for row in raw_rows(home)] in (["L1", "L2"], ["L2", "L1"])


def test_a_fault_in_one_delivery_does_not_stop_the_others(
    home: Home, ledger: Ledger, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feed_with(drop, two_entities)
    deliver(drop, "library_20230604.zip", archive({"loans.csv": loans(1)}))
    real = connector("files").offers

    def broken(request: PullRequest) -> Any:
        if request.entity.name == "lib_loan":
            raise ZeroDivisionError("a bug")
        return real(request)

    monkeypatch.setattr("sources.connectors.files.offers", broken)
    report = pull(feed, home, ledger, run_id=RUN)
    assert [problem.entity for problem in report.problems] == ["lib_loan"]
    assert "ZeroDivisionError" in report.problems[0].zh
    assert [batch.entity for batch in report.batches] == ["lib_visit"]


def test_entities_and_periods_can_be_chosen(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop)
    for day in (1, 2, 3):
        deliver(drop, f"loans_2023060{day}_1.csv", loans(day, day=day))
    assert statuses(pull(feed, home, ledger, entities=[], run_id=RUN)) == []
    chosen = pull(feed, home, ledger, period=(date(2023, 6, 2), date(2023, 6, 2)), run_id=RUN)
    assert [batch.dt_min for batch in chosen.batches] == [date(2023, 6, 2)]
    until = pull(feed, home, ledger, as_of=date(2023, 6, 2), run_id=RUN)
    assert [batch.dt_min for batch in until.batches] == [date(2023, 6, 1)]
    assert len(pull(feed, home, ledger, run_id=RUN).batches) == 1


# --- databases and services -----------------------------------------------------------------------------------------


def sql(database: Path) -> Change:
    def change(document: dict[str, Any]) -> None:
        connection = {"property": "connection", "value": {"connector": "sql"}}
        document["servers"] = [{"server": "db", "location": f"sqlite:///{database}", "customProperties": [connection]}]
        view = {"view": "loan", "watermark": "cd_time", "overlap_minutes": 10}
        set_property(
            entity_of(document), "deliveries", [{"server": "db", "sql": view, "operation_column": "cd_operation"}]
        )

    return change


def insert_loan(database: Path, number: int, time: str, operation: str = "I", kind: str = "book") -> None:
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE IF NOT EXISTS loan "
            '(loan_id, loan_date, "费用（元）", kind, reader_hash, cd_time, cd_operation)'
        )
        connection.exec_driver_sql(
            "INSERT INTO loan VALUES (?, '2023-06-01', 2, ?, 'r', ?, ?)", (f"L{number}", kind, time, operation)
        )
    engine.dispose()


def test_a_view_is_polled_from_where_the_last_admitted_batch_ended(home: Home, ledger: Ledger, drop: Path) -> None:
    database = drop / "library.sqlite"
    feed = feed_with(drop, sql(database))
    insert_loan(database, 1, "2023-06-01 10:00:00")
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["admitted"]
    assert statuses(pull(feed, home, ledger, run_id="run-2")) == []
    insert_loan(database, 2, "2023-06-01 11:00:00")
    insert_loan(database, 1, "2023-06-01 12:00:00", operation="D")
    assert statuses(pull(feed, home, ledger, run_id="run-3")) == ["admitted"]
    orders = [batch.batch_order for batch in ledger.batches()]
    assert orders == sorted(set(orders))
    last = max(ledger.batches(), key=lambda batch: batch.batch_order).batch_id
    assert [(row["loan_id"], row["_deleted"]) for row in raw_rows(home) if row["_batch_id"] == last] == [
        ("L2", False),
        ("L1", True),
    ]


def test_a_held_poll_is_read_again_and_does_not_stop_what_is_new(home: Home, ledger: Ledger, drop: Path) -> None:
    database = drop / "library.sqlite"
    feed = feed_with(drop, sql(database))
    insert_loan(database, 1, "2023-06-01 10:00:00", kind="光盘")
    assert statuses(pull(feed, home, ledger, run_id=RUN)) == ["held"]
    assert statuses(pull(feed, home, ledger, run_id="run-2")) == []  # the same rows are the same held batch
    insert_loan(database, 2, "2023-06-01 11:00:00")
    assert statuses(pull(feed, home, ledger, run_id="run-3")) == ["admitted"]
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:  # the department corrects its row where it stands
        connection.exec_driver_sql("UPDATE loan SET kind = 'book' WHERE loan_id = 'L1'")
    engine.dispose()
    assert statuses(pull(feed, home, ledger, run_id="run-4")) == ["admitted"]
    assert statuses(pull(feed, home, ledger, run_id="run-5")) == []
    assert sorted(row["loan_id"] for row in raw_rows(home)) == ["L1", "L2"]


def test_days_of_a_service_are_one_batch_each_and_a_held_day_comes_again(
    home: Home, ledger: Ledger, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRICT_NOW", "2023-06-10T08:00:00+08:00")
    good = {"loan_id": "L1", "loan_date": "", "费用（元）": "1", "kind": "book", "reader_hash": "r"}
    empty_day = "2023-06-02"

    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        rows = [] if query["day"] == empty_day else [good | {"loan_date": query["day"]}]
        return 200, {}, {"data": rows}

    with RestSource(answer).serving() as source:

        def rest(document: dict[str, Any]) -> None:
            connection = {"property": "connection", "value": {"connector": "rest"}}
            document["servers"] = [{"server": "api", "location": source.url, "customProperties": [connection]}]
            settings = {
                "path": "/loans",
                "parameters": {"day": "{window_start}"},
                "window_format": "date",
                "starts_on": "2023-06-01",
                "records_at": "data",
            }
            set_property(entity_of(document), "deliveries", [{"server": "api", "rest": settings, "mode": "full"}])

        feed = feed_with(drop, rest)
        until = date(2023, 6, 3)
        assert statuses(pull(feed, home, ledger, as_of=until, run_id=RUN)) == ["admitted", "held", "admitted"]
        assert [batch.period_start for batch in ledger.batches()] == [date(2023, 6, day) for day in (1, 2, 3)]
        empty_day = "never"
        source.requests.clear()
        assert statuses(pull(feed, home, ledger, as_of=until, run_id="run-2")) == ["admitted"]
        assert [query["day"] for query in paths(source, "/api/loans")] == ["2023-06-02"]
        source.requests.clear()
        assert statuses(pull(feed, home, ledger, as_of=until, run_id="run-3")) == []
        assert source.requests == []
    assert [row["dt"] if "dt" in row else row["loan_date"] for row in raw_rows(home)] != []
    assert len(raw_rows(home)) == 3


def test_recover_on_a_sound_home_changes_nothing(home: Home, ledger: Ledger, drop: Path) -> None:
    deliver(drop, "loans_20230601_1.csv", loans(1))
    deliver(drop, "loans_20230602_1.csv", loans(1, kind="光盘"))
    pull(feed_with(drop), home, ledger, run_id=RUN)
    before = state(home)
    recover(home, ledger)
    assert state(home) == before


def test_a_delivery_that_left_the_contract_is_held_not_lost(home: Home, ledger: Ledger, drop: Path) -> None:
    deliver(drop, "loans_20230601_1.csv", loans(1))

    class Killed(BaseException):
        pass

    def kill(step: str, batch: str) -> None:
        if step == "recorded":
            raise Killed

    with pytest.raises(Killed):
        pull(feed_with(drop), home, ledger, run_id=RUN, on_step=kill)
    recover(home, ledger)
    renamed = feed_with(drop, lambda c: set_property(entity_of(c), "deliveries", [file_delivery(file={
        "pattern": "other_{period}.csv", "format": {"kind": "csv"}})]))  # fmt: skip
    pull(renamed, home, ledger, run_id="run-2")
    (batch,) = ledger.batches()
    assert batch.status == "held"
    assert "loans_{period}_{seq}.csv" in (batch.reason_en or "")


def test_ids_follow_from_bytes_and_period_alone() -> None:
    sha = "a" * 64
    assert batch_id("f", "e", sha, date(2023, 6, 1)) == batch_id("f", "e", sha, date(2023, 6, 1))
    ids = {batch_id("f", "e", sha, date(2023, 6, 1)), batch_id("f", "e", sha, None), batch_id("f", "x", sha, None)}
    assert len(ids) == 3
    assert all(identity.startswith("b") and len(identity) == 21 for identity in ids)
    assert datetime.now(UTC)
