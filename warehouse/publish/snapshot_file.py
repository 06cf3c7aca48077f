"""A snapshot as a file: made aside, filled table by table, closed, flushed, put in place.

Belongs here: the file's life until it is one of `published/`. Does not belong here: where rows come from
(`build_tables.py`, `ledger_tables.py`), which snapshot readers see (`switch.py`).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from warehouse.publish import snapshot_macros
from warehouse.publish.tables import TABLES

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class DuplicateRows(ValueError):
    """A public table would hold two rows under one key."""


def create(path: Path) -> duckdb.DuckDBPyConnection:
    """A new database at `path` with all public tables, empty, and the macros. Replaces what an interrupted run left.

    The path must not be one that readers open (DuckDB keeps open files by path): work in the home's workspace.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (path, path.with_name(path.name + ".wal")):
        leftover.unlink(missing_ok=True)
    path.write_bytes(_empty_snapshot())
    return duckdb.connect(str(path))


@cache
def _empty_snapshot() -> bytes:
    """The file before any row. Five hundred statements make it, so a process that publishes again keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("BEGIN")  # one flush to the disk instead of hundreds
            for table in TABLES.values():
                connection.execute(table.create_statement())
                connection.execute(f"COMMENT ON TABLE main.{table.name} IS {_literal(f'{table.zh} / {table.en}')}")
                for column in table.columns:
                    comment = _literal(f"{column.zh} / {column.en}")
                    connection.execute(f'COMMENT ON COLUMN main.{table.name}."{column.name}" IS {comment}')
            snapshot_macros.install(connection)
            connection.execute("COMMIT")
        return path.read_bytes()


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as mappings; a column that a row does not name is NULL, an unknown name is a KeyError."""
    known = {column.name for column in TABLES[table].columns}
    unknown = {name for row in rows for name in row} - known
    if unknown:
        raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
    insert_into(connection, f"main.{table}", rows)


def insert_into(connection: duckdb.DuckDBPyConnection, relation: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same into any relation with columns of these names. Aware times become UTC without a zone."""
    if not rows:
        return
    names = sorted({name for row in rows for name in row})
    incoming = pa.Table.from_pydict({name: [_utc(row.get(name)) for row in rows] for name in names})
    connection.register("incoming_rows", incoming)
    try:
        connection.execute(f"INSERT INTO {relation} BY NAME SELECT * FROM incoming_rows")
    finally:
        connection.unregister("incoming_rows")


def rows(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> list[dict[str, Any]]:
    """The answer as plain mappings, column name to Python value."""
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def row_of(record: DataclassInstance) -> dict[str, Any]:
    """A record's fields by name. Unlike `dataclasses.asdict` nothing is copied: there are tens of thousands."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def json_text(value: Any) -> str:
    """A mapping or list as JSON, the same text for the same content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _utc(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def assert_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise DuplicateRows naming table and key when a key identifies more than one row."""
    for table in TABLES.values():
        key = ", ".join(f'"{name}"' for name in table.key)
        found = connection.execute(
            f"SELECT {key}, count(*) FROM main.{table.name} GROUP BY {key} HAVING count(*) > 1 ORDER BY {key} LIMIT 1"
        ).fetchone()
        if found is not None:
            values = ", ".join(f"{name}={value}" for name, value in zip(table.key, found[:-1], strict=True))
            raise DuplicateRows(
                f"发布表 {table.name} 中键 {values} 出现 {found[-1]} 次，未发布；请修正产生它的模型。"
                f" / the public table {table.name} has {found[-1]} rows for {values}; nothing was published. "
                "Correct the model that gives them."
            )


def close_and_flush(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Close the database so that all is in one file, and flush it to the disk."""
    connection.execute("CHECKPOINT")
    connection.close()
    flush(path)


def flush(path: Path) -> None:
    """fsync a file or a folder: it survives a power cut from here on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
