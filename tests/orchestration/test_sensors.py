from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from orchestration.jobs import build_jobs
from orchestration.schedules import feed_schedules
from orchestration.sensors import drop_folders, file_drop_sensors, fingerprint
from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from tests.orchestration.tiny_feed import counts, deliver
from warehouse.home import Home
from warehouse.run_lock import run_lock

pytestmark = pytest.mark.slow


def evaluate(feed: Feed, cursor: str | None, instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    (sensor,) = file_drop_sensors({feed.name: feed}, {job.name: job for job in build_jobs({feed.name: feed})})
    result = sensor(dg.build_sensor_context(cursor=cursor, instance=instance))
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def test_new_files_ask_for_one_run_and_then_none(tiny: Feed, drop: Path, instance: dg.DagsterInstance) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    first = evaluate(tiny, None, instance)
    assert isinstance(first, dg.SensorResult)
    (request,) = first.run_requests or []
    assert (request.run_key or "").startswith("tiny-")
    assert isinstance(evaluate(tiny, first.cursor, instance), dg.SkipReason)


def test_files_that_come_while_a_run_writes_are_taken_in_after_it(
    home: Home, tiny: Feed, drop: Path, instance: dg.DagsterInstance
) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    with run_lock(home):
        assert isinstance(evaluate(tiny, None, instance), dg.SkipReason)
    assert isinstance(evaluate(tiny, None, instance), dg.SensorResult)
    home.run_lock.with_suffix(".holder.json").touch()  # left by a run that was killed
    assert isinstance(evaluate(tiny, None, instance), dg.SensorResult)


@pytest.mark.parametrize("change", ["new file", "other bytes", "other time"])
def test_any_change_in_the_folder_is_noticed(drop: Path, tiny: Feed, change: str) -> None:
    path = deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    before = fingerprint(drop_folders(tiny))
    if change == "new file":
        deliver(drop, "count_20230610.csv", *counts("2023-06-10", 10, 12))
    elif change == "other bytes":
        deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 123))
    else:
        os.utime(path, (1, 1))
    assert fingerprint(drop_folders(tiny)) != before


def test_a_folder_that_is_not_there_yet_is_waited_for(tiny: Feed, drop: Path, instance: dg.DagsterInstance) -> None:
    drop.rmdir()
    assert isinstance(evaluate(tiny, None, instance), dg.SkipReason)


def test_a_folder_that_is_not_configured_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISTRICT_DEPARTMENTS", raising=False)
    parking = load_feeds([])["parking"]
    assert drop_folders(parking) == []
    monkeypatch.setenv("DISTRICT_DEPARTMENTS", "/departments")
    assert Path("/departments/parking/events") in drop_folders(parking)


def test_there_is_a_schedule_for_each_rhythm_of_a_feed_in_the_districts_zone(tiny: Feed) -> None:
    schedules = {schedule.name: schedule for schedule in feed_schedules({"tiny": tiny})}
    assert set(schedules) == {"tiny_daily", "tiny_monthly"}
    assert all(schedule.execution_timezone == "Asia/Shanghai" for schedule in schedules.values())
    assert list(schedules["tiny_daily"].cron_schedule) == ["0 9 * * *"]
