with period as (
    {{ ecommerce_months(['month', 'year_to_date']) }}
)

, platform_month as (
    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        fact.gmv_yuan,
        coverage.coverage,
        coverage.month_start,
        {{ ecommerce_month_is_due('coverage.month_start') }} as is_due,
        {{ ecommerce_month_is_due('period.period_start') }} as first_is_due,
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
    coverage='min(coverage) * coalesce(count(distinct month_start) filter (where is_due) / nullif('
    ~ months_in('period_start', 'period_end') ~ ' - cast(not any_value(first_is_due) as int), 0), 1)'
) }}
