{{ config(**replace_partitions(['iot_nodes.iot_heartbeat'])) }}
{%- set position = 'cast(delivered._batch_order as decimal(20, 0)) * 1000000000000 + delivered._row' %}
-- The last heartbeat of each device and gateway on each day: what says that a device was heard of. A day may have 170 million
-- heartbeats; the others stay in the raw layer. Only batches whose times overlap can bring a heartbeat twice, so only
-- their rows are looked at for repeats: a window or an aggregate over all keys of such a day does not fit in memory.
-- The limit cuts nothing off (no day has a million batches). It tells DuckDB that this side is the small one: without it,
-- all heartbeats became the hash table of the join, and a full day did not fit in 4 GB (decision 65).
with span as (
    select
        dt,
        _batch_id,
        min(heartbeat_at) as first_at,
        max(heartbeat_at) as last_at
    from {{ source('raw_iot_nodes', 'iot_heartbeat') }}
    where {{ touched_only() }}
    group by dt, _batch_id
)

, overlapping as (
    select distinct
        span.dt,
        span._batch_id
    from span
    inner join span as beside
        on
            span.dt = beside.dt
            and span._batch_id != beside._batch_id
            and span.first_at <= beside.last_at
            and span.last_at >= beside.first_at
    order by span.dt, span._batch_id
    limit 1000000
)

, apart as (
    select delivered.*
    from {{ source('raw_iot_nodes', 'iot_heartbeat') }} as delivered
    left join overlapping on delivered.dt = overlapping.dt and delivered._batch_id = overlapping._batch_id
    where {{ touched_only('delivered.dt') }} and overlapping._batch_id is null
)

, beside as (
    select delivered.*
    from {{ source('raw_iot_nodes', 'iot_heartbeat') }} as delivered
    inner join overlapping on delivered.dt = overlapping.dt and delivered._batch_id = overlapping._batch_id
    where {{ touched_only('delivered.dt') }}
    qualify row_number() over (partition by delivered.device_id, delivered.heartbeat_at order by {{ position }} desc) = 1
)

, heartbeat as (
    select * from apart
    union all
    select * from beside
)

-- one heartbeat of a device has a moment, so that all columns are of the same row
select
    device_id,
    max(heartbeat_at) as heartbeat_at,
    gateway_id,
    max_by(_batch_id, heartbeat_at) as _batch_id,
    max_by(_row, heartbeat_at) as _row,
    max_by(_received_at, heartbeat_at) as _received_at,
    max_by(_batch_order, heartbeat_at) as _batch_order,
    dt
from heartbeat
where not coalesce(_deleted, false)
group by dt, device_id, gateway_id
