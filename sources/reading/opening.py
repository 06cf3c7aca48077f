"""Opening a delivery: from landed files to one reading, whatever the format.

Belongs here: which reader takes which files, archives, the pages of an API and messages. Does not belong here: formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from sources.contract.formats import (
    CsvFormat,
    ExcelFormat,
    FhirFormat,
    FixedFormat,
    JsonFormat,
    ParquetFormat,
    XmlFormat,
)
from sources.contract.settings import Delivery, FileDelivery
from sources.reading.archive import ArchiveLimits, is_zip, manifest_word, member_names, unpack
from sources.reading.csv import open_csv
from sources.reading.documents import open_documents
from sources.reading.excel import open_excel
from sources.reading.fhir import open_fhir
from sources.reading.fixed import open_fixed
from sources.reading.messages import open_messages
from sources.reading.ndjson import open_ndjson
from sources.reading.ndjson_lists import open_ndjson_lists
from sources.reading.packing import is_tar, tar_members, tar_names, unpacked
from sources.reading.parquet import open_parquet
from sources.reading.quoting import literals
from sources.reading.relation import FILE_NAME, SHEET, Reading, SourceFile, UnreadableDelivery
from sources.reading.unpivot import unpivoted
from sources.reading.xml import open_xml
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
    for; `_file_name` and `_sheet` among them say where a row lies.

    Copies and unpacked members go to `workspace`. Raises UnreadableDelivery. A manifest that says `absent` gives a
    reading without files.
    """
    asked = [name for name in wanted if name not in (FILE_NAME, SHEET)]
    reading = _opened(connection, files, delivery, asked, workspace)
    if delivery.unpivot is not None and reading.sources:
        reading = unpivoted(connection, reading, delivery.unpivot, asked)
    return reading if len(asked) == len(wanted) else _with_places(reading, set(wanted) - set(asked))


def _with_places(reading: Reading, wanted: set[str]) -> Reading:
    """The reading whose rows also know their file and sheet."""
    texts = {
        FILE_NAME: [source.file_name for source in reading.sources],
        SHEET: [source.sheet or "" for source in reading.sources],
    }
    places = {
        name: (f"nullif([{literals(texts[name])}][_source + 1], '')", "VARCHAR") for name in texts if name in wanted
    }
    return replace(reading, scans=tuple(replace(scan, columns={**scan.columns, **places}) for scan in reading.scans))


def _opened(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[SourceFile],
    delivery: Delivery,
    wanted: Sequence[str],
    workspace: Path,
) -> Reading:
    if delivery.rest is not None:
        pages = [page for file in files for page in (unpack(file, "*", workspace) if is_zip(file.path) else [file])]
        return open_documents(pages, "utf-8", delivery.rest.records_at, wanted, workspace)
    if delivery.mqtt is not None:
        return open_messages(connection, files, delivery.mqtt.format, wanted, workspace)
    if delivery.file is None:
        return _open_rows(connection, files, wanted, workspace)
    sources, mode = _unpacked(files, delivery.file, workspace), None
    if delivery.file.member is not None:
        sources, mode = _members(sources, delivery.file, delivery.file.member, workspace)
        if not sources:
            return Reading(sources=(), scans=(), mode=mode)
        sources = _unpacked(sources, delivery.file, workspace)
    form = delivery.file.format
    reading: Reading
    match form:
        case CsvFormat():
            reading = open_csv(sources, form, wanted, workspace)
        case ExcelFormat():
            reading = open_excel(
                connection, sources, form, wanted, delivery.unpivot.columns if delivery.unpivot else ()
            )
        case JsonFormat(kind="ndjson") if form.records_at:
            reading = open_ndjson_lists(sources, form, wanted, workspace)
        case JsonFormat(kind="ndjson"):
            reading = open_ndjson(sources, form, wanted, workspace)
        case JsonFormat():
            reading = open_documents(sources, form.encoding, form.records_at, wanted, workspace)
        case XmlFormat():
            reading = open_xml(sources, form, wanted, workspace)
        case FixedFormat():
            reading = open_fixed(sources, form, workspace)
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


def _unpacked(files: Sequence[SourceFile], settings: FileDelivery, workspace: Path) -> list[SourceFile]:
    """The files without their packing; a zip with one file in it, where no member is asked for, is packing too."""
    limits = ArchiveLimits.of(settings)
    done: list[SourceFile] = []
    for number, file in enumerate(files):
        plain = unpacked(file, number, workspace, limits)
        if settings.member is None and not isinstance(settings.format, ExcelFormat) and is_zip(plain.path):
            names = member_names(plain)
            if len(names) != 1:
                raise UnreadableDelivery(
                    f"文件 {file.label} 是压缩包，内有 {len(names)} 个文件：{'、'.join(names[:10]) or '（空）'}。"
                    "请在合同的 file.member 里写明要读的文件。",
                    f"File {file.label} is an archive of {len(names)} files: {', '.join(names[:10]) or '(nothing)'}. "
                    "Name those to read as file.member in the contract.",
                )
            [plain] = unpack(plain, "*", workspace, limits)
        done.append(plain)
    return done


def _members(
    files: Sequence[SourceFile], settings: FileDelivery, pattern: str, workspace: Path
) -> tuple[list[SourceFile], BatchMode | None]:
    """The members of the archives that match, and the mode that their manifests state (full only if all say so)."""
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
        tar = not is_zip(file.path) and is_tar(file.path)
        limits = ArchiveLimits.of(settings)
        found = tar_members(file, pattern, workspace, limits) if tar else unpack(file, pattern, workspace, limits)
        if not found:
            names = tar_names(file) if tar else member_names(file)
            raise UnreadableDelivery(
                f"压缩包 {file.label} 里没有 {pattern}；现有：{'、'.join(names) or '（空）'}。请补全后重新打包报送。",
                f"Archive {file.label} has no {pattern}; it has: {', '.join(names) or '(nothing)'}. Pack "
                "it in full and send again.",
            )
        members += found
    if not by_manifest:
        return members, None
    return members, "full" if modes == {"full"} else "delta"
