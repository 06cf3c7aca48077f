"""What a snapshot answers for any day by itself: the macros that every snapshot carries.

Belongs here: which SQL files they are, and putting them into a new snapshot. Does not belong here: any rule (the `.sql`
files), filling tables with the answers of one day (`progress.py`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

# In the order in which they build upon each other.
_FILES = ("definition_changes.sql", "status.sql", "totals.sql", "forecast.sql")


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `indicator_status_at(day)`, `progress_total_at(day)` and their parts; the public tables are there before."""
    for name in _FILES:
        connection.execute(Path(__file__).with_name(name).read_text(encoding="utf-8"))
