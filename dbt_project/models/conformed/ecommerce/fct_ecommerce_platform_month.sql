-- GMV by platform and month. Platforms that file returns count by them alone: a missing return stays missing. Platforms
-- that never filed any count with their orders; their January goes to February, as it does in every return.
select
    platform_code,
    month_start,
    cast(gmv_yuan as double) as gmv_yuan,
    'return' as basis,
    {{ list_of('_batch_id') }} as batch_ids
from {{ ref('fct_ecommerce_return') }}
where gmv_yuan is not null

union all

select
    platform_code,
    month_start,
    cast(sum(paid_yuan) as double) as gmv_yuan,
    'order' as basis,
    {{ distinct_batches('flatten(array_agg(distinct batch_ids))') }} as batch_ids
from (
    select
        platform_code,
        case
            when month(dt) = 1 and exists (select 1 from {{ ref('fct_ecommerce_return') }}) then make_date(year(dt), 2, 1)
            else cast(date_trunc('month', dt) as date)
        end as month_start,
        paid_yuan,
        batch_ids
    from {{ ref('fct_ecommerce_order') }}
) as placed
where platform_code not in (select platform_code from {{ ref('fct_ecommerce_return') }} where platform_code is not null)
group by platform_code, month_start
