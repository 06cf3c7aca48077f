"""CSV: header or positional columns, ragged lines as broken rows, true row numbers.

Belongs here: what is particular to delimited text. DuckDB parses; this module says how and explains what it refused.
Does not belong here: encodings (`encoding.py`), types and fields (`sources/admission`).
"""

from __future__ import annotations

import csv
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from sources.contract.formats import CsvFormat
from sources.reading.encoding import TextFile, as_utf8, encoding_treatments
from sources.reading.labels import find_label, stated_unit, without_unit
from sources.reading.quoting import literal, literals, struct
from sources.reading.relation import BrokenRow, Irregularities, Reading, Scan, SourceFile, UnreadableDelivery
from sources.reading.scanning import rows, source_index
from sources.reading.surplus import has_surplus, without_surplus
from sources.reading.trailer import end_before, take_trailer
from warehouse.ledger.records import Treatment

if TYPE_CHECKING:
    from _csv import _reader as _Reader

# Beyond this a "line" is a quote that was never closed; the longest real rows (free text) stay far below.
_LONGEST_LINE_BYTES = 8 << 20
# Records looked at to learn the number of columns of a file without header.
_PROBED_RECORDS = 100
_CHUNK_BYTES = 1 << 18
_CODES = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "UNQUOTED VALUE": "broken_quotes",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
    "INVALID ENCODING": "undecodable",
}


@dataclass(frozen=True, slots=True)
class _Header:
    """Column names, how many lines lie before the header (or the first row), how many of them are a title, and the
    factor to yuan that a note there states."""

    names: tuple[str, ...]
    skip: int
    titles: int = 0
    factor: Decimal | None = None


def open_csv(
    sources: Sequence[SourceFile],
    form: CsvFormat,
    wanted: Sequence[str],
    workspace: Path,
    *,
    strictly: bool = False,
) -> Reading:
    """Open delimited files; those with the same header share a scan. `wanted` are the labels that a header may carry.

    Raises UnreadableDelivery.
    """
    texts = [as_utf8(source, form.encoding, workspace, strictly=strictly) for source in sources]
    treatments = encoding_treatments(texts, form.encoding)
    declared: int | None = None
    if form.trailer is not None:
        trailers = [take_trailer(text, form.trailer, workspace) for text in texts]
        texts = [trailer.text for trailer in trailers]
        counts = [trailer.rows for trailer in trailers if trailer.rows is not None]
        declared = sum(counts) if counts and len(counts) == len(texts) else None
    if form.ends_before is not None:
        ended = [end_before(text, form.ends_before, form.skip_rows, workspace) for text in texts]
        texts = [end.text for end in ended]
        zh, en = "表后的说明行未计入", "remarks below the table; left out"
        treatments += [
            Treatment("remark_row", "repaired", "", end.lines, end.text.source.place(end.line), zh, en)
            for end in ended
            if end.lines
        ]
    return _reading(texts, form, wanted, workspace, declared=declared, treatments=treatments, strictly=strictly)


def _reading(
    texts: Sequence[TextFile],
    form: CsvFormat,
    wanted: Sequence[str],
    workspace: Path,
    *,
    declared: int | None,
    treatments: Sequence[Treatment],
    strictly: bool,
    looked: bool = False,
) -> Reading:
    """`treatments` are those of the files; `looked` says that fields too many were looked for already."""
    groups: dict[_Header, list[int]] = defaultdict(list)
    titles = []
    for index, text in enumerate(texts):
        header = _header(text, form, wanted)
        groups[header].append(index)
        if header.titles:
            zh, en = "表头之上的标题行未计入", "title rows above the header; left out"
            place = text.source.place(form.skip_rows + 1)
            titles.append(Treatment("title_row", "repaired", "", header.titles, place, zh, en))
    again = partial(_reading, form=form, wanted=wanted, workspace=workspace, declared=declared, treatments=treatments,
                    strictly=strictly, looked=True)  # fmt: skip
    return Reading(
        sources=tuple(text.source for text in texts),
        scans=tuple(_scan(texts, members, header, form) for header, members in groups.items()),
        first_rows=_first_rows(groups, form),
        encoding="、".join(dict.fromkeys(text.encoding for text in texts)),
        rows_declared=declared,
        treatments=(*treatments, *titles),
        after_scan=partial(
            _explain,
            texts=texts,
            headers={index: header for header, members in groups.items() for index in members},
            form=form,
            wanted=wanted,
            workspace=workspace,
            strictly=strictly,
            again=None if looked else again,
        ),
    )


def _first_rows(groups: Mapping[_Header, list[int]], form: CsvFormat) -> tuple[int, ...]:
    skips = {index: header.skip for header, members in groups.items() for index in members}
    return tuple(skips[index] + (2 if form.header else 1) for index in sorted(skips))


def _header(text: TextFile, form: CsvFormat, wanted: Sequence[str]) -> _Header:
    """The line that carries most of our labels; the first one that is not blank where none carries any."""
    records: list[tuple[int, list[str]]] = []  # lines before the record, its cells
    with text.path.open(encoding="utf-8", newline="", errors="replace") as file:
        reader = _split(itertools.islice(file, form.skip_rows, None), form)
        try:
            for _ in range(_PROBED_RECORDS):
                before = reader.line_num
                record = next(reader, None)
                if record is None:
                    break
                if record:
                    records.append((before, record))
        except csv.Error:  # a value beyond Python's limit: DuckDB's rejects tell where
            if not records:
                raise UnreadableDelivery(
                    f"文件 {text.source.label} 第 {form.skip_rows + 1} 行起无法分列：该行过长。"
                    "请核对换行符与分隔符后重报。",
                    f"File {text.source.label} cannot be split from line {form.skip_rows + 1} on: the line is too "
                    "long. Look at line ends and separators and send it again.",
                ) from None
    if form.header:
        if not records:
            raise UnreadableDelivery(
                f"文件 {text.source.label} 没有表头：第 {form.skip_rows + 1} 行起为空。请带表头重新报送。",
                f"File {text.source.label} has no header: it is empty from line {form.skip_rows + 1} on. Send it "
                "again with its header.",
            )
        found = [_labels(record, wanted) for _, record in records[: form.header_search_rows]]
        place = found.index(max(found))
        before, record = records[place]
        names = tuple(name.strip("\ufeff\u200b\u00a0\u3000 \t") or f"column{n}" for n, name in enumerate(record, 1))
        notes = (stated_unit(cell) for _, title in records[:place] for cell in title)
        return _Header(names, form.skip_rows + before, place, next((factor for factor in notes if factor), None))
    width = Counter(len(record) for _, record in records).most_common(1)[0][0] if records else 1
    before = records[0][0] if records else 0
    return _Header(tuple(f"column{n}" for n in range(1, width + 1)), form.skip_rows + before)


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that came before."""
    seen: Counter[str] = Counter()
    distinct: list[str] = []
    for name in names:
        seen[name] += 1
        number = seen[name]
        while number > 1 and f"{name}_{number}" in names:
            number += 1
        distinct.append(name if number == 1 else f"{name}_{number}")
    return distinct


def _split(lines: Iterable[str], form: CsvFormat) -> _Reader:
    if not form.quote:
        return csv.reader(lines, delimiter=form.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote)


def _labels(record: Sequence[str], wanted: Sequence[str]) -> int:
    """How many of the wanted labels the record carries."""
    return len({found for label in wanted if (found := find_label(label, record)) is not None})


def _scan(texts: Sequence[TextFile], members: Sequence[int], header: _Header, form: CsvFormat) -> Scan:
    columns = {f"c{n}": "'VARCHAR'" for n in range(len(header.names))}
    options = _options(header, form) | {"columns": struct(columns), "store_rejects": "true", "rejects_limit": "0"}
    files = literals(str(texts[index].path) for index in members)
    call = f"read_csv([{files}], {', '.join(f'{name}={value}' for name, value in options.items())})"
    named = {name: (f"c{n}", "VARCHAR") for n, name in enumerate(_told_apart(header.names))}
    return Scan(
        query=f"SELECT *, {source_index(members)} AS _source FROM {call}",
        columns=named,
        labels=tuple(texts[index].source.label for index in members),
        factors={name: header.factor for name in named if header.factor is not None and not without_unit(name)[1]},
    )


def _options(header: _Header, form: CsvFormat) -> dict[str, str]:
    return {
        "auto_detect": "false",
        "header": str(form.header).lower(),
        "skip": str(header.skip),
        "delim": literal(form.delimiter),
        "quote": literal(form.quote),
        "escape": literal(form.quote),
        "max_line_size": str(_LONGEST_LINE_BYTES),
    }


def _explain(
    connection: duckdb.DuckDBPyConnection,
    _empty: Mapping[int, tuple[int, ...]],
    *,
    texts: Sequence[TextFile],
    headers: Mapping[int, _Header],
    form: CsvFormat,
    wanted: Sequence[str],
    workspace: Path,
    strictly: bool,
    again: Callable[[Sequence[TextFile]], Reading] | None,
) -> Irregularities:
    """Rejected lines as broken rows, blank lines as gaps; `again` reads copies whose bad lines the scan refuses."""
    index_of = {str(text.path): index for index, text in enumerate(texts)}
    broken: dict[tuple[int, int], BrokenRow] = {}
    for file, line, kind, content, expected in _rejected(connection):
        source = index_of.get(file)
        if source is None:  # of an earlier scan, before the file was copied to UTF-8
            continue
        code = _CODES.get(kind, "broken_quotes")
        if code == "undecodable" and not strictly:
            strict = open_csv([text.source for text in texts], form, wanted, workspace, strictly=True)
            return Irregularities(again=strict)
        _refuse_damaged(texts[source], line, code, content)
        broken.setdefault((source, line), BrokenRow(source, line, code, _shape(content, expected, form)))
    if again is not None:
        copies = [_without_surplus(connection, text, headers[n], form, workspace) for n, text in enumerate(texts)]
        if copies != list(texts):
            return Irregularities(again=again(copies))
    gaps: dict[int, tuple[int, ...]] = {}
    for source, text in enumerate(texts):
        lines = {line for file, line in broken if file == source} | set(_blank_rows(text, form))
        if lines:
            gaps[source] = tuple(sorted(lines))
    return Irregularities(broken=tuple(broken.values()), gaps=gaps)


def _without_surplus(
    connection: duckdb.DuckDBPyConnection, text: TextFile, header: _Header, form: CsvFormat, workspace: Path
) -> TextFile:
    width = len(header.names)
    if not has_surplus(connection, text, form, _options(header, form), width):
        return text
    split = partial(_split, form=form)
    return without_surplus(text, form.quote, split, skip=header.skip, width=width, workspace=workspace)


def _shape(content: str, expected: int, form: CsvFormat) -> str:
    """`columns found / columns expected` of a refused line."""
    try:
        found = str(len(next(_split(content.strip("\r\n").splitlines(), form), [])))
    except csv.Error:
        found = "?"
    return f"{found} / {expected}"


def _rejected(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, str, str, int]]:
    """(path, line, kind, text, expected columns) of what the scan refused, in order."""
    if not rows(connection, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'"):
        return []
    found = rows(
        connection,
        """
        SELECT s.file_path, e.line, e.error_type::VARCHAR, coalesce(e.csv_line, ''),
               len(regexp_extract_all(s.columns, ': ''VARCHAR'''))
        FROM reject_errors e JOIN reject_scans s USING (scan_id, file_id)
        ORDER BY ALL
        """,
    )
    for table in ("reject_errors", "reject_scans"):  # a later scan of the connection would add to them
        connection.execute(f"DROP TABLE {table}")
    return [(file, line, kind, content, columns) for file, line, kind, content, columns in found]


def _refuse_damaged(text: TextFile, line: int, code: str, content: str) -> None:
    """Raise for what spoils more than its own line: a cut end, a quote that is never closed."""
    if code in ("too_few_columns", "broken_quotes") and _is_cut_end(text.path, content):
        raise UnreadableDelivery(
            f"文件 {text.source.label} 不完整：最后一行（第 {line} 行）中断。请重新导出并整份报送。",
            f"File {text.source.label} is cut short: its last line ({line}) breaks off. Export it again and send it "
            "whole.",
        )
    if code == "broken_quotes" and "\n" in content.strip("\r\n"):
        raise UnreadableDelivery(
            f"文件 {text.source.label} 第 {line} 行的双引号没有配对，其后的内容无法分行。请修正该行后整份重报。",
            f"File {text.source.label}: a double quote opened in line {line} is never closed, so that nothing after it "
            "can be split. Mend the line and send the file again.",
        )


def _is_cut_end(path: Path, content: str) -> bool:
    """Whether `content` is the last line of the file and lacks its line end."""
    tail = content.encode()
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - len(tail)))
        return bool(tail) and file.read() == tail and not tail.endswith((b"\n", b"\r"))


def _blank_rows(text: TextFile, form: CsvFormat) -> Iterator[int]:
    """Row numbers of blank lines after the header, counted as records: a line end inside quotes starts no row."""
    if not _has_blank_line(text.path):
        return
    with text.path.open(encoding="utf-8", newline="", errors="replace") as file:
        for _ in range(form.skip_rows):
            next(file, None)
        try:
            for row, record in enumerate(_split(file, form), form.skip_rows + 1):
                if not record:
                    yield row
        except csv.Error:  # a value beyond Python's limit: numbers after it are counted without blank lines
            return


def _has_blank_line(path: Path) -> bool:
    previous = b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            joined = previous + chunk
            if b"\n\n" in joined or b"\n\r\n" in joined:
                return True
            previous = joined[-2:]
    return False
