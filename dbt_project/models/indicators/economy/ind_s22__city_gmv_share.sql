with period as (
    {{ ecommerce_years() }}
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
    -- a year whose last month is missing would compare a part of the city with the whole district
    inner join {{ ref('fct_ecommerce_city_month') }} as december
        on year(december.month_start) = year(period.period_end) and month(december.month_start) = 12
)

{{ observations(
    'part',
    numerator='sum(district_yuan)',
    denominator='sum(city_yuan)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
