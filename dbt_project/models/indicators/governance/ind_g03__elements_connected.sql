with stated as (
    {{ stock_months('city_operations', 'cop_element') }}
)

-- Only months of whose last day heartbeats were delivered: without them nobody knows who was silent.
, period as (
    select stated.*
    from stated
    inner join {{ delivered_days('city_operations', 'cop_heartbeat') }} as delivered on stated.period_end = delivered.dt
)

, element_listed as (
    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        thing.element_code,
        thing.connected_on <= period.period_end
        and {{ days_between(
            'cast(' ~ district_local('heartbeat.last_data_time') ~ ' as date)', 'period.period_end'
        ) }} <= thing.max_silence_days as is_live,
        {{ list_of('thing._batch_id, coalesce(heartbeat._batch_id, thing._batch_id)') }} as batch_ids
    from period
    inner join {{ ref('stg_city_operations__cop_element') }} as thing on {{ in_force('thing', 'period.period_end') }}
    left join {{ ref('stg_city_operations__cop_heartbeat') }} as heartbeat
        on thing.element_code = heartbeat.element_code and period.period_end = heartbeat.dt
    where {{ lasts_on('thing.listed_on', 'thing.removed_on') }}
)

{{ observations(
    'element_listed',
    numerator='count(distinct case when is_live then element_code end)',
    denominator='count(distinct element_code)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
