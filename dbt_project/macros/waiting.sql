{#
    Rows that wait for their register. Belongs here: which columns name an entry of which register, and how a waiting row is found.
    Does not belong here: what a figure does without them (the models that join registers).
#}

{# feed, entity, column, register, key of the register #}
{% macro register_references() %}
    {{ return([
        ('parking', 'prk_snapshot', 'lot_code', 'prk_lot', 'lot_code'),
        ('parking', 'prk_event', 'lot_code', 'prk_lot', 'lot_code'),
        ('education_base', 'edu_usage_event', 'app_id', 'edu_app', 'app_id'),
        ('education_base', 'edu_usage_event', 'org_code', 'edu_org', 'org_code'),
        ('hospital_interconnect', 'hsp_report', 'org_code', 'hsp_org', 'org_code'),
        ('hospital_interconnect', 'hsp_daily_ledger', 'org_code', 'hsp_org', 'org_code'),
        ('hospital_interconnect', 'hsp_visit', 'org_code', 'hsp_org', 'org_code'),
        ('ecommerce_gmv', 'ecm_return', 'platform_code', 'ecm_platform', 'platform_code'),
    ]) }}
{% endmacro %}

{# Staging models whose rows name an entry of a register, each once. #}
{% macro referring_models() %}
    {%- set names = [] -%}
    {%- for feed, entity, column, register, key in register_references() -%}
        {%- do names.append('stg_' ~ feed ~ '__' ~ entity) if 'stg_' ~ feed ~ '__' ~ entity not in names -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{# One row per entry that rows name, day and batch. #}
{% macro referring_rows(feed, entity, column) -%}
select
    '{{ feed }}' as feed,
    '{{ entity }}' as entity,
    '{{ column }}' as column_name,
    cast({{ column }} as {{ dbt.type_string() }}) as key_value,
    dt,
    _batch_id,
    cast(count(*) as bigint) as row_count,
    min(_received_at) as came_at
from {{ ref('stg_' ~ feed ~ '__' ~ entity) }}
where {{ column }} is not null and {{ touched_only() }}
group by {{ column }}, dt, _batch_id
{%- endmacro %}

{# Those of them whose entry lacks. The days that a row waits before somebody has to ask: var waiting_days. #}
{% macro waiting_rows(feed, entity, column, register, key) -%}
select
    waiting.feed,
    waiting.entity,
    waiting.column_name,
    '{{ register }}' as waits_for,
    waiting.key_value,
    waiting.dt,
    waiting._batch_id,
    waiting.row_count,
    waiting.came_at,
    case
        when {{ seconds_between('waiting.came_at', 'register.came_at') }} > 86400 * {{ var('waiting_days') }} then 'unresolved'
        else 'waiting'
    end as state
from {{ ref('fct_register_reference') }} as waiting
inner join (
    select max(_received_at) as came_at from {{ ref('stg_' ~ feed ~ '__' ~ register) }}
) as register on register.came_at is not null
where
    waiting.feed = '{{ feed }}'
    and waiting.entity = '{{ entity }}'
    and waiting.column_name = '{{ column }}'
    and waiting.key_value not in (
        select cast({{ key }} as {{ dbt.type_string() }}) from {{ ref('stg_' ~ feed ~ '__' ~ register) }} where {{ key }} is not null
    )
{%- endmacro %}
