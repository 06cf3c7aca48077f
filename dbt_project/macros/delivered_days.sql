{#
    The days that one entity was delivered for. Belongs here: the one way to read fct_delivered_day. Every entity shares that model,
    so dbt's graph says that each reader hangs on every delivery; the tag says which delivery it is, and a small build
    leaves the others alone (orchestration/changed_models.py). Does not belong here: periods (periods.sql).

    A day of which rejected rows alone are known was not delivered: a wrong date puts a row on any day, and the day's true
    number is missing, not zero. `rejected_alone` has those days too, for shares of what was received.
#}
{% macro delivered_days(feed, entity, rejected_alone=false) -%}
    {{- config(tags=['delivered_days:' ~ feed ~ '.' ~ entity]) -}}
    (
        select dt, rows_admitted, rows_rejected, batch_ids
        from {{ ref('fct_delivered_day') }}
        where
            feed = '{{ feed }}' and entity = '{{ entity }}'
            {{ 'and (rows_admitted = 0 and rows_rejected > 0) is not true' if not rejected_alone }}
    )
{%- endmacro %}
