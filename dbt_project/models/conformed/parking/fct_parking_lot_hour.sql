{{ config(**replace_partitions(['stg_parking__prk_snapshot'])) }}
-- Snapshots and occupancy by lot and district-local hour. A valid snapshot has 0 <= free <= total; occupancy rests on these.
select
    lot_code,
    hour_of_day,
    cast(count(*) as bigint) as snapshots_admitted,
    cast(count(case when is_valid then 1 end) as bigint) as snapshots_valid,
    cast(sum(case when is_valid then total_spaces - free_spaces else 0 end) as bigint) as spaces_occupied,
    cast(sum(case when is_valid then total_spaces else 0 end) as bigint) as spaces_total,
    array_sort(array_agg(distinct _batch_id)) as batch_ids,
    dt
from (
    select
        *,
        cast(hour({{ district_local('snapshot_time') }}) as int) as hour_of_day,
        coalesce(free_spaces between 0 and total_spaces, false) as is_valid
    from {{ ref('stg_parking__prk_snapshot') }}
    where {{ touched_only() }}
) as snapshot
group by lot_code, hour_of_day, dt
