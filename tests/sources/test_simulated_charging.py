"""The charging platform over real HTTP: tokens, envelope, pages; and the piles that it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from sources.simulator import serve_departments, simulate
from warehouse.home import Home

pytestmark = pytest.mark.slow

REPORT_DAY = date(2023, 6, 30)


@pytest.fixture(scope="module")
def departments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the platform knows on the report's day."""
    folder = tmp_path_factory.mktemp("home") / "departments"
    simulate(folder, start=REPORT_DAY, end=REPORT_DAY, feeds=["charging"])
    return folder


@pytest.fixture
def platform(departments: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of the served platform, not authorised yet."""
    monkeypatch.delenv("DISTRICT_CHARGING_API", raising=False)
    with (
        serve_departments(Home(departments.parent)) as names,
        httpx.Client(base_url=names["DISTRICT_CHARGING_API"]) as client,
    ):
        yield client


def authorise(client: httpx.Client) -> None:
    """Fetch a token and send it from now on."""
    answer = client.post("/query_token", json={"OperatorID": "demo", "OperatorSecret": "demo"}).json()
    client.headers["Authorization"] = f"Bearer {answer['Data']['AccessToken']}"


def equipment(client: httpx.Client, size: int = 500) -> list[dict[str, Any]]:
    """All equipment, page by page."""
    found: list[dict[str, Any]] = []
    number = 1
    while True:
        data = client.get("/query_equipments_info", params={"PageNo": number, "PageSize": size}).json()["Data"]
        found += data["EquipmentInfos"]
        if number >= data["PageCount"]:
            assert len(found) == data["ItemSize"]
            return found
        number += 1


def in_service(found: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """Equipment put into service by `day` and not out of it."""
    text = day.isoformat()
    return [
        item
        for item in found
        if item["OpenForBusinessDate"] <= text and not (item["CloseDate"] and item["CloseDate"] <= text)
    ]


def fast(item: dict[str, Any]) -> bool:
    """DC (1), DC and AC (3), or at least 60 kW."""
    return item["EquipmentType"] in (1, 3) or item["Power"] >= 60


def test_without_a_token_there_is_nothing(platform: httpx.Client) -> None:
    refused = platform.get("/query_equipments_info")
    assert (refused.status_code, refused.json()["Ret"]) == (401, 4002)
    assert platform.post("/query_token", json={"OperatorID": "demo"}).json()["Data"] is None
    assert platform.post("/query_token", content=b"[]").json()["Ret"] == 4004


@pytest.mark.parametrize(("page", "size"), [("0", "10"), ("1", "501"), ("x", "10")])
def test_pages_have_bounds(platform: httpx.Client, page: str, size: str) -> None:
    authorise(platform)
    answer = platform.get("/query_equipments_info", params={"PageNo": page, "PageSize": size}).json()
    assert (answer["Ret"], answer["Data"]) == (4004, None)


def test_the_figures_of_the_report(platform: httpx.Client) -> None:
    authorise(platform)
    found = equipment(platform)

    assert len({item["EquipmentID"] for item in found}) == len(found)
    assert equipment(platform, size=100) == found
    there = in_service(found, REPORT_DAY)
    assert len(there) == 932
    assert sum(fast(item) for item in there) == 104
    # Each edge of the rule occurs: small DC, both currents, and AC strong enough.
    kinds = {(item["EquipmentType"], item["Power"] >= 60) for item in there if fast(item)}
    assert {(1, False), (3, False), (2, True)} <= kinds
    ends = [date(2020, 12, 31), date(2021, 12, 31), date(2022, 12, 31), REPORT_DAY]
    stocks = [len(in_service(found, day)) for day in ends]
    assert stocks == sorted(stocks)
    assert stocks[0] < 932 * 0.7


def test_a_later_end_adds_changes_and_leaves_older_ones(departments: Path, tmp_path: Path) -> None:
    folder = tmp_path / "grown"
    simulate(folder, start=date(2022, 6, 30), end=date(2022, 6, 30), feeds=["charging"])
    before = {path.name: path.read_bytes() for path in folder.rglob("*.json") if path.name != "manifest.json"}
    after = {path.name: path.read_bytes() for path in departments.rglob("*.json") if path.name != "manifest.json"}

    assert before.items() < after.items()
