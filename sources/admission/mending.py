"""Values that were read after a defined mending, and rows that are no data: what to call them, and when it is so.

Belongs here: the kinds of mending of a value, their conditions over the steps of `judgement.py`, their words, and
counting them. Does not belong here: reading a value (`values.py`), what concerns whole files (`treatments.py`).

A row's mendings are numbers in one list, so that counting them is one aggregate over the few rows that have any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from sources.admission.cells import Cell, as_text
from sources.admission.placing import PLACED, place_of
from sources.admission.spellings import has_aliases
from sources.contract.feed import Entity, Field
from sources.contract.formats import CsvFormat, ExcelFormat
from sources.contract.settings import Delivery
from sources.reading.quoting import literal
from sources.reading.relation import SourceFile
from sources.reading.scanning import rows
from warehouse.ledger.records import Treatment

# Of each value, in this order; a row's number of a mending is `field number * len(_KINDS) + place`.
_KINDS: Mapping[str, tuple[str, str]] = {
    "null_word": ("空值词（如“无”“-”“NULL”）按空值读取", "words for nothing (such as 无, -, NULL) read as no value"),
    "full_width_text": (
        "全角字符、全角空格或不可见字符已转为半角或去除",
        "full-width characters, ideographic spaces or invisible characters made plain",
    ),
    "white_space": ("首尾空白已去除", "white space at the ends removed"),
    "number_format": (
        "千分位、百分号、单位或中文数字已读作数值",
        "thousands separators, percent signs, units or Chinese numerals read as numbers",
    ),
    "date_format": (
        "日期写法与约定不同（如 2026/3/1、2026年3月1日、上午、序列值、时间戳），已统一",
        "dates in another form than agreed (such as 2026/3/1, 2026年3月1日, AM/PM, serial numbers, epochs) read",
    ),
    "sentinel_date": (
        "占位日期（如 1900-01-01、9999-12-31）按空值读取",
        "placeholder dates (such as 1900-01-01 or 9999-12-31) read as no value",
    ),
    "code_alias": (
        "代码以其他写法填写，已按代码表的别名换成代码",
        "codes in another spelling replaced by the code of the list",
    ),
    "zero_padded": ("丢失的前导零已按约定位数补齐", "lost leading zeros filled up to the agreed length"),
}
_CODES = tuple(_KINDS)
SUBTOTAL = "subtotal_row"
_PLAIN_NUMBER = "[+-]?[0-9]*[.]?[0-9]*([eE][+-]?[0-9]{1,2})?"


@dataclass(frozen=True, slots=True)
class Step:
    """Columns of a field's value on the way through `judgement.py`; None where a statement has no such step.

    `looked_at` is the trimmed text (NULL where the fast reading sufficed), `text` the same without words for nothing,
    `value` the typed value, `declared` the time as the contract's own formats read it, `sentinel` whether the value was
    a placeholder date.
    """

    cell: Cell
    value: str
    text: str
    looked_at: str | None = None
    declared: str | None = None
    sentinel: str | None = None


def mended(entity: Entity, delivery: Delivery, steps: Mapping[int, Step]) -> str:
    """SQL of a row's list of mendings, NULL when it has none. Fields are numbered as in the contract.

    A key cell that says 合计 makes a row of totals, the first of the rows that are no data.
    """
    found = [
        (number * len(_CODES) + _CODES.index(code), condition)
        for number, item in enumerate(entity.fields.values())
        if number in steps
        for code, condition in _conditions(item, steps[number])
    ]
    keys = [steps[number] for number, name in enumerate(entity.fields) if name in entity.key and number in steps]
    words = ", ".join(literal(word) for word in total_words(delivery))
    if keys and words:
        found.append((_base(entity), " OR ".join(f"{as_text(step.cell)} IN ({words})" for step in keys)))
    return _listed(found)


def with_exclusions(entity: Entity, mendings: str) -> str:
    """SQL of the list `mendings` with the contract's exclusions that hold for the row, over its typed fields."""
    found = [
        (_base(entity) + number, f"CAST(TRY({rule.expression}\n) AS BOOLEAN)")
        for number, rule in enumerate(entity.exclusions, 1)
    ]
    if not found:
        return mendings
    holds = " OR ".join(f"coalesce({condition}, false)" for _, condition in found)
    return f"CASE WHEN {holds} THEN list_concat({mendings}, {_listed(found)}) ELSE {mendings} END"


def no_data(entity: Entity, mendings: str) -> str:
    """Condition that a row is no data, by its list of mendings, whose last are the largest."""
    return f"coalesce({mendings}[-1] >= {_base(entity)}, false)"


def _listed(found: Sequence[tuple[int, str]]) -> str:
    if not found:
        return "CAST(NULL AS USMALLINT[])"
    anything = " OR ".join(f"({condition})" for _, condition in found)
    entries = ", ".join(f"CASE WHEN {condition} THEN {number}::USMALLINT END" for number, condition in found)
    return f"CASE WHEN {anything} THEN list_filter([{entries}], lambda mending: mending IS NOT NULL) END"


def total_words(delivery: Delivery) -> tuple[str, ...]:
    """What a key cell of a row of totals says, in formats that people fill in."""
    form = delivery.file.format if delivery.file is not None else None
    return form.total_words if isinstance(form, CsvFormat | ExcelFormat) else ()


def _conditions(item: Field, step: Step) -> list[tuple[str, str]]:
    text = as_text(step.cell)
    found: list[tuple[str, str]] = []
    if step.looked_at is not None:
        look = step.looked_at
        found.append(("null_word", f"{step.text} IS NULL AND {look} <> ''"))
        changed = f"{step.value} IS NOT NULL AND {look} <> {text}"
        if item.normalise is not False:
            ascii_only = f"strlen({text}) = length({text})"
            found.append(("full_width_text", f"{changed} AND NOT {ascii_only}"))
            found.append(("white_space", f"{changed} AND {ascii_only}"))
        if item.type in ("integer", "number") and not item.codes:
            odd = f"NOT regexp_full_match({step.text}, {literal(_PLAIN_NUMBER)})"
            found.append(("number_format", f"{step.value} IS NOT NULL AND {step.text} IS NOT NULL AND {odd}"))
        if step.declared is not None:
            undeclared = f"{step.value} IS NOT NULL AND {step.text} IS NOT NULL AND {step.declared} IS NULL"
            found.append(("date_format", undeclared))
        if item.zero_pad is not None:
            found.append(("zero_padded", f"length({step.text}) < length({step.value})"))
    if step.sentinel is not None:
        found.append(("sentinel_date", step.sentinel))
    if has_aliases(item) and item.type == "string":
        found.append(("code_alias", f"{step.value} <> {text}"))
    return found


def count_mended(
    connection: duckdb.DuckDBPyConnection, entity: Entity, sources: Sequence[SourceFile], rows_read: int
) -> list[Treatment]:
    """The mendings of the admitted rows, and the rows that are no data; `_placed` comes first."""
    found = rows(
        connection,
        "SELECT mending, count(*), arg_min({'file': _file, 'sheet': _sheet, 'row': _row}, _rid) FROM ("
        f"SELECT unnest(_mended) AS mending, _rid, _file, _sheet, _row, _ours, _reasons FROM {PLACED} "
        f"WHERE _mended IS NOT NULL) WHERE (_ours AND _reasons IS NULL) OR mending >= {_base(entity)} "
        "GROUP BY mending ORDER BY mending",
    )
    items = list(entity.fields.values())
    done: list[Treatment] = []
    for number, count, place in found:
        example = place_of(sources, place)
        if number >= _base(entity):
            code, zh, en = _no_data(entity)[number - _base(entity)]
            done.append(Treatment(code, "repaired", "", count, example, zh, en))
            continue
        item, code = items[number // len(_CODES)], _CODES[number % len(_CODES)]
        # Where most values come as aliases, that is how the department writes the code: nothing was mended.
        if code == "code_alias" and 2 * count > rows_read:
            continue
        zh, en = _KINDS[code]
        done.append(
            Treatment(code, "repaired", item.name, count, example, f"「{item.label_zh}」{zh}", f"{item.label_en}: {en}")
        )
    return done


def _base(entity: Entity) -> int:
    return len(entity.fields) * len(_CODES)


def _no_data(entity: Entity) -> list[tuple[str, str, str]]:
    total = (SUBTOTAL, "合计、小计行不是数据，未计入", "rows of totals are no data; left out")
    return [total, *((rule.name, rule.reason_zh, rule.reason_en) for rule in entity.exclusions)]
