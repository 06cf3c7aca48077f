"""What is usual for a number of a short series of days or periods, and how far is too far.

Belongs here: robust references (medians of comparable days) and the rule of alarm, as pure functions. Does not belong
here: where the series come from (`history.py`).

The method suits series of a dozen points with weekends, holidays and seasons: a value is compared with the medians of
comparable earlier ones, and is an alarm only where it is out of range against each of them. So the first days of a
school holiday are told, the rest of it is not; a yearly dip that was there last year is not told at all. Below three
comparable values nothing is said. Besides the range a distance of 3.5 robust deviations is asked for (Iglewicz and
Hoaglin 1993), where the deviation is 1.4826 times the median absolute deviation and at least that of a Poisson count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median
from typing import Final

from warehouse.calendar import is_working_day

SAME_WEEKDAYS: Final = 8  # two months of the same weekday
NEIGHBOURS: Final = 5  # a working week
PERIODS: Final = 12  # a year of months
LEAST: Final = 3  # fewer comparable values make no median worth the name
LEAST_ROWS: Final = 20  # a handful of rows halves and doubles by chance
_DEVIATIONS: Final = 3.5
_YEAR_AGO: Final = (357, 371)  # a week around the same day of the year before
_NEIGHBOURHOOD: Final = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Usual:
    """Medians of comparable earlier values, the closest kind first, and the spread of that kind."""

    references: tuple[float, ...]
    deviation: float

    def strays(self, value: float, low: float, high: float) -> bool:
        """Whether `value` is out of `low` to `high` times every reference, and further than chance takes it."""
        out = all(not low * ref <= value <= high * ref for ref in self.references)
        first = self.references[0]
        return out and abs(value - first) > _DEVIATIONS * max(self.deviation, sqrt(first))


def usual_of_day(day: date, earlier: Mapping[date, float]) -> Usual | None:
    """What is usual on `day`: same weekday and equally worked or free; None with fewer than three such days.

    Saturdays worked in place of a holiday are compared with working days, holidays on weekdays with free days.
    """
    works, weekday = is_working_day(day), day.weekday()
    regular = works == (weekday < 5)
    alike = [known for known in sorted(earlier, reverse=True) if known < day and is_working_day(known) == works]
    same = [earlier[known] for known in alike if known.weekday() == weekday or not regular][:SAME_WEEKDAYS]
    near = [earlier[known] for known in alike if known >= day - _NEIGHBOURHOOD][:NEIGHBOURS]
    ago = [earlier[known] for known in alike if _YEAR_AGO[0] <= (day - known).days <= _YEAR_AGO[1]]
    return _usual([same, near, ago])


def usual_of_period(earlier: Sequence[float]) -> Usual | None:
    """What is usual after `earlier` periods (oldest first); None after fewer than three."""
    return _usual([list(earlier[-PERIODS:]), list(earlier[-LEAST:])])


def _usual(kinds: Sequence[Sequence[float]]) -> Usual | None:
    if len(kinds[0]) < LEAST:
        return None
    middle = median(kinds[0])
    deviation = 1.4826 * median(abs(value - middle) for value in kinds[0])
    return Usual(tuple(median(kind) for kind in kinds if len(kind) >= LEAST), deviation)
