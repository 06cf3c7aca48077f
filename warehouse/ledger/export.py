"""The ledger's tables as Parquet, for dbt and for publishing.

Belongs here: the types of each column in Parquet, writing the files whole. Does not belong here: how dbt reads them
(`dbt_project/macros`). Every file has its full schema even when the table is empty. Times are TIMESTAMP in UTC without
zone; JSON columns are text. SQLite is read through ADBC, which makes no Python object of a value: the check results of
10,000 batches are 90,000 rows of 25 columns.

Always read whole: a row that somebody changed behind our back must void the signatures that cover it at the next
publication, and files that only follow the seals would not show it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import adbc_driver_manager
import adbc_driver_sqlite
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from warehouse.home import Home
from warehouse.ledger.access import BUSY_SECONDS
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
    with _reader(connection) as read:
        for table in metadata.sorted_tables:
            if names is not None and table.name not in names:
                continue
            target = home.ledger_views / f"{table.name}.parquet"
            aside = home.workspace / f"ledger-{os.getpid()}-{table.name}.parquet"
            pq.write_table(_typed(read(table), table), aside, compression="zstd")
            os.replace(aside, target)
            written.append(target)
    return written


@contextmanager
def _reader(connection: sa.Connection) -> Iterator[Callable[[sa.Table], pa.Table]]:
    """What reads a whole table in its key's order, all of them as of one moment."""
    if connection.dialect.name == "sqlite":
        uri = f"{Path(str(connection.engine.url.database)).absolute().as_uri()}?mode=ro"
        # Not the driver's DB-API: that imports pandas.
        with adbc_driver_sqlite.connect(uri) as database, adbc_driver_manager.AdbcConnection(database) as reading:
            reading.set_autocommit(False)
            with adbc_driver_manager.AdbcStatement(reading) as statement:
                _rows(statement, f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
                yield partial(_read_sqlite, statement)
    else:
        yield partial(_read_objects, connection)


def _read_sqlite(statement: adbc_driver_manager.AdbcStatement, table: sa.Table) -> pa.Table:
    """The driver takes a column's type from the first rows it reads together: these are all of them."""
    count = _rows(statement, f"SELECT count(*) FROM {table.name}").column(0)[0].as_py()
    statement.set_options(**{adbc_driver_sqlite.StatementOptions.BATCH_ROWS.value: str(max(1, count))})
    found = _rows(statement, _whole(table, sqlite.dialect()))
    for place, column in enumerate(table.columns):
        if isinstance(column.type, sa.JSON):
            found = found.set_column(place, column.name, _canonical_json(found.column(place)))
    return found


def _rows(statement: adbc_driver_manager.AdbcStatement, query: str) -> pa.Table:
    statement.set_sql_query(query)
    stream, _ = statement.execute_query()
    return pa.RecordBatchReader.from_stream(stream).read_all()


def _read_objects(connection: sa.Connection, table: sa.Table) -> pa.Table:
    rows = connection.exec_driver_sql(_whole(table, connection.dialect)).all()
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    texts = [isinstance(column.type, sa.JSON) for column in table.columns]
    return pa.table(
        {
            column.name: pa.array([_json_text(value) for value in values] if is_json else values)
            for column, values, is_json in zip(table.columns, columns, texts, strict=True)
        }
    )


def _whole(table: sa.Table, dialect: sa.Dialect) -> str:
    statement = sa.select(table).order_by(*table.primary_key.columns)
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _typed(found: pa.Table, table: sa.Table) -> pa.Table:
    """With the ledger's types: SQLite has text for dates and times, and numbers for truth values."""
    schema = arrow_schema(table)
    typed = pa.Table.from_arrays(
        # a column without any value has no type in SQLite
        [
            values.cast(field.type) if values.null_count < len(values) else pa.nulls(len(values), field.type)
            for values, field in zip(found.columns, schema, strict=True)
        ],
        schema=schema,
    )
    typed.validate(full=True)  # a damaged file has texts that are none
    return typed


def _canonical_json(values: pa.ChunkedArray) -> pa.Array:
    """One text for one content, whatever the spacing; a JSON null is no value."""
    encoded = values.cast(pa.string()).combine_chunks().dictionary_encode()
    return pa.array([_json_text(value) for value in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)


def _arrow_type(column: sa.Column[Any]) -> pa.DataType:
    for kind, arrow in _ARROW_TYPES:
        if isinstance(column.type, kind):
            return arrow
    raise TypeError(f"no Parquet type for {column.table.name}.{column.name}: {column.type!r}")


def _json_text(value: Any) -> str | None:
    content = json.loads(value) if isinstance(value, str) else value
    return None if content is None else json.dumps(content, ensure_ascii=False, sort_keys=True)
