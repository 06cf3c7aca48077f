"""The public tables with the macros of progress, empty, for tests of what follows from rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from tests.warehouse.plan_rows import DISTRICT, MID_2023, PLAN_END
from warehouse.publish import snapshot_file
from warehouse.publish.tables import TABLES


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The public tables with the status macros; made once, for making them takes longer than any test here."""
    connection = snapshot_file.create(tmp_path_factory.mktemp("status") / "snapshot.duckdb")
    yield connection
    connection.close()


@pytest.fixture
def empty(tables: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """No rows but the snapshot's own."""
    for table in TABLES:
        tables.execute(f"DELETE FROM {table}")
    snapshot_file.insert(
        tables,
        "snapshot",
        [
            {
                "snapshot_id": "s1",
                "number": 1,
                "as_of": MID_2023,
                "district_code": DISTRICT,
                "plan_start": date(2021, 1, 1),
                "plan_end": PLAN_END,
            }
        ],
    )
    return tables
