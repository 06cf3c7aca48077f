-- The sum reaches back to the plan's start: a month that was never delivered is missing in it, and coverage says so.
with delivered_month as (
    {{ delivered_periods('elderly_services', 'eld_course') }}
)

, period as (
    select
        *,
        row_number() over (order by period_end)
        / cast(round({{ days_between('min(period_start) over ()', 'period_end') }} / 30.4375) as double) as share_delivered
    from delivered_month
)

, attended as (
    select
        period.*,
        course.attendances,
        course.subdistrict_code,
        course._batch_id
    from period
    inner join {{ ref('stg_elderly_services__eld_course') }} as course
        on course.dt between date '{{ var("district").plan_start }}' and period.period_end
)

{{ observations('attended', numerator='sum(attendances)', periods='period', coverage='max(share_delivered)') }}
