-- What was delivered for which day, as admitted and still in force: a day without a row is missing, not zero.
select
    batch_partition.feed,
    batch_partition.entity,
    batch_partition.dt,
    cast(sum(batch_partition.rows) as bigint) as rows_admitted,
    cast(sum(batch_partition.rows_rejected) as bigint) as rows_rejected,
    array_sort(array_agg(distinct batch_partition.batch_id)) as batch_ids
from {{ source('ledger', 'batch_partition') }} as batch_partition
inner join {{ source('ledger', 'batch') }} as batch on batch_partition.batch_id = batch.batch_id
where batch.status = 'admitted'
group by batch_partition.feed, batch_partition.entity, batch_partition.dt
