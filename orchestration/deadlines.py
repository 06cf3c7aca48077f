"""When a feed is due, in the terms of Dagster: freshness policies and cron lines, from the contract's calendar.

Belongs here: translating cadence and deadline. Does not belong here: judging whether a delivery is late, which
looks at the data's period and the working-day calendar (`warehouse`); Dagster only sees when a step ran.
"""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from sources.contract.settings import Calendar

# The longest period of each cadence, so that a policy never calls a punctual feed stale.
_PERIOD = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=31),
    "quarterly": timedelta(days=92),
    "half_yearly": timedelta(days=184),
    "yearly": timedelta(days=366),
}
# Working days come five in seven; the longest run of public holidays in China (Spring Festival, October) is eight days.
_LONGEST_HOLIDAY = 8
_MONTHS = {"monthly": "*", "quarterly": "1,4,7,10", "half_yearly": "1,7", "yearly": "1"}


def freshness_policy(calendar: Calendar | None) -> dg.FreshnessPolicy | None:
    """Stale when nothing was pulled for a period and its deadline; failing after the grace days as well.

    None for an entity without a calendar or without a rhythm.
    """
    if calendar is None or calendar.cadence not in _PERIOD:
        return None
    due = _PERIOD[calendar.cadence] + timedelta(days=_longest_days_to_due(calendar))
    grace = timedelta(days=max(calendar.grace_days, 1))  # Dagster wants the failure to come after the warning
    return dg.FreshnessPolicy.time_window(warn_window=due, fail_window=due + grace)


def cron_lines(calendar: Calendar) -> tuple[str, ...]:
    """Cron lines (district-local) that pull at the deadline, on each day on which it may fall; none when irregular."""
    hour, minute = (int(part) for part in calendar.due_time.split(":"))
    days = _longest_days_to_due(calendar)
    match calendar.cadence:
        case "hourly":
            return ("5 * * * *",)  # hourly files are dropped shortly after the hour
        case "daily":
            return (f"{minute} {hour} * * *",)
        case "weekly":
            return (f"{minute} {hour} * * {(days - 1) % 7 + 1 if days else 0}",)  # a week ends on Sunday (0)
        case "monthly" | "quarterly" | "half_yearly" | "yearly":
            # Which calendar day the n-th working day is changes: pull on every day up to the latest it can be.
            last = max(1, min(days, 28))
            return (f"{minute} {hour} 1-{last} {_MONTHS[calendar.cadence]} *",)
        case _:
            return ()


def _longest_days_to_due(calendar: Calendar) -> int:
    if calendar.due_working_days is not None:
        weekends = -(-calendar.due_working_days // 5) * 2
        return calendar.due_working_days + weekends + _LONGEST_HOLIDAY
    return calendar.due_days or 0
