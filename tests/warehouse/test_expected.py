"""Every expected batch of a contract's calendar, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.ledger_rows import contract
from tests.warehouse.small_district import AS_OF, SmallDistrict
from tests.warehouse.test_freshness import ZONE, batch, local
from warehouse.expected import ExpectedBatch, expected_batches
from warehouse.freshness import feed_freshness
from warehouse.home import Home
from warehouse.ledger import Batch, FeedContract, Ledger
from warehouse.publish import publish
from warehouse.read import SnapshotReader

SINCE = date(2021, 1, 1)
MONTHLY = {"cadence": "monthly", "due_working_days": 5, "due_time": "18:00", "grace_days": 2}


def month(year: int, number: int) -> tuple[date, date]:
    after = date(year + number // 12, number % 12 + 1, 1)
    return date(year, number, 1), after - timedelta(days=1)


def judge(
    batches: Iterable[Batch], moment: datetime, entity: FeedContract, days: dict[str, list[date]] | None = None
) -> list[ExpectedBatch]:
    return list(expected_batches([entity], batches, days or {}, moment=moment, zone=ZONE, since=SINCE))


def states(rows: Sequence[ExpectedBatch]) -> list[tuple[date, str]]:
    return [(row.period_end, row.state) for row in rows]


@pytest.mark.parametrize(
    ("received", "moment", "state", "days_late"),
    [
        # January 2023: Spring Festival ends on the 27th; Saturday 28 and Sunday 29 are worked, but before the end of
        # the month. February's working days 1, 2, 3, 6, 7: the fifth is the 7th.
        (local(2023, 2, 7, 18), local(2023, 2, 20), "on_time", 0),
        (local(2023, 2, 7, 18, 0, 1), local(2023, 2, 20), "late", 1),
        (local(2023, 2, 10, 12), local(2023, 2, 20), "late", 3),
        (None, local(2023, 2, 7, 17, 59), "not_due", 0),
        (None, local(2023, 2, 8), "late", 1),
        (None, local(2023, 2, 9, 18), "missing", 2),
    ],
)
def test_a_month_after_chinese_new_year(
    received: datetime | None, moment: datetime, state: str, days_late: int
) -> None:
    known = [batch("december", month(2022, 12), local(2023, 1, 5))]
    known += [batch("january", month(2023, 1), received)] if received else []
    rows = judge(known, moment, contract(calendar=MONTHLY))
    assert [row.period_end for row in rows] == [date(2022, 12, 31), date(2023, 1, 31), date(2023, 2, 28)]
    assert (rows[1].state, rows[1].days_late, rows[1].due_at) == (state, days_late, local(2023, 2, 7, 18))
    assert rows[2].state == "not_due"


@pytest.mark.parametrize(
    ("end", "due"),
    [
        (date(2022, 12, 31), date(2023, 1, 9)),  # 1 and 2 January are holidays: 3, 4, 5, 6, 9
        (date(2023, 4, 30), date(2023, 5, 9)),  # 1 to 3 May are holidays, Saturday 6 May is worked: 4, 5, 6, 8, 9
        (date(2023, 9, 30), date(2023, 10, 11)),  # National Day week to the 6th, Saturday 7 and Sunday 8 are worked
        (date(2024, 1, 31), date(2024, 2, 6)),  # Sunday 4 February is worked before the Spring Festival: 1, 2, 4, 5, 6
    ],
)
def test_the_fifth_working_day_knows_holidays_and_worked_weekends(end: date, due: date) -> None:
    first = batch("first", month(end.year, end.month), local(end.year, end.month, 5))
    row = judge([first], local(2024, 6, 1), contract(calendar=MONTHLY))[0]
    assert (row.period_end, row.due_at) == (end, local(due.year, due.month, due.day, 18))


@pytest.mark.parametrize(
    ("calendar", "first", "moment", "ends"),
    [
        (
            {"cadence": "daily", "due_days": 1, "due_time": "06:00"},
            (date(2023, 6, 28), date(2023, 6, 28)),
            local(2023, 6, 30, 12),
            [date(2023, 6, 28), date(2023, 6, 29), date(2023, 6, 30)],
        ),
        (
            {"cadence": "weekly", "due_days": 1},
            (date(2023, 6, 14), date(2023, 6, 14)),
            local(2023, 6, 30),
            [date(2023, 6, 18), date(2023, 6, 25), date(2023, 7, 2)],
        ),
        (
            {"cadence": "quarterly", "due_working_days": 5},
            (date(2022, 10, 1), date(2022, 12, 31)),
            local(2023, 6, 30),
            [date(2022, 12, 31), date(2023, 3, 31), date(2023, 6, 30)],
        ),
        (
            MONTHLY | {"exempt_months": [1]},
            month(2022, 12),
            local(2023, 3, 15),
            [date(2022, 12, 31), date(2023, 2, 28), date(2023, 3, 31)],
        ),
        (
            {"cadence": "half_yearly", "due_working_days": 10},
            (date(2022, 7, 1), date(2022, 12, 31)),
            local(2023, 7, 1),
            [date(2022, 12, 31), date(2023, 6, 30), date(2023, 12, 31)],
        ),
        (
            MONTHLY | {"starts_on": "2023-02-01"},  # until then a book a year
            month(2021, 12),
            local(2023, 3, 15),
            [date(2023, 2, 28), date(2023, 3, 31)],
        ),
        ({"cadence": "irregular"}, month(2023, 5), local(2023, 6, 30), []),
        ({"cadence": "monthly"}, month(2023, 5), local(2023, 6, 30), []),  # no deadline: nothing is owed
    ],
)
def test_which_batches_are_expected(
    calendar: dict[str, Any], first: tuple[date, date], moment: datetime, ends: list[date]
) -> None:
    came = batch("first", first, local(first[1].year, first[1].month, first[1].day, 1))
    rows = judge([came], moment, contract(calendar=calendar))
    assert [row.period_end for row in rows] == ends


def test_backfilling_an_old_period_changes_no_other() -> None:
    entity = contract(calendar=MONTHLY)
    known = [batch("march", month(2023, 3), local(2023, 4, 4))]
    moment = local(2023, 6, 20)
    before = judge(known, moment, entity)
    assert states(before)[:3] == [
        (date(2023, 3, 31), "on_time"),
        (date(2023, 4, 30), "missing"),
        (date(2023, 5, 31), "missing"),
    ]
    known.append(batch("april", month(2023, 4), local(2023, 6, 19)))
    after = judge(known, moment, entity)
    assert (after[1].state, after[1].batch_id, after[1].days_late) == ("late", "april", 41)
    assert after[:1] + after[2:] == before[:1] + before[2:], "the current period is as late as it was"
    (now,) = feed_freshness([entity], known, {}, moment=moment, zone=ZONE, since=SINCE)
    assert now.state == "missing"


def test_a_held_delivery_is_named_and_its_period_stays_missing() -> None:
    known = [
        batch("april", month(2023, 4), local(2023, 5, 4)),
        batch("may", month(2023, 5), local(2023, 6, 2), status="held"),
    ]
    rows = judge(known, local(2023, 6, 20), contract(calendar=MONTHLY))
    assert (rows[1].state, rows[1].batch_id, rows[1].held_batch_id) == ("missing", None, "may")


def test_a_later_delivery_of_a_register_covers_a_missing_one() -> None:
    entity = contract(history="register", calendar=MONTHLY)
    known = [
        batch("april", month(2023, 4), local(2023, 5, 4)),
        batch("june", month(2023, 6), local(2023, 7, 4)),
    ]
    rows = judge(known, local(2023, 7, 20), entity)
    assert [(row.state, row.batch_id, row.covered_by) for row in rows[:3]] == [
        ("on_time", "april", None),
        ("missing", None, "june"),
        ("on_time", "june", None),
    ]


def test_a_register_dated_by_the_day_after_its_period_is_in_time() -> None:
    entity = contract(history="register", calendar=MONTHLY)
    days = {"a": [date(2023, 5, 3)], "b": [date(2023, 6, 2)]}
    known = [batch("a", None, local(2023, 5, 3)), batch("b", None, local(2023, 6, 2))]
    rows = judge(known, local(2023, 6, 20), entity, days)
    assert states(rows)[0] == (date(2023, 5, 31), "on_time")


def test_what_a_source_brings_first_is_history() -> None:
    poll = batch("poll", None, local(2023, 6, 30, 9))
    days = {"poll": [date(2023, 6, 1) + timedelta(days=step) for step in range(30)]}
    entity = contract(calendar={"cadence": "daily", "due_days": 1, "due_time": "06:00"})
    rows = judge([poll], local(2023, 6, 30, 12), entity, days)
    assert {row.state for row in rows[:-1]} == {"on_time"}
    assert (rows[-1].period_end, rows[-1].state) == (date(2023, 6, 30), "not_due"), "the day still runs"


def test_of_what_never_came_the_newest_due_batch_is_missing() -> None:
    rows = judge([], local(2023, 6, 20), contract(calendar=MONTHLY))
    assert states(rows) == [(date(2023, 5, 31), "missing"), (date(2023, 6, 30), "not_due")]


@given(
    came=st.lists(st.integers(0, 23), max_size=12, unique=True),
    delays=st.lists(st.integers(0, 40), min_size=12, max_size=12),
    moment_day=st.integers(0, 800),
)
def test_a_state_is_final_once_delivered_and_each_period_stands_once(
    came: list[int], delays: list[int], moment_day: int
) -> None:
    entity = contract(calendar=MONTHLY)
    known = []
    for place, number in enumerate(came):
        start, end = month(2021 + number // 12, number % 12 + 1)
        at = datetime(end.year, end.month, end.day, 12, tzinfo=ZoneInfo(ZONE)) + timedelta(days=delays[place])
        known.append(batch(f"b{number}", (start, end), at))
    moment = local(2021, 1, 1) + timedelta(days=moment_day)
    rows = judge(known, moment, entity)
    later = {row.period_end: row for row in judge(known, moment + timedelta(days=60), entity)}
    assert len({row.period_end for row in rows}) == len(rows)
    for row in rows:
        assert row.state != "not_due" or row.due_at > moment
        if row.batch_id is not None and row.state != "not_due" and row.period_end in later:
            assert later[row.period_end].state == row.state


def test_published_figures_name_the_batches_that_they_lack(home: Home, ledger: Ledger) -> None:
    district = SmallDistrict(home, ledger)
    district.deliver_lots("may", {"L1": date(2023, 5, 1)}, day=date(2023, 5, 31), order=1)
    for day in (26, 28, 29):
        district.deliver_uploads(f"up{day}", 8, 10, day=date(2023, 6, day), order=day)
    district.build()
    publish(home, ledger, as_of=AS_OF, run_id="r1", manifest_path=district.manifest_path)
    reader = SnapshotReader(home)
    rows = reader.rows("SELECT entity, period_end, state FROM expected_batch WHERE state <> 'on_time' ORDER BY ALL")
    assert [tuple(row.values()) for row in rows] == [
        ("prk_lot", date(2023, 6, 30), "not_due"),
        ("prk_snapshot", date(2023, 6, 27), "missing"),
        ("prk_snapshot", date(2023, 6, 30), "not_due"),
    ]
    gaps = reader.rows("SELECT * FROM figure_gap WHERE indicator_code = 'S15' ORDER BY entity, state")
    assert [(gap["entity"], gap["state"], gap["batches"], gap["last_period_end"]) for gap in gaps] == [
        ("prk_lot", "not_due", 1, date(2023, 6, 30)),
        ("prk_snapshot", "missing", 1, date(2023, 6, 27)),
        ("prk_snapshot", "not_due", 1, date(2023, 6, 30)),
    ]
    (total,) = reader.rows(
        "SELECT * FROM expected_batch_total WHERE dimension = 'indicator' AND dimension_code = 'S15' AND span = 'all'"
    )
    assert (total["due"], total["on_time"], total["missing"], total["not_due"]) == (5, 4, 1, 2)
