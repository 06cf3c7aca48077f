with period as (
    {{ delivered_periods('education_base', 'edu_account') }}
)

, part as (
    select
        period.*,
        org.subdistrict_code,
        account.person_hash,
        cast(null as bigint) as heads,
        account._batch_id
    from period
    inner join {{ ref('stg_education_base__edu_account') }} as account on {{ in_force('account', 'period.period_end') }}
    left join {{ ref('stg_education_base__edu_org') }} as org
        on account.org_code = org.org_code and {{ in_force('org', 'period.period_end') }}
    where
        account.enabled
        and account.realname_verified
        and account.role in ('student', 'teacher', 'staff')

    union all

    {{ education_heads() }}
)

{{ observations('part', numerator='count(distinct person_hash)', denominator='sum(heads)') }}
