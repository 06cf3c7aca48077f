"""Enterprises of the simulated district: high-tech certificates and recognition lists.

Belongs here: the populations with their dates. Does not belong here: the workbooks that speak of them
(`departments/enterprise_registry.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sources.simulator.district import allocate, credit_code, stock_dates
from sources.simulator.randomness import Chance
from sources.simulator.register_files import settled

# The mid-term report's day and its number of high-tech enterprises: what the draw gives too many is left out.
_REPORT_DAY = date(2023, 6, 30)
_REPORTED = 394

# Enterprises certified for the first time, by year; the city announces three batches in the fourth quarter.
_FIRST_CERTIFIED = {
    2018: 100,
    2019: 106,
    2020: 112,
    2021: 76,
    2022: 82,
    2023: 66,
    2024: 58,
    2025: 52,
}
_BATCHES = ((10, 18), (11, 12), (12, 14))
_VALID_YEARS = 3
_RENEWED = 0.88
_MOVED_IN = 0.16
_MOVED_OUT = 0.05


@dataclass(frozen=True)
class Enterprise:
    """An enterprise registered in the district from one day to, exclusively, another."""

    uscc: str
    name: str
    subdistrict: str
    registered_on: date
    moved_out_on: date | None


@dataclass(frozen=True)
class Certificate:
    """A high-tech certificate, valid from `certified_on` to, exclusively, `valid_to`."""

    number: str
    holder: Enterprise
    certified_on: date
    valid_to: date


@dataclass(frozen=True)
class Listing:
    """An enterprise on a recognition list; `kind` is the list's name as the commission writes it."""

    kind: str
    member: Enterprise
    recognised_on: date
    removed_on: date | None


def certificates(chance: Chance) -> list[Certificate]:
    """All certificates of the plan's years by day of issue; a renewal overlaps the certificate that it follows."""
    rng = chance.of("high-tech enterprises")
    drawn = [_certified_firm(year, rng) for year, count in _FIRST_CERTIFIED.items() for _ in range(count)]
    counting = [i for i, firm in enumerate(drawn) if _counts(firm)]
    surplus = {counting[i] for i in rng.permutation(len(counting))[_REPORTED:]}
    firms = [firm for i, firm in enumerate(drawn) if i not in surplus]
    places = allocate(len(firms), rng)
    found: list[Certificate] = []
    for number, ((issued, registered_on, moved_out_on), place) in enumerate(zip(firms, places, strict=True)):
        holder = Enterprise(
            credit_code(20_000 + number), f"示例科创{number + 1:03d}有限公司", place, registered_on, moved_out_on
        )
        found += [Certificate(f"GR{day.year}3100{number + 1:04d}", holder, day, _expiry(day)) for day in issued]
    return sorted(found, key=lambda item: (item.certified_on, item.number))


# Days of issue, registration in the district, move out of it.
_Firm = tuple[list[date], date, date | None]


def _certified_firm(year: int, rng: np.random.Generator) -> _Firm:
    batch = int(rng.integers(0, len(_BATCHES)))
    issued = [date(year, *_BATCHES[batch])]
    while rng.random() < _RENEWED and issued[-1].year + _VALID_YEARS <= max(_FIRST_CERTIFIED):
        # In the same batch or an earlier one of the third year, so that no day is without a certificate.
        batch = int(rng.integers(0, batch + 1))
        issued.append(date(issued[-1].year + _VALID_YEARS, *_BATCHES[batch]))
    came_later = rng.random() < _MOVED_IN
    lag = int(rng.integers(60, 900)) if came_later else -int(rng.integers(400, 3000))
    left = rng.random() < _MOVED_OUT
    registered_on = settled(issued[0] + timedelta(days=lag))
    moved_out_on = settled(registered_on + timedelta(days=int(rng.integers(1000, 2200)))) if left else None
    return issued, registered_on, moved_out_on


def _expiry(issued: date) -> date:
    return issued.replace(year=issued.year + _VALID_YEARS)


def _counts(firm: _Firm) -> bool:
    issued, registered_on, moved_out_on = firm
    return (
        any(day <= _REPORT_DAY < _expiry(day) for day in issued)
        and registered_on <= _REPORT_DAY
        and (moved_out_on is None or moved_out_on > _REPORT_DAY)
    )


@dataclass(frozen=True)
class _List:
    """How a list grew (ever recognised), how many of the oldest left it by the report's day, and from when."""

    kind: str
    grown: Sequence[tuple[date, int]]
    left: int = 0
    leaving_from: date = date(2021, 4, 12)


_LISTS = [
    _List(
        "金融科技龙头企业",
        [(date(2022, 9, 15), 3), (date(2023, 6, 30), 3), (date(2024, 10, 31), 5), (date(2025, 10, 31), 6)],
    ),
    _List(
        "创新型企业",
        [
            (date(2018, 6, 1), 6),
            (date(2020, 12, 20), 21),
            (date(2021, 12, 20), 37),
            (date(2022, 12, 20), 55),
            (date(2023, 6, 20), 66),
            (date(2023, 6, 30), 66),
            (date(2024, 12, 20), 92),
            (date(2025, 12, 20), 112),
        ],
        left=2,
    ),
    _List(
        "人工智能关联企业",
        [
            (date(2016, 1, 4), 60),
            (date(2020, 12, 20), 322),
            (date(2021, 12, 20), 378),
            (date(2022, 12, 20), 442),
            (date(2023, 6, 20), 474),
            (date(2023, 6, 30), 474),
            (date(2024, 12, 20), 560),
            (date(2025, 12, 20), 630),
        ],
        left=14,
    ),
    _List(
        "跨国公司地区总部",
        [
            (date(2010, 1, 4), 12),
            (date(2020, 12, 20), 63),
            (date(2021, 12, 20), 69),
            (date(2022, 12, 20), 77),
            (date(2023, 6, 20), 81),
            (date(2023, 6, 30), 81),
            (date(2024, 12, 20), 90),
            (date(2025, 12, 20), 99),
        ],
        left=1,
    ),
    _List(
        "首席技术官联盟成员",
        [
            (date(2021, 11, 18), 20),
            (date(2022, 12, 20), 32),
            (date(2023, 6, 20), 38),
            (date(2023, 6, 30), 38),
            (date(2024, 12, 20), 49),
            (date(2025, 12, 20), 58),
        ],
        left=1,
        leaving_from=date(2022, 9, 20),
    ),
]
_BETWEEN_LEAVING = timedelta(days=55)


def listings(chance: Chance) -> list[Listing]:
    """Members of all lists by list and day of recognition; every second one that leaves moves out of the district."""
    found: list[Listing] = []
    for position, item in enumerate(_LISTS):
        rng = chance.of(f"recognition list {item.kind}")
        recognised = [settled(day) for day in stock_dates(item.grown, rng)]
        places = allocate(len(recognised), rng)
        for number, (day, place) in enumerate(zip(recognised, places, strict=True)):
            ended = settled(item.leaving_from + number * _BETWEEN_LEAVING) if number < item.left else None
            moves = number % 2 == 1
            member = Enterprise(
                credit_code(30_000 + 1000 * position + number),
                f"示例{item.kind[:2]}{number + 1:03d}有限公司",
                place,
                day - timedelta(days=int(rng.integers(200, 2500))),
                ended if moves else None,
            )
            found.append(Listing(item.kind, member, day, None if moves else ended))
    return found
