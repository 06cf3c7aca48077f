with period as (
    {{ delivered_periods('ecommerce_gmv', 'ecm_order') }}
)

, paid_order as (
    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        fact.platform_code || '|' || fact.order_id as order_key,
        fact.paid_yuan,
        fact.batch_ids
    from period
    inner join {{ ref('fct_ecommerce_order') }} as fact on fact.dt between period.period_start and period.period_end
)

{{ observations(
    'paid_order',
    numerator='sum(paid_yuan)',
    denominator='count(distinct order_key)',
    factor=1,
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
