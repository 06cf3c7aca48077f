{{ config(**replace_partitions(['education_base.edu_account'])) }}
-- For which schools a roster batch brought accounts, by the day of the batch.
select
    org_code,
    cast(count(distinct account_id) as bigint) as account_count,
    array_sort(array_agg(distinct _batch_id)) as batch_ids,
    dt
from {{ source('raw_education_base', 'edu_account') }}
where
    {{ touched_only() }}
    and org_code is not null
group by org_code, dt
