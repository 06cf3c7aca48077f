"""When data about a day or a period came, from the batches of the ledger.

Belongs here: what a batch is about and when it arrived, and finding the first arrival about a period. Does not belong
here: deadlines (`calendar.py`), judging (`freshness.py`, `expected.py`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from warehouse.calendar import Period
from warehouse.ledger.records import Batch

# A held batch did not bring usable data; a superseded one brought it at its time.
USABLE: Final = ("admitted", "superseded")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch that arrived: when (aware), and the district-local days that it is about."""

    batch: Batch
    at: datetime
    span: Period
    days: tuple[date, ...]


class Deliveries:
    """What arrived for one entity, arranged so that a moment is judged without looking at every batch again."""

    def __init__(self, arrivals: Iterable[Arrival]) -> None:
        in_time = sorted(arrivals, key=lambda arrival: (arrival.at, arrival.batch.batch_id))
        self._times = [arrival.at for arrival in in_time]
        self.first = in_time[0] if in_time else None
        # The batch with the newest data among the first n that came.
        self._newest = list(accumulate(in_time, _newer))
        self._first_on: dict[date, Arrival] = {}
        for arrival in in_time:
            for day in arrival.days:
                self._first_on.setdefault(day, arrival)
        by_end = sorted(in_time, key=lambda arrival: arrival.span.end, reverse=True)
        # From the newest data back: what first brought data that new, or newer.
        self._ends = [arrival.span.end for arrival in by_end]
        self._first_since = list(accumulate(by_end, _earlier))

    def newest(self, moment: datetime) -> Arrival | None:
        """The batch with the newest data of those that came by `moment`."""
        count = bisect_right(self._times, moment)
        return self._newest[count - 1] if count else None

    def first_about(self, period: Period) -> Arrival | None:
        """What first brought data of the period."""
        length = (period.end - period.start).days + 1
        days = (period.start + timedelta(days=step) for step in range(length))
        found = (self._first_on[day] for day in days if day in self._first_on)
        return min(found, key=lambda arrival: arrival.at, default=None)

    def first_reaching(self, period: Period) -> Arrival | None:
        """What first brought data of the period, or of a later one."""
        count = bisect_right(self._ends, -period.start.toordinal(), key=lambda end: -end.toordinal())
        return self._first_since[count - 1] if count else None

    def is_history(self, period: Period, filled_at: datetime) -> bool:
        """Whether what filled the period then is the first delivery, and reaches back before the period."""
        return self.first is not None and self.first.at == filled_at and self.first.span.start < period.start


def deliveries_by_entity(
    batches: Iterable[Batch], days: Mapping[str, Iterable[date]], zone: str, statuses: Collection[str] = USABLE
) -> Mapping[tuple[str, str], Deliveries]:
    """(feed, entity) -> what arrived in a batch of one of `statuses`; an entity without any has an empty one.

    `days` gives the days of each batch's rows by batch id; they date batches which do not declare a period. A batch
    arrived when its source made it (`generated_at`), else when it was received.
    """
    arrivals: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for batch in batches:
        if batch.status in statuses:
            arrival = _arrival(batch, days.get(batch.batch_id, ()), ZoneInfo(zone))
            if arrival is not None:
                arrivals[batch.feed, batch.entity].append(arrival)
    return defaultdict(lambda: Deliveries(()), {entity: Deliveries(found) for entity, found in arrivals.items()})


def _arrival(batch: Batch, days: Iterable[date], zone: ZoneInfo) -> Arrival | None:
    at = batch.generated_at or batch.received_at
    of_rows = sorted(days)
    start, end = batch.period_start, batch.period_end
    # A period that is just the hull of its rows says no more than they do: it may hide days without any.
    if start is not None and end is not None and [start, end] != [*of_rows[:1], *of_rows[-1:]]:
        length = (end - start).days + 1
        return Arrival(batch, at, Period(start, end), tuple(start + timedelta(days=step) for step in range(length)))
    # A row dated after its delivery is an error, not fresh data.
    past = tuple(day for day in of_rows if day <= at.astimezone(zone).date())
    return Arrival(batch, at, Period(past[0], past[-1]), past) if past else None


def _newer(one: Arrival, later: Arrival) -> Arrival:
    return later if later.span.end >= one.span.end else one


def _earlier(one: Arrival, other: Arrival) -> Arrival:
    return other if other.at < one.at else one
