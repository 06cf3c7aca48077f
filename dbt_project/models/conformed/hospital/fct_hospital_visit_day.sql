{{ config(**replace_partitions(['stg_hospital_interconnect__hsp_visit'])) }}
-- Visits by institution, day and kind.
select
    org_code,
    visit_type,
    cast(count(distinct visit_id) as bigint) as visits,
    array_sort(array_agg(distinct _batch_id)) as batch_ids,
    dt
from {{ ref('stg_hospital_interconnect__hsp_visit') }}
where {{ touched_only() }}
group by org_code, visit_type, dt
