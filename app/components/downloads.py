"""Failing rows and checks as files for the department: CSV and Excel.

Belongs here: writing the files. Does not belong here: which rows; masking (done before publishing).
Cells are text or numbers, never formulas: content of deliveries must not run in a spreadsheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import xlsxwriter

Cell = str | int | float | bool | None

# A text cell that begins with one of these is taken for a formula by spreadsheets (OWASP, CSV injection).
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDEST_COLUMN: Final = 60  # letters; longer texts wrap
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A titled table for a file: `heads` in order, rows as mappings from head to cell."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Mapping[str, Cell]]


def as_csv(sheet: Sheet) -> bytes:
    """CSV in UTF-8 with a byte order mark, so that Excel reads the Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(sheet.heads)
    for row in sheet.rows:
        writer.writerow([_harmless(row.get(head)) for head in sheet.heads])
    return text.getvalue().encode("utf-8-sig")


def as_excel(sheets: Sequence[Sheet]) -> bytes:
    """An Excel workbook with one worksheet for each table: frozen head, filter, widths after the content."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        head_format = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        cell_format = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title[:31])  # Excel's limit for a worksheet's name
            page.write_row(0, 0, sheet.heads, head_format)
            for position, row in enumerate(sheet.rows, start=1):
                for column, head in enumerate(sheet.heads):
                    page.write(position, column, row.get(head), cell_format)
            for column, head in enumerate(sheet.heads):
                longest = max([_width(head), *(_width(row.get(head)) for row in sheet.rows)])
                page.set_column(column, column, min(longest + 2, _WIDEST_COLUMN))
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.heads) - 1)
    return content.getvalue()


EXCEL_TYPE: Final = _XLSX
CSV_TYPE: Final = "text/csv"


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _width(cell: Cell) -> int:
    """Letters a cell takes; a Chinese character counts two."""
    return max(
        (sum(1 + (letter > "\u2e80") for letter in line) for line in str("" if cell is None else cell).split("\n")),
        default=0,
    )
