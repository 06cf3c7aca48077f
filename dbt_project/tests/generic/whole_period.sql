{# Figures whose dates are no whole period of their kind. #}
{% test whole_period(model) %}
select *
from {{ model }}
where
    period_end < period_start
    or (period_type = 'day' and period_start != period_end)
    or (period_type = 'month' and (day(period_start) != 1 or period_end != last_day(period_start)))
    or (period_type = 'window' and period_end != last_day(period_end))
    or (period_type = 'year' and (period_start != make_date(year(period_end), 1, 1) or period_end != make_date(year(period_start), 12, 31)))
    or (period_type = 'year_to_date' and (period_start != make_date(year(period_end), 1, 1) or period_end != last_day(period_end)))
{% endtest %}
