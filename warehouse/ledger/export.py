"""The ledger's tables as Parquet, for dbt.

Belongs here: the types of each column in Parquet and writing the files whole. Does not belong here: how dbt reads
them (`dbt_project/macros`). Every file has its full schema even when the table is empty. Times are TIMESTAMP in UTC
without zone; JSON columns are text.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from warehouse.home import Home
from warehouse.ledger.schema.columns import UtcTimestamp, metadata

# By SQLAlchemy type, special before general.
_ARROW_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], pa.DataType], ...] = (
    (UtcTimestamp, pa.timestamp("us")),
    (sa.Date, pa.date32()),
    (sa.Boolean, pa.bool_()),
    (sa.BigInteger, pa.int64()),
    (sa.Integer, pa.int32()),
    (sa.Double, pa.float64()),
    (sa.JSON, pa.string()),
    (sa.Text, pa.string()),
)


def arrow_schema(table: sa.Table) -> pa.Schema:
    """The Parquet schema of a ledger table."""
    return pa.schema([pa.field(column.name, _arrow_type(column)) for column in table.columns])


def export_tables(connection: sa.Connection, home: Home) -> list[Path]:
    """Write all tables; each file is written aside and renamed, so that a reader never sees half of one."""
    home.ledger_views.mkdir(parents=True, exist_ok=True)
    home.workspace.mkdir(parents=True, exist_ok=True)
    written = []
    for table in metadata.sorted_tables:
        rows = connection.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
        columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
        arrays = [
            pa.array([_plain(value) for value in values], field.type)
            for values, field in zip(columns, arrow_schema(table), strict=True)
        ]
        aside = home.workspace / f"ledger-{os.getpid()}-{table.name}.parquet"
        pq.write_table(pa.Table.from_arrays(arrays, schema=arrow_schema(table)), aside, compression="zstd")
        target = home.ledger_views / f"{table.name}.parquet"
        os.replace(aside, target)
        written.append(target)
    return written


def _arrow_type(column: sa.Column[Any]) -> pa.DataType:
    for kind, arrow in _ARROW_TYPES:
        if isinstance(column.type, kind):
            return arrow
    raise TypeError(f"no Parquet type for {column.table.name}.{column.name}: {column.type!r}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)  # already UTC, by UtcTimestamp
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value
