-- Devices in service and heard of at each month's end, by subdistrict. Where the gateways reported on the month's last day
-- and the register speaks of the month, device by device; else as the platform counted (its history knows no devices).
with stock_month as (
    {{ stock_months('iot_nodes', 'iot_device') }}
)

, heard_month as (
    select
        stock_month.period_start,
        stock_month.period_end
    from stock_month
    inner join {{ delivered_days('iot_nodes', 'iot_heartbeat') }} as delivered
        on
            delivered.dt = stock_month.period_end
            and delivered.rows_admitted > 0
)

, heard as (
    select
        heartbeat.dt,
        heartbeat.device_id,
        min(heartbeat._batch_id) as heartbeat_batch_id
    from {{ ref('stg_iot_nodes__iot_heartbeat') }} as heartbeat
    inner join heard_month on heartbeat.dt = heard_month.period_end
    group by heartbeat.dt, heartbeat.device_id
)

, heard_gateway as (
    select distinct
        heartbeat.dt,
        heartbeat.gateway_id
    from {{ ref('stg_iot_nodes__iot_heartbeat') }} as heartbeat
    inner join heard_month on heartbeat.dt = heard_month.period_end
)

-- dt is the district-local day of the heartbeat, so the last 24 hours before the end of a day are that day
, device as (
    select
        heard_month.period_start,
        heard_month.period_end,
        thing.device_id,
        thing.subdistrict_code,
        thing.gateway_id,
        case when heard_gateway.gateway_id is not null then thing.gateway_id end as heard_gateway_id,
        thing._batch_id,
        heard.heartbeat_batch_id
    from heard_month
    inner join {{ ref('stg_iot_nodes__iot_device') }} as thing on {{ in_force('thing', 'heard_month.period_end') }}
    left join heard on heard_month.period_end = heard.dt and thing.device_id = heard.device_id
    left join heard_gateway on heard_month.period_end = heard_gateway.dt and thing.gateway_id = heard_gateway.gateway_id
    where {{ lasts_on('thing.installed_on', 'thing.removed_on', 'heard_month.period_end') }}
)

, counted_device as (
    select
        period_start,
        period_end,
        subdistrict_code,
        count(distinct device_id) as in_service,
        count(distinct case when heartbeat_batch_id is not null then device_id end) as alive,
        count(distinct gateway_id) as gateways,
        count(distinct heard_gateway_id) as gateways_heard,
        {{ distinct_batches(both_lists(
            'array_agg(distinct _batch_id)',
            'array_agg(distinct heartbeat_batch_id) filter (where heartbeat_batch_id is not null)'
        )) }} as batch_ids
    from device
    group by period_start, period_end, subdistrict_code
)

-- counted_alive: the platform's own count, also of months that we count ourselves. gateways_heard of gateways: how much of the
-- day's reports is in; a device behind a silent gateway may well be alive.
select
    counted_device.period_start,
    counted_device.period_end,
    counted_device.subdistrict_code,
    'heartbeats' as basis,
    counted_device.in_service,
    counted_device.alive,
    stated.online_devices as counted_alive,
    counted_device.gateways,
    counted_device.gateways_heard,
    counted_device.batch_ids
from counted_device
left join {{ ref('stg_iot_nodes__iot_month') }} as stated
    on
        counted_device.period_start = stated.month_start
        and counted_device.subdistrict_code = stated.subdistrict_code
union all
select
    dim_month.month_start as period_start,
    dim_month.month_end as period_end,
    stated.subdistrict_code,
    'platform_count' as basis,
    stated.devices_in_service as in_service,
    stated.online_devices as alive,
    stated.online_devices as counted_alive,
    null as gateways,
    null as gateways_heard,
    {{ list_of('stated._batch_id') }} as batch_ids
from {{ ref('stg_iot_nodes__iot_month') }} as stated
inner join {{ ref('dim_month') }} as dim_month on stated.month_start = dim_month.month_start
where
    dim_month.month_end <= {{ as_of() }}
    and not exists (select 1 from heard_month where heard_month.period_end = dim_month.month_end)
