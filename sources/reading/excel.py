"""Excel workbooks: a table somewhere on a sheet, with titles above, notes below, totals between.

Belongs here: finding the sheet and turning its table into rows of text. Does not belong here: where the table is
(`sheet_layout.py`), which fields it carries (`sources/admission`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from sources.contract.formats import ExcelFormat
from sources.reading.archive import ArchiveLimits, is_zip, member_names, refuse_harmful_archive
from sources.reading.quoting import identifier
from sources.reading.relation import Reading, Scan, SourceFile, UnreadableDelivery
from sources.reading.sheet_area import used_area
from sources.reading.sheet_layout import Table, locate_table
from warehouse.ledger.records import Treatment

# Above this a whole number in a cell has lost digits: a double holds 15 in full.
_EXACT_WHOLE = 10**15
# A workbook is held in memory as a whole; the largest report of a department unpacks to a few megabytes.
_WORKBOOK_LIMITS = ArchiveLimits(unpacked_bytes=512 << 20, of_contract=False)
# Excel puts a workbook with a password into a compound file (MS-OFFCRYPTO), as a part of this name.
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_BINARY_WORKBOOK = "xl/workbook.bin"
_ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")


def open_excel(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[SourceFile],
    form: ExcelFormat,
    wanted: Sequence[str],
    taken_apart: Sequence[str] = (),
) -> Reading:
    """Open the contract's sheets of each workbook; `_row` is the sheet's row number. `taken_apart`: globs of the
    columns of a wide table. Raises UnreadableDelivery."""
    scans: list[Scan] = []
    treatments: list[Treatment] = []
    named: list[SourceFile] = []
    for source in sources:
        found = _sheets(source, form)
        tables: list[tuple[SourceFile, Table]] = []
        missing: UnreadableDelivery | None = None
        for sheet_name, cells, merged in found:
            place = SourceFile(source.position, source.file_name, source.path, sheet_name)
            try:
                tables.append((place, locate_table(cells, merged, form, wanted, place, taken_apart)))
            except UnreadableDelivery as unreadable:
                if not _is_glob(form.sheet):
                    raise
                missing = unreadable
                zh, en = "该工作表没有合同的表头，未计入", "the sheet has no header of the contract; left out"
                treatments.append(Treatment("sheet_without_table", "flagged", "", 0, place.place(), zh, en))
        if not tables and missing is not None:
            raise missing
        for place, table in tables:
            treatments += table.treatments
            scans.append(_scan(connection, len(named), place, table))
            named.append(place)
    return Reading(sources=tuple(named), scans=tuple(scans), treatments=tuple(treatments))


_Sheet = tuple[str, list[list[str]], list[tuple[int, int, int, int]]]


def _is_glob(sheet: str | None) -> bool:
    return sheet is not None and any(letter in sheet for letter in "*?[")


def _sheets(source: SourceFile, form: ExcelFormat) -> list[_Sheet]:
    """Of each sheet that the contract names: its name, all cells as text from its corner, merged ranges (row, column,
    to row, to column)."""
    if is_zip(source.path):
        refuse_harmful_archive(source, _WORKBOOK_LIMITS)
        if _BINARY_WORKBOOK in member_names(source):
            raise _no_workbook(source)  # its cells cannot be counted beforehand
    try:
        if is_zip(source.path):
            _refuse_wide(source, form, *used_area(source))
        with source.path.open("rb") as file:
            workbook = CalamineWorkbook.from_filelike(file)
            return [_sheet(source, form, workbook.get_sheet_by_name(name)) for name in _chosen(source, form, workbook)]
    except PasswordError as error:
        raise _locked(source) from error
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _no_workbook(source) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine's own failure on damaged bytes is no Exception
            raise
        raise _no_workbook(source) from error


def _chosen(source: SourceFile, form: ExcelFormat, workbook: CalamineWorkbook) -> list[str]:
    names = list(workbook.sheet_names)
    if form.sheet is None:
        return [names[0]]
    if form.sheet in names:
        return [form.sheet]
    found = [name for name in names if _is_glob(form.sheet) and fnmatchcase(name, form.sheet)]
    if not found:
        raise _no_sheet(source, form.sheet, names)
    return found


def _sheet(source: SourceFile, form: ExcelFormat, sheet: CalamineSheet) -> _Sheet:
    _refuse_wide(source, form, sheet.total_height, sheet.total_width)
    cells = [[cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    return sheet.name, cells, [(*start, *end) for start, end in sheet.merged_cell_ranges or ()]


def _refuse_wide(source: SourceFile, form: ExcelFormat, height: int, width: int) -> None:
    if height * width > form.max_cells:
        raise UnreadableDelivery(
            f"文件 {source.label} 的工作表用到第 {height} 行、第 {width} 列，超过上限 {form.max_cells} 个单元格："
            "可能在远处留有带格式的空单元格。请删除表外的行和列后另存重报；数据确实这么多时请改报 CSV。",
            f"The sheet of file {source.label} reaches down to row {height} and column {width}, beyond the limit of "
            f"{form.max_cells} cells: there may be formatted empty cells far out. Delete the rows and columns outside "
            "the table, save it and send it again; if there is that much data, send CSV.",
        )


def _no_sheet(source: SourceFile, wanted: str, present: Sequence[str]) -> UnreadableDelivery:
    return UnreadableDelivery(
        f"文件 {source.label} 没有名为“{wanted}”的工作表；现有：{'、'.join(present)}。请改正表名后重报，或在合同里改 "
        "sheet。",
        f"File {source.label} has no sheet {wanted!r}; it has: {', '.join(present)}. Rename it and send again, or "
        "change sheet in the contract.",
    )


def _locked(source: SourceFile) -> UnreadableDelivery:
    return UnreadableDelivery(
        f"文件 {source.label} 设有打开密码。请去掉密码后重报。",
        f"File {source.label} is protected by a password. Remove it and send again.",
    )


def _no_workbook(source: SourceFile) -> UnreadableDelivery:
    with source.path.open("rb") as file:
        start = file.read(1 << 16)
    if start.startswith(_COMPOUND_FILE) and _ENCRYPTED_PART in start:
        return _locked(source)
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        return UnreadableDelivery(
            f"文件 {source.label} 是网页或 XML，只是改名为 Excel。请在 Excel 中打开后另存为 .xlsx 重报。",
            f"File {source.label} is a web page or XML under an Excel name. Open it in Excel, save it as .xlsx and "
            "send that.",
        )
    return UnreadableDelivery(
        f"文件 {source.label} 不是完整的 Excel 工作簿：可能被截断、损坏、加密，或为 .xlsb。请重新另存为 .xlsx 后重报。",
        f"File {source.label} is not a whole Excel workbook: cut short, damaged, encrypted, or an .xlsb. Save it as "
        ".xlsx again and send it.",
    )


def cell_text(cell: object) -> str:
    """A cell as the text that a person would write: whole numbers without fraction, dates in ISO form."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        # What lost digits stays in scientific form, so that a key is refused and not falsified.
        if not cell.is_integer():
            return repr(cell)
        return str(int(cell)) if abs(cell) < _EXACT_WHOLE else f"{cell:.16e}"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


def _scan(connection: duckdb.DuckDBPyConnection, index: int, source: SourceFile, table: Table) -> Scan:
    name = f"_sheet_{index}"
    width = len(table.header)
    data: dict[str, pa.Array] = {
        f"c{column}": pa.array([row[column] for row in table.rows], pa.string()) for column in range(width)
    }
    data["_row"] = pa.array(table.row_numbers, pa.int64())
    data["_source"] = pa.array([index] * len(table.rows), pa.int32())
    connection.register("_sheet_cells", pa.table(data))
    connection.execute(f"CREATE OR REPLACE TABLE {identifier(name)} AS SELECT * FROM _sheet_cells")
    connection.unregister("_sheet_cells")
    columns: dict[str, tuple[str, str]] = {}
    for label, column in table.columns.items():
        columns.setdefault(label, (f"c{column}", "VARCHAR"))
    factors: Mapping[str, Decimal] = {
        label: table.factors[column] for label, column in table.columns.items() if column in table.factors
    }
    return Scan(f"SELECT * FROM {identifier(name)}", columns, (source.label,), numbered=True, factors=factors)
