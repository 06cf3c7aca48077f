"""Writing delivered files so that the same rows give the same bytes on every run, with the time of delivery as mtime.

Belongs here: containers (zip, Excel, Parquet, text) and their time stamps. Does not belong here: what is in them.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import xlsxwriter

_P = ParamSpec("_P")
# The earliest time that zip can store; the real time of delivery is the file's mtime.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WORKBOOK_TIME = datetime(2021, 1, 1, tzinfo=UTC)
# Fastest level: a larger one halves neither the file nor the time that anybody waits.
_DEFLATE_LEVEL = 1


@dataclass
class Outbox:
    """One department's folder. A file that is there already was delivered by an earlier simulation and stays."""

    folder: Path
    written: int = 0

    def deliver(
        self, name: str, delivered_at: datetime, content: Callable[_P, bytes], *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        """Write `content(...)` as `name` unless it is there; `delivered_at` (aware) becomes the modification time."""
        target = self.folder / name
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(target.name + ".part")
        unfinished.write_bytes(content(*args, **kwargs))
        os.utime(unfinished, (delivered_at.timestamp(), delivered_at.timestamp()))
        unfinished.replace(target)
        self.written += 1


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip archive of `members` in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, compresslevel=_DEFLATE_LEVEL)
    return buffer.getvalue()


def csv_bytes(table: pa.Table) -> bytes:
    """`table` as UTF-8 CSV with a header; text that needs it is quoted, nulls are empty."""
    sink = io.BytesIO()
    pa.csv.write_csv(table, sink, pa.csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def parquet_bytes(table: pa.Table) -> bytes:
    """`table` as Parquet (zstd)."""
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


@dataclass(frozen=True)
class Sheet:
    """One sheet as departments make them: title, unit, header, rows, total, notes. Dates become Excel dates."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]
    unit: str | None = None
    total: Sequence[object] | None = None
    notes: Sequence[str] = ()


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx workbook of `sheets`."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": _WORKBOOK_TIME, "author": ""})
        heading = book.add_format({"bold": True, "align": "center", "font_size": 14})
        head = book.add_format({"bold": True, "border": 1})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            last = len(sheet.header) - 1
            if last > 0:
                page.merge_range(0, 0, 0, last, sheet.title, heading)
            else:
                page.write(0, 0, sheet.title, heading)
            row = 1
            if sheet.unit:
                page.write(row, last, sheet.unit)
                row += 1
            page.write_row(row, 0, sheet.header, head)
            for values in [*sheet.rows, *([sheet.total] if sheet.total else [])]:
                row += 1
                for column, value in enumerate(values):
                    if value is not None:
                        page.write(row, column, value)
            for note in sheet.notes:
                row += 1
                page.write(row + 1, 0, note)
    return buffer.getvalue()
