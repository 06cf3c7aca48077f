"""The civil affairs bureau: who is entitled to a service and from when on they have it, as changes of exchange views.

Belongs here: seniors of the one-key service, homes of very old people living alone, their changes. Does not belong
here: courses (`elderly_courses.py`), the database file (`exchange_database.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from sources.simulator.district import allocate, known, stock_dates
from sources.simulator.exchange_database import Change
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# The front-end database opened with a load of both registers.
VIEWS_OPENED = date(2023, 4, 3)
VIEWS: Mapping[str, Sequence[str]] = {
    "v_yjt_fwdx": ("GMSFHM", "XM", "CSNF", "JZDM", "RDRQ", "ZXRQ", "KTRQ", "TYRQ"),
    "v_dj_zh": ("ZHBH", "XXDZ", "JZDM", "JDRQ", "HXRQ", "AZRQ", "CCRQ"),
}
INTEGERS = frozenset({"CSNF"})

_PLAN_START = date(2020, 12, 31)
_REPORT = date(2023, 6, 30)
_PLAN_END = date(2025, 12, 31)
# Of those without the service on the report's day, this share had it and lost it.
_LOST = 0.06


@dataclass(frozen=True)
class Register:
    """How a register grows, in numbers of entries at full scale.

    `staying`: entries of the report's day; `entered`: how many of those by the plan's start; `left`: entries that had
    left by the report's day; `later`: entries after it; `served`: (day, how many of the staying have the service).
    """

    purpose: str
    staying: int
    entered: int
    left: int
    later: int
    served: tuple[tuple[date, int], ...]


SENIORS = Register(
    "one-key seniors",
    staying=31_250,
    entered=23_400,
    left=2_900,
    later=3_600,
    served=(
        (_PLAN_START, 8_400),
        (date(2021, 6, 30), 12_300),
        (date(2021, 12, 31), 16_400),
        (date(2022, 6, 30), 19_700),
        (date(2022, 12, 31), 23_600),
        (date(2023, 3, 31), 25_500),
        (_REPORT, 27_278),
        (_PLAN_END, 29_700),
    ),
)
HOMES = Register(
    "homes of very old people",
    staying=8_300,
    entered=6_300,
    left=900,
    later=1_000,
    served=(
        (_PLAN_START, 3_600),
        (date(2021, 12, 31), 5_000),
        (date(2022, 12, 31), 6_450),
        (date(2023, 3, 31), 6_950),
        (_REPORT, 7_400),
        (_PLAN_END, 8_050),
    ),
)


@dataclass(frozen=True)
class Entry:
    """One person or home: entitled from `begun` up to (exclusive) `ended`, served from `served` up to `lost`."""

    number: int
    subdistrict: str
    begun: date
    ended: date | None
    served: date | None
    lost: date | None

    def days(self) -> list[date]:
        """The days on which something about the entry changes, ascending."""
        return sorted({day for day in (self.begun, self.ended, self.served, self.lost) if day})


def entries(register: Register, chance: Chance, span: Span) -> list[Entry]:
    """All entries of the plan's years by number, from the seed and the scale alone."""
    rng = chance.of(register.purpose)
    staying, left, later = (span.volume(count) for count in (register.staying, register.left, register.later))
    begun = [
        # Those of the plan's start were entered over the years before it.
        day if day > _PLAN_START else day - timedelta(days=int(rng.integers(0, 1500)))
        for day in stock_dates([(_PLAN_START, span.volume(register.entered)), (_REPORT, staying)], rng)
    ]
    found = [
        Entry(0, "", begun[i], None, *dates)
        for i, dates in enumerate(_service(begun, [(day, span.volume(count)) for day, count in register.served], rng))
    ]
    for _ in range(left):
        start = _PLAN_START - timedelta(days=int(rng.integers(0, 900)))
        end = _PLAN_START + timedelta(days=int(rng.integers(60, (_REPORT - _PLAN_START).days)))
        served = start + timedelta(days=int(rng.integers(20, 700))) if rng.random() < 0.6 else None
        found.append(Entry(0, "", start, end, served if served and served < end else None, None))
    for start in stock_dates([(_REPORT, 0), (_PLAN_END, later)], rng):
        served = start + timedelta(days=int(rng.integers(5, 120)))
        found.append(Entry(0, "", start, None, served, None))
    places = allocate(len(found), rng)
    return [
        Entry(number, place, item.begun, item.ended, item.served, item.lost)
        for number, (place, item) in enumerate(
            zip(places, (found[i] for i in rng.permutation(len(found))), strict=True)
        )
    ]


def _service(
    begun: Sequence[date], milestones: Sequence[tuple[date, int]], rng: np.random.Generator
) -> Iterator[tuple[date | None, date | None]]:
    """(served from, lost on) of each of the staying; on the report's day as many have it as its milestone says."""
    served = stock_dates(milestones, rng)
    # Early entries tend to be served early, with wide luck; whoever is beyond the last milestone has no service.
    order = np.argsort(np.arange(len(begun)) + rng.normal(0, 0.3 * len(begun), len(begun)), kind="stable")
    turn = np.empty(len(begun), int)
    turn[order] = np.arange(len(begun))
    for i, start in enumerate(begun):
        day = served[turn[i]] if turn[i] < len(served) else None
        if day is None or day > _REPORT:
            if rng.random() < _LOST and start < date(2022, 6, 30):
                first = max(start, _PLAN_START)
                yield first, first + timedelta(days=int(rng.integers(90, 360)))
            else:
                yield (max(day, start) if day else None), None
        else:
            yield max(day, start) if day > _PLAN_START else start, None  # an old service: its date is the entry's


def changes(
    found: Sequence[Entry], row: Callable[[Entry, date], Sequence[object]], prefix: str, span: Span
) -> list[Change]:
    """The load on the day the view opened, then one change for each day on which something about an entry changed."""
    opened = max(span.start, VIEWS_OPENED)
    result = []
    for entry in found:
        dates = [day for day in entry.days() if opened < day <= span.end]
        guid = f"{prefix}-{entry.number:06d}"
        if entry.begun <= opened:
            # The load takes its minutes: hundreds of rows a second.
            result.append(Change(_moment(opened, 1, entry.number // 200), "I", guid, row(entry, opened)))
        for day in dates:
            operation = "I" if day == entry.begun else "U"
            result.append(Change(_moment(day, 10, entry.number % 18_000), operation, guid, row(entry, day)))
    return result


def senior_row(entry: Entry, day: date) -> Sequence[object]:
    """Columns of `v_yjt_fwdx` as they stood on `day`; the citizen number is of a region that does not exist."""
    birth_year = entry.begun.year - 70 - entry.number % 21
    return (
        f"990105{birth_year:04d}0101{entry.number % 10_000:04d}-{entry.number // 10_000}",
        f"示例老人{entry.number:05d}",
        birth_year,
        entry.subdistrict,
        *_dates(entry, day),
    )


def home_row(entry: Entry, day: date) -> Sequence[object]:
    """Columns of `v_dj_zh` as they stood on `day`."""
    return (
        f"DJ{entry.number:06d}",
        f"示例路{entry.number % 900 + 1}弄{entry.number % 97 + 1}号",
        entry.subdistrict,
        *_dates(entry, day),
    )


def _dates(entry: Entry, day: date) -> Iterator[str | None]:
    for value in (entry.begun, entry.ended, entry.served, entry.lost):
        stated = known(value, day)
        yield stated.isoformat() if stated else None


def _moment(day: date, hour: int, seconds: int) -> datetime:
    """A naive district-local moment."""
    return datetime.combine(day, time(hour)) + timedelta(seconds=seconds)
