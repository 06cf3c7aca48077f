with period as (
    {{ ecommerce_years() }}
)

, platform_year as (
    select
        period.period_type,
        period.period_start,
        period.period_end,
        cast(null as varchar) as subdistrict_code,
        fact.platform_code,
        sum(fact.gmv_yuan) as gmv_yuan,
        {{ distinct_batches('flatten(array_agg(distinct fact.batch_ids))') }} as batch_ids
    from period
    inner join {{ ref('fct_ecommerce_platform_month') }} as fact
        on fact.month_start between period.period_start and period.period_end
    group by period.period_type, period.period_start, period.period_end, fact.platform_code
)

{{ observations(
    'platform_year',
    numerator='count(distinct case when gmv_yuan >= ' ~ var('ecommerce_large_platform_yuan') ~ ' then platform_code end)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
