with period as (
    {{ return_months() }}
)

, in_scope as (
    select
        period.*,
        cast(null as varchar) as subdistrict_code,
        platform.platform_code,
        coalesce({{ district_local('filed.first_filed_at') }} < deadline.due_before, false) as is_filed,
        coalesce(filed._batch_id, platform._batch_id) as _batch_id
    from period
    inner join {{ ref('stg_ecommerce_gmv__ecm_platform') }} as platform on {{ in_force('platform', 'period.period_end') }}
    left join {{ ref('fct_ecommerce_return') }} as filed
        on platform.platform_code = filed.platform_code and period.period_start = filed.month_start
    left join {{ ref('dim_monthly_deadline') }} as deadline
        on
            period.period_start = deadline.month_start
            and deadline.feed = 'ecommerce_gmv'
            and deadline.entity = 'ecm_return'
    where
        coalesce(platform.in_scope_from <= period.period_end, true)
        and coalesce(platform.in_scope_to >= period.period_start, true)
)

{{ observations(
    'in_scope',
    numerator='count(distinct case when is_filed then platform_code end)',
    denominator='count(distinct platform_code)',
    subdistricts=false
) }}
