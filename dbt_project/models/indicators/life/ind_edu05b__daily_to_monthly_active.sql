with period as (
    {{ delivered_periods('education_base', 'edu_usage_event') }}
)

, part as (
    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        {{ days_between('period.period_start', 'period.period_end') }} + 1 as days,
        account.person_hash,
        usage.dt,
        account._batch_id
    from period
    inner join {{ ref('fct_education_usage_day') }} as usage on usage.dt between period.period_start and period.period_end
    inner join {{ ref('stg_education_base__edu_account') }} as account
        on usage.account_id = account.account_id and {{ in_force('account', 'period.period_end') }}
    where
        usage.active_events > 0
        and account.enabled
        and account.role in ('student', 'teacher', 'staff')

    union all

    {{ usage_batches(['cast(null as int)', 'cast(null as varchar)', 'cast(null as date)']) }}
)

{{ observations(
    'part',
    numerator="count(distinct person_hash || '|' || cast(dt as " ~ dbt.type_string() ~ "))",
    denominator='count(distinct person_hash) * max(days)',
    subdistricts=false
) }}
