"""Messages of a broker: the landed file holds them as they came; here they are unpacked into records.

Belongs here: gzip, JSON texts, lines of JSON and Parquet blocks inside messages. Does not belong here: the broker
(`sources/connectors/mqtt.py`), reading the records (`ndjson.py`, `ndjson_lists.py`, `parquet.py`).
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sources.contract.formats import JsonFormat, ParquetFormat
from sources.reading.ndjson import open_ndjson
from sources.reading.ndjson_lists import open_ndjson_lists
from sources.reading.parquet import open_parquet
from sources.reading.record_paths import is_simple, levels
from sources.reading.relation import BrokenRow, Reading, SourceFile, UnreadableDelivery

TOPIC = "message_topic"
RECEIVED_AT = "message_received_at"
"""Source columns that every record gets: the message's topic, and when it reached us (UTC)."""
VALUE = "message_value"
"""Source column of messages that hold one bare value (`23.5`, `"on"`, `ON`), where the contract asks for it."""

_GZIP_MARK = b"\x1f\x8b"
# A gateway's report of an hour is a few hundred kilobytes; one message that unpacks to more is no message.
_LARGEST_MESSAGE_BYTES = 64 << 20
_MOST_VALUES = 10_000_000
"""Of one block: a column of one repeated value packs to nothing."""
_PAYLOAD = "message"
"""Where a line of `_documents` has the message itself."""
_Message = tuple[str, datetime, bytes]


def open_messages(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[SourceFile],
    form: JsonFormat | ParquetFormat,
    wanted: Sequence[str],
    workspace: Path,
) -> Reading:
    """Open landed messages; their records are numbered on through the messages. Raises UnreadableDelivery.

    A message that is no whole block is one broken row (its number among the messages); the others are read.
    """
    if isinstance(form, ParquetFormat):
        unpacked: list[SourceFile] = []
        broken: list[BrokenRow] = []
        for source in sources:
            tables, faults = _blocks(source)
            broken += [replace(fault, source=len(unpacked)) for fault in faults]
            for table in tables:
                path = workspace / f"messages-{len(unpacked)}.parquet"
                pq.write_table(table, path, compression="none")  # read once, at once
                path.chmod(0o600)
                unpacked.append(replace(source, path=path))
        return replace(open_parquet(connection, unpacked, wanted), broken=tuple(broken))
    # Lists within lines, lists in lists, and columns that lead out of a record need the whole message beside it.
    if form.records_at and (form.kind == "ndjson" or not is_simple(levels(form.records_at), wanted)):
        return _open_nested(_unpacked(sources, _documents, form, workspace), form.records_at, wanted, workspace)
    lines = _values if VALUE in wanted else _lines
    return open_ndjson(_unpacked(sources, lines, form, workspace), JsonFormat(kind="ndjson"), wanted, workspace)


def _unpacked(
    sources: Sequence[SourceFile],
    lines: Callable[[_Message, JsonFormat], Iterator[bytes]],
    form: JsonFormat,
    workspace: Path,
) -> list[SourceFile]:
    """Each landed file as the lines that its messages give."""
    files = []
    for number, source in enumerate(sources):
        path = workspace / f"messages-{number}.ndjson"
        with path.open("wb") as file:
            path.chmod(0o600)  # delivered values may be personal
            for message in _messages(source):
                file.writelines(lines(message, form))
        files.append(replace(source, path=path))
    return files


def _open_nested(files: Sequence[SourceFile], records_at: str, wanted: Sequence[str], workspace: Path) -> Reading:
    """Records at a path inside the lines of `_documents`."""
    below = records_at.removeprefix("$").lstrip(".")
    form = JsonFormat(kind="ndjson", records_at=f"{_PAYLOAD}{'' if below.startswith('[') else '.'}{below}".rstrip("."))
    inside = {path: _inside(path, len(levels(form.records_at))) for path in wanted}
    reading = open_ndjson_lists(files, form, list(inside.values()), workspace)
    scans = [
        replace(scan, columns={path: scan.columns[inner] for path, inner in inside.items()}, exact=True)
        for scan in reading.scans
    ]
    return replace(reading, scans=tuple(scans), exactly=None)


def _inside(path: str, depth: int) -> str:
    """A source column of a record `depth` lists deep, as it is called inside a line of `_documents`."""
    if path in (TOPIC, RECEIVED_AT):
        return f"$.{path}"
    rest = path.removeprefix("$.")
    if rest == path:
        while rest.startswith("^."):
            rest, depth = rest[2:], depth - 1
        if depth > 0:
            return path
    return f"$.{_PAYLOAD}.{rest}"


def _messages(source: SourceFile) -> Iterator[_Message]:
    """(topic, reception time, payload without gzip) of each message; a broken gzip stays as it is."""
    table = pq.read_table(source.path)
    for topic, received_at, payload in zip(*(column.to_pylist() for column in table.columns), strict=True):
        if payload.startswith(_GZIP_MARK):
            with suppress(OSError, EOFError, zlib.error):  # what stays packed is rejected as a broken record
                with gzip.open(io.BytesIO(payload)) as packed:
                    unpacked = packed.read(_LARGEST_MESSAGE_BYTES + 1)
                payload = unpacked if len(unpacked) <= _LARGEST_MESSAGE_BYTES else payload
        yield topic, received_at, payload


def _blocks(source: SourceFile) -> tuple[list[pa.Table], list[BrokenRow]]:
    """The records of all blocks, one table for each shape of them, and the messages that are no block."""
    shapes: dict[pa.Schema, list[pa.Table]] = {}
    broken: list[BrokenRow] = []
    for number, (topic, received_at, payload) in enumerate(_messages(source), 1):
        try:
            block = pq.ParquetFile(pa.BufferReader(payload))
            if block.metadata.num_rows * block.metadata.num_columns > _MOST_VALUES:
                raise pa.ArrowInvalid("more values than a message brings")
            table = block.read(use_threads=False)
        except (pa.ArrowException, OSError):
            broken.append(BrokenRow(0, number, "broken_message", f"{topic}: {len(payload)} bytes"))
            continue
        table = table.replace_schema_metadata(None)
        table = table.append_column(TOPIC, _repeated(topic, pa.string(), len(table)))
        table = table.append_column(RECEIVED_AT, _repeated(received_at, pa.timestamp("us", "UTC"), len(table)))
        shapes.setdefault(table.schema, []).append(table)
    if not shapes:
        raise UnreadableDelivery(
            f"{source.label} 里没有一条消息是完整的 Parquet 数据块。请核对网关的打包格式，或修改合同的 format。",
            f"No message of {source.label} is a whole Parquet block. Look at what the gateways pack, or change format "
            "of the contract.",
        )
    return [pa.concat_tables(tables) for tables in shapes.values()], broken


def _repeated(value: object, kind: pa.DataType, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), count)


def _lines(message: _Message, form: JsonFormat) -> Iterator[bytes]:
    """The message's records as lines, each with topic and reception time before its own keys."""
    topic, received_at, payload = message
    payload = _as_utf8(payload, form.encoding)
    extra = json.dumps({TOPIC: topic, RECEIVED_AT: received_at.isoformat()}, ensure_ascii=False)[1:-1].encode()
    if form.kind == "json":
        texts = list(_records(payload, form.records_at))
    else:
        texts = [line for line in payload.splitlines() if line.strip()]
    for text in texts:
        inside = text.strip()[1:]
        if text.strip()[:1] == b"{" and inside.strip() != b"}":
            yield b"{" + extra + b"," + inside + b"\n"
        else:
            yield text.strip() + b"\n"  # no record: the reader says so


def _values(message: _Message, form: JsonFormat) -> Iterator[bytes]:
    """As `_lines`; a message, or a line of it, that is one bare value gives a record with that value as text."""
    topic, received_at, payload = message
    for text in [payload] if form.kind == "json" else payload.splitlines():
        value = _bare_value(_as_utf8(text, form.encoding))
        if value is None:
            yield from _lines((topic, received_at, text), form)
        else:
            record = {TOPIC: topic, RECEIVED_AT: received_at.isoformat(), VALUE: value}
            yield json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _bare_value(text: bytes) -> str | None:
    """The text of a JSON number, word or string, or of a word as devices send it; None for anything else."""
    bare = text.strip()
    if not bare or bare[:1] in b"{[":
        return None
    try:
        value = json.loads(bare, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return bare.decode("utf-8", "replace")
    return value if isinstance(value, str) else bare.decode("utf-8")


def _documents(message: _Message, form: JsonFormat) -> Iterator[bytes]:
    """The message, or each of its lines, whole under `_PAYLOAD`, numbers with every digit as text."""
    topic, received_at, payload = message
    payload = _as_utf8(payload, form.encoding)
    about = json.dumps({TOPIC: topic, RECEIVED_AT: received_at.isoformat()}, ensure_ascii=False)[:-1].encode()
    for text in [payload] if form.kind == "json" else [line for line in payload.splitlines() if line.strip()]:
        try:
            whole = json.dumps(json.loads(text, parse_float=str, parse_int=str), ensure_ascii=False)
        except (ValueError, RecursionError):
            # No document: the reader says so. Without its first brace the text cannot become one on its one line.
            yield (b" ".join(text.split()).removeprefix(b"{") or b"null") + b"\n"
        else:
            yield about + b', "' + _PAYLOAD.encode() + b'": ' + whole.encode("utf-8", "surrogatepass") + b"}\n"


def _as_utf8(payload: bytes, declared: str) -> bytes:
    """The text of one message; gateways differ, so each message is looked at. What is no text stays broken."""
    for encoding in dict.fromkeys(("utf-8-sig", "gb18030" if declared == "auto" else declared, "gb18030")):
        with suppress(UnicodeDecodeError, LookupError):
            return payload.decode(encoding).encode("utf-8")
    return payload.decode("ascii", "replace").encode("utf-8")


def _records(payload: bytes, records_at: str | None) -> Iterator[bytes]:
    """The records of one JSON document, numbers with every digit as text; what is no such document stays one line."""
    try:
        found: Any = json.loads(payload, parse_float=str, parse_int=str)
        for key in records_at.split(".") if records_at else ():
            found = found[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield b" ".join(payload.split()) or b"null"
        return
    for record in found if isinstance(found, list) else [found]:
        yield json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")
