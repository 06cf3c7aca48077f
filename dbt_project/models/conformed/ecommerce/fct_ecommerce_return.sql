-- Approved monthly returns, the highest version of each platform and month. February carries January too.
with ranked as (
    select
        *,
        cast(replace(period, '-', '') as varchar) as period_digits,
        coalesce(submitted_at, _received_at) as filed_at
    from {{ ref('stg_ecommerce_gmv__ecm_return') }}
    where coalesce(approved, true)
)

select
    platform_code,
    make_date(try_cast(substr(period_digits, 1, 4) as int), try_cast(substr(period_digits, 5, 2) as int), 1) as month_start,
    try_cast(version_no as int) as version_no,
    gmv_month as gmv_yuan,
    min(filed_at) over (partition by platform_code, period) as first_filed_at,
    _batch_id
from ranked
qualify
    row_number() over (
        partition by platform_code, period
        order by try_cast(version_no as int) desc nulls last, _batch_order desc nulls last
    ) = 1
