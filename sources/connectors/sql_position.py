"""How far a view was read: the watermark of a delivery polled by a column, and the ranges that a poll is cut into.

Belongs here: positions, ranges and their arithmetic on values of any kind. Does not belong here: queries (`sql.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from sources.connectors.sql_text import text

# Days before the day of the pull that get a batch of their own; older rows of a first poll come in one.
_DAYS_APART = 7


@dataclass(frozen=True, order=True)
class Range:
    """Values of the watermark column; None = no limit on that side. Rows without a value belong where there is no
    lower limit."""

    lower: str | None = None
    includes_lower: bool = False
    upper: str | None = None
    includes_upper: bool = False


@dataclass(frozen=True)
class Position:
    """The largest value read, a digest of the rows within the overlap before it, and the ranges still open.

    The digest tells whether rows came late into what was read already. A range is open while its batch is held.
    `kind` is that of the values: datetime, date, integer, decimal, float or text.
    """

    kind: str
    value: str
    overlap_rows: int = 0
    overlap_digest: str = ""
    open: tuple[Range, ...] = ()

    @classmethod
    def read(cls, watermark: str | None) -> Self | None:
        """The position that `write` wrote; None before the first poll."""
        if watermark is None:
            return None
        values = json.loads(watermark)
        return cls(**values | {"open": tuple(Range(**item) for item in values["open"])})

    def write(self) -> str:
        """The watermark."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    def same_rows(self, other: Position | None) -> bool:
        """Whether the rows within the overlap are those of `other`."""
        return other is not None and (self.overlap_rows, self.overlap_digest) == (
            other.overlap_rows,
            other.overlap_digest,
        )

    def after(self, item: Range, *, held: bool) -> Position:
        """The position once `item` was read: open when its batch is held, else closed."""
        still_open = set(self.open) - {item} | ({item} if held else set())
        return replace(self, open=tuple(sorted(still_open, key=repr)))


_NUMBERS: Mapping[str, Callable[[str], Any]] = {"integer": int, "decimal": Decimal, "float": float}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def kind_of(value: Any) -> str:
    """The kind of a watermark column's value."""
    if isinstance(value, datetime):
        return "datetime"
    if isinstance(value, date):
        return "date"
    if isinstance(value, Decimal | float):
        return "decimal" if isinstance(value, Decimal) else "float"
    return "integer" if isinstance(value, int) else "text"


def typed(kind: str, value: str) -> Any:
    """A value as the database compares it."""
    if kind in _NUMBERS:
        return _NUMBERS[kind](value)
    if kind == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if kind == "datetime" else value


def minus(kind: str, value: str, overlap: timedelta) -> str:
    """The value before which nothing has to be read again; numbers and unknown texts have no overlap.

    Whole days overlap by a day at least: rows of the last one may still come.
    """
    if kind == "date" or (kind == "text" and _DAY.fullmatch(value)):
        with suppress(ValueError):  # a text may look like a day and be none
            return (date.fromisoformat(value) - max(overlap, timedelta(days=1))).isoformat()
    moment = moment_of(kind, value)
    return value if moment is None else _like(kind, value, moment - overlap)


def moment_of(kind: str, value: str) -> datetime | None:
    """A datetime, or a text that is one in ISO 8601; naive where the source has no offset."""
    if kind not in ("datetime", "text") or len(value) <= len("2023-06-30"):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def utc_of(kind: str, value: str, zone: ZoneInfo) -> datetime | None:
    """The moment in UTC; naive values are of `zone`."""
    moment = moment_of(kind, value)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def ranges(kind: str, largest: str, lower: str | None, as_of: date, zone: ZoneInfo) -> list[Range]:
    """What lies above `lower` (None = everything), cut at the midnights of `zone` in the last week up to `as_of`.

    Cut like this, recent days are dated by when the source wrote them and are held one by one, while a first poll of
    years stays one batch. `largest` is the largest value there is; values that are no times are not cut.
    """
    newest = moment_of(kind, largest)
    found = []
    includes = False
    for days in range(_DAYS_APART - 1, -2, -1) if newest else ():
        midnight = datetime.combine(as_of - timedelta(days=days), time(), zone)
        cut = _like(kind, largest, midnight.astimezone(newest.tzinfo) if newest and newest.tzinfo else midnight)
        after_lower = lower is None or typed(kind, cut) > typed(kind, lower)
        if after_lower and typed(kind, cut) <= typed(kind, largest):
            found.append(Range(lower, includes, cut))
            lower, includes = cut, True
    return [*found, Range(lower, includes)]


@dataclass
class Tail:
    """Follows the watermark column while rows stream by in its order."""

    overlap: timedelta
    kind: str = ""
    last: str = ""
    rows: deque[tuple[Any, int]] = field(default_factory=deque)

    def add(self, values: Sequence[Any], columns: Sequence[Sequence[str | None]]) -> None:
        """A chunk of rows: its watermark values, and all its columns as text."""
        # NUMERIC identifiers come as decimals
        values = [int(one) if isinstance(one, Decimal) and one == one.to_integral_value() else one for one in values]
        last = next((value for value in reversed(values) if value is not None), None)
        if last is None:
            return
        self.kind, self.last = kind_of(last), str(text(last))
        bound = typed(self.kind, minus(self.kind, self.last, self.overlap))
        while self.rows and not self.rows[0][0] > bound:
            self.rows.popleft()
        for value, row in zip(values, zip(*columns, strict=True), strict=True):
            if value is not None and value > bound:
                self.rows.append((value, _digest(row)))

    def position(self, open_ranges: Iterable[Range]) -> Position | None:
        """Where the rows that went by end; None when there were none."""
        if not self.last:
            return None
        # A sum, since rows of the same moment may come in any order.
        digest = sum(digest for _, digest in self.rows) % (1 << 128)
        return Position(self.kind, self.last, len(self.rows), f"{digest:032x}", tuple(open_ranges))


def _like(kind: str, example: str, moment: datetime) -> str:
    """`moment` written the way the source writes: as text, it has to compare with the source's values."""
    if kind == "datetime":
        return moment.isoformat(sep=" ") if datetime.fromisoformat(example).tzinfo else _naive(moment, " ")
    written = _naive(moment, example[10], timespec="microseconds")
    digits = example[20:] if example[19:20] == "." else ""
    fraction = len(digits) - len(digits.lstrip("0123456789"))
    written = written[: 20 + fraction] if fraction else written[:19]
    return written + example[len(written) :]


def _naive(moment: datetime, separator: str, timespec: str = "auto") -> str:
    return moment.replace(tzinfo=None).isoformat(sep=separator, timespec=timespec)


def _digest(row: Sequence[str | None]) -> int:
    return int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest())
