-- Versions of car parks with their opening minutes. Where no register was ever delivered, the lots seen in snapshots stand
-- in for it, open around the clock; with a register, a lot it lacks is an orphan and stays out.
with registered as (
    select
        lot_code,
        lot_name,
        lot_type,
        subdistrict_code,
        coalesce(upload_interval_minutes, {{ var('parking_default_interval_minutes') }}) as interval_minutes,
        {{ minute_of_day('open_from') }} as opens,
        {{ minute_of_day('open_to') }} as closes,
        coalesce(is_24h, false) as is_24h,
        registered_on,
        deregistered_on,
        networked_on,
        unified_payment_on,
        offpeak_booking_on,
        valid_from,
        valid_to,
        _batch_id
    from {{ ref('stg_parking__prk_lot') }}
)

select
    lot_code,
    lot_name,
    lot_type,
    subdistrict_code,
    cast(interval_minutes as int) as interval_minutes,
    -- open around the clock when it says so, when its hours are unknown, or when they are equal
    cast(case when is_24h or opens is null or closes is null or opens = closes then 0 else opens end as int) as opens_minute,
    cast(case when is_24h or opens is null or closes is null or opens = closes then 1440 else closes end as int) as closes_minute,
    registered_on,
    deregistered_on,
    networked_on,
    unified_payment_on,
    offpeak_booking_on,
    valid_from,
    valid_to,
    _batch_id
from registered

union all

select distinct
    lot_code,
    cast(null as varchar) as lot_name,
    cast(null as varchar) as lot_type,
    cast(null as varchar) as subdistrict_code,
    {{ var('parking_default_interval_minutes') }} as interval_minutes,
    0 as opens_minute,
    1440 as closes_minute,
    cast(null as date) as registered_on,
    cast(null as date) as deregistered_on,
    cast(null as date) as networked_on,
    cast(null as date) as unified_payment_on,
    cast(null as date) as offpeak_booking_on,
    date '1900-01-01' as valid_from,
    date '9999-12-31' as valid_to,
    cast(null as varchar) as _batch_id
from {{ ref('stg_parking__prk_snapshot') }}
where not exists (select 1 from registered)
