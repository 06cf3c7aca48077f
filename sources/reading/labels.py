"""Column labels as people write them: spaces, line breaks, full-width brackets, a unit behind.

Belongs here: comparing labels and the money units that sheets state. Does not belong here: fields of a contract.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

# What one unit is in yuan.
MONEY_UNITS: Mapping[str, Decimal] = {
    "亿元": Decimal("100000000"),
    "千万元": Decimal("10000000"),
    "百万元": Decimal("1000000"),
    "十万元": Decimal("100000"),
    "万元": Decimal("10000"),
    "千元": Decimal("1000"),
    "百元": Decimal("100"),
    "元": Decimal("1"),
    "角": Decimal("0.1"),
    "分": Decimal("0.01"),
}
_UNIT = "|".join(sorted(MONEY_UNITS, key=len, reverse=True))
_UNIT_NOTE = re.compile(rf"单位[:：]?(?:人民币)?({_UNIT})(?![一-龥])")
_UNIT_SUFFIX = re.compile(rf"[(（\[]?(?:单位[:：]?)?({_UNIT})[)）\]]$")
_UNIT_CELL = re.compile(rf"[(（]?(?:单位[:：]?)?({_UNIT})[)）]?")


# Looking for a header compares the same few hundred labels a hundred thousand times.
@lru_cache(maxsize=20_000)
def plain(label: str) -> str:
    """The label for comparison: NFKC, without white space and zero-width characters, lower case."""
    text = unicodedata.normalize("NFKC", label)
    return "".join(c for c in text if not c.isspace() and c not in "\u200b\u200c\u200d\ufeff").casefold()


def find_label(wanted: str, labels: Iterable[str]) -> str | None:
    """The first of `labels` that is `wanted`: to the letter, else compared plainly, else without its money unit."""
    known = list(labels)
    if wanted in known:
        return wanted
    target = plain(wanted)
    for form in (plain, lambda label: plain(without_unit(label)[0])):
        for label in known:
            if form(label) == target:
                return label
    return None


@lru_cache(maxsize=20_000)
def without_unit(label: str) -> tuple[str, Decimal | None]:
    """`交易额（万元）` as (`交易额`, 10000); a label without a money unit behind comes back as it is."""
    text = label.strip()
    match = _UNIT_SUFFIX.search(text)
    if match is None or not match.start():
        return text, None
    return text[: match.start()].rstrip(), MONEY_UNITS[match[1]]


def stated_unit(text: str) -> Decimal | None:
    """The factor to yuan that a note such as `单位：万元` states."""
    match = _UNIT_NOTE.search("".join(unicodedata.normalize("NFKC", text).split()))
    return MONEY_UNITS[match[1]] if match else None


def unit_cell(text: str) -> Decimal | None:
    """The factor to yuan of a cell that holds a unit and nothing else."""
    match = _UNIT_CELL.fullmatch("".join(text.split()))
    return MONEY_UNITS[match[1]] if match else None
