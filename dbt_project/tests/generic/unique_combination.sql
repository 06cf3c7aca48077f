{# Rows that share all of `columns` with another row. fixed_day: the columns fix the day, so that rows of two days never share them. #}
{% test unique_combination(model, columns, fixed_day=false) %}
{%- set days = tested_days(model) %}
select
    {{ columns | join(', ') }},
    count(*) as copies
from {{ model }}
where
    {%- if none in days %}
    true
    {%- elif not days %}
    false
    {%- elif fixed_day or 'dt' in columns %}
    dt in ({{ date_list(days) }})
    {%- else %}
    dt in ({{ date_list(days_meeting(model, columns, days)) }})
    and ({{ columns | join(', ') }}) in (select ({{ columns | join(', ') }}) from {{ model }} where dt in ({{ date_list(days) }}))
    {%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
