-- Totals of the status words on a day: district, domains, responsible departments; headline indicators and all.
-- Belongs here: who answers for an indicator on a day, counting. Does not belong here: the status itself (status.sql).

CREATE OR REPLACE MACRO domain_text_zh(domain) AS
    CASE domain WHEN 'economy' THEN '数字经济' WHEN 'life' THEN '数字生活' WHEN 'governance' THEN '数字治理' WHEN 'base' THEN '数字底座' ELSE domain END;
CREATE OR REPLACE MACRO domain_text_en(domain) AS
    CASE domain WHEN 'economy' THEN 'Digital economy' WHEN 'life' THEN 'Digital life' WHEN 'governance' THEN 'Digital governance' WHEN 'base' THEN 'Digital foundation' ELSE domain END;

-- The department that answers for an indicator on a day: of those in force the one that took over last; without
-- dates the definition's own. NULL: not settled.
CREATE OR REPLACE MACRO responsible_department(departments, own, on_day) AS
    CASE WHEN len(coalesce(departments, [])) = 0 THEN own ELSE
        list_sort(
            list_transform(
                list_filter(departments, lambda d: coalesce(d."from" <= on_day, true) AND coalesce(d."to" >= on_day, true)),
                lambda d: {'since': coalesce(d."from", DATE '0001-01-01'), 'code': d.code}
            ), 'DESC'
        )[1].code END;

-- `statuses` names a relation with the rows of indicator_status_at(on_day).
CREATE OR REPLACE MACRO progress_total_of(statuses, on_day) AS TABLE (
    WITH counted AS MATERIALIZED (
        SELECT i.domain, i.tier, coalesce(responsible_department(i.departments, i.department_code, CAST(on_day AS DATE)), '') AS department, s.status
        FROM query_table(statuses) AS s JOIN indicator AS i ON i.indicator_code = s.indicator_code
    ),
    grouped AS (
        SELECT 'district' AS dimension, s.district_code AS dimension_code, s.district_zh AS label_zh, s.district_en AS label_en, 1 AS place, c.tier, c.status
        FROM counted AS c CROSS JOIN snapshot AS s
        UNION ALL
        SELECT 'domain', c.domain, domain_text_zh(c.domain), domain_text_en(c.domain),
               coalesce(list_position(['economy', 'life', 'governance', 'base'], c.domain), 5) + 1, c.tier, c.status
        FROM counted AS c
        UNION ALL
        SELECT 'department', c.department,
               CASE c.department WHEN '' THEN '责任部门未明确' ELSE coalesce(d.name_zh, c.department) END,
               CASE c.department WHEN '' THEN 'Department not settled' ELSE coalesce(d.name_en, c.department) END,
               CASE c.department WHEN '' THEN 11 ELSE 10 END, c.tier, c.status
        FROM counted AS c LEFT JOIN department AS d ON d.department_code = c.department
    )
    SELECT g.dimension, coalesce(g.dimension_code, '') AS dimension_code, any_value(g.label_zh) AS label_zh, any_value(g.label_en) AS label_en, t.tier,
           CAST(count(*) AS INTEGER) AS total,
           CAST(count(*) FILTER (g.status IN ('achieved_early', 'ahead', 'on_schedule', 'behind')) AS INTEGER) AS judged,
           CAST(count(*) FILTER (g.status = 'achieved_early') AS INTEGER) AS achieved_early,
           CAST(count(*) FILTER (g.status = 'ahead') AS INTEGER) AS ahead,
           CAST(count(*) FILTER (g.status = 'on_schedule') AS INTEGER) AS on_schedule,
           CAST(count(*) FILTER (g.status = 'behind') AS INTEGER) AS behind,
           CAST(count(*) FILTER (g.status = 'undefined') AS INTEGER) AS undefined,
           CAST(count(*) FILTER (g.status = 'not_due') AS INTEGER) AS not_due,
           CAST(count(*) FILTER (g.status = 'missing') AS INTEGER) AS missing,
           CAST(count(*) FILTER (g.status = 'held') AS INTEGER) AS held,
           CAST(count(*) FILTER (g.status = 'not_assessed') AS INTEGER) AS not_assessed
    FROM grouped AS g
    JOIN (VALUES ('headline', 1), ('all', 2)) AS t(tier, tier_place) ON t.tier = 'all' OR g.tier = 'headline'
    GROUP BY g.dimension, g.dimension_code, t.tier, t.tier_place, g.place
    ORDER BY g.place, g.dimension_code, t.tier_place
);
CREATE OR REPLACE MACRO progress_total_at(on_day) AS TABLE (
    WITH status_of_day AS MATERIALIZED (FROM indicator_status_at(on_day)) FROM progress_total_of('status_of_day', on_day)
);
