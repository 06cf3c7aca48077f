"""Windows of days: whatever is held meanwhile, every day is asked for until it is settled, and then never again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sources.connectors.windows import Progress, Window, cut

START = date(2023, 6, 1)


def covered(windows: list[Window]) -> list[date]:
    return [
        window.first + timedelta(days=day) for window in windows for day in range((window.last - window.first).days + 1)
    ]


@given(length=st.integers(0, 70), days=st.integers(1, 31))
def test_windows_cover_each_day_once(length: int, days: int) -> None:
    last = START + timedelta(days=length)
    windows = list(cut(START, last, days))
    assert covered(windows) == [START + timedelta(days=day) for day in range(length + 1)]
    assert all(0 <= (window.last - window.first).days < days for window in windows)


@given(
    pulls=st.lists(st.tuples(st.integers(0, 12), st.sets(st.integers(0, 60))), min_size=1, max_size=5),
    days=st.integers(1, 4),
)
def test_every_day_is_asked_for_until_it_is_settled(pulls: list[tuple[int, set[int]]], days: int) -> None:
    progress = Progress()
    as_of = START - timedelta(days=1)
    settled: set[date] = set()
    for step, unsettled in pulls:
        as_of += timedelta(days=step)
        windows = progress.windows(START, as_of, days)
        asked = covered(windows)
        assert not set(asked) & settled
        assert set(asked) | settled == set(covered(list(cut(START, as_of, 1))))
        for window in windows:
            done = (window.first - START).days not in unsettled
            progress = Progress.read(progress.after(window, settled=done).write())
            if done:
                settled |= set(covered([window]))


def test_a_window_is_complete_when_its_last_day_is_over() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    window = Window(START, START + timedelta(days=6))
    assert window.complete(zone, datetime(2023, 6, 8, tzinfo=zone))
    assert not window.complete(zone, datetime(2023, 6, 7, 23, 59, 59, tzinfo=zone))
