{# Additive indicators whose subdistricts do not add up to the district: some rows carry no (known) subdistrict. #}
{% test subdistricts_sum_to_district(model) %}
select
    figure.indicator_code,
    figure.period_type,
    figure.period_start,
    sum(case when figure.area_code = '{{ var("district").code }}' then figure.value end) as district_value,
    sum(case when figure.area_code != '{{ var("district").code }}' then figure.value end) as sum_of_subdistricts
from {{ model }} as figure
inner join {{ ref('dim_indicator') }} as indicator on figure.indicator_code = indicator.indicator_code
where indicator.additive
group by figure.indicator_code, figure.period_type, figure.period_start
having sum_of_subdistricts is not null and abs(district_value - sum_of_subdistricts) > 0.000001 * abs(district_value)
{% endtest %}
