"""The home against itself: each kind of damage is found and named."""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.warehouse.ledger_rows import check_result
from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify
from warehouse.publish import publish
from warehouse.publish.switch import snapshot_path, switch_to

pytestmark = pytest.mark.slow


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    district = SmallDistrict(home, ledger)
    district.deliver_all()
    district.build()
    publish(home, ledger, as_of=AS_OF, run_id="run", manifest_path=district.manifest_path, checks=())
    return district


def hold_one(small: SmallDistrict) -> None:
    """A held batch with rows, as intake leaves it."""
    small.deliver_uploads("bheld", 1, 2, day=date(2023, 6, 3), hold="坏")


def findings(small: SmallDistrict) -> list[str]:
    return [finding.en for finding in verify(small.home, small.ledger).findings]


def test_a_sound_home(small: SmallDistrict) -> None:
    found = verify(small.home, small.ledger)
    assert (found.ok, found.files, found.batches, found.figures) == (True, 3, 3, 11)
    assert found.snapshot_id == "s00001-20230630"


def test_an_empty_home(home: Home, ledger: Ledger) -> None:
    found = verify(home, ledger)
    assert (found.ok, found.files, found.snapshot_id) == (True, 0, None)


def test_changed_and_missing_bytes(small: SmallDistrict) -> None:
    first, second, _ = sorted(path for path in small.home.landing.rglob("*") if path.is_file())
    first.write_bytes(first.read_bytes() + b" ")
    second.unlink()
    assert [text.partition(":")[0].rpartition(" ")[2] for text in findings(small)] == ["changed", "missing"]


def test_rows_that_differ_from_the_ledger(small: SmallDistrict) -> None:
    (part,) = (small.home.raw / "parking" / "prk_snapshot").glob("dt=2023-06-30/*/*.parquet")
    pq.write_table(pq.read_table(part).slice(0, 40), part)
    assert findings(small) == ["parking.prk_snapshot bjune dt=2023-06-30: ledger 50 rows, files 40"]
    part.write_bytes(b"no parquet")
    assert "cannot be read" in findings(small)[0]
    shutil.rmtree(part.parent)
    assert findings(small) == ["parking.prk_snapshot bjune dt=2023-06-30: ledger 50 rows, files 0"]


def test_rows_that_the_ledger_does_not_know(small: SmallDistrict) -> None:
    (folder,) = (small.home.raw / "parking" / "prk_snapshot").glob("dt=2023-06-30/*")
    shutil.copytree(folder, folder.with_name("batch=bstray"))
    (text,) = findings(small)
    assert text.endswith("batch=bstray")


def test_a_snapshot_that_was_changed(small: SmallDistrict) -> None:
    path = snapshot_path(small.home, "s00001-20230630")
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "UPDATE indicator_observation SET value = 99 WHERE indicator_code = 'S15' AND period_end = '2023-06-30'"
        )
        connection.execute("UPDATE batch SET sha256 = 'x' WHERE batch_id = 'bmay'")
    texts = findings(small)
    assert texts.pop(0).startswith("the file of a publication was changed")
    assert texts[0] == "S15 month 2023-06-01 2023-06-30 310105: snapshot 99.0, revision ledger 82.0"
    assert texts[1].startswith("batch bmay: hash x in the snapshot")
    assert len(texts) == 2


def test_readers_that_see_another_snapshot_than_the_ledger_says(small: SmallDistrict) -> None:
    small.deliver_uploads("bjune2", 49, 50, day=date(2023, 6, 29))
    small.build()
    publish(small.home, small.ledger, as_of=AS_OF, run_id="run2", manifest_path=small.manifest_path, checks=())
    switch_to(small.home, "s00001-20230630")
    assert any(text.startswith("readers see s00001-20230630") for text in findings(small))


def test_a_publication_without_its_file(small: SmallDistrict) -> None:
    snapshot_path(small.home, "s00001-20230630").unlink()
    assert any(text.startswith("the file of a publication is missing") for text in findings(small))


@pytest.mark.parametrize("kind", ["landing", "raw", "held", "published"])
def test_one_flipped_bit_of_any_file_is_found(small: SmallDistrict, kind: str) -> None:
    chance = random.Random(kind)
    hold_one(small)
    for _ in range(6):
        path = chance.choice([p for p in (small.home.root / kind).rglob("*") if p.is_file() and not p.is_symlink()])
        path.chmod(0o644)
        content = path.read_bytes()
        changed = bytearray(content)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        found = verify(small.home, small.ledger).findings
        assert any(str(path) in f.en or path.parent.parent.name in f.en for f in found), path
        assert all(f.remedy_zh and f.remedy_en for f in found)
        path.write_bytes(content)
    assert findings(small) == []


@pytest.mark.parametrize(
    "value",
    ["SELECT row_hash FROM revision WHERE seq = 3", "SELECT file_name FROM batch WHERE batch_id = 'bmay'",
     "SELECT sha256 FROM batch_file WHERE batch_id = 'bmay'", "SELECT file_sha256 FROM snapshot",
     "SELECT sha256 FROM batch_partition WHERE batch_id = 'bjune'", "SELECT max(check_result_id) FROM check_result"],
)  # fmt: skip
def test_one_flipped_bit_of_the_ledgers_own_file_is_found(small: SmallDistrict, value: str) -> None:
    small.ledger.add_check_results([check_result(batch_id="bmay")])
    small.ledger.close()
    path = Path(small.home.ledger_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as con:
        ((text,),) = con.execute(value).fetchall()
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    sound = 0
    for place in (found.start() for found in re.finditer(re.escape(text.encode()), content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x80]) + content[place + 1 :])
        with Ledger.of(small.home) as ledger:
            sound += verify(small.home, ledger).ok
    assert sound == 0


def test_files_from_before_hashes_were_kept_are_counted(small: SmallDistrict) -> None:
    small.deliver_uploads("bold", 1, 2, day=date(2023, 6, 3), hashed=False)
    (part,) = small.home.raw.glob("*/*/*/batch=bold/*.parquet")
    assert (verify(small.home, small.ledger).unhashed, findings(small)) == (1, [])
    pq.write_table(pq.read_table(part).slice(0, 1), part)
    assert findings(small) == ["parking.prk_snapshot bold dt=2023-06-03: ledger 2 rows, files 1"]


def test_looking_changes_nothing(small: SmallDistrict) -> None:
    before = {path: path.stat().st_mtime_ns for path in small.home.root.rglob("*") if "ledger.sqlite" not in path.name}
    verify(small.home, small.ledger)
    after = {path: path.stat().st_mtime_ns for path in small.home.root.rglob("*") if "ledger.sqlite" not in path.name}
    assert after == before
