-- Lot-days on which uploads are due: lots registered on the day, for days on which the platform delivered any snapshot.
-- intervals_due counts the upload intervals that start within the opening hours (which may run over midnight).
with lot_day as (
    select
        delivered.dt,
        lot.*,
        cast(lot.interval_minutes as double) as step
    from {{ delivered_days('parking', 'prk_snapshot') }} as delivered
    inner join {{ ref('dim_parking_lot') }} as lot
        on
            {{ in_force('lot', 'delivered.dt') }}
            and coalesce(lot.registered_on <= delivered.dt, true)
            and coalesce(lot.deregistered_on > delivered.dt, true)
)

select
    dt,
    lot_code,
    subdistrict_code,
    interval_minutes,
    opens_minute,
    closes_minute,
    cast(
        case
            when opens_minute < closes_minute
                then ceil(closes_minute / step) - ceil(opens_minute / step)
            else ceil(closes_minute / step) + ceil(1440 / step) - ceil(opens_minute / step)
        end as int
    ) as intervals_due,
    _batch_id
from lot_day
