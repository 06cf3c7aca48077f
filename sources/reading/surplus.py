"""Lines of delimited text with an empty field too many, which DuckDB reads as if their last separator were not there.

Where every line has one, the exporter ends lines with the separator, and nothing is wrong. Where some have one, a value
before it was split in two (an unquoted separator) and all that follows stands in the wrong column, unseen.
Does not belong here: fields too many that hold something, which the scan refuses by itself (`csv.py`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from sources.contract.formats import CsvFormat
from sources.reading.encoding import TextFile
from sources.reading.quoting import literal, struct
from sources.reading.scanning import rows

_CHUNK_BYTES = 1 << 18
# What is put into the field too many, so that the scan refuses the line; no delivered text.
_MARK = "?"
# Splits lines into records, as the format of the file says.
Splitter = Callable[[Iterable[str]], Iterable[list[str]]]


def has_surplus(
    connection: duckdb.DuckDBPyConnection, text: TextFile, form: CsvFormat, options: Mapping[str, str], width: int
) -> bool:
    """Whether some lines of `width` columns have an empty field too many, but not all.

    `options` are those of the scan that read the file. One such line alone shows no habit.
    """
    if not _ends_lines_in_nothing(text.path, form):
        return False
    surplus = _count(connection, text, options, width + 1, f"WHERE coalesce(c{width}, '') = ''")
    return surplus > 0 and (surplus == 1 or surplus < _count(connection, text, options, width))


def without_surplus(text: TextFile, quote: str, split: Splitter, *, skip: int, width: int, workspace: Path) -> TextFile:
    """A copy in which the fields too many hold something. `skip` lines before the header or the first row stay."""
    copy = workspace / f"surplus-{text.source.position}-{len(list(workspace.glob('surplus-*')))}"
    copy.touch(mode=0o600)  # delivered bytes may hold personal data
    # What cannot be decoded is written as it was read.
    with (
        text.path.open(encoding="utf-8", errors="surrogateescape", newline="") as reader,
        copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as writer,
    ):
        for _ in range(skip):
            writer.write(reader.readline())
        for record, delivered in _records(reader, split):
            surplus = len(record) > width and not any(record[width:])
            writer.write(_filled(delivered, quote) if surplus else delivered)
    return replace(text, path=copy)


def _count(
    connection: duckdb.DuckDBPyConnection, text: TextFile, options: Mapping[str, str], width: int, where: str = ""
) -> int:
    """Lines that can be read as `width` columns."""
    columns = struct({f"c{n}": "'VARCHAR'" for n in range(width)})
    settings = ", ".join(f"{name}={value}" for name, value in options.items())
    scan = f"read_csv({literal(str(text.path))}, {settings}, columns={columns}, ignore_errors=true)"
    ((count,),) = rows(connection, f"SELECT count(*) FROM {scan} {where}")
    return int(count)


def _ends_lines_in_nothing(path: Path, form: CsvFormat) -> bool:
    """Whether any line ends with a separator, or with a quoted nothing; most files have no such line."""
    ends = [form.delimiter.encode(), *([form.quote.encode() * 2] if form.quote else [])]
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            joined = before + chunk
            feed = b"\r\n" if b"\r\n" in joined else b"\n"
            if any(end + feed in joined for end in ends):
                return True
            before = joined[-4:]
    return before.endswith(tuple(ends))


def _records(lines: Iterator[str], split: Splitter) -> Iterator[tuple[list[str], str]]:
    """Each record with the text that it was read from; what cannot be split any more comes as records of nothing."""
    taken: list[str] = []

    def remembered() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    try:
        for record in split(remembered()):
            yield record, "".join(taken)
            taken.clear()
    except csv.Error:  # a value beyond Python's limit
        yield from (([], line) for line in (*taken, *lines))


def _filled(delivered: str, quote: str) -> str:
    line = delivered.rstrip("\r\n")
    end = delivered[len(line) :]
    return line.removesuffix(quote * 2) + _MARK + end
