"""Registers that departments hand over as a file each quarter: when, on which days, delimited text.

Belongs here: what the quarterly registers share. Does not belong here: rows of any register, other containers
(`delivery_files.py`), weekly and monthly deliveries (`span.py`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sources.simulator.district import local
from sources.simulator.span import Span

# Registers speak of the 25th of a quarter's last month and are sent three days later, before the quarter's end.
_STATE_DAY = 25
_SENT_AFTER = timedelta(days=3)
_SENT_AT = time(16, 0)
_QUARTER_ENDS = (3, 6, 9, 12)


def quarters(span: Span, opened: date) -> list[tuple[date, datetime]]:
    """(day that the register speaks of, time of delivery) of each quarter since `opened`.

    The first is the last one before the range: a register is a state, without it there would be none at the start.
    """
    found = []
    for year in range(opened.year, span.end.year + 1):
        for month in _QUARTER_ENDS:
            day = date(year, month, _STATE_DAY)
            delivered = local(day + _SENT_AFTER, _SENT_AT)
            if day >= opened and delivered <= span.cut_off:
                found.append((day, delivered))
    return span.from_start(found)


def settled(day: date) -> date:
    """`day`, or the register's day before it when it lies between that and the quarter's end."""
    return day.replace(day=min(day.day, _STATE_DAY)) if day.month in _QUARTER_ENDS else day


def delimited(header: Sequence[str], rows: Sequence[Sequence[object]], encoding: str) -> bytes:
    """CSV with CRLF as office programs write it; None is empty, dates are YYYY-MM-DD. `encoding` such as gb18030."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)
