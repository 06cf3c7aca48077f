"""Running SQL on the batch's connection.

Belongs here: the one way to execute, and which file a row came from. All of a batch runs on one connection handle,
because DuckDB keeps what it rejected while scanning in temporary tables of that handle. Does not belong here: any
statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """All rows of `sql`, fetched at once so that no result stays open on the handle."""
    return connection.execute(sql).fetchall()


def source_index(members: Sequence[int]) -> str:
    """SQL of a row's source index in a scan over the files of `members`, in their order."""
    if list(members) == list(range(members[0], members[0] + len(members))):
        return f"(file_index::BIGINT + {members[0]})::INTEGER"
    return f"[{', '.join(map(str, members))}][file_index::BIGINT + 1]::INTEGER"
