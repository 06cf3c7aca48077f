"""The ledger's chains and seals: what was written is found again, whatever is changed behind its back is named."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.warehouse.ledger_rows import JUNE, RECEIVED, check_result, envelope, file, revision, sign_off
from tests.warehouse.ledger_stores import postgresql_url
from warehouse.home import Home
from warehouse.ledger import Ledger, PartitionRows, RejectReason, Treatment

pytestmark = pytest.mark.slow

# Every table that seals and chains cover.
SEALED = (
    "batch",
    "batch_file",
    "batch_partition",
    "reject_reason",
    "check_result",
    "batch_treatment",
    "snapshot",
    "revision",
    "sign_off",
    "seal",
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def url(request: pytest.FixtureRequest, home: Home) -> Iterator[str]:
    if request.param == "sqlite":
        yield home.ledger_url
    else:
        with postgresql_url() as address:
            yield address


def live(ledger: Ledger) -> None:
    """A ledger's life: held and admitted anew, superseded, checked, published, withdrawn."""
    for order, name in enumerate(("b1", "b2", "b3"), start=1):
        ledger.record_landed(envelope(name, order), [file(f"{name}-{part}.csv") for part in range(2)])
    ledger.decide("b1", "held", reason_zh="坏", reason_en="bad", checks=[check_result(outcome="FAILED")])
    ledger.mark_parsed("b1", rows_read=3)
    for name in ("b1", "b2"):  # b2 is a whole state of the same period: it replaces b1
        ledger.decide(
            name,
            "admitted",
            rows_admitted=3,
            partitions=[PartitionRows(day, 3, 1, "a" * 64) for day in JUNE],
            rejects=[RejectReason("missing_value", "缺值", "missing", 1)],
            treatments=[Treatment("null_word", "repaired", "name", 2, "a.csv / 3", "空值词", "a word for nothing")],
            checks=[check_result(run_id=f"run-{name}", measured=0.1 + 0.2)],
        )
    ledger.add_check_results([check_result("marts", scope="published", feed=None, measured=-0.0)])
    ledger.add_check_results([check_result("later", batch_id="b2")])
    for number, name in enumerate(("s1", "s2")):
        at = RECEIVED + timedelta(days=number)
        ledger.add_snapshot(
            name, as_of=JUNE[1], run_id="run1", code_version="0.1", published_at=at, file_sha256="e" * 64
        )
        ledger.add_revisions([revision(name, 119.0 + number), revision(name, None, area_code="310105001")])
        ledger.set_snapshot_state(name, "published")
    ledger.set_snapshot_state("s2", "withdrawn")
    ledger.add_sign_offs([sign_off("prepared"), sign_off("confirmed", valid_until=JUNE[1])])
    ledger.add_sign_offs([sign_off("voided", cause_zh="数值有变", cause_en="changed")])


def test_a_ledger_that_was_only_written_to_is_sound(url: str) -> None:
    with Ledger(url) as ledger:
        assert (ledger.audit().damages, ledger.audit().head) == ((), None)
        live(ledger)
        audit = ledger.audit()
        assert (audit.damages, audit.readable, audit.revisions, audit.adopted) == ((), True, 4, 0)
        assert audit.seals > 10
    with Ledger(url) as again:
        assert again.audit() == audit


def test_the_chain_is_the_documented_one(ledger: Ledger) -> None:
    live(ledger)
    previous = "0" * 64
    for row in ledger.revisions("S14"):
        values = {name: value for name, value in asdict(row).items() if value is not None and name != "row_hash"}
        values["published_at"] = row.published_at.strftime("%Y-%m-%dT%H:%M:%S.%f")
        values |= {name: values[name].isoformat() for name in ("period_start", "period_end")}
        text = json.dumps(
            {"row": values, "table": "revision"}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        assert row.previous_hash == previous
        assert row.row_hash == hashlib.sha256(text.encode()).hexdigest()
        previous = row.row_hash


@pytest.mark.parametrize("table", SEALED)
def test_one_changed_character_of_any_row_is_found(home: Home, table: str) -> None:
    chance = random.Random(table)
    with Ledger(home.ledger_url) as ledger:
        live(ledger)
        for _ in range(12):
            with closing(behind(home)) as con:
                rowid, column, before, after = random_change(con, table, chance)
                con.execute(f"UPDATE {table} SET {column} = {after} WHERE rowid = {rowid}")
            moved = rowid + 1000 if column == "seq" else rowid  # it is the row's place as well
            found = ledger.audit().damages
            assert found, f"{table}.{column}: {after}"
            assert all(damage.zh and damage.en and damage.row for damage in found)
            with closing(behind(home)) as con:
                con.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = {moved}", [before])
            assert ledger.audit().damages == ()


def test_the_changed_row_is_named_and_no_other(home: Home) -> None:
    with Ledger(home.ledger_url) as ledger:
        live(ledger)
        with closing(behind(home)) as con:
            con.execute("UPDATE revision SET value = 119.5 WHERE seq = 1")
        (damage,) = ledger.audit().damages
        assert (damage.table, damage.row) == ("revision", "seq=1 S14 2023-06-01/2023-06-30 310105")
        with closing(behind(home)) as con:
            con.execute("UPDATE batch_file SET file_name = 'x' WHERE batch_id = 'b2' AND position = 1")
        assert [(d.table, d.row) for d in ledger.audit().damages][1:] == [("batch", "b2")]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM revision WHERE seq = 2", "seq=3"),
        ("DELETE FROM revision WHERE seq = 4", "seq=4"),
        ("DELETE FROM batch_partition WHERE batch_id = 'b2'", "b2"),
        ("DELETE FROM check_result WHERE batch_id IS NULL", "run1"),
        ("DELETE FROM seal WHERE seq = 3", "seq=4"),
        ("INSERT INTO revision SELECT 5, indicator_code, definition_version, period_type, period_start, period_end, "
         "area_code, 1.0, 1.0, NULL, NULL, snapshot_id, published_at, reason_class, reason, row_hash, row_hash "
         "FROM revision WHERE seq = 4", "seq=5"),
        ("UPDATE batch SET status = 'landed' WHERE batch_id = 'b2'", "b2"),
        ("UPDATE batch_partition SET sha256 = NULL WHERE batch_id = 'b2'", "b2"),
    ],
)  # fmt: skip
def test_rows_removed_or_slipped_in_are_found(home: Home, statement: str, named: str) -> None:
    with Ledger(home.ledger_url) as ledger:
        live(ledger)
        with closing(behind(home)) as con:
            con.execute(statement)
        assert named in " ".join(damage.row for damage in ledger.audit().damages)


def test_a_ledger_swapped_for_an_older_one_lacks_the_head_noted_since(home: Home, tmp_path: Path) -> None:
    with Ledger(home.ledger_url) as ledger, Ledger(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        live(other)
        noted = other.audit().head or ""
        other.add_check_results([check_result(run_id="run9")])
        assert other.audit(continues=noted).damages == ()
        live(ledger)
        (damage,) = ledger.audit(continues=noted).damages
        assert noted in damage.en


def test_an_older_ledger_is_completed_on_opening(url: str) -> None:
    with Ledger(url) as ledger:
        live(ledger)
        before = ledger.revisions("S14")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE seal"))
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("DROP FUNCTION seal_append_only()"))
        for table, column in (
            ("revision", "previous_hash"), ("revision", "row_hash"), ("snapshot", "file_sha256"),
            ("snapshot", "withdrawn_at"), ("batch_partition", "sha256"),
        ):  # fmt: skip
            connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    with Ledger(url) as ledger:
        assert ledger.revisions("S14") == before, "the same chain as if it had always been kept"
        audit = ledger.audit()
        assert (audit.damages, audit.adopted, audit.seals) == ((), 7, 7)  # two batches, a run, two snapshots, two ends
        ledger.add_revisions([revision("s1", 7.0)])
        assert ledger.audit().damages == ()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text("UPDATE revision SET value = 1"))
    engine.dispose()


def test_what_readers_saw_at_a_moment(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(*moment: int) -> str | None:
        found = ledger.snapshot_at(datetime(*moment, tzinfo=UTC))  # type: ignore[misc, arg-type]
        return None if found is None else found.snapshot_id

    for day, name in ((1, "s1"), (2, "s2")):
        ledger.add_snapshot(
            name, as_of=JUNE[1], run_id="r", code_version="1", published_at=datetime(2023, 7, day, tzinfo=UTC)
        )
        ledger.set_snapshot_state(name, "published")
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-05T00:00:00+00:00")
    ledger.set_snapshot_state("s2", "withdrawn")
    assert [seen(2023, 6, 30), seen(2023, 7, 1, 12), seen(2023, 7, 3), seen(2023, 7, 6)] == [None, "s1", "s2", "s1"]


def behind(home: Home) -> sqlite3.Connection:
    """A connection that minds neither triggers nor constraints: somebody with an editor of databases."""
    con = sqlite3.connect(home.ledger_url.removeprefix("sqlite:///"), isolation_level=None)
    con.execute("PRAGMA ignore_check_constraints = ON")
    for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        con.execute(f"DROP TRIGGER {name}")
    return con


def random_change(con: sqlite3.Connection, table: str, chance: random.Random) -> tuple[int, str, object, str]:
    """A row, a column, its value, and as SQL the value with one bit flipped (numbers: a thousand more)."""
    columns = [row[1] for row in con.execute(f"PRAGMA table_info({table})")]
    while True:
        rowid = chance.choice(con.execute(f"SELECT rowid FROM {table}").fetchall())[0]
        column = chance.choice(columns)
        ((before,),) = con.execute(f"SELECT {column} FROM {table} WHERE rowid = {rowid}").fetchall()
        if (
            table in ("batch", "batch_file")
            and con.execute(f"SELECT 1 FROM {table} WHERE rowid = {rowid} AND batch_id = 'b3'").fetchall()
        ):
            continue  # b3 never came further than landing: not sealed yet
        if isinstance(before, str) and before:
            changed = bytearray(before.encode())
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            return rowid, column, before, f"CAST(x'{changed.hex()}' AS TEXT)"
        if isinstance(before, int | float):
            return rowid, column, before, str(before + 1000)
