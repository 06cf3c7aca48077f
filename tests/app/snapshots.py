"""Snapshots that lack something or hold something odd, made from the small snapshot of tests/snapshot_fixture.py."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tests.snapshot_deliveries import AS_OF
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.publish import progress, snapshot_file, switch
from warehouse.publish.tables import TABLES

# The size of the real plan: eighteen headline indicators over four domains, some without a figure or a definition.
EIGHTEEN = """
    UPDATE indicator SET tier = 'headline'
    WHERE indicator_code IN ('S06', 'S07', 'S08', 'S11', 'S14', 'S15', 'S17', 'S21', 'S22', 'HSP01', 'HSP03', 'PRK03');
    UPDATE indicator SET domain = 'base' WHERE indicator_code IN ('S06', 'HSP01');
    UPDATE indicator SET domain = 'governance' WHERE indicator_code IN ('S07', 'S08', 'S14');
    UPDATE indicator SET domain = 'economy' WHERE indicator_code IN ('S11', 'S15');
"""


def build_partly(home: Home, *, tables: Collection[str] | None = None, change: str = "") -> Path:
    """A snapshot with the rows of `tables` alone (None: all), after the SQL `change`; it becomes the current one.

    The snapshot's own row is always there: publishing writes it in the same step as the file.
    """
    whole = build_snapshot(home, number=1)
    snapshot_id = "s00002-partly"
    aside = home.workspace / f"{snapshot_id}.duckdb"
    connection = snapshot_file.create(aside)
    connection.execute(f"ATTACH '{whole}' AS whole (READ_ONLY)")
    for table in TABLES:
        if table in ("snapshot", "publication") or (
            table != "indicator_status" and (tables is None or table in tables)
        ):
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM whole.{table}")
    connection.execute("DETACH whole")
    connection.execute("UPDATE snapshot SET snapshot_id = ?", [snapshot_id])
    if change:
        connection.execute(change)
    progress.fill_progress(connection, AS_OF)
    snapshot_file.close_and_flush(connection, aside)
    path = switch.put_in_place(home, aside, snapshot_id)
    switch.switch_to(home, snapshot_id)
    return path
