"""What time it is. Everything that asks for the present asks here, so that a test or a replay can set it.

Does not belong here: calendars and deadlines (`calendar.py`).
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VARIABLE = "DISTRICT_NOW"


def now() -> datetime:
    """The present in UTC, aware. `DISTRICT_NOW` (ISO 8601; without an offset it means UTC) overrides the clock.

    Raises ValueError naming the variable when it is not an ISO time.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"环境变量 {VARIABLE}={text!r} 不是 ISO 8601 时间，请写成 2023-06-30T23:59:59+08:00。"
            f" / {VARIABLE}={text!r} is not an ISO 8601 time; write it like 2023-06-30T23:59:59+08:00."
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def today(zone: str | ZoneInfo) -> date:
    """The present date in `zone` (IANA name)."""
    return now().astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()
