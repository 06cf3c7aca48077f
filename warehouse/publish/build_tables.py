"""The public tables that tell of figures: observations, evidence, subdistricts, from the marts of the build database.

Belongs here: reading the marts, keeping held indicators at their last published figures. Does not belong here:
definitions (`definitions.py`), the difference to the last publication (`difference.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.ledger import FeedContract
from warehouse.publish import snapshot_file
from warehouse.publish.report import PublishRefused

_OBSERVATION = (
    "indicator_code",
    "definition_version",
    "period_type",
    "period_start",
    "period_end",
    "area_code",
    "numerator",
    "denominator",
    "value",
    "coverage",
    "batch_ids",
)
_OBSERVATION_COLUMNS = ", ".join(_OBSERVATION)

# What publishing reads of the marts; further columns of `dim_indicator` are taken where the public table has them.
MARTS: Mapping[str, tuple[str, ...]] = {
    "fct_indicator_observation": _OBSERVATION,
    "dim_indicator": ("indicator_code", "definition_version", "name_zh", "name_en", "period_type", "state", "entities"),
    "dim_subdistrict": ("subdistrict_code", "name_zh", "name_en"),
}


def attach_build(connection: duckdb.DuckDBPyConnection, build_database: Path) -> None:
    """Attach the build database read-only as `build`; refuse to publish when its marts are not there."""
    if not build_database.is_file():
        raise PublishRefused(
            f"构建库 {build_database} 不存在，请先运行 dbt build 或 district run。",
            f"The build database {build_database} does not exist; run dbt build or district run first.",
        )
    path = str(build_database).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS build (READ_ONLY)")
    missing = ", ".join(missing_columns(connection))
    if missing:
        raise PublishRefused(
            f"构建库 {build_database} 缺少 {missing}，请运行 dbt build 并查看其错误。",
            f"The build database {build_database} lacks {missing}; run dbt build and see its errors.",
        )


def missing_columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Columns of the marts that the attached build database does not have, as `marts.table.column`."""
    found = set(
        connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE database_name = 'build' AND schema_name = 'marts'"
        ).fetchall()
    )
    return [f"marts.{mart}.{name}" for mart, names in MARTS.items() for name in names if (mart, name) not in found]


def relations(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """Tables and views of the attached build database: (schema, name) -> columns in their order."""
    found: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'build' AND NOT internal ORDER BY schema_name, table_name, column_index"
    ).fetchall():
        found.setdefault((schema, table), []).append(column)
    return found


def stage_figures(connection: duckdb.DuckDBPyConnection, previous: Path | None) -> None:
    """Make the temporary tables `built_figure` (the marts), and of the last snapshot (empty without one)
    `published_figure` and `published_batch`, the batches that it admitted."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE built_figure AS "
        f"SELECT {_OBSERVATION_COLUMNS} FROM build.marts.fct_indicator_observation"
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE published_figure AS FROM indicator_observation LIMIT 0")
    connection.execute("CREATE OR REPLACE TEMP TABLE published_batch (batch_id VARCHAR)")
    if previous is not None:
        path = str(previous).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS previous (READ_ONLY)")
        connection.execute("INSERT INTO published_figure BY NAME SELECT * FROM previous.main.indicator_observation")
        connection.execute(
            "INSERT INTO published_batch SELECT batch_id FROM previous.main.batch WHERE status = 'admitted'"
        )
        connection.execute("DETACH previous")


def keep_last_good(connection: duckdb.DuckDBPyConnection, held: Collection[str]) -> None:
    """Replace the figures of held indicators in `built_figure` by the last published ones, if there are any."""
    connection.execute("CREATE OR REPLACE TEMP TABLE held_code (indicator_code VARCHAR)")
    snapshot_file.insert_into(connection, "held_code", [{"indicator_code": code} for code in sorted(held)])
    connection.execute("DELETE FROM built_figure WHERE indicator_code IN (SELECT indicator_code FROM held_code)")
    connection.execute(
        f"""
        INSERT INTO built_figure SELECT {_OBSERVATION_COLUMNS} FROM published_figure
        WHERE indicator_code IN (SELECT indicator_code FROM held_code)
        """
    )


def fill_observations(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> None:
    """Fill `indicator_observation` from `built_figure`; `indicator` and `feed` are filled, `attach_ledger` comes first.

    A figure is provisional while its period runs, or while an entity that it rests on has not brought the last of its
    own periods (days, weeks, months) that ended with the figure's, whenever they came. A register brings its whole
    state, so for it any delivery within the figure's period will do. Irregular deliveries are not waited for.
    """
    connection.execute(
        """
        INSERT INTO indicator_observation BY NAME
        WITH brought AS (
            SELECT b.feed, b.entity, max(greatest(p.dt, coalesce(b.period_end, p.dt))) AS until
            FROM ledger_batch AS b JOIN ledger_batch_partition AS p ON p.batch_id = b.batch_id
            WHERE b.status = 'admitted' AND p."rows" > 0
            GROUP BY b.feed, b.entity
        ),
        used AS (
            SELECT i.indicator_code, f.cadence, f.history, coalesce(r.until, DATE '0001-01-01') AS until
            FROM (SELECT indicator_code, unnest(entities) AS entity_key FROM indicator) AS i
            JOIN feed AS f ON f.feed || '.' || f.entity = i.entity_key
            LEFT JOIN brought AS r ON r.feed = f.feed AND r.entity = f.entity
        ),
        waiting AS (
            SELECT DISTINCT p.indicator_code, p.period_start, p.period_end
            FROM (SELECT DISTINCT indicator_code, period_start, period_end FROM built_figure) AS p
            JOIN used AS u ON u.indicator_code = p.indicator_code
            WHERE u.until < CASE u.cadence
                WHEN 'weekly' THEN date_trunc('week', p.period_end + INTERVAL 1 DAY) - INTERVAL 1 DAY
                WHEN 'monthly' THEN date_trunc('month', p.period_end + INTERVAL 1 DAY) - INTERVAL 1 DAY
                WHEN 'quarterly' THEN date_trunc('quarter', p.period_end + INTERVAL 1 DAY) - INTERVAL 1 DAY
                WHEN 'half_yearly' THEN make_date(year(p.period_end + INTERVAL 1 DAY),
                    CASE WHEN month(p.period_end + INTERVAL 1 DAY) > 6 THEN 7 ELSE 1 END, 1) - INTERVAL 1 DAY
                WHEN 'yearly' THEN date_trunc('year', p.period_end + INTERVAL 1 DAY) - INTERVAL 1 DAY
                WHEN 'irregular' THEN NULL
                ELSE p.period_end
            END AND NOT (u.history = 'register' AND u.until >= p.period_start)
        )
        SELECT b.*, CASE WHEN h.indicator_code IS NOT NULL THEN 'held'
                         WHEN w.indicator_code IS NOT NULL THEN 'withheld'
                         ELSE 'published' END AS state,
               b.period_end > $as_of OR c.indicator_code IS NOT NULL AS is_provisional
        FROM built_figure AS b
        LEFT JOIN held_code AS h ON h.indicator_code = b.indicator_code
        LEFT JOIN withheld_period AS w ON w.indicator_code = b.indicator_code AND w.period_type = b.period_type
            AND w.period_start = b.period_start AND w.period_end = b.period_end
        LEFT JOIN waiting AS c ON c.indicator_code = b.indicator_code
            AND c.period_start = b.period_start AND c.period_end = b.period_end
        ORDER BY b.indicator_code, b.period_type, b.period_start, b.period_end, b.area_code
        """,
        {"as_of": as_of},
    )


def fill_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `indicator_evidence`: the batches of each figure; `attach_ledger` comes first.

    `rows` are those of the batch dated within the figure's period; where none is (registers, windows that reach back)
    all its admitted rows.
    """
    connection.execute(
        """
        INSERT INTO indicator_evidence BY NAME
        WITH used AS (
            SELECT indicator_code, period_type, period_start, period_end, area_code,
                   unnest(list_distinct(batch_ids)) AS batch_id
            FROM indicator_observation
        ),
        -- Rows are counted once a batch and period, not once a figure.
        in_period AS (
            SELECT p.batch_id, p.period_start, p.period_end, sum(d."rows")::BIGINT AS "rows"
            FROM (SELECT DISTINCT batch_id, period_start, period_end FROM used) AS p
            JOIN ledger_batch_partition AS d
                ON d.batch_id = p.batch_id AND d.dt BETWEEN p.period_start AND p.period_end
            GROUP BY ALL
        )
        SELECT u.*, CASE
                   WHEN f.history = 'register' THEN b.rows_admitted
                   ELSE coalesce(i."rows", b.rows_admitted)
               END AS "rows"
        FROM used AS u
        LEFT JOIN in_period AS i
            ON i.batch_id = u.batch_id AND i.period_start = u.period_start AND i.period_end = u.period_end
        LEFT JOIN batch AS b ON b.batch_id = u.batch_id
        LEFT JOIN feed AS f ON f.feed = b.feed AND f.entity = b.entity
        ORDER BY u.indicator_code, u.period_type, u.period_start, u.period_end, u.area_code, u.batch_id
        """
    )


def fill_subdistricts(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `subdistrict` from the mart."""
    connection.execute(
        """
        INSERT INTO subdistrict BY NAME
        SELECT subdistrict_code AS area_code, name_zh, name_en FROM build.marts.dim_subdistrict
        ORDER BY subdistrict_code
        """
    )


def fill_departments(
    connection: duckdb.DuckDBPyConnection, indicators: Sequence[Mapping[str, Any]], contracts: Sequence[FeedContract]
) -> None:
    """Fill `department`: those of the contracts, and those that answer for an indicator without a feed (by code)."""
    names = {c.department_code: (c.department_zh, c.department_en) for c in contracts}
    for row in indicators:
        for code in (row["department_code"], *(entry["code"] for entry in row["departments"])):
            if code:
                names.setdefault(code, (code, code))
    snapshot_file.insert(
        connection,
        "department",
        [{"department_code": code, "name_zh": zh, "name_en": en} for code, (zh, en) in sorted(names.items())],
    )
