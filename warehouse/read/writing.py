"""How numbers, periods and times are written, on pages and in reports.

Belongs here: formatting for readers, in Chinese and English. Does not belong here: any arithmetic on indicators.
Rounding is half up (四舍五入), as in the printed statistics; the exact value always travels along for the tooltip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

Language = Literal["zh", "en"]

DASH: Final = "—"  # what stands where there is no number; never 0
_PERCENT_UNITS: Final = frozenset({"%", "percent", "百分比"})
_FINEST: Final = 9  # decimals more than usual; numbers nearer to one another are the same to a reader
_GROUP_FROM: Final = Decimal(10_000)  # 万 and 亿 from here up; smaller numbers are read at once
_CHINESE_SCALES: Final = ("", "万", "亿")
# 万 and 亿 step by four digits, English words by three: 60,000 is 6 万 but 60,000 in English.
_SCALES: Final[dict[Language, tuple[tuple[Decimal, str], ...]]] = {
    "zh": ((Decimal(10**8), "亿"), (Decimal(10**4), "万")),
    "en": ((Decimal(10**9), "bn"), (Decimal(10**6), "m")),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as written: `text`, then `scale` (万, 亿, m, bn or nothing) and `measure` (the unit's own word).

    `exact` is for the tooltip: all digits with the unit; empty when there is no number.
    """

    text: str
    scale: str
    measure: str
    exact: str

    @property
    def unit(self) -> str:
        """What stands beside the text: 万人, 亿元, 家, %."""
        return (
            f"{self.scale}{self.measure}" if self.scale in _CHINESE_SCALES else f"{self.scale} {self.measure}".strip()
        )

    @property
    def full(self) -> str:
        """Text and unit in one string."""
        return f"{self.text} {self.unit}".strip()


def is_percent(unit: str | None) -> bool:
    """Whether the unit is percent (values 0-100)."""
    return (unit or "").strip() in _PERCENT_UNITS


def rounded(value: float | Decimal, decimals: int) -> Decimal:
    """Half up on the decimal form of the number, so that 0.125 and 2.675 go where a reader expects."""
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return number.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def figure(
    value: float | None, unit: str | None, decimals: int | None, language: Language, *, finer: int = 0
) -> Figure:
    """`value` in `unit` with the definition's `decimals`; 万/亿 (zh) or m/bn (en) where the number is long. `finer`:
    decimals more than usual."""
    if value is None:
        return Figure(DASH, "", "", "")
    places = (0 if decimals is None else decimals) + finer
    if is_percent(unit):
        return Figure(f"{rounded(value, places):,f}", "", "%", f"{plain(value)} %")
    shown, measure = rounded(value, places), (unit or "").strip()
    exact = f"{plain(value)} {measure}".strip()
    if abs(shown) >= _GROUP_FROM:
        for scale, word in _SCALES[language]:
            if abs(shown) >= scale:
                return Figure(_without_zeros(rounded(shown / scale, 2 + finer)), word, measure, exact)
    return Figure(f"{shown:,f}", "", measure, exact)


def told_apart(
    value: float | None, other: float | None, unit: str | None, decimals: int | None, language: Language
) -> tuple[Figure, Figure]:
    """Both numbers, with as many decimals more as it takes to see that they differ: not `7 % → 7 %`."""
    for finer in range(_FINEST + 1):
        one = figure(value, unit, decimals, language, finer=finer)
        another = figure(other, unit, decimals, language, finer=finer)
        if value == other or one.full != another.full:
            break
    return one, another


def difference(value: float, previous: float, unit: str | None, decimals: int | None, language: Language) -> str:
    """`value - previous` with its sign; of percentages in 个百分点 (percentage points)."""
    change = float(rounded(Decimal(repr(value)) - Decimal(repr(previous)), 2 if decimals is None else decimals))
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    if is_percent(unit):
        points = "个百分点" if language == "zh" else "pp"
        return f"{sign}{rounded(abs(change), 2 if decimals is None else decimals)} {points}"
    return f"{sign}{figure(abs(change), unit, decimals, language).full}"


def sentence(text: str) -> str:
    """`text` with a full stop, unless it ends like a sentence already."""
    text = text.rstrip()
    if not text or text[-1] in "。！？.!?":
        return text
    return f"{text}{'.' if text[-1].isascii() else '。'}"


def share(value: float | None, decimals: int = 1) -> str:
    """A share of 0-1 as percent text, or the dash."""
    return DASH if value is None else f"{rounded(value * 100, decimals):,f} %"


def count(value: int | None) -> str:
    """A whole number with thousands separators, or the dash."""
    return DASH if value is None else f"{value:,d}"


def size(octets: int | None) -> str:
    """A file size in B, KB, MB or GB (1,024 steps), or the dash."""
    if octets is None:
        return DASH
    amount = Decimal(octets)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{rounded(amount, 0 if unit == 'B' else 1):,f} {unit}"
        amount /= 1024
    return f"{rounded(amount, 1):,f} GB"


def period(period_type: str | None, start: date | None, end: date | None, language: Language) -> str:
    """A data period by name: 2023年6月, 2023年1—6月, 2022年; `start` and `end` are both inside the period."""
    if start is None or end is None:
        return DASH
    zh = language == "zh"
    match period_type:
        case "day":
            return day(end)
        case "month":
            return f"{start.year}年{start.month}月" if zh else f"{start:%Y-%m}"
        case "quarter":
            quarter = (start.month + 2) // 3
            return f"{start.year}年第{quarter}季度" if zh else f"{start.year} Q{quarter}"
        case "year":
            return f"{start.year}年" if zh else f"{start.year}"
        case "year_to_date":
            if zh:
                return f"{start.year}年1—{end.month}月" if end.month > 1 else f"{start.year}年1月"
            return f"{start:%Y-%m} to {end:%Y-%m}"
        case _:
            return f"{start:%Y-%m-%d} 至 {end:%Y-%m-%d}" if zh else f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"


def day(value: date | None) -> str:
    """A date as ISO 8601 (GB/T 7408), the same in both languages."""
    return DASH if value is None else f"{value:%Y-%m-%d}"


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """A stored time (UTC; naive means UTC) in the district's zone, to the minute."""
    if value is None:
        return DASH
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return f"{aware.astimezone(zone):%Y-%m-%d %H:%M}"


def plain(value: float | Decimal | None) -> str:
    """A number with all its digits and thousands separators, or the dash."""
    if value is None:
        return DASH
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return f"{_without_zeros(number)}"


def measured(value: float | None) -> str:
    """What a check measured, to two decimals; whole numbers without."""
    return DASH if value is None else _without_zeros(rounded(value, 2))


def _without_zeros(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
