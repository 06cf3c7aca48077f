with period as (
    {{ delivered_periods('education_base', 'edu_usage_event', ['year_to_date']) }}
)

, visited as (
    select distinct
        period.period_end,
        usage.account_id
    from period
    inner join {{ ref('fct_education_usage_day') }} as usage on usage.dt between period.period_start and period.period_end
    inner join {{ ref('stg_education_base__edu_app') }} as app
        on usage.app_id = app.app_id and {{ in_force('app', 'period.period_end') }}
    where app.category = '学习空间'
)

, part as (
    select
        period.*,
        org.subdistrict_code,
        account.person_hash,
        cast(null as bigint) as heads,
        account._batch_id
    from period
    inner join visited on period.period_end = visited.period_end
    inner join {{ ref('stg_education_base__edu_account') }} as account
        on visited.account_id = account.account_id and {{ in_force('account', 'period.period_end') }}
    left join {{ ref('stg_education_base__edu_org') }} as org
        on account.org_code = org.org_code and {{ in_force('org', 'period.period_end') }}
    where account.role in ('student', 'teacher', 'staff')

    union all

    {{ education_heads() }}

    union all

    {{ usage_batches() }}
)

{{ observations('part', numerator='count(distinct person_hash)', denominator='sum(heads)') }}
