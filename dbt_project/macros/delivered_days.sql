{#
    The days that one entity was delivered for. Belongs here: the one way to read fct_delivered_day. Every entity shares that model,
    so dbt's graph says that each reader hangs on every delivery; the tag says which delivery it is, and a small build
    leaves the others alone (orchestration/changed_models.py). Does not belong here: periods (periods.sql).
#}
{% macro delivered_days(feed, entity) -%}
    {{- config(tags=['delivered_days:' ~ feed ~ '.' ~ entity]) -}}
    (
        select dt, rows_admitted, rows_rejected, batch_ids
        from {{ ref('fct_delivered_day') }}
        where feed = '{{ feed }}' and entity = '{{ entity }}'
    )
{%- endmacro %}
