"""Contracts, runs, checks, snapshots and revisions in the ledger, its upgrade and its export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from tests.warehouse.ledger_rows import JUNE, RECEIVED, check_result, contract, envelope, file, revision
from tests.warehouse.ledger_stores import postgresql_url
from warehouse.home import Home
from warehouse.ledger import CheckResult, Ledger, PartitionRows, PullProblem, Revision, records
from warehouse.ledger.access import LedgerConflict, LedgerUnreadable
from warehouse.ledger.schema.columns import metadata


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


def test_records_carry_the_columns_of_their_tables() -> None:
    extra = {"feed_contract": {"current"}, "pull_problem": {"seq"}}
    for name, record in {
        "batch": records.Batch,
        "check_result": records.CheckResult,
        "feed_contract": records.FeedContract,
        "pull_problem": records.PullProblem,
        "partition_change": records.PartitionChange,
        "run": records.Run,
        "snapshot": records.Snapshot,
        "revision": records.Revision,
    }.items():
        names = {field.name for field in fields(record)} - {"supersedes"}
        assert names == set(metadata.tables[name].columns.keys()) - extra.get(name, set()), name


def test_the_contract_in_force_is_the_one_registered_last(ledger: Ledger) -> None:
    ledger.register_contract([contract("prk_lot"), contract("prk_event")])
    changed = contract("prk_lot", contract_sha256="d" * 64, calendar={"cadence": "weekly"}, delivered=False)
    ledger.register_contract([changed])
    assert ledger.contracts() == [changed], "an entity that the new contract lacks is no longer expected"
    ledger.register_contract([contract("prk_lot"), contract("prk_event")])
    assert ledger.contracts() == [contract("prk_event"), contract("prk_lot")]
    ledger.register_contract([contract("hsp_org", feed="hospital")])
    ledger.retire_feeds(keep=["hospital"])
    assert [entry.feed for entry in ledger.contracts()] == ["hospital"]


def test_a_run_begins_and_ends(ledger: Ledger) -> None:
    start = datetime(2023, 7, 1, tzinfo=UTC)
    ledger.start_run("run1", as_of=JUNE[1], started_at=start)
    ledger.finish_run("run1", outcome="held", exit_code=1, finished_at=start + timedelta(minutes=2))
    (run,) = ledger.runs("run1")
    assert (run.started_at, run.outcome, run.exit_code, run.as_of) == (start, "held", 1, JUNE[1])
    ledger.start_run("run1", as_of=JUNE[1])
    (again,) = ledger.runs()
    assert (again.started_at, again.finished_at, again.outcome) == (start, None, None)
    with pytest.raises(LedgerConflict, match="未登记"):
        ledger.finish_run("run2", outcome="fine", exit_code=0)


def test_the_last_pull_of_a_feed_is_the_newest_run_that_asked_it(ledger: Ledger) -> None:
    start = datetime(2023, 7, 1, tzinfo=UTC)
    assert ledger.last_pulls()("parking") is None
    ledger.start_run("all", as_of=JUNE[1], started_at=start)
    ledger.start_run("later", as_of=JUNE[1], started_at=start + timedelta(hours=1), feeds=["parking"])
    last = ledger.last_pulls()
    assert (last("parking"), last("hospital")) == ("later", "all")
    ledger.start_run("later", as_of=JUNE[1], feeds=["hospital"])  # its next step
    assert ledger.last_pulls()("hospital") == "later"
    assert ledger.runs("later")[0].feeds == ["hospital", "parking"]


def test_check_results_are_kept_per_run_and_replaced_within_one(ledger: Ledger) -> None:
    first, other = ledger.add_check_results(
        [check_result(), check_result("no_duplicates", scope="published", feed=None)]
    )
    assert first.check_result_id != other.check_result_id
    ledger.add_check_results([check_result(outcome="FAILED", measured=3.5, failed_rows=7)])
    ledger.add_check_results([check_result(run_id="run2", evaluated_at=RECEIVED + timedelta(days=1))])
    kept = ledger.check_results(scope="feed")
    assert [(result.run_id, result.outcome) for result in kept] == [("run1", "FAILED"), ("run2", "PASSED")]
    assert (kept[0].measured, kept[0].failed_rows, kept[0].blocking) == (3.5, 7, True)
    assert isinstance(kept[0], CheckResult)
    assert len(ledger.check_results(run_id="run1")) == 2
    assert ledger.check_results(feed="parking", entity="other") == []
    with pytest.raises(ValueError, match="share a key"):
        ledger.add_check_results([check_result(), check_result()])


def test_problems_of_a_run_are_kept_in_order(ledger: Ledger) -> None:
    problems = [
        PullProblem("run1", "parking", None, "接口无法访问", "the interface cannot be reached", RECEIVED),
        PullProblem("run2", "parking", "prk_event", "目录不存在", "the folder is missing", RECEIVED),
    ]
    for problem in problems:
        ledger.record_problem(problem)
    assert ledger.problems() == problems
    assert ledger.problems("run2") == problems[1:]


def snapshot(ledger: Ledger, name: str, published_at: datetime = RECEIVED) -> None:
    ledger.add_snapshot(name, as_of=JUNE[1], run_id="run1", code_version="0.1", published_at=published_at)


def test_snapshots_are_numbered_and_change_state(ledger: Ledger) -> None:
    snapshot(ledger, "s1")
    snapshot(ledger, "s2")
    ledger.set_snapshot_state("s1", "published")
    assert [(entry.snapshot_id, entry.number, entry.state) for entry in ledger.snapshots()] == [
        ("s1", 1, "published"),
        ("s2", 2, "prepared"),
    ]
    assert [entry.snapshot_id for entry in ledger.snapshots(state="published")] == ["s1"]
    with pytest.raises(LedgerConflict):
        ledger.set_snapshot_state("s9", "published")
    with pytest.raises(sa.exc.IntegrityError):
        ledger.set_snapshot_state("s1", "lost")


def test_the_last_revision_of_each_figure_is_found_now_and_then(ledger: Ledger) -> None:
    later = RECEIVED + timedelta(days=1)
    snapshot(ledger, "s1")
    snapshot(ledger, "s2", later)
    ledger.add_revisions([revision("s1", 119.0), revision("s1", 12.0, area_code="310105001")])
    ledger.add_revisions(
        [revision("s2", 120.0, previous_value=119.0, definition_version=2, published_at=later)],
    )
    now = {entry.area_code: entry for entry in ledger.latest_revisions()}
    assert {area: entry.value for area, entry in now.items()} == {"310105": 120.0, "310105001": 12.0}
    assert isinstance(now["310105"], Revision)
    assert now["310105"].previous_value == 119.0
    then = {entry.area_code: entry.value for entry in ledger.latest_revisions(published_by=RECEIVED)}
    assert then == {"310105": 119.0, "310105001": 12.0}
    assert [entry.value for entry in ledger.revisions("S14")] == [119.0, 12.0, 120.0]
    assert ledger.latest_revisions(published_by=RECEIVED - timedelta(days=1)) == []


@pytest.mark.parametrize("statement", ["UPDATE {} SET seq = seq + 1000", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["revision", "partition_change"])
def test_what_was_said_cannot_be_changed(ledger: Ledger, url: str, table: str, statement: str) -> None:
    ledger.record_landed(envelope("b1"), [file()])
    ledger.decide("b1", "admitted", partitions=[PartitionRows(JUNE[0], 1)])
    snapshot(ledger, "s1")
    ledger.add_revisions([revision("s1", 1.0)])
    engine = sa.create_engine(url)
    try:
        with pytest.raises(sa.exc.DBAPIError, match=f"{table} is append-only"), engine.begin() as connection:
            connection.execute(sa.text(statement.format(table)))
        with engine.connect() as connection:
            assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 1
    finally:
        engine.dispose()


def test_an_older_database_is_brought_up_to_date(ledger: Ledger, url: str) -> None:
    ledger.add_check_results([check_result()])
    ledger.close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE check_result DROP COLUMN errors"))
        connection.execute(sa.text("ALTER TABLE check_result DROP COLUMN dimension"))
        connection.execute(sa.text("DROP TABLE pull_problem"))
    engine.dispose()
    with Ledger(url) as again:
        assert again.problems() == []
        (kept,) = again.check_results()
        assert (kept.check_key, kept.errors, kept.name_zh) == ("rows_present", None, "行数")
        again.add_check_results([check_result("another", errors="no such column")])
        assert [result.errors for result in again.check_results()].count("no such column") == 1


def test_the_export_has_every_table_with_its_types_even_when_empty(ledger: Ledger, home: Home) -> None:
    files = ledger.export(home)
    assert {path.stem for path in files} == set(metadata.tables)
    described = {
        path.stem: {
            name: kind
            for name, kind, *_ in duckdb.connect()
            .execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)])
            .fetchall()
        }
        for path in files
    }
    for name, table in metadata.tables.items():
        assert list(described[name]) == list(table.columns.keys())
    assert described["batch"]["received_at"] == "TIMESTAMP"
    assert described["batch"]["period_start"] == "DATE"
    assert described["batch"]["bytes"] == "BIGINT"
    assert described["batch"]["simulated"] == "BOOLEAN"
    assert described["revision"]["value"] == "DOUBLE"
    assert described["feed_contract"]["calendar"] == "VARCHAR"


def test_an_export_of_some_tables_leaves_the_others_as_they_are(ledger: Ledger, home: Home) -> None:
    ledger.export(home)
    ledger.record_landed(envelope("b1"), [file()])
    ledger.decide("b1", "admitted", partitions=[PartitionRows(JUNE[0], 4)])
    assert {path.stem for path in ledger.export(home, ["batch"])} == {"batch"}

    def rows_of(table: str) -> int:
        (row,) = duckdb.connect().execute(f"SELECT count(*) FROM '{home.ledger_views}/{table}.parquet'").fetchall()
        return int(row[0])

    assert (rows_of("batch"), rows_of("batch_partition")) == (1, 0)


def test_the_export_holds_the_rows_in_utc_and_leaves_nothing_behind(ledger: Ledger, home: Home) -> None:
    ledger.export(home)
    ledger.record_landed(envelope("b1"), [file()])
    ledger.decide("b1", "admitted", partitions=[PartitionRows(JUNE[0], 4)], checks=[check_result()])
    ledger.register_contract([contract()])
    ledger.export(home)
    con = duckdb.connect()

    def read(query: str) -> list[tuple[object, ...]]:
        return con.cursor().execute(query.replace("LEDGER", f"{home.ledger_views}/")).fetchall()

    assert read("SELECT batch_id, received_at, period_end, status FROM 'LEDGERbatch.parquet'") == [
        ("b1", RECEIVED.replace(tzinfo=None), date(2023, 6, 30), "admitted")
    ]
    assert read("SELECT dt, rows FROM 'LEDGERbatch_partition.parquet'") == [(JUNE[0], 4)]
    assert read("SELECT calendar ->> '$.cadence', fields ->> '$[0].label_zh' FROM 'LEDGERfeed_contract.parquet'") == [
        ("monthly", "停车场编号")
    ]
    assert list(home.workspace.iterdir()) == []
    assert {path.suffix for path in home.ledger_views.iterdir()} == {".parquet"}


def test_a_value_that_comes_late_in_a_column_is_exported(ledger: Ledger, home: Home) -> None:
    """SQLite has no types of columns: they may not be taken from the first rows."""
    with ledger.begin() as transaction:
        for place in range(1, 1101):  # more than the driver looks at by itself
            transaction.record_landed(envelope(f"b{place:04d}", place), [file()])
        transaction.decide("b1100", "held", reason_zh="待核", reason_en="to be checked")
    ledger.export(home, ["batch"])
    found = pq.read_table(home.ledger_views / "batch.parquet").to_pylist()
    assert len(found) == 1100
    assert [(row["batch_id"], row["reason_zh"]) for row in found if row["reason_zh"]] == [("b1100", "待核")]


def test_the_export_of_a_damaged_ledger_names_it_and_the_remedy(home: Home) -> None:
    with Ledger.of(home) as sound:
        sound.record_landed(envelope("b1", file_name="lots-of-june.xlsx"), [file()])
    place = Path(home.ledger_url.removeprefix("sqlite:///"))
    content = place.read_bytes()
    assert b"lots-of-june" in content
    place.write_bytes(content.replace(b"lots-of-june", b"\xff" * 12))
    with Ledger.of(home) as damaged, pytest.raises(LedgerUnreadable, match="从备份恢复"):
        damaged.export(home)


def test_an_export_of_another_ledger_has_nothing_of_the_one_before(ledger: Ledger, home: Home, tmp_path: Path) -> None:
    ledger.record_landed(envelope("b1"), [file()])
    ledger.decide("b1", "admitted", partitions=[PartitionRows(JUNE[0], 4)])
    ledger.export(home)
    with Ledger(f"sqlite:///{tmp_path}/restored.sqlite") as restored:
        restored.record_landed(envelope("b2"), [file()])
        restored.decide("b2", "admitted", partitions=[PartitionRows(JUNE[0], 1)])
        restored.export(home)
    assert pq.read_table(home.ledger_views / "batch.parquet")["batch_id"].to_pylist() == ["b2"]
