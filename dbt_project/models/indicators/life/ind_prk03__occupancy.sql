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
    numerator="sum(spaces_occupied)",
    denominator="sum(spaces_total)",
    batches='batch_ids',
    batches_are_lists=true,
    coverage="count(case when snapshots_valid > 0 then lot_code end) / cast(count(lot_code) as double)"
) }}
