with period as (
    {{ ecommerce_months(['year_to_date']) }}
)

, two_years as (
    {{ ecommerce_two_years() }}
)

, stated as (
    select
        period_end,
        count(distinct case when this_year_yuan is not null then month_start end) as months_this_year,
        count(distinct case when last_year_yuan is not null then month_start end) as months_last_year
    from two_years
    group by period_end
)

-- like for like: platforms that stand in every stated month of both years
, panel as (
    select
        two_years.period_end,
        two_years.platform_code
    from two_years
    inner join stated on two_years.period_end = stated.period_end
    where stated.months_this_year > 0 and stated.months_last_year > 0
    group by two_years.period_end, two_years.platform_code, stated.months_this_year, stated.months_last_year
    having
        count(distinct case when two_years.this_year_yuan is not null then two_years.month_start end) = stated.months_this_year
        and count(distinct case when two_years.last_year_yuan is not null then two_years.month_start end) = stated.months_last_year
)

, part as (
    select two_years.*
    from two_years
    inner join panel on two_years.period_end = panel.period_end and two_years.platform_code = panel.platform_code
)

{{ observations(
    'part',
    numerator='sum(this_year_yuan) - sum(last_year_yuan)',
    denominator='sum(last_year_yuan)',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
