"""Which deliveries a simulation makes: the range asked for, cut to when each interface opened and what has arrived.

Belongs here: the rules of time. Does not belong here: any delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sources.simulator.district import days, local

# Deliveries of the last day come in during the night; the cut-off is the morning after it, when the last are due.
_CUT_OFF = time(8, 0)


@dataclass(frozen=True)
class Span:
    """District-local days `start` to `end`, both included. `scale` below 1 shrinks volumes, not stocks."""

    start: date
    end: date
    scale: float = 1.0

    @property
    def cut_off(self) -> datetime:
        """Nothing delivered after this moment (UTC) exists yet."""
        return local(self.end + timedelta(days=1), _CUT_OFF)

    def days(self, opened: date) -> list[date]:
        """Days of the range on which an interface opened on `opened` delivers."""
        return days(max(self.start, opened), self.end)

    def volume(self, count: float, least: int = 1) -> int:
        """`count` scaled, at least `least`."""
        return max(least, round(count * self.scale))

    def weeks(self, opened: date, delivered_at: time) -> Iterator[tuple[date, datetime]]:
        """(Sunday that ends the week, delivery on the Monday after it), first the last one before the range.

        A register is a state: without the delivery before the range there would be none until the first Monday.
        """
        sunday = opened + timedelta(days=6 - opened.weekday())
        found = []
        while local(sunday + timedelta(days=1), delivered_at) <= self.cut_off:
            found.append((sunday, local(sunday + timedelta(days=1), delivered_at)))
            sunday += timedelta(days=7)
        yield from self.from_start(found)

    def month_states(
        self, opened: date, day: int, delivered_at: time, every: int = 1
    ) -> Iterator[tuple[date, datetime]]:
        """(day `day` of the month, delivery on that day) every `every` months, first the last before the range.

        For registers that are drawn up within the month they speak of.
        """
        found = []
        month = opened.replace(day=1)
        while True:
            delivered = local(month.replace(day=day), delivered_at)
            if delivered > self.cut_off:
                break
            found.append((month.replace(day=day), delivered))
            for _ in range(every):
                month = next_month(month)
        yield from self.from_start(found)

    def months(self, opened: date, delivered_on: int, delivered_at: time) -> Iterator[tuple[date, datetime]]:
        """(first of the month, delivery on day `delivered_on` of the next), first the last before the range."""
        found = []
        month = opened.replace(day=1)
        while True:
            after = next_month(month)
            delivered = local(after.replace(day=delivered_on), delivered_at)
            if delivered > self.cut_off:
                break
            found.append((month, delivered))
            month = after
        yield from self.from_start(found)

    def from_start(self, found: Sequence[tuple[date, datetime]]) -> list[tuple[date, datetime]]:
        """Those of `found` (what it speaks of, when it is delivered; ascending) in the range, and the last one before.

        A register is a state: without the delivery before the range there would be none until the first one in it.
        """
        start = local(self.start, time())
        before = [item for item in found if item[1] < start]
        return [*before[-1:], *found[len(before) :]]


def next_month(month: date) -> date:
    """First day of the month after the one that `month` lies in."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
