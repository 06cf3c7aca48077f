"""From delivered text to typed values: SQL expressions that follow from a field of the contract.

Every expression is NULL for what it cannot read; `judgement.py` tells such a value from a missing one. A value is read
in steps, each a column of a subquery: `fast` on the delivered cell, and only where that fails `spellings.looked_at`,
`spellings.without_null_words` and `slow`. A CASE evaluates its branches on their own rows alone, so clean deliveries
pay for `fast`. Belongs here: which expression reads which type. Does not belong here: the expressions, rules, reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

from sources.admission.cells import Cell, Steps, is_text
from sources.admission.number_values import factor_to_unit, fast_integer, fast_number, number_type, wide_number
from sources.admission.spellings import boolean, coded, coded_loosely, padded
from sources.admission.time_values import any_time, fast_date, fast_timestamp
from sources.contract.feed import Field
from sources.reading.quoting import literal


def fast(raw: Cell, item: Field) -> str | None:
    """SQL of the value for what needs no second look, NULL for the rest; None when the type has no fast form.

    Native values of Parquet, plain digits, ISO dates and times, codes as the list has them. Times may be local:
    `time_values.fast_is_local` tells.
    """
    form = _fast(raw, item)
    if form is None or not item.null_words or not is_text(raw.type):
        return form
    nothing = " OR ".join(f"{raw.sql} = {literal(word)}" for word in item.null_words)
    return f"CASE WHEN NOT ({nothing}) THEN {form} END"


def _fast(raw: Cell, item: Field) -> str | None:
    if item.crosswalk:
        return None
    if item.codes:
        return coded(raw.sql, item) if item.type == "string" and is_text(raw.type) else None
    match item.type:
        case "integer":
            return fast_integer(raw, item)
        case "number":
            return fast_number(raw, item)
        case "boolean":
            return raw.sql if raw.type == "BOOLEAN" else boolean(raw.sql, item) if is_text(raw.type) else None
        case "date":
            return fast_date(raw, item)
        case "timestamp":
            return fast_timestamp(raw, item)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Slow:
    """SQL of a value of any accepted spelling; `declared` of the same by the contract's own formats, for times."""

    value: str
    declared: str | None = None


def slow(text: str, raw: Cell, item: Field, zone: str, steps: Steps, *, chinese: bool, spreadsheet: bool) -> Slow:
    """SQL of the value of any accepted spelling. `text` is a column with the text to look at; `chinese` numerals are
    read where the connection has the function, days without format in a `spreadsheet`.

    Naive times are taken in `zone`; timestamps come out as naive UTC, dates as the district's own. What is used more
    than once becomes a column of `steps`.
    """
    if item.codes:
        code = coded_loosely(text, item)
        if item.type == "string":
            return Slow(f"coalesce({code}, {text})" if item.crosswalk else code)
        text = steps.add(-1, code)
    match item.type:
        case "integer":
            wide = steps.add(2, wide_number(text, item, factor_to_unit(raw, item), steps, chinese=chinese))
            return Slow(f"CASE WHEN {wide} = trunc({wide}) THEN TRY_CAST({wide} AS BIGINT) END")
        case "number":
            wide = wide_number(text, item, factor_to_unit(raw, item), steps, chinese=chinese)
            return Slow(f"TRY_CAST({wide} AS {number_type(item)})")
        case "boolean":
            return Slow(boolean(f"lower({text})", item))
        case "date":
            value, declared = any_time(text, item, zone, steps, local=True, spreadsheet=spreadsheet)
            return Slow(f"CAST({value} AS DATE)", declared)
        case "timestamp":
            return Slow(*any_time(text, item, zone, steps, local=False, spreadsheet=spreadsheet))
        case _:
            return Slow(padded(text, item))


def plain_type(item: Field) -> str:
    """DuckDB type of the field's value before any protection."""
    return number_type(item) if item.type == "number" else _PLAIN_TYPES[item.type]


_PLAIN_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
