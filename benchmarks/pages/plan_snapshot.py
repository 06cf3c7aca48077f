"""A snapshot of the size that pages are promised for, made by SQL straight into the public tables.

60 indicators over 60 months in 11 areas (the district and ten subdistricts), 60 entities of 20 feeds, 100,800 results
of 1,200 checks, failing rows, evidence, revisions, lineage, deadlines. Status, forecasts, totals, gaps and scores come
from the project's own publishing steps. Does not belong here: any measuring.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from warehouse.home import Home
from warehouse.publish import difference, expected, progress, quality_scores, snapshot_file, switch

AS_OF = date(2023, 6, 30)
INDICATORS, MONTHS, SUBDISTRICTS, FEEDS, ENTITIES, DEPARTMENTS = 60, 60, 10, 20, 60, 12
CHECKS_AN_ENTITY, BATCHES_AN_ENTITY = 20, 84
MOST_LOADED_DEPARTMENT = "department_00"

# Names are as long as real ones: lines wrap, and markup has its weight.
_TABLES = {
    "department": """
        SELECT 'department_' || format('{:02d}', i) AS department_code, '区数字化转型第' || i || '委员会' AS name_zh,
               'Commission ' || i || ' for the digital transformation' AS name_en
        FROM range($departments) AS r(i)
    """,
    "subdistrict": """
        SELECT CAST(310105001 + i AS VARCHAR) AS area_code, '第' || (i + 1) || '街道' AS name_zh,
               'Subdistrict ' || (i + 1) AS name_en
        FROM range($subdistricts) AS r(i)
    """,
    "feed": """
        SELECT 'feed_' || format('{:02d}', i // 3) AS feed, 'entity_' || format('{:02d}', i) AS entity,
               '第' || (i // 3) || '号业务系统' AS feed_label_zh, 'Business system ' || (i // 3) AS feed_label_en,
               '业务登记明细表' || i AS label_zh, 'Register of transactions ' || i AS label_en,
               ['economy', 'life', 'governance', 'base'][i % 4 + 1] AS domain,
               'department_' || format('{:02d}', (i // 3) % $departments) AS department_code, '数据管理科' AS owner,
               'monthly' AS cadence, '每月，次月第 10 个工作日前' AS due_text_zh,
               'monthly, by the 10th working day' AS due_text_en,
               '{"cadence": "monthly"}' AS calendar, 'event' AS history,
               (SELECT to_json(list({'name': 'field_' || k, 'label_zh': '字段' || k, 'label_en': 'Field ' || k}))
                FROM range(12) AS f(k)) AS fields,
               '1.0.0' AS contract_version, repeat('0', 64) AS contract_sha256, true AS delivered, true AS simulated
        FROM range($entities) AS r(i)
    """,
    "batch": """
        SELECT 'b' || format('{:02d}', i) || format('{:04d}', b) AS batch_id, f.feed, f.entity,
               f.feed || '/outbox' AS source,
               'files' AS delivery_mode, f.entity || '_' || strftime(e, '%Y%m%d') || '_' || b || '.csv' AS file_name,
               1 AS files, sha256(batch_id) AS sha256, 40960 AS bytes, 'GB18030' AS encoding_detected,
               CAST(e + INTERVAL 9 DAY AS TIMESTAMP) AS received_at, received_at AS landed_at,
               received_at AS decided_at, CAST(date_trunc('month', e) AS DATE) AS period_start, e AS period_end,
               'delta' AS mode,
               1200 AS rows_read, 1190 AS rows_admitted, 10 AS rows_rejected,
               CASE WHEN i % 15 = 4 AND b = $batches - 1 THEN 'held' ELSE 'admitted' END AS status,
               CASE WHEN status = 'held' THEN '文件不完整：声明 5000 行，实读 1200 行，请重新报送' END AS reason_zh,
               CASE WHEN status = 'held' THEN 'truncated: 5,000 rows declared, 1,200 read; send it again' END
                   AS reason_en,
               '1.0.0' AS contract_version, repeat('0', 64) AS contract_sha256, true AS simulated, 'run-1' AS run_id
        FROM (SELECT *, CAST(right(entity, 2) AS INTEGER) AS i FROM feed) AS f, range($batches) AS r(b),
             (SELECT 1) AS one(x),
             LATERAL (SELECT last_day(CAST($as_of - to_months(CAST(($batches - 1 - b) * 60 // $batches AS INTEGER))
                                      AS DATE)) AS e)
    """,
    "feed_freshness": """
        SELECT feed, entity, $as_of AS as_of, max_by(batch_id, batch_id) AS last_batch_id,
               max(received_at) AS last_received_at, max_by(period_start, batch_id) AS data_period_start,
               max(period_end) AS data_period_end, $as_of AS expected_period_end,
               CAST($as_of AS TIMESTAMP) AS due_at,
               ['on_time', 'on_time', 'on_time', 'late', 'on_time', 'on_time', 'missing', 'on_time', 'on_time',
                'not_due'][CAST(right(entity, 2) AS INTEGER) % 10 + 1] AS state,
               CASE state WHEN 'late' THEN 2 WHEN 'missing' THEN 30 ELSE 0 END AS days_late
        FROM batch GROUP BY feed, entity
    """,
    "feed_freshness_history": "SELECT * REPLACE (DATE '2021-01-01' AS as_of) FROM feed_freshness",
    "check_result": """
        SELECT 'c' || b.batch_id || '-' || k AS check_result_id, 'feed' AS scope, b.feed, b.entity, b.batch_id,
               b.entity || '__check_' || k AS check_key, 'field_' || k % 12 AS column_name,
               '业务登记明细检查 ' || k AS name_zh, 'check ' || k || ' of the register of transactions' AS name_en,
               ['完整性', '准确性', '一致性', '规范性', '时效性'][k % 5 + 1] AS dimension,
               CASE WHEN k % 4 = 0 THEN 'error' ELSE 'warning' END AS severity, k % 4 = 0 AS blocking,
               '数据管理科' AS owner,
               CASE WHEN hash(b.entity, k) % 40 = 0 THEN 'FAILED' WHEN hash(b.entity, k) % 40 = 1 THEN 'WARN'
                   ELSE 'PASSED' END AS outcome,
               CAST(k AS DOUBLE) AS measured, '= 0' AS threshold,
               CASE outcome WHEN 'PASSED' THEN 0 ELSE 10 END AS failed_rows, '口径要求每行可追溯' AS reason,
               1200 AS rows_tested, 1200 - failed_rows AS rows_satisfied, b.received_at AS evaluated_at,
               'run-1' AS run_id
        FROM batch AS b, range($checks) AS r(k)
    """,
    "failed_row": """
        SELECT c.check_key, c.batch_id, c.feed, c.entity, n + 1 AS sample_number, b.file_name, n * 7 + 2 AS row_number,
               '剩余数量大于总量' AS reason_zh, 'more are left than there are' AS reason_en,
               '{"field_1": "A' || n || '", "field_2": 210, "field_3": "***"}' AS values_json
        FROM check_result AS c JOIN batch AS b ON b.batch_id = c.batch_id, range(10) AS r(n)
        WHERE c.outcome <> 'PASSED' AND c.batch_id IN (SELECT last_batch_id FROM feed_freshness)
    """,
    "expected_batch": """
        SELECT feed, entity, min(period_start) AS period_start, period_end,
               CAST(period_end + INTERVAL 10 DAY AS TIMESTAMP) AS due_at,
               CASE hash(entity, period_end) % 25 WHEN 0 THEN 'late' ELSE 'on_time' END AS state,
               CASE state WHEN 'late' THEN 3 ELSE 0 END AS days_late, min(batch_id) AS batch_id,
               min(received_at) AS delivered_at
        FROM batch GROUP BY feed, entity, period_end
    """,
    "indicator": """
        SELECT 'I' || format('{:02d}', i) AS indicator_code, 1 AS definition_version,
               '城市数字化转型主要指标第' || i || '项完成率' AS name_zh,
               'Completion of digital transformation, part ' || i AS name_en,
               ['economy', 'life', 'governance', 'base'][i % 4 + 1] AS domain,
               CASE WHEN i < 18 THEN 'headline' WHEN i < 48 THEN 'supporting' ELSE 'operational' END AS tier,
               CASE WHEN i % 2 = 0 THEN '%' ELSE '家' END AS unit_zh, CASE WHEN i % 2 = 0 THEN '%' ELSE 'units' END
                   AS unit_en, CASE WHEN i % 2 = 0 THEN 1 ELSE 0 END AS decimals, 'higher' AS direction,
               CASE WHEN i % 2 = 0 THEN 'ratio' ELSE 'stock' END AS measure_basis, 'month' AS period_type,
               i % 2 = 1 AS additive, CASE WHEN i % 2 = 0 THEN 100.0 END AS ceiling, i % 2 = 1 AS integer_steps,
               i % 6 = 0 AS binding, 40.0 AS baseline_value, DATE '2020-12-31' AS baseline_date,
               60.0 + i % 30 AS target_value, DATE '2025-12-31' AS target_date, '规划文本（示意）' AS target_source,
               true AS target_illustrative, 'department_' || format('{:02d}', i % $departments) AS department_code,
               'agreed' AS state, [{'date': DATE '2023-12-31', 'value': 55.0 + i % 20}] AS milestones,
               '按月末时点统计，只计已入库批次；重复登记的主体按统一社会信用代码合并后计算。' AS definition_zh,
               'As of the end of the month, admitted batches only; one legal person counts once.' AS definition_en,
               '符合条件的数量' AS numerator_zh, CASE WHEN i % 2 = 0 THEN '应计数量' END AS denominator_zh,
               '长宁区全面推进城市数字化转型“十四五”规划' AS source, 'ind_i' || format('{:02d}', i) AS model_name,
               repeat('select period_end, area_code, count(*) as value' || chr(10), 20) AS sql_text,
               'select _batch_id, _row, 1 as numerator, null as denominator from raw' AS proof,
               ['feed_' || format('{:02d}', i % $feeds)] AS feeds,
               ['feed_' || format('{:02d}', i % $feeds) || '.entity_' || format('{:02d}', i % $feeds * 3 + k)
                   FOR k IN range(2)] AS entities
        FROM range($indicators) AS r(i)
    """,
    "indicator_observation": """
        SELECT i.indicator_code, 1 AS definition_version, 'month' AS period_type,
               CAST(date_trunc('month', e) AS DATE) AS period_start, e AS period_end, a.area_code,
               CASE WHEN i.additive THEN v ELSE v * 10 * a.share END AS numerator,
               CASE WHEN NOT i.additive THEN 1000 * a.share END AS denominator, v AS value, 1.0 AS coverage,
               [b.last_batch_id FOR b IN [f]] AS batch_ids, 'published' AS state, m = $months - 1 AS is_provisional
        FROM indicator AS i, range($months) AS r(m),
             (SELECT area_code, 1.0 / $subdistricts AS share FROM subdistrict UNION ALL SELECT '310105', 1.0) AS a,
             LATERAL (SELECT last_day(CAST($as_of - to_months(CAST($months - 1 - m AS INTEGER)) AS DATE)) AS e),
             LATERAL (SELECT x AS f FROM feed_freshness AS x WHERE x.feed || '.' || x.entity = i.entities[1]),
             LATERAL (SELECT 35 + m * 0.5 + hash(i.indicator_code, m) % 300 / 100.0 AS rate),
             LATERAL (SELECT CASE WHEN i.additive THEN round(rate * 10 * a.share) ELSE rate END AS v)
    """,
    "indicator_evidence": """
        SELECT o.indicator_code, o.period_type, o.period_start, o.period_end, o.area_code, b.batch_id, 120 AS rows
        FROM indicator_observation AS o JOIN indicator AS i ON i.indicator_code = o.indicator_code
        JOIN batch AS b ON list_contains(i.entities, b.feed || '.' || b.entity) AND b.period_end = o.period_end
    """,
    "indicator_revision": """
        SELECT o.* EXCLUDE (batch_ids, coverage, state, is_provisional), n + 1 AS revision_number,
               CASE WHEN n = 1 THEN value - 0.1 END AS previous_value, CASE WHEN n = 1 THEN value - 0.1 END
                   AS comparable_previous_value,
               CASE n WHEN 0 THEN 'first_publication' ELSE 'better_source' END AS reason_class,
               CASE n WHEN 0 THEN '首次发布' ELSE '补报批次已入库' END AS reason,
               CASE n WHEN 0 THEN 's00001-20230630' ELSE $snapshot_id END AS snapshot_id,
               TIMESTAMP '2023-07-01 00:05:00' + to_days(CAST(n AS INTEGER)) AS published_at,
               row_number() OVER (ORDER BY n, indicator_code, period_end, area_code) AS seq
        FROM indicator_observation AS o, range(2) AS r(n)
        WHERE n = 0 OR (o.area_code = '310105' AND hash(o.indicator_code, o.period_end) % 10 = 0)
    """,
    "lineage_edge": """
        WITH node AS (
            SELECT f.*, 'department.' || f.department_code AS department, 'feed.' || f.feed AS feed_node,
                   'raw_' || f.feed || '.' || f.entity AS raw, 'stg_' || f.feed || '__' || f.entity AS staging,
                   'fct_' || lower(i.indicator_code) AS fact, 'ind_' || lower(i.indicator_code) AS model,
                   'indicator.' || i.indicator_code AS indicator, i.name_zh AS indicator_zh, i.name_en AS indicator_en,
                   d.name_zh AS department_zh, d.name_en AS department_en
            FROM indicator AS i JOIN feed AS f ON list_contains(i.entities, f.feed || '.' || f.entity)
            JOIN department AS d ON d.department_code = f.department_code
        ), step AS (
            SELECT unnest([
                [department, 'department', department_zh, department_en, feed_node, 'feed', feed_label_zh,
                 feed_label_en],
                [feed_node, 'feed', feed_label_zh, feed_label_en, raw, 'entity', label_zh, label_en],
                [raw, 'entity', label_zh, label_en, staging, 'staging', label_zh || '（标准化）',
                 label_en || ' (staged)'],
                [staging, 'staging', label_zh || '（标准化）', label_en || ' (staged)', fact, 'conformed',
                 indicator_zh || '底表', indicator_en || ' facts'],
                [fact, 'conformed', indicator_zh || '底表', indicator_en || ' facts', model, 'model',
                 indicator_zh || '计算', indicator_en || ' model'],
                [model, 'model', indicator_zh || '计算', indicator_en || ' model', indicator, 'indicator', indicator_zh,
                 indicator_en]
            ]) AS s FROM node
        )
        SELECT DISTINCT s[1] AS from_node, s[2] AS from_kind, s[3] AS from_label_zh, s[4] AS from_label_en,
               s[5] AS to_node, s[6] AS to_kind, s[7] AS to_label_zh, s[8] AS to_label_en,
               '' AS from_column, '' AS to_column, '' AS transformation
        FROM step
    """,
    "publication": """
        SELECT 's' || format('{:05d}', n) || '-20230630' AS snapshot_id, n AS number, $as_of AS as_of,
               TIMESTAMP '2023-07-01 00:05:00' + to_days(CAST(n AS INTEGER)) AS published_at, 'published' AS state,
               300 AS new_figures, 5 AS revised_figures
        FROM range(1, $number + 1) AS r(n)
    """,
    "snapshot": """
        SELECT $snapshot_id AS snapshot_id, $number AS number, $as_of AS as_of,
               TIMESTAMP '2023-07-01 00:05:00' + to_days(CAST($number AS INTEGER)) AS published_at, 'run-2' AS run_id,
               'benchmark' AS code_version, '310105' AS district_code, '长宁区' AS district_zh,
               'Changning District' AS district_en, 'Asia/Shanghai' AS time_zone, DATE '2021-01-01' AS plan_start,
               DATE '2025-12-31' AS plan_end, true AS simulated
    """,
}


def build(home: Home) -> str:
    """Write the snapshot into `home`, make it current, and give its id."""
    home.prepare()
    number = 2
    snapshot_id = f"s{number:05d}-{AS_OF:%Y%m%d}"
    aside = home.workspace / f"{snapshot_id}.duckdb"
    connection = snapshot_file.create(aside)
    _fill(connection, snapshot_id, number)
    for statement in (expected.TOTAL, expected.GAP):
        connection.execute(statement, {"as_of": AS_OF} if "$as_of" in statement else {})
    quality_scores.fill_quality_scores(connection, None)
    progress.fill_progress(connection, AS_OF)
    difference.mark_comparable(connection)
    snapshot_file.assert_keys(connection)
    snapshot_file.close_and_flush(connection, aside)
    switch.put_in_place(home, aside, snapshot_id)
    switch.switch_to(home, snapshot_id)
    return snapshot_id


def size(path: Path) -> dict[str, int]:
    """How many rows the tables that a page's speed depends on have."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = ("indicator", "indicator_observation", "check_result", "indicator_evidence", "batch", "failed_row")
        counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in tables}
    return {name: int(found[0]) for name, found in counts.items() if found}


def _fill(connection: duckdb.DuckDBPyConnection, snapshot_id: str, number: int) -> None:
    given = {
        "snapshot_id": snapshot_id,
        "number": number,
        "as_of": AS_OF,
        "indicators": INDICATORS,
        "months": MONTHS,
        "subdistricts": SUBDISTRICTS,
        "feeds": FEEDS,
        "entities": ENTITIES,
        "departments": DEPARTMENTS,
        "checks": CHECKS_AN_ENTITY,
        "batches": BATCHES_AN_ENTITY,
    }
    for table, sql in _TABLES.items():
        used = {name: value for name, value in given.items() if f"${name}" in sql}
        connection.execute(f"INSERT INTO {table} BY NAME {sql}", used)
