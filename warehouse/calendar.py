"""Reporting periods and deadlines: which period a delivery is for, and until when it is due.

Belongs here: periods of each cadence (district-local dates), working days of mainland China, deadlines from the
`calendar` of a feed contract (given as a plain mapping). Does not belong here: what was delivered (`freshness.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar.constants import holidays

from warehouse.clock import now

Cadence = Literal["hourly", "daily", "weekly", "monthly", "quarterly", "half_yearly", "yearly", "irregular"]

_DAY = timedelta(days=1)
_LONGEST_DELAY = timedelta(days=183)
_MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}
# The State Council announces the adjusted days of a year in the autumn before; the library follows.
_ANNOUNCED_YEARS = range(min(holidays).year, max(holidays).year + 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """First and last day, both inclusive and district-local."""

    start: date
    end: date


def is_working_day(day: date) -> bool:
    """Whether offices of mainland China work on `day`, with the adjusted days that the State Council announces.

    For years whose adjusted days are not known (see `working_day_note`): Monday to Friday.
    """
    if day.year in _ANNOUNCED_YEARS:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def working_day_note(year: int) -> tuple[str, str] | None:
    """(Chinese, English) caution where the working days of a year are not announced; None where they are."""
    if year in _ANNOUNCED_YEARS:
        return None
    known = f"{_ANNOUNCED_YEARS.start}-{_ANNOUNCED_YEARS.stop - 1}"
    return (
        f"{year} 年的调休安排未知（已知 {known}），工作日按周一至周五推算",
        f"adjusted working days of {year} are unknown (known: {known}); Monday to Friday are assumed",
    )


@lru_cache(maxsize=4096)
def working_day_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`; `day` itself for 0."""
    for _ in range(count):
        day += _DAY
        while not is_working_day(day):
            day += _DAY
    return day


def period_of(cadence: Cadence, day: date) -> Period | None:
    """The period that holds `day`; weeks begin on Monday. None for 'irregular'.

    Hourly deliveries are judged by the day: batches are dated by days.
    """
    if cadence == "irregular":
        return None
    if cadence in ("hourly", "daily"):
        return Period(day, day)
    if cadence == "weekly":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    months = _MONTHS[cadence]
    first_month = (day.month - 1) // months * months + 1
    start = date(day.year, first_month, 1)
    after = date(day.year + (first_month + months > 12), (first_month + months - 1) % 12 + 1, 1)
    return Period(start, after - _DAY)


def periods(cadence: Cadence, start: date, end: date) -> list[Period]:
    """The periods that end from `start` to `end` (both inclusive), ascending; none for 'irregular'."""
    found = []
    period = period_of(cadence, start)
    while period is not None and period.end <= end:
        found.append(period)
        period = period_of(cadence, period.end + _DAY)
    return found


def due_at(calendar: Mapping[str, Any], period_end: date, zone: str) -> datetime | None:
    """When the delivery of the period ending on `period_end` is due (UTC, aware); None when nothing says so.

    `due_working_days` counts working days, `due_days` calendar days after the period's end; with both the later
    holds. `due_time` is the local time in `zone` until which the delivery counts as on time.
    """
    promise = calendar.get("due_working_days"), calendar.get("due_days"), _time_of_day(calendar)
    return _due_at(*promise, period_end, zone)


@lru_cache(
    maxsize=100_000
)  # the freshness of years asks for the same few thousand deadlines tens of thousands of times
def _due_at(working_days: int | None, days: int | None, due_time: time, period_end: date, zone: str) -> datetime | None:
    candidates = []
    if working_days is not None:
        candidates.append(working_day_after(period_end, int(working_days)))
    if days is not None:
        candidates.append(period_end + timedelta(days=int(days)))
    if not candidates:
        return None
    local = datetime.combine(max(candidates), due_time, ZoneInfo(zone))
    return local.astimezone(UTC)


def missing_from(calendar: Mapping[str, Any], period_end: date, zone: str) -> datetime | None:
    """When a delivery that has not come is no longer late but missing: the deadline and `grace_days` later."""
    due = due_at(calendar, period_end, zone)
    if due is None:
        return None
    # By local days, so that a change of the clock does not move the time of day.
    local = due.astimezone(ZoneInfo(zone)) + timedelta(days=int(calendar.get("grace_days") or 0))
    return local.astimezone(UTC)


def expected_period(calendar: Mapping[str, Any], as_of: datetime, zone: str, *, since: date) -> Period | None:
    """The newest period whose deadline has passed at `as_of` (aware): what should be there by then.

    Periods that end in `exempt_months` are delivered with the next one and expected of nobody. None when no period
    that ends on or after `since` is due yet, and for cadences without periods or deadlines.
    """
    for period in _backwards(_cadence(calendar), as_of.astimezone(ZoneInfo(zone)).date()):
        if period.end < since:
            return None
        if period.end.month in (calendar.get("exempt_months") or ()):
            continue
        due = due_at(calendar, period.end, zone)
        if due is None:
            return None
        if due <= as_of:
            return period
    return None


def next_due(calendar: Mapping[str, Any], moment: datetime, zone: str) -> tuple[Period, datetime] | None:
    """The first deadline after `moment` (aware), with the period that is then due; None where nothing is ever due.

    Periods that end in `exempt_months` are passed over.
    """
    day = moment.astimezone(ZoneInfo(zone)).date()
    # A deadline may lie long after its period: begin with periods that ended up to half a year ago.
    period = period_of(_cadence(calendar), day - _LONGEST_DELAY)
    while period is not None:
        due = due_at(calendar, period.end, zone)
        if due is None:
            return None
        if due > moment and period.end.month not in (calendar.get("exempt_months") or ()):
            return period, due
        period = period_of(_cadence(calendar), period.end + _DAY)
    return None


def as_of_moment(as_of: date, zone: str) -> datetime:
    """The last moment of the district-local day `as_of` (UTC, aware), or the present when the day has not ended."""
    return min(datetime.combine(as_of, time.max, ZoneInfo(zone)).astimezone(UTC), now())


def due_text(calendar: Mapping[str, Any]) -> tuple[str, str]:
    """The deadline in words, (Chinese, English)."""
    cadence = _cadence(calendar)
    zh_of, en_of = _CADENCE_WORDS[cadence]
    if cadence == "irregular":
        return zh_of, en_of
    parts_zh, parts_en = [], []
    if (count := calendar.get("due_working_days")) is not None:
        parts_zh.append(f"第 {count} 个工作日" if count else "当日")
        parts_en.append(f"working day {count}" if count else "the same day")
    if (count := calendar.get("due_days")) is not None:
        parts_zh.append(f"第 {count} 天" if count else "当日")
        parts_en.append(f"day {count}" if count else "the same day")
    if not parts_zh:
        return f"{zh_of}报送，未定截止时间", f"{en_of}, without a deadline"
    clock = _time_of_day(calendar).strftime("%H:%M")
    zh = (
        f"{zh_of}报送，期末后{'与'.join(parts_zh)}（取较晚）"
        if len(parts_zh) > 1
        else f"{zh_of}报送，期末后{parts_zh[0]}"
    )
    en = f"{en_of}, due on {' or '.join(parts_en)} after the period's end"
    zh, en = f"{zh} {clock} 前", f"{en} by {clock}"
    if grace := calendar.get("grace_days"):
        zh, en = f"{zh}，宽限 {grace} 天", f"{en}, {grace} days of grace"
    if months := calendar.get("exempt_months"):
        names = "、".join(str(month) for month in months)
        zh, en = f"{zh}；{names} 月免报", f"{en}; exempt months: {', '.join(str(month) for month in months)}"
    return zh, en


_CADENCE_WORDS: dict[Cadence, tuple[str, str]] = {
    "hourly": ("每小时", "hourly"),
    "daily": ("每日", "daily"),
    "weekly": ("每周", "weekly"),
    "monthly": ("每月", "monthly"),
    "quarterly": ("每季", "quarterly"),
    "half_yearly": ("每半年", "half-yearly"),
    "yearly": ("每年", "yearly"),
    "irregular": ("不定期", "irregular"),
}


def _cadence(calendar: Mapping[str, Any]) -> Cadence:
    cadence: Cadence = calendar.get("cadence") or "irregular"  # a contract without a calendar promises nothing
    return cadence


def _time_of_day(calendar: Mapping[str, Any]) -> time:
    return time.fromisoformat(str(calendar.get("due_time") or "23:59"))


def _backwards(cadence: Cadence, day: date) -> Iterator[Period]:
    period = period_of(cadence, day)
    while period is not None:
        yield period
        period = period_of(cadence, period.start - _DAY)
