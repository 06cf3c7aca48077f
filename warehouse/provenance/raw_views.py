"""The raw layer as a proof sees it: views over the rows of the batches that a snapshot rests on.

Belongs here: making `raw_<feed>.<entity>`, `in_force.<feed>__<entity>(day)` and `ledger.<table>` in an own in-memory
DuckDB, independently of dbt's database. Does not belong here: proofs.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from warehouse.home import Home
from warehouse.ledger import Ledger

# Contract field type -> DuckDB type, for fields that no file has; protected values are text.
_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
# What admission adds to every row (architecture, section 2).
_ADMISSION_COLUMNS = {
    "_batch_id": "VARCHAR",
    "_row": "BIGINT",
    "_received_at": "TIMESTAMP",
    "_generated_at": "TIMESTAMP",
    "_batch_order": "BIGINT",
    "_deleted": "BOOLEAN",
    "dt": "DATE",
}
_REFERENCE = re.compile(r"\braw_(\w+)\.(\w+)", re.IGNORECASE)
_IN_FORCE = re.compile(r"\bin_force\.(\w+?)__(\w+)", re.IGNORECASE)
_LEDGER_TABLES = ("batch", "batch_partition", "feed_contract")


def referenced_entities(sql: str) -> list[tuple[str, str]]:
    """(feed, entity) pairs that a query names as `raw_<feed>.<entity>` or `in_force.<feed>__<entity>(day)`."""
    return sorted(set(_REFERENCE.findall(sql)) | set(_IN_FORCE.findall(sql)))


def make_views(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    batches: Sequence[Mapping[str, Any]],
    entities: Iterable[tuple[str, str]],
    fields: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]],
) -> None:
    """Make the views. `batches` are the snapshot's (batch_id, feed, entity, status): later deliveries are not seen.

    `fields` are the contracts' fields by (feed, entity). A field that no file has is NULL; an entity without files is
    empty.
    """
    _ledger_tables(connection, home, batches)
    for feed, entity in entities:
        admitted = [
            str(b["batch_id"]) for b in batches if (b["feed"], b["entity"], b["status"]) == (feed, entity, "admitted")
        ]
        _raw_view(connection, home.raw / feed / entity, f"raw_{feed}", entity, admitted, fields.get((feed, entity), ()))


def _ledger_tables(connection: duckdb.DuckDBPyConnection, home: Home, batches: Sequence[Mapping[str, Any]]) -> None:
    """`ledger.<table>` as they were for the snapshot: its batches, in the state that it published."""
    files = {table: home.ledger_views / f"{table}.parquet" for table in _LEDGER_TABLES}
    if not all(file.is_file() for file in files.values()):
        # Beside the home, not in it: whoever looks at a figure changes nothing.
        with tempfile.TemporaryDirectory() as beside, Ledger.of(home) as ledger:
            files = {file.stem: file for file in ledger.export(Home(Path(beside)), _LEDGER_TABLES)}
            _make_tables(connection, files, batches)
    else:
        _make_tables(connection, files, batches)


def _make_tables(
    connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path], batches: Sequence[Mapping[str, Any]]
) -> None:
    connection.execute("CREATE SCHEMA ledger")
    connection.execute("CREATE TABLE published_batch (batch_id VARCHAR, status VARCHAR)")
    if batches:
        connection.executemany(
            "INSERT INTO published_batch VALUES (?, ?)", [(batch["batch_id"], batch["status"]) for batch in batches]
        )
    for table, file in files.items():
        if table == "feed_contract":
            selected = "SELECT * FROM"
        elif table == "batch":
            selected = "SELECT l.* REPLACE (p.status AS status) FROM published_batch AS p JOIN"
        else:
            selected = "SELECT l.* FROM published_batch AS p JOIN"
        join = "" if table == "feed_contract" else " ON p.batch_id = l.batch_id"
        connection.execute(f"CREATE TABLE ledger.{table} AS {selected} read_parquet({_text(file)}) AS l{join}")


def _raw_view(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    schema: str,
    entity: str,
    batch_ids: Sequence[str],
    fields: Sequence[Mapping[str, Any]],
) -> None:
    declared = {
        str(field["name"]): "VARCHAR" if field.get("protection") else _TYPES.get(str(field.get("type")), "VARCHAR")
        for field in fields
    } | _ADMISSION_COLUMNS
    empty = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in declared.items())
    wanted = set(batch_ids)
    files = sorted(
        str(path) for path in folder.glob("dt=*/batch=*/*.parquet") if path.parent.name.removeprefix("batch=") in wanted
    )
    query = f"SELECT {empty} WHERE false"
    if files:
        listed = ", ".join(_text(file) for file in files)
        # Contracts change: columns are matched by name over all files.
        reader = (
            f"read_parquet([{listed}], hive_partitioning = true, "
            "hive_types = {'dt': DATE, 'batch': VARCHAR}, union_by_name = true)"
        )
        present = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()}
        lacking = "".join(
            f', CAST(NULL AS {kind}) AS "{name}"' for name, kind in declared.items() if name not in present
        )
        query = f"SELECT *{lacking} FROM {reader}"
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    connection.execute(f'CREATE VIEW "{schema}"."{entity}" AS {query}')
    key = [str(field["name"]) for field in sorted(fields, key=_key_position) if field.get("key_position")]
    if key:
        _in_force_macro(connection, schema.removeprefix("raw_"), entity, key)


def _key_position(field: Mapping[str, Any]) -> int:
    return int(field.get("key_position") or 0)


def _in_force_macro(connection: duckdb.DuckDBPyConnection, feed: str, entity: str, key: Sequence[str]) -> None:
    """`in_force.<feed>__<entity>(on_day)`: the delivered rows that make up a register on a day.

    The last row of each key delivered for a period up to the day, or, for a key that only later deliveries know, the
    first one: before a register's first delivery the rows' own dates are all there is. Not those that the source has
    deleted, nor those that a later whole state of the same delivery (or a later correction) lacks.
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS in_force")
    connection.execute(f"""
        CREATE MACRO in_force."{feed}__{entity}"(on_day) AS TABLE (
            WITH delivered AS (
                SELECT raw.*, batch.mode, batch.delivery_key, raw.dt <= CAST(on_day AS DATE) AS is_known,
                       CAST(raw.dt AS VARCHAR) || lpad(CAST(raw._batch_order AS VARCHAR), 20, '0') AS position
                FROM "raw_{feed}"."{entity}" AS raw JOIN ledger.batch AS batch ON raw._batch_id = batch.batch_id
            ),
            whole AS (
                SELECT mode, delivery_key, max(position) AS position FROM delivered
                WHERE is_known AND mode IN ('full', 'correction') GROUP BY mode, delivery_key
            ),
            decisive AS (
                SELECT * FROM delivered
                QUALIFY row_number() OVER (
                    PARTITION BY {", ".join(f'"{name}"' for name in key)}
                    ORDER BY NOT is_known,
                             CASE WHEN is_known THEN position END DESC NULLS LAST,
                             CASE WHEN is_known THEN _row END DESC NULLS LAST,
                             dt, position DESC, _row DESC
                ) = 1
            )
            SELECT * FROM decisive
            WHERE NOT coalesce(_deleted, false)
              AND (NOT is_known OR NOT EXISTS (
                  SELECT 1 FROM whole
                  WHERE whole.position > decisive.position
                    AND (whole.mode = 'correction' OR whole.delivery_key = decisive.delivery_key)
              ))
        )
    """)


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
