{{ config(**replace_partitions(referring_models())) }}
-- Which register entries rows name, by day and batch: few rows for many, so that whether an entry lacks (it may come, or go, at any
-- time) is asked without reading all history.
{% for feed, entity, column, register, key in register_references() %}
{{ referring_rows(feed, entity, column) }}
{{ 'union all' if not loop.last }}
{% endfor %}
