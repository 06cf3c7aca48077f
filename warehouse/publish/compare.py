"""Whether two snapshots say the same, whatever run made them and when.

Belongs here: comparing the public tables, without columns that tell of runs (`tables.py` marks them volatile). Used to
see that nothing changed since the last publication, and by tests of interrupted runs. Does not belong here: comparing
figures for the revision ledger (`difference.py`).
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.publish.tables import TABLES, Column, PublicTable
from warehouse.tolerance import RELATIVE_TOLERANCE as RELATIVE_TOLERANCE  # what compares snapshots finds it here


def differences(
    path_a: Path, path_b: Path, *, ignore: Container[tuple[str, str]] = frozenset(), examples: int = 5
) -> list[str]:
    """What differs, one text an example, at most `examples` a table; empty when both say the same.

    Numbers count as equal within a relative 1e-9. `ignore` names further (table, column) pairs to leave out. Rows are
    matched by the table's key; where the key itself tells of runs, by all other columns.
    """
    with _both(path_a, path_b) as connection:
        return [text for table in _COMPARED for text in _of_table(connection, table, ignore, examples)]


def differ(path_a: Path, path_b: Path, *, ignore: Container[tuple[str, str]] = frozenset()) -> bool:
    """Whether `differences` would find any; what is cheap to tell is asked first, and the first answer is enough."""
    with _both(path_a, path_b) as connection:
        return (
            any(_shape_differences(connection, table) for table in _COMPARED)
            or any(_rows(connection, "a", table) != _rows(connection, "b", table) for table in _COMPARED)
            or any(_table_differences(connection, table, ignore, 1) for table in _COMPARED)
        )


_COMPARED = tuple(table for table in TABLES.values() if not table.volatile)


@contextmanager
def _both(path_a: Path, path_b: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{_quoted(path_a)}' AS a (READ_ONLY)")
        connection.execute(f"ATTACH '{_quoted(path_b)}' AS b (READ_ONLY)")
        yield connection


def _rows(connection: duckdb.DuckDBPyConnection, side: str, table: PublicTable) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {side}.main.{table.name}").fetchall()[0][0])


def _of_table(
    connection: duckdb.DuckDBPyConnection, table: PublicTable, ignore: Container[tuple[str, str]], examples: int
) -> list[str]:
    # an older version published without this table, or without some of its columns
    return _shape_differences(connection, table) or _table_differences(connection, table, ignore, examples)


def _shape_differences(connection: duckdb.DuckDBPyConnection, table: PublicTable) -> list[str]:
    there = connection.execute(
        "SELECT database_name, column_name FROM duckdb_columns() "
        "WHERE table_name = ? AND schema_name = 'main' AND database_name IN ('a', 'b')",
        [table.name],
    ).fetchall()
    missing = [
        (side, column.name) for side in ("a", "b") for column in table.columns if (side, column.name) not in there
    ]
    words = {"a": "first", "b": "second"}
    return [f"{table.name}: the {words[side]} has no column {name}" for side, name in missing]


def _table_differences(
    connection: duckdb.DuckDBPyConnection, table: PublicTable, ignore: Container[tuple[str, str]], examples: int
) -> list[str]:
    columns = [c for c in table.columns if not c.volatile and (table.name, c.name) not in ignore]
    names = {column.name for column in columns}
    key = [name for name in table.key if name in names]
    if len(key) < len(table.key):
        return _as_sets(connection, table, columns, examples)
    others = [column for column in columns if column.name not in table.key]
    join = " AND ".join(f'a."{name}" = b."{name}"' for name in key)
    label = ", ".join(f"""'{name}=' || coalesce(a."{name}", b."{name}")""" for name in key)
    differs = [f'b."{key[0]}" IS NULL', f'a."{key[0]}" IS NULL']
    texts = ["'only in the first'", "'only in the second'"]
    for column in others:
        left, right = f'a."{column.name}"', f'b."{column.name}"'
        if column.type == "DOUBLE":
            condition = (
                f"({left} IS NULL) <> ({right} IS NULL) OR abs({left} - {right}) > "
                f"{RELATIVE_TOLERANCE} * greatest(abs({left}), abs({right}))"
            )
        else:
            condition = f"{left} IS DISTINCT FROM {right}"
        differs.append(f"coalesce({condition}, false)")
        texts.append(
            f"""'{column.name}: ' || coalesce(CAST({left} AS VARCHAR), 'NULL') || ' <> ' """
            f"""|| coalesce(CAST({right} AS VARCHAR), 'NULL')"""
        )
    first_difference = " ".join(f"WHEN {test} THEN {text}" for test, text in zip(differs, texts, strict=True))
    rows = connection.execute(
        f"""
        SELECT concat_ws(', ', {label}), CASE {first_difference} END AS difference
        FROM a.main.{table.name} AS a FULL JOIN b.main.{table.name} AS b ON {join}
        WHERE difference IS NOT NULL ORDER BY 1, 2 LIMIT {examples}
        """
    ).fetchall()
    return [f"{table.name} [{place}] {text}" for place, text in rows]


def _as_sets(
    connection: duckdb.DuckDBPyConnection, table: PublicTable, columns: list[Column], examples: int
) -> list[str]:
    names = [column.name for column in columns]
    # Without a key there is nothing to match by: numbers are compared by their first nine digits after the point.
    chosen = ", ".join(f'round("{c.name}", 9) AS "{c.name}"' if c.type == "DOUBLE" else f'"{c.name}"' for c in columns)
    found: list[str] = []
    for here, there, text in (("a", "b", "only in the first"), ("b", "a", "only in the second")):
        rows = connection.execute(
            f"""
            SELECT {chosen} FROM {here}.main.{table.name} EXCEPT ALL SELECT {chosen} FROM {there}.main.{table.name}
            ORDER BY ALL LIMIT {examples}
            """
        ).fetchall()
        found.extend(f"{table.name} {text}: {dict(zip(names, row, strict=True))}" for row in rows)
    return found


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
