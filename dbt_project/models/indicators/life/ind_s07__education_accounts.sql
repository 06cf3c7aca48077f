with period as (
    {{ delivered_periods('education_base', 'edu_account') }}
)

, enabled as (
    select
        period.*,
        account.account_id,
        org.subdistrict_code,
        account._batch_id
    from period
    inner join {{ ref('stg_education_base__edu_account') }} as account on {{ in_force('account', 'period.period_end') }}
    left join {{ ref('stg_education_base__edu_org') }} as org
        on account.org_code = org.org_code and {{ in_force('org', 'period.period_end') }}
    where
        account.enabled
        and account.role in ('student', 'teacher', 'staff')
        and cast({{ district_local('account.created_at') }} as date) <= period.period_end
)

{{ observations('enabled', numerator='count(distinct account_id)', periods='period') }}
