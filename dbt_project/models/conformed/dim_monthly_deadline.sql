-- When a monthly delivery is due, from the contracts in force. due_before is district-local and exclusive; grace does not
-- make a delivery punctual.
with monthly as (
    select
        feed,
        entity,
        try_cast({{ json_text('calendar', 'due_days') }} as int) as due_days,
        try_cast({{ json_text('calendar', 'due_working_days') }} as int) as due_working_days,
        {{ minute_of_day(json_text('calendar', 'due_time')) }} as due_minute,
        ',' || replace(replace(replace({{ json_text('calendar', 'exempt_months') }}, '[', ''), ']', ''), ' ', '') || ',' as exempt_months
    from {{ source('ledger', 'feed_contract') }}
    where current and {{ json_text('calendar', 'cadence') }} = 'monthly'
)

, working_day as (
    select
        dim_month.month_start,
        dim_date.date_day,
        row_number() over (partition by dim_month.month_start order by dim_date.date_day nulls last) as number_in_row
    from {{ ref('dim_month') }} as dim_month
    inner join {{ ref('dim_date') }} as dim_date
        on dim_date.date_day > dim_month.month_end and dim_date.date_day <= {{ add_days('dim_month.month_end', 62) }}
    where dim_date.is_working_day
)

, due as (
    select
        monthly.feed,
        monthly.entity,
        dim_month.month_start,
        coalesce(
            monthly.exempt_months like '%,' || cast(month(dim_month.month_start) as {{ dbt.type_string() }}) || ',%', false
        ) as is_exempt,
        coalesce(working_day.date_day, {{ add_days('dim_month.month_end', 'monthly.due_days') }}) as due_on,
        monthly.due_minute
    from monthly
    cross join {{ ref('dim_month') }} as dim_month
    left join working_day
        on dim_month.month_start = working_day.month_start and monthly.due_working_days = working_day.number_in_row
)

select
    feed,
    entity,
    month_start,
    is_exempt,
    due_on,
    cast(due_on as timestamp) + cast(due_minute + 1 as bigint) * interval 1 minute as due_before
from due
