-- District-local days. Working days follow the State Council's notices (seed); NULL outside the years it knows.
with day as (
    {{ days('2000-01-01', '2040-12-31') }}
)

, known as (
    select
        min(year(date_day)) as first_year,
        max(year(date_day)) as last_year
    from {{ ref('working_day_exceptions') }}
)

select
    day.date_day as date_day,
    cast(date_trunc('month', day.date_day) as date) as month_start,
    last_day(day.date_day) as month_end,
    cast(date_trunc('year', day.date_day) as date) as year_start,
    case
        when year(day.date_day) not between known.first_year and known.last_year then null
        when exceptions.is_working_day is not null then exceptions.is_working_day
        -- the week starts on Monday on both engines
        else day.date_day < {{ add_days("cast(date_trunc('week', day.date_day) as date)", 5) }}
    end as is_working_day
from day
cross join known
left join {{ ref('working_day_exceptions') }} as exceptions on day.date_day = exceptions.date_day
