"""The simulated departments: same bytes from the same seed, ranges that grow, times of delivery, refusals."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from sources.simulator import SimulationRefused, read_manifest, simulate

pytestmark = pytest.mark.slow

START, END = date(2023, 6, 28), date(2023, 6, 30)
SCALE = 0.02


def digests(folder: Path) -> dict[str, str]:
    """Relative path -> hash of the bytes, for every delivered file but the database, which is one growing file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".sqlite" and path.name != "manifest.json"
    }


def changes(folder: Path) -> list[tuple[object, ...]]:
    """All rows of the front-end database's report view."""
    connection = sqlite3.connect(folder / "hospital_interconnect" / "hospital.sqlite")
    try:
        return connection.execute("SELECT * FROM v_bg_sy").fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def departments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last three days at a fiftieth of the volume."""
    folder = tmp_path_factory.mktemp("departments")
    simulate(folder, start=START, end=END, scale=SCALE)
    return folder


def test_same_seed_gives_the_same_bytes(departments: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "again", start=START, end=END, scale=SCALE)

    assert digests(tmp_path / "again") == digests(departments)
    database = "hospital_interconnect/hospital.sqlite"
    assert (tmp_path / "again" / database).read_bytes() == (departments / database).read_bytes()


def test_another_seed_gives_other_rows(departments: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "other", seed=7, start=START, end=END, scale=SCALE, feeds=["parking"])

    mine = {name: value for name, value in digests(departments).items() if name.startswith("parking")}
    other = digests(tmp_path / "other")
    assert {name for name in mine if "events" not in name} <= other.keys()  # at night an hour may pass without a car
    assert not set(mine.values()) & set(other.values())


def test_a_later_end_adds_deliveries_and_leaves_older_ones(departments: Path, tmp_path: Path) -> None:
    folder = tmp_path / "grown"
    simulate(folder, start=START, end=date(2023, 6, 29), scale=SCALE)
    before = digests(folder)
    rows_before = changes(folder)

    manifest = simulate(folder, start=START, end=END, scale=SCALE)

    after = digests(folder)
    assert manifest.files > 0
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)
    # What was made at once and what grew are the same district.
    assert after == digests(departments)
    assert changes(folder)[: len(rows_before)] == rows_before
    assert changes(folder) == changes(departments)


def test_simulating_again_writes_nothing(departments: Path) -> None:
    assert simulate(departments, start=START, end=END, scale=SCALE).files == 0


def test_delivered_files_carry_their_time_of_delivery(departments: Path) -> None:
    archive = departments / "education_base" / "oneroster" / "oneroster_20230629_1.zip"

    delivered_at = datetime.fromtimestamp(archive.stat().st_mtime, UTC)

    assert delivered_at == datetime(2023, 6, 29, 18, 10, tzinfo=UTC)  # 02:10 of the next day in Shanghai


def test_registers_begin_with_their_state_before_the_range(departments: Path) -> None:
    names = set(digests(departments))
    assert "parking/register/parking_lots_20230625_1.xlsx" in names
    assert "ecommerce_gmv/returns/gmv_returns_202305_1.xlsx" in names
    with zipfile.ZipFile(departments / "education_base" / "oneroster" / "oneroster_20230628_1.zip") as archive:
        assert "file.users,bulk" in archive.read("manifest.csv").decode().replace('"', "")


def test_interfaces_deliver_only_from_the_day_they_opened(tmp_path: Path) -> None:
    simulate(tmp_path / "early", start=date(2021, 1, 1), end=date(2021, 12, 31), scale=SCALE)

    folders = {name.split("/")[0] for name in digests(tmp_path / "early")}
    assert "ecommerce_gmv" in folders
    assert folders.isdisjoint({"parking", "education_base", "iot_nodes"})
    assert changes(tmp_path / "early") == []


def test_the_manifest_says_that_everything_is_simulated(departments: Path) -> None:
    marker = json.loads((departments / "manifest.json").read_text(encoding="utf-8"))

    assert marker["simulated"] is True
    assert (marker["seed"], marker["start"], marker["end"]) == (310105, "2023-06-28", "2023-06-30")
    found = read_manifest(departments)
    assert found is not None
    assert found.scale == SCALE


def test_a_folder_of_another_seed_is_refused(departments: Path) -> None:
    before = digests(departments)

    with pytest.raises(SimulationRefused, match="310105"):
        simulate(departments, seed=1, start=START, end=END, scale=SCALE)

    assert digests(departments) == before


def test_a_folder_that_is_no_simulation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not ours", encoding="utf-8")

    with pytest.raises(SimulationRefused, match=str(tmp_path)):
        simulate(tmp_path, start=START, end=END)


@pytest.mark.parametrize(
    ("start", "end"),
    [(END, START), (date(2020, 12, 31), END), (START, date(2026, 1, 1))],
    ids=["reversed", "before the plan", "after the plan"],
)
def test_a_range_outside_the_plan_is_refused(tmp_path: Path, start: date, end: date) -> None:
    with pytest.raises(SimulationRefused, match="2021-01-01"):
        simulate(tmp_path / "out", start=start, end=end)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5])
def test_an_impossible_scale_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(SimulationRefused, match=str(scale)):
        simulate(tmp_path / "out", start=START, end=END, scale=scale)


def test_an_unknown_feed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimulationRefused, match="weather"):
        simulate(tmp_path / "out", start=START, end=END, feeds=["weather"])


def test_an_interrupted_simulation_is_finished(
    departments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "interrupted"
    with monkeypatch.context() as broken:
        broken.setattr("sources.simulator.education.deliver_rosters", _killed)
        with pytest.raises(KeyboardInterrupt):
            simulate(folder, start=START, end=END, scale=SCALE)
    assert digests(folder)

    simulate(folder, start=START, end=END, scale=SCALE)

    assert digests(folder) == digests(departments)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_orders_of_a_smaller_district_are_fewer_and_add_up_to_the_same_returns(tmp_path: Path) -> None:
    found = []
    for scale in (0.01, 0.05):
        simulate(tmp_path / str(scale), start=END, end=END, scale=scale, feeds=["ecommerce_gmv"])
        orders = duckdb.sql(
            f"SELECT platform, count(DISTINCT orderNo), sum(payAmount) FILTER (payAmount > 0) "
            f"FROM (SELECT DISTINCT * FROM '{tmp_path / str(scale)}/ecommerce_gmv/orders/*.parquet') "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        found.append(orders)

    assert len(found[0]) == 3
    for (_, few, small), (_, many, large) in zip(*found, strict=True):
        assert few < many
        assert float(small) == pytest.approx(float(large), rel=0.001)
