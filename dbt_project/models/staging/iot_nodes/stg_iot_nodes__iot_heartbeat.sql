{{ config(**replace_partitions(['iot_nodes.iot_heartbeat'])) }}
{%- set position = 'cast(_batch_order as decimal(20, 0)) * 1000000000000 + _row' %}
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
    inner join span as other
        on
            span.dt = other.dt
            and span._batch_id != other._batch_id
            and span.first_at <= other.last_at
            and other.first_at <= span.last_at
)

, repeated as (
    select
        delivered.device_id,
        delivered.heartbeat_at,
        max({{ position.replace('_batch_order', 'delivered._batch_order').replace('_row', 'delivered._row') }}) as position
    from {{ source('raw_iot_nodes', 'iot_heartbeat') }} as delivered
    inner join overlapping on delivered.dt = overlapping.dt and delivered._batch_id = overlapping._batch_id
    where {{ touched_only('delivered.dt') }}
    group by delivered.device_id, delivered.heartbeat_at
    having count(*) > 1
)

, heartbeat as (
    select delivered.*
    from {{ source('raw_iot_nodes', 'iot_heartbeat') }} as delivered
    left join repeated on delivered.device_id = repeated.device_id and delivered.heartbeat_at = repeated.heartbeat_at
    where
        {{ touched_only('delivered.dt') }}
        and not coalesce(delivered._deleted, false)
        and (
            repeated.position is null
            or {{ position.replace('_batch_order', 'delivered._batch_order').replace('_row', 'delivered._row') }} = repeated.position
        )
)

, latest as (
    select
        dt,
        device_id,
        gateway_id,
        max(heartbeat_at) as heartbeat_at
    from heartbeat
    group by dt, device_id, gateway_id
)

select
    heartbeat.device_id,
    heartbeat.heartbeat_at,
    heartbeat.gateway_id,
    heartbeat._batch_id,
    heartbeat._row,
    heartbeat._received_at,
    heartbeat._batch_order,
    heartbeat.dt
from heartbeat
inner join latest
    on
        heartbeat.dt = latest.dt
        and heartbeat.device_id = latest.device_id
        and heartbeat.heartbeat_at = latest.heartbeat_at
        and coalesce(heartbeat.gateway_id, '') = coalesce(latest.gateway_id, '')
