"""Fills the public tables of expected batches, their totals, and what published figures lack.

Belongs here: laying out the rule's answer (`warehouse.expected`) and rolling it up. Does not belong here: the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import duckdb

from warehouse.calendar import as_of_moment
from warehouse.district import District
from warehouse.expected import ExpectedBatch, expected_batches
from warehouse.ledger import Batch, FeedContract
from warehouse.publish import snapshot_file

# An indicator's share of the calendar is that of every entity that it rests on.
TOTAL = """
    INSERT INTO expected_batch_total BY NAME
    WITH placed AS (
        SELECT 'feed' AS dimension, e.feed AS dimension_code, e.* FROM expected_batch AS e
        UNION ALL
        SELECT 'department', f.department_code, e.*
        FROM expected_batch AS e JOIN feed AS f ON f.feed = e.feed AND f.entity = e.entity
        UNION ALL
        SELECT 'indicator', i.indicator_code, e.*
        FROM (SELECT indicator_code, unnest(entities) AS entity_key FROM indicator) AS i
        JOIN expected_batch AS e ON e.feed || '.' || e.entity = i.entity_key
    )
    SELECT dimension, dimension_code, span,
           count(*) FILTER (state <> 'not_due') AS due,
           count(*) FILTER (state = 'on_time') AS on_time,
           count(*) FILTER (state = 'late') AS late,
           count(*) FILTER (state = 'missing') AS missing,
           count(*) FILTER (state = 'not_due') AS not_due
    FROM placed, (VALUES ('all', DATE '0001-01-01'), ('year', CAST($as_of AS DATE) - 365)) AS spans(span, after)
    WHERE period_end > after
    GROUP BY dimension, dimension_code, span ORDER BY dimension, dimension_code, span
"""
# A figure needs of each entity the batches whose periods end within it; of a register, which brings its whole state,
# the newest one at its end. A batch that a later one of the register made up for lacks nowhere.
GAP = """
    INSERT INTO figure_gap BY NAME
    WITH lacking AS (
        SELECT e.feed, e.entity, e.period_end, e.state, f.history = 'register' AS is_register,
               lead(e.period_end) OVER (PARTITION BY e.feed, e.entity ORDER BY e.period_end) AS next_end,
               e.batch_id IS NULL AND e.covered_by IS NULL AND NOT (
                   -- Made after the as-of day, and in the figure all the same: the day's last delivery.
                   e.state = 'not_due' AND EXISTS (
                       SELECT 1 FROM batch AS b WHERE b.feed = e.feed AND b.entity = e.entity
                       AND b.status = 'admitted' AND b.period_start <= e.period_end AND b.period_end >= e.period_start
                   )
               ) AS lacks
        FROM expected_batch AS e JOIN feed AS f ON f.feed = e.feed AND f.entity = e.entity
        WHERE f.cadence <> 'irregular'
    )
    SELECT o.indicator_code, o.period_type, o.period_start, o.period_end, l.feed, l.entity, l.state,
           count(*) AS batches, min(l.period_end) AS first_period_end, max(l.period_end) AS last_period_end
    FROM (SELECT DISTINCT indicator_code, period_type, period_start, period_end FROM indicator_observation) AS o
    JOIN (SELECT indicator_code, unnest(entities) AS entity_key FROM indicator) AS i
        ON i.indicator_code = o.indicator_code
    JOIN lacking AS l
        ON l.lacks AND l.feed || '.' || l.entity = i.entity_key AND l.period_end <= o.period_end
        AND CASE WHEN l.is_register THEN coalesce(l.next_end > o.period_end, true)
                 ELSE l.period_end >= o.period_start END
    GROUP BY ALL
    ORDER BY o.indicator_code, o.period_type, o.period_start, o.period_end, l.feed, l.entity, l.state
"""


def fill_expected(
    connection: duckdb.DuckDBPyConnection,
    contracts: Sequence[FeedContract],
    batches: Sequence[Batch],
    days: Mapping[str, Iterable[date]],
    *,
    as_of: date,
    district: District,
) -> list[ExpectedBatch]:
    """Fill the three tables and return the expected batches (`days`: see `expected_batches`).

    `feed`, `indicator` and `indicator_observation` are filled before.
    """
    found = sorted(
        expected_batches(
            contracts,
            batches,
            days,
            moment=as_of_moment(as_of, district.zone),
            zone=district.zone,
            since=district.plan_start,
        ),
        key=lambda row: (row.feed, row.entity, row.period_end),
    )
    snapshot_file.insert(connection, "expected_batch", [snapshot_file.row_of(row) for row in found])
    connection.execute(TOTAL, {"as_of": as_of})
    connection.execute(GAP)
    return found
