"""Naming the period of a figure in a few characters.

Belongs here: reading what a person types. Does not belong here: which periods exist (the snapshot knows).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_FORMS = "2023, 2023-Q2, 2023-06, 2023-06-30, 2023-01-01/2023-06-30"


class UnknownPeriod(ValueError):
    """Not a period, or none that the indicator has a figure for. `zh` and `en` say what may be given."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """First and last day, both inclusive and district-local."""

    start: date
    end: date


def parse_period(text: str) -> NamedPeriod:
    """A year, quarter, month, day, or `first/last` day; raises UnknownPeriod."""
    try:
        if match := re.fullmatch(r"(\d{4})", text):
            year = int(match[1])
            return NamedPeriod(date(year, 1, 1), date(year, 12, 31))
        if match := re.fullmatch(r"(\d{4})-?[Qq]([1-4])", text):
            year, last = int(match[1]), 3 * int(match[2])
            return NamedPeriod(date(year, last - 2, 1), date(year, last, monthrange(year, last)[1]))
        if match := re.fullmatch(r"(\d{4})-?(\d{2})", text):
            year, month = int(match[1]), int(match[2])
            return NamedPeriod(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
        first, _, last_day = text.partition("/")
        start = date.fromisoformat(first)
        return NamedPeriod(start, date.fromisoformat(last_day) if last_day else start)
    except ValueError as error:
        raise UnknownPeriod(f"{text!r} 不是周期，可写 {_FORMS}。", f"{text!r} is no period; write {_FORMS}.") from error
