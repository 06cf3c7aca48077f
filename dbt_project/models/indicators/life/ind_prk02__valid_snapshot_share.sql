with period as (
    {{ delivered_periods('parking', 'prk_snapshot', ['day', 'month'], rejected_alone=true) }}
)

, snapshot_day as (
    select
        dt,
        sum(snapshots_valid) as snapshots_valid,
        sum(snapshots_admitted) as snapshots_admitted
    from {{ ref('fct_parking_lot_hour') }}
    group by dt
)

, received as (
    select
        period.*,
        coalesce(snapshot_day.snapshots_valid, 0) as snapshots_valid,
        -- what admission rejected was received as well
        coalesce(snapshot_day.snapshots_admitted, 0) + delivered.rows_rejected as snapshots_received,
        delivered.batch_ids
    from period
    inner join {{ delivered_days('parking', 'prk_snapshot', rejected_alone=true) }} as delivered
        on delivered.dt between period.period_start and period.period_end
    left join snapshot_day on delivered.dt = snapshot_day.dt
)

{{ observations(
    'received',
    numerator='sum(snapshots_valid)',
    denominator='sum(snapshots_received)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
