with period as (
    {{ delivered_periods('education_base', 'edu_usage_event') }}
)

, using_school as (
    select distinct
        period_end,
        org_code
    from (
        select
            period.period_end,
            account.org_code,
            usage.app_id
        from period
        inner join {{ ref('fct_education_usage_day') }} as usage on usage.dt between period.period_start and period.period_end
        inner join {{ ref('stg_education_base__edu_account') }} as account
            on usage.account_id = account.account_id and {{ in_force('account', 'period.period_end') }}
        where usage.active_events > 0
        group by period.period_end, account.org_code, usage.app_id
        having count(distinct account.person_hash) >= {{ var('education_app_min_users') }}
    ) as app_of_school
)

, part as (
    select
        period.*,
        org.subdistrict_code,
        org.org_code,
        using_school.org_code is not null as is_using,
        org._batch_id
    from period
    inner join {{ ref('stg_education_base__edu_org') }} as org on {{ in_force('org', 'period.period_end') }}
    left join using_school on period.period_end = using_school.period_end and org.org_code = using_school.org_code
    where org.status = 'active'

    union all

    {{ usage_batches(['cast(null as varchar)', 'false']) }}
)

{{ observations(
    'part',
    numerator='count(distinct case when is_using then org_code end)',
    denominator='count(distinct org_code)'
) }}
