"""Opening a delivery: from landed files to one reading, whatever the format.

Belongs here: which reader takes which files, archives, the pages of an API and messages. Does not belong here: formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from sources.contract.settings import (
    CsvFormat,
    Delivery,
    ExcelFormat,
    FhirFormat,
    FileDelivery,
    JsonFormat,
    ParquetFormat,
)
from sources.reading.archive import ArchiveLimits, is_zip, manifest_word, member_names, unpack
from sources.reading.csv import open_csv
from sources.reading.documents import open_documents
from sources.reading.excel import open_excel
from sources.reading.fhir import open_fhir
from sources.reading.messages import open_messages
from sources.reading.ndjson import open_ndjson
from sources.reading.parquet import open_parquet
from sources.reading.relation import Reading, SourceFile, UnreadableDelivery
from warehouse.ledger.records import BatchMode

_PARQUET_MARK = b"PAR1"


def open_delivery(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[SourceFile],
    delivery: Delivery,
    wanted: Sequence[str],
    workspace: Path,
) -> Reading:
    """Open the landed `files` of one delivery. `wanted` are the source columns (or dotted paths) that will be asked
    for.

    Copies and unpacked members go to `workspace`. Raises UnreadableDelivery. A manifest that says `absent` gives a
    reading without files.
    """
    if delivery.rest is not None:
        pages = [page for file in files for page in (unpack(file, "*", workspace) if is_zip(file.path) else [file])]
        return open_documents(pages, "utf-8", delivery.rest.records_at, wanted, workspace)
    if delivery.mqtt is not None:
        return open_messages(connection, files, delivery.mqtt.format, wanted, workspace)
    if delivery.file is None:
        return _open_rows(connection, files, wanted, workspace)
    sources, mode = list(files), None
    if delivery.file.member is not None:
        sources, mode = _members(files, delivery.file, delivery.file.member, workspace)
        if not sources:
            return Reading(sources=(), scans=(), mode=mode)
    form = delivery.file.format
    reading: Reading
    match form:
        case CsvFormat():
            reading = open_csv(sources, form, wanted, workspace)
        case ExcelFormat():
            reading = open_excel(connection, sources, form, wanted)
        case JsonFormat(kind="ndjson"):
            reading = open_ndjson(sources, form, wanted, workspace)
        case JsonFormat():
            reading = open_documents(sources, form.encoding, form.records_at, wanted, workspace)
        case ParquetFormat():
            reading = open_parquet(connection, sources, wanted)
        case FhirFormat():
            reading = open_fhir(connection, sources, form.resource_type, wanted, workspace)
    return replace(reading, mode=mode)


def _open_rows(
    connection: duckdb.DuckDBPyConnection, files: Sequence[SourceFile], wanted: Sequence[str], workspace: Path
) -> Reading:
    """Rows that a connector wrote itself: Parquet, else NDJSON."""
    with files[0].path.open("rb") as file:
        if file.read(len(_PARQUET_MARK)) == _PARQUET_MARK:
            return open_parquet(connection, files, wanted)
    return open_ndjson(files, JsonFormat(kind="ndjson"), wanted, workspace)


def _members(
    files: Sequence[SourceFile], settings: FileDelivery, pattern: str, workspace: Path
) -> tuple[list[SourceFile], BatchMode | None]:
    """The archives' members that match, and the mode that their manifests state (full only if all say so)."""
    by_manifest = settings.mode_from_manifest
    members: list[SourceFile] = []
    modes: set[BatchMode] = set()
    for file in files:
        if by_manifest:
            word = manifest_word(file, pattern)
            if word.absent:
                continue
            if word.mode is not None:
                modes.add(word.mode)
        found = unpack(file, pattern, workspace, ArchiveLimits.of(settings))
        if not found:
            raise UnreadableDelivery(
                f"压缩包 {file.label} 里没有 {pattern}；现有：{'、'.join(member_names(file)) or '（空）'}。"
                "请补全后重新打包报送。",
                f"Archive {file.label} has no {pattern}; it has: {', '.join(member_names(file)) or '(nothing)'}. Pack "
                "it in full and send again.",
            )
        members += found
    if not by_manifest:
        return members, None
    return members, "full" if modes == {"full"} else "delta"
