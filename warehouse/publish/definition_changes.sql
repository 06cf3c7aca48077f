-- Which figures may be compared with each other when a definition changed, and by what factor.
-- Belongs here: bridges between versions, the figures known on a day in terms of the newest version.
-- Does not belong here: pace and status (status.sql), trends (forecast.sql).

-- What a figure of an earlier version is multiplied by to be comparable with one of a later version: the product of
-- the bridges between them. NULL: some change between them has no bridge, so the figures are not compared.
CREATE OR REPLACE MACRO definition_factor(changes, earlier, later) AS
    CASE
        WHEN earlier = later THEN 1.0
        WHEN earlier < later AND len(list_filter(changes, lambda c: c.version > earlier AND c.version <= later AND c.bridge.factor IS NOT NULL)) = later - earlier
            THEN list_product(list_transform(
                list_filter(changes, lambda c: c.version > earlier AND c.version <= later), lambda c: c.bridge.factor))
    END;

-- District totals known on a day, every kind of period. `comparable_value` is the value in terms of the newest version
-- that figures of the same kind of period have; NULL where it cannot be compared with them.
CREATE OR REPLACE MACRO comparable_figure_at(on_day) AS TABLE (
    WITH known AS (
        SELECT o.*, i.changes,
               last_value(o.definition_version) OVER (
                   PARTITION BY o.indicator_code, o.period_type ORDER BY o.period_end, o.period_start
                   ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
               ) AS newest_version
        FROM indicator_observation AS o
        JOIN indicator AS i ON i.indicator_code = o.indicator_code
        WHERE o.area_code = (SELECT district_code FROM snapshot) AND o.period_end <= on_day AND o.value IS NOT NULL
    )
    SELECT * EXCLUDE (changes), value * definition_factor(changes, definition_version, newest_version) AS comparable_value
    FROM known
);
