select
    month_start,
    month_end,
    year_start,
    cast(count(*) as int) as day_count
from {{ ref('dim_date') }}
group by month_start, month_end, year_start
