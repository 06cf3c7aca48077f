"""How people spell text: white space, full-width characters, words for nothing, for yes and no, for codes.

Belongs here: SQL expressions over text alone. Does not belong here: numbers (`number_values.py`), times
(`time_values.py`), the order in which a value is read (`values.py`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from sources.contract.feed import Field
from sources.reading.quoting import literal

# What departments write for "nothing" (fault F24); a contract adds its own words.
NULL_WORDS = ("NULL", "null", "Null", "\\N", "N/A", "n/a", "#N/A", "-", "--", "—", "——", "/", "无", "空", "空值")
# What pandas and R write for a missing number.
NULL_NUMBERS = ("NaN", "nan", "NA")
TRUE_WORDS = ("true", "t", "1", "1.0", "yes", "y", "是", "有", "√", "真", "已", "启用")
FALSE_WORDS = ("false", "f", "0", "0.0", "no", "n", "否", "无", "×", "假", "未", "停用")
# White space as people paste it: ASCII, NBSP, the ideographic space, zero-width characters, a stray byte order mark.
_ASCII_SPACES = " \t\r\n"
_SPACES = _ASCII_SPACES + "\u00a0\u3000\u200b\u200c\u200d\ufeff"


@cache
def _plain_forms(*, marks: bool) -> tuple[str, str]:
    """Characters that NFKC turns into one other character, and those characters, in the blocks that keyboards produce:
    full width, and with `marks` super- and subscript, circled. The table is short because every expression carries
    it."""
    blocks = (
        *(((0x00B2, 0x00BA), (0x2070, 0x2090), (0x2460, 0x2469)) if marks else ()),
        (0x3000, 0x3001),
        (0xFF01, 0xFF5F),
        (0xFFE0, 0xFFE7),
    )
    pairs = [
        (chr(code), form)
        for start, end in blocks
        for code in range(start, end)
        if len(form := unicodedata.normalize("NFKC", chr(code))) == 1 and form != chr(code)
    ]
    return "".join(old for old, _ in pairs), "".join(new for _, new in pairs)


def nfkc(sql: str, *, marks: bool = True) -> str:
    """Unicode NFKC of text, for the characters that have a form of one character.

    Without `marks` super- and subscripts and circled figures stay: behind a number they are footnotes, not digits.
    """
    old, new = _plain_forms(marks=marks)
    return f"translate({sql}, {literal(old)}, {literal(new)})"


def looked_at(sql: str, item: Field) -> str:
    """The text that a value is read from: without white space around it, and for codes, numbers and times with plain
    forms of characters. `normalise: false` keeps the text to the letter.

    Most text is ASCII without space at its ends, which is cheap to see; only the rest is trimmed.
    """
    if item.normalise is False:
        return sql
    folds = item.normalise or (item.normalise is None and (bool(item.codes) or item.type != "string"))
    ends = " OR ".join(f"suffix({sql}, {literal(space)})" for space in _ASCII_SPACES)
    clean = f"strlen({sql}) = length({sql}) AND {sql} >= '!' AND NOT ({ends})"
    if folds:
        marks = item.type not in ("integer", "number")
        return f"CASE WHEN {clean} THEN {sql} ELSE {_trim(nfkc(sql, marks=marks))} END"
    edge = f"^[{_SPACES}]|[{_SPACES}]$"
    return f"CASE WHEN {clean} THEN {sql} WHEN regexp_matches({sql}, {literal(edge)}) THEN {_trim(sql)} ELSE {sql} END"


def _trim(sql: str) -> str:
    return f"trim({sql}, {literal(_SPACES)})"


def null_words(item: Field) -> tuple[str, ...]:
    """Words that mean "nothing" in this field; an accepted spelling of its code list is none."""
    known = set(item.codes) | set(item.true_words) | set(item.false_words)
    if item.type == "boolean":
        known |= set(TRUE_WORDS) | set(FALSE_WORDS)
    words = (*NULL_WORDS, *(NULL_NUMBERS if item.type in ("integer", "number") else ()), *item.null_words)
    return tuple(word for word in dict.fromkeys(words) if word not in known)


def without_null_words(text: str, item: Field) -> str:
    """NULL for a word that means nothing."""
    words = ["", *(item.null_words if item.normalise is False else null_words(item))]
    # Not IN: DuckDB would make a join of it. Few values are as short as the longest of these words.
    cases = " ".join(f"WHEN {literal(word)} THEN NULL" for word in words)
    longest = max(len(word.encode()) for word in words)
    return f"CASE WHEN strlen({text}) > {longest} THEN {text} ELSE CASE {text} {cases} ELSE {text} END END"


def coded(text: str, item: Field) -> str:
    """Spelling to code, to the letter."""
    return _choice(text, item.codes)


def coded_loosely(text: str, item: Field) -> str:
    """Spelling to code without regard to width and case; `text` is folded already."""
    folded: dict[str, str] = {}
    for spelling, code in item.codes.items():
        folded.setdefault(unicodedata.normalize("NFKC", spelling).lower(), code)
    loose = _choice(f"lower({text})", folded)
    if all(folded[unicodedata.normalize("NFKC", spelling).lower()] == code for spelling, code in item.codes.items()):
        return loose
    return f"coalesce({coded(text, item)}, {loose})"  # spellings that differ in case alone mean different codes


def _choice(sql: str, choices: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in choices.items())
    return f"CASE {sql} {cases} END"


def boolean(text: str, item: Field) -> str:
    """Yes or no by the contract's words, else by ours; all are lower case."""
    # A contract's own words win over ours on the other side.
    own = {word.lower() for word in (*item.true_words, *item.false_words)}
    true = [word.lower() for word in item.true_words] or [word for word in TRUE_WORDS if word not in own]
    false = [word.lower() for word in item.false_words] or [word for word in FALSE_WORDS if word not in own]
    cases = [
        f"WHEN {literal(word)} THEN {said}" for said, words in (("true", true), ("false", false)) for word in words
    ]
    return f"CASE {text} {' '.join(cases)} END"


def has_aliases(item: Field) -> bool:
    """Whether codes may be spelled otherwise than as themselves."""
    return any(spelling != code for spelling, code in item.codes.items())


def padded(text: str, item: Field) -> str:
    """A code of digits with the leading zeros that a spreadsheet dropped."""
    if item.zero_pad is None:
        return text
    short = f"regexp_full_match({text}, '[0-9]{{1,{max(1, item.zero_pad - 1)}}}')"
    return f"CASE WHEN {short} THEN lpad({text}, {item.zero_pad}, '0') ELSE {text} END"
