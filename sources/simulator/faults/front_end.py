"""Rows of a front-end database as faults change them.

Belongs here: reading and adding exchanged rows. Does not belong here: any fault (`kinds/`), the database's layout
(`sources/simulator/exchange_database.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def exchange(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, changed as one."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        yield connection


def exchanged(
    connection: sqlite3.Connection, table: str, where: str, parameters: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """Rows of an exchange table in the order of their arrival, without its surrogate key."""
    found = connection.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY cd_time, exchange_id", parameters)
    return [{name: row[name] for name in tuple(row.keys()) if name != "exchange_id"} for row in found]


def add(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """Add an exchanged row."""
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
