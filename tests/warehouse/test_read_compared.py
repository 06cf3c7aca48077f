"""Figures and statuses set beside earlier ones: a year earlier, the publication before; and the places of the map."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.snapshot_fixture import build_snapshot
from warehouse.home import REPOSITORY, Home
from warehouse.read import SnapshotReader, indicator, overview
from warehouse.read.tiles import Tile, placed, tiles

pytestmark = pytest.mark.slow

A_YEAR_EARLIER = """
    INSERT INTO indicator_observation BY NAME
    SELECT * REPLACE (value - 10 AS value, 1 AS definition_version,
                      CAST(period_start - INTERVAL 1 YEAR AS DATE) AS period_start,
                      last_day(CAST(period_start - INTERVAL 1 YEAR AS DATE)) AS period_end)
    FROM indicator_observation WHERE indicator_code = 'S14';
"""
NEW_DEFINITION = """
    UPDATE indicator_observation SET definition_version = 2
    WHERE indicator_code = 'S14' AND period_end >= DATE '2023-01-01';
"""
BRIDGE = """
    UPDATE indicator SET changes = [{'version': 2, 'from': DATE '2023-01-01', 'zh': '', 'en': '', 'bridge':
        {'factor': 0.5, 'reason': 'both were counted'}}] WHERE indicator_code = 'S14';
"""


def _changed(path: Path, sql: str) -> None:
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def _june(home: Home) -> indicator.YearOnYear:
    return indicator.year_on_year(SnapshotReader(home), "S14")[-1]


def test_a_figure_stands_beside_that_of_a_year_earlier(home: Home) -> None:
    _changed(build_snapshot(home), A_YEAR_EARLIER)
    found = indicator.year_on_year(SnapshotReader(home), "S14")
    assert [row.period_end for row in found] == sorted(row.period_end for row in found)
    assert (found[-1].period_end, found[-1].value, found[-1].before) == (date(2023, 6, 30), 120.0, 110.0)
    assert found[-1].comparable
    assert found[0].before is None  # nothing a year before the first
    assert not found[0].comparable
    february = next(row for row in found if row.period_end == date(2023, 2, 28))
    assert february.before == 102.0
    until = indicator.year_on_year(SnapshotReader(home), "S14", until=date(2023, 3, 31))
    assert until[-1].period_end == date(2023, 3, 31)


def test_across_a_changed_definition_nothing_is_compared_without_a_bridge(home: Home) -> None:
    _changed(build_snapshot(home), A_YEAR_EARLIER + NEW_DEFINITION)
    assert not _june(home).comparable
    assert _june(home).before == 110.0  # as published


def test_a_bridge_restates_the_earlier_figure(home: Home) -> None:
    _changed(build_snapshot(home), A_YEAR_EARLIER + NEW_DEFINITION + BRIDGE)
    assert _june(home).comparable
    assert _june(home).before == 55.0


def test_windows_overlap_and_are_not_set_beside_each_other(home: Home) -> None:
    _changed(
        build_snapshot(home),
        "UPDATE indicator_observation SET period_type = 'window' WHERE indicator_code = 'S14';"
        "UPDATE indicator SET period_type = 'window' WHERE indicator_code = 'S14'",
    )
    assert indicator.year_on_year(SnapshotReader(home), "S14") == []


def test_statuses_that_the_publication_before_did_not_have(home: Home) -> None:
    before = build_snapshot(home, number=1)
    _changed(before, "UPDATE indicator_status SET status = 'behind' WHERE indicator_code = 'L01'")
    after = build_snapshot(home, number=2)
    _changed(after, f"UPDATE snapshot SET previous_snapshot_id = '{before.stem}'")
    assert overview.status_changes(SnapshotReader(home, before.stem)) == []  # the first publication has none before it
    [change] = overview.status_changes(SnapshotReader(home))
    assert (change.indicator_code, change.before, change.status) == ("L01", "behind", "achieved_early")
    before.unlink()
    assert overview.status_changes(SnapshotReader(home)) == []


def test_every_subdistrict_has_a_tile_of_its_own() -> None:
    with (REPOSITORY / "dbt_project" / "seeds" / "subdistricts.csv").open(encoding="utf-8", newline="") as file:
        official = {row["subdistrict_code"] for row in csv.DictReader(file)}
    assert len(official) == 10
    assert tiles().keys() == official
    assert len(set(tiles().values())) == len(official)


def test_an_area_without_a_tile_goes_below_the_others(tmp_path: Path) -> None:
    known = {"310105001": Tile(1, 4), "310105102": Tile(2, 1)}
    assert placed(["310105001", "310106001", "310106002"], known) == {
        "310105001": Tile(1, 4),
        "310106001": Tile(3, 1),
        "310106002": Tile(3, 2),
    }
    assert tiles(tmp_path / "none.csv") == {}


@pytest.mark.parametrize("code", ["N01", "no-such-code"])
def test_without_figures_there_is_nothing_to_compare(home: Home, code: str) -> None:
    build_snapshot(home)
    assert indicator.year_on_year(SnapshotReader(home), code) == []
