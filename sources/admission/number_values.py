"""From text to numbers: exact decimals, thousands separators, percent signs, units, 万 and 亿.

Belongs here: SQL expressions for integers and numbers. Does not belong here: white space and words (`spellings.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from sources.admission.cells import Cell, Steps, is_text
from sources.contract.feed import DECIMAL_TYPE, Field
from sources.reading.labels import MONEY_UNITS
from sources.reading.quoting import literal

_MULTIPLE = "(千万|百万|十万|万亿|[千万亿%])"
_NUMBER = rf"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{{1,2}})? ?{_MULTIPLE}?"
# Comma, white space, thin spaces, apostrophe: one kind in a number.
_SPACES = " \u00a0\u2009\u202f"
_GROUPED = rf"[+-]?[0-9]{{1,3}}((,[0-9]{{3}})+|([{_SPACES}][0-9]{{3}})+|(['’][0-9]{{3}})+)([.][0-9]*)? ?{_MULTIPLE}?"
# Accountants write -12 as (12).
_IN_BRACKETS = r"^[(（]([^-+()（）]+)[)）]$"
_CURRENCY = r"^([-+]?) ?(?:[¥￥$€£]|rmb|cny|usd|eur|gbp)|(?:[¥￥$€£]|rmb|cny|usd|eur|gbp)$"
# Words of numbers; at least one of them counts, 万 alone does not.
_COUNTING = "零〇一二两三四五六七八九十壹贰叁肆伍陆柒捌玖拾"
_NUMERALS = f"负?[{_COUNTING}百佰千仟万亿点0-9]*[{_COUNTING}][{_COUNTING}百佰千仟万亿点0-9]*"
CHINESE_NUMBER = "chinese_number"
"""SQL function of a text of Chinese numerals; `numerals.py` makes it for the rare delivery that has any."""
# More places than `_WIDE` has, or an exponent that may lead there; places that rounding to it would lose.
_BEYOND_WIDE = "[0-9.][eE]|[.][0-9]{13}"
_LOST_PLACES = "[.][0-9]{12}[0-9]*[1-9]|[eE]-[0-9]{2}"
# Enough for any factor to yuan and six decimals; wider decimals cost ten times as much, so only the slow path has them.
_WIDE = "DECIMAL(38,12)"
_WHOLE_TYPES = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT", "HUGEINT")


def factor_to_unit(raw: Cell, item: Field) -> Decimal:
    """The factor that the money unit stated in the file gives a field in a money unit; else the contract's.

    A return that says 单位：元 is in yuan, whatever unit was agreed: departments change it without notice.
    """
    own = MONEY_UNITS.get(item.unit or "")
    return raw.factor / own if raw.factor is not None and own is not None else agreed_factor(item)


def agreed_factor(item: Field) -> Decimal:
    """The contract's factor to the field's unit."""
    return Decimal(1) if item.factor is None else Decimal(str(item.factor))


def number_type(item: Field) -> str:
    """DuckDB type of a number before any protection."""
    match = DECIMAL_TYPE.fullmatch(item.physical_type.strip()) if item.physical_type else None
    return f"DECIMAL({match[1]},{match[2]})" if match else "DOUBLE"


def fast_integer(raw: Cell, item: Field) -> str | None:
    """Plain digits, or a native whole number; None when there is no fast form."""
    if factor_to_unit(raw, item) != 1:
        return None
    if is_text(raw.type):  # 18 digits always fit; a point, an exponent or hexadecimal gets the second look
        return f"CASE WHEN regexp_full_match({raw.sql}, '-?[0-9]{{1,18}}') THEN TRY_CAST({raw.sql} AS BIGINT) END"
    if raw.type in _WHOLE_TYPES:
        return f"TRY_CAST({raw.sql} AS BIGINT)"
    return (
        f"CASE WHEN {raw.sql} = trunc({raw.sql}) THEN TRY_CAST({raw.sql} AS BIGINT) END"
        if _is_number(raw.type)
        else None
    )


def fast_number(raw: Cell, item: Field) -> str | None:
    """Plain decimals, or a native number; None when there is no fast form."""
    target, factor = number_type(item), factor_to_unit(raw, item)
    if is_text(raw.type):
        return _fast_scaled(raw, factor, target) if factor != 1 else (
            f"CASE WHEN regexp_full_match({raw.sql}, '-?[0-9]{{1,18}}([.][0-9]+)?') THEN TRY_CAST({raw.sql} AS "
            f"{target}) END"
        )  # fmt: skip
    if factor != 1:
        return None
    if raw.type in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({raw.sql}) THEN TRY_CAST({raw.sql} AS {target}) END"
    return f"TRY_CAST({raw.sql} AS {target})" if _is_number(raw.type) else None


def _fast_scaled(raw: Cell, factor: Decimal, target: str) -> str | None:
    """Ten digits and two decimals times a small factor stay within 18 digits, where decimals are fast."""
    if len(factor.as_tuple().digits) - min(0, int(factor.as_tuple().exponent)) > 5 or abs(factor) >= 10**5:
        return None
    plain = f"regexp_full_match({raw.sql}, '-?[0-9]{{1,10}}([.][0-9]{{1,2}})?')"
    return f"CASE WHEN {plain} THEN TRY_CAST(CAST({raw.sql} AS DECIMAL(12,2)) * {factor:f} AS {target}) END"


def with_decimal_point(raw: Cell, *, native: bool) -> Cell:
    """The cell of a delivery that writes 1.234,5: point and comma change places. Words stay, and native numbers.

    Where the format has `native` numbers too, which are read as text (a workbook, JSON), 1.5 is one of them: only a
    comma, or points between thousands, shows that somebody wrote the number.
    """
    if not is_text(raw.type):
        return raw
    written = f"regexp_matches({raw.sql}, '[0-9]')"
    if native:
        written += f" AND (contains({raw.sql}, ',') OR regexp_matches({raw.sql}, '[.][0-9]{{3}}[.]'))"
    swapped = f"CASE WHEN {written} THEN translate({raw.sql}, ',.', '.,') ELSE {raw.sql} END"
    return replace(raw, sql=f"({swapped})")


def _is_number(kind: str) -> bool:
    return kind in (*_WHOLE_TYPES, "UHUGEINT", "DOUBLE", "FLOAT") or kind.startswith("DECIMAL")


def in_chinese(text: str) -> str:
    """Condition that a text may be a number in Chinese words."""
    return f"regexp_matches({text}, '[{_COUNTING}]')"


def wide_number(text: str, item: Field, factor: Decimal, steps: Steps, *, chinese: bool) -> str:
    """Exact decimal of text: thousands separators, percent signs, the field's unit, 万 and 亿, exponents; `chinese`
    numerals where the connection has the function.

    A multiple in the cell itself (`12 万`) counts instead of the factor that the header states. A double where the
    field is one.
    """
    unit = f"|(?:{re.escape(item.unit)})$" if item.unit and item.unit != "%" else ""
    minus = f"regexp_replace({text}, '^[−–]', '-')"  # as typesetters and word processors write it
    signed = f"regexp_replace({minus}, {literal(_IN_BRACKETS)}, '-\\1')"
    bare = steps.add(0, f"trim(regexp_replace({signed}, {literal(f'(?i){_CURRENCY}{unit}')}, '\\1', 'g'))")
    digits = f"regexp_replace({bare}, {literal(f'[,{_SPACES}’]|' + chr(39))}, '', 'g')"
    ungrouped = steps.add(1, f"CASE WHEN regexp_full_match({bare}, {literal(_GROUPED)}) THEN {digits} ELSE {bare} END")
    multiples = " ".join(f"WHEN {literal(word)} THEN {times}" for word, times in _multiples(item, factor).items())
    words = f"regexp_full_match({ungrouped}, {literal(_NUMERALS)})"
    in_words = f" WHEN {words} THEN {CHINESE_NUMBER}({ungrouped})" if chinese else ""
    number = (
        f"CASE WHEN regexp_full_match({ungrouped}, {literal(_NUMBER)}) THEN rtrim({ungrouped}, '千百十万亿% ')"
        f"{in_words} END"
    )
    stated = f"CASE WHEN regexp_matches({ungrouped}, '^[-+.0-9]') THEN regexp_extract({ungrouped}, '{_MULTIPLE}$') END"
    times = f"CASE {stated} {multiples} ELSE {factor:f} END"
    exact = f"TRY(CAST(TRY_CAST({number} AS {_WIDE}) * ({times}) AS {_WIDE}))"
    if item.type == "integer":  # what has more places is no whole number, though it rounds to one
        return f"CASE WHEN NOT regexp_matches({ungrouped}, '{_LOST_PLACES}') THEN {exact} END"
    if number_type(item) != "DOUBLE":
        return exact
    # 1.5e-13 is no zero, and 6e30 no mistake, where the field has no fixed places.
    double = f"TRY_CAST({number} AS DOUBLE) * CAST(({times}) AS DOUBLE)"
    return f"CASE WHEN regexp_matches({ungrouped}, '{_BEYOND_WIDE}') THEN {double} ELSE CAST({exact} AS DOUBLE) END"


_TIMES: Mapping[str, Decimal] = {
    "千": Decimal(1_000),
    "万": Decimal(10_000),
    "十万": Decimal(100_000),
    "百万": Decimal(1_000_000),
    "千万": Decimal(10_000_000),
    "亿": Decimal(100_000_000),
    "万亿": Decimal(1_000_000_000_000),
}


def _multiples(item: Field, factor: Decimal) -> Mapping[str, str]:
    """Word -> factor to the field's unit: in a field in 万元, `12 万` are 12."""
    unit = item.unit or ""
    own = next((times for word, times in _TIMES.items() if unit in (word, f"{word}元")), Decimal(1))
    percent = factor if unit == "%" else factor / 100
    return {word: f"{times / own:f}" for word, times in _TIMES.items()} | {"%": f"{percent:f}"}
