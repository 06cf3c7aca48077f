with period as (
    {{ stock_months('hospital_interconnect', 'hsp_org') }}
)

, owned as (
    select
        period.*,
        org.org_code,
        org.subdistrict_code,
        coalesce(
            org.report_connected_on <= period.period_end and org.image_connected_on <= period.period_end, false
        ) as is_connected,
        org._batch_id
    from period
    inner join {{ ref('stg_hospital_interconnect__hsp_org') }} as org on {{ in_force('org', 'period.period_end') }}
    where
        org.is_district_owned
        and coalesce(org.closed_on > period.period_end, true)
)

{{ observations(
    'owned',
    numerator='count(distinct case when is_connected then org_code end)',
    denominator='count(distinct org_code)'
) }}
