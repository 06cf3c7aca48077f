"""The whole snapshot as Parquet, one file a public table, in one zip with a list of what the tables mean.

Belongs here: the files and the list. Columns keep the types of the snapshot; timestamps are UTC without a zone, dates
district-local. JSON columns are texts.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

import pyarrow.parquet as pq

from warehouse.read import SnapshotReader
from warehouse.read.overview import snapshot_info

README: Final = "contents.json"
# The zip's own clock: the same snapshot gives the same bytes.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A public table of a snapshot: its meaning ("Chinese / English") and how many rows and columns it has."""

    name: str
    meaning: str
    rows: int
    columns: int


def contents(reader: SnapshotReader) -> list[PublishedTable]:
    """The public tables of the snapshot, by name."""
    found = reader.rows(
        """
        SELECT table_name AS name, coalesce(comment, '') AS meaning, column_count AS columns FROM duckdb_tables()
        WHERE schema_name = 'main' AND NOT temporary ORDER BY table_name
        """
    )
    return [
        PublishedTable(
            row["name"],
            row["meaning"],
            reader.rows(f'SELECT count(*) AS rows FROM "{row["name"]}"')[0]["rows"],
            row["columns"],
        )
        for row in found
    ]


def write_zip(reader: SnapshotReader, file: IO[bytes]) -> list[PublishedTable]:
    """Write the zip into a file that is open for writing; returns what is in it."""
    written = contents(reader)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # Parquet is compressed already
        for table in written:
            with archive.open(_entry(f"{table.name}.parquet"), "w") as entry:
                pq.write_table(reader.query(f'SELECT * FROM "{table.name}"'), entry, compression="zstd")
        archive.writestr(_entry(README), json.dumps(_described(reader, written), ensure_ascii=False, indent=2))
    return written


def as_zip(reader: SnapshotReader) -> bytes:
    """The zip as bytes."""
    file = io.BytesIO()
    write_zip(reader, file)
    return file.getvalue()


def _described(reader: SnapshotReader, written: list[PublishedTable]) -> dict[str, object]:
    """Which snapshot it is, and what tables and columns mean."""
    info = snapshot_info(reader)
    return {
        "snapshot_id": info.snapshot_id,
        "publication": info.number,
        "as_of": info.as_of.isoformat(),
        "district": info.district_code,
        "simulated": info.simulated,
        "tables": [
            {
                "table": table.name,
                "meaning": table.meaning,
                "rows": table.rows,
                "columns": list(_columns(reader, table)),
            }
            for table in written
        ],
    }


def _columns(reader: SnapshotReader, table: PublishedTable) -> Iterator[dict[str, str]]:
    for row in reader.rows(
        "SELECT column_name, data_type, coalesce(comment, '') AS comment FROM duckdb_columns() "
        "WHERE table_name = ? ORDER BY column_index",
        [table.name],
    ):
        yield {"column": row["column_name"], "type": row["data_type"], "meaning": row["comment"]}


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    return entry
