"""The file name patterns of a folder delivery: which files are ours, and which period and sequence their name states.

Belongs here: templates with `{period}`, `{seq}` and `{*}`, and plain globs (`settings.FileDelivery.pattern`).
Does not belong here: listing folders (`sources/connectors/files.py`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PERIOD = (
    r"(?P<period>\d{10}|\d{8}|\d{4}-\d{2}-\d{2}|\d{6}|\d{4}-\d{2}|\d{4}"
    r"|\d{4}(?P<between>[_.])\d{1,2}(?P=between)\d{1,2}|\d{4}[_.]\d{1,2}|\d{4}[-_]?[Qq][1-4]|\d{4}[-_]?[Ww]\d{2}"
    r"|\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?|第[1-4一二三四]季度)?)"
)
# Parts of a date, apart from one another: in folders, in another order.
_PARTS = {
    "year": r"(?P<year>\d{4})",
    "month": r"(?P<month>\d{1,2})",
    "day": r"(?P<day>\d{1,2})",
    "hour": r"(?P<hour>\d{1,2})",
}


@dataclass(frozen=True)
class PatternRefused(ValueError):
    """The pattern is not one of ours; `zh` and `en` say why."""

    zh: str
    en: str


@dataclass(frozen=True)
class FileDating:
    """What a file's name says: first and last district-local day of its period, and its sequence number."""

    period_start: date | None
    period_end: date | None
    batch_seq: int | None


@dataclass(frozen=True)
class FilePattern:
    """A pattern over the path of a file relative to its folder, with `/` as separator."""

    text: str
    regex: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> FilePattern:
        """Read a pattern; raises `PatternRefused` for an unknown or repeated placeholder."""
        position = 0
        parts: list[str] = []
        seen: set[str] = set()
        for match in _PLACEHOLDER.finditer(text):
            parts.append(_glob(text[position : match.start()]))
            position = match.end()
            name = match[1]
            if name in seen and name != "*":
                raise PatternRefused(f"占位符 {{{name}}} 只能出现一次", f"placeholder {{{name}}} may stand only once")
            seen.add(name)
            if name == "period":
                parts.append(_PERIOD)
            elif name == "seq":
                parts.append(r"(?P<seq>\d+)")
            elif name in _PARTS:
                parts.append(_PARTS[name])
            elif name == "*":
                parts.append(r"[^/]*")
            else:
                raise PatternRefused(
                    f"未知的占位符 {{{name}}}；可用 {{period}}、{{year}}、{{month}}、{{day}}、{{hour}}、{{seq}}、{{*}}",
                    f"unknown placeholder {{{name}}}; use {{period}}, {{year}}, {{month}}, {{day}}, {{hour}}, {{seq}}, "
                    "{*}",
                )
        finer = [name for name in ("hour", "day", "month") if name in seen]
        if finer and ("period" in seen or not {"year", "month", "day"}.issubset({*seen, *_not_needed(finer[0])})):
            raise PatternRefused(
                "{month} 须有 {year}，{day} 须有 {year} 和 {month}，{hour} 须有三者，且不与 {period} 并用",
                "{month} needs {year}, {day} needs {year} and {month}, {hour} all three, and none stands beside "
                "{period}",
            )
        parts.append(_glob(text[position:]))
        return cls(text, re.compile("".join(parts)))

    @property
    def recursive(self) -> bool:
        """Whether files of sub-folders can match."""
        return "/" in self.text or "**" in self.text

    def match(self, relative_path: str) -> FileDating | None:
        """What the name states when the file is ours, else None. An impossible date is not ours."""
        found = self.regex.fullmatch(relative_path)
        if found is None:
            return None
        groups = found.groupdict()
        seq = int(groups["seq"]) if groups.get("seq") else None
        if groups.get("year"):
            known = [groups[name].zfill(2) for name in _PARTS if groups.get(name)]
            named = period_days("".join(known))
            return FileDating(*named, seq) if named else None
        if not groups.get("period"):
            return FileDating(None, None, seq)
        days = period_days(groups["period"])
        return FileDating(*days, seq) if days else None


def _not_needed(finest: str) -> tuple[str, ...]:
    return {"hour": (), "day": (), "month": ("day",)}[finest]


def period_days(text: str) -> tuple[date, date] | None:
    """First and last day of YYYY, YYYYMM, YYYYMMDD or YYYYMMDDHH (also with `-`, `_`, `.` or 年月日 in it), of a
    quarter or an ISO week; None for an impossible date."""
    try:
        if quarter := re.fullmatch(r"(\d{4})(?:[-_]?[Qq]|年第)([1-4一二三四])(?:季度)?", text):
            year, first = int(quarter[1]), ("1234".find(quarter[2]) + 1 or "一二三四".index(quarter[2]) + 1) * 3 - 2
            return date(year, first, 1), date(year, first + 2, calendar.monthrange(year, first + 2)[1])
        if week := re.fullmatch(r"(\d{4})[-_]?[Ww](\d{2})", text):
            monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return monday, monday + timedelta(days=6)
        digits = "".join(number.zfill(2) for number in re.findall(r"\d+", text))
        if len(digits) == 4:
            return date(int(digits), 1, 1), date(int(digits), 12, 31)
        if len(digits) == 6:
            year, month = int(digits[:4]), int(digits[4:])
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    if len(digits) == 10 and int(digits[8:]) > 23:
        return None
    return day, day


def _glob(text: str) -> str:
    """A glob as a regular expression: `**/` any folders, `*` and `?` within one name."""
    result = ""
    position = 0
    while position < len(text):
        if text.startswith("**/", position):
            result += r"(?:[^/]+/)*"
            position += 3
        elif text.startswith("**", position):
            result += r".*"
            position += 2
        else:
            letter = text[position]
            result += r"[^/]*" if letter == "*" else r"[^/]" if letter == "?" else re.escape(letter)
            position += 1
    return result
