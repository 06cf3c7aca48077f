with period as (
    {{ ecommerce_months(['month', 'year_to_date']) }}
)

, platform_month as (
    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        fact.gmv_yuan,
        coverage.coverage,
        fact.batch_ids
    from period
    inner join {{ ref('fct_ecommerce_platform_month') }} as fact
        on fact.month_start between period.period_start and period.period_end
    inner join {{ ref('fct_ecommerce_month') }} as coverage on fact.month_start = coverage.month_start
)

{{ observations(
    'platform_month',
    numerator='sum(gmv_yuan)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true,
    coverage='min(coverage)'
) }}
