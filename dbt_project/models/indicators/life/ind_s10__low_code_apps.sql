with period as (
    {{ delivered_periods('education_base', 'edu_usage_event') }}
)

, used as (
    select distinct
        period.*,
        app.app_id,
        cast(null as varchar) as subdistrict_code,
        usage.dt,
        app._batch_id
    from period
    inner join {{ ref('stg_education_base__edu_app') }} as app on {{ in_force('app', 'period.period_end') }}
    inner join {{ ref('fct_education_usage_day') }} as usage
        on
            app.app_id = usage.app_id
            and usage.dt > {{ add_days('period.period_end', -var('education_app_active_days')) }}
            and usage.dt <= period.period_end
    where app.app_type = 'low_code'
)

, traced as (
    select
        used.*,
        {{ both_lists(list_of('used._batch_id'), 'delivered.batch_ids') }} as batch_ids
    from used
    left join {{ delivered_days('education_base', 'edu_usage_event') }} as delivered on used.dt = delivered.dt
)

{{ observations(
    'traced',
    numerator='count(distinct app_id)',
    periods='period',
    subdistricts=false,
    batches='batch_ids',
    batches_are_lists=true
) }}
