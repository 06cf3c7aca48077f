-- The city's GMV by month, as the commission publishes it. February carries January too.
select
    make_date(
        try_cast(substr(replace(period, '-', ''), 1, 4) as int), try_cast(substr(replace(period, '-', ''), 5, 2) as int), 1
    ) as month_start,
    cast(city_gmv as double) as city_yuan,
    _batch_id
from {{ ref('stg_ecommerce_gmv__ecm_city_total') }}
where city_gmv is not null
