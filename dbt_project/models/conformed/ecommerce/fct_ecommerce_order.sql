{{ config(**replace_partitions(['stg_ecommerce_gmv__ecm_order'])) }}
-- Paid orders by day: amounts add up over lines; an unpaid line is no transaction.
select
    platform_code,
    order_id,
    sum(paid_amount) as paid_yuan,
    cast(count(*) as bigint) as line_count,
    array_sort(array_agg(distinct _batch_id)) as batch_ids,
    dt
from {{ ref('stg_ecommerce_gmv__ecm_order') }}
where
    {{ touched_only() }}
    and paid_amount is not null
    and paid_time is not null
group by platform_code, order_id, dt
