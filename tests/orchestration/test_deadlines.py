from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import cron_string_iterator, is_valid_cron_string
from hypothesis import given
from hypothesis import strategies as st

from orchestration.deadlines import cron_lines, freshness_policy
from sources.contract.settings import Calendar

ZONE = "Asia/Shanghai"


def calendar(**values: object) -> Calendar:
    return Calendar.model_validate({"cadence": "daily", "reason": "test", **values})


def ticks(line: str, count: int) -> list[datetime]:
    start = datetime(2023, 6, 1, tzinfo=ZoneInfo(ZONE)).timestamp()
    iterator = cron_string_iterator(start, line, ZONE)
    return [next(iterator) for _ in range(count)]


def test_daily_feed_is_pulled_at_its_due_time() -> None:
    (line,) = cron_lines(calendar(due_time="09:30"))
    assert [(tick.hour, tick.minute) for tick in ticks(line, 3)] == [(9, 30)] * 3


def test_weekly_feed_due_one_day_after_sunday_is_pulled_on_monday() -> None:
    (line,) = cron_lines(calendar(cadence="weekly", due_days=1, due_time="18:00"))
    first, second = ticks(line, 2)
    assert first.weekday() == 0
    assert second - first == timedelta(days=7)


def test_weekly_feed_due_at_the_end_of_the_week_is_pulled_on_sunday() -> None:
    (line,) = cron_lines(calendar(cadence="weekly", due_days=0))
    assert ticks(line, 1)[0].weekday() == 6


def test_monthly_feed_is_pulled_on_every_day_on_which_the_working_day_can_fall() -> None:
    (line,) = cron_lines(calendar(cadence="monthly", due_working_days=5, due_time="18:00"))
    days = {tick.day for tick in ticks(line, 40)}
    # 2023-10: the fifth working day was the 13th, after eight days of holidays.
    assert {7, 13} <= days
    assert 28 not in days


def test_irregular_feed_has_neither_schedule_nor_freshness() -> None:
    irregular = calendar(cadence="irregular")
    assert cron_lines(irregular) == ()
    assert freshness_policy(irregular) is None
    assert freshness_policy(None) is None


@pytest.mark.parametrize(
    ("cadence", "days"), [("daily", 1), ("weekly", 7), ("monthly", 31), ("quarterly", 92), ("yearly", 366)]
)
def test_freshness_warns_after_period_and_deadline_and_fails_after_grace(cadence: str, days: int) -> None:
    policy = freshness_policy(calendar(cadence=cadence, due_days=2, grace_days=3))
    assert policy is not None
    assert policy.warn_window.to_timedelta() == timedelta(days=days + 2)
    assert policy.fail_window.to_timedelta() == timedelta(days=days + 5)


@given(
    st.sampled_from(["hourly", "daily", "weekly", "monthly", "quarterly", "half_yearly", "yearly"]),
    st.integers(0, 40),
    st.booleans(),
    st.integers(0, 10),
    st.integers(0, 23),
)
def test_every_calendar_gives_valid_cron_lines_and_a_policy(
    cadence: str, days: int, working: bool, grace: int, hour: int
) -> None:
    due = {"due_working_days": days} if working else {"due_days": days}
    any_calendar = calendar(cadence=cadence, due_time=f"{hour:02d}:15", grace_days=grace, **due)
    assert cron_lines(any_calendar)
    assert all(is_valid_cron_string(line) for line in cron_lines(any_calendar))
    assert freshness_policy(any_calendar) is not None
