"""What the simulated departments share: subdistricts, working days, credit codes, growth of dated stocks.

Belongs here: facts and populations that more than one department refers to.
Does not belong here: anything that one department alone knows.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np

from warehouse.district import district
from warehouse.home import REPOSITORY

_SUBDISTRICTS = REPOSITORY / "dbt_project" / "seeds" / "subdistricts.csv"
ZONE = ZoneInfo(district().zone)

# Alphabet and weights of GB 32100-2015 (unified social credit code): letters I, O, S, V, Z are left out.
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = [3**i % 31 for i in range(17)]


@dataclass(frozen=True)
class Subdistrict:
    """One of the district's subdistricts: nine-digit code and Chinese name."""

    code: str
    name_zh: str


@cache
def subdistricts() -> tuple[Subdistrict, ...]:
    """The district's subdistricts by code; their single home is the dimension seed of the dbt project."""
    with _SUBDISTRICTS.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["subdistrict_code"])
    return tuple(Subdistrict(row["subdistrict_code"], row["name_zh"]) for row in rows)


# Relative sizes (residents and business) of the ten subdistricts in the order of their codes: the first two are the
# dense centre, the last is the largest by area. They only make the parts differ.
_WEIGHTS = np.array([0.12, 0.10, 0.11, 0.09, 0.11, 0.12, 0.10, 0.06, 0.07, 0.12])


def allocate(count: int, rng: np.random.Generator) -> list[str]:
    """`count` subdistrict codes in random order, by weight, every subdistrict at least once when `count` allows it."""
    codes = [item.code for item in subdistricts()]
    weights = _WEIGHTS[: len(codes)] / _WEIGHTS[: len(codes)].sum()
    shares = np.floor(weights * count).astype(int)
    if count >= len(codes):
        shares = np.maximum(shares, 1)
    while shares.sum() > count:
        shares[np.argmax(shares)] -= 1
    while shares.sum() < count:
        shares[np.argmax(weights * count - shares)] += 1
    return [codes[i] for i in rng.permutation(np.repeat(np.arange(len(codes)), shares))]


def working_day(day: date) -> bool:
    """Whether people work on `day` in mainland China, adjusted holidays included (2004 to 2026)."""
    return bool(chinese_calendar.is_workday(day))


def school_day(day: date) -> bool:
    """Whether schools teach on `day`: a working day outside winter and summer holidays of the city."""
    summer = (day.month, day.day) >= (7, 1) and (day.month, day.day) <= (8, 31)
    winter = (day.month, day.day) >= (1, 18) and (day.month, day.day) <= (2, 14)
    return working_day(day) and not summer and not winter


def days(start: date, end: date) -> list[date]:
    """Every day from `start` to `end`, both included; empty when `end` lies before `start`."""
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def local(day: date, at: time) -> datetime:
    """The moment `at` on the district-local `day`, as an aware UTC time."""
    return datetime.combine(day, at, ZONE).astimezone(UTC)


def epoch_ms(day: date) -> int:
    """Milliseconds since 1970 of the district-local midnight that begins `day`."""
    return int(local(day, time()).timestamp() * 1000)


def stock_dates(milestones: Sequence[tuple[date, int]], rng: np.random.Generator) -> list[date]:
    """Dates, ascending, of which exactly `n` lie on or before each milestone's day.

    `milestones` are (day, cumulative count), both ascending; dates of a step are drawn from the working days after
    the previous milestone. The first milestone's items take its own day (they were there when the plan began).
    """
    found: list[date] = []
    previous: date | None = None
    for day, count in milestones:
        missing = count - len(found)
        if previous is None:
            found += [day] * missing
        elif missing > 0:
            choices = [item for item in days(previous + timedelta(days=1), day) if working_day(item)]
            found += sorted(choices[i] for i in rng.integers(0, len(choices), missing))
        previous = day
    return found


def known(value: date | None, day: date) -> date | None:
    """`value` when it has come by `day`: registers record what has happened, not what is planned."""
    return value if value is not None and value <= day else None


def credit_code(number: int, *, kind: str = "91") -> str:
    """A well-formed unified social credit code of the district (GB 32100-2015) that belongs to no one.

    The organisation part starts with `X`, which the registry has not issued. `kind`: 91 enterprise, 12 institution.
    """
    body = f"{kind}{district().code}X{number:08d}"
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return body + _USCC_ALPHABET[(31 - total % 31) % 31]


def ramp(day: date, knots: Sequence[tuple[date, float]]) -> float:
    """The value on `day` of the broken line through `knots` (day, value), constant outside them."""
    return float(np.interp(day.toordinal(), [knot.toordinal() for knot, _ in knots], [value for _, value in knots]))
