with period as (
    {{ delivered_periods('education_base', 'edu_account') }}
)

, roster as (
    select distinct
        period.period_start,
        delivery.org_code
    from period
    inner join {{ ref('fct_education_roster_delivery') }} as delivery
        on delivery.dt between period.period_start and period.period_end
)

, with_account as (
    select distinct
        period.period_start,
        account.org_code
    from period
    inner join {{ ref('stg_education_base__edu_account') }} as account on {{ in_force('account', 'period.period_end') }}
    where account.enabled
)

, active as (
    select
        period.*,
        org.org_code,
        org.subdistrict_code,
        coalesce(org.base_onboard_date <= period.period_end, false)
        and roster.org_code is not null
        and with_account.org_code is not null as is_reporting,
        org._batch_id
    from period
    inner join {{ ref('stg_education_base__edu_org') }} as org on {{ in_force('org', 'period.period_end') }}
    left join roster on period.period_start = roster.period_start and org.org_code = roster.org_code
    left join with_account on period.period_start = with_account.period_start and org.org_code = with_account.org_code
    where org.status = 'active'
)

{{ observations(
    'active',
    numerator='count(distinct case when is_reporting then org_code end)',
    denominator='count(distinct org_code)'
) }}
