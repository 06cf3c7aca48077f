-- What a forecast rests on: the series of the trend, pace, why there is none, and the sentences.
-- Belongs here: choosing and counting figures, refusals, wording. Does not belong here: the trend (trend.py), pace
-- against the plan's path (status.sql).

-- The figures that a trend may rest on, comparable with the newest one. What grows or is averaged within the year
-- (year_to_date) starts again each January, so only whole years are set beside each other. Daily figures are thinned
-- to the last of each month. Provisional figures would bend the trend and are left out.
CREATE OR REPLACE MACRO trend_figure_at(on_day) AS TABLE (
    SELECT f.indicator_code, f.period_type, f.period_start, f.period_end, f.definition_version,
           -- A window holds the cases of all its months, so it cannot be half of one version and half of another.
           CASE WHEN f.period_type <> 'window' OR f.definition_version = f.newest_version THEN f.comparable_value END AS value,
           f.numerator, f.denominator,
           CASE f.period_type WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 WHEN 'year_to_date' THEN 12 ELSE 1 END AS months_a_step
    FROM comparable_figure_at(on_day) AS f
    JOIN indicator AS i ON i.indicator_code = f.indicator_code AND i.period_type = f.period_type
    WHERE NOT coalesce(f.is_provisional, false)
      AND (f.period_type <> 'year_to_date' OR f.period_end = make_date(year(f.period_end), 12, 31))
    QUALIFY f.period_type <> 'day'
         OR row_number() OVER (PARTITION BY f.indicator_code, date_trunc('month', f.period_end) ORDER BY f.period_end DESC) = 1
);

-- One row an indicator: latest figure of the series, pace in units a year, and `refusal` where no trend is drawn.
-- `statuses` and `figures` name relations with the rows of indicator_status_at and trend_figure_at of one day.
CREATE OR REPLACE MACRO forecast_basis_of(statuses, figures) AS TABLE (
    WITH figure AS (FROM query_table(figures)),
    comparable AS (FROM figure WHERE value IS NOT NULL),
    -- Where a change without a bridge lies, the newest of them ends the series.
    counted AS (
        SELECT indicator_code, count(value) AS points, count(*) - count(value) AS lost,
               min(period_end) FILTER (value IS NOT NULL) AS first_comparable, count(DISTINCT value) AS levels,
               any_value(months_a_step) AS months_a_step, max(period_end) FILTER (value IS NOT NULL) AS last_end
        FROM figure GROUP BY indicator_code
    ),
    latest AS (
        SELECT *, lag(value) OVER w AS value_before, lag(period_end) OVER w AS end_before
        FROM comparable WINDOW w AS (PARTITION BY indicator_code ORDER BY period_end, period_start)
        QUALIFY row_number() OVER (PARTITION BY indicator_code ORDER BY period_end DESC, period_start DESC) = 1
    ),
    year_before AS (
        SELECT l.indicator_code, c.value, c.period_end
        FROM latest AS l JOIN comparable AS c ON c.indicator_code = l.indicator_code
            AND year(c.period_end) = year(l.period_end) - 1 AND month(c.period_end) = month(l.period_end)
            AND c.period_type <> 'day'
    )
    SELECT s.indicator_code, i.decimals, i.unit_zh, i.unit_en, i.direction, i.measure_basis, i.period_type, i.integer_steps, i.ceiling,
           s.as_of, s.status, s.target, s.target_date, s.target_is_illustrative, s.value AS status_value, s.period_end AS status_end,
           CAST(coalesce(c.points, 0) AS INTEGER) AS points, coalesce(c.lost, 0) AS lost, c.first_comparable, c.months_a_step,
           l.value AS last_value, l.period_end AS last_end,
           -- A year has 365.25 days.
           CASE WHEN s.target_date > l.period_end AND s.target IS NOT NULL AND i.direction IN ('higher', 'lower')
                THEN (s.target - l.value) / ((s.target_date - l.period_end) / 365.25) END AS required_pace,
           CASE WHEN y.period_end IS NOT NULL THEN (l.value - y.value) / ((l.period_end - y.period_end) / 365.25)
                WHEN l.end_before < l.period_end THEN (l.value - l.value_before) / ((l.period_end - l.end_before) / 365.25) END AS last_pace,
           CASE
               WHEN s.status = 'undefined' THEN 'undefined'
               WHEN s.status = 'held' THEN 'held'
               WHEN s.value IS NULL OR s.status = 'missing' THEN 'missing'
               WHEN s.target IS NULL THEN 'no_target'
               WHEN i.direction NOT IN ('higher', 'lower') THEN 'neutral'
               WHEN s.as_of >= s.target_date THEN 'past_target_date'
               WHEN s.status = 'achieved_early' THEN 'met'
               WHEN coalesce(c.points, 0) < 3 AND coalesce(c.lost, 0) > 0 THEN 'changed_definition'
               WHEN coalesce(c.points, 0) < 3 AND i.period_type IN ('year', 'year_to_date') THEN 'few_years'
               WHEN coalesce(c.points, 0) < 3 THEN 'few_points'
               WHEN datediff('month', l.period_end, s.target_date) < c.months_a_step THEN 'no_period_left'
               WHEN i.period_type <> 'window' AND c.levels = 1 THEN 'unmoved'
           END AS refusal
    FROM query_table(statuses) AS s
    JOIN indicator AS i ON i.indicator_code = s.indicator_code
    LEFT JOIN counted AS c ON c.indicator_code = s.indicator_code
    LEFT JOIN latest AS l ON l.indicator_code = s.indicator_code
    LEFT JOIN year_before AS y ON y.indicator_code = s.indicator_code
);

CREATE OR REPLACE MACRO refusal_text_zh(word, points, first_comparable) AS
    CASE word
        WHEN 'undefined' THEN '尚无统计口径'
        WHEN 'held' THEN '数值暂停发布'
        WHEN 'missing' THEN '最新数值缺报'
        WHEN 'no_target' THEN '未设目标值'
        WHEN 'neutral' THEN '中性指标，不与目标比较'
        WHEN 'past_target_date' THEN '已到目标日期，不再推算'
        WHEN 'met' THEN '已达到目标，无须推算'
        WHEN 'changed_definition' THEN '口径变更前后不可比，变更后只有 ' || points || ' 个数值，至少须有三个'
        WHEN 'few_years' THEN '只有 ' || points || ' 个完整年度的数值，至少须有三个'
        WHEN 'few_points' THEN '只有 ' || points || ' 个数值，至少须有三个'
        WHEN 'no_period_left' THEN '目标日期前不再有完整的数据期'
        WHEN 'unmoved' THEN '自 ' || first_comparable || ' 起 ' || points || ' 个数值没有变动，无从估计趋势和区间'
        WHEN 'overlapping_windows' THEN '窗口各期重叠，且不能还原为逐期的分子分母'
    END;
CREATE OR REPLACE MACRO refusal_text_en(word, points, first_comparable) AS
    CASE word
        WHEN 'undefined' THEN 'there is no statistical definition yet'
        WHEN 'held' THEN 'the figure is on hold'
        WHEN 'missing' THEN 'the newest figure is missing'
        WHEN 'no_target' THEN 'no target is set'
        WHEN 'neutral' THEN 'a neutral indicator is not set against a target'
        WHEN 'past_target_date' THEN 'the target date has come'
        WHEN 'met' THEN 'the target is reached already'
        WHEN 'changed_definition' THEN 'figures before the change of definition are not comparable, and since then there are ' || points || ' of the three needed'
        WHEN 'few_years' THEN 'there are figures of ' || points || ' whole years, three are needed'
        WHEN 'few_points' THEN 'there are ' || points || ' figures, three are needed'
        WHEN 'no_period_left' THEN 'no whole period is left before the target date'
        WHEN 'unmoved' THEN points || ' figures since ' || first_comparable || ' have not moved: neither trend nor range can be estimated'
        WHEN 'overlapping_windows' THEN 'the windows overlap and do not give the parts of each period'
    END;

CREATE OR REPLACE MACRO outlook_text_zh(word, target) AS
    CASE word WHEN 'will_meet' THEN '预计可达到目标 ' || target WHEN 'may_meet' THEN '目标 ' || target || ' 在区间之内，能否达到尚不确定'
         WHEN 'will_miss' THEN '按此趋势达不到目标 ' || target END;
CREATE OR REPLACE MACRO outlook_text_en(word, target) AS
    CASE word WHEN 'will_meet' THEN 'the target ' || target || ' is expected to be met' WHEN 'may_meet' THEN 'the target ' || target || ' lies within the range, so it is open'
         WHEN 'will_miss' THEN 'on this trend the target ' || target || ' is missed' END;
CREATE OR REPLACE MACRO method_text_zh(word) AS CASE word WHEN 'drift' THEN '带漂移的随机游走' WHEN 'damped_trend' THEN '阻尼趋势' END;
CREATE OR REPLACE MACRO method_text_en(word) AS CASE word WHEN 'drift' THEN 'a random walk with drift' WHEN 'damped_trend' THEN 'a damped trend' END;
-- Differences of percentages are percentage points; a pace has one decimal more than the figure, for whole things move slowly.
CREATE OR REPLACE MACRO pace_text_zh(x, places, unit) AS
    CASE WHEN x IS NOT NULL THEN CASE WHEN x > 0 THEN '+' ELSE '' END || value_text_zh(x, places + 1, CASE unit WHEN '%' THEN ' 个百分点' ELSE unit END) END;
CREATE OR REPLACE MACRO pace_text_en(x, places, unit) AS
    CASE WHEN x IS NOT NULL THEN CASE WHEN x > 0 THEN '+' ELSE '' END || value_text_en(x, places + 1, CASE unit WHEN '%' THEN 'percentage points' ELSE unit END) END;
