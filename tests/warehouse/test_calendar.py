"""Periods, working days of mainland China and deadlines."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.calendar import (
    Cadence,
    Period,
    as_of_moment,
    due_at,
    due_text,
    expected_period,
    is_working_day,
    missing_from,
    period_of,
    periods,
    working_day_after,
    working_day_note,
)

ZONE = "Asia/Shanghai"
REGULAR: list[Cadence] = [cadence for cadence in get_args(Cadence) if cadence != "irregular"]
days = st.dates(date(2004, 1, 1), date(2035, 12, 31))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(ZONE))  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("cadence", "day", "start", "end"),
    [
        ("hourly", date(2023, 6, 15), date(2023, 6, 15), date(2023, 6, 15)),
        ("daily", date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 29)),
        ("weekly", date(2023, 1, 1), date(2022, 12, 26), date(2023, 1, 1)),
        ("monthly", date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29)),
        ("monthly", date(2023, 12, 31), date(2023, 12, 1), date(2023, 12, 31)),
        ("quarterly", date(2023, 11, 5), date(2023, 10, 1), date(2023, 12, 31)),
        ("half_yearly", date(2023, 6, 30), date(2023, 1, 1), date(2023, 6, 30)),
        ("yearly", date(2023, 6, 30), date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_the_period_of_a_day(cadence: Cadence, day: date, start: date, end: date) -> None:
    assert period_of(cadence, day) == Period(start, end)


def test_an_irregular_delivery_has_no_period() -> None:
    assert period_of("irregular", date(2023, 6, 30)) is None
    assert periods("irregular", date(2023, 1, 1), date(2023, 12, 31)) == []


@given(cadence=st.sampled_from(REGULAR), start=days, length=st.integers(0, 900))
def test_periods_follow_each_other_without_gap(cadence: Cadence, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    found = periods(cadence, start, end)
    assert all(start <= period.end <= end for period in found)
    assert all(later.start == earlier.end + timedelta(days=1) for earlier, later in itertools.pairwise(found))
    for period in found:
        assert {period_of(cadence, day) for day in (period.start, period.end)} == {period}
    following = period_of(cadence, found[-1].end + timedelta(days=1)) if found else period_of(cadence, start)
    assert following is not None
    assert following.end > end, "no period is left out"


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2023, 6, 30), True),
        (date(2023, 7, 1), False),  # Saturday
        (date(2023, 6, 22), False),  # Dragon Boat Festival, a Thursday
        (date(2023, 6, 25), True),  # a Sunday worked in exchange
        (date(2023, 1, 28), True),  # a Saturday worked after the Spring Festival
        (date(2023, 10, 6), False),  # National Day week
    ],
)
def test_working_days_follow_the_announced_adjustments(day: date, works: bool) -> None:
    assert is_working_day(day) is works
    assert working_day_note(day.year) is None


@pytest.mark.parametrize("year", [1999, 2035])
def test_outside_the_announced_years_weekdays_are_assumed_and_it_is_said(year: int) -> None:
    new_year = date(year, 1, 1)
    assert is_working_day(new_year) == (new_year.weekday() < 5)
    note = working_day_note(year)
    assert note is not None
    assert all(str(year) in text for text in note)
    assert "周一至周五" in note[0]
    assert "Monday to Friday" in note[1]


def test_working_days_are_counted_over_holidays() -> None:
    # 1 to 3 May 2023 are holidays, Saturday 6 May is worked.
    assert [working_day_after(date(2023, 4, 30), count) for count in range(4)] == [
        date(2023, 4, 30),
        date(2023, 5, 4),
        date(2023, 5, 5),
        date(2023, 5, 6),
    ]


@given(day=days, count=st.integers(1, 40))
def test_the_nth_working_day_has_n_working_days_up_to_it(day: date, count: int) -> None:
    found = working_day_after(day, count)
    assert is_working_day(found)
    span = [day + timedelta(days=step) for step in range(1, (found - day).days + 1)]
    assert sum(map(is_working_day, span)) == count


def test_a_deadline_is_local_time_kept_in_utc() -> None:
    calendar = {"cadence": "monthly", "due_working_days": 3, "due_time": "18:00", "grace_days": 2}
    due = due_at(calendar, date(2023, 4, 30), ZONE)
    assert due == local(2023, 5, 6, 18)
    assert due is not None
    assert due.tzinfo is UTC
    assert missing_from(calendar, date(2023, 4, 30), ZONE) == local(2023, 5, 8, 18)


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        ({"due_days": 1, "due_time": "08:00"}, local(2023, 7, 1, 8)),
        ({"due_days": 0}, local(2023, 6, 30, 23, 59)),
        ({"due_days": 1, "due_working_days": 1}, local(2023, 7, 3, 23, 59)),
        ({"due_days": 9, "due_working_days": 1}, local(2023, 7, 9, 23, 59)),
        ({"due_days": None, "due_working_days": None}, None),
    ],
)
def test_deadlines(calendar: dict[str, Any], expected: datetime | None) -> None:
    assert due_at(calendar, date(2023, 6, 30), ZONE) == expected


def test_a_change_of_the_clock_moves_no_deadline() -> None:
    calendar = {"due_days": 1, "due_time": "18:00", "grace_days": 3}
    # In Berlin summer time ended on 29 October 2023.
    missing = missing_from(calendar, date(2023, 10, 26), "Europe/Berlin")
    assert missing == datetime(2023, 10, 30, 18, tzinfo=ZoneInfo("Europe/Berlin"))


@given(cadence=st.sampled_from(REGULAR), day=days, working=st.integers(0, 15), calendar_days=st.integers(0, 40))
def test_deadlines_come_after_their_period_and_in_its_order(
    cadence: Cadence, day: date, working: int, calendar_days: int
) -> None:
    calendar = {"cadence": cadence, "due_working_days": working, "due_days": calendar_days, "due_time": "23:59"}
    first = period_of(cadence, day)
    assert first is not None
    second = period_of(cadence, first.end + timedelta(days=1))
    assert second is not None
    dues = [due_at(calendar, period.end, ZONE) for period in (first, second)]
    assert dues[0] is not None
    assert dues[1] is not None
    assert datetime.combine(first.end, datetime.min.time(), ZoneInfo(ZONE)) < dues[0] <= dues[1]


MONTHLY = {"cadence": "monthly", "due_days": 5, "due_time": "18:00", "exempt_months": [1]}


@pytest.mark.parametrize(
    ("as_of", "end"),
    [
        (local(2023, 7, 5, 17, 59), date(2023, 5, 31)),
        (local(2023, 7, 5, 18), date(2023, 6, 30)),
        (local(2023, 2, 20), date(2022, 12, 31)),  # January is exempt
        (local(2023, 3, 6), date(2023, 2, 28)),
    ],
)
def test_the_expected_period_is_the_newest_whose_deadline_has_passed(as_of: datetime, end: date) -> None:
    found = expected_period(MONTHLY, as_of, ZONE, since=date(2021, 1, 1))
    assert found is not None
    assert found.end == end


def test_nothing_is_expected_before_it_begins_or_without_deadline() -> None:
    moment = local(2023, 7, 1)
    assert expected_period(MONTHLY, moment, ZONE, since=date(2023, 6, 1)) is None
    assert expected_period({"cadence": "irregular", "due_days": 1}, moment, ZONE, since=date(2021, 1, 1)) is None
    assert expected_period({"cadence": "daily"}, moment, ZONE, since=date(2021, 1, 1)) is None
    always_exempt = {**MONTHLY, "exempt_months": list(range(1, 13))}
    assert expected_period(always_exempt, moment, ZONE, since=date(2021, 1, 1)) is None


@given(
    cadence=st.sampled_from(REGULAR),
    hours=st.integers(0, 24 * 700),
    later=st.integers(0, 24 * 60),
    due_days=st.integers(0, 60),
)
def test_the_expected_period_is_due_and_never_goes_back(
    cadence: Cadence, hours: int, later: int, due_days: int
) -> None:
    calendar = {"cadence": cadence, "due_days": due_days, "due_time": "12:00"}
    since = date(2019, 1, 1)
    moment = local(2021, 1, 1) + timedelta(hours=hours)
    found = expected_period(calendar, moment, ZONE, since=since)
    after = expected_period(calendar, moment + timedelta(hours=later), ZONE, since=since)
    assert found is not None
    assert after is not None
    due = due_at(calendar, found.end, ZONE)
    following = period_of(cadence, found.end + timedelta(days=1))
    assert due is not None
    assert following is not None
    due_after = due_at(calendar, following.end, ZONE)
    assert due_after is not None
    assert due <= moment < due_after
    assert after >= found


def test_an_as_of_day_is_judged_at_its_end_or_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-02T03:00:00+08:00")
    assert as_of_moment(date(2023, 6, 30), ZONE) == local(2023, 7, 1) - timedelta(microseconds=1)
    assert as_of_moment(date(2023, 7, 2), ZONE) == local(2023, 7, 2, 3)


@pytest.mark.parametrize(
    ("calendar", "zh", "en"),
    [
        (
            {"cadence": "monthly", "due_working_days": 5, "due_time": "18:00", "exempt_months": [1]},
            "每月报送，期末后第 5 个工作日 18:00 前；1 月免报",
            "monthly, due on working day 5 after the period's end by 18:00; exempt months: 1",
        ),
        (
            {"cadence": "daily", "due_days": 1, "due_time": "08:00", "grace_days": 1},
            "每日报送，期末后第 1 天 08:00 前，宽限 1 天",
            "daily, due on day 1 after the period's end by 08:00, 1 days of grace",
        ),
        ({"cadence": "irregular"}, "不定期", "irregular"),
        ({}, "不定期", "irregular"),
        ({"cadence": "weekly"}, "每周报送，未定截止时间", "weekly, without a deadline"),
    ],
)
def test_a_deadline_in_words(calendar: dict[str, Any], zh: str, en: str) -> None:
    assert due_text(calendar) == (zh, en)
