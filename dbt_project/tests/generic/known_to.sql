{# Values that `to` does not know. Where `to` was never delivered (it is empty) there is nothing to compare with. #}
{% test known_to(model, column_name, to, field) %}
{%- set days = tested_days(model, to) %}
select
    {{ column_name }} as unknown_value,
    count(*) as rows_with_it
from {{ model }}
where
    {{ column_name }} is not null
    {%- if none not in days %}
    and {{ 'dt in (' ~ date_list(days) ~ ')' if days else 'false' }}
    {%- endif %}
    and {{ column_name }} not in (select {{ field }} from {{ to }} where {{ field }} is not null)
    and exists (select 1 from {{ to }})
group by {{ column_name }}
{% endtest %}
