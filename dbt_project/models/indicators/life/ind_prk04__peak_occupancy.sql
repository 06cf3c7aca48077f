with period as (
    {{ delivered_periods('parking', 'prk_snapshot', ['day', 'month']) }}
)

, district_hour as (
    select
        lot_hour.dt,
        lot_hour.hour_of_day,
        sum(lot_hour.spaces_occupied) as spaces_occupied,
        sum(lot_hour.spaces_total) as spaces_total,
        count(distinct lot_hour.lot_code) as lots,
        {{ distinct_batches('flatten(array_agg(distinct lot_hour.batch_ids))') }} as batch_ids
    from {{ ref('fct_parking_lot_hour') }} as lot_hour
    inner join {{ ref('fct_parking_lot_due') }} as due on lot_hour.lot_code = due.lot_code and lot_hour.dt = due.dt
    where lot_hour.hour_of_day >= {{ var('parking_peak_from_hour') }} and lot_hour.hour_of_day < {{ var('parking_peak_to_hour') }}
    group by lot_hour.dt, lot_hour.hour_of_day
)

, lots_due as (
    select
        dt,
        count(distinct lot_code) as lots
    from {{ ref('fct_parking_lot_due') }}
    group by dt
)

, peak as (
    select
        period.*,
        district_hour.spaces_occupied,
        district_hour.spaces_total,
        district_hour.lots / cast(lots_due.lots as double) as lot_share,
        district_hour.batch_ids
    from period
    inner join district_hour on district_hour.dt between period.period_start and period.period_end
    inner join lots_due on district_hour.dt = lots_due.dt
    where district_hour.spaces_total > 0
    qualify
        row_number() over (
            partition by period.period_type, period.period_start
            order by
                district_hour.spaces_occupied / cast(district_hour.spaces_total as double) desc nulls last,
                district_hour.dt,
                district_hour.hour_of_day
        ) = 1
)

{{ observations(
    'peak',
    numerator='sum(spaces_occupied)',
    denominator='sum(spaces_total)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true,
    coverage='max(lot_share)'
) }}
