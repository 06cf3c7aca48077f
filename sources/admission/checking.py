"""The contract's Soda checks on the rows of one batch.

Belongs here: what the checks get to see, and which of a contract's checks apply. Does not belong here: running checks
(`warehouse.checks.soda`), the verdict (`gate.py`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from sources.contract.feed import Check, Entity, Feed
from sources.reading.quoting import identifier, literal
from warehouse.checks.outcome import CheckOutcome, CheckSpec

# Beside what reading keeps (`gate.py`): counting the distinct values of 20 million rows takes gigabytes if it may.
_MEMORY = "400MB"


def check_rows(
    feed: Feed, entity: Entity, rows_folder: Path, failed_rows_folder: Path, scratch: Path, *, threads: int
) -> tuple[CheckOutcome, ...]:
    """Run the entity's checks on the Parquet files under `rows_folder`; failing rows go to `failed_rows_folder`, what
    does not fit into memory to `scratch`. `threads` as the batch was read with.

    Checks are SQL that others wrote: their connection sees these files (personal values are protected there) and
    nothing else, and its configuration is locked.
    """
    of_soda = [check for check in entity.checks if check.engine == "soda"]
    if not of_soda:
        return ()
    from warehouse.checks.soda import verify  # Soda takes a second to import; most commands never check

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch / "spill-of-checks"),
        "threads": threads,
    }
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute(f"SET allowed_directories = [{literal(str(rows_folder))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        connection.execute(f"CREATE VIEW {identifier(entity.name)} AS {_rows(entity, rows_folder)}")
        specs = [check_spec(feed, check) for check in of_soda]
        return tuple(verify(connection, entity.name, specs, failed_rows_dir=failed_rows_folder))


def _rows(entity: Entity, folder: Path) -> str:
    if not folder.exists():
        columns = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in entity.raw_columns.items())
        return f"SELECT {columns} WHERE false"
    files = literal(f"{folder}/*/*/*.parquet")
    return (
        f"SELECT * EXCLUDE (batch) FROM read_parquet({files}, hive_partitioning = true, "
        "hive_types = {'dt': DATE, 'batch': VARCHAR}, union_by_name = false)"
    )


def check_spec(feed: Feed, check: Check) -> CheckSpec:
    """The contract's check as the warehouse runs it."""
    return CheckSpec(
        key=check.key,
        column=check.column,
        name_zh=check.name_zh,
        name_en=check.name_en,
        dimension=check.dimension,
        severity=check.severity,
        blocking=check.blocking,
        owner=feed.owner or None,
        reason=check.reason,
        soda=check.soda,
    )
