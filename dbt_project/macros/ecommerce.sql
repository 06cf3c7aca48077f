{# Periods and parts that several e-commerce indicators share. #}

{# Condition: the month has a number of its own. Where returns are filed, January is exempt: February carries it. #}
{% macro ecommerce_month_is_due(month_start) -%}
    (
        month({{ month_start }}) > 1
        or not exists (select 1 from {{ ref('fct_ecommerce_platform_month') }} where basis = 'return')
    )
{%- endmacro %}

{# Number of months of a whole year that have one. #}
{% macro ecommerce_months_due() -%}
    11 + cast({{ ecommerce_month_is_due("date '2000-01-01'") }} as int)
{%- endmacro %}

{# Calendar years of which every due month is stated: the sum of eleven months is not the year's. #}
{% macro ecommerce_years() %}
    select
        'year' as period_type,
        make_date(year(month_start), 1, 1) as period_start,
        make_date(year(month_start), 12, 31) as period_end
    from {{ ref('fct_ecommerce_month') }}
    where {{ ecommerce_month_is_due('month_start') }}
    group by year(month_start)
    having
        count(distinct month_start) = {{ ecommerce_months_due() }}
        and make_date(year(month_start), 12, 31) <= {{ as_of() }}
{% endmacro %}

{# Stated months, or the year to date at each of them. #}
{% macro ecommerce_months(period_types) %}
    {%- for period_type in period_types %}
    select
        '{{ period_type }}' as period_type,
        dim_month.{{ {'month': 'month_start', 'year_to_date': 'year_start'}[period_type] }} as period_start,
        dim_month.month_end as period_end
    from {{ ref('fct_ecommerce_month') }} as stated
    inner join {{ ref('dim_month') }} as dim_month on stated.month_start = dim_month.month_start
    where dim_month.month_end <= {{ as_of() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{# Months for which returns were due and at least one was filed. #}
{% macro return_months() %}
    select distinct
        'month' as period_type,
        dim_month.month_start as period_start,
        dim_month.month_end as period_end
    from {{ ref('fct_ecommerce_return') }} as filed
    inner join {{ ref('dim_month') }} as dim_month on filed.month_start = dim_month.month_start
    left join {{ ref('dim_monthly_deadline') }} as deadline
        on
            filed.month_start = deadline.month_start
            and deadline.feed = 'ecommerce_gmv'
            and deadline.entity = 'ecm_return'
    where
        dim_month.month_end <= {{ as_of() }}
        and not coalesce(deadline.is_exempt, false)
{% endmacro %}

{#
    GMV of the year to date beside that of the same months a year before, by platform and calendar month (month_start lies
    in the later year for both). Only where the year before is stated for the same months.
#}
{% macro ecommerce_two_years() %}
    select
        period.*,
        cast(null as {{ dbt.type_string() }}) as subdistrict_code,
        fact.platform_code,
        stated.month_start,
        case when fact.month_start = stated.month_start then fact.gmv_yuan end as this_year_yuan,
        case when fact.month_start != stated.month_start then fact.gmv_yuan end as last_year_yuan,
        fact.batch_ids
    from period
    inner join {{ ref('fct_ecommerce_month') }} as stated
        on stated.month_start between period.period_start and period.period_end
    inner join {{ ref('fct_ecommerce_platform_month') }} as fact
        on
            fact.month_start = stated.month_start
            or fact.month_start = make_date(year(stated.month_start) - 1, month(stated.month_start), 1)
    where
        not exists (
            select 1
            from {{ ref('fct_ecommerce_month') }} as needed
            left join {{ ref('fct_ecommerce_month') }} as year_before
                on year_before.month_start = make_date(year(needed.month_start) - 1, month(needed.month_start), 1)
            where
                needed.month_start between period.period_start and period.period_end
                and year_before.month_start is null
        )
{% endmacro %}
