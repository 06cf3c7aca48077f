{{ config(**replace_partitions(['iot_nodes.iot_heartbeat'])) }}
{%- set delivered_position = 'cast(delivered._batch_order as decimal(20, 0)) * 1000000000000 + delivered._row' %}
-- The last heartbeat of each device and gateway on each day: what says that a device was heard of. A day may have 170 million
-- heartbeats; the others stay in the raw layer. Only batches whose times overlap can bring a heartbeat twice, so only
-- their rows are looked at for repeats: a window or an aggregate over all keys of such a day does not fit in memory.
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
)

, repeated as (
    select
        delivered.device_id,
        delivered.heartbeat_at,
        max({{ delivered_position }}) as row_position
    from {{ source('raw_iot_nodes', 'iot_heartbeat') }} as delivered
    inner join overlapping on delivered.dt = overlapping.dt and delivered._batch_id = overlapping._batch_id
    where {{ touched_only('delivered.dt') }}
    group by delivered.device_id, delivered.heartbeat_at
    having count(*) > 1
)

-- one heartbeat of a device has a moment, so that all columns are of the same row
select
    delivered.device_id,
    max(delivered.heartbeat_at) as heartbeat_at,
    delivered.gateway_id,
    max_by(delivered._batch_id, delivered.heartbeat_at) as _batch_id,
    max_by(delivered._row, delivered.heartbeat_at) as _row,
    max_by(delivered._received_at, delivered.heartbeat_at) as _received_at,
    max_by(delivered._batch_order, delivered.heartbeat_at) as _batch_order,
    delivered.dt
from {{ source('raw_iot_nodes', 'iot_heartbeat') }} as delivered
left join repeated on delivered.device_id = repeated.device_id and delivered.heartbeat_at = repeated.heartbeat_at
where
    {{ touched_only('delivered.dt') }}
    and not coalesce(delivered._deleted, false)
    and (repeated.row_position is null or {{ delivered_position }} = repeated.row_position)
group by delivered.dt, delivered.device_id, delivered.gateway_id
