{{ config(**replace_partitions(['stg_education_base__edu_usage_event'])) }}
-- Which account used which app on which day; logging out is no use.
select
    account_id,
    app_id,
    cast(count(distinct event_id) as bigint) as events,
    cast(count(distinct case when verb != 'logout' then event_id end) as bigint) as active_events,
    dt
from {{ ref('stg_education_base__edu_usage_event') }}
where {{ touched_only() }}
group by account_id, app_id, dt
