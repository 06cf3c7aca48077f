with period as (
    {{ delivered_periods('education_base', 'edu_usage_event') }}
)

, active as (
    select distinct
        period.period_end,
        account.person_hash
    from period
    inner join {{ ref('fct_education_usage_day') }} as usage on usage.dt between period.period_start and period.period_end
    inner join {{ ref('stg_education_base__edu_account') }} as account
        on usage.account_id = account.account_id and {{ in_force('account', 'period.period_end') }}
    where usage.active_events > 0
)

, part as (
    select
        period.*,
        org.subdistrict_code,
        account.person_hash,
        active.person_hash is not null as is_active,
        account._batch_id
    from period
    inner join {{ ref('stg_education_base__edu_account') }} as account on {{ in_force('account', 'period.period_end') }}
    left join {{ ref('stg_education_base__edu_org') }} as org
        on account.org_code = org.org_code and {{ in_force('org', 'period.period_end') }}
    left join active on period.period_end = active.period_end and account.person_hash = active.person_hash
    where
        account.enabled
        and account.role in ('student', 'teacher', 'staff')

    union all

    {{ usage_batches(['cast(null as varchar)', 'false']) }}
)

{{ observations(
    'part',
    numerator='count(distinct case when is_active then person_hash end)',
    denominator='count(distinct person_hash)'
) }}
