"""The simulated sports, community, elderly, ecology and safety departments, read by other means than the platform's.

Belongs here: the report's figures counted from delivered bytes, their growth over the plan, what a later end leaves.
Does not belong here: rules that hold for every simulated department (`test_simulator.py`).
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from sources.simulator import simulate
from tests.sources.simulated_figures import sheet

pytestmark = pytest.mark.slow

FEEDS = ["sports_venues", "community_registry", "elderly_services", "ecology_monitoring", "public_safety"]
REPORT = date(2023, 6, 30)


@pytest.fixture(scope="module")
def departments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five departments over the plan so far, at full volume."""
    folder = tmp_path_factory.mktemp("departments")
    simulate(folder, feeds=FEEDS)
    return folder


def _in_force(frame: pd.DataFrame, begun: str, ended: str, day: date = REPORT) -> pd.Series[bool]:
    def dates(column: str) -> pd.Series[pd.Timestamp]:
        return pd.to_datetime(frame[column].replace({"": None, "-": None, "/": None}), errors="coerce", format="mixed")

    return (dates(begun) <= pd.Timestamp(day)) & ~(dates(ended) <= pd.Timestamp(day))


def _newest(folder: Path) -> Path:
    return max(path for path in folder.iterdir() if path.is_file())


def _view(departments: Path, name: str, key: str) -> pd.DataFrame:
    """The newest row of each key."""
    with sqlite3.connect(departments / "elderly_services" / "elderly.sqlite") as connection:
        rows = pd.read_sql_query(f"SELECT * FROM {name}", connection)
    return rows.drop_duplicates(key, keep="last")


def _table(archive: Path, member: str) -> pd.DataFrame:
    with zipfile.ZipFile(archive) as file:
        return pd.read_csv(io.StringIO(file.read(member).decode("gb18030")), dtype=str)


def test_facilities_are_those_of_the_report(departments: Path) -> None:
    workbook = _newest(departments / "sports_venues" / "register")
    venues, homes = sheet(workbook, "场馆改造", "序号"), sheet(workbook, "健康之家", "序号")
    digital = sheet(_newest(departments / "community_registry" / "register"), "数字家园台账", "序号")

    assert _in_force(venues, "智慧化改造验收日期", "停用日期").sum() == 10
    assert _in_force(homes, "开办日期", "停办日期").sum() == 6
    assert _in_force(digital, "验收日期", "退出日期").sum() == 10


def test_services_for_the_elderly_are_those_of_the_report(departments: Path) -> None:
    seniors, homes = _view(departments, "v_yjt_fwdx", "GMSFHM"), _view(departments, "v_dj_zh", "ZHBH")
    seniors = seniors[_in_force(seniors, "RDRQ", "ZXRQ")]
    homes = homes[_in_force(homes, "JDRQ", "HXRQ")]

    assert round(100 * _in_force(seniors, "KTRQ", "TYRQ").mean(), 2) == 87.29
    assert round(100 * _in_force(homes, "AZRQ", "CCRQ").mean(), 2) == 89.16
    courses = (departments / "elderly_services" / "courses").iterdir()
    assert sum(sheet(path, "帮扶活动", "序号")["参加人次"].sum() for path in courses) == 75_000


def test_coverage_of_the_elderly_rises_towards_the_report(departments: Path) -> None:
    seniors = _view(departments, "v_yjt_fwdx", "GMSFHM")

    shares = [
        _in_force(seniors[_in_force(seniors, "RDRQ", "ZXRQ", day)], "KTRQ", "TYRQ", day).mean()
        for day in (date(2021, 1, 31), date(2021, 12, 31), date(2022, 12, 31), REPORT)
    ]

    assert shares == sorted(shares)
    assert shares[0] < 0.45


def test_nobody_real_is_among_the_seniors(departments: Path) -> None:
    seniors = _view(departments, "v_yjt_fwdx", "GMSFHM")

    assert seniors["GMSFHM"].str.startswith("990105").all()  # no region of the country has this code
    assert seniors["XM"].str.startswith("示例").all()


def test_every_kind_of_station_is_alive_and_some_are_silent(departments: Path) -> None:
    lines = _newest(departments / "ecology_monitoring" / "platform").read_text(encoding="utf-8").splitlines()
    stations = [json.loads(line) for line in lines]
    in_service = [station for station in stations if station["removeDate"] is None]
    end = pd.Timestamp("2023-07-01", tz="Asia/Shanghai").value // 1_000_000

    alive = [
        station
        for station in in_service
        if station["lastDataTime"] and end - station["lastDataTime"] <= station["offlineHours"] * 3_600_000
    ]

    assert {station["stationType"] for station in alive} == {"AIR", "MICRO", "WATER", "NOISE", "DUST", "FUME"}
    assert 0.9 < len(alive) / len(in_service) < 1


def test_every_entrance_has_a_camera_at_last(departments: Path) -> None:
    archives = sorted((departments / "public_safety" / "exchange").iterdir())

    def covered(archive: Path, day: date) -> float:
        entrances, cameras = _table(archive, "entrances.csv"), _table(archive, "cameras.csv")
        entrances = entrances[_in_force(entrances, "启用日期", "撤销日期", day)]
        cameras = cameras[_in_force(cameras, "投用日期", "停用日期", day)]
        return float(entrances["出入口编号"].isin(cameras["出入口编号"]).mean())

    shares = [covered(archive, pd.Timestamp(archive.stem.split("_")[2]).date()) for archive in archives]
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert shares[0] < 0.75


def test_a_later_end_keeps_what_was_delivered(departments: Path, tmp_path: Path) -> None:
    simulate(tmp_path, end=date(2023, 5, 31), feeds=FEEDS)
    rows_before = _rows(tmp_path)
    before = _digests(tmp_path)

    simulate(tmp_path, end=REPORT, feeds=FEEDS)

    after = _digests(tmp_path)
    assert {name: after[name] for name in before} == before
    assert after == _digests(departments)
    assert _rows(tmp_path)[: len(rows_before)] == rows_before
    assert _rows(tmp_path) == _rows(departments)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".sqlite" and path.name != "manifest.json"
    }


def _rows(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "elderly_services" / "elderly.sqlite") as connection:
        return connection.execute("SELECT * FROM v_yjt_fwdx").fetchall()
