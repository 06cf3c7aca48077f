"""Quality scores by the six dimensions of GB/T 36344-2018, made of check results alone (decision 30).

Belongs here: the weights with their reasons, and the arithmetic. Does not belong here: checks and their outcomes.

X = A / B of each check: rows that satisfy the rule over rows tested; for a check without rows 1 / 1 when it passed,
else 0 / 1. What could not be evaluated has A = 0. A dimension's score is 100 times the mean of X over its checks,
weighted by severity; the mean over the dimensions that have checks is weighted by the dimensions' weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from warehouse.publish import snapshot_file

# (kind, name, weight, reason zh, reason en); the one home of the weights.
WEIGHTS: Final = (
    (
        "dimension",
        "规范性",
        20.0,
        "编码、格式不合则数据不能用，但多在入库时已被拒收",
        "codes and formats: unusable otherwise, but mostly rejected at the door",
    ),
    ("dimension", "完整性", 20.0, "缺行缺值直接造成少计", "missing rows and values undercount"),
    (
        "dimension",
        "准确性",
        25.0,
        "错值会进入已发布数值，危害最大",
        "wrong values reach published figures: the worst harm",
    ),
    (
        "dimension",
        "一致性",
        15.0,
        "矛盾说明至少一方有误，但未知哪一方",
        "a contradiction: one side is wrong, unknown which",
    ),
    ("dimension", "时效性", 15.0, "迟到可补，补齐后数值即正确", "late data can be made up for"),
    ("dimension", "可访问性", 5.0, "偶发中断下次运行即可恢复", "an outage is mended by the next run"),
    ("severity", "blocking", 3.0, "不通过即扣留整批", "its failure holds the batch"),
    ("severity", "error", 2.0, "严重，但不扣留", "severe, holds nothing"),
    ("severity", "warning", 1.0, "提示核实", "asks to look"),
)

# The newest result of each check of each entity, as the pages show them. Of checks before publishing each indicator has
# its own: passed where no failing row names it.
_CHECKS = """
    INSERT INTO quality_score_check BY NAME
    WITH newest AS (
        SELECT * FROM check_result WHERE scope = 'feed'
        QUALIFY row_number() OVER (PARTITION BY feed, entity, check_key
                                   ORDER BY evaluated_at DESC, check_result_id DESC) = 1
    ),
    measured AS (
        SELECT c.scope, c.feed, c.entity, c.check_key, c.dimension, c.outcome,
               (SELECT weight FROM quality_weight WHERE kind = 'severity' AND name =
                    CASE WHEN c.severity = 'warning' THEN 'warning' WHEN c.blocking THEN 'blocking' ELSE 'error' END
               ) AS weight,
               CASE WHEN c.outcome = 'NOT_EVALUATED' THEN 0
                    WHEN c.rows_tested > 0 THEN c.rows_satisfied
                    ELSE (c.outcome = 'PASSED')::BIGINT END AS satisfied,
               CASE WHEN c.rows_tested > 0 THEN c.rows_tested ELSE 1 END AS tested
        FROM newest AS c
    ),
    published AS (
        SELECT i.indicator_code, c.scope, '' AS feed, c.entity, c.check_key, c.dimension,
               coalesce(o.outcome, CASE WHEN c.outcome = 'NOT_EVALUATED' THEN c.outcome ELSE 'PASSED' END) AS outcome,
               (SELECT weight FROM quality_weight WHERE kind = 'severity' AND name =
                    CASE WHEN c.severity = 'warning' THEN 'warning' WHEN c.blocking THEN 'blocking' ELSE 'error' END
               ) AS weight
        FROM indicator AS i
        CROSS JOIN (SELECT * FROM check_result WHERE scope = 'published' AND indicator_code IS NULL) AS c
        LEFT JOIN check_result AS o ON o.scope = 'published' AND o.check_key = c.check_key AND o.entity = c.entity
            AND o.indicator_code = i.indicator_code
        WHERE EXISTS (SELECT 1 FROM indicator_observation AS v WHERE v.indicator_code = i.indicator_code)
    )
    SELECT 'entity' AS subject_kind, feed || '.' || entity AS subject, * FROM measured
    UNION ALL BY NAME
    SELECT 'feed' AS subject_kind, feed AS subject, * FROM measured
    UNION ALL BY NAME
    SELECT 'department' AS subject_kind, f.department_code AS subject, m.*
    FROM measured AS m JOIN feed AS f ON f.feed = m.feed AND f.entity = m.entity
    UNION ALL BY NAME
    SELECT 'indicator' AS subject_kind, i.indicator_code AS subject, m.*
    FROM (SELECT indicator_code, unnest(list_distinct(entities)) AS entity_key FROM indicator) AS i
    JOIN measured AS m ON m.feed || '.' || m.entity = i.entity_key
    UNION ALL BY NAME
    SELECT 'indicator' AS subject_kind, indicator_code AS subject, scope, feed, entity, check_key, dimension, outcome,
           weight, (outcome = 'PASSED')::BIGINT AS satisfied, 1 AS tested
    FROM published
    ORDER BY ALL
"""
_COUNTS = """
    count(*) AS checks, count(*) FILTER (outcome = 'PASSED') AS passed, count(*) FILTER (outcome = 'WARN') AS warned,
    count(*) FILTER (outcome NOT IN ('PASSED', 'WARN')) AS failed,
    sum(satisfied)::BIGINT AS satisfied, sum(tested)::BIGINT AS tested
"""
_SCORES = f"""
    INSERT INTO quality_score BY NAME
    WITH by_dimension AS (
        SELECT subject_kind, subject, dimension,
               100 * sum(weight * satisfied / tested) / sum(weight) AS score, {_COUNTS}
        FROM quality_score_check GROUP BY ALL
    )
    SELECT * FROM by_dimension
    UNION ALL BY NAME
    SELECT d.subject_kind, d.subject, '' AS dimension, sum(w.weight * d.score) / sum(w.weight) AS score,
           sum(checks)::BIGINT AS checks, sum(passed)::BIGINT AS passed, sum(warned)::BIGINT AS warned,
           sum(failed)::BIGINT AS failed, sum(satisfied)::BIGINT AS satisfied, sum(tested)::BIGINT AS tested
    FROM by_dimension AS d JOIN quality_weight AS w ON w.kind = 'dimension' AND w.name = d.dimension
    GROUP BY d.subject_kind, d.subject
    ORDER BY ALL
"""


def fill_quality_scores(connection: duckdb.DuckDBPyConnection, previous: Path | None) -> None:
    """Fill weights, scores, their checks and their history; every other table is filled before.

    `previous` is the file of the last publication: its history goes on here.
    """
    names = ("kind", "name", "weight", "reason_zh", "reason_en")
    snapshot_file.insert(connection, "quality_weight", [dict(zip(names, row, strict=True)) for row in WEIGHTS])
    connection.execute(_CHECKS)
    connection.execute(_SCORES)
    if previous is not None:
        path = str(previous).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS previous (READ_ONLY)")
        known = connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = 'previous' AND table_name = 'quality_score_history'"
        ).fetchall()
        if known:  # a snapshot of an older version has none
            connection.execute(
                "INSERT INTO quality_score_history BY NAME SELECT * FROM previous.main.quality_score_history "
                "WHERE number < (SELECT number FROM snapshot)"
            )
        connection.execute("DETACH previous")
    connection.execute(
        "INSERT INTO quality_score_history BY NAME SELECT s.number, s.as_of, q.* FROM quality_score AS q, snapshot AS s"
    )
