"""Column lineage of a real run, against truth written by hand, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.end_to_end.district_command import district
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read import column_lineage as read_columns

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("end_to_end"),  # one worker makes the small district once
    pytest.mark.timeout(1800),
]

TRUTH: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("lineage_truth.yaml").read_text(encoding="utf-8")
)
Edge = tuple[str, str, str, str]  # from node, from column, to column, transformation


@pytest.fixture(scope="module")
def reader(undisturbed: Path) -> SnapshotReader:
    return SnapshotReader(Home(undisturbed))


def true_edges(told: dict[str, Any]) -> Iterator[Edge]:
    if same := told.get("same"):
        yield from ((same["from"], name, name, "identity") for name in same["columns"])
    for column, origins in {**told.get("columns", {}), "": told.get("rows", {})}.items():
        for node, kinds in origins.items():
            for kind, names in kinds.items():
                yield from ((node, name, column, kind) for name in names)


@pytest.mark.parametrize("model", TRUTH)
def test_the_columns_of_a_model_come_from_where_a_reader_of_its_sql_says(reader: SnapshotReader, model: str) -> None:
    found = {
        (row["from_node"], row["from_column"], row["to_column"], row["transformation"])
        for row in reader.rows("SELECT * FROM lineage_edge WHERE to_node = ? AND from_column <> ''", [model])
    }
    truth = set(true_edges(TRUTH[model]))
    assert {"missing": sorted(truth - found), "too much": sorted(found - truth)} == {"missing": [], "too much": []}


def test_no_column_of_any_indicator_is_of_unknown_origin(reader: SnapshotReader) -> None:
    assert read_columns.unresolved(reader) == []
    defined = {
        row["node"]
        for row in reader.rows("SELECT 'indicator.' || indicator_code AS node FROM indicator WHERE len(entities) > 0")
    }
    reached = {
        row["to_node"] for row in reader.rows("SELECT DISTINCT to_node FROM lineage_edge WHERE to_column = 'value'")
    }
    assert defined <= reached
    without = {
        node
        for node in defined
        if not any(place[0].startswith("raw_") for place in read_columns.upstream(reader, node, ["value"]).places)
    }
    assert without == set()  # every figure leads back to a delivered field


@pytest.mark.parametrize(
    ("place", "direct", "indirect"),
    [
        # read from the SQL: the free spaces make the occupancy; a snapshot counts only where they are possible
        ("parking.prk_snapshot.free_spaces", {"PRK03", "PRK04"}, {"S15", "PRK01", "PRK01b", "PRK02"}),
        ("parking.prk_lot.networked_on", set(), {"S14"}),
        ("parking.prk_lot.address", set(), set()),
    ],
)
def test_a_wrong_field_touches_these_figures(
    undisturbed: Path, place: str, direct: set[str], indirect: set[str]
) -> None:
    ended = district(undisturbed, "impact", place, "--json")
    assert ended.returncode == 0, ended.stderr
    figures = json.loads(ended.stdout)["figures"]
    assert {one["indicator_code"] for one in figures if one["direct"]} == direct
    assert {one["indicator_code"] for one in figures if not one["direct"]} == indirect


def test_an_unknown_field_is_wrong_use_and_the_known_ones_are_named(undisturbed: Path) -> None:
    ended = district(undisturbed, "impact", "parking.prk_lot.networkd_on")
    assert ended.returncode == 2
    assert "networked_on" in ended.stderr


def test_the_run_told_other_catalogues_what_it_pulled_built_and_published(undisturbed: Path) -> None:
    (told,) = Home(undisturbed).openlineage.glob("*.ndjson")
    events = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    ended = {event["job"]["name"]: event for event in events if event["eventType"] == "COMPLETE"}
    assert {"run", "pull.parking", "pull.ecommerce_gmv", "build.dim_parking_lot", "publish"} <= ended.keys()
    pulled = {one["name"]: one["outputFacets"]["outputStatistics"] for one in ended["pull.parking"]["outputs"]}
    assert pulled["raw_parking.prk_snapshot"]["rowCount"] > 0
