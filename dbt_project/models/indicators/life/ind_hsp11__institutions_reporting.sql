with period as (
    {{ delivered_periods('hospital_interconnect', 'hsp_daily_ledger') }}
)

, filed as (
    select
        period.period_start,
        fact.org_code,
        count(distinct fact.dt) as days_filed
    from period
    inner join {{ ref('fct_hospital_report_day') }} as fact on fact.dt between period.period_start and period.period_end
    where fact.reports_issued is not null
    group by period.period_start, fact.org_code
)

, registered as (
    select
        period.*,
        org.subdistrict_code,
        org.org_code,
        coalesce(
            filed.days_filed >= {{ var('hospital_regular_share') }}
            * ({{ days_between('period.period_start', 'period.period_end') }} + 1),
            false
        ) as is_regular,
        org._batch_id
    from period
    inner join {{ ref('stg_hospital_interconnect__hsp_org') }} as org on {{ in_force('org', 'period.period_end') }}
    left join filed on period.period_start = filed.period_start and org.org_code = filed.org_code
    where coalesce(org.closed_on > period.period_end, true)
)

{{ observations(
    'registered',
    numerator='count(distinct case when is_regular then org_code end)',
    denominator='count(distinct org_code)'
) }}
