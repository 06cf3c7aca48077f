"""On which days departments state a register that they hand over by the quarter or half-year.

Belongs here: the rule of such days. Does not belong here: weekly and monthly deliveries (`span.py`), any register.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sources.simulator.district import local, working_day
from sources.simulator.span import Span, next_month


def state_days(span: Span, opened: date, months: int, delivered_at: time) -> Iterator[tuple[date, datetime]]:
    """(last working day of each `months` months, delivery at `delivered_at` that day), from the one of `opened` on.

    `months` divides a year; `delivered_at` is district-local, the delivery aware. First comes the last one before the
    range: a register is a state, and without that delivery there would be none until the first period's end.
    """
    found = []
    month = opened.replace(day=1)
    while True:
        after = next_month(month)
        day = after - timedelta(days=1)
        while not working_day(day):
            day -= timedelta(days=1)
        delivered = local(day, delivered_at)
        if delivered > span.cut_off:
            break
        if month.month % months == 0:
            found.append((day, delivered))
        month = after
    yield from span.from_start(found)
