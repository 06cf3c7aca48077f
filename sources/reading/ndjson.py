"""NDJSON: one object a line. Broken lines are broken rows, a cut last line makes the file unreadable.

Belongs here: what is particular to line-wise JSON. Does not belong here: lines that hold lists of records
(`ndjson_lists.py`), documents and pages (`documents.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import duckdb

from sources.contract.formats import JsonFormat
from sources.reading.encoding import TextFile, as_utf8, encoding_treatments
from sources.reading.json_paths import below_top, literal_keys, top_level
from sources.reading.quoting import identifier, literal, literals, struct
from sources.reading.relation import BrokenRow, Irregularities, Reading, Scan, SourceFile, UnreadableDelivery
from sources.reading.scanning import rows

# The longest line read as one record; longer ones are documents, not records.
LONGEST_LINE_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 18
_KEYS_OF_RECORDS = 100
_OUR_COLUMNS = ("_source", "_row", "file_index", "filename")


def open_ndjson(
    sources: Sequence[SourceFile], form: JsonFormat, wanted: Sequence[str], workspace: Path, *, strictly: bool = False
) -> Reading:
    """Open line-wise JSON; source columns are the dotted paths in `wanted`. Raises UnreadableDelivery."""
    texts = [as_utf8(source, form.encoding, workspace, strictly=strictly) for source in sources]
    return _reading(texts, wanted, form, workspace, strictly=strictly, exact=False)


def _reading(
    texts: Sequence[TextFile], wanted: Sequence[str], form: JsonFormat, workspace: Path, *, strictly: bool, exact: bool
) -> Reading:
    scan, sources = _scan(texts, wanted), tuple(text.source for text in texts)
    return Reading(
        sources=sources,
        scans=(Scan(scan.query, scan.columns, scan.labels, closed=False, exact=exact),),
        first_rows=(1,) * len(texts),
        encoding="、".join(dict.fromkeys(text.encoding for text in texts)),
        treatments=tuple(encoding_treatments(texts, form.encoding)),
        after_scan=partial(
            _explain,
            texts=texts,
            again=None if strictly else partial(open_ndjson, sources, form, wanted, workspace, strictly=True),
        ),
        exactly=partial(_exactly, texts, wanted, form, workspace, strictly),
        keys=partial(_keys, texts=texts),
    )


def _scan(texts: Sequence[TextFile], wanted: Sequence[str]) -> Scan:
    keys = list(dict.fromkeys(key for path in wanted for key in (top_level(path), path))) or ["_"]
    files = literals(str(text.path) for text in texts)
    common = f"[{files}], ignore_errors=true, maximum_object_size={LONGEST_LINE_BYTES}"
    columns: dict[str, tuple[str, str]] = {}
    if len({key.casefold() for key in (*keys, *_OUR_COLUMNS)}) == len(keys) + len(_OUR_COLUMNS):
        call = (
            f"SELECT *, file_index::BIGINT::INTEGER AS _source FROM read_json({common}, format='newline_delimited', "
            f"records='true', columns={struct({key: literal('VARCHAR') for key in keys})})"
        )
        for path in wanted:
            rest, column = below_top(path), identifier(top_level(path))
            # A key may have the dots itself, below the first one too.
            inner = [*literal_keys(path[len(top_level(path)) :].lstrip(".")), rest] if rest else []
            tried = [identifier(path), *(f"json_extract_string({column}, {literal(one)})" for one in inner if one)]
            columns[path] = (f"coalesce({', '.join(tried)})" if rest else column, "VARCHAR")
        return Scan(call, columns, tuple(text.source.label for text in texts))
    # Keys that differ in case alone, or are called like our columns, cannot be columns of one table: they are taken
    # from the record itself.
    call = f"SELECT json, file_index::BIGINT::INTEGER AS _source FROM read_ndjson_objects({common})"
    for path in wanted:
        whole = literal(f'$."{top_level(path)}"' + (below_top(path) or "$")[1:])
        tried = [f"json_extract_string(json, {one})" for one in (*map(literal, literal_keys(path)), whole)]
        columns[path] = (f"coalesce({', '.join(tried)})", "VARCHAR")
    return Scan(call, columns, tuple(text.source.label for text in texts))


def _explain(
    _connection: duckdb.DuckDBPyConnection,
    empty: Mapping[int, tuple[int, ...]],
    *,
    texts: Sequence[TextFile],
    again: Callable[[], Reading] | None,
) -> Irregularities:
    """Rows without any value are looked at again: broken JSON, no object, or an object without our keys."""
    spoilt: dict[tuple[int, int], BrokenRow] = {}
    gaps: dict[int, tuple[int, ...]] = {}
    for source, text in enumerate(texts):
        suspects = frozenset(empty.get(source, ()))
        if not suspects and not _has_blank_line(text.path):
            continue
        broken, blank = examine_lines(text, source, suspects)
        if again is not None and any(row.code == "undecodable" for row in broken.values()):
            return Irregularities(again=again())
        spoilt |= {(source, ordinal): row for ordinal, row in broken.items()}
        if blank:
            gaps[source] = blank
    return Irregularities(spoilt=spoilt, gaps=gaps)


def examine_lines(
    text: TextFile, source: int, suspects: frozenset[int]
) -> tuple[dict[int, BrokenRow], tuple[int, ...]]:
    """What is wrong with the suspected records (ordinals from 0, blank lines not counted), and the blank lines'
    numbers.

    Raises UnreadableDelivery when the last line is cut.
    """
    broken: dict[int, BrokenRow] = {}
    blank: list[int] = []
    ordinal = -1
    for number, line in lines(text.path):
        if not line.strip():
            blank.append(number)
            continue
        ordinal += 1
        code = fault(line) if ordinal in suspects else None
        if code == "broken_json" and not line.endswith(b"\n"):
            raise cut_short(text, number)
        if code is not None:
            broken[ordinal] = BrokenRow(source, number, code, f"{len(line)} bytes")
    return broken, tuple(blank)


def cut_short(text: TextFile, number: int) -> UnreadableDelivery:
    """The error for a file whose last line breaks off."""
    return UnreadableDelivery(
        f"文件 {text.source.label} 不完整：最后一行（第 {number} 行）的 JSON 中断。请重新导出并整份报送。",
        f"File {text.source.label} is cut short: the JSON of its last line ({number}) breaks off. "
        "Export it again and send it whole.",
    )


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their number from 1, line ends kept."""
    with path.open("rb") as file:
        yield from enumerate(file, 1)


def _has_blank_line(path: Path) -> bool:
    previous = b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            joined = previous + chunk
            if b"\n\n" in joined or b"\n\r\n" in joined:
                return True
            previous = joined[-2:]
    return False


def fault(line: bytes) -> str | None:
    """The code of a line that is no object, None for one that is."""
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return "undecodable"
    except (ValueError, RecursionError):
        return "broken_json"
    return None if isinstance(record, dict) else "not_a_record"


def _keys(connection: duckdb.DuckDBPyConnection, *, texts: Sequence[TextFile]) -> list[str]:
    found = rows(
        connection,
        "SELECT DISTINCT unnest(json_keys(json)) AS key FROM (SELECT json FROM read_ndjson_objects("
        f"{literal(str(texts[0].path))}, ignore_errors=true) WHERE json_type(json) = 'OBJECT' LIMIT "
        f"{_KEYS_OF_RECORDS}) "
        "ORDER BY key",
    )
    return [key for (key,) in found]


def _exactly(
    texts: Sequence[TextFile], wanted: Sequence[str], form: JsonFormat, workspace: Path, strictly: bool
) -> Reading:
    return _reading(exact_copies(texts, workspace), wanted, form, workspace, strictly=strictly, exact=True)


def exact_copies(texts: Sequence[TextFile], workspace: Path) -> list[TextFile]:
    """The same lines with every number as text: DuckDB's JSON reader keeps 17 digits of a decimal, no more."""
    copies: list[TextFile] = []
    for text in texts:
        copy = workspace / f"exact-{text.source.position}-{len(copies)}"
        with copy.open("wb") as file:
            copy.chmod(0o600)  # delivered bytes may hold personal data
            for _, line in lines(text.path):
                file.write(_numbers_as_text(line))
        copies.append(TextFile(text.source, copy, text.encoding))
    return copies


def _numbers_as_text(line: bytes) -> bytes:
    try:
        record = json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return line
    end = b"\n" if line.endswith(b"\n") else b""
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + end
