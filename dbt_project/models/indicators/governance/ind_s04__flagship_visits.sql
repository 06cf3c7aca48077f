with period as (
    {{ delivered_years('government_services', 'gov_store_visit') }}
    union all
    {{ delivered_periods('government_services', 'gov_store_visit', ['month', 'year_to_date']) }}
)

, visit_month as (
    select
        period.*,
        {{ months_in('period.period_start', 'period.period_end') }} as months,
        counted.visits,
        counted.dt,
        cast(null as varchar) as subdistrict_code,
        counted._batch_id
    from period
    inner join {{ ref('stg_government_services__gov_store_visit') }} as counted
        on counted.dt between period.period_start and period.period_end
    where counted.visits is not null
)

{{ observations(
    'visit_month',
    numerator='sum(visits)',
    subdistricts=false,
    coverage='count(distinct dt) / cast(max(months) as double)'
) }}
