"""A downloaded workbook as an owner fills it in: opened and saved again by another program.

Belongs here: changing cells by column name and delivered row. Does not belong here: what a test expects. Like some
office programs, saving loses formats, protection and hidden rows; the cells are what counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook


def cells(workbook: Path, sheet: str = "更正") -> list[list[str]]:
    """All cells of a sheet as text."""
    book = CalamineWorkbook.from_path(workbook)
    return [[str(cell) for cell in row] for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]


def lines(workbook: Path) -> dict[int, dict[str, str]]:
    """Delivered row number -> the line's cells by column name."""
    _, names, *rest = cells(workbook)
    said = [dict(zip(names, row, strict=True)) for row in rest]
    return {int(line["_row"]): line for line in said}


def fill(workbook: Path, changes: Mapping[int, Mapping[str, str]], target: Path | None = None) -> Path:
    """Save the workbook with changed cells (delivered row -> column name -> text) to `target`, or over itself."""
    sheets = {name: cells(workbook, name) for name in CalamineWorkbook.from_path(workbook).sheet_names}
    names = sheets["更正"][1]
    for row in sheets["更正"][2:]:
        for name, text in changes.get(int(row[names.index("_row")]), {}).items():
            row[names.index(name)] = text
    with xlsxwriter.Workbook(target or workbook, {"strings_to_numbers": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return target or workbook
