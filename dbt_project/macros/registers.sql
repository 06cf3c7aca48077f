{#
    Indicators that count or weigh the rows of one register at each month's end. Belongs here: the whole model of such an
    indicator, so that its file says only what is counted. Does not belong here: periods (periods.sql), the standard columns
    (observations.sql). The register's versions are called `thing`; the month is `period` (period_start, period_end).
#}

{# Condition: begun by the day and not ended by it. Without `ended` (a column) nothing ends. #}
{% macro lasts_on(begun, ended=none, day='period.period_end') -%}
    {{ begun }} <= {{ day }}{% if ended %} and coalesce({{ ended }} > {{ day }}, true){% endif %}
{%- endmacro %}

{#
    Rows of the register in force at each month's end that meet `condition`, as CTEs `period` and `thing_counted`.
    columns: columns of the register that the aggregate expressions use. relation: a conformed model in place of the staged
    register, with the same versions.
#}
{% macro things_in_force(feed, entity, condition, columns, subdistricts, relation=none) %}
with period as (
    {{ stock_months(feed, entity) }}
)

, thing_counted as (
    select
        period.*,
        {%- for column in columns %}
        thing.{{ column }},
        {%- endfor %}
        {{ 'thing.subdistrict_code' if subdistricts else 'cast(null as varchar)' }} as subdistrict_code,
        thing._batch_id
    from period
    inner join {{ ref(relation or 'stg_' ~ feed ~ '__' ~ entity) }} as thing on {{ in_force('thing', 'period.period_end') }}
    where {{ condition }}
)
{% endmacro %}

{#
    How many things meet `condition`: distinct values of `counted`. Months of which the register speaks but in which no thing
    counts are a true zero. subdistricts: the register has a column subdistrict_code.
#}
{% macro count_in_force(feed, entity, counted, condition='true', subdistricts=true, relation=none) %}
{{ things_in_force(feed, entity, condition, [counted], subdistricts, relation) }}
{{ observations('thing_counted', numerator='count(distinct ' ~ counted ~ ')', periods='period', subdistricts=subdistricts) }}
{% endmacro %}

{#
    Share (percent) of the things meeting `condition` that also meet `part`, or of their `weight` (a numeric column).
    part: condition over columns of the register without prefix; name them in `columns`.
#}
{% macro share_in_force(feed, entity, part, columns, condition='true', weight=none, subdistricts=true) %}
{{ things_in_force(feed, entity, condition, columns + ([weight] if weight else []), subdistricts) }}
{{ observations(
    'thing_counted',
    numerator='sum(case when ' ~ part ~ ' then ' ~ (weight or 1) ~ ' else 0 end)',
    denominator='sum(' ~ (weight or 1) ~ ')',
    subdistricts=subdistricts
) }}
{% endmacro %}
