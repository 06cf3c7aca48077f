with period as (
    {{ delivered_periods('parking', 'prk_snapshot', ['day', 'month']) }}
)

, lot_day as (
    select
        period.*,
        {{ days_between('period.period_start', 'period.period_end') }} + 1 as days,
        fact.*
    from period
    inner join {{ ref('fct_parking_lot_day') }} as fact on fact.dt between period.period_start and period.period_end
)

{{ observations(
    'lot_day',
    numerator="sum(intervals_in_time)",
    denominator="sum(intervals_due)",
    batches='batch_ids',
    batches_are_lists=true,
    coverage="count(distinct dt) / cast(max(days) as double)"
) }}
