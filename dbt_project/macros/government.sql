{# Parts that several government service indicators share. #}

{#
    Conditions on a case. Counted is what was accepted; withdrawn before that, voided and test cases are not. Online are the
    website and the app: a kiosk stands in a hall.
#}
{% macro case_counts(case) -%}
    {{ case }}.accept_time is not null and not coalesce({{ case }}.is_test, false) and {{ case }}.case_status != 'void'
{%- endmacro %}
{% macro came_online(case) -%} {{ case }}.apply_channel in ('web', 'app') {%- endmacro %}

{#
    Counted cases by month and subdistrict for each period, with the months of the period (months): columns of
    fct_government_case_month. Periods are months, years to date and the window since the plan's start.
#}
{% macro government_case_months() %}
with period as (
    {{ delivered_periods('government_services', 'gov_case', ['month', 'year_to_date', 'window']) }}
)

, case_month as (
    select
        period.*,
        {{ months_in('period.period_start', 'period.period_end') }} as months,
        fact.*
    from period
    inner join {{ ref('fct_government_case_month') }} as fact on fact.dt between period.period_start and period.period_end
)
{% endmacro %}

{# A share (percent) of two columns of fct_government_case_month. #}
{% macro government_case_share(part, whole) %}
{{ government_case_months() }}
{{ observations(
    'case_month',
    numerator='sum(' ~ part ~ ')',
    denominator='sum(' ~ whole ~ ')',
    batches='batch_ids',
    batches_are_lists=true,
    coverage='count(distinct dt) / cast(max(months) as double)'
) }}
{% endmacro %}
