"""A history of many small batches, laid down without delivering each of them.

Belongs here: repeating the batches that a home has taken in, in the ledger's own tables and as raw files. Does not
belong here: measuring (`goals/many_batches.py`), anything but event entities, whose keys are made new by a suffix.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from warehouse.home import Home

# Columns that say which batch it is, and of which bytes: each repetition gets its own.
_NEW_TEXTS = ("batch_id", "sha256", "check_result_id")
# What tells a repetition from a batch that was delivered: ids are hexadecimal.
_SUFFIX = "-x"
# Open files of one statement stay in bounds.
_FILES_AT_ONCE = 500


def repeat_batches(home: Home, entity_folder: Path, keys: tuple[str, ...], times: int) -> None:
    """Every batch `times` as often.

    `entity_folder` is the entity's place in `home.raw`; `keys` are its columns that make rows new ones.
    """
    with sqlite3.connect(home.ledger_url.removeprefix("sqlite:///")) as ledger:
        tables = [name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for number in range(1, times):
            # the batches first: other tables refer to them
            for table in sorted(tables, key=lambda name: name != "batch"):
                _repeat_records(ledger, table, number)
    batches = sorted(entity_folder.glob("dt=*/batch=*"))
    changed = ", ".join(f"{name} || '{_SUFFIX}' || n AS {name}" for name in (*keys, "_batch_id", "batch"))
    numbers_at_once = max(1, _FILES_AT_ONCE // len(batches))
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1; SET preserve_insertion_order = false")
        connection.execute(f"SET partitioned_write_max_open_files = {_FILES_AT_ONCE}")
        for first in range(1, times, numbers_at_once):
            connection.execute(f"""
                COPY (
                  SELECT r.* REPLACE ({changed})
                  FROM (FROM read_parquet('{entity_folder}/dt=*/batch=*/part-0.parquet', hive_partitioning = true)
                        WHERE NOT contains(batch, '{_SUFFIX}')) AS r,
                    range({first}, {min(first + numbers_at_once, times)}) AS numbers(n)
                ) TO '{entity_folder}' (FORMAT parquet, PARTITION_BY (dt, batch), OVERWRITE_OR_IGNORE)
            """)


def _repeat_records(ledger: sqlite3.Connection, table: str, number: int) -> None:
    """The records of the first batches once more, with ids of their own and the next sequence numbers."""
    columns = ledger.execute(f"PRAGMA table_info({table})").fetchall()
    names = [name for _, name, *_ in columns]
    if "batch_id" not in names:
        return
    sequence = {name for _, name, kind, _, _, key in columns if key and kind.upper() == "INTEGER" and name == "seq"}
    values = {name: name for name in names if name not in sequence}
    values |= {name: f"{name} || '{_SUFFIX}{number}'" for name in _NEW_TEXTS if name in names}
    if "decision_seq" in names:
        values["decision_seq"] = "decision_seq + (SELECT max(decision_seq) FROM batch)"
    ledger.execute(
        f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {table} "
        f"WHERE instr(batch_id, '{_SUFFIX}') = 0"
    )
