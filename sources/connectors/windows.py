"""The days that a windowed source is asked for, and what is remembered of them between pulls.

Belongs here: windows of whole district-local days and the watermark of a delivery pulled by them.
Does not belong here: any transport.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Window:
    """Whole days from `first` to `last`, both inclusive."""

    first: date
    last: date

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """First moment, and first moment after the window (aware); a day has 23 or 25 hours where clocks change."""
        return (
            datetime.combine(self.first, time(), zone),
            datetime.combine(self.last + _DAY, time(), zone),
        )

    def complete(self, zone: ZoneInfo, at: datetime) -> bool:
        """Whether the window was over at the aware moment `at`."""
        return self.moments(zone)[1] <= at


@dataclass(frozen=True)
class Progress:
    """Days up to `through` were settled, except `open` windows: held, or not over yet when they were pulled."""

    through: date | None = None
    open: frozenset[Window] = frozenset()

    @classmethod
    def read(cls, watermark: str | None) -> Self:
        """The progress that `write` wrote; nothing yet for None."""
        if watermark is None:
            return cls()
        value = json.loads(watermark)
        windows = (Window(date.fromisoformat(first), date.fromisoformat(last)) for first, last in value["open"])
        return cls(date.fromisoformat(value["through"]), frozenset(windows))

    def write(self) -> str:
        """The watermark."""
        return json.dumps(
            {
                "through": self.through.isoformat() if self.through else None,
                "open": [[window.first.isoformat(), window.last.isoformat()] for window in sorted(self.open)],
            }
        )

    def after(self, window: Window, *, settled: bool) -> Progress:
        """The progress once `window` was pulled; not settled means that it has to be asked for again."""
        through = max(self.through or window.last, window.last)
        return Progress(through, self.open - {window} if settled else self.open | {window})

    def windows(self, starts_on: date, as_of: date, days: int) -> list[Window]:
        """What to ask for next, oldest first: open windows, then new ones of `days` days up to `as_of`."""
        first = starts_on if self.through is None else max(starts_on, self.through + _DAY)
        return [*sorted(self.open), *cut(first, as_of, days)]


def cut(first: date, last: date, days: int) -> Iterable[Window]:
    """Windows of up to `days` days that cover `first` to `last`, both inclusive."""
    while first <= last:
        end = min(first + (days - 1) * _DAY, last)
        yield Window(first, end)
        first = end + _DAY
