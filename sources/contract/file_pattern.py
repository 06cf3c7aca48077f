"""The file name patterns of a folder delivery: which files are ours, and which period and sequence their name states.

Belongs here: templates with `{period}`, `{seq}` and `{*}`, and plain globs (`settings.FileDelivery.pattern`).
Does not belong here: listing folders (`sources/connectors/files.py`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PERIOD = r"(?P<period>\d{10}|\d{8}|\d{4}-\d{2}-\d{2}|\d{6}|\d{4}-\d{2}|\d{4})"


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
            elif name == "*":
                parts.append(r"[^/]*")
            else:
                raise PatternRefused(
                    f"未知的占位符 {{{name}}}；可用 {{period}}、{{seq}}、{{*}}",
                    f"unknown placeholder {{{name}}}; use {{period}}, {{seq}}, {{*}}",
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
        if not groups.get("period"):
            return FileDating(None, None, seq)
        days = period_days(groups["period"])
        return FileDating(*days, seq) if days else None


def period_days(text: str) -> tuple[date, date] | None:
    """First and last day of YYYY, YYYYMM, YYYYMMDD or YYYYMMDDHH (hyphens allowed); None for an impossible date."""
    digits = text.replace("-", "")
    try:
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
