"""Workbooks as grids of cells, so that a fault can change a cell, a row or the layout.

Belongs here: reading a delivered workbook into rows and writing them again. Does not belong here: any fault (`kinds/`).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

Grid = list[list[Any]]
_WORKBOOK_TIME = datetime(2021, 1, 1, tzinfo=UTC)  # the same rows give the same bytes


def grids(path: Path) -> dict[str, Grid]:
    """Sheet name -> rows of cells; an empty cell is an empty text."""
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def workbook_of(sheets: Mapping[str, Grid]) -> bytes:
    """A workbook of `sheets`. Texts stay texts, also those that look like numbers."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": _WORKBOOK_TIME, "author": ""})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is None or value == "":
                        continue
                    if isinstance(value, str):
                        page.write_string(number, column, value)
                    elif isinstance(value, date):
                        page.write_datetime(number, column, value)
                    else:
                        page.write(number, column, value)
    return buffer.getvalue()


def header_row(rows: Grid, label: str) -> int:
    """Number of the row that has `label` in a cell."""
    return next(number for number, row in enumerate(rows) if label in row)


def data_rows(rows: Grid, label: str) -> list[int]:
    """Numbers of the rows below the header that have a running number in their first cell."""
    head = header_row(rows, label)
    return [n for n in range(head + 1, len(rows)) if rows[n] and isinstance(rows[n][0], int | float)]
