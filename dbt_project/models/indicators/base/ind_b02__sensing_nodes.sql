with month_part as (
    select
        'month' as period_type,
        period_start,
        period_end,
        subdistrict_code,
        alive,
        gateways,
        gateways_heard,
        batch_ids
    from {{ ref('fct_iot_month') }}
)

{{ observations(
    'month_part',
    numerator='sum(alive)',
    batches='batch_ids',
    batches_are_lists=true,
    coverage='sum(gateways_heard) / cast(nullif(sum(gateways), 0) as double)'
) }}
