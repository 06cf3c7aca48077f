"""Where the table lies on a sheet: header by its labels, unit notes, totals, repeated headers, notes below.

Belongs here: the layout of sheets that people make. Does not belong here: opening workbooks (`excel.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from sources.contract.formats import ExcelFormat
from sources.reading.labels import find_label, plain, stated_unit, unit_cell, without_unit
from sources.reading.relation import SourceFile, UnreadableDelivery
from warehouse.ledger.records import Treatment

# Group, subgroup, label: deeper headers were not met.
_DEEPEST_HEADER = 3
_JOINTS = ("", "/", "-", "_", " ", "·", "|")
_ABOUT = "填表|填报|制表|审核|复核|单位负责|统计负责|负责|联系"
_WORD = f"(?:{_ABOUT}|注|备注|说明|数据来源)(?:人|员|单位|部门|机关|日期|时间|电话|方式)?"
# With a colon, or naming who signed, whatever stands beside it; alone in its row, a word of these and what follows.
_NOTE = re.compile(rf"[（(\[*※]?\s*(?:(?:{_WORD}|notes?|sources?)\s*\d*\s*[:：]|(?:{_ABOUT})人?$)", re.IGNORECASE)
_NOTE_ALONE = re.compile(rf"[（(\[*※]?\s*(?:{_WORD}(?:[\s\d.、]|$)|(?:notes?|sources?)\s*\d*$)", re.IGNORECASE)
# Rows of a sheet that are no data, or were completed: code, in Chinese, in English.
_NOTED = (
    ("subtotal_row", "合计、小计行不是数据，未计入", "rows of totals are no data; left out"),
    ("repeated_header", "重复的表头行未计入", "the header was repeated between the rows; left out"),
    ("remark_row", "表后的说明行未计入", "remarks below the table; left out"),
    ("merged_cells", "向下合并的单元格，其文字对每一行都有效", "cells merged downwards; their text holds for each row"),
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+%?")


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a sheet. `columns` maps each label that stands for a column, also joined ones of a deep header, to
    its number; `factors` holds factors to yuan by column; `rows` are as wide as `header`; row numbers are the
    sheet's."""

    header: tuple[str, ...]
    columns: Mapping[str, int]
    factors: Mapping[int, Decimal]
    rows: list[list[str]]
    row_numbers: list[int]
    treatments: tuple[Treatment, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    first: int
    last: int
    names: tuple[tuple[str, ...], ...]
    """Per column all names it may go by, the shortest first."""
    matched: Mapping[str, int]


def locate_table(
    cells: list[list[str]],
    merged: Sequence[tuple[int, int, int, int]],
    form: ExcelFormat,
    wanted: Sequence[str],
    source: SourceFile,
    taken_apart: Sequence[str] = (),
) -> Table:
    """Find the table whose header carries most of the `wanted` labels, and of the columns that the globs `taken_apart`
    name. Raises UnreadableDelivery when none does."""
    width = max((len(row) for row in cells), default=0)
    cells = [row + [""] * (width - len(row)) for row in cells]
    header = _find_header(cells, merged, form, wanted, taken_apart)
    if header is None:
        raise UnreadableDelivery(
            f"文件 {source.label} 前 {form.header_search_rows} 行内找不到表头；合同的列名：{'、'.join(wanted)}。"
            "请按合同表头重报，或在合同里登记新列名。",
            f"File {source.label}: no header within the first {form.header_search_rows} rows; the contract's columns: "
            f"{', '.join(wanted)}. Send it with these labels, or add the new ones to the contract.",
        )
    columns = {**_by_label(header.names), **header.matched}
    factors, body_start = _factors(cells, header)
    kept: list[list[str]] = []
    numbers: list[int] = []
    totals: list[int] = []
    repeated: list[int] = []
    total_words = {plain(word) for word in form.total_words}
    end = _table_end(cells, body_start, header)
    filled = _fill_merged(cells, merged, body_start, end)
    for index in range(body_start, end):
        row = cells[index]
        if not any(cell.strip() for cell in row):
            continue
        if _is_total(row, total_words):
            totals.append(index + 1)
        elif _repeats(row, header):
            repeated.append(index + 1)
        else:
            kept.append(row)
            numbers.append(index + 1)
    remarks = [number for number, row in enumerate(cells[end:], end + 1) if any(row)]
    treatments = tuple(
        Treatment(code, "repaired", "", len(rows), source.place(rows[0]), zh, en)
        for rows, (code, zh, en) in zip((totals, repeated, remarks, filled), _NOTED, strict=True)
        if rows
    )
    return Table(tuple(names[0] for names in header.names), columns, factors, kept, numbers, treatments)


def _by_label(headers: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """Column by its label. Of several columns with one label the first has it, and each the label joined with its
    groups, or numbered."""
    times = Counter(names[0] for names in headers)
    columns: dict[str, int] = {}
    for column, names in enumerate(headers):
        if not names[0] or times[names[0]] == 1:
            continue
        joined = names[1 + _JOINTS.index("/")] if len(names) > 1 else names[0]
        label, number = joined, 1
        while label in columns:
            number += 1
            label = f"{joined}_{number}"
        columns[label] = column
    for column, names in enumerate(headers):
        if names[0]:
            columns.setdefault(names[0], column)
    for column, names in enumerate(headers):
        if len(names) > 1:
            columns.setdefault(names[1 + _JOINTS.index("/")], column)
    return columns


def _find_header(
    cells: list[list[str]],
    merged: Sequence[tuple[int, int, int, int]],
    form: ExcelFormat,
    wanted: Sequence[str],
    taken_apart: Sequence[str],
) -> _Header | None:
    best: _Header | None = None
    most = (0, 0)
    for depth in range(1, _DEEPEST_HEADER + 1):
        for first in range(min(form.header_search_rows, len(cells) - depth + 1)):
            names = _names(cells, merged, first, first + depth - 1)
            flat = {name: column for column, known in reversed(list(enumerate(names))) for name in known if name}
            matched: dict[str, int] = {}
            for label in wanted:
                found = find_label(label, flat)
                if found is not None:
                    matched[label] = flat[found]
            apart = {
                column: known[-1]
                for column, known in enumerate(names)
                if any(fnmatchcase(plain(name), plain(pattern)) for name in known if name for pattern in taken_apart)
            }
            # Groups alone would tell the columns of a deep header that is taken apart not from one another.
            score = len({*matched.values(), *apart}), len(set(apart.values()))
            if matched and score > most:
                best, most = _Header(first, first + depth - 1, names, matched), score
    return best


def _names(
    cells: list[list[str]], merged: Sequence[tuple[int, int, int, int]], first: int, last: int
) -> tuple[tuple[str, ...], ...]:
    """Names of each column of a header from row `first` to `last`: its own label, and joined with its groups."""
    rows = [[" ".join(cell.split()) for cell in cells[row]] for row in range(first, last + 1)]
    for top, left, bottom, right in merged:
        if top < first or bottom > last or not rows[top - first][left]:
            continue
        for column in range(left, min(right + 1, len(rows[0]))):
            rows[top - first][column] = rows[top - first][left]
    for depth, row in enumerate(rows[:-1]):
        for column in range(1, len(row)):  # .xls tells no merged ranges: a blank right of a group belongs to it
            below = any(rows[deeper][column] for deeper in range(depth + 1, len(rows)))
            if not row[column] and below and row[column - 1] and not merged:
                row[column] = row[column - 1]
    names = []
    for column in range(len(rows[0])):
        parts = list(dict.fromkeys(row[column] for row in rows if row[column]))
        joined = [joint.join(parts) for joint in _JOINTS] if len(parts) > 1 else []
        names.append((parts[-1] if parts else "", *joined))
    return tuple(names)


def _factors(cells: list[list[str]], header: _Header) -> tuple[dict[int, Decimal], int]:
    """Factors to yuan by column (label, unit row below the header, note above it), and the first row of the body."""
    stated = next(
        (factor for row in cells[: header.last + 1] for cell in row if (factor := stated_unit(cell)) is not None), None
    )
    factors: dict[int, Decimal] = {}
    for column, names in enumerate(header.names):
        own = without_unit(names[0])[1] if names[0] else None
        if own is not None or stated is not None:
            factors[column] = own if own is not None else stated or Decimal(1)
    start = header.last + 1
    if start < len(cells):
        filled = {column: unit_cell(cell) for column, cell in enumerate(cells[start]) if cell.strip()}
        if filled and all(factor is not None for factor in filled.values()):
            factors |= {column: factor for column, factor in filled.items() if factor is not None}
            start += 1
    return factors, start


def _fill_merged(
    cells: list[list[str]], merged: Sequence[tuple[int, int, int, int]], start: int, end: int
) -> list[int]:
    """Write the text of cells merged downwards into each of their rows; gives the rows' numbers on the sheet.

    A number stays where it is: it may be one for all of these rows together. A year holds for each.
    """
    filled: set[int] = set()
    for top, left, bottom, _ in merged:
        text = cells[top][left].strip() if start <= top < bottom < end and left < len(cells[top]) else ""
        if not text or (_NUMBER.fullmatch(text) and not _YEAR.fullmatch(text)):
            continue
        for index in range(top + 1, bottom + 1):
            if not cells[index][left].strip():
                cells[index][left] = text
                filled.add(index + 1)
    return sorted(filled)


def _table_end(cells: list[list[str]], start: int, header: _Header) -> int:
    """Index after the last row of the table: blank rows, remarks and single cells below it are no rows."""
    columns = sorted(set(header.matched.values()))
    end = len(cells)
    while end > start:
        row = cells[end - 1]
        filled = [cell.strip() for cell in row if cell.strip()]
        mapped = sum(1 for column in columns if row[column].strip())
        lonely = mapped <= 1 and len(columns) > 2 and len(filled) <= 1
        note = bool(filled) and (_NOTE.match(filled[0]) or (len(filled) == 1 and _NOTE_ALONE.match(filled[0])))
        if filled and not lonely and not note:
            break
        end -= 1
    return end


def _is_total(row: list[str], words: Collection[str]) -> bool:
    """Whether a cell before the first number says 合计, 小计 and the like; `words` are plain."""
    for cell in row:
        text = plain(cell).rstrip(":")
        if _NUMBER.fullmatch(text):
            return False
        if text in words:
            return True
    return False


def _repeats(row: list[str], header: _Header) -> bool:
    """Whether the row is the header once more, as on a new printed page."""
    matched = set(header.matched.values())
    return len(matched) > 1 and all(plain(row[column]) == plain(header.names[column][0]) for column in matched)
