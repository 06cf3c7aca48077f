"""What reading hands to admission: scans of a delivery, and rows that could not be read.

Belongs here: the records, and the error for a delivery that is unreadable as a whole.
Does not belong here: how any format is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb

from warehouse.ledger.records import BatchMode, Treatment

FILE_NAME = "_file_name"
SHEET = "_sheet"
"""Source columns of every file delivery: the file's path below its server, the sheet or archive member."""


class UnreadableDelivery(Exception):
    """The delivery cannot be read as a whole; `zh` and `en` name the file, the place and the remedy."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(f"{zh} / {en}")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One readable file: a landed file, or a member unpacked from one (`sheet` is then its name)."""

    position: int
    file_name: str
    path: Path
    sheet: str | None = None

    @property
    def label(self) -> str:
        """What a person calls the file."""
        return f"{self.file_name}（{self.sheet}）" if self.sheet else self.file_name

    def place(self, row: int | None = None) -> str:
        """A place in it, as treatments name it: file, sheet, row."""
        return " / ".join(str(part) for part in (self.file_name, self.sheet, row) if part is not None)


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be split into columns. `source` is the index in the reading's `sources`, `row` as in
    `Reading`."""

    source: int
    row: int
    code: str
    value: str
    """What was found there; never the delivered text, which may hold personal data."""


BROKEN_ROW_REASONS: Mapping[str, tuple[str, str]] = {
    "too_few_columns": (
        "列数少于表头：可能缺少分隔符，或该行被截断；请补全后重报",
        "fewer columns than the header: a separator is missing or the row was cut; complete it and send again",
    ),
    "too_many_columns": (
        "列数多于表头：字段内含未加引号的分隔符；请给该字段加双引号后重报",
        "more columns than the header: a value holds an unquoted separator; put it in double quotes and send again",
    ),
    "broken_quotes": (
        "双引号不成对；请把字段内的双引号写成两个后重报",
        "double quotes do not pair; write a quote inside a value twice and send again",
    ),
    "line_too_long": ("该行过长；请检查换行符", "the line is too long; look at its line ends"),
    "undecodable": (
        "该行含无法解码的字节；请另存为 UTF-8 后重报",
        "bytes that no encoding fits; save as UTF-8 and send again",
    ),
    "broken_json": (
        "不是完整的 JSON；请核对该行的括号与引号",
        "not a complete JSON text; look at its brackets and quotes",
    ),
    "broken_message": (
        "该消息不是完整的数据块：可能被网关截断；请核对网关的打包程序后重发",
        "the message is not a whole block: the gateway may have cut it; look at its packing and send again",
    ),
    "no_record_list": (
        "该行在合同约定的位置没有记录列表；请核对该行的结构",
        "no list of records where the contract has it; look at how the line is made up",
    ),
    "not_a_record": (
        "不是 JSON 对象（应为 {…}）；请一行写一个对象",
        "not a JSON object ({...}); write one object a line",
    ),
}
"""Code -> what is wrong and what to do, in Chinese and English."""


# Rows whose values may stand in the wrong columns.
UNSPLIT_CODES = ("too_few_columns", "too_many_columns", "broken_quotes", "line_too_long")


@dataclass(frozen=True, slots=True)
class Scan:
    """Rows of files with one header. `query` is a SELECT giving `_source` (index of the source file), `_row` when
    `numbered`, and one column a source column.

    `columns` maps a source column's name to its SQL in the query's scope and its DuckDB type. `closed` says that the
    file states its columns; otherwise (JSON) they are the ones asked for, and a missing one is NULL in every row.
    `counted` says that `_row` is a running number, which expressions may use but which places nothing.
    `exact` is false where long decimals may have lost digits. `factors` are unit factors that the sheet itself states.
    """

    query: str
    columns: Mapping[str, tuple[str, str]]
    labels: tuple[str, ...]
    closed: bool = True
    numbered: bool = False
    counted: bool = False
    exact: bool = True
    factors: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Irregularities:
    """What a scan brought to light: rows it left out because they are broken, and broken ones among the scanned
    (`spoilt`, by source and ordinal from 0).

    `gaps` lists, per source, row numbers that the scan skipped (blank or broken lines); `again` is a better reading of
    the same files when the first guess of the encoding was wrong.
    """

    broken: tuple[BrokenRow, ...] = ()
    spoilt: Mapping[tuple[int, int], BrokenRow] = field(default_factory=dict)
    gaps: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    again: Reading | None = None


# Called after the scan with the connection and, per source, the ordinals (from 0) of rows without any wanted value.
AfterScan = Callable[[duckdb.DuckDBPyConnection, Mapping[int, tuple[int, ...]]], Irregularities]


@dataclass(frozen=True, slots=True)
class Reading:
    """A delivery opened for one scan.

    Row numbers are those a person finds: the sheet's row in Excel, the line in NDJSON, the record (header and blank
    lines counted) in CSV, the running record in pages and documents. `first_rows` has the number of each source's first
    row, from which the scanned rows count up past the gaps; None = the query brings `_row`. `running` numbers rows on
    from one source of a landed file to the next.
    """

    sources: tuple[SourceFile, ...]
    scans: tuple[Scan, ...]
    first_rows: tuple[int, ...] | None = None
    running: bool = False
    encoding: str | None = None
    mode: BatchMode | None = None
    after_scan: AfterScan | None = None
    exactly: Callable[[], Reading] | None = None
    """The same files with every digit kept, slower; for a scan that is not exact."""
    diagnose: Callable[[], None] | None = None
    """Raises UnreadableDelivery naming the file when the scan failed."""
    keys: Callable[[duckdb.DuckDBPyConnection], list[str]] | None = None
    """Keys that the first records have, for the message when none is ours."""
    broken: tuple[BrokenRow, ...] = ()
    rows_declared: int | None = None
    """How many rows the files themselves say they have (a trailer)."""
    treatments: tuple[Treatment, ...] = ()
    """What reading the files needed: total rows left out, remarks below a table."""
