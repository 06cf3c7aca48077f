"""What a snapshot says about the plan: status, totals, forecasts, claims, in this order.

Belongs here: which SQL a snapshot carries, and that the tables of progress are filled from the figures. Does not belong
here: any rule (the `.sql` files, `forecast.py`, `claims.py`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from warehouse.publish.claims import fill_claims
from warehouse.publish.forecast import fill_forecasts
from warehouse.publish.remembered_trends import RememberedTrends

# In the order in which they build upon each other.
_MACRO_FILES = ("definition_changes.sql", "status.sql", "totals.sql", "forecast.sql")
TABLES = (
    "indicator_status",
    "progress_total",
    "indicator_forecast",
    "indicator_forecast_path",
    "claim",
    "claim_indicator",
)


def install_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Put into the snapshot what answers for any day: `indicator_status_at(day)`, `progress_total_at(day)`, parts."""
    for name in _MACRO_FILES:
        connection.execute(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def fill_progress(connection: duckdb.DuckDBPyConnection, as_of: date, trends: RememberedTrends | None = None) -> None:
    """Fill the tables of progress for a day (district-local); all others must be filled before."""
    install_macros(connection)
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")
    day = [as_of]
    connection.execute(
        "INSERT INTO indicator_status BY NAME FROM indicator_status_at(CAST(? AS DATE)) ORDER BY indicator_code", day
    )
    connection.execute("INSERT INTO progress_total BY NAME FROM progress_total_at(CAST(? AS DATE))", day)
    fill_forecasts(connection, as_of, trends or RememberedTrends())
    fill_claims(connection)
