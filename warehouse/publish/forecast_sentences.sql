-- Fills `indicator_forecast` from the temporary tables `drawn_forecast` (what was drawn or refused) and
-- `forecast_basis`, with the sentences that explain it; executed when publishing. Belongs here: wording. Does not belong here: any number.
INSERT INTO indicator_forecast BY NAME
WITH worded AS (
    SELECT d.* EXCLUDE (as_of), b.as_of, b.last_value, b.last_end, b.target, b.target_is_illustrative, b.period_type, b.first_comparable,
           value_text_zh(b.last_value, b.decimals, b.unit_zh) AS last_zh, value_text_en(b.last_value, b.decimals, b.unit_en) AS last_en,
           value_text_zh(b.target, b.decimals, b.unit_zh) AS target_zh, value_text_en(b.target, b.decimals, b.unit_en) AS target_en,
           -- A range has one decimal more than the figure: 7.6 of 8 is not 8.
           value_text_zh(d.forecast_value, b.decimals + 1, b.unit_zh) AS value_zh, value_text_en(d.forecast_value, b.decimals + 1, b.unit_en) AS value_en,
           value_text_zh(d.lower, b.decimals + 1, '') || ' 至 ' || value_text_zh(d.upper, b.decimals + 1, b.unit_zh) AS range_zh,
           value_text_en(d.lower, b.decimals + 1, CASE b.unit_en WHEN '%' THEN '%' END) || ' to ' || value_text_en(d.upper, b.decimals + 1, b.unit_en) AS range_en,
           pace_text_zh(d.required_pace, b.decimals, b.unit_zh) AS required_zh, pace_text_en(d.required_pace, b.decimals, b.unit_en) AS required_en,
           pace_text_zh(d.last_pace, b.decimals, b.unit_zh) AS last_pace_zh, pace_text_en(d.last_pace, b.decimals, b.unit_en) AS last_pace_en
    FROM drawn_forecast AS d JOIN forecast_basis AS b ON b.indicator_code = d.indicator_code
)
SELECT * EXCLUDE (refusal, refusal_zh, refusal_en, sentence_zh, sentence_en, last_value, last_end, target, target_is_illustrative, period_type, first_comparable,
                  last_zh, last_en, target_zh, target_en, value_zh, value_en, range_zh, range_en, required_zh, required_en, last_pace_zh, last_pace_en),
       refusal_text_zh(refusal, points, first_comparable) AS refusal_zh,
       refusal_text_en(refusal, points, first_comparable) AS refusal_en,
       CASE WHEN refusal IS NOT NULL THEN '不作推算：' || refusal_text_zh(refusal, points, first_comparable) || '。'
                || CASE WHEN refusal IN ('changed_definition', 'few_years', 'few_points', 'no_period_left', 'unmoved', 'overlapping_windows') AND required_pace IS NOT NULL
                        THEN '自 ' || last_end || ' 起须每年 ' || required_zh || ' 才能按期达到目标 ' || target_zh || coalesce('，近期实际每年 ' || last_pace_zh, '') || '。' ELSE '' END
            ELSE '按 ' || points || ' 个数值（截至 ' || last_end || '，为 ' || last_zh || '）以' || method_text_zh(method) || '推算，' || target_date || ' 为 ' || value_zh
                || '，' || CAST(100 * level AS INTEGER) || '% 区间 ' || range_zh || '：' || outlook_text_zh(outlook, target_zh)
                || '。按期达到目标须每年 ' || required_zh || coalesce('，近期实际每年 ' || last_pace_zh, '')
                || CASE WHEN backtest_count > 0 THEN '；回测 ' || backtest_count || ' 次，平均误差为历史变动幅度的 ' || share_text(backtest_error) ELSE '；数值太少，未能回测' END || '。'
                || CASE WHEN target_is_illustrative THEN '目标为示意值。' ELSE '' END
       END AS sentence_zh,
       CASE WHEN refusal IS NOT NULL THEN 'No forecast: ' || refusal_text_en(refusal, points, first_comparable) || '.'
                || CASE WHEN refusal IN ('changed_definition', 'few_years', 'few_points', 'no_period_left', 'unmoved', 'overlapping_windows') AND required_pace IS NOT NULL
                        THEN ' From ' || last_end || ' on it takes ' || required_en || ' a year to reach the target ' || target_en || ' in time' || coalesce('; lately it was ' || last_pace_en || ' a year', '') || '.' ELSE '' END
            ELSE 'From ' || points || ' figures (up to ' || last_end || ', ' || last_en || ') ' || method_text_en(method) || ' gives ' || value_en || ' on ' || target_date
                || ', ' || CAST(100 * level AS INTEGER) || '% range ' || range_en || ': ' || outlook_text_en(outlook, target_en)
                || '. It takes ' || required_en || ' a year' || coalesce(', lately it was ' || last_pace_en || ' a year', '')
                || CASE WHEN backtest_count > 0 THEN '; ' || backtest_count || ' back-tested forecasts missed by ' || share_text(backtest_error) || ' of the history''s spread on average' ELSE '; too few figures for a back-test' END || '.'
                || CASE WHEN target_is_illustrative THEN ' The target is illustrative.' ELSE '' END
       END AS sentence_en
FROM worded
ORDER BY indicator_code;
