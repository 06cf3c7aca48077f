"""What pages say of deliveries: repairs and remarks, rows that wait for their register, files that are not whole."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.app.reading_pages import open_page, problems, text
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.waiting import waiting_rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("deliveries") / "home")
    build_snapshot(made)
    return made


@pytest.fixture(autouse=True)
def _at_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_HOME", str(home.root))
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-01T09:00:00+08:00")


def shown(page: str, **query: str) -> str:
    opened = open_page(page, **query)
    assert problems(opened) == []
    return text(opened)


def test_a_batch_tells_what_was_repaired_and_flagged_and_where() -> None:
    zh = shown("batch", batch="bprk_lot03")
    assert "修复 1 项、标记 1 项" in zh
    assert all(
        word in zh for word in ("日期写法与约定不同", "联网日期", "prk_lot.xlsx / 停车场登记 / 7", "多出合同没有的列")
    )
    en = shown("batch", batch="bprk_lot03", lang="en")
    assert "1 kinds of repairs, 1 remarks" in en
    assert "dates in another form, read" in en
    assert "修复与标记" not in shown("batch", batch="bprk_lot01")


def test_a_batch_tells_which_of_its_rows_wait() -> None:
    zh = shown("batch", batch="bprk_snapshot03")
    assert "等待登记的行" in zh
    assert zh.index("310105P0991") < zh.index("310105P0990"), "what somebody has to ask about comes first"
    assert "须核实" in zh


def test_the_desk_shows_what_waits_and_what_was_repaired() -> None:
    zh = shown("owner", department="construction_commission")
    assert all(word in zh for word in ("310105P0990", "prk_event_20230630.csv.md5", "修复与标记", "日期写法与约定不同"))
    assert "310105P0990" not in shown("owner", department="health_commission")


def test_the_freshness_page_shows_files_that_are_not_whole() -> None:
    assert "prk_event_20230630.csv.md5" in shown("freshness")
    assert "prk_event_20230630.csv.md5" not in shown("freshness", department="health_commission")


def test_a_snapshot_from_before_has_nothing_that_waits(home: Home, tmp_path: Path) -> None:
    older = Home(tmp_path / "older")
    path = build_snapshot(older)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE waiting_row")
    assert waiting_rows(SnapshotReader(older)) == []
