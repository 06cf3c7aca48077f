"""The public tables `waiting_row` and `waiting_delivery`: what waits for something that has not come.

Belongs here: copying them from the build and the ledger, masking. Does not belong here: which rows wait
(`dbt_project/macros/waiting.sql`), control files (`sources/control_file.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.ledger import FeedContract
from warehouse.publish import snapshot_file
from warehouse.publish.build_tables import relations
from warehouse.publish.failed_rows import MASK, shown_fields

_MODEL = ("conformed", "fct_waiting_row")
_DELIVERIES = """
    INSERT INTO waiting_delivery BY NAME
    SELECT feed, entity, delivery_key, file_name, waits_for, received_at, period_start, period_end
    FROM ledger_waiting_delivery ORDER BY ALL
"""
_ROWS = f"""
    INSERT INTO waiting_row BY NAME
    SELECT w.feed, w.entity, w.column_name, w.waits_for,
           CASE WHEN s.name IS NULL THEN '{MASK}' ELSE w.key_value END AS key_value,
           w.dt, w._batch_id AS batch_id, sum(w.row_count)::BIGINT AS row_count, min(w.came_at) AS came_at,
           -- one that somebody has to ask about is not hidden behind others under the same mask
           CASE WHEN bool_or(w.state = 'unresolved') THEN 'unresolved' ELSE 'waiting' END AS state
    FROM build.{".".join(_MODEL)} AS w
    LEFT JOIN shown_field AS s ON s.feed = w.feed AND s.entity = w.entity AND s.name = w.column_name
    GROUP BY ALL ORDER BY ALL
"""


def fill_waiting(connection: duckdb.DuckDBPyConnection, contracts: Sequence[FeedContract]) -> None:
    """Fill both; the build database and the ledger are attached. A build of a few models alone may lack the model."""
    connection.execute(_DELIVERIES)
    if _MODEL not in relations(connection):
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE shown_field (feed VARCHAR, entity VARCHAR, name VARCHAR)")
    snapshot_file.insert_into(
        connection,
        "shown_field",
        [
            {"feed": contract.feed, "entity": contract.entity, "name": name}
            for contract in contracts
            for name in sorted(shown_fields(contract.fields))
        ],
    )
    connection.execute(_ROWS)
