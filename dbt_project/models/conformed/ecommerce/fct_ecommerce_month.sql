-- Months that can be stated: where platforms file returns, months with a return; else months with orders. coverage is the
-- share of last year's GMV that belongs to platforms reporting in the month, or of platforms in scope where there is no
-- last year.
with stated as (
    select distinct month_start
    from {{ ref('fct_ecommerce_platform_month') }}
    where basis = 'return' or not exists (select 1 from {{ ref('fct_ecommerce_return') }})
)

, reporting as (
    select distinct
        month_start,
        platform_code
    from {{ ref('fct_ecommerce_platform_month') }}
)

, last_year as (
    select
        platform_code,
        year(month_start) + 1 as for_year,
        sum(gmv_yuan) as gmv_yuan
    from {{ ref('fct_ecommerce_platform_month') }}
    group by platform_code, year(month_start)
)

, by_value as (
    select
        stated.month_start,
        sum(case when reporting.platform_code is not null then last_year.gmv_yuan else 0 end)
        / nullif(sum(last_year.gmv_yuan), 0) as coverage
    from stated
    inner join last_year on year(stated.month_start) = last_year.for_year
    left join reporting on stated.month_start = reporting.month_start and last_year.platform_code = reporting.platform_code
    group by stated.month_start
)

, by_count as (
    select
        stated.month_start,
        count(distinct reporting.platform_code) / nullif(cast(count(distinct platform.platform_code) as double), 0) as coverage
    from stated
    inner join {{ ref('stg_ecommerce_gmv__ecm_platform') }} as platform
        on
            {{ in_force('platform', 'stated.month_start') }}
            and coalesce(platform.in_scope_from <= stated.month_start, true)
            and coalesce(platform.in_scope_to >= stated.month_start, true)
    left join reporting on stated.month_start = reporting.month_start and platform.platform_code = reporting.platform_code
    group by stated.month_start
)

select
    stated.month_start,
    cast(coalesce(by_value.coverage, by_count.coverage) as double) as coverage
from stated
left join by_value on stated.month_start = by_value.month_start
left join by_count on stated.month_start = by_count.month_start
