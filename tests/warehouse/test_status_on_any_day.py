"""`district status --as-of D` against an independent calculation, for many days of the plan.

The calculation below knows nothing of the SQL: plain Python over the observations, written from the design's words
(section 10) and decision 11. Figures are drawn at random; what is random is drawn once, from a fixed seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.warehouse.test_forecast import month_ends
from warehouse.home import Home
from warehouse.publish import progress, snapshot_file, switch
from warehouse.read import SnapshotReader
from warehouse.read.overview import overview
from warehouse.read.plan import totals

pytestmark = pytest.mark.slow

DISTRICT = "310105"
START, END = date(2021, 1, 1), date(2025, 12, 31)
BEGIN = START - timedelta(days=1)

# code -> what differs from the plain case: 0 to 100 by the end of the plan, monthly, more is better.
PLAIN: dict[str, Any] = {
    "state": "agreed",
    "direction": "higher",
    "measure_basis": "stock",
    "period_type": "month",
    "baseline_value": 0.0,
    "target_value": 100.0,
    "target_date": END,
    "ceiling": None,
    "integer_steps": False,
    "milestones": [],
    "tier": "headline",
}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "PLAIN": {},
    "QUICK": {"target_value": 60.0},
    "LOWER": {"direction": "lower", "baseline_value": 100.0, "target_value": 0.0},
    "STEPS": {"target_value": 9.0, "integer_steps": True},
    "FULL": {"baseline_value": 100.0, "ceiling": 100.0},
    "OVER": {"target_value": 120.0, "ceiling": 100.0},
    "MILES": {"milestones": [{"date": date(2022, 6, 30), "value": 10.0}, {"date": date(2024, 12, 31), "value": 80.0}]},
    "SOON": {"target_date": date(2023, 12, 31)},
    "CUMUL": {"measure_basis": "cumulative", "baseline_value": None},
    "YEARS": {"period_type": "year", "measure_basis": "flow"},
    "YTD": {"period_type": "year_to_date", "measure_basis": "flow", "baseline_value": 40.0, "target_value": 110.0},
    "YTDLOW": {
        "period_type": "year_to_date",
        "measure_basis": "flow",
        "direction": "lower",
        "baseline_value": 120.0,
        "target_value": 70.0,
    },
    "NOBASE": {"baseline_value": None},
    "NOTARGET": {"target_value": None, "target_date": None},
    "NEUTRAL": {"direction": "neutral"},
    "STOPPED": {},
    "NEVER": {},
    "OPEN": {
        "state": "undefined",
        "target_value": None,
        "target_date": None,
        "period_type": None,
        "baseline_value": None,
    },
}


def _observations() -> Iterator[dict[str, Any]]:
    chance = random.Random(310105)
    for code, changed in DEFINITIONS.items():
        definition = PLAIN | changed
        kind = definition["period_type"]
        sign = -1 if definition["direction"] == "lower" else 1
        level = definition["baseline_value"] or 0.0
        until = date(2022, 3, 31) if code == "STOPPED" else END
        within_year = 0.0
        for end in month_ends(date(2020, 10, 31), until):
            level += sign * chance.choice((0.0, 0.4, 1.0, 2.5, 4.0, -1.0))
            value = round(max(level, 0.0) / (10 if code == "STEPS" else 1), 0 if code == "STEPS" else 1)
            start = end.replace(day=1)
            if code in ("NEVER", "OPEN") or (kind == "year" and end.month != 12):
                continue
            if kind == "year":
                start = date(end.year, 1, 1)
            elif kind == "year_to_date":
                within_year = (within_year if end.month > 1 else 0.0) + chance.uniform(3.0, 11.0)
                value, start = round(within_year, 2), date(end.year, 1, 1)
            elif code == "FULL":
                value = 100.0 if chance.random() < 0.8 else 98.5
            elif code == "OVER":
                value = min(value, 100.0)
            yield {
                "indicator_code": code,
                "definition_version": 1,
                "period_type": kind,
                "period_start": start,
                "period_end": end,
                "area_code": DISTRICT,
                "value": value,
                "numerator": value,
                "state": "published",
                "is_provisional": False,
            }


OBSERVATIONS = list(_observations())
# The feed of STOPPED brought nothing after March 2022; from the 20th of May 2022 on April is missing.
LOST_SINCE = date(2022, 5, 20)


def expected(code: str, day: date) -> dict[str, Any]:
    """Value, shares and status on a day, from the words of the design."""
    definition = PLAIN | DEFINITIONS[code]
    target, baseline = definition["target_value"], definition["baseline_value"]
    known = [o for o in OBSERVATIONS if o["indicator_code"] == code and o["period_end"] <= day]
    last = max(known, key=lambda o: o["period_end"]) if known else None
    end = definition["target_date"] or END
    gone = min(max((day - BEGIN).days / (end - BEGIN).days, 0.0), 1.0)
    row = {"value": None if last is None else last["value"], "time_share": gone, "progress_share": None}
    if definition["state"] == "undefined":
        return row | {"status": "undefined"}
    if last is None:
        return row | {"status": "missing"}
    if definition["measure_basis"] == "cumulative" and baseline is None:
        baseline = 0.0
    if target is None:
        return row | {"status": "missing" if code == "STOPPED" and day >= LOST_SINCE else "not_assessed"}
    if definition["ceiling"] is not None and definition["direction"] == "higher":
        target = min(target, definition["ceiling"])
    lower = definition["direction"] == "lower"

    def reached(value: float) -> bool:
        return value <= target + 1e-9 if lower else value >= target - 1e-9

    annual, path_day = last["value"], day
    year_over = True
    if definition["period_type"] == "year_to_date":
        first, final = date(last["period_end"].year, 1, 1), date(last["period_end"].year, 12, 31)
        annual = last["value"] * ((final - first).days + 1) / ((last["period_end"] - first).days + 1)
        year_over, path_day = last["period_end"] == final, min(final, end)
    on_path = _path(definition, baseline, target, end, path_day)
    met = reached(last["value"])
    share = required = None
    if baseline is not None and baseline != target:
        share, required = (annual - baseline) / (target - baseline), (on_path - baseline) / (target - baseline)
    elif baseline == target and met:
        share = 1.0
    row["progress_share"] = share
    if code == "STOPPED" and day >= LOST_SINCE:
        return row | {"status": "missing"}
    if definition["direction"] == "neutral":
        return row | {"status": "not_assessed"}
    if day < START:
        return row | {"status": "not_due"}
    if met and not (definition["period_type"] == "year_to_date" and lower and not year_over):
        first_met = min(o["period_end"] for o in known if reached(o["value"]))
        return row | {"status": "achieved_early" if day < end or first_met < end else "on_schedule"}
    if day >= end:
        return row | {"status": "behind"}
    if baseline is None:
        return row | {"status": "not_assessed"}
    if share is None or required is None:
        return row | {"status": "behind"}
    if abs(share - required) <= 0.05 or (definition["integer_steps"] and abs(last["value"] - on_path) < 1):
        return row | {"status": "on_schedule"}
    return row | {"status": "ahead" if share > required else "behind"}


def _path(definition: Mapping[str, Any], baseline: float | None, target: float, end: date, day: date) -> float:
    """The value that the plan asks for on a day: straight lines between baseline, milestones and target."""
    points = [(stone["date"], stone["value"]) for stone in definition["milestones"]] + [(end, target)]
    if baseline is not None:
        points.insert(0, (BEGIN, baseline))
    if day <= points[0][0]:
        return float(points[0][1])
    for (left, low), (right, high) in pairwise(points):
        if day <= right:
            return float(low + (high - low) * (day - left).days / (right - left).days)
    return float(target)


def days() -> Iterator[date]:
    """Every thirteenth day from before the plan until after it (all days of the month come), and its edges."""
    day = date(2020, 11, 1)
    while day < date(2026, 4, 1):
        yield day
        day += timedelta(days=13)
    yield from (BEGIN, START, date(2022, 6, 30), date(2023, 6, 30), date(2023, 12, 31), END, END + timedelta(days=1))
    yield from (LOST_SINCE - timedelta(days=1), LOST_SINCE, date(2024, 2, 29), date(2024, 12, 31))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published snapshot of all the indicators."""
    home = Home(tmp_path_factory.mktemp("any_day")).prepare()
    aside = home.workspace / "s00001-20251231.duckdb"
    connection = snapshot_file.create(aside)
    names = {"name_zh": "指标", "name_en": "Indicator", "unit_zh": "家", "unit_en": "units", "decimals": 1}
    snapshot_file.insert(
        connection,
        "indicator",
        [
            PLAIN
            | {"definition_version": 1, "domain": "life", "feeds": ["f"], "binding": False}
            | {"entities": ["f.lost" if code == "STOPPED" else "f.e"]}
            | names
            | changed
            | {"indicator_code": code}
            for code, changed in DEFINITIONS.items()
        ],
    )
    snapshot_file.insert(connection, "indicator_observation", OBSERVATIONS)
    feeds = [{"feed": "f", "entity": entity, "label_zh": "月报", "label_en": "Returns"} for entity in ("e", "lost")]
    snapshot_file.insert(connection, "feed", [feed | {"delivered": True} for feed in feeds])
    snapshot_file.insert(
        connection,
        "feed_freshness_history",
        [
            {"feed": "f", "entity": "e", "as_of": date(2020, 1, 1), "state": "on_time"},
            {"feed": "f", "entity": "lost", "as_of": date(2020, 1, 1), "state": "on_time"},
            {
                "feed": "f",
                "entity": "lost",
                "as_of": LOST_SINCE,
                "state": "missing",
                "expected_period_end": date(2022, 4, 30),
            },
        ],
    )
    snapshot_file.insert(
        connection,
        "snapshot",
        [
            {
                "snapshot_id": "s00001-20251231",
                "number": 1,
                "as_of": END,
                "published_at": date(2026, 1, 1),
                "run_id": "r",
                "code_version": "v",
                "district_code": DISTRICT,
                "district_zh": "长宁区",
                "district_en": "Changning District",
                "time_zone": "Asia/Shanghai",
                "plan_start": START,
                "plan_end": END,
                "simulated": True,
            }
        ],
    )
    progress.fill_progress(connection, END)
    snapshot_file.close_and_flush(connection, aside)
    switch.put_in_place(home, aside, "s00001-20251231")
    switch.switch_to(home, "s00001-20251231")
    return home


def test_status_on_many_days_equals_the_independent_calculation(home: Home) -> None:
    reader = SnapshotReader(home)
    seen: set[str] = set()
    for day in days():
        for row in overview(reader, as_of=day):
            hand = expected(row.indicator_code, day)
            seen.add(row.status)
            place = f"{row.indicator_code} on {day}"
            assert (row.status, row.value) == (hand["status"], hand["value"]), place
            assert row.time_share == pytest.approx(hand["time_share"], abs=1e-12), place
            if hand["progress_share"] is None:
                assert row.progress_share is None, place
            else:
                assert row.progress_share == pytest.approx(hand["progress_share"], abs=1e-9), place
    # Held is a matter of publishing, not of days.
    assert seen == {
        "achieved_early",
        "ahead",
        "on_schedule",
        "behind",
        "undefined",
        "not_due",
        "missing",
        "not_assessed",
    }


def test_totals_on_many_days_count_the_independent_calculation(home: Home) -> None:
    reader = SnapshotReader(home)
    for day in list(days())[::9]:
        district = next(row for row in totals(reader, day) if row.dimension == "district" and row.tier == "all")
        words = [expected(code, day)["status"] for code in DEFINITIONS]
        assert {word: getattr(district, word) for word in words} == {word: words.count(word) for word in words}
        assert district.total == len(DEFINITIONS)


@pytest.mark.parametrize("day", [date(2021, 5, 15), date(2023, 6, 30), date(2025, 12, 31)])
def test_the_command_prints_the_same(home: Home, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_HOME", str(home.root))
    done = CliRunner().invoke(app, ["status", "--as-of", str(day), "--json"])
    assert done.exit_code == 0, done.output
    printed = {row["indicator_code"]: row for row in json.loads(done.stdout)}
    assert {code: (row["status"], row["value"]) for code, row in printed.items()} == {
        code: (hand["status"], hand["value"]) for code in DEFINITIONS for hand in [expected(code, day)]
    }
    assert (printed["OPEN"]["value"], printed["OPEN"]["status"], printed["OPEN"]["unit"]) == (None, "undefined", "家")
