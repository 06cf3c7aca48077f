"""Numbers of a report and the ids that bind them to a publication.

Belongs here: the id of a number, as the tag of a content control carries it, and finding numbers in sentences. Does not
belong here: OOXML (`controls.py`), which numbers a report has (`content.py`).

An id is `code|measure|period|area|v<version>|snapshot[@day]`, for example
`S15|value|2023-06|310105|v1|s00012-20230630`: periods as SDMX writes them, `@day` where the report judges on another
day than the publication's. What is no figure of one indicator (totals, claims, the report itself) has a code beginning
with "@" and no period, area or version: `@total.life|ahead|s00012-20230630`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from markupsafe import escape

# Word cuts the tag of a content control off after 64 letters.
LONGEST_TAG: Final = 64
# Private use characters, which no text of a district has: what stands between them is a tag.
TOKEN_START: Final = "\ue000"
TOKEN_END: Final = "\ue001"
_OF_NO_FIGURE: Final = 2  # parts behind the code of a tag about no single figure: measure, source
_KEPT: Final = (12, 2)  # letters of a code that is too long, then at the least; a hash makes it its own again
# Dates first; then numbers with sign, separators, decimals and 万, 亿 or %. "5G" and "S15" are names.
_NUMBER: Final = re.compile(
    r"(?<![A-Za-z0-9.])(?:\d{4}-\d{2}-\d{2}|[+\-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?[万亿])?(?:\s?%)?)(?![A-Za-z0-9])"
)
_READABLE: Final = re.compile(r"([+-]?\d+(?:\.\d+)?)([万亿]?)(%?)")
_SCALES: Final = {"": Decimal(1), "万": Decimal(10**4), "亿": Decimal(10**8)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or the words that stand in its place, with its id and what it is in words."""

    tag: str
    text: str
    label: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        """The place of the number in a filled-in template; `controls.bind` puts the control there."""
        return f"{TOKEN_START}{self.tag}{TOKEN_END}"


@dataclass(frozen=True, slots=True)
class Prose:
    """A sentence: text and numbers in order."""

    pieces: tuple[str | Number, ...]

    def __str__(self) -> str:
        return "".join(str(piece) for piece in self.pieces)

    def __html__(self) -> str:
        """Text escaped, numbers as their places."""
        return "".join(escape(piece) for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Source:
    """Which snapshot numbers come from and on which day they are judged (None: the publication's own)."""

    snapshot_id: str
    day: date | None = None

    def __str__(self) -> str:
        return f"{self.snapshot_id}@{self.day:%Y%m%d}" if self.day else self.snapshot_id


def source_of(tag: str) -> Source | None:
    """The source that a tag names; None for a tag that is none of ours."""
    found = re.fullmatch(r"[^|]+\|[^|]+\|(?:[^|]*\|[^|]*\|v\d+\|)?([A-Za-z0-9_-]+)(?:@(\d{8}))?", tag)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[2]) if found[2] else None
    except ValueError:
        return None
    return Source(found[1], day)


@dataclass(frozen=True, slots=True)
class About:
    """The figure that numbers are about: indicator, period as SDMX writes it (empty: no figure), definition."""

    code: str
    name: str
    period: str
    version: int


@dataclass
class Numbers:
    """All numbers of one report by id; each is made here, once."""

    source: Source
    area: str
    """The district's code: the report gives district totals."""
    by_tag: dict[str, Number] = field(default_factory=dict)

    def of_figure(self, about: About, measure: str, text: str, label: str) -> Number:
        """A number about one figure of an indicator (district total)."""
        return self._keep(about.code, [measure, *self._middle(about)], text, f"{about.name} {label}")

    def other(self, code: str, measure: str, text: str, label: str) -> Number:
        """A number about no single figure; `code` comes without its "@"."""
        return self._keep(f"@{code}", [measure, str(self.source)], text, label)

    def sentence(self, about: About, letter: str, text: str | None, label: str) -> Prose:
        """A sentence about a figure; its numbers are measures `<letter>1`, `<letter>2`, ..."""
        return self._prose(about.code, letter, self._middle(about), text, f"{about.name} {label}")

    def other_sentence(self, code: str, letter: str, text: str | None, label: str) -> Prose:
        """A sentence about no single figure."""
        return self._prose(f"@{code}", letter, [str(self.source)], text, label)

    def _prose(self, code: str, letter: str, middle: list[str], text: str | None, label: str) -> Prose:
        pieces: list[str | Number] = []
        position = 0
        for piece, is_number in parts(text or ""):
            if is_number:
                position += 1
                rest = [f"{letter}{position}", *middle]
                pieces.append(self._keep(code, rest, piece, f"{label} {position}"))
            else:
                pieces.append(piece)
        return Prose(tuple(pieces))

    def _middle(self, about: About) -> list[str]:
        return [about.period, self.area, f"v{about.version}", str(self.source)]

    def _keep(self, code: str, rest: list[str], text: str, label: str) -> Number:
        # On another day than the publication's the source is long; a window's period is the longest of the rest.
        shorter = [rest[0], _hash(rest[1]), *rest[2:]] if len(rest) > _OF_NO_FIGURE else rest
        codes = (code, *(f"{code[:kept]}{_hash(code)}" for kept in _KEPT))
        tags = ["|".join([name, *parts]) for parts in (rest, shorter) for name in codes]
        tag = next((one for one in tags if len(one) <= LONGEST_TAG), tags[-1])
        if len(tag) > LONGEST_TAG:
            raise ValueError(f"an id of {len(tag)} letters: {tag}")
        number = Number(tag, text, label)
        known = self.by_tag.setdefault(tag, number)
        if known.text != text:
            raise ValueError(f"two texts for {tag}: {known.text!r}, {text!r}")
        return known


def _hash(text: str) -> str:
    return f"~{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def parts(text: str) -> list[tuple[str, bool]]:
    """A sentence as pieces in order, each with whether it is a number."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _NUMBER.finditer(text):
        if found.start() > end:
            pieces.append((text[end : found.start()], False))
        pieces.append((found[0], True))
        end = found.end()
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def same(first: str, second: str) -> bool:
    """Whether two texts say the same number: 6万 and 60,000 do, 91.9% and 91.89% do not."""
    one, other = _plain(first), _plain(second)
    if one == other:
        return True
    read, read_other = _read(one), _read(other)
    return read is not None and read == read_other


def _plain(text: str) -> str:
    """Half-width, without spaces and separators of thousands."""
    text = unicodedata.normalize("NFKC", text).replace("−", "-")
    text = re.sub(r"\s+", "", text)
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


def _read(text: str) -> tuple[Decimal, str] | None:
    found = _READABLE.fullmatch(text)
    if found is None:
        return None
    try:
        return Decimal(found[1]) * _SCALES[found[2]], found[3]
    except InvalidOperation:
        return None
