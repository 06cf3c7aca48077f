with period as (
    {{ ecommerce_years() }}
)

-- a year of which the city states a month less would compare a part of the city with the whole district
, city_year as (
    select year(month_start) as stated_year
    from {{ ref('fct_ecommerce_city_month') }}
    where {{ ecommerce_month_is_due('month_start') }}
    group by year(month_start)
    having count(distinct month_start) = {{ ecommerce_months_due() }}
)

, part as (
    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        fact.gmv_yuan as district_yuan,
        cast(null as double) as city_yuan,
        fact.batch_ids
    from period
    inner join {{ ref('fct_ecommerce_platform_month') }} as fact
        on fact.month_start between period.period_start and period.period_end

    union all

    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        cast(null as double) as district_yuan,
        city.city_yuan,
        {{ list_of('city._batch_id') }} as batch_ids
    from period
    inner join {{ ref('fct_ecommerce_city_month') }} as city on city.month_start between period.period_start and period.period_end
    inner join city_year on year(period.period_end) = city_year.stated_year
)

{{ observations(
    'part',
    numerator='sum(district_yuan)',
    denominator='sum(city_yuan)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
