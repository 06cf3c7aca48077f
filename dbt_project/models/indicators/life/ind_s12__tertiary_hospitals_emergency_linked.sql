with period as (
    {{ stock_months('hospital_interconnect', 'hsp_org') }}
)

, linked as (
    select
        period.*,
        org.org_code,
        org.subdistrict_code,
        org._batch_id
    from period
    inner join {{ ref('stg_hospital_interconnect__hsp_org') }} as org on {{ in_force('org', 'period.period_end') }}
    where
        org.org_level = '三级'
        and org.emergency_link_on <= period.period_end
        and coalesce(org.closed_on > period.period_end, true)
)

{{ observations('linked', numerator='count(distinct org_code)', periods='period', subdistricts=false) }}
