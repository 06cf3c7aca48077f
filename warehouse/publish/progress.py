"""What a snapshot says about the plan: status, totals, forecasts, claims, in this order.

Belongs here: that the tables of progress are filled from the figures. Does not belong here: any rule (the `.sql` files
of `snapshot_macros.py`, `forecast.py`, `claims.py`).
"""

from __future__ import annotations

from datetime import date

import duckdb

from warehouse.publish.claims import fill_claims
from warehouse.publish.forecast import fill_forecasts
from warehouse.publish.remembered_trends import RememberedTrends

TABLES = (
    "indicator_status",
    "progress_total",
    "indicator_forecast",
    "indicator_forecast_path",
    "claim",
    "claim_indicator",
)


def fill_progress(connection: duckdb.DuckDBPyConnection, as_of: date, trends: RememberedTrends | None = None) -> None:
    """Fill the tables of progress for a day (district-local); all others must be filled before."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")
    day = [as_of]
    connection.execute(
        "INSERT INTO indicator_status BY NAME FROM indicator_status_at(CAST(? AS DATE)) ORDER BY indicator_code", day
    )
    # Not progress_total_at(day): that would judge every indicator once more.
    connection.execute(
        "INSERT INTO progress_total BY NAME FROM progress_total_of('indicator_status', CAST(? AS DATE))", day
    )
    fill_forecasts(connection, as_of, trends or RememberedTrends())
    fill_claims(connection)
