{{ config(**replace_partitions(['stg_government_services__gov_case'])) }}
-- Per month of acceptance and subdistrict: accepted cases, how they came in and ended. dt = first of the month.
select
    subdistrict_code,
    count(*) as accepted,
    cast(sum(case when {{ came_online('gov_case') }} then 1 else 0 end) as bigint) as online,
    cast(sum(case when {{ came_online('gov_case') }} and offline_visits = 0 then 1 else 0 end) as bigint) as wholly_online,
    cast(sum(case when finish_time is not null and promise_due is not null then 1 else 0 end) as bigint) as finished,
    cast(
        sum(case when cast({{ district_local('finish_time') }} as date) <= promise_due then 1 else 0 end) as bigint
    ) as finished_on_time,
    count(rating) as rated,
    cast(sum(case when rating >= 3 then 1 else 0 end) as bigint) as satisfied,
    array_sort(array_agg(distinct _batch_id)) as batch_ids,
    dt
from {{ ref('stg_government_services__gov_case') }} as gov_case
where {{ touched_only() }} and {{ case_counts('gov_case') }}
group by dt, subdistrict_code
