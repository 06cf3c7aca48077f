-- Progress of every indicator against the plan on a day, computed from the public tables of a snapshot alone.
-- Executed once on a snapshot while it is written; `indicator_status_at(day)` then answers for any day.
-- Belongs here: pace, status words and the sentences that explain them. Does not belong here: figures.
--
-- A share is a fraction: 1.0 = all. The way goes from the baseline (at the end of the day before the plan starts)
-- to the target on its date, in a straight line or through the milestones; the same formula serves "lower is better",
-- because both differences then change sign.
--
-- Tolerance of "on schedule": 0.05 of the way. Figures are assessed by the quarter and the plan has 20 quarters, so a
-- smaller difference is less than one quarter's work. For whole-number indicators less than one step is no difference
-- (docs/decisions/0011-on-schedule-is-within-a-twentieth.md).

CREATE OR REPLACE MACRO pace_tolerance() AS 0.05;

-- Numbers as pages write them: printed decimals, 万 and 亿 from ten thousand up in Chinese, m and bn in English.
-- Half up on the decimal form, as pages round (warehouse/read/writing.py): 62.5 is 63, 91.125 is 91.13.
-- To eight digits first, so that the double nearest to 2.675 counts as 2.675.
CREATE OR REPLACE MACRO half_up(x, places) AS
    sign(x) * floor(coalesce(TRY_CAST(abs(x) * pow(10, places) AS DECIMAL(38, 8)), abs(x) * pow(10, places)) + 0.5) / pow(10, places);
CREATE OR REPLACE MACRO number_text(x, places) AS
    format('{:,.' || CAST(greatest(coalesce(places, 0), 0) AS VARCHAR) || 'f}', half_up(x, greatest(coalesce(places, 0), 0)));
CREATE OR REPLACE MACRO short_number_text(x) AS regexp_replace(format('{:.2f}', half_up(x, 2)), '\.?0+$', '');
CREATE OR REPLACE MACRO value_text_zh(x, places, unit) AS
    CASE
        WHEN x IS NULL THEN '—'
        WHEN abs(x) >= 1e8 THEN short_number_text(x / 1e8) || '亿' || coalesce(unit, '')
        WHEN abs(x) >= 1e4 THEN short_number_text(x / 1e4) || '万' || coalesce(unit, '')
        ELSE number_text(x, places) || coalesce(unit, '')
    END;
CREATE OR REPLACE MACRO in_words_en(x) AS regexp_replace(number_text(x, 2), '\.?0+$', '');
CREATE OR REPLACE MACRO value_text_en(x, places, unit) AS
    CASE
        WHEN x IS NULL THEN '—'
        WHEN unit = '%' THEN number_text(x, places) || '%'
        WHEN abs(half_up(x, coalesce(places, 0))) >= 1e9 THEN rtrim(in_words_en(half_up(x, coalesce(places, 0)) / 1e9) || ' bn ' || coalesce(unit, ''))
        WHEN abs(half_up(x, coalesce(places, 0))) >= 1e6 THEN rtrim(in_words_en(half_up(x, coalesce(places, 0)) / 1e6) || ' m ' || coalesce(unit, ''))
        ELSE rtrim(number_text(x, places) || ' ' || coalesce(unit, ''))
    END;
CREATE OR REPLACE MACRO share_text(x) AS format('{:.1f}', half_up(100 * x, 1)) || '%';
-- A difference of two shares is in percentage points, of the numbers as they are printed: 49.9 % - 31.7 % = 18.2.
CREATE OR REPLACE MACRO points_text(x, y) AS
    format('{:.1f}', abs(half_up(100 * x, 1) - half_up(100 * y, 1)));

CREATE OR REPLACE MACRO status_text_zh(word) AS
    CASE word
        WHEN 'achieved_early' THEN '提前实现' WHEN 'ahead' THEN '快于预期' WHEN 'on_schedule' THEN '基本符合预期'
        WHEN 'behind' THEN '滞后' WHEN 'undefined' THEN '暂无统计口径' WHEN 'not_due' THEN '未到期'
        WHEN 'missing' THEN '缺报' WHEN 'held' THEN '暂停发布' WHEN 'not_assessed' THEN '无目标值'
    END;
CREATE OR REPLACE MACRO status_text_en(word) AS
    CASE word
        WHEN 'achieved_early' THEN 'Achieved early' WHEN 'ahead' THEN 'Ahead' WHEN 'on_schedule' THEN 'On schedule'
        WHEN 'behind' THEN 'Behind' WHEN 'undefined' THEN 'No definition yet' WHEN 'not_due' THEN 'Not due'
        WHEN 'missing' THEN 'Missing' WHEN 'held' THEN 'On hold' WHEN 'not_assessed' THEN 'No target'
    END;

-- Last period of a kind that has ended by a day. A window runs from a fixed day to a month's end (docs/architecture.md).
CREATE OR REPLACE MACRO last_period_end(kind, day) AS
    CASE kind
        WHEN 'day' THEN CAST(day AS DATE)
        WHEN 'month' THEN CAST(date_trunc('month', day + INTERVAL 1 DAY) - INTERVAL 1 DAY AS DATE)
        WHEN 'window' THEN CAST(date_trunc('month', day + INTERVAL 1 DAY) - INTERVAL 1 DAY AS DATE)
        WHEN 'year_to_date' THEN CAST(date_trunc('month', day + INTERVAL 1 DAY) - INTERVAL 1 DAY AS DATE)
        WHEN 'quarter' THEN CAST(date_trunc('quarter', day + INTERVAL 1 DAY) - INTERVAL 1 DAY AS DATE)
        WHEN 'year' THEN CAST(date_trunc('year', day + INTERVAL 1 DAY) - INTERVAL 1 DAY AS DATE)
    END;

-- From worst to best; a feed that is not connected at all is the worst.
CREATE OR REPLACE MACRO freshness_rank(state) AS
    CASE state WHEN 'not_delivered' THEN 5 WHEN 'missing' THEN 4 WHEN 'late' THEN 3 WHEN 'not_due' THEN 2 WHEN 'on_time' THEN 1 END;

-- One row an indicator and entity: freshness of the entity on the day.
CREATE OR REPLACE MACRO upstream_freshness_at(on_day) AS TABLE (
    WITH used AS (SELECT indicator_code, unnest(entities) AS entity_key FROM indicator),
    known AS (
        SELECT feed || '.' || entity AS entity_key, max_by(state, as_of) AS state,
               max_by(expected_period_end, as_of) AS expected_period_end
        FROM feed_freshness_history WHERE as_of <= on_day GROUP BY 1
    )
    SELECT u.indicator_code, u.entity_key, coalesce(f.label_zh, u.entity_key) AS label_zh, coalesce(f.label_en, u.entity_key) AS label_en,
           CASE WHEN f.feed IS NULL OR NOT f.delivered THEN 'not_delivered' ELSE k.state END AS state,
           k.expected_period_end
    FROM used AS u
    LEFT JOIN feed AS f ON f.feed || '.' || f.entity = u.entity_key
    LEFT JOIN known AS k ON k.entity_key = u.entity_key
);

-- One row an entity and batch that is the newest of its entity, or not yet replaced: what its checks said.
CREATE OR REPLACE MACRO batch_quality() AS TABLE (
    WITH decided AS (
        SELECT *, row_number() OVER (PARTITION BY feed, entity ORDER BY received_at DESC, batch_id DESC) = 1 AS is_newest
        FROM batch WHERE status IN ('admitted', 'held')
    ),
    checks AS (
        -- The checks of admission stand for the entity: they are about its newest batch.
        SELECT coalesce(c.batch_id, d.batch_id) AS batch_id,
               bool_or(c.outcome NOT IN ('PASSED', 'WARN') AND c.severity = 'error') AS failed,
               bool_or(c.outcome <> 'PASSED') AS warned
        FROM check_result AS c
        LEFT JOIN decided AS d
            ON c.batch_id IS NULL AND starts_with(c.check_key, 'admitted.') AND d.is_newest
            AND d.feed = c.feed AND d.entity = c.entity
        WHERE c.scope = 'feed' AND coalesce(c.batch_id, d.batch_id) IS NOT NULL GROUP BY ALL
    )
    SELECT d.feed || '.' || d.entity AS entity_key, d.batch_id, d.period_start, d.period_end, d.is_newest,
           CASE
               WHEN d.status = 'held' THEN 3
               WHEN c.failed THEN 3
               WHEN c.warned THEN 2
               WHEN c.batch_id IS NOT NULL THEN 1
           END AS rank
    FROM decided AS d LEFT JOIN checks AS c ON c.batch_id = d.batch_id
    -- A held batch stops to matter once a later delivery of the same period was admitted.
    WHERE NOT (d.status = 'held' AND EXISTS (
        SELECT 1 FROM batch AS later
        WHERE later.feed = d.feed AND later.entity = d.entity AND later.status = 'admitted' AND later.received_at > d.received_at
          AND (later.mode = 'full' AND d.mode = 'full' OR later.period_start <= d.period_start AND later.period_end >= d.period_end)
    ))
);

CREATE OR REPLACE MACRO indicator_status_at(on_day) AS TABLE (
    WITH plan AS (
        SELECT district_code, plan_start, plan_end, CAST(plan_start - INTERVAL 1 DAY AS DATE) AS start_day FROM snapshot
    ),

    definition AS (
        SELECT i.*, p.district_code, p.plan_start, p.start_day,
               coalesce(i.target_date, p.plan_end) AS end_day,
               CASE WHEN i.direction = 'higher' AND i.target_value > i.ceiling THEN i.ceiling ELSE i.target_value END AS target,
               -- What accumulates from the start of the plan starts at nothing.
               coalesce(i.baseline_value, CASE WHEN i.measure_basis = 'cumulative' THEN 0.0 END) AS baseline,
               i.period_type = 'year_to_date' AND i.measure_basis IN ('flow', 'cumulative') AS is_part_of_year
        FROM indicator AS i CROSS JOIN plan AS p
    ),

    -- Figures of the main kind of period, district total, known by the day. Earlier ones count in terms of the newest
    -- version; across a change without a bridge they neither met the target nor are a previous value.
    figure AS (
        SELECT o.*, d.direction, d.target,
               CASE d.direction WHEN 'higher' THEN o.comparable_value >= d.target - 1e-9 WHEN 'lower' THEN o.comparable_value <= d.target + 1e-9 END AS is_met
        FROM comparable_figure_at(on_day) AS o
        JOIN definition AS d ON o.indicator_code = d.indicator_code AND o.period_type = d.period_type
    ),
    latest AS (
        SELECT *, lag(comparable_value) OVER by_period AS previous_value,
               CASE WHEN lag(comparable_value) OVER by_period IS NOT NULL THEN lag(period_end) OVER by_period END AS previous_period_end,
               min(CASE WHEN is_met THEN period_end END) OVER (PARTITION BY indicator_code) AS first_met
        FROM figure
        WINDOW by_period AS (PARTITION BY indicator_code ORDER BY period_end, period_start)
        QUALIFY row_number() OVER (PARTITION BY indicator_code ORDER BY period_end DESC, period_start DESC) = 1
    ),

    upstream AS (
        SELECT indicator_code, max_by(state, freshness_rank(state)) AS freshness,
               bool_or(state IN ('missing', 'not_delivered')) AS is_absent, bool_or(state = 'late') AS is_late,
               bool_or(state = 'not_due') AS is_not_due, min(expected_period_end) AS expected_data_end,
               string_agg(CASE WHEN state IN ('missing', 'not_delivered') THEN label_zh || CASE state WHEN 'missing' THEN '缺报' ELSE '未接入' END END, '、' ORDER BY entity_key) AS absent_zh,
               string_agg(CASE WHEN state IN ('missing', 'not_delivered') THEN label_en || CASE state WHEN 'missing' THEN ' missing' ELSE ' not connected' END END, ', ' ORDER BY entity_key) AS absent_en
        FROM upstream_freshness_at(on_day) GROUP BY indicator_code
    ),

    quality AS (
        SELECT d.indicator_code, max(q.rank) AS rank
        FROM (SELECT indicator_code, unnest(entities) AS entity_key FROM definition) AS d
        LEFT JOIN latest AS l ON l.indicator_code = d.indicator_code
        JOIN batch_quality() AS q ON q.entity_key = d.entity_key
            AND (q.is_newest OR (q.period_start <= l.period_end AND q.period_end >= l.period_start))
        GROUP BY d.indicator_code
    ),
    published_quality AS (
        SELECT indicator_code, max(CASE WHEN outcome NOT IN ('PASSED', 'WARN') AND severity = 'error' THEN 3 WHEN outcome <> 'PASSED' THEN 2 ELSE 1 END) AS rank
        FROM check_result WHERE scope = 'published' AND indicator_code IS NOT NULL GROUP BY indicator_code
    ),

    -- The required path. A figure that grows within the year is set against the year's end of the path.
    path_day AS (
        SELECT d.indicator_code, CASE WHEN d.is_part_of_year AND l.period_end IS NOT NULL
            THEN least(make_date(year(l.period_end), 12, 31), d.end_day) ELSE CAST(on_day AS DATE) END AS day
        FROM definition AS d LEFT JOIN latest AS l ON l.indicator_code = d.indicator_code
    ),
    path_point AS (
        SELECT indicator_code, start_day AS day, baseline AS value FROM definition
        UNION ALL SELECT indicator_code, end_day, target FROM definition
        UNION ALL
        SELECT indicator_code, m.milestone.date, m.milestone.value
        FROM (SELECT indicator_code, start_day, end_day, unnest(milestones) AS milestone FROM definition) AS m
        WHERE m.milestone.date > m.start_day AND m.milestone.date < m.end_day
    ),
    path_neighbour AS (
        SELECT p.indicator_code, d.day,
               max(p.day) FILTER (p.day <= d.day) AS day_before, max_by(p.value, p.day) FILTER (p.day <= d.day) AS value_before,
               min(p.day) FILTER (p.day > d.day) AS day_after, min_by(p.value, p.day) FILTER (p.day > d.day) AS value_after
        FROM path_point AS p JOIN path_day AS d ON d.indicator_code = p.indicator_code
        WHERE p.value IS NOT NULL
        GROUP BY p.indicator_code, d.day
    ),
    path AS (
        SELECT indicator_code,
               CASE
                   WHEN day_before IS NULL THEN value_after
                   WHEN day_after IS NULL THEN value_before
                   ELSE value_before + (value_after - value_before) * (day - day_before) / (day_after - day_before)
               END AS required_value
        FROM path_neighbour
    ),

    measured AS (
        SELECT d.*, l.period_start, l.period_end, l.value, l.numerator, l.denominator, l.is_met, l.first_met, l.is_provisional,
               l.previous_value, l.previous_period_end, l.definition_version AS figure_version,
               u.freshness, u.is_absent, u.is_late, u.is_not_due, u.absent_zh, u.absent_en,
               last_period_end(d.period_type, u.expected_data_end) AS expected_period_end,
               greatest(coalesce(q.rank, 0), coalesce(pq.rank, 0)) AS quality_rank,
               CASE WHEN d.end_day <= d.start_day THEN 1.0
                    ELSE greatest(0.0, least(1.0, (CAST(on_day AS DATE) - d.start_day) / CAST(d.end_day - d.start_day AS DOUBLE))) END AS time_share,
               p.required_value AS path_value,
               CASE WHEN d.is_part_of_year AND l.period_end IS NOT NULL
                    THEN (l.period_end - make_date(year(l.period_end), 1, 1) + 1)
                         / CAST(make_date(year(l.period_end), 12, 31) - make_date(year(l.period_end), 1, 1) + 1 AS DOUBLE)
                    ELSE 1.0 END AS share_of_year
        FROM definition AS d
        LEFT JOIN latest AS l ON l.indicator_code = d.indicator_code
        LEFT JOIN upstream AS u ON u.indicator_code = d.indicator_code
        LEFT JOIN quality AS q ON q.indicator_code = d.indicator_code
        LEFT JOIN published_quality AS pq ON pq.indicator_code = d.indicator_code
        LEFT JOIN path AS p ON p.indicator_code = d.indicator_code
    ),
    share AS (
        SELECT *,
               CASE
                   WHEN target IS NULL OR value IS NULL THEN NULL
                   WHEN target = baseline THEN CASE WHEN is_met THEN 1.0 END
                   ELSE (value / share_of_year - baseline) / (target - baseline)
               END AS progress_share,
               CASE WHEN target = baseline THEN 1.0 ELSE (path_value - baseline) / (target - baseline) END AS required_share,
               abs(value / share_of_year - path_value) AS distance,
               -- The last word waits for the last period: on the target's date its data are not there yet.
               CAST(on_day AS DATE) >= end_day
                   AND (expected_period_end IS NULL
                        OR greatest(period_end, expected_period_end) >= last_period_end(period_type, end_day)) AS is_over
        FROM measured
    ),
    judged AS (
        SELECT *,
               CASE
                   WHEN state = 'undefined' THEN 'undefined'
                   WHEN held_reason_zh IS NOT NULL THEN 'held'
                   -- A definition that is being drafted may give figures already; until then there is nothing to show.
                   WHEN state = 'drafting' AND value IS NULL THEN 'undefined'
                   WHEN value IS NULL AND is_not_due AND NOT is_absent AND NOT is_late THEN 'not_due'
                   WHEN value IS NULL THEN 'missing'
                   WHEN period_end < expected_period_end AND (is_absent OR NOT is_late) THEN 'missing'
                   WHEN target IS NULL OR direction NOT IN ('higher', 'lower') THEN 'not_assessed'
                   WHEN CAST(on_day AS DATE) < plan_start THEN 'not_due'
                   -- What adds up within the year and should stay low is settled only when the year is over.
                   WHEN is_met AND NOT (is_part_of_year AND direction = 'lower' AND share_of_year < 1)
                       THEN CASE WHEN first_met < end_day OR CAST(on_day AS DATE) < end_day THEN 'achieved_early' ELSE 'on_schedule' END
                   WHEN is_over THEN 'behind'
                   WHEN baseline IS NULL THEN 'not_assessed'
                   WHEN target = baseline THEN 'behind'
                   WHEN abs(progress_share - required_share) <= pace_tolerance() + 1e-12 OR (integer_steps AND distance < 1) THEN 'on_schedule'
                   WHEN progress_share > required_share THEN 'ahead'
                   ELSE 'behind'
               END AS status
        FROM share
    ),
    worded AS (
        SELECT *,
               value_text_zh(value, decimals, unit_zh) AS value_zh, value_text_en(value, decimals, unit_en) AS value_en,
               value_text_zh(target, decimals, unit_zh) AS target_zh, value_text_en(target, decimals, unit_en) AS target_en,
               CASE WHEN target_illustrative THEN '目标为示意值。' ELSE '' END AS note_zh,
               CASE WHEN target_illustrative THEN ' The target is illustrative.' ELSE '' END AS note_en,
               -- What the newest figure's version changed, unless it restated the plan from its start.
               list_filter(changes, lambda c: c.version = figure_version AND c."from" > plan_start)[1] AS change,
               len(coalesce(milestones, [])) > 0 OR is_part_of_year AS has_own_path,
               progress_share > required_share AS is_above
        FROM judged
    )

    SELECT
        indicator_code, district_code AS area_code, CAST(on_day AS DATE) AS as_of, period_type, period_start, period_end,
        value, numerator, denominator, baseline, target, CASE WHEN target IS NOT NULL THEN end_day END AS target_date,
        CASE WHEN target IS NOT NULL THEN coalesce(target_illustrative, false) END AS target_is_illustrative,
        time_share, CASE WHEN target IS NOT NULL THEN required_share END AS required_share, progress_share,
        CASE WHEN target IS NOT NULL THEN path_value * share_of_year END AS required_value,
        status, status_text_zh(status) AS status_zh, status_text_en(status) AS status_en,
        CASE status
            WHEN 'undefined' THEN CASE state WHEN 'drafting' THEN '统计口径正在制定，' ELSE '尚无统计口径，' END || '不计入可评指标。'
            WHEN 'held' THEN '暂停发布：' || held_reason_zh || '。' || CASE WHEN value IS NULL THEN '尚无可沿用的数值。' ELSE '沿用截至 ' || period_end || ' 的数值 ' || value_zh || '。' END
            WHEN 'not_due' THEN CASE WHEN value IS NULL THEN '首期数据尚未到报送期限。' ELSE '规划期自 ' || plan_start || ' 开始，尚不评进度；截至 ' || period_end || ' 为 ' || value_zh || '。' END
            WHEN 'missing' THEN
                CASE WHEN value IS NULL THEN '缺报：无可用数据，不能计算'
                     ELSE '缺报：应有截至 ' || coalesce(CAST(expected_period_end AS VARCHAR), '—') || ' 的数据，最近一期截至 ' || period_end || '，为 ' || value_zh END
                || coalesce('（' || absent_zh || '）', '') || '。'
            WHEN 'not_assessed' THEN '截至 ' || period_end || ' 为 ' || value_zh || CASE WHEN target IS NULL THEN '，未设目标值，不评进度。' WHEN direction NOT IN ('higher', 'lower') THEN '，中性指标，不评进度。' ELSE '，缺少基期值，不评进度。' END
            ELSE '截至 ' || period_end || ' 为 ' || value_zh || '，'
                || CASE
                    WHEN is_met AND status IN ('achieved_early', 'on_schedule') AND first_met IS NOT NULL AND CAST(on_day AS DATE) < end_day
                        THEN '时间过去 ' || share_text(time_share) || '，已达到 ' || end_day || ' 的目标 ' || target_zh || '。'
                    WHEN is_met AND status = 'achieved_early' THEN '于 ' || first_met || ' 提前达到 ' || end_day || ' 的目标 ' || target_zh || '。'
                    WHEN is_met AND status = 'on_schedule' THEN '如期达到 ' || end_day || ' 的目标 ' || target_zh || '。'
                    WHEN is_over THEN '已到目标日期 ' || end_day || '，未达到目标 ' || target_zh || coalesce('，完成 ' || share_text(progress_share), '') || '。'
                    WHEN target = baseline THEN '未保持在目标 ' || target_zh || '。'
                    ELSE '时间过去 ' || share_text(time_share) || CASE WHEN has_own_path THEN '，按计划路径应完成 ' || share_text(required_share) ELSE '' END
                        || CASE WHEN is_part_of_year THEN '，按全年折算完成 ' ELSE '，完成 ' END || share_text(progress_share)
                        || CASE
                            WHEN points_text(progress_share, required_share) = '0.0' THEN '，两者相同'
                            WHEN is_above THEN '，领先 ' || points_text(progress_share, required_share) || ' 个百分点'
                            ELSE '，差 ' || points_text(progress_share, required_share) || ' 个百分点'
                        END || '；目标 ' || target_zh || '（' || end_day || '）。'
                END || note_zh
        END || CASE WHEN change IS NULL THEN '' ELSE '口径自 ' || change."from" || ' 起变更：' || change.zh
                || CASE WHEN change.bridge.factor IS NULL THEN '，前后不可比。' ELSE '，此前数值按系数 ' || CAST(round(change.bridge.factor, 4) AS VARCHAR) || ' 折算。' END
        END AS sentence_zh,
        CASE status
            WHEN 'undefined' THEN CASE state WHEN 'drafting' THEN 'The statistical definition is being drafted; ' ELSE 'There is no statistical definition yet; ' END || 'not counted among the indicators that can be judged.'
            WHEN 'held' THEN 'On hold: ' || coalesce(held_reason_en, held_reason_zh) || '. ' || CASE WHEN value IS NULL THEN 'There is no earlier figure to keep.' ELSE 'Keeping ' || value_en || ' as of ' || period_end || '.' END
            WHEN 'not_due' THEN CASE WHEN value IS NULL THEN 'The first data are not due yet.' ELSE 'The plan starts on ' || plan_start || '; pace is not judged yet. ' || value_en || ' as of ' || period_end || '.' END
            WHEN 'missing' THEN
                CASE WHEN value IS NULL THEN 'Missing: no usable data, nothing can be computed'
                     ELSE 'Missing: data up to ' || coalesce(CAST(expected_period_end AS VARCHAR), '—') || ' are due, the newest are of ' || period_end || ' (' || value_en || ')' END
                || coalesce(' (' || absent_en || ')', '') || '.'
            WHEN 'not_assessed' THEN value_en || ' as of ' || period_end || CASE WHEN target IS NULL THEN '; no target is set, so pace is not judged.' WHEN direction NOT IN ('higher', 'lower') THEN '; neutral indicator, pace is not judged.' ELSE '; there is no baseline, so pace is not judged.' END
            ELSE value_en || ' as of ' || period_end || ': '
                || CASE
                    WHEN is_met AND status IN ('achieved_early', 'on_schedule') AND first_met IS NOT NULL AND CAST(on_day AS DATE) < end_day
                        THEN share_text(time_share) || ' of the time gone, the target ' || target_en || ' for ' || end_day || ' is reached.'
                    WHEN is_met AND status = 'achieved_early' THEN 'the target ' || target_en || ' for ' || end_day || ' was reached early, by ' || first_met || '.'
                    WHEN is_met AND status = 'on_schedule' THEN 'the target ' || target_en || ' for ' || end_day || ' is reached on time.'
                    WHEN is_over THEN 'the target ' || target_en || ' for ' || end_day || ' is not reached' || coalesce('; ' || share_text(progress_share) || ' of the way', '') || '.'
                    WHEN target = baseline THEN 'the target ' || target_en || ' is not kept.'
                    ELSE share_text(time_share) || ' of the time gone' || CASE WHEN has_own_path THEN ', the planned path asks for ' || share_text(required_share) || ' of the way' ELSE '' END
                        || CASE WHEN is_part_of_year THEN ', at the year''s rate ' ELSE ', ' END || share_text(progress_share) || ' of the way gone'
                        || CASE
                            WHEN points_text(progress_share, required_share) = '0.0' THEN ', no difference'
                            WHEN is_above THEN ', ' || points_text(progress_share, required_share) || ' percentage points ahead'
                            ELSE ', ' || points_text(progress_share, required_share) || ' percentage points short'
                        END || '; target ' || target_en || ' (' || end_day || ').'
                END || note_en
        END || CASE WHEN change IS NULL THEN '' ELSE ' The definition changed from ' || change."from" || ' on: ' || change.en
                || CASE WHEN change.bridge.factor IS NULL THEN '; figures before are not comparable.' ELSE '; figures before count times ' || CAST(round(change.bridge.factor, 4) AS VARCHAR) || '.' END
        END AS sentence_en,
        coalesce(freshness, 'not_delivered') AS freshness,
        CASE quality_rank WHEN 3 THEN 'failed' WHEN 2 THEN 'warning' WHEN 1 THEN 'ok' ELSE 'unknown' END AS quality,
        previous_value, previous_period_end, expected_period_end, is_provisional, coalesce(figure_version, definition_version) AS definition_version
    FROM worded
);
