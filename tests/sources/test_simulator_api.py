"""The parking platform over real HTTP: tokens, pages, windows, everything a string; addresses in the environment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pyarrow.parquet as pq
import pytest

from sources.simulator import serve_departments, simulate
from sources.simulator.parking_platform import ParkingPlatform
from warehouse.home import Home

pytestmark = pytest.mark.slow

DAY = date(2023, 6, 29)
BEGIN = int(datetime(2023, 6, 29, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def departments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two full days of the parking platform."""
    folder = tmp_path_factory.mktemp("home") / "departments"
    simulate(folder, start=DAY, end=date(2023, 6, 30), feeds=["parking"])
    return folder


@pytest.fixture
def platform(departments: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of the served platform, not authorised yet."""
    for name in ("DISTRICT_DEPARTMENTS", "DISTRICT_PARKING_API", "DISTRICT_HOSPITAL_URL"):
        monkeypatch.delenv(name, raising=False)
    with (
        serve_departments(Home(departments.parent)) as names,
        httpx.Client(base_url=names["DISTRICT_PARKING_API"]) as client,
    ):
        yield client


def authorise(client: httpx.Client) -> None:
    """Fetch a token and send it from now on."""
    answer = client.post("/token", json={"appId": "demo", "appSecret": "demo"}).json()
    client.headers["Authorization"] = f"Bearer {answer['data']['token']}"


def page(client: httpx.Client, number: int, size: int = 1000, begin: int = BEGIN, end: int = BEGIN + DAY_MS) -> Any:
    """One page of snapshots."""
    return client.get(
        "/parking/snapshots", params={"beginTime": begin, "endTime": end, "page": number, "pageSize": size}
    )


def whole(client: httpx.Client, begin: int = BEGIN, end: int = BEGIN + DAY_MS) -> list[dict[str, str]]:
    """All records of a window, page by page."""
    found: list[dict[str, str]] = []
    number = 1
    while True:
        data = page(client, number, begin=begin, end=end).json()["data"]
        found += data["list"]
        if not data["list"] or len(found) >= int(data["total"]):
            return found
        number += 1


def test_a_day_comes_whole_and_in_strings(platform: httpx.Client, departments: Path) -> None:
    authorise(platform)

    records = whole(platform)

    stored = pq.read_table(departments / "parking" / "platform" / "snapshots" / f"{DAY}.parquet")
    assert len(records) == stored.num_rows
    assert [int(record["uploadTime"]) for record in records] == stored["uploadTime"].to_pylist()
    assert all(isinstance(value, str) for record in records for value in record.values())
    assert int(records[0]["remainSpace"]) == stored["remainSpace"][0].as_py()


def test_a_window_cuts_at_its_bounds(platform: httpx.Client) -> None:
    authorise(platform)
    noon = BEGIN + DAY_MS // 2

    morning, afternoon = whole(platform, end=noon), whole(platform, begin=noon)

    assert all(int(record["uploadTime"]) < noon for record in morning)
    assert all(int(record["uploadTime"]) >= noon for record in afternoon)
    assert len(morning) + len(afternoon) == len(whole(platform))


def test_a_window_over_two_days(platform: httpx.Client) -> None:
    authorise(platform)

    both = whole(platform, end=BEGIN + 2 * DAY_MS)

    assert len(both) == len(whole(platform)) + len(whole(platform, begin=BEGIN + DAY_MS, end=BEGIN + 2 * DAY_MS))


def test_a_day_that_the_platform_does_not_hold_is_empty(platform: httpx.Client) -> None:
    authorise(platform)

    data = page(platform, 1, begin=BEGIN - 400 * DAY_MS, end=BEGIN - 399 * DAY_MS).json()["data"]

    assert (data["total"], data["list"]) == ("0", [])


def test_no_token_no_data(platform: httpx.Client) -> None:
    assert page(platform, 1).status_code == 401
    assert platform.post("/token", json={"appId": "demo"}).status_code == 401


def test_a_token_expires(departments: Path) -> None:
    import threading

    server = ParkingPlatform(departments / "parking" / "platform" / "snapshots", token_seconds=0.0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=server.url) as client:
            authorise(client)
            answer = page(client, 1)
            assert answer.status_code == 401
            assert answer.json()["code"] == "401"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    "query",
    [
        {"beginTime": "yesterday", "endTime": "1", "page": "1", "pageSize": "10"},
        {"beginTime": "2", "endTime": "1", "page": "1", "pageSize": "10"},
        {"beginTime": "1", "endTime": "2", "page": "0", "pageSize": "10"},
        {"beginTime": "1", "endTime": "2", "page": "1", "pageSize": "100000"},
    ],
    ids=["not a number", "reversed", "page zero", "too large"],
)
def test_a_senseless_question_is_answered_with_400(platform: httpx.Client, query: dict[str, str]) -> None:
    authorise(platform)

    answer = platform.get("/parking/snapshots", params=query)

    assert answer.status_code == 400
    assert answer.json()["code"] != "0"


def test_a_day_is_served_fast(platform: httpx.Client) -> None:
    authorise(platform)
    whole(platform, end=BEGIN + 1)  # the connection is open and the code is loaded
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        records = whole(platform)
        times.append(time.perf_counter() - begun)

    assert len(records) > 9_000
    # Ten times what it takes on an idle machine; the slowest way of building the answers takes longer than that.
    assert min(times) < 1.0


def test_addresses_of_real_systems_are_left_alone(departments: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_PARKING_API", "https://parking.example")
    monkeypatch.delenv("DISTRICT_DEPARTMENTS", raising=False)
    monkeypatch.delenv("DISTRICT_HOSPITAL_URL", raising=False)

    with serve_departments(Home(departments.parent)) as names:
        assert os.environ["DISTRICT_PARKING_API"] == "https://parking.example"
        assert "DISTRICT_PARKING_API" not in names
        assert os.environ["DISTRICT_DEPARTMENTS"] == str(departments)

    assert os.environ["DISTRICT_PARKING_API"] == "https://parking.example"
    assert "DISTRICT_DEPARTMENTS" not in os.environ
