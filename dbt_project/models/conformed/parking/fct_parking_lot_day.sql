{{ config(**replace_partitions(['stg_parking__prk_snapshot'], also='lot_days_due_otherwise')) }}
-- One row per lot-day on which uploads are due, with what came in. A valid snapshot has 0 <= free <= total; it is in time
-- when it was received within the limit of its own time, either way (clocks of devices run ahead too). What is due follows
-- from the register, so that its batch is one of those that the lot-day rests on, beside those of the uploads.
with snapshot as (
    select
        snapshot.dt,
        snapshot.lot_code,
        snapshot.total_spaces,
        snapshot.free_spaces,
        snapshot._batch_id,
        due.interval_minutes,
        {{ minutes_since_midnight(district_local('snapshot.snapshot_time')) }} as minute_of_day,
        due.opens_minute,
        due.closes_minute,
        coalesce(
            abs({{ seconds_between('snapshot.snapshot_time', 'snapshot.receive_time') }}) <= 60 * {{ var('parking_in_time_minutes') }},
            false
        ) as is_in_time
    from {{ ref('stg_parking__prk_snapshot') }} as snapshot
    inner join {{ ref('fct_parking_lot_due') }} as due on snapshot.lot_code = due.lot_code and snapshot.dt = due.dt
    where
        {{ touched_only('snapshot.dt') }}
        and snapshot.free_spaces between 0 and snapshot.total_spaces
)

, placed as (
    select
        *,
        -- the interval in which the upload falls, when that interval starts within the opening hours
        case
            when is_open_minute then interval_number
        end as due_interval
    from (
        select
            *,
            cast(floor(minute_of_day / cast(interval_minutes as double)) as int) as interval_number,
            case
                when opens_minute < closes_minute
                    then
                        floor(minute_of_day / cast(interval_minutes as double)) * interval_minutes >= opens_minute
                        and floor(minute_of_day / cast(interval_minutes as double)) * interval_minutes < closes_minute
                else
                    floor(minute_of_day / cast(interval_minutes as double)) * interval_minutes >= opens_minute
                    or floor(minute_of_day / cast(interval_minutes as double)) * interval_minutes < closes_minute
            end as is_open_minute
        from snapshot
    ) as numbered
)

, uploaded as (
    select
        dt,
        lot_code,
        count(*) as snapshots_valid,
        count(distinct due_interval) as intervals_valid,
        count(distinct case when is_in_time then due_interval end) as intervals_in_time,
        sum(total_spaces - free_spaces) as spaces_occupied,
        sum(total_spaces) as spaces_total,
        array_sort(array_agg(distinct _batch_id)) as batch_ids
    from placed
    group by dt, lot_code
)

select
    due.lot_code,
    due.subdistrict_code,
    due.interval_minutes,
    due.opens_minute,
    due.closes_minute,
    due.intervals_due,
    cast(coalesce(uploaded.intervals_valid, 0) as int) as intervals_valid,
    cast(coalesce(uploaded.intervals_in_time, 0) as int) as intervals_in_time,
    cast(coalesce(uploaded.snapshots_valid, 0) as bigint) as snapshots_valid,
    cast(coalesce(uploaded.spaces_occupied, 0) as bigint) as spaces_occupied,
    cast(coalesce(uploaded.spaces_total, 0) as bigint) as spaces_total,
    coalesce(
        {{ distinct_batches(both_lists(
            'uploaded.batch_ids', 'case when due._batch_id is not null then ' ~ list_of('due._batch_id') ~ ' end'
        )) }},
        {{ no_batches() }}
    ) as batch_ids,
    due._batch_id as register_batch_id,
    due.dt
from {{ ref('fct_parking_lot_due') }} as due
left join uploaded on due.lot_code = uploaded.lot_code and due.dt = uploaded.dt
where {{ touched_only('due.dt') }}
