"""What is usual for short series: same weekdays, holidays, worked Saturdays, seasons, few values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.admission.usual import usual_of_day, usual_of_period
from warehouse.calendar import is_working_day

LOW, HIGH = 0.5, 2.0


def offices(day: date) -> float:
    """A feed of offices: a thousand rows on working days, a hundred on free ones."""
    return 1000 if is_working_day(day) else 100


def school(day: date) -> float:
    """A feed of schools: nearly nothing in July and August."""
    return 30 if day.month in (7, 8) else 1000


def before(day: date, days: int, shape: Callable[[date], float]) -> dict[date, float]:
    return {known: shape(known) for known in (day - timedelta(days=back) for back in range(1, days + 1))}


@pytest.mark.parametrize(
    ("day", "days", "shape", "value", "alarm"),
    [
        (date(2023, 6, 14), 60, offices, 1000, False),
        (date(2023, 6, 14), 60, offices, 499, True),
        (date(2023, 6, 14), 60, offices, 501, False),
        (date(2023, 6, 14), 60, offices, 2001, True),
        (date(2023, 6, 14), 60, offices, 0, True),
        (date(2023, 6, 17), 60, offices, 100, False),  # a Saturday
        (date(2023, 6, 17), 60, offices, 1000, True),
        (date(2023, 6, 25), 60, offices, 1000, False),  # a Sunday worked after the Dragon Boat Festival
        (date(2023, 6, 25), 60, offices, 100, True),
        (date(2023, 6, 22), 60, offices, 100, False),  # the festival itself, a Thursday
        (date(2023, 1, 24), 60, offices, 100, False),  # Spring Festival
        (date(2023, 6, 14), 14, offices, 1, None),  # two same weekdays: too few to say anything
        (date(2023, 7, 3), 60, school, 30, True),  # the first day of the holidays is told
        (date(2023, 7, 10), 60, school, 30, False),  # the week after it is known
        (date(2023, 7, 3), 400, school, 30, False),  # a dip that was there last year is none
        (date(2023, 7, 3), 400, school, 5, True),
    ],
)
def test_days(day: date, days: int, shape: Callable[[date], float], value: float, alarm: bool | None) -> None:
    usual = usual_of_day(day, before(day, days, shape))
    assert (None if usual is None else usual.strays(value, LOW, HIGH)) is alarm


@pytest.mark.parametrize(
    ("earlier", "value", "alarm"),
    [
        ([57, 58], 10, None),
        ([57, 58, 59], 57, False),
        ([57, 58, 59], 20, True),
        ([57, 58, 59], 120, True),
        ([400, 200, 100, 350, 150, 300], 90, False),  # a series that swings like that says so by its deviation
        ([100] * 9 + [300] * 3, 310, False),  # a new level is told once
    ],
)
def test_periods(earlier: list[float], value: float, alarm: bool | None) -> None:
    usual = usual_of_period(earlier)
    assert (None if usual is None else usual.strays(value, LOW, HIGH)) is alarm


@given(level=st.integers(20, 10_000), spread=st.floats(0, 0.2), days=st.integers(30, 400))
def test_a_steady_feed_gives_no_alarm_and_a_tenth_of_it_does(level: int, spread: float, days: int) -> None:
    day = date(2023, 6, 14)
    usual = usual_of_day(day, before(day, days, lambda known: level * (1 + spread * (known.toordinal() % 3 - 1))))
    assert usual is not None
    assert not usual.strays(level, LOW, HIGH)
    if level >= 50:
        assert usual.strays(level * 10, LOW, HIGH)
