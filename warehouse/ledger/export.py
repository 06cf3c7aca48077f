"""The ledger's tables as Parquet, for dbt and for publishing.

Belongs here: the types of each column in Parquet, writing the files whole. Does not belong here: how dbt reads them
(`dbt_project/macros`). Every file has its full schema even when the table is empty. Times are TIMESTAMP in UTC without
zone; JSON columns are text.

Always read whole: a row that somebody changed behind our back must void the signatures that cover it at the next
publication, and files that only follow the seals would not show it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
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


def export_tables(connection: sa.Connection, home: Home, names: Collection[str] | None = None) -> list[Path]:
    """Write the tables `names`, or all; each file is written aside and renamed: a reader never sees half of one."""
    home.ledger_views.mkdir(parents=True, exist_ok=True)
    home.workspace.mkdir(parents=True, exist_ok=True)
    written = []
    for table in metadata.sorted_tables:
        if names is not None and table.name not in names:
            continue
        target = home.ledger_views / f"{table.name}.parquet"
        aside = home.workspace / f"ledger-{os.getpid()}-{table.name}.parquet"
        pq.write_table(_read(connection, table), aside, compression="zstd")
        os.replace(aside, target)
        written.append(target)
    return written


def _read(connection: sa.Connection, table: sa.Table) -> pa.Table:
    """Rows as the driver gives them: making Python objects of each time only to write it costs more than reading."""
    statement = sa.select(table).order_by(*table.primary_key.columns)
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    rows = connection.exec_driver_sql(str(compiled)).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    schema = arrow_schema(table)
    return pa.Table.from_arrays(
        [
            _array([_json_text(value) for value in values] if isinstance(column.type, sa.JSON) else values, field.type)
            for values, column, field in zip(columns, table.columns, schema, strict=True)
        ],
        schema=schema,
    )


def _arrow_type(column: sa.Column[Any]) -> pa.DataType:
    for kind, arrow in _ARROW_TYPES:
        if isinstance(column.type, kind):
            return arrow
    raise TypeError(f"no Parquet type for {column.table.name}.{column.name}: {column.type!r}")


def _json_text(value: Any) -> str | None:
    content = json.loads(value) if isinstance(value, str) else value
    return None if content is None else json.dumps(content, ensure_ascii=False, sort_keys=True)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column as the driver gives it: SQLite has text for dates and times, and numbers for truth values."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, str) and pa.types.is_temporal(kind):
        return pa.array(values, pa.string()).cast(kind)
    if type(first) is int and pa.types.is_boolean(kind):
        return pa.array(values, pa.int8()).cast(kind)
    return pa.array(values, kind)
