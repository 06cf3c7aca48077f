"""Events whose clocks or order are wrong: ahead of their reception, ending before they begin, arriving backwards.

Belongs here: times of the car parks' events. Does not belong here: late files (`timing.py`), dates of workbooks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sources.simulator.faults.deliveries import Deliveries
from sources.simulator.faults.fault import Fault, Injection, Trace
from sources.simulator.faults.ndjson import Row, at_least, lines, ndjson

_EVENTS = "parking/events/parking_events_*.ndjson"
# Two of fifteen stay below the fifth of the rows at which the feed's own check holds the hour.
_ENOUGH, _ROWS = at_least(15), 2
_AHEAD = timedelta(minutes=23)


def _changed(
    fault: str, traces: Sequence[Trace], kind: str, change: Callable[[Row], None]
) -> Callable[[Deliveries], Sequence[Injection]]:
    """A fault of some events of a kind (`in`, `out`) in an hour's file."""

    def inject(deliveries: Deliveries) -> Sequence[Injection]:
        path = deliveries.take(fault, _EVENTS, fits=_ENOUGH)
        rows = lines(path)
        # An event that was pushed twice comes out of it with the same content, so single ones are chosen.
        ids = [row["eventId"] for row in rows]
        fitting = [n for n, row in enumerate(rows) if row["eventType"] == kind and ids.count(row["eventId"]) == 1]
        chosen = deliveries.places(path, fault, fitting, _ROWS)
        for number in chosen:
            change(rows[number])
        deliveries.replace(path, ndjson(rows))
        places = tuple(f"{path.name} {number + 1}" for number in chosen)
        period = path.stem.split("_")[2]
        return [Injection(fault, "parking", "prk_event", path.name, period, _ROWS, traces, _ROWS, places)]

    return inject


def _ahead(row: Row) -> None:
    row["eventTime"] = int(row["receiveTime"]) + int(_AHEAD.total_seconds() * 1000)


def _backwards(row: Row) -> None:
    row["parkingTime"] = -int(row["parkingTime"] or 60)


def _exit_first(deliveries: Deliveries) -> Sequence[Injection]:
    """A car's entry reaches the platform hours after its exit, in a later file."""
    early = deliveries.take("F35", _EVENTS, fits=_has_short_stay)
    rows = lines(early)
    at = next(n for n, row in enumerate(rows) if row["eventType"] == "in" and _exit_of(row, rows))
    entry = rows.pop(at)
    later = deliveries.take("F35 later", _EVENTS, last=True, fits=lambda path: path > early)
    begin = min(int(row["receiveTime"]) for row in lines(later))
    deliveries.replace(early, ndjson(rows))
    deliveries.replace(later, ndjson([{**entry, "receiveTime": begin}, *lines(later)]))
    place = (f"{later.name} 1",)
    trace = (Trace("session", "exit_first"),)
    return [
        # The entry is missing from its hour, and comes with another time of reception.
        Injection("F35", "parking", "prk_event", early.name, early.stem.split("_")[2], 0, (), 1, ()),
        Injection("F35", "parking", "prk_event", later.name, later.stem.split("_")[2], 1, trace, 0, place),
    ]


def _has_short_stay(path: Path) -> bool:
    rows = lines(path)
    return any(row["eventType"] == "in" and _exit_of(row, rows) for row in rows)


def _exit_of(entry: Row, rows: Sequence[Row]) -> bool:
    return any(row["eventType"] == "out" and row["parkingSerial"] == entry["parkingSerial"] for row in rows)


_SUITS = ("parking.prk_event",)
_SKEWED = (Trace("check", "event_clock_ahead"), Trace("session", "clock_corrected"))
_NEGATIVE = (Trace("check", "event_duration_negative"), Trace("session", "duration_refused"))
FAULTS = (
    Fault("F16", "时钟偏差", "clock skew", "flagged", _SUITS, _changed("F16", _SKEWED, "in", _ahead)),
    Fault("F17", "时长为负", "negative duration", "flagged", _SUITS, _changed("F17", _NEGATIVE, "out", _backwards)),
    Fault("F35", "事件倒序", "events out of order", "repaired", _SUITS, _exit_first, turn=0),
)
