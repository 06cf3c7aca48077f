"""Local times and UTC inside SQL.

Belongs here: SQL that turns naive local times into UTC and UTC into local days. Does not belong here: parsing text.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sources.reading.quoting import literal

# Years within which an offset is looked for that never changes; outside, and in zones with summer time, ICU decides.
_STEADY_YEARS = (1992, 2038)


@cache
def _steady_offset(zone: str) -> timedelta | None:
    """The zone's offset, if it was the same in every month of the steady years: ten times cheaper than ICU."""
    offsets = {
        datetime(year, month, 1, tzinfo=ZoneInfo(zone)).utcoffset()
        for year in range(*_STEADY_YEARS)
        for month in range(1, 13)
    }
    return offsets.pop() if len(offsets) == 1 else None


def to_utc(sql: str, zone: str) -> str:
    """Naive local TIMESTAMP in `zone` as naive UTC; what a clock change skips or repeats goes as ICU reads it."""
    return _shift(sql, zone, f"timezone('UTC', timezone({literal(zone)}, {sql}))", -1)


def to_local(sql: str, zone: str) -> str:
    """Naive UTC TIMESTAMP as naive local time in `zone`."""
    return _shift(sql, zone, f"timezone({literal(zone)}, timezone('UTC', {sql}))", 1)


def _shift(sql: str, zone: str, by_icu: str, sign: int) -> str:
    offset = _steady_offset(zone)
    if offset is None:
        return by_icu
    first, last = (f"TIMESTAMP '{year}-01-02'" for year in _STEADY_YEARS)
    seconds = sign * int(offset.total_seconds())
    return f"(CASE WHEN {sql} >= {first} AND {sql} < {last} THEN {sql} + INTERVAL ({seconds}) SECOND ELSE {by_icu} END)"
