"""JSON documents: records somewhere in one text, alone or as the pages of an API.

Belongs here: what is particular to whole JSON texts. Does not belong here: NDJSON (`ndjson.py`), FHIR (`fhir.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from sources.reading.encoding import TextFile, as_utf8, encoding_treatments
from sources.reading.json_paths import json_path, literal_keys
from sources.reading.quoting import literal, literals
from sources.reading.record_paths import is_simple, levels, nested_query, records
from sources.reading.relation import BrokenRow, Irregularities, Reading, Scan, SourceFile, UnreadableDelivery

# One document is held in memory while it is parsed, by DuckDB twice in each thread and, when something is wrong, as
# Python objects of some eight times its size: within 1.5 GB that is this much. More belongs in NDJSON or CSV.
LARGEST_DOCUMENT_BYTES = 96 << 20
_DUCKDB_DEFAULT_BYTES = 16 << 20


def object_limit(texts: Sequence[TextFile]) -> int:
    """`maximum_object_size` for `texts`. DuckDB allocates twice as much per thread, so it follows the largest file."""
    return max(_DUCKDB_DEFAULT_BYTES, *(text.path.stat().st_size + 1 for text in texts))


def open_documents(
    sources: Sequence[SourceFile], encoding: str, records_at: str | None, wanted: Sequence[str], workspace: Path
) -> Reading:
    """Open JSON documents whose records lie at the dotted path `records_at` (None: the text is the list, or one
    record).

    Rows are numbered on from page to page of a landed file. Raises UnreadableDelivery.
    """
    texts = [as_utf8(source, encoding, workspace, strictly=True) for source in sources]
    reading = _reading(texts, records_at, wanted, workspace, exact=False)
    return replace(reading, treatments=tuple(encoding_treatments(texts, encoding)))


def refuse_large_documents(texts: Sequence[TextFile]) -> None:
    """Raise UnreadableDelivery for the first text that is too large for one JSON text."""
    for text in texts:
        if text.path.stat().st_size > LARGEST_DOCUMENT_BYTES:
            raise UnreadableDelivery(
                f"文件 {text.source.label} 超过 {LARGEST_DOCUMENT_BYTES >> 20} MB，无法作为一个 JSON 读取。请改用 "
                "NDJSON（一行一条）。",
                f"File {text.source.label} is larger than {LARGEST_DOCUMENT_BYTES >> 20} MB, too large for one JSON "
                "text. "
                "Use NDJSON, one record a line.",
            )


def refuse_broken_documents(texts: Sequence[TextFile], records_at: str | None = None) -> None:
    """Raise UnreadableDelivery for the first text that is no JSON document or has no record list at `records_at`."""
    for text in texts:
        label = text.source.label
        try:
            document = json.loads(text.path.read_bytes())
        except UnicodeDecodeError as error:
            raise UnreadableDelivery(
                f"文件 {label} 第 {error.start} 字节处编码有误。请另存为 UTF-8 后重新报送。",
                f"File {label} has undecodable bytes at {error.start}. Save it as UTF-8 and send it again.",
            ) from error
        except RecursionError as error:
            raise UnreadableDelivery(
                f"文件 {label} 的 JSON 嵌套过深。请按合同约定的结构报送。",
                f"The JSON of file {label} is nested too deeply. Send it in the structure of the contract.",
            ) from error
        except json.JSONDecodeError as error:
            raise UnreadableDelivery(
                f"文件 {label} 不是完整的 JSON（第 {error.lineno} 行第 {error.colno} 列起）：可能被截断。"
                "请重新导出并整份报送。",
                f"File {label} is not a complete JSON text (from line {error.lineno}, column {error.colno}): it may "
                "be cut "
                "short. Export it again and send it whole.",
            ) from error
        if records_at and records(document, levels(records_at)) is None and not _is_list(document, records_at):
            raise UnreadableDelivery(
                f"文件 {label} 在 {records_at} 处没有记录列表。请核对接口返回，或修改合同的 records_at。",
                f"File {label} has no record list at {records_at}. Look at the answer, or change records_at of the "
                "contract.",
            )


def _is_list(document: Any, records_at: str) -> bool:
    return not levels(records_at) and isinstance(document, list)


def _records(document: Any, records_at: str | None) -> Any:
    of = levels(records_at)
    return records(document, of) if of else document


def _reading(
    texts: Sequence[TextFile], records_at: str | None, wanted: Sequence[str], workspace: Path, *, exact: bool
) -> Reading:
    refuse_large_documents(texts)
    files = literals(str(text.path) for text in texts)
    documents = (
        f"SELECT json, file_index::BIGINT::INTEGER AS _source FROM read_json_objects([{files}], "
        f"format='unstructured', maximum_object_size={object_limit(texts)})"
    )
    return replace(
        records_reading(texts, records_at, wanted, documents, exact=exact),
        after_scan=partial(_explain, texts=texts, records_at=records_at),
        exactly=partial(_exactly, texts, records_at, wanted, workspace),
        diagnose=partial(refuse_broken_documents, texts, records_at),
        keys=partial(_keys, texts=texts, records_at=records_at),
    )


def records_reading(
    texts: Sequence[TextFile], records_at: str | None, wanted: Sequence[str], documents: str, *, exact: bool
) -> Reading:
    """The records of `documents`, a SELECT of `json` and `_source` from `texts`; rows are numbered on.

    A document in which nothing lies where records should gives one empty row, so that it is noticed.
    """
    of = levels(records_at)
    query = (
        _listed_query(records_at, wanted, documents) if is_simple(of, wanted) else nested_query(of, wanted, documents)
    )
    columns = {path: (f"v[{n}]", "VARCHAR") for n, path in enumerate(wanted, 1)}
    labels = tuple(text.source.label for text in texts)
    return Reading(
        sources=tuple(text.source for text in texts),
        scans=(Scan(query, columns, labels, closed=False, exact=exact),),
        first_rows=(1,) * len(texts),
        running=True,
        encoding="、".join(dict.fromkeys(text.encoding for text in texts)),
    )


def _listed_query(records_at: str | None, wanted: Sequence[str], documents: str) -> str:
    """SELECT of `v` (text of each wanted path, in order) and `_source`: records of one list."""
    found = f"json_extract(json, {literal(json_path(records_at or '') + '[*]')})"
    if records_at is None:
        found = f"CASE json_type(json) WHEN 'ARRAY' THEN {found} ELSE [json] END"
    # A key may have the dots itself: those are looked for behind the paths.
    keys = [(place, key) for place, path in enumerate(wanted, 1) for key in literal_keys(path)]
    paths = literals([*(json_path(path) for path in wanted), *(key for _, key in keys)])
    tried: dict[int, list[str]] = {place: [] for place in range(1, len(wanted) + 1)}
    for number, (place, _) in enumerate(keys, len(wanted) + 1):
        tried[place].append(f"x[{number}]")
    values = {place: f"coalesce({', '.join([*named, f'x[{place}]'])})" for place, named in tried.items()}
    return f"""
        SELECT [{", ".join(values.values())}]::VARCHAR[] AS v, _source
        FROM (SELECT json_extract_string(record, [{paths}]::VARCHAR[]) AS x, _source
        FROM (SELECT unnest(CASE WHEN len(r) = 0 AND NOT _listed THEN [NULL] ELSE r END) AS record, _source
              FROM (SELECT {found} AS r, _source,
                           coalesce(json_type(json, {literal(json_path(records_at or ""))}) = 'ARRAY', false) AS _listed
                    FROM ({documents}))))
    """


def _explain(
    _connection: duckdb.DuckDBPyConnection,
    empty: Mapping[int, tuple[int, ...]],
    *,
    texts: Sequence[TextFile],
    records_at: str | None,
) -> Irregularities:
    """A file without any byte, or a row without any value: look at the document itself."""
    refuse_broken_documents([text for text in texts if text.path.stat().st_size == 0], records_at)
    spoilt: dict[tuple[int, int], BrokenRow] = {}
    for source, ordinals in empty.items():
        refuse_broken_documents([texts[source]], records_at)
        document = json.loads(texts[source].path.read_bytes())
        found = _records(document, records_at)
        for ordinal in ordinals:
            if not isinstance(found, list) or ordinal >= len(found) or isinstance(found[ordinal], dict):
                continue
            spoilt[source, ordinal] = BrokenRow(source, ordinal + 1, "not_a_record", type(found[ordinal]).__name__)
    return Irregularities(spoilt=spoilt)


def _keys(_connection: duckdb.DuckDBPyConnection, *, texts: Sequence[TextFile], records_at: str | None) -> list[str]:
    document = json.loads(texts[0].path.read_bytes())
    found = _records(document, records_at)
    first = next((record for record in found if isinstance(record, dict)), {}) if isinstance(found, list) else found
    return sorted(first) if isinstance(first, dict) else []


def _exactly(texts: Sequence[TextFile], records_at: str | None, wanted: Sequence[str], workspace: Path) -> Reading:
    """The same documents with every number as text: DuckDB's JSON reader keeps 17 digits of a decimal, no more."""
    copies: list[TextFile] = []
    for text in texts:
        copy = workspace / f"exact-{text.source.position}-{len(copies)}"
        document = json.loads(text.path.read_bytes(), parse_float=str, parse_int=str)
        copy.touch(mode=0o600)  # delivered bytes may hold personal data
        copy.write_bytes(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        copies.append(TextFile(text.source, copy, text.encoding))
    return _reading(copies, records_at, wanted, workspace, exact=True)
