"""Snapshots of two versions of the program differ where one lacks a table or a column; nothing breaks."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.publish.compare import differ, differences
from warehouse.read import SnapshotReader, lineage
from warehouse.read.column_lineage import has_columns, unresolved, upstream

pytestmark = pytest.mark.slow


def test_a_snapshot_of_an_older_version_differs_and_can_be_read(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    newer = build_snapshot(home)
    older = home.published / "s00000-20230630.duckdb"
    shutil.copy(newer, older)
    with duckdb.connect(str(older)) as connection:
        connection.execute("DELETE FROM lineage_edge WHERE from_column <> ''")
        connection.execute("CREATE TABLE kept AS SELECT * EXCLUDE (transformation) FROM lineage_edge")
        connection.execute("DROP TABLE lineage_edge")
        connection.execute("ALTER TABLE kept RENAME TO lineage_edge")
        connection.execute("DROP TABLE lineage_column")
    found = differences(older, newer)
    assert "lineage_edge: the first has no column transformation" in found
    assert "lineage_column: the first has no column node" in found
    assert not [text for text in found if not text.startswith("lineage_")]
    assert differ(older, newer)

    reader = SnapshotReader(home, older.stem)
    assert not has_columns(reader)
    assert unresolved(reader) == []
    assert upstream(reader, "indicator.S15", ["value"]).steps == ()
    assert lineage.of_indicator(reader, "S15") == lineage.of_indicator(SnapshotReader(home), "S15")


@pytest.mark.parametrize(
    "change",
    ["UPDATE indicator SET name_zh = '另一个' WHERE indicator_code = 'S15'", "DELETE FROM batch"],
    ids=["a value", "rows"],
)
def test_a_snapshot_differs_once_a_value_or_a_row_does(tmp_path: Path, change: str) -> None:
    home = Home(tmp_path / "home")
    published = build_snapshot(home)
    other = home.published / "s00000-20230630.duckdb"
    shutil.copy(published, other)
    other.chmod(0o644)
    assert not differ(published, other)
    with duckdb.connect(str(other)) as connection:
        connection.execute(change)
    assert differ(published, other)
    assert differences(published, other)
