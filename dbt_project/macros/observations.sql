{#
    The standard columns of an indicator model. Belongs here: aggregating to the district and its subdistricts, naming the
    indicator. Does not belong here: what is counted (each indicator's own SQL), periods (periods.sql).
#}

{#
    parts: CTE with period_type, period_start, period_end, subdistrict_code (may be NULL) and what the expressions use.
    numerator, denominator: aggregate expressions over parts; without denominator the value is the numerator.
    factor: 100 for percentages, 1 for other quotients.
    periods: CTE of periods that get a row even when no part falls in them, a true zero (counts only).
    subdistricts: whether to give rows by subdistrict beside the district's; only when parts carry a subdistrict at all.
    batches: column of parts with the batch that brought it; batches_are_lists: it holds lists of batches.
    coverage: aggregate expression, share (0-1) of the expected data that is in.
#}
{% macro observations(parts, numerator, denominator=none, factor=100, periods=none, subdistricts=true,
                      batches='_batch_id', batches_are_lists=false, coverage='cast(null as double)') %}
, area as (
    select
        '{{ var("district").code }}' as area_code,
        true as is_total
    {%- if subdistricts %}
    union all
    select
        subdistrict_code as area_code,
        false as is_total
    from {{ ref('dim_subdistrict') }}
    {%- endif %}
)

, measured as (
    select
        period_type,
        period_start,
        period_end,
        {%- if subdistricts %}
        grouping(subdistrict_code) = 1 as is_total,
        case when grouping(subdistrict_code) = 1 then '{{ var("district").code }}' else subdistrict_code end as area_code,
        {%- else %}
        true as is_total,
        '{{ var("district").code }}' as area_code,
        {%- endif %}
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator if denominator else 'null' }} as double) as denominator,
        cast({{ coverage }} as double) as coverage,
        {%- if batches_are_lists %}
        {{ distinct_batches('flatten(array_agg(distinct ' ~ batches ~ '))') }} as batch_ids
        {%- else %}
        array_sort(array_agg(distinct {{ batches }}) filter (where {{ batches }} is not null)) as batch_ids
        {%- endif %}
    from {{ parts }}
    {%- if subdistricts %}
    group by grouping sets (
        (period_type, period_start, period_end, subdistrict_code),
        (period_type, period_start, period_end)
    )
    {%- else %}
    group by period_type, period_start, period_end
    {%- endif %}
)

select
    {{ indicator_identity(('stated' if periods else 'measured') ~ '.period_end') }},
    {{ 'stated' if periods else 'measured' }}.period_type,
    {{ 'stated' if periods else 'measured' }}.period_start,
    {{ 'stated' if periods else 'measured' }}.period_end,
    area.area_code,
    {%- if denominator %}
    measured.numerator,
    measured.denominator,
    cast({{ factor }} * measured.numerator / nullif(measured.denominator, 0) as double) as value,
    {%- else %}
    coalesce(measured.numerator, 0) as numerator,
    measured.denominator,
    coalesce(measured.numerator, 0) as value,
    {%- endif %}
    measured.coverage,
    coalesce(measured.batch_ids, {{ no_batches() }}) as batch_ids
{%- if periods %}
from {{ periods }} as stated
cross join area
left join measured
    on
        stated.period_type = measured.period_type
        and stated.period_start = measured.period_start
        and stated.period_end = measured.period_end
        and area.area_code = measured.area_code
        and area.is_total = measured.is_total
where area.is_total or exists (select 1 from {{ parts }} as part where part.subdistrict_code is not null)
{%- else %}
from measured
inner join area on measured.area_code = area.area_code and measured.is_total = area.is_total
where {{ 'measured.denominator > 0' if denominator else 'true' }}
{%- endif %}
{% endmacro %}

{# Code and version from the definition beside the model; empty in unit tests, which know no graph. A period is under
   the last version whose change began by its end; a change that begins with the plan restates all of them. #}
{% macro indicator_identity(period_end='period_end') -%}
    {%- set known = namespace(code='', version=0, changes=[]) -%}
    {%- if execute and graph.nodes is defined -%}
        {%- set definition = graph.nodes[model.unique_id].config.meta.indicator -%}
        {%- set known.code = definition.code -%}
        {%- set known.version = definition.version -%}
        {%- set known.changes = definition.changes or [] -%}
    {%- endif -%}
    '{{ known.code }}' as indicator_code,
    {%- if known.changes %}
    cast(case
        {%- for change in known.changes | reverse %}
        when {{ period_end }} >= {{ literal(change.from, 'date') }} then {{ change.version }}
        {%- endfor %}
        else 1
    end as int) as definition_version
    {%- else %}
    cast({{ known.version }} as int) as definition_version
    {%- endif %}
{%- endmacro %}

{# No figures: the indicator has no statistical definition yet, and nothing stands for it, not even a zero. #}
{% macro no_observations() %}
select
    {{ indicator_identity('cast(null as date)') }},
    cast(null as {{ dbt.type_string() }}) as period_type,
    cast(null as date) as period_start,
    cast(null as date) as period_end,
    cast(null as {{ dbt.type_string() }}) as area_code,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as double) as value,
    cast(null as double) as coverage,
    {{ no_batches() }} as batch_ids
where 1 = 0
{% endmacro %}

{# Sorted, without repetition. #}
{% macro distinct_batches(list) -%} array_sort(array_distinct({{ list }})) {%- endmacro %}

{# The figures of another indicator under this one's code: one rule, two lists that name it. #}
{% macro same_figures_as(model_name) %}
select
    {{ indicator_identity() }},
    period_type,
    period_start,
    period_end,
    area_code,
    numerator,
    denominator,
    value,
    coverage,
    batch_ids
from {{ ref(model_name) }}
{% endmacro %}
