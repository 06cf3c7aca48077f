"""The public tables that tell of deliveries: feeds, batches, freshness, checks, revisions, publications.

Belongs here: laying the ledger's exported tables out as the public ones. Does not belong here: figures
(`build_tables.py`), samples of failing rows (`failed_rows.py`), the rules of freshness (`warehouse.freshness`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import duckdb

from warehouse.calendar import as_of_moment, due_text
from warehouse.district import District
from warehouse.freshness import freshness_history
from warehouse.home import Home
from warehouse.ledger import Batch, FeedContract, Ledger
from warehouse.publish import snapshot_file
from warehouse.publish.tables.feeds import FEED

_BATCH = """
    INSERT INTO batch BY NAME
    SELECT batch_id, feed, entity, source, delivery_mode, file_name, sha256, bytes, encoding_declared,
           encoding_detected, generated_at, received_at, landed_at, decided_at, period_start, period_end, mode,
           batch_seq, superseded_by, rows_declared, checksum_declared, rows_read, rows_admitted, rows_rejected, status,
           reason_zh, reason_en, contract_version, contract_sha256, simulated, run_id,
           (SELECT count(*) FROM ledger_batch_file AS f WHERE f.batch_id = ledger_batch.batch_id) AS files
    FROM ledger_batch ORDER BY feed, entity, received_at, batch_id
"""
_CHECK_RESULT = """
    INSERT INTO check_result BY NAME
    SELECT check_result_id, scope, feed, entity, indicator_code, batch_id, check_key, column_name, name_zh, name_en,
           dimension, severity, blocking, owner, outcome, measured, threshold, failed_rows, reason, errors,
           rows_tested, rows_satisfied, evaluated_at, run_id
    -- Those without a batch are of the publication at hand, which has its own (`feed_checks.py`).
    FROM ledger_check_result WHERE scope = 'feed' AND batch_id IS NOT NULL
    -- A held batch that is decided anew has its checks again: the last ones count.
    QUALIFY row_number() OVER (PARTITION BY batch_id, feed, entity, check_key
                               ORDER BY evaluated_at DESC, check_result_id) = 1
    ORDER BY feed, entity, batch_id, check_key
"""
_BATCH_TREATMENT = """
    INSERT INTO batch_treatment BY NAME
    SELECT batch_id, code, column_name, treatment, rows, example, text_zh, text_en
    FROM ledger_batch_treatment ORDER BY ALL
"""
_BATCH_CORRECTION = """
    INSERT INTO batch_correction BY NAME SELECT * FROM ledger_batch_correction ORDER BY batch_id, correction, outcome
"""
_REVISION = """
    INSERT INTO indicator_revision BY NAME
    SELECT indicator_code, definition_version, period_type, period_start, period_end, area_code, value, numerator,
           denominator, previous_value, reason_class, reason, snapshot_id, published_at, seq,
           row_number() OVER (PARTITION BY indicator_code, period_type, period_start, period_end, area_code
                              ORDER BY seq) AS revision_number
    FROM ledger_revision ORDER BY seq
"""
_PUBLICATION = """
    INSERT INTO publication BY NAME
    SELECT s.snapshot_id, s.number, s.as_of, s.published_at, s.state,
           count(r.seq) FILTER (r.reason_class = 'first_publication') AS new_figures,
           count(r.seq) FILTER (r.reason_class <> 'first_publication') AS revised_figures
    FROM ledger_snapshot AS s LEFT JOIN ledger_revision AS r ON r.snapshot_id = s.snapshot_id
    GROUP BY ALL ORDER BY s.number
"""


def attach_ledger(connection: duckdb.DuckDBPyConnection, home: Home, ledger: Ledger) -> None:
    """Export the ledger and make its tables visible as temporary views `ledger_<table>`."""
    for file in ledger.export(home):
        path = str(file).replace("'", "''")
        connection.execute(f"CREATE OR REPLACE TEMP VIEW ledger_{file.stem} AS SELECT * FROM read_parquet('{path}')")


def fill_from_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the tables that follow from the ledger alone; `attach_ledger` comes first."""
    for statement in (_BATCH, _BATCH_TREATMENT, _BATCH_CORRECTION, _CHECK_RESULT, _REVISION, _PUBLICATION):
        connection.execute(statement)


def fill_feeds(connection: duckdb.DuckDBPyConnection, contracts: Sequence[FeedContract]) -> None:
    """Fill `feed`, one row an entity of the contracts in force."""
    snapshot_file.insert(connection, "feed", [_feed(contract) for contract in contracts])


def fill_freshness(
    connection: duckdb.DuckDBPyConnection,
    contracts: Sequence[FeedContract],
    batches: Sequence[Batch],
    *,
    as_of: date,
    district: District,
) -> None:
    """Fill `feed_freshness` for `as_of`, and its history since the plan began; `attach_ledger` comes first."""
    dated = connection.execute("SELECT batch_id, list(dt) FROM ledger_batch_partition WHERE rows > 0 GROUP BY ALL")
    days = dict(dated.fetchall())
    # A day before the plan has no history: nothing was expected yet.
    asked = [district.plan_start + timedelta(days=n) for n in range((as_of - district.plan_start).days + 1)] or [as_of]
    judged = freshness_history(
        contracts,
        batches,
        days,
        moments=[as_of_moment(day, district.zone) for day in asked],
        zone=district.zone,
        since=district.plan_start,
    )
    # Rows come by day, all entities of a day together. The moment of a day that still runs lies on it.
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    changes: list[dict[str, Any]] = []
    told: dict[tuple[str, str], tuple[Any, ...]] = {}
    for place, row in enumerate(judged):
        entity = (row.feed, row.entity)
        content = (row.state, row.expected_period_end, row.data_period_end, row.last_batch_id)
        is_last_day = place >= (len(asked) - 1) * len(contracts)
        # One row a change: an unchanged state goes on until the next row.
        if told.get(entity) != content or is_last_day:
            of_day = snapshot_file.row_of(row) | {"as_of": asked[place // len(contracts)]}
            if told.get(entity) != content:
                changes.append(of_day)
            if is_last_day:
                newest[entity] = of_day
        told[entity] = content
    snapshot_file.insert(connection, "feed_freshness", list(newest.values()))
    changes.sort(key=lambda change: (change["feed"], change["entity"], change["as_of"]))
    snapshot_file.insert(connection, "feed_freshness_history", changes)


def _feed(contract: FeedContract) -> dict[str, Any]:
    row = snapshot_file.row_of(contract)
    row["calendar"], row["fields"] = snapshot_file.json_text(row["calendar"]), snapshot_file.json_text(row["fields"])
    due_zh, due_en = due_text(contract.calendar)
    names = {column.name for column in FEED.columns}
    derived = {"cadence": contract.calendar.get("cadence", "irregular"), "due_text_zh": due_zh, "due_text_en": due_en}
    return {name: value for name, value in row.items() if name in names} | derived
